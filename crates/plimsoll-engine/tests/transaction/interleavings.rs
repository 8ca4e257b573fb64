//! Seeds: any order of single reads and writes of several runs, with budgets of faults and strangers like those under
//! which the protocol was model-checked (claim protocol, section 4). Every invariant holds after every step, every ending
//! is true, and from every end a fresh run alone comes to 0, or truthfully to 5 or 7.

use std::panic::{AssertUnwindSafe, catch_unwind};

use plimsoll_engine::domain::chart::VersionPolicy;
use plimsoll_engine::domain::claim::State;
use plimsoll_engine::domain::project::ClaimPolicy;
use plimsoll_engine::domain::target::Necessity;
use plimsoll_engine::world::{Effect, Subject};
use plimsoll_testkit::world::{Builds, Fault, RunId, Weather};

use crate::ending::{Ended, Stopped};
use crate::project::{V1, repository};
use crate::stage::{Deploys, Settings, Stage};
use crate::truth::{check_a_fresh_run, check_ending};

/// How much may go wrong.
#[derive(Clone, Copy, Default)]
struct Budget {
    /// How many runs there are, besides one more for every kill.
    runs: u32,
    /// Runs that are killed, with their layout or without.
    kills: u32,
    /// Effects whose reply is lost, or that fail before they are sent.
    lost: u32,
    /// Swaps and tag writes that are given up and arrive later or never.
    late: u32,
    /// Version tags that strangers push.
    foreign: u32,
    /// Moves of the git tag.
    moves: u32,
    /// Collections of untagged content.
    collections: u32,
    /// Deletions of an image, held or tagged or not.
    deletions: u32,
    /// Outages of a repository, for a few calls.
    outages: u32,
    /// Attempts to withdraw, after which the git tag is made anew.
    withdrawals: u32,
}

/// Effects that are struck by chance.
struct Storm {
    dice: fastrand::Rng,
    lost: u32,
    late: u32,
}

impl Weather for Storm {
    fn strike(&mut self, effect: &Effect) -> Option<Fault> {
        let weighty = matches!(effect.subject, Subject::Claim(..) | Subject::Tag(..));
        // Most effects are content: what decides is struck more often.
        if self.dice.u32(..if weighty { 8 } else { 80 }) != 0 {
            return None;
        }
        if weighty && self.late > 0 && self.dice.bool() {
            self.late -= 1;
            return Some(Fault::Late);
        }
        self.lost = self.lost.checked_sub(1)?;
        Some(if self.dice.bool() { Fault::ReplyLost } else { Fault::Transient })
    }
}

struct Sea {
    stage: Stage,
    dice: fastrand::Rng,
    left: Budget,
    begun: u32,
    /// Runs that have not ended, with their machines.
    living: Vec<(RunId, String)>,
    /// Machines that no run is on.
    idle: Vec<String>,
}

impl Sea {
    fn new(settings: Settings, budget: Budget) -> Sea {
        let mut dice = fastrand::Rng::with_seed(settings.seed);
        let stage = Stage::new(settings);
        let storm = Storm { dice: dice.fork(), lost: budget.lost, late: budget.late };
        stage.sea.set_weather(Some(Box::new(storm)));
        Sea { stage, dice, left: budget, begun: 0, living: Vec::new(), idle: Vec::new() }
    }

    fn sail(&mut self) {
        while self.left.runs > 0 || !self.living.is_empty() {
            if self.left.runs > 0 && (self.living.is_empty() || self.dice.u32(..200) == 0) {
                self.left.runs -= 1;
                self.begin();
                continue;
            }
            if self.dice.u32(..12) == 0 {
                self.mishap();
            }
            self.burst();
        }
    }

    /// A run begins, on a machine where one ran before or on a new one.
    fn begin(&mut self) {
        self.begun += 1;
        let machine = match self.idle.is_empty() || self.dice.bool() {
            true => format!("machine {}", self.begun),
            false => self.idle.swap_remove(self.dice.usize(..self.idle.len())),
        };
        let run = self.stage.release(&format!("run {}", self.begun), &machine, V1);
        self.living.push((run, machine));
    }

