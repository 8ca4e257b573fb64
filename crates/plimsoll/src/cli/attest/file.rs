//! `attest file`: a signed statement about a file, in a bundle beside it.

use std::path::{Path, PathBuf};

use clap::Args;
use plimsoll_engine::domain::diagnostic::Diagnostic;
use plimsoll_engine::statement::in_toto::Subject;
use plimsoll_oci::name::Digest;
use plimsoll_sigstore::artifact::HashAlgorithm;
use plimsoll_sigstore::keyless::Payload;

use super::predicate::Stated;
use crate::cli::ending::{Ended, Outcome, usage};
use crate::cli::image_digest::as_artifact;
use crate::cli::key_files::read_artifact;
use crate::cli::session::Session;
use crate::cli::sign::With;
use crate::explain::{Asked, Explain as _};
use crate::output::Answer;
use crate::output::json::signed::SignedInfo;
use crate::wire;

/// States something of a file, and signs it
///
/// The bundle is what `cosign attest-blob` writes. `plimsoll verify file` verifies it, and that the file is the one that it is about.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll attest file app.tar.gz --type spdx --predicate sbom.spdx.json --bundle app.sbom.sigstore.json --key release.key
  plimsoll attest file sha256:2a4c… --type https://acme.example/reviewed/v1 --predicate review.json \\
    --bundle review.sigstore.json --key env:COSIGN_PRIVATE_KEY")]
pub(in crate::cli) struct AttestFile {
    /// The file, or its digest
    #[arg(value_name = "PATH|sha256:HEX")]
    pub artifact: String,
    /// What is stated.
    #[command(flatten)]
    stated: Stated,
    /// Where the bundle is written
    #[arg(long, value_name = "FILE", env = "PLIMSOLL_BUNDLE")]
    pub bundle: PathBuf,
    /// By whom.
    #[command(flatten)]
    with: With,
}

impl AttestFile {
    pub(in crate::cli) fn run(&self, session: &Session<'_>) -> Outcome {
        let predicate = self.stated.read(session)?;
        let hand = self.with.read(session)?;
        let artifact = read_artifact(session, &self.artifact, HashAlgorithm::Sha256, None)?;
        let digest = artifact.name().and_then(|digest| digest.to_string().parse::<Digest>().ok());
        let digest = digest.ok_or_else(|| unnamed(&self.artifact))?;
        let subject = Subject { name: self.name(), digest: digest.clone() };
        let statement = self.stated.state(&predicate, &subject)?;
        let known = as_artifact(&self.artifact, &digest)?;
        let bundle = session.look(hand.sign(&self.artifact, Payload::Statement(&statement), &known))?;
        let asked = Asked { verb: "attest", ..Asked::default() };
        let path = session.path(&self.bundle);
        wire::write_whole(&path, bundle.render().as_bytes()).map_err(|error| error.explain(&asked))?;
        let place = self.bundle.display().to_string();
        let info = SignedInfo::of_file(&self.artifact, &artifact, &place, hand.name);
        Ok(Ended::well(Answer::Signed(info)))
    }

    /// What the statement calls it: the file's name alone, wherever it lies here.
    fn name(&self) -> String {
        let name = Path::new(&self.artifact).file_name().and_then(|name| name.to_str());
        name.filter(|_| !self.artifact.starts_with("sha256:")).unwrap_or_default().to_owned()
    }
}

fn unnamed(artifact: &str) -> Diagnostic {
    let message =
        format!("nothing can be stated of {artifact}: its digest is of a kind that statements don't name");
    usage(message).help("name the file, or its SHA-256")
}
