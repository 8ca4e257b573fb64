//! Key pairs that sign.

use std::fmt;

use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING,
    EcdsaKeyPair, EcdsaSigningAlgorithm, KeyPair as _,
};
use plimsoll_http::Secret;

use crate::artifact::{ArtifactDigest, HashAlgorithm};
use crate::key::encrypted;
use crate::key::pem;
use crate::key::public::PublicKey;

/// The curves that sign, each with the digest that belongs to it.
const CURVES: [(&EcdsaSigningAlgorithm, HashAlgorithm); 3] = [
    (&ECDSA_P256_SHA256_ASN1_SIGNING, HashAlgorithm::Sha256),
    (&ECDSA_P384_SHA384_ASN1_SIGNING, HashAlgorithm::Sha384),
    (&ECDSA_P521_SHA512_ASN1_SIGNING, HashAlgorithm::Sha512),
];

/// What PEM blocks begin with that OpenSSL has encrypted in its own way.
const OPENSSL_ENCRYPTED: &str = "Proc-Type: 4,ENCRYPTED";

/// An ECDSA key pair. `Debug` shows the public half only.
pub struct PrivateKey {
    pair: EcdsaKeyPair,
    hash: HashAlgorithm,
    public: PublicKey,
}

/// Why there is no private key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrivateKeyError {
    /// There is no PEM block with a private key.
    #[error("this is no private key in pem")]
    NotPem,
    /// It is encrypted in a way that is not cosign's.
    #[error("`{0}` is a kind of encrypted key that can't be read")]
    Label(String),
    /// It says that it is cosign's, and is not.
    #[error("this is no private key as cosign encrypts them: {0}")]
    EncryptedFormat(&'static str),
    /// It is encrypted, and there is no password.
    #[error("the private key is encrypted, and there is no password for it")]
    NoPassword,
    /// The password is wrong.
    #[error("the private key does not open with this password")]
    Password,
    /// It is no ECDSA key of a known curve.
    #[error("this is no ecdsa key on P-256, P-384 or P-521, which are the ones that sign here")]
    Kind,
    /// The library failed: no randomness, no memory.
    #[error("the cryptographic library failed")]
    Library,
}

