//! Every image and every chart has a variable of its own in sealed gates.

use std::collections::BTreeMap;

use plimsoll_engine::domain::artifact::ArtifactName;

use crate::config::problems::{Problems, Span};
use crate::config::resolve::build::Sealed;
use crate::config::resolve::invalid;

/// Compares the names of what is sealed; `span` is where the gates stand that would see them.
pub(super) fn check<'n>(
    sealed: impl Iterator<Item = (Sealed, &'n ArtifactName)>,
    span: &Span,
    problems: &mut Problems<'_>,
) {
    let mut owners: BTreeMap<String, &ArtifactName> = BTreeMap::new();
    for (kind, name) in sealed {
        let variable = kind.variable(name);
        if let Some(owner) = owners.insert(variable.clone(), name) {
            let message = format!("`{owner}` and `{name}` would both be {variable} to sealed gates");
            problems.error(span, invalid(message).help("give one of them another `name`"));
        }
    }
}
