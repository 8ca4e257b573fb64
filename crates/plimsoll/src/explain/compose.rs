//! Compose files and dstack manifests.

use plimsoll_engine::document::app_compose::{AppComposeError, ManifestError};
use plimsoll_engine::document::compose::{ComposeError, ComposeFile, Moved, RebaseError, Unpinned, Why};
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Place};

/// Explains why a file is not read as a compose file.
pub fn compose_error(file: &str, text: &str, error: &ComposeError) -> Diagnostic {
    let said = Diagnostic::error(Code::ComposeInvalid, Cure::FixThenRunAgain, error.to_string());
    let said = match error.line() {
        Some(line) => said.at(place_of_line(file, text, line)),
        None => said.at(Place::of_file(file)),
    };
    match error {
        ComposeError::FirstVersion { .. } => {
            said.help("put all of them under `services:`; Compose 2 reads nothing else")
        }
        ComposeError::NoServices => said.help("name the file that has them"),
        ComposeError::Tree(_) | ComposeError::Shape { .. } => said,
    }
}

/// Explains what could run without a digest.
pub fn unpinned(file: &str, text: &str, unpinned: &Unpinned) -> Diagnostic {
    let cure = match unpinned.why {
        Why::Unresolved { .. } => Cure::RunAgain,
        _ => Cure::FixThenRunAgain,
    };
    let message = match &unpinned.service {
        Some(service) => format!("service `{service}` can't be pinned: {}", unpinned.why),
        None => format!("not everything can be pinned: {}", unpinned.why),
    };
    let said =
        Diagnostic::error(Code::ComposeUnpinned, cure, message).at(place_of_line(file, text, unpinned.line));
    let service = unpinned.service.as_deref().unwrap_or("SERVICE");
    match &unpinned.why {
        Why::BuiltOnly | Why::NoDefault { .. } | Why::NotAReference { .. } | Why::Template { .. } => {
            said.help(format!("say what it shall run: `--image {service}=REPOSITORY:TAG`"))
        }
        Why::NoDigest { .. } => said.help(format!("pin it: `plimsoll compose pin {file}`")),
        Why::NoVersion { .. } => said.help("write the tag of a version, or let it be pinned"),
        Why::NoImage => said.help("write an `image`"),
        Why::ExtendsFile { .. } => said.help("write its `image` here too: that wins over the other file's"),
        Why::ExtendsNothing { .. } => said.help("name a service of this file"),
        Why::Include { .. } => said.help(
            "write the services into this file: what it includes is not pinned with it, and stays behind when it moves",
        ),
        Why::NotText | Why::Form { .. } => said.help("write the image on one line, as `repository:tag`"),
        Why::Shared { .. } => said.help("give the image an anchor of its own"),
        Why::Disagrees { .. } => said.help("give each of them an `image` of its own"),
        Why::BuildInline => said.help("write `build` on a line of its own, or keep it: `--build keep`"),
        Why::ImageVolume { .. } | Why::Model { .. } => said.help("write its digest behind it: `…@sha256:…`"),
        Why::NotThere { reference } => said.help(format!(
            "look at its name and tag; what needs a login may be hidden: `docker login {}`",
            reference.repository.registry().as_str()
        )),
        Why::Unresolved { reference, .. } => said.help(format!(
            "look whether {} is up, or name the digest: `--image {service}=…@sha256:…`",
            reference.repository.registry().as_str()
        )),
    }
}

/// Explains why paths are not rewritten.
pub fn rebase_error(file: &str, text: &str, error: &RebaseError) -> Diagnostic {
    match error {
        RebaseError::Variable { line, .. } => Diagnostic::error(
            Code::ComposePath,
            Cure::FixThenRunAgain,
            error.to_string(),
        )
        .at(place_of_line(file, text, *line))
        .help("write the path itself, or leave `--rebase` out and pass `--project-directory` to Compose"),
        RebaseError::Escapes { line, .. } => {
            Diagnostic::error(Code::PathEscape, Cure::FixThenRunAgain, error.to_string())
                .at(place_of_line(file, text, *line))
                .help("keep what a release needs inside the project, or write an absolute path")
        }
        RebaseError::NotProven => {
            Diagnostic::error(Code::Bug, Cure::ReportBug, error.to_string()).at(Place::of_file(file))
        }
    }
}

/// Warns of what leads elsewhere, or is called otherwise, once the file lies in another folder.
pub fn moved_findings(file: &str, compose: &ComposeFile, moved: Moved<'_>) -> Vec<Diagnostic> {
    let text = compose.text();
    let mut findings = Vec::new();
    if !compose.names_project() {
        let folder = moved.to.rsplit('/').next().unwrap_or(moved.to);
        findings.push(
            Diagnostic::warning(
                Code::ComposePath,
                format!("it has no `name`: in another folder, Compose calls the project `{folder}`"),
            )
            .at(Place::of_file(file))
            .help("write `name: …` at its top, or pass `--project-name` to Compose"),
        );
    }
    for path in compose.find_relative_paths() {
        let place = Place::in_text(file, text, path.span.clone());
        if moved.escapes(&path.path) {
            let message = format!("`{}` under `{}` leads out of the project", path.path, path.kind.key());
            findings.push(Diagnostic::warning(Code::PathEscape, message).at(place));
        } else {
            let message = format!(
                "`{}` under `{}` is relative to the file, which moves to `{}`",
                path.path,
                path.kind.key(),
                moved.to
            );
            findings.push(
                Diagnostic::warning(Code::ComposePath, message)
                    .at(place)
                    .help("let it be rewritten (`--rebase`), or pass `--project-directory` to Compose"),
            );
        }
    }
    findings
}

/// Explains a manifest that guests would refuse.
pub fn app_compose_error(error: &AppComposeError) -> Diagnostic {
    let said = Diagnostic::error(Code::AppComposeInvalid, Cure::FixThenRunAgain, error.to_string());
    match error {
        AppComposeError::ValueOfVariable { name } => said.help(format!(
            "write `{name}` alone, hand the value over encrypted when you deploy, and change it: it was written down"
        )),
        AppComposeError::NotAName { .. } => said.help("letters, digits and `_`, with no digit first"),
        AppComposeError::NeedsThree { .. } => said.help("write `manifest-version = \"3\"` under `[app-compose]`"),
        AppComposeError::Builds { .. } => said.help("release its image, or use the runner `docker-compose`"),
        AppComposeError::PathLeftBehind { .. } => {
            said.help("put it into an image, or write it into the compose file: `configs` may have `content`")
        }
        AppComposeError::Empty { .. }
        | AppComposeError::Unknown { .. }
        | AppComposeError::NotForRunner { .. }
        | AppComposeError::TooManyScripts { .. }
        | AppComposeError::SameTarget { .. } => said,
    }
}

/// Explains bytes that are no manifest.
pub fn manifest_error(file: &str, error: &ManifestError) -> Diagnostic {
    let said = Diagnostic::error(Code::AppComposeInvalid, Cure::FixThenRunAgain, error.to_string());
    said.at(Place::of_file(file)).help("name the app-compose file of a release")
}

/// A line without the white space before it.
fn place_of_line(file: &str, text: &str, line: usize) -> Place {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let rest = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let indentation = rest.len() - rest.trim_start().len();
    Place::in_text(file, text, start + indentation..start + rest.trim_end().len().max(indentation))
}
