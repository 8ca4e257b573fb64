//! Images of branches and pull requests: what is published is adopted, and when all is quiet every moving tag is at the
//! newest published commit of its line, whoever was killed or slept where.

mod yard;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use plimsoll_engine::domain::target::Necessity;
use plimsoll_testkit::world::{Act, Builds, Fault, RunId};

use crate::project::{M1, R1, repository};
use yard::{Done, PULL, Yard, commit};

#[test]
fn a_commit_is_published_once_and_adopted_from_then_on() {
    let mut yard = Yard::new(&["main", "sha-{sha}"]);
    yard.line(&[1]);
    assert_eq!(yard.publish_alone("first", "one", 1), Done::Made);
    let digests: Vec<_> =
        yard.places().map(|place| yard.digest(place, "main").expect("it is tagged")).collect();
    for place in yard.places() {
        assert_eq!(yard.digest(place, "main"), yard.digest(place, "sha-0000001"));
        assert_eq!(yard.hidden(place), BTreeSet::new(), "no tag that nobody asked for");
    }
    for machine in ["one", "two"] {
        assert_eq!(yard.publish_alone(&format!("again on {machine}"), machine, 1), Done::Nothing);
    }
    assert_eq!(yard.builds_of("two"), 0, "what is published is not built again");
    let now: Vec<_> = yard.places().map(|place| yard.digest(place, "main").expect("it is tagged")).collect();
    assert_eq!(now, digests);
    assert_eq!(digests[0], digests[2], "a mirror has the very same image");
}

#[test]
fn without_a_tag_of_the_commit_a_hidden_one_is_kept() {
    let mut yard = Yard::new(&["main"]);
    yard.line(&[1]);
    assert_eq!(yard.publish_alone("first", "one", 1), Done::Made);
    let hidden = format!("plimsoll-commit-a-{}", commit(1));
    assert_eq!(yard.digest(R1, &hidden), yard.digest(R1, "main"));
    assert_eq!(yard.publish_alone("again", "two", 1), Done::Nothing);
    assert_eq!(yard.builds_of("two"), 0);
}

#[test]
fn an_older_commit_that_comes_late_moves_nothing() {
    for rules in [&["main", "sha-{sha}"] as &[_], &["main"]] {
        let mut yard = Yard::new(rules);
        yard.line(&[2, 1]);
        assert_eq!(yard.publish_alone("newer", "one", 2), Done::Made);
        let newest = yard.digest(R1, "main");
        assert_eq!(yard.publish_alone("older", "two", 1), Done::Made);
        assert_eq!(yard.digest(R1, "main"), newest);
        assert_eq!(yard.heads_of("older"), [2]);
    }
}

#[test]
fn a_commit_that_was_forced_away_moves_nothing() {
    let mut yard = Yard::new(&["main", "sha-{sha}"]);
    yard.line(&[3]);
    assert_eq!(yard.publish_alone("new", "one", 3), Done::Made);
    let newest = yard.digest(R1, "main");
    assert_eq!(yard.publish_alone("forced away", "two", 2), Done::Made);
    assert_eq!(yard.digest(R1, "main"), newest);
    assert!(yard.digest(R1, "sha-0000002").is_some(), "the commit's own tag is no line's");
    // On a branch that is gone nothing is the newest.
    yard.line(&[]);
    assert_eq!(yard.publish_alone("gone", "two", 4), Done::Made);
    assert_eq!(yard.digest(R1, "main"), newest);
    // Somebody goes back to an older commit: a run for it, or for any other, puts the tags there.
    yard.line(&[2]);
    assert_eq!(yard.publish_alone("back", "one", 2), Done::Finished);
    assert_eq!(yard.digest(R1, "main"), yard.digest(R1, "sha-0000002"));
}

#[test]
fn the_tag_of_a_commit_is_no_other_commits() {
    let mut yard = Yard::new(&["main", "sha-{sha}"]);
    // Seven digits are few: these two begin alike.
    let alike: u32 = 0x1000_0001;
    assert_eq!(commit(1).short(), commit(alike).short());
    yard.line(&[1]);
    assert_eq!(yard.publish_alone("first", "one", 1), Done::Made);
    yard.line(&[alike, 1]);
    assert_eq!(yard.publish_alone("second", "one", alike), Done::OtherCommit);
    let mut yard = Yard::new(&["main", "sha-{sha}", "{commit}"]);
    yard.line(&[1]);
    assert_eq!(yard.publish_alone("first", "one", 1), Done::Made);
    yard.line(&[alike, 1]);
    assert_eq!(yard.publish_alone("second", "one", alike), Done::Made, "the longest tag counts");
    assert_eq!(yard.digest(R1, "main"), yard.digest(R1, commit(alike).as_str()));
    assert_eq!(yard.digest(R1, "sha-0000001"), yard.digest(R1, commit(1).as_str()), "first wins");
}

#[test]
fn a_pull_request_is_built_again_on_each_state_of_its_branch() {
    let mut yard = Yard::new(&["main"]);
    yard.pull_request(&[10]);
    assert_eq!(yard.publish_merge("first", "one", 101, 10), Done::Made);
    assert_eq!(yard.publish_merge("first again", "two", 101, 10), Done::Nothing);
    let first = yard.digest(R1, "pr-7");
    assert_eq!(yard.publish_merge("on the new base", "two", 102, 10), Done::Made);
    assert_ne!(yard.digest(R1, "pr-7"), first);
    let hidden = format!("plimsoll-pull-7-a-{}", commit(10));
    assert_eq!(yard.digest(R1, &hidden), yard.digest(R1, "pr-7"));
    yard.pull_request(&[11, 10]);
    assert_eq!(yard.publish_merge("the next commit", "one", 103, 11), Done::Made);
    let newest = yard.digest(R1, "pr-7");
    assert_eq!(yard.publish_merge("an old job again", "one", 102, 10), Done::Nothing);
    assert_eq!(yard.digest(R1, "pr-7"), newest);
    assert_eq!(yard.digest(R1, "main"), None);
    assert_eq!(PULL.to_string(), "pull request 7");
}

