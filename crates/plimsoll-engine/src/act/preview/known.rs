//! What is known of a release before its steps are looked at, and how it would end by that alone.

use plimsoll_oci::name::{Digest, ImageTag};

use super::{Forecast, Verdict};
use crate::domain::artifact::ArtifactName;
use crate::domain::claim::{Claim, FileRole, Seal, State};
use crate::domain::git::{GitTag, Oid, TagAt};
use crate::domain::project::ClaimPolicy;
use crate::plan::Plan;
use crate::plan::steps::About;
use crate::run::chart_numbers::sealed_numbers;
use crate::run::order::Order;
use crate::run::stop::Stop;
use crate::run::swap::read;
use crate::run::unclaimed::announcements;
use crate::ship::ShipError;
use crate::ship::version_tag::VersionTag;
use crate::world::World;

/// What is known of the release before its steps are looked at.
pub(super) struct Known {
    pub(super) claim: Option<Claim>,
    pub(super) announced: Vec<ImageTag>,
    /// The set, and the tag that it was made from: the claim's, the announced one, or what this machine has sealed.
    pub(super) seal: Option<(Seal, TagAt)>,
}

impl Known {
    pub(super) async fn read(world: &World, order: &Order<'_>) -> Result<Known, Stop> {
        let own = order.own_seal(world).await?.map(|seal| (seal, order.tag.clone()));
        if order.project.claim == ClaimPolicy::None {
            let announced = match order.plan.targets.first() {
                Some(first) => announcements(world, order, &first.repository).await?,
                None => Vec::new(),
            };
            let seal = match announced.as_slice() {
                [set] => Some((set.seal().clone(), set.record().tag())),
                _ => own,
            };
            let announced = announced.iter().map(|set| set.tag().clone()).collect();
            return Ok(Known { claim: None, announced, seal });
        }
        let claim = read(world, order.name).await?.map(|at| at.claim);
        let claimed = claim.as_ref().and_then(|claim| Some((claim.seal.clone()?, claim.tag.clone())));
        Ok(Known { claim, announced: Vec::new(), seal: claimed.or(own) })
    }

    pub(super) fn state(&self) -> Option<State> {
        self.claim.as_ref().map(|claim| claim.state)
    }

    /// The tag that a published release was made from.
    pub(super) fn released_from(&self) -> Option<&TagAt> {
        let (_, tag) = self.seal.as_ref().filter(|_| self.state() == Some(State::Published))?;
        Some(tag)
    }

    /// The plan, with the tags of charts whose numbers are known.
    pub(super) fn plan(&self, order: &Order<'_>) -> Plan {
        let Some((seal, _)) = &self.seal else { return order.plan.clone() };
        let numbers = sealed_numbers(order.project, seal);
        order.plan.clone().with_numbers(order.project, &numbers).with_charts(seal)
    }

    /// What a release says of a chart's git tag on another commit.
    pub(super) fn own_tag_stop(&self, tag: &GitTag, found: &Oid) -> Stop {
        let (tag, found) = (tag.clone(), found.clone());
        match self.seal.as_ref().filter(|_| self.is_settled()) {
            Some((_, released)) => {
                Stop::OwnTagDrift { tag, want: released.commit.clone(), found: Some(found) }
            }
            None => Stop::OwnTagTaken { tag, found },
        }
    }

    pub(super) fn is_burnt(&self) -> bool {
        self.state() == Some(State::Burnt)
    }

    /// True if the set in the seal is the release, whoever runs.
    pub(super) fn is_settled(&self) -> bool {
        matches!(self.state(), Some(State::Committed | State::Published)) || self.announced.len() == 1
    }

    pub(super) fn digest(&self, artifact: &ArtifactName) -> Option<Digest> {
        self.seal.as_ref().and_then(|(seal, _)| seal.artifacts.get(artifact)).cloned()
    }

    pub(super) fn find_file(&self, role: FileRole) -> Option<Digest> {
        let file = self.seal.as_ref().and_then(|(seal, _)| seal.files.get(&role))?;
        Some(file.digest.clone())
    }

    /// How a release would end that knows no more than this.
    pub(super) fn find_stop(&self, order: &Order<'_>) -> Option<Stop> {
        if let (Some(first), true) = (order.plan.targets.first(), self.announced.len() > 1) {
            let repository = first.repository.clone();
            return Some(Stop::Contested { announcements: self.announced.clone(), repository });
        }
        if let Some(claim) = self.claim.as_ref().filter(|_| self.is_burnt()) {
            return Some(Stop::Burnt { why: claim.why.clone() });
        }
        let (_, tag) = self.seal.as_ref().filter(|_| self.is_settled())?;
        let moved = tag.object != order.tag.object;
        moved.then(|| Stop::TagMovedSince { released: Box::new(tag.clone()) })
    }
}

/// How a release would end that finds another's content under one of its version tags.
pub(super) fn find_refusal(known: &Known, forecasts: &[Forecast]) -> Option<Stop> {
    forecasts.iter().find_map(|forecast| {
        if let (Verdict::Elsewhere { at }, About::OwnTag { tag }) = (&forecast.verdict, &forecast.step.about)
        {
            return Some(known.own_tag_stop(tag, at));
        }
        let Verdict::Refused { found } = &forecast.verdict else { return None };
        let (out, found) = (known.state() == Some(State::Published), found.clone());
        let (artifact, repository, tag) = match &forecast.step.about {
            About::Tag { artifact, repository, tag, .. } => (artifact, repository.clone(), tag.clone()),
            About::ListedChart { listed } if !out => {
                return Some(Stop::Listed { listed: listed.clone(), found });
            }
            About::File { name } if !out => {
                return Some(Stop::Recorded { file: name.clone(), found, of_other: None });
            }
            _ => return Some(ShipError::Conflict { step: forecast.step.id.clone(), found }.into()),
        };
        match known.digest(artifact).filter(|_| out) {
            Some(digest) => {
                Some(Stop::Drift { tag: Box::new(VersionTag { repository, tag, digest }), found })
            }
            None => Some(Stop::Taken { repository, tag, found, claim: known.state() }),
        }
    })
}
