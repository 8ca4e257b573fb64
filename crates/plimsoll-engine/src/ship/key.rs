//! The lines that a release crosses, as values that only the right evidence makes.
//!
//! [`Sealed`] opens pushing by digest. [`Settled`], past the commit point, opens version tags. [`Published`] opens
//! everything that others rely on. Verification is what makes a [`Sealed`]; claims in the right state make the others.

use crate::check::seal::Verified;
use crate::domain::claim::{Claim, Seal, State};
use crate::ledger::announcement::Announcement;

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
}

/// A set that announces itself where no claim is held, which is what settles it.
#[derive(Clone, Debug)]
#[must_use]
pub struct Announced {
    settled: Settled,
}

/// A set whose version tags were all read back.
#[derive(Clone, Debug)]
#[must_use]
pub struct Published {
    seal: Seal,
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
        claim.seal.clone().filter(|_| past).map(|seal| Settled { seal })
    }
}

impl Announced {
    /// The set that another run announced, as far as its record tells: first-wins tags are not in it.
    pub fn by_others(announcement: &Announcement) -> Announced {
        Announced { settled: Settled { seal: announcement.seal().clone() } }
    }

    /// The set of this run, once its announcement was read back; `None` if that is another set's.
    pub fn by_us(sealed: &Sealed, announcement: &Announcement) -> Option<Announced> {
        let ours = sealed.seal.is_same_set(announcement.seal());
        ours.then(|| Announced { settled: Settled { seal: sealed.seal.clone() } })
    }

    /// The key to version tags.
    pub fn settled(&self) -> &Settled {
        &self.settled
    }
}

impl Published {
    /// The set of a `published` claim.
    pub fn by_claim(claim: &Claim) -> Option<Published> {
        let published = claim.state == State::Published;
        claim.seal.clone().filter(|_| published).map(|seal| Published { seal })
    }

    /// The set that announced itself, after all its version tags were read back.
    pub fn by_announcement(announced: &Announced) -> Published {
        Published { seal: announced.settled.seal.clone() }
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
