//! Where the file is.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Place};

/// Where it may be, from the repository's root.
pub const PLACES: [&str; 2] = ["plimsoll.toml", ".config/plimsoll.toml"];

/// The largest file that is read, in bytes.
pub const MAX_SIZE: u64 = 1 << 18;

/// The file's text, not yet understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigText {
    /// Its name as the user knows it.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// Why there is no text.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// It is in none of its places.
    #[error("there is no {}", PLACES[0])]
    Missing,
    /// The file named by `--config` is not there.
    #[error("there is no `{0}`")]
    NamedMissing(String),
    /// It is in both places.
    #[error("there are two configurations: {} and {}", PLACES[0], PLACES[1])]
    Twice,
    /// It is a directory, a pipe, a device.
    #[error("`{0}` is no regular file")]
    NotAFile(String),
    /// It is a link to something outside of the repository.
    #[error("`{0}` is a symbolic link that leads outside of the repository")]
    Escapes(String),
    /// It is too large.
    #[error("`{0}` is larger than {MAX_SIZE} bytes")]
    TooLarge(String),
    /// It is not UTF-8.
    #[error("`{name}` is no text: byte {at} is not UTF-8")]
    NotText {
        /// The file.
        name: String,
        /// The first byte that is none, counted from 0.
        at: usize,
    },
    /// It can't be read.
    #[error("`{name}` can't be read")]
    Unreadable {
        /// The file.
        name: String,
        /// Why.
        #[source]
        error: io::Error,
    },
}

/// Takes the file from those of [`PLACES`] that are there, each given with its bytes.
///
/// # Errors
/// There is none, more than one, or it is no text.
pub fn choose(there: impl IntoIterator<Item = (String, Vec<u8>)>) -> Result<ConfigText, FindError> {
    let mut there = there.into_iter();
    match (there.next(), there.next()) {
        (None, _) => Err(FindError::Missing),
        (Some(_), Some(_)) => Err(FindError::Twice),
        (Some((name, bytes)), None) => to_text(name, bytes),
    }
}

/// Reads the file of a working directory.
///
/// # Errors
/// See [`FindError`].
pub fn read_in(root: &Path) -> Result<ConfigText, FindError> {
    let mut there = Vec::new();
    for place in PLACES {
        let unreadable = |error| FindError::Unreadable { name: place.into(), error };
        let path = match fs::canonicalize(root.join(place)) {
            Ok(path) => path,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                continue;
            }
            Err(error) => return Err(unreadable(error)),
        };
        // A message shows lines of the file, and a link that leads out would show those of another one.
        if !path.starts_with(fs::canonicalize(root).map_err(unreadable)?) {
            return Err(FindError::Escapes(place.into()));
        }
        // Opening a pipe would wait for somebody to write into it.
        if !path.is_file() {
            return Err(FindError::NotAFile(place.into()));
        }
        there.push((place.to_owned(), read_bounded(&path).map_err(unreadable)?));
    }
    choose(there)
}

