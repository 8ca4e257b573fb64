//! Two runs and two switches, at every pair of moments that matter: A goes on to one of them and sleeps, B goes on to
//! one of its own and sleeps, or to its end; A goes on to its end, then B. Besides, A is killed where it sleeps, or a
//! stranger comes there, or the git tag is moved.

use std::panic::{AssertUnwindSafe, catch_unwind};

use plimsoll_testkit::world::{Act, RunId};

use crate::project::{R2, V1, image_tag, repository};
use crate::stage::{Settings, Stage};
use crate::truth::{check_a_fresh_run, check_ending};

/// What happens where A sleeps.
#[derive(Clone, Copy, Debug)]
enum Besides {
    Nothing,
    AIsKilled,
    AStrangerPushes,
    TheGitTagIsMoved,
}

/// Whether it matters who is before the other here: claims, version tags, the git tag.
fn matters(act: &Act) -> bool {
    match act {
        Act::ReadClaim(_) | Act::SwapClaim(..) | Act::ReadGitTag(_) => true,
        Act::ReadTag(_, tag) | Act::Point(_, tag) => tag.as_str() == V1,
        _ => false,
    }
}

/// Lets a run go on until it is about to do its `nth` thing that matters, or to its end. Gives whether it sleeps there.
fn go_on(stage: &mut Stage, run: RunId, nth: usize) -> bool {
    let mut met = 0;
    while let Some(next) = stage.scheduler.waiting(run).first() {
        if matters(next) {
            if met == nth {
                return true;
            }
            met += 1;
        }
        stage.scheduler.step(run);
    }
    check_ending(stage, run);
    false
}

/// Gives whether A and B came as far as they should.
fn sail(besides: Besides, first: usize, second: usize) -> (bool, bool) {
    let mut stage = Stage::new(Settings { mirror: None, ..Settings::default() });
    let a = stage.release("A", "one", V1);
    let a_sleeps = go_on(&mut stage, a, first);
    match besides {
        Besides::Nothing => {}
        Besides::AIsKilled => stage.sink(a, "one"),
        Besides::AStrangerPushes => _ = stage.sea.push_foreign(&repository(R2), &image_tag(V1)),
        Besides::TheGitTagIsMoved => _ = stage.sea.make_git_tag(V1),
    }
    let b = stage.release("B", "two", V1);
    let b_sleeps = go_on(&mut stage, b, second);
    for run in [a, b] {
        go_on(&mut stage, run, usize::MAX);
    }
    check_a_fresh_run(&mut stage, "fresh", V1);
    (a_sleeps, b_sleeps)
}

fn sail_all(besides: Besides) {
    let mut first = 0;
    loop {
        let mut second = 0;
        let a_slept = loop {
            let voyage = catch_unwind(AssertUnwindSafe(|| sail(besides, first, second)));
            let Ok((a_sleeps, b_sleeps)) = voyage else {
                panic!("{besides:?}, A up to its moment {first}, B up to its moment {second}")
            };
            if !b_sleeps {
                break a_sleeps;
            }
            second += 1;
        };
        if !a_slept {
            break;
        }
        first += 1;
    }
    assert!(first > 15, "A has only {first} moments that matter");
}

#[test]
fn two_switches() {
    sail_all(Besides::Nothing);
}

#[test]
fn two_switches_and_a_kill() {
    sail_all(Besides::AIsKilled);
}

#[test]
fn two_switches_and_a_stranger() {
    sail_all(Besides::AStrangerPushes);
}

#[test]
fn two_switches_and_another_git_tag() {
    sail_all(Besides::TheGitTagIsMoved);
}
