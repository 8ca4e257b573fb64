//! A private key, and what it signs.

use pgp::composed::{ArmorOptions, CleartextSignedMessage, Deserializable as _, SignedSecretKey};
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{Signature, SignatureConfig, SignatureType, Subpacket, SubpacketData};
use pgp::types::{KeyDetails as _, KeyVersion, Password, S2kParams, SecretParams, StringToKey, Timestamp};
use plimsoll_http::Secret;

use crate::text::hashed;

/// Why something can't be signed with a key.
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
    /// Neither the key nor one of its subkeys is one to sign with, or the private part is not there.
    #[error("the key {fingerprint} has no private part that signs")]
    NothingSigns {
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
}

/// Why a text was not signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The key is none any more at the time that the signature would have.
    #[error("the key {fingerprint} has expired")]
    Expired {
        /// Which.
        fingerprint: String,
    },
    /// The key does not do it.
    #[error("the key {fingerprint} does not sign: {why}")]
    Refused {
        /// Which.
        fingerprint: String,
        /// What the library says.
        why: String,
    },
}

/// Which part of a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Primary,
    Subkey(usize),
}

/// A private key that can sign.
pub struct SigningKey {
    key: SignedSecretKey,
    part: Part,
    password: Password,
}

impl SigningKey {
    /// Reads a private key in armour, and tries the password on it.
    ///
    /// Signs with the newest subkey that is there for it, as GnuPG does, else with the key itself.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn parse(text: &Secret, password: Option<&Secret>) -> Result<SigningKey, KeyError> {
        let read = SignedSecretKey::from_string(text.expose());
        let (key, _) = read.map_err(|why| KeyError::NotAKey { why: why.to_string() })?;
        if key.version() != KeyVersion::V4 {
            return Err(KeyError::Version);
        }
        let fingerprint = key.fingerprint().to_string();
        if !key.details.revocation_signatures.is_empty() {
            return Err(KeyError::Revoked { fingerprint });
        }
        let part =
            find_part(&key).ok_or_else(|| KeyError::NothingSigns { fingerprint: fingerprint.clone() })?;
        if password.is_none() && matches!(secret_of(&key, part), SecretParams::Encrypted(_)) {
            return Err(KeyError::NoPassword { fingerprint });
        }
        let password = password.map_or_else(Password::empty, |password| Password::from(password.expose()));
        let key = SigningKey { key, part, password };
        // Whether a password fits is known before anything is made that waits for a signature.
        match key.sign_at("", key.created()) {
            Ok(_) => Ok(key),
            Err(_) => Err(KeyError::WrongPassword { fingerprint }),
        }
    }

    /// What the key is known by.
    pub fn fingerprint(&self) -> String {
        self.key.fingerprint().to_string()
    }

    /// When it, or the part of it that signs, was made, in seconds since 1970: no signature is older.
    fn created(&self) -> u32 {
        let primary = self.key.created_at().as_secs();
        match self.part {
            Part::Primary => primary,
            Part::Subkey(at) => self
                .key
                .secret_subkeys
                .get(at)
                .map_or(primary, |subkey| primary.max(subkey.key.created_at().as_secs())),
        }
    }

    /// When it expires, in seconds since 1970.
    fn expires(&self) -> Option<u64> {
        let until = |created: Timestamp, newest: Option<&Signature>| {
            let lives = newest?.key_expiration_time().filter(|lives| lives.as_secs() != 0)?;
            Some(u64::from(created.as_secs()) + u64::from(lives.as_secs()))
        };
        let primary = until(self.key.created_at(), newest(self_signatures(&self.key)));
        let own = match self.part {
            Part::Primary => None,
            Part::Subkey(at) => self
                .key
                .secret_subkeys
                .get(at)
                .and_then(|subkey| until(subkey.key.created_at(), newest(subkey.signatures.iter()))),
        };
        primary.into_iter().chain(own).min()
    }

    /// Signs a text in the clear, with SHA-512. The signature says that it was made at `time`, in seconds since 1970, or when
    /// the key was if that is later. The same text at the same time gives the same bytes, but for keys of
    /// P-521: there is chance in their signatures.
    ///
    /// # Errors
    /// See [`SignError`].
    pub fn sign(&self, text: &str, time: u64) -> Result<String, SignError> {
        let time = u32::try_from(time).unwrap_or(u32::MAX).max(self.created());
        if self.expires().is_some_and(|until| until <= u64::from(time)) {
            return Err(SignError::Expired { fingerprint: self.fingerprint() });
        }
        self.sign_at(text, time)
            .map_err(|why| SignError::Refused { fingerprint: self.fingerprint(), why: why.to_string() })
    }

    fn sign_at(&self, text: &str, time: u32) -> Result<String, pgp::errors::Error> {
        let signed = CleartextSignedMessage::new_many(text, |lines| {
            let lines = hashed(lines);
            let signature = match self.part {
                Part::Primary => self.sign_lines(&self.key.primary_key, &lines, time)?,
                Part::Subkey(at) => self.sign_lines(&self.key.secret_subkeys[at].key, &lines, time)?,
            };
            Ok(vec![signature])
        })?;
        signed.to_armored_string(ArmorOptions::default())
    }

    fn sign_lines(
        &self,
        with: &impl pgp::types::SigningKey,
        lines: &str,
        time: u32,
    ) -> Result<Signature, pgp::errors::Error> {
        let mut config = SignatureConfig::v4(SignatureType::Text, with.algorithm(), HashAlgorithm::Sha512);
        config.hashed_subpackets = vec![
            Subpacket::regular(SubpacketData::SignatureCreationTime(Timestamp::from_secs(time)))?,
            Subpacket::regular(SubpacketData::IssuerFingerprint(with.fingerprint()))?,
        ];
        config.unhashed_subpackets =
            vec![Subpacket::regular(SubpacketData::IssuerKeyId(with.legacy_key_id()))?];
        config.sign(with, &self.password, lines.as_bytes())
    }
}

