//! The part of a key that signs, and what the owner of the key says of its parts.

use pgp::composed::{SignedSecretKey, SignedSecretSubKey};
use pgp::packet::{Signature, SignatureType};
use pgp::types::{KeyDetails as _, Password, S2kParams, SecretParams, StringToKey, Timestamp};

use crate::key::KeyError;

/// Which part of a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The key itself.
    Primary,
    /// The subkey at this place.
    Subkey(usize),
}

impl Part {
    /// The subkey, if it is one.
    pub(crate) fn subkey(self, key: &SignedSecretKey) -> Option<&SignedSecretSubKey> {
        match self {
            Part::Primary => None,
            Part::Subkey(at) => key.secret_subkeys.get(at),
        }
    }

    /// The private part.
    pub(crate) fn secret(self, key: &SignedSecretKey) -> &SecretParams {
        match self.subkey(key) {
            Some(subkey) => subkey.key.secret_params(),
            None => key.primary_key.secret_params(),
        }
    }

    /// When it was made, in seconds since 1970.
    pub(crate) fn created(self, key: &SignedSecretKey) -> u32 {
        match self.subkey(key) {
            Some(subkey) => subkey.key.created_at().as_secs(),
            None => key.created_at().as_secs(),
        }
    }

    /// Tries a password on it.
    pub(crate) fn unlock(self, key: &SignedSecretKey, password: &Password) -> Result<(), pgp::errors::Error> {
        match self.subkey(key) {
            Some(subkey) => subkey.key.unlock(password, |_, _| Ok(()))?,
            None => key.primary_key.unlock(password, |_, _| Ok(()))?,
        }
    }
}

/// The part of a key that signs at a time, in seconds since 1970: its newest subkey for that, else the key itself.
///
/// # Errors
/// None does, or none does any more.
pub(crate) fn find_part(key: &SignedSecretKey, time: u32) -> Result<Part, KeyError> {
    let own = statement_of(key)?;
    let subkeys = key.secret_subkeys.iter().enumerate().filter_map(|(at, subkey)| {
        let is_revoked =
            subkey.signatures.iter().any(|one| one.typ() == Some(SignatureType::SubkeyRevocation));
        let bindings = subkey.signatures.iter().filter(|one| one.typ() == Some(SignatureType::SubkeyBinding));
        let binding = newest(bindings)?;
        let signs = binding.key_flags().sign() && !is_revoked && is_there(subkey.key.secret_params());
        signs.then(|| (at, subkey.key.created_at(), binding))
    });
    let mut has_expired = false;
    let valid = subkeys.filter(|(_, created, binding)| {
        let valid = expiry(*created, binding).is_none_or(|until| until > u64::from(time));
        has_expired |= !valid;
        valid
    });
    if let Some((at, ..)) = valid.max_by_key(|(_, created, _)| created.as_secs()) {
        return Ok(Part::Subkey(at));
    }
    let fingerprint = key.fingerprint().to_string();
    match own.key_flags().sign() && is_there(key.primary_key.secret_params()) {
        true => Ok(Part::Primary),
        false if has_expired => Err(KeyError::Expired { fingerprint }),
        false => Err(KeyError::NothingSigns { fingerprint }),
    }
}

/// When the key as a whole expires, in seconds since 1970; none: never.
///
/// # Errors
/// Nobody says anything of it any more.
pub(crate) fn primary_expiry(key: &SignedSecretKey) -> Result<Option<u64>, KeyError> {
    Ok(expiry(key.created_at(), statement_of(key)?))
}

fn expiry(created: Timestamp, said: &Signature) -> Option<u64> {
    let lives = said.key_expiration_time().filter(|lives| lives.as_secs() != 0)?;
    Some(u64::from(created.as_secs()) + u64::from(lives.as_secs()))
}

/// The newest of what the owner of a key says of it, to a user id that stands or to the key.
fn statement_of(key: &SignedSecretKey) -> Result<&Signature, KeyError> {
    let is_own = |signature: &&Signature| {
        let issuers = signature.issuer_key_id();
        issuers.is_empty() || issuers.contains(&&key.legacy_key_id())
    };
    let of_users = key.details.users.iter().filter_map(|user| {
        // What was said last of a user id counts: that it is one, or that it is none any more.
        let last = newest(user.signatures.iter().filter(is_own))?;
        (last.typ() != Some(SignatureType::CertRevocation)).then_some(last)
    });
    let of_key = key.details.direct_signatures.iter().filter(is_own);
    let of_key = of_key.filter(|signature| signature.typ() == Some(SignatureType::Key));
    newest(of_users.chain(of_key))
        .ok_or_else(|| KeyError::NoUser { fingerprint: key.fingerprint().to_string() })
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
