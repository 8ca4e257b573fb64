//! Entries of deployments: in progress while a release is under way, and then what became of it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use plimsoll_engine::act::verify::Outcome;
use plimsoll_engine::domain::deployment::DeploymentState;
use plimsoll_engine::domain::marks::Mark;
use plimsoll_engine::domain::page::PagePolicy;
use plimsoll_engine::world::Verb;
use plimsoll_engine::world::gate::Subject;
use plimsoll_testkit::world::{Change, End, Fault};

use crate::dice::sail;
use crate::project::{R2, V1, image_tag, repository};
use crate::stage::{Settings, Stage};

fn stage() -> Stage {
    Stage::new(Settings { pages: PagePolicy::Version, ..Settings::default() })
}

/// Every entry by its tag, oldest first.
fn standing(stage: &Stage) -> Vec<(String, DeploymentState)> {
    let deployments = stage.sea.deployments().into_iter();
    deployments.map(|deployment| (deployment.entry.tag.0, deployment.state)).collect()
}

/// What was said of entries, in order.
fn said(stage: &Stage) -> Vec<DeploymentState> {
    let history = stage.sea.history().into_iter();
    history
        .filter_map(|deed| match deed.change {
            Change::Deployment(_, _, state) => Some(state),
            _ => None,
        })
        .collect()
}

#[test]
fn a_release_is_in_progress_and_then_stands() {
    let mut stage = stage();
    assert!(stage.release_alone("A", "one", V1).is_done());
    assert_eq!(said(&stage), [DeploymentState::InProgress, DeploymentState::Success]);
    let entry = stage.sea.deployments().remove(0).entry;
    assert_eq!(entry.url.as_deref(), Some("https://app.test"));
    assert_eq!(entry.commit, stage.sea.git_tag(V1).expect("a tag").commit);
    assert!(stage.release_alone("B", "two", V1).is_done());
    assert_eq!(said(&stage).len(), 2, "a second run says nothing");
}

#[test]
fn a_release_that_fails_says_so_and_the_next_run_goes_on_with_the_same_entry() {
    let mut stage = stage();
    let first = stage.release("A", "one", V1);
    while said(&stage).is_empty() {
        stage.scheduler.step(first);
    }
    let taken = (repository(R2), image_tag(V1));
    stage.sea.push_foreign(&taken.0, &taken.1);
    assert!(!stage.end(first).is_done());
    stage.sea.remove_tag(&taken.0, &taken.1);
    assert_eq!(standing(&stage), [(V1.to_owned(), DeploymentState::Failure)]);
    assert!(stage.release_alone("B", "two", V1).is_done());
    assert_eq!(standing(&stage), [(V1.to_owned(), DeploymentState::Success)]);
    use DeploymentState::{Failure, InProgress, Success};
    assert_eq!(said(&stage), [InProgress, Failure, InProgress, Success]);
}

#[test]
fn a_run_that_finds_another_at_work_leaves_its_entry_alone() {
    let mut stage = Stage::new(Settings {
        pages: PagePolicy::Version,
        takeover: plimsoll_engine::run::order::Takeover::WhenDead,
        ..Settings::default()
    });
    let first = stage.release("A", "one", V1);
    let entered = |stage: &Stage| !said(stage).is_empty();
    while !entered(&stage) {
        stage.scheduler.step(first);
    }
    assert!(!stage.release_alone("B", "two", V1).is_done());
    assert_eq!(standing(&stage), [(V1.to_owned(), DeploymentState::InProgress)]);
    assert!(stage.end(first).is_done());
    assert_eq!(standing(&stage), [(V1.to_owned(), DeploymentState::Success)]);
}

/// It has taken nothing over yet: whatever stops it, the other may well be at work.
#[test]
fn a_run_that_fails_before_it_holds_the_claim_leaves_the_entry_of_the_one_that_does() {
    let mut stage = stage();
    let first = stage.release("A", "one", V1);
    while said(&stage).is_empty() {
        stage.scheduler.step(first);
    }
    let taken = (repository(R2), image_tag(V1));
    stage.sea.push_foreign(&taken.0, &taken.1);
    assert!(!stage.release_alone("B", "two", V1).is_done());
    assert_eq!(standing(&stage), [(V1.to_owned(), DeploymentState::InProgress)]);
    stage.sea.remove_tag(&taken.0, &taken.1);
    assert!(stage.end(first).is_done());
    use DeploymentState::{InProgress, Success};
    assert_eq!(said(&stage), [InProgress, Success]);
}

#[test]
fn a_version_that_is_outranked_gets_no_entry() {
    let mut stage = stage();
    stage.sea.make_git_tag("v1.1.0");
    assert!(stage.release_alone("A", "one", "v1.1.0").is_done());
    assert!(stage.release_alone("B", "one", V1).is_done());
    assert_eq!(standing(&stage), [("v1.1.0".to_owned(), DeploymentState::Success)]);
    assert!(stage.preview(V1).is_complete(), "{:?}", stage.preview(V1).forecasts);
    let checks = stage.verify(V1);
    let check = checks.iter().find(|check| check.subject.starts_with("forge-deployment")).expect("a check");
    assert_eq!(check.outcome, Outcome::Superseded("1.1.0".into()));
}