    /// One run does one thing, or many things: so that others sleep for a short or a long time.
    fn burst(&mut self) {
        let Some(at) = self.choose() else { return };
        let (run, machine) = self.living[at].clone();
        let length = 1 << self.dice.u32(..8);
        for _ in 0..length {
            let waiting = self.stage.scheduler.waiting(run);
            if waiting.is_empty() {
                break;
            }
            let nth = waiting.iter().position(|act| act.is_private());
            self.stage.scheduler.step_at(run, nth.unwrap_or_else(|| self.dice.usize(..waiting.len())));
        }
        if self.stage.scheduler.end(run).is_some() {
            check_ending(&self.stage, run);
            self.living.swap_remove(at);
            self.idle.push(machine);
        }
    }

    fn choose(&mut self) -> Option<usize> {
        (!self.living.is_empty()).then(|| self.dice.usize(..self.living.len()))
    }

    /// Something happens that no run does.
    fn mishap(&mut self) {
        let places = self.stage.places();
        let place = places[self.dice.usize(..places.len())];
        let (place, version_tag) = (repository(place), self.stage.version_tag(place));
        let sea = self.stage.sea.clone();
        match self.dice.u32(..8) {
            0 if take(&mut self.left.kills) => {
                let Some(at) = self.choose() else { return };
                let (run, machine) = self.living.swap_remove(at);
                self.stage.scheduler.kill(run);
                if self.dice.bool() {
                    self.stage.machine(&machine).lose_layout();
                }
                self.idle.push(machine);
                self.left.runs += 1;
            }
            1 if take(&mut self.left.foreign) => {
                sea.push_foreign(&place, &version_tag);
            }
            2 if take(&mut self.left.moves) => {
                sea.make_git_tag(V1);
            }
            3 if take(&mut self.left.collections) => {
                sea.collect(&place);
            }
            4 if take(&mut self.left.deletions) => {
                let held = sea.repository(&place);
                let digests: Vec<_> = held.tags().values().collect();
                if !digests.is_empty() {
                    sea.delete_content(&place, digests[self.dice.usize(..digests.len())]);
                }
            }
            5 if take(&mut self.left.outages) => sea.break_down(&place, self.dice.u32(1..6)),
            6 if take(&mut self.left.withdrawals) => {
                let withdraw = self.stage.withdraw(&format!("withdrawal {}", self.begun), "somewhere", V1);
                self.living.push((withdraw, "somewhere".into()));
            }
            7 if sea.late_requests() > 0 => self.settle_late_request(),
            _ => {}
        }
    }

    fn settle_late_request(&mut self) {
        match self.dice.u32(..3) {
            0 => self.stage.sea.lose_late_request(),
            _ => {
                self.stage.sea.let_late_request_arrive();
                assert_eq!(self.stage.sea.check(), Ok(()), "{}", self.stage.scheduler.story());
            }
        }
    }

    /// Everybody has ended: what is late comes or does not, and a fresh run finds its way.
    fn arrive(mut self) -> Ended {
        self.stage.sea.set_weather(None);
        for place in self.stage.places() {
            self.stage.sea.break_down(&repository(place), 0);
        }
        while self.stage.sea.late_requests() > 0 {
            self.settle_late_request();
        }
        if self.stage.sea.git_tag(V1).is_none() {
            self.stage.sea.make_git_tag(V1);
        }
        check_a_fresh_run(&mut self.stage, "fresh", V1)
    }
}

fn take(budget: &mut u32) -> bool {
    match budget.checked_sub(1) {
        Some(left) => {
            *budget = left;
            true
        }
        None => false,
    }
}

/// Sails with many seeds; each kind of end must come up, else the budgets do nothing.
fn sail(settings: Settings, budget: Budget, wanted: &[fn(&Ended) -> bool]) {
    let mut met = vec![false; wanted.len()];
    for seed in 0..seeds() {
        let voyage = || {
            let mut sea = Sea::new(Settings { seed, ..settings }, budget);
            sea.sail();
            let ended: Vec<Ended> =
                sea.stage.releases().into_iter().filter_map(|run| sea.stage.ended(run)).collect();
            (ended, sea.arrive())
        };
        let Ok((ended, last)) = catch_unwind(AssertUnwindSafe(voyage)) else {
            panic!("seed {seed} breaks something")
        };
        for (met, wanted) in met.iter_mut().zip(wanted) {
            *met |= ended.iter().any(wanted) || wanted(&last);
        }
    }
    assert!(met.iter().all(|met| *met), "some ends were never met: {met:?}");
}

