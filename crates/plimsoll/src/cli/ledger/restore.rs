//! Files of the ledger that are missing or damaged, written again: from claims and registries, else from release pages.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_engine::act;
use plimsoll_engine::act::filed::{expected_marks, expected_signatures};
use plimsoll_engine::check::Findings;
use plimsoll_engine::domain::claim::FileRole;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Place};
use plimsoll_engine::domain::git::GitTag;
use plimsoll_engine::domain::project::Project;
use plimsoll_engine::domain::step::StepId;
use plimsoll_engine::ledger::doubt::{Doubt, Reason};
use plimsoll_engine::ledger::index::{INDEX, index_of};
use plimsoll_engine::ledger::paged::{PagedLedger, UnreadPage, find_page_file};
use plimsoll_engine::ledger::release::{
    KnownFrom, LedgerError, Release, Scope, expected_files, read_releases,
};
use plimsoll_engine::ledger::sources::Sources;
use plimsoll_engine::run::mirrors::repositories;
use plimsoll_engine::ship::ShipError;
use plimsoll_engine::statement::record::{RECORD_ENDING, Record, RecordError, file_name};
use plimsoll_engine::statement::release::{bundle_name, render_statement, statement_name};
use plimsoll_engine::world::WorldError;
use plimsoll_engine::world::ledger::{LedgerFile, Replacement};
use plimsoll_oci::name::Digest;

use crate::cli::ending::Failure;
use crate::cli::subject::{Subject, Voyage};
use crate::explain::{self, Asked, Explain as _};
use crate::output::json::rebuilt::ReplacedInfo;
use crate::wire::Archive;

/// What was written.
#[derive(Default)]
pub(in crate::cli) struct Restored {
    /// The files that were missing, by name.
    pub(in crate::cli) written: Vec<String>,
    /// Those in whose place something else was, which is kept.
    pub(in crate::cli) replaced: Vec<Replaced>,
    /// How many were there.
    pub(in crate::cli) present: usize,
    /// Which of them differ, and who could not be asked.
    pub(in crate::cli) problems: Findings,
}

/// A file in whose place something else was.
pub(in crate::cli) struct Replaced {
    /// Its name.
    pub(in crate::cli) file: String,
    /// The digest of what was there.
    pub(in crate::cli) found: Digest,
    /// The digest of what is there now.
    pub(in crate::cli) wrote: Digest,
    /// Where what was there lies now, for people.
    pub(in crate::cli) kept: String,
}

impl From<Replaced> for ReplacedInfo {
    fn from(Replaced { file, found, wrote, kept }: Replaced) -> ReplacedInfo {
        ReplacedInfo { file, found: found.to_string(), wrote: wrote.to_string(), kept }
    }
}

/// A file that the ledger should have.
struct Wanted {
    file: LedgerFile,
    proof: Proof,
}

/// What proves that a file is the one that was released.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Proof {
    /// A digest that a claim or a record names, or its own name.
    Digest,
    /// Version tags, which may confirm several records.
    Tags,
}

