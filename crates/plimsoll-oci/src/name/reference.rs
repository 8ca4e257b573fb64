//! References to images (distribution/reference): `name[:tag][@digest]`.

use std::fmt;
use std::str::FromStr;

use super::{Digest, DigestError, ImageRepository, ImageTag, ImageTagError, RepositoryError};

/// A repository with a tag, a digest, both or neither.
///
/// With both the digest decides and the tag is kept for people. No tag is ever implied.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// Where.
    pub repository: ImageRepository,
    /// The tag, if one is written.
    pub tag: Option<ImageTag>,
    /// The digest, if one is written.
    pub digest: Option<Digest>,
}

/// Why a text is no reference.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// The name part.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// The part after the last colon.
    #[error(transparent)]
    Tag(#[from] ImageTagError),
    /// The part after `@`.
    #[error(transparent)]
    Digest(#[from] DigestError),
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest.parse()?)),
            None => (text, None),
        };
        // A colon before the last slash belongs to a port.
        let (name, tag) = match rest.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag.parse()?)),
            _ => (rest, None),
        };
        Ok(Reference { repository: name.parse()?, tag, digest })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn splits_tag_and_digest() {
        let digest = Digest::of(b"x");
        let text = format!("localhost:5000/app:v1.0@{digest}");
        let reference: Reference = text.parse().unwrap();
        assert_eq!(reference.repository.to_string(), "localhost:5000/app");
        assert_eq!(reference.tag.as_ref().map(ImageTag::as_str), Some("v1.0"));
        assert_eq!(reference.digest, Some(digest));
        assert_eq!(reference.to_string(), text);
        assert_eq!("localhost:5000/app".parse::<Reference>().unwrap().tag, None);
        assert_eq!("alpine:3".parse::<Reference>().unwrap().to_string(), "docker.io/library/alpine:3");
    }

    proptest! {
        #[test]
        fn parses_what_it_prints(text in "[a-z0-9.:/_-]{1,30}(:[A-Za-z0-9_.-]{1,9})?") {
            if let Ok(reference) = text.parse::<Reference>() {
                prop_assert_eq!(reference.to_string().parse::<Reference>(), Ok(reference));
            }
        }

        #[test]
        fn never_panics(text: String) {
            let _ = text.parse::<Reference>();
        }
    }
}
