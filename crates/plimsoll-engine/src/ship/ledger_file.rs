//! A file of the ledger.

use plimsoll_oci::name::Digest;

use super::key::Published;
use super::step::{Change, Found, Observation, ShipError, Step};
use crate::domain::step::{Phase, StepId};
use crate::world::{Eyes, Hands, Work};

/// One file of the ledger. A record never changes: another file under its name is a conflict.
#[derive(Clone, Debug)]
pub struct LedgerFile {
    /// Its name inside the ledger's directory.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Step<Published> for LedgerFile {
    fn id(&self) -> StepId {
        StepId::new("ledger-file", &self.name)
    }

    fn phase(&self) -> Phase {
        Phase::Ledger
    }

    fn observe<'a>(&'a self, eyes: Eyes<'a>) -> Work<'a, Observation> {
        Box::pin(async move {
            Ok(match eyes.ledger().read(&self.name).await? {
                None => Observation::Needed(Change { from: None, to: Digest::of(&self.bytes) }),
                Some(there) if there == self.bytes => Observation::Satisfied,
                Some(there) => Observation::Conflict(Found { digest: Digest::of(&there) }),
            })
        })
    }

    fn apply<'a>(
        &'a self,
        hands: Hands<'a>,
        _key: &'a Published,
        _change: Change,
    ) -> Work<'a, (), ShipError> {
        Box::pin(async move { Ok(hands.write_file(&self.name, &self.bytes).await?) })
    }
}
