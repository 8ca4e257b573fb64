//! Who must have signed. Silence is no policy: without one nobody is vouched for.

use std::fmt;

use regex::Regex;

use crate::certificate::{Certificate, CertificateError};
use crate::key::PublicKey;

/// Who must have signed, and what the statement must say.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Who.
    pub signer: RequiredSigner,
    /// Of which predicate type a signed statement must be; any, if nothing is said.
    pub predicate_type: Option<String>,
}

/// Who must have signed.
#[derive(Clone, Debug)]
pub enum RequiredSigner {
    /// Nothing is said: whatever else is right, who signed is not vouched for.
    Unstated,
    /// The holder of this key.
    Key(PublicKey),
    /// Who a trusted authority has certified to be this identity.
    Identity(Identity),
}

/// An identity, as certificates of Fulcio state it.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The certificate's subject alternative name: an address, or the URI of a workflow.
    pub name: Matcher,
    /// The issuer of the token that proved it.
    pub issuer: Matcher,
    /// The web address of the repository that the job was of; any, and also none, if nothing is said. A workflow can be called by
    /// jobs of other repositories, and then signs under its own name what those want to have signed.
    pub source: Option<Matcher>,
}

/// How a text must be.
#[derive(Clone, Debug)]
pub enum Matcher {
    /// Exactly so.
    Exact(String),
    /// Found by this expression somewhere in it, as with cosign: without `^` and `$` a part is enough.
    Pattern(Regex),
}

/// Why an expression is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}` is no regular expression: {why}")]
pub struct PatternError {
    /// The expression.
    pub pattern: String,
    /// What is wrong with it.
    pub why: String,
}

impl Matcher {
    /// Reads a regular expression, in the syntax of RE2 as far as the `regex` crate has it.
    ///
    /// # Errors
    /// [`PatternError`].
    pub fn pattern(pattern: &str) -> Result<Matcher, PatternError> {
        Regex::new(pattern)
            .map(Matcher::Pattern)
            .map_err(|error| PatternError { pattern: pattern.to_owned(), why: error.to_string() })
    }

    /// The URIs of a repository's workflows at any of their refs, as certificates name them; or of the one in `file`. GitLab has two
    /// slashes between repository and file.
    ///
    /// # Errors
    /// [`PatternError`], for texts of absurd lengths.
    pub fn workflow(repository: &str, file: Option<&str>) -> Result<Matcher, PatternError> {
        let file = file.map_or_else(|| "[^@]+".to_owned(), regex::escape);
        Matcher::pattern(&format!("^{}//?{file}@", regex::escape(repository)))
    }

    /// Whether a text is as it must be.
    pub fn matches(&self, text: &str) -> bool {
        match self {
            Matcher::Exact(exact) => exact == text,
            Matcher::Pattern(pattern) => pattern.is_match(text),
        }
    }
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Matcher::Exact(text) => f.write_str(text),
            Matcher::Pattern(pattern) => write!(f, "/{pattern}/"),
        }
    }
}

/// Why an identity is not the one that must have signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// The certificate's names can't be read.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// Another name.
    #[error("it is signed by {found}, not by {want}")]
    OtherName {
        /// Who must have signed.
        want: String,
        /// Who has.
        found: String,
    },
    /// The right name, by another issuer's word.
    #[error("the signer's identity is stated by {found}, not by {want}")]
    OtherIssuer {
        /// Who must have stated it.
        want: String,
        /// Who has.
        found: String,
    },
    /// The right name and issuer, and a job of another repository.
    #[error("it is signed by a job of {found}, not of {want}")]
    OtherSource {
        /// Of which repository it must have been.
        want: String,
        /// Of which it was.
        found: String,
    },
    /// The certificate does not say of which repository the job was.
    #[error(
        "it must be signed by a job of {want}, and the certificate does not say of which repository it was"
    )]
    NoSource {
        /// Of which repository it must have been.
        want: String,
    },
}

impl Identity {
    /// Checks that a certificate is for this identity, and gives the name that matched.
    ///
    /// # Errors
    /// [`IdentityError`].
    pub fn check(&self, certificate: &Certificate) -> Result<String, IdentityError> {
        let name = match certificate.find_subject_name()? {
            Some(name) if self.name.matches(&name.text) => name,
            other => {
                let found = other.map_or_else(|| "nobody named".to_owned(), |name| name.text);
                return Err(IdentityError::OtherName { want: self.name.to_string(), found });
            }
        };
        let issuer = certificate.find_issuer()?;
        match issuer {
            Some(issuer) if self.issuer.matches(&issuer) => {}
            other => {
                return Err(IdentityError::OtherIssuer {
                    want: self.issuer.to_string(),
                    found: other.unwrap_or_else(|| "nobody named".to_owned()),
                });
            }
        }
        let Some(wanted) = &self.source else { return Ok(name.text) };
        match certificate.find_source_repository()? {
            Some(source) if wanted.matches(&source) => Ok(format!("{} for {source}", name.text)),
            Some(found) => Err(IdentityError::OtherSource { want: wanted.to_string(), found }),
            None => Err(IdentityError::NoSource { want: wanted.to_string() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_finds_a_part_and_an_exact_text_does_not() {
        let pattern = Matcher::pattern("example").unwrap();
        assert!(pattern.matches("https://example.test/"));
        assert!(!Matcher::pattern("^example$").unwrap().matches("https://example.test/"));
        assert!(!Matcher::Exact("example".into()).matches("https://example.test/"));
        assert!(Matcher::pattern("(").is_err());
    }

    #[test]
    fn a_workflow_is_one_at_any_ref() {
        let of = |file| Matcher::workflow("https://github.com/acme/app", file).unwrap();
        let (one, any) = (of(Some(".github/workflows/r.yml")), of(None));
        let release = "https://github.com/acme/app/.github/workflows/r.yml@refs/tags/v1";
        assert!(one.matches(release) && any.matches(release));
        let other = "https://github.com/acme/app/.github/workflows/ryml@refs/tags/v1";
        assert!(!one.matches(other) && any.matches(other));
        for stranger in
            ["https://github.com/acme/apps/x@y", "https://evil.test/https://github.com/acme/app/x@y"]
        {
            assert!(!one.matches(stranger) && !any.matches(stranger), "{stranger}");
        }
        let pipeline = Matcher::workflow("https://gitlab.test/acme/app", Some(".gitlab-ci.yml")).unwrap();
        assert!(pipeline.matches("https://gitlab.test/acme/app//.gitlab-ci.yml@refs/tags/v1"));
        for other in
            ["acme/app//ci/.gitlab-ci.yml", "acme/app///.gitlab-ci.yml", "acme/app/x//.gitlab-ci.yml"]
        {
            assert!(!pipeline.matches(&format!("https://gitlab.test/{other}@refs/tags/v1")), "{other}");
        }
    }
}
