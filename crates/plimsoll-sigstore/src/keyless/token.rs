//! The token that proves an identity: a JSON Web Token (RFC 7519). Whether it is genuine is for the authority to say.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use plimsoll_http::Secret;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::policy::{Identity, Matcher, PatternError};

/// The longest token that is looked at, in bytes.
const LIMIT: usize = 64 * 1024;
/// A host, as an expression.
const ANY_HOST: &str = "[^/@]+";

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityToken {
    /// Who issued it.
    pub issuer: String,
    /// Whom it is about: the address if it has one, else the subject.
    pub subject: String,
    /// The workflow that signs, where the token is a job's.
    pub workflow: Option<Workflow>,
    /// The path of the repository that the job is of, as the token names it: `acme/app`.
    pub source: Option<String>,
    /// Whom the issuer has asked in turn, as Sigstore's own does: an authority may name that one instead.
    pub federated: Option<String>,
    /// Until when it is valid.
    pub until: Timestamp,
}

/// The workflow that a job runs by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workflow {
    /// The host that it lies on; GitHub's tokens do not say it.
    host: Option<String>,
    /// The path in its web address, with the ref.
    path: String,
}

impl Workflow {
    /// One whose address is stated without a scheme.
    fn of_address(address: &str) -> Option<Workflow> {
        let (host, path) = address.split_once('/')?;
        Some(Workflow { host: Some(host.to_owned()), path: path.to_owned() })
    }

    /// Its host, file and ref.
    fn split(&self) -> Option<(Option<&str>, &str, &str)> {
        let (file, at) = self.path.split_once('@')?;
        Some((self.host.as_deref(), file, at))
    }

    /// Whether a certificate for it may have this URI for its name.
    pub fn may_be_named(&self, name: &str) -> bool {
        match &self.host {
            Some(_) => name == self.to_string(),
            None => path(name).is_some_and(|path| path == self.path),
        }
    }

    /// Whether it may be one of a repository, known by its web address; `file` is the one that it must be.
    pub fn may_be_of(&self, repository: &str, file: Option<&str>) -> bool {
        let Some((host, found, _)) = self.split() else { return false };
        let here = host.is_none_or(|host| authority(repository) == Some(host));
        let rest = path(repository).and_then(|path| found.strip_prefix(path)?.strip_prefix('/'));
        // GitLab has two slashes between repository and file.
        let rest = rest.map(|rest| rest.strip_prefix('/').unwrap_or(rest));
        here && rest.is_some_and(|found| file.is_none_or(|file| file == found))
    }
}

impl fmt::Display for Workflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Some(host) => write!(f, "https://{host}/{}", self.path),
            None => f.write_str(&self.path),
        }
    }
}

/// The host of a web address.
fn authority(address: &str) -> Option<&str> {
    address.strip_prefix("https://")?.split('/').next()
}

/// What stands behind the host of a web address.
fn path(address: &str) -> Option<&str> {
    Some(address.strip_prefix("https://")?.split_once('/')?.1)
}

/// Why a token can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is no token.
    #[error("this is no identity token: {0}")]
    Shape(&'static str),
    /// Its time is over.
    #[error("the identity token was valid until {until}, and by this machine's clock it is {now}")]
    Expired {
        /// Until when it was valid.
        until: Timestamp,
        /// What time it is.
        now: Timestamp,
    },
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: Option<String>,
    email: Option<String>,
    /// GitHub's: `acme/app/.github/workflows/release.yml@refs/tags/v1`, of the workflow that was called.
    job_workflow_ref: Option<String>,
    /// GitHub's: `acme/app`.
    repository: Option<String>,
    /// GitLab's: `gitlab.com/acme/app//.gitlab-ci.yml@refs/tags/v1`.
    ci_config_ref_uri: Option<String>,
    /// GitLab's: `acme/app`.
    project_path: Option<String>,
    federated_claims: Option<Federated>,
    exp: f64,
}

/// What Dex says of whom it has asked.
#[derive(Deserialize)]
struct Federated {
    connector_id: Option<String>,
}

/// What a token says, whoever signed it.
pub(super) fn read_claims<T: DeserializeOwned>(token: &Secret) -> Result<T, TokenError> {
    let text = Some(token.expose().trim()).filter(|text| text.len() <= LIMIT);
    let text = text.ok_or(TokenError::Shape("it is too long"))?;
    let mut parts = text.split('.');
    let (Some(_), Some(claims), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(TokenError::Shape("it has not three parts"));
    };
    let claims = URL_SAFE_NO_PAD.decode(claims).map_err(|_| TokenError::Shape("it is no base64"))?;
    serde_json::from_slice(&claims).map_err(|_| TokenError::Shape("it lacks issuer or expiry"))
}

