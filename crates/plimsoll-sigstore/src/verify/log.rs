//! Is the signature in a trusted log?

use crate::artifact::{ArtifactDigest, HashAlgorithm};
use crate::bundle::{Content, LogEntry, Signer};
use crate::key::PublicKey;
use crate::log::{BodyError, DigestOf, LogError, Logged, Recorded, RecordedSigner};
use crate::policy::RequiredSigner;
use crate::timestamp::Timestamped;
use crate::trust::TrustedRoot;
use crate::verify::{Case, Outcome};

/// Why the signature is not known to be in a log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogRefusal {
    /// The bundle has no entry.
    #[error("the bundle has no entry of a transparency log")]
    Missing,
    /// The entry is not known to be in a log.
    #[error(transparent)]
    Entry(#[from] LogError),
    /// It is an entry of another signature.
    #[error("the log entry is that of another signature: its {0} is another")]
    OtherSignature(Differing),
}

/// In what a log entry differs from the bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Differing {
    /// In the signature.
    Signature,
    /// In the certificate or key.
    Signer,
    /// In the digest of what is signed.
    Digest,
}

impl std::fmt::Display for Differing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Differing::Signature => "signature",
            Differing::Signer => "signer",
            Differing::Digest => "digest",
        })
    }
}

impl LogRefusal {
    /// The reason as a word.
    pub fn word(&self) -> &'static str {
        match self {
            LogRefusal::Missing => "log-entry-missing",
            LogRefusal::Entry(why) => why.word(),
            LogRefusal::OtherSignature(_) => "log-other-signature",
        }
    }
}

pub(super) fn check(case: &Case<'_>, stamped: &[Timestamped]) -> (Outcome, Vec<Logged>) {
    let root = match case.root() {
        Ok(root) => root,
        Err(outcome) => return (outcome, Vec::new()),
    };
    if case.bundle.entries.is_empty() {
        let outcome = match case.is_certified() {
            // The certificate is then good for the time of a timestamp, or for none.
            true if root.logs.is_empty() => {
                Outcome::NotApplicable("the trusted root names no transparency log")
            }
            true => Outcome::Refused(LogRefusal::Missing.into()),
            false => Outcome::NotApplicable("the bundle has no log entry; the key vouches by itself"),
        };
        return (outcome, Vec::new());
    }
    match verify_all(case, root, stamped) {
        Ok(logged) => {
            let found: Vec<String> =
                logged.iter().map(|entry| format!("entry {} of {}", entry.index, entry.log)).collect();
            (Outcome::Passed(found.join(", ")), logged)
        }
        Err(why) => (Outcome::Refused(why.into()), Vec::new()),
    }
}

/// Verifies every entry of a trusted log; entries of other logs are passed over if there is one of a trusted.
fn verify_all(
    case: &Case<'_>,
    root: &TrustedRoot,
    stamped: &[Timestamped],
) -> Result<Vec<Logged>, LogRefusal> {
    let mut logged = Vec::new();
    let mut unknown = None;
    for entry in &case.bundle.entries {
        match verify(case, root, entry, stamped) {
            Ok(one) => logged.push(one),
            Err(why @ LogRefusal::Entry(LogError::UnknownLog(_))) => unknown = Some(why),
            Err(why) => return Err(why),
        }
    }
    match (logged.is_empty(), unknown) {
        (true, Some(why)) => Err(why),
        _ => Ok(logged),
    }
}

fn verify(
    case: &Case<'_>,
    root: &TrustedRoot,
    entry: &LogEntry,
    stamped: &[Timestamped],
) -> Result<Logged, LogRefusal> {
    let logged = entry.verify(&root.logs, stamped)?;
    if logged.recorded.digest_of == DigestOf::Envelope && case.envelope.is_none() {
        // How the envelope in a bundle was spelled when it was logged is not known.
        let (kind, version) = (entry.kind.clone(), entry.version.clone());
        return Err(LogError::Body(BodyError::Kind { kind, version }).into());
    }
    let signature = Signature {
        signer: &case.bundle.signer,
        key: match &case.policy.signer {
            RequiredSigner::Key(key) => Some(key),
            _ => None,
        },
        content: &case.bundle.content,
        envelope: case.envelope,
        file: |algorithm| case.artifact.digest(algorithm),
    };
    match signature.find_difference(&logged.recorded) {
        None => Ok(logged),
        Some(what) => Err(LogRefusal::OtherSignature(what)),
    }
}

