//! `whatis`: from anything that somebody found to the release that it is of. Nothing is asked but what was read already.

use std::collections::BTreeMap;

use plimsoll_oci::name::{Digest, ImageTag, Reference};

use super::release::{Release, ReleaseState, expected_files};
use crate::domain::artifact::ArtifactName;
use crate::domain::marks::Marks;
use crate::statement::record::role_file_name;

/// What somebody found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clue {
    /// A digest: of an index, a platform's manifest, a chart, a record or another file.
    Digest(Digest),
    /// An image in a repository, by tag or digest.
    Reference(Reference),
}

/// What it is.
#[derive(Clone, Debug)]
pub struct Match<'a> {
    /// Of which release.
    pub release: &'a Release,
    /// What of it.
    pub thing: Thing,
    /// How the release stands.
    pub standing: Standing,
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
        /// The image.
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

/// How a release stands among the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is not published.
    Unpublished,
    /// The newest that counts.
    Latest,
    /// A newer one counts.
    Superseded {
        /// Which.
        by: String,
    },
    /// It is passed over by a rollback.
    HeldBack {
        /// What counts instead; none if nothing does.
        by: Option<String>,
    },
    /// It was withdrawn from use.
    Yanked {
        /// What replaces it; none if nothing does.
        by: Option<String>,
    },
}

/// Everything among the releases, newest first, that fits a clue.
pub fn whatis<'a>(clue: &Clue, releases: &'a [Release], marks: &Marks) -> Vec<Match<'a>> {
    let mut matches: Vec<Match<'a>> = Vec::new();
    let standings = Standings::of(releases, marks);
    for release in releases {
        let things = match clue {
            Clue::Digest(digest) => by_digest(release, digest),
            Clue::Reference(reference) => by_reference(release, reference),
        };
        for thing in things {
            // Of a tag that moves only the newest release has it.
            let moved = matches!(thing, Thing::MovingTag { .. })
                && (!counts(release, marks)
                    || matches.iter().any(|earlier| matches!(earlier.thing, Thing::MovingTag { .. })));
            if !moved {
                let standing = standings.of_release(release);
                matches.push(Match { release, thing, standing });
            }
        }
    }
    matches
}

fn counts(release: &Release, marks: &Marks) -> bool {
    release.state.is_published() && !marks.pass_over(&release.record.version)
}

/// How each of some releases stands among all: what counts is found out once.
pub struct Standings<'a> {
    marks: &'a Marks,
    /// By component: the newest that counts, and the newest that counts and is no prerelease.
    newest: BTreeMap<&'a ArtifactName, [Option<&'a Release>; 2]>,
}

impl<'a> Standings<'a> {
    /// The standings among `releases`.
    pub fn of(releases: &'a [Release], marks: &'a Marks) -> Standings<'a> {
        let mut newest: BTreeMap<&ArtifactName, [Option<&Release>; 2]> = BTreeMap::new();
        for release in releases.iter().filter(|release| counts(release, marks)) {
            let [any, stable] = newest.entry(&release.record.component).or_default();
            let is_newer = |than: &Option<&Release>| than.is_none_or(|than| release.version > than.version);
            if is_newer(any) {
                *any = Some(release);
            }
            if !release.version.is_prerelease() && is_newer(stable) {
                *stable = Some(release);
            }
        }
        Standings { marks, newest }
    }

    /// How one release stands.
    pub fn of_release(&self, release: &Release) -> Standing {
        let [any, stable] = self.newest.get(&release.record.component).copied().unwrap_or_default();
        // A prerelease is replaced by a newer prerelease; anything else by what `latest` may point at.
        let newer = stable.filter(|stable| stable.version > release.version);
        let replacement = if release.version.is_prerelease() { newer.or(any) } else { stable };
        let by = replacement.filter(|by| by.version != release.version).map(|by| by.record.version.clone());
        let version = &release.record.version;
        match release.state {
            ReleaseState::Burnt => Standing::Yanked { by },
            ReleaseState::Committed => Standing::Unpublished,
            ReleaseState::Published | ReleaseState::Recorded if self.marks.yanked(version) => {
                Standing::Yanked { by }
            }
            ReleaseState::Published | ReleaseState::Recorded if self.marks.pass_over(version) => {
                Standing::HeldBack { by }
            }
            ReleaseState::Published | ReleaseState::Recorded => match by {
                Some(by) => Standing::Superseded { by },
                None => Standing::Latest,
            },
        }
    }
}

fn by_digest(release: &Release, digest: &Digest) -> Vec<Thing> {
    let mut things = Vec::new();
    for (name, image) in &release.record.docker_images {
        if image.digest == *digest {
            things.push(Thing::Image { name: name.to_string() });
        }
        let platforms = image.platforms.iter().filter(|(_, of)| *of == digest);
        things.extend(
            platforms
                .map(|(platform, _)| Thing::Platform { name: name.to_string(), platform: platform.clone() }),
        );
    }
    if let Some(whole) = &release.record.whole {
        let charts = whole.charts.iter().filter(|(_, chart)| chart.digest == *digest);
        things.extend(charts.map(|(name, _)| Thing::Chart { name: name.to_string() }));
    }
    if !things.is_empty() {
        return things;
    }
    let version = &release.record.version;
    let sealed = release.seal.files.iter().filter(|(_, file)| file.digest == *digest);
    things.extend(sealed.map(|(role, _)| Thing::File { name: role_file_name(version, *role) }));
    things
}

/// The files that follow from a release's record. They take work to write, and are only compared when nothing else fits.
pub fn find_file<'a>(digest: &Digest, releases: &'a [Release], marks: &Marks) -> Vec<Match<'a>> {
    let standings = Standings::of(releases, marks);
    let files = releases
        .iter()
        .flat_map(|release| expected_files(release).into_iter().map(move |file| (release, file)));
    let fitting = files.filter(|(_, file)| digest.matches(&file.bytes));
    fitting
        .map(|(release, file)| Match {
            release,
            thing: Thing::File { name: file.name },
            standing: standings.of_release(release),
        })
        .collect()
}

fn by_reference(release: &Release, reference: &Reference) -> Vec<Thing> {
    let images = release.record.docker_images.iter().filter(|(_, image)| {
        let mut places =
            std::iter::once(&image.name).chain(image.mirrors.iter().map(|mirror| &mirror.repository));
        places.any(|place| *place == reference.repository)
    });
    if let Some(digest) = &reference.digest {
        let names: Vec<String> = images.map(|(name, _)| name.to_string()).collect();
        let of_these = |thing: &Thing| match thing {
            Thing::Image { name } | Thing::Platform { name, .. } => names.contains(name),
            _ => false,
        };
        return by_digest(release, digest).into_iter().filter(of_these).collect();
    }
    let Some(tag) = reference.tag.as_ref() else { return Vec::new() };
    let has = |tags: &[ImageTag]| tags.contains(tag);
    images
        .filter(|(_, image)| has(&image.all_tags))
        .map(|(name, image)| match has(&image.moving_tags) {
            true => Thing::MovingTag { name: name.to_string() },
            false => Thing::VersionTag { name: name.to_string() },
        })
        .collect()
}

/// The newest release that counts and is no prerelease.
pub fn find_newest<'a>(releases: &'a [Release], marks: &Marks) -> Option<&'a Release> {
    let counted =
        releases.iter().filter(|release| counts(release, marks) && !release.version.is_prerelease());
    counted.max_by(|a, b| a.version.cmp(&b.version))
}
