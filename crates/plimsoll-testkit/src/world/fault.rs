//! Faults, and the gate through which they come.

use std::sync::Arc;

use plimsoll_engine::domain::diagnostic::Reach;
use plimsoll_engine::world::error::{FileProblem, GitError};
use plimsoll_engine::world::forge_error::ForgeError;
use plimsoll_engine::world::gate::{Effect, Gate, Verb};
use plimsoll_engine::world::signatures::SigningError;
use plimsoll_engine::world::{Work, WorldError};
use plimsoll_oci::store::StoreError;

use super::act::Act;
use super::caller::Caller;

/// What happens to an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The run dies before it.
    KilledBefore,
    /// The run dies after it.
    KilledAfter,
    /// It is done, but its sender is told that nobody answered.
    ReplyLost,
    /// It is not done: nobody answered.
    Transient,
    /// The user asks to stop: neither this effect nor any later one of the run is tried.
    Stopped,
    /// Its sender gives up; it arrives at any later moment, or never. Only for swaps of claims and for tags.
    Late,
    /// It is done, but the next reads do not show it. Only for repositories.
    Slow {
        /// How many reads.
        reads: u32,
    },
}

/// Chance: asked before every effect of every run.
pub trait Weather: Send {
    /// What happens to `effect`; `None`: nothing.
    fn strike(&mut self, effect: &Effect) -> Option<Fault>;
}

/// A fault that waits for its effect.
pub(super) struct Plan {
    pub(super) fits: Box<dyn Fn(&Effect) -> bool + Send>,
    pub(super) fault: Fault,
}

/// What the write that follows has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Armed {
    /// Put itself among the late requests.
    Late,
    /// Not show for some reads.
    Slow(u32),
}

/// The gate of one run.
pub(super) struct FaultGate(pub(super) Arc<Caller>);

impl FaultGate {
    fn strike(&self, effect: &Effect) -> Option<Fault> {
        let mut inner = self.0.inner();
        if inner.stopped {
            return Some(Fault::Stopped);
        }
        if let Some(at) = inner.plans.iter().position(|plan| (plan.fits)(effect)) {
            return Some(inner.plans.remove(at).fault);
        }
        drop(inner);
        self.0.waters().weather.as_mut()?.strike(effect)
    }
}

impl Gate for FaultGate {
    fn before<'a>(&'a self, effect: &'a Effect) -> Work<'a, ()> {
        Box::pin(async move {
            let fault = self.strike(effect);
            match fault {
                Some(Fault::KilledBefore) => self.0.turn(Act::Sink).await,
                Some(Fault::Transient) => return Err(no_answer(effect)),
                Some(Fault::Stopped) => {
                    self.0.inner().stopped = true;
                    return Err(WorldError::Stopped);
                }
                _ => {}
            }
            let mut inner = self.0.inner();
            inner.effects.push(effect.clone());
            match fault {
                Some(Fault::Late) => inner.armed.push((effect.subject.clone(), Armed::Late)),
                Some(Fault::Slow { reads }) => inner.armed.push((effect.subject.clone(), Armed::Slow(reads))),
                Some(after @ (Fault::KilledAfter | Fault::ReplyLost)) => {
                    inner.due.push((effect.clone(), after))
                }
                _ => {}
            }
            Ok(())
        })
    }

    fn after<'a>(&'a self, effect: &'a Effect, _outcome: Result<(), &'a WorldError>) -> Work<'a, ()> {
        Box::pin(async move {
            let due = {
                let due = &mut self.0.inner().due;
                let at = due.iter().position(|(waits, _)| waits == effect);
                at.map(|at| due.remove(at).1)
            };
            match due {
                Some(Fault::KilledAfter) => self.0.turn(Act::Sink).await,
                Some(Fault::ReplyLost) => return Err(no_answer(effect)),
                _ => {}
            }
            Ok(())
        })
    }

    fn go_on_from(&self, reach: Reach) {
        let mut inner = self.0.inner();
        inner.reached_before = reach.max(inner.reached_before);
    }

    fn reach(&self) -> Reach {
        let inner = self.0.inner();
        inner.effects.iter().map(Effect::reach).max().unwrap_or(Reach::Nothing).max(inner.reached_before)
    }
}

/// What is told when nobody answers.
pub(super) fn no_answer(effect: &Effect) -> WorldError {
    let why = "connection reset".to_owned();
    match effect.verb {
        Verb::PutBlob | Verb::PutManifest | Verb::Point => {
            StoreError::Unreachable { place: effect.to_string(), why }.into()
        }
        Verb::Sign => SigningError::Service { service: effect.to_string(), why }.into(),
        Verb::Swap | Verb::MakeTag | Verb::DeleteTag => {
            GitError::Unreachable { remote: "the remote".into(), why }.into()
        }
        Verb::Draft
        | Verb::Attach
        | Verb::Detach
        | Verb::Publish
        | Verb::MarkLatest
        | Verb::Discard
        | Verb::Deploy
        | Verb::Report
        | Verb::Post => ForgeError::Unreachable { forge: "the forge".into(), why }.into(),
        Verb::WriteFile | Verb::ListChart | Verb::MarkChart => {
            WorldError::File { path: effect.to_string(), why, kind: FileProblem::Refused }
        }
    }
}
