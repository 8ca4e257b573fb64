//! What a log entry says: which signature, by whom, over what.

use serde::Deserialize;

use crate::artifact::{ArtifactDigest, HashAlgorithm};
use crate::bundle::LogEntry;
use crate::certificate::Certificate;
use crate::encoding::{Base64, parse_hex};
use crate::key::PublicKey;

/// What a log entry says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The digest of what was signed; for entries of envelopes that of the payload alone, or of all of it.
    pub digest: ArtifactDigest,
    /// Of what that digest is.
    pub digest_of: DigestOf,
    /// The signature; none where the digest is of the envelope, which has it inside.
    pub signature: Option<Vec<u8>>,
    /// By whom.
    pub signer: RecordedSigner,
}

/// Of what the digest in a log entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigestOf {
    /// Of the bytes that are signed.
    Signed,
    /// Of an envelope's payload.
    Payload,
    /// Of an envelope as the log got it, byte for byte.
    Envelope,
}

/// By whom a log entry says that a signature is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordedSigner {
    /// The holder of a certificate, in DER.
    Certificate(Vec<u8>),
    /// The holder of a key, in DER.
    Key(Vec<u8>),
}

/// Why a log entry can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// It is no JSON of the right shape.
    #[error("the log entry can't be read: {0}")]
    Shape(String),
    /// It is of a kind that is not known.
    #[error("log entries of the kind {kind} {version} can't be read")]
    Kind {
        /// The kind.
        kind: String,
        /// Its version.
        version: String,
    },
    /// It is of another kind than the bundle says.
    #[error("the log entry is of another kind than the bundle says")]
    OtherKind,
    /// A digest in it is none.
    #[error("the digest in the log entry is of no known algorithm")]
    Digest,
    /// There is not exactly one signature in it.
    #[error("the log entry has {0} signatures, and there must be exactly one")]
    Signatures(usize),
    /// Its signer is neither certificate nor key.
    #[error("the log entry names neither a certificate nor a key")]
    Signer,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body<S> {
    api_version: String,
    kind: String,
    spec: S,
}

#[derive(Deserialize)]
struct HashedRekordV1 {
    data: DataV1,
    signature: SignatureV1,
}

#[derive(Deserialize)]
struct DataV1 {
    hash: HashV1,
}

