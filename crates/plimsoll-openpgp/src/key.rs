//! A private key, and what it signs.

use pgp::composed::{ArmorOptions, CleartextSignedMessage, Deserializable as _, SignedSecretKey};
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{Signature, SignatureConfig, SignatureType, Subpacket, SubpacketData};
use pgp::types::{KeyDetails as _, KeyVersion, Password, SecretParams, Timestamp};

use crate::part::{Part, find_part, primary_expiry};
use crate::text::hashed;

/// Why nothing can be signed with a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It is no private key in armour.
    #[error("it is no OpenPGP private key in armour: {why}")]
    NotAKey {
        /// What the parser says.
        why: String,
    },
    /// It was made for another version of OpenPGP.
    #[error("only keys of version 4 are used, as GnuPG makes them")]
    Version,
    /// Its owner has taken it back.
    #[error("the key {fingerprint} is revoked")]
    Revoked {
        /// Which.
        fingerprint: String,
    },
    /// Nobody is left whose it is: every user id is taken back.
    #[error("every user id of the key {fingerprint} is revoked")]
    NoUser {
        /// Which.
        fingerprint: String,
    },
    /// Neither the key nor one of its subkeys is one to sign with, or the private part is not there.
    #[error("the key {fingerprint} has no private part that signs")]
    NothingSigns {
        /// Which.
        fingerprint: String,
    },
    /// The key, or every part of it that signs, is none any more at the time that the signature would have.
    #[error("the key {fingerprint} has expired")]
    Expired {
        /// Which.
        fingerprint: String,
    },
    /// It is encrypted, and there is no password.
    #[error("the key {fingerprint} is encrypted, and there is no password")]
    NoPassword {
        /// Which.
        fingerprint: String,
    },
    /// The password does not open it.
    #[error("the password does not open the key {fingerprint}")]
    WrongPassword {
        /// Which.
        fingerprint: String,
    },
    /// It is open, and of a kind that does not sign here.
    #[error("the key {fingerprint} does not sign: {why}")]
    Unusable {
        /// Which.
        fingerprint: String,
        /// What the library says.
        why: String,
    },
}

/// Why a text was not signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key {fingerprint} does not sign: {why}")]
pub struct SignError {
    /// Which key.
    pub fingerprint: String,
    /// What the library says.
    pub why: String,
}

/// A private key that signs, opened for one time.
pub struct SigningKey {
    key: SignedSecretKey,
    part: Part,
    password: Password,
    time: u32,
}

impl SigningKey {
    /// Reads a private key in armour, and tries the password on it. What it signs says that it was signed at `time`, in seconds
    /// since 1970, or when the key was made if that is later.
    ///
    /// Signs with the newest subkey that is there for it and has not expired then, as GnuPG does, else with the key itself.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn open(text: &str, password: Option<&str>, time: u64) -> Result<SigningKey, KeyError> {
        let (key, _) =
            SignedSecretKey::from_string(text).map_err(|why| KeyError::NotAKey { why: why.to_string() })?;
        if key.version() != KeyVersion::V4 {
            return Err(KeyError::Version);
        }
        let fingerprint = key.fingerprint().to_string();
        if !key.details.revocation_signatures.is_empty() {
            return Err(KeyError::Revoked { fingerprint });
        }
        let time = u32::try_from(time).unwrap_or(u32::MAX).max(key.created_at().as_secs());
        let part = find_part(&key, time)?;
        if primary_expiry(&key)?.is_some_and(|until| until <= u64::from(time)) {
            return Err(KeyError::Expired { fingerprint });
        }
        let time = time.max(part.created(&key));
        let is_encrypted = matches!(part.secret(&key), SecretParams::Encrypted(_));
        if password.is_none() && is_encrypted {
            return Err(KeyError::NoPassword { fingerprint });
        }
        let password = password.map_or_else(Password::empty, Password::from);
        if part.unlock(&key, &password).is_err() {
            return Err(KeyError::WrongPassword { fingerprint });
        }
        let key = SigningKey { key, part, password, time };
        // Whether it signs is known before anything is made that waits for a signature.
        match key.sign_clear("") {
            Ok(_) => Ok(key),
            Err(why) => Err(KeyError::Unusable { fingerprint, why: why.to_string() }),
        }
    }

    /// What the key is known by.
    pub fn fingerprint(&self) -> String {
        self.key.fingerprint().to_string()
    }

    /// Signs a text in the clear, with SHA-512. The same text at the same time gives the same bytes, but for keys of
    /// P-521: there is chance in their signatures.
    ///
    /// # Errors
    /// See [`SignError`].
    pub fn sign(&self, text: &str) -> Result<String, SignError> {
        let refused =
            |why: pgp::errors::Error| SignError { fingerprint: self.fingerprint(), why: why.to_string() };
        self.sign_clear(text).map_err(refused)
    }

    fn sign_clear(&self, text: &str) -> Result<String, pgp::errors::Error> {
        let signed = CleartextSignedMessage::new_many(text, |lines| {
            let lines = hashed(lines);
            let signature = match self.part.subkey(&self.key) {
                None => self.sign_lines(&self.key.primary_key, &lines)?,
                Some(subkey) => self.sign_lines(&subkey.key, &lines)?,
            };
            Ok(vec![signature])
        })?;
        signed.to_armored_string(ArmorOptions::default())
    }

    fn sign_lines(
        &self,
        with: &impl pgp::types::SigningKey,
        lines: &str,
    ) -> Result<Signature, pgp::errors::Error> {
        let mut config = SignatureConfig::v4(SignatureType::Text, with.algorithm(), HashAlgorithm::Sha512);
        config.hashed_subpackets = vec![
            Subpacket::regular(SubpacketData::SignatureCreationTime(Timestamp::from_secs(self.time)))?,
            Subpacket::regular(SubpacketData::IssuerFingerprint(with.fingerprint()))?,
        ];
        config.unhashed_subpackets =
            vec![Subpacket::regular(SubpacketData::IssuerKeyId(with.legacy_key_id()))?];
        config.sign(with, &self.password, lines.as_bytes())
    }
}
