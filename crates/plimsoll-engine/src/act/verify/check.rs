//! What one check of a release is, and what it may find.

use plimsoll_oci::name::ImageRepository;
use plimsoll_oci::store::StoreError;

use crate::domain::claim::ClaimName;
use crate::domain::git::GitTag;
use crate::domain::target::Necessity;
use crate::run::stop::{MirrorTrouble, Stop};
use crate::ship::ShipError;
use crate::world::WorldError;

/// What is said to be checked of a version tag begins with this.
const VERSION_TAG: &str = "version-tag ";
/// What is said to be checked of a record begins with this, where that is not signed.
const RECORD_SIGNATURE: &str = "record-signature ";

/// What is said to be checked of an environment begins with this.
pub(super) const ENVIRONMENT: &str = "environment ";

/// One check that was made, and what it found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was checked: `version-tag ghcr.io/acme/app:v1.0.0`.
    pub subject: String,
    /// Where it was looked at.
    pub place: Place,
    /// The image repository that it was looked at in; none of what lies elsewhere.
    pub repository: Option<ImageRepository>,
    /// Whether the release waited for it.
    pub necessity: Necessity,
    /// What was found.
    pub outcome: Outcome,
}

impl Check {
    /// A check of something that a release waited for.
    pub(in crate::act) fn required(place: Place, subject: String, outcome: Outcome) -> Check {
        Check { subject, place, repository: None, necessity: Necessity::Required, outcome }
    }

    /// A check of something in an image repository.
    pub(in crate::act) fn in_repository(
        repository: &ImageRepository,
        subject: String,
        necessity: Necessity,
        outcome: Outcome,
    ) -> Check {
        Check { subject, place: Place::Registry, repository: Some(repository.clone()), necessity, outcome }
    }

    /// What is wrong with an optional mirror of which this found that something is missing there or foreign; none if this found
    /// something else.
    pub(in crate::act) fn find_mirror_trouble(&self) -> Option<(ImageRepository, MirrorTrouble)> {
        let repository = self.repository.clone().filter(|_| self.necessity == Necessity::Optional)?;
        let Outcome::Drift { found, .. } = &self.outcome else { return None };
        let foreign = self.find_moved_tag().and_then(|(_, tag, _)| {
            Some(MirrorTrouble::Foreign { tag: tag.parse().ok()?, found: found.as_ref()?.parse().ok()? })
        });
        Some((repository, foreign.unwrap_or(MirrorTrouble::Behind)))
    }

    /// That the record of a release is not signed, and nobody vouches for what it says.
    pub(super) fn of_unsigned_record(name: &ClaimName) -> Check {
        let outcome = Outcome::Unvouched("the record itself is not signed".to_owned());
        Check::required(Place::Registry, format!("{RECORD_SIGNATURE}{name}"), outcome)
    }

    /// True if it found that the record of a release is not signed.
    pub fn is_of_unsigned_record(&self) -> bool {
        self.subject.starts_with(RECORD_SIGNATURE) && matches!(self.outcome, Outcome::Unvouched(_))
    }

    /// What became of a git tag that a release was made from, if this looked at it and it is not what it was.
    pub fn find_tag_fate(&self, tag: &GitTag) -> Option<TagFate> {
        let is_of_tag = self.place == Place::Git && self.subject == tag_subject(tag);
        match &self.outcome {
            Outcome::Drift { found, .. } if is_of_tag => {
                Some(if found.is_some() { TagFate::Moved } else { TagFate::Gone })
            }
            _ => None,
        }
    }

    /// The repository and name of a version tag that is on something else than was released, and what it should be on.
    pub fn find_moved_tag(&self) -> Option<(&str, &str, &str)> {
        let (repository, tag) = self.subject.strip_prefix(VERSION_TAG)?.rsplit_once(':')?;
        match &self.outcome {
            Outcome::Drift { want, found: Some(_) } => Some((repository, tag, want)),
            _ => None,
        }
    }

    /// The environment in which this found a version that counts no more.
    pub fn find_stale_environment(&self) -> Option<&str> {
        let is_drift = matches!(self.outcome, Outcome::Drift { .. });
        self.subject.strip_prefix(ENVIRONMENT).filter(|_| is_drift && self.place == Place::Forge)
    }

    /// True if it found that the claim of a release is lost.
    pub fn is_of_lost_claim(&self) -> bool {
        self.place == Place::Claims && matches!(self.outcome, Outcome::Drift { .. })
    }
}

/// What became of a git tag after its release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagFate {
    /// It is another object now.
    Moved,
    /// It is gone.
    Gone,
}

/// What is said to be checked of a git tag.
pub(super) fn tag_subject(tag: &GitTag) -> String {
    format!("git-tag {tag}")
}

/// Where something of a release is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The claims, which say what is released.
    Claims,
    /// Git.
    Git,
    /// A registry.
    Registry,
    /// The ledger's files, which may be filed after the release.
    Ledger,
    /// The forge, which tells people of a release after it.
    Forge,
    /// A repository of charts over HTTP.
    ChartRepository,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is as it was released.
    Ok,
    /// It has rightly moved on to this version.
    Superseded(String),
    /// Something else is there, or nothing.
    Drift {
        /// What was released.
        want: String,
        /// What is there; none if nothing is.
        found: Option<String>,
    },
    /// It is not there yet: the release is past its commit point and not finished.
    Unfinished {
        /// What is still to come.
        want: String,
    },
    /// The version is burnt: it is never released.
    Burnt,
    /// A moving tag that no counted version is left for: it stays where it is.
    Orphaned {
        /// The digest that it is at; none if it is nowhere.
        found: Option<String>,
        /// The yanked version that it stays at, if it does.
        yanked: Option<String>,
    },
    /// It could not be looked at.
    Unreachable(String),
    /// It may not be looked at with the logins that are at hand, or with none.
    Denied(String),
    /// Nobody whose signatures count has signed it; and why what is there does not count.
    Unvouched(String),
    /// Bytes that are there do not have the digest they are known by.
    Lies(String),
}

pub(in crate::act) fn describe(error: &WorldError) -> Outcome {
    match error {
        WorldError::Store(StoreError::Lies { .. } | StoreError::Size { .. } | StoreError::Model(_)) => {
            Outcome::Lies(error.to_string())
        }
        WorldError::Store(StoreError::Unauthorized { .. } | StoreError::Denied { .. }) => {
            Outcome::Denied(error.to_string())
        }
        _ => Outcome::Unreachable(error.to_string()),
    }
}

pub(in crate::act) fn describe_stop(stop: &Stop) -> Outcome {
    match stop {
        Stop::Ship(error) => describe_trouble(error),
        _ => Outcome::Unreachable(stop.to_string()),
    }
}

pub(super) fn describe_trouble(error: &ShipError) -> Outcome {
    match error {
        ShipError::World(error) => describe(error),
        _ => Outcome::Unreachable(error.to_string()),
    }
}