impl IdentityToken {
    /// Reads a token. Its signature is not looked at.
    ///
    /// # Errors
    /// [`TokenError::Shape`].
    pub fn parse(token: &Secret) -> Result<IdentityToken, TokenError> {
        let claims: Claims = read_claims(token)?;
        let subject = claims.email.or(claims.sub).ok_or(TokenError::Shape("it names nobody"))?;
        #[expect(clippy::cast_possible_truncation, reason = "no time is so far that a rounded second counts")]
        let until = Timestamp::from_second(claims.exp as i64).unwrap_or(Timestamp::MAX);
        let federated = claims.federated_claims.and_then(|claims| claims.connector_id);
        let (github, gitlab) = (claims.job_workflow_ref, claims.ci_config_ref_uri);
        let workflow = github.map(|path| Workflow { host: None, path });
        let workflow = workflow.or_else(|| gitlab.as_deref().and_then(Workflow::of_address));
        let source = claims.repository.or(claims.project_path);
        Ok(IdentityToken { issuer: claims.iss, subject, workflow, source, federated, until })
    }

    /// The identity that an authority will certify for it: of a workflow the URI of its file, whatever its ref, since who signs
    /// again from another ref of it is the same, and the repository whose job it is.
    ///
    /// # Errors
    /// [`PatternError`], which no workflow leads to.
    pub fn identity(&self) -> Result<Identity, PatternError> {
        let file = self.workflow.as_ref().and_then(Workflow::split);
        let name = match &file {
            Some((host, file, _)) => {
                let host = host.map_or_else(|| ANY_HOST.to_owned(), regex::escape);
                Matcher::pattern(&format!("^https://{host}/{}@", regex::escape(file)))?
            }
            None => Matcher::Exact(self.subject.clone()),
        };
        // An issuer knows one repository of a path, and not all authorities know its host.
        let source = self.source.as_ref().filter(|_| file.is_some());
        let source =
            source.map(|path| Matcher::pattern(&format!("^https://{ANY_HOST}/{}$", regex::escape(path))));
        Ok(Identity { name, issuer: self.issuer_of_certificate()?, source: source.transpose()? })
    }

    /// Whether the job is, as far as the token tells, of the repository with this web address.
    pub fn may_be_of(&self, repository: &str) -> bool {
        self.source.as_ref().is_none_or(|source| path(repository).is_some_and(|path| path == source))
    }

    /// The issuers that an authority may name in a certificate for it.
    ///
    /// # Errors
    /// [`PatternError`], for names of absurd lengths.
    pub fn issuer_of_certificate(&self) -> Result<Matcher, PatternError> {
        match &self.federated {
            None => Ok(Matcher::Exact(self.issuer.clone())),
            Some(asked) => {
                Matcher::pattern(&format!("^(?:{}|{})$", regex::escape(&self.issuer), regex::escape(asked)))
            }
        }
    }

    /// Whether an authority may name such an issuer in a certificate for it.
    pub fn may_be_issued_by(&self, issuer: &Matcher) -> bool {
        std::iter::once(&self.issuer).chain(&self.federated).any(|one| issuer.matches(one))
    }