#[test]
fn what_was_rolled_back_is_not_deployed_again() {
    let mut stage = stage();
    stage.sea.make_git_tag("v1.1.0");
    assert!(stage.release_alone("A", "one", V1).is_done());
    stage.mark(Mark::Hold { to: "1.0.0".into(), over: ["1.1.0".to_owned()].into() });
    assert!(stage.release_alone("B", "one", "v1.1.0").is_done());
    assert!(stage.release_alone("C", "one", V1).is_done());
    let states = standing(&stage);
    assert_eq!(
        states.iter().filter(|(_, state)| *state == DeploymentState::Success).count(),
        1,
        "{states:?}"
    );
}

/// A version that was given up before it stood in its environment, and that a mark passes over since, does not get there.
#[test]
fn a_version_that_was_rolled_back_or_yanked_is_not_put_into_its_environment_by_running_it_again() {
    let over = "1.1.0".to_owned();
    for mark in [
        Mark::Hold { to: "1.0.0".into(), over: [over.clone()].into() },
        Mark::Yank { version: over, record: None, reason: "broken".into() },
    ] {
        let mut stage = stage();
        stage.sea.make_git_tag("v1.1.0");
        assert!(stage.release_alone("A", "one", V1).is_done());
        let run = stage.release("B", "one", "v1.1.0");
        stage.scheduler.fault(run, Fault::KilledBefore, |effect| {
            matches!(&effect.subject, Subject::Deployment(_, DeploymentState::Success))
        });
        assert!(matches!(stage.scheduler.finish(run), End::Killed));
        stage.mark(mark.clone());
        assert!(stage.release_alone("C", "one", "v1.1.0").is_done());
        use DeploymentState::{Inactive, Success};
        let want = [(V1.to_owned(), Success), ("v1.1.0".to_owned(), Inactive)];
        assert_eq!(standing(&stage), want, "{mark:?}");
        let checks = stage.verify("v1.1.0");
        let check = checks.iter().find(|check| check.subject.starts_with("forge-deployment"));
        assert_eq!(check.map(|check| &check.outcome), Some(&Outcome::Ok), "it was given up");
    }
}

/// What stands there is the environment's own business: a yank alone takes nothing away.
#[test]
fn a_version_that_is_yanked_stays_in_its_environment_until_something_else_takes_its_place() {
    let mut stage = stage();
    assert!(stage.release_alone("A", "one", V1).is_done());
    stage.mark(Mark::Yank { version: "1.0.0".into(), record: None, reason: "broken".into() });
    assert!(stage.release_alone("B", "one", V1).is_done());
    assert_eq!(standing(&stage), [(V1.to_owned(), DeploymentState::Success)]);
    stage.sea.make_git_tag("v1.0.1");
    assert!(stage.release_alone("C", "one", "v1.0.1").is_done());
    use DeploymentState::{Inactive, Success};
    assert_eq!(standing(&stage), [(V1.to_owned(), Inactive), ("v1.0.1".to_owned(), Success)]);
}

#[test]
fn of_two_versions_at_once_the_higher_stands_in_the_end() {
    for seed in 0..40 {
        let voyage = || {
            let pages = PagePolicy::Version;
            let mut stage = Stage::new(Settings { seed, mirror: None, pages, ..Settings::default() });
            stage.sea.make_git_tag("v1.1.0");
            let living = [stage.release("A", "one", V1), stage.release("B", "two", "v1.1.0")];
            let mut dice = fastrand::Rng::with_seed(seed);
            sail(&mut stage.scheduler, living.to_vec(), &mut dice);
            for run in living {
                assert!(stage.ended(run).is_some_and(|ended| ended.is_done()), "{}", stage.scheduler.story());
            }
            let states = standing(&stage);
            let mut counted = states.iter().filter(|(_, state)| *state == DeploymentState::Success);
            assert_eq!(counted.next().map(|(tag, _)| tag.as_str()), Some("v1.1.0"), "{states:?}");
            assert_eq!(counted.next(), None, "{states:?}");
        };
        assert!(catch_unwind(AssertUnwindSafe(voyage)).is_ok(), "seed {seed} breaks something");
    }
}

#[test]
fn of_two_entries_of_ours_one_counts_and_the_other_is_retired() {
    let mut stage = stage();
    let run = stage.release("A", "one", V1);
    stage.scheduler.fault(run, Fault::Slow { reads: 9 }, |effect| effect.verb == Verb::Deploy);
    assert!(stage.end(run).is_done(), "{}", stage.scheduler.story());
    let states = standing(&stage);
    assert_eq!(
        states.iter().filter(|(_, state)| *state == DeploymentState::Success).count(),
        1,
        "{states:?}"
    );
    let open =
        |state: DeploymentState| matches!(state, DeploymentState::Pending | DeploymentState::InProgress);
    assert!(!states.iter().any(|(_, state)| open(*state)), "{states:?}");
}

#[test]
fn a_stopped_run_says_nothing_more_and_the_next_one_finishes() {
    let mut stage = stage();
    let run = stage.release("A", "one", V1);
    stage.scheduler.fault(run, Fault::Stopped, |effect| effect.verb == Verb::PutManifest);
    assert!(matches!(stage.scheduler.finish(run), End::Exited(_)));
    assert_eq!(standing(&stage), [(V1.to_owned(), DeploymentState::InProgress)]);
    assert!(stage.release_alone("B", "two", V1).is_done());
    assert_eq!(standing(&stage), [(V1.to_owned(), DeploymentState::Success)]);
}
