//! Which run goes on, and how far, as the dice of a seed fall.

use std::fmt::Debug;

use plimsoll_testkit::world::{RunId, Scheduler};

/// Lets one of the living runs go on, for less than `2^longest` reads and writes. Gives its place among them.
pub(crate) fn burst<T: Debug>(
    scheduler: &mut Scheduler<T>,
    living: &[RunId],
    dice: &mut fastrand::Rng,
    longest: u32,
) -> usize {
    let at = dice.usize(..living.len());
    for _ in 0..1 << dice.u32(..longest) {
        let waiting = scheduler.waiting(living[at]).len();
        if waiting == 0 {
            break;
        }
        scheduler.step_at(living[at], dice.usize(..waiting));
    }
    at
}

/// Lets runs go on by turns until all have ended.
pub(crate) fn sail<T: Debug>(scheduler: &mut Scheduler<T>, mut living: Vec<RunId>, dice: &mut fastrand::Rng) {
    while !living.is_empty() {
        let at = burst(scheduler, &living, dice, 7);
        if scheduler.end(living[at]).is_some() {
            living.swap_remove(at);
        }
    }
}
