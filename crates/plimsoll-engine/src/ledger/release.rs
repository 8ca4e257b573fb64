//! Releases as the ledger knows them: from claims and from record files.

pub(super) mod unclaimed;

use std::collections::BTreeMap;

use futures_util::stream::{self, StreamExt as _};
use plimsoll_oci::name::Digest;
use plimsoll_tags::version::{Scheme, Version};

use self::unclaimed::{as_stated, from_file};
use super::doubt::{Doubt, doubt, doubt_broken};
use super::published::parse_claims;
use super::sources::Sources;
use crate::domain::artifact::ArtifactName;
use crate::domain::claim::{Claim, ClaimFormatError, ClaimName, Seal, State};
use crate::domain::git::TagAt;
use crate::domain::project::Project;
use crate::statement::record::{RECORD_ENDING, Record, RecordError, file_name, find_version};
use crate::statement::release::{release_files, statement_name};
use crate::world::WorldError;
use crate::world::ledger::{LedgerFile, LedgerView};

/// One release.
#[derive(Clone, Debug)]
pub struct Release {
    /// The version.
    pub version: Version,
    /// The record.
    pub record: Record,
    /// The seal that the record stands for.
    pub seal: Seal,
    /// The tag it was made from.
    pub tag: TagAt,
    /// How far it is.
    pub state: ReleaseState,
    /// What says so.
    pub from: KnownFrom,
}

impl Release {
    /// The name of its claim.
    pub fn claim_name(&self) -> ClaimName {
        let Record { component, version, .. } = &self.record;
        ClaimName { component: component.clone(), version: version.clone() }
    }
}

/// How far a release is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReleaseState {
    /// Past the commit point, not yet published.
    Committed,
    /// Published.
    Published,
    /// Burnt.
    Burnt,
    /// Its record says that it was published; nothing else was asked.
    Recorded,
}

impl ReleaseState {
    /// True if it was published, as far as is known.
    pub fn is_published(self) -> bool {
        matches!(self, ReleaseState::Published | ReleaseState::Recorded)
    }
}

/// What a release is known from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnownFrom {
    /// Its claim, and a record file that says the same.
    ClaimAndFile,
    /// Its claim.
    Claim,
    /// A record file.
    File,
}

/// Why the ledger can't be read.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LedgerError {
    /// The world did not answer.
    #[error(transparent)]
    World(#[from] WorldError),
    /// A claim.
    #[error(transparent)]
    Claim(#[from] ClaimFormatError),
    /// A record file.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A record file whose version is none, or not the one in its name.
    #[error("{file} does not hold the record of {version}")]
    Misplaced {
        /// The file.
        file: String,
        /// The version in its name.
        version: String,
    },
    /// A record file is not there, and what only lies beside one is.
    #[error("{file} is not there, but {beside} is")]
    Lost {
        /// The file.
        file: String,
        /// What is beside it.
        beside: String,
    },
    /// A file is not what was released.
    #[error("{file} is not the record that was released: its digest is {found}, not {want}")]
    Differs {
        /// The file.
        file: String,
        /// The digest of what was released.
        want: Digest,
        /// The file's.
        found: Digest,
    },
}

/// Which records are asked for, and when they are believed.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// The component; none: all that there are.
    pub component: Option<&'a ArtifactName>,
    /// How versions are read; none: as they can be.
    pub scheme: Option<Scheme>,
    /// When a record is believed.
    pub belief: Belief,
}

/// When a record is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Belief {
    /// If its claim names it or, where there is none, the version tags point at what it names.
    Confirmed,
    /// As it stands: whoever asks has chosen the files, and is told that nothing else was asked.
    AsWritten,
}

/// What the ledger says.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// All releases, highest first.
    pub releases: Vec<Release>,
    /// Records that are not believed.
    pub doubts: Vec<Doubt>,
}

/// What the ledger says of one version.
#[derive(Clone, Debug)]
pub enum Answer {
    /// It is a release.
    Release(Box<Release>),
    /// There is a record, which is not believed.
    Doubt(Box<Doubt>),
    /// Nothing.
    Unknown,
}

/// Whether the files of a release are compared with its claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparing {
    /// They are, and one that differs is an error.
    Strictly,
    /// They are not: the caller does.
    Later,
}

/// How many records are asked about side by side.
const DOUBTS_AT_ONCE: usize = 8;

