//! Where a release runs, in the words of its provenance.
//!
//! Source: docs.github.com, "Variables reference". GitHub's own action takes the same from the claims of a token.

use plimsoll_engine::domain::provenance::{Elsewhere, GitHubJob, Workplace};

use super::{Ci, CiSystem};
use crate::variables::Variables;

/// Where this run takes place. A job of GitHub that does not say all that its provenance tells is somewhere else.
pub fn find_workplace(variables: &Variables, ci: Option<&Ci>) -> Workplace {
    if let Some(job) = ci.filter(|ci| ci.system == CiSystem::GitHub).and_then(|_| read_job(variables)) {
        return Workplace::GitHub(Box::new(job));
    }
    let project = |ci: &Ci| {
        let run = ci.run.as_ref()?;
        Some(format!("{}/{}", run.server.trim_end_matches('/'), run.repository))
    };
    Workplace::Elsewhere(Elsewhere { server: ci.and_then(project), url: ci.and_then(|ci| ci.url.clone()) })
}

fn read_job(variables: &Variables) -> Option<GitHubJob> {
    let text = |name| variables.text(name).map(str::to_owned);
    let repository = text("GITHUB_REPOSITORY")?;
    let builder = text("GITHUB_WORKFLOW_REF")?;
    let (file, reference) = builder.split_once('@')?;
    let workflow = file.strip_prefix(&repository)?.strip_prefix('/')?.to_owned();
    Some(GitHubJob {
        server: text("GITHUB_SERVER_URL")?.trim_end_matches('/').to_owned(),
        workflow,
        workflow_ref: reference.to_owned(),
        repository,
        event: text("GITHUB_EVENT_NAME")?,
        repository_id: text("GITHUB_REPOSITORY_ID")?,
        owner_id: text("GITHUB_REPOSITORY_OWNER_ID")?,
        runner: text("RUNNER_ENVIRONMENT")?,
        run: text("GITHUB_RUN_ID")?,
        attempt: variables.text("GITHUB_RUN_ATTEMPT").and_then(|attempt| attempt.parse().ok()).unwrap_or(1),
        builder,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ci::find;

    const JOB: [(&str, &str); 11] = [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_SERVER_URL", "https://github.com"),
        ("GITHUB_REPOSITORY", "acme/app"),
        ("GITHUB_WORKFLOW_REF", "acme/app/.github/workflows/release.yml@refs/tags/v1.0.0"),
        ("GITHUB_EVENT_NAME", "push"),
        ("GITHUB_REPOSITORY_ID", "77"),
        ("GITHUB_REPOSITORY_OWNER_ID", "7"),
        ("RUNNER_ENVIRONMENT", "github-hosted"),
        ("GITHUB_RUN_ID", "123"),
        ("GITHUB_RUN_ATTEMPT", "2"),
        ("CI", "true"),
    ];

    fn workplace(pairs: impl IntoIterator<Item = (&'static str, &'static str)>) -> Workplace {
        let variables: Variables = pairs.into_iter().collect();
        find_workplace(&variables, find(&variables, None).as_ref())
    }

    #[test]
    fn a_job_of_github_is_told_in_its_words() {
        let Workplace::GitHub(job) = workplace(JOB) else { panic!("it is a job of GitHub") };
        assert_eq!(
            (job.workflow.as_str(), job.workflow_ref.as_str()),
            (".github/workflows/release.yml", "refs/tags/v1.0.0")
        );
        assert_eq!(
            (job.builder.as_str(), job.attempt),
            ("acme/app/.github/workflows/release.yml@refs/tags/v1.0.0", 2)
        );
    }

    #[test]
    fn anything_else_is_elsewhere() {
        assert_eq!(workplace([]), Workplace::Elsewhere(Elsewhere::default()));
        let of = |server: &str, url: &str| {
            Workplace::Elsewhere(Elsewhere { server: Some(server.into()), url: Some(url.into()) })
        };
        let silent = JOB.into_iter().filter(|(name, _)| *name != "GITHUB_WORKFLOW_REF");
        let github = of("https://github.com/acme/app", "https://github.com/acme/app/actions/runs/123");
        assert_eq!(workplace(silent), github);
        let forgejo = JOB.into_iter().chain([("FORGEJO_ACTIONS", "true"), ("GITHUB_RUN_NUMBER", "5")]);
        assert_eq!(
            workplace(forgejo),
            of("https://github.com/acme/app", "https://github.com/acme/app/actions/runs/5")
        );
    }
}
