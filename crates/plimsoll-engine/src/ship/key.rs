//! The lines that a release crosses, as values that only the right evidence makes.
//!
//! [`Sealed`] opens pushing by digest. [`Settled`], past the commit point, opens version tags. [`Published`] opens
//! everything that others rely on. Verification is what makes a [`Sealed`]; claims in the right state make the others.

use crate::check::seal::Verified;
use crate::domain::claim::{Claim, Seal, State};

/// A key to steps: something that has a seal.
pub trait Key: Send + Sync {
    /// The set that may be shipped with it.
    fn seal(&self) -> &Seal;
}

/// A set that is verified and still only here.
#[derive(Clone, Debug)]
#[must_use]
pub struct Sealed {
    seal: Seal,
}

/// A set that is past the commit point: the world's answer to which set is the release.
#[derive(Clone, Debug)]
#[must_use]
pub struct Settled {
    seal: Seal,
    title: Title,
}

/// A set whose version tags were all read back.
#[derive(Clone, Debug)]
#[must_use]
pub struct Published {
    seal: Seal,
}

/// What says that a set is the release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Title {
    /// Its claim.
    Claimed,
    /// Its announcement, where no claim is held.
    Announced,
}

impl Sealed {
    /// A set that was just verified.
    pub fn new(verified: Verified) -> Sealed {
        Sealed { seal: verified.into_seal() }
    }
}

impl Settled {
    /// The set of a claim that is `committed` or `published`; `None` before that, and after burning.
    pub fn by_claim(claim: &Claim) -> Option<Settled> {
        let past = matches!(claim.state, State::Committed | State::Published);
        claim.seal.clone().filter(|_| past).map(|seal| Settled { seal, title: Title::Claimed })
    }

    /// The one set that is announced, where no claim is held.
    pub fn by_announcement(seal: Seal) -> Settled {
        Settled { seal, title: Title::Announced }
    }

    /// What says that this set is the release.
    pub fn title(&self) -> Title {
        self.title
    }
}

impl Published {
    /// The set of a `published` claim.
    pub fn by_claim(claim: &Claim) -> Option<Published> {
        let published = claim.state == State::Published;
        claim.seal.clone().filter(|_| published).map(|seal| Published { seal })
    }

    /// The set that is settled without a claim, after all its version tags were read back.
    pub fn by_announcement(settled: &Settled) -> Option<Published> {
        (settled.title == Title::Announced).then(|| Published { seal: settled.seal.clone() })
    }
}

impl Key for Sealed {
    fn seal(&self) -> &Seal {
        &self.seal
    }
}

impl Key for Settled {
    fn seal(&self) -> &Seal {
        &self.seal
    }
}

impl Key for Published {
    fn seal(&self) -> &Seal {
        &self.seal
    }
}
