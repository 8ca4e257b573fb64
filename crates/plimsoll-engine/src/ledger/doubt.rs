//! Records that are not believed: files that can't be read, and records without a claim whose repositories do not confirm them. A
//! version tag that points at what the record names does.

use std::collections::BTreeSet;

use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};

use super::release::{KnownFrom, LedgerError, Release, read_files, record_file};
use super::sources::Sources;
use crate::domain::artifact::ArtifactName;
use crate::domain::git::GitTag;
use crate::domain::target::{Necessity, Target};
use crate::statement::record::RecordError;
use crate::world::WorldError;
use crate::world::ledger::LedgerFile;
use crate::world::stores::StoresView;

/// A record that is not believed.
#[derive(Clone, Debug)]
pub struct Doubt {
    /// Its file.
    pub file: String,
    /// The version that it claims to be the record of.
    pub version: String,
    /// Why it is not believed.
    pub why: Reason,
}

/// Why a record is not believed.
#[derive(Clone, Debug)]
pub enum Reason {
    /// A version tag is not there, or points at something else.
    Untagged {
        /// In which repository.
        repository: ImageRepository,
        /// Which tag.
        tag: ImageTag,
        /// What the record says.
        want: Digest,
        /// What is there; none if nothing is.
        found: Option<Digest>,
    },
    /// The version tag could not be looked at.
    Silent {
        /// In which repository.
        repository: ImageRepository,
        /// What it said.
        error: WorldError,
    },
    /// Another record of its version counts.
    Another {
        /// The digest of the file that counts.
        counts: Digest,
        /// That of this one.
        found: Digest,
    },
    /// Nothing can confirm what it says of an artifact: it names no digest of it, or no version tag.
    Untold {
        /// Which artifact.
        artifact: ArtifactName,
    },
    /// It lies in a registry alone, and is confirmed there: the claim of the release was lost.
    Unclaimed {
        /// The git tag that was released.
        tag: GitTag,
    },
    /// Its file is no record, or not the one that was released.
    Broken(LedgerError),
    /// It names nothing whose version tag could be looked at.
    Empty,
}

impl Doubt {
    /// A release of which only a record in a registry tells.
    pub fn unclaimed(release: &Release) -> Doubt {
        Doubt::about(release, Reason::Unclaimed { tag: release.tag.name.clone() })
    }

    /// The doubts about the records of a version beside the first one, which counts.
    pub(super) fn about_others(release: &Release, records: &[LedgerFile]) -> Vec<Doubt> {
        let Some((first, others)) = records.split_first() else { return Vec::new() };
        let doubt = |other: &LedgerFile| {
            let (counts, found) = (Digest::of(&first.bytes), Digest::of(&other.bytes));
            Doubt::about(release, Reason::Another { counts, found })
        };
        others.iter().map(doubt).collect()
    }

    /// The doubt about the record of a release.
    pub(super) fn about(release: &Release, why: Reason) -> Doubt {
        Doubt { file: record_file(release), version: release.record.version.clone(), why }
    }

    /// True if its version may be released all the same.
    pub fn may_hide_release(&self) -> bool {
        match self.why {
            Reason::Silent { .. } | Reason::Broken(_) | Reason::Unclaimed { .. } => true,
            Reason::Untagged { .. } | Reason::Another { .. } | Reason::Untold { .. } | Reason::Empty => false,
        }
    }
}

/// The doubt about a damaged file, which hides no other release; anything else that is wrong may be about any of them.
pub(super) fn doubt_broken(file: &str, version: &str, error: LedgerError) -> Result<Doubt, LedgerError> {
    match error {
        LedgerError::World(_) | LedgerError::Claim(_) | LedgerError::Record(RecordError::Unknown { .. }) => {
            Err(error)
        }
        LedgerError::Record(RecordError::Broken { .. } | RecordError::Edited { .. })
        | LedgerError::Misplaced { .. }
        | LedgerError::Lost { .. }
        | LedgerError::Differs { .. } => {
            Ok(Doubt { file: file.to_owned(), version: version.to_owned(), why: Reason::Broken(error) })
        }
    }
}