impl PrivateKey {
    /// Makes a new key on P-256.
    ///
    /// # Errors
    /// [`PrivateKeyError::Library`].
    pub fn generate() -> Result<PrivateKey, PrivateKeyError> {
        let pair =
            EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).map_err(|_| PrivateKeyError::Library)?;
        PrivateKey::of(pair, HashAlgorithm::Sha256)
    }

    /// Reads a PEM text: cosign's encrypted form, PKCS #8 (`PRIVATE KEY`) or SEC 1 (`EC PRIVATE KEY`).
    ///
    /// # Errors
    /// [`PrivateKeyError`].
    pub fn parse(text: &Secret, password: Option<&Secret>) -> Result<PrivateKey, PrivateKeyError> {
        // OpenSSL's own encryption, older than PKCS #8: its blocks begin with headers (RFC 1421).
        if text.expose().contains(OPENSSL_ENCRYPTED) {
            return Err(PrivateKeyError::Label(OPENSSL_ENCRYPTED.to_owned()));
        }
        let block = pem::find_block(text.expose(), "PRIVATE KEY").ok_or(PrivateKeyError::NotPem)?;
        match block.label.as_str() {
            "PRIVATE KEY" | "EC PRIVATE KEY" => PrivateKey::parse_der(&block.contents),
            label if encrypted::LABELS.contains(&label) => {
                let closed = encrypted::read(&block.contents)?;
                PrivateKey::parse_der(&closed.open(password.ok_or(PrivateKeyError::NoPassword)?)?)
            }
            "RSA PRIVATE KEY" => Err(PrivateKeyError::Kind),
            label => Err(PrivateKeyError::Label(label.to_owned())),
        }
    }

    /// Whether a PEM text takes a password.
    pub fn takes_password(text: &Secret) -> bool {
        pem::find_block(text.expose(), "PRIVATE KEY")
            .is_some_and(|block| encrypted::LABELS.contains(&block.label.as_str()))
    }

    fn parse_der(der: &[u8]) -> Result<PrivateKey, PrivateKeyError> {
        let read = |(curve, hash): (&'static EcdsaSigningAlgorithm, HashAlgorithm)| {
            Some((EcdsaKeyPair::from_private_key_der(curve, der).ok()?, hash))
        };
        let (pair, hash) = CURVES.into_iter().find_map(read).ok_or(PrivateKeyError::Kind)?;
        PrivateKey::of(pair, hash)
    }

    fn of(pair: EcdsaKeyPair, hash: HashAlgorithm) -> Result<PrivateKey, PrivateKeyError> {
        let der: PublicKeyX509Der<'_> = pair.public_key().as_der().map_err(|_| PrivateKeyError::Library)?;
        let public = PublicKey::parse_der(der.as_ref()).map_err(|_| PrivateKeyError::Library)?;
        Ok(PrivateKey { pair, hash, public })
    }

    /// The key that verifies what this one signs.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The digest algorithm of its signatures.
    pub fn hash(&self) -> HashAlgorithm {
        self.hash
    }

    /// Signs a digest of [`PrivateKey::hash`], and gives the signature as ASN.1 in DER.
    ///
    /// # Errors
    /// [`PrivateKeyError::Library`], also for a digest of another algorithm.
    pub fn sign_digest(&self, digest: &ArtifactDigest) -> Result<Vec<u8>, PrivateKeyError> {
        let digest = Some(digest).filter(|digest| digest.algorithm() == self.hash);
        let digest = digest.and_then(ArtifactDigest::library).ok_or(PrivateKeyError::Library)?;
        let signature = self.pair.sign_digest(&digest).map_err(|_| PrivateKeyError::Library)?;
        Ok(signature.as_ref().to_vec())
    }

    /// Signs bytes.
    ///
    /// # Errors
    /// [`PrivateKeyError::Library`].
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, PrivateKeyError> {
        let signature =
            self.pair.sign(&SystemRandom::new(), message).map_err(|_| PrivateKeyError::Library)?;
        Ok(signature.as_ref().to_vec())
    }

    /// As cosign writes it, encrypted.
    ///
    /// # Errors
    /// [`PrivateKeyError::Library`].
    pub fn render_encrypted(&self, password: &Secret) -> Result<String, PrivateKeyError> {
        let plain = self.pair.to_pkcs8v1().map_err(|_| PrivateKeyError::Library)?;
        Ok(pem::render(encrypted::LABEL, &encrypted::seal(plain.as_ref(), password)?))
    }

    /// As PKCS #8 in PEM, not encrypted.
    ///
    /// # Errors
    /// [`PrivateKeyError::Library`].
    pub fn render_plain(&self) -> Result<Secret, PrivateKeyError> {
        let plain = self.pair.to_pkcs8v1().map_err(|_| PrivateKeyError::Library)?;
        Ok(Secret::new(pem::render("PRIVATE KEY", plain.as_ref())))
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey").field("public", &self.public).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_every_form_it_is_written_in() {
        let key = PrivateKey::generate().unwrap();
        let password = Secret::new("open sesame");
        let encrypted = Secret::new(key.render_encrypted(&password).unwrap());
        assert!(PrivateKey::takes_password(&encrypted));
        assert!(!PrivateKey::takes_password(&key.render_plain().unwrap()));
        for again in [
            PrivateKey::parse(&encrypted, Some(&password)).unwrap(),
            PrivateKey::parse(&key.render_plain().unwrap(), None).unwrap(),
        ] {
            assert_eq!(again.public(), key.public());
            let signature = again.sign(b"bytes").unwrap();
            key.public().verify(b"bytes", HashAlgorithm::Sha256, &signature).unwrap();
        }
        let wrong = PrivateKey::parse(&encrypted, Some(&Secret::new("open barley")));
        assert_eq!(wrong.unwrap_err(), PrivateKeyError::Password);
        assert_eq!(PrivateKey::parse(&encrypted, None).unwrap_err(), PrivateKeyError::NoPassword);
    }

    #[test]
    fn signing_a_digest_is_signing_the_bytes() {
        let key = PrivateKey::generate().unwrap();
        let signature = key.sign_digest(&HashAlgorithm::Sha256.digest(b"bytes")).unwrap();
        key.public().verify(b"bytes", HashAlgorithm::Sha256, &signature).unwrap();
        assert!(key.sign_digest(&HashAlgorithm::Sha512.digest(b"bytes")).is_err());
    }

    #[test]
    fn says_what_is_no_key() {
        let pem = |label: &str, contents: &str| Secret::new(pem::render(label, contents.as_bytes()));
        let sealed = |n: u32, name: &str| {
            format!(
                r#"{{"kdf":{{"name":"{name}","params":{{"N":{n},"r":8,"p":1}},"salt":""}},"cipher":{{"name":"nacl/secretbox","nonce":"AAAA"}},"ciphertext":""}}"#
            )
        };
        let table: [(Secret, PrivateKeyError); 8] = [
            (Secret::new("hello"), PrivateKeyError::NotPem),
            (Secret::new("-----BEGIN PRIVATE KEY-----\nAA"), PrivateKeyError::NotPem),
            (pem("PRIVATE KEY", "x"), PrivateKeyError::Kind),
            (pem("RSA PRIVATE KEY", "x"), PrivateKeyError::Kind),
            (pem("ENCRYPTED PRIVATE KEY", "x"), PrivateKeyError::Label("ENCRYPTED PRIVATE KEY".into())),
            (pem(encrypted::LABEL, "x"), PrivateKeyError::EncryptedFormat("it is no json of that shape")),
            // A cost that would take the machine's memory.
            (
                pem(encrypted::LABEL, &sealed(1 << 30, "scrypt")),
                PrivateKeyError::EncryptedFormat("its parameters for scrypt are none that cosign writes"),
            ),
            (
                pem(encrypted::LABEL, &sealed(1 << 16, "argon2")),
                PrivateKeyError::EncryptedFormat("it is not encrypted with scrypt and nacl/secretbox"),
            ),
        ];
        for (text, error) in table {
            assert_eq!(PrivateKey::parse(&text, Some(&Secret::new("p"))).unwrap_err(), error);
        }
    }

    #[test]
    fn nothing_of_it_is_printed() {
        let key = PrivateKey::generate().unwrap();
        let printed = format!("{key:?}");
        assert!(printed.starts_with("PrivateKey { public: "), "{printed}");
    }
}
