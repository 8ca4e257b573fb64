//! `sign image`: a signature that is attached to an image, where it lies.

use std::collections::BTreeMap;

use clap::{Args, ValueEnum};
use futures_util::{StreamExt as _, stream};
use plimsoll_engine::check::Findings;
use plimsoll_engine::domain::attestation::{AttachedForm, Attestation, SignatureForm};
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::ledger::attached::{Attached, list_attached};
use plimsoll_engine::ship::attach::{AttachError, attach, attachment};
use plimsoll_engine::statement::attestation::SIGNATURE;
use plimsoll_engine::world::repository_writer::Ungated;
use plimsoll_oci::model::Descriptor;
use plimsoll_oci::name::Digest;
use plimsoll_oci::store::{Pull, Store};
use plimsoll_sigstore::artifact::Artifact;
use plimsoll_sigstore::keyless::Payload;
use plimsoll_sigstore::legacy::LegacyError;
use plimsoll_sigstore::policy::Policy;

use super::with::{Hand, With};
use crate::cli::copy::{Place, Surroundings};
use crate::cli::ending::{Ended, Failure, Outcome};
use crate::cli::image_digest::{as_artifact, find_image};
use crate::cli::session::Session;
use crate::explain::{Asked, Explain as _, Keeping};
use crate::output::Answer;
use crate::output::json::signed::{AttachedInfo, Done, SignedImages, SignedInfo};
use crate::signed_forms::{Found, render};
use crate::wire;

/// How many images are signed side by side.
const IMAGES_AT_ONCE: usize = 8;

/// Signs images, where they lie
///
/// The signature is what cosign 3 makes: a bundle that refers to the image, found by the referrers API or, where the registry
/// has none, under the tag `sha256-…`. Of an image for several platforms the index is signed. Where the same signer has signed
/// it before nothing is added. Several images are signed side by side, with a key that is opened once or one certificate. With a key
/// alone nobody but the registry is asked. The password of an encrypted key comes from PLIMSOLL_KEY_PASSWORD or COSIGN_PASSWORD, or is
/// asked for on a terminal.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll sign image ghcr.io/acme/app:v1.0.0 --key release.key
  plimsoll sign image local:ghcr.io/acme/app@sha256:2a4c… --key env:COSIGN_PRIVATE_KEY
  plimsoll sign image ghcr.io/acme/app:v1.0.0 ghcr.io/acme/worker:v1.0.0 --key 'command:pass show release/key'
  plimsoll sign image ghcr.io/acme/app:v1.0.0 --key release.key --format both
  plimsoll sign image ghcr.io/acme/app:v1.0.0 --identity-token token \\
    --signing-config signing_config.json --trusted-root trusted_root.json")]
pub(in crate::cli) struct SignImage {
    /// The images: each its repository, with tag or digest
    #[arg(value_name = "REF", required = true)]
    pub images: Vec<Place>,
    /// In which form the signature is attached
    #[arg(long, value_name = "FORM", env = "PLIMSOLL_FORMAT", value_enum, default_value_t = Form::Bundle)]
    pub format: Form,
    /// By whom.
    #[command(flatten)]
    with: With,
}

/// In which form signatures are attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Form {
    /// As cosign 3 does: a bundle that refers to the image
    Bundle,
    /// As cosign did before: under the tag `sha256-….sig`, or `.att` for statements
    Legacy,
    /// Both
    Both,
}

impl From<Form> for SignatureForm {
    fn from(form: Form) -> SignatureForm {
        match form {
            Form::Bundle => SignatureForm::Bundle,
            Form::Legacy => SignatureForm::Legacy,
            Form::Both => SignatureForm::Both,
        }
    }
}

impl SignImage {
    pub(in crate::cli) fn run(&self, session: &Session<'_>) -> Outcome {
        self.with.check_recognisable()?;
        let hand = self.with.read(session)?;
        session.look(async {
            let asked = Asked { verb: "sign", tag: None, keeping: Keeping::Local };
            let surroundings = Surroundings::look(session, &asked).await?;
            // What lies in files is written by one at a time.
            let at_once = match self.images.iter().all(Place::is_in_registry) {
                true => IMAGES_AT_ONCE,
                false => 1,
            };
            // One that can't be signed keeps no other from it.
            let mut problems = Findings::new();
            let looks = self.images.iter().map(async |place| {
                let image = find_image(place, &surroundings, &asked).await?;
                Ok((place, image))
            });
            let found = keep(stream::iter(looks).buffered(at_once).collect().await, &mut problems);
            // Two names of one image are one thing to sign.
            let once: BTreeMap<_, _> = found
                .iter()
                .map(|(place, image)| ((place.container(), &image.digest), (*place, image)))
                .collect();
            let signing = once.into_iter().map(async |(key, (place, image))| {
                let signatures = self.sign(place, image, &hand, &surroundings, &asked).await?;
                Ok((key, signatures))
            });
            let signed: BTreeMap<_, _> =
                keep(stream::iter(signing).buffered(at_once).collect().await, &mut problems)
                    .into_iter()
                    .collect();
            if problems.has_errors() {
                return Err(problems.into());
            }
            let info = |(place, image): &(&Place, Descriptor)| {
                let signatures = signed.get(&(place.container(), &image.digest))?.clone();
                Some(SignedInfo::of_image(&place.to_string(), &image.digest, signatures, hand.name.clone()))
            };
            let all: Vec<SignedInfo> = found.iter().filter_map(info).collect();
            Ok(Ended::well(match <[SignedInfo; 1]>::try_from(all) {
                Ok([one]) => Answer::Signed(one),
                Err(all) => Answer::SignedImages(SignedImages::of(all)),
            }))
        })
    }

