//! Moving tags under any order of publishing, rolling back, yanking and lifting, with kills and late writes: when all
//! is quiet, every one is at its head, and none was ever moved to what another tool left (claim protocol, section 3, I6 and I8).

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use plimsoll_engine::domain::marks::Mark;
use plimsoll_engine::world::{Effect, Subject};
use plimsoll_oci::name::Digest;
use plimsoll_testkit::world::{Fault, RunId, Weather};

use crate::dice::burst;
use crate::project::{R1, R2, image_tag, repository};
use crate::stage::{Settings, Stage};
use crate::truth::{check_ending, check_moving_tags, count_writes};

/// What happens besides, at a moment that the seed decides.
#[derive(Clone, Copy)]
enum Happening {
    /// A version is released.
    Release(&'static str),
    /// Somebody says that a version is broken.
    Yank(&'static str),
    /// Somebody goes back to a version, passing over others.
    RollBack(&'static str, &'static [&'static str]),
    /// Somebody lifts every rollback.
    Lift,
    /// Another tool leaves something under a version's name.
    Foreign(&'static str),
}

/// Writes of moving tags that are given up and arrive later or never.
struct Gusts {
    dice: fastrand::Rng,
    left: u32,
}

impl Weather for Gusts {
    fn strike(&mut self, effect: &Effect) -> Option<Fault> {
        let moving = matches!(&effect.subject, Subject::Tag(_, tag) if !tag.as_str().starts_with('v'));
        if !moving || self.dice.u32(..6) != 0 {
            return None;
        }
        self.left = self.left.checked_sub(1)?;
        Some(Fault::Late)
    }
}

struct Series {
    stage: Stage,
    dice: fastrand::Rng,
    living: Vec<RunId>,
    holds: BTreeSet<Digest>,
    held: BTreeSet<&'static str>,
    yanked: BTreeSet<&'static str>,
    foreign: BTreeSet<Digest>,
    kills: u32,
}

impl Series {
    /// Some versions are published already.
    fn new(seed: u64, published: &[&str], kills: u32, late: u32) -> Series {
        let mut dice = fastrand::Rng::with_seed(seed);
        let mut stage = Stage::new(Settings { seed, mirror: None, ..Settings::default() });
        for version in published {
            stage.sea.make_git_tag(version);
            assert!(stage.release_alone(version, "one", version).is_done());
        }
        stage.sea.set_weather(Some(Box::new(Gusts { dice: dice.fork(), left: late })));
        let (holds, held, yanked, foreign) = Default::default();
        Series { stage, dice, living: Vec::new(), holds, held, yanked, foreign, kills }
    }

    fn sail(&mut self, mut happenings: Vec<Happening>) {
        self.dice.shuffle(&mut happenings);
        while !happenings.is_empty() || !self.living.is_empty() {
            let free = happenings.last().is_some_and(|next| self.is_possible(*next));
            if free && (self.living.is_empty() || self.dice.u32(..6) == 0) {
                let next = happenings.pop().expect("there is one");
                self.happen(next);
            } else if self.living.is_empty() {
                self.dice.shuffle(&mut happenings);
            } else {
                self.burst();
            }
        }
    }

    /// Only what was held can be lifted, and only published versions are named by marks.
    fn is_possible(&self, happening: Happening) -> bool {
        match happening {
            Happening::Lift => !self.holds.is_empty(),
            Happening::Release(_) | Happening::Yank(_) | Happening::RollBack(..) | Happening::Foreign(_) => {
                true
            }
        }
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Release(version) => {
                let name = format!("{version} of {}", self.living.len());
                if self.stage.sea.git_tag(version).is_none() {
                    self.stage.sea.make_git_tag(version);
                }
                let run = self.stage.release(&name, &name, version);
                self.living.push(run);
            }
            Happening::Yank(version) => {
                self.stage.mark(Mark::Yank {
                    version: version.into(),
                    record: None,
                    reason: "broken".into(),
                });
                self.yanked.insert(version);
            }
            Happening::RollBack(to, over) => {
                let over_versions = over.iter().map(|version| (*version).to_owned()).collect();
                let hold = self.stage.mark(Mark::Hold { to: to.into(), over: over_versions });
                self.holds.insert(hold);
                self.held.extend(over);
            }
            Happening::Lift => {
                self.stage.mark(Mark::Lift { statements: std::mem::take(&mut self.holds) });
                self.held.clear();
            }
            Happening::Foreign(version) => {
                for place in [R1, R2] {
                    self.foreign.insert(self.stage.sea.push_foreign(&repository(place), &image_tag(version)));
                }
            }
        }
    }

    fn burst(&mut self) {
        let at = burst(&mut self.stage.scheduler, &self.living, &mut self.dice, 7);
        let run = self.living[at];
        if self.stage.scheduler.end(run).is_none() && self.kills > 0 && self.dice.u32(..20) == 0 {
            self.kills -= 1;
            self.stage.scheduler.kill(run);
        }
        if self.stage.scheduler.end(run).is_some() {
            check_ending(&self.stage, run);
            self.living.swap_remove(at);
        }
    }

    /// Everything late comes or does not; after one more run every moving tag is at its head.
    fn arrive(mut self, versions: &[&str]) {
        self.stage.sea.set_weather(None);
        while self.stage.sea.late_requests() > 0 {
            match self.dice.bool() {
                true => self.stage.sea.lose_late_request(),
                false => {
                    self.stage.sea.let_late_request_arrive();
                }
            }
        }
        for version in versions {
            let last = self.stage.release_alone(&format!("last of {version}"), "last", version);
            assert!(last.is_done(), "{last:?}");
        }
        let passed_over: Vec<&str> = self.held.union(&self.yanked).copied().collect();
        assert_eq!(check_moving_tags(&self.stage, &passed_over), Ok(()), "{}", self.stage.scheduler.story());
        let mut written = count_writes(&self.stage.sea.history()).into_keys();
        let drawn = written.find(|(_, _, to)| self.foreign.contains(to));
        assert_eq!(drawn, None, "{}", self.stage.scheduler.story());
    }
}

fn sail(seeds: u64, published: &[&str], happenings: &[Happening], kills: u32, late: u32) {
    let released = happenings.iter().filter_map(|happening| match happening {
        Happening::Release(version) => Some(*version),
        _ => None,
    });
    let versions: Vec<&str> = released.collect();
    for seed in 0..seeds {
        let voyage = || {
            let mut series = Series::new(seed, published, kills, late);
            series.sail(happenings.to_vec());
            // Without kills and late writes the tags are right as soon as all is quiet.
            let after = if kills + late > 0 { versions.as_slice() } else { &[] };
            let marked = happenings.iter().any(|happening| !matches!(happening, Happening::Release(_)));
            // Marks are only said here: the next run settles them.
            let last = published.last().map(std::slice::from_ref).filter(|_| marked && after.is_empty());
            series.arrive(last.unwrap_or(after));
        };
        assert!(catch_unwind(AssertUnwindSafe(voyage)).is_ok(), "seed {seed} breaks something");
    }
}

const SEEDS: u64 = 60;

#[test]
fn neighbours_of_one_line() {
    let happenings =
        [Happening::Release("v1.2.4"), Happening::Release("v1.2.5"), Happening::Release("v1.3.0")];
    sail(SEEDS, &["v1.2.3"], &happenings, 0, 0);
}

#[test]
fn neighbours_of_one_line_with_kills_and_late_writes() {
    let happenings = [Happening::Release("v1.2.4"), Happening::Release("v1.2.5")];
    sail(SEEDS, &["v1.2.3"], &happenings, 2, 1);
}

#[test]
fn a_rollback_while_others_publish() {
    let happenings = [
        Happening::RollBack("1.3.0", &["1.4.0"]),
        Happening::Release("v1.3.1"),
        Happening::Release("v1.4.0"),
        Happening::Lift,
    ];
    sail(SEEDS, &["v1.3.0", "v1.4.0"], &happenings, 0, 1);
}

#[test]
fn a_yank_while_others_publish() {
    let happenings = [
        Happening::Yank("1.4.0"),
        Happening::Release("v1.4.1"),
        Happening::Release("v1.3.1"),
        Happening::Yank("1.4.1"),
    ];
    sail(SEEDS, &["v1.3.0", "v1.4.0"], &happenings, 1, 0);
}

#[test]
fn a_late_write_is_put_right_by_any_later_run() {
    let mut stage = Stage::new(Settings { mirror: None, ..Settings::default() });
    for version in ["v1.2.4", "v1.2.5"] {
        stage.sea.make_git_tag(version);
    }
    let a = stage.release("A", "one", "v1.2.4");
    stage.scheduler.fault(a, Fault::Late, crate::acts::point_of(R1, "1.2"));
    assert!(stage.end(a).is_done());
    assert!(stage.release_alone("B", "two", "v1.2.5").is_done());
    assert!(stage.sea.let_late_request_arrive());
    assert_eq!(stage.version_under(R1, "1.2").as_deref(), Some("1.2.4"));
    assert!(stage.release_alone("C", "three", "v1.2.4").is_done());
    assert_eq!(stage.version_under(R1, "1.2").as_deref(), Some("1.2.5"));
}

#[test]
fn nothing_moves_while_marks_can_not_be_read() {
    let mut stage = Stage::new(Settings { mirror: None, ..Settings::default() });
    stage.sea.make_git_tag("v1.1.0");
    assert!(stage.release_alone("A", "one", "v1.1.0").is_done());
    let b = stage.release("B", "two", "v1.0.0");
    stage.until(b, |act| matches!(act, plimsoll_testkit::world::Act::ListTags(_)));
    stage.sea.break_down(&repository(R1), u32::MAX);
    let before = stage.sea.tag(&repository(R1), &image_tag("latest"));
    let ended = stage.end(b);
    assert!(matches!(ended.exit(), 8 | 9), "{ended:?}");
    assert_eq!(stage.sea.tag(&repository(R1), &image_tag("latest")), before);
    stage.sea.break_down(&repository(R1), 0);
    assert!(stage.release_alone("B again", "two", "v1.0.0").is_done());
}

#[test]
fn another_tool_leaves_versions_while_others_publish() {
    let happenings = [
        Happening::Foreign("v9.9.9"),
        Happening::Foreign("v1.3.2"),
        Happening::Yank("1.4.0"),
        Happening::Release("v1.3.1"),
        Happening::Release("v1.4.1"),
        Happening::Yank("1.4.1"),
    ];
    sail(SEEDS, &["v1.3.0", "v1.4.0"], &happenings, 1, 1);
}
