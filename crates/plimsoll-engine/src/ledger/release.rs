//! Releases as the ledger knows them: from claims and from record files.

use std::collections::BTreeMap;

use futures_util::stream::{self, StreamExt as _};
use plimsoll_oci::name::Digest;
use plimsoll_tags::version::{Scheme, Version};

use super::doubt::{Doubt, doubt};
use super::published::parse_claims;
use crate::domain::artifact::ArtifactName;
use crate::domain::claim::{Claim, ClaimFormatError, ClaimName, Seal, State};
use crate::domain::git::TagAt;
use crate::statement::record::{Record, RecordError, file_name, find_version};
use crate::world::{Eyes, WorldError};

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
    pub from: From,
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
}

/// What a release is known from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
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
    /// The record file is not what the claim says.
    #[error("{file} is not the record that was released: its digest is {found}, not {want}")]
    Differs {
        /// The file.
        file: String,
        /// The digest that the claim names.
        want: Digest,
        /// The file's.
        found: Digest,
    },
}

/// What the ledger says.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// All releases, highest first.
    pub releases: Vec<Release>,
    /// Records that are not believed.
    pub doubts: Vec<Doubt>,
}

/// How many records are asked about side by side.
const DOUBTS_AT_ONCE: usize = 8;

/// All releases of a component. A record proves nothing where a claim says otherwise: deposed and burnt runs leave
/// records behind. Where there is no claim it is believed if the version tags point at what it names.
pub async fn read_releases(
    eyes: Eyes<'_>,
    component: &ArtifactName,
    scheme: Scheme,
) -> Result<Account, LedgerError> {
    let claims = parse_claims(component, eyes.claims().list(component).await?)?;
    let mut files = read_files(eyes, component).await?;
    let mut releases = Vec::new();
    for claim in claims {
        let file = files.remove(&claim.version);
        releases.extend(from_claim(component, claim, file, scheme)?);
    }
    let unclaimed = files.into_iter().map(|(version, file)| from_file(version, file, scheme));
    let unclaimed = unclaimed.collect::<Result<Vec<_>, _>>()?;
    let asked: Vec<_> =
        unclaimed.into_iter().map(|release| async { (doubt(eyes, &release).await, release) }).collect();
    let asked: Vec<_> = stream::iter(asked).buffered(DOUBTS_AT_ONCE).collect().await;
    let mut doubts = Vec::new();
    for (why, release) in asked {
        let (file, version) = (record_file(&release), release.record.version.clone());
        match why {
            None => releases.push(release),
            Some(why) => doubts.push(Doubt { file, version, why }),
        }
    }
    releases.sort_by(|a, b| b.version.cmp(&a.version));
    Ok(Account { releases, doubts })
}

/// A release that only a record file tells of.
fn from_file(
    version: String,
    (file, bytes): (String, Vec<u8>),
    scheme: Scheme,
) -> Result<Release, LedgerError> {
    let record = Record::parse(&file, &bytes)?;
    let misplaced = || LedgerError::Misplaced { file: file.clone(), version: version.clone() };
    if record.version != version {
        return Err(misplaced());
    }
    let parsed = Version::parse(scheme, &record.version).map_err(|_| misplaced())?;
    let seal = record.seal(Digest::of(&bytes)).ok_or_else(misplaced)?;
    let (tag, state, from) = (record.tag(), ReleaseState::Published, From::File);
    Ok(Release { version: parsed, record, seal, tag, state, from })
}

type Files = BTreeMap<String, (String, Vec<u8>)>;

async fn read_files(eyes: Eyes<'_>, component: &ArtifactName) -> Result<Files, LedgerError> {
    let mut files = BTreeMap::new();
    for name in eyes.ledger().names().await? {
        let Some(version) = find_version(&name).map(str::to_owned) else { continue };
        let Some(bytes) = eyes.ledger().read(&name).await? else { continue };
        if Record::parse(&name, &bytes)?.component == *component {
            files.insert(version, (name, bytes));
        }
    }
    Ok(files)
}

fn from_claim(
    component: &ArtifactName,
    claim: Claim,
    file: Option<(String, Vec<u8>)>,
    scheme: Scheme,
) -> Result<Option<Release>, LedgerError> {
    let state = match claim.state {
        State::Reserved | State::Sealed => return Ok(None),
        State::Committed => ReleaseState::Committed,
        State::Published => ReleaseState::Published,
        State::Burnt => ReleaseState::Burnt,
    };
    let Ok(version) = Version::parse(scheme, &claim.version) else { return Ok(None) };
    let Some(seal) = claim.seal else { return Ok(None) };
    let name = ClaimName { component: component.clone(), version: claim.version };
    let record = Record::of_seal(&name, &claim.tag, &seal);
    let from = match file {
        None => From::Claim,
        Some((file, bytes)) => {
            let found = Digest::of(&bytes);
            if found != seal.record {
                return Err(LedgerError::Differs { file, want: seal.record, found });
            }
            From::ClaimAndFile
        }
    };
    Ok(Some(Release { version, record, seal, tag: claim.tag, state, from }))
}

/// The record file's name of a release.
pub fn record_file(release: &Release) -> String {
    file_name(&release.record.version)
}

/// The newest published release that is no pre-release.
pub fn find_latest(releases: &[Release]) -> Option<&Release> {
    let published = releases.iter().filter(|release| release.state == ReleaseState::Published);
    published.filter(|release| !release.version.is_prerelease()).max_by(|a, b| a.version.cmp(&b.version))
}
