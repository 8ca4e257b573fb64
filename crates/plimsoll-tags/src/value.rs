//! The value of an image tag: what a registry is given.

use std::fmt;

/// A legal image tag that nothing of ours has reserved.
///
/// Source: OCI distribution-spec 1.1, "Pulling manifests": `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TagValue(String);

/// Why a text is no image tag.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// There is nothing.
    #[error("an image tag cannot be empty")]
    Empty,
    /// It is longer than [`TagValue::MAX_LENGTH`].
    #[error("`{value}` is {length} characters long, an image tag has at most {max}", max = TagValue::MAX_LENGTH)]
    TooLong {
        /// The text.
        value: String,
        /// Its length in characters.
        length: usize,
    },
    /// It contains a character that no image tag may contain.
    #[error("`{value}` cannot be an image tag: {character:?} is not allowed in one")]
    IllegalCharacter {
        /// The text.
        value: String,
        /// The first such character.
        character: char,
    },
    /// It begins with `.` or `-`.
    #[error("`{value}` cannot be an image tag: it begins with {character:?}")]
    IllegalStart {
        /// The text.
        value: String,
        /// The first character.
        character: char,
    },
    /// It begins with [`TagValue::RESERVED`].
    #[error("`{value}` is reserved: tags that begin with `{reserved}` hold untagged content", reserved = TagValue::RESERVED)]
    Reserved {
        /// The text.
        value: String,
    },
}

impl TagValue {
    /// The longest image tag, in characters.
    pub const MAX_LENGTH: usize = 128;
    /// What the tags begin with that keep content from being collected. They are no versions and no user's.
    pub const RESERVED: &str = "plimsoll-";

    /// Reads an image tag.
    ///
    /// # Errors
    /// See [`ValueError`].
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        let value = || text.to_owned();
        let Some(first) = text.chars().next() else { return Err(ValueError::Empty) };
        if let Some(character) = text.chars().find(|character| !is_legal(*character)) {
            return Err(ValueError::IllegalCharacter { value: value(), character });
        }
        if is_illegal_start(first) {
            return Err(ValueError::IllegalStart { value: value(), character: first });
        }
        if text.len() > Self::MAX_LENGTH {
            return Err(ValueError::TooLong { value: value(), length: text.len() });
        }
        if text.starts_with(Self::RESERVED) {
            return Err(ValueError::Reserved { value: value() });
        }
        Ok(Self(value()))
    }

    /// Returns the tag as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TagValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Whether an image tag may contain this character.
pub(crate) fn is_legal(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-')
}

/// Whether this legal character may not come first.
pub(crate) fn is_illegal_start(character: char) -> bool {
    matches!(character, '.' | '-')
}

/// Writes each run of characters that no image tag may contain as one `-`.
///
/// Nothing is trimmed or cut: what is still illegal afterwards is an error, not a guess. This is what
/// docker/metadata-action does with the name of a branch.
pub(crate) fn sanitise(text: &str) -> String {
    let mut sanitised = String::with_capacity(text.len());
    let mut in_run = false;
    for character in text.chars() {
        if is_legal(character) {
            sanitised.push(character);
        } else if !in_run {
            sanitised.push('-');
        }
        in_run = !is_legal(character);
    }
    sanitised
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{TagValue, ValueError, sanitise};

    #[test]
    fn what_is_an_image_tag() {
        for text in ["latest", "1.4.0", "_x", "sha-abc1234", &"a".repeat(128)] {
            assert_eq!(TagValue::parse(text).unwrap().as_str(), text);
        }
        assert_eq!(TagValue::parse("").unwrap_err(), ValueError::Empty);
        let value = "1.0.0+a".to_owned();
        assert_eq!(
            TagValue::parse(&value).unwrap_err(),
            ValueError::IllegalCharacter { value, character: '+' }
        );
        let value = "-x".to_owned();
        assert_eq!(TagValue::parse(&value).unwrap_err(), ValueError::IllegalStart { value, character: '-' });
        let value = "a".repeat(129);
        assert_eq!(TagValue::parse(&value).unwrap_err(), ValueError::TooLong { value, length: 129 });
        let value = "plimsoll-1.0.0-0123456789ab".to_owned();
        assert_eq!(TagValue::parse(&value).unwrap_err(), ValueError::Reserved { value });
    }

    #[test]
    fn a_run_of_illegal_characters_becomes_one_hyphen() {
        for (text, want) in
            [("my/feature#1245", "my-feature-1245"), ("a//b", "a-b"), ("a--b", "a--b"), ("é", "-"), ("", "")]
        {
            assert_eq!(sanitise(text), want);
        }
    }

    proptest! {
        #[test]
        fn what_is_sanitised_needs_only_a_legal_beginning(text in "\\PC{1,60}") {
            let begun = format!("x{}", sanitise(&text));
            prop_assert!(TagValue::parse(&begun).is_ok());
        }
    }
}
