//! A timestamp authority (RFC 3161).

use jiff::Timestamp;
use plimsoll_sigstore::artifact::{ArtifactDigest, HashAlgorithm};
use plimsoll_sigstore::certificate::{Authority, Certificate};
use plimsoll_sigstore::key::PrivateKey;
use plimsoll_sigstore::trust::ValidFor;

use super::NOW;
use super::certificate::*;
use super::certifier::authority;
use super::der::*;

const SIGNED_DATA: &str = "1.2.840.113549.1.7.2";
const TST_INFO: &str = "1.2.840.113549.1.9.16.1.4";
const CONTENT_TYPE: &str = "1.2.840.113549.1.9.3";
const MESSAGE_DIGEST: &str = "1.2.840.113549.1.9.4";
const SIGNING_CERTIFICATE: &str = "1.2.840.113549.1.9.16.2.47";
pub(crate) const SHA256: &str = "2.16.840.1.101.3.4.2.1";
const ECDSA_SHA256: &str = "1.2.840.10045.4.3.2";

/// The authority.
pub(crate) struct StampAuthority {
    root: Vec<u8>,
    certificate: Vec<u8>,
    pub(crate) key: PrivateKey,
}

/// An answer that is not signed yet.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) status: u8,
    pub(crate) stamped: ArtifactDigest,
    pub(crate) at: Timestamp,
    pub(crate) nonce: Option<u8>,
    /// The serial number of the certificate that it names.
    pub(crate) serial: u8,
    /// The digest of its content that it signs; the right one if nothing is said.
    pub(crate) message_digest: Option<ArtifactDigest>,
    /// The certificate whose digest it signs; the right one if nothing is said.
    pub(crate) certificate: Option<Vec<u8>>,
    /// Certificates that it brings along.
    pub(crate) brought: Vec<u8>,
}

impl Answer {
    /// A timestamp of bytes.
    pub(crate) fn of(bytes: &[u8]) -> Answer {
        Answer {
            status: 0,
            stamped: HashAlgorithm::Sha256.digest(bytes),
            at: NOW,
            nonce: None,
            serial: 3,
            message_digest: None,
            certificate: None,
            brought: Vec::new(),
        }
    }
}

impl StampAuthority {
    pub(crate) fn new() -> StampAuthority {
        let [root_key, key] = [(); 2].map(|()| PrivateKey::generate().unwrap());
        let root = authority("stamps", "stamps", root_key.public()).sign(&root_key);
        let mut draft = authority("stamp", "stamps", key.public());
        draft.serial = vec![3];
        draft.extensions = vec![Extension::key_usage(SIGNS), Extension::purposes(&[TIME_STAMPING])];
        StampAuthority { root, certificate: draft.sign(&root_key), key }
    }

    /// As a trusted root has it.
    pub(crate) fn trusted(&self) -> Authority {
        let certificates = [&self.certificate, &self.root].map(|der| Certificate::parse(der).unwrap());
        Authority {
            name: "stamps".to_owned(),
            certificates: certificates.to_vec(),
            valid_for: ValidFor::default(),
        }
    }

    /// The certificate that it signs with.
    pub(crate) fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// The answer, signed.
    pub(crate) fn sign(&self, answer: &Answer) -> Vec<u8> {
        self.sign_with(answer, &self.key)
    }

    /// The answer, signed by a key.
    pub(crate) fn sign_with(&self, answer: &Answer, key: &PrivateKey) -> Vec<u8> {
        let content = content(answer);
        let named = answer.certificate.as_deref().unwrap_or(&self.certificate);
        let named = sequence([sequence([sequence([octets(HashAlgorithm::Sha256.digest(named).bytes())])])]);
        let digest = answer.message_digest.clone().unwrap_or_else(|| HashAlgorithm::Sha256.digest(&content));
        let attribute = |kind: &str, value: Vec<u8>| sequence([oid(kind), set([value])]);
        let attributes = set([
            attribute(CONTENT_TYPE, oid(TST_INFO)),
            attribute(MESSAGE_DIGEST, octets(digest.bytes())),
            attribute(SIGNING_CERTIFICATE, named),
        ]);
        let signature = key.sign(&attributes).unwrap();
        let mut retagged = attributes;
        retagged[0] = 0xa0;
        let signer = sequence([
            number(1),
            sequence([name("stamps"), number(answer.serial)]),
            sequence([oid(SHA256)]),
            retagged,
            sequence([oid(ECDSA_SHA256)]),
            octets(&signature),
        ]);
        let brought = match answer.brought.as_slice() {
            [] => Vec::new(),
            some => explicit(0, some),
        };
        let data = sequence([
            number(3),
            set([sequence([oid(SHA256)])]),
            sequence([oid(TST_INFO), explicit(0, &octets(&content))]),
            brought,
            set([signer]),
        ]);
        let token = sequence([oid(SIGNED_DATA), explicit(0, &data)]);
        sequence([sequence([number(answer.status)]), token])
    }
}

/// `TSTInfo`.
fn content(answer: &Answer) -> Vec<u8> {
    let imprint = sequence([sequence([oid(SHA256), null()]), octets(answer.stamped.bytes())]);
    let nonce = answer.nonce.map(number).unwrap_or_default();
    sequence([number(1), oid("1.2.3.4"), imprint, number(5), time(answer.at), nonce])
}
