//! `sign image`: a signature that is attached to an image, where it lies.

use bytes::Bytes;
use clap::Args;
use plimsoll_engine::domain::attestation::Attestation;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::ledger::bundles::read_bundles;
use plimsoll_engine::ship::attach::{AttachError, Referrer, attach};
use plimsoll_engine::statement::attestation::SIGNATURE;
use plimsoll_engine::world::repository_writer::Ungated;
use plimsoll_oci::model::Descriptor;
use plimsoll_oci::name::Digest;
use plimsoll_oci::store::{Pull, Store};
use plimsoll_sigstore::artifact::Artifact;
use plimsoll_sigstore::bundle::Bundle;
use plimsoll_sigstore::keyless::Payload;
use plimsoll_sigstore::policy::Policy;
use plimsoll_sigstore::verify::verify;

use super::with::{Hand, With};
use crate::cli::copy::{Place, Surroundings};
use crate::cli::ending::{Ended, Failure, Outcome};
use crate::cli::image_digest::{as_artifact, find_image};
use crate::cli::session::Session;
use crate::explain::{Asked, Explain as _, Keeping};
use crate::output::Answer;
use crate::output::json::signed::{Done, SignedInfo};
use crate::wire;

/// Signs an image, where it lies
///
/// The signature is what cosign 3 makes: a bundle that refers to the image, found by the referrers API or, where the registry
/// has none, under the tag `sha256-…`. Of an image for several platforms the index is signed. Where the same signer has signed
/// it before nothing is added. With a key alone nobody but the registry is asked. The password of an encrypted key comes from
/// PLIMSOLL_KEY_PASSWORD or COSIGN_PASSWORD.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll sign image ghcr.io/acme/app:v1.0.0 --key release.key
  plimsoll sign image local:ghcr.io/acme/app@sha256:2a4c… --key env:COSIGN_PRIVATE_KEY
  plimsoll sign image ghcr.io/acme/app:v1.0.0 --identity-token token \\
    --signing-config signing_config.json --trusted-root trusted_root.json")]
pub(in crate::cli) struct SignImage {
    /// The image: its repository, with tag or digest
    #[arg(value_name = "REF")]
    pub image: Place,
    /// By whom.
    #[command(flatten)]
    with: With,
}

impl SignImage {
    pub(in crate::cli) fn run(&self, session: &Session<'_>) -> Outcome {
        let hand = self.with.read(session)?;
        session.look(async {
            let asked = Asked { verb: "sign", tag: None, keeping: Keeping::Local };
            let surroundings = Surroundings::look(session, &asked).await?;
            let image = find_image(&self.image, &surroundings, &asked).await?;
            let target = self.image.open_target(&surroundings)?;
            let signing =
                Signing { hand: &hand, store: &*target.store, asked: &asked, name: self.image.to_string() };
            let (attached, done) = signing.ensure(&image).await?;
            let info = SignedInfo::of_image(&signing.name, &image.digest, &attached, done, hand.name.clone());
            Ok(Ended::well(Answer::Signed(info)))
        })
    }
}

struct Signing<'a> {
    hand: &'a Hand<'a>,
    store: &'a dyn Store,
    asked: &'a Asked,
    name: String,
}

impl Signing<'_> {
    /// Sees that there is a signature of ours, and gives the manifest that attaches it.
    async fn ensure(&self, image: &Descriptor) -> Result<(Digest, Done), Failure> {
        let artifact = as_artifact(&self.name, &image.digest)?;
        if let Some(there) = self.find(&image.digest, &artifact).await? {
            return Ok((there, Done::Before));
        }
        let signature = Attestation::signature(image.clone());
        let bundle = self.hand.sign(&self.name, Payload::Statement(&signature.payload), &artifact).await?;
        let artifact = signature.attach(Bytes::from(bundle.render()), wire::now());
        let attached = artifact.manifest.digest().clone();
        let referrer = Referrer::new(image.digest.clone(), artifact);
        match attach(&Ungated(self.store), &*wire::clock(), &referrer).await {
            Ok(()) => Ok((attached, Done::Now)),
            Err(AttachError::World(error)) => Err(error.explain(self.asked).into()),
            Err(AttachError::Unlisted { .. }) => Err(unlisted(&self.name).into()),
        }
    }

    /// A signature of ours that is there already.
    async fn find(&self, image: &Digest, artifact: &Artifact) -> Result<Option<Digest>, Failure> {
        let policy = Policy { signer: self.hand.us.clone(), predicate_type: Some(SIGNATURE.to_owned()) };
        let ours = |bytes: &Bytes| {
            let bundle = Bundle::parse(bytes).ok();
            bundle.is_some_and(|bundle| verify(&bundle, artifact, &policy, self.hand.root()).is_verified())
        };
        Ok(self.list(image).await?.into_iter().find(|(_, bytes)| ours(bytes)).map(|(manifest, _)| manifest))
    }

    async fn list(&self, image: &Digest) -> Result<Vec<(Digest, Bytes)>, Failure> {
        let pull: &dyn Pull = self.store;
        let bundles =
            read_bundles(pull, image, SIGNATURE).await.map_err(|error| error.explain(self.asked))?;
        Ok(bundles.into_iter().map(|bundle| (bundle.manifest, bundle.bytes)).collect())
    }
}

fn unlisted(image: &str) -> Diagnostic {
    let message = format!("the signature of {image} was written, and the registry does not list it");
    Diagnostic::error(Code::Incomplete, Cure::RunAgain, message)
        .help("another program may have written the list of what refers to the image at the same time")
}
