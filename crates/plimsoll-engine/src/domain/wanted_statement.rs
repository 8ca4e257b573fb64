//! The statements that a release of a project is to have.

use plimsoll_oci::model::Platform;

use super::artifact::ArtifactName;
use super::predicate::PredicateType;
use super::project::{Image, Project};
use super::stated::{OtherStatement, PredicateOrigin, ProvenanceScope, SignatureScope};

/// One statement that a release is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// What it is about.
    pub artifact: &'a ArtifactName,
    /// Which part of that.
    pub part: Part,
    /// What kind of thing it says.
    pub predicate_type: PredicateType,
    /// What it is made of.
    pub made_of: MadeOf<'a>,
}

/// Which part of an artifact a statement is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// The image for a platform.
    Platform(Platform),
    /// The image for each platform that it turns out to have, where none are configured: there is a statement for each.
    EachPlatform,
}

/// What a statement is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MadeOf<'a> {
    /// Nothing: it says that its subject is signed.
    Signature,
    /// What the run knows of itself.
    Provenance,
    /// What is configured.
    Other(&'a PredicateOrigin),
}

impl MadeOf<'_> {
    /// Whether a program must list what is in images.
    pub fn is_scanned(self) -> bool {
        matches!(self, MadeOf::Other(PredicateOrigin::Scanner(_)))
    }
}

/// The statements that a release of this project is to have, in order; none where releases are not signed.
pub fn wanted(project: &Project) -> Vec<Wanted<'_>> {
    if project.signing.is_none() {
        return Vec::new();
    }
    let mut wanted = Vec::new();
    for image in &project.images {
        if project.statements.signatures == SignatureScope::Platforms {
            wanted.extend(platforms(image).into_iter().map(|part| signature(&image.name, part)));
        }
        if project.statements.provenance != ProvenanceScope::Nothing {
            wanted.push(provenance(&image.name, Part::Whole));
        }
        if project.statements.provenance == ProvenanceScope::Platforms {
            wanted.extend(platforms(image).into_iter().map(|part| provenance(&image.name, part)));
        }
        for other in project.statements.others.iter().filter(|other| other.is_of_image(&image.name)) {
            let parts = match other.origin.is_of_platforms() {
                true => platforms(image),
                false => vec![Part::Whole],
            };
            wanted.extend(parts.into_iter().map(|part| configured(other, &image.name, part)));
        }
    }
    for chart in &project.charts {
        if project.statements.provenance != ProvenanceScope::Nothing {
            wanted.push(provenance(&chart.name, Part::Whole));
        }
        let others = project.statements.others.iter();
        let of_chart = others.filter(|other| other.artifact.as_ref() == Some(&chart.name));
        wanted.extend(of_chart.map(|other| configured(other, &chart.name, Part::Whole)));
    }
    wanted
}

fn platforms(image: &Image) -> Vec<Part> {
    match image.platforms.as_slice() {
        [] => vec![Part::EachPlatform],
        named => named.iter().map(|platform| Part::Platform(platform.normalised())).collect(),
    }
}

fn signature(artifact: &ArtifactName, part: Part) -> Wanted<'_> {
    Wanted { artifact, part, predicate_type: PredicateType::signature(), made_of: MadeOf::Signature }
}

fn provenance(artifact: &ArtifactName, part: Part) -> Wanted<'_> {
    Wanted { artifact, part, predicate_type: PredicateType::provenance(), made_of: MadeOf::Provenance }
}

fn configured<'a>(other: &'a OtherStatement, artifact: &'a ArtifactName, part: Part) -> Wanted<'a> {
    let predicate_type = other.predicate_type.clone();
    Wanted { artifact, part, predicate_type, made_of: MadeOf::Other(&other.origin) }
}
