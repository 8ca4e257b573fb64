//! Which of the user's tokens a forge is shown. A CI job's own token is shown to that job's forge only, and any other one to a
//! forge that the user has named: a repository's configuration is a stranger's as often as not.

use plimsoll_engine::world::forge::ForgeKind;
use plimsoll_http::redirect::is_loopback;
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

/// Who has named a forge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// The user: it may be shown the user's tokens.
    ByUser,
    /// The configuration of the repository alone.
    ByConfiguration,
}

/// Forges that everybody means by their names.
pub(crate) const WELL_KNOWN: [&str; 3] = ["github.com", "gitlab.com", "codeberg.org"];

/// The variables by which a user names a forge of a kind: a host, or a web address.
fn naming(kind: ForgeKind) -> [&'static str; 2] {
    match kind {
        ForgeKind::GitHub => ["GH_HOST", "GITHUB_SERVER_URL"],
        ForgeKind::GitLab => ["GITLAB_HOST", "CI_SERVER_URL"],
        ForgeKind::Gitea => ["GITEA_HOST", "GITHUB_SERVER_URL"],
    }
}

/// Who has named a forge. It may be shown a token of the user's own if it was the user: it is on this machine, or everybody knows it, or the repository was
/// cloned from its host, or a variable names it. Without TLS only a variable with its whole address does.
pub(crate) fn find_named(
    address: &ForgeAddress,
    cloned_from: Option<&str>,
    read: impl Fn(&str) -> Option<String>,
) -> Named {
    let (host, authority) = (address.web.host_str().unwrap_or_default(), address.authority());
    let is_safe = address.web.scheme() == "https";
    let names_it = |variable: &str| {
        let Some(value) = read(variable) else { return false };
        match value.parse::<Url>() {
            Ok(url) if url.has_host() => {
                (url.scheme(), url.authority()) == (address.web.scheme(), authority.as_str())
            }
            _ => is_safe && value == authority,
        }
    };
    let is_known = WELL_KNOWN.contains(&authority.as_str());
    let is_named = is_loopback(&address.web)
        || is_safe && (is_known || cloned_from.is_some_and(|from| from.eq_ignore_ascii_case(host)))
        || naming(address.kind).into_iter().any(names_it);
    if is_named { Named::ByUser } else { Named::ByConfiguration }
}

/// The token of the environment for a forge; `None` if it has none. One of the user's own counts where the user `named` the
/// forge.
pub(crate) fn find_token(
    address: &ForgeAddress,
    named: Named,
    read: impl Fn(&str) -> Option<String>,
) -> Option<Secret> {
    let find = |variable: &str| read(variable).map(Secret::new).filter(|secret| !secret.is_empty());
    let of_user = |variable: &str| find(variable).filter(|_| named == Named::ByUser);
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
            of_job().or_else(|| of_user("GITHUB_TOKEN").filter(|_| anywhere)).or_else(|| of_user("GH_TOKEN"))
        }
        ForgeKind::GitHub => {
            of_job().or_else(|| of_user("GH_ENTERPRISE_TOKEN")).or_else(|| of_user("GITHUB_ENTERPRISE_TOKEN"))
        }
        // A token that somebody gave the job may do more than the job's own.
        ForgeKind::GitLab => {
            of_user("GITLAB_TOKEN").or_else(|| find(GITLAB_JOB_TOKEN).filter(|_| is_own("CI_SERVER_URL")))
        }
        ForgeKind::Gitea => of_job().or_else(|| of_user("FORGEJO_TOKEN")).or_else(|| of_user("GITEA_TOKEN")),
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
        find_token(&address, Named::ByUser, read).map(|token| token.expose().to_owned())
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
    fn a_users_token_is_shown_to_a_forge_that_the_user_has_named() {
        let named = |web: &str, cloned_from: Option<&str>, variable: Option<(&str, &str)>| {
            let address = ForgeAddress::parse(web, Some(ForgeKind::Gitea)).unwrap();
            let read =
                |name: &str| variable.filter(|(known, _)| *known == name).map(|(_, value)| value.to_owned());
            find_named(&address, cloned_from, read) == Named::ByUser
        };
        let (theirs, open) = ("https://git.evil.example/a/b", "http://git.lan:3000/a/b");
        for (web, cloned_from, variable, want) in [
            ("https://codeberg.org/a/b", None, None, true),
            ("https://codeberg.org:444/a/b", None, None, false),
            ("http://codeberg.org/a/b", Some("codeberg.org"), None, false),
            (theirs, None, None, false),
            (theirs, Some("codeberg.org"), None, false),
            (theirs, Some("Git.Evil.example"), None, true),
            (theirs, None, Some(("GITEA_HOST", "git.evil.example")), true),
            (theirs, None, Some(("GITHUB_SERVER_URL", "https://git.evil.example")), true),
            (theirs, None, Some(("GITHUB_SERVER_URL", "http://git.evil.example")), false),
            (theirs, None, Some(("GH_HOST", "git.evil.example")), false),
            (open, Some("git.lan"), None, false),
            (open, None, Some(("GITEA_HOST", "git.lan:3000")), false),
            (open, None, Some(("GITEA_HOST", "http://git.lan:3000")), true),
            ("http://127.0.0.1:3000/a/b", None, None, true),
            ("http://[::1]:3000/a/b", None, None, true),
            ("http://127.0.0.1.evil.example/a/b", None, None, false),
        ] {
            assert_eq!(named(web, cloned_from, variable), want, "{web} {cloned_from:?} {variable:?}");
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
