//! Whether a repository has everything of a set, and making it so: A5 and the repairs of C1.

use std::collections::BTreeMap;

use futures_util::future::{join, join_all, join3};
use plimsoll_oci::model::Descriptor;
use plimsoll_oci::name::{Digest, ImageRepository};

use crate::domain::claim::{ClaimName, RecordFormat, Seal};
use crate::domain::git::TagAt;
use crate::domain::target::{Necessity, Target};
use crate::run::attesting::attestations;
use crate::ship::attest::Attest;
use crate::ship::attest_together::AttestTogether;
use crate::ship::hold_tag::HoldTag;
use crate::ship::key::{Key, Settled};
use crate::ship::push::PushImage;
use crate::ship::record::PushStatement;
use crate::ship::version_tag::VersionTag;
use crate::ship::{Observation, ShipError, Step, ensure};
use crate::statement::artifact::{
    Artifact, ArtifactFile, FIRST_RECORD, RECORD, RECORD_FILE, STATEMENT, describe_file, describe_statement,
    hold_tag,
};
use crate::statement::record::{Record, file_name, role_file_name};
use crate::statement::release::{render_statement, statement_name};
use crate::world::{Eyes, World, WorldError};

/// When the version tags of a lading are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wave {
    /// First.
    Images,
    /// Once all images have theirs: who finds a chart finds what it installs.
    Charts,
}

/// Everything of a set that goes into one repository in one wave.
#[derive(Clone, Debug)]
pub struct Lading {
    /// Where.
    pub repository: ImageRepository,
    /// When.
    pub wave: Wave,
    /// Whether the release waits for it.
    pub necessity: Necessity,
    images: Vec<PushImage>,
    holds: Vec<HoldTag>,
    record: PushStatement,
    /// What is signed of it.
    pub attestations: Vec<Attest>,
    /// The version tags.
    pub version_tags: Vec<VersionTag>,
}

/// What consumers of a release rely on in one repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// An image or chart, with everything below it.
    Content,
    /// The record.
    Record,
    /// A version tag.
    VersionTag,
}

/// A part of a release, looked at.
#[derive(Debug)]
pub struct Looked {
    /// What.
    pub part: Part,
    /// Its name: `content ghcr.io/acme/app@sha256:…`.
    pub subject: String,
    /// What it should be.
    pub want: Digest,
    /// What it is.
    pub found: Result<Observation, WorldError>,
}

/// When the record's hold tag is written where sets announce themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordTag {
    /// Together with everything else.
    WithTheRest,
    /// Last of all and by itself: it is the announcement.
    Announced,
}

/// The record of a seal as an artifact: the statement, and every file that follows from the seal.
pub fn record_artifact(name: &ClaimName, tag: &TagAt, seal: &Seal) -> Artifact {
    let record = Record::of_seal(name, tag, seal);
    match seal.format {
        RecordFormat::One => Artifact::wrap(FIRST_RECORD, &file_name(&name.version), record.bytes()),
        RecordFormat::Two => {
            let statement = ArtifactFile {
                media_type: STATEMENT,
                title: statement_name(&name.version),
                bytes: render_statement(&record),
            };
            let title = file_name(&name.version);
            let file = ArtifactFile { media_type: RECORD_FILE, title, bytes: record.bytes() };
            let mut made = made_files(name, seal);
            made.extend(seal.statements.iter().map(describe_statement));
            Artifact::wrap_files(RECORD, statement, vec![file], made)
        }
    }
}

/// The files of a seal that were made, as layers of its record.
pub fn made_files(name: &ClaimName, seal: &Seal) -> Vec<Descriptor> {
    let files = seal.files.iter();
    files
        .filter_map(|(role, file)| describe_file(*role, role_file_name(&name.version, *role), file))
        .collect()
}

/// Where a set announces itself: the first repository of its plan.
pub fn announcement_place(seal: &Seal) -> Option<&ImageRepository> {
    seal.targets.first().map(|target| &target.repository)
}

