//! What may become of an image tag after it was written.

use std::fmt;

/// The class of an image tag.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Written once and never again. Another digest under it is a conflict.
    WriteOnce,
    /// Kept as it is if it is there already; the first build of a commit wins.
    FirstWins,
    /// Moves along one line.
    Moving(Line),
}

/// What a moving tag follows. A tag follows exactly one line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Line {
    /// The highest published version of the tag's series that no mark sets aside.
    Version,
    /// The newest commit of one branch, by ancestry.
    Branch(String),
    /// The newest commit of the branch that the tag names.
    OwnBranch,
    /// The newest commit of the default branch.
    DefaultBranch,
    /// The highest promoted version of the tag's series.
    Promotion,
    /// The newest commit of one pull request, whose number is in the tag. Ephemeral: nobody may rely on it.
    PullRequest,
}

/// A class as a configuration names it, to override the one that is deduced.
///
/// The line of a moving tag is not part of it: it follows from the table that the rule stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClassName {
    /// `write-once`.
    WriteOnce,
    /// `first-wins`.
    FirstWins,
    /// `moving`.
    Moving,
}

impl ClassName {
    /// The names that a configuration may use.
    pub const NAMES: [&str; 3] = ["write-once", "first-wins", "moving"];

    /// Reads the name of a class.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "write-once" => Some(Self::WriteOnce),
            "first-wins" => Some(Self::FirstWins),
            "moving" => Some(Self::Moving),
            _ => None,
        }
    }
}

impl fmt::Display for ClassName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::WriteOnce => "write-once",
            Self::FirstWins => "first-wins",
            Self::Moving => "moving",
        })
    }
}

impl Class {
    /// Returns the class without its line.
    pub fn name(&self) -> ClassName {
        match self {
            Self::WriteOnce => ClassName::WriteOnce,
            Self::FirstWins => ClassName::FirstWins,
            Self::Moving(_) => ClassName::Moving,
        }
    }

    /// Returns the line that the tag follows, if it moves.
    pub fn line(&self) -> Option<&Line> {
        match self {
            Self::Moving(line) => Some(line),
            Self::WriteOnce | Self::FirstWins => None,
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version => formatter.write_str("the newest version"),
            Self::Branch(name) => write!(formatter, "branch {name}"),
            Self::OwnBranch => formatter.write_str("the branch that it names"),
            Self::DefaultBranch => formatter.write_str("the default branch"),
            Self::Promotion => formatter.write_str("the newest promoted version"),
            Self::PullRequest => formatter.write_str("its pull request"),
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Moving(line) => write!(formatter, "moving with {line}"),
            Self::WriteOnce | Self::FirstWins => self.name().fmt(formatter),
        }
    }
}
