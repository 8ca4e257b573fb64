//! What registries have of a release: content, record, version tags.

use super::check::{Check, Outcome, describe};
use crate::ledger::release::{Release, ReleaseState};
use crate::run::whole::{Lading, Looked, Part};
use crate::ship::Observation;
use crate::ship::push::find_damage;
use crate::world::Eyes;

/// What one repository has of it.
pub(super) async fn check_lading(eyes: Eyes<'_>, release: &Release, lading: &Lading) -> Vec<Check> {
    let mut checks = Vec::new();
    for looked in lading.look(eyes).await {
        // A record that was written later lies in the ledger alone.
        if looked.part == Part::Record && release.record.was_written_later() {
            continue;
        }
        let damage = match must_read(eyes, release.state, &looked) {
            true => find_damage(eyes, &*eyes.pull(&lading.repository), &looked.want).await,
            false => Ok(None),
        };
        let outcome = match damage {
            Ok(None) => judge(release.state, &looked),
            Ok(Some(damage)) => describe(&damage.into()),
            Err(error) => describe(&error),
        };
        let Looked { subject, .. } = looked;
        checks.push(Check::in_repository(&lading.repository, subject, lading.necessity, outcome));
    }
    checks
}

/// Whether content is read for what is wrong with it: what looks whole where that costs no transfer, and what is not although it
/// should be.
fn must_read(eyes: Eyes<'_>, state: ReleaseState, looked: &Looked) -> bool {
    looked.part == Part::Content
        && match looked.found {
            Ok(Observation::Satisfied) => eyes.stores().are_at_hand(),
            Ok(Observation::Needed(_)) => state != ReleaseState::Committed,
            Ok(Observation::Superseded(_) | Observation::Conflict(_)) | Err(_) => false,
        }
}

fn judge(state: ReleaseState, looked: &Looked) -> Outcome {
    let want = looked.want.to_string();
    match &looked.found {
        Ok(Observation::Satisfied | Observation::Superseded(_)) => Outcome::Ok,
        Ok(Observation::Needed(_)) if state == ReleaseState::Committed => Outcome::Unfinished { want },
        Ok(Observation::Needed(_)) => Outcome::Drift { want, found: None },
        Ok(Observation::Conflict(found)) => Outcome::Drift { want, found: Some(found.to_string()) },
        Err(error) => describe(error),
    }
}
