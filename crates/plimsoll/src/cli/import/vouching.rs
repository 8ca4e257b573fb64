//! Who must have signed what is imported, and who says so.

use std::sync::Arc;

use plimsoll_engine::world::signatures::Signatures;
use plimsoll_sigstore::key::PublicKey;
use plimsoll_sigstore::policy::RequiredSigner;
use plimsoll_sigstore::trust::TrustedRoot;

use crate::cli::copy::Surroundings;
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

/// Finds out whose signatures count: what the command line says, with its own trusted root, else, for a release that was signed, the
/// project that this is in, else the keys in the archive. `None` if nobody says it.
///
/// The archive's trusted root counts with the archive's keys alone: an authority of whoever made the archive would certify him to be
/// anybody whom the command line could name.
pub(super) fn find_trusting(
    stated: RequiredSigner,
    stated_root: Option<&TrustedRoot>,
    surroundings: &Surroundings<'_>,
    parcel: &Parcel,
) -> Option<Trusting> {
    if !matches!(stated, RequiredSigner::Unstated) {
        let signatures = wire::signatures_by(vec![stated], stated_root);
        return Some(Trusting { signatures, said_by: SaidBy::CommandLine });
    }
    // What was released before releases were signed is looked at without, as by `verify`.
    parcel.seal.signing.as_ref()?;
    if let Some(signatures) = surroundings.signatures() {
        return Some(Trusting { signatures, said_by: SaidBy::Project });
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
    (!keys.is_empty())
        .then(|| Trusting { signatures: wire::signatures_by(keys, root), said_by: SaidBy::Archive })
}
