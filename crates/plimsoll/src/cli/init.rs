//! `init`: a first plimsoll.toml.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args};
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Place};

use super::ending::{Ended, Failure, Outcome};
use super::session::Session;
use crate::config::found::{MAX_SIZE, PLACES};
use crate::explain::{Asked, Explain as _, Keeping};
use crate::output::Answer;
use crate::output::json::init::InitDone;
use crate::setup::from_workflows::{WorkflowFile, draft};
use crate::wire::{Repository, RepositoryError};

/// Where GitHub, Gitea and Forgejo look for workflows.
const FOLDERS: [&str; 3] = [".github/workflows", ".gitea/workflows", ".forgejo/workflows"];

/// Writes a plimsoll.toml from what the repository's workflows do
///
/// Steps of docker/metadata-action and docker/build-push-action become images with their repositories, platforms, tags
/// and labels; what can't be carried over stands in the file as comments. A file that is there is never overwritten.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll init --from-workflows
  plimsoll check                   is it right?
  plimsoll tags --ref v1.0.0       which tags would images get?")]
pub(super) struct Init {
    /// Read the workflows in .github/workflows, .gitea/workflows and .forgejo/workflows
    #[arg(long, env = "PLIMSOLL_FROM_WORKFLOWS", value_parser = FalseyValueParser::new())]
    #[arg(action = ArgAction::SetTrue, required = true)]
    pub from_workflows: bool,
}

impl Init {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        session.look(async {
            let asked = Asked { verb: "init", tag: None, keeping: Keeping::Local };
            let explain = |error: RepositoryError| Failure::from(error.explain(&asked));
            let repository = Repository::find(&session.directory, session.variables, &session.redactor);
            let repository = repository.await.map_err(explain)?;
            let root = repository.root();
            if let Some(there) = PLACES.into_iter().find(|place| root.join(place).exists()) {
                let message = format!("there is a `{there}` already, and it is not overwritten");
                return Err(usage(message).help("move it away to begin anew").into());
            }
            let address = match repository.read_remote(None).await {
                Ok(remote) => Some(remote.shown()),
                Err(RepositoryError::NoRemote) => None,
                Err(error) => return Err(explain(error)),
            };
            let files = read_workflows(root)?;
            if files.is_empty() {
                let help = format!("they are looked for in {}", FOLDERS.join(", "));
                return Err(usage("there are no workflows".to_owned()).help(help).into());
            }
            let draft = draft(&files, address.as_deref().and_then(owner_and_name).as_deref())
                .map_err(|error| usage(error.to_string()))?;
            write_new(&root.join(PLACES[0]), &draft.text).map_err(|error| {
                Diagnostic::error(Code::FileSystem, Cure::RunAgain, format!("{} can't be written", PLACES[0]))
                    .because(error)
            })?;
            Ok(Ended::well(Answer::Init(InitDone {
                schema: InitDone::SCHEMA,
                file: PLACES[0].to_owned(),
                read: files.into_iter().map(|file| file.path).collect(),
                images: draft.images,
                left: draft.left,
            })))
        })
    }
}

fn read_workflows(root: &Path) -> Result<Vec<WorkflowFile>, Failure> {
    let mut files = Vec::new();
    for folder in FOLDERS {
        // A folder that is not there has no workflows.
        let Ok(entries) = fs::read_dir(root.join(folder)) else { continue };
        let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        let mut names: Vec<String> =
            names.filter(|name| name.ends_with(".yml") || name.ends_with(".yaml")).collect();
        names.sort();
        for name in names {
            let path = format!("{folder}/{name}");
            let text = read_text(&root.join(&path)).map_err(|error| {
                Diagnostic::error(Code::FileSystem, Cure::FixThenRunAgain, format!("`{path}` can't be read"))
                    .because(error)
                    .at(Place::of_file(&path))
            })?;
            files.push(WorkflowFile { path, text });
        }
    }
    Ok(files)
}

fn read_text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    fs::File::open(path)?.take(MAX_SIZE + 1).read_to_string(&mut text)?;
    match u64::try_from(text.len()).is_ok_and(|length| length <= MAX_SIZE) {
        true => Ok(text),
        false => Err(io::Error::other(format!("it is larger than {MAX_SIZE} bytes"))),
    }
}

/// Writes a file that is not there yet.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    fs::OpenOptions::new().write(true).create_new(true).open(path)?.write_all(text.as_bytes())
}

/// The last two parts of an address: `https://github.com/acme/app.git` is of `acme/app`.
fn owner_and_name(address: &str) -> Option<String> {
    let trimmed = address.trim_end_matches('/').trim_end_matches(".git");
    let mut parts = trimmed.rsplit(['/', ':']);
    let (name, owner) = (parts.next()?, parts.next()?);
    (!name.is_empty() && !owner.is_empty()).then(|| format!("{owner}/{name}"))
}

fn usage(message: String) -> Diagnostic {
    Diagnostic::error(Code::Usage, Cure::FixThenRunAgain, message)
}

#[cfg(test)]
mod tests {
    use super::owner_and_name;

    #[test]
    fn addresses_end_with_owner_and_name() {
        for (address, want) in [
            ("https://github.com/acme/app.git", Some("acme/app")),
            ("git@github.com:acme/app", Some("acme/app")),
            ("https://gitlab.com/group/acme/app/", Some("acme/app")),
            ("app", None),
        ] {
            assert_eq!(owner_and_name(address).as_deref(), want);
        }
    }
}
