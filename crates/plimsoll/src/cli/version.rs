//! `version`: the project's version, in all of its version files.

mod files;
mod next;

use clap::{Args, Subcommand};
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_tags::version::{Bump, Version as VersionNumber};

use super::ending::{Ended, Outcome};
use super::session::Session;
use super::subject::Subject;
use crate::explain::{Asked, Keeping};
use crate::output::Answer;
use crate::output::json::version::VersionInfo;
pub(super) use files::version_file;
use files::{Files, list};

/// Shows or changes the project's version in its version files
///
/// Which files these are stands under `[version]` in plimsoll.toml. They are changed in place: every other byte, comments
/// and layout included, stays as it is. What repeats the version is changed with them: the lock files of Cargo, uv and npm,
/// and what the members of a Cargo workspace require of each other.
#[derive(Clone, Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  plimsoll version                     the version alone, for scripts
  plimsoll version bump minor          1.4.2 becomes 1.5.0
  plimsoll version bump prerelease rc  1.4.2 becomes 1.4.3-rc.0
  plimsoll version set 2.0.0
  plimsoll version next                what the commits since the last version tag ask for"
)]
pub(super) struct Version {
    /// What to do; without it the version is shown
    #[command(subcommand)]
    pub act: Option<Act>,
}

/// What to do with the version.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum Act {
    /// Shows the version that all files name
    #[command(after_help = "\
Examples:
  plimsoll version show
  plimsoll version show -o json | jq -r .version")]
    Show,
    /// Says which version the commits since the last version tag ask for (conventionalcommits.org)
    ///
    /// A breaking change raises the first number, a feature the second, a fix the third. In 0.x what breaks raises the
    /// second and everything else the third. Nothing is changed.
    #[command(after_help = "\
Examples:
  plimsoll version next
  plimsoll version set \"$(plimsoll version next)\"")]
    Next,
    /// Raises the version
    #[command(after_help = "\
Examples:
  plimsoll version bump patch
  plimsoll version bump prerelease rc")]
    Bump {
        /// Which part of it
        #[command(subcommand)]
        part: Part,
    },
    /// Sets the version
    #[command(after_help = "\
Examples:
  plimsoll version set 2.0.0")]
    Set {
        /// The version, without `v`
        #[arg(value_name = "VERSION")]
        version: String,
    },
}

/// A part of a version.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum Part {
    /// The third number; a pre-release becomes its release
    #[command(after_help = "\
Examples:
  plimsoll version bump patch           1.4.2 becomes 1.4.3, and 1.4.3-rc.0 becomes 1.4.3")]
    Patch,
    /// The second number
    #[command(after_help = "\
Examples:
  plimsoll version bump minor           1.4.2 becomes 1.5.0")]
    Minor,
    /// The first number
    #[command(after_help = "\
Examples:
  plimsoll version bump major           1.4.2 becomes 2.0.0")]
    Major,
    /// The pre-release
    #[command(after_help = "\
Examples:
  plimsoll version bump prerelease rc   1.4.2 becomes 1.4.3-rc.0, and that 1.4.3-rc.1")]
    Prerelease {
        /// Its identifier: rc, beta, …
        #[arg(value_name = "IDENTIFIER")]
        identifier: Option<String>,
    },
}

impl Version {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        let asked = Asked { verb: "version", tag: None, keeping: Keeping::Local };
        let subject = session.look(Subject::of_worktree(session, asked))?;
        if let Some(Act::Next) = &self.act {
            return session.look(next::run(&subject));
        }
        let files = Files::of(&subject)?;
        let version = match &self.act {
            None | Some(Act::Show | Act::Next) => return show(&files),
            Some(Act::Bump { part }) => files.read_agreed()?.0.bump(&part.bump()).map_err(|error| {
                invalid(&error).help("say which version you mean: `plimsoll version set VERSION`")
            })?,
            Some(Act::Set { version }) => {
                let scheme = subject.project().tags.scheme();
                VersionNumber::parse(scheme, version).map_err(|error| invalid(&error))?
            }
        };
        let manifests = session.look(files.find_manifests())?;
        write(&files, &version, &manifests)
    }
}

impl Part {
    fn bump(&self) -> Bump {
        match self {
            Part::Patch => Bump::Patch,
            Part::Minor => Bump::Minor,
            Part::Major => Bump::Major,
            Part::Prerelease { identifier } => Bump::Prerelease(identifier.clone()),
        }
    }
}

fn show(files: &Files<'_>) -> Outcome {
    let (version, found) = files.read_agreed()?;
    Ok(Ended::well(Answer::Version(VersionInfo {
        schema: VersionInfo::SCHEMA,
        version: Some(version.to_string()),
        was: None,
        files: list(&found),
        rewritten: Vec::new(),
    })))
}

fn write(files: &Files<'_>, version: &VersionNumber, manifests: &[String]) -> Outcome {
    let was = files.read()?.into_iter().next().map(|found| found.text);
    let rewritten = files.write(version, manifests)?;
    Ok(Ended::well(Answer::Version(VersionInfo {
        schema: VersionInfo::SCHEMA,
        version: Some(version.to_string()),
        was,
        files: list(&files.read()?),
        rewritten,
    })))
}

fn invalid(error: &dyn std::error::Error) -> Diagnostic {
    Diagnostic::error(Code::InvalidValue, Cure::FixThenRunAgain, error.to_string())
}
