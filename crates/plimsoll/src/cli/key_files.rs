//! Keys, passwords, trusted roots and bundles, read from where the user says that they are.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Place};
use plimsoll_http::Secret;
use plimsoll_sigstore::artifact::{Artifact, ArtifactDigest, HashAlgorithm};
use plimsoll_sigstore::key::{KeyKind, PrivateKey, PublicKey};
use plimsoll_sigstore::trust::{SigningConfig, TrustedRoot};

use super::ending::Failure;
use super::session::Session;
use crate::explain::signature::{
    explain_private_key, explain_public_key, explain_signing_config, explain_trusted_root,
};

/// The variables that hold the password of a private key; the first that is set counts.
pub(super) const PASSWORDS: [&str; 2] = ["PLIMSOLL_KEY_PASSWORD", "COSIGN_PASSWORD"];
/// What a key in a variable is named by.
const IN_VARIABLE: &str = "env:";
/// The largest key that is read, in bytes.
const KEY_LIMIT: u64 = 64 * 1024;
/// The largest trusted root that is read, in bytes.
const ROOT_LIMIT: u64 = 4 * 1024 * 1024;
/// The largest file that is read into memory, in bytes, for signatures by Ed25519.
const MEMORY_LIMIT: u64 = 512 * 1024 * 1024;

/// The password of private keys, if there is one. It may be empty.
pub(super) fn find_password(session: &Session<'_>) -> Option<Secret> {
    let password = PASSWORDS.iter().find_map(|name| session.variables.get(name));
    password.and_then(|password| password.to_str()).map(Secret::new)
}

/// The private key that a reference names: a file, or `env:NAME`.
pub(super) fn read_private_key(session: &Session<'_>, reference: &str) -> Result<PrivateKey, Failure> {
    let text = Secret::new(read_reference(session, reference)?);
    PrivateKey::parse(&text, find_password(session).as_ref())
        .map_err(|why| explain_private_key(reference, &why).into())
}

/// The public key that a reference names: a file, or `env:NAME`.
pub(super) fn read_public_key(session: &Session<'_>, reference: &str) -> Result<PublicKey, Failure> {
    let text = read_reference(session, reference)?;
    PublicKey::parse(&text).map_err(|why| explain_public_key(reference, &why).into())
}

fn read_reference(session: &Session<'_>, reference: &str) -> Result<String, Failure> {
    if let Some(name) = reference.strip_prefix(IN_VARIABLE) {
        let value = session.variables.get(name).and_then(|value| value.to_str());
        return value.map(str::to_owned).ok_or_else(|| {
            Diagnostic::error(Code::KeyUnusable, Cure::FixThenRunAgain, format!("{name} is not set"))
                .help("`env:NAME` is the key in a variable, in PEM")
                .into()
        });
    }
    let bytes = read_file(session, Path::new(reference), KEY_LIMIT)?;
    String::from_utf8(bytes).map_err(|_| {
        Diagnostic::error(Code::KeyUnusable, Cure::FixThenRunAgain, format!("{reference} is not text"))
            .at(Place::of_file(reference))
            .help("keys are read in PEM")
            .into()
    })
}

/// A trusted root.
pub(super) fn read_trusted_root(session: &Session<'_>, path: &Path) -> Result<TrustedRoot, Failure> {
    let bytes = read_file(session, path, ROOT_LIMIT + 1)?;
    TrustedRoot::parse(&bytes).map_err(|why| explain_trusted_root(path, &why).into())
}

/// A signing config.
pub(super) fn read_signing_config(session: &Session<'_>, path: &Path) -> Result<SigningConfig, Failure> {
    let bytes = read_file(session, path, ROOT_LIMIT)?;
    SigningConfig::parse(&bytes).map_err(|why| explain_signing_config(path, &why).into())
}

/// What is signed: a file, read once, or a digest that stands for one.
pub(super) fn read_artifact(
    session: &Session<'_>,
    what: &str,
    hash: HashAlgorithm,
    key: Option<KeyKind>,
) -> Result<Artifact, Failure> {
    if let Some(digest) = ArtifactDigest::parse(what) {
        return Ok(Artifact::known_by(digest));
    }
    let path = Path::new(what);
    if key == Some(KeyKind::Ed25519) {
        return read_file(session, path, MEMORY_LIMIT).map(Artifact::of_bytes);
    }
    let read = File::open(session.path(path)).and_then(|mut file| Artifact::read(&mut file, hash));
    read.map_err(|error| unreadable(path, &error).into())
}

/// Reads at most `limit` bytes of a file that must be there. What is longer is for its parser to refuse.
pub(super) fn read_file(session: &Session<'_>, path: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = File::open(session.path(path)).and_then(|file| file.take(limit).read_to_end(&mut bytes));
    match read {
        Ok(_) => Ok(bytes),
        Err(error) => Err(unreadable(path, &error).into()),
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Diagnostic {
    let code = match error.kind() {
        io::ErrorKind::NotFound => Code::FileMissing,
        _ => Code::FileSystem,
    };
    let name = path.display().to_string();
    Diagnostic::error(code, Cure::FixThenRunAgain, format!("{name} can't be read"))
        .because(error)
        .at(Place::of_file(&name))
}
