//! `sign file`: the signature of a file, in a bundle beside it.

use std::path::PathBuf;

use clap::Args;
use plimsoll_sigstore::keyless::Payload;

use super::with::With;
use crate::cli::ending::{Ended, Outcome};
use crate::cli::key_files::read_artifact;
use crate::cli::session::Session;
use crate::explain::{Asked, Explain as _};
use crate::output::Answer;
use crate::output::json::signed::SignedInfo;
use crate::wire;

/// Signs the bytes of a file
///
/// With a key alone nothing outside of this machine is asked. The password of an encrypted key comes from
/// PLIMSOLL_KEY_PASSWORD or COSIGN_PASSWORD, or is asked for on a terminal. Without a key the services of the signing config certify a key that is used
/// once, for the identity of the CI job, of a token or of who logs in with a browser; they stamp the signature and log it. What was signed by key, or with a trusted root, is verified before it is written.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll sign file app.tar.gz --bundle app.tar.gz.sigstore.json --key release.key
  plimsoll sign file app.tar.gz --bundle app.tar.gz.sigstore.json --key env:COSIGN_PRIVATE_KEY
  plimsoll sign file app.tar.gz --bundle app.tar.gz.sigstore.json --identity-token token \\
    --signing-config signing_config.json --trusted-root trusted_root.json")]
pub(in crate::cli) struct SignFile {
    /// The file
    #[arg(value_name = "PATH")]
    pub artifact: String,
    /// Where the bundle with the signature is written
    #[arg(long, value_name = "FILE", env = "PLIMSOLL_BUNDLE")]
    pub bundle: PathBuf,
    /// By whom.
    #[command(flatten)]
    with: With,
}

impl SignFile {
    pub(in crate::cli) fn run(&self, session: &Session<'_>) -> Outcome {
        let hand = self.with.read(session)?;
        let artifact = read_artifact(session, &self.artifact, hand.hash(), None)?;
        let bundle = session.look(hand.sign(&self.artifact, Payload::Artifact(&artifact), &artifact))?;
        let asked = Asked { verb: "sign", ..Asked::default() };
        let path = session.path(&self.bundle);
        wire::write_whole(&path, bundle.render().as_bytes()).map_err(|error| error.explain(&asked))?;
        let info =
            SignedInfo::of_file(&self.artifact, &artifact, &self.bundle.display().to_string(), hand.name);
        Ok(Ended::well(Answer::Signed(info)))
    }
}
