//! Public keys that verify.

use std::fmt;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA384_ASN1, ECDSA_P256_SHA512_ASN1, ECDSA_P384_SHA256_ASN1,
    ECDSA_P384_SHA384_ASN1, ECDSA_P384_SHA512_ASN1, ECDSA_P521_SHA256_ASN1, ECDSA_P521_SHA384_ASN1,
    ECDSA_P521_SHA512_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey, VerificationAlgorithm,
};
use der::asn1::{ObjectIdentifier, UintRef};
use der::{Decode as _, Encode as _, Sequence};
use x509_cert::spki::{SubjectPublicKeyInfoOwned, SubjectPublicKeyInfoRef};

use crate::artifact::{ArtifactDigest, HashAlgorithm};
use crate::encoding::Base64;
use crate::key::pem;

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EDWARDS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// What kind of key it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// ECDSA on P-256.
    P256,
    /// ECDSA on P-384.
    P384,
    /// ECDSA on P-521.
    P521,
    /// RSA with PKCS #1 v1.5 padding, of 2048 bits or more.
    Rsa,
    /// Ed25519.
    Ed25519,
}

impl KeyKind {
    /// The digest algorithm that signatures of such keys are over where nothing says otherwise.
    pub fn hash(self) -> HashAlgorithm {
        match self {
            KeyKind::P256 | KeyKind::Rsa | KeyKind::Ed25519 => HashAlgorithm::Sha256,
            KeyKind::P384 => HashAlgorithm::Sha384,
            KeyKind::P521 => HashAlgorithm::Sha512,
        }
    }
}

/// A public key, in the form in which certificates hold it (SubjectPublicKeyInfo).
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    der: Vec<u8>,
    kind: KeyKind,
}

/// Why there is no public key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublicKeyError {
    /// There is no PEM block with a public key.
    #[error("this is no public key in pem")]
    NotPem,
    /// It is a private key.
    #[error("this is a private key; verifying takes the public one")]
    Private,
    /// It is not a key in DER.
    #[error("this is no public key: {0}")]
    Der(String),
    /// Its algorithm is not known.
    #[error("keys of the algorithm {0} can't be used")]
    Algorithm(String),
    /// An RSA key that is too short to be relied on, or absurdly long.
    #[error("rsa keys of {0} bits can't be used; they must have 2048 to 8192")]
    Size(usize),
}

/// RSAPublicKey (RFC 8017, A.1.1).
#[derive(Sequence)]
struct RsaKey<'a> {
    modulus: UintRef<'a>,
    exponent: UintRef<'a>,
}

/// A signature is not that of the bytes and the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not verify")]
pub struct WrongSignature;

impl PublicKey {
    /// Reads a PEM text.
    ///
    /// # Errors
    /// [`PublicKeyError`].
    pub fn parse(text: &str) -> Result<PublicKey, PublicKeyError> {
        match pem::find_block(text, "PUBLIC KEY") {
            Some(block) if block.label == "PUBLIC KEY" => PublicKey::parse_der(&block.contents),
            _ if text.contains(" PRIVATE KEY-----") => Err(PublicKeyError::Private),
            _ => Err(PublicKeyError::NotPem),
        }
    }

    /// Reads a SubjectPublicKeyInfo (RFC 5280, 4.1.2.7).
    ///
    /// # Errors
    /// [`PublicKeyError`].
    pub fn parse_der(der: &[u8]) -> Result<PublicKey, PublicKeyError> {
        let info =
            SubjectPublicKeyInfoRef::from_der(der).map_err(|error| PublicKeyError::Der(error.to_string()))?;
        let curve = || info.algorithm.parameters_oid().ok();
        let kind = match info.algorithm.oid {
            EC_PUBLIC_KEY => match curve() {
                Some(P256) => Some(KeyKind::P256),
                Some(P384) => Some(KeyKind::P384),
                Some(P521) => Some(KeyKind::P521),
                _ => None,
            },
            RSA => Some(KeyKind::Rsa),
            EDWARDS => Some(KeyKind::Ed25519),
            _ => None,
        };
        if kind == Some(KeyKind::Rsa) {
            check_size(&info)?;
        }
        let name = || curve().unwrap_or(info.algorithm.oid).to_string();
        let kind = kind.ok_or_else(|| PublicKeyError::Algorithm(name()))?;
        Ok(PublicKey { der: der.to_vec(), kind })
    }

    pub(crate) fn of_certificate(info: &SubjectPublicKeyInfoOwned) -> Result<PublicKey, PublicKeyError> {
        let der = info.to_der().map_err(|error| PublicKeyError::Der(error.to_string()))?;
        PublicKey::parse_der(&der)
    }

    /// What kind of key it is.
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// As DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// As PEM.
    pub fn render(&self) -> String {
        pem::render("PUBLIC KEY", &self.der)
    }

