//! Which of the user's tokens a forge is shown. A CI job's own token is shown to that job's forge only.

use plimsoll_engine::world::forge::ForgeKind;
use plimsoll_http::{Secret, Url};

use super::address::ForgeAddress;

/// Whom a token speaks for, where the forge must be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A user, or a project's robot.
    User,
    /// A job of GitLab CI, which may do less.
    Job,
}

impl TokenKind {
    /// What a token of the environment is.
    pub(crate) fn of(token: Option<&Secret>, read: impl Fn(&str) -> Option<String>) -> TokenKind {
        let of_job = read(GITLAB_JOB_TOKEN).filter(|of_job| !of_job.is_empty());
        match (token, of_job) {
            (Some(token), Some(of_job)) if token.expose() == of_job => TokenKind::Job,
            _ => TokenKind::User,
        }
    }
}

/// The variable with the token of a job of GitLab CI.
const GITLAB_JOB_TOKEN: &str = "CI_JOB_TOKEN";

/// The token of the environment for a forge; `None` if it has none.
pub(crate) fn find_token(address: &ForgeAddress, read: impl Fn(&str) -> Option<String>) -> Option<Secret> {
    let find = |variable: &str| read(variable).map(Secret::new).filter(|secret| !secret.is_empty());
    let authority = address.authority();
    let is_own = |server: &str| {
        let server = read(server).and_then(|server| server.parse::<Url>().ok());
        server.is_some_and(|server| server.authority() == authority)
    };
    let of_job = || find("GITHUB_TOKEN").filter(|_| is_own("GITHUB_SERVER_URL"));
    match address.kind {
        ForgeKind::GitHub if authority == "github.com" => {
            // On a machine of one's own no variable says which server the token is for: it is this one.
            let anywhere = read("GITHUB_SERVER_URL").is_none();
            of_job().or_else(|| find("GITHUB_TOKEN").filter(|_| anywhere)).or_else(|| find("GH_TOKEN"))
        }
        ForgeKind::GitHub => {
            of_job().or_else(|| find("GH_ENTERPRISE_TOKEN")).or_else(|| find("GITHUB_ENTERPRISE_TOKEN"))
        }
        // A token that somebody gave the job may do more than the job's own.
        ForgeKind::GitLab => {
            find("GITLAB_TOKEN").or_else(|| find(GITLAB_JOB_TOKEN).filter(|_| is_own("CI_SERVER_URL")))
        }
        ForgeKind::Gitea => of_job().or_else(|| find("FORGEJO_TOKEN")).or_else(|| find("GITEA_TOKEN")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(web: &str, variables: &[(&str, &str)]) -> Option<String> {
        let address = ForgeAddress::parse(web, None).unwrap();
        let read = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        find_token(&address, read).map(|token| token.expose().to_owned())
    }

    #[test]
    fn a_jobs_token_is_shown_to_its_own_forge_only() {
        let job = [("GITHUB_TOKEN", "job"), ("GITHUB_SERVER_URL", "https://github.com")];
        let elsewhere = [("GITHUB_TOKEN", "job"), ("GITHUB_SERVER_URL", "https://codeberg.org")];
        let (github, codeberg) = ("https://github.com/a/b", "https://codeberg.org/a/b");
        let gitlab = "https://gitlab.com/a/b";
        for (web, variables, want) in [
            (github, &job[..], Some("job")),
            (github, &elsewhere, None),
            (codeberg, &elsewhere, Some("job")),
            (codeberg, &job, None),
            (codeberg, &[("GITEA_TOKEN", "mine")], Some("mine")),
            ("https://github.acme.example/a/b", &job, None),
            ("https://github.acme.example/a/b", &[("GH_ENTERPRISE_TOKEN", "mine")], Some("mine")),
            (github, &[("GITHUB_TOKEN", "mine")], Some("mine")),
            (github, &[("GITHUB_TOKEN", ""), ("GH_TOKEN", "mine")], Some("mine")),
            (github, &[], None),
            (gitlab, &[("GITLAB_TOKEN", "mine"), ("CI_JOB_TOKEN", "job")], Some("mine")),
            (gitlab, &[("CI_JOB_TOKEN", "job"), ("CI_SERVER_URL", "https://gitlab.com")], Some("job")),
            (gitlab, &[("CI_JOB_TOKEN", "job"), ("CI_SERVER_URL", "https://gitlab.example")], None),
            (gitlab, &job, None),
        ] {
            assert_eq!(found(web, variables).as_deref(), want, "{web} {variables:?}");
        }
    }

    #[test]
    fn a_jobs_token_is_known_by_its_variable_however_it_was_named() {
        let of = |token: &str| {
            let read = |name: &str| (name == GITLAB_JOB_TOKEN).then(|| "job".to_owned());
            TokenKind::of(Some(&Secret::new(token.to_owned())), read)
        };
        assert_eq!((of("job"), of("mine")), (TokenKind::Job, TokenKind::User));
        assert_eq!(TokenKind::of(None, |_| None), TokenKind::User);
    }
}
