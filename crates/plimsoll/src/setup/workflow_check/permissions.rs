//! What a job that runs Plimsoll must be allowed to do.

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::Diagnostic;
use serde_json::Value;

use super::{Job, place_of_job};
use crate::setup::from_workflows::WorkflowFile;
use crate::setup::workflows::needs::Needs;

/// Commands that say something of releases that are there.
pub(super) const SAYING: [&str; 5] = ["promote", "rollback", "unhold", "yank", "unyank"];

/// How commands are written whose verb somebody else chooses.
pub(super) const CHOSEN: [&str; 2] = ["\"$", "$"];

/// Whether a job does something that takes permissions.
pub(super) fn takes_permissions(job: &Job<'_>) -> bool {
    job.releases() || job.changes("publish") || says(job) || job.changes("withdraw")
}

fn says(job: &Job<'_>) -> bool {
    SAYING.iter().chain(&CHOSEN).any(|verb| job.changes(verb))
}

/// The permissions that a job lacks, with the lines that give them.
pub(super) fn lacking_permissions(file: &WorkflowFile, job: &Job<'_>, needs: &Needs) -> Option<Diagnostic> {
    let wanted = wanted(job, needs);
    let has = |scope: &str, level: &str| match job.permissions {
        Some(Value::String(all)) => all == "write-all",
        Some(permissions) => permissions.get(scope).and_then(Value::as_str) == Some(level),
        None => false,
    };
    let missing: Vec<String> =
        wanted.iter().filter(|scope| !has(scope, "write")).map(|scope| format!("{scope}: write")).collect();
    if missing.is_empty() {
        return None;
    }
    let message = match job.permissions {
        Some(_) => format!("job `{}` lacks permissions: {}", job.name, missing.join(", ")),
        None => format!("job `{}` does not say what it may do", job.name),
    };
    let lines: String = missing.iter().map(|line| format!("\n      {line}")).collect();
    Some(
        Diagnostic::warning(Code::WorkflowPermissions, message)
            .at(place_of_job(file, job.name))
            .help(format!("add to the job:\n    permissions:{lines}")),
    )
}

/// The scopes that a job must be allowed to write to.
fn wanted(job: &Job<'_>, needs: &Needs) -> Vec<&'static str> {
    let (releases, charts, says) = (job.changes("release"), job.changes("chart release"), says(job));
    let withdraws = job.changes("withdraw");
    let makes = releases || charts;
    // A withdrawal deletes the git tag.
    let writes = (makes && needs.writes_repository) || (says && needs.writes_afterwards) || withdraws;
    let scopes = [
        ("contents", writes),
        ("packages", needs.writes_packages && (makes || says || job.changes("publish"))),
        ("id-token", needs.proves_identity && makes),
        ("deployments", needs.deploys && (releases || says || withdraws)),
        ("attestations", needs.posts_attestations && makes),
    ];
    scopes.into_iter().filter_map(|(scope, is_wanted)| is_wanted.then_some(scope)).collect()
}
