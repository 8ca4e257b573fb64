//! What this machine did: evidence, never truth.

use super::gate::Effect;

/// How an effect went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// It is about to be tried.
    Trying,
    /// It was done.
    Done,
    /// It failed, or its reply was lost.
    Unclear,
}

/// An append-only list. Writing to it must not fail a release: an implementation keeps its own troubles for later.
pub trait Journal: Send + Sync {
    /// Appends one line.
    fn note(&self, attempt: Attempt, effect: &Effect);
}

/// A journal that keeps nothing.
pub struct Unwritten;

impl Journal for Unwritten {
    fn note(&self, _attempt: Attempt, _effect: &Effect) {}
}
