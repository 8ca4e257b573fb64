//! What previews and verification say of releases in every state, without changing anything.

use plimsoll_engine::act::preview::{Preview, Verdict};
use plimsoll_engine::act::verify::{Check, Outcome};
use plimsoll_engine::domain::claim::State;
use plimsoll_engine::domain::marks::Mark;
use plimsoll_engine::domain::project::ClaimPolicy;
use plimsoll_engine::domain::step::Phase;
use plimsoll_engine::run::stop::Stop;

use crate::acts::{points, swaps_to};
use crate::project::{R1, R2, V1, image_tag, repository};
use crate::stage::{Settings, Stage};

fn stage(claim: ClaimPolicy) -> Stage {
    Stage::new(Settings { mirror: None, claim, ..Settings::default() })
}

fn claimed() -> Stage {
    stage(Settings::default().claim)
}

/// A release that met a stranger's version tag after its commit point, so that it was burnt.
fn burnt() -> Stage {
    let mut stage = claimed();
    let a = stage.release("A", "one", V1);
    stage.past(a, swaps_to(State::Committed));
    stage.sea.push_foreign(&repository(R2), &image_tag(V1));
    assert_eq!(stage.end(a).exit(), 5);
    stage
}

fn has(preview: &Preview, fits: impl Fn(&Verdict) -> bool) -> bool {
    preview.forecasts.iter().any(|forecast| fits(&forecast.verdict))
}

fn outcome<'a>(checks: &'a [Check], subject: &str) -> &'a Outcome {
    let check = checks.iter().find(|check| check.subject.starts_with(subject));
    &check.unwrap_or_else(|| panic!("{subject} was not checked: {checks:?}")).outcome
}

#[test]
fn any_byte_of_a_recorded_file_that_is_changed_is_found_and_its_file_named() {
    let mut stage = claimed();
    assert!(stage.release_alone("A", "one", V1).is_done());
    let files = stage.sea.files();
    assert!(files.len() >= 2);
    for (name, whole) in files {
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            stage.sea.write_by_hand(&name, bytes);
            let checks = stage.verify_one(V1);
            let named = checks.iter().find(|check| check.subject == format!("file {name}"));
            assert!(
                named.is_some_and(|check| matches!(check.outcome, Outcome::Lies(_))),
                "byte {at} of {name}: {checks:?}"
            );
            let lies = checks.iter().filter(|check| matches!(check.outcome, Outcome::Lies(_))).count();
            assert_eq!(lies, 1, "byte {at} of {name}");
        }
        stage.sea.write_by_hand(&name, whole);
    }
    assert!(stage.verify_one(V1).iter().all(|check| check.outcome == Outcome::Ok));
}

#[test]
fn without_claims_a_preview_shows_none_and_knows_what_is_announced() {
    let mut stage = stage(ClaimPolicy::None);
    let nobody = stage.preview(V1);
    assert!(nobody.forecasts.iter().all(|forecast| forecast.step.phase != Phase::Commit));
    assert!(nobody.announced.is_empty() && nobody.stop.is_none());
    let a = stage.release("A", "one", V1);
    stage.past(a, points(R1, V1));
    let begun = stage.preview(V1);
    assert_eq!(begun.announced.len(), 1);
    assert!(begun.stop.is_none() && !begun.is_complete(), "{begun:?}");
    assert!(stage.end(a).is_done());
    let done = stage.preview(V1);
    assert!(done.is_complete() && done.stop.is_none(), "{done:?}");
    stage.sea.push_foreign(&repository(R1), &image_tag(V1));
    assert!(matches!(stage.preview(V1).stop, Some(Stop::Taken { .. })));
}

#[test]
fn of_a_burnt_version_nothing_is_going_to_be_made() {
    let preview = burnt().preview(V1);
    assert!(has(&preview, |verdict| *verdict == Verdict::Never));
    assert!(!has(&preview, |verdict| matches!(verdict, Verdict::Create(_) | Verdict::Move { .. })));
    assert!(matches!(preview.stop, Some(Stop::Burnt { .. })));
}

#[test]
fn a_preview_ends_as_a_release_would() {
    let mut stage = claimed();
    stage.sea.push_foreign(&repository(R2), &image_tag(V1));
    assert!(matches!(stage.preview(V1).stop, Some(Stop::Taken { .. })));
    let mut stage = claimed();
    assert!(stage.release_alone("A", "one", V1).is_done());
    assert!(stage.preview(V1).stop.is_none());
    stage.sea.push_foreign(&repository(R2), &image_tag(V1));
    assert!(matches!(stage.preview(V1).stop, Some(Stop::Drift { .. })));
    stage.sea.make_git_tag(V1);
    assert!(matches!(stage.preview(V1).stop, Some(Stop::TagMovedSince { .. })));
}

#[test]
fn a_preview_says_why_it_could_not_look() {
    let mut stage = claimed();
    stage.sea.break_down(&repository(R2), u32::MAX);
    let preview = stage.preview(V1);
    assert!(has(&preview, |verdict| matches!(verdict, Verdict::Unreachable(_))));
    assert!(matches!(preview.unreachable, Some(Stop::Ship(_))), "{:?}", preview.unreachable);
}

#[test]
fn a_release_that_is_not_finished_has_not_drifted() {
    let mut stage = claimed();
    let a = stage.release("A", "one", V1);
    stage.past(a, swaps_to(State::Committed));
    let checks = stage.verify(V1);
    for subject in ["claim app/1.0.0", &format!("version-tag {R1}:{V1}")] {
        assert!(matches!(outcome(&checks, subject), Outcome::Unfinished { .. }), "{subject}: {checks:?}");
    }
    assert!(!checks.iter().any(|check| matches!(check.outcome, Outcome::Drift { .. })), "{checks:?}");
    stage.sea.push_foreign(&repository(R2), &image_tag(V1));
    let checks = stage.verify(V1);
    assert!(matches!(outcome(&checks, &format!("version-tag {R2}:{V1}")), Outcome::Drift { .. }));
}

#[test]
fn a_burnt_version_is_said_to_be_burnt() {
    let checks = burnt().verify(V1);
    assert_eq!(checks.iter().map(|check| &check.outcome).collect::<Vec<_>>(), [&Outcome::Burnt]);
}

#[test]
fn a_moving_tag_that_nobody_leads_is_not_right_but_orphaned() {
    let mut stage = claimed();
    assert!(stage.release_alone("A", "one", V1).is_done());
    assert_eq!(*outcome(&stage.verify(V1), &format!("moving-tag {R1}:1.0")), Outcome::Ok);
    stage.mark(Mark::Yank { version: "1.0.0".into(), record: None, reason: "broken".into() });
    let checks = stage.verify(V1);
    let found = stage.tag(R1, "1.0").map(|digest| digest.to_string());
    let orphaned = Outcome::Orphaned { found, yanked: Some("1.0.0".into()) };
    assert_eq!(*outcome(&checks, &format!("moving-tag {R1}:1.0")), orphaned);
}
