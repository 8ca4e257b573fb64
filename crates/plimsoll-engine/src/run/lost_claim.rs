//! A version tag that no claim speaks for may be that of a release whose claim was lost.

use super::stop::{LostClaim, Stop};
use crate::domain::claim::ClaimName;
use crate::domain::git::TagAt;
use crate::ledger::recorded::find_recorded_at;
use crate::world::{Eyes, WorldError};

/// Says of a taken version tag without a claim that the version is released already, if a record beside the tag says so: whoever
/// took it for a stranger's would delete what was released. Any other stop stays what it is, and so does this one where nobody
/// can look for records.
pub(crate) async fn look_for_release(
    eyes: Eyes<'_>,
    name: &ClaimName,
    now: &TagAt,
    stop: Stop,
) -> Result<Stop, WorldError> {
    let (repository, tag, found) = match &stop {
        Stop::Taken { repository, tag, found, .. } | Stop::PublicUnclaimed { repository, tag, found } => {
            (repository, tag, found)
        }
        _ => return Ok(stop),
    };
    let set = match find_recorded_at(eyes.stores(), name, (repository, tag), found).await {
        Ok(Some(set)) => set,
        Err(WorldError::Stopped) => return Err(WorldError::Stopped),
        Ok(None) | Err(_) => return Ok(stop),
    };
    Ok(Stop::ClaimLost(Box::new(LostClaim {
        released: set.record().tag(),
        now: now.object.clone(),
        repository: repository.clone(),
        tag: tag.clone(),
        record: set.tag().clone(),
    })))
}
