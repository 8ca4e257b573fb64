//! What must hold after every step (claim protocol, section 4).

use std::fmt;

use plimsoll_engine::domain::attestation::{AttachedForm, Attestation};
use plimsoll_engine::domain::claim::{Claim, ClaimName, Seal, State};
use plimsoll_engine::domain::target::{Necessity, Target};
use plimsoll_engine::statement::artifact::RECORD;
use plimsoll_engine::statement::attestation::SIGNATURE;
use plimsoll_oci::model::Descriptor;
use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};

use super::deployments::check_deployment;
use super::forge::check_page;
use super::history::{Author, Change, Deed};
use super::sea::{Sea, Waters};
use super::signatures::vouches;

/// An invariant that does not hold any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which, by its name in the claim protocol.
    pub invariant: &'static str,
    /// What happened.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is violated: {}", self.invariant, self.what)
    }
}

fn violation<T>(invariant: &'static str, what: impl Into<String>) -> Result<T, Violation> {
    Err(Violation { invariant, what: what.into() })
}

/// A version tag of a set: where, and what it must point at.
struct Meaning<'a> {
    seal: &'a Seal,
    target: &'a Target,
}

impl Sea {
    /// Checks what was done since the last check, and the state that it led to.
    pub fn check(&self) -> Result<(), Violation> {
        let mut waters = self.waters();
        let (from, to) = (waters.history.checked, waters.history.deeds.len());
        if from == to {
            return Ok(());
        }
        waters.history.checked = to;
        let waters = &*waters;
        for (at, deed) in waters.history.deeds.iter().enumerate().skip(from) {
            match &deed.change {
                Change::Tag { repository, tag, from, to: Some(to) } if deed.author != Author::Stranger => {
                    waters.check_point(repository, tag, from.as_ref(), to)?;
                }
                Change::Claim { name, from, to } if deed.author != Author::Stranger => {
                    let before = waters.history.deeds.get(..at).unwrap_or_default();
                    waters.check_swap(name, from.as_deref(), to.as_deref(), before)?;
                }
                Change::Page(tag, standing) => {
                    check_page(waters, &deed.author, tag, *standing).or_else(|what| violation("C4", what))?;
                }
                Change::Deployment(_, tag, state) => {
                    check_deployment(waters, &deed.author, tag, *state)
                        .or_else(|what| violation("C4", what))?;
                }
                _ => {}
            }
        }
        waters.check_version_tags()
    }

    /// The set that an image of ours belongs to; `None` for what no machine sealed.
    pub fn find_set(&self, image: &Digest) -> Option<Seal> {
        self.waters().sets.iter().find(|seal| seal.artifacts.values().any(|digest| digest == image)).cloned()
    }

    /// The first thing of a set that is missing: in `repository`, or in any repository that it needs.
    pub fn find_lack(&self, seal: &Seal, repository: Option<&ImageRepository>) -> Option<String> {
        let waters = self.waters();
        let of_interest = |target: &&Target| match repository {
            Some(repository) => target.repository == *repository,
            None => target.necessity == Necessity::Required,
        };
        seal.targets.iter().filter(of_interest).find_map(|target| waters.find_lack(seal, target))
    }
}

impl Waters {
    /// I2, I3 and I5: which version tags we write; I6: which moving tags.
    fn check_point(
        &self,
        repository: &ImageRepository,
        tag: &ImageTag,
        from: Option<&Digest>,
        to: &Digest,
    ) -> Result<(), Violation> {
        let place = format!("{repository}:{tag}");
        if self.moves(repository, tag) {
            return match self.counts(repository, to) {
                true => Ok(()),
                false => violation("I6", format!("{place} was moved to {to}, which is not published")),
            };
        }
        let meanings = self.meanings(repository, tag);
        if meanings.is_empty() {
            return Ok(());
        }
        let Some(meant) = meanings.iter().find(|meaning| meaning.digest() == Some(to)) else {
            return violation("I5", format!("{place} was pointed at {to}, which no run has sealed for it"));
        };
        let ours = |digest: &Digest| meanings.iter().any(|meaning| meaning.digest() == Some(digest));
        if let Some(from) = from.filter(|from| *from != to && ours(from)) {
            return violation("I2", format!("we moved {place} from our own {from} to {to}"));
        }
        match self.committed_for(repository, tag) {
            None if self.holds_claims() => {
                violation("I3", format!("{place} was written before the commit point"))
            }
            Some((name, seal)) if seal.artifacts.get(&meant.target.artifact) != Some(to) => {
                violation("I5", format!("{place} was written by a run that is not of the set of {name}"))
            }
            Some(_) => Ok(()),
            None => self.check_whole_everywhere(meant.seal, &place),
        }
    }

