//! The compose file of a release: which service runs which released image, and the text with all of it pinned.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_oci::name::{Digest, ImageTag, Reference};

use super::{
    Choices, ComposeError, ComposeFile, Destination, ImageOf, Left, Moved, PinError, RebaseError, Service,
    Unpinned, Wanted, Why,
};
use crate::domain::artifact::ArtifactName;
use crate::domain::compose::{ComposeSettings, Paths, Runs, ThirdParty};
use crate::domain::project::Image;
use crate::domain::target::Target;

/// The tag of an image that is written without one.
const LATEST: &str = "latest";

/// An image of the release, with its digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Released {
    /// Its name in the project.
    pub name: ArtifactName,
    /// Where it is, under its version tag: first its own repository, then the mirrors.
    pub references: Vec<Reference>,
    /// Every tag that a compose file may mean it by: those that it gets, and those that it has at other times.
    pub tags: BTreeSet<ImageTag>,
}

impl Released {
    /// The images of a project that go somewhere. `digest` gives what is known of one; none where it is to be looked up.
    pub fn all<'i>(
        images: impl IntoIterator<Item = &'i Image>,
        targets: &[Target],
        digest: impl Fn(&ArtifactName) -> Option<Digest>,
    ) -> Vec<Released> {
        let one = |image: &Image| {
            let targets = || targets.iter().filter(|target| target.artifact == image.name);
            let references = targets().map(|target| Reference {
                repository: target.repository.clone(),
                tag: target.version_tags.first().cloned(),
                digest: digest(&image.name),
            });
            let references: Vec<Reference> = references.collect();
            let of = |target: &Target| {
                [&target.version_tags, &target.first_wins, &target.moving].map(Clone::clone)
            };
            let tags = targets().flat_map(of).flatten().chain(image.tags.fixed());
            (!references.is_empty()).then(|| Released {
                name: image.name.clone(),
                references,
                tags: tags.collect(),
            })
        };
        images.into_iter().filter_map(one).collect()
    }
}

/// What becomes of a compose file in a release.
#[derive(Clone, Copy, Debug)]
pub struct Deployment<'a> {
    /// What the project says of it.
    pub settings: &'a ComposeSettings,
    /// What is released.
    pub released: &'a [Released],
}

/// What services run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Running {
    /// The images that are known, by service.
    pub wanted: BTreeMap<String, Wanted>,
    /// Services that are built where they run, while nothing of the release is theirs, and those of which nobody knows
    /// which image of the release they run.
    pub unreleased: Vec<Unpinned>,
}

/// Why a compose file is not released.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeploymentError {
    /// It is none.
    #[error(transparent)]
    File(#[from] ComposeError),
    /// The configuration names something that is not in it.
    #[error("`{name}` under `{key}` is no {wanted} of it")]
    Unknown {
        /// The key of the configuration.
        key: &'static str,
        /// What it names.
        name: String,
        /// What it should name.
        wanted: &'static str,
        /// Its services.
        services: Vec<String>,
    },
    /// Something could run without a digest.
    #[error("something could run without a digest")]
    Unpinned(Vec<Unpinned>),
    /// Paths can't be led to where they led.
    #[error("relative paths can't be rewritten")]
    Paths(Vec<RebaseError>),
    /// Something else would have changed. This is a bug.
    #[error("pinning would change something else as well")]
    NotProven,
}

impl From<PinError> for DeploymentError {
    fn from(error: PinError) -> DeploymentError {
        match error {
            PinError::Unpinned(unpinned) => DeploymentError::Unpinned(unpinned),
            PinError::NotProven => DeploymentError::NotProven,
        }
    }
}

