//! No claims: for `claim = "none"`, where runs announce themselves in the registry instead.

use plimsoll_engine::domain::artifact::ArtifactName;
use plimsoll_engine::domain::claim::ClaimName;
use plimsoll_engine::world::claims::{ClaimId, Claims, ClaimsView, Held, Swap};
use plimsoll_engine::world::{Work, WorldError};

/// A place without claims, where none can be held.
pub(crate) struct NoClaims;

impl ClaimsView for NoClaims {
    fn read<'a>(&'a self, _name: &'a ClaimName) -> Work<'a, Option<Held>> {
        Box::pin(async { Ok(None) })
    }

    fn list<'a>(&'a self, _component: &'a ArtifactName) -> Work<'a, Vec<(String, Held)>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

impl Claims for NoClaims {
    fn swap<'a>(&'a self, _swap: Swap<'a>) -> Work<'a, Option<ClaimId>> {
        Box::pin(async { Err(WorldError::Refused) })
    }
}
