//! The token that proves an identity: a JSON Web Token (RFC 7519). Whether it is genuine is for the authority to say.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use plimsoll_http::Secret;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::policy::{Identity, Matcher, PatternError};

/// The longest token that is looked at, in bytes.
const LIMIT: usize = 64 * 1024;

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityToken {
    /// Who issued it.
    pub issuer: String,
    /// Whom it is about: the address if it has one, else the subject.
    pub subject: String,
    /// The workflow that runs, with its ref, as GitHub's tokens name it: `acme/app/.github/workflows/release.yml@refs/tags/v1`.
    pub workflow: Option<String>,
    /// Whom the issuer has asked in turn, as Sigstore's own does: an authority may name that one instead.
    pub federated: Option<String>,
    /// Until when it is valid.
    pub until: Timestamp,
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
    job_workflow_ref: Option<String>,
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
        Ok(IdentityToken { issuer: claims.iss, subject, workflow: claims.job_workflow_ref, federated, until })
    }

    /// The identity that an authority will certify for it: of a workflow the URI of its file, whatever its ref, since who signs
    /// again from another ref of it is the same.
    ///
    /// # Errors
    /// [`PatternError`], which no workflow leads to.
    pub fn identity(&self) -> Result<Identity, PatternError> {
        let name = match self.workflow.as_deref().and_then(|workflow| workflow.split_once('@')) {
            Some((file, _)) => Matcher::pattern(&format!("^https://[^/@]+/{}@", regex::escape(file)))?,
            None => Matcher::Exact(self.subject.clone()),
        };
        Ok(Identity { name, issuer: self.issuer_of_certificate()? })
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
