//! What would get one tag in one repository.

use std::collections::BTreeMap;
use std::fmt;

use plimsoll_oci::name::{ImageRepository, ImageTag};

use crate::domain::artifact::ArtifactName;
use crate::domain::code::Code;
use crate::domain::diagnostic::{Cure, Diagnostic};
use crate::domain::target::Target;

/// Two artifacts that would get one tag in one repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collision {
    /// Both, in the order of the plan.
    pub artifacts: (ArtifactName, ArtifactName),
    /// Where.
    pub repository: ImageRepository,
    /// The tag.
    pub tag: ImageTag,
}

/// What to do about it.
pub const APART: &str = "give each image and chart its own repository, or tags of its own";

impl fmt::Display for Collision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Collision { artifacts: (one, other), repository, tag } = self;
        write!(f, "`{one}` and `{other}` would both be {repository}:{tag}")
    }
}

impl From<&Collision> for Diagnostic {
    fn from(collision: &Collision) -> Diagnostic {
        Diagnostic::error(Code::TagCollision, Cure::FixThenRunAgain, collision.to_string()).help(APART)
    }
}

/// Every collision among targets.
pub(crate) fn find_collisions(targets: &[Target]) -> Vec<Collision> {
    let mut owners: BTreeMap<(&ImageRepository, &ImageTag), &ArtifactName> = BTreeMap::new();
    let mut found = Vec::new();
    for target in targets {
        for tag in target.version_tags.iter().chain(&target.first_wins).chain(&target.moving) {
            let owner = *owners.entry((&target.repository, tag)).or_insert(&target.artifact);
            if *owner != target.artifact {
                found.push(Collision {
                    artifacts: (owner.clone(), target.artifact.clone()),
                    repository: target.repository.clone(),
                    tag: tag.clone(),
                });
            }
        }
    }
    found
}
