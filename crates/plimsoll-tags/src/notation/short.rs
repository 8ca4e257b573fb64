//! The short notation: an image tag with placeholders in braces.
//!
//! | placeholder | stands for | known in |
//! |---|---|---|
//! | `{version}` | the whole version, `+` written as `_` | release, promotion |
//! | `{major}`, `{minor}`, `{patch}` | one number of it | release, promotion |
//! | `{tag}` | the git tag, what an image tag cannot hold written as `-` | release, promotion |
//! | `{commit}` | all digits of the commit | everywhere |
//! | `{sha}` | the first seven digits of the commit | everywhere |
//! | `{branch}` | the branch, what a tag cannot hold written as `-` | branch |
//! | `{number}` | the number of the pull request | pull request |

use std::fmt;

use crate::facts::{Event, Facts};
use crate::git_tag::TagPattern;
use crate::suggest;
use crate::table::Table;
use crate::value::{self, TagValue, ValueError};
use crate::version::Version;

/// One placeholder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Placeholder {
    /// `{version}`.
    Version,
    /// `{major}`.
    Major,
    /// `{minor}`.
    Minor,
    /// `{patch}`.
    Patch,
    /// `{tag}`.
    Tag,
    /// `{sha}`.
    Sha,
    /// `{commit}`.
    Commit,
    /// `{branch}`.
    Branch,
    /// `{number}`.
    Number,
}

/// Names of other tools, and what has their meaning here.
const ALIASES: [(&str, &str); 12] = [
    ("short_sha", "sha"),
    ("short-sha", "sha"),
    ("git_sha", "sha"),
    ("revision", "commit"),
    ("git_tag", "tag"),
    ("semver", "version"),
    ("raw", "version"),
    ("ref", "branch"),
    ("ref_name", "branch"),
    ("pr", "number"),
    ("pr_number", "number"),
    ("issue", "number"),
];

impl Placeholder {
    /// Every placeholder there is.
    pub const ALL: [Self; 9] = [
        Self::Version,
        Self::Major,
        Self::Minor,
        Self::Patch,
        Self::Tag,
        Self::Sha,
        Self::Commit,
        Self::Branch,
        Self::Number,
    ];

    /// Returns the name that stands between the braces.
    pub fn name(self) -> &'static str {
        match self {
            Self::Version => "version",
            Self::Major => "major",
            Self::Minor => "minor",
            Self::Patch => "patch",
            Self::Tag => "tag",
            Self::Sha => "sha",
            Self::Commit => "commit",
            Self::Branch => "branch",
            Self::Number => "number",
        }
    }

    /// Whether a rule in that table knows what to put in.
    pub fn is_known_in(self, table: &Table) -> bool {
        match self {
            Self::Version | Self::Major | Self::Minor | Self::Patch | Self::Tag => {
                matches!(table, Table::Release | Table::Promotion)
            }
            Self::Sha | Self::Commit => true,
            Self::Branch => matches!(table, Table::Branch(_) | Table::AnyBranch),
            Self::Number => matches!(table, Table::PullRequest),
        }
    }

    /// Returns what the placeholder stands for, unless the event does not know it.
    fn value(self, facts: &Facts) -> Option<String> {
        match (self, &facts.event) {
            (Self::Sha, _) => Some(facts.commit.short().to_owned()),
            (Self::Commit, _) => Some(facts.commit.as_str().to_owned()),
            (Self::Tag, Event::Release { tag, .. } | Event::Promotion { tag, .. }) => {
                Some(value::sanitise(tag))
            }
            (Self::Branch, Event::Branch(name)) => Some(value::sanitise(name)),
            (Self::Number, Event::PullRequest(number)) => Some(number.to_string()),
            (_, event) => self.value_of_version(event.version()?),
        }
    }

    fn value_of_version(self, version: &Version) -> Option<String> {
        match self {
            Self::Version => Some(version.to_image_tag()),
            Self::Major => Some(version.major().to_string()),
            Self::Minor => Some(version.minor().to_string()),
            Self::Patch => Some(version.patch().to_string()),
            Self::Tag | Self::Sha | Self::Commit | Self::Branch | Self::Number => None,
        }
    }
}

impl fmt::Display for Placeholder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{{{}}}", self.name())
    }
}

/// One piece of a template.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Piece {
    /// Text that stands as it is.
    Literal(String),
    /// Something to put in.
    Placeholder(Placeholder),
}

/// An image tag with placeholders. Prints exactly as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Template(Vec<Piece>);

/// Why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A placeholder that does not exist.
    #[error("there is no placeholder `{{{name}}}`")]
    UnknownPlaceholder {
        /// What stands between the braces.
        name: String,
        /// The placeholder that was perhaps meant.
        suggestion: Option<&'static str>,
    },
    /// Two braces in a row, as docker/metadata-action writes its placeholders.
    #[error("`{template}` has double braces; a placeholder has single ones here")]
    DoubleBraces {
        /// The template.
        template: String,
    },
    /// A `{` without its `}`, or the other way round.
    #[error("`{template}` has a brace without its other half")]
    LooseBrace {
        /// The template.
        template: String,
    },
    /// The literal text can never be part of an image tag.
    #[error(transparent)]
    Illegal(ValueError),
}

