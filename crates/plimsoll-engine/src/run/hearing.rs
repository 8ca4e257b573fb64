//! What was said of releases, heard from everybody who has it: for answers, which nobody's silence keeps back.
//!
//! Moving tags follow [`survey`](super::survey) instead, which takes no checkout's word and stops for silence.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt as _, stream};
use plimsoll_oci::name::{Digest, ImageRepository};

use super::mirrors::{Mirrors, repositories};
use super::whole::announcement_place;
use crate::domain::marks::{ComponentMarks, Marks};
use crate::domain::project::Project;
use crate::domain::target::Necessity;
use crate::ledger::marks::{Heard, MarksError};
use crate::ledger::release::{Release, ReleaseState};
use crate::ledger::sources::Sources;
use crate::statement::mark::is_named_after;
use crate::world::ledger::LedgerView;

/// How many repositories are asked at once.
const REPOSITORIES_AT_ONCE: usize = 8;

/// What was said of releases later, as far as it is known.
#[derive(Debug, Default)]
pub struct Hearing {
    /// What was said, wherever: marks are only ever added, so each counts that anybody has.
    pub marks: ComponentMarks,
    /// The bytes of each statement that was heard, under their digest.
    pub bytes: BTreeMap<Digest, Vec<u8>>,
    /// Why there may be more.
    pub unread: Vec<Unheard>,
    /// Why there may be more of some versions: what is said of a version is said where it was announced, and these places are
    /// silent. No required repository of the configuration is among them: such a place may be gone for good, so that it
    /// keeps no other version from being known.
    pub former: Vec<Former>,
    /// What could not be heard, and is known all the same: optional mirrors have what the required repositories have, and of
    /// a damaged file the mark in its name was heard elsewhere.
    pub spared: Vec<Unheard>,
}

/// A silent place that versions were announced in.
#[derive(Clone, Debug)]
pub struct Former {
    /// The place.
    pub unheard: Unheard,
    /// The versions, as their records have them.
    pub versions: BTreeSet<String>,
}

/// Of what more may have been said in a place.
enum Bearing {
    /// Of any version.
    All,
    /// Of these.
    Versions(BTreeSet<String>),
    /// Of none that others do not know of.
    Nothing,
}

/// A place, or something in it, of which nobody knows what it says.
#[derive(Clone, Debug)]
pub struct Unheard {
    /// The repository that was asked; none if it was the ledger.
    pub repository: Option<ImageRepository>,
    /// Why.
    pub why: MarksError,
}

impl Unheard {
    /// What could not be heard, for people.
    pub fn place(&self) -> String {
        match (&self.why, &self.repository) {
            (MarksError::Mark { repository, tag, .. }, _) => format!("{repository}:{tag}"),
            (MarksError::File { file, .. }, _) => file.clone(),
            (MarksError::World(_), Some(repository)) => repository.to_string(),
            (MarksError::World(_), None) => "the ledger".to_owned(),
        }
    }
}

impl Hearing {
    /// What was heard where one place was asked.
    pub fn of(heard: Heard, repository: Option<&ImageRepository>) -> Hearing {
        let mut hearing = Hearing::default();
        hearing.add(heard, repository, &Bearing::All);
        hearing
    }

    /// True if more may have been said of this version than is known, since the place that it was announced in is silent.
    pub fn is_in_doubt(&self, version: &str) -> bool {
        self.find_doubt(version).is_some()
    }

    /// The silent place that a version was announced in.
    pub fn find_doubt(&self, version: &str) -> Option<&Former> {
        self.former.iter().find(|former| former.versions.contains(version))
    }

    fn add(&mut self, heard: Heard, repository: Option<&ImageRepository>, bearing: &Bearing) {
        self.marks.merge(heard.marks);
        self.bytes.extend(heard.bytes);
        for why in heard.unread {
            let unheard = Unheard { repository: repository.cloned(), why };
            match (bearing, &unheard.why) {
                (Bearing::Nothing, MarksError::World(_)) => self.spared.push(unheard),
                (Bearing::Versions(versions), MarksError::World(_)) => {
                    self.former.push(Former { unheard, versions: versions.clone() });
                }
                (Bearing::All | Bearing::Versions(_) | Bearing::Nothing, _) => self.unread.push(unheard),
            }
        }
    }

