//! `whatis`: from anything that somebody found to the release that it is of.

use plimsoll_oci::name::{Digest, ImageTag, Reference};

use super::catalogue::Catalogue;
use super::entry::Entry;
use super::release::LedgerError;
use super::standing::counts;
use crate::domain::marks::ComponentMarks;
use crate::statement::record::Record;
use crate::world::ledger::LedgerView;

/// What somebody found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clue {
    /// A digest: of an index, a platform's manifest, a chart, a record or another file.
    Digest(Digest),
    /// An image in a repository, by tag or digest.
    Reference(Reference),
    /// A tag of a repository, and what it points at there.
    Tag(ImageTag, Digest),
}

/// What it is.
#[derive(Clone, Debug)]
pub struct Match<'a> {
    /// Of which release.
    pub entry: &'a Entry,
    /// What of it.
    pub thing: Thing,
}

/// A part of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Thing {
    /// An image's index.
    Image {
        /// Its name in the project.
        name: String,
    },
    /// The manifest of one platform.
    Platform {
        /// The image.
        name: String,
        /// The platform.
        platform: String,
    },
    /// A tag that is written once.
    VersionTag {
        /// The image or chart.
        name: String,
    },
    /// A tag that moves: this release asks for it, and the newest such release has it.
    MovingTag {
        /// The image.
        name: String,
    },
    /// A chart.
    Chart {
        /// Its name in the project.
        name: String,
    },
    /// A file.
    File {
        /// Its name beside the record.
        name: String,
    },
}

impl Thing {
    /// True if it is a tag that is written once.
    pub fn is_version_tag(&self) -> bool {
        matches!(self, Thing::VersionTag { .. })
    }
}

impl Clue {
    /// A text that stands in every record that the clue could fit.
    fn text(&self) -> &str {
        match self {
            Clue::Digest(digest)
            | Clue::Tag(_, digest)
            | Clue::Reference(Reference { digest: Some(digest), .. }) => digest.hex(),
            Clue::Reference(reference) => reference.tag.as_ref().map_or("", ImageTag::as_str),
        }
    }
}

/// Everything among the releases, newest first, that fits a clue.
///
/// # Errors
/// A record that may fit can't be read.
pub fn whatis<'a>(
    clue: &Clue,
    catalogue: &'a Catalogue,
    marks: &ComponentMarks,
) -> Result<Vec<Match<'a>>, LedgerError> {
    let mut matches: Vec<Match<'a>> = Vec::new();
    let mut passed_over: Vec<Match<'a>> = Vec::new();
    for found in catalogue.records_with(clue.text()) {
        let (entry, record) = found?;
        let things = match clue {
            Clue::Digest(digest) => by_digest(&record, digest),
            Clue::Reference(reference) => by_reference(&record, reference),
            Clue::Tag(tag, digest) => by_tag(&record, tag, digest),
        };
        for thing in things {
            let leads = !matches!(thing, Thing::MovingTag { .. }) || counts(entry, marks);
            let found = Match { entry, thing };
            if leads { matches.push(found) } else { passed_over.push(found) }
        }
        // Of a tag that moves only the newest release has it, and such a tag is nobody's version tag.
        if matches.iter().any(|found| matches!(found.thing, Thing::MovingTag { .. })) {
            break;
        }
    }
    if let (Clue::Reference(reference), true) = (clue, matches.is_empty()) {
        let promoted = catalogue.entries().iter().filter(|entry| counts(entry, marks));
        let mut promoted =
            promoted.filter_map(|entry| Some((entry, find_promoted(entry, marks, reference)?)));
        matches.extend(promoted.next().map(|(entry, name)| {
            let thing = Thing::MovingTag { name };
            Match { entry, thing }
        }));
    }
    // A tag that no version is left for stays where it was.
    if matches.is_empty() {
        let published = passed_over.into_iter().find(|found| found.entry.state.is_published());
        matches.extend(published);
    }
    Ok(matches)
}