/// A signature, as an entry must record it.
pub(crate) struct Signature<'a, D> {
    /// Whose certificate or key.
    pub(crate) signer: &'a Signer,
    /// The key that it is by where there is no certificate.
    pub(crate) key: Option<&'a PublicKey>,
    /// The signature, with the envelope that is signed, if there is one.
    pub(crate) content: &'a Content,
    /// The bytes of that envelope, where it lies somewhere by itself.
    pub(crate) envelope: Option<&'a [u8]>,
    /// The digest of a file that is signed, by an algorithm.
    pub(crate) file: D,
}

impl<'a, D: FnOnce(HashAlgorithm) -> Option<&'a ArtifactDigest>> Signature<'a, D> {
    /// In what an entry says something else.
    pub(crate) fn find_difference(self, recorded: &Recorded) -> Option<Differing> {
        let same_signature = match (&recorded.signature, recorded.digest_of) {
            (Some(signature), _) => signature == self.content.signature(),
            // It is in what the digest is of.
            (None, of) => of == DigestOf::Envelope,
        };
        if !same_signature {
            return Some(Differing::Signature);
        }
        let same_signer = match (self.signer, &recorded.signer, self.key) {
            (Signer::Certificate(ours), RecordedSigner::Certificate(theirs), _) => ours == theirs,
            (Signer::Key(_), RecordedSigner::Key(theirs), Some(key)) => key.der() == theirs,
            _ => false,
        };
        if !same_signer {
            return Some(Differing::Signer);
        }
        let algorithm = recorded.digest.algorithm();
        let same_digest = match (self.content, recorded.digest_of) {
            (Content::Message { .. }, DigestOf::Signed) => (self.file)(algorithm) == Some(&recorded.digest),
            (Content::Envelope(envelope), DigestOf::Signed) => {
                algorithm.digest(&envelope.signed_bytes()) == recorded.digest
            }
            (Content::Envelope(envelope), DigestOf::Payload) => {
                algorithm.digest(&envelope.payload) == recorded.digest
            }
            (Content::Envelope(_), DigestOf::Envelope) => {
                self.envelope.is_some_and(|bytes| algorithm.digest(bytes) == recorded.digest)
            }
            (Content::Message { .. }, DigestOf::Payload | DigestOf::Envelope) => false,
        };
        (!same_digest).then_some(Differing::Digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsse::{Envelope, IN_TOTO};
    use crate::encoding::Base64;
    use crate::key::PrivateKey;

    #[test]
    fn an_entry_with_the_digest_of_an_envelope_is_of_that_text_alone() {
        let key = PrivateKey::generate().unwrap();
        let envelope = Envelope {
            payload: b"{}".to_vec(),
            payload_type: IN_TOTO.to_owned(),
            signature: vec![1],
            key_id: String::new(),
        };
        let text = envelope.render();
        let (enveloped, bare) =
            (Content::Envelope(envelope), Content::Message { digest: None, signature: vec![1] });
        // As version 1 of Rekor writes it down.
        let body = format!(
            r#"{{"apiVersion":"0.0.1","kind":"intoto","spec":{{"content":{{"hash":{{"algorithm":"sha256","value":"{}"}},"payloadHash":{{"algorithm":"sha256","value":"{}"}}}},"publicKey":"{}"}}}}"#,
            HashAlgorithm::Sha256.digest(text.as_bytes()).hex(),
            HashAlgorithm::Sha256.digest(b"{}").hex(),
            Base64::text(key.public().render().as_bytes())
        );
        let entry = LogEntry {
            log_index: 1,
            log_id: vec![1],
            kind: "intoto".to_owned(),
            version: "0.0.1".to_owned(),
            integrated_time: Some(1),
            promise: None,
            proof: None,
            body: body.into_bytes(),
        };
        let recorded = Recorded::parse(&entry).unwrap();
        let difference = |recorded: &Recorded, content, by: &PrivateKey, envelope: Option<&[u8]>| {
            let signer = Signer::Key(String::new());
            let signature =
                Signature { signer: &signer, key: Some(by.public()), content, envelope, file: |_| None };
            signature.find_difference(recorded)
        };
        let lies = Some(text.as_bytes());
        assert_eq!(difference(&recorded, &enveloped, &key, lies), None);
        let other = PrivateKey::generate().unwrap();
        assert_eq!(difference(&recorded, &enveloped, &other, lies), Some(Differing::Signer));
        let spaced = format!("{text} ");
        for (content, envelope) in [(&enveloped, Some(spaced.as_bytes())), (&enveloped, None), (&bare, lies)]
        {
            assert_eq!(difference(&recorded, content, &key, envelope), Some(Differing::Digest));
        }
        // No entry is without a signature otherwise.
        for digest_of in [DigestOf::Signed, DigestOf::Payload] {
            let recorded = Recorded { digest_of, ..recorded.clone() };
            assert_eq!(difference(&recorded, &enveloped, &key, lies), Some(Differing::Signature));
        }
    }
}