    /// I3: which claims follow which; I1: what is whole at the commit point.
    fn check_swap(
        &self,
        name: &ClaimName,
        from: Option<&Claim>,
        to: Option<&Claim>,
        before: &[Deed],
    ) -> Result<(), Violation> {
        let (was, is) = (from.map(|claim| claim.state), to.map(|claim| claim.state));
        let right = match (was, is) {
            (None, Some(State::Reserved | State::Sealed))
            | (Some(State::Reserved | State::Sealed), None | Some(State::Reserved | State::Sealed))
            | (Some(State::Sealed), Some(State::Committed))
            | (Some(State::Committed), Some(State::Published | State::Burnt)) => true,
            // Only from the record of a version that is out already.
            (None, Some(State::Published)) => true,
            _ => false,
        };
        if !right {
            return violation("I3", format!("claim {name} went from {was:?} to {is:?}"));
        }
        let Some(claim) = to.filter(|claim| claim.state >= State::Committed) else { return Ok(()) };
        let Some(seal) = &claim.seal else {
            return violation("I3", format!("claim {name} is {} without a seal", claim.state));
        };
        let earlier = before.iter().filter_map(|deed| match &deed.change {
            Change::Claim { name: other, to: Some(to), .. } if other == name => Some(to),
            _ => None,
        });
        let earlier = earlier.filter(|earlier| earlier.state >= State::Committed);
        // What a record does not say is not in a claim that was written again from it.
        let is_same = |other: &Seal| match from {
            Some(_) => other == seal,
            None => other.is_same_set(seal),
        };
        if earlier.filter_map(|earlier| earlier.seal.as_ref()).any(|other| !is_same(other)) {
            return violation("I3", format!("two sets were committed under {name}"));
        }
        match claim.state {
            State::Committed => self.check_whole_everywhere(seal, &format!("claim {name}")),
            _ => Ok(()),
        }
    }

    /// I1 and I3: what version tags point at.
    fn check_version_tags(&self) -> Result<(), Violation> {
        for (repository, held) in &self.repositories {
            for (tag, digest) in held.tags() {
                let meanings = self.meanings(repository, tag);
                let Some(meaning) = meanings.iter().find(|meaning| meaning.digest() == Some(digest)) else {
                    continue;
                };
                let place = format!("{repository}:{tag}");
                let committed = self.committed_for(repository, tag);
                let seal = committed.map_or(meaning.seal, |(_, seal)| seal);
                if seal.artifacts.get(&meaning.target.artifact) != Some(digest) {
                    return violation("I3", format!("{place} is of a set that was not committed"));
                }
                if self.deleted {
                    continue;
                }
                if let Some(lack) = self.find_lack(seal, meaning.target) {
                    return violation("I1", format!("{place} is visible, but {lack}"));
                }
            }
        }
        Ok(())
    }

    fn check_whole_everywhere(&self, seal: &Seal, what: &str) -> Result<(), Violation> {
        let required = seal.targets.iter().filter(|target| target.necessity == Necessity::Required);
        let lack = required.filter(|_| !self.deleted).find_map(|target| self.find_lack(seal, target));
        match lack {
            None => Ok(()),
            Some(lack) => violation("I1", format!("{what} was written, but {lack}")),
        }
    }

