//! F14 to F17, F21 and F22: which version moving tags are at.

use std::sync::Arc;

use plimsoll_engine::domain::claim::State;
use plimsoll_engine::domain::marks::Mark;
use plimsoll_engine::domain::project::Project;
use plimsoll_engine::run::released::Part;
use plimsoll_engine::statement::artifact::{Artifact, MARK};
use plimsoll_engine::statement::record::file_name;
use plimsoll_testkit::world::{Act, Change, RunId};

use crate::acts::{points, swaps_to};
use crate::ending::{Ended, Stopped};
use crate::project::{R1, R2, image_tag, repository};
use crate::stage::{Settings, Stage};

/// Released in this order, nothing else.
fn stage(versions: &[&str]) -> Stage {
    let mut stage = Stage::new(Settings { mirror: None, ..Settings::default() });
    for version in versions {
        stage.sea.make_git_tag(version);
        assert!(stage.release_alone(version, "one", version).is_done());
    }
    stage
}

fn latest(stage: &Stage) -> Option<String> {
    let at = stage.version_under(R1, "latest");
    assert_eq!(at, stage.version_under(R2, "latest"));
    at
}

fn hold(to: &str, over: &[&str]) -> Mark {
    Mark::Hold { to: to.into(), over: over.iter().map(|version| (*version).into()).collect() }
}

fn yank(version: &str) -> Mark {
    Mark::Yank { version: version.into(), record: None, reason: "broken".into() }
}

/// A, which releases 1.2.4, slept while 1.2.5 was released, and has just moved `1.2` back.
fn moved_back() -> (Stage, RunId) {
    let mut stage = stage(&["v1.2.3"]);
    stage.sea.make_git_tag("v1.2.4");
    stage.sea.make_git_tag("v1.2.5");
    let a = stage.release("A", "one", "v1.2.4");
    stage.until(a, points(R1, "1.2"));
    assert!(stage.release_alone("B", "two", "v1.2.5").is_done());
    stage.past(a, points(R1, "1.2"));
    assert_eq!(stage.version_under(R1, "1.2").as_deref(), Some("1.2.4"));
    (stage, a)
}

#[test]
fn f14_a_neighbour_that_slept_puts_back_what_it_moved() {
    let (mut stage, a) = moved_back();
    assert!(stage.end(a).is_done());
    assert_eq!(stage.version_under(R1, "1.2").as_deref(), Some("1.2.5"));
}

#[test]
fn f14_releasing_the_killed_neighbour_again_writes_the_others_digest() {
    let mut stage = stage(&["v1.2.3"]);
    stage.sea.make_git_tag("v1.2.4");
    stage.sea.make_git_tag("v1.2.5");
    let a = stage.release("A", "one", "v1.2.4");
    stage.until(a, points(R1, "1.2"));
    assert!(stage.release_alone("B", "two", "v1.2.5").is_done());
    stage.past(a, points(R1, "1.2"));
    stage.scheduler.kill(a);
    assert_eq!(stage.version_under(R1, "1.2").as_deref(), Some("1.2.4"));
    let ended = stage.release_alone("A again", "one", "v1.2.4");
    assert!(matches!(ended, Ended::Released(Part::Adopted, _)), "{ended:?}");
    assert_eq!(stage.version_under(R1, "1.2").as_deref(), Some("1.2.5"));
}

#[test]
fn f14_on_one_machine_a_neighbour_waits_until_the_tags_are_written() {
    let mut stage = stage(&["v1.2.3"]);
    stage.sea.keep_locks();
    stage.sea.make_git_tag("v1.2.4");
    stage.sea.make_git_tag("v1.2.5");
    let a = stage.release("A", "one", "v1.2.4");
    stage.until(a, points(R1, "1.2"));
    let b = stage.release("B", "one", "v1.2.5");
    stage.until(b, |act| *act == Act::LockTags);
    for _ in 0..20 {
        assert_eq!(*stage.scheduler.step(b), Act::LockTags);
    }
    // Until its next pass.
    stage.until(a, |act| *act == Act::LockTags);
    assert_eq!(stage.version_under(R1, "1.2").as_deref(), Some("1.2.4"));
    assert!(stage.end(b).is_done());
    assert_eq!(stage.version_under(R1, "1.2").as_deref(), Some("1.2.5"));
    assert!(stage.end(a).is_done());
    assert_eq!(stage.version_under(R1, "1.2").as_deref(), Some("1.2.5"));
}

