//! Records that no claim tells of: anybody can write one, so the registries must say the same of everything in it.

use std::sync::Arc;

use plimsoll_engine::act::redeploy::{RedeployError, redeploy};
use plimsoll_engine::act::speak::speak;
use plimsoll_engine::act::verify::Outcome;
use plimsoll_engine::domain::deployment::{DeployOn, Deployment};
use plimsoll_engine::domain::project::ClaimPolicy;
use plimsoll_engine::ledger::doubt::Reason;
use plimsoll_engine::ledger::release::{Belief, Scope, read_releases};
use plimsoll_engine::ledger::sources::Sources;
use plimsoll_engine::plan::saying::Saying;
use plimsoll_engine::statement::record::file_name;
use plimsoll_oci::name::Digest;
use plimsoll_tags::version::{Scheme, Version};
use plimsoll_testkit::world::{End, Scheduler};

use crate::project::{R1, R2, V1, image_tag, repository};
use crate::stage::{Settings, Stage};

/// A record of before Plimsoll, with image `a` under its version tag and image `b` under another; and what is under the former.
fn write_seed(stage: &Stage, tag_of_b: &str) -> Digest {
    let commit = stage.sea.git_tag(V1).expect("the tag is there").commit;
    let a = stage.sea.push_foreign(&repository(R1), &image_tag(V1));
    let b = stage.sea.push_foreign(&repository(R2), &image_tag(V1));
    let image = |place: &str, tag: &str, digest: &Digest| serde_json::json!({ "name": place, "primary_tag": tag, "digest": digest.to_string() });
    let record = serde_json::json!({
        "version": "1.0.0",
        "release_date": "2026-01-01T00:00:00Z",
        "git_commit": commit.to_string(),
        "git_ref": "refs/tags/v1.0.0",
        "docker_images": { "a": image(R1, V1, &a), "b": image(R2, tag_of_b, &b) },
    });
    stage.sea.write_by_hand(&file_name("1.0.0"), record.to_string().into_bytes());
    a
}

/// The versions that are believed, and the artifacts that keep others from it.
fn believed(stage: &Stage) -> (Vec<String>, Vec<String>) {
    stage.look(|project, aboard| async move {
        let (component, scheme) = (Some(&project.name), Some(Scheme::Semver));
        let scope = Scope { component, scheme, belief: Belief::Confirmed };
        let account = read_releases(Sources::of(aboard.world.eyes()), scope).await.expect("a ledger");
        let doubts = account.doubts.into_iter().map(|doubt| match doubt.why {
            Reason::Untold { artifact } => artifact.to_string(),
            other => format!("{other:?}"),
        });
        let versions = account.releases.into_iter().map(|release| release.record.version);
        (versions.collect(), doubts.collect())
    })
}

#[test]
fn the_tag_of_one_image_proves_nothing_of_another() {
    let stage = Stage::new(Settings::default());
    write_seed(&stage, V1);
    assert_eq!(believed(&stage), (vec!["1.0.0".to_owned()], Vec::new()));
    write_seed(&stage, "stable");
    assert_eq!(believed(&stage), (Vec::new(), vec!["b".to_owned()]));
}

#[test]
fn an_annotated_tag_is_on_the_commit_of_a_record_of_before_plimsoll() {
    let mut stage = Stage::new(Settings::default());
    write_seed(&stage, V1);
    let git_tag = |stage: &mut Stage| {
        let checks = stage.verify(V1);
        let check = checks.into_iter().find(|check| check.subject == "git-tag v1.0.0").expect("a check");
        check.outcome
    };
    let at = stage.sea.git_tag(V1).expect("the tag is there");
    assert_ne!(at.object, at.commit, "the tag is an object of its own");
    assert_eq!(git_tag(&mut stage), Outcome::Ok);
    stage.sea.make_git_tag(V1);
    assert!(matches!(git_tag(&mut stage), Outcome::Drift { found: Some(_), .. }));
}

#[test]
fn an_environment_that_can_not_follow_is_told() {
    let mut stage = Stage::new(Settings { claim: ClaimPolicy::None, ..Settings::default() });
    stage.sea.make_git_tag("v1.1.0");
    assert!(stage.release_alone("A", "one", V1).is_done());
    assert!(stage.release_alone("B", "one", "v1.1.0").is_done());
    let other = stage.tag(R2, "v1.1.0").expect("it is released");
    stage.sea.point_by_hand(&repository(R2), &image_tag(V1), &other);
    let project = Arc::clone(&stage.project);
    let mut scheduler: Scheduler<bool> = Scheduler::new(&stage.sea);
    let run = scheduler.start("rollback", &stage.machine("one"), |aboard| async move {
        let to = Version::parse(Scheme::Semver, "1.0.0").expect("a version");
        let spoke = speak(&aboard.world, &project, &Saying::RollBack { to: Some(to) }).await;
        let spoke = spoke.expect("it is said");
        let deployments = [Deployment { on: DeployOn::Version, environment: "production".into(), url: None }];
        let end = redeploy(&aboard.world, &project, &deployments, &spoke).await;
        matches!(end, Err(RedeployError::Doubted(_)))
    });
    let end = scheduler.finish(run).clone();
    assert_eq!(end, End::Exited(true), "{}", scheduler.story());
}
