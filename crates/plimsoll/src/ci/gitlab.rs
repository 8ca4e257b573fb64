//! GitLab CI/CD (docs.gitlab.com, "Predefined CI/CD variables reference").

use plimsoll_engine::domain::claim::CiRun;
use plimsoll_engine::domain::git::GitTag;

use super::{Ci, CiEvent, CiSystem, HeadRepository};
use crate::variables::Variables;

pub(super) fn read(variables: &Variables) -> Ci {
    Ci {
        system: CiSystem::GitLab,
        run: read_run(variables),
        url: variables.text("CI_JOB_URL").or_else(|| variables.text("CI_PIPELINE_URL")).map(str::to_owned),
        event: read_event(variables),
        output: None,
        summary: None,
    }
}

/// A job that is run again keeps pipeline and name and gets a higher number: that number counts its attempts.
fn read_run(variables: &Variables) -> Option<CiRun> {
    let (pipeline, job) = (variables.text("CI_PIPELINE_ID")?, variables.text("CI_JOB_NAME")?);
    Some(CiRun {
        server: variables.text("CI_SERVER_URL")?.to_owned(),
        repository: variables.text("CI_PROJECT_PATH")?.to_owned(),
        id: format!("{pipeline}/{job}"),
        attempt: variables.text("CI_JOB_ID")?.parse().ok()?,
    })
}

fn read_event(variables: &Variables) -> CiEvent {
    if let Some(number) = variables.text("CI_MERGE_REQUEST_IID").and_then(|number| number.parse().ok()) {
        let path = |name| variables.text(name);
        let same = match (path("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH"), path("CI_MERGE_REQUEST_PROJECT_PATH"))
        {
            (Some(source), Some(target)) => source.eq_ignore_ascii_case(target),
            _ => false,
        };
        let head = if same { HeadRepository::Same } else { HeadRepository::Fork };
        return CiEvent::PullRequest { number: Some(number), head };
    }
    if let Some(tag) = variables.text("CI_COMMIT_TAG") {
        return CiEvent::Tag(GitTag(tag.to_owned()));
    }
    match variables.text("CI_COMMIT_BRANCH") {
        Some(branch) => CiEvent::Branch(branch.to_owned()),
        None => CiEvent::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMON: [(&str, &str); 7] = [
        ("GITLAB_CI", "true"),
        ("CI_SERVER_URL", "https://gitlab.com"),
        ("CI_PROJECT_PATH", "acme/app"),
        ("CI_PIPELINE_ID", "9"),
        ("CI_JOB_NAME", "release"),
        ("CI_JOB_ID", "1234"),
        ("CI_JOB_URL", "https://gitlab.com/acme/app/-/jobs/1234"),
    ];

    fn with(more: &[(&str, &str)]) -> Ci {
        read(&COMMON.iter().chain(more).copied().collect())
    }

    #[test]
    fn a_retried_job_is_a_later_attempt_of_the_same_run() {
        let (first, second) = (with(&[]).run.unwrap(), with(&[("CI_JOB_ID", "1300")]).run.unwrap());
        assert_eq!((&first.id, &first.repository), (&second.id, &second.repository));
        assert!(first.attempt < second.attempt);
        assert_eq!(with(&[]).url.as_deref(), Some("https://gitlab.com/acme/app/-/jobs/1234"));
    }

    #[test]
    fn tells_events_apart() {
        let merge = [("CI_MERGE_REQUEST_IID", "7"), ("CI_MERGE_REQUEST_PROJECT_PATH", "acme/app")];
        let from = |source| {
            let source = [("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH", source)];
            with(&[merge.as_slice(), &source].concat()).event
        };
        assert_eq!(from("acme/app"), CiEvent::PullRequest { number: Some(7), head: HeadRepository::Same });
        assert_eq!(from("eve/app"), CiEvent::PullRequest { number: Some(7), head: HeadRepository::Fork });
        assert_eq!(with(&merge).event, CiEvent::PullRequest { number: Some(7), head: HeadRepository::Fork });
        assert_eq!(with(&[("CI_COMMIT_TAG", "v1")]).event, CiEvent::Tag(GitTag("v1".into())));
        assert_eq!(with(&[("CI_COMMIT_BRANCH", "main")]).event, CiEvent::Branch("main".into()));
        assert_eq!(with(&[]).event, CiEvent::Other);
    }
}
