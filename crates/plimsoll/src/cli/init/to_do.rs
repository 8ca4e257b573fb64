//! What is left for a person to do, around workflows that were written.

use crate::config::{self, Destination};
use crate::setup::workflows::needs::Needs;
use crate::setup::workflows::operate::{ENVIRONMENT, REVIEWED};
use crate::setup::workflows::{Actions, Host};

/// Everything that workflows need and no file can give: a sentence each.
pub(super) fn left_to_people(
    needs: &Needs,
    address: Option<&str>,
    actions: Actions,
    host: Host,
) -> impl Iterator<Item = String> {
    let approval = (host == Host::GitHub).then(|| approval_to_ask(address));
    let left = [
        secrets_to_set(needs),
        approval,
        registry_to_name(needs.destination),
        cache_to_reach(needs, actions, host),
    ];
    left.into_iter().flatten()
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

/// What is said of caches that no step of the workflows can reach.
fn cache_to_reach(needs: &Needs, actions: Actions, host: Host) -> Option<String> {
    let is_reached = (actions, host) == (Actions::Pinned, Host::GitHub);
    (needs.caches_on_github && !is_reached).then(|| {
        "builds go without caches of `type=gha`: GitHub lets actions alone reach them, and `--actions none` or another forge has none"
            .to_owned()
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
