//! What the jobs of a pipeline of GitLab lack that run Plimsoll: the history, a token that says who they are, git tags that set
//! them off.

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Diagnostic, Place};

use super::untrusted::place_of_line;
use super::{Job, Own, is_same_file};
use crate::setup::from_workflows::{Examined, WorkflowFile, examine, find_lines};
use crate::setup::workflows::in_quotes;
use crate::setup::workflows::needs::Needs;
use crate::setup::workflows::tag_family::TagFamily;

/// Whom tokens are for by which signatures are made.
const AUDIENCE: &str = "sigstore";

/// Looks at every job that runs Plimsoll with this configuration.
pub(super) fn findings(files: &[WorkflowFile], needs: &Needs, own: &Own) -> Vec<Diagnostic> {
    let families: Vec<&TagFamily> =
        [&needs.version_tags].into_iter().chain(&needs.promotion_tags).chain(&needs.chart_tags).collect();
    let tags: Vec<String> = families.iter().map(|family| family.example()).collect();
    let all = examine(files, own.branch.as_deref(), &tags);
    let ours: Vec<&Examined> = all.iter().filter(|job| is_of(job, own)).collect();
    let mut found = Vec::new();
    for examined in &ours {
        let job = as_job(examined);
        let place = place_of(files, &examined.name);
        if job.looks_at_tags() && examined.depth.as_deref() != Some("0") {
            let few = format!("job `{}` fetches the newest commits alone, and not every tag", examined.name);
            let told = Diagnostic::warning(Code::WorkflowCheckout, few).at(place.clone());
            found.push(told.help("add to the job:\n  variables:\n    GIT_DEPTH: \"0\""));
        }
        let makes = job.changes("release") || job.changes("chart release");
        if needs.proves_identity && makes && !examined.audiences.iter().any(|one| one == AUDIENCE) {
            let nameless = format!("job `{}` has no token that says who it is", examined.name);
            let told = Diagnostic::warning(Code::WorkflowPermissions, nameless).at(place);
            found.push(
                told.help("add to the job:\n  id_tokens:\n    SIGSTORE_ID_TOKEN:\n      aud: sigstore"),
            );
        }
    }
    let releasing: Vec<&Examined> = ours.into_iter().filter(|job| as_job(job).runs("release")).collect();
    found.extend(no_tags(files, &releasing, &families));
    found
}

/// The families of git tags for which no job runs that releases.
fn no_tags(files: &[WorkflowFile], releasing: &[&Examined], families: &[&TagFamily]) -> Option<Diagnostic> {
    let first = releasing.first()?;
    let is_missing = |family: &&&TagFamily| !releasing.iter().any(|job| job.tags.contains(&family.example()));
    let missing: Vec<&&TagFamily> = families.iter().filter(is_missing).collect();
    let filters: Vec<String> = missing.iter().map(|family| in_quotes(&family.filter())).collect();
    let rules: String = missing
        .iter()
        .map(|family| {
            format!("\n    - if: {}", in_quotes(&format!("$CI_COMMIT_TAG =~ /{}/", family.expression())))
        })
        .collect();
    (!missing.is_empty()).then(|| {
        let message = format!("no job that releases runs for git tags {}", filters.join(", "));
        Diagnostic::warning(Code::WorkflowTrigger, message)
            .at(place_of(files, &first.name))
            .help(format!("add to its rules:{rules}"))
    })
}

/// A job in the words of those of workflows: what it runs.
fn as_job(examined: &Examined) -> Job<'_> {
    let scripts = vec![examined.run.as_str()];
    Job { name: &examined.name, permissions: None, scripts, commands: Vec::new(), steps: Vec::new() }
}

/// Whether a job runs Plimsoll with this configuration, as far as it says.
fn is_of(job: &Examined, own: &Own) -> bool {
    match (job.config.as_deref(), own.config.as_deref()) {
        (None, None) => true,
        (Some(named), Some(own)) => is_same_file(named, own),
        (None, Some(own)) => job.run.contains(own.rsplit('/').next().unwrap_or(own)),
        (Some(_), None) => false,
    }
}

fn place_of(files: &[WorkflowFile], job: &str) -> Place {
    let found = files.iter().find_map(|file| Some((file, find_lines(&file.text, job)?)));
    match (found, files.first()) {
        (Some((file, (first, _))), _) => place_of_line(file, first),
        (None, Some(file)) => Place::of_file(&file.path),
        (None, None) => Place::of_file(crate::setup::pipeline_files::PIPELINE),
    }
}
