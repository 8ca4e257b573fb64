//! Files that are written unless they are there.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Place};

use crate::cli::ending::Failure;
use crate::config::found::read_text;
use crate::output::json::init::FileInfo;
use crate::setup::difference;
use crate::setup::workflows::NewFile;

/// Writes a file, unless there is one of its name; how that differs is told.
pub(super) fn write_unless_there(root: &Path, file: &NewFile) -> Result<FileInfo, Failure> {
    let failed = |error: io::Error| {
        Failure::from(
            Diagnostic::error(Code::FileSystem, Cure::RunAgain, format!("{} can't be written", file.path))
                .because(error),
        )
    };
    let path = root.join(&file.path);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let opened = fs::OpenOptions::new().write(true).create_new(true).open(&path);
    let (status, difference) = match opened {
        Ok(mut opened) => {
            opened.write_all(file.text.as_bytes()).map_err(failed)?;
            ("written", None)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let there = read_text(&path).map_err(|error| unreadable(&file.path, error))?;
            match difference::render(&file.path, &there, &file.text) {
                same if same.is_empty() => ("same", None),
                difference => ("kept", Some(difference)),
            }
        }
        Err(error) => return Err(failed(error)),
    };
    Ok(FileInfo { path: file.path.clone(), status, difference })
}

/// Explains that a file can't be read.
pub(super) fn unreadable(path: &str, error: io::Error) -> Diagnostic {
    let code = match error.kind() {
        io::ErrorKind::NotFound => Code::FileMissing,
        _ => Code::FileSystem,
    };
    Diagnostic::error(code, Cure::FixThenRunAgain, format!("`{path}` can't be read"))
        .because(error)
        .at(Place::of_file(path))
}
