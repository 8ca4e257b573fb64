//! Who must have signed, as the command line says it: a key, or an identity and who vouches for it.

use std::path::PathBuf;

use clap::Args;
use plimsoll_sigstore::policy::{Identity, Matcher, RequiredSigner};
use plimsoll_sigstore::trust::TrustedRoot;

use super::ending::{Failure, usage};
use super::key_files::{find_instance_root, read_public_key, read_trusted_root};
use super::session::Session;

/// Who must have signed, and whom to trust.
#[derive(Clone, Debug, Args)]
pub(super) struct Signer {
    /// The public key in PEM: a file, or env:NAME
    // `PLIMSOLL_KEY` is the private key of whoever signs, and may be set for a whole job.
    #[arg(long, value_name = "REF", env = "PLIMSOLL_PUBLIC_KEY")]
    pub key: Option<String>,
    /// Who must have signed: an e-mail address, or the URI of a workflow
    #[arg(long, value_name = "ID", env = "PLIMSOLL_CERTIFICATE_IDENTITY")]
    pub certificate_identity: Option<String>,
    /// The same as a regular expression, which is found anywhere: mind `^` and `$`
    #[arg(long, value_name = "REGEXP", env = "PLIMSOLL_CERTIFICATE_IDENTITY_REGEXP")]
    #[arg(conflicts_with = "certificate_identity")]
    pub certificate_identity_regexp: Option<String>,
    /// Who must have vouched for the signer: the issuer of his token
    #[arg(long, value_name = "URL", env = "PLIMSOLL_CERTIFICATE_OIDC_ISSUER")]
    pub certificate_oidc_issuer: Option<String>,
    /// The same as a regular expression
    #[arg(long, value_name = "REGEXP", env = "PLIMSOLL_CERTIFICATE_OIDC_ISSUER_REGEXP")]
    #[arg(conflicts_with = "certificate_oidc_issuer")]
    pub certificate_oidc_issuer_regexp: Option<String>,
    /// The web address of the repository whose job must have signed: a workflow can be called by other repositories, too
    #[arg(long, value_name = "URL", env = "PLIMSOLL_CERTIFICATE_SOURCE_REPOSITORY")]
    pub certificate_source_repository: Option<String>,
    /// Whom to trust, as Sigstore's trusted_root.json names them: authorities, logs, timestamp authorities; else the public-good ones
    #[arg(long, value_name = "FILE", env = "PLIMSOLL_TRUSTED_ROOT")]
    pub trusted_root: Option<PathBuf>,
}

impl Signer {
    /// Who must have signed.
    pub(super) fn read(&self, session: &Session<'_>) -> Result<RequiredSigner, Failure> {
        let name = matcher(self.certificate_identity.as_ref(), self.certificate_identity_regexp.as_ref())?;
        let issuer =
            matcher(self.certificate_oidc_issuer.as_ref(), self.certificate_oidc_issuer_regexp.as_ref())?;
        let source = self.certificate_source_repository.clone().map(Matcher::Exact);
        if source.is_some() && name.is_none() {
            return Err(usage("it is not said whose identity it must be")
                .help("many workflows run for one repository: name one with `--certificate-identity`")
                .into());
        }
        match (&self.key, name, issuer) {
            (Some(key), None, None) => Ok(RequiredSigner::Key(read_public_key(session, key)?)),
            (None, Some(name), Some(issuer)) => {
                Ok(RequiredSigner::Identity(Identity { name, issuer, source }))
            }
            (None, None, None) => Ok(RequiredSigner::Unstated),
            (Some(_), _, _) => Err(usage("a key and an identity can't both have signed")
                .help("name the key alone, or the identity and who vouches for it")
                .into()),
            (None, Some(_), None) => Err(usage("it is not said who must vouch for the identity")
                .help(
                    "anyone may call himself so elsewhere: name the issuer with `--certificate-oidc-issuer`",
                )
                .into()),
            (None, None, Some(_)) => Err(usage("it is not said whose identity it must be")
                .help("the issuer vouches for many: name one with `--certificate-identity`")
                .into()),
        }
    }

    /// Whom to trust: as it is said, or of an identity as the public-good instance says it.
    pub(super) fn find_root(
        &self,
        session: &Session<'_>,
        required: &RequiredSigner,
    ) -> Result<Option<TrustedRoot>, Failure> {
        match (self.read_root(session)?, required) {
            (None, RequiredSigner::Identity(_)) => find_instance_root(session).map(Some),
            (root, _) => Ok(root),
        }
    }

    /// Whom to trust, if that is said.
    pub(super) fn read_root(&self, session: &Session<'_>) -> Result<Option<TrustedRoot>, Failure> {
        self.trusted_root.as_ref().map(|path| read_trusted_root(session, path)).transpose()
    }
}

/// That it is said who must have signed, and that nobody is asked.
pub(super) fn contradiction() -> Failure {
    usage("it is said who must have signed, and that nobody is asked")
        .help("leave out `--integrity-only`")
        .into()
}

fn matcher(exact: Option<&String>, pattern: Option<&String>) -> Result<Option<Matcher>, Failure> {
    match (exact, pattern) {
        (Some(exact), _) => Ok(Some(Matcher::Exact(exact.clone()))),
        (None, Some(pattern)) => match Matcher::pattern(pattern) {
            Ok(matcher) => Ok(Some(matcher)),
            Err(why) => Err(usage(why.to_string()).into()),
        },
        (None, None) => Ok(None),
    }
}
