//! What a CI job says of its commit, for the tags of an image: the ref, the branches around it, the repository.
//!
//! Sources: docs.github.com, "Variables reference" and "Webhook events and payloads"; docs.gitlab.com, "Predefined
//! CI/CD variables reference". Forgejo and Gitea speak as GitHub does.

use std::path::PathBuf;

use plimsoll_engine::domain::time::Moment;
use serde_json::Value;

use crate::variables::Variables;

/// What a CI job says of its commit. What it does not say is `None`, or empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Job {
    /// The full name of the ref: `refs/tags/v1.0.0`, `refs/pull/7/merge`.
    pub reference: String,
    /// The commit.
    pub commit: Option<String>,
    /// The newest commit of the pull request, where the job is about one; `commit` may merge it with its base.
    pub head: Option<String>,
    /// When it was made.
    pub commit_time: Option<Moment>,
    /// GitHub's name of the event: `push`, `schedule`.
    pub event_name: String,
    /// The default branch of the repository.
    pub default_branch: Option<String>,
    /// The branch that a tag was pushed from or a pull request goes to.
    pub base_ref: Option<String>,
    /// What the forge says of the repository.
    pub repository: JobRepository,
}

/// What a forge says of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobRepository {
    /// One sentence about it.
    pub description: Option<String>,
    /// Its web address.
    pub url: Option<String>,
    /// Its licence by SPDX.
    pub license: Option<String>,
}

