//! What is said of compose files and dstack manifests.

use plimsoll_edit::yaml::tree::TreeError;

use crate::document::app_compose::{AppComposeError, ManifestError};
use crate::document::compose::{
    ComposeError, ComposeFile, DeploymentError, Moved, RebaseError, RelativePath, Unpinned, Why,
};
use crate::domain::code::Code;
use crate::domain::diagnostic::{Cure, Diagnostic, Place};

/// The file beside a compose file that Compose takes variables from.
pub const ENV_FILE: &str = ".env";

/// What advice names: whoever pins a file by hand has options, whoever releases it has a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// Options of `plimsoll compose`.
    Options,
    /// Keys of `[compose]`.
    Keys,
}

impl Advice {
    fn name_image(self, service: &str, reference: &str) -> String {
        match self {
            Advice::Options => format!("`--image {service}={reference}`"),
            Advice::Keys => format!("`{service} = \"{reference}\"` under `[compose.services]`"),
        }
    }

    fn keep_build(self) -> &'static str {
        match self {
            Advice::Options => "`--build keep`",
            Advice::Keys => "`build = \"keep\"` under `[compose]`",
        }
    }

    fn rebase(self) -> &'static str {
        match self {
            Advice::Options => "`--rebase`",
            Advice::Keys => "`rebase = true` under `[compose]`",
        }
    }
}

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
        ComposeError::Tree(TreeError::SecondDocument { .. }) => said.help(
            "a compose file is one document, of which `docker compose` reads nothing else: take out the `---`, or put what is behind it into a file of its own",
        ),
        ComposeError::Tree(_) | ComposeError::Shape { .. } => said,
    }
}

/// Explains what could run without a digest.
pub fn unpinned(file: &str, text: &str, unpinned: &Unpinned, advice: Advice) -> Diagnostic {
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
            said.help(format!("say what it shall run: {}", advice.name_image(service, "REPOSITORY:TAG")))
        }
        Why::DigestInDefault { .. } => {
            said.help(format!("write the digest behind the variable: `plimsoll compose pin {file}` writes the image out"))
        }
        Why::OneOfSeveral { images, .. } => match advice {
            Advice::Keys => {
                let image = images.first().map(ToString::to_string).unwrap_or_default();
                said.help(format!("say it under `[compose.services]`: `{service} = \"{image}\"`, or another of them"))
            }
            Advice::Options => said.help(format!(
                "say it under `[compose.services]`, or for once: {}",
                advice.name_image(service, "REPOSITORY:TAG")
            )),
        },
        Why::NoDigest { .. } => said.help(format!("pin it: `plimsoll compose pin {file}`")),
        Why::NoVersion { .. } => said.help("write the tag of a version, or let it be pinned"),
        Why::NotReleased { .. } => said.help(format!(
            "release it with an [[image]] of its own, say under `[compose.services]` what `{service}` runs, or leave it alone: `leave = [\"{service}\"]`"
        )),
        Why::ExtendsLeft { .. } => said.help("leave it alone too, or write its `image` here"),
        Why::NoImage => said.help("write an `image`"),
        Why::ExtendsFile { .. } => said.help(
            "write all of it here, with its `image`: what the other file says is not pinned with it, and stays behind when it moves",
        ),
        Why::ExtendsNothing { .. } => said.help("name a service of this file"),
        Why::Include { .. } => said.help(
            "write the services into this file: what it includes is not pinned with it, and stays behind when it moves",
        ),
        Why::NotText | Why::Form { .. } => said.help("write the image on one line, as `repository:tag`"),
        Why::Shared { .. } => said.help("give the image an anchor of its own"),
        Why::Disagrees { .. } => said.help("give each of them an `image` of its own"),
        Why::BuildInline => said.help(format!("write `build` on a line of its own, or keep it: {}", advice.keep_build())),
        Why::ImageVolume { .. } | Why::PreStart { .. } | Why::Model { .. } => said.help("write its digest behind it: `…@sha256:…`"),
        Why::NotThere { reference } => said.help(format!(
            "look at its name and tag; what needs a login may be hidden: `docker login {}`",
            reference.repository.registry().as_str()
        )),
        Why::Unresolved { reference, .. } => said.help(format!(
            "look whether {} is up, or name the digest: {}",
            reference.repository.registry().as_str(),
            advice.name_image(service, "…@sha256:…")
        )),
    }
}

/// Explains why a compose file is not released.
pub fn deployment_error(file: &str, text: &str, error: &DeploymentError) -> Vec<Diagnostic> {
    let said = |code| Diagnostic::error(code, Cure::FixThenRunAgain, error.to_string());
    match error {
        DeploymentError::File(error) => vec![compose_error(file, text, error)],
        DeploymentError::Unpinned(all) => {
            all.iter().map(|one| unpinned(file, text, one, Advice::Keys)).collect()
        }
        DeploymentError::Paths(all) => {
            all.iter().map(|one| rebase_error(file, text, one, Advice::Keys)).collect()
        }
        DeploymentError::Unknown { services, .. } => {
            let diagnostic = said(Code::InvalidValue).at(Place::of_file(file));
            vec![diagnostic.fact("services", services.join(", "))]
        }
        DeploymentError::NotProven => {
            vec![Diagnostic::error(Code::Bug, Cure::ReportBug, error.to_string()).at(Place::of_file(file))]
        }
    }
}