/// The part of a key that signs.
fn find_part(key: &SignedSecretKey) -> Option<Part> {
    let subkeys = key.secret_subkeys.iter().enumerate().filter(|(_, subkey)| {
        let revoked = subkey.signatures.iter().any(|one| one.typ() == Some(SignatureType::SubkeyRevocation));
        let signs = newest(subkey.signatures.iter()).is_some_and(|newest| newest.key_flags().sign());
        signs && !revoked && is_there(subkey.key.secret_params())
    });
    let newest_subkey = subkeys.max_by_key(|(_, subkey)| subkey.key.created_at().as_secs());
    let primary = || {
        let signs = newest(self_signatures(key)).is_some_and(|newest| newest.key_flags().sign());
        (signs && is_there(key.primary_key.secret_params())).then_some(Part::Primary)
    };
    newest_subkey.map(|(at, _)| Part::Subkey(at)).or_else(primary)
}

fn secret_of(key: &SignedSecretKey, part: Part) -> &SecretParams {
    match part {
        Part::Subkey(at) if at < key.secret_subkeys.len() => key.secret_subkeys[at].key.secret_params(),
        Part::Subkey(_) | Part::Primary => key.primary_key.secret_params(),
    }
}

/// What the owner of a key says of it.
fn self_signatures(key: &SignedSecretKey) -> impl Iterator<Item = &Signature> {
    let of_users = key.details.users.iter().flat_map(|user| &user.signatures);
    of_users.chain(&key.details.direct_signatures).filter(|signature| {
        let issuers = signature.issuer_key_id();
        issuers.is_empty() || issuers.contains(&&key.legacy_key_id())
    })
}

fn newest<'a>(signatures: impl Iterator<Item = &'a Signature>) -> Option<&'a Signature> {
    signatures.max_by_key(|signature| signature.created().map(Timestamp::as_secs))
}

/// Whether there is a private part: GnuPG writes keys whose own is elsewhere with a kind of encryption that nothing opens.
fn is_there(secret: &SecretParams) -> bool {
    match secret {
        SecretParams::Plain(_) => true,
        SecretParams::Encrypted(encrypted) => match encrypted.string_to_key_params() {
            S2kParams::Cfb { s2k, .. }
            | S2kParams::MalleableCfb { s2k, .. }
            | S2kParams::Aead { s2k, .. } => !matches!(s2k, StringToKey::Private { .. }),
            S2kParams::Unprotected | S2kParams::LegacyCfb { .. } => true,
        },
    }
}
