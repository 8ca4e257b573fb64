//! Who must have signed what is imported, and who says so.

use std::sync::Arc;

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::world::signatures::Signatures;
use plimsoll_sigstore::key::PublicKey;
use plimsoll_sigstore::policy::RequiredSigner;
use plimsoll_sigstore::trust::TrustedRoot;

use crate::cli::copy::{ProjectTrust, Surroundings};
use crate::cli::ending::Failure;
use crate::cli::required_signer::{Signer, contradiction};
use crate::cli::session::Session;
use crate::release_archive::Parcel;
use crate::wire;

/// Whose signatures count.
pub(super) struct Trusting {
    /// What judges them.
    pub(super) signatures: Arc<dyn Signatures>,
    /// Who says so.
    pub(super) said_by: SaidBy,
}

/// Who says whose signatures count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SaidBy {
    /// The options.
    CommandLine,
    /// `[[trust]]` of the project that this is in.
    Project,
    /// The keys that came with the archive: whoever made it has chosen them.
    Archive,
}

impl SaidBy {
    /// The word for it in JSON.
    pub(super) fn word(self) -> &'static str {
        match self {
            SaidBy::CommandLine => "command-line",
            SaidBy::Project => "project",
            SaidBy::Archive => "archive",
        }
    }
}

/// What is asked of signatures.
pub(super) enum Asking {
    /// Who counts by the command line, or by whoever else says it.
    For(Box<RequiredSigner>),
    /// Nothing: only whether it holds together.
    Nobody,
}

impl Asking {
    /// Reads it from options.
    ///
    /// # Errors
    /// They say both, or name nobody that could be asked for.
    pub(super) fn read(
        signer: &Signer,
        integrity_only: bool,
        session: &Session<'_>,
    ) -> Result<Asking, Failure> {
        match (signer.read(session)?, integrity_only) {
            (signer, false) => Ok(Asking::For(Box::new(signer))),
            (RequiredSigner::Unstated, true) => Ok(Asking::Nobody),
            (_, true) => Err(contradiction()),
        }
    }
}

/// Finds out whose signatures count: what the command line says, with its own trusted root, else the project that this is in, else, for
/// a release that was signed, the keys in the archive. `None` if nobody says it, or nobody is asked.
///
/// Only whoever is not in the archive can say that there must be signatures: whoever made it has written its record.
///
/// The archive's trusted root counts with the archive's keys alone: an authority of whoever made the archive would certify him to be
/// anybody whom the command line could name.
///
/// # Errors
/// The project names nobody but its own private key.
pub(super) fn find_trusting(
    asking: &Asking,
    stated_root: Option<&TrustedRoot>,
    surroundings: &Surroundings<'_>,
    parcel: &Parcel,
) -> Result<Option<Trusting>, Failure> {
    let stated = match asking {
        Asking::Nobody => return Ok(None),
        Asking::For(stated) => &**stated,
    };
    if !matches!(stated, RequiredSigner::Unstated) {
        let signatures = wire::signatures_by(vec![stated.clone()], stated_root);
        return Ok(Some(Trusting { signatures, said_by: SaidBy::CommandLine }));
    }
    match surroundings.signatures() {
        ProjectTrust::Named(signatures) => {
            return Ok(Some(Trusting { signatures, said_by: SaidBy::Project }));
        }
        ProjectTrust::SignerAlone => return Err(explain_signer_alone().into()),
        ProjectTrust::Unsaid => {}
    }
    if parcel.seal.signing.is_none() {
        return Ok(None);
    }
    let (mut keys, mut roots) = (Vec::new(), Vec::new());
    for file in &parcel.trust {
        let text = String::from_utf8_lossy(&file.bytes);
        if let Ok(key) = PublicKey::parse(&text) {
            keys.push(RequiredSigner::Key(key));
        } else if let Ok(root) = TrustedRoot::parse(&file.bytes) {
            roots.push(root);
        }
    }
    let root = stated_root.or(roots.first());
    Ok((!keys.is_empty())
        .then(|| Trusting { signatures: wire::signatures_by(keys, root), said_by: SaidBy::Archive }))
}

fn explain_signer_alone() -> Diagnostic {
    let message = "this project signs with a private key, and does not name its public key: whose signatures count can't be asked";
    Diagnostic::error(Code::MissingKey, Cure::FixThenRunAgain, message)
        .help("name it here: `--key FILE`; or once, in [[trust]] of plimsoll.toml: `plimsoll key public` prints it")
        .help("`--integrity-only` looks only whether the archive holds together")
}
