//! `verify file`: the signature of a file, by what is stated of its signer.

use std::path::PathBuf;

use clap::Args;
use plimsoll_engine::check::Findings;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_sigstore::bundle::{self, Bundle};
use plimsoll_sigstore::policy::{Identity, Matcher, Policy, RequiredSigner};
use plimsoll_sigstore::verify::{Report, verify};

use crate::cli::ending::{Ended, Failure, Outcome};
use crate::cli::key_files::{read_artifact, read_file, read_public_key, read_trusted_root};
use crate::cli::session::Session;
use crate::explain::signature::explain_report;
use crate::output::Answer;
use crate::output::json::signature::SignatureInfo;

/// Verifies the signature of a file: who signed it, and that it is the file that was signed
///
/// The bundle is the one that `cosign sign-blob`, `cosign attest-blob` or `plimsoll sign file` wrote. Who must have signed is
/// said by a key, or by an identity and who vouches for it; without either nothing is vouched for. Every check is named, and
/// nothing outside of this machine is asked. With an attestation the file must be a subject of its statement.
///
/// Exit codes: 0 it is signed by whom it must be, 2 something could not be read, 6 it is not.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll verify file app.tar.gz --bundle app.tar.gz.sigstore.json --key release.pub
  plimsoll verify file sha256:2a4c… --bundle app.sigstore.json --key release.pub -o json
  plimsoll verify file app.tar.gz --bundle app.sigstore.json --trusted-root trusted_root.json \\
    --certificate-identity https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.0.0 \\
    --certificate-oidc-issuer https://token.actions.githubusercontent.com")]
pub(in crate::cli) struct VerifyFile {
    /// The file, or its digest
    #[arg(value_name = "PATH|sha256:HEX")]
    pub artifact: String,
    /// The bundle with the signature
    #[arg(long, value_name = "FILE", env = "PLIMSOLL_BUNDLE")]
    pub bundle: PathBuf,
    /// The public key in PEM: a file, or env:NAME
    #[arg(long, value_name = "REF", env = "PLIMSOLL_KEY")]
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
    /// Whom to trust: authorities, logs and timestamp authorities, as Sigstore's trusted_root.json names them
    #[arg(long, value_name = "FILE", env = "PLIMSOLL_TRUSTED_ROOT")]
    pub trusted_root: Option<PathBuf>,
    /// The type of statement that must be signed, as a URI; any, if not said
    #[arg(long = "type", value_name = "URI", env = "PLIMSOLL_TYPE")]
    pub predicate_type: Option<String>,
}

impl VerifyFile {
    pub(in crate::cli) fn run(&self, session: &Session<'_>) -> Outcome {
        let policy = Policy { signer: self.signer(session)?, predicate_type: self.predicate_type.clone() };
        let root = self.trusted_root.as_ref().map(|path| read_trusted_root(session, path)).transpose()?;
        let bound = u64::try_from(bundle::LIMIT).unwrap_or(u64::MAX).saturating_add(1);
        let text = read_file(session, &self.bundle, bound)?;
        let report = match Bundle::parse(&text) {
            Ok(bundle) => {
                let key = match &policy.signer {
                    RequiredSigner::Key(key) => Some(key.kind()),
                    RequiredSigner::Identity(_) | RequiredSigner::Unstated => None,
                };
                let artifact = read_artifact(session, &self.artifact, bundle.content.hash(), key)?;
                verify(&bundle, &artifact, &policy, root.as_ref())
            }
            Err(why) => Report::of_no_bundle(why),
        };
        let info = SignatureInfo::of(&self.artifact, &self.bundle.display().to_string(), &report);
        let problems = Findings::from_iter(explain_report(&self.artifact, &report));
        Ok(Ended::with(Answer::Signature(info), problems))
    }

    /// Who must have signed.
    fn signer(&self, session: &Session<'_>) -> Result<RequiredSigner, Failure> {
        let name = matcher(self.certificate_identity.as_ref(), self.certificate_identity_regexp.as_ref())?;
        let issuer =
            matcher(self.certificate_oidc_issuer.as_ref(), self.certificate_oidc_issuer_regexp.as_ref())?;
        match (&self.key, name, issuer) {
            (Some(key), None, None) => Ok(RequiredSigner::Key(read_public_key(session, key)?)),
            (None, Some(name), Some(issuer)) => Ok(RequiredSigner::Identity(Identity { name, issuer })),
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
}

fn matcher(exact: Option<&String>, pattern: Option<&String>) -> Result<Option<Matcher>, Failure> {
    match (exact, pattern) {
        (Some(exact), _) => Ok(Some(Matcher::Exact(exact.clone()))),
        (None, Some(pattern)) => match Matcher::pattern(pattern) {
            Ok(matcher) => Ok(Some(matcher)),
            Err(why) => Err(usage(&why.to_string()).into()),
        },
        (None, None) => Ok(None),
    }
}

fn usage(message: &str) -> Diagnostic {
    Diagnostic::error(Code::Usage, Cure::FixThenRunAgain, message)
}
