//! GitHub Actions, and Gitea's and Forgejo's, which speak the same variables
//! (docs.github.com, "Variables reference").

use std::path::PathBuf;

use plimsoll_engine::domain::claim::CiRun;
use plimsoll_engine::domain::git::GitTag;
use serde_json::Value;

use super::{Ci, CiEvent, CiSystem, HeadRepository};
use crate::variables::Variables;

/// Whether we run in one of them.
pub(super) fn is_on(variables: &Variables) -> bool {
    ["GITHUB_ACTIONS", "GITEA_ACTIONS", "FORGEJO_ACTIONS"].iter().any(|name| super::is_on(variables, name))
}

/// Whether the job runs for a pull request. `pull_request_target` runs with the base's ref and secrets, and is one all
/// the same.
pub(super) fn is_pull_request(variables: &Variables) -> bool {
    variables.text("GITHUB_EVENT_NAME").is_some_and(|name| name.starts_with("pull_request"))
}

pub(super) fn read(variables: &Variables, event: Option<&[u8]>) -> Ci {
    let system = if variables.text("FORGEJO_ACTIONS").is_some() {
        CiSystem::Forgejo
    } else if variables.text("GITEA_ACTIONS").is_some() {
        CiSystem::Gitea
    } else {
        CiSystem::GitHub
    };
    let file = |name| variables.get(name).filter(|path| !path.is_empty()).map(PathBuf::from);
    Ci {
        system,
        run: read_run(variables),
        url: read_url(system, variables),
        event: read_event(variables, event),
        output: file("GITHUB_OUTPUT"),
        summary: file("GITHUB_STEP_SUMMARY"),
    }
}

fn read_run(variables: &Variables) -> Option<CiRun> {
    Some(CiRun {
        server: variables.text("GITHUB_SERVER_URL")?.to_owned(),
        repository: variables.text("GITHUB_REPOSITORY")?.to_owned(),
        id: variables.text("GITHUB_RUN_ID")?.to_owned(),
        attempt: variables.text("GITHUB_RUN_ATTEMPT").and_then(|attempt| attempt.parse().ok()).unwrap_or(1),
    })
}

fn read_url(system: CiSystem, variables: &Variables) -> Option<String> {
    // The pages of Gitea and Forgejo go by the run's number, GitHub's by its id.
    let run = match system {
        CiSystem::GitHub => variables.text("GITHUB_RUN_ID")?,
        _ => variables.text("GITHUB_RUN_NUMBER")?,
    };
    let server = variables.text("GITHUB_SERVER_URL")?.trim_end_matches('/');
    Some(format!("{server}/{}/actions/runs/{run}", variables.text("GITHUB_REPOSITORY")?))
}

fn read_event(variables: &Variables, event: Option<&[u8]>) -> CiEvent {
    let reference = variables.text("GITHUB_REF").unwrap_or_default();
    if is_pull_request(variables) {
        let event = event.and_then(|event| serde_json::from_slice(event).ok()).unwrap_or(Value::Null);
        let number = event.pointer("/pull_request/number").and_then(Value::as_u64);
        let number = number.or_else(|| parse_pull(reference));
        return CiEvent::PullRequest { number, head: head_of(&event) };
    }
    if let Some(tag) = reference.strip_prefix("refs/tags/") {
        return CiEvent::Tag(GitTag(tag.to_owned()));
    }
    match reference.strip_prefix("refs/heads/") {
        Some(branch) => CiEvent::Branch(branch.to_owned()),
        None => CiEvent::Other,
    }
}

/// Reads `refs/pull/NUMBER/merge`.
fn parse_pull(reference: &str) -> Option<u64> {
    reference.strip_prefix("refs/pull/")?.split('/').next()?.parse().ok()
}

