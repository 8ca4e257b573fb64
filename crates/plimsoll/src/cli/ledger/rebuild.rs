//! `ledger rebuild`: files that are missing, from claims and registries.

use clap::Args;
use plimsoll_engine::check::Findings;
use plimsoll_engine::domain::step::StepId;
use plimsoll_engine::ledger::release::{Belief, LedgerError, Scope, expected_files, read_releases};
use plimsoll_engine::run::mirrors::repositories;
use plimsoll_engine::world::ledger::LedgerFile;
use plimsoll_oci::name::Digest;

use crate::cli::arguments::Place;
use crate::cli::ending::{Ended, Outcome};
use crate::cli::session::Session;
use crate::cli::subject::{Stage, Subject};
use crate::explain::{Asked, Explain as _};
use crate::output::Answer;
use crate::output::json::rebuilt::Rebuilt;
use crate::wire::{Archive, Purpose};

/// Writes files of the ledger that are missing, from claims and registries
///
/// Only records that a claim or the version tags confirm are written. A file that is there is never written over: one that
/// differs is named.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll ledger rebuild
  plimsoll ledger rebuild --local")]
pub(in crate::cli) struct Rebuild {
    /// Where.
    #[command(flatten)]
    pub place: Place,
}

impl Rebuild {
    pub(in crate::cli) fn run(&self, session: &Session<'_>) -> Outcome {
        session.change(self.rebuild(session))
    }

    async fn rebuild(&self, session: &Session<'_>) -> Outcome {
        let asked = Asked { verb: "ledger rebuild", tag: None, keeping: self.place.keeping() };
        let subject = Subject::of_worktree(session, asked).await?;
        let asked = subject.asked.clone();
        let head = subject.repository.read_head().await.map_err(|error| error.explain(&asked))?.commit;
        let voyage = subject.voyage(session, &head, Purpose::Change, Stage::Real)?;
        let project = subject.project();
        let archive = Archive::of_registries(&voyage.world, repositories(project).into_keys());
        let scope = Scope {
            component: Some(&project.name),
            scheme: Some(project.tags.scheme()),
            belief: Belief::Confirmed,
        };
        let account = read_releases(archive.sources(), scope).await.map_err(|error| error.explain(&asked))?;
        let (mut missing, mut present, mut problems) = (Vec::new(), 0, Findings::new());
        for release in account.releases.iter().filter(|release| release.state.is_published()) {
            let mut files = expected_files(release);
            for role in release.seal.files.keys() {
                let Some(recorded) = release.record.file(*role) else { continue };
                let bytes =
                    archive.ledger.read(&recorded.file).await.map_err(|error| error.explain(&asked))?;
                files.extend(bytes.map(|bytes| LedgerFile { name: recorded.file.clone(), bytes }));
            }
            for file in files {
                let there = voyage.world.eyes().ledger().read(&file.name).await;
                match there.map_err(|error| error.explain(&asked))? {
                    None => missing.push(file),
                    Some(there) if there == file.bytes => present += 1,
                    Some(there) => {
                        let (want, found) = (Digest::of(&file.bytes), Digest::of(&there));
                        let path = format!("{}/{}", subject.records_directory(), file.name);
                        let differs = LedgerError::Differs { file: path, want, found };
                        problems.add(differs.explain(&asked));
                    }
                }
            }
        }
        if !missing.is_empty() {
            let step = StepId::new("ledger-file", "rebuild");
            let written = voyage.world.hands(&step).write_files(&missing).await;
            written.map_err(|error| error.explain(&asked))?;
        }
        voyage.display.clear();
        let written = missing.into_iter().map(|file| file.name).collect();
        let rebuilt =
            Rebuilt { schema: Rebuilt::SCHEMA, component: project.name.to_string(), written, present };
        Ok(Ended::with(Answer::Rebuilt(rebuilt), problems))
    }
}
