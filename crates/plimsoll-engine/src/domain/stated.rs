//! What is stated of a release, beside that it is signed: provenance, SBOMs, anything.

use super::artifact::ArtifactName;
use super::predicate::PredicateType;
use super::project::{Image, Project};

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
    /// What gets provenance.
    pub provenance: ProvenanceScope,
    /// What else is stated.
    pub others: Vec<OtherStatement>,
    /// The web addresses of the repositories that releases may have been made from: the project's, and those whose workflows count.
    pub sources: Vec<String>,
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
}

/// Where the predicate of a statement comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PredicateOrigin {
    /// A file, relative to the repository's root. `{name}` stands for what it is about; with `{os}`, `{arch}` or `{variant}` in it
    /// there is one for each platform.
    File(String),
    /// What BuildKit attested of the image for each platform.
    Builder,
}

impl PredicateOrigin {
    /// Whether there is one for each platform.
    pub fn is_of_platforms(&self) -> bool {
        match self {
            PredicateOrigin::File(path) => {
                ["{os}", "{arch}", "{variant}"].iter().any(|part| path.contains(part))
            }
            PredicateOrigin::Builder => true,
        }
    }
}

/// One statement that a release is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// What it is about.
    pub artifact: &'a ArtifactName,
    /// For which platform that is, as `os/architecture[/variant]`; none: the whole.
    pub platform: Option<String>,
    /// What kind of thing it says.
    pub predicate_type: PredicateType,
    /// What it is made of.
    pub made_of: MadeOf<'a>,
}

/// What a statement is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MadeOf<'a> {
    /// What the run knows of itself.
    Provenance,
    /// What is configured.
    Other(&'a PredicateOrigin),
}

/// The statements that a release of this project is to have, in order; none where releases are not signed.
pub fn wanted(project: &Project) -> Vec<Wanted<'_>> {
    if project.signing.is_none() {
        return Vec::new();
    }
    let mut wanted = Vec::new();
    for image in &project.images {
        if project.statements.provenance != ProvenanceScope::Nothing {
            wanted.push(provenance(&image.name, None));
        }
        if project.statements.provenance == ProvenanceScope::Platforms {
            wanted.extend(platforms(image).map(|platform| provenance(&image.name, Some(platform))));
        }
        wanted.extend(others(project, &image.name, Some(image)));
    }
    for chart in &project.charts {
        if project.statements.provenance != ProvenanceScope::Nothing {
            wanted.push(provenance(&chart.name, None));
        }
        wanted.extend(others(project, &chart.name, None));
    }
    wanted
}

fn provenance(artifact: &ArtifactName, platform: Option<String>) -> Wanted<'_> {
    Wanted { artifact, platform, predicate_type: PredicateType::provenance(), made_of: MadeOf::Provenance }
}

/// What is configured of an artifact; without a name it is of every image.
fn others<'a>(project: &'a Project, name: &'a ArtifactName, image: Option<&'a Image>) -> Vec<Wanted<'a>> {
    let is_of = |other: &&OtherStatement| match &other.artifact {
        Some(of) => of == name,
        None => image.is_some(),
    };
    let mut wanted = Vec::new();
    for other in project.statements.others.iter().filter(is_of) {
        let of = |platform| Wanted {
            artifact: name,
            platform,
            predicate_type: other.predicate_type.clone(),
            made_of: MadeOf::Other(&other.origin),
        };
        match image.filter(|_| other.origin.is_of_platforms()) {
            Some(image) => wanted.extend(platforms(image).map(|platform| of(Some(platform)))),
            None => wanted.push(of(None)),
        }
    }
    wanted
}

fn platforms(image: &Image) -> impl Iterator<Item = String> {
    image.platforms.iter().map(|platform| platform.normalised().to_string())
}
