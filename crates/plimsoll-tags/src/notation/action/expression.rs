//! Texts with expressions in double braces: `sha-{{sha}}`, `{{date 'YYYYMMDD' tz='Asia/Tokyo'}}`.
//!
//! | expression | stands for | where |
//! |---|---|---|
//! | `{{branch}}` | the branch; empty for anything else | everywhere but in patterns |
//! | `{{tag}}` | the git tag; empty for anything else | " |
//! | `{{sha}}` | the first digits of the commit | " |
//! | `{{base_ref}}` | the branch of a pull request, or that a tag was pushed from | " |
//! | `{{is_default_branch}}`, `{{is_not_default_branch}}` | `true` or `false` | " |
//! | `{{date 'FORMAT' tz='ZONE'}}` | the time of the run | there, and in the pattern of `schedule` |
//! | `{{commit_date 'FORMAT' tz='ZONE'}}` | the time of the commit | " |
//! | `{{raw}}`, `{{version}}`, `{{major}}`, `{{minor}}`, `{{patch}}` | the version and its parts | in patterns of `semver` and `pep440` |
//!
//! Formats are [those of Moment.js](super::moment); without quotes they count as absent, as in Handlebars. What is
//! put in is escaped for HTML unless three braces ask for it as it is, as in Handlebars too.

use std::fmt;

use super::context::{Context, GitRef};
use super::moment::{self, Zone};
use crate::suggest;

mod parse;

pub use parse::ExpressionError;

/// What an expression stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Name {
    /// `branch`.
    Branch,
    /// `tag`.
    Tag,
    /// `sha`.
    Sha,
    /// `base_ref`.
    BaseRef,
    /// `is_default_branch`.
    IsDefaultBranch,
    /// `is_not_default_branch`.
    IsNotDefaultBranch,
    /// `date`.
    Date,
    /// `commit_date`.
    CommitDate,
    /// `raw`.
    Raw,
    /// `version`.
    Version,
    /// `major`.
    Major,
    /// `minor`.
    Minor,
    /// `patch`.
    Patch,
}

impl Name {
    /// Every name there is.
    pub const ALL: [Self; 13] = [
        Self::Branch,
        Self::Tag,
        Self::Sha,
        Self::BaseRef,
        Self::IsDefaultBranch,
        Self::IsNotDefaultBranch,
        Self::Date,
        Self::CommitDate,
        Self::Raw,
        Self::Version,
        Self::Major,
        Self::Minor,
        Self::Patch,
    ];

    /// Returns the name as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Branch => "branch",
            Self::Tag => "tag",
            Self::Sha => "sha",
            Self::BaseRef => "base_ref",
            Self::IsDefaultBranch => "is_default_branch",
            Self::IsNotDefaultBranch => "is_not_default_branch",
            Self::Date => "date",
            Self::CommitDate => "commit_date",
            Self::Raw => "raw",
            Self::Version => "version",
            Self::Major => "major",
            Self::Minor => "minor",
            Self::Patch => "patch",
        }
    }

    fn is_date(self) -> bool {
        matches!(self, Self::Date | Self::CommitDate)
    }
}

/// Where an expression stands, which decides what it may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Prefixes, suffixes, values, `enable`, labels and annotations.
    Global,
    /// The pattern of `semver` and `pep440`.
    Version,
    /// The pattern of `schedule`.
    Schedule,
}

impl Scope {
    fn knows(self, name: Name) -> bool {
        let of_version = matches!(name, Name::Raw | Name::Version | Name::Major | Name::Minor | Name::Patch);
        match self {
            Self::Global => !of_version,
            Self::Version => of_version,
            Self::Schedule => name.is_date(),
        }
    }

    fn names(self) -> Vec<&'static str> {
        Name::ALL.into_iter().filter(|name| self.knows(*name)).map(Name::as_str).collect()
    }
}

/// One piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// It stands as it is.
    Text(String),
    /// Something to put in.
    Call(Call),
}

/// Something to put in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// What.
    pub name: Name,
    /// How a date is written; the default where there is none.
    pub format: Option<String>,
    /// Where on earth; UTC where nobody says.
    pub zone: Zone,
    escape: Escape,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Escape {
    /// `&`, `<`, `>`, quotes and `=` become HTML entities.
    Html,
    /// Nothing is changed.
    Nothing,
}