/// The image for which a promotion of a release asks for a tag.
fn find_promoted(entry: &Entry, marks: &ComponentMarks, reference: &Reference) -> Option<String> {
    let tag = reference.tag.as_ref().filter(|_| reference.digest.is_none())?;
    marks.of(&entry.component).promotions(&entry.written).find_map(|promotion| {
        let channels = promotion.channels.iter();
        let mut fitting = channels
            .filter(|channel| channel.repository == reference.repository && channel.tags.contains(tag));
        fitting.next().map(|channel| channel.artifact.to_string())
    })
}

/// The files of a ledger with this digest. It takes work to look at them all, and they are only looked at when nothing else
/// fits.
///
/// # Errors
/// The ledger can't be read.
pub async fn find_file<'a>(
    digest: &Digest,
    catalogue: &'a Catalogue,
    ledger: &dyn LedgerView,
) -> Result<Vec<Match<'a>>, LedgerError> {
    let files = catalogue.find_files(digest, ledger).await?.into_iter();
    Ok(files.map(|(entry, name)| Match { entry, thing: Thing::File { name } }).collect())
}

fn by_digest(record: &Record, digest: &Digest) -> Vec<Thing> {
    let mut things = Vec::new();
    for (name, image) in &record.docker_images {
        if image.digest == *digest {
            things.push(Thing::Image { name: name.to_string() });
        }
        let platforms = image.platforms.iter().filter(|(_, of)| *of == digest);
        things.extend(
            platforms
                .map(|(platform, _)| Thing::Platform { name: name.to_string(), platform: platform.clone() }),
        );
    }
    if let Some(whole) = &record.whole {
        let charts = whole.charts.iter().filter(|(_, chart)| chart.digest == *digest);
        things.extend(charts.map(|(name, _)| Thing::Chart { name: name.to_string() }));
    }
    if !things.is_empty() {
        return things;
    }
    let files = record.hashes().into_iter().filter(|(_, hash)| hash == digest);
    files.map(|(name, _)| Thing::File { name }).collect()
}

/// What a tag is that points at a digest: whatever the record says of the tag, its content is of this release.
fn by_tag(record: &Record, tag: &ImageTag, digest: &Digest) -> Vec<Thing> {
    let is_version_tag = |name: &str| {
        let mut images = record.docker_images.iter().filter(|(own, _)| own.as_str() == name);
        images.any(|(_, image)| image.all_tags.contains(tag) && !image.moving_tags.contains(tag))
    };
    let of_tag = |thing: Thing| match thing {
        Thing::Image { name } if is_version_tag(&name) => Thing::VersionTag { name },
        Thing::Image { name } => Thing::MovingTag { name },
        other => other,
    };
    by_digest(record, digest).into_iter().map(of_tag).collect()
}

fn by_reference(record: &Record, reference: &Reference) -> Vec<Thing> {
    let images = record.docker_images.iter().filter(|(_, image)| {
        let mut places =
            std::iter::once(&image.name).chain(image.mirrors.iter().map(|mirror| &mirror.repository));
        places.any(|place| *place == reference.repository)
    });
    let charts = record.whole.iter().flat_map(|whole| &whole.charts);
    let charts = charts.filter(|(_, chart)| chart.repository == reference.repository);
    if let Some(digest) = &reference.digest {
        let images = images.map(|(name, _)| name);
        let names: Vec<String> =
            images.chain(charts.map(|(name, _)| name)).map(ToString::to_string).collect();
        let of_these = |thing: &Thing| match thing {
            Thing::Image { name } | Thing::Platform { name, .. } | Thing::Chart { name } => {
                names.contains(name)
            }
            _ => false,
        };
        return by_digest(record, digest).into_iter().filter(of_these).collect();
    }
    let Some(tag) = reference.tag.as_ref() else { return Vec::new() };
    let has = |tags: &[ImageTag]| tags.contains(tag);
    images
        .filter(|(_, image)| has(&image.all_tags))
        .map(|(name, image)| match has(&image.moving_tags) {
            true => Thing::MovingTag { name: name.to_string() },
            false => Thing::VersionTag { name: name.to_string() },
        })
        .chain(
            charts
                .filter(|(_, chart)| chart.tag.as_ref() == Some(tag))
                .map(|(name, _)| Thing::VersionTag { name: name.to_string() }),
        )
        .collect()
}
