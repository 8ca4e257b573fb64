//! F1, F6, F7, F8, F10: who holds the claim, and who may commit.

use std::collections::BTreeSet;

use plimsoll_engine::domain::claim::State;
use plimsoll_engine::run::order::Takeover;
use plimsoll_engine::run::released::Part;
use plimsoll_testkit::world::{Change, Fault};

use crate::acts::{points, puts_content, reads_tag, swap_to, swaps_to};
use crate::ending::{Ended, Stopped};
use crate::project::{M1, R1, R2, V1, image_tag, repository};
use crate::stage::{Settings, Stage};

fn stage() -> Stage {
    Stage::new(Settings::default())
}

#[test]
fn f1_a_lost_reply_is_looked_up() {
    for state in [State::Reserved, State::Sealed, State::Committed, State::Published] {
        let mut stage = stage();
        let a = stage.release("A", "one", V1);
        stage.scheduler.fault(a, Fault::ReplyLost, swap_to(state));
        assert!(matches!(stage.end(a), Ended::Released(Part::Made, _)), "{state}");
        assert_eq!(stage.state(V1), Some(State::Published));
    }
}

#[test]
fn f1_a_commit_that_is_sent_again_is_the_same_write() {
    let mut stage = stage();
    let a = stage.release("A", "one", V1);
    stage.scheduler.fault(a, Fault::Late, swap_to(State::Committed));
    stage.past(a, swaps_to(State::Committed));
    assert_eq!(stage.state(V1), Some(State::Sealed));
    stage.past(a, swaps_to(State::Committed));
    assert_eq!(stage.state(V1), Some(State::Committed));
    // Only for the very same bytes git says "up to date" whatever was expected.
    assert!(stage.sea.let_late_request_arrive());
    assert!(stage.end(a).is_done());
}

#[test]
fn f1_a_lost_reply_to_burning_is_looked_up() {
    let mut stage = stage();
    let a = stage.release("A", "one", V1);
    stage.past(a, swaps_to(State::Committed));
    stage.sea.push_foreign(&repository(R1), &image_tag(V1));
    stage.scheduler.fault(a, Fault::ReplyLost, swap_to(State::Burnt));
    assert_eq!(stage.end(a), Ended::Stopped(Stopped::Burnt));
}

#[test]
fn f6_a_tag_of_the_run_that_just_committed_is_not_taken() {
    let mut stage = stage();
    let a = stage.release("A", "one", V1);
    stage.past(a, swaps_to(State::Sealed));
    let b = stage.release("B", "two", V1);
    stage.until(b, reads_tag(R1, V1));
    stage.past(a, points(R1, V1));
    let ended = stage.end(b);
    assert!(matches!(ended, Ended::Released(Part::Adopted, _)), "{ended:?}");
    assert!(stage.end(a).is_done());
}

#[test]
fn f6_a_deposed_run_says_deposed_not_taken() {
    let mut stage = stage();
    let a = stage.release("A", "one", V1);
    stage.past(a, swaps_to(State::Sealed));
    stage.until(a, reads_tag(R1, V1));
    assert!(stage.release_alone("B", "two", V1).is_done());
    assert_eq!(stage.end(a), Ended::Stopped(Stopped::Deposed));
}

#[test]
fn f7_the_git_tag_is_moved_while_content_goes_up() {
    let mut stage = stage();
    let a = stage.release("A", "one", V1);
    stage.past(a, swaps_to(State::Sealed));
    stage.until(a, puts_content);
    stage.sea.remake_git_tag(V1);
    assert_eq!(stage.end(a), Ended::Stopped(Stopped::TagMoved));
    assert!(stage.sea.visible_tags().is_empty());
}

#[test]
fn f7_the_git_tag_is_moved_between_the_last_look_and_the_commit() {
    let mut stage = stage();
    let a = stage.release("A", "one", V1);
    stage.until(a, swaps_to(State::Committed));
    stage.sea.make_git_tag(V1);
    assert_eq!(stage.end(a), Ended::Stopped(Stopped::TagMoved));
    assert_eq!(stage.state(V1), Some(State::Sealed));
    assert!(stage.sea.visible_tags().is_empty());
}

#[test]
fn f7_the_git_tag_is_moved_after_the_commit() {
    let mut stage = stage();
    let a = stage.release("A", "one", V1);
    stage.past(a, swaps_to(State::Committed));
    stage.sea.make_git_tag(V1);
    assert_eq!(stage.end(a), Ended::Stopped(Stopped::GitTagDrift));
    assert_eq!(stage.state(V1), Some(State::Published));
    assert!([R1, R2, M1].iter().all(|place| stage.tag(place, V1).is_some()));
}

