//! A plan, phase by phase.

use plimsoll_engine::domain::step::Phase;

use super::{WIDTH, fold, short_commit, shorten};
use crate::output::ink::Ink;
use crate::output::json::plan::{PlanInfo, StepInfo, VerdictInfo};

/// Where the subjects begin when every step has a verdict.
const COLUMN: usize = 17;

/// Renders a plan.
pub fn render(answer: &PlanInfo, ink: Ink) -> String {
    let PlanInfo { component, tag, version, commit, occasion, .. } = answer;
    let title = format!("{component} {tag}: {occasion} {version} from commit {}", short_commit(commit));
    format!("{}\n{}", ink.strong(&title), render_steps(&answer.steps, ink))
}

/// Renders steps under the headings of their phases.
pub fn render_steps(steps: &[StepInfo], ink: Ink) -> String {
    let mut text = String::new();
    let (mut phase, mut told): (Option<Phase>, Option<&str>) = (None, None);
    for step in steps {
        if phase != Some(step.step.phase) {
            phase = Some(step.step.phase);
            text.push_str(&format!("\n{}\n", ink.strong(heading(step.step.phase))));
        }
        let reason = match &step.verdict {
            Some(VerdictInfo::Unreachable { why }) => Some(why.as_str()),
            _ => None,
        };
        let detail = match reason {
            Some(why) if told == Some(why) => Detail::Told,
            Some(_) | None => Detail::Whole,
        };
        told = reason.or(told);
        text.push_str(&line(step, detail, ink));
    }
    text
}

/// How much is said of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Detail {
    /// All that is known.
    Whole,
    /// Not why it could not be looked at: the same was said of a step before.
    Told,
}

/// What is left to say.
pub fn remarks(answer: &PlanInfo) -> Vec<String> {
    let mut remarks = answer.skipped.clone();
    if !answer.tag_exists && !answer.stopped {
        remarks
            .push(format!("git tag {} does not exist yet: this is as if it were made on HEAD", answer.tag));
    }
    match answer.changes {
        None if answer.steps.iter().all(|step| step.verdict.is_none()) => {
            remarks.push("nothing was looked at; `--online` says what is there already".to_owned());
        }
        None => remarks.push("what could not be looked at may be missing".to_owned()),
        Some(false) if !answer.stopped && answer.steps.iter().all(is_done) => {
            remarks.push("nothing is missing; a release would change nothing".to_owned());
        }
        Some(_) => {}
    }
    remarks
}

fn is_done(step: &StepInfo) -> bool {
    matches!(
        step.verdict,
        Some(VerdictInfo::AlreadyThere { .. } | VerdictInfo::Stays { .. } | VerdictInfo::PassedOver)
    )
}

fn heading(phase: Phase) -> &'static str {
    match phase {
        Phase::Gate => "gates, in a clean checkout of the commit",
        Phase::Make => "make, on this machine",
        Phase::Push => "push by digest; nothing is visible yet",
        Phase::Hold => "hold",
        Phase::Sign => "sign, where it is",
        Phase::Record => "record",
        Phase::Commit => "commit: from here on this is the release",
        Phase::VersionTag => "version tags, written once",
        Phase::Publish => "publish",
        Phase::Page => "release page",
        Phase::Attestations => "attestations on the forge",
        Phase::ChartTag => "tags of charts",
        Phase::Ledger => "ledger",
        Phase::ChartIndex => "chart repositories",
        Phase::FirstWins => "tags that the first to come keeps",
        Phase::MovingTag => "moving tags, last",
        Phase::LatestPage => "what the forge shows as the latest",
        Phase::Deployment => "deployments",
    }
}

fn line(step: &StepInfo, detail: Detail, ink: Ink) -> String {
    let id = step.step.id.as_str();
    let subject = match step.step.phase {
        Phase::Make | Phase::Sign | Phase::Commit | Phase::Publish | Phase::ChartTag => id,
        _ => id.split_once(' ').map_or(id, |(_, subject)| subject),
    };
    let subject = shorten(subject);
    let Some(verdict) = &step.verdict else { return format!("  {subject}\n") };
    let (word, said) = describe(verdict);
    let padded = format!("{word:<width$}", width = COLUMN - 2);
    let padded = match verdict {
        VerdictInfo::Create { .. } | VerdictInfo::Move { .. } => ink.good(&padded),
        VerdictInfo::AlreadyThere { .. }
        | VerdictInfo::Stays { .. }
        | VerdictInfo::PassedOver
        | VerdictInfo::Never => ink.faint(&padded),
        VerdictInfo::Refused { .. } => ink.bad(&padded),
        VerdictInfo::Unreachable { .. } => ink.odd(&padded),
    };
    let said = said.filter(|_| detail == Detail::Whole);
    let Some(detail) = said else { return format!("  {padded}{subject}\n") };
    let width = COLUMN + subject.chars().count() + 2 + detail.chars().count();
    match width <= WIDTH {
        true => format!("  {padded}{subject}  {detail}\n"),
        false => format!("  {padded}{subject}\n{}{}\n", " ".repeat(COLUMN), fold(COLUMN, &detail)),
    }
}

fn describe(verdict: &VerdictInfo) -> (&'static str, Option<String>) {
    let known = |digest: &Option<String>| digest.as_deref().map(shorten);
    match verdict {
        VerdictInfo::Create { digest } => ("create", known(digest)),
        VerdictInfo::AlreadyThere { digest } => ("already there", known(digest)),
        VerdictInfo::Move { from, to } => {
            let to = to.as_deref().map_or("what is made".to_owned(), shorten);
            ("move", Some(format!("from {} to {to}", shorten(from))))
        }
        VerdictInfo::Stays { at } => ("stays", Some(format!("at {at}, which is higher"))),
        VerdictInfo::PassedOver => ("passes over", Some("it does not follow this version".to_owned())),
        VerdictInfo::Never => ("never", None),
        VerdictInfo::Refused { found } => ("refused", Some(format!("{} is there", shorten(found)))),
        VerdictInfo::Unreachable { why } => ("unknown", Some(why.clone())),
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_engine::domain::claim::State;
    use plimsoll_engine::domain::step::StepId;
    use plimsoll_engine::plan::steps::{About, PlannedStep};

    use super::*;

    #[test]
    fn a_reason_keeps_to_its_column() {
        let about = About::Claim { state: State::Committed };
        let id = StepId::new("claim", "committed");
        let step = PlannedStep { phase: Phase::Commit, id, about };
        let why = "the registry said nothing that could be understood ".repeat(3);
        let shown = line(
            &StepInfo { step, verdict: Some(VerdictInfo::Unreachable { why }) },
            Detail::Whole,
            Ink::Plain,
        );
        assert!(shown.lines().all(|line| line.chars().count() <= WIDTH), "{shown}");
        let rest = shown.lines().skip(1);
        assert!(
            rest.clone().count() > 1 && rest.clone().all(|line| line.starts_with(&" ".repeat(COLUMN))),
            "{shown}"
        );
    }
}
