//! What steps say of a chart in words: its number, and its `appVersion`, by what a release is.

use std::collections::BTreeMap;

use plimsoll_tags::table::Table;

use super::numbers::Made;
use crate::setup::from_workflows::expression::{Filled, Known};
use crate::setup::from_workflows::occasions::{At, Purpose};
use crate::setup::from_workflows::spelled::in_expressions;
use crate::setup::from_workflows::workflow::Triggers;

/// What a version of a chart is said to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::setup) enum SaidVersion {
    /// The git tag of the release.
    Tag,
    /// This text, with the version of the release in it.
    Follows(String),
    /// Words that are not read, or the same for every release.
    Unread(String),
}

impl SaidVersion {
    /// What words mean that come to this in a release.
    pub(super) fn of(said: &str, in_release: &BTreeMap<String, String>) -> SaidVersion {
        match in_release.get(said).map(String::as_str) {
            Some("{tag}") => SaidVersion::Tag,
            Some(text) if text.matches("{version}").count() == 1 && text.matches(['{', '$']).count() == 1 => {
                SaidVersion::Follows(text.to_owned())
            }
            _ => SaidVersion::Unread(said.to_owned()),
        }
    }
}

/// What the words of steps come to in a release.
pub(super) fn in_release(made: &Made, triggers: &Triggers, known: &Known<'_>) -> BTreeMap<String, String> {
    let occasions = At::all(triggers, known);
    let Some(release) = occasions.iter().find(|at| at.table == Table::Release) else {
        return BTreeMap::new();
    };
    let packaged = made.packaged.iter().flat_map(|one| [&one.version, &one.app_version]).flatten();
    let fill = |word: &String| match release.fill(&in_expressions(word), Purpose::Tag, &|_| None) {
        Filled::Known(text) => Some((word.clone(), text)),
        Filled::Unknown { .. } => None,
    };
    packaged.chain(&made.app_versions).filter_map(fill).collect()
}
