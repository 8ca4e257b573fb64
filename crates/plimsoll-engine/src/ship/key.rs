//! The lines that a release crosses, as values that only the right evidence makes.
//!
//! For a release [`Sealed`] opens pushing by digest. [`Settled`], past the commit point, opens version tags. [`Published`]
//! opens
//! everything that others rely on. Verification is what makes a [`Sealed`]; claims in the right state make the others. For
//! images of a branch [`Checked`] opens pushing and the tag of their commit, [`Standing`] the moving tags.

use crate::check::seal::Verified;
use crate::domain::claim::{Claim, Seal, SealedImage, State};
use crate::domain::line::PublishedVersion;
use crate::ledger::announcement::Announcement;
use crate::ledger::release::Release;
use plimsoll_oci::model::Descriptor;
use plimsoll_oci::name::Digest;

/// What lets a step change the world.
pub trait Permit: Send + Sync {}

/// A permit for the steps of a release: something that has a seal.
pub trait Key: Permit {
    /// The set that may be shipped with it.
    fn seal(&self) -> &Seal;
}

/// A permit for moving tags, which are written from the whole ledger: nothing points at what is not published.
pub trait Settles: Permit {}

/// Some version is published, whoever published it: there is something that moving tags may be at.
#[derive(Clone, Debug)]
#[must_use]
pub struct Counted(());

impl Counted {
    /// The versions that claims and version tags tell of; `None` if there are none.
    pub fn by_survey(versions: &[PublishedVersion]) -> Option<Counted> {
        (!versions.is_empty()).then_some(Counted(()))
    }
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

/// An image of a commit that was looked through, here or in a repository, and found whole.
#[derive(Clone, Debug)]
#[must_use]
pub struct Checked {
    root: Digest,
}

/// The image that a commit's own tag was seen to point at: the world's answer to which image is the commit's.
#[derive(Clone, Debug)]
#[must_use]
pub struct Standing {
    digest: Digest,
}

impl Checked {
    /// An image, after its content was read.
    pub fn new(root: &Descriptor, _content: &SealedImage) -> Checked {
        Checked { root: root.digest.clone() }
    }

    /// Its index.
    pub fn root(&self) -> &Digest {
        &self.root
    }
}

impl Standing {
    /// The image of a commit, after its tag was made and looked at. `None` if the tag points at another one, which
    /// must be looked through first.
    pub fn by_tag(checked: &Checked, found: &Digest) -> Option<Standing> {
        (checked.root == *found).then(|| Standing { digest: found.clone() })
    }

    /// Its index.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }
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

    /// The set of a release that the ledger knows to be published.
    pub fn by_ledger(release: &Release) -> Option<Published> {
        release.state.is_published().then(|| Published { seal: release.seal.clone() })
    }

    /// The set that announced itself, after all its version tags were read back.
    pub fn by_announcement(announced: &Announced) -> Published {
        Published { seal: announced.settled.seal.clone() }
    }
}

impl Permit for Sealed {}
impl Permit for Settled {}
impl Permit for Published {}
impl Permit for Checked {}
impl Permit for Counted {}
impl Settles for Published {}
impl Settles for Counted {}
impl Permit for Standing {}

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
