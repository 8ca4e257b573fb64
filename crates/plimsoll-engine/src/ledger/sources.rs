//! Where a ledger is read from.

use plimsoll_oci::name::ImageRepository;

use crate::world::Eyes;
use crate::world::claims::ClaimsView;
use crate::world::ledger::LedgerView;
use crate::world::stores::StoresView;

/// What is asked about releases: claims, record files, and the registries.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// Claims.
    pub claims: &'a dyn ClaimsView,
    /// The ledger's files.
    pub ledger: &'a dyn LedgerView,
    /// Image repositories.
    pub stores: &'a dyn StoresView,
    /// The one repository that is asked about, where it is one. A record that does not name it came there from elsewhere,
    /// and the version tags there confirm it.
    pub place: Option<&'a ImageRepository>,
}

impl<'a> Sources<'a> {
    /// What a world has.
    pub fn of(eyes: Eyes<'a>) -> Sources<'a> {
        Sources { claims: eyes.claims(), ledger: eyes.ledger(), stores: eyes.stores(), place: None }
    }
}