/// Writes every file of the ledger that is missing, and puts those in place of damaged ones whose digest is known. A release page
/// that can't be read is a problem that keeps nothing else from being written.
///
/// # Errors
/// Claims or registries can't be read, or the ledger can't be written.
pub(in crate::cli) async fn restore(subject: &Subject, voyage: &Voyage) -> Result<Restored, Failure> {
    let asked = &subject.asked;
    let mut restored = Restored::default();
    let wanted = find_files(subject, voyage, &mut restored.problems).await?;
    let names: BTreeSet<String> = wanted.iter().map(|wanted| wanted.file.name.clone()).collect();
    let (mut missing, mut damaged) = (Vec::new(), Vec::new());
    for Wanted { file, proof } in wanted {
        let there = voyage.world.eyes().ledger().read(&file.name).await;
        match (there.map_err(|error| error.explain(asked))?, proof) {
            (None, _) => missing.push(file),
            (Some(there), _) if there == file.bytes => restored.present += 1,
            (Some(there), Proof::Digest) => damaged.push(Replacement { file, found: Digest::of(&there) }),
            (Some(there), Proof::Tags) => {
                let (want, found) = (Digest::of(&file.bytes), Digest::of(&there));
                let path = format!("{}/{}", subject.records_directory(), file.name);
                restored.problems.add(LedgerError::Differs { file: path, want, found }.explain(asked));
            }
        }
    }
    missing.extend(find_index(voyage, &missing).await.map_err(|error| error.explain(asked))?);
    let step = StepId::new("ledger-file", "rebuild");
    if !missing.is_empty() {
        let written = voyage.world.hands(&step).write_files(&missing).await;
        written.map_err(|error| error.explain(asked))?;
    }
    if !damaged.is_empty() {
        let aside = voyage.world.hands(&step).replace_files(&damaged).await;
        let aside = aside.map_err(|error| error.explain(asked))?;
        let kept = |one: &Replacement| match &aside {
            Some(folder) => format!("{folder}/{}-{}", one.found.short(), one.file.name),
            None => "the commits before".to_owned(),
        };
        let replaced = damaged.iter().map(|one| Replaced {
            file: one.file.name.clone(),
            found: one.found.clone(),
            wrote: Digest::of(&one.file.bytes),
            kept: kept(one),
        });
        restored.replaced = replaced.collect();
    }
    restored.written = missing.into_iter().map(|file| file.name).collect();
    restored.problems.extend(find_unknown(subject, voyage, &names).await?);
    Ok(restored)
}

/// The index of the ledger, if that is lost; whoever writes files writes it anew.
async fn find_index(voyage: &Voyage, missing: &[LedgerFile]) -> Result<Option<LedgerFile>, WorldError> {
    let ledger = voyage.world.eyes().ledger();
    if !missing.is_empty() || ledger.read(INDEX).await?.is_some() {
        return Ok(None);
    }
    let records = ledger.read_all(RECORD_ENDING).await?;
    let index = || LedgerFile { name: INDEX.to_owned(), bytes: index_of(None, &records).into_bytes() };
    Ok((!records.is_empty()).then(index))
}

/// Damaged records of versions that nothing else tells of: nobody can say what they were.
async fn find_unknown(
    subject: &Subject,
    voyage: &Voyage,
    known: &BTreeSet<String>,
) -> Result<Vec<Diagnostic>, Failure> {
    let asked = &subject.asked;
    let records = voyage.world.eyes().ledger().read_all(RECORD_ENDING).await;
    let records = records.map_err(|error| error.explain(asked))?;
    let unknown = records.into_iter().filter(|record| !known.contains(&record.name));
    let damaged = unknown.filter_map(|record| {
        let path = format!("{}/{}", subject.records_directory(), record.name);
        match Record::parse(&path, &record.bytes, &subject.project().name) {
            // Of before Plimsoll there are records in any spelling.
            Ok(_) | Err(RecordError::Edited { .. } | RecordError::Unknown { .. }) => None,
            Err(RecordError::Broken { file, why }) => Some(
                Diagnostic::error(Code::LedgerInvalid, Cure::FixThenRunAgain, format!("{file} is no record"))
                    .because(why)
                    .at(Place::of_file(&file))
                    .help("no claim, registry or release page has a record of this version: take the file back from a commit that has it, or delete it"),
            ),
        }
    });
    Ok(damaged.collect())
}

