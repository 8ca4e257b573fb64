//! `app-compose`: dstack manifests.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use plimsoll_engine::check::compose::manifest_error;
use plimsoll_engine::document::app_compose::{Manifest, app_id};
use plimsoll_engine::document::compose::{ComposeFile, Unpinned};
use plimsoll_engine::domain::claim::FileRole;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Place};

use super::compose::{MANIFEST_LIMIT, read_bounded};
use super::ending::{Ended, Outcome};
use super::recorded_file::OfRelease;
use super::session::Session;
use crate::output::Answer;
use crate::output::json::app_compose::AppComposeInfo;

/// Shows the app-compose file of one release, or the hash of any
#[derive(Clone, Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(after_help = "\
Examples:
  plimsoll app-compose v1.4.0
  plimsoll app-compose hash releases/v1.4.0-app-compose.json")]
pub(super) struct AppCompose {
    /// What to do
    #[command(subcommand)]
    pub act: Option<Act>,
    /// Which file.
    #[command(flatten)]
    pub of: OfRelease,
}

/// What to do with a manifest.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum Act {
    Hash(Hash),
}

/// Prints the SHA-256 of its bytes, as guests measure it
///
/// That the file is a manifest is checked; what in it could run without a digest is a warning.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll app-compose hash releases/v1.4.0-app-compose.json")]
pub(super) struct Hash {
    /// The app-compose file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

impl AppCompose {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        let Some(Act::Hash(Hash { file })) = &self.act else {
            return self.of.run(session, "app-compose", FileRole::AppCompose);
        };
        let name = file.display().to_string();
        let bytes = read_bounded(&session.path(file), &name, MANIFEST_LIMIT + 1)?;
        if bytes.len() as u64 > MANIFEST_LIMIT {
            let message = format!("{name} is larger than {MANIFEST_LIMIT} bytes");
            return Err(Diagnostic::error(Code::AppComposeInvalid, Cure::FixThenRunAgain, message)
                .at(Place::of_file(&name))
                .into());
        }
        let manifest = Manifest::parse(&bytes).map_err(|error| manifest_error(&name, &error))?;
        let warnings =
            manifest.compose.as_deref().map(|compose| warnings(&name, compose)).unwrap_or_default();
        let info = AppComposeInfo {
            schema: AppComposeInfo::SCHEMA,
            file: name,
            hash: manifest.hash.hex().to_owned(),
            app_id: app_id(&manifest.hash).to_owned(),
            name: manifest.name,
            runner: manifest.runner,
        };
        Ok(Ended::with(Answer::AppCompose(info), warnings.into_iter().collect()))
    }
}

/// What in the compose file of a manifest could run without a digest.
fn warnings(name: &str, compose: &str) -> Vec<Diagnostic> {
    let warning = |one: Unpinned| {
        let service = one.service.map(|service| format!("service `{service}`"));
        let what = service.unwrap_or_else(|| "something".to_owned());
        let message = format!("{what} could run without a digest: {}", one.why);
        Diagnostic::warning(Code::ComposeUnpinned, message).at(Place::of_file(name))
    };
    match ComposeFile::parse(compose) {
        Ok(file) => {
            let all = file.find_unpinned(&[]).into_iter();
            all.map(warning).collect()
        }
        Err(error) => {
            let message = format!("its compose file can't be read: {error}");
            vec![Diagnostic::warning(Code::ComposeInvalid, message).at(Place::of_file(name))]
        }
    }
}
