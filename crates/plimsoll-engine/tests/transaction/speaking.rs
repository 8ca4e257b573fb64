//! What is said of released versions: killed at any effect and said again it is said once, and the tags are where it puts
//! them; promotions too; and with others under way at the same time every tag ends at its head.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use plimsoll_engine::act::promote::{Promotion, promote};
use plimsoll_engine::act::release;
use plimsoll_engine::act::speak::{Spoke, foresee, speak};
use plimsoll_engine::domain::marks::Mark;
use plimsoll_engine::domain::target::Target;
use plimsoll_engine::ledger::release::{Answer, Belief, Comparing, Scope, find_release};
use plimsoll_engine::ledger::sources::Sources;
use plimsoll_engine::plan::saying::{Saying, Words};
use plimsoll_engine::run::order::Takeover;
use plimsoll_engine::run::stop::Stop;
use plimsoll_engine::statement::mark::MARK_ENDING;
use plimsoll_engine::world::Effect;
use plimsoll_oci::name::Digest;
use plimsoll_tags::version::{Scheme, Version};
use plimsoll_testkit::world::{End, Fault, RunId, Scheduler};

use crate::dice::sail;
use crate::project::{C1, R1, R2, Voyage, image_tag, repository};
use crate::stage::{Settings, Stage};
use crate::truth::check_moving_tags;

/// How a run ended.
#[derive(Clone, Debug)]
enum Done {
    Spoke(Box<Spoke>),
    Released,
    Stopped(String),
}

fn version(text: &str) -> Version {
    Version::parse(Scheme::Semver, text).expect("a version")
}

fn yank(text: &str) -> Saying {
    Saying::Yank { version: version(text), record: Digest::of(b"record"), reason: "broken".into() }
}

fn back(text: &str) -> Saying {
    Saying::RollBack { to: Some(version(text)) }
}

/// A stage where versions are published.
fn stage(seed: u64, versions: &[&str]) -> Stage {
    let mut stage = Stage::new(Settings { seed, mirror: None, ..Settings::default() });
    for version in versions {
        stage.sea.make_git_tag(version);
        assert!(stage.release_alone(version, "one", version).is_done());
    }
    stage
}

fn start(stage: &Stage, scheduler: &mut Scheduler<Done>, run: &str, saying: &Saying) -> RunId {
    let (project, saying) = (Arc::clone(&stage.project), saying.clone());
    scheduler.start(run, &stage.machine(run), |aboard| async move {
        let spoke = speak(&aboard.world, &project, &saying).await;
        match spoke.and_then(|spoke| spoke.judge().map(|()| spoke)) {
            Ok(spoke) => Done::Spoke(Box::new(spoke)),
            Err(stop) => Done::Stopped(stop.to_string()),
        }
    })
}

/// Promotes a version: `stable` of both images follows. Its git tag stands for its promotion tag, which sits on the same commit.
fn start_promotion(stage: &Stage, scheduler: &mut Scheduler<Done>, run: &str, version: &str) -> RunId {
    let (project, version) = (Arc::clone(&stage.project), version.to_owned());
    scheduler.start(run, &stage.machine(run), |aboard| async move {
        let eyes = aboard.world.eyes();
        let (component, scheme) = (Some(&project.name), Some(Scheme::Semver));
        let scope = Scope { component, scheme, belief: Belief::Confirmed };
        let found = find_release(Sources::of(eyes), scope, &version, Comparing::Later).await;
        let release = match found {
            Ok(Answer::Release(release)) => release,
            other => return Done::Stopped(format!("{other:?}")),
        };
        let targets: Vec<Target> = release
            .seal
            .targets
            .iter()
            .map(|target| Target { moving: vec![image_tag("stable")], ..target.clone() })
            .collect();
        let promotion = Promotion {
            deployments: &[],
            project: &project,
            release: &release,
            tag: &release.tag,
            targets: &targets,
            page: None,
        };
        match promote(&aboard.world, &promotion).await {
            Ok(promoted) => match promoted.spoke.judge() {
                Ok(()) => Done::Spoke(Box::new(promoted.spoke)),
                Err(stop) => Done::Stopped(stop.to_string()),
            },
            Err(error) => Done::Stopped(error.to_string()),
        }
    })
}

/// Promotes alone, to the end.
fn promote_alone(stage: &Stage, run: &str, version: &str) -> Done {
    let mut scheduler = Scheduler::new(&stage.sea);
    let run = start_promotion(stage, &mut scheduler, run, version);
    match scheduler.finish(run).clone() {
        End::Exited(done) => done,
        End::Killed => panic!("nobody kills it"),
    }
}

fn stable(stage: &Stage) -> Option<String> {
    let at = stage.version_under(R1, "stable");
    assert_eq!(at, stage.version_under(R2, "stable"));
    at
}

