//! What is stated of a release, beside that it is signed: provenance, SBOMs, anything.

use plimsoll_oci::model::Platform;

use super::artifact::ArtifactName;
use super::diagnostic::Place;
use super::predicate::PredicateType;
use super::project::{Image, Project};
use super::sbom::SbomFormat;

/// What of each image is signed by itself. A chart is one thing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignatureScope {
    /// The image as a whole: its index, which names every platform's manifest by digest.
    #[default]
    Artifacts,
    /// The image for each platform, too.
    Platforms,
}

/// What a signed release tells the provenance of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProvenanceScope {
    /// Each image as a whole, and each chart.
    #[default]
    Artifacts,
    /// The image for each platform, too.
    Platforms,
    /// Nothing.
    Nothing,
}

/// What is stated, as configured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatementSettings {
    /// What is signed by itself.
    pub signatures: SignatureScope,
    /// What gets provenance.
    pub provenance: ProvenanceScope,
    /// What else is stated.
    pub others: Vec<OtherStatement>,
    /// The web addresses of the repositories that releases may have been made from: the project's, and those whose workflows count.
    pub sources: Vec<String>,
    /// The web addresses of the repositories whose workflows sign, which may be called by those of others.
    pub workflows: Vec<String>,
}

/// One kind of statement that a release gets beside its provenance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherStatement {
    /// What kind of thing it says.
    pub predicate_type: PredicateType,
    /// What it is about; none: every image.
    pub artifact: Option<ArtifactName>,
    /// Where it comes from.
    pub origin: PredicateOrigin,
    /// Where the configuration says so.
    pub place: Option<Place>,
}

/// Where the predicate of a statement comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PredicateOrigin {
    /// A file, relative to the repository's root. `{name}` stands for what it is about; with `{os}`, `{arch}` or `{variant}` in it
    /// there is one for each platform.
    File(String),
    /// What BuildKit attested of the image for each platform.
    Builder,
    /// What a program lists of the image for each platform, written so.
    Scanner(SbomFormat),
}

impl PredicateOrigin {
    /// Whether there is one for each platform.
    pub fn is_of_platforms(&self) -> bool {
        match self {
            PredicateOrigin::File(path) => {
                ["{os}", "{arch}", "{variant}"].iter().any(|part| path.contains(part))
            }
            PredicateOrigin::Builder | PredicateOrigin::Scanner(_) => true,
        }
    }
}

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
            wanted.extend(parts.into_iter().map(|part| other.wanted(&image.name, part)));
        }
    }
    for chart in &project.charts {
        if project.statements.provenance != ProvenanceScope::Nothing {
            wanted.push(provenance(&chart.name, Part::Whole));
        }
        let others = project.statements.others.iter();
        let of_chart = others.filter(|other| other.artifact.as_ref() == Some(&chart.name));
        wanted.extend(of_chart.map(|other| other.wanted(&chart.name, Part::Whole)));
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

impl OtherStatement {
    /// Whether it is of an image by this name; without one of its own it is of every image.
    fn is_of_image(&self, name: &ArtifactName) -> bool {
        self.artifact.as_ref().is_none_or(|of| of == name)
    }

    fn wanted<'a>(&'a self, artifact: &'a ArtifactName, part: Part) -> Wanted<'a> {
        let predicate_type = self.predicate_type.clone();
        Wanted { artifact, part, predicate_type, made_of: MadeOf::Other(&self.origin) }
    }
}
