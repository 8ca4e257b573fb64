//! The product's gate: stops runs that were interrupted and counts how far a run got.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use plimsoll_engine::domain::diagnostic::Reach;
use plimsoll_engine::world::{Effect, Gate, Subject, Work, WorldError};

/// How often who waits for the stop looks.
const LOOK: Duration = Duration::from_millis(50);

/// Asks a run to stop. Clones ask the same run.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks: effects in flight come to their end, no new one is tried.
    pub fn ask(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Waits until it is asked.
    pub(crate) async fn asked(&self) {
        while !self.was_asked() {
            tokio::time::sleep(LOOK).await;
        }
    }

    /// True once it was asked.
    pub fn was_asked(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// The gate of a run.
pub(crate) struct RunGate {
    stop: Stop,
    reach: Mutex<Reach>,
}

impl RunGate {
    /// A gate that `stop` closes.
    pub(crate) fn new(stop: Stop) -> RunGate {
        RunGate { stop, reach: Mutex::new(Reach::Nothing) }
    }

    fn count(&self, how_far: Reach) {
        let mut reach = self.reach.lock().unwrap_or_else(PoisonError::into_inner);
        *reach = how_far.max(*reach);
    }
}

impl Gate for RunGate {
    fn before<'a>(&'a self, effect: &'a Effect) -> Work<'a, ()> {
        Box::pin(async move {
            if self.stop.was_asked() {
                return Err(WorldError::Stopped);
            }
            // What is tried may be done, whatever the answer will be.
            // Only a refused claim is known not to be: see below.
            if !matches!(effect.subject, Subject::Claim(..)) {
                self.count(effect.reach());
            }
            Ok(())
        })
    }

    fn after<'a>(&'a self, effect: &'a Effect, outcome: Result<(), &'a WorldError>) -> Work<'a, ()> {
        match outcome {
            Ok(()) => self.count(effect.reach()),
            Err(WorldError::Refused) => {}
            // It may be done or not: that the release is out is said only of what was.
            Err(_) => self.count(effect.reach().min(Reach::Visible)),
        }
        Box::pin(async { Ok(()) })
    }

    fn go_on_from(&self, reach: Reach) {
        self.count(reach);
    }

    fn reach(&self) -> Reach {
        *self.reach.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_engine::domain::claim::{ClaimName, State};
    use plimsoll_engine::domain::step::StepId;
    use plimsoll_engine::world::Verb;

    use super::*;

    fn effect(subject: Subject) -> Effect {
        Effect { step: StepId::new("test", "x"), verb: Verb::WriteFile, subject }
    }

    #[tokio::test]
    async fn counts_what_was_tried_and_nothing_after_a_stop() {
        let stop = Stop::default();
        let gate = RunGate::new(stop.clone());
        let hidden = effect(Subject::GitTag(plimsoll_engine::domain::git::GitTag("v1".into())));
        let seen = effect(Subject::File("v1.json".into()));
        assert_eq!(gate.reach(), Reach::Nothing);
        gate.before(&hidden).await.unwrap();
        gate.after(&hidden, Err(&WorldError::Refused)).await.unwrap();
        assert_eq!(gate.reach(), Reach::Invisible);
        stop.ask();
        assert!(matches!(gate.before(&seen).await, Err(WorldError::Stopped)));
        assert_eq!(gate.reach(), Reach::Invisible);
        let gate = RunGate::new(Stop::default());
        gate.before(&seen).await.unwrap();
        gate.before(&hidden).await.unwrap();
        assert_eq!(gate.reach(), Reach::Visible);
        let name = ClaimName { component: "app".parse().unwrap(), version: "1.0.0".into() };
        let published = effect(Subject::Claim(name, Some(State::Published)));
        gate.after(&published, Err(&WorldError::Stopped)).await.unwrap();
        assert_eq!(gate.reach(), Reach::Visible, "its reply was lost");
        gate.after(&published, Ok(())).await.unwrap();
        assert_eq!(gate.reach(), Reach::Published);
        let gate = RunGate::new(Stop::default());
        gate.go_on_from(Reach::Published);
        gate.before(&hidden).await.unwrap();
        assert_eq!(gate.reach(), Reach::Published, "another run has published it");
    }
}
