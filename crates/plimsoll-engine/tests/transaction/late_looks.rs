//! What others did between a look and what was done after it: it is looked again, and what others rely on is right in the end.

use std::sync::Arc;

use plimsoll_engine::act::redeploy::redeploy;
use plimsoll_engine::act::speak::speak;
use plimsoll_engine::act::verify::Outcome;
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

/// Says something, as `yank` and `unyank` do, which let no environment follow.
fn say(stage: &Stage, saying: Saying) {
    let project = Arc::clone(&stage.project);
    let mut scheduler = Scheduler::new(&stage.sea);
    let run = scheduler.start("operator", &stage.machine("operator"), |aboard| async move {
        speak(&aboard.world, &project, &saying).await.is_ok()
    });
    assert_eq!(scheduler.finish(run), &End::Exited(true));
}

/// Says something and lets environments follow, to the end.
fn carry_out(stage: &Stage, saying: Saying) {
    let mut scheduler = Scheduler::new(&stage.sea);
    let run = start(stage, &mut scheduler, saying);
    assert_eq!(scheduler.finish(run), &End::Exited(true));
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

/// What verification of a version finds wrong with environments.
fn found_in_environments(stage: &mut Stage, git_tag: &str) -> Vec<Outcome> {
    let checks = stage.verify(git_tag).into_iter();
    checks.filter(|check| check.subject.starts_with("environment ")).map(|check| check.outcome).collect()
}

/// A yank deploys nothing by itself, and leaves nothing to be said by the rollback that is to.
#[test]
fn a_rollback_puts_an_environment_to_the_version_that_counts_since_a_yank() {
    let mut stage = stage();
    stage.sea.make_git_tag("v1.1.0");
    assert!(stage.release_alone("A", "one", V1).is_done());
    assert!(stage.release_alone("B", "one", "v1.1.0").is_done());
    let record = || Digest::of(b"record");
    let yank = || Saying::Yank { version: version("1.1.0"), record: record(), reason: "broken".into() };
    let back = || Saying::RollBack { to: Some(version("1.0.0")) };
    let unhold = || Saying::Unhold { over: None };
    carry_out(&stage, back());
    carry_out(&stage, unhold());
    assert_eq!(found_in_environments(&mut stage, V1), []);
    // As often as it is yanked, and counts again.
    for _ in 0..2 {
        assert_eq!(standing(&stage), ["v1.1.0"]);
        say(&stage, yank());
        assert_eq!(standing(&stage), ["v1.1.0"], "a yank takes nothing away");
        carry_out(&stage, back());
        assert_eq!(standing(&stage), [V1]);
        assert_eq!(found_in_environments(&mut stage, V1), []);
        let entries = stage.sea.deployments().len();
        carry_out(&stage, back());
        assert!(stage.release_alone("C", "one", V1).is_done());
        assert_eq!((standing(&stage), stage.sea.deployments().len()), (vec![V1.to_owned()], entries));
        say(&stage, Saying::Unyank { version: version("1.1.0") });
        carry_out(&stage, unhold());
    }
    assert_eq!(standing(&stage), ["v1.1.0"]);
}

#[test]
fn an_environment_where_a_yanked_version_stands_is_told() {
    let mut stage = stage();
    stage.sea.make_git_tag("v1.1.0");
    assert!(stage.release_alone("A", "one", V1).is_done());
    assert!(stage.release_alone("B", "one", "v1.1.0").is_done());
    assert_eq!(found_in_environments(&mut stage, V1), []);
    say(
        &stage,
        Saying::Yank { version: version("1.1.0"), record: Digest::of(b"record"), reason: "broken".into() },
    );
    let drift = Outcome::Drift { want: "1.0.0".into(), found: Some("1.1.0".into()) };
    assert_eq!(found_in_environments(&mut stage, V1), [drift]);
    assert_eq!(found_in_environments(&mut stage, "v1.1.0"), [], "nothing is to be there of it");
    carry_out(&stage, Saying::RollBack { to: Some(version("1.0.0")) });
    assert_eq!(found_in_environments(&mut stage, V1), []);
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