    /// A damaged file takes nothing away where what its name promises was heard elsewhere.
    fn spare_known(&mut self) {
        let is_known = |file: &str| self.marks.digests().any(|digest| is_named_after(file, digest));
        let unread = std::mem::take(&mut self.unread).into_iter();
        let (known, unread): (Vec<Unheard>, Vec<Unheard>) = unread
            .partition(|unheard| matches!(&unheard.why, MarksError::File { file, .. } if is_known(file)));
        self.unread = unread;
        self.spared.extend(known);
    }
}

/// What the ledger's files say of a project's releases beside what is known already.
async fn hear_filed(ledger: &dyn LedgerView, project: &Project, known: Marks) -> Hearing {
    let mut hearing = Hearing { marks: (project.name.clone(), known).into(), ..Hearing::default() };
    let mut filed = Heard::default();
    filed.listen_to_files(ledger, Some(&project.name)).await;
    hearing.add(filed, None, &Bearing::All);
    hearing.spare_known();
    hearing
}

/// The same beside what a survey heard: who was silent there is not asked again.
pub async fn hear_beside<'a>(
    ledger: &dyn LedgerView,
    project: &Project,
    (known, mirrors): (Marks, &Mirrors),
    releases: impl IntoIterator<Item = &'a Release>,
) -> Hearing {
    let mut hearing = hear_filed(ledger, project, known).await;
    let mut announced = announced(releases);
    for (repository, error) in mirrors.silences() {
        let silence = Heard { unread: vec![MarksError::World(error.clone())], ..Heard::default() };
        // A survey ends where a required repository is silent.
        let bearing = bearing(Necessity::Optional, announced.remove(repository));
        hearing.add(silence, Some(repository), &bearing);
    }
    hearing
}

/// The published releases by the place that each was announced in.
fn announced<'a>(
    releases: impl IntoIterator<Item = &'a Release>,
) -> BTreeMap<ImageRepository, BTreeSet<String>> {
    let mut places: BTreeMap<ImageRepository, BTreeSet<String>> = BTreeMap::new();
    for release in releases.into_iter().filter(|release| release.state == ReleaseState::Published) {
        if let Some(place) = announcement_place(&release.seal) {
            places.entry(place.clone()).or_default().insert(release.record.version.clone());
        }
    }
    places
}

fn bearing(necessity: Necessity, announced: Option<BTreeSet<String>>) -> Bearing {
    match (necessity, announced) {
        (Necessity::Required, _) => Bearing::All,
        (Necessity::Optional, Some(versions)) => Bearing::Versions(versions),
        (Necessity::Optional, None) => Bearing::Nothing,
    }
}

/// Hears what was said of a project's releases: in the ledger's files, of whatever time they are, in every repository of the
/// configuration, and where `releases` were announced, which it may not name any more.
pub async fn hear<'a>(
    sources: Sources<'_>,
    project: &Project,
    releases: impl IntoIterator<Item = &'a Release>,
) -> Hearing {
    let mut hearing = hear_filed(sources.ledger, project, Marks::default()).await;
    let mut asked = repositories(project);
    let mut announced = announced(releases);
    for place in announced.keys() {
        asked.entry(place.clone()).or_insert(Necessity::Optional);
    }
    let listening = asked.iter().map(async |(repository, necessity)| {
        let mut heard = Heard::default();
        heard.listen_to(sources.stores, repository, Some(&project.name)).await;
        (repository, heard, *necessity)
    });
    // Who does not answer keeps nobody from being heard, and nobody waits for one after the other.
    let all: Vec<_> = stream::iter(listening).buffered(REPOSITORIES_AT_ONCE).collect().await;
    for (repository, heard, necessity) in all {
        hearing.add(heard, Some(repository), &bearing(necessity, announced.remove(repository)));
    }
    hearing.spare_known();
    hearing
}