/// What component records belong to that name none, where nobody says.
fn anonymous() -> ArtifactName {
    "project".parse().expect("a word of letters is a name")
}

impl Scope<'_> {
    /// What a project has released, where it is confirmed.
    pub fn of_project(project: &Project) -> Scope<'_> {
        let (component, scheme) = (Some(&project.name), Some(project.tags.scheme()));
        Scope { component, scheme, belief: Belief::Confirmed }
    }

    pub(super) fn whose(&self) -> ArtifactName {
        self.component.cloned().unwrap_or_else(anonymous)
    }

    fn covers(&self, record: &Record) -> bool {
        self.component.is_none_or(|component| record.component == *component)
    }

    /// How far a release is of which a record tells and no claim.
    pub(super) fn state(&self) -> ReleaseState {
        match self.belief {
            Belief::Confirmed => ReleaseState::Published,
            Belief::AsWritten => ReleaseState::Recorded,
        }
    }

    pub(super) fn parse_version(&self, text: &str) -> Option<Version> {
        let schemes = self.scheme.map_or(vec![Scheme::Semver, Scheme::Pep440], |scheme| vec![scheme]);
        schemes.into_iter().find_map(|scheme| Version::parse(scheme, text).ok())
    }
}

/// All releases. A record proves nothing where a claim says otherwise: deposed and burnt runs leave records behind.
///
/// # Errors
/// Claims or files can't be read, or a file is not what a claim says.
pub async fn read_releases(sources: Sources<'_>, scope: Scope<'_>) -> Result<Account, LedgerError> {
    let claims = match (scope.belief, scope.component) {
        (Belief::Confirmed, Some(component)) => {
            parse_claims(component, sources.claims.list(component).await?)?
        }
        _ => Vec::new(),
    };
    let mut files = read_files(sources.ledger).await?;
    let (mut releases, mut doubts) = (Vec::new(), Vec::new());
    for claim in claims {
        let records = files.remove(&claim.version).unwrap_or_default();
        let Some(mut release) = from_claim(claim, scope) else { continue };
        if !records.is_empty() {
            if let Err(error) = compare_meaning(&release, &records) {
                doubts.push(doubt_broken(&record_file(&release), &release.record.version, error)?);
            }
            release.from = KnownFrom::ClaimAndFile;
        }
        releases.push(release);
    }
    let mut unclaimed = Vec::new();
    for (version, records) in files {
        let Some(first) = records.first() else { continue };
        let release = match from_file(&version, first, scope, Comparing::Later) {
            Ok(Some(release)) => release,
            Ok(None) => continue,
            Err(error) => {
                doubts.push(doubt_broken(&first.name, &version, error)?);
                continue;
            }
        };
        doubts.extend(Doubt::about_others(&release, &records));
        unclaimed.push(release);
    }
    match scope.belief {
        Belief::AsWritten => releases.extend(unclaimed),
        Belief::Confirmed => {
            let asked =
                unclaimed.into_iter().map(|release| async { (doubt(sources, &release).await, release) });
            let asked: Vec<_> = asked.collect();
            let asked: Vec<_> = stream::iter(asked).buffered(DOUBTS_AT_ONCE).collect().await;
            for (why, release) in asked {
                match why {
                    None => releases.push(release),
                    Some(why) => doubts.push(Doubt::about(&release, why)),
                }
            }
        }
    }
    releases.sort_by(|a, b| b.version.cmp(&a.version));
    Ok(Account { releases, doubts })
}