/// Reads the file that `--config` names.
///
/// # Errors
/// See [`FindError`].
pub fn read_named(path: &Path) -> Result<ConfigText, FindError> {
    let name = path.display().to_string();
    match read_bounded(path) {
        Ok(bytes) => to_text(name, bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(FindError::NamedMissing(name)),
        Err(error) => Err(FindError::Unreadable { name, error }),
    }
}

/// Reads a text that is no longer than a configuration may be.
///
/// # Errors
/// It can't be read, is longer than [`MAX_SIZE`], or is not UTF-8.
pub fn read_text(path: &Path) -> io::Result<String> {
    to_text(path.display().to_string(), read_bounded(path)?).map(|text| text.text).map_err(io::Error::other)
}

fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(MAX_SIZE + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn to_text(name: String, bytes: Vec<u8>) -> Result<ConfigText, FindError> {
    if u64::try_from(bytes.len()).is_ok_and(|length| length > MAX_SIZE) {
        return Err(FindError::TooLarge(name));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(ConfigText { name, text }),
        Err(error) => Err(FindError::NotText { name, at: error.utf8_error().valid_up_to() }),
    }
}

impl FindError {
    /// Explains it.
    pub fn explain(&self) -> Diagnostic {
        let error = |code| Diagnostic::error(code, Cure::FixThenRunAgain, self.to_string());
        match self {
            FindError::Missing => {
                error(Code::ConfigMissing).help("`plimsoll init` writes one from what is here").help(format!(
                    "or write one: {} at the root, {}, or name one with --config",
                    PLACES[0], PLACES[1]
                ))
            }
            FindError::NamedMissing(_) => error(Code::ConfigMissing),
            FindError::Twice => error(Code::Usage).help("take one of them away, or name one with --config"),
            FindError::NotAFile(_) => {
                error(Code::ConfigMissing).help("put a file in its place, or name one with --config")
            }
            FindError::Escapes(name) => error(Code::PathEscape)
                .at(Place::of_file(name))
                .help("put the file itself in its place, or name it with --config"),
            FindError::TooLarge(name) | FindError::NotText { name, .. } => error(Code::ConfigSyntax)
                .at(Place::of_file(name))
                .help("a configuration is a TOML text: name a `plimsoll.toml`"),
            FindError::Unreadable { error: why, .. } => error(Code::FileSystem).because(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, place: &str, bytes: &[u8]) {
        let path = root.join(place);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    #[test]
    fn it_is_in_one_of_two_places() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(read_in(root.path()).unwrap_err().explain().code, Code::ConfigMissing);
        write(root.path(), PLACES[1], b"# second");
        assert_eq!(read_in(root.path()).unwrap().text, "# second");
        write(root.path(), PLACES[0], b"# first");
        assert!(matches!(read_in(root.path()), Err(FindError::Twice)));
        assert_eq!(read_named(&root.path().join(PLACES[0])).unwrap().text, "# first");
    }

    #[test]
    fn only_a_file_of_the_repository_is_read() {
        let (root, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let at = root.path().join(PLACES[0]);
        fs::create_dir(&at).unwrap();
        assert!(matches!(read_in(root.path()), Err(FindError::NotAFile(_))));
        fs::remove_dir(&at).unwrap();
        let pipe = std::process::Command::new("mkfifo").arg(&at).status();
        assert!(pipe.is_ok_and(|status| status.success()));
        assert!(matches!(read_in(root.path()), Err(FindError::NotAFile(_))));
        fs::remove_file(&at).unwrap();
        write(outside.path(), "secret", b"hunter2");
        for (target, code) in
            [(outside.path().join("secret"), Code::PathEscape), (PLACES[0].into(), Code::FileSystem)]
        {
            std::os::unix::fs::symlink(target, &at).unwrap();
            let refused = read_in(root.path()).unwrap_err().explain();
            assert_eq!((refused.code, refused.message.contains("hunter2")), (code, false));
            fs::remove_file(&at).unwrap();
        }
        write(root.path(), "real.toml", b"# real");
        std::os::unix::fs::symlink("real.toml", &at).unwrap();
        assert_eq!(read_in(root.path()).unwrap().text, "# real");
    }

    #[test]
    fn a_named_file_must_be_there_and_be_text() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("other.toml");
        assert!(matches!(read_named(&path), Err(FindError::NamedMissing(_))));
        write(root.path(), "other.toml", b"a\xff");
        assert!(matches!(read_named(&path), Err(FindError::NotText { at: 1, .. })));
        write(root.path(), "other.toml", &vec![b'#'; usize::try_from(MAX_SIZE).unwrap() + 1]);
        assert!(matches!(read_named(&path), Err(FindError::TooLarge(_))));
        assert_eq!(read_named(root.path()).unwrap_err().explain().code, Code::FileSystem);
    }
}