impl Deployment<'_> {
    /// The images that have to be looked up: those that are neither released nor have a digest.
    ///
    /// # Errors
    /// Everything that can't be pinned, whatever is found there.
    pub fn references(&self, file: &ComposeFile) -> Result<BTreeSet<Reference>, DeploymentError> {
        let choices = self.choose(file)?;
        match choices.unpinned() {
            [] => Ok(choices.to_resolve()),
            unpinned => Err(DeploymentError::Unpinned(unpinned.to_vec())),
        }
    }

    /// The text of the pinned file, with what was looked up. It is read once more: nothing that is not left alone on
    /// purpose is without a digest.
    ///
    /// # Errors
    /// Something can't be pinned, or can't move to another folder.
    pub fn pin(
        &self,
        file: &ComposeFile,
        resolved: &BTreeMap<Reference, Result<Digest, Why>>,
    ) -> Result<String, DeploymentError> {
        let pins = self.choose(file)?.pins(resolved).map_err(DeploymentError::Unpinned)?;
        let text = file.pin(&pins, self.settings.builds)?;
        let pinned = ComposeFile::parse(&text).map_err(|_| DeploymentError::NotProven)?;
        let is_promised = |unpinned: &Unpinned| match (&unpinned.service, self.settings.third_party) {
            (Some(service), ThirdParty::Keep) => pins.contains_key(service),
            _ => true,
        };
        if pinned.find_unpinned(&self.settings.leave).iter().any(is_promised) {
            return Err(DeploymentError::NotProven);
        }
        match self.settings.paths {
            Paths::Keep => Ok(text),
            Paths::Rebase => pinned.rebase(self.moved()).map_err(DeploymentError::Paths),
        }
    }

    /// From where to where the file moves.
    pub fn moved(&self) -> Moved<'_> {
        let from = self.settings.file.rsplit_once('/').map_or("", |(folder, _)| folder);
        Moved { from, to: Destination::Inside(&self.settings.folder) }
    }

    fn choose<'f>(&self, file: &'f ComposeFile) -> Result<Choices<'f>, DeploymentError> {
        let Running { wanted, mut unreleased } = self.running(file)?;
        let left = Left { services: &self.settings.leave };
        let choices = Choices::make(file, &wanted, self.settings.third_party, left);
        if unreleased.is_empty() {
            return Ok(choices);
        }
        unreleased.extend_from_slice(choices.unpinned());
        unreleased.sort_by_key(|unpinned| unpinned.line);
        Err(DeploymentError::Unpinned(unreleased))
    }

    /// What services run that run something of the release, or what the configuration names.
    ///
    /// # Errors
    /// The configuration names something that is not in the file.
    pub fn running(&self, file: &ComposeFile) -> Result<Running, DeploymentError> {
        self.check_left(file)?;
        let mut wanted = self.named(file)?;
        let mut unreleased = Vec::new();
        let left = &self.settings.leave;
        for service in file.services().iter().filter(|service| !left.contains(&service.name)) {
            let ImageOf::Written(place) = service.image else { continue };
            let Some(image) = file.images().get(place) else { continue };
            if wanted.contains_key(&service.name) {
                continue;
            }
            let found = match image.reference() {
                Ok(reference) => self.find_released(&image.written, reference),
                Err(_) => Ok(None),
            };
            let why = match found {
                Ok(Some(found)) => {
                    let found = Wanted { reference: found.clone(), spelled: None };
                    wanted.insert(service.name.clone(), found);
                    continue;
                }
                // What is built where it runs is not what was released, whatever a registry has under its name.
                Ok(None) if service.is_built => Why::NotReleased { written: image.written.clone() },
                Ok(None) => continue,
                Err(why) => why,
            };
            unreleased.push(Unpinned { service: Some(service.name.clone()), line: image.line, why });
        }
        Ok(Running { wanted, unreleased })
    }

    /// The images that the configuration names, by service.
    fn named(&self, file: &ComposeFile) -> Result<BTreeMap<String, Wanted>, DeploymentError> {
        let mut wanted = BTreeMap::new();
        for (name, runs) in &self.settings.services {
            let services = file.find_services(name);
            if services.is_empty() {
                return Err(unknown(file, "services", name, "service or image"));
            }
            let reference = match runs {
                Runs::Reference(reference) => reference,
                Runs::Image(image) => {
                    let released = self.released.iter().find(|released| released.name == *image);
                    // The configuration was checked: the image is one of the project's.
                    let Some(first) = released.and_then(|released| released.references.first()) else {
                        continue;
                    };
                    first
                }
            };
            for service in services {
                let reference = Reference::clone(reference);
                wanted.insert(service.to_owned(), Wanted { reference, spelled: None });
            }
        }
        Ok(wanted)
    }

    fn check_left(&self, file: &ComposeFile) -> Result<(), DeploymentError> {
        let is_there = |name: &&String| file.services().iter().any(|service| service.name == **name);
        match self.settings.leave.iter().find(|name| !is_there(name)) {
            Some(name) => Err(unknown(file, "leave", name, "service")),
            None => Ok(()),
        }
    }

    /// The released image that goes to the repository that is written; of several, the one that has the tag.
    fn find_released(&self, text: &str, written: &Reference) -> Result<Option<&Reference>, Why> {
        let there = |released: &'_ Released| {
            let mut references = released.references.iter();
            references.position(|reference| reference.repository == written.repository)
        };
        let all: Vec<(&Released, usize)> =
            self.released.iter().filter_map(|released| Some((released, there(released)?))).collect();
        let tag = match (&written.tag, &written.digest) {
            (Some(tag), _) => Some(tag.as_str()),
            (None, None) => Some(LATEST),
            (None, Some(_)) => None,
        };
        let has = |released: &Released| released.tags.iter().any(|own| Some(own.as_str()) == tag);
        let mut tagged = all.iter().filter(|(released, _)| has(released));
        let found = match (all.as_slice(), tagged.next(), tagged.next()) {
            ([], ..) => None,
            ([one], ..) | (_, Some(one), None) => Some(one),
            (several, ..) => {
                let images = several.iter().map(|(released, _)| released.name.clone()).collect();
                return Err(Why::OneOfSeveral { written: text.to_owned(), images });
            }
        };
        Ok(found.and_then(|(released, place)| released.references.get(*place)))
    }
}

fn unknown(file: &ComposeFile, key: &'static str, name: &str, wanted: &'static str) -> DeploymentError {
    let services = file.services().iter().map(|Service { name, .. }| name.clone()).collect();
    DeploymentError::Unknown { key, name: name.to_owned(), wanted, services }
}
