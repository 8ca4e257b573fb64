//! Images that are other names of what another part of the work builds: they are built as that is.

use plimsoll_tags::table::Table;

use super::Carried;
use super::image::DraftImage;
use super::places::{parse_place, split_tag};
use crate::setup::draft::with_host;

/// What an image is another name of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::setup) struct Retag {
    /// The repository.
    pub(super) of: String,
    /// What is said where no part of the work builds that; none: it is an image all the same.
    pub(super) unread: Option<String>,
}

impl Retag {
    /// Of a name with or without a tag; none where its repository is not known.
    pub(super) fn of(name: &str) -> Option<Retag> {
        let name = name.split('@').next().unwrap_or(name);
        let of = parse_place(split_tag(name).map_or(name, |(repository, _)| repository))?;
        Some(Retag { of, unread: None })
    }
}

/// Whether it is an image only where something builds what it is a name of.
pub(super) fn needs_source(image: &DraftImage) -> bool {
    image.retag.as_ref().is_some_and(|retag| retag.unread.is_some())
}

impl DraftImage {
    /// Whether something says how it is made.
    fn is_made(&self) -> bool {
        self.dockerfile.is_some() || self.program.is_some()
    }

    /// Is built as another one is.
    fn build_as(&mut self, other: &DraftImage) {
        self.dockerfile.clone_from(&other.dockerfile);
        self.program.clone_from(&other.program);
        self.context.clone_from(&other.context);
        self.target.clone_from(&other.target);
        self.platforms.clone_from(&other.platforms);
        self.unread_platforms.clone_from(&other.unread_platforms);
        self.build_args.clone_from(&other.build_args);
        self.given = other.given.clone();
        for (own, others) in [(&mut self.labels, &other.labels), (&mut self.annotations, &other.annotations)]
        {
            let more = others.iter().filter(|(key, _)| !own.iter().any(|(known, _)| known == key));
            let more: Vec<(String, String)> = more.cloned().collect();
            own.extend(more);
        }
    }
}

impl Carried {
    /// Images whose source is built somewhere are built as that is. Of another one it is told what pushes it.
    pub(super) fn settle_copies(&mut self) {
        for (path, image) in std::mem::take(&mut self.copies) {
            let Some(Retag { of, unread: Some(unread) }) = image.retag.clone() else { continue };
            let is_source = |known: &&DraftImage| known.is_made() && known.repositories.contains(&of);
            // A guess under which tags it is released would be live.
            let is_released = image.rules.0.contains_key(&Table::Release);
            match is_released && self.images.iter().any(|known| is_source(&known)) {
                true => self.add_images(vec![image]),
                false => {
                    self.strange.extend(image.repositories);
                    self.unread.push(path.clone());
                    self.left.push(format!("{path}: {unread}"));
                }
            }
        }
        let sources: Vec<DraftImage> = self.images.iter().filter(|image| image.is_made()).cloned().collect();
        for image in self.images.iter_mut().filter(|image| !image.is_made()) {
            let Some(retag) = &image.retag else { continue };
            if let Some(source) = sources.iter().find(|source| source.repositories.contains(&retag.of)) {
                image.build_as(source);
            }
        }
        self.leave_names_of_others();
    }

    /// What is a name of an image that nothing here builds is no image of the project.
    fn leave_names_of_others(&mut self) {
        let made: Vec<String> = self
            .images
            .iter()
            .filter(|image| image.is_made())
            .flat_map(|image| image.repositories.iter().map(|place| with_host(place)))
            .collect();
        let other = |image: &DraftImage| {
            let retag = image.retag.as_ref().filter(|_| !image.is_made())?;
            let of = with_host(&retag.of);
            let mut own = image.repositories.iter().map(|place| with_host(place));
            let is_own = own.any(|place| place == of || made.contains(&place));
            (!is_own && !made.contains(&of)).then(|| retag.of.clone())
        };
        for image in std::mem::take(&mut self.images) {
            match other(&image) {
                None => self.images.push(image),
                Some(of) => {
                    let places = image.repositories.join(", ");
                    self.left.push(format!(
                        "where it goes: {places} gets names of {of}, which nothing here builds: what gives them goes on"
                    ));
                    self.strange.extend(image.repositories);
                }
            }
        }
    }
}
