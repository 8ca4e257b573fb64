//! What an audit found.

use plimsoll_engine::act::audit::{Audit, Audited};
use plimsoll_engine::act::repair::{Moved, Repair, Repaired};
use plimsoll_engine::act::verify::{Check, Outcome};
use plimsoll_engine::domain::artifact::ArtifactName;
use plimsoll_engine::domain::diagnostic::Diagnostic;
use plimsoll_engine::ledger::entry::Entry;
use plimsoll_engine::ledger::standing::Standings;
use serde::Serialize;

use super::problem::Problem;
use super::rebuilt::ReplacedInfo;
use super::release::StateInfo;
use super::verification::{CheckInfo, check_info, gravest_of, verdict};
use super::whatis::{Certainty, StandingInfo, standing_heard};
use super::word::words;

/// `plimsoll.audit/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuditInfo {
    /// The schema's name.
    pub schema: &'static str,
    /// The product.
    pub component: String,
    /// The gravest outcome, that of charts too, as of a verification; that a version was burnt is none.
    pub verdict: &'static str,
    /// Each release, highest version first.
    pub releases: Vec<AuditedInfo>,
    /// Every tag that moves.
    pub moving_tags: Vec<CheckInfo>,
    /// Record files that are not believed; why, is a warning.
    pub doubts: Vec<String>,
    /// What was repaired.
    pub repairs: Vec<RepairInfo>,
    /// The moving tags that a repair moved.
    pub moved: Vec<MovedInfo>,
    /// The files of the ledger that were written again, by name.
    pub written: Vec<String>,
    /// The damaged files of the ledger that were replaced.
    pub replaced: Vec<ReplacedInfo>,
    /// Marks that a checkout's ledger has no file of, by name.
    pub unfiled: Vec<String>,
    /// What keeps it from knowing all that was said of releases.
    pub unheard: Vec<Problem>,
    /// The same of each chart that was released by itself; left out where there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub charts: Vec<AuditInfo>,
}

/// What an audit mended.
#[derive(Debug, Default)]
pub struct Mended {
    /// What was repaired; none if that was not asked for.
    pub repaired: Option<Repaired>,
    /// The files of the ledger that were written again, by name.
    pub written: Vec<String>,
    /// Those that were damaged.
    pub replaced: Vec<ReplacedInfo>,
}

/// One release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuditedInfo {
    /// The version, without `v`.
    pub version: String,
    /// The git tag; null if its record can't be read.
    pub tag: Option<String>,
    /// How far it came; null if its record can't be read.
    pub state: Option<StateInfo>,
    /// How it stands among the others; null if its record can't be read.
    pub standing: Option<StandingInfo>,
    /// The gravest outcome.
    pub verdict: &'static str,
    /// How many checks were made.
    pub checks: usize,
    /// Those that found something.
    pub problems: Vec<CheckInfo>,
}

/// A moving tag that a repair moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MovedInfo {
    /// The tag, as `repository:tag`.
    pub tag: String,
    /// The digest that it was at; null if it was nowhere.
    pub from: Option<String>,
    /// The version that it is at now.
    pub to: String,
}

impl MovedInfo {
    fn of(moved: &Moved) -> MovedInfo {
        let Moved { tag: (repository, tag), from, to } = moved;
        let from = from.as_ref().map(ToString::to_string);
        MovedInfo { tag: format!("{repository}:{tag}"), from, to: to.clone() }
    }
}

/// What was repaired of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RepairInfo {
    /// The version.
    pub version: String,
    /// What came of it.
    pub result: RepairResult,
    /// What stands in the way, or what failed.
    pub why: Option<String>,
}

words! {
    /// What came of a repair.
    RepairResult {
        /// There was nothing to repair.
        Nothing = "nothing",
        /// It was repaired.
        Done = "done",
        /// Something stands in the way that is never written over.
        Kept = "kept",
        /// It was repaired, but for what something stands in the way of.
        Partly = "partly",
        /// It failed.
        Failed = "failed",
    }
}

impl AuditInfo {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.audit/v1";

    /// What was found.
    pub fn of(component: &ArtifactName, audit: &Audit, mended: &Mended, unheard: &[Diagnostic]) -> AuditInfo {
        let checks = audit.releases.iter().flat_map(|audited| &audited.checks).chain(&audit.moving);
        let checks: Vec<Check> =
            checks.filter(|check| !matches!(check.outcome, Outcome::Burnt)).cloned().collect();
        AuditInfo {
            schema: AuditInfo::SCHEMA,
            component: component.to_string(),
            verdict: verdict(gravest_of(&checks)),
            releases: audited(audit),
            moving_tags: audit.moving.iter().map(check_info).collect(),
            doubts: audit.doubts.iter().map(|doubt| doubt.file.clone()).collect(),
            repairs: mended.repaired.iter().flat_map(|done| &done.releases).map(repaired).collect(),
            moved: mended.repaired.iter().flat_map(|done| &done.moved).map(MovedInfo::of).collect(),
            written: mended.written.clone(),
            replaced: mended.replaced.clone(),
            unfiled: audit.unfiled.clone(),
            unheard: unheard.iter().map(Problem::from).collect(),
            charts: Vec::new(),
        }
    }

    /// True if nothing was released, and nothing lies there that could be a release.
    pub fn is_empty(&self) -> bool {
        self.releases.is_empty()
            && self.doubts.is_empty()
            && self.unfiled.is_empty()
            && self.moving_tags.is_empty()
    }
}

/// Each release with how it stands among the others.
fn audited(audit: &Audit) -> Vec<AuditedInfo> {
    let entry = |audited: &Audited| audited.release.as_deref().map(Entry::of);
    let entries: Vec<Entry> = audit.releases.iter().filter_map(entry).collect();
    let standings = Standings::of(&entries, &audit.said.marks);
    let certainty = match audit.said.unread.is_empty() {
        true => Certainty::Whole,
        false => Certainty::MarksUnheard,
    };
    let info = |audited: &Audited| {
        let problems = audited.checks.iter().filter(|check| !matches!(check.outcome, Outcome::Ok));
        AuditedInfo {
            version: audited.version.clone(),
            tag: audited.release.as_ref().map(|release| release.tag.name.to_string()),
            state: audited.release.as_ref().map(|release| release.state.into()),
            standing: entry(audited)
                .map(|entry| standing_heard(&entry, &standings, &audit.said, certainty).0),
            verdict: verdict(gravest_of(&audited.checks)),
            checks: audited.checks.len(),
            problems: problems.map(check_info).collect(),
        }
    };
    audit.releases.iter().map(info).collect()
}

fn repaired((version, repair): &(String, Repair)) -> RepairInfo {
    let (result, why) = match repair {
        Repair::Nothing => (RepairResult::Nothing, None),
        Repair::Done => (RepairResult::Done, None),
        Repair::Kept(why) => (RepairResult::Kept, Some(why.clone())),
        Repair::Partly(why) => (RepairResult::Partly, Some(why.clone())),
        Repair::Failed(error) => (RepairResult::Failed, Some(error.to_string())),
    };
    RepairInfo { version: version.clone(), result, why }
}