#[test]
fn the_highest_promoted_version_is_stable_whatever_came_last() {
    let stage = stage(1, &["v1.2.0", "v1.3.0", "v1.4.0"]);
    assert_eq!(stable(&stage), None);
    for (promoted, want) in [("1.3.0", "1.3.0"), ("1.2.0", "1.3.0"), ("1.4.0", "1.4.0")] {
        assert!(matches!(promote_alone(&stage, promoted, promoted), Done::Spoke(_)));
        assert_eq!(stable(&stage).as_deref(), Some(want), "after {promoted}");
    }
    let again = promote_alone(&stage, "again", "1.3.0");
    assert!(matches!(&again, Done::Spoke(spoke) if !spoke.changed), "{again:?}");
    say(&stage, "yank", &yank("1.4.0"));
    assert_eq!(stable(&stage).as_deref(), Some("1.3.0"));
    assert!(matches!(promote_alone(&stage, "yanked", "1.4.0"), Done::Stopped(_)), "a yanked version");
    say(&stage, "back", &back("1.2.0"));
    assert_eq!(stable(&stage).as_deref(), Some("1.2.0"));
}

#[test]
fn a_chart_is_marked_where_it_is_listed_as_long_as_its_version_is_yanked() {
    let stage = stage(1, &["v1.2.0", "v1.3.0"]);
    let marked = || stage.sea.yanked_charts().into_iter().map(|listed| listed.version).collect::<Vec<_>>();
    say(&stage, "yank", &yank("1.2.0"));
    assert_eq!(marked(), ["1.2.0"]);
    say(&stage, "unyank", &Saying::Unyank { version: version("1.2.0") });
    assert_eq!(marked(), Vec::<String>::new());
}

#[test]
fn what_is_not_what_was_released_is_not_promoted() {
    let stage = stage(1, &["v1.2.0"]);
    let digest = stage.tag(R2, "v1.2.0").expect("it is released");
    stage.sea.delete_content(&repository(R2), &digest);
    assert!(matches!(promote_alone(&stage, "A", "1.2.0"), Done::Stopped(_)));
    assert_eq!((stage.tag(R1, "stable"), count_marks(&stage)), (None, (0, 0, 0)));
    assert!(matches!(promote_alone(&stage, "B", "1.3.0"), Done::Stopped(_)), "what is not published");
}

#[test]
fn a_promotion_that_is_cut_off_anywhere_is_finished_by_the_next() {
    let undisturbed = stage(1, &["v1.2.0", "v1.3.0"]);
    let mut scheduler = Scheduler::new(&undisturbed.sea);
    let run = start_promotion(&undisturbed, &mut scheduler, "first", "1.3.0");
    scheduler.finish(run);
    for effect in &scheduler.effects(run) {
        for fault in [Fault::KilledBefore, Fault::KilledAfter, Fault::ReplyLost, Fault::Transient] {
            let stage = stage(1, &["v1.2.0", "v1.3.0"]);
            let mut scheduler = Scheduler::new(&stage.sea);
            let first = start_promotion(&stage, &mut scheduler, "first", "1.3.0");
            let same = effect.clone();
            scheduler.fault(first, fault, move |other| *other == same);
            scheduler.finish(first);
            let second = promote_alone(&stage, "second", "1.3.0");
            assert!(matches!(second, Done::Spoke(_)), "{fault:?} at `{effect}`: {second:?}");
            let third = promote_alone(&stage, "third", "1.3.0");
            assert!(
                matches!(&third, Done::Spoke(spoke) if !spoke.changed),
                "{fault:?} at `{effect}`: {third:?}"
            );
            assert_eq!((stable(&stage).as_deref(), count_marks(&stage)), (Some("1.3.0"), (1, 1, 1)));
        }
    }
}

/// Promotions of three versions, one of them twice, and a yank, in any order of single reads and writes.
#[test]
fn racing_promotions_end_at_the_highest() {
    for seed in 0..40 {
        let voyage = || {
            let stage = stage(seed, &["v1.2.0", "v1.3.0", "v1.4.0"]);
            let mut dice = fastrand::Rng::with_seed(seed);
            let mut scheduler = Scheduler::new(&stage.sea);
            let living = vec![
                start_promotion(&stage, &mut scheduler, "A", "1.3.0"),
                start_promotion(&stage, &mut scheduler, "B", "1.4.0"),
                start_promotion(&stage, &mut scheduler, "B too", "1.4.0"),
                start_promotion(&stage, &mut scheduler, "C", "1.2.0"),
                start(&stage, &mut scheduler, "D", &yank("1.3.0")),
            ];
            sail(&mut scheduler, living, &mut dice);
            assert_eq!(stable(&stage).as_deref(), Some("1.4.0"), "{}", scheduler.story());
            assert_eq!(check_moving_tags(&stage, &["1.3.0"]), Ok(()));
        };
        assert!(catch_unwind(AssertUnwindSafe(voyage)).is_ok(), "seed {seed} breaks something");
    }
}

