//! Signatures as Sigstore makes them: who signs what is released, and whose signatures count.
//!
//! Keys, tokens and roots are read when they are needed for the first time. What is public (keys, roots, signing configs) is read where
//! the configuration was that names it: of a commit it is the commit's if that has it, else what lies in the working directory. A
//! private key is never in a commit.

mod signer;
mod sources;
mod stated;
mod trusted;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use plimsoll_engine::domain::attestation::{
    AttachedForm, Attestation, Equality, Judgement, SignatureForm, Signed,
};
use plimsoll_engine::domain::time::Moment;
use plimsoll_engine::world::Work;
use plimsoll_engine::world::signatures::{Signatures, SignaturesView, SigningError};
use plimsoll_oci::name::Digest;
use plimsoll_sigstore::artifact::{Artifact, ArtifactDigest};
use plimsoll_sigstore::bundle::Bundle;
use plimsoll_sigstore::keyless::Payload;
use tokio::sync::OnceCell;

use crate::adapters::clock::now;
use crate::config::{Means, SigningSettings};
use crate::signed_forms::{Found, render};
use signer::Signer;
pub(crate) use sources::Sources;
pub(crate) use stated::StatedSignatures;
use trusted::read_trusted;
pub(crate) use trusted::{Judged, Trusted};

/// Whose signatures count by a configuration; none where it does not say.
pub(crate) async fn trusted(
    settings: &SigningSettings,
    sources: &Sources,
) -> Result<Vec<Trusted>, SigningError> {
    read_trusted(&settings.trust, settings.signer.as_ref(), sources).await
}

/// Signatures by the signer of a configuration, and by whom it trusts.
pub(crate) struct SigstoreSignatures {
    settings: SigningSettings,
    sources: Sources,
    signer: OnceCell<Signer>,
    trusted: OnceCell<Vec<Trusted>>,
    /// What was signed in this run: what has to be attached again is not signed again.
    signed: Mutex<BTreeMap<(Digest, Digest, AttachedForm), Bundle>>,
}

impl SigstoreSignatures {
    /// Those that a configuration means.
    pub(crate) fn new(settings: &SigningSettings, sources: Sources) -> SigstoreSignatures {
        SigstoreSignatures {
            settings: settings.clone(),
            sources,
            signer: OnceCell::new(),
            trusted: OnceCell::new(),
            signed: Mutex::default(),
        }
    }

    async fn signer(&self) -> Result<&Signer, SigningError> {
        let settings = self.settings.signer.as_ref().ok_or(SigningError::NoSigner)?;
        self.signer.get_or_try_init(|| Signer::read(settings, &self.sources)).await
    }

    async fn trusted(&self) -> Result<&[Trusted], SigningError> {
        if self.settings.trust.is_empty() {
            return Err(SigningError::NoTrust);
        }
        let read = || read_trusted(&self.settings.trust, self.settings.signer.as_ref(), &self.sources);
        Ok(self.trusted.get_or_try_init(read).await?)
    }

    async fn check_ready(&self) -> Result<(), SigningError> {
        let (signer, trusted) = (self.signer().await?, self.trusted().await?);
        signer.check_form()?;
        let voice = signer.voice(&self.sources).await?;
        let now = now();
        match trusted.iter().any(|one| one.counts_at(now) && one.may_be(&voice)) {
            true => Ok(()),
            false => Err(SigningError::Untrusted {
                signer: voice.name(),
                trusted: trusted.iter().map(ToString::to_string).collect(),
            }),
        }
    }

    async fn sign_attestation(
        &self,
        attestation: &Attestation,
        payload: &[u8],
    ) -> Result<Signed, SigningError> {
        let key = (attestation.subject.digest.clone(), attestation.payload.digest());
        // The same statement about several things is the same bundle: its subjects are all of them.
        let key = match attestation.equality {
            Equality::Bytes => (key.1.clone(), key.1, attestation.form),
            Equality::Meaning => (key.0, key.1, attestation.form),
        };
        let there = self.signed.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        let bundle = match there {
            Some(bundle) => bundle,
            None => {
                let made = self.make(attestation, payload).await?;
                let mut signed = self.signed.lock().unwrap_or_else(PoisonError::into_inner);
                signed.entry(key).or_insert(made).clone()
            }
        };
        render(attestation, payload, &bundle)
            .map_err(|why| SigningError::Form { form: SignatureForm::Legacy, why: why.to_string() })
    }

    async fn make(&self, attestation: &Attestation, payload: &[u8]) -> Result<Bundle, SigningError> {
        let content = Artifact::of_bytes(payload.to_vec());
        let content = match (attestation.is_bare(), attestation.form) {
            (true, _) => Payload::Artifact(&content),
            (false, AttachedForm::Bundle) => Payload::Statement(payload),
            (false, AttachedForm::Legacy) => Payload::LegacyStatement(payload),
        };
        self.signer().await?.sign(content, &self.sources).await
    }
}

/// What a bundle is worth, by whom is trusted.
fn judge(signed: &Signed, attestation: &Attestation, at: Moment, trusted: &[Trusted]) -> Judgement {
    let refused = |why: String| Judgement::Refused { why };
    let found = match Found::read(attestation.form, signed, &attestation.predicate_type) {
        Ok(found) => found,
        Err(why) => return refused(why.to_string()),
    };
    if attestation.equality == Equality::Bytes && !found.states(&attestation.payload.digest()) {
        return refused("it states something else".to_owned());
    }
    let Some(digest) = ArtifactDigest::parse(&attestation.subject.digest.to_string()) else {
        return refused("its digest is of a kind that can't be signed".to_owned());
    };
    let artifact = Artifact::known_by(digest);
    let mut why = None;
    for one in trusted {
        let judged = one.judge(&found, &artifact, &attestation.predicate_type, at);
        if judged.counts() {
            return Judgement::Vouched { by: one.to_string() };
        }
        let Judged { report, untimely } = judged;
        why = why.or(report.refusal().map(ToString::to_string)).or(untimely);
    }
    refused(why.unwrap_or_else(|| "nobody whose signatures count has signed it".to_owned()))
}

impl SignaturesView for SigstoreSignatures {
    fn ready(&self) -> Work<'_, (), SigningError> {
        Box::pin(self.check_ready())
    }

    fn at_hand(&self) -> Work<'_, (), SigningError> {
        Box::pin(async {
            match self.settings.signer.as_ref().map(|signer| &signer.means) {
                Some(Means::Key(name)) => self.sources.check_private_key(name).await,
                Some(Means::Identity { .. }) | None => Ok(()),
            }
        })
    }

    fn workflow(&self) -> Work<'_, Option<String>, SigningError> {
        Box::pin(async { self.signer().await?.workflow(&self.sources).await })
    }

    fn judge<'a>(
        &'a self,
        signed: &'a Signed,
        attestation: &'a Attestation,
        at: Moment,
    ) -> Work<'a, Judgement, SigningError> {
        Box::pin(async move { Ok(judge(signed, attestation, at, self.trusted().await?)) })
    }
}

impl Signatures for SigstoreSignatures {
    fn sign<'a>(&'a self, attestation: &'a Attestation, payload: &'a [u8]) -> Work<'a, Signed, SigningError> {
        Box::pin(self.sign_attestation(attestation, payload))
    }
}
