//! What a run is asked to do.

use std::collections::BTreeMap;

use plimsoll_oci::name::Digest;

use crate::domain::artifact::ArtifactName;
use crate::domain::chart_number::ChartBump;
use crate::domain::claim::{ClaimName, Holder, Nonce, Seal};
use crate::domain::git::TagAt;
use crate::domain::page::PageText;
use crate::domain::project::Project;
use crate::domain::provenance::Workplace;
use crate::domain::source::Source;
use crate::make::{Circumstances, MadeArtifact};
use crate::plan::Plan;
use crate::world::workshop::SealKey;
use crate::world::{World, WorldError};

/// Whether a live-looking claim of another run is taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takeover {
    /// Only when that run is dead.
    WhenDead,
    /// Now: the user said so.
    Now,
}

/// One release to be run: everything that does not change while it runs.
#[derive(Clone, Copy)]
pub struct Order<'a> {
    /// The configuration of the tag's commit.
    pub project: &'a Project,
    /// The commit.
    pub source: &'a Source,
    /// Its tag.
    pub tag: &'a TagAt,
    /// The plan.
    pub plan: &'a Plan,
    /// Which claim.
    pub name: &'a ClaimName,
    /// Who we are.
    pub me: &'a Holder,
    /// Whether to take over.
    pub takeover: Takeover,
    /// Where it runs.
    pub workplace: &'a Workplace,
    /// What the next number of a chart raises, where it gets one.
    pub chart_bump: ChartBump,
    /// Of a chart that is released by itself: the set whose images it installs.
    pub installs: Option<&'a Seal>,
    /// What the release page says; none: it gets none.
    pub page: Option<&'a PageText>,
}

impl Order<'_> {
    /// What a sealed layout must have been made for to be used again.
    pub fn seal_key(&self) -> SealKey {
        SealKey {
            name: self.name.clone(),
            object: self.tag.object.clone(),
            config: self.project.config.clone(),
            plan: self.plan.id(),
        }
    }

    /// What its statements are made from; `made` is what was made so far.
    pub(super) fn circumstances<'a>(
        &'a self,
        made: &'a BTreeMap<ArtifactName, MadeArtifact>,
    ) -> Circumstances<'a> {
        Circumstances {
            project: self.project,
            tag: self.tag,
            time: self.source.commit_time,
            version: &self.name.version,
            workplace: self.workplace,
            targets: &self.plan.targets,
            made,
        }
    }

    /// A fresh nonce: one for every write, never one per run.
    pub(crate) fn nonce(&self, world: &World) -> Nonce {
        Nonce::new(world.clock.random())
    }

    /// Us, now.
    pub(crate) fn holder(&self, world: &World) -> Holder {
        Holder { since: world.clock.now(), ..self.me.clone() }
    }

    /// The sealed layout on this machine that was made for exactly this.
    pub(crate) async fn own_seal(&self, world: &World) -> Result<Option<Seal>, WorldError> {
        world.eyes().workshop().sealed(&self.seal_key()).await
    }

    pub(crate) fn config(&self) -> Digest {
        self.project.config.clone()
    }
}
