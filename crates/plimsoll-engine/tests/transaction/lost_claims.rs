//! Claims that somebody deleted: who notices, what writes them again, and what proves too little for that.

use std::sync::Arc;
use std::time::Duration;

use plimsoll_engine::act::verify::{Check, Outcome, Place};
use plimsoll_engine::domain::attestation::SignatureForm;
use plimsoll_engine::domain::claim::State;
use plimsoll_engine::domain::project::Project;
use plimsoll_engine::run::stop::Stop;
use plimsoll_testkit::world::Builds;

use crate::acts::{points, swaps_to};
use crate::ending::{Ended, Stopped};
use crate::project::{R2, V1, claim_name, image_tag, repository};
use crate::repairing::mend;
use crate::stage::{Settings, Stage};

/// A stage where V1 was released and its claim is gone.
fn lost(settings: Settings) -> Stage {
    let mut stage = Stage::new(settings);
    assert!(stage.release_alone("A", "one", V1).is_done());
    stage.sea.lose_claim(&claim_name(V1));
    stage
}

/// Mends, which must leave the claim away, and gives why.
#[track_caller]
fn left(stage: &Stage) -> String {
    let (_, told) = mend(stage);
    assert_eq!(stage.sea.claim(&claim_name(V1)), None, "{told:?}");
    told.into_iter().next().unwrap_or_default()
}

#[test]
fn a_release_without_its_claim_is_not_as_it_should_be() {
    let mut stage = lost(Settings::default());
    let of_claim = |checks: Vec<Check>| checks.into_iter().find(|check| check.place == Place::Claims);
    let drift = Outcome::Drift { want: "published".into(), found: None };
    assert_eq!(of_claim(stage.verify(V1)).map(|check| check.outcome), Some(drift));
    assert!(matches!(stage.preview(V1).stop, Some(Stop::ClaimLost(_))));
    assert_eq!(stage.release_alone("B", "two", V1), Ended::Stopped(Stopped::ClaimLost));
    let withdrawal = stage.withdraw("W", "two", V1);
    assert_eq!(stage.end(withdrawal), Ended::Stopped(Stopped::ClaimLost));
}

#[test]
fn its_claim_is_written_again_and_says_the_same() {
    for builds in [Builds::Same, Builds::Different] {
        let mut stage = Stage::new(Settings { builds, ..Settings::default() });
        assert!(stage.release_alone("A", "one", V1).is_done());
        let then = stage.claim(V1);
        stage.sea.lose_claim(&claim_name(V1));
        let (_, told) = mend(&stage);
        assert_eq!(told, ["Done"]);
        let now = stage.claim(V1);
        assert_eq!((now.state, &now.tag), (State::Published, &then.tag));
        assert!(now.seal.expect("it has one").is_same_set(&then.seal.expect("it had one")));
        assert!(stage.verify(V1).iter().all(|check| check.outcome == Outcome::Ok));
        assert!(stage.release_alone("B", "two", V1).is_done());
        assert!(stage.sea.check().is_ok());
    }
}

/// Nothing but its version tags and record artifacts tells of it: no file was written yet.
#[test]
fn registries_alone_tell_of_it() {
    let mut stage = Stage::new(Settings::default());
    let a = stage.release("A", "one", V1);
    stage.until(a, swaps_to(State::Published));
    stage.scheduler.kill(a);
    stage.sea.lose_claim(&claim_name(V1));
    assert!(stage.sea.files().is_empty());
    assert_eq!(stage.release_alone("B", "two", V1), Ended::Stopped(Stopped::ClaimLost));
    let (found, told) = mend(&stage);
    assert!(found.releases[0].checks.iter().any(Check::is_of_lost_claim), "{found:?}");
    assert_eq!(told, ["Done"]);
    assert!(stage.release_alone("C", "three", V1).is_done());
    assert!(stage.sea.check().is_ok());
}

/// A run that was killed between its version tags never published: what it left proves nothing.
#[test]
fn a_version_that_is_not_whole_gets_no_claim() {
    let mut stage = Stage::new(Settings::default());
    let a = stage.release("A", "one", V1);
    stage.until(a, points(R2, "v1.0.0"));
    stage.scheduler.kill(a);
    stage.sea.lose_claim(&claim_name(V1));
    left(&stage);
    let stage = lost(Settings::default());
    stage.sea.push_foreign(&repository(R2), &image_tag("v1.0.0"));
    left(&stage);
    let stage = lost(Settings::default());
    stage.sea.remove_tag(&repository(R2), &image_tag("v1.0.0"));
    left(&stage);
}

#[test]
fn of_two_records_that_are_confirmed_nobody_knows_which_was_released() {
    let mut stage = Stage::new(Settings { builds: Builds::Same, ..Settings::default() });
    let a = stage.release("A", "one", V1);
    stage.until(a, swaps_to(State::Committed));
    stage.scheduler.kill(a);
    stage.sea.wait(Duration::from_secs(60));
    assert!(stage.release_alone("B", "two", V1).is_done());
    stage.sea.lose_claim(&claim_name(V1));
    let told = left(&stage);
    assert!(told.contains("several records (plimsoll-1.0.0-"), "{told}");
    assert_eq!(stage.release_alone("C", "three", V1), Ended::Stopped(Stopped::ClaimLost));
}

#[test]
fn a_git_tag_that_is_another_one_comes_first() {
    for make in
        [|stage: &Stage| drop(stage.sea.make_git_tag(V1)), |stage: &Stage| stage.sea.delete_git_tag(V1)]
    {
        let stage = lost(Settings::default());
        let then = stage.sea.git_tag(V1).expect("it is there").object;
        make(&stage);
        let told = left(&stage);
        assert!(told.contains(&format!("git update-ref refs/tags/{V1} {then}")), "{told}");
    }
}

/// Whoever may only push to a registry may not say there what was released.
#[test]
fn a_record_that_nobody_signed_is_not_believed_where_releases_are_signed() {
    let mut stage = lost(Settings { signing: None, ..Settings::default() });
    let unsigned = Arc::clone(&stage.project);
    stage.project = Arc::new(Project { signing: Some(SignatureForm::Bundle), ..Project::clone(&unsigned) });
    let told = left(&stage);
    assert!(told.contains("vouches for its record"), "{told}");
    stage.project = unsigned;
    assert_eq!(mend(&stage).1, ["Done"]);
}

/// Not even of images that somebody signed: their signatures say nothing of a version.
#[test]
fn a_record_that_nobody_signed_is_not_believed_for_the_signatures_of_its_images() {
    let mut stage = lost(Settings { signing: None, ..Settings::default() });
    let unsigned = Arc::clone(&stage.project);
    stage.project = Arc::new(Project { signing: Some(SignatureForm::Bundle), ..Project::clone(&unsigned) });
    let told = left(&stage);
    assert!(told.contains("the record is not signed"), "{told}");
}

/// Where no file of the ledger tells of it, a record sends content only where the configuration does.
#[test]
fn a_record_that_names_other_places_is_not_believed() {
    let mut stage = Stage::new(Settings::default());
    let a = stage.release("A", "one", V1);
    stage.until(a, swaps_to(State::Published));
    stage.scheduler.kill(a);
    stage.sea.lose_claim(&claim_name(V1));
    let then = Arc::clone(&stage.project);
    let mut now = Project::clone(&then);
    for image in &mut now.images {
        image.mirrors.clear();
    }
    stage.project = Arc::new(now);
    let told = left(&stage);
    assert!(told.contains("which the configuration does not"), "{told}");
    stage.project = then;
    assert_eq!(mend(&stage).1, ["Done"]);
}
