//! The files of one release in the ledger.

use plimsoll_oci::content::read_whole;
use plimsoll_oci::model::Descriptor;
use plimsoll_oci::name::{Digest, ImageRepository};

use super::key::Published;
use super::push::{find_blob, sources};
use super::step::{Change, Observation, ShipError, Step};
use crate::domain::step::StepId;
use crate::statement::artifact::find_title;
use crate::world::ledger::LedgerFile;
use crate::world::{Eyes, Hands, Work, WorldError};

/// The largest file that is read, in bytes.
const LIMIT: u64 = 64 * 1024 * 1024;

/// The files of a release that were made, as its record has them: from this machine, or from the first of its repositories
/// that has them.
///
/// # Errors
/// One is nowhere to be found, or can't be read.
pub async fn read_made<'a>(
    eyes: Eyes<'_>,
    layers: &[Descriptor],
    places: impl IntoIterator<Item = &'a ImageRepository> + Clone,
) -> Result<Vec<LedgerFile>, ShipError> {
    let mut files = Vec::new();
    for layer in layers {
        let name = find_title(layer).unwrap_or_default().to_owned();
        let Some(content) = find_blob(&sources(eyes, places.clone()), layer).await? else {
            let step = StepId::new("ledger-file", &name);
            return Err(ShipError::Gone { step, missing: layer.digest.clone() });
        };
        let bytes = read_whole(&*content, LIMIT).await.map_err(WorldError::from)?;
        files.push(LedgerFile { name, bytes: bytes.to_vec() });
    }
    Ok(files)
}

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
