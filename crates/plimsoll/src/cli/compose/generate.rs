//! `compose generate`: the files that a release would have, without a release.

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::FalseyValueParser;
use plimsoll_engine::check::compose::{Advice, name_finding, path_findings, rebase_error, unpinned};
use plimsoll_engine::document::compose::{Moved, RebaseError, Unpinned};
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Severity};
use plimsoll_tags::version::{Scheme, Version};

use super::pin::{BuildSections, How};
use super::text_file::{TextFile, make_folder, write_whole};
use crate::cli::ending::{Ended, Failure, Outcome};
use crate::cli::session::Session;
use crate::output::Answer;
use crate::output::json::compose::ComposeInfo;

/// Where Compose looks for its file, in its order.
const FILES: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];

/// Writes the compose file that a release of a version would have, without a release
///
/// For trying things out: nothing is recorded. Digests come from registries or from REF, and are never made up: what has
/// none is refused, or marked at the top of the file where that was allowed.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll compose generate 1.4.0 --image app=ghcr.io/acme/app:1.4.0
  plimsoll compose generate 1.4.0 --allow-unresolved --into /tmp/try")]
pub(in crate::cli) struct Generate {
    /// The version, with or without `v`
    #[arg(value_name = "VERSION")]
    pub version: String,
    /// The compose file; without it the one that Compose would take
    #[arg(long, value_name = "FILE", env = "PLIMSOLL_FILE")]
    pub file: Option<PathBuf>,
    /// Put the files into this folder
    #[arg(long, value_name = "FOLDER", env = "PLIMSOLL_INTO", default_value = "releases")]
    pub into: PathBuf,
    /// Lead relative paths to where they led before the file moved
    #[arg(long, env = "PLIMSOLL_REBASE", value_parser = FalseyValueParser::new(), action = clap::ArgAction::SetTrue)]
    pub rebase: bool,
    /// Leave what has no digest as it is, and say so at the top of the file
    #[arg(long, env = "PLIMSOLL_ALLOW_UNRESOLVED", value_parser = FalseyValueParser::new())]
    #[arg(action = clap::ArgAction::SetTrue)]
    pub allow_unresolved: bool,
    /// What is pinned, and how.
    #[command(flatten)]
    pub how: How,
}

impl Generate {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        let version = self.version()?;
        let path = self.find_file(session)?;
        let file = TextFile::read(session, &path)?;
        let made = session.look(self.how.pin_where_possible(session, &file, BuildSections::Drop))?;
        let mut problems: Vec<Diagnostic> = made
            .unpinned
            .iter()
            .map(|one| unpinned(&file.name, file.compose.text(), one, Advice::Options))
            .collect();
        if !problems.is_empty() && !self.allow_unresolved {
            return Err(problems.into());
        }
        for problem in &mut problems {
            problem.severity = Severity::Warning;
        }
        let pinned = file.reread(&made.text)?;
        let moved = Moved { from: &folder_of(&path), to: &self.into.display().to_string() };
        let text = match self.rebase {
            true => {
                let explain = |error: &RebaseError| {
                    rebase_error(&file.name, file.compose.text(), error, Advice::Options)
                };
                pinned
                    .rebase(moved)
                    .map_err(|all| -> Failure { all.iter().map(explain).collect::<Vec<_>>().into() })?
            }
            false => made.text,
        };
        problems.extend(name_finding(&file.name, &file.compose, moved));
        if !self.rebase {
            problems.extend(path_findings(&file.name, &file.compose, &pinned, moved, Advice::Options));
        }
        let text = mark(&text, &made.unpinned);
        let name = self.into.join(format!("v{version}-docker-compose.yml"));
        make_folder(&session.path(&self.into), &self.into.display().to_string())?;
        write_whole(&session.path(&name), &name.display().to_string(), text.as_bytes())?;
        let now = file.reread(&text)?;
        let info = ComposeInfo::of(&file.name, Some(name.display().to_string()), file.compose.text(), &now);
        Ok(Ended::with(Answer::Compose(info), problems.into_iter().collect()))
    }

    fn version(&self) -> Result<Version, Failure> {
        let text = self.version.strip_prefix('v').unwrap_or(&self.version);
        let version = Version::parse(Scheme::Semver, text).or_else(|_| Version::parse(Scheme::Pep440, text));
        version.map_err(|error| {
            Diagnostic::error(Code::InvalidValue, Cure::FixThenRunAgain, error.to_string()).into()
        })
    }

    fn find_file(&self, session: &Session<'_>) -> Result<PathBuf, Failure> {
        if let Some(file) = &self.file {
            return Ok(file.clone());
        }
        let found = FILES.iter().map(PathBuf::from).find(|file| session.path(file).is_file());
        found.ok_or_else(|| {
            Diagnostic::error(Code::FileMissing, Cure::FixThenRunAgain, "there is no compose file here")
                .fact("looked for", FILES.join(", "))
                .help("name it: `--file FILE`")
                .into()
        })
    }
}

fn folder_of(path: &Path) -> String {
    path.parent().map(|folder| folder.display().to_string()).unwrap_or_default()
}

/// Says at the top what has no digest, so that whoever deploys the file knows.
fn mark(text: &str, unpinned: &[Unpinned]) -> String {
    let line = |one: &Unpinned| {
        let service = one.service.as_deref().unwrap_or("the file");
        // A reason is one line, but what is quoted in it may be anything.
        let why = one.why.to_string().replace(char::is_control, " ");
        format!("# Not pinned: {service}: {why}\n")
    };
    let marks: String = unpinned.iter().map(line).collect();
    format!("{marks}{text}")
}