#[test]
fn f15_what_is_only_committed_does_not_count() {
    let mut stage = stage(&[]);
    stage.sea.make_git_tag("v1.2.4");
    stage.sea.make_git_tag("v1.3.0");
    let a = stage.release("A", "one", "v1.3.0");
    stage.past(a, swaps_to(State::Committed));
    assert!(stage.release_alone("B", "two", "v1.2.4").is_done());
    assert_eq!(latest(&stage).as_deref(), Some("1.2.4"));
    stage.sea.push_foreign(&repository(R1), &image_tag("v1.3.0"));
    assert_eq!(stage.end(a), Ended::Stopped(Stopped::Burnt));
    assert_eq!(latest(&stage).as_deref(), Some("1.2.4"));
    assert_eq!(stage.tag(R1, "1.3"), None);
}

#[test]
fn f16_a_hold_names_what_it_passes_over() {
    let mut stage = stage(&["v1.3.0", "v1.4.0"]);
    let held = stage.mark(hold("1.3.0", &["1.4.0"]));
    let ended = stage.release_alone("again", "two", "v1.4.0");
    assert!(matches!(ended, Ended::Released(Part::Adopted, _)), "{ended:?}");
    assert_eq!(latest(&stage).as_deref(), Some("1.3.0"), "releasing it again lifts nothing");
    for (version, want) in [("v1.3.1", "1.3.1"), ("v1.4.1", "1.4.1")] {
        stage.sea.make_git_tag(version);
        assert!(stage.release_alone(version, "one", version).is_done());
        assert_eq!(latest(&stage).as_deref(), Some(want));
    }
    stage.mark(yank("1.4.1"));
    assert!(stage.release_alone("later", "one", "v1.3.0").is_done());
    assert_eq!(latest(&stage).as_deref(), Some("1.3.1"), "what the hold passed over stays passed over");
    stage.mark(Mark::Lift { statements: [held].into() });
    assert!(stage.release_alone("last", "one", "v1.3.0").is_done());
    assert_eq!(latest(&stage).as_deref(), Some("1.4.0"));
}

#[test]
fn f16_whoever_slept_through_a_rollback_undoes_its_own_write() {
    let mut stage = stage(&["v1.3.0"]);
    stage.sea.make_git_tag("v1.4.0");
    let a = stage.release("A", "one", "v1.4.0");
    stage.until(a, points(R1, "latest"));
    stage.mark(hold("1.3.0", &["1.4.0"]));
    assert!(stage.end(a).is_done());
    assert_eq!(latest(&stage).as_deref(), Some("1.3.0"));
}

#[test]
fn nobody_moves_tags_who_does_not_understand_what_was_said() {
    let mut stage = stage(&["v1.3.0", "v1.4.0"]);
    let mark = br#"{"component":"app","format":1,"mark":{"kind":"recall","version":"1.5.0"}}"#;
    stage.say(Artifact::wrap(MARK, "mark.json", mark.to_vec()));
    stage.sea.make_git_tag("v1.5.0");
    assert_eq!(stage.release_alone("A", "one", "v1.5.0"), Ended::Stopped(Stopped::Mark));
    assert_eq!((stage.state("v1.5.0"), latest(&stage).as_deref()), (Some(State::Published), Some("1.4.0")));
}

#[test]
fn what_was_said_where_a_version_was_released_counts_when_the_project_has_moved_on() {
    for (answers, want) in [(true, "1.3.1"), (false, "1.3.0")] {
        let mut stage = stage(&["v1.3.0", "v1.4.0"]);
        stage.mark(yank("1.4.0"));
        let older = stage.tag(R2, "v1.3.0").expect("it is released");
        stage.sea.point_by_hand(&repository(R2), &image_tag("latest"), &older);
        let mut project = Project::clone(&stage.project);
        project.images.retain(|image| image.repository == repository(R2));
        (project.compose, project.app_compose) = (None, None);
        stage.project = Arc::new(project);
        stage.sea.break_down(&repository(R1), if answers { 0 } else { u32::MAX });
        stage.sea.make_git_tag("v1.3.1");
        assert!(stage.release_alone("A", "one", "v1.3.1").is_done());
        assert_eq!(stage.version_under(R2, "latest").as_deref(), Some(want));
    }
}

#[test]
fn f17_a_tag_that_no_version_is_left_for_stays_and_is_named() {
    let mut stage = stage(&["v1.3.0", "v1.4.0"]);
    stage.mark(yank("1.4.0"));
    let before = stage.tag(R1, "1.4");
    assert_eq!(stage.orphans("v1.4.0"), [format!("{R1}:1.4")]);
    assert_eq!(stage.orphans("v1.3.0"), [""; 0], "who releases another version has no part in it");
    assert_eq!((stage.tag(R1, "1.4"), latest(&stage).as_deref()), (before, Some("1.3.0")));
    stage.sea.make_git_tag("v1.4.1");
    assert!(stage.release_alone("next", "one", "v1.4.1").is_done());
    assert_eq!(stage.version_under(R1, "1.4").as_deref(), Some("1.4.1"));
    assert_eq!(latest(&stage).as_deref(), Some("1.4.1"));
}

