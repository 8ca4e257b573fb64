//! Time and chance.

use std::time::Duration;

use super::Work;
use crate::domain::time::Moment;

/// The clock on the wall, waiting, and dice.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Moment;
    /// How long ago some moment was that stays the same in a run: for durations. It never goes back.
    fn elapsed(&self) -> Duration;
    /// Waits.
    fn sleep(&self, time: Duration) -> Work<'_, ()>;
    /// 128 random bits.
    fn random(&self) -> u128;
}
