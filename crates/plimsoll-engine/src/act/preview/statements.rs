//! `plan --online` and `status`: what would become of what is stated of a release's content.

use plimsoll_oci::name::{Digest, ImageRepository};

use super::Verdict;
use crate::domain::artifact::ArtifactName;
use crate::domain::claim::{ClaimName, Seal};
use crate::domain::git::TagAt;
use crate::domain::predicate::PredicateType;
use crate::plan::EACH_PLATFORM;
use crate::plan::steps::Stated;
use crate::run::whole::{RecordTag, ladings};
use crate::ship::attest::{Attest, Vouching};
use crate::statement::attestation::SIGNATURE;
use crate::statement::release::PREDICATE;
use crate::world::{Eyes, WorldError};

/// A signed statement in a repository: there, once somebody who counts vouches for it of everything that it is about.
pub(super) async fn preview_signed(
    eyes: Eyes<'_>,
    (name, tag): (&ClaimName, &TagAt),
    seal: &Seal,
    (artifact, repository): (&ArtifactName, &ImageRepository),
    statement: &Stated,
) -> Result<Verdict, WorldError> {
    let (platform, kind) = match statement {
        Stated::Signature => (None, SIGNATURE),
        Stated::Release => (None, PREDICATE),
        Stated::Other { platform, predicate_type } => (platform.as_deref(), predicate_type.uri()),
    };
    let ladings = ladings(name, tag, seal, RecordTag::WithTheRest);
    let here = ladings.iter().filter(|lading| lading.repository == *repository);
    let here: Vec<&Attest> = here.flat_map(|lading| &lading.attestations).collect();
    let subjects = subjects(seal, artifact, platform);
    for digest in &subjects {
        let is_wanted =
            |attest: &&Attest| *attest.subject() == *digest && attest.attestation.predicate_type == kind;
        let mut wanted = here.iter().copied().filter(is_wanted).peekable();
        if wanted.peek().is_none() {
            return Ok(Verdict::Create(Some(digest.clone())));
        }
        for attest in wanted {
            if let Vouching::Unvouched { .. } = attest.look(eyes).await? {
                return Ok(Verdict::Create(Some(digest.clone())));
            }
        }
    }
    Ok(there(subjects))
}

/// A list of what is in an image: there, once it is sealed.
pub(super) fn preview_sbom(
    seal: Option<&Seal>,
    artifact: &ArtifactName,
    platform: Option<&str>,
    predicate_type: &PredicateType,
) -> Verdict {
    let Some(seal) = seal else { return Verdict::Create(None) };
    let subjects = subjects(seal, artifact, platform);
    let is_stated = |digest: &&Digest| {
        let mut statements = seal.statements.iter();
        statements
            .any(|one| one.subject.digest == **digest && one.predicate_type.uri() == predicate_type.uri())
    };
    match subjects.iter().find(|digest| !is_stated(digest)) {
        Some(lacking) => Verdict::Create(Some(lacking.clone())),
        None => there(subjects),
    }
}

/// What a statement is about: an artifact, the image for a platform, or that for each.
fn subjects(seal: &Seal, artifact: &ArtifactName, platform: Option<&str>) -> Vec<Digest> {
    let platforms = seal.images.get(artifact).map(|image| &image.platforms);
    match platform {
        None => seal.artifacts.get(artifact).cloned().into_iter().collect(),
        Some(EACH_PLATFORM) => platforms.into_iter().flat_map(|all| all.values().cloned()).collect(),
        Some(platform) => platforms.and_then(|all| all.get(platform)).cloned().into_iter().collect(),
    }
}

/// All of them are there; of several no single one is named.
fn there(subjects: Vec<Digest>) -> Verdict {
    match <[Digest; 1]>::try_from(subjects) {
        Ok([digest]) => Verdict::AlreadyThere(Some(digest)),
        Err(subjects) if subjects.is_empty() => Verdict::Create(None),
        Err(_) => Verdict::AlreadyThere(None),
    }
}
