//! Promotions with a page and an environment, several at once and killed anywhere: one page for each version, the tags at the
//! highest, and of what was begun nothing stays under way.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use plimsoll_engine::act::promote::{Promotion, promote};
use plimsoll_engine::domain::deployment::{DeployOn, Deployment, DeploymentState};
use plimsoll_engine::domain::page::{PagePolicy, PageText, Teller};
use plimsoll_engine::domain::target::{Necessity, Target};
use plimsoll_engine::ledger::release::{Answer, Belief, Comparing, Scope, find_release};
use plimsoll_engine::ledger::sources::Sources;
use plimsoll_engine::run::page::CHECKSUMS;
use plimsoll_engine::statement::mark::MARK_ENDING;
use plimsoll_engine::world::forge::PageStanding;
use plimsoll_tags::version::Scheme;
use plimsoll_testkit::world::{Act, Change, End, Fault, RunId, Scheduler};

use crate::dice::sail;
use crate::project::{M1, R1, R2, image_tag, repository};
use crate::stage::{Settings, Stage};
use crate::truth::check_moving_tags;

/// The environment that follows promotions.
const LIVE: &str = "live";

/// How a promotion ended.
type Done = Result<(), String>;

/// A stage where versions are published and none has a page.
fn stage(seed: u64, versions: &[&str]) -> Stage {
    stage_with(Settings { seed, mirror: None, ..Settings::default() }, versions)
}

fn stage_with(settings: Settings, versions: &[&str]) -> Stage {
    let settings = Settings { pages: PagePolicy::Stable, ..settings };
    let mut stage = Stage::new(settings);
    for version in versions {
        stage.sea.make_git_tag(version);
        assert!(stage.release_alone(version, "one", version).is_done());
    }
    assert!(stage.sea.pages().is_empty(), "versions that are not promoted have no page");
    stage
}

/// Promotes a version. Its git tag stands for its promotion tag, which sits on the same commit.
fn start(stage: &Stage, scheduler: &mut Scheduler<Done>, run: &str, version: &str) -> RunId {
    let (project, version) = (Arc::clone(&stage.project), version.to_owned());
    scheduler.start(run, &stage.machine(run), |aboard| async move {
        let (component, scheme) = (Some(&project.name), Some(Scheme::Semver));
        let scope = Scope { component, scheme, belief: Belief::Confirmed };
        let sources = Sources::of(aboard.world.eyes());
        let release = match find_release(sources, scope, &version, Comparing::Later).await {
            Ok(Answer::Release(release)) => release,
            other => return Err(format!("{other:?}")),
        };
        let stable = |target: &Target| Target { moving: vec![image_tag("stable")], ..target.clone() };
        let targets: Vec<Target> = release.seal.targets.iter().map(stable).collect();
        let live = Deployment { on: DeployOn::Promotion, environment: LIVE.into(), url: None };
        let text = PageText {
            title: release.tag.name.to_string(),
            about: "It is good.".into(),
            teller: Teller::Text,
        };
        let promotion = Promotion {
            deployments: &[live],
            project: &project,
            release: &release,
            tag: &release.tag,
            targets: &targets,
            page: Some(&text),
        };
        let promoted = promote(&aboard.world, &promotion).await.map_err(|error| error.to_string())?;
        promoted.spoke.judge().map_err(|stop| stop.to_string())
    })
}

/// What must be true once every version was promoted by a run that came to its end.
fn check(stage: &Stage, versions: &[&str]) {
    let pages = stage.sea.pages();
    for version in versions {
        let mine: Vec<_> = pages.iter().filter(|page| page.tag.0 == *version).collect();
        let seen: Vec<_> = mine.iter().filter(|page| page.standing != PageStanding::Draft).collect();
        let [page] = seen.as_slice() else { panic!("{version}: {mine:#?}") };
        let names: BTreeSet<&str> = page.assets.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names.len(), page.assets.len(), "every file once: {names:?}");
        assert!(names.contains(CHECKSUMS), "{names:?}");
    }
    let highest = versions.last().expect("there are some");
    for place in [R1, R2] {
        assert_eq!(stage.version_under(place, "stable").as_deref(), highest.strip_prefix('v'));
    }
    assert_eq!(check_moving_tags(stage, &[]), Ok(()));
    let entries = stage.sea.deployments().into_iter().filter(|it| it.entry.environment == LIVE);
    let states: Vec<(String, DeploymentState)> = entries.map(|it| (it.entry.tag.0, it.state)).collect();
    let standing = states.iter().filter(|(_, state)| *state == DeploymentState::Success);
    let standing: Vec<&str> = standing.map(|(tag, _)| tag.as_str()).collect();
    assert_eq!(standing, [*highest], "the environment is at the highest: {states:?}");
    let open = |(_, state): &(String, DeploymentState)| {
        matches!(state, DeploymentState::Pending | DeploymentState::InProgress)
    };
    assert!(!states.iter().any(open), "{states:?}");
}

