//! Compose files: which images they name, and the same file with those images pinned to digests.
//!
//! Pure: text in, text out. Only `image:` scalars are changed, in the text, and every other byte stays; after writing,
//! both texts are read as a whole and compared. A digest is put behind what is written there, variables and all:
//! `${IMAGE:-acme/app:1.4}@sha256:…` is that content whatever the environment says. Where another name or tag is wanted,
//! what is written is replaced.
//!
//! What could run something that no digest names is never passed over in silence: it is an [`Unpinned`] with the reason.
//!
//! Source: compose-spec 05-services, 10-fragments, 12-interpolation, 13-merge, 14-include; compose-go `template`.

mod builds;
mod choose;
mod edit;
mod error;
mod image;
mod interpolation;
mod moving;
mod overlay;
mod paths;
mod read;
mod release;

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_edit::yaml::tree::{NodeId, Tree};
use plimsoll_oci::name::{Digest, Reference};

pub use choose::{Choices, Left, Wanted};
pub use error::{ComposeError, PinError, Unpinned, Why};
pub use image::Image;
pub use interpolation::{Template, TemplateError};
pub use moving::{Destination, Moved, RebaseError};
pub use overlay::{Overlay, overlay};
pub use paths::{PathKind, RelativePath};
pub use release::{Deployment, DeploymentError, Released, Running};

pub use crate::domain::compose::{Builds, ThirdParty};

use builds::Build;

/// How long a chain of `extends` may be.
const MAX_CHAIN: usize = 64;

/// A compose file, read.
#[derive(Clone, Debug)]
pub struct ComposeFile {
    text: String,
    tree: Tree,
    services: Vec<Service>,
    images: Vec<Image>,
    builds: Vec<Build>,
    obstacles: Vec<Unpinned>,
}

/// A service of a compose file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// The line that it begins on, from 1.
    pub line: usize,
    /// Where its image comes from.
    pub image: ImageOf,
    /// Whether it has a `build` section.
    pub is_built: bool,
    /// The service of this file that it extends, whatever else it has.
    base: Option<String>,
    node: NodeId,
}

/// Where the image of a service comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageOf {
    /// From an `image` of this file, by its place among [`ComposeFile::images`].
    Written(usize),
    /// From another service of this file that it extends.
    Inherited(String),
    /// From its `build` section alone.
    Built,
    /// It has none: a provider runs it, or something that is not pinned stands in its place.
    None,
}

/// What an image becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pin {
    /// What is written, with this digest behind it.
    Digest(Digest),
    /// This text instead.
    Replace(String),
}

impl ComposeFile {
    /// Reads a compose file.
    ///
    /// # Errors
    /// It is no YAML that can be trusted, or no compose file; see [`ComposeError`].
    pub fn parse(text: &str) -> Result<ComposeFile, ComposeError> {
        read::read(text)
    }

    /// Its text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its services, in order.
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// The `image` scalars that its services use, each once, in the order of the services.
    pub fn images(&self) -> &[Image] {
        &self.images
    }

    /// The variables that its values name, in defaults too.
    pub fn variables(&self) -> BTreeSet<String> {
        let texts = self.tree.ids().filter_map(|id| self.tree.text(id));
        let templates = texts.filter_map(|text| Template::parse(text).ok());
        templates.flat_map(|template| template.variables()).collect()
    }

    /// The image that a service runs, also where another service names it; `None` for one that is built or has none.
    pub fn image_of(&self, service: &str) -> Option<&Image> {
        let service = self.services.iter().find(|other| other.name == service)?;
        match &service.image {
            ImageOf::Written(place) => self.images.get(*place),
            // The reader follows chains to their end, so this is no chain.
            ImageOf::Inherited(from) => {
                let from = self.services.iter().find(|other| other.name == *from)?;
                match from.image {
                    ImageOf::Written(place) => self.images.get(place),
                    _ => None,
                }
            }
            ImageOf::Built | ImageOf::None => None,
        }
    }

