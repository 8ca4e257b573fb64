//! Something that was said of released versions.

use plimsoll_engine::domain::marks::Mark;

use super::released::describe_kept;
use super::{count, on_forge};
use crate::output::json::statement::{
    GatesInfo, MoveInfo, OrphanInfo, Speech, StatementInfo, StatementStatus, TagInfo,
};

/// Renders what was said, the tags that moved, and of a rollback the compose file to deploy.
pub fn render(answer: &StatementInfo) -> String {
    let mut text = format!("{}\n", headline(answer));
    let moved = if answer.changed.is_some() { "moved to" } else { "would move to" };
    for MoveInfo { tag: TagInfo { repository, tag }, to, .. } in &answer.moves {
        text.push_str(&format!("  {repository}:{tag} {moved} {to}\n"));
    }
    for OrphanInfo { tag: TagInfo { repository, tag }, yanked, .. } in &answer.orphans {
        let at = yanked.as_ref().map(|version| format!(" at {version}, which is yanked")).unwrap_or_default();
        text.push_str(&format!("  {repository}:{tag} stays{at}: no version that counts asks for it\n"));
    }
    for kept in &answer.kept {
        text.push_str(&format!("  {}\n", describe_kept(kept)));
    }
    let marked = match (answer.act, answer.changed) {
        (Speech::Unyank, Some(_)) => "is not marked any more",
        (Speech::Unyank, None) => "would not be marked any more",
        (_, Some(_)) => "is marked as deprecated",
        (_, None) => "would be marked as deprecated",
    };
    for chart in &answer.charts {
        text.push_str(&format!("  {chart} {marked}\n"));
    }
    if let Some(file) = &answer.compose {
        text.push_str(&format!("\n# {}\n{}", file.path, file.text));
        if !file.text.ends_with('\n') {
            text.push('\n');
        }
    }
    text
}

fn headline(answer: &StatementInfo) -> String {
    let StatementInfo { component, .. } = answer;
    let version = answer.version.as_deref().unwrap_or_default();
    let verb = |did: &str, would_do: &str| match answer.changed {
        Some(_) => did.to_owned(),
        None => format!("would {would_do}"),
    };
    match (answer.act, answer.statement.as_ref()) {
        (Speech::Yank, Some(Mark::Yank { reason, .. })) => {
            format!("{} {component} {version}: {reason}", verb("yanked", "yank"))
        }
        (Speech::Yank, _) => {
            let reason = answer.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            format!("{component} {version} is yanked already{reason}")
        }
        (Speech::Unyank, Some(_)) => {
            format!("{} the yank of {component} {version}", verb("took back", "take back"))
        }
        (Speech::Unyank, None) => format!("{component} {version} is not yanked"),
        (Speech::Rollback, Some(Mark::Hold { over, .. })) => {
            let over = over.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            format!("{component} {} back to {version}, passing over {over}", verb("went", "go"))
        }
        (Speech::Rollback, _) if answer.status == StatementStatus::SaidBefore => {
            format!("{component} went back to {version} already")
        }
        (Speech::Rollback, _) => format!("{component} {version} is the newest that counts already"),
        (Speech::Unhold, Some(Mark::Lift { statements })) => {
            format!("{} {} of {component}", verb("ended", "end"), count(statements.len(), "rollback"))
        }
        (Speech::Promote, Some(_)) => {
            format!("{} {component} {version}{}", verb("promoted", "promote"), proven(answer))
        }
        (Speech::Promote, None) => format!("{component} {version} is promoted already"),
        (Speech::Unhold, _) => format!("no rollback of {component} is in force"),
    }
}

/// What a promotion stands on.
fn proven(answer: &StatementInfo) -> String {
    let Some(proof) = &answer.proof else { return String::new() };
    let checks = count(proof.checks, "check");
    let gates = count(proof.gates.len(), "gate");
    match proof.state {
        GatesInfo::None => format!(" ({checks})"),
        GatesInfo::ToRun => format!(" ({checks}; {gates} to run)"),
        GatesInfo::Passed | GatesInfo::PassedBefore => format!(" ({checks}, {gates})"),
    }
}

/// What there is to say of running it again.
pub fn remarks(answer: &StatementInfo) -> Vec<String> {
    let remark = match (answer.changed, answer.act, answer.status) {
        (None, ..) => "nothing was changed: this only looked",
        (Some(_), Speech::Rollback, StatementStatus::SaidBefore) => {
            "running it again changes nothing; to go further back, name the version"
        }
        (Some(_), Speech::Rollback, _) => {
            "running it again changes nothing; `plimsoll unhold` ends it, and a newer release counts by itself"
        }
        (Some(_), ..) => "everything is done; running the same command again changes nothing",
    };
    let page = answer.page.iter().flat_map(on_forge::describe_page);
    let deployments = answer.deployments.iter().map(on_forge::describe_deployment);
    page.chain(deployments).chain([remark.to_owned()]).collect()
}
