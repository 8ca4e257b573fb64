//! Charts with versions of their own: each release has one number, whoever runs it and however often, and no two releases
//! share one.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use plimsoll_engine::domain::chart::VersionPolicy;
use plimsoll_engine::domain::claim::{Claim, ClaimName, State};
use plimsoll_engine::world::{Effect, Subject};
use plimsoll_tags::notation::short::Template;
use plimsoll_tags::rule::TagRule;
use plimsoll_testkit::world::{Act, Fault, RunId};

use crate::dice::burst;
use crate::ending::{Ended, Stopped};
use crate::project::{C1, FIRST_NUMBER, R1, V1, chart_name, claim_name, image_tag, repository};
use crate::stage::{Settings, Stage};
use crate::truth::{check_a_fresh_run, check_ending};

/// Versions that are released at once.
const V2: &str = "v1.1.0";

/// How many seeds decide the order of runs.
const TIMES: u64 = 40;

fn settings() -> Settings {
    Settings { chart_version: VersionPolicy::Independent, ..Settings::default() }
}

fn stage(settings: Settings) -> Stage {
    let stage = Stage::new(settings);
    stage.sea.make_git_tag(V2);
    stage
}

/// The number that the claim of a version says.
fn number(stage: &Stage, git_tag: &str) -> String {
    let claim = stage.claim(git_tag);
    let name = chart_name(VersionPolicy::Independent);
    let sealed = claim.seal.expect("it is sealed").charts[&name].version.clone();
    assert_eq!(claim.charts.get(name.as_str()), Some(&sealed), "the claim says what is sealed");
    sealed
}

/// Every number that is reserved, and for which release.
fn numbers(stage: &Stage) -> BTreeMap<String, String> {
    let of_chart = |name: &ClaimName| name.component == chart_name(VersionPolicy::Independent);
    let claims = stage.sea.claims().into_iter().filter(|(name, _)| of_chart(name));
    let number =
        |(name, claim): (ClaimName, Claim)| (name.version, claim.number_for.expect("it is a number"));
    claims.map(number).collect()
}

fn reserves_number(act: &Act) -> bool {
    matches!(act, Act::SwapClaim(name, _) if name.component == chart_name(VersionPolicy::Independent))
}

#[test]
fn each_release_has_the_next_number() {
    let mut stage = stage(settings());
    assert!(stage.release_alone("A", "one", V1).is_done());
    assert_eq!(number(&stage, V1), FIRST_NUMBER);
    assert!(stage.release_alone("B", "two", V2).is_done());
    assert_eq!(number(&stage, V2), "0.0.2");
    for found in [FIRST_NUMBER, "0.0.2"] {
        assert!(stage.tag(C1, found).is_some(), "{found}");
    }
    let again = stage.release_alone("C", "three", V1);
    assert!(again.is_done());
    let want = [(FIRST_NUMBER, "app/1.0.0"), ("0.0.2", "app/1.1.0")];
    assert_eq!(numbers(&stage), want.map(|(number, of)| (number.to_owned(), of.to_owned())).into());
}

#[test]
fn what_others_have_published_is_spent() {
    let mut stage = stage(settings());
    for tag in ["0.3.9", "0.3.10_build.1", "latest", "9.9"] {
        stage.sea.push_foreign(&repository(C1), &image_tag(tag));
    }
    assert!(stage.release_alone("A", "one", V1).is_done());
    assert_eq!(number(&stage, V1), "0.3.11");
}

/// The chart lies among the tags of an image, of which one is what its number would be.
#[test]
fn a_number_that_would_be_an_image_s_tag_burns_nothing() {
    let mut stage = stage(settings());
    let mut project = (*stage.project).clone();
    project.charts[0].repository = repository(R1);
    let bare = TagRule::of(Template::parse("{version}").expect("a template"));
    project.images[0].tags.release.push(bare);
    stage.project = Arc::new(project);
    let declared = "apiVersion: v2\nname: app\nversion: 1.0.0\nappVersion: none\n";
    stage.sea.commit_file("deploy/app/Chart.yaml", declared);
    assert_eq!(stage.release_alone("A", "one", V1), Ended::Stopped(Stopped::Collision));
    assert_eq!(stage.state(V1), Some(State::Reserved));
    assert!(numbers(&stage).is_empty(), "{:?}", numbers(&stage));
    assert!(stage.sea.visible_tags().is_empty());
}

