//! The CI job that we are in, as the forge shows it.

use plimsoll_engine::world::forge::ForgeKind;
use plimsoll_http::Url;

use super::address::ForgeAddress;

/// A job of the repository's own CI system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Job {
    /// A run of GitHub Actions.
    Actions {
        /// Its web page.
        run_page: String,
    },
    /// A job of GitLab CI.
    GitLab {
        /// What the job itself deploys; none if it deploys nothing.
        deploys: Option<OwnDeployment>,
    },
}

/// What GitLab makes an entry of for a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OwnDeployment {
    /// The environment.
    pub(crate) environment: String,
    /// The commit that the job runs on.
    pub(crate) commit: String,
}

/// The job of the forge's CI system that we are in, if it is one of this repository's.
pub(crate) fn find_job(address: &ForgeAddress, read: impl Fn(&str) -> Option<String>) -> Option<Job> {
    let (switch, server, repository) = match address.kind {
        ForgeKind::GitLab => ("GITLAB_CI", "CI_SERVER_URL", "CI_PROJECT_PATH"),
        ForgeKind::GitHub | ForgeKind::Gitea => ("GITHUB_ACTIONS", "GITHUB_SERVER_URL", "GITHUB_REPOSITORY"),
    };
    let server: Url = read(switch).and_then(|_| read(server))?.parse().ok()?;
    let repository = read(repository)?;
    let own = format!("{}/{}", address.owner, address.repository);
    if server.authority() != address.authority() || !repository.eq_ignore_ascii_case(&own) {
        return None;
    }
    match address.kind {
        ForgeKind::GitLab => Some(Job::GitLab { deploys: find_own_deployment(read) }),
        ForgeKind::GitHub | ForgeKind::Gitea => {
            let is_number = |run: &String| !run.is_empty() && run.bytes().all(|byte| byte.is_ascii_digit());
            let run = read("GITHUB_RUN_ID").filter(is_number)?;
            let server = server.as_str().trim_end_matches('/');
            Some(Job::Actions { run_page: format!("{server}/{repository}/actions/runs/{run}") })
        }
    }
}

/// What a job of GitLab CI deploys. One that only prepares, verifies, accesses or stops an environment gets no entry there
/// (docs.gitlab.com/ci/yaml, "environment:action").
fn find_own_deployment(read: impl Fn(&str) -> Option<String>) -> Option<OwnDeployment> {
    let read = |name: &str| read(name).filter(|value| !value.is_empty());
    let (environment, commit) = (read("CI_ENVIRONMENT_NAME")?, read("CI_COMMIT_SHA")?);
    let starts = read("CI_ENVIRONMENT_ACTION").is_none_or(|action| action == "start");
    starts.then_some(OwnDeployment { environment, commit })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(address: &str, variables: &[(&str, &str)]) -> Option<Job> {
        let address = ForgeAddress::parse(address, None).unwrap();
        let read = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, v)| (*v).into());
        find_job(&address, read)
    }

    #[test]
    fn a_run_of_another_repository_is_not_ours() {
        let page = |server: &str, repository: &str, run: &str| {
            let variables = [
                ("GITHUB_ACTIONS", "true"),
                ("GITHUB_SERVER_URL", server),
                ("GITHUB_REPOSITORY", repository),
                ("GITHUB_RUN_ID", run),
            ];
            find("https://github.com/acme/app", &variables)
        };
        let own = Job::Actions { run_page: "https://github.com/acme/app/actions/runs/7".into() };
        assert_eq!(page("https://github.com", "acme/app", "7"), Some(own));
        assert_eq!(page("https://github.com", "acme/other", "7"), None);
        assert_eq!(page("https://ghe.example", "acme/app", "7"), None);
        assert_eq!(page("https://github.com", "acme/app", "7/../8"), None);
        assert_eq!(find("https://github.com/acme/app", &[]), None);
    }

    #[test]
    fn a_job_of_gitlab_may_deploy_to_an_environment() {
        let job = |project: &str, environment: &str, action: &str| {
            let variables = [
                ("GITLAB_CI", "true"),
                ("CI_SERVER_URL", "https://gitlab.com"),
                ("CI_PROJECT_PATH", project),
                ("CI_COMMIT_SHA", "c0ffee"),
                ("CI_ENVIRONMENT_NAME", environment),
                ("CI_ENVIRONMENT_ACTION", action),
            ];
            find("https://gitlab.com/acme/tools/app", &variables)
        };
        let production = OwnDeployment { environment: "production".into(), commit: "c0ffee".into() };
        let (deploys, nothing) =
            (Some(Job::GitLab { deploys: Some(production) }), Some(Job::GitLab { deploys: None }));
        for action in ["", "start"] {
            assert_eq!(job("acme/tools/app", "production", action), deploys);
        }
        for action in ["prepare", "verify", "access", "stop"] {
            assert_eq!(job("acme/tools/app", "production", action), nothing);
        }
        assert_eq!(job("acme/tools/app", "", ""), nothing);
        assert_eq!(job("acme/app", "production", ""), None);
    }
}
