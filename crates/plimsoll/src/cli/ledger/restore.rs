//! Files of the ledger that are missing, written again: from claims and registries, else from release pages.

use std::collections::BTreeSet;

use plimsoll_engine::check::Findings;
use plimsoll_engine::domain::claim::FileRole;
use plimsoll_engine::domain::git::GitTag;
use plimsoll_engine::domain::step::StepId;
use plimsoll_engine::ledger::paged::{PagedLedger, UnreadPage, find_page_file};
use plimsoll_engine::ledger::release::{Belief, LedgerError, Release, Scope, expected_files, read_releases};
use plimsoll_engine::ledger::sources::Sources;
use plimsoll_engine::run::mirrors::repositories;
use plimsoll_engine::world::WorldError;
use plimsoll_engine::world::ledger::LedgerFile;
use plimsoll_oci::name::Digest;

use crate::cli::ending::Failure;
use crate::cli::subject::{Subject, Voyage};
use crate::explain::Explain as _;
use crate::wire::Archive;

/// What was written.
#[derive(Default)]
pub(in crate::cli) struct Restored {
    /// The files that were missing, by name.
    pub(in crate::cli) written: Vec<String>,
    /// How many were there.
    pub(in crate::cli) present: usize,
    /// Which of them differ, and who could not be asked.
    pub(in crate::cli) problems: Findings,
}

/// Writes every file of the ledger that is missing. One that is there is never written over, and a release page that can't
/// be read is a problem that keeps nothing else from being written.
///
/// # Errors
/// Claims or registries can't be read, or the ledger can't be written.
pub(in crate::cli) async fn restore(subject: &Subject, voyage: &Voyage) -> Result<Restored, Failure> {
    let asked = &subject.asked;
    let mut restored = Restored::default();
    let files = find_files(subject, voyage, &mut restored.problems).await?;
    let mut missing = Vec::new();
    for file in files {
        let there = voyage.world.eyes().ledger().read(&file.name).await;
        match there.map_err(|error| error.explain(asked))? {
            None => missing.push(file),
            Some(there) if there == file.bytes => restored.present += 1,
            Some(there) => {
                let (want, found) = (Digest::of(&file.bytes), Digest::of(&there));
                let path = format!("{}/{}", subject.records_directory(), file.name);
                restored.problems.add(LedgerError::Differs { file: path, want, found }.explain(asked));
            }
        }
    }
    if !missing.is_empty() {
        let step = StepId::new("ledger-file", "rebuild");
        let written = voyage.world.hands(&step).write_files(&missing).await;
        written.map_err(|error| error.explain(asked))?;
    }
    restored.written = missing.into_iter().map(|file| file.name).collect();
    Ok(restored)
}

/// Every file that the ledger should have.
async fn find_files(
    subject: &Subject,
    voyage: &Voyage,
    problems: &mut Findings,
) -> Result<Vec<LedgerFile>, Failure> {
    let (project, asked) = (subject.project(), &subject.asked);
    let archive = Archive::of_registries(&voyage.world, repositories(project).into_keys());
    let scope = Scope {
        component: Some(&project.name),
        scheme: Some(project.tags.scheme()),
        belief: Belief::Confirmed,
    };
    let known = read_releases(archive.sources(), scope).await.map_err(|error| error.explain(asked))?;
    let mut releases = known.releases;
    let paged = read_pages(subject, voyage, scope, &releases).await?;
    for UnreadPage { tag, why } in paged.unread() {
        problems.add(why.explain(asked).fact("release page", tag));
    }
    let sources = Sources { ledger: &paged, ..archive.sources() };
    let from_pages = read_releases(sources, scope).await.map_err(|error| error.explain(asked))?;
    problems.extend(from_pages.doubts.iter().map(|doubt| doubt.explain(asked).as_warning()));
    let versions: BTreeSet<String> = releases.iter().map(|release| release.record.version.clone()).collect();
    let new = |release: &Release| !versions.contains(&release.record.version);
    releases.extend(from_pages.releases.into_iter().filter(new));
    let mut files = Vec::new();
    for release in releases.iter().filter(|release| release.state.is_published()) {
        files.extend(expected_files(release));
        for role in release.seal.files.keys() {
            match find_made(voyage, &archive, release, *role).await {
                Ok(made) => files.extend(made),
                Err(error @ (WorldError::Stopped | WorldError::Store(_))) => {
                    return Err(error.explain(asked).into());
                }
                Err(error) => problems.add(error.explain(asked).fact("release page", &release.tag.name)),
            }
        }
    }
    Ok(files)
}

/// A file that was made for a release: from a registry, else from its page.
async fn find_made(
    voyage: &Voyage,
    archive: &Archive,
    release: &Release,
    role: FileRole,
) -> Result<Option<LedgerFile>, WorldError> {
    let (Some(recorded), Some(sealed)) = (release.record.file(role), release.seal.files.get(&role)) else {
        return Ok(None);
    };
    let name = recorded.file.clone();
    if let Some(bytes) = archive.ledger.read(&name).await? {
        return Ok(Some(LedgerFile { name, bytes }));
    }
    let paged = find_page_file(voyage.world.eyes().forge(), &release.tag.name, &name).await?;
    Ok(paged.filter(|file| sealed.digest.matches(&file.bytes)))
}

/// The records of versions that nobody else knows of.
async fn read_pages(
    subject: &Subject,
    voyage: &Voyage,
    scope: Scope<'_>,
    known: &[Release],
) -> Result<PagedLedger, Failure> {
    let asked = &subject.asked;
    let tags = subject.repository.read_local_tags().await.map_err(|error| error.explain(asked))?;
    let tags: Vec<GitTag> = tags.into_iter().map(|tag| tag.name).collect();
    let is_known = |version: &str| known.iter().any(|release| release.record.version == version);
    let forge = voyage.world.eyes().forge();
    let read = PagedLedger::read_records(forge, &subject.project().tags, scope, &tags, is_known).await;
    Ok(read.map_err(|error| error.explain(asked))?)
}