fn start_release(stage: &Stage, scheduler: &mut Scheduler<Done>, run: &str, git_tag: &str) -> RunId {
    let (project, git_tag) = (Arc::clone(&stage.project), git_tag.to_owned());
    scheduler.start(run, &stage.machine(run), |aboard| async move {
        let at = aboard.git_tag(&git_tag).await.expect("the tag is there");
        let voyage = Voyage::new(&project, &aboard, at);
        match release(&aboard.world, &voyage.order(&project, Takeover::Now)).await {
            Ok(_) => Done::Released,
            Err(stop) => Done::Stopped(stop.to_string()),
        }
    })
}

/// Says something alone, to the end.
fn say(stage: &Stage, run: &str, saying: &Saying) -> Spoke {
    let mut scheduler = Scheduler::new(&stage.sea);
    let run = start(stage, &mut scheduler, run, saying);
    match scheduler.finish(run).clone() {
        End::Exited(Done::Spoke(spoke)) => *spoke,
        other => panic!("{other:?}\n{}", scheduler.story()),
    }
}

/// How many marks there are: under tags, in the fewest and the most of any image's repository, and in the ledger. A chart's has no
/// tags that move, and so no marks.
fn count_marks(stage: &Stage) -> (usize, usize, usize) {
    let in_place = |place: &str| {
        let held = stage.sea.repository(&repository(place));
        held.tags().keys().filter(|tag| tag.as_str().starts_with("plimsoll-mark-")).count()
    };
    let counts: Vec<usize> = stage.places().into_iter().filter(|place| *place != C1).map(in_place).collect();
    let files = stage.sea.files().into_keys().filter(|name| name.ends_with(MARK_ENDING)).count();
    (*counts.iter().min().unwrap_or(&0), *counts.iter().max().unwrap_or(&0), files)
}

/// Which saying, and which versions count no more once it is said.
fn sayings() -> Vec<(Saying, Vec<Saying>, &'static [&'static str])> {
    vec![
        (yank("1.4.0"), vec![], &["1.4.0"]),
        (Saying::Unyank { version: version("1.4.0") }, vec![yank("1.4.0")], &[]),
        (back("1.2.0"), vec![], &["1.3.0", "1.4.0"]),
        (Saying::RollBack { to: None }, vec![], &["1.4.0"]),
        (Saying::Unhold { over: None }, vec![back("1.3.0"), back("1.2.0")], &[]),
    ]
}

fn prepared(before: &[Saying]) -> Stage {
    let stage = stage(1, &["v1.2.0", "v1.3.0", "v1.4.0"]);
    for (number, saying) in before.iter().enumerate() {
        say(&stage, &format!("before {number}"), saying);
    }
    stage
}

fn cell(saying: &Saying, before: &[Saying], over: &[&str], effect: &Effect, fault: Fault) {
    let stage = prepared(before);
    let mut scheduler = Scheduler::new(&stage.sea);
    let first = start(&stage, &mut scheduler, "first", saying);
    let same = effect.clone();
    scheduler.fault(first, fault, move |other| *other == same);
    scheduler.finish(first);
    let second = say(&stage, "second", saying);
    assert!(!matches!(second.settlement.words, Words::Nothing), "{second:?}");
    let third = say(&stage, "third", saying);
    assert!(!third.changed, "there was something left to do: {third:?}");
    assert_eq!(check_moving_tags(&stage, over), Ok(()));
    let said = before.len() + 1;
    assert_eq!(count_marks(&stage), (said, said, said), "said once, everywhere");
}

#[test]
fn what_is_cut_off_anywhere_is_said_again_and_stands_once() {
    for (saying, before, over) in sayings() {
        let stage = prepared(&before);
        let mut scheduler = Scheduler::new(&stage.sea);
        let run = start(&stage, &mut scheduler, "first", &saying);
        assert!(matches!(scheduler.finish(run), End::Exited(Done::Spoke(_))), "{saying:?}");
        let effects = scheduler.effects(run);
        assert!(effects.len() > 6, "only {} effects", effects.len());
        for effect in &effects {
            for fault in [Fault::KilledBefore, Fault::KilledAfter, Fault::ReplyLost, Fault::Transient] {
                let run = || cell(&saying, &before, over, effect, fault);
                assert!(catch_unwind(AssertUnwindSafe(run)).is_ok(), "{fault:?} at `{effect}` of {saying:?}");
            }
        }
    }
}

