//! The Sigstore bundle: a signature with all that it takes to verify it (protobuf-specs, `sigstore_bundle.proto`).

mod json;
mod parse;
mod render;

use std::fmt;

use crate::artifact::{ArtifactDigest, HashAlgorithm};
use crate::dsse::Envelope;

/// The largest bundle that is read, in bytes.
pub const LIMIT: usize = 8 * 1024 * 1024;

/// The most log entries, and the most timestamps, that a bundle may have: as many as others who verify allow, since each takes time.
const MOST: usize = 32;

/// The media type of bundles that are written: version 0.3.
pub const MEDIA_TYPE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// A bundle. Its bytes were read, nothing of it was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// The version of its format.
    pub version: Version,
    /// By whom it says that it is signed.
    pub signer: Signer,
    /// Its entries in transparency logs.
    pub entries: Vec<LogEntry>,
    /// RFC 3161 timestamps of the signature: each a `TimeStampResp` in DER.
    pub timestamps: Vec<Vec<u8>>,
    /// What is signed.
    pub content: Content,
}

/// A version of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// 0.1, where each log entry has a promise.
    V0_1,
    /// 0.2, where each log entry has a proof.
    V0_2,
    /// 0.3, where there is the signing certificate alone instead of a chain.
    V0_3,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Version::V0_1 => "0.1",
            Version::V0_2 => "0.2",
            Version::V0_3 => "0.3",
        })
    }
}

/// By whom a bundle says that it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signer {
    /// A key that the verifier knows, with a hint at which one; it may be empty.
    Key(String),
    /// The holder of a certificate, in DER. Others of its chain are taken from the trusted root alone.
    Certificate(Vec<u8>),
}

/// What is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Bytes that lie elsewhere.
    Message {
        /// What the bundle says that their digest is: a hint, which the verifier compares.
        digest: Option<ArtifactDigest>,
        /// The signature over them.
        signature: Vec<u8>,
    },
    /// An envelope, usually with a statement about files.
    Envelope(Envelope),
}

impl Content {
    /// The signature.
    pub fn signature(&self) -> &[u8] {
        match self {
            Content::Message { signature, .. } => signature,
            Content::Envelope(envelope) => &envelope.signature,
        }
    }

    /// The digest algorithm that a message's signature is over; SHA-256 for envelopes, whose subjects are known by it.
    pub fn hash(&self) -> HashAlgorithm {
        match self {
            Content::Message { digest: Some(digest), .. } => digest.algorithm(),
            Content::Message { digest: None, .. } | Content::Envelope(_) => HashAlgorithm::Sha256,
        }
    }
}

/// An entry of a transparency log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// Its place in the log.
    pub log_index: u64,
    /// The log's identifier.
    pub log_id: Vec<u8>,
    /// The kind of entry: `hashedrekord`, `dsse` or `intoto`.
    pub kind: String,
    /// The version of the kind.
    pub version: String,
    /// When the log took it in, in seconds since 1970, as the promise says; none in version 2 of Rekor.
    pub integrated_time: Option<i64>,
    /// The log's signature over the entry and its time (a signed entry timestamp), of version 1 of Rekor.
    pub promise: Option<Vec<u8>>,
    /// The proof that the entry is in the log.
    pub proof: Option<InclusionProof>,
    /// The entry itself, as the log holds it.
    pub body: Vec<u8>,
}

/// A proof that an entry is in a log (RFC 6962, 2.1.1), with the log's signature over its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InclusionProof {
    /// The entry's place in the tree.
    pub log_index: u64,
    /// The tree's root.
    pub root_hash: Vec<u8>,
    /// The number of its leaves.
    pub tree_size: u64,
    /// The path from the leaf to the root.
    pub hashes: Vec<Vec<u8>>,
    /// The signed note that states size and root.
    pub checkpoint: String,
}

/// Why a text is no bundle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// It is too long.
    #[error("the bundle has {found} bytes, more than {LIMIT}")]
    TooLarge {
        /// Its length in bytes.
        found: usize,
    },
    /// It is no JSON of the right shape.
    #[error("this is no sigstore bundle: {0}")]
    Shape(String),
    /// Its media type is not a bundle's.
    #[error("`{0}` is no media type of a bundle that can be read")]
    MediaType(String),
    /// Something is there several times, or not at all, of which there must be one.
    #[error("the bundle has {found} of {what}, and there must be exactly one")]
    NotOne {
        /// Of what.
        what: One,
        /// How many there are.
        found: usize,
    },
    /// There are more of something than anybody has use for.
    #[error("the bundle has {found} {what}, more than {MOST}")]
    Many {
        /// Of what.
        what: &'static str,
        /// How many there are.
        found: usize,
    },
    /// A chain of certificates, which version 0.3 leaves out.
    #[error("a bundle of version 0.3 has one certificate, no chain")]
    Chain,
    /// A number is below zero.
    #[error("`{0}` is below zero")]
    Negative(&'static str),
    /// A digest whose algorithm is not known, or whose length is not the algorithm's.
    #[error("the digest of the message is none of SHA2_256, SHA2_384 or SHA2_512")]
    Digest,
    /// A log entry lacks what its version of the format asks for.
    #[error("log entry {index} has no {what}")]
    Entry {
        /// Its index in the log.
        index: u64,
        /// What it lacks.
        what: &'static str,
    },
    /// The signature is empty.
    #[error("the signature is empty")]
    NoSignature,
}

/// What there must be one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum One {
    /// A key, a certificate or a chain.
    Signer,
    /// A message signature or an envelope.
    Content,
    /// The signature of an envelope.
    Signature,
}

impl fmt::Display for One {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            One::Signer => "public key, certificate",
            One::Content => "message signature, envelope",
            One::Signature => "signatures in its envelope",
        })
    }
}

impl BundleError {
    /// The reason as a word.
    pub fn word(&self) -> &'static str {
        match self {
            BundleError::TooLarge { .. } => "bundle-too-large",
            BundleError::Shape(_) => "bundle-malformed",
            BundleError::MediaType(_) => "bundle-media-type",
            BundleError::NotOne { what: One::Signer, .. } => "bundle-signers",
            BundleError::NotOne { what: One::Content, .. } => "bundle-contents",
            BundleError::NotOne { what: One::Signature, .. } => "bundle-signatures",
            BundleError::Many { .. } => "bundle-too-many",
            BundleError::Chain => "bundle-certificate-chain",
            BundleError::Negative(_) => "bundle-negative-number",
            BundleError::Digest => "bundle-digest-algorithm",
            BundleError::Entry { .. } => "bundle-log-entry-incomplete",
            BundleError::NoSignature => "bundle-without-signature",
        }
    }
}