    /// What keeps this file from being pinned whole, whatever the digests are.
    pub fn obstacles(&self) -> &[Unpinned] {
        &self.obstacles
    }

    /// Everything that could run without a digest: the check that a pinned file passes. Services that are left alone
    /// are not asked about.
    pub fn find_unpinned(&self, left: &[String]) -> Vec<Unpinned> {
        let mut unpinned = self.obstacles_of(left);
        for service in self.services.iter().filter(|service| !left.contains(&service.name)) {
            let why = match &service.image {
                ImageOf::Written(place) => match self.images.get(*place).and_then(Image::find_unpinned) {
                    Some(why) => why,
                    None => continue,
                },
                ImageOf::Built => Why::BuiltOnly,
                ImageOf::Inherited(from) if left.contains(from) => Why::ExtendsLeft { service: from.clone() },
                ImageOf::Inherited(_) | ImageOf::None => continue,
            };
            unpinned.push(Unpinned { service: Some(service.name.clone()), line: service.line, why });
        }
        unpinned
    }

    /// The obstacles that are asked about. What a service that is left alone has, its heirs have too.
    fn obstacles_of(&self, left: &[String]) -> Vec<Unpinned> {
        let mut asked = Vec::new();
        for obstacle in &self.obstacles {
            match &obstacle.service {
                Some(name) if left.contains(name) => {
                    let heirs = self.services.iter().filter(|heir| {
                        // Of one that has its image from there as well that alone is said.
                        !left.contains(&heir.name)
                            && !matches!(heir.image, ImageOf::Inherited(_))
                            && self.extends(heir, name)
                    });
                    asked.extend(
                        heirs.map(|heir| Unpinned { service: Some(heir.name.clone()), ..obstacle.clone() }),
                    );
                }
                Some(_) | None => asked.push(obstacle.clone()),
            }
        }
        asked
    }

    /// Whether a service extends another one, however many lie between them.
    fn extends(&self, service: &Service, base: &str) -> bool {
        let next = |at: &&Service| {
            let base = at.base.as_ref()?;
            self.services.iter().find(|service| service.name == *base)
        };
        std::iter::successors(Some(service), next).take(MAX_CHAIN).skip(1).any(|at| at.name == base)
    }

    /// The file with its images pinned, by service. A pin for a service that is built replaces its `build` section, or
    /// stands beside it, as `builds` says. Services without a pin stay as they are.
    ///
    /// # Errors
    /// Two services share one `image` and want different ones; or something else would change.
    pub fn pin(&self, pins: &BTreeMap<String, Pin>, builds: Builds) -> Result<String, PinError> {
        edit::pin(self, pins, builds)
    }

    /// The file without the digests behind its images.
    ///
    /// # Errors
    /// Something else would change: a bug.
    pub fn unpin(&self) -> Result<String, PinError> {
        edit::unpin(self)
    }
}

/// The name and tag of a reference as a file writes them: in `written`'s spelling where that is the same repository.
fn spell(reference: &Reference, written: Option<(&str, &Reference)>) -> String {
    let name = match written {
        Some((text, same)) if same.repository == reference.repository => {
            let end = text.len() - tail_length(same);
            text.get(..end).map_or_else(|| reference.repository.to_string(), str::to_owned)
        }
        _ => reference.repository.to_string(),
    };
    let tag = reference.tag.as_ref().map(|tag| format!(":{tag}")).unwrap_or_default();
    let digest = reference.digest.as_ref().map(|digest| format!("@{digest}")).unwrap_or_default();
    format!("{name}{tag}{digest}")
}

/// How many bytes tag and digest are at the end of a reference's text.
fn tail_length(reference: &Reference) -> usize {
    let tag = reference.tag.as_ref().map_or(0, |tag| tag.as_str().len() + 1);
    tag + reference.digest.as_ref().map_or(0, |digest| digest.to_string().len() + 1)
}

#[cfg(test)]
mod tests;
