//! Keys, passwords, trusted roots and bundles, read from where the user says that they are.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Place};
use plimsoll_http::Secret;
use plimsoll_sigstore::artifact::{Artifact, ArtifactDigest, HashAlgorithm};
use plimsoll_sigstore::key::{KeyKind, PrivateKey, PublicKey};
use plimsoll_sigstore::trust::{Instance, InstanceError, SigningConfig, TrustedRoot};

use super::ending::{Failure, usage};
use super::session::Session;
use crate::explain::signature::{
    explain_instance, explain_key_reference, explain_private_key, explain_public_key, explain_signing_config,
    explain_trusted_root,
};
use crate::wire;

/// The largest trusted root that is read, in bytes.
const ROOT_LIMIT: u64 = 4 * 1024 * 1024;
/// The largest file that Ed25519 can be asked about, in bytes: it takes all of them at once, in memory.
const MEMORY_LIMIT: u64 = 512 * 1024 * 1024;

/// The private key that a reference names: a file, `env:NAME`, or `command:PROGRAM …`.
pub(super) fn read_private_key(session: &Session<'_>, reference: &str) -> Result<PrivateKey, Failure> {
    let text = read_reference(session, reference)?;
    let password = wire::password_of(&text, reference, session.variables);
    PrivateKey::parse(&text, password.as_ref()).map_err(|why| explain_private_key(reference, &why).into())
}

/// The public key that a reference names, in the same ways.
pub(super) fn read_public_key(session: &Session<'_>, reference: &str) -> Result<PublicKey, Failure> {
    let text = read_reference(session, reference)?;
    PublicKey::parse(text.expose()).map_err(|why| explain_public_key(reference, &why).into())
}

fn read_reference(session: &Session<'_>, reference: &str) -> Result<Secret, Failure> {
    session.look(async {
        let Session { directory, variables, redactor, .. } = session;
        let read = wire::read_reference(reference, directory, variables, redactor).await;
        Ok(read.map_err(|why| explain_key_reference(reference, &why))?)
    })
}

/// A trusted root.
pub(super) fn read_trusted_root(session: &Session<'_>, path: &Path) -> Result<TrustedRoot, Failure> {
    let bytes = read_file(session, path, ROOT_LIMIT + 1)?;
    TrustedRoot::parse(&bytes).map_err(|why| explain_trusted_root(path, &why).into())
}

/// Whom to trust where nothing says it: what Sigstore's public-good instance does, or another that variables name.
pub(super) fn find_instance_root(session: &Session<'_>) -> Result<TrustedRoot, Failure> {
    read_instance(session, async |instance| instance.trusted_root(wire::now().timestamp()).await)
}

/// What an instance says of itself.
pub(super) fn read_instance<T>(
    session: &Session<'_>,
    read: impl AsyncFnOnce(Instance) -> Result<T, InstanceError>,
) -> Result<T, Failure> {
    let transport = wire::signing_transport(session.variables);
    let instance = wire::find_instance(&session.directory, session.variables, transport).map_err(|why| {
        let message = "it is not known which Sigstore instance is meant";
        Diagnostic::error(Code::TrustInvalid, Cure::FixThenRunAgain, message).because(why)
    })?;
    session.look(async { Ok(read(instance).await.map_err(|why| explain_instance(&why))?) })
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
        return read_at_once(session, path).map(Artifact::of_bytes);
    }
    let read = File::open(session.path(path)).and_then(|mut file| Artifact::read(&mut file, hash));
    read.map_err(|error| unreadable(path, &error).into())
}

/// All of a file that is signed as a whole. Of a longer one nothing may be said: a part of it would pass for all.
fn read_at_once(session: &Session<'_>, path: &Path) -> Result<Vec<u8>, Failure> {
    let unreadable = |error: io::Error| Failure::from(unreadable(path, &error));
    let mut file = File::open(session.path(path)).map_err(unreadable)?;
    let mut bytes = Vec::new();
    // What is no plain file has no length beforehand.
    if file.metadata().map_err(unreadable)?.len() <= MEMORY_LIMIT {
        file.by_ref().take(MEMORY_LIMIT + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if u64::try_from(bytes.len()).is_ok_and(|length| length <= MEMORY_LIMIT) {
            return Ok(bytes);
        }
    }
    let name = path.display().to_string();
    let message =
        format!("{name} has more than {} MiB, too much for a signature by Ed25519", MEMORY_LIMIT >> 20);
    Err(Diagnostic::error(Code::KeyUnusable, Cure::FixThenRunAgain, message)
        .at(Place::of_file(&name))
        .help("such a signature is over all bytes at once, which would have to be in memory: nothing was verified")
        .help("sign larger files with an ECDSA key, or sign a file with their digests")
        .into())
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
        io::ErrorKind::IsADirectory => {
            return usage(format!("{} is a folder: a file is meant", path.display()));
        }
        _ => Code::FileSystem,
    };
    let name = path.display().to_string();
    Diagnostic::error(code, Cure::FixThenRunAgain, format!("{name} can't be read"))
        .because(error)
        .at(Place::of_file(&name))
}
