//! The forms in which signed statements are attached: between what the engine attaches and finds, and what Sigstore's crate signs
//! and verifies.

use bytes::Bytes;
use plimsoll_engine::domain::attestation::{AttachedForm, Attestation, SignatureForm, Signed};
use plimsoll_engine::domain::time::Moment;
use plimsoll_engine::statement::legacy::LegacyTag;
use plimsoll_oci::name::Digest;
use plimsoll_sigstore::artifact::Artifact;
use plimsoll_sigstore::bundle::{Bundle, BundleError, Content};
use plimsoll_sigstore::legacy::{Kind, Layer, LegacyError, PREDICATE_TYPE, verify_layer};
use plimsoll_sigstore::policy::Policy;
use plimsoll_sigstore::trust::{SigningConfig, SigningConfigError, TrustedRoot};
use plimsoll_sigstore::verify::{Report, verify};

/// What the older form has no room for.
pub(crate) const NO_ROOM: &str = "the older form has room for one entry of a log of version 1";

/// Whether what services add to a signature has a place in its form: cosign's older one has none for entries of logs without
/// promises, nor for several.
///
/// # Errors
/// The services are none that can be asked.
pub(crate) fn has_room(
    form: SignatureForm,
    services: Option<&SigningConfig>,
    now: Moment,
) -> Result<bool, SigningConfigError> {
    let logs = services.map(|config| config.chosen_log_versions(now.timestamp())).transpose()?;
    Ok(match (form, logs.as_deref()) {
        (SignatureForm::Bundle, _) | (_, None | Some([] | [1])) => true,
        (SignatureForm::Legacy | SignatureForm::Both, Some(_)) => false,
    })
}

/// Something that is attached. Nothing of it was verified.
#[derive(Clone, Debug)]
pub(crate) enum Found {
    /// A bundle.
    Bundle(Box<Bundle>),
    /// A layer in cosign's older form.
    Layer(Layer),
}

impl Found {
    /// Reads what is attached in a form, as a statement of a type.
    ///
    /// # Errors
    /// It is no bundle. What is wrong with a layer is found when it is verified.
    pub(crate) fn read(
        form: AttachedForm,
        signed: &Signed,
        predicate_type: &str,
    ) -> Result<Found, BundleError> {
        match form {
            AttachedForm::Bundle => Ok(Found::Bundle(Box::new(Bundle::parse(&signed.bytes)?))),
            AttachedForm::Legacy => {
                let kind = match LegacyTag::of_type(predicate_type) {
                    LegacyTag::Signatures => Kind::Signature,
                    LegacyTag::Attestations => Kind::Attestation,
                };
                let (bytes, annotations) = (signed.bytes.to_vec(), signed.annotations.clone());
                Ok(Found::Layer(Layer { kind, bytes, annotations }))
            }
        }
    }

    /// Whether it holds a statement whose bytes have this digest.
    pub(crate) fn states(&self, payload: &Digest) -> bool {
        let holds = |bundle: &Bundle| match &bundle.content {
            Content::Envelope(envelope) => Digest::of(&envelope.payload) == *payload,
            Content::Message { .. } => false,
        };
        match self {
            Found::Bundle(bundle) => holds(bundle),
            Found::Layer(layer) => layer.bundle().is_ok_and(|bundle| holds(&bundle)),
        }
    }

    /// Makes every check.
    pub(crate) fn verify(&self, artifact: &Artifact, policy: &Policy, root: Option<&TrustedRoot>) -> Report {
        match self {
            Found::Bundle(bundle) => verify(bundle, artifact, policy, root),
            Found::Layer(layer) => verify_layer(layer, artifact, policy, root),
        }
    }
}

/// A bundle, made over the bytes of an attestation, as it is attached.
///
/// # Errors
/// The form has no place for what is in it.
pub(crate) fn render(
    attestation: &Attestation,
    payload: &[u8],
    bundle: &Bundle,
) -> Result<Signed, LegacyError> {
    match attestation.form {
        AttachedForm::Bundle => Ok(Signed::bundle(Bytes::from(bundle.render()))),
        AttachedForm::Legacy => {
            let Layer { kind, bytes, mut annotations } = Layer::of_bundle(bundle, payload)?;
            if kind == Kind::Attestation {
                annotations.insert(PREDICATE_TYPE.to_owned(), attestation.predicate_type.clone());
            }
            Ok(Signed { bytes: Bytes::from(bytes), annotations })
        }
    }
}
