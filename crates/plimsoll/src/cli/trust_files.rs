//! Files that say whose signatures count, and that a release would not find.

use std::collections::BTreeSet;
use std::path::Path;

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Diagnostic, Place};
use plimsoll_engine::domain::git::Oid;
use plimsoll_engine::world::tree::Tree as _;

use super::subject::Subject;
use crate::config::{SigningSettings, Who};
use crate::key_reference::KeyReference;

/// Public keys, trusted roots and signing configs that the commit does not have, as warnings: a job may fetch them before it
/// releases.
pub(super) async fn find_missing_trust(subject: &Subject, commit: &Oid) -> Vec<Diagnostic> {
    let tree = subject.repository.tree(commit);
    let mut missing = Vec::new();
    for (path, code, what) in public_files(&subject.config.signing) {
        let missing_from = match Path::new(path).is_absolute() {
            true if Path::new(path).is_file() => None,
            true => Some("is not there"),
            // One that can't be read is there.
            false => matches!(tree.open(path).await, Ok(None)).then_some("is not in the commit"),
        };
        if let Some(is_not) = missing_from {
            missing.push(
                Diagnostic::warning(code, format!("{what} {path} {is_not}"))
                    .at(Place::of_file(path))
                    .help("commit it: releases take it from the tag's commit, or from the folder that they run in, and stop without it"),
            );
        }
    }
    missing
}

/// Each file once, with what it is.
fn public_files(signing: &SigningSettings) -> BTreeSet<(&str, Code, &'static str)> {
    let keys = signing.trust.iter().filter_map(|one| match &one.who {
        Who::Key(name) if matches!(KeyReference::parse(name), KeyReference::File(_)) => {
            Some((name.as_str(), Code::KeyUnusable, "the public key"))
        }
        Who::Key(_) | Who::Signer | Who::Identity { .. } => None,
    });
    let roots = signing.trust.iter().filter_map(|one| one.trusted_root.as_deref());
    let roots = roots.map(|path| (path, Code::TrustInvalid, "the trusted root"));
    let config = signing.signer.iter().filter_map(|signer| signer.signing_config.as_deref());
    let config = config.map(|path| (path, Code::TrustInvalid, "the signing config"));
    keys.chain(roots).chain(config).collect()
}