/// The file with the JSON of the event, on systems that have one.
pub fn payload_file(variables: &Variables) -> Option<PathBuf> {
    variables.get("GITHUB_EVENT_PATH").filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// Finds out what the CI job says; `None` outside of CI and on systems that are not known.
pub fn find_job(variables: &Variables, event: Option<&[u8]>) -> Option<Job> {
    let is_on = |name| variables.text(name).is_some_and(|value| !matches!(value, "false" | "0"));
    if ["GITHUB_ACTIONS", "GITEA_ACTIONS", "FORGEJO_ACTIONS"].into_iter().any(is_on) {
        let event = event.and_then(|event| serde_json::from_slice(event).ok()).unwrap_or(Value::Null);
        return Some(read_actions(variables, &event));
    }
    is_on("GITLAB_CI").then(|| read_gitlab(variables))
}

fn read_actions(variables: &Variables, event: &Value) -> Job {
    let text = |pointer: &str| {
        let text = event.pointer(pointer).and_then(Value::as_str);
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let event_name = variables.text("GITHUB_EVENT_NAME").unwrap_or_default().to_owned();
    let mut reference = variables.text("GITHUB_REF").unwrap_or_default().to_owned();
    let number = event.pointer("/number").or_else(|| event.pointer("/pull_request/number"));
    // It runs with the base's ref, and is about the pull request all the same.
    if let (true, Some(number)) = (event_name == "pull_request_target", number.and_then(Value::as_u64)) {
        reference = format!("refs/pull/{number}/merge");
    }
    let is_pull = event_name.starts_with("pull_request");
    let wants_head = variables.text("DOCKER_METADATA_PR_HEAD_SHA").is_some_and(is_true);
    let head = text("/pull_request/head/sha").filter(|_| is_pull);
    let commit =
        head.clone().filter(|_| wants_head).or_else(|| variables.text("GITHUB_SHA").map(str::to_owned));
    let base_ref = match is_pull {
        true => {
            text("/pull_request/base/ref").or_else(|| variables.text("GITHUB_BASE_REF").map(str::to_owned))
        }
        false => text("/base_ref").map(|base| base.trim_start_matches("refs/heads/").to_owned()),
    };
    let url = text("/repository/html_url").or_else(|| {
        let server = variables.text("GITHUB_SERVER_URL")?.trim_end_matches('/');
        Some(format!("{server}/{}", variables.text("GITHUB_REPOSITORY")?))
    });
    Job {
        commit_time: commit.as_deref().and_then(|commit| find_time(event, commit)),
        reference,
        commit,
        head,
        event_name,
        default_branch: text("/repository/default_branch"),
        base_ref,
        repository: JobRepository {
            description: text("/repository/description"),
            url,
            license: text("/repository/license/spdx_id"),
        },
    }
}

/// The time of a commit that a push is about.
fn find_time(event: &Value, commit: &str) -> Option<Moment> {
    let commits = event.pointer("/commits").and_then(Value::as_array);
    let head = event.pointer("/head_commit");
    let all = commits.into_iter().flatten().chain(head);
    let mut own = all.filter(|entry| entry.get("id").and_then(Value::as_str) == Some(commit));
    Moment::parse(own.find_map(|entry| entry.get("timestamp")?.as_str())?)
}

fn read_gitlab(variables: &Variables) -> Job {
    let text = |name| variables.text(name).map(str::to_owned);
    let named = |prefix: &str, name: &str| variables.text(name).map(|value| format!("{prefix}{value}"));
    let pull = variables.text("CI_MERGE_REQUEST_IID").map(|number| format!("refs/pull/{number}/merge"));
    let reference = pull
        .or_else(|| named("refs/tags/", "CI_COMMIT_TAG"))
        .or_else(|| named("refs/heads/", "CI_COMMIT_BRANCH"));
    let event_name = match variables.text("CI_PIPELINE_SOURCE") {
        Some("merge_request_event") => "pull_request",
        Some(source) => source,
        None => "",
    };
    Job {
        reference: reference.unwrap_or_default(),
        commit: text("CI_COMMIT_SHA"),
        // Only where it is built merged with its base.
        head: text("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA").or_else(|| text("CI_COMMIT_SHA")),
        commit_time: variables.text("CI_COMMIT_TIMESTAMP").and_then(Moment::parse),
        event_name: event_name.to_owned(),
        default_branch: text("CI_DEFAULT_BRANCH"),
        base_ref: text("CI_MERGE_REQUEST_TARGET_BRANCH_NAME"),
        repository: JobRepository {
            description: text("CI_PROJECT_DESCRIPTION"),
            url: text("CI_PROJECT_URL"),
            license: None,
        },
    }
}

fn is_true(text: &str) -> bool {
    text.eq_ignore_ascii_case("true")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn github_says_it_in_variables_and_in_the_event() {
        let event = br#"{"number":15,"pull_request":{"head":{"sha":"bbb"},"base":{"ref":"main"}},
            "repository":{"default_branch":"main","html_url":"https://github.com/acme/app","description":"An app.",
            "license":{"spdx_id":"MIT"}}}"#;
        let common = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", "pull_request_target"),
            ("GITHUB_REF", "refs/heads/main"),
            ("GITHUB_SHA", "aaa"),
        ];
        let job = find_job(&common.into_iter().collect(), Some(event)).unwrap();
        assert_eq!((job.reference.as_str(), job.commit.as_deref()), ("refs/pull/15/merge", Some("aaa")));
        assert_eq!((job.default_branch.as_deref(), job.base_ref.as_deref()), (Some("main"), Some("main")));
        assert_eq!(job.repository.license.as_deref(), Some("MIT"));
        let head = common.into_iter().chain([("DOCKER_METADATA_PR_HEAD_SHA", "true")]).collect();
        assert_eq!(find_job(&head, Some(event)).unwrap().commit.as_deref(), Some("bbb"));
        assert_eq!(find_job(&common.into_iter().collect(), None).unwrap().reference, "refs/heads/main");
    }

    #[test]
    fn a_push_says_when_its_commit_was_made() {
        let event = br#"{"head_commit":{"id":"aaa","timestamp":"2022-04-19T11:27:24+02:00"},"base_ref":"refs/heads/dev"}"#;
        let job = find_job(
            &[("GITEA_ACTIONS", "true"), ("GITHUB_REF", "refs/tags/v1"), ("GITHUB_SHA", "aaa")]
                .into_iter()
                .collect(),
            Some(event),
        );
        let job = job.unwrap();
        assert_eq!(job.commit_time.unwrap().to_string(), "2022-04-19T09:27:24Z");
        assert_eq!(job.base_ref.as_deref(), Some("dev"));
    }

    #[test]
    fn gitlab_says_it_in_variables() {
        let with = |more: &[(&str, &str)]| {
            let all = [("GITLAB_CI", "true"), ("CI_COMMIT_SHA", "aaa"), ("CI_DEFAULT_BRANCH", "main")];
            find_job(&all.iter().chain(more).copied().collect(), None).unwrap()
        };
        assert_eq!(with(&[("CI_COMMIT_TAG", "v1")]).reference, "refs/tags/v1");
        assert_eq!(
            with(&[("CI_COMMIT_BRANCH", "main"), ("CI_PIPELINE_SOURCE", "schedule")]).event_name,
            "schedule"
        );
        let merge = with(&[("CI_MERGE_REQUEST_IID", "7"), ("CI_PIPELINE_SOURCE", "merge_request_event")]);
        assert_eq!(
            (merge.reference.as_str(), merge.event_name.as_str()),
            ("refs/pull/7/merge", "pull_request")
        );
    }

    #[test]
    fn nobody_says_anything_elsewhere() {
        assert_eq!(find_job(&[("CI", "true")].into_iter().collect(), None), None);
    }

    proptest! {
        #[test]
        fn never_panics(name: String, reference: String, event: Vec<u8>) {
            let pairs = [("GITHUB_ACTIONS", "true".to_owned()), ("GITHUB_EVENT_NAME", name), ("GITHUB_REF", reference)];
            let _ = find_job(&pairs.into_iter().collect(), Some(&event));
        }
    }
}