/// Every file that the ledger should have.
async fn find_files(
    subject: &Subject,
    voyage: &Voyage,
    problems: &mut Findings,
) -> Result<Vec<Wanted>, Failure> {
    let (project, asked) = (subject.project(), &subject.asked);
    let archive = Archive::of_registries(&voyage.world, repositories(project).into_keys());
    let scope = Scope::of_project(project);
    let known = read_releases(archive.sources(), scope).await.map_err(|error| error.explain(asked))?;
    let mut releases = known.releases;
    let undecided = find_undecided(voyage, project, &known.doubts).await;
    let undecided = undecided.map_err(|error| error.explain(asked))?;
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
    for (version, records) in &undecided {
        releases.retain(|release| release.record.version != *version);
        problems.add(explain_undecided(version, records, asked));
    }
    let mut wanted = Vec::new();
    let eyes = voyage.world.eyes();
    for release in releases.iter().filter(|release| release.state.is_published()) {
        let proof = prove(voyage, release).await.map_err(|error| error.explain(asked))?;
        let proven = |file| Wanted { file, proof };
        wanted.extend(expected_files(release).into_iter().map(proven));
        for role in release.seal.files.keys() {
            match find_made(voyage, &archive, release, *role).await {
                Ok(made) => wanted.extend(made.map(proven)),
                Err(error @ (WorldError::Stopped | WorldError::Store(_))) => {
                    return Err(error.explain(asked).into());
                }
                Err(error) => problems.add(error.explain(asked).fact("release page", &release.tag.name)),
            }
        }
        match expected_signatures(eyes, release).await {
            Ok(signed) => wanted.extend(signed.into_iter().map(proven)),
            Err(ShipError::World(WorldError::Stopped)) => {
                return Err(WorldError::Stopped.explain(asked).into());
            }
            Err(error) => {
                let lost = bundle_name(&release.record.version);
                let there = eyes.ledger().read(&lost).await.map_err(|error| error.explain(asked))?;
                // Whose signatures count need not be said where nothing is missing.
                if there.is_none() {
                    problems.add(error.explain(asked).as_warning().fact("file", lost));
                }
            }
        }
    }
    let marks = expected_marks(eyes, project).await.map_err(|stop| explain::findings(&stop, asked))?;
    wanted.extend(marks.into_iter().map(|file| Wanted { file, proof: Proof::Digest }));
    Ok(wanted)
}

/// The versions that no claim speaks for and of which version tags confirm several records, with the digests of these: runs that
/// lost leave records behind, and nobody knows which of them was released.
async fn find_undecided(
    voyage: &Voyage,
    project: &Project,
    doubts: &[Doubt],
) -> Result<BTreeMap<String, Vec<Digest>>, WorldError> {
    let several = doubts.iter().filter(|doubt| matches!(doubt.why, Reason::Another { .. }));
    let mut undecided = BTreeMap::new();
    for Doubt { version, .. } in several {
        let records = act::find_records(voyage.world.eyes(), project, version).await?;
        if records.len() > 1 {
            let digests = records.iter().map(|release| release.seal.record.clone()).collect();
            undecided.insert(version.clone(), digests);
        }
    }
    Ok(undecided)
}

fn explain_undecided(version: &str, records: &[Digest], asked: &Asked) -> Diagnostic {
    let message = format!(
        "the version tags of {version} confirm several records, and no claim says which was released"
    );
    let undecided = Diagnostic::error(Code::RecordUnproven, Cure::FixThenRunAgain, message);
    let undecided = records.iter().fold(undecided, |told, record| told.fact("record", record));
    let audit = Asked { verb: "audit", tag: None, ..asked.clone() }.command("audit");
    undecided
        .help("none of its files is written: look which of them the machine that released it has, or its release page")
        .help(format!("then delete the tags of the others, which `{audit} --repair` names, and run again"))
}

/// What proves the files of a release. Where only version tags do, and the record that is here holds together, nobody knows which of
/// the two was released.
async fn prove(voyage: &Voyage, release: &Release) -> Result<Proof, WorldError> {
    if release.from != KnownFrom::File {
        return Ok(Proof::Digest);
    }
    let (ledger, version) = (voyage.world.eyes().ledger(), &release.record.version);
    let name = file_name(version);
    let Some(there) = ledger.read(&name).await? else { return Ok(Proof::Digest) };
    let Ok(there) = Record::parse(&name, &there, &release.record.component) else { return Ok(Proof::Digest) };
    if there == release.record {
        return Ok(Proof::Digest);
    }
    let stated = ledger.read(&statement_name(version)).await?;
    let holds = stated.is_none_or(|stated| stated == render_statement(&there));
    Ok(if holds { Proof::Tags } else { Proof::Digest })
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
    if let Some(bytes) = archive.ledger.read(&name).await?.filter(|bytes| sealed.digest.matches(bytes)) {
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