#[test]
fn a_run_that_takes_over_has_the_same_number() {
    // F20: reserved and killed, before anything was made.
    let mut stage = stage(settings());
    let first = stage.release("A", "one", V1);
    stage.past(first, reserves_number);
    stage.sink(first, "one");
    // Another release has the next one meanwhile.
    assert!(stage.release_alone("B", "two", V2).is_done());
    assert!(stage.release_alone("C", "three", V1).is_done());
    assert_eq!((number(&stage, V1).as_str(), number(&stage, V2).as_str()), (FIRST_NUMBER, "0.0.2"));
    assert_eq!(numbers(&stage).len(), 2);
}

#[test]
fn the_number_of_a_version_that_was_withdrawn_waits_for_it() {
    let mut stage = stage(settings());
    let first = stage.release("A", "one", V1);
    stage.past(first, reserves_number);
    stage.sink(first, "one");
    let withdrawn = stage.withdraw("W", "two", V1);
    stage.scheduler.finish(withdrawn);
    stage.sea.make_git_tag(V1);
    assert!(stage.release_alone("B", "two", V2).is_done());
    assert!(stage.release_alone("C", "three", V1).is_done());
    assert_eq!((number(&stage, V1).as_str(), number(&stage, V2).as_str()), (FIRST_NUMBER, "0.0.2"));
}

#[test]
fn a_burnt_version_s_number_is_spent() {
    let mut stage = stage(settings());
    let first = stage.release("A", "one", V1);
    stage.past(first, crate::acts::swaps_to(State::Committed));
    stage.sea.push_foreign(&repository(C1), &image_tag(FIRST_NUMBER));
    stage.scheduler.finish(first);
    assert_eq!(stage.ended(first), Some(Ended::Stopped(Stopped::Burnt)));
    assert!(stage.release_alone("B", "two", V2).is_done());
    assert_eq!(number(&stage, V2), "0.0.2");
}

/// Releases a version with a fault at one effect on a claim, and again elsewhere; another version in between.
fn struck(effect: &Effect, fault: Fault) {
    let mut stage = stage(settings());
    let first = stage.release("A", "one", V1);
    let same = effect.clone();
    stage.scheduler.fault(first, fault, move |other| *other == same);
    stage.scheduler.finish(first);
    check_ending(&stage, first);
    assert!(stage.release_alone("B", "two", V2).is_done());
    assert!(stage.release_alone("C", "three", V1).is_done());
    assert!(stage.release_alone("D", "one", V1).is_done());
    let found = [number(&stage, V1), number(&stage, V2)];
    assert_ne!(found[0], found[1], "{}", stage.scheduler.story());
    assert_eq!(numbers(&stage).len(), 2, "{}", stage.scheduler.story());
    let tags = stage.sea.visible_tags();
    let charts = tags.keys().filter(|(place, _)| *place == repository(C1));
    assert_eq!(charts.count(), 2, "{}", stage.scheduler.story());
}

#[test]
fn whatever_happens_to_a_claim_a_release_has_one_number() {
    let mut stage = stage(settings());
    let run = stage.release("A", "one", V1);
    stage.end(run);
    let on_claims = |effect: &Effect| matches!(effect.subject, Subject::Claim(..));
    let effects: Vec<Effect> = stage.scheduler.effects(run).into_iter().filter(on_claims).collect();
    assert_eq!(effects.len(), 5, "reserved, a number, sealed, committed, published");
    let faults = [
        Fault::KilledBefore,
        Fault::KilledAfter,
        Fault::ReplyLost,
        Fault::Transient,
        Fault::Slow { reads: 3 },
        Fault::Stopped,
    ];
    for effect in &effects {
        for fault in faults {
            let struck = catch_unwind(AssertUnwindSafe(|| struck(effect, fault)));
            assert!(struck.is_ok(), "{fault:?} at `{effect}`");
        }
    }
}

