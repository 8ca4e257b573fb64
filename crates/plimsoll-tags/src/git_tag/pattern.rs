//! The pattern of a release tag: text with `{version}` in it.

use std::fmt;

use crate::suggest;
use crate::version::Version;

const VERSION: &str = "{version}";

/// A pattern such as `v{version}` or `v{version}-stable`.
///
/// The text round `{version}` is literal. Prints exactly as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TagPattern {
    before: String,
    after: String,
}

/// Why a text is no tag pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// `{version}` is not in it.
    #[error("`{pattern}` has no `{{version}}` in it")]
    NoVersion {
        /// The pattern.
        pattern: String,
    },
    /// `{version}` is in it more than once.
    #[error("`{pattern}` has `{{version}}` in it more than once")]
    SeveralVersions {
        /// The pattern.
        pattern: String,
    },
    /// `{component}` is kept free for several products in one repository.
    #[error("`{{component}}` is reserved and cannot be used yet")]
    Component,
    /// A placeholder that does not exist.
    #[error("there is no placeholder `{{{name}}}` in a tag pattern")]
    UnknownPlaceholder {
        /// What stands between the braces.
        name: String,
        /// The placeholder that was perhaps meant.
        suggestion: Option<&'static str>,
    },
    /// A `{` without its `}`, or the other way round.
    #[error("`{pattern}` has a brace without its other half")]
    LooseBrace {
        /// The pattern.
        pattern: String,
    },
    /// A character that no git tag can hold.
    #[error("no git tag can hold {character:?}")]
    IllegalCharacter {
        /// The character.
        character: char,
    },
    /// The text as a whole cannot be a git tag (`git check-ref-format`).
    #[error("`{pattern}` cannot become a git tag: {reason}")]
    NotARef {
        /// The pattern.
        pattern: String,
        /// The rule that it breaks.
        reason: &'static str,
    },
}

impl TagPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// See [`PatternError`]. What is accepted renders a legal git tag for every version (but one whose last
    /// identifier is `lock`).
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        check_placeholders(text)?;
        let (before, after) =
            text.split_once(VERSION).ok_or_else(|| PatternError::NoVersion { pattern: text.to_owned() })?;
        if after.contains(VERSION) {
            return Err(PatternError::SeveralVersions { pattern: text.to_owned() });
        }
        for literal in [before, after] {
            if literal.contains(['{', '}']) {
                return Err(PatternError::LooseBrace { pattern: text.to_owned() });
            }
            if let Some(character) = literal.chars().find(|character| is_illegal_in_ref(*character)) {
                return Err(PatternError::IllegalCharacter { character });
            }
        }
        if let Some(reason) = find_ref_fault(before, after) {
            return Err(PatternError::NotARef { pattern: text.to_owned(), reason });
        }
        Ok(Self { before: before.to_owned(), after: after.to_owned() })
    }

    /// Returns the text before the version.
    pub fn before(&self) -> &str {
        &self.before
    }

    /// Returns the text after the version.
    pub fn after(&self) -> &str {
        &self.after
    }

    /// Whether a tag begins like the tags of this pattern.
    ///
    /// A pattern that begins with the version itself has the tags that begin with a digit; it would have every tag
    /// of the repository otherwise.
    pub fn is_in_family(&self, tag: &str) -> bool {
        if self.before.is_empty() {
            tag.starts_with(|first: char| first.is_ascii_digit())
        } else {
            tag.starts_with(&self.before)
        }
    }

    /// Returns what stands in the place of the version, if the text round it is right.
    pub fn find_version_text<'tag>(&self, tag: &'tag str) -> Option<&'tag str> {
        tag.strip_prefix(self.before.as_str())?.strip_suffix(self.after.as_str())
    }

    /// Spells the tag of a version.
    pub fn render(&self, version: &Version) -> String {
        format!("{}{version}{}", self.before, self.after)
    }
}

/// `v{version}`.
impl Default for TagPattern {
    fn default() -> Self {
        Self { before: "v".to_owned(), after: String::new() }
    }
}

impl fmt::Display for TagPattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{VERSION}{}", self.before, self.after)
    }
}

fn check_placeholders(text: &str) -> Result<(), PatternError> {
    let mut rest = text;
    while let Some((_, opened)) = rest.split_once('{') {
        let Some((name, closed)) = opened.split_once('}') else {
            return Err(PatternError::LooseBrace { pattern: text.to_owned() });
        };
        match name {
            "version" => {}
            "component" => return Err(PatternError::Component),
            name => {
                let aliases = [("tag", "version"), ("semver", "version"), ("ver", "version")];
                return Err(PatternError::UnknownPlaceholder {
                    name: name.to_owned(),
                    suggestion: suggest::nearest(name, &["version"], &aliases),
                });
            }
        }
        rest = closed;
    }
    Ok(())
}

/// Source: `git help check-ref-format`, rules 4, 5 and 10.
fn is_illegal_in_ref(character: char) -> bool {
    character.is_control() || matches!(character, ' ' | '~' | '^' | ':' | '?' | '*' | '[' | '\\')
}

/// Source: `git help check-ref-format`, rules 1, 3, 6, 7 and 8. A version begins and ends with a letter or a digit or
/// a `-`, so only the text round it can break them.
fn find_ref_fault(before: &str, after: &str) -> Option<&'static str> {
    let begins_with = |part: &str, text: &str| part.split('/').any(|segment| segment.starts_with(text));
    if before.starts_with(['/', '-']) || after.ends_with('/') || before.contains("//") || after.contains("//")
    {
        Some("a `/` or `-` stands where none may")
    } else if begins_with(before, ".") || after.contains("/.") {
        Some("a part of it begins with `.`")
    } else if before.contains("..") || after.contains("..") || after.ends_with('.') {
        Some("a `.` stands where none may")
    } else if before.contains("@{") || after.contains("@{") {
        Some("it contains `@{`")
    } else if after.contains(".lock/") || after.ends_with(".lock") || before.contains(".lock/") {
        Some("a part of it ends with `.lock`")
    } else {
        None
    }
}
