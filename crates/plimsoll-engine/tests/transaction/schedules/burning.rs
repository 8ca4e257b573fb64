//! F2 to F5: what happens to a set after the commit point.

use std::time::Duration;

use plimsoll_engine::domain::claim::State;
use plimsoll_engine::run::order::Takeover;
use plimsoll_engine::run::released::Part;
use plimsoll_engine::statement::artifact::RECORD;
use plimsoll_testkit::world::RunId;

use crate::acts::{points, swaps_to};
use crate::ending::{Ended, Stopped};
use crate::project::{M1, R1, R2, STALE, V1, image_tag, repository};
use crate::stage::{Settings, Stage};

fn stage() -> Stage {
    Stage::new(Settings::default())
}

/// A has committed and sleeps.
fn committed() -> (Stage, RunId) {
    let mut stage = stage();
    let a = stage.release("A", "one", V1);
    stage.past(a, swaps_to(State::Committed));
    (stage, a)
}

/// What no tag holds goes, and no hold tag holds.
fn lose(stage: &Stage, place: &str) {
    let place = repository(place);
    stage.sea.lose_holds(&place);
    assert!(stage.sea.collect(&place) > 0, "nothing was collected");
}

#[test]
fn f2_a_finished_release_is_never_burnt() {
    let mut stage = stage();
    assert!(stage.release_alone("A", "one", V1).is_done());
    stage.sea.push_foreign(&repository(R1), &image_tag(V1));
    let before = stage.sea.visible_tags();
    assert_eq!(stage.release_alone("B", "two", V1), Ended::Stopped(Stopped::Drift));
    assert_eq!(stage.state(V1), Some(State::Published));
    assert_eq!(stage.sea.visible_tags(), before);
}

#[test]
fn f3_who_finishes_after_another_has_burnt_says_burnt() {
    let mut stage = stage();
    let a = stage.release("A", "one", V1);
    stage.until(a, swaps_to(State::Published));
    stage.sea.push_foreign(&repository(R1), &image_tag(V1));
    assert_eq!(stage.release_alone("B", "two", V1), Ended::Stopped(Stopped::Burnt));
    assert_eq!(stage.end(a), Ended::Stopped(Stopped::Burnt));
    assert_eq!(stage.tag(R1, "latest"), None);
    assert!(stage.sea.files().is_empty());
}

#[test]
fn f3_who_burns_after_another_has_published_says_drift() {
    let mut stage = stage();
    let a = stage.release("A", "one", V1);
    stage.until(a, swaps_to(State::Published));
    stage.sea.push_foreign(&repository(R1), &image_tag(V1));
    let b = stage.release("B", "two", V1);
    stage.until(b, swaps_to(State::Burnt));
    assert!(matches!(stage.end(a), Ended::Released(Part::Made, _)));
    assert_eq!(stage.end(b), Ended::Stopped(Stopped::Drift));
    assert_eq!(stage.state(V1), Some(State::Published));
}

#[test]
fn f4_hold_tags_keep_what_is_committed() {
    let (mut stage, a) = committed();
    stage.sink(a, "one");
    for place in [R1, R2, M1] {
        stage.sea.collect(&repository(place));
    }
    let ended = stage.release_alone("B", "two", V1);
    assert!(matches!(ended, Ended::Released(Part::Adopted, _)), "{ended:?}");
}

#[test]
fn f4_bytes_that_are_gone_burn_a_version_only_when_their_machine_is_dead() {
    let (mut stage, a) = committed();
    lose(&stage, R2);
    let b = stage.release_with("B", "two", V1, Takeover::WhenDead);
    assert_eq!(stage.end(b), Ended::Stopped(Stopped::Gone));
    assert_eq!(stage.state(V1), Some(State::Committed));
    stage.sink(a, "one");
    stage.sea.wait(Duration::from_secs(STALE + 1));
    let c = stage.release_with("C", "two", V1, Takeover::WhenDead);
    assert_eq!(stage.end(c), Ended::Stopped(Stopped::Burnt));
    assert_eq!(stage.state(V1), Some(State::Burnt));
}

#[test]
fn f4_who_is_not_let_in_burns_nothing() {
    let (mut stage, a) = committed();
    stage.sink(a, "one");
    stage.sea.veil("two", &repository(R2));
    let ended = stage.release_alone("B", "two", V1);
    assert!(matches!(&ended, Ended::Stopped(Stopped::Failed(why)) if why.contains("Denied")), "{ended:?}");
    assert_eq!(stage.state(V1), Some(State::Committed));
    stage.sea.unveil("two", &repository(R2));
    assert!(stage.release_alone("C", "two", V1).is_done());
}

