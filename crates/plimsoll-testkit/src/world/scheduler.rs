//! Who acts next: runs as futures, polled one at a time, one read or write at a time.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use plimsoll_engine::world::Effect;

use super::act::Act;
use super::caller::Caller;
use super::fault::{Fault, Plan};
use super::machine::{Aboard, Machine};
use super::sea::Sea;

/// How many lines of what happened are shown when an invariant breaks.
const SHOWN: usize = 400;
/// No run does more than this.
const STEPS: usize = 20_000;

/// Which run of a scheduler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunId(usize);

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End<T> {
    /// By itself, with this.
    Exited(T),
    /// It was killed.
    Killed,
}

/// Runs on one sea, and what they did so far.
pub struct Scheduler<T> {
    sea: Sea,
    runs: Vec<Run<T>>,
    log: Vec<(RunId, Arc<Act>)>,
}

struct Run<T> {
    caller: Arc<Caller>,
    future: Option<Pin<Box<dyn Future<Output = T>>>>,
    end: Option<End<T>>,
    steps: usize,
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl<T: fmt::Debug> Scheduler<T> {
    /// No runs yet.
    pub fn new(sea: &Sea) -> Scheduler<T> {
        Scheduler { sea: sea.clone(), runs: Vec::new(), log: Vec::new() }
    }

    /// The sea.
    pub fn sea(&self) -> &Sea {
        &self.sea
    }

    /// Begins a run on a machine, up to before its first read or write. Names of runs must differ.
    pub fn start<F>(&mut self, run: &str, machine: &Machine, begin: impl FnOnce(Aboard) -> F) -> RunId
    where
        F: Future<Output = T> + 'static,
    {
        let (aboard, caller) = machine.board(run);
        let future: Pin<Box<dyn Future<Output = T>>> = Box::pin(begin(aboard));
        let id = RunId(self.runs.len());
        self.runs.push(Run { caller, future: Some(future), end: None, steps: 0 });
        self.poll(id);
        id
    }

    /// Lets something happen to an effect of a run, the next time that it fits. Effects are faulted once.
    pub fn fault(&mut self, run: RunId, fault: Fault, fits: impl Fn(&Effect) -> bool + Send + 'static) {
        self.run(run).caller.inner().plans.push(Plan { fits: Box::new(fits), fault });
    }

    /// The effects that a run has tried, in order.
    pub fn effects(&self, run: RunId) -> Vec<Effect> {
        self.run(run).caller.inner().effects.clone()
    }

    /// What a run waits to do, longest waiting first; nothing once it has ended.
    pub fn waiting(&self, run: RunId) -> Vec<Arc<Act>> {
        self.run(run).caller.turns.waiting()
    }

    /// The runs that have not ended.
    pub fn living(&self) -> Vec<RunId> {
        (0..self.runs.len()).map(RunId).filter(|run| self.run(*run).end.is_none()).collect()
    }

    /// How a run ended; `None` if it has not.
    pub fn end(&self, run: RunId) -> Option<&End<T>> {
        self.run(run).end.as_ref()
    }

    /// Lets a run do what it waits for longest.
    pub fn step(&mut self, run: RunId) -> Arc<Act> {
        self.step_at(run, 0)
    }

    /// Lets a run do one of the things that it waits for.
    ///
    /// # Panics
    /// When an invariant breaks, with everything that happened before.
    pub fn step_at(&mut self, run: RunId, nth: usize) -> Arc<Act> {
        let act = self.run(run).caller.turns.grant(nth);
        self.log.push((run, Arc::clone(&act)));
        let state = self.runs.get_mut(run.0).expect("the run is one of ours");
        state.steps += 1;
        let endless = state.steps > STEPS;
        assert!(!endless, "a run never ends\n{}", self.story());
        self.poll(run);
        assert!(!self.run(run).caller.turns.is_idle(), "{act:?} was granted but not done\n{}", self.story());
        if let Err(violation) = self.sea.check() {
            panic!("{violation}\n{}", self.story());
        }
        act
    }

    /// Lets a run go on until what it waits for longest fits; that is not done yet.
    ///
    /// # Panics
    /// When the run ends before.
    pub fn run_until(&mut self, run: RunId, about_to: impl Fn(&Act) -> bool) {
        while !self.oldest(run).is_some_and(|act| about_to(&act)) {
            self.must_live(run);
            self.step(run);
        }
    }

    /// Lets a run go on until something that fits is done.
    ///
    /// # Panics
    /// When the run ends before.
    pub fn run_past(&mut self, run: RunId, done: impl Fn(&Act) -> bool) {
        self.run_until(run, done);
        self.step(run);
    }

    /// Lets a run go on alone until it ends.
    pub fn finish(&mut self, run: RunId) -> &End<T> {
        while self.run(run).end.is_none() {
            self.step(run);
        }
        self.run(run).end.as_ref().expect("the loop ended")
    }

    /// Kills a run: it does nothing more, and nothing of what it waited for. Killing it twice changes nothing.
    pub fn kill(&mut self, run: RunId) {
        self.close(run, End::Killed);
    }

    /// What happened so far, a line each, the last ones.
    pub fn story(&self) -> String {
        let skipped = self.log.len().saturating_sub(SHOWN);
        let line = |(run, act): &(RunId, Arc<Act>)| format!("  {}: {act:?}\n", self.run(*run).caller.run);
        let mut story: String = self.log.iter().skip(skipped).map(line).collect();
        for run in &self.runs {
            story += &format!("{}: {:?}\n", run.caller.run, run.end);
        }
        story
    }

    fn oldest(&self, run: RunId) -> Option<Arc<Act>> {
        self.run(run).caller.turns.oldest()
    }

    fn must_live(&self, run: RunId) {
        let state = self.run(run);
        assert!(state.end.is_none(), "{} ended before\n{}", state.caller.run, self.story());
    }

    /// Polls a run until it waits for its turn, ends or is to die.
    fn poll(&mut self, run: RunId) {
        let flag = Arc::new(Flag(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&flag));
        let mut context = Context::from_waker(&waker);
        while flag.0.swap(false, Ordering::Relaxed) {
            let state = self.runs.get_mut(run.0).expect("the run is one of ours");
            let Some(future) = &mut state.future else { return };
            if let Poll::Ready(outcome) = future.as_mut().poll(&mut context) {
                return self.close(run, End::Exited(outcome));
            }
            if state.caller.turns.is_sinking() {
                return self.close(run, End::Killed);
            }
        }
        let caller = &self.run(run).caller;
        assert!(!caller.turns.is_empty(), "{} waits for nothing\n{}", caller.run, self.story());
    }

    fn close(&mut self, run: RunId, end: End<T>) {
        let state = self.runs.get_mut(run.0).expect("the run is one of ours");
        if state.end.is_some() {
            return;
        }
        state.future = None;
        state.end = Some(end);
        let (machine, run) = (state.caller.machine.clone(), state.caller.run.clone());
        if let Some(disk) = self.sea.waters().disks.get_mut(&machine) {
            disk.living.remove(&run);
        }
    }

    fn run(&self, run: RunId) -> &Run<T> {
        self.runs.get(run.0).expect("the run is one of ours")
    }
}
