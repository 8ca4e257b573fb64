//! What is written into a chart: the version, and the images of the release.

use std::collections::BTreeMap;

use plimsoll_helm::edit::Edits;
use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};

use crate::domain::artifact::ArtifactName;
use crate::domain::chart::{Chart, ImageValue, VersionPolicy};
use crate::domain::chart_number::ChartNumbers;
use crate::domain::project::{Image, Project};
use crate::domain::target::Target;
use crate::domain::time::Moment;

/// An image as a chart names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedImage {
    /// Its first repository.
    pub repository: ImageRepository,
    /// The first tag with the whole version in it.
    pub tag: ImageTag,
    /// Its digest.
    pub digest: Digest,
}

/// What is written into a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cargo {
    /// The version of the release.
    pub version: String,
    /// The numbers of charts that have versions of their own.
    pub numbers: ChartNumbers,
    /// The time of everything in the package.
    pub time: Moment,
    /// The images of the release.
    pub images: BTreeMap<ArtifactName, NamedImage>,
    /// Their names, in the order of the project.
    pub order: Vec<ArtifactName>,
}

impl Cargo {
    /// What goes into the charts of a release: the images as its targets have them.
    pub fn of(
        version: &str,
        time: Moment,
        digests: &BTreeMap<ArtifactName, Digest>,
        targets: &[Target],
        numbers: &ChartNumbers,
    ) -> Cargo {
        let mut images = BTreeMap::new();
        for (name, digest) in digests {
            let Some(target) = targets.iter().find(|target| target.artifact == *name) else { continue };
            let Some(tag) = target.version_tags.first().cloned() else { continue };
            let named = NamedImage { repository: target.repository.clone(), tag, digest: digest.clone() };
            images.insert(name.clone(), named);
        }
        let mut order: Vec<ArtifactName> = Vec::new();
        for target in targets.iter().filter(|target| images.contains_key(&target.artifact)) {
            if !order.contains(&target.artifact) {
                order.push(target.artifact.clone());
            }
        }
        Cargo { version: version.to_owned(), numbers: numbers.clone(), time, images, order }
    }

    /// Something of the right shape in the place of all of them: what a chart would be written with is known before any
    /// image is made.
    pub fn stand_in(project: &Project, version: &str) -> Cargo {
        let image = |image: &Image| {
            let tag: ImageTag = format!("v{version}").parse().ok()?;
            let named = NamedImage { repository: image.repository.clone(), tag, digest: Digest::of(b"") };
            Some((image.name.clone(), named))
        };
        let images = project.images.iter().filter_map(image).collect();
        let order = project.images.iter().map(|image| image.name.clone()).collect();
        let numbers = ChartNumbers::new();
        Cargo { version: version.to_owned(), numbers, time: Moment(0), images, order }
    }

    /// What the chart is said to install; else the tag of the image that it installs: of the project's first image that its
    /// values name, else of the project's first.
    fn app_version(&self, chart: &Chart) -> Option<String> {
        if let Some(said) = &chart.app_version {
            return Some(format!("{}{}{}", said.before(), self.version, said.after()));
        }
        let named = self.order.iter().find(|name| chart.values.iter().any(|value| value.image == **name));
        Some(self.images.get(named.or(self.order.first())?)?.tag.to_string())
    }

    /// The version of a chart; none keeps what `Chart.yaml` says, where its number is not known yet.
    fn version_of(&self, chart: &Chart) -> Option<String> {
        match chart.version {
            VersionPolicy::Match => Some(self.version.clone()),
            VersionPolicy::Independent => self.numbers.get(&chart.name).cloned(),
        }
    }

    /// What is written into the files of a chart.
    pub(super) fn edits(&self, chart: &Chart) -> Edits {
        let value = |value: &ImageValue| {
            let NamedImage { repository, tag, digest } = self.images.get(&value.image)?;
            Some((value.path.clone(), value.part.of(repository, tag, digest)))
        };
        Edits {
            version: self.version_of(chart),
            app_version: self.app_version(chart),
            values: chart.values.iter().filter_map(value).collect(),
        }
    }
}
