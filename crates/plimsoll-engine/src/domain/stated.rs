//! What is stated of a release, beside that it is signed: provenance, SBOMs, anything.

use super::artifact::ArtifactName;
use super::diagnostic::Place;
use super::predicate::PredicateType;
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

impl OtherStatement {
    /// Whether it is of an image by this name; without one of its own it is of every image.
    pub fn is_of_image(&self, name: &ArtifactName) -> bool {
        self.artifact.as_ref().is_none_or(|of| of == name)
    }
}
