//! `sign image`: a signature that is attached to an image, where it lies.

use std::collections::BTreeMap;

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args, ValueEnum};
use futures_util::{StreamExt as _, stream};
use plimsoll_engine::check::Findings;
use plimsoll_engine::domain::attestation::{AttachedForm, Attestation, SignatureForm};
use plimsoll_engine::domain::diagnostic::Reach;
use plimsoll_oci::model::Descriptor;
use plimsoll_oci::name::Digest;
use plimsoll_sigstore::statement::Statement;

use super::with::{Hand, With};
use crate::cli::attaching::{Attaching, Saying};
use crate::cli::copy::{Place, Surroundings};
use crate::cli::ending::{Ended, Failure, Left, Outcome};
use crate::cli::image_digest::{find_image, find_platforms};
use crate::cli::session::Session;
use crate::explain::{Asked, Keeping};
use crate::output::Answer;
use crate::output::json::signed::{AttachedInfo, ImageSigning, SignedImages, SignedPlatform};

/// How many images are signed side by side.
const IMAGES_AT_ONCE: usize = 8;

/// Signs images, where they lie
///
/// The signature is what cosign 3 makes: a bundle that refers to the image, found by the referrers API or, where the registry
/// has none, under the tag `sha256-…`. Of an image for several platforms the index is signed, with `--recursive` the image for each
/// platform, too. Where the same signer has signed it before nothing is added. Several images are signed side by side, with a key that is opened once or one certificate. With a key
/// alone nobody but the registry is asked. The password of an encrypted key comes from PLIMSOLL_KEY_PASSWORD or COSIGN_PASSWORD, or is
/// asked for on a terminal.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll sign image ghcr.io/acme/app:v1.0.0 --key release.key
  plimsoll sign image local:ghcr.io/acme/app@sha256:2a4c… --key env:COSIGN_PRIVATE_KEY
  plimsoll sign image ghcr.io/acme/app:v1.0.0 ghcr.io/acme/worker:v1.0.0 --key 'command:pass show release/key'
  plimsoll sign image ghcr.io/acme/app:v1.0.0 --key release.key --format both
  plimsoll sign image ghcr.io/acme/app:v1.0.0 --key release.key --recursive
  plimsoll sign image ghcr.io/acme/app:v1.0.0 --identity-token token \\
    --signing-config signing_config.json --trusted-root trusted_root.json")]