    async fn sign(
        &self,
        place: &Place,
        image: &Descriptor,
        hand: &Hand<'_>,
        surroundings: &Surroundings<'_>,
        asked: &Asked,
    ) -> Result<Vec<AttachedInfo>, Failure> {
        let store = place.open_store(surroundings)?;
        let (name, reference) = (place.to_string(), place.reference());
        let signing = Signing { hand, store: &*store, asked, name, reference };
        let mut signatures = Vec::new();
        for form in SignatureForm::from(self.format).attached() {
            let (attached, done) = signing.ensure(image, *form).await?;
            signatures.push(AttachedInfo::of(*form, &attached, done));
        }
        Ok(signatures)
    }
}

/// What went well; what did not is a problem.
fn keep<T>(ends: Vec<Result<T, Failure>>, problems: &mut Findings) -> Vec<T> {
    let mut kept = Vec::new();
    for end in ends {
        match end {
            Ok(one) => kept.push(one),
            Err(failure) => problems.extend(failure.problems),
        }
    }
    kept
}

struct Signing<'a> {
    hand: &'a Hand<'a>,
    store: &'a dyn Store,
    asked: &'a Asked,
    name: String,
    /// The repository's name.
    reference: String,
}

impl Signing<'_> {
    /// Sees that there is a signature of ours in a form, and gives the manifest that attaches it.
    async fn ensure(&self, image: &Descriptor, form: AttachedForm) -> Result<(Digest, Done), Failure> {
        let artifact = as_artifact(&self.name, &image.digest)?;
        if let Some(there) = self.find(&image.digest, form, &artifact).await? {
            return Ok((there, Done::Before));
        }
        let attestation = match form {
            AttachedForm::Bundle => Attestation::signature(image.clone()),
            AttachedForm::Legacy => Attestation::legacy_signature(image.clone(), &self.reference),
        };
        let payload = attestation.payload.written().expect("what a signature states is written here");
        let bare = Artifact::of_bytes(payload.to_vec());
        let bundle = match attestation.is_bare() {
            true => self.hand.sign(&self.name, Payload::Artifact(&bare), &bare).await?,
            false => self.hand.sign(&self.name, Payload::Statement(payload), &artifact).await?,
        };
        let signed = render(&attestation, payload, &bundle).map_err(|why| no_place(&self.name, &why))?;
        let attachment = attachment(&attestation, signed.clone(), wire::now());
        match attach(&Ungated(self.store), &*wire::clock(), &*attachment).await {
            Ok(()) => {}
            Err(AttachError::World(error)) => return Err(error.explain(self.asked).into()),
            Err(AttachError::Unlisted { .. }) => return Err(unlisted(&self.name).into()),
        }
        let attached = self.find_attached(&image.digest, form, |one| one.signed == signed).await?;
        match attached {
            Some(attached) => Ok((attached.manifest, Done::Now)),
            None => Err(unlisted(&self.name).into()),
        }
    }

    /// The manifest that attaches a signature of ours, if one is there.
    async fn find(
        &self,
        image: &Digest,
        form: AttachedForm,
        artifact: &Artifact,
    ) -> Result<Option<Digest>, Failure> {
        let policy = Policy { signer: self.hand.us.clone(), predicate_type: Some(SIGNATURE.to_owned()) };
        let ours = self.find_attached(image, form, |one| {
            let found = Found::read(form, &one.signed, SIGNATURE);
            found.is_ok_and(|found| found.verify(artifact, &policy, self.hand.root()).is_verified())
        });
        Ok(ours.await?.map(|one| one.manifest))
    }

    async fn find_attached(
        &self,
        image: &Digest,
        form: AttachedForm,
        fits: impl FnMut(&Attached) -> bool,
    ) -> Result<Option<Attached>, Failure> {
        let pull: &dyn Pull = self.store;
        let found = async { list_attached(pull, form, image, SIGNATURE).await?.find(fits).await };
        Ok(found.await.map_err(|error| error.explain(self.asked))?)
    }
}

/// Why what was signed of an image can't be attached in the older form.
pub(in crate::cli) fn no_place(image: &str, why: &LegacyError) -> Diagnostic {
    let message = format!("the signature of {image} can't be attached in cosign's older form");
    Diagnostic::error(Code::TrustInvalid, Cure::FixThenRunAgain, message)
        .because(why)
        .help("sign it with `--format bundle`, or name a log of version 1 in the signing config")
}

fn unlisted(image: &str) -> Diagnostic {
    let message = format!("the signature of {image} was written, and the registry does not list it");
    Diagnostic::error(Code::Incomplete, Cure::RunAgain, message)
        .help("another program may have written the list of what refers to the image at the same time")
}
