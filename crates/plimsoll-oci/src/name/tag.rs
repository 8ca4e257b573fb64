//! Image tags (OCI distribution-spec 1.1, "Pulling manifests").

use std::fmt;
use std::str::FromStr;

use super::Digest;

/// A tag of an image repository: `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageTag(String);

/// Why a text is no image tag.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImageTagError {
    /// It is empty.
    #[error("an image tag can't be empty")]
    Empty,
    /// It has more than 128 characters.
    #[error("image tag `{0}` has more than 128 characters")]
    TooLong(String),
    /// It holds a character that tags can't hold, or begins with `.` or `-`.
    #[error("image tag `{tag}` can't hold `{character}` there")]
    Character {
        /// The whole text.
        tag: String,
        /// The first character that does not fit.
        character: char,
    },
}

impl ImageTag {
    /// The tag under which the referrers of `subject` are listed where the registry can't list them: `sha256-<hex>`, the
    /// algorithm cut to 32 characters, the rest to 64 (OCI distribution-spec 1.1, "Referrers Tag Schema").
    pub fn of_referrers(subject: &Digest) -> ImageTag {
        let algorithm: String = subject.algorithm().name().chars().take(32).collect();
        let encoded: String = subject.hex().chars().take(64).collect();
        ImageTag(format!("{algorithm}-{encoded}"))
    }

    /// The tag as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ImageTag {
    type Err = ImageTagError;

    fn from_str(text: &str) -> Result<Self, ImageTagError> {
        if text.is_empty() {
            return Err(ImageTagError::Empty);
        }
        for (at, character) in text.char_indices() {
            let word = character.is_ascii_alphanumeric() || character == '_';
            if !(word || (at > 0 && matches!(character, '.' | '-'))) {
                return Err(ImageTagError::Character { tag: text.into(), character });
            }
        }
        if text.len() > 128 {
            return Err(ImageTagError::TooLong(text.into()));
        }
        Ok(ImageTag(text.into()))
    }
}

impl fmt::Display for ImageTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ImageTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl serde::Serialize for ImageTag {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for ImageTag {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::{Algorithm, Digester};

    #[test]
    fn accepts_and_refuses() {
        let longest = "a".repeat(128);
        for good in ["latest", "v1.0.0", "_x", "1", "sha256-abc", &longest] {
            assert!(good.parse::<ImageTag>().is_ok(), "{good}");
        }
        let too_long = "a".repeat(129);
        for bad in ["", ".x", "-x", "a b", "a/b", "a:b", "1.0+2", "é", &too_long] {
            assert!(bad.parse::<ImageTag>().is_err(), "{bad}");
        }
    }

    #[test]
    fn tags_of_referrers_of_both_algorithms() {
        let short = Digest::of(b"x");
        assert_eq!(ImageTag::of_referrers(&short).as_str(), format!("sha256-{}", short.hex()));
        let mut digester = Digester::new(Algorithm::Sha512);
        digester.update(b"x");
        let long = digester.finish();
        let tag = ImageTag::of_referrers(&long);
        assert_eq!(tag.as_str(), format!("sha512-{}", &long.hex()[..64]));
        assert_eq!(tag.as_str().parse(), Ok(tag));
    }
}