    /// The SHA-256 digest of its DER: what logs, SCTs and hints know keys by.
    pub fn id(&self) -> ArtifactDigest {
        HashAlgorithm::Sha256.digest(&self.der)
    }

    /// The hint at this key in bundles, as cosign computes it: its [`PublicKey::id`] in base64.
    pub fn hint(&self) -> String {
        Base64::text(self.id().bytes())
    }

    /// Verifies a signature over bytes. Ed25519 has a digest of its own and takes no notice of `hash`.
    ///
    /// # Errors
    /// [`WrongSignature`].
    pub fn verify(
        &self,
        message: &[u8],
        hash: HashAlgorithm,
        signature: &[u8],
    ) -> Result<(), WrongSignature> {
        let key = UnparsedPublicKey::new(self.algorithm(hash), &self.der);
        key.verify(message, signature).map_err(|_| WrongSignature)
    }

    /// Verifies a signature over bytes of which only the digest is known. Ed25519 can't.
    ///
    /// # Errors
    /// [`WrongSignature`].
    pub fn verify_digest(&self, digest: &ArtifactDigest, signature: &[u8]) -> Result<(), WrongSignature> {
        let key = UnparsedPublicKey::new(self.algorithm(digest.algorithm()), &self.der);
        let digest = digest.library().ok_or(WrongSignature)?;
        key.verify_digest(&digest, signature).map_err(|_| WrongSignature)
    }

    fn algorithm(&self, hash: HashAlgorithm) -> &'static dyn VerificationAlgorithm {
        use HashAlgorithm::{Sha256, Sha384, Sha512};
        match (self.kind, hash) {
            (KeyKind::P256, Sha256) => &ECDSA_P256_SHA256_ASN1,
            (KeyKind::P256, Sha384) => &ECDSA_P256_SHA384_ASN1,
            (KeyKind::P256, Sha512) => &ECDSA_P256_SHA512_ASN1,
            (KeyKind::P384, Sha256) => &ECDSA_P384_SHA256_ASN1,
            (KeyKind::P384, Sha384) => &ECDSA_P384_SHA384_ASN1,
            (KeyKind::P384, Sha512) => &ECDSA_P384_SHA512_ASN1,
            (KeyKind::P521, Sha256) => &ECDSA_P521_SHA256_ASN1,
            (KeyKind::P521, Sha384) => &ECDSA_P521_SHA384_ASN1,
            (KeyKind::P521, Sha512) => &ECDSA_P521_SHA512_ASN1,
            (KeyKind::Rsa, Sha256) => &RSA_PKCS1_2048_8192_SHA256,
            (KeyKind::Rsa, Sha384) => &RSA_PKCS1_2048_8192_SHA384,
            (KeyKind::Rsa, Sha512) => &RSA_PKCS1_2048_8192_SHA512,
            (KeyKind::Ed25519, _) => &ED25519,
        }
    }
}

/// That an RSA key has as many bits as the algorithms take that verify.
fn check_size(info: &SubjectPublicKeyInfoRef<'_>) -> Result<(), PublicKeyError> {
    let wrong = || PublicKeyError::Der("its rsa key is none".to_owned());
    let bytes = info.subject_public_key.as_bytes().ok_or_else(wrong)?;
    let key = RsaKey::from_der(bytes).map_err(|_| wrong())?;
    let modulus = key.modulus.as_bytes();
    let zeros = modulus.first().map_or(0, |first| first.leading_zeros());
    let bits = (modulus.len() * 8).saturating_sub(usize::try_from(zeros).unwrap_or_default());
    match (2048..=8192).contains(&bits) {
        true => Ok(()),
        false => Err(PublicKeyError::Size(bits)),
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({:?} {})", self.kind, self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with `openssl genpkey -algorithm …` and `openssl pkey -pubout`.
    const ED25519_KEY: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAe6f09i2NODtX5BhKO+dE3ZFDWiDlQM8mR9mwtx/ESRI=\n-----END PUBLIC KEY-----\n";

    #[test]
    fn keys_are_read_as_they_are_written() {
        let key = PublicKey::parse(ED25519_KEY).unwrap();
        assert_eq!(key.kind(), KeyKind::Ed25519);
        assert_eq!(key.render(), ED25519_KEY);
        assert_eq!(PublicKey::parse(&format!("a comment\r\n{}", ED25519_KEY.replace('\n', "\r\n"))), Ok(key));
    }

    #[test]
    fn says_what_is_no_public_key() {
        assert_eq!(PublicKey::parse("hello"), Err(PublicKeyError::NotPem));
        let private = pem::render("PRIVATE KEY", b"x");
        assert_eq!(PublicKey::parse(&private), Err(PublicKeyError::Private));
        let broken = pem::render("PUBLIC KEY", b"x");
        assert!(matches!(PublicKey::parse(&broken), Err(PublicKeyError::Der(_))));
    }
}
