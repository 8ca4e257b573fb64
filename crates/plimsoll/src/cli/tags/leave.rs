//! What a step of a workflow is left with: outputs, variables, files for `docker buildx bake`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};

use crate::cli::ending::Failure;
use crate::cli::outputs::delimiter;
use crate::cli::session::Session;
use crate::output::github::{Bake, append, render_bake, render_tag_outputs, render_tag_variables};
use crate::output::json::tags::TagsInfo;

/// The annotation levels unless `DOCKER_METADATA_ANNOTATIONS_LEVELS` names others.
const LEVELS: &str = "manifest";

/// Leaves the outputs in `GITHUB_OUTPUT`, and the same as variables in `GITHUB_ENV`. Where there is no such file, the
/// outputs go to standard output.
pub(super) fn leave(session: &Session<'_>, info: &TagsInfo) -> Result<(), Failure> {
    let levels = session.variables.text("DOCKER_METADATA_ANNOTATIONS_LEVELS").unwrap_or(LEVELS);
    let levels: Vec<&str> = levels.split(',').map(str::trim).filter(|level| !level.is_empty()).collect();
    let directory = make_directory(session).map_err(|error| failed("a directory for bake files", &error))?;
    let mut files = Vec::new();
    for bake in Bake::ALL {
        let path = directory.join(bake.file_name());
        fs::write(&path, render_bake(info, bake, &levels))
            .map_err(|error| failed(&path.display().to_string(), &error))?;
        files.push((bake, path.display().to_string()));
    }
    let outputs = render_tag_outputs(info, &levels, &files, &delimiter());
    let file = |name: &str| session.variables.get(name).filter(|path| !path.is_empty()).map(PathBuf::from);
    let write = |path: &Path, text: &str| {
        append(path, text).map_err(|error| failed(&path.display().to_string(), &error))
    };
    match file("GITHUB_OUTPUT") {
        Some(path) => write(&path, &outputs)?,
        None => {
            session.streams.data.hand_over(&outputs).map_err(|error| failed("standard output", &error))?
        }
    }
    let wants_variables = session.variables.text("DOCKER_METADATA_SET_OUTPUT_ENV") != Some("false");
    if let (Some(path), true) = (file("GITHUB_ENV"), wants_variables) {
        write(&path, &render_tag_variables(info, &levels, &files, &delimiter()))?;
    }
    Ok(())
}

/// Makes a directory that nobody else writes to, where the runner cleans up after the job.
fn make_directory(session: &Session<'_>) -> io::Result<PathBuf> {
    let root = session.variables.get("RUNNER_TEMP").filter(|path| !path.is_empty());
    let root = root.map_or_else(std::env::temp_dir, PathBuf::from);
    Ok(tempfile::Builder::new().prefix("plimsoll-tags-").tempdir_in(root)?.keep())
}

fn failed(what: &str, error: &io::Error) -> Failure {
    let message = format!("{what} can't be written");
    Diagnostic::error(Code::FileSystem, Cure::FixThenRunAgain, message).because(error).into()
}
