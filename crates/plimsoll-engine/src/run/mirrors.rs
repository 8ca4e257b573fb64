//! Repositories that may fail without failing the release: asked until they fail for good, then left alone.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_oci::name::ImageRepository;
use plimsoll_oci::store::StoreError;

use super::stop::MirrorTrouble;
use crate::domain::project::Project;
use crate::domain::target::Necessity;
use crate::ship::ShipError;
use crate::world::WorldError;

/// After how many passes an optional mirror that can't be written is left alone.
const PATIENCE: u32 = 3;

/// What is known of repositories that may fail: optional mirrors, and what earlier releases wrote to and the
/// configuration does not name any more. One that fell silent is not asked again in this run.
#[derive(Debug)]
pub struct Mirrors {
    required: BTreeSet<ImageRepository>,
    /// Those whose silence is worth a word at the end.
    watched: BTreeSet<ImageRepository>,
    silent: BTreeMap<ImageRepository, ShipError>,
    /// Those whose tags this run leaves alone, though they answer.
    left: BTreeMap<ImageRepository, MirrorTrouble>,
}

impl Mirrors {
    /// All of a project, none of them silent.
    pub fn new(project: &Project) -> Mirrors {
        Mirrors::leaving(project, BTreeMap::new())
    }

    /// The same, where some are `left` behind: they are asked and told like the others, and no tag of theirs is moved.
    pub(crate) fn leaving(project: &Project, left: BTreeMap<ImageRepository, MirrorTrouble>) -> Mirrors {
        let all = repositories(project);
        let required = all.iter().filter(|(_, necessity)| **necessity == Necessity::Required);
        let required = required.map(|(repository, _)| repository.clone()).collect();
        Mirrors { required, watched: all.into_keys().collect(), silent: BTreeMap::new(), left }
    }

    /// Why a repository is not asked any more; `None` if it is.
    pub fn find_silence(&self, repository: &ImageRepository) -> Option<&ShipError> {
        self.silent.get(repository)
    }

    /// Whether the tags of a repository are left alone.
    pub(crate) fn is_left(&self, repository: &ImageRepository) -> bool {
        self.left.contains_key(repository)
    }

    /// Every repository that did not answer, and why.
    pub(crate) fn silences(&self) -> impl Iterator<Item = (&ImageRepository, &WorldError)> {
        self.silent.iter().filter_map(|(repository, error)| match error {
            ShipError::World(error) => Some((repository, error)),
            ShipError::Conflict { .. } | ShipError::Gone { .. } | ShipError::NoEffect { .. } => None,
        })
    }

    /// Why nobody knows what was said of a version whose marks lie in `marked_in` at least: it may be yanked, so nothing
    /// follows it.
    pub fn find_doubt(&self, marked_in: Option<&ImageRepository>) -> Option<&ShipError> {
        marked_in.and_then(|place| self.find_silence(place))
    }

    /// Leaves a repository alone from now on, and has something to say of it at the end.
    pub(crate) fn give_up(&mut self, repository: &ImageRepository, error: ShipError) {
        self.watched.insert(repository.clone());
        self.silent.insert(repository.clone(), error);
    }

    /// An answer of a repository; `None` if it failed and may.
    pub(crate) fn excuse<T>(
        &mut self,
        repository: &ImageRepository,
        answer: Result<T, WorldError>,
    ) -> Result<Option<T>, WorldError> {
        match answer {
            Ok(answer) => Ok(Some(answer)),
            Err(error @ WorldError::Stopped) => Err(error),
            Err(error) if self.required.contains(repository) => Err(error),
            Err(error) => {
                self.silent.insert(repository.clone(), error.into());
                Ok(None)
            }
        }
    }

    /// True if a write that failed may simply work in the next pass. Nobody waits long for an optional mirror.
    pub(super) fn is_worth_another(
        &self,
        pass: u32,
        repository: &ImageRepository,
        error: &WorldError,
    ) -> bool {
        let patient = self.required.contains(repository) || pass < PATIENCE;
        patient && (error.is_temporary() || matches!(error, WorldError::Store(StoreError::TagMoved { .. })))
    }

    /// What there is to say of mirrors that are silent or left alone.
    pub(crate) fn into_troubles(self) -> impl Iterator<Item = (ImageRepository, MirrorTrouble)> {
        let Mirrors { watched, silent, mut left, .. } = self;
        let silent = silent.into_iter().filter(|(repository, _)| watched.contains(repository));
        left.extend(silent.map(|(repository, error)| (repository, MirrorTrouble::Failed(error))));
        left.into_iter()
    }
}

/// The repositories in which a project says what is to be known of its versions: those of its images, or, where there are
/// none, of its charts.
pub fn repositories(project: &Project) -> BTreeMap<ImageRepository, Necessity> {
    let mut all = BTreeMap::new();
    for image in &project.images {
        for mirror in &image.mirrors {
            all.entry(mirror.repository.clone()).or_insert(mirror.necessity);
        }
    }
    for image in &project.images {
        all.insert(image.repository.clone(), Necessity::Required);
    }
    // A chart beside images has no tags that move.
    for chart in project.charts.iter().filter(|_| project.images.is_empty()) {
        all.insert(chart.repository.clone(), Necessity::Required);
    }
    all
}