/// The other records of a release that one repository tells of, which may have several that its version tags confirm.
///
/// # Errors
/// The repository does not answer.
pub async fn find_others(sources: Sources<'_>, release: &Release) -> Result<Vec<Doubt>, LedgerError> {
    if sources.place.is_none() || release.from != KnownFrom::File {
        return Ok(Vec::new());
    }
    let records = read_files(sources.ledger).await?.remove(&release.record.version);
    Ok(Doubt::about_others(release, &records.unwrap_or_default()))
}

/// Asks the registries about a record without a claim; `None`: it is believed.
pub(super) async fn doubt(sources: Sources<'_>, release: &Release) -> Option<Reason> {
    let stores = sources.stores;
    // Who names a place asks nothing else: the others may be down, or gone.
    if let Some(place) = sources.place {
        return doubt_at(stores, place, release).await;
    }
    let targets = release.seal.targets.iter();
    let required: Vec<&Target> = targets.filter(|target| target.necessity == Necessity::Required).collect();
    let untold = |artifact: &ArtifactName| Reason::Untold { artifact: artifact.clone() };
    // What one artifact's tag says proves nothing of the others.
    let mut confirmed = BTreeSet::new();
    for target in &required {
        let Some(want) = release.seal.artifacts.get(&target.artifact) else {
            return Some(untold(&target.artifact));
        };
        for tag in &target.version_tags {
            let repository = target.repository.clone();
            match stores.pull(&repository).resolve(tag).await {
                Ok(Some(there)) if there.digest == *want => {
                    confirmed.insert(&target.artifact);
                }
                Ok(there) => {
                    let (tag, want, found) = (tag.clone(), want.clone(), there.map(|there| there.digest));
                    return Some(Reason::Untagged { repository, tag, want, found });
                }
                Err(error) => return Some(Reason::Silent { repository, error: error.into() }),
            }
        }
    }
    let proven: BTreeSet<&ImageRepository> = required
        .iter()
        .filter(|target| confirmed.contains(&target.artifact))
        .map(|target| &target.repository)
        .collect();
    for target in required.iter().filter(|target| !confirmed.contains(&target.artifact)) {
        // A chart that an index lists lies without a tag beside an image: whoever may push there has put it there.
        let is_beside = release.seal.charts.contains_key(&target.artifact)
            && target.version_tags.is_empty()
            && proven.contains(&target.repository);
        let want = release.seal.artifacts.get(&target.artifact).filter(|_| is_beside);
        let Some(want) = want else { return Some(untold(&target.artifact)) };
        match stores.pull(&target.repository).manifest(want).await {
            Ok(Some(_)) => {}
            Ok(None) => return Some(untold(&target.artifact)),
            Err(error) => {
                return Some(Reason::Silent { repository: target.repository.clone(), error: error.into() });
            }
        }
    }
    required.is_empty().then_some(Reason::Empty)
}

/// Asks one repository alone, which a record may not even name, since the release was taken there: everything of one artifact must
/// be there.
async fn doubt_at(stores: &dyn StoresView, place: &ImageRepository, release: &Release) -> Option<Reason> {
    let pull = stores.pull(place);
    let mut why = None;
    for target in &release.seal.targets {
        let Some(want) = release.seal.artifacts.get(&target.artifact) else { continue };
        let mut right = 0;
        for tag in &target.version_tags {
            match pull.resolve(tag).await {
                Ok(Some(there)) if there.digest == *want => right += 1,
                Ok(there) => {
                    let (repository, tag) = (place.clone(), tag.clone());
                    let (want, found) = (want.clone(), there.map(|there| there.digest));
                    why = why.or(Some(Reason::Untagged { repository, tag, want, found }));
                }
                Err(error) => return Some(Reason::Silent { repository: place.clone(), error: error.into() }),
            }
        }
        if right > 0 && right == target.version_tags.len() {
            return None;
        }
    }
    why.or(Some(Reason::Empty))
}