    /// Refuses it if its time is over.
    ///
    /// # Errors
    /// [`TokenError::Expired`].
    pub fn check(&self, now: Timestamp) -> Result<(), TokenError> {
        match self.until < now {
            true => Err(TokenError::Expired { until: self.until, now }),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> Secret {
        Secret::new(format!("e30.{}.c2ln\n", URL_SAFE_NO_PAD.encode(claims)))
    }

    #[test]
    fn a_workflow_is_the_same_at_any_ref() {
        let claims = r#"{"iss":"https://i","sub":"repo:a/b:ref:refs/tags/v1","job_workflow_ref":"a/b/.github/workflows/r.yml@refs/tags/v1","exp":1}"#;
        let identity = IdentityToken::parse(&token(claims)).unwrap().identity().unwrap();
        assert!(identity.name.matches("https://github.com/a/b/.github/workflows/r.yml@refs/heads/main"));
        for other in [
            "https://github.com/a/b/.github/workflows/rxyml@refs/heads/main",
            "https://github.com/x/a/b/.github/workflows/r.yml@refs/heads/main",
            "https://github.com/a/b/.github/workflows/r.yml.evil@refs/heads/main",
        ] {
            assert!(!identity.name.matches(other), "{other}");
        }
        let person =
            IdentityToken::parse(&token(r#"{"iss":"i","sub":"s","email":"a@b.test","exp":1}"#)).unwrap();
        assert!(person.identity().unwrap().name.matches("a@b.test"));
    }

    #[test]
    fn a_job_of_another_repository_is_somebody_else() {
        let claims = r#"{"iss":"https://i","sub":"s","repository":"a/b","job_workflow_ref":"a/tools/.github/workflows/r.yml@refs/tags/v1","exp":1}"#;
        let token = IdentityToken::parse(&token(claims)).unwrap();
        let source = token.identity().unwrap().source.unwrap();
        assert!(source.matches("https://github.com/a/b") && token.may_be_of("https://github.com/a/b"));
        for other in ["https://github.com/a/tools", "https://github.com/x/a/b", "https://github.com/a/b/c"] {
            assert!(!source.matches(other) && !token.may_be_of(other), "{other}");
        }
    }

    #[test]
    fn a_pipeline_of_gitlab_is_a_workflow() {
        let claims = r#"{"iss":"https://gitlab.test","sub":"project_path:g/s/app:ref_type:tag:ref:v1","project_path":"g/s/app","ci_config_ref_uri":"gitlab.test:8443/g/s/app//.gitlab-ci.yml@refs/tags/v1","exp":1}"#;
        let token = IdentityToken::parse(&token(claims)).unwrap();
        let identity = token.identity().unwrap();
        let certified = "https://gitlab.test:8443/g/s/app//.gitlab-ci.yml@refs/tags/v1";
        assert!(identity.name.matches(certified));
        assert!(identity.name.matches("https://gitlab.test:8443/g/s/app//.gitlab-ci.yml@refs/heads/main"));
        assert!(identity.source.unwrap().matches("https://gitlab.test:8443/g/s/app"));
        let workflow = token.workflow.unwrap();
        assert_eq!(workflow.to_string(), certified);
        assert!(workflow.may_be_named(certified));
        assert!(!workflow.may_be_named("https://gitlab.test:8443/g/s/app//.gitlab-ci.yml@refs/tags/v2"));
        assert!(!workflow.may_be_named("https://evil.test/g/s/app//.gitlab-ci.yml@refs/tags/v1"));
        let repository = "https://gitlab.test:8443/g/s/app";
        assert!(
            workflow.may_be_of(repository, None) && workflow.may_be_of(repository, Some(".gitlab-ci.yml"))
        );
        assert!(!workflow.may_be_of(repository, Some("ci.yml")));
        for other in [
            "https://gitlab.test/g/s/app",
            "https://gitlab.test:8443/g/s/ap",
            "https://gitlab.test:8443/s/app",
        ] {
            assert!(!workflow.may_be_of(other, None), "{other}");
        }
    }

    #[test]
    fn whom_the_issuer_has_asked_may_stand_in_the_certificate() {
        let claims = r#"{"iss":"https://oauth2.sigstore.dev/auth","email":"a@b.test","federated_claims":{"connector_id":"https://github.com/login/oauth"},"exp":1}"#;
        let token = IdentityToken::parse(&token(claims)).unwrap();
        let issuer = token.issuer_of_certificate().unwrap();
        for named in ["https://oauth2.sigstore.dev/auth", "https://github.com/login/oauth"] {
            assert!(
                issuer.matches(named) && token.may_be_issued_by(&Matcher::Exact(named.to_owned())),
                "{named}"
            );
        }
        for other in ["https://github.com/login/oauth/", "https://evil.test/https://github.com/login/oauth"] {
            assert!(
                !issuer.matches(other) && !token.may_be_issued_by(&Matcher::Exact(other.to_owned())),
                "{other}"
            );
        }
    }

    #[test]
    fn a_token_says_who_and_until_when() {
        let read = IdentityToken::parse(&token(r#"{"iss":"https://i","sub":"s","exp":1700000000}"#)).unwrap();
        assert_eq!((read.issuer.as_str(), read.subject.as_str()), ("https://i", "s"));
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(read.check(at(1_699_999_999)), Ok(()));
        let (until, now) = (at(1_700_000_000), at(1_700_000_001));
        assert_eq!(read.check(now), Err(TokenError::Expired { until, now }));
        for broken in [
            Secret::new(""),
            Secret::new("a.b"),
            Secret::new("a.!.c"),
            token("{}"),
            token(r#"{"iss":"i","exp":1}"#),
        ] {
            assert!(matches!(IdentityToken::parse(&broken), Err(TokenError::Shape(_))));
        }
    }
}