pub(in crate::cli) struct SignImage {
    /// The images: each its repository, with tag or digest
    #[arg(value_name = "REF", required = true)]
    pub images: Vec<Place>,
    /// In which form the signature is attached
    #[arg(long, value_name = "FORM", env = "PLIMSOLL_FORMAT", value_enum, default_value_t = Form::Bundle)]
    pub format: Form,
    /// Signs the image for each platform, too, beside the index that names them
    #[arg(short, long, env = "PLIMSOLL_RECURSIVE", value_parser = FalseyValueParser::new(), action = ArgAction::SetTrue)]
    pub recursive: bool,
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
        hand.check_form(self.format.into())?;
        session.look(async {
            let asked = Asked { verb: "sign", tag: None, keeping: Keeping::Local };
            let surroundings = Surroundings::look(session, &asked).await?;
            // What lies in files is written by one at a time.
            let at_once = match self.images.iter().all(Place::is_in_registry) {
                true => IMAGES_AT_ONCE,
                false => 1,
            };
            let looks = self.images.iter().map(|place| self.find(place, &surroundings, &asked));
            let found: Vec<_> = stream::iter(looks).buffered(at_once).collect().await;
            // Two names of one image are one thing to sign.
            let parts = found.iter().flatten().flat_map(Named::parts);
            let once: BTreeMap<Key, _> =
                parts.map(|(place, part)| (key(place, part), (place, part))).collect();
            let signing = once.into_iter().map(async |(key, (place, part))| {
                (key, self.sign(place, part, &hand, &surroundings, &asked).await)
            });
            let signed: BTreeMap<Key, Signed> =
                stream::iter(signing).buffered(at_once).collect::<Vec<_>>().await.into_iter().collect();
            // One that can't be signed keeps no other from it.
            let failures = found.iter().filter_map(|found| found.as_ref().err());
            let failures = failures.chain(signed.values().filter_map(|signed| signed.failed.as_ref()));
            let problems: Findings = failures.flat_map(|failure| failure.problems.all().to_vec()).collect();
            let nothing = signed.values().all(|signed| signed.signatures.is_empty());
            if problems.has_errors() && nothing {
                let left = if signed.is_empty() { Left::Nothing } else { Left::Some };
                return Err(Failure::from(problems).leaving(left));
            }
            let mut answer = SignedImages::by(&hand.name);
            for (place, found) in self.images.iter().zip(&found) {
                match found {
                    Ok(named) => answer.add(named.describe(&signed)),
                    Err(failure) => answer.add(ImageSigning::unseen(&place.to_string(), &failure.problems)),
                }
            }
            let has_left = self.images.iter().any(Place::is_in_registry)
                && signed.values().flat_map(|signed| &signed.signatures).any(AttachedInfo::is_new);
            let reach = if has_left { Reach::Visible } else { Reach::Nothing };
            // One image that is signed has an answer of its own.
            let answer = match (answer.images.as_slice(), answer.unsigned.as_slice()) {
                ([one], []) => Answer::Signed(one.clone()),
                _ => Answer::SignedImages(answer),
            };
            Ok(Ended::at(answer, problems, reach))
        })
    }

    async fn find<'a>(
        &self,
        place: &'a Place,
        surroundings: &Surroundings<'_>,
        asked: &Asked,
    ) -> Result<Named<'a>, Failure> {
        let root = find_image(place, surroundings, asked).await?;
        let platforms = match self.recursive {
            true => find_platforms(place, &root, surroundings, asked).await?,
            false => Vec::new(),
        };
        Ok(Named { place, root, platforms })
    }

    async fn sign(
        &self,
        place: &Place,
        part: &Descriptor,
        hand: &Hand<'_>,
        surroundings: &Surroundings<'_>,
        asked: &Asked,
    ) -> Signed {
        let mut signed = Signed::default();
        let store = match place.open_store(surroundings) {
            Ok(store) => store,
            Err(failure) => return Signed { failed: Some(failure), ..signed },
        };
        let attaching = Attaching { hand, store: &*store, asked, name: place.to_string() };
        // Without what its index says of it.
        let image = Descriptor::new(part.media_type.clone(), part.digest.clone(), part.size);
        let signature = Signature { image, reference: place.reference() };
        let ensured = attaching.ensure(&signature, self.format.into(), &mut signed.signatures).await;
        signed.failed = ensured.err();
        signed
    }
}

/// One manifest in one place.
type Key = (String, Digest);

fn key(place: &Place, part: &Descriptor) -> Key {
    (place.container(), part.digest.clone())
}

/// An image as it was named, and what of it is signed.
struct Named<'a> {
    place: &'a Place,
    root: Descriptor,
    platforms: Vec<Descriptor>,
}

impl Named<'_> {
    fn parts(&self) -> impl Iterator<Item = (&Place, &Descriptor)> {
        std::iter::once(&self.root).chain(&self.platforms).map(|part| (self.place, part))
    }

    /// What came of it.
    fn describe(&self, signed: &BTreeMap<Key, Signed>) -> ImageSigning {
        let of = |part: &Descriptor| signed.get(&key(self.place, part)).cloned().unwrap_or_default();
        let platform = |part: &Descriptor| {
            let name = part.platform.as_ref().map(ToString::to_string);
            SignedPlatform {
                platform: name,
                digest: part.digest.to_string(),
                signatures: of(part).signatures,
            }
        };
        let failures = self.parts().filter_map(|(_, part)| of(part).failed);
        ImageSigning {
            artifact: self.place.to_string(),
            digest: Some(self.root.digest.clone()),
            signatures: of(&self.root).signatures,
            platforms: self.platforms.iter().map(platform).collect(),
            problems: failures.flat_map(|failure| failure.problems).collect(),
        }
    }
}

/// What came of signing one manifest.
#[derive(Clone, Default)]
struct Signed {
    /// The forms in which it is signed.
    signatures: Vec<AttachedInfo>,
    /// Why it is in no further one.
    failed: Option<Failure>,
}

/// "This is signed", of one image.
struct Signature {
    image: Descriptor,
    /// The repository's name.
    reference: String,
}

impl Saying for Signature {
    fn attestation(&self, form: AttachedForm) -> Attestation {
        match form {
            AttachedForm::Bundle => Attestation::signature(self.image.clone()),
            AttachedForm::Legacy => Attestation::legacy_signature(self.image.clone(), &self.reference),
        }
    }

    /// There is nothing else in it.
    fn is_said_by(&self, _: Option<&Statement>) -> bool {
        true
    }
}