/// The parts of a version, for the patterns of `semver` and `pep440`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionParts {
    /// The text that was read.
    pub raw: String,
    /// The version.
    pub version: String,
    /// Its first three numbers.
    pub numbers: [u64; 3],
}

/// A text with expressions. Prints exactly as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expression {
    source: String,
    pieces: Vec<Piece>,
}

impl Expression {
    /// Reads a text.
    ///
    /// # Errors
    /// See [`ExpressionError`].
    pub fn parse(text: &str, scope: Scope) -> Result<Self, ExpressionError> {
        Ok(Self { source: text.to_owned(), pieces: parse::parse(text, scope)? })
    }

    /// Makes an expression of text that stands as it is.
    pub(crate) fn literal(text: &str) -> Self {
        let pieces = if text.is_empty() { Vec::new() } else { vec![Piece::Text(text.to_owned())] };
        Self { source: text.to_owned(), pieces }
    }

    /// Returns the pieces in order.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Whether nothing is written.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Returns the text if nothing has to be put in.
    pub fn as_literal(&self) -> Option<String> {
        self.pieces.iter().try_fold(String::new(), |text, piece| match piece {
            Piece::Text(more) => Some(text + more),
            Piece::Call(_) => None,
        })
    }

    /// Whether it is `{{raw}}` and nothing else.
    pub(super) fn is_raw(&self) -> bool {
        matches!(self.pieces.as_slice(), [Piece::Call(call)] if call.name == Name::Raw)
    }

    /// Puts in what the context says.
    pub fn render(&self, context: &Context) -> String {
        self.fill(|call| match call.name {
            Name::Branch => context.reference.branch().unwrap_or_default().to_owned(),
            Name::Tag => context.reference.tag().unwrap_or_default().to_owned(),
            Name::Sha => context.short_sha().to_owned(),
            Name::BaseRef => match context.reference {
                GitRef::Tag(_) | GitRef::Pull(_) => context.base_ref.clone().unwrap_or_default(),
                GitRef::Branch(_) | GitRef::Other(_) => String::new(),
            },
            Name::IsDefaultBranch => context.is_default_branch().to_string(),
            Name::IsNotDefaultBranch => (!context.is_default_branch()).to_string(),
            Name::Date => moment::format(context.now, &call.zone, call.format.as_deref()),
            Name::CommitDate => moment::format(context.commit_time, &call.zone, call.format.as_deref()),
            // Nothing else is let through by the scopes that are rendered with a context.
            Name::Raw | Name::Version | Name::Major | Name::Minor | Name::Patch => String::new(),
        })
    }

    /// Puts in the parts of a version.
    pub fn render_version(&self, parts: &VersionParts) -> String {
        let [major, minor, patch] = parts.numbers;
        self.fill(|call| match call.name {
            Name::Raw => parts.raw.clone(),
            Name::Version => parts.version.clone(),
            Name::Major => major.to_string(),
            Name::Minor => minor.to_string(),
            Name::Patch => patch.to_string(),
            // Nothing else is let through by the scope of versions.
            _ => String::new(),
        })
    }

    fn fill(&self, value: impl Fn(&Call) -> String) -> String {
        self.pieces.iter().fold(String::new(), |text, piece| match piece {
            Piece::Text(more) => text + more,
            Piece::Call(call) => match call.escape {
                Escape::Html => text + &escape_html(&value(call)),
                Escape::Nothing => text + &value(call),
            },
        })
    }
}

/// Escapes what Handlebars escapes.
fn escape_html(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, character| {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#x27;"),
            '`' => escaped.push_str("&#x60;"),
            '=' => escaped.push_str("&#x3D;"),
            _ => escaped.push(character),
        }
        escaped
    })
}

fn suggest_name(found: &str, scope: Scope) -> Option<&'static str> {
    suggest::nearest(
        found,
        &scope.names(),
        &[
            ("ref", "branch"),
            ("ref_name", "branch"),
            ("short_sha", "sha"),
            ("default_branch", "is_default_branch"),
        ],
    )
    .filter(|name| scope.names().contains(name))
}

impl fmt::Display for Expression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.source)
    }
}

#[cfg(test)]
mod tests;
