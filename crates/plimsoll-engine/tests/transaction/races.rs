//! Two machines at once, fifty times each: one version with different content, with a claim and without; two versions of
//! one line.

use plimsoll_engine::domain::page::PagePolicy;
use plimsoll_engine::domain::project::ClaimPolicy;
use plimsoll_engine::run::order::Takeover;
use plimsoll_engine::world::forge::PageStanding;
use plimsoll_testkit::world::RunId;

use crate::dice::burst;
use crate::ending::{Ended, Stopped};
use crate::project::{R1, R2, V1};
use crate::stage::{Settings, Stage};
use crate::truth::{check_ending, check_moving_tags};

const TIMES: u64 = 50;

/// Lets both go on in an order that the seed decides.
fn race(stage: &mut Stage, seed: u64, runs: [RunId; 2]) -> [Ended; 2] {
    let mut dice = fastrand::Rng::with_seed(seed);
    let mut living = runs.to_vec();
    while !living.is_empty() {
        let at = burst(&mut stage.scheduler, &living, &mut dice, 6);
        let run = living[at];
        if stage.scheduler.end(run).is_some() {
            check_ending(stage, run);
            living.swap_remove(at);
        }
    }
    runs.map(|run| stage.ended(run).expect("nobody kills it"))
}

#[test]
fn one_version_has_one_winner() {
    let mut losers = 0;
    for seed in 0..TIMES {
        let takeover = if seed % 2 == 0 { Takeover::WhenDead } else { Takeover::Now };
        let pages = PagePolicy::Version;
        let mut stage = Stage::new(Settings { seed, takeover, pages, ..Settings::default() });
        let runs = [stage.release("A", "one", V1), stage.release("B", "two", V1)];
        let ended = race(&mut stage, seed, runs);
        assert!(ended.iter().any(Ended::is_done), "{ended:?}\n{}", stage.scheduler.story());
        let lost = |ended: &&Ended| matches!(ended, Ended::Stopped(Stopped::Deposed | Stopped::Held));
        losers += ended.iter().filter(lost).count();
        let explained = |ended: &Ended| ended.is_done() || lost(&ended);
        assert!(ended.iter().all(explained), "{ended:?}\n{}", stage.scheduler.story());
        let pages = stage.sea.pages().into_iter();
        let shown = pages.filter(|page| page.standing != PageStanding::Draft).count();
        assert_eq!(shown, 1, "{}", stage.scheduler.story());
        assert_eq!(check_moving_tags(&stage, &[]), Ok(()));
    }
    assert!(losers > 0, "nobody ever lost");
}

#[test]
fn one_version_without_a_claim_never_means_two_things() {
    let mut stopped = 0;
    for seed in 0..TIMES {
        let settings = Settings { seed, claim: ClaimPolicy::None, mirror: None, ..Settings::default() };
        let mut stage = Stage::new(settings);
        let runs = [stage.release("A", "one", V1), stage.release("B", "two", V1)];
        let ended = race(&mut stage, seed, runs);
        let explained = |ended: &Ended| {
            ended.is_done() || matches!(ended, Ended::Stopped(Stopped::Contested | Stopped::Taken))
        };
        assert!(ended.iter().all(explained), "{ended:?}\n{}", stage.scheduler.story());
        stopped += ended.iter().filter(|ended| !ended.is_done()).count();
    }
    assert!(stopped > 0, "no race was ever seen");
}

#[test]
fn of_two_versions_at_once_the_higher_is_latest() {
    for seed in 0..TIMES {
        let mut stage = Stage::new(Settings { seed, mirror: None, ..Settings::default() });
        stage.sea.make_git_tag("v1.2.4");
        stage.sea.make_git_tag("v1.3.0");
        let runs = [stage.release("A", "one", "v1.2.4"), stage.release("B", "two", "v1.3.0")];
        let ended = race(&mut stage, seed, runs);
        assert!(ended.iter().all(Ended::is_done), "{ended:?}\n{}", stage.scheduler.story());
        for place in [R1, R2] {
            assert_eq!(stage.version_under(place, "latest").as_deref(), Some("1.3.0"));
        }
        assert_eq!(stage.version_under(R1, "1.2").as_deref(), Some("1.2.4"));
        assert_eq!(stage.version_under(R1, "1.3").as_deref(), Some("1.3.0"));
    }
}

#[test]
fn of_two_versions_at_once_without_a_claim_the_higher_is_latest() {
    for seed in 0..TIMES {
        let settings = Settings { seed, claim: ClaimPolicy::None, mirror: None, ..Settings::default() };
        let mut stage = Stage::new(settings);
        stage.sea.make_git_tag("v1.2.4");
        stage.sea.make_git_tag("v1.3.0");
        let runs = [stage.release("A", "one", "v1.2.4"), stage.release("B", "two", "v1.3.0")];
        let ended = race(&mut stage, seed, runs);
        assert!(ended.iter().all(Ended::is_done), "{ended:?}\n{}", stage.scheduler.story());
        for place in [R1, R2] {
            assert_eq!(stage.version_under(place, "latest").as_deref(), Some("1.3.0"));
        }
    }
}
