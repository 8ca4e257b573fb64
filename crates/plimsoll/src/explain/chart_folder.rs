//! Folders of charts that can't be read.

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Place};
use plimsoll_helm::folder::{FolderError, OWN_FILES};

use super::chart::{invalid, path_in, place_in};

/// Explains why a folder is not read.
pub fn folder_error(folder: &str, error: &FolderError) -> Diagnostic {
    let at = |path: &str| Place::of_file(&path_in(folder, path));
    match error {
        FolderError::NotAFolder { .. } => {
            let message = format!("{folder} is no folder");
            Diagnostic::error(Code::FileMissing, Cure::FixThenRunAgain, message)
                .help("name the folder that holds Chart.yaml")
        }
        FolderError::Io { path, source } => {
            let message = format!("not everything in {folder} can be read");
            Diagnostic::error(Code::FileSystem, Cure::FixThenRunAgain, message)
                .at(Place::of_file(&path.display().to_string()))
                .because(source)
        }
        FolderError::Ignore(ignored) => {
            invalid(ignored.to_string()).at(place_in(folder, ".helmignore", Some(ignored.line()))).help(
                "patterns are those of Go's filepath.Match: `*`, `?`, `[a-z]`, and a `/` at the end for folders",
            )
        }
        FolderError::IgnoreNotText => invalid(error.to_string()).at(at(".helmignore")),
        FolderError::LinkEscapes { path, bounds, .. } => {
            Diagnostic::error(Code::PathEscape, Cure::FixThenRunAgain, error.to_string())
                .at(at(path))
                .help(format!(
                    "links out of the {bounds}, and absolute ones, are not followed: others do not have what is there"
                ))
                .help("put the file itself there, or ignore the link in .helmignore")
        }
        FolderError::LinkBehindLink { path }
        | FolderError::LinkLoops { path }
        | FolderError::LinkDangles { path } => {
            Diagnostic::error(Code::PathEscape, Cure::FixThenRunAgain, error.to_string())
                .at(at(path))
                .help("put the file itself there, or ignore the link in .helmignore")
        }
        FolderError::NotAFile { path } if OWN_FILES.contains(&path.as_str()) => {
            invalid(error.to_string()).at(at(path)).help("Helm reads it as a file: put one there")
        }
        FolderError::NotAFile { path } | FolderError::FileTooLarge { path } => {
            invalid(error.to_string()).at(at(path)).help("keep it out of the chart: add it to .helmignore")
        }
        FolderError::Name { .. } => invalid(error.to_string()).help("rename it, or add it to .helmignore"),
        FolderError::TooLarge | FolderError::TooManyFiles => invalid(error.to_string())
            .at(Place::of_file(folder))
            .help("keep what is no part of the chart out of it with .helmignore"),
    }
}