/// Explains why paths are not rewritten.
pub fn rebase_error(file: &str, text: &str, error: &RebaseError, advice: Advice) -> Diagnostic {
    match error {
        RebaseError::Variable { line, .. } => {
            Diagnostic::error(Code::ComposePath, Cure::FixThenRunAgain, error.to_string())
                .at(place_of_line(file, text, *line))
                .help(format!(
                    "write the path itself, or leave {} out and pass `--project-directory` to Compose",
                    advice.rebase()
                ))
        }
        RebaseError::Escapes { line, .. } => {
            Diagnostic::error(Code::PathEscape, Cure::FixThenRunAgain, error.to_string())
                .at(place_of_line(file, text, *line))
                .help("keep what a release needs inside the project, or write an absolute path")
        }
        RebaseError::Shared { line, .. } => {
            Diagnostic::error(Code::ComposePath, Cure::FixThenRunAgain, error.to_string())
                .at(place_of_line(file, text, *line))
                .help("write it without an anchor, and again where it is used")
        }
        RebaseError::Folder { .. } => {
            Diagnostic::error(Code::ComposePath, Cure::FixThenRunAgain, error.to_string())
                .at(Place::of_file(file))
        }
        RebaseError::NotProven => {
            Diagnostic::error(Code::Bug, Cure::ReportBug, error.to_string()).at(Place::of_file(file))
        }
    }
}

/// Warns that a file without a name is called after the folder that it moves to.
pub fn name_finding(file: &str, compose: &ComposeFile, moved: Moved<'_>) -> Option<Diagnostic> {
    let folder = moved.folder().rsplit('/').next().filter(|name| !name.is_empty());
    let called = folder.map_or_else(|| "after that".to_owned(), |folder| format!("`{folder}`"));
    let message = format!("it has no `name`: in another folder, Compose calls the project {called}");
    let warning = Diagnostic::warning(Code::ComposePath, message)
        .at(Place::of_file(file))
        .help("write `name: …` at its top, or pass `--project-name` to Compose");
    (!compose.names_project() && moved.is_elsewhere()).then_some(warning)
}

/// Warns of variables that only a `.env` gives which lies where the file does no more. `env_file` is that one's path and
/// text.
pub fn env_finding(
    file: &str,
    (env_path, env_text): (&str, &str),
    pinned: &ComposeFile,
    moved: Moved<'_>,
) -> Option<Diagnostic> {
    let used = pinned.variables();
    let lost: Vec<String> =
        used.iter().filter(|name| gives(env_text, name)).map(|name| format!("`{name}`")).collect();
    if lost.is_empty() || !moved.is_elsewhere() {
        return None;
    }
    let message = format!(
        "it takes {} from `{env_path}`, and Compose looks for that beside the file, which moves to `{}`",
        lost.join(", "),
        moved.folder()
    );
    Some(Diagnostic::warning(Code::ComposePath, message).at(Place::of_file(file)).help(format!(
        "`plimsoll deploy` hands it over; whoever calls Compose passes `--env-file {env_path}`"
    )))
}

/// Whether a `.env` has a value for a variable: `NAME=…`, `export NAME=…` or `NAME: …`.
fn gives(env_text: &str, name: &str) -> bool {
    env_text.lines().any(|line| {
        let line = line.trim_start();
        let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
        line.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with(['=', ':']))
    })
}

/// Warns of paths that lead elsewhere once the file lies in another folder: those of `source` that are still in `pinned`.
pub fn path_findings(
    file: &str,
    source: &ComposeFile,
    pinned: &ComposeFile,
    moved: Moved<'_>,
    advice: Advice,
) -> Vec<Diagnostic> {
    if !moved.is_elsewhere() {
        return Vec::new();
    }
    let stay = pinned.find_relative_paths();
    let stays =
        |path: &RelativePath| stay.iter().any(|other| (other.kind, &other.path) == (path.kind, &path.path));
    let warn = |path: RelativePath| {
        let place = Place::in_text(file, source.text(), path.span.clone());
        let (path, key) = (&path.path, path.kind.key());
        if moved.escapes(path) {
            let message = format!("`{path}` under `{key}` leads out of the project");
            return Diagnostic::warning(Code::PathEscape, message).at(place);
        }
        let message =
            format!("`{path}` under `{key}` is relative to the file, which moves to `{}`", moved.folder());
        Diagnostic::warning(Code::ComposePath, message).at(place).help(format!(
            "let it be rewritten ({}), or pass `--project-directory` to Compose",
            advice.rebase()
        ))
    };
    source.find_relative_paths().into_iter().filter(stays).map(warn).collect()
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
