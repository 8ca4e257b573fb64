//! Who must have signed what is imported, and who says so.

use std::sync::Arc;

use plimsoll_engine::world::signatures::Signatures;
use plimsoll_sigstore::key::PublicKey;
use plimsoll_sigstore::policy::RequiredSigner;
use plimsoll_sigstore::trust::TrustedRoot;

use crate::cli::copy::Surroundings;
use crate::cli::ending::Failure;
use crate::cli::required_signer::Signer;
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

/// Finds out whose signatures count: what the command line says, else, for a release that was signed, the project that this
/// is in, else the keys in the archive. `None` if nobody says it.
pub(super) fn find_trusting(
    session: &Session<'_>,
    signer: &Signer,
    surroundings: &Surroundings<'_>,
    parcel: &Parcel,
) -> Result<Option<Trusting>, Failure> {
    let (mut keys, mut roots) = (Vec::new(), Vec::new());
    for file in &parcel.trust {
        let text = String::from_utf8_lossy(&file.bytes);
        if let Ok(key) = PublicKey::parse(&text) {
            keys.push(RequiredSigner::Key(key));
        } else if let Ok(root) = TrustedRoot::parse(&file.bytes) {
            roots.push(root);
        }
    }
    // A root that is named counts alone; one that came along is better than none.
    let root = signer.read_root(session)?.or_else(|| roots.into_iter().next());
    let stated = signer.read(session)?;
    if !matches!(stated, RequiredSigner::Unstated) {
        let signatures = wire::signatures_by(vec![stated], root.as_ref());
        return Ok(Some(Trusting { signatures, said_by: SaidBy::CommandLine }));
    }
    // What was released before releases were signed is looked at without, as by `verify`.
    if parcel.seal.signing.is_none() {
        return Ok(None);
    }
    if let Some(signatures) = surroundings.signatures() {
        return Ok(Some(Trusting { signatures, said_by: SaidBy::Project }));
    }
    Ok((!keys.is_empty())
        .then(|| Trusting { signatures: wire::signatures_by(keys, root.as_ref()), said_by: SaidBy::Archive }))
}