/// Why a template yields no tag for an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// The event does not know what to put in.
    #[error("`{placeholder}` is not known in `{table}`")]
    NotKnown {
        /// The placeholder.
        placeholder: Placeholder,
        /// The table of the event.
        table: Table,
    },
    /// What came out is no image tag.
    #[error("`{rule}` does not give an image tag")]
    Illegal {
        /// The rule as it is written.
        rule: String,
        /// Why it is none.
        #[source]
        error: ValueError,
    },
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// See [`TemplateError`]. A literal template is checked as the tag that it is.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        if text.contains("{{") || text.contains("}}") {
            return Err(TemplateError::DoubleBraces { template: text.to_owned() });
        }
        let loose = || TemplateError::LooseBrace { template: text.to_owned() };
        let mut pieces = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            match rest.strip_prefix('{') {
                Some(opened) => {
                    let (name, closed) = opened.split_once('}').ok_or_else(loose)?;
                    pieces.push(Piece::Placeholder(parse_placeholder(name)?));
                    rest = closed;
                }
                None => {
                    let (literal, from_brace) = rest.split_at(rest.find('{').unwrap_or(rest.len()));
                    if literal.contains('}') {
                        return Err(loose());
                    }
                    pieces.push(Piece::Literal(literal.to_owned()));
                    rest = from_brace;
                }
            }
        }
        let template = Self(pieces);
        template.check_literals(text).map_err(TemplateError::Illegal)?;
        Ok(template)
    }

    /// Whether the literal text can be part of an image tag; `text` is what errors show.
    pub(crate) fn check_literals(&self, text: &str) -> Result<(), ValueError> {
        // One legal character for each placeholder leaves only what the literal text does wrong by itself.
        let sample: String = self
            .0
            .iter()
            .map(|piece| match piece {
                Piece::Literal(literal) => literal.as_str(),
                Piece::Placeholder(_) => "0",
            })
            .collect();
        TagValue::parse(&sample).map(drop).map_err(|error| match error {
            ValueError::Empty => ValueError::Empty,
            ValueError::TooLong { length, .. } => ValueError::TooLong { value: text.to_owned(), length },
            ValueError::IllegalCharacter { character, .. } => {
                ValueError::IllegalCharacter { value: text.to_owned(), character }
            }
            ValueError::IllegalStart { character, .. } => {
                ValueError::IllegalStart { value: text.to_owned(), character }
            }
            ValueError::Reserved { .. } => ValueError::Reserved { value: text.to_owned() },
        })
    }

    /// Returns the pieces in order.
    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// Returns the placeholders in order.
    pub fn placeholders(&self) -> impl Iterator<Item = Placeholder> + '_ {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Literal(_) => None,
            Piece::Placeholder(placeholder) => Some(*placeholder),
        })
    }

    /// Whether a placeholder is in it.
    pub fn has(&self, placeholder: Placeholder) -> bool {
        self.placeholders().any(|present| present == placeholder)
    }

    /// Whether it is the same tag every time.
    pub fn is_literal(&self) -> bool {
        self.placeholders().next().is_none()
    }

    /// Puts the facts in.
    ///
    /// # Errors
    /// A placeholder is not known for this event, or the result is no legal image tag. Nothing is cut to fit.
    pub fn render(&self, facts: &Facts) -> Result<TagValue, RenderError> {
        let text = self
            .fill(|placeholder| placeholder.value(facts))
            .map_err(|placeholder| RenderError::NotKnown { placeholder, table: facts.event.table() })?;
        TagValue::parse(&text).map_err(|error| RenderError::Illegal { rule: self.to_string(), error })
    }

    /// Whether the parts of a version make it this text.
    pub(crate) fn gives(&self, text: &str, version: &Version) -> bool {
        self.fill(|placeholder| placeholder.value_of_version(version)).is_ok_and(|filled| filled == text)
    }

    /// Makes a template of pieces; text that no image tag can hold is written as `-`.
    pub(crate) fn of(pieces: impl IntoIterator<Item = Piece>) -> Self {
        let mut joined: Vec<Piece> = Vec::new();
        let is_something = |piece: &Piece| *piece != Piece::Literal(String::new());
        for piece in pieces.into_iter().filter(is_something) {
            match (joined.last_mut(), piece) {
                (Some(Piece::Literal(before)), Piece::Literal(more)) => before.push_str(&more),
                (_, piece) => joined.push(piece),
            }
        }
        Self(
            joined
                .into_iter()
                .map(|piece| match piece {
                    Piece::Literal(text) => Piece::Literal(value::sanitise(&text)),
                    Piece::Placeholder(_) => piece,
                })
                .collect(),
        )
    }

    /// Writes `{tag}` as what a pattern of git tags makes of `{version}`.
    #[must_use]
    pub fn with_git_tag(&self, pattern: &TagPattern) -> Self {
        Self::of(self.0.iter().flat_map(|piece| match piece {
            Piece::Placeholder(Placeholder::Tag) => vec![
                Piece::Literal(pattern.before().to_owned()),
                Piece::Placeholder(Placeholder::Version),
                Piece::Literal(pattern.after().to_owned()),
            ],
            piece => vec![piece.clone()],
        }))
    }

    /// Puts values in, or returns the first placeholder that has none.
    pub(crate) fn fill(&self, value: impl Fn(Placeholder) -> Option<String>) -> Result<String, Placeholder> {
        self.0.iter().try_fold(String::new(), |text, piece| match piece {
            Piece::Literal(literal) => Ok(text + literal),
            Piece::Placeholder(placeholder) => {
                value(*placeholder).map(|value| text + &value).ok_or(*placeholder)
            }
        })
    }
}

impl fmt::Display for Template {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|piece| match piece {
            Piece::Literal(literal) => formatter.write_str(literal),
            Piece::Placeholder(placeholder) => placeholder.fmt(formatter),
        })
    }
}

fn parse_placeholder(name: &str) -> Result<Placeholder, TemplateError> {
    Placeholder::ALL.into_iter().find(|placeholder| placeholder.name() == name).ok_or_else(|| {
        TemplateError::UnknownPlaceholder {
            name: name.to_owned(),
            suggestion: suggest::nearest(name, &Placeholder::ALL.map(Placeholder::name), &ALIASES),
        }
    })
}

#[cfg(test)]
mod tests;
