//! Compose files on disk.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use plimsoll_edit::yaml::tree::MAX_BYTES;
use plimsoll_engine::check::compose::compose_error;
use plimsoll_engine::document::compose::ComposeFile;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Place};

use crate::cli::ending::Failure;
use crate::cli::session::Session;

/// A compose file that was read.
pub(crate) struct TextFile {
    /// Its name as the user gave it.
    pub(crate) name: String,
    /// What it says.
    pub(crate) compose: ComposeFile,
}

impl TextFile {
    /// Reads a file, relative to where the session works.
    pub(crate) fn read(session: &Session<'_>, path: &Path) -> Result<TextFile, Failure> {
        let name = path.display().to_string();
        let bytes = read_bounded(&session.path(path), &name, MAX_BYTES as u64 + 1)?;
        let text = String::from_utf8(bytes).map_err(|_| {
            Diagnostic::error(Code::ComposeInvalid, Cure::FixThenRunAgain, "it is not UTF-8")
                .at(Place::of_file(&name))
        })?;
        let compose = ComposeFile::parse(&text).map_err(|error| compose_error(&name, &text, &error))?;
        Ok(TextFile { name, compose })
    }

    /// Reads a text that was made of it: what is written is read once more before anybody gets it.
    pub(crate) fn reread(&self, text: &str) -> Result<ComposeFile, Failure> {
        ComposeFile::parse(text).map_err(|error| compose_error(&self.name, text, &error).into())
    }
}

/// Reads at most `limit` bytes of a file that must be there.
pub(crate) fn read_bounded(path: &Path, name: &str, limit: u64) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes));
    match read {
        Ok(_) => Ok(bytes),
        Err(error) => {
            let code = match error.kind() {
                io::ErrorKind::NotFound => Code::FileMissing,
                _ => Code::FileSystem,
            };
            let said = Diagnostic::error(code, Cure::FixThenRunAgain, format!("{name} can't be read"));
            Err(said.because(error).at(Place::of_file(name)).into())
        }
    }
}

/// Makes a folder, and those above it, where they are not there.
pub(crate) fn make_folder(path: &Path, name: &str) -> Result<(), Failure> {
    fs::create_dir_all(path).map_err(|error| {
        let said =
            Diagnostic::error(Code::FileSystem, Cure::FixThenRunAgain, format!("{name} can't be made"));
        said.because(error).at(Place::of_file(name)).into()
    })
}

/// Writes a file, whole or not at all, into a folder that is there.
pub(crate) fn write_whole(path: &Path, name: &str, bytes: &[u8]) -> Result<(), Failure> {
    let write = || -> io::Result<()> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut half =
            tempfile::Builder::new().permissions(fs::Permissions::from_mode(0o666)).tempfile_in(folder)?;
        half.write_all(bytes)?;
        half.persist(path)?;
        Ok(())
    };
    write().map_err(|error| {
        let code = match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Code::FileMissing,
            _ => Code::FileSystem,
        };
        let said = Diagnostic::error(code, Cure::FixThenRunAgain, format!("{name} can't be written"));
        said.because(error).at(Place::of_file(name)).into()
    })
}
