//! What is left for a person to do, around workflows that were written.

use crate::config::{self, Destination};
use crate::setup::workflows::made_files::are_handed_on;
use crate::setup::workflows::needs::Needs;
use crate::setup::workflows::operate::{ENVIRONMENT, REVIEWED};
use crate::setup::workflows::{Actions, Choices, Host};

/// Everything that workflows need and no file can give: a sentence each.
pub(super) fn left_to_people(
    needs: &Needs,
    address: Option<&str>,
    choices: &Choices,
) -> impl Iterator<Item = String> {
    let host = choices.host;
    let approval = (host == Host::GitHub).then(|| approval_to_ask(address));
    let left = [
        secrets_to_set(needs),
        approval,
        registry_to_name(needs.destination),
        login_to_name(needs, host),
        cache_to_reach(needs, choices.actions, host),
        files_made_beside_keys(needs, choices),
    ];
    let of_gitlab = (host == Host::GitLab).then(of_gitlab);
    left.into_iter().flatten().chain(of_gitlab.into_iter().flatten())
}

/// Why no workflow is written where there is nothing that one could release: each would fail.
pub(super) fn nothing_to_release(config: &str) -> String {
    format!(
        "no workflows were written: {config} has no [[image]] and no [[chart]], and there is nothing to release; once it has one, \
         `plimsoll init` writes them"
    )
}

/// Why a configuration that is there is compared with nothing: a draft of nothing would only empty it.
pub(super) fn nothing_found(config: &str) -> String {
    format!(
        "nothing to release was found beside {config}: no Dockerfile that a workflow pushes, no chart, no compose file; there is no draft to \
         compare it with, and `plimsoll check` says whether it is right"
    )
}

/// Secrets that a person must put into the forge.
fn secrets_to_set(needs: &Needs) -> Option<String> {
    let names: Vec<&str> = needs.variables.difference(&needs.plain).map(String::as_str).collect();
    (!names.is_empty()).then(|| format!("the workflows read these secrets: {}", names.join(", ")))
}

/// How somebody is asked before the workflow acts on releases: an environment without rules lets everything through.
fn approval_to_ask(address: Option<&str>) -> String {
    let web = address.and_then(config::web_address).unwrap_or_else(|| "the repository".to_owned());
    format!(
        "plimsoll-operate asks nobody, until the environment `{ENVIRONMENT}` has required reviewers: {web}/settings/environments, or `{REVIEWED}`"
    )
}

/// What GitLab has to be told: its jobs can't push with what they have of themselves, and by default nobody on gitlab.com may
/// start a pipeline with variables (docs.gitlab.com, "Restrict pipeline variables").
fn of_gitlab() -> [String; 2] {
    [
        "the jobs push with a project access token that may write the repository and the API, in the protected and masked \
         variable GITLAB_TOKEN"
            .to_owned(),
        "pipelines by hand take variables, which gitlab.com lets nobody give in new groups: Settings, CI/CD, Variables, \
         `Minimum role to use pipeline variables` (`ci_pipeline_variables_minimum_override_role` of its API)"
            .to_owned(),
    ]
}

/// What is said of registries that nothing logs in at: the token of a job of Forgejo can't push packages.
fn login_to_name(needs: &Needs, host: Host) -> Option<String> {
    let hosts: Vec<&str> = needs.without_login.iter().map(String::as_str).collect();
    let is_asked = host == Host::Forgejo && !hosts.is_empty() && needs.destination != Destination::Local;
    is_asked.then(|| {
        format!(
            "nothing logs in at {}: write `[registries.\"{}\"]` with `username = \"env:REGISTRY_USER\"` and `password = \
             \"env:REGISTRY_TOKEN\"`, and run `plimsoll init` again; on Forgejo the token is one that may write packages",
            hosts.join(", "),
            hosts.first().copied().unwrap_or_default()
        )
    })
}

/// What is said of caches that no step of the workflows can reach.
fn cache_to_reach(needs: &Needs, actions: Actions, host: Host) -> Option<String> {
    let is_reached = (actions, host) == (Actions::Pinned, Host::GitHub);
    (needs.caches_on_github && !is_reached).then(|| {
        "builds go without caches of `type=gha`: GitHub lets actions alone reach them, and `--actions none` or another forge has none"
            .to_owned()
    })
}

/// What is said of files that are made in the job that publishes them.
fn files_made_beside_keys(needs: &Needs, choices: &Choices) -> Option<String> {
    let is_told = !needs.made_before.is_empty() && !are_handed_on(choices);
    is_told.then(|| {
        format!(
            "what makes {} runs in the job that signs and pushes, and could do so itself: only GitHub's actions, with `--actions \
             pinned`, hand files on from a job of their own",
            needs.made_before.join(", ")
        )
    })
}

/// What has to be said before a runner releases.
fn registry_to_name(destination: Destination) -> Option<String> {
    (destination == Destination::Local).then(|| {
        "no registry is known: what the workflows release stays on their runners until `repository` names one and \
         `registry = \"local\"` is gone"
            .to_owned()
    })
}
