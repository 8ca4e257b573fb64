//! Cosign's encrypted private keys: JSON inside of PEM, scrypt for the key, NaCl's secretbox for the content
//! (go-securesystemslib, `encrypted`).

use crypto_secretbox::aead::Aead as _;
use crypto_secretbox::{Key, KeyInit as _, Nonce, XSalsa20Poly1305};
use plimsoll_http::Secret;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::encoding::Base64;
use crate::key::PrivateKeyError;

/// The label that is written.
pub(super) const LABEL: &str = "ENCRYPTED SIGSTORE PRIVATE KEY";
/// Both labels that are read; the second is cosign's before version 2.
pub(super) const LABELS: [&str; 2] = [LABEL, "ENCRYPTED COSIGN PRIVATE KEY"];

/// The cost that is written, as a power of two; it takes 64 MiB of memory.
const COST: u8 = 16;
/// The costs that are read, as powers of two: old files, today's, and the library's highest.
const COSTS: [u8; 3] = [15, COST, 17];
const BLOCK_SIZE: u32 = 8;
const PARALLELISM: u32 = 1;
const SALT: usize = 32;
const NONCE: usize = 24;
const KEY: usize = 32;

#[derive(Serialize, Deserialize)]
struct Sealed {
    kdf: Derivation,
    cipher: Cipher,
    ciphertext: Base64,
}

#[derive(Serialize, Deserialize)]
struct Derivation {
    name: String,
    params: Parameters,
    salt: Base64,
}

#[derive(Serialize, Deserialize)]
struct Parameters {
    #[serde(rename = "N")]
    cost: u32,
    r: u32,
    p: u32,
}

#[derive(Serialize, Deserialize)]
struct Cipher {
    name: String,
    nonce: Base64,
}

/// The contents of a PEM block that can be opened, if the password is right.
pub(super) struct Closed {
    salt: Vec<u8>,
    cost: u8,
    nonce: [u8; NONCE],
    ciphertext: Vec<u8>,
}

/// Reads the contents of a PEM block.
///
/// # Errors
/// [`PrivateKeyError::EncryptedFormat`] if it is not what cosign writes.
pub(super) fn read(contents: &[u8]) -> Result<Closed, PrivateKeyError> {
    let format = PrivateKeyError::EncryptedFormat;
    let sealed: Sealed =
        serde_json::from_slice(contents).map_err(|_| format("it is no json of that shape"))?;
    if sealed.kdf.name != "scrypt" || sealed.cipher.name != "nacl/secretbox" {
        return Err(format("it is not encrypted with scrypt and nacl/secretbox"));
    }
    let Parameters { cost, r, p } = sealed.kdf.params;
    let cost = COSTS.into_iter().find(|known| 1_u32 << known == cost);
    let (Some(cost), BLOCK_SIZE, PARALLELISM) = (cost, r, p) else {
        return Err(format("its parameters for scrypt are none that cosign writes"));
    };
    let nonce: [u8; NONCE] =
        sealed.cipher.nonce.0.try_into().map_err(|_| format("its nonce has not 24 bytes"))?;
    Ok(Closed { salt: sealed.kdf.salt.0, cost, nonce, ciphertext: sealed.ciphertext.0 })
}

impl Closed {
    /// Decrypts it, which takes as much memory and time as its cost says.
    ///
    /// # Errors
    /// [`PrivateKeyError::Password`] if it does not open.
    pub(super) fn open(&self, password: &Secret) -> Result<Zeroizing<Vec<u8>>, PrivateKeyError> {
        let cipher = cipher(password, &self.salt, self.cost)?;
        let opened = cipher.decrypt(&Nonce::from(self.nonce), self.ciphertext.as_slice());
        opened.map(Zeroizing::new).map_err(|_| PrivateKeyError::Password)
    }
}

/// Encrypts as cosign does today.
///
/// # Errors
/// [`PrivateKeyError::Library`] if the system gives no randomness.
pub(super) fn seal(plain: &[u8], password: &Secret) -> Result<Vec<u8>, PrivateKeyError> {
    let mut salt = [0; SALT];
    let mut nonce = [0; NONCE];
    for random in [&mut salt[..], &mut nonce[..]] {
        aws_lc_rs::rand::fill(random).map_err(|_| PrivateKeyError::Library)?;
    }
    let cipher = cipher(password, &salt, COST)?;
    let ciphertext = cipher.encrypt(&Nonce::from(nonce), plain).map_err(|_| PrivateKeyError::Library)?;
    let sealed = Sealed {
        kdf: Derivation {
            name: "scrypt".to_owned(),
            params: Parameters { cost: 1 << COST, r: BLOCK_SIZE, p: PARALLELISM },
            salt: Base64(salt.to_vec()),
        },
        cipher: Cipher { name: "nacl/secretbox".to_owned(), nonce: Base64(nonce.to_vec()) },
        ciphertext: Base64(ciphertext),
    };
    serde_json::to_vec(&sealed).map_err(|_| PrivateKeyError::Library)
}

fn cipher(password: &Secret, salt: &[u8], cost: u8) -> Result<XSalsa20Poly1305, PrivateKeyError> {
    let parameters =
        scrypt::Params::new(cost, BLOCK_SIZE, PARALLELISM).map_err(|_| PrivateKeyError::Library)?;
    let mut key = Zeroizing::new([0; KEY]);
    scrypt::scrypt(password.expose().as_bytes(), salt, &parameters, &mut key[..])
        .map_err(|_| PrivateKeyError::Library)?;
    Ok(XSalsa20Poly1305::new(&Key::from(*key)))
}
