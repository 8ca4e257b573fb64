//! One run, as the roles know it.

use std::sync::{Arc, Mutex, MutexGuard};

use plimsoll_engine::domain::diagnostic::Reach;
use plimsoll_engine::world::{Effect, Subject};

use super::act::Act;
use super::fault::{Armed, Fault, Plan};
use super::history::Author;
use super::sea::{Sea, Waters};
use super::turn::{Turn, Turns};

/// A run of a machine: whom the sea is called by.
pub(super) struct Caller {
    pub(super) sea: Sea,
    pub(super) machine: String,
    pub(super) run: String,
    /// What makes the bytes of this run's builds unlike those of others.
    pub(super) build: String,
    pub(super) turns: Arc<Turns>,
    pub(super) inner: Mutex<Inner>,
}

/// What changes while the run goes on.
pub(super) struct Inner {
    pub(super) dice: fastrand::Rng,
    /// Faults that wait for their effect.
    pub(super) plans: Vec<Plan>,
    /// Faults that come when their effect is over.
    pub(super) due: Vec<(Effect, Fault)>,
    /// What the gate has prepared for the write that follows.
    pub(super) armed: Vec<(Subject, Armed)>,
    /// The user asked to stop.
    pub(super) stopped: bool,
    /// Every effect that was let through.
    pub(super) effects: Vec<Effect>,
    /// How far the release that it goes on with had got.
    pub(super) reached_before: Reach,
}

impl Inner {
    pub(super) fn new(dice: fastrand::Rng) -> Inner {
        Inner {
            dice,
            plans: Vec::new(),
            due: Vec::new(),
            armed: Vec::new(),
            stopped: false,
            effects: Vec::new(),
            reached_before: Reach::Nothing,
        }
    }
}

impl Caller {
    /// Waits until `act` may happen.
    pub(super) fn turn(&self, act: Act) -> Turn {
        self.turns.take(act)
    }

    pub(super) fn waters(&self) -> MutexGuard<'_, Waters> {
        self.sea.waters()
    }

    pub(super) fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no test goes on after a panic")
    }

    pub(super) fn author(&self) -> Author {
        Author::Run(self.run.clone())
    }

    /// Takes what the gate has prepared for a write of `subject`.
    pub(super) fn take_armed(&self, fits: impl Fn(&Subject) -> bool) -> Option<Armed> {
        let mut inner = self.inner();
        let at = inner.armed.iter().position(|(subject, _)| fits(subject))?;
        Some(inner.armed.remove(at).1)
    }
}