/// Only an event that says so makes it the same repository.
fn head_of(event: &Value) -> HeadRepository {
    let name =
        |side: &str| event.pointer(&format!("/pull_request/{side}/repo/full_name")).and_then(Value::as_str);
    match (name("head"), name("base")) {
        (Some(head), Some(base)) if head.eq_ignore_ascii_case(base) => HeadRepository::Same,
        _ => HeadRepository::Fork,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const COMMON: [(&str, &str); 8] = [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_SERVER_URL", "https://github.com"),
        ("GITHUB_REPOSITORY", "acme/app"),
        ("GITHUB_RUN_ID", "77"),
        ("GITHUB_RUN_NUMBER", "5"),
        ("GITHUB_RUN_ATTEMPT", "3"),
        ("GITHUB_OUTPUT", "/out"),
        ("GITHUB_STEP_SUMMARY", "/summary"),
    ];

    fn with(more: &[(&str, &str)], event: Option<&str>) -> Ci {
        let variables = COMMON.iter().chain(more).copied().collect();
        read(&variables, event.map(str::as_bytes))
    }

    #[test]
    fn names_the_run() {
        let ci = with(&[("GITHUB_EVENT_NAME", "push"), ("GITHUB_REF", "refs/tags/v1.0.0")], None);
        let run = CiRun {
            server: "https://github.com".into(),
            repository: "acme/app".into(),
            id: "77".into(),
            attempt: 3,
        };
        assert_eq!(ci.run, Some(run));
        assert_eq!(ci.url.as_deref(), Some("https://github.com/acme/app/actions/runs/77"));
        assert_eq!(ci.event, CiEvent::Tag(GitTag("v1.0.0".into())));
        assert_eq!((ci.output, ci.summary), (Some("/out".into()), Some("/summary".into())));
        let forgejo = with(&[("FORGEJO_ACTIONS", "true")], None);
        assert_eq!(forgejo.url.as_deref(), Some("https://github.com/acme/app/actions/runs/5"));
    }

    #[test]
    fn tells_events_apart() {
        let same = r#"{"pull_request":{"number":12,"head":{"repo":{"full_name":"acme/app"}},"base":{"repo":{"full_name":"Acme/app"}}}}"#;
        let fork = r#"{"pull_request":{"number":12,"head":{"repo":{"full_name":"eve/app"}},"base":{"repo":{"full_name":"acme/app"}}}}"#;
        let gone =
            r#"{"pull_request":{"number":12,"head":{"repo":null},"base":{"repo":{"full_name":"acme/app"}}}}"#;
        let pull = |head| CiEvent::PullRequest { number: Some(12), head };
        let unnumbered = CiEvent::PullRequest { number: None, head: HeadRepository::Fork };
        let table = [
            ("push", "refs/heads/feature/x", None, CiEvent::Branch("feature/x".into())),
            ("workflow_dispatch", "refs/heads/main", None, CiEvent::Branch("main".into())),
            ("release", "refs/tags/v1", None, CiEvent::Tag(GitTag("v1".into()))),
            ("pull_request", "refs/pull/12/merge", Some(same), pull(HeadRepository::Same)),
            ("pull_request", "refs/pull/12/merge", Some(fork), pull(HeadRepository::Fork)),
            ("pull_request", "refs/pull/12/merge", Some(gone), pull(HeadRepository::Fork)),
            ("pull_request", "refs/pull/12/merge", None, pull(HeadRepository::Fork)),
            ("pull_request", "refs/pull/12/merge", Some("<html>"), pull(HeadRepository::Fork)),
            ("pull_request_target", "refs/heads/main", Some(fork), pull(HeadRepository::Fork)),
            ("pull_request_target", "refs/heads/main", None, unnumbered),
            ("schedule", "", None, CiEvent::Other),
        ];
        for (name, reference, event, want) in table {
            let ci = with(&[("GITHUB_EVENT_NAME", name), ("GITHUB_REF", reference)], event);
            assert_eq!(ci.event, want, "{name} {reference} {event:?}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(name: String, reference: String, event: Vec<u8>) {
            let pairs = [("GITHUB_EVENT_NAME", name), ("GITHUB_REF", reference)];
            let _ = read(&pairs.into_iter().collect(), Some(&event));
        }
    }
}
