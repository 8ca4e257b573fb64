//! F19 and section 6: who announces before he looks is seen by the other.

use plimsoll_engine::domain::project::ClaimPolicy;
use plimsoll_engine::run::released::Part;
use plimsoll_oci::name::ImageTag;

use crate::acts::{lists_tags, points, puts_content};
use crate::ending::{Ended, Stopped};
use crate::project::{R1, R2, V1, image_tag, repository};
use crate::stage::{Settings, Stage};

fn stage() -> Stage {
    Stage::new(Settings { claim: ClaimPolicy::None, mirror: None, ..Settings::default() })
}

/// The announcements that stand in the plan's first repository.
fn announcements(stage: &Stage) -> Vec<ImageTag> {
    let records: Vec<_> = stage.sea.sets().iter().map(|seal| seal.record.short().to_owned()).collect();
    let held = stage.sea.repository(&repository(R1));
    let announces = |tag: &&ImageTag| records.iter().any(|record| tag.as_str().ends_with(record.as_str()));
    held.tags().keys().filter(announces).cloned().collect()
}

#[test]
fn f19_who_read_absent_and_slept_stops_before_he_writes() {
    let mut stage = stage();
    let b = stage.release("B", "two", V1);
    stage.until(b, puts_content);
    assert!(stage.release_alone("A", "one", V1).is_done());
    let before = stage.sea.visible_tags();
    assert_eq!(stage.end(b), Ended::Stopped(Stopped::Contested));
    assert_eq!(stage.sea.visible_tags(), before);
}

#[test]
fn two_that_see_each_other_both_stop_and_a_person_chooses() {
    let mut stage = stage();
    let a = stage.release("A", "one", V1);
    let b = stage.release("B", "two", V1);
    for run in [a, b] {
        stage.past(run, lists_tags(R1));
    }
    for run in [a, b] {
        stage.until(run, lists_tags(R1));
    }
    assert_eq!(stage.end(a), Ended::Stopped(Stopped::Contested));
    assert_eq!(stage.end(b), Ended::Stopped(Stopped::Contested));
    assert_eq!(stage.release_alone("C", "three", V1), Ended::Stopped(Stopped::Contested));
    assert!(stage.sea.visible_tags().is_empty());
    let announced = announcements(&stage);
    assert_eq!(announced.len(), 2);
    stage.sea.remove_tag(&repository(R1), &announced[0]);
    let ended = stage.release_alone("D", "four", V1);
    assert!(matches!(ended, Ended::Released(Part::Adopted, _)), "{ended:?}");
}

#[test]
fn who_dies_announced_is_finished_by_any_other() {
    let mut stage = stage();
    let a = stage.release("A", "one", V1);
    stage.until(a, points(R1, V1));
    stage.sink(a, "one");
    assert_eq!(announcements(&stage).len(), 1);
    let ended = stage.release_alone("B", "two", V1);
    assert!(matches!(ended, Ended::Released(Part::Adopted, _)), "{ended:?}");
}

#[test]
fn who_dies_between_two_tags_is_finished_by_any_other() {
    let mut stage = stage();
    let a = stage.release("A", "one", V1);
    stage.past(a, points(R1, V1));
    stage.sink(a, "one");
    let ended = stage.release_alone("B", "two", V1);
    assert!(matches!(ended, Ended::Released(Part::Adopted, _)), "{ended:?}");
}

#[test]
fn who_dies_before_announcing_leaves_the_version_free() {
    let mut stage = stage();
    let a = stage.release("A", "one", V1);
    stage.until(a, puts_content);
    stage.sink(a, "one");
    let ended = stage.release_alone("B", "two", V1);
    assert!(matches!(ended, Ended::Released(Part::Made, _)), "{ended:?}");
}

#[test]
fn a_machine_goes_on_with_the_layout_that_it_announced() {
    let mut stage = stage();
    let a = stage.release("A", "one", V1);
    stage.until(a, points(R1, V1));
    stage.scheduler.kill(a);
    let ended = stage.release_alone("A again", "one", V1);
    assert!(ended.is_done(), "{ended:?}");
    assert_eq!(stage.sea.sets().len(), 1);
}

#[test]
fn a_stranger_between_two_tags_is_told_by_every_later_run() {
    let mut stage = stage();
    let a = stage.release("A", "one", V1);
    stage.past(a, points(R2, V1));
    stage.sea.push_foreign(&repository(R2), &image_tag(V1));
    assert_eq!(stage.end(a), Ended::Stopped(Stopped::Taken));
    assert_eq!(stage.release_alone("B", "two", V1), Ended::Stopped(Stopped::Taken));
    assert_eq!(stage.tag(R1, "latest"), None);
}

#[test]
fn a_finished_release_is_found_done() {
    let mut stage = stage();
    assert!(stage.release_alone("A", "one", V1).is_done());
    let before = stage.sea.visible_tags();
    let ended = stage.release_alone("B", "two", V1);
    assert!(matches!(ended, Ended::Released(Part::Nothing, _)), "{ended:?}");
    assert_eq!(stage.sea.visible_tags(), before);
}

#[test]
fn the_git_tag_is_moved_while_content_goes_up() {
    let mut stage = stage();
    let a = stage.release("A", "one", V1);
    stage.until(a, puts_content);
    stage.sea.make_git_tag(V1);
    assert_eq!(stage.end(a), Ended::Stopped(Stopped::TagMoved));
    assert!(stage.sea.visible_tags().is_empty());
}
