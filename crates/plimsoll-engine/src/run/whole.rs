//! Whether a repository has everything of a set, and making it so: A5 and the repairs of C1.

use std::collections::BTreeMap;

use plimsoll_oci::name::{Digest, ImageRepository};

use crate::domain::claim::{ClaimName, Seal};
use crate::domain::git::TagAt;
use crate::domain::target::{Necessity, Target};
use crate::ship::hold::Hold;
use crate::ship::key::{Key, Settled};
use crate::ship::push::PushImage;
use crate::ship::record::PushStatement;
use crate::ship::version_tag::VersionTag;
use crate::ship::{Observation, ShipError, Step, ensure};
use crate::statement::artifact::{Artifact, RECORD, hold_tag};
use crate::statement::record::{Record, file_name};
use crate::world::{Eyes, World, WorldError};

/// Everything of a set that goes into one repository.
#[derive(Clone, Debug)]
pub struct Lading {
    /// Where.
    pub repository: ImageRepository,
    /// Whether the release waits for it.
    pub necessity: Necessity,
    images: Vec<PushImage>,
    holds: Vec<Hold>,
    record: PushStatement,
    /// The version tags.
    pub version_tags: Vec<VersionTag>,
}

/// Whether hold tags are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holding {
    /// Untagged content may be collected here.
    Needed,
    /// The record is announced later, by itself.
    WithoutRecord,
}

/// The record of a seal as an artifact.
pub fn record_artifact(name: &ClaimName, tag: &TagAt, seal: &Seal) -> Artifact {
    let bytes = Record::of_seal(name, tag, seal).bytes();
    Artifact::wrap(RECORD, &file_name(&name.version), bytes)
}

/// Where a set announces itself: the first repository of its plan.
pub fn announcement_place(seal: &Seal) -> Option<&ImageRepository> {
    seal.targets.first().map(|target| &target.repository)
}

/// What goes where, one lading per repository, in the order of their names.
pub fn ladings(name: &ClaimName, tag: &TagAt, seal: &Seal, holding: Holding) -> Vec<Lading> {
    let record = record_artifact(name, tag, seal);
    let mut by_repository: BTreeMap<&ImageRepository, Vec<&Target>> = BTreeMap::new();
    for target in &seal.targets {
        by_repository.entry(&target.repository).or_default().push(target);
    }
    let first = announcement_place(seal);
    let lading = |(repository, targets): (&ImageRepository, Vec<&Target>)| {
        let required = targets.iter().any(|target| target.necessity == Necessity::Required);
        let mut images = Vec::new();
        let mut holds = Vec::new();
        let mut version_tags = Vec::new();
        for target in targets {
            let Some(root) = seal.descriptor(&target.artifact) else { continue };
            let others = seal.targets.iter().filter(|other| other.artifact == target.artifact);
            let others =
                others.map(|other| &other.repository).filter(|other| *other != repository).cloned().collect();
            holds.push(Hold {
                repository: repository.clone(),
                tag: hold_tag(&name.version, &root.digest),
                digest: root.digest.clone(),
            });
            version_tags.extend(target.version_tags.iter().map(|tag| VersionTag {
                repository: repository.clone(),
                tag: tag.clone(),
                digest: root.digest.clone(),
            }));
            images.push(PushImage {
                artifact: target.artifact.clone(),
                repository: repository.clone(),
                root,
                others,
            });
        }
        // Without a claim the record's tag in the first repository is the announcement, which comes last of all.
        let announced = holding == Holding::WithoutRecord && first == Some(repository);
        let tag = (!announced).then(|| hold_tag(&name.version, &seal.record));
        let record = PushStatement { repository: repository.clone(), artifact: record.clone(), tag };
        let necessity = if required { Necessity::Required } else { Necessity::Optional };
        Lading { repository: repository.clone(), necessity, images, holds, record, version_tags }
    };
    by_repository.into_iter().map(lading).collect()
}

impl Lading {
    /// Makes everything be there: content, then what keeps it, then the record.
    pub async fn put<K: Key>(&self, world: &World, key: &K) -> Result<(), ShipError> {
        for image in &self.images {
            ensure(world, key, image).await?;
        }
        for hold in &self.holds {
            ensure(world, key, hold).await?;
        }
        ensure(world, key, &self.record).await?;
        Ok(())
    }

    /// Looks at everything that consumers rely on: content, record, version tags. Each with its name and what it
    /// should be.
    pub async fn look(&self, eyes: Eyes<'_>) -> Vec<(String, Digest, Result<Observation, WorldError>)> {
        let mut looks = Vec::new();
        for image in &self.images {
            let subject = format!("content {}@{}", image.repository, image.root.digest);
            looks.push((subject, image.root.digest.clone(), Step::<Settled>::observe(image, eyes).await));
        }
        let subject = format!("record {}@{}", self.repository, self.record.artifact.layer.digest);
        let want = self.record.artifact.layer.digest.clone();
        looks.push((subject, want, Step::<Settled>::observe(&self.record, eyes).await));
        for tag in &self.version_tags {
            looks.push((tag.name().to_string(), tag.digest.clone(), tag.look(eyes).await));
        }
        looks
    }

    /// True if everything is there and held.
    pub async fn is_whole_and_held<K: Key>(&self, world: &World, _key: &K) -> Result<bool, WorldError> {
        for hold in &self.holds {
            if Step::<K>::observe(hold, world.eyes()).await? != Observation::Satisfied {
                return Ok(false);
            }
        }
        self.is_whole::<K>(world).await
    }

    /// True if every manifest and blob is there, with the record of exactly the digest that the seal names.
    pub async fn is_whole<K: Key>(&self, world: &World) -> Result<bool, WorldError> {
        for image in &self.images {
            if Step::<K>::observe(image, world.eyes()).await? != Observation::Satisfied {
                return Ok(false);
            }
        }
        Ok(Step::<K>::observe(&self.record, world.eyes()).await? == Observation::Satisfied)
    }
}