#[derive(Deserialize)]
struct HashV1 {
    algorithm: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SignatureV1 {
    content: Base64,
    public_key: PemV1,
}

#[derive(Deserialize)]
struct PemV1 {
    content: Base64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DsseV1 {
    payload_hash: HashV1,
    signatures: Vec<DsseSignatureV1>,
}

#[derive(Deserialize)]
struct DsseSignatureV1 {
    signature: Base64,
    verifier: Base64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IntotoV1 {
    content: IntotoContentV1,
    public_key: Base64,
}

#[derive(Deserialize)]
struct IntotoContentV1 {
    hash: HashV1,
}

#[derive(Deserialize)]
struct IntotoV2 {
    content: IntotoContent,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IntotoContent {
    envelope: IntotoEnvelope,
    payload_hash: HashV1,
}

#[derive(Deserialize)]
struct IntotoEnvelope {
    signatures: Vec<IntotoSignature>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IntotoSignature {
    public_key: Base64,
    /// Base64 of base64.
    sig: Base64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HashedRekordV2 {
    #[serde(rename = "hashedRekordV002")]
    inside: HashedRekordV2Inside,
}

#[derive(Deserialize)]
struct HashedRekordV2Inside {
    data: HashV2,
    signature: SignatureV2,
}

#[derive(Deserialize)]
struct DsseV2 {
    #[serde(rename = "dsseV002")]
    inside: DsseV2Inside,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DsseV2Inside {
    payload_hash: HashV2,
    signatures: Vec<SignatureV2>,
}

#[derive(Deserialize)]
struct HashV2 {
    algorithm: String,
    digest: Base64,
}

#[derive(Deserialize)]
struct SignatureV2 {
    content: Base64,
    verifier: VerifierV2,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VerifierV2 {
    x509_certificate: Option<RawV2>,
    public_key: Option<RawV2>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawV2 {
    raw_bytes: Base64,
}

impl Recorded {
    /// Reads the body of an entry.
    ///
    /// # Errors
    /// [`BodyError`].
    pub fn parse(entry: &LogEntry) -> Result<Recorded, BodyError> {
        match (entry.kind.as_str(), entry.version.as_str()) {
            ("hashedrekord", "0.0.1") => {
                let spec: HashedRekordV1 = parse(entry)?;
                let signer = spec.signature.public_key.content.signer()?;
                Recorded::new(spec.data.hash.digest()?, DigestOf::Signed, spec.signature.content, signer)
            }
            ("hashedrekord", "0.0.2") => {
                let HashedRekordV2Inside { data, signature } = parse::<HashedRekordV2>(entry)?.inside;
                let signer = signature.verifier.signer()?;
                Recorded::new(data.digest()?, DigestOf::Signed, signature.content, signer)
            }
            ("dsse", "0.0.1") => {
                let spec: DsseV1 = parse(entry)?;
                let one = only(spec.signatures)?;
                let signer = one.verifier.signer()?;
                Recorded::new(spec.payload_hash.digest()?, DigestOf::Payload, one.signature, signer)
            }
            ("dsse", "0.0.2") => {
                let DsseV2Inside { payload_hash, signatures } = parse::<DsseV2>(entry)?.inside;
                let one = only(signatures)?;
                let signer = one.verifier.signer()?;
                Recorded::new(payload_hash.digest()?, DigestOf::Payload, one.content, signer)
            }
            // What cosign logged of attestations before version 2.2 of it.
            ("intoto", "0.0.1") => {
                let IntotoV1 { content, public_key } = parse(entry)?;
                let (digest, signer) = (content.hash.digest()?, public_key.signer()?);
                Ok(Recorded { digest, digest_of: DigestOf::Envelope, signature: None, signer })
            }
            ("intoto", "0.0.2") => {
                let content = parse::<IntotoV2>(entry)?.content;
                let one = only(content.envelope.signatures)?;
                let inner = String::from_utf8(one.sig.0).ok().and_then(|text| Base64::parse(&text));
                let inner =
                    inner.ok_or_else(|| BodyError::Shape("the signature is no base64 twice".to_owned()))?;
                let signer = one.public_key.signer()?;
                Recorded::new(content.payload_hash.digest()?, DigestOf::Payload, Base64(inner), signer)
            }
            (kind, version) => Err(BodyError::Kind { kind: kind.to_owned(), version: version.to_owned() }),
        }
    }

    fn new(
        digest: ArtifactDigest,
        digest_of: DigestOf,
        signature: Base64,
        signer: RecordedSigner,
    ) -> Result<Recorded, BodyError> {
        Ok(Recorded { digest, digest_of, signature: Some(signature.0), signer })
    }
}

fn parse<S: for<'de> Deserialize<'de>>(entry: &LogEntry) -> Result<S, BodyError> {
    let body: Body<S> =
        serde_json::from_slice(&entry.body).map_err(|error| BodyError::Shape(error.to_string()))?;
    match (body.kind.as_str(), body.api_version.as_str()) == (entry.kind.as_str(), entry.version.as_str()) {
        true => Ok(body.spec),
        false => Err(BodyError::OtherKind),
    }
}

fn only<T>(signatures: Vec<T>) -> Result<T, BodyError> {
    let found = signatures.len();
    let [one] = <[T; 1]>::try_from(signatures).map_err(|_| BodyError::Signatures(found))?;
    Ok(one)
}

impl HashV1 {
    fn digest(&self) -> Result<ArtifactDigest, BodyError> {
        let algorithm = HashAlgorithm::from_name(&self.algorithm).ok_or(BodyError::Digest)?;
        parse_hex(&self.value)
            .and_then(|bytes| ArtifactDigest::new(algorithm, bytes))
            .ok_or(BodyError::Digest)
    }
}

impl HashV2 {
    fn digest(self) -> Result<ArtifactDigest, BodyError> {
        let algorithm = HashAlgorithm::from_proto_name(&self.algorithm).ok_or(BodyError::Digest)?;
        ArtifactDigest::new(algorithm, self.digest.0).ok_or(BodyError::Digest)
    }
}

impl VerifierV2 {
    fn signer(self) -> Result<RecordedSigner, BodyError> {
        match (self.x509_certificate, self.public_key) {
            (Some(certificate), None) => Ok(RecordedSigner::Certificate(certificate.raw_bytes.0)),
            (None, Some(key)) => Ok(RecordedSigner::Key(key.raw_bytes.0)),
            _ => Err(BodyError::Signer),
        }
    }
}

impl Base64 {
    /// The certificate or key that these bytes hold in PEM.
    fn signer(&self) -> Result<RecordedSigner, BodyError> {
        let text = std::str::from_utf8(&self.0).map_err(|_| BodyError::Signer)?;
        if let Ok(certificate) = Certificate::parse_pem(text) {
            return Ok(RecordedSigner::Certificate(certificate.der().to_vec()));
        }
        let key = PublicKey::parse(text).map_err(|_| BodyError::Signer)?;
        Ok(RecordedSigner::Key(key.der().to_vec()))
    }
}
