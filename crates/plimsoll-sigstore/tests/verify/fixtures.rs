//! What cosign made, and who must have signed it.

use std::path::{Path, PathBuf};

use plimsoll_sigstore::artifact::{Artifact, ArtifactDigest};
use plimsoll_sigstore::bundle::{Bundle, Content};
use plimsoll_sigstore::key::PublicKey;
use plimsoll_sigstore::policy::{Identity, Matcher, Policy, RequiredSigner};
use plimsoll_sigstore::statement::Statement;
use plimsoll_sigstore::trust::TrustedRoot;
use plimsoll_sigstore::verify::{Report, verify};

pub(crate) const WORKFLOW: &str =
    "https://github.example.test/acme/widget/.github/workflows/release.yml@refs/heads/main";
pub(crate) const WORKFLOW_ISSUER: &str = "http://127.0.0.1:6100/gha";
pub(crate) const PERSON: &str = "dev@example.test";
pub(crate) const PERSON_ISSUER: &str = "http://127.0.0.1:6100/email";

fn folder() -> PathBuf {
    match std::env::var_os("PLIMSOLL_FIXTURES_SIGSTORE") {
        Some(folder) => folder.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/cosign"),
    }
}

pub(crate) fn read(name: &str) -> Vec<u8> {
    let path = folder().join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(crate) fn text(name: &str) -> String {
    String::from_utf8(read(name)).unwrap()
}

pub(crate) fn bundle(name: &str) -> Bundle {
    Bundle::parse(&read(name)).unwrap()
}

pub(crate) fn root() -> TrustedRoot {
    TrustedRoot::parse(&read("trusted_root.json")).unwrap()
}

pub(crate) fn blob() -> Artifact {
    Artifact::of_bytes(read("blob.bin"))
}

/// The image that a statement in a bundle is about.
pub(crate) fn image(bundle: &Bundle) -> Artifact {
    let Content::Envelope(envelope) = &bundle.content else { panic!("this bundle has an envelope") };
    let statement = Statement::parse(&envelope.payload).unwrap();
    let digest = ArtifactDigest::parse(&format!("sha256:{}", statement.subject[0].digest["sha256"]));
    Artifact::known_by(digest.unwrap())
}

pub(crate) fn by(signer: RequiredSigner) -> Policy {
    Policy { signer, predicate_type: None }
}

pub(crate) fn key() -> Policy {
    by(RequiredSigner::Key(PublicKey::parse(&text("key-blob.pub")).unwrap()))
}

pub(crate) fn identity(name: &str, issuer: &str) -> Policy {
    let (name, issuer) = (Matcher::Exact(name.to_owned()), Matcher::Exact(issuer.to_owned()));
    by(RequiredSigner::Identity(Identity { name, issuer, source: None }))
}

/// The workflow, in a job of this repository.
pub(crate) fn workflow_for(source: &str) -> Policy {
    let (name, issuer) = (Matcher::Exact(WORKFLOW.to_owned()), Matcher::Exact(WORKFLOW_ISSUER.to_owned()));
    by(RequiredSigner::Identity(Identity { name, issuer, source: Some(Matcher::Exact(source.to_owned())) }))
}

pub(crate) fn workflow() -> Policy {
    identity(WORKFLOW, WORKFLOW_ISSUER)
}

/// Verifies the keyless signature of the file, changed as `text` has it.
pub(crate) fn verify_text(text: &str, artifact: &Artifact, policy: &Policy) -> Report {
    match Bundle::parse(text.as_bytes()) {
        Ok(bundle) => verify(&bundle, artifact, policy, Some(&root())),
        Err(why) => Report::of_no_bundle(why),
    }
}
