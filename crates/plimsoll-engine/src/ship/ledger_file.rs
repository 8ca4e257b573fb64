//! The files of one release in the ledger.

use plimsoll_oci::name::Digest;

use super::key::Published;
use super::step::{Change, Observation, ShipError, Step};
use crate::domain::step::StepId;
use crate::world::ledger::LedgerFile;
use crate::world::{Eyes, Hands, Work};

/// The files of one release, the record first. They never change: another file under one of their names is a conflict.
#[derive(Clone, Debug)]
pub struct WriteFiles {
    /// The files.
    pub files: Vec<LedgerFile>,
}

impl Step<Published> for WriteFiles {
    fn id(&self) -> StepId {
        StepId::new("ledger-file", self.files.first().map_or("", |file| file.name.as_str()))
    }

    fn observe<'a>(&'a self, eyes: Eyes<'a>) -> Work<'a, Observation> {
        Box::pin(async move {
            let mut missing = None;
            for file in &self.files {
                match eyes.ledger().read(&file.name).await? {
                    None => missing = missing.or(Some(Digest::of(&file.bytes))),
                    Some(there) if there == file.bytes => {}
                    Some(there) => return Ok(Observation::Conflict(Digest::of(&there))),
                }
            }
            Ok(match missing {
                None => Observation::Satisfied,
                Some(to) => Observation::Needed(Change { from: None, to }),
            })
        })
    }

    fn apply<'a>(
        &'a self,
        hands: Hands<'a>,
        _key: &'a Published,
        _change: Change,
    ) -> Work<'a, (), ShipError> {
        Box::pin(async move { Ok(hands.write_files(&self.files).await?) })
    }
}
