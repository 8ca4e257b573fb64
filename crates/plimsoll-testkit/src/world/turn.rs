//! Waiting for one's turn.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use super::act::Act;

/// The reads and writes of one run that wait to be let through, oldest first. Lanes of a run that work side by side
/// wait here side by side.
#[derive(Default)]
pub(super) struct Turns(Mutex<Queue>);

#[derive(Default)]
struct Queue {
    next: u64,
    waiting: Vec<Waiting>,
    granted: Option<u64>,
}

struct Waiting {
    id: u64,
    act: Arc<Act>,
    waker: Waker,
}

impl Turns {
    /// Waits until the scheduler lets `act` happen.
    pub(super) fn take(self: &Arc<Self>, act: Act) -> Turn {
        Turn { turns: Arc::clone(self), state: TurnState::New(act) }
    }

    /// What waits, oldest first.
    pub(super) fn waiting(&self) -> Vec<Arc<Act>> {
        self.queue().waiting.iter().map(|waiting| Arc::clone(&waiting.act)).collect()
    }

    /// True if nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.queue().waiting.is_empty()
    }

    /// What has waited longest.
    pub(super) fn oldest(&self) -> Option<Arc<Act>> {
        self.queue().waiting.first().map(|waiting| Arc::clone(&waiting.act))
    }

    /// Lets the `nth` of what waits happen at the next poll.
    pub(super) fn grant(&self, nth: usize) -> Arc<Act> {
        let mut queue = self.queue();
        let chosen = queue.waiting.get(nth).expect("only what waits is granted");
        let (id, act, waker) = (chosen.id, Arc::clone(&chosen.act), chosen.waker.clone());
        queue.granted = Some(id);
        drop(queue);
        waker.wake();
        act
    }

    /// True if what was granted has not happened yet.
    pub(super) fn is_idle(&self) -> bool {
        self.queue().granted.is_some()
    }

    /// True if the run has come to the place where it is to die.
    pub(super) fn is_sinking(&self) -> bool {
        self.queue().waiting.iter().any(|waiting| *waiting.act == Act::Sink)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().expect("no test goes on after a panic")
    }
}

/// A place in the queue, given up when it is dropped.
pub(super) struct Turn {
    turns: Arc<Turns>,
    state: TurnState,
}

enum TurnState {
    New(Act),
    Waiting(u64),
    Over,
}

impl Future for Turn {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let turns = Arc::clone(&self.turns);
        let mut queue = turns.queue();
        match std::mem::replace(&mut self.state, TurnState::Over) {
            TurnState::New(act) => {
                let id = queue.next;
                queue.next += 1;
                queue.waiting.push(Waiting { id, act: Arc::new(act), waker: context.waker().clone() });
                self.state = TurnState::Waiting(id);
                Poll::Pending
            }
            TurnState::Waiting(id) if queue.granted == Some(id) => {
                queue.granted = None;
                queue.waiting.retain(|waiting| waiting.id != id);
                Poll::Ready(())
            }
            TurnState::Waiting(id) => {
                if let Some(waiting) = queue.waiting.iter_mut().find(|waiting| waiting.id == id) {
                    waiting.waker.clone_from(context.waker());
                }
                self.state = TurnState::Waiting(id);
                Poll::Pending
            }
            TurnState::Over => Poll::Ready(()),
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let TurnState::Waiting(id) = self.state {
            let mut queue = self.turns.queue();
            queue.waiting.retain(|waiting| waiting.id != id);
            if queue.granted == Some(id) {
                queue.granted = None;
            }
        }
    }
}