    fn find_lack(&self, seal: &Seal, target: &Target) -> Option<String> {
        let repository = &target.repository;
        let digest = seal.artifacts.get(&target.artifact)?;
        let Some(held) = self.repositories.get(repository) else {
            return Some(format!("{repository} is empty"));
        };
        if let Some(missing) = held.find_missing(digest) {
            return Some(format!("{missing} is not in {repository}"));
        }
        if !held.has_statement(&RECORD, &seal.record) {
            return Some(format!("record {} is not in {repository}", seal.record));
        }
        let (root, form) = (seal.descriptor(&target.artifact)?, seal.signing?);
        let statement = held.blob(&seal.record)?.clone();
        let signature = |subject: &Descriptor, form: AttachedForm| match form {
            AttachedForm::Bundle => Attestation::signature(subject.clone()),
            AttachedForm::Legacy => Attestation::legacy_signature(subject.clone(), &repository.to_string()),
        };
        let made = seal.statements.iter().filter(|made| seal.is_of(&made.subject.digest, &target.artifact));
        let mut wanted: Vec<_> = form.attached().iter().map(|form| signature(&root, *form)).collect();
        wanted.push(Attestation::release(root.clone(), statement));
        for made in made.map(Attestation::made) {
            wanted.extend(form.attached().iter().map(|form| match made.predicate_type == SIGNATURE {
                true => signature(&made.subject, *form),
                false => made.clone().attached_as(*form),
            }));
        }
        let is_attached = |wanted: &Attestation| {
            held.attached(&wanted.subject.digest, wanted).iter().any(|signed| vouches(signed, wanted))
        };
        let unsigned = wanted.iter().find(|wanted| !is_attached(wanted))?;
        let Attestation { subject, predicate_type, .. } = unsigned;
        Some(format!("{predicate_type} of {} is not attached in {repository}", subject.digest))
    }

    /// What a version tag could mean: the sets that were sealed for it.
    fn meanings<'a>(&'a self, repository: &ImageRepository, tag: &ImageTag) -> Vec<Meaning<'a>> {
        let targets =
            self.sets.iter().flat_map(|seal| seal.targets.iter().map(move |target| Meaning { seal, target }));
        let fits = |meaning: &Meaning<'_>| {
            meaning.target.repository == *repository && meaning.target.version_tags.contains(tag)
        };
        targets.filter(fits).collect()
    }

    fn moves(&self, repository: &ImageRepository, tag: &ImageTag) -> bool {
        let mut targets = self.sets.iter().flat_map(|seal| &seal.targets);
        targets.any(|target| target.repository == *repository && target.moving.contains(tag))
    }

    /// True if the digest is that of a published version, or of a version that no claim is held for.
    fn counts(&self, repository: &ImageRepository, digest: &Digest) -> bool {
        let published = |claim: &Claim| {
            let seal = claim.seal.as_ref().filter(|_| claim.state == State::Published);
            seal.is_some_and(|seal| seal.artifacts.values().any(|artifact| artifact == digest))
        };
        let tagged = || {
            let tags = self.repositories.get(repository).map(super::Repository::tags);
            tags.is_some_and(|tags| {
                tags.iter().any(|(tag, at)| {
                    at == digest
                        && !self.moves(repository, tag)
                        && self.committed_for(repository, tag).is_none()
                })
            })
        };
        self.claims.values().any(|standing| published(&standing.claim)) || tagged()
    }

    /// The set whose claim is past the commit point and has this version tag.
    fn committed_for(&self, repository: &ImageRepository, tag: &ImageTag) -> Option<(&ClaimName, &Seal)> {
        self.claims.iter().find_map(|(name, standing)| {
            let claim = &standing.claim;
            let seal = claim.seal.as_ref().filter(|_| claim.state >= State::Committed)?;
            let names =
                |target: &Target| target.repository == *repository && target.version_tags.contains(tag);
            seal.targets.iter().any(names).then_some((name, seal))
        })
    }

    fn holds_claims(&self) -> bool {
        self.history.deeds.iter().any(|deed| matches!(deed.change, Change::Claim { .. }))
    }
}

impl Meaning<'_> {
    fn digest(&self) -> Option<&Digest> {
        self.seal.artifacts.get(&self.target.artifact)
    }
}