fn is(stopped: &'static [Stopped]) -> impl Fn(&Ended) -> bool {
    move |ended| matches!(ended, Ended::Stopped(found) if stopped.contains(found))
}

/// How many seeds each sea is sailed with; `PLIMSOLL_SEEDS` sails longer.
fn seeds() -> u64 {
    std::env::var("PLIMSOLL_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(300)
}

#[test]
fn two_runs_with_kills_losses_late_requests_and_a_stranger() {
    let budget = Budget { runs: 2, kills: 2, lost: 2, late: 1, foreign: 1, moves: 1, ..Budget::default() };
    let wanted: [fn(&Ended) -> bool; 5] = [
        |ended| is(&[Stopped::Burnt])(ended),
        |ended| is(&[Stopped::Deposed])(ended),
        |ended| is(&[Stopped::Taken])(ended),
        |ended| is(&[Stopped::Drift])(ended),
        |ended| is(&[Stopped::TagMoved, Stopped::TagMovedSince, Stopped::GitTagDrift])(ended),
    ];
    sail(Settings::default(), budget, &wanted);
}

#[test]
fn two_runs_with_a_collection_and_a_withdrawal() {
    let budget = Budget {
        runs: 2,
        kills: 2,
        lost: 1,
        late: 1,
        collections: 1,
        foreign: 1,
        withdrawals: 1,
        ..Budget::default()
    };
    let wanted: [fn(&Ended) -> bool; 2] = [
        |ended| *ended == Ended::Withdrawn,
        |ended| is(&[Stopped::NotWithdrawable(State::Published)])(ended),
    ];
    sail(Settings::default(), budget, &wanted);
}

#[test]
fn two_runs_of_equal_bytes() {
    let budget = Budget { runs: 2, kills: 2, lost: 2, late: 1, foreign: 1, ..Budget::default() };
    sail(Settings { builds: Builds::Same, deploys: Deploys::Nothing, ..Settings::default() }, budget, &[]);
}

#[test]
fn two_runs_while_somebody_deletes() {
    let budget =
        Budget { runs: 2, kills: 2, lost: 1, late: 1, deletions: 1, foreign: 1, ..Budget::default() };
    sail(Settings::default(), budget, &[]);
}

#[test]
fn two_runs_with_an_optional_mirror_that_goes_away() {
    let budget = Budget { runs: 2, kills: 2, lost: 1, late: 1, outages: 2, foreign: 1, ..Budget::default() };
    let wanted: [fn(&Ended) -> bool; 1] = [|ended| is(&[Stopped::Mirrors])(ended)];
    sail(Settings { mirror: Some(Necessity::Optional), ..Settings::default() }, budget, &wanted);
}

#[test]
fn two_runs_with_a_number_of_the_chart() {
    let budget = Budget {
        runs: 2,
        kills: 2,
        lost: 2,
        late: 1,
        foreign: 1,
        moves: 1,
        withdrawals: 1,
        ..Budget::default()
    };
    let settings = Settings { chart_version: VersionPolicy::Independent, ..Settings::default() };
    let wanted: [fn(&Ended) -> bool; 1] = [|ended| is(&[Stopped::Burnt])(ended)];
    sail(settings, budget, &wanted);
}

#[test]
fn three_runs_with_a_stranger() {
    let budget = Budget { runs: 3, kills: 2, lost: 1, late: 1, foreign: 1, moves: 1, ..Budget::default() };
    sail(Settings { mirror: None, ..Settings::default() }, budget, &[]);
}

#[test]
fn three_runs_without_a_claim() {
    let budget = Budget { runs: 3, kills: 2, lost: 1, late: 1, foreign: 1, ..Budget::default() };
    let wanted: [fn(&Ended) -> bool; 2] =
        [|ended| is(&[Stopped::Contested])(ended), |ended| is(&[Stopped::Taken])(ended)];
    sail(Settings { mirror: None, claim: ClaimPolicy::None, ..Settings::default() }, budget, &wanted);
}