/// How often a run tried to reserve a number.
fn reservations(stage: &Stage, run: RunId) -> usize {
    let effects = stage.scheduler.effects(run).into_iter();
    let chart = chart_name(VersionPolicy::Independent);
    let of_chart =
        |effect: &Effect| matches!(&effect.subject, Subject::Claim(name, _) if name.component == chart);
    effects.filter(of_chart).count()
}

#[test]
fn of_two_that_want_one_number_the_second_gets_the_next() {
    let mut stage = stage(settings());
    let (first, second) = (stage.release("A", "one", V1), stage.release("B", "two", V2));
    stage.scheduler.run_until(first, reserves_number);
    stage.scheduler.run_until(second, reserves_number);
    for run in [first, second] {
        assert!(stage.end(run).is_done());
    }
    assert_eq!((number(&stage, V1).as_str(), number(&stage, V2).as_str()), (FIRST_NUMBER, "0.0.2"));
    assert_eq!((reservations(&stage, first), reservations(&stage, second)), (1, 2));
}

/// Lets runs go on in an order that the seed decides; some are killed.
fn sail(stage: &mut Stage, dice: &mut fastrand::Rng, mut living: Vec<RunId>) {
    let mut kills = 1;
    while !living.is_empty() {
        let at = burst(&mut stage.scheduler, &living, dice, 6);
        let run = living[at];
        if stage.scheduler.end(run).is_some() {
            check_ending(stage, run);
            living.swap_remove(at);
        } else if kills > 0 && dice.u32(..60) == 0 {
            kills -= 1;
            stage.scheduler.kill(run);
            living.swap_remove(at);
        }
    }
}

#[test]
fn two_releases_at_once_never_share_a_number() {
    let mut contested = 0;
    for seed in 0..TIMES {
        let mut stage = stage(Settings { seed, mirror: None, ..settings() });
        let mut dice = fastrand::Rng::with_seed(seed);
        // Two runs of each version, which depose one another.
        let runs = [("A", "one", V1), ("B", "two", V2), ("C", "three", V1), ("D", "four", V2)];
        let runs = runs.map(|(run, machine, git_tag)| stage.release(run, machine, git_tag));
        sail(&mut stage, &mut dice, runs.to_vec());
        for (run, git_tag) in [("E", V1), ("F", V2)] {
            assert!(check_a_fresh_run(&mut stage, run, git_tag).is_done(), "seed {seed}");
        }
        let found = [number(&stage, V1), number(&stage, V2)];
        assert_ne!(found[0], found[1], "seed {seed}\n{}", stage.scheduler.story());
        let reserved = numbers(&stage);
        for (git_tag, number) in [V1, V2].iter().zip(&found) {
            let name = claim_name(git_tag).to_string();
            assert_eq!(reserved.get(number), Some(&name), "seed {seed}\n{}", stage.scheduler.story());
        }
        assert_eq!(reserved.len(), 2, "seed {seed}: {reserved:?}\n{}", stage.scheduler.story());
        let tries: usize = runs.iter().map(|run| reservations(&stage, *run)).sum();
        contested += usize::from(tries > 2);
    }
    assert!(contested > 0, "nobody ever met anybody");
}

#[test]
fn a_number_that_arrives_late_does_no_harm() {
    for arrives in [false, true] {
        let mut stage = stage(settings());
        let first = stage.release("A", "one", V1);
        let chart = chart_name(VersionPolicy::Independent);
        stage.scheduler.fault(
            first,
            Fault::Late,
            move |effect| matches!(&effect.subject, Subject::Claim(name, _) if name.component == chart),
        );
        stage.scheduler.finish(first);
        check_ending(&stage, first);
        if arrives {
            stage.sea.let_late_request_arrive();
        } else {
            stage.sea.lose_late_request();
        }
        assert!(stage.release_alone("B", "two", V2).is_done());
        assert!(stage.release_alone("C", "three", V1).is_done());
        assert_ne!(number(&stage, V1), number(&stage, V2));
        assert_eq!(numbers(&stage).len(), 2);
    }
}