/// Another tool's version, where both images go.
fn push_others(stage: &Stage, tag: &str) {
    for place in [R1, R2] {
        stage.sea.push_foreign(&repository(place), &image_tag(tag));
    }
}

/// Points a tag of both images at what another tag is at.
fn point(stage: &Stage, tag: &str, at: &str) {
    for place in [R1, R2] {
        let digest = stage.tag(place, at).expect("it is there");
        stage.sea.point_by_hand(&repository(place), &image_tag(tag), &digest);
    }
}

#[test]
fn f21_no_tag_is_drawn_to_what_another_tool_left_under_a_version() {
    let mut stage = stage(&["v1.3.0", "v1.4.0"]);
    push_others(&stage, "v9.9.9");
    point(&stage, "v8.8.8", "v1.3.0");
    let released = |stage: &mut Stage, run: &str, version: &str| {
        assert!(stage.release_alone(run, "one", version).is_done());
        assert_eq!((stage.tag(R1, "9.9"), stage.tag(R2, "8.8")), (None, None));
        latest(stage)
    };
    assert_eq!(released(&mut stage, "again", "v1.4.0").as_deref(), Some("1.4.0"));
    stage.mark(yank("1.4.0"));
    assert_eq!(released(&mut stage, "yanked", "v1.4.0").as_deref(), Some("1.3.0"));
    stage.sea.make_git_tag("v1.4.1");
    assert_eq!(released(&mut stage, "next", "v1.4.1").as_deref(), Some("1.4.1"));
    let (others, latest) = (stage.tag(R1, "v9.9.9"), image_tag("latest"));
    let drawn =
        stage.sea.history().into_iter().any(
            |deed| matches!(&deed.change, Change::Tag { tag, to, .. } if *tag == latest && *to == others),
        );
    assert!(!drawn);
}

#[test]
fn f22_a_tag_is_not_taken_back_from_a_newer_version_of_another_tool() {
    let mut stage = stage(&[]);
    push_others(&stage, "v2.0.0");
    point(&stage, "latest", "v2.0.0");
    let others = stage.tag(R1, "latest");
    for (version, is_kept) in [("v1.3.0", true), ("v1.3.1", true), ("v2.0.1", false), ("v1.3.2", false)] {
        stage.sea.make_git_tag(version);
        assert!(stage.release_alone(version, "one", version).is_done());
        assert_eq!(stage.tag(R1, "latest") == others, is_kept, "after {version}");
    }
    assert_eq!(latest(&stage).as_deref(), Some("2.0.1"));
}

#[test]
fn f22_a_second_name_of_an_older_version_keeps_nothing() {
    let mut stage = stage(&[]);
    push_others(&stage, "v1.0.0");
    point(&stage, "latest", "v1.0.0");
    point(&stage, "v9.9.9", "v1.0.0");
    stage.sea.make_git_tag("v1.3.0");
    assert!(stage.release_alone("A", "one", "v1.3.0").is_done());
    assert_eq!(latest(&stage).as_deref(), Some("1.3.0"));
    point(&stage, "v9.9.8", "v1.3.0");
    stage.sea.make_git_tag("v1.4.0");
    assert!(stage.release_alone("B", "one", "v1.4.0").is_done());
    assert_eq!(latest(&stage).as_deref(), Some("1.4.0"), "what is ours is not another tool's");
}

#[test]
fn a_version_of_before_that_the_ledger_records_is_followed() {
    let mut stage = stage(&["v2.0.0"]);
    push_others(&stage, "v1.9.0");
    stage.mark(yank("2.0.0"));
    assert!(stage.release_alone("A", "one", "v2.0.0").is_done());
    assert_eq!(latest(&stage).as_deref(), Some("2.0.0"), "nothing recorded is left for it");
    let image = |place: &str| {
        let digest = stage.tag(place, "v1.9.0").expect("it is there").to_string();
        serde_json::json!({ "name": place, "primary_tag": "v1.9.0", "digest": digest })
    };
    let record = serde_json::json!({
        "version": "1.9.0",
        "release_date": "2026-01-01T00:00:00Z",
        "git_commit": "0".repeat(40),
        "git_ref": "refs/tags/v1.9.0",
        "docker_images": { "a": image(R1), "b": image(R2) },
    });
    stage.sea.write_by_hand(&file_name("1.9.0"), record.to_string().into_bytes());
    assert!(stage.release_alone("B", "one", "v2.0.0").is_done());
    assert_eq!(stage.tag(R1, "1.9"), stage.tag(R1, "v1.9.0"));
    for place in [R1, R2] {
        assert_eq!(stage.tag(place, "latest"), stage.tag(place, "v1.9.0"));
    }
}
