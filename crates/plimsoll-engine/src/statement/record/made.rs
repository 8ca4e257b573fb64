//! Records from seals, and seals from records.

use std::collections::BTreeMap;

use plimsoll_oci::model::{Descriptor, MediaType};
use plimsoll_oci::name::{Digest, ImageRepository};

use super::charts;
use super::{
    Record, RecordedAttestation, RecordedFile, RecordedImage, RecordedMirror, Whole, role_file_name,
};
use crate::domain::artifact::ArtifactName;
use crate::domain::attestation::SignatureForm;
use crate::domain::claim::{
    ClaimName, FileRole, RecordFormat, Seal, SealedChart, SealedFile, SealedImage, SealedStatement,
};
use crate::domain::git::TagAt;
use crate::domain::target::{Necessity, Target};
use crate::domain::time::Moment;

/// The oldest Plimsoll that reads format 2: one word per format, so that the bytes do not hang on who writes them.
const NEEDS: &str = "0.1.0";

/// What a record is made of, before its digest is in the seal.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Component and version.
    pub name: &'a ClaimName,
    /// The tag.
    pub tag: &'a TagAt,
    /// When the set was sealed.
    pub time: Moment,
    /// The record's format.
    pub format: RecordFormat,
    /// Name → digest.
    pub artifacts: &'a BTreeMap<ArtifactName, Digest>,
    /// What there is to say of each image.
    pub images: &'a BTreeMap<ArtifactName, SealedImage>,
    /// What there is to say of each chart.
    pub charts: &'a BTreeMap<ArtifactName, SealedChart>,
    /// Files beside the record.
    pub files: &'a BTreeMap<FileRole, SealedFile>,
    /// In which form it is signed; none: it is not.
    pub signing: Option<SignatureForm>,
    /// What is stated of it.
    pub statements: &'a [SealedStatement],
    /// Where each goes.
    pub targets: &'a [Target],
}

impl Record {
    /// The record of a set.
    pub fn of(facts: Facts<'_>) -> Record {
        let image = |(name, digest): (&ArtifactName, &Digest)| {
            let sealed = facts.images.get(name)?;
            let mut targets = facts.targets.iter().filter(|target| target.artifact == *name);
            let first = targets.next()?;
            let mut all_tags = first.version_tags.clone();
            all_tags.extend(first.moving.iter().cloned());
            let mirrors = targets
                .map(|target| RecordedMirror {
                    repository: target.repository.clone(),
                    necessity: target.necessity,
                })
                .collect();
            let recorded = RecordedImage {
                name: first.repository.clone(),
                primary_tag: first.version_tags.first()?.clone(),
                all_tags,
                moving_tags: first.moving.clone(),
                digest: digest.clone(),
                media_type: sealed.media_type.to_string(),
                size: sealed.size,
                labels: sealed.labels.clone(),
                platforms: sealed.platforms.clone(),
                mirrors,
            };
            Some((name.clone(), recorded))
        };
        let version = &facts.name.version;
        let file = |role| {
            let sealed: &SealedFile = facts.files.get(&role)?;
            let hash = Some(sealed.digest.hex().to_owned());
            let size = Some(sealed.size).filter(|size| *size > 0);
            Some(RecordedFile { file: role_file_name(version, role), hash, size })
        };
        let files = facts.files.iter();
        let files = files.map(|(role, sealed)| (role_file_name(version, *role), sealed.digest.clone()));
        let whole = match facts.format {
            RecordFormat::One => None,
            RecordFormat::Two => Some(Whole {
                needs: NEEDS.to_owned(),
                files: files.collect(),
                charts: charts::of(facts),
                attestations: facts.statements.iter().map(record_statement).collect(),
            }),
        };
        Record {
            format: facts.format.into(),
            component: facts.name.component.clone(),
            version: version.clone(),
            release_date: facts.time.to_string(),
            git_commit: facts.tag.commit.clone(),
            git_ref: format!("refs/tags/{}", facts.tag.name),
            git_tag_object: facts.tag.object.clone(),
            docker_images: facts.artifacts.iter().filter_map(image).collect(),
            app_compose: file(FileRole::AppCompose),
            docker_compose: file(FileRole::DockerCompose),
            signing: facts.signing,
            whole,
            adopted: false,
            unknown: BTreeMap::new(),
        }
    }