/// What goes where, one lading per repository, in the order of their names; charts after images.
pub fn ladings(name: &ClaimName, tag: &TagAt, seal: &Seal, record_tag: RecordTag) -> Vec<Lading> {
    let record = record_artifact(name, tag, seal);
    let mut by_repository: BTreeMap<(Wave, &ImageRepository), Vec<&Target>> = BTreeMap::new();
    for target in &seal.targets {
        let wave = if seal.charts.contains_key(&target.artifact) { Wave::Charts } else { Wave::Images };
        by_repository.entry((wave, &target.repository)).or_default().push(target);
    }
    let first = announcement_place(seal);
    let places: Vec<&ImageRepository> = by_repository.keys().map(|(_, place)| *place).collect();
    let lading = |((wave, repository), targets): ((Wave, &ImageRepository), Vec<&Target>)| {
        let required = targets.iter().any(|target| target.necessity == Necessity::Required);
        let mut images = Vec::new();
        let mut holds = Vec::new();
        let mut version_tags = Vec::new();
        for target in targets {
            let Some(root) = seal.descriptor(&target.artifact) else { continue };
            let others = seal.targets.iter().filter(|other| other.artifact == target.artifact);
            let others =
                others.map(|other| &other.repository).filter(|other| *other != repository).cloned().collect();
            holds.push(HoldTag {
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
        let announced = record_tag == RecordTag::Announced && first == Some(repository);
        let tag = (!announced).then(|| hold_tag(&name.version, &seal.record));
        let others = places.iter().filter(|place| **place != repository).map(|place| (*place).clone());
        let record = PushStatement {
            repository: repository.clone(),
            artifact: record.clone(),
            tag,
            others: others.collect(),
        };
        let attestations = attestations(seal, &record, &images);
        let necessity = if required { Necessity::Required } else { Necessity::Optional };
        let repository = repository.clone();
        Lading { repository, wave, necessity, images, holds, record, attestations, version_tags }
    };
    by_repository.into_iter().map(lading).collect()
}

impl Lading {
    /// Makes everything be there: content, then what keeps it, then signatures, then the record.
    pub async fn put<K: Key>(&self, world: &World, key: &K) -> Result<(), ShipError> {
        let contents = self.images.iter().map(|image| ensure(world, key, image));
        all_done(join_all(contents).await)?;
        let holds = self.holds.iter().map(|hold| ensure(world, key, hold));
        all_done(join_all(holds).await)?;
        let together = AttestTogether::group(&self.attestations);
        all_done(join_all(together.iter().map(|group| ensure(world, key, group))).await)?;
        ensure(world, key, &self.record).await.map(|_| ())
    }

    /// Looks at everything that consumers rely on: content, record, version tags.
    pub async fn look(&self, eyes: Eyes<'_>) -> Vec<Looked> {
        let contents = join_all(self.images.iter().map(|image| async move {
            let want = image.root.digest.clone();
            let subject = format!("content {}@{want}", image.repository);
            let found = Step::<Settled>::observe(image, eyes).await;
            Looked { part: Part::Content, subject, want, found }
        }));
        let record = async {
            // As a release names it: this digest can be pulled, that of the statement can't.
            let want = self.record.artifact.manifest.digest().clone();
            let subject = format!("record-artifact {}@{want}", self.repository);
            let found = Step::<Settled>::observe(&self.record, eyes).await;
            Looked { part: Part::Record, subject, want, found }
        };
        let tags = join_all(self.version_tags.iter().map(|tag| async move {
            let (subject, want) = (tag.name().to_string(), tag.digest.clone());
            Looked { part: Part::VersionTag, subject, want, found: tag.look(eyes).await }
        }));
        let (mut looks, record, tags) = join3(contents, record, tags).await;
        looks.push(record);
        looks.extend(tags);
        looks
    }

    /// A version tag that points at something else.
    pub async fn find_foreign(&self, eyes: Eyes<'_>) -> Result<Option<(&VersionTag, Digest)>, WorldError> {
        let looks =
            join_all(self.version_tags.iter().map(|tag| async move { (tag, tag.look(eyes).await) })).await;
        for (tag, look) in looks {
            if let Observation::Conflict(found) = look? {
                return Ok(Some((tag, found)));
            }
        }
        Ok(None)
    }

    /// True if everything is there and held.
    pub async fn is_whole_and_held<K: Key>(&self, world: &World) -> Result<bool, WorldError> {
        let holds = self.holds.iter().map(|hold| Step::<K>::observe(hold, world.eyes()));
        let (held, whole) = join(join_all(holds), self.is_whole::<K>(world)).await;
        Ok(all_satisfied(held)? && whole?)
    }

    /// True if every manifest and blob is there, signed, with the record of exactly the digest that the seal names.
    pub async fn is_whole<K: Key>(&self, world: &World) -> Result<bool, WorldError> {
        let contents = self.images.iter().map(|image| Step::<K>::observe(image, world.eyes()));
        let record = Step::<K>::observe(&self.record, world.eyes());
        let signed = self.attestations.iter().map(|attestation| attestation.observe(world.eyes()));
        let (contents, signed, record) = join3(join_all(contents), join_all(signed), record).await;
        Ok(all_satisfied(contents)? && all_satisfied(signed)? && record? == Observation::Satisfied)
    }
}

fn all_satisfied(looks: Vec<Result<Observation, WorldError>>) -> Result<bool, WorldError> {
    let looks = looks.into_iter().collect::<Result<Vec<_>, _>>()?;
    Ok(looks.iter().all(|look| *look == Observation::Satisfied))
}

/// The first error, after all were left to finish.
fn all_done<T>(ends: Vec<Result<T, ShipError>>) -> Result<(), ShipError> {
    ends.into_iter().try_for_each(|end| end.map(|_| ()))
}
