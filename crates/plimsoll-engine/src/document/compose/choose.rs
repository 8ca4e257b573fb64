//! What each service of a file shall run: what was released, what was named, what is looked up, what stays.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_oci::name::{Digest, Reference};

use super::image::with_digest;
use super::{ComposeFile, Image, ImageOf, Pin, Unpinned, Why};
use crate::domain::compose::ThirdParty;

/// The image that a service shall run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The image; without a digest it is looked up.
    pub reference: Reference,
    /// How the user spelled it, where he did.
    pub spelled: Option<String>,
}

/// Which services of a file are left alone, and why it is no mistake.
#[derive(Clone, Copy, Debug, Default)]
pub struct Left<'a> {
    /// Services that nobody wants pinned.
    pub services: &'a [String],
}

/// What is decided of a file before anything is looked up.
#[derive(Clone, Debug)]
pub struct Choices<'a> {
    file: &'a ComposeFile,
    wanted: BTreeMap<&'a str, (Option<&'a Image>, Wanted)>,
    unpinned: Vec<Unpinned>,
}

impl<'a> Choices<'a> {
    /// Decides. `wanted` names images by service; of all others `third_party` says what becomes.
    pub fn make(
        file: &'a ComposeFile,
        wanted: &BTreeMap<String, Wanted>,
        third_party: ThirdParty,
        left: Left<'_>,
    ) -> Choices<'a> {
        let mut choices =
            Choices { file, wanted: BTreeMap::new(), unpinned: file.obstacles_of(left.services) };
        for service in file.services().iter().filter(|service| !left.services.contains(&service.name)) {
            let line = service.line;
            let image = match &service.image {
                ImageOf::Written(place) => file.images().get(*place),
                ImageOf::Built => None,
                ImageOf::Inherited(from) if left.services.contains(from) => {
                    let why = Why::ExtendsLeft { service: from.clone() };
                    let service = Some(service.name.clone());
                    choices.unpinned.push(Unpinned { service, line, why });
                    continue;
                }
                ImageOf::Inherited(_) | ImageOf::None => continue,
            };
            match choose(image, wanted.get(&service.name), third_party) {
                Ok(Some(wanted)) => drop(choices.wanted.insert(&service.name, (image, wanted))),
                Ok(None) => {}
                Err(why) => {
                    let line = image.map_or(line, |image| image.line);
                    choices.unpinned.push(Unpinned { service: Some(service.name.clone()), line, why });
                }
            }
        }
        choices
    }

    /// What can't be pinned, whatever is looked up.
    pub fn unpinned(&self) -> &[Unpinned] {
        &self.unpinned
    }

    /// What has to be looked up.
    pub fn to_resolve(&self) -> BTreeSet<Reference> {
        let references = self.wanted.values().map(|(_, wanted)| &wanted.reference);
        references.filter(|reference| reference.digest.is_none()).cloned().collect()
    }

    /// The pins, with what was looked up.
    ///
    /// # Errors
    /// Everything that is not pinned.
    pub fn pins(
        self,
        resolved: &BTreeMap<Reference, Result<Digest, Why>>,
    ) -> Result<BTreeMap<String, Pin>, Vec<Unpinned>> {
        let (pins, unpinned) = self.pins_where_possible(resolved);
        if unpinned.is_empty() { Ok(pins) } else { Err(unpinned) }
    }

    /// The pins, with what was looked up, and everything that is not pinned.
    pub fn pins_where_possible(
        mut self,
        resolved: &BTreeMap<Reference, Result<Digest, Why>>,
    ) -> (BTreeMap<String, Pin>, Vec<Unpinned>) {
        let mut pins = BTreeMap::new();
        for (name, (image, wanted)) in &self.wanted {
            let reference = &wanted.reference;
            let digest = match (&reference.digest, resolved.get(reference)) {
                (Some(digest), _) | (None, Some(Ok(digest))) => Ok(digest),
                (None, Some(Err(why))) => Err(why.clone()),
                (None, None) => Err(Why::NoDigest { reference: reference.clone() }),
            };
            match (digest, image) {
                (Ok(digest), Some(image)) => {
                    let pin = image.pin_to(reference, wanted.spelled.as_deref(), digest);
                    pins.insert((*name).to_owned(), pin);
                }
                (Ok(digest), None) => {
                    let spelled = wanted.spelled.clone().unwrap_or_else(|| reference.to_string());
                    pins.insert((*name).to_owned(), Pin::Replace(with_digest(&spelled, digest)));
                }
                (Err(why), image) => {
                    let service = self.file.services().iter().find(|service| service.name == **name);
                    let line = image.map(|image| image.line).or(service.map(|service| service.line));
                    let service = Some((*name).to_owned());
                    self.unpinned.push(Unpinned { service, line: line.unwrap_or(1), why });
                }
            }
        }
        self.unpinned.sort_by_key(|unpinned| unpinned.line);
        (pins, self.unpinned)
    }
}

fn choose(
    image: Option<&Image>,
    wanted: Option<&Wanted>,
    third_party: ThirdParty,
) -> Result<Option<Wanted>, Why> {
    if let Some(wanted) = wanted {
        return Ok(Some(wanted.clone()));
    }
    let image = image.ok_or(Why::BuiltOnly)?;
    let reference = image.reference().map_err(Clone::clone)?;
    match third_party {
        _ if image.is_pinned() => Ok(None),
        ThirdParty::Resolve => Ok(Some(Wanted { reference: reference.clone(), spelled: None })),
        ThirdParty::Keep => match reference.tag.as_ref().map(|tag| tag.as_str()) {
            None | Some("latest") => Err(Why::NoVersion { written: image.written.clone() }),
            Some(_) => Ok(None),
        },
    }
}

impl ComposeFile {
    /// The services that a name means: a service of that name (or the one that it extends), else every service whose image is written so, is that
    /// with the defaults of its variables, or is in that repository where the name has no tag.
    pub fn find_services(&self, name: &str) -> Vec<&str> {
        if let Some(service) = self.services().iter().find(|service| service.name == name) {
            return match &service.image {
                ImageOf::Inherited(from) => vec![from],
                _ => vec![&service.name],
            };
        }
        let repository =
            name.parse::<Reference>().ok().filter(|named| named.tag.is_none() && named.digest.is_none());
        let is_meant = |image: &&Image| {
            let in_repository = repository.as_ref().is_some_and(|named| {
                image.reference().is_ok_and(|reference| reference.repository == named.repository)
            });
            let bare = |text: &str| super::image::without_digest(text) == name || text == name;
            in_repository || bare(&image.written) || image.expanded().is_some_and(bare)
        };
        self.images()
            .iter()
            .filter(is_meant)
            .flat_map(|image| image.services.iter().map(String::as_str))
            .collect()
    }
}