    /// The record that a claim's seal stands for.
    pub fn of_seal(name: &ClaimName, tag: &TagAt, seal: &Seal) -> Record {
        Record::of(Facts {
            name,
            tag,
            time: seal.time,
            format: seal.format,
            artifacts: &seal.artifacts,
            images: &seal.images,
            charts: &seal.charts,
            files: &seal.files,
            signing: seal.signing,
            statements: &seal.statements,
            targets: &seal.targets,
        })
    }

    /// The seal that this record stands for, `digest` being the one that a claim would name; `None` if it holds something
    /// that no seal could have said. First-wins tags are in no record and so not in this seal either.
    pub fn seal(&self, digest: Digest) -> Option<Seal> {
        let mut seal = Seal {
            time: Moment::parse(&self.release_date)?,
            format: RecordFormat::try_from(self.format.max(1)).ok()?,
            artifacts: BTreeMap::new(),
            images: BTreeMap::new(),
            charts: BTreeMap::new(),
            files: BTreeMap::new(),
            signing: self.signing,
            statements: self.whole.iter().flat_map(|whole| &whole.attestations).map(seal_statement).collect(),
            targets: Vec::new(),
            record: digest,
            unknown: BTreeMap::new(),
        };
        for (name, image) in &self.docker_images {
            seal.artifacts.insert(name.clone(), image.digest.clone());
            seal.images.insert(
                name.clone(),
                SealedImage {
                    media_type: MediaType::from(image.media_type.as_str()),
                    size: image.size,
                    platforms: image.platforms.clone(),
                    labels: image.labels.clone(),
                    unknown: BTreeMap::new(),
                },
            );
            let fixed = image.all_tags.iter().filter(|tag| !image.moving_tags.contains(tag));
            let target = |repository: &ImageRepository, necessity| Target {
                artifact: name.clone(),
                repository: repository.clone(),
                necessity,
                version_tags: fixed.clone().cloned().collect(),
                first_wins: Vec::new(),
                moving: image.moving_tags.clone(),
                unknown: BTreeMap::new(),
            };
            seal.targets.push(target(&image.name, Necessity::Required));
            seal.targets
                .extend(image.mirrors.iter().map(|mirror| target(&mirror.repository, mirror.necessity)));
        }
        for (name, chart) in self.whole.iter().flat_map(|whole| &whole.charts) {
            charts::seal(&mut seal, name, chart)?;
        }
        for role in FileRole::ALL {
            let Some(file) = self.file(role) else { continue };
            if let Some(Ok(digest)) = file.hash.as_ref().map(|hash| format!("sha256:{hash}").parse()) {
                seal.files.insert(role, SealedFile { digest, size: file.size.unwrap_or_default() });
            }
        }
        Some(seal)
    }
}

fn record_statement(statement: &SealedStatement) -> RecordedAttestation {
    RecordedAttestation {
        subject: statement.subject.digest.clone(),
        subject_media_type: statement.subject.media_type.to_string(),
        subject_size: statement.subject.size,
        predicate_type: statement.predicate_type.clone(),
        digest: statement.digest.clone(),
        size: statement.size,
    }
}

fn seal_statement(recorded: &RecordedAttestation) -> SealedStatement {
    let media_type = MediaType::from(recorded.subject_media_type.as_str());
    SealedStatement {
        subject: Descriptor::new(media_type, recorded.subject.clone(), recorded.subject_size),
        predicate_type: recorded.predicate_type.clone(),
        digest: recorded.digest.clone(),
        size: recorded.size,
    }
}