#[test]
fn f7_a_run_for_the_new_tag_takes_over_before_the_commit_and_stops_after_it() {
    let mut stage = stage();
    let a = stage.release("A", "one", V1);
    stage.past(a, swaps_to(State::Sealed));
    stage.sea.make_git_tag(V1);
    // Nobody needs to be asked: the old tag object is no longer the remote's.
    let b = stage.release_with("B", "two", V1, Takeover::WhenDead);
    assert!(matches!(stage.end(b), Ended::Released(Part::Made, _)));
    assert_eq!(stage.end(a), Ended::Stopped(Stopped::Deposed));
    stage.sea.make_git_tag(V1);
    assert_eq!(stage.release_alone("C", "three", V1), Ended::Stopped(Stopped::TagMovedSince));
}

#[test]
fn f8_a_sealed_set_that_nobody_has_is_given_up() {
    let mut stage = stage();
    let a = stage.release("A", "one", V1);
    stage.past(a, swaps_to(State::Sealed));
    stage.until(a, puts_content);
    let given_up = stage.claim(V1).seal.expect("it is sealed");
    stage.sink(a, "one");
    let ended = stage.release_alone("B", "two", V1);
    assert!(matches!(ended, Ended::Released(Part::Made, _)), "{ended:?}");
    assert!(!stage.claim(V1).seal.expect("it is sealed").is_same_set(&given_up));
}

#[test]
fn f8_the_twin_that_only_slept_never_tags_its_set() {
    let mut stage = stage();
    let a = stage.release("A", "one", V1);
    stage.past(a, swaps_to(State::Sealed));
    stage.until(a, puts_content);
    let asleep = stage.claim(V1).seal.expect("it is sealed");
    assert!(stage.release_alone("B", "two", V1).is_done());
    assert_eq!(stage.end(a), Ended::Stopped(Stopped::Deposed));
    let tagged = stage.sea.visible_tags().into_values().collect::<BTreeSet<_>>();
    assert!(asleep.artifacts.values().all(|digest| !tagged.contains(digest)));
}

#[test]
fn f8_the_twin_that_slept_just_before_the_commit_is_refused() {
    let mut stage = stage();
    let a = stage.release("A", "one", V1);
    stage.until(a, swaps_to(State::Committed));
    let b = stage.release("B", "two", V1);
    stage.past(b, swaps_to(State::Reserved));
    assert_eq!(stage.end(a), Ended::Stopped(Stopped::Deposed));
    assert!(stage.end(b).is_done());
}

#[test]
fn f10_a_late_swap_never_fits_again() {
    let mut stage = stage();
    // A reserves, but does not hear of it.
    let a = stage.release("A", "one", V1);
    stage.scheduler.fault(a, Fault::ReplyLost, swap_to(State::Reserved));
    stage.past(a, swaps_to(State::Reserved));
    // B takes over; a first copy of its swap is still on its way.
    let b = stage.release("B", "two", V1);
    stage.scheduler.fault(b, Fault::Late, swap_to(State::Reserved));
    stage.past(b, swaps_to(State::Reserved));
    stage.past(b, swaps_to(State::Reserved));
    assert_eq!(stage.claim(V1).holder.run, "B");
    // A looks, and takes over again with what it wrote before but for the nonce.
    stage.past(a, swaps_to(State::Reserved));
    assert_eq!(stage.claim(V1).holder.run, "A");
    assert_eq!(stage.sea.late_requests(), 1);
    assert!(!stage.sea.let_late_request_arrive(), "the late swap fits again");
    assert!(stage.end(a).is_done());
    assert_eq!(stage.end(b), Ended::Stopped(Stopped::Deposed));
    let history = stage.sea.history();
    let written: Vec<_> = history
        .iter()
        .filter_map(|deed| match &deed.change {
            Change::Claim { to: Some(claim), .. } => Some(claim.bytes()),
            _ => None,
        })
        .collect();
    assert_eq!(written.iter().collect::<BTreeSet<_>>().len(), written.len());
}

#[test]
fn a_live_run_is_left_alone() {
    let mut stage = stage();
    let a = stage.release("A", "one", V1);
    stage.past(a, swaps_to(State::Reserved));
    for machine in ["one", "two"] {
        let b = stage.release_with(&format!("B on {machine}"), machine, V1, Takeover::WhenDead);
        assert_eq!(stage.end(b), Ended::Stopped(Stopped::Held));
    }
    assert!(stage.end(a).is_done());
}

#[test]
fn a_version_tag_of_a_stranger_stops_a_release_before_it_begins() {
    let mut stage = stage();
    stage.sea.push_foreign(&repository(R2), &image_tag(V1));
    assert_eq!(stage.release_alone("A", "one", V1), Ended::Stopped(Stopped::Taken));
    assert_eq!(stage.state(V1), None);
    assert_eq!(stage.sea.visible_tags().len(), 1);
}

#[test]
fn a_stranger_between_preflight_and_commit_leaves_nothing_of_ours_visible() {
    let mut stage = stage();
    let a = stage.release("A", "one", V1);
    stage.past(a, swaps_to(State::Sealed));
    stage.until(a, puts_content);
    stage.sea.push_foreign(&repository(R2), &image_tag(V1));
    assert_eq!(stage.end(a), Ended::Stopped(Stopped::Taken));
    assert_eq!(stage.sea.visible_tags().len(), 1);
}
