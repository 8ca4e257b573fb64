//! A plan, with or without a look at the world.

use plimsoll_engine::act::preview::{Forecast, Preview, Verdict};
use plimsoll_engine::domain::target::Target;
use plimsoll_engine::plan::steps::PlannedStep;
use plimsoll_engine::plan::{Make, Plan};
use serde::Serialize;

/// `plimsoll.plan/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlanInfo {
    /// The schema's name.
    pub schema: &'static str,
    /// The plan's id: the same plan, the same id.
    pub id: String,
    /// `version` or `prerelease`.
    pub occasion: &'static str,
    /// The product.
    pub component: String,
    /// The version, without `v`.
    pub version: String,
    /// The git tag.
    pub tag: String,
    /// Whether the git tag exists; if not, the plan is what it would be on HEAD.
    pub tag_exists: bool,
    /// The commit.
    pub commit: String,
    /// The hash of the configuration.
    pub config: String,
    /// The claim's state, if the world was looked at and there is one.
    pub claim: Option<String>,
    /// Whether a release would change something; unknown if not everything could be looked at.
    pub changes: Option<bool>,
    /// What is made.
    pub make: Vec<Make>,
    /// Where each image goes, under which tags.
    pub targets: Vec<Target>,
    /// The steps, in their order.
    pub steps: Vec<StepInfo>,
    /// Image tags that the rules do not give this time, and why.
    pub skipped: Vec<String>,
    /// Whether a release would stop at once, whatever the steps say.
    #[serde(skip)]
    pub stopped: bool,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StepInfo {
    /// The step.
    #[serde(flatten)]
    pub step: PlannedStep,
    /// What would become of it; absent if the world was not looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<VerdictInfo>,
}

/// What would become of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum VerdictInfo {
    /// It would be done.
    Create {
        /// The digest, once it is known.
        digest: Option<String>,
    },
    /// It is done.
    AlreadyThere {
        /// The digest.
        digest: Option<String>,
    },
    /// A moving tag would move.
    Move {
        /// From where.
        from: String,
        /// To where, once that is known.
        to: Option<String>,
    },
    /// A moving tag would stay at a higher version.
    Stays {
        /// Which version.
        at: String,
    },
    /// A moving tag would not follow this version, which is yanked or passed over by a rollback.
    PassedOver,
    /// It will not be done, and never was: the version is burnt.
    Never,
    /// It would be refused.
    Refused {
        /// What is there.
        found: String,
    },
    /// It can't be looked at.
    Unreachable {
        /// Why.
        why: String,
    },
}

/// Whether the git tag of a plan exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagStanding {
    /// It does.
    Exists,
    /// The plan is for a tag that would be made on HEAD.
    AsIfOnHead,
}

impl PlanInfo {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.plan/v1";

    /// A plan; `preview` is what the world says to it.
    pub fn of(plan: &Plan, standing: TagStanding, preview: Option<&Preview>) -> PlanInfo {
        let steps = match preview {
            Some(preview) => steps_of(&preview.forecasts),
            None => plan.steps().into_iter().map(|step| StepInfo { step, verdict: None }).collect(),
        };
        PlanInfo {
            schema: PlanInfo::SCHEMA,
            id: plan.id().to_string(),
            occasion: plan.occasion,
            component: plan.component.to_string(),
            version: plan.version.clone(),
            tag: plan.tag.clone(),
            tag_exists: standing == TagStanding::Exists,
            commit: plan.commit.to_string(),
            config: plan.config.to_string(),
            claim: preview.and_then(|preview| preview.claim.as_ref()).map(|claim| claim.state.to_string()),
            changes: preview.and_then(Preview::changes),
            make: plan.make.clone(),
            targets: plan.targets.clone(),
            steps,
            skipped: plan.skipped.clone(),
            stopped: preview.is_some_and(|preview| preview.stop.is_some()),
        }
    }
}

/// Steps with their verdicts.
pub fn steps_of(forecasts: &[Forecast]) -> Vec<StepInfo> {
    let info = |forecast: &Forecast| StepInfo {
        step: forecast.step.clone(),
        verdict: Some(VerdictInfo::of(&forecast.verdict)),
    };
    forecasts.iter().map(info).collect()
}

impl VerdictInfo {
    fn of(verdict: &Verdict) -> VerdictInfo {
        match verdict {
            Verdict::Create(digest) => {
                VerdictInfo::Create { digest: digest.as_ref().map(ToString::to_string) }
            }
            Verdict::AlreadyThere(digest) => {
                VerdictInfo::AlreadyThere { digest: digest.as_ref().map(ToString::to_string) }
            }
            Verdict::Move { from, to } => {
                VerdictInfo::Move { from: from.to_string(), to: to.as_ref().map(ToString::to_string) }
            }
            Verdict::Stays { at } => VerdictInfo::Stays { at: at.clone() },
            Verdict::PassedOver => VerdictInfo::PassedOver,
            Verdict::Never => VerdictInfo::Never,
            Verdict::Refused { found } => VerdictInfo::Refused { found: found.to_string() },
            Verdict::Elsewhere { at } => VerdictInfo::Refused { found: format!("commit {at}") },
            Verdict::Unreachable(why) => VerdictInfo::Unreachable { why: why.clone() },
        }
    }
}