#[test]
fn what_is_foreseen_happens_and_nothing_before() {
    for (saying, before, _) in sayings() {
        let stage = prepared(&before);
        let history = stage.sea.history().len();
        let mut scheduler = Scheduler::new(&stage.sea);
        let (project, wanted) = (Arc::clone(&stage.project), saying.clone());
        let look = scheduler.start("look", &stage.machine("look"), |aboard| async move {
            foresee(&aboard.world, &project, &wanted).await.map_err(|stop: Stop| stop.to_string())
        });
        let End::Exited(Ok(foreseen)) = scheduler.finish(look) else { panic!("{saying:?}") };
        assert_eq!(stage.sea.history().len(), history, "whoever only looks changes nothing");
        let (moves, orphans) = (foreseen.moves.clone(), foreseen.orphans.clone());
        let spoke = say(&stage, "speaker", &saying);
        assert_eq!((&spoke.moves, &spoke.orphans), (&moves, &orphans), "{saying:?}");
        assert!(!moves.is_empty(), "{saying:?} moves something");
    }
}

/// Speakers and releases side by side, in any order of single reads and writes.
#[test]
fn with_others_under_way_every_tag_ends_at_its_head() {
    for seed in 0..40 {
        let voyage = || {
            let stage = stage(seed, &["v1.2.0", "v1.3.0"]);
            let mut dice = fastrand::Rng::with_seed(seed);
            let mut scheduler = Scheduler::new(&stage.sea);
            stage.sea.make_git_tag("v1.4.0");
            let living = vec![
                start(&stage, &mut scheduler, "yank", &yank("1.3.0")),
                start(&stage, &mut scheduler, "yank too", &yank("1.3.0")),
                start_release(&stage, &mut scheduler, "release", "v1.4.0"),
                start(&stage, &mut scheduler, "back", &back("1.2.0")),
            ];
            let all = living.clone();
            sail(&mut scheduler, living, &mut dice);
            for run in all {
                let ended = scheduler.end(run);
                let told = matches!(ended, Some(End::Exited(Done::Spoke(_) | Done::Released)));
                assert!(told, "{ended:?}\n{}", scheduler.story());
            }
            // Whether 1.4.0 was passed over hangs on which came first; then everybody agrees on it.
            let held = stage.sea.files().into_iter().any(|(name, bytes)| {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                name.ends_with(MARK_ENDING) && text.contains("\"hold\"") && text.contains("1.4.0")
            });
            let over: &[&str] = if held { &["1.3.0", "1.4.0"] } else { &["1.3.0"] };
            assert_eq!(check_moving_tags(&stage, over), Ok(()), "{}", scheduler.story());
            let latest = if held { "1.2.0" } else { "1.4.0" };
            assert_eq!(stage.version_under(R1, "latest").as_deref(), Some(latest));
        };
        assert!(catch_unwind(AssertUnwindSafe(voyage)).is_ok(), "seed {seed} breaks something");
    }
}

#[test]
fn nothing_moves_before_everybody_can_hear_it() {
    let stage = stage(1, &["v1.3.0", "v1.4.0"]);
    stage.sea.break_down(&repository(R2), u32::MAX);
    let mut scheduler = Scheduler::new(&stage.sea);
    let run = start(&stage, &mut scheduler, "yank", &yank("1.4.0"));
    let ended = scheduler.finish(run);
    assert!(matches!(ended, End::Exited(Done::Stopped(why)) if !why.is_empty()), "{ended:?}");
    assert_eq!(stage.version_under(R1, "latest").as_deref(), Some("1.4.0"));
    stage.sea.break_down(&repository(R2), 0);
    let spoke = say(&stage, "again", &yank("1.4.0"));
    assert!(matches!(spoke.settlement.words, Words::New(Mark::Yank { .. })));
    assert_eq!(stage.version_under(R1, "latest").as_deref(), Some("1.3.0"));
}

#[test]
fn f23_a_rollback_passes_over_what_was_released_alone() {
    let mut stage = stage(1, &["v1.2.0", "v1.3.0"]);
    for place in [R1, R2] {
        stage.sea.push_foreign(&repository(place), &image_tag("v1.4.0"));
    }
    let spoke = say(&stage, "back", &Saying::RollBack { to: None });
    let said = match &spoke.settlement.words {
        Words::New(Mark::Hold { to, over }) => {
            (to.as_str(), over.iter().map(String::as_str).collect::<Vec<_>>())
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(said, ("1.2.0", vec!["1.3.0"]));
    for place in [R1, R2] {
        stage.sea.remove_tag(&repository(place), &image_tag("v1.4.0"));
    }
    stage.sea.make_git_tag("v1.4.0");
    assert!(stage.release_alone("fix", "one", "v1.4.0").is_done());
    assert_eq!(stage.version_under(R1, "latest").as_deref(), Some("1.4.0"));
}
