//! All releases by what a list says of them. The whole of one is read where it is asked for.

use std::borrow::Cow;

use plimsoll_oci::name::Digest;

use super::doubt::{Doubt, doubt_broken};
use super::entry::Entry;
use super::release::{Account, Belief, LedgerError, Release, Scope, expected_files, read_releases};
use super::sources::Sources;
use crate::domain::artifact::ArtifactName;
use crate::statement::record::{RECORD_ENDING, Record, find_version};
use crate::statement::release::STATEMENT_ENDING;
use crate::world::ledger::{LedgerFile, LedgerView};

/// All releases, highest first, and what is not believed.
#[derive(Clone, Debug)]
pub struct Catalogue {
    entries: Vec<Entry>,
    /// Records that are not believed.
    pub doubts: Vec<Doubt>,
    shelf: Shelf,
}

/// Where the whole releases are, in the order of the entries.
#[derive(Clone, Debug)]
enum Shelf {
    /// They had to be read to know whether they count.
    Read(Vec<Release>),
    /// In these record files. Those that name no component are of `whose`.
    Files { files: Vec<LedgerFile>, whose: ArtifactName },
}

/// Reads what a list says of all releases. Files that are taken as they are written are read no further than that.
///
/// # Errors
/// Claims or files can't be read, or a file is not what a claim says.
pub async fn read_catalogue(sources: Sources<'_>, scope: Scope<'_>) -> Result<Catalogue, LedgerError> {
    if scope.belief == Belief::Confirmed {
        return Ok(Catalogue::of(read_releases(sources, scope).await?));
    }
    let (mut found, mut doubts) = (Vec::new(), Vec::new());
    for file in sources.ledger.read_all(RECORD_ENDING).await? {
        let Some(version) = find_version(&file.name) else { continue };
        match Entry::of_file(version, &file, scope) {
            Ok(Some(entry)) => found.push((entry, file)),
            Ok(None) => {}
            Err(error) => doubts.push(doubt_broken(&file.name, version, error)?),
        }
    }
    found.sort_by(|(a, _), (b, _)| b.version.cmp(&a.version));
    let (entries, files) = found.into_iter().unzip();
    Ok(Catalogue { entries, doubts, shelf: Shelf::Files { files, whose: scope.whose() } })
}

impl Catalogue {
    /// The catalogue of releases that were read already.
    pub fn of(account: Account) -> Catalogue {
        let Account { releases, doubts } = account;
        let entries = releases.iter().map(Entry::of).collect();
        Catalogue { entries, doubts, shelf: Shelf::Read(releases) }
    }

    /// The whole of each, where it had to be read to know whether it counts.
    pub fn releases(&self) -> &[Release] {
        match &self.shelf {
            Shelf::Read(releases) => releases,
            Shelf::Files { .. } => &[],
        }
    }

    /// What a list says of each, highest first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The records that hold a text, highest version first. The text must be one that JSON writes as it is.
    pub fn records_with<'a>(
        &'a self,
        text: &str,
    ) -> impl Iterator<Item = Result<(&'a Entry, Cow<'a, Record>), LedgerError>> {
        let record = move |(place, entry): (usize, &'a Entry)| {
            let record = match &self.shelf {
                Shelf::Read(releases) => Ok(Cow::Borrowed(&releases.get(place)?.record)),
                Shelf::Files { files, whose } => {
                    let file = files.get(place)?;
                    if !holds(&file.bytes, text) {
                        return None;
                    }
                    Record::parse_meaning(&file.name, &file.bytes, whose).map(Cow::Owned)
                }
            };
            Some(record.map(|record| (entry, record)).map_err(LedgerError::from))
        };
        self.entries.iter().enumerate().filter_map(record)
    }

    /// The record files and statements with this digest: which entry's, and their names.
    pub(super) async fn find_files(
        &self,
        digest: &Digest,
        ledger: &dyn LedgerView,
    ) -> Result<Vec<(&Entry, String)>, LedgerError> {
        let mut found = Vec::new();
        match &self.shelf {
            Shelf::Read(releases) => {
                for (entry, release) in self.entries.iter().zip(releases) {
                    let fitting =
                        expected_files(release).into_iter().filter(|file| digest.matches(&file.bytes));
                    found.extend(fitting.map(|file| (entry, file.name)));
                }
            }
            Shelf::Files { files, .. } => {
                let fitting = self.entries.iter().zip(files).filter(|(_, file)| digest.matches(&file.bytes));
                found.extend(fitting.map(|(entry, file)| (entry, file.name.clone())));
                if found.is_empty() {
                    found.extend(self.find_statement(digest, ledger).await?);
                }
            }
        }
        Ok(found)
    }

    async fn find_statement(
        &self,
        digest: &Digest,
        ledger: &dyn LedgerView,
    ) -> Result<Option<(&Entry, String)>, LedgerError> {
        let statements = ledger.read_all(STATEMENT_ENDING).await?.into_iter();
        let mut fitting = statements.filter(|file| digest.matches(&file.bytes));
        let name = fitting.next().map(|file| file.name);
        Ok(name.and_then(|name| {
            let version = name.strip_prefix('v')?.strip_suffix(STATEMENT_ENDING)?;
            let entry = self.entries.iter().find(|entry| entry.written == version)?;
            Some((entry, name))
        }))
    }
}

/// Whether a text is somewhere in a file. What is no text holds everything: reading it says what is wrong.
fn holds(bytes: &[u8], text: &str) -> bool {
    std::str::from_utf8(bytes).map_or(true, |whole| whole.contains(text))
}
