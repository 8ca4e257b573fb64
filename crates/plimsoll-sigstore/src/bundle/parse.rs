//! Text → bundle.

use crate::artifact::{ArtifactDigest, HashAlgorithm};
use crate::bundle::json::{BundleJson, EntryJson, MaterialJson, MessageJson, ProofJson};
use crate::bundle::{
    Bundle, BundleError, Content, InclusionProof, LIMIT, LogEntry, MEDIA_TYPE, MOST, One, Signer, Version,
};
use crate::dsse::EnvelopeJson;

impl Bundle {
    /// Reads a bundle of version 0.1, 0.2 or 0.3.
    ///
    /// # Errors
    /// [`BundleError`]: also for fields that are not known, and for what its version of the format asks for.
    pub fn parse(text: &[u8]) -> Result<Bundle, BundleError> {
        if text.len() > LIMIT {
            return Err(BundleError::TooLarge { found: text.len() });
        }
        let json: BundleJson =
            serde_json::from_slice(text).map_err(|error| BundleError::Shape(error.to_string()))?;
        let version = Version::parse(&json.media_type)?;
        let signer = read_signer(&json.verification_material, version)?;
        let content = read_content(json.message_signature, json.dsse_envelope)?;
        let MaterialJson { tlog_entries, timestamp_verification_data, .. } = json.verification_material;
        let stamps = timestamp_verification_data.map(|data| data.rfc3161_timestamps).unwrap_or_default();
        for (what, found) in [("log entries", tlog_entries.len()), ("timestamps", stamps.len())] {
            if found > MOST {
                return Err(BundleError::Many { what, found });
            }
        }
        let entries = tlog_entries.into_iter().map(LogEntry::try_from).collect::<Result<Vec<_>, _>>()?;
        for entry in &entries {
            let lacks = match version {
                Version::V0_1 => entry.promise.is_none().then_some("inclusion promise"),
                Version::V0_2 | Version::V0_3 => entry.proof.is_none().then_some("inclusion proof"),
            };
            if let Some(what) = lacks {
                return Err(BundleError::Entry { index: entry.log_index, what });
            }
        }
        let timestamps = stamps.into_iter().map(|one| one.signed_timestamp.0).collect();
        Ok(Bundle { version, signer, entries, timestamps, content })
    }
}

impl Version {
    fn parse(media_type: &str) -> Result<Version, BundleError> {
        match media_type {
            "application/vnd.dev.sigstore.bundle+json;version=0.1" => Ok(Version::V0_1),
            "application/vnd.dev.sigstore.bundle+json;version=0.2" => Ok(Version::V0_2),
            MEDIA_TYPE | "application/vnd.dev.sigstore.bundle+json;version=0.3" => Ok(Version::V0_3),
            _ => Err(BundleError::MediaType(media_type.to_owned())),
        }
    }
}

fn read_signer(material: &MaterialJson, version: Version) -> Result<Signer, BundleError> {
    match (&material.public_key, &material.certificate, &material.x509_certificate_chain) {
        (Some(key), None, None) => Ok(Signer::Key(key.hint.clone())),
        (None, Some(certificate), None) => Ok(Signer::Certificate(certificate.raw_bytes.0.clone())),
        (None, None, Some(_)) if version == Version::V0_3 => Err(BundleError::Chain),
        (None, None, Some(chain)) => match chain.certificates.first() {
            Some(leaf) => Ok(Signer::Certificate(leaf.raw_bytes.0.clone())),
            None => Err(BundleError::NotOne { what: One::Signer, found: 0 }),
        },
        (key, certificate, chain) => {
            let found = usize::from(key.is_some())
                + usize::from(certificate.is_some())
                + usize::from(chain.is_some());
            Err(BundleError::NotOne { what: One::Signer, found })
        }
    }
}

fn read_content(
    message: Option<MessageJson>,
    envelope: Option<EnvelopeJson>,
) -> Result<Content, BundleError> {
    let content = match (message, envelope) {
        (Some(message), None) => {
            let digest = message.message_digest.map(|digest| {
                let algorithm = HashAlgorithm::from_proto_name(&digest.algorithm)?;
                ArtifactDigest::new(algorithm, digest.digest.0)
            });
            let digest = match digest {
                Some(None) => return Err(BundleError::Digest),
                Some(digest) => digest,
                None => None,
            };
            Content::Message { digest, signature: message.signature.0 }
        }
        (None, Some(envelope)) => {
            let found = envelope.signatures.len();
            let envelope =
                envelope.into_envelope().ok_or(BundleError::NotOne { what: One::Signature, found })?;
            Content::Envelope(envelope)
        }
        (message, envelope) => {
            let found = usize::from(message.is_some()) + usize::from(envelope.is_some());
            return Err(BundleError::NotOne { what: One::Content, found });
        }
    };
    match content.signature().is_empty() {
        true => Err(BundleError::NoSignature),
        false => Ok(content),
    }
}

impl TryFrom<EntryJson> for LogEntry {
    type Error = BundleError;

    fn try_from(json: EntryJson) -> Result<LogEntry, BundleError> {
        Ok(LogEntry {
            log_index: json.log_index.natural().ok_or(BundleError::Negative("logIndex"))?,
            log_id: json.log_id.key_id.0,
            kind: json.kind_version.kind,
            version: json.kind_version.version,
            integrated_time: Some(json.integrated_time.0).filter(|time| *time != 0),
            promise: json.inclusion_promise.map(|promise| promise.signed_entry_timestamp.0),
            proof: json.inclusion_proof.map(InclusionProof::try_from).transpose()?,
            body: json.canonicalized_body.0,
        })
    }
}

impl TryFrom<ProofJson> for InclusionProof {
    type Error = BundleError;

    fn try_from(json: ProofJson) -> Result<InclusionProof, BundleError> {
        Ok(InclusionProof {
            log_index: json.log_index.natural().ok_or(BundleError::Negative("logIndex"))?,
            root_hash: json.root_hash.0,
            tree_size: json.tree_size.natural().ok_or(BundleError::Negative("treeSize"))?,
            hashes: json.hashes.into_iter().map(|hash| hash.0).collect(),
            checkpoint: json.checkpoint.envelope,
        })
    }
}

impl LogEntry {
    /// Reads an entry as version 2 of Rekor answers it, and as bundles hold it.
    ///
    /// # Errors
    /// [`BundleError`].
    pub fn parse(text: &[u8]) -> Result<LogEntry, BundleError> {
        let json: EntryJson =
            serde_json::from_slice(text).map_err(|error| BundleError::Shape(error.to_string()))?;
        LogEntry::try_from(json)
    }
}
