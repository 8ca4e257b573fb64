//! Is the signature in a trusted log?

use crate::artifact::{ArtifactDigest, HashAlgorithm};
use crate::bundle::{Content, LogEntry, Signer};
use crate::key::PublicKey;
use crate::log::{DigestOf, LogError, Logged, Recorded, RecordedSigner};
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
    let signature = Signature {
        signer: &case.bundle.signer,
        key: match &case.policy.signer {
            RequiredSigner::Key(key) => Some(key),
            _ => None,
        },
        content: &case.bundle.content,
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
    /// The digest of a file that is signed, by an algorithm.
    pub(crate) file: D,
}

impl<'a, D: FnOnce(HashAlgorithm) -> Option<&'a ArtifactDigest>> Signature<'a, D> {
    /// In what an entry says something else.
    pub(crate) fn find_difference(self, recorded: &Recorded) -> Option<Differing> {
        if recorded.signature != self.content.signature() {
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
            (Content::Message { .. }, DigestOf::Payload) => false,
        };
        (!same_digest).then_some(Differing::Digest)
    }
}