#[test]
fn an_optional_mirror_that_is_silent_keeps_no_promotion_from_being_shown_and_deployed() {
    let mirror = Some(Necessity::Optional);
    let stage = stage_with(Settings { mirror, ..Settings::default() }, &["v1.2.0"]);
    stage.sea.break_down(&repository(M1), u32::MAX);
    let mut scheduler = Scheduler::new(&stage.sea);
    let run = start(&stage, &mut scheduler, "A", "1.2.0");
    let End::Exited(Err(told)) = scheduler.finish(run).clone() else { panic!("{}", scheduler.story()) };
    assert_eq!(told, "an optional mirror is incomplete");
    check(&stage, &["v1.2.0"]);
    let said = stage.sea.history().into_iter().filter_map(|deed| match deed.change {
        Change::Deployment(_, _, state) => Some(state),
        _ => None,
    });
    let failed = said.filter(|state| *state == DeploymentState::Failure).count();
    assert_eq!(failed, 0, "it stands, and is never said to have failed");
}

#[test]
fn a_promotion_whose_tag_is_taken_back_while_gates_run_says_nothing() {
    let stage = stage(1, &["v1.2.0"]);
    let mut scheduler = Scheduler::new(&stage.sea);
    let run = start(&stage, &mut scheduler, "A", "1.2.0");
    // The release is proven.
    scheduler.run_past(run, |act| matches!(act, Act::ReadGitTag(_)));
    stage.sea.delete_git_tag("v1.2.0");
    let End::Exited(Err(told)) = scheduler.finish(run).clone() else { panic!("{}", scheduler.story()) };
    assert!(told.contains("git tag") && !told.contains("not everywhere"), "{told}");
    assert_eq!(stage.version_under(R1, "stable"), None);
    assert!(stage.sea.files().keys().all(|file| !file.ends_with(MARK_ENDING)), "nothing was said");
    let entries = stage.sea.deployments().into_iter().filter(|it| it.entry.environment == LIVE);
    assert!(entries.map(|it| it.state).eq([DeploymentState::Failure]));
}

#[test]
fn several_versions_at_once_and_one_of_them_twice() {
    let versions = ["v1.2.0", "v1.3.0", "v1.4.0"];
    for seed in 0..30 {
        let voyage = || {
            let stage = stage(seed, &versions);
            let mut dice = fastrand::Rng::with_seed(seed);
            let mut scheduler = Scheduler::new(&stage.sea);
            let living = [("A", "1.3.0"), ("B", "1.4.0"), ("B too", "1.4.0"), ("C", "1.2.0")]
                .map(|(run, version)| start(&stage, &mut scheduler, run, version));
            sail(&mut scheduler, living.to_vec(), &mut dice);
            for run in living {
                let ended = scheduler.end(run);
                assert!(matches!(ended, Some(End::Exited(Ok(())))), "{ended:?}\n{}", scheduler.story());
            }
            check(&stage, &versions);
        };
        assert!(catch_unwind(AssertUnwindSafe(voyage)).is_ok(), "seed {seed} breaks something");
    }
}

#[test]
fn cut_off_at_any_effect_the_next_one_finishes() {
    let versions = ["v1.2.0", "v1.3.0"];
    let undisturbed = stage(1, &versions);
    let mut scheduler = Scheduler::new(&undisturbed.sea);
    let below = start(&undisturbed, &mut scheduler, "below", "1.2.0");
    scheduler.finish(below);
    let first = start(&undisturbed, &mut scheduler, "first", "1.3.0");
    scheduler.finish(first);
    check(&undisturbed, &versions);
    let effects = scheduler.effects(first);
    assert!(effects.len() > 10, "only {} effects", effects.len());
    for effect in &effects {
        for fault in [Fault::KilledBefore, Fault::KilledAfter, Fault::ReplyLost, Fault::Transient] {
            let stage = stage(1, &versions);
            let mut scheduler = Scheduler::new(&stage.sea);
            let below = start(&stage, &mut scheduler, "below", "1.2.0");
            scheduler.finish(below);
            let first = start(&stage, &mut scheduler, "first", "1.3.0");
            let same = effect.clone();
            scheduler.fault(first, fault, move |other| *other == same);
            scheduler.finish(first);
            let second = start(&stage, &mut scheduler, "second", "1.3.0");
            let ended = scheduler.finish(second).clone();
            assert!(matches!(ended, End::Exited(Ok(()))), "{fault:?} at `{effect}`: {ended:?}");
            check(&stage, &versions);
        }
    }
}
