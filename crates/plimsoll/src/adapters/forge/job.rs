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
        /// The environment that the job itself deploys to; none if it is not for one.
        environment: Option<String>,
    },
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
        ForgeKind::GitLab => {
            let environment = read("CI_ENVIRONMENT_NAME").filter(|name| !name.is_empty());
            Some(Job::GitLab { environment })
        }
        ForgeKind::GitHub | ForgeKind::Gitea => {
            let is_number = |run: &String| !run.is_empty() && run.bytes().all(|byte| byte.is_ascii_digit());
            let run = read("GITHUB_RUN_ID").filter(is_number)?;
            let server = server.as_str().trim_end_matches('/');
            Some(Job::Actions { run_page: format!("{server}/{repository}/actions/runs/{run}") })
        }
    }
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
    fn a_job_of_gitlab_may_be_for_an_environment() {
        let job = |project: &str, environment: &str| {
            let variables = [
                ("GITLAB_CI", "true"),
                ("CI_SERVER_URL", "https://gitlab.com"),
                ("CI_PROJECT_PATH", project),
                ("CI_ENVIRONMENT_NAME", environment),
            ];
            find("https://gitlab.com/acme/tools/app", &variables)
        };
        let production = Some("production".to_owned());
        assert_eq!(job("acme/tools/app", "production"), Some(Job::GitLab { environment: production }));
        assert_eq!(job("acme/tools/app", ""), Some(Job::GitLab { environment: None }));
        assert_eq!(job("acme/app", "production"), None);
    }
}