#[test]
fn f4_who_is_not_let_in_calls_no_published_content_lost() {
    let mut stage = stage();
    assert!(stage.release_alone("A", "one", V1).is_done());
    stage.sea.veil("two", &repository(R2));
    let ended = stage.release_alone("B", "two", V1);
    assert!(matches!(&ended, Ended::Stopped(Stopped::Failed(why)) if why.contains("Denied")), "{ended:?}");
}

#[test]
fn f4_a_copy_that_is_gone_comes_back_from_the_other_repository() {
    for place in [R1, M1] {
        let (mut stage, a) = committed();
        stage.sink(a, "one");
        lose(&stage, place);
        let ended = stage.release_alone("B", "two", V1);
        assert!(matches!(ended, Ended::Released(Part::Adopted, _)), "{place}: {ended:?}");
    }
}

#[test]
fn f4_who_is_refused_to_burn_looks_again() {
    let (mut stage, a) = committed();
    lose(&stage, R2);
    let b = stage.release("B", "two", V1);
    stage.until(b, swaps_to(State::Burnt));
    assert!(stage.end(a).is_done());
    let ended = stage.end(b);
    assert!(ended.is_done(), "{ended:?}");
}

#[test]
fn f5_hold_tags_keep_a_set_between_look_and_write() {
    let (mut stage, a) = committed();
    stage.until(a, points(R1, V1));
    assert_eq!(stage.sea.collect(&repository(R1)), 0);
    assert!(stage.end(a).is_done());
}

#[test]
fn f5_what_is_collected_between_look_and_write_is_mended_before_anything_follows() {
    let (mut stage, a) = committed();
    stage.until(a, points(R1, V1));
    let place = repository(R1);
    let seal = stage.claim(V1).seal.expect("it is sealed");
    let record = |stage: &Stage| stage.sea.repository(&place).has_statement(&RECORD, &seal.record);
    // The registry takes the tag, since the image is held; its record is not.
    let image = stage.sea.repository(&place).tags().iter().find_map(|(tag, digest)| {
        seal.artifacts.values().any(|artifact| artifact == digest).then(|| (tag.clone(), digest.clone()))
    });
    let (tag, digest) = image.expect("the image is held");
    stage.sea.lose_holds(&place);
    stage.sea.point_by_hand(&place, &tag, &digest);
    stage.sea.collect(&place);
    assert!(!record(&stage));
    stage.until(a, swaps_to(State::Published));
    assert!(record(&stage));
    assert!(stage.end(a).is_done());
}

#[test]
fn f5_a_tag_whose_content_is_gone_is_not_the_end() {
    let (mut stage, a) = committed();
    stage.until(a, points(R1, V1));
    lose(&stage, R1);
    let ended = stage.end(a);
    assert!(ended.is_done(), "{ended:?}");
}

#[test]
fn a_published_release_whose_bytes_are_gone_everywhere_has_drifted() {
    let mut stage = stage();
    assert!(stage.release_alone("A", "one", V1).is_done());
    stage.machine("one").lose_layout();
    let image = stage.tag(R2, V1).expect("it is tagged");
    stage.sea.delete_content(&repository(R2), &image);
    let ended = stage.release_alone("B", "two", V1);
    assert_eq!(ended.exit(), 7, "{ended:?}");
    assert_eq!(stage.state(V1), Some(State::Published));
}

#[test]
fn a_stranger_between_two_tags_burns_the_version() {
    let (mut stage, a) = committed();
    stage.past(a, points(R1, V1));
    stage.scheduler.kill(a);
    assert_eq!((stage.tag(R1, V1).is_some(), stage.tag(R2, V1)), (true, None));
    stage.sea.push_foreign(&repository(R2), &image_tag(V1));
    assert_eq!(stage.release_alone("A again", "one", V1), Ended::Stopped(Stopped::Burnt));
    let before = stage.sea.visible_tags();
    assert_eq!(stage.release_alone("B", "two", V1), Ended::Stopped(Stopped::Burnt));
    assert_eq!(stage.sea.visible_tags(), before);
    assert_eq!(stage.tag(R1, "latest"), None);
}
