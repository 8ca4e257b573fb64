//! Paths inside an image.

use std::fmt;
use std::str::FromStr;

/// Linux's `PATH_MAX` without the byte that ends a C string.
const PATH_LIMIT: usize = 4095;
/// Linux's `NAME_MAX`.
const NAME_LIMIT: usize = 255;
/// The prefix of names that delete something below (OCI image-spec 1.1, "Whiteouts").
const WHITEOUT: &str = ".wh.";

/// An absolute path inside an image, kept without its leading slash; `/` itself is empty.
///
/// Ordered by bytes, so that a directory comes before all that is in it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LayerPath(String);

/// Why a text is no path that a file of a layer can have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LayerPathError {
    /// It holds `..`, or `.` between slashes.
    #[error("path `{0}` holds `.` or `..`")]
    Dots(String),
    /// It holds two slashes in a row.
    #[error("path `{0}` holds an empty part")]
    EmptyPart(String),
    /// It holds a NUL byte, which ends a path for Linux.
    #[error("path {0:?} holds a NUL byte")]
    Nul(String),
    /// The path has more than 4095 bytes, or a part of it more than 255.
    #[error("path `{0}` is too long for Linux")]
    TooLong(String),
    /// A part begins with `.wh.`, by which layers delete.
    #[error("a part of path `{0}` begins with `.wh.`, which would delete a file of a lower layer")]
    Whiteout(String),
}

impl LayerPath {
    /// `/`.
    pub fn root() -> LayerPath {
        LayerPath(String::new())
    }

    /// True for `/`.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The path without its leading slash; empty for `/`.
    pub fn as_relative(&self) -> &str {
        &self.0
    }

    /// The directory that holds this; none for `/`.
    pub fn parent(&self) -> Option<LayerPath> {
        match self.0.rsplit_once('/') {
            Some((parent, _)) => Some(LayerPath(parent.into())),
            None if self.is_root() => None,
            None => Some(LayerPath::root()),
        }
    }
}

impl FromStr for LayerPath {
    type Err = LayerPathError;

    /// A leading slash may be left out, and a directory may end with one.
    fn from_str(text: &str) -> Result<Self, LayerPathError> {
        let inner = text.strip_prefix('/').unwrap_or(text);
        let inner = inner.strip_suffix('/').unwrap_or(inner);
        if inner.contains('\0') {
            return Err(LayerPathError::Nul(text.into()));
        }
        if inner.is_empty() {
            return match text {
                "/" => Ok(LayerPath::root()),
                _ => Err(LayerPathError::EmptyPart(text.into())),
            };
        }
        for part in inner.split('/') {
            match part {
                "" => return Err(LayerPathError::EmptyPart(text.into())),
                "." | ".." => return Err(LayerPathError::Dots(text.into())),
                part if part.starts_with(WHITEOUT) => return Err(LayerPathError::Whiteout(text.into())),
                part if part.len() > NAME_LIMIT => return Err(LayerPathError::TooLong(text.into())),
                _ => {}
            }
        }
        // The kernel counts the leading slash.
        if inner.len() >= PATH_LIMIT {
            return Err(LayerPathError::TooLong(text.into()));
        }
        Ok(LayerPath(inner.into()))
    }
}

impl fmt::Display for LayerPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}", self.0)
    }
}

impl fmt::Debug for LayerPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn knows_its_parents() {
        let path: LayerPath = "/usr/bin/tool".parse().unwrap();
        let parents: Vec<String> =
            std::iter::successors(path.parent(), LayerPath::parent).map(|p| p.to_string()).collect();
        assert_eq!(parents, ["/usr/bin", "/usr", "/"]);
        assert_eq!("usr/bin/tool".parse::<LayerPath>(), Ok(path));
        assert_eq!("/etc/".parse::<LayerPath>().unwrap().to_string(), "/etc");
        assert!("/".parse::<LayerPath>().unwrap().is_root());
    }

    #[test]
    fn refuses_what_could_leave_or_delete() {
        let name = "n".repeat(256);
        let long = "d/".repeat(2048);
        for text in
            ["", "//", "..", "/..", "a/../b", "/a/..", "./a", "a/.", "a//b", "a\0b", "/a/.wh.b", &name, &long]
        {
            assert!(text.parse::<LayerPath>().is_err(), "{text:?}");
        }
        for text in ["...", "a..b", "/.hidden", "a.wh.b", "a b", "ä\n"] {
            assert!(text.parse::<LayerPath>().is_ok(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn parses_what_it_prints(text in "[/.a-c]{0,12}") {
            if let Ok(path) = text.parse::<LayerPath>() {
                prop_assert_eq!(path.to_string().parse::<LayerPath>(), Ok(path.clone()));
                prop_assert!(path.parent().is_none_or(|parent| parent < path));
            }
        }
    }
}
