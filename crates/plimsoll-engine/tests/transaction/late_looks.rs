//! What others did between a look and what was done after it: it is looked again, and what others rely on is right in the end.

use std::sync::Arc;

use plimsoll_engine::act::redeploy::redeploy;
use plimsoll_engine::act::speak::speak;
use plimsoll_engine::domain::claim::State;
use plimsoll_engine::domain::deployment::DeploymentState;
use plimsoll_engine::domain::page::PagePolicy;
use plimsoll_engine::plan::saying::Saying;
use plimsoll_engine::world::gate::Subject;
use plimsoll_oci::name::Digest;
use plimsoll_tags::version::{Scheme, Version};
use plimsoll_testkit::world::{Act, End, Fault, RunId, Scheduler};

use crate::acts::swaps_to;
use crate::ending::Ended;
use crate::project::V1;
use crate::stage::{Settings, Stage};

fn version(text: &str) -> Version {
    Version::parse(Scheme::Semver, text).expect("a version")
}

fn stage() -> Stage {
    Stage::new(Settings { pages: PagePolicy::Version, mirror: None, ..Settings::default() })
}

/// Says something, and lets environments follow.
fn start(stage: &Stage, scheduler: &mut Scheduler<bool>, saying: Saying) -> RunId {
    let project = Arc::clone(&stage.project);
    scheduler.start("operator", &stage.machine("operator"), |aboard| async move {
        let spoke = speak(&aboard.world, &project, &saying).await.expect("it is said");
        redeploy(&aboard.world, &project, &project.deployments.kept(), &spoke).await.is_ok()
    })
}

/// The tags of the entries that stand.
fn standing(stage: &Stage) -> Vec<String> {
    let entries = stage.sea.deployments().into_iter();
    entries.filter(|it| it.state == DeploymentState::Success).map(|it| it.entry.tag.0).collect()
}

#[test]
fn a_chart_that_is_listed_after_its_version_was_yanked_is_marked() {
    let mut stage = stage();
    let run = stage.release("A", "one", V1);
    stage
        .scheduler
        .fault(run, Fault::KilledBefore, |effect| matches!(&effect.subject, Subject::ListedChart(_)));
    assert!(matches!(stage.scheduler.finish(run), End::Killed));
    let yank =
        Saying::Yank { version: version("1.0.0"), record: Digest::of(b"record"), reason: "broken".into() };
    let mut scheduler = Scheduler::new(&stage.sea);
    let said = start(&stage, &mut scheduler, yank);
    assert_eq!(scheduler.finish(said), &End::Exited(true));
    assert!(stage.sea.yanked_charts().is_empty(), "nothing is listed that could be marked");
    assert!(stage.release_alone("B", "two", V1).is_done());
    let listed: Vec<_> = stage.sea.listed_charts().into_keys().collect();
    let marked: Vec<_> = stage.sea.yanked_charts().into_iter().collect();
    assert!(!listed.is_empty());
    assert_eq!(marked, listed);
}

#[test]
fn the_tag_of_a_version_that_was_released_meanwhile_is_not_taken_back() {
    let mut stage = stage();
    let first = stage.release("A", "one", V1);
    stage.until(first, swaps_to(State::Committed));
    stage.scheduler.kill(first);
    let withdrawal = stage.withdraw("W", "two", V1);
    stage.past(withdrawal, |act| matches!(act, Act::SwapClaim(_, None)));
    assert!(stage.release_alone("B", "three", V1).is_done());
    assert_ne!(stage.end(withdrawal), Ended::Withdrawn);
    assert!(stage.sea.git_tag(V1).is_some(), "it is the tag of a release");
    assert_eq!(stage.state(V1), Some(State::Published));
}

#[test]
fn an_attempt_that_began_while_another_was_taken_back_is_taken_back_too() {
    let mut stage = stage();
    let first = stage.release("A", "one", V1);
    stage.until(first, swaps_to(State::Committed));
    stage.scheduler.kill(first);
    let withdrawal = stage.withdraw("W", "two", V1);
    stage.past(withdrawal, |act| matches!(act, Act::SwapClaim(_, None)));
    let next = stage.release("B", "three", V1);
    stage.until(next, swaps_to(State::Committed));
    assert_eq!(stage.end(withdrawal), Ended::Withdrawn);
    assert!(!stage.end(next).is_done());
    assert_eq!((stage.sea.git_tag(V1), stage.state(V1)), (None, None));
}

#[test]
fn an_environment_that_was_put_back_while_another_version_came_to_count_goes_to_that() {
    let mut stage = stage();
    for tag in ["v1.1.0", "v1.2.0"] {
        stage.sea.make_git_tag(tag);
    }
    assert!(stage.release_alone("A", "one", V1).is_done());
    assert!(stage.release_alone("B", "one", "v1.1.0").is_done());
    let mut scheduler = Scheduler::new(&stage.sea);
    let back = start(&stage, &mut scheduler, Saying::RollBack { to: Some(version("1.0.0")) });
    scheduler.run_until(back, |act| matches!(act, Act::WriteDeployment(_)));
    assert!(stage.release_alone("C", "one", "v1.2.0").is_done());
    assert_eq!(standing(&stage), ["v1.2.0"]);
    assert_eq!(scheduler.finish(back), &End::Exited(true));
    assert_eq!(standing(&stage), ["v1.2.0"]);
}

#[test]
fn two_versions_that_give_way_to_a_third_both_do() {
    let mut stage = stage();
    let lower = [V1, "v1.1.0"];
    for tag in ["v1.1.0", "v1.2.0"] {
        stage.sea.make_git_tag(tag);
    }
    let runs = lower.map(|tag| {
        let run = stage.release(tag, tag, tag);
        stage.past(run, swaps_to(State::Published));
        stage.until(run, |act| matches!(act, Act::WriteDeployment(_)));
        run
    });
    assert!(stage.release_alone("C", "one", "v1.2.0").is_done());
    for run in runs {
        assert!(stage.end(run).is_done());
        assert_eq!(standing(&stage), ["v1.2.0"]);
    }
}