/// One release, without looking at any other.
///
/// # Errors
/// Claim or files can't be read, or a file is not what the claim says.
pub async fn find_release(
    sources: Sources<'_>,
    scope: Scope<'_>,
    version: &str,
    comparing: Comparing,
) -> Result<Answer, LedgerError> {
    let claim = match (scope.belief, scope.component) {
        (Belief::Confirmed, Some(component)) => {
            let name = ClaimName { component: component.clone(), version: version.to_owned() };
            let held = sources.claims.read(&name).await?;
            held.map(|held| Claim::parse(&name, &held.bytes)).transpose()?
        }
        _ => None,
    };
    let of_claim = claim.is_some();
    let release = match claim.and_then(|claim| from_claim(claim, scope)) {
        Some(release) => release,
        // A claim of a run that is under way speaks for its version: there is no release of it.
        None if of_claim => return Ok(Answer::Unknown),
        None => {
            let name = file_name(version);
            let Some(bytes) = sources.ledger.read(&name).await? else {
                let beside = statement_name(version);
                return match sources.ledger.read(&beside).await? {
                    Some(_) => Err(LedgerError::Lost { file: name, beside }),
                    None => Ok(Answer::Unknown),
                };
            };
            match from_file(version, &LedgerFile { name, bytes }, scope, comparing)? {
                Some(release) => release,
                None => return Ok(Answer::Unknown),
            }
        }
    };
    let files = read_own_files(sources.ledger, &release).await?;
    let mut release = release;
    match of_claim {
        true if !files.is_empty() => release.from = KnownFrom::ClaimAndFile,
        true => {}
        false => release = as_stated(release, &files, scope),
    }
    if comparing == Comparing::Strictly {
        compare(&release, &files)?;
    }
    if !of_claim
        && scope.belief == Belief::Confirmed
        && let Some(why) = doubt(sources, &release).await
    {
        return Ok(Answer::Doubt(Box::new(Doubt::about(&release, why))));
    }
    Ok(Answer::Release(Box::new(release)))
}

/// Those files of a release in the ledger that follow from its seal.
async fn read_own_files(ledger: &dyn LedgerView, release: &Release) -> Result<Vec<LedgerFile>, WorldError> {
    let mut files = Vec::new();
    for LedgerFile { name, .. } in expected_files(release) {
        let bytes = ledger.read(&name).await?;
        files.extend(bytes.map(|bytes| LedgerFile { name, bytes }));
    }
    Ok(files)
}

/// The files that follow from what is known of a release.
pub fn expected_files(release: &Release) -> Vec<LedgerFile> {
    // A record of before Plimsoll follows from nothing; one that was adopted says so itself.
    if release.record.format == 0 {
        return Vec::new();
    }
    release_files(&release.record)
}

fn compare(release: &Release, files: &[LedgerFile]) -> Result<(), LedgerError> {
    for expected in expected_files(release) {
        let there = files.iter().find(|file| file.name == expected.name);
        if let Some(there) = there.filter(|there| there.bytes != expected.bytes) {
            let (want, found) = (Digest::of(&expected.bytes), Digest::of(&there.bytes));
            return Err(LedgerError::Differs { file: expected.name, want, found });
        }
    }
    Ok(())
}

/// Compares what record files say with their claim: of several, which runs that lost leave behind, one must say the same.
/// Bytes are compared where one release is asked for.
fn compare_meaning(release: &Release, files: &[LedgerFile]) -> Result<(), LedgerError> {
    let mut differs = None;
    for file in files {
        if Record::parse_meaning(&file.name, &file.bytes, &release.record.component)? == release.record {
            return Ok(());
        }
        let (want, found) = (Digest::of(&release.record.bytes()), Digest::of(&file.bytes));
        differs.get_or_insert(LedgerError::Differs { file: file.name.clone(), want, found });
    }
    differs.map_or(Ok(()), Err)
}

/// The record files by version. A registry may have several of one, the one that counts first.
pub(super) async fn read_files(
    ledger: &dyn LedgerView,
) -> Result<BTreeMap<String, Vec<LedgerFile>>, LedgerError> {
    let mut files: BTreeMap<String, Vec<LedgerFile>> = BTreeMap::new();
    for file in ledger.read_all(RECORD_ENDING).await? {
        if let Some(version) = find_version(&file.name) {
            files.entry(version.to_owned()).or_default().push(file);
        }
    }
    Ok(files)
}

/// The release of a claim that is past its commit point.
fn from_claim(claim: Claim, scope: Scope<'_>) -> Option<Release> {
    let state = match claim.state {
        State::Reserved | State::Sealed => return None,
        State::Committed => ReleaseState::Committed,
        State::Published => ReleaseState::Published,
        State::Burnt => ReleaseState::Burnt,
    };
    let version = scope.parse_version(&claim.version)?;
    let seal = claim.seal?;
    let name = ClaimName { component: claim.component, version: claim.version };
    let record = Record::of_seal(&name, &claim.tag, &seal);
    Some(Release { version, record, seal, tag: claim.tag, state, from: KnownFrom::Claim })
}

/// The record file's name of a release.
pub fn record_file(release: &Release) -> String {
    file_name(&release.record.version)
}