#[test]
fn a_mirror_that_may_fail_fails_alone() {
    let mut yard = Yard::with_mirror(&["main", "sha-{sha}"], Necessity::Optional);
    yard.line(&[1]);
    yard.sea.break_down(&repository(M1), u32::MAX);
    assert_eq!(yard.publish_alone("while it is down", "one", 1), Done::Mirrors);
    assert_eq!(yard.digest(R1, "main"), yard.digest(R1, "sha-0000001"));
    assert_eq!(yard.digest(M1, "main"), None);
    yard.sea.break_down(&repository(M1), 0);
    assert_eq!(yard.publish_alone("afterwards", "two", 1), Done::Finished);
    assert_eq!(yard.digest(M1, "main"), yard.digest(R1, "main"));
}

/// Whether it matters who is before the other here.
fn matters(act: &Act) -> bool {
    matches!(act, Act::ReadLine(_) | Act::ReadTag(..) | Act::Point(..))
}

/// Lets a run go on until it is about to do its `nth` thing that matters, or to its end. Gives whether it sleeps there.
fn go_on(yard: &mut Yard, run: RunId, nth: usize) -> bool {
    let mut met = 0;
    while let Some(next) = yard.scheduler.waiting(run).first() {
        if matters(next) {
            if met == nth {
                return true;
            }
            met += 1;
        }
        yard.scheduler.step(run);
    }
    false
}

/// A sleeps at one moment, B at another or goes on to its end; then A goes on, then B: at every pair of moments.
fn sail_all(rules: &[&str], commits: [u32; 2], killed: bool) {
    let mut first = 0;
    loop {
        let mut second = 0;
        let a_slept = loop {
            let voyage = || sail(rules, commits, killed, first, second);
            let Ok((a_sleeps, b_sleeps)) = catch_unwind(AssertUnwindSafe(voyage)) else {
                panic!("{rules:?} {commits:?}: A up to its moment {first}, B up to its moment {second}")
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
    assert!(first > 10, "A has only {first} moments that matter");
}

fn sail(rules: &[&str], commits: [u32; 2], killed: bool, first: usize, second: usize) -> (bool, bool) {
    let mut yard = Yard::new(rules);
    yard.line(&[commits[0]]);
    let a = yard.publish("A", "one", commits[0]);
    let a_sleeps = go_on(&mut yard, a, first);
    if commits[1] != commits[0] {
        yard.line(&[commits[1], commits[0]]);
    }
    if killed {
        yard.scheduler.kill(a);
    }
    let b = yard.publish("B", "two", commits[1]);
    let b_sleeps = go_on(&mut yard, b, second);
    for run in [a, b] {
        go_on(&mut yard, run, usize::MAX);
    }
    for run in [a, b].into_iter().filter(|run| !killed || *run == b) {
        let done = yard.done(run);
        assert!(matches!(done, Done::Made | Done::Finished | Done::Nothing), "{done:?}\n{}", yard.story());
    }
    yard.check_quiet(commits[1]);
    (a_sleeps, b_sleeps)
}

#[test]
fn two_machines_and_two_commits_at_every_pair_of_moments() {
    sail_all(&["main", "sha-{sha}"], [1, 2], false);
}

#[test]
fn two_machines_and_two_commits_without_a_tag_of_their_own() {
    sail_all(&["main"], [1, 2], false);
}

#[test]
fn two_machines_and_one_commit_at_every_pair_of_moments() {
    sail_all(&["main", "sha-{sha}"], [1, 1], false);
}

#[test]
fn two_machines_and_a_kill_at_every_pair_of_moments() {
    sail_all(&["main", "sha-{sha}"], [1, 2], true);
}

#[test]
fn whatever_happens_to_an_effect_the_next_run_finishes() {
    let faults = [
        Fault::KilledBefore,
        Fault::KilledAfter,
        Fault::ReplyLost,
        Fault::Transient,
        Fault::Stopped,
        Fault::Late,
        Fault::Slow { reads: 2 },
    ];
    for builds in [Builds::Same, Builds::Different] {
        let mut calm = Yard::new(&["main", "sha-{sha}"]);
        calm.line(&[1]);
        let run = calm.publish("calm", "one", 1);
        calm.scheduler.finish(run);
        let effects = calm.scheduler.effects(run).len();
        assert!(effects > 10, "only {effects} effects");
        for (nth, fault) in (0..effects).flat_map(|nth| faults.map(|fault| (nth, fault))) {
            let mut yard = Yard::of(&["main", "sha-{sha}"], Necessity::Required, builds);
            yard.line(&[1]);
            let run = yard.publish("struck", "one", 1);
            let met = Cell::new(0);
            yard.scheduler.fault(run, fault, move |_| met.replace(met.get() + 1) == nth);
            yard.scheduler.finish(run);
            while yard.sea.late_requests() > 0 {
                yard.sea.let_late_request_arrive();
            }
            let next = yard.publish_alone("next", "two", 1);
            assert!(
                matches!(next, Done::Made | Done::Finished | Done::Nothing),
                "{fault:?} at {nth}: {next:?}"
            );
            yard.check_quiet(1);
        }
    }
}
