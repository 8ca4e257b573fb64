//! `sign file`: the signature of a file, in a bundle beside it.

use std::path::PathBuf;

use clap::Args;
use plimsoll_sigstore::policy::{Policy, RequiredSigner};
use plimsoll_sigstore::sign::{bundle_of_key, sign_artifact};
use plimsoll_sigstore::verify::verify;

use crate::cli::ending::{Ended, Outcome};
use crate::cli::key_files::{read_artifact, read_private_key};
use crate::cli::session::Session;
use crate::explain::signature::{explain_report, explain_sign};
use crate::explain::{Asked, Explain as _};
use crate::output::Answer;
use crate::output::json::signed::SignedInfo;
use crate::wire;

/// Signs the bytes of a file
///
/// With a key nothing outside of this machine is asked. The password of an encrypted key comes from PLIMSOLL_KEY_PASSWORD or
/// COSIGN_PASSWORD. What was signed is verified before it is written.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll sign file app.tar.gz --bundle app.tar.gz.sigstore.json --key release.key
  plimsoll sign file app.tar.gz --bundle app.tar.gz.sigstore.json --key env:COSIGN_PRIVATE_KEY")]
pub(in crate::cli) struct SignFile {
    /// The file
    #[arg(value_name = "PATH")]
    pub artifact: String,
    /// Where the bundle with the signature is written
    #[arg(long, value_name = "FILE", env = "PLIMSOLL_BUNDLE")]
    pub bundle: PathBuf,
    /// The private key, cosign's or in PEM: a file, or env:NAME
    #[arg(long, value_name = "REF", env = "PLIMSOLL_KEY")]
    pub key: String,
}

impl SignFile {
    pub(in crate::cli) fn run(&self, session: &Session<'_>) -> Outcome {
        let key = read_private_key(session, &self.key)?;
        let artifact = read_artifact(session, &self.artifact, key.hash(), None)?;
        let content = sign_artifact(&key, &artifact).map_err(|why| explain_sign(&self.artifact, &why))?;
        let bundle = bundle_of_key(&key, content);
        let policy = Policy { signer: RequiredSigner::Key(key.public().clone()), predicate_type: None };
        let report = verify(&bundle, &artifact, &policy, None);
        if let Some(problem) = explain_report(&self.artifact, &report) {
            return Err(problem.into());
        }
        let asked = Asked { verb: "sign", ..Asked::default() };
        let path = session.path(&self.bundle);
        wire::write_whole(&path, bundle.render().as_bytes()).map_err(|error| error.explain(&asked))?;
        let info =
            SignedInfo::of(&self.artifact, &artifact, &self.bundle.display().to_string(), key.public());
        Ok(Ended::well(Answer::Signed(info)))
    }
}
