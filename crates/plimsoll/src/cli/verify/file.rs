//! `verify file`: the signature of a file, by what is stated of its signer.

use std::path::PathBuf;

use clap::Args;
use plimsoll_engine::check::Findings;
use plimsoll_engine::domain::attestation::AttachedForm;
use plimsoll_engine::domain::predicate::PredicateType;
use plimsoll_sigstore::bundle::{self, Bundle};
use plimsoll_sigstore::policy::{Policy, RequiredSigner};
use plimsoll_sigstore::verify::{Report, verify};

use crate::cli::ending::{Ended, Outcome};
use crate::cli::key_files::{read_artifact, read_file};
use crate::cli::required_signer::Signer;
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
    /// Who must have signed.
    #[command(flatten)]
    pub signer: Signer,
    /// The type of statement that must be signed: a URI, or cosign's short name for one; any, if not said
    #[arg(long = "type", value_name = "TYPE", env = "PLIMSOLL_TYPE")]
    pub predicate_type: Option<PredicateType>,
}

impl VerifyFile {
    pub(in crate::cli) fn run(&self, session: &Session<'_>) -> Outcome {
        let signer = self.signer.read(session)?;
        let policy = Policy { signer, predicate_type: self.predicate_type.as_ref().map(ToString::to_string) };
        let root = self.signer.find_root(session, &policy.signer)?;
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
        let info = SignatureInfo::of(
            &self.artifact,
            &self.bundle.display().to_string(),
            AttachedForm::Bundle,
            &report,
        );
        let problems = Findings::from_iter(explain_report(&self.artifact, &report));
        Ok(Ended::with(Answer::Signature(info), problems))
    }
}
