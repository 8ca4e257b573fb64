//! What has been learned of a registry's way of listing referrers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use super::List;
use crate::name::Digest;
use crate::store::StoreError;

/// What one registry's answers have told.
#[derive(Debug, Default)]
pub(in crate::remote) struct Known {
    ways: Mutex<Ways>,
    /// Work on fallback tags, by repository and subject.
    lists: Mutex<BTreeMap<(String, Digest), Arc<List>>>,
}

/// How lists are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Api,
    FallbackTag,
}

#[derive(Debug, Default)]
struct Ways {
    /// Of the registry as a whole.
    registry: Option<Way>,
    /// Repositories that have shown no list, where nothing was known of the registry.
    without: BTreeSet<String>,
    asked: BTreeSet<String>,
}

/// An answer that is no list.
#[derive(Debug)]
pub(super) struct NoList {
    pub(super) says: Says,
    /// The error, where there should have been one.
    pub(super) error: StoreError,
}

/// What an answer that is no list tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    /// The registry knows no such question.
    NoApi,
    /// It does not know the repository, yet.
    NoRepository,
    /// Nothing that a registry would say. What stands before it may have, for this repository alone.
    Oddity,
}

impl Known {
    /// How lists of a repository are kept.
    pub(super) fn way(&self, path: &str) -> Option<Way> {
        let ways = self.ways();
        if ways.without.contains(path) { Some(Way::FallbackTag) } else { ways.registry }
    }

    /// True once for a repository, if nothing is known by then.
    pub(super) fn is_first_question(&self, path: &str) -> bool {
        let is_first = self.ways().asked.insert(path.to_owned());
        is_first && self.way(path).is_none()
    }

    /// There was a list: the registry keeps them, whatever else it may have answered.
    pub(super) fn has_api(&self) {
        self.ways().registry = Some(Way::Api);
    }

    /// There was none.
    ///
    /// # Errors
    /// The answer tells nothing, of a registry that keeps lists: without them what was attached would look as if it were not.
    pub(super) fn has_none(&self, path: &str, answer: NoList) -> Result<(), StoreError> {
        let mut ways = self.ways();
        match (answer.says, ways.registry) {
            (Says::NoRepository, _) | (Says::NoApi, Some(_)) | (Says::Oddity, Some(Way::FallbackTag)) => {}
            (Says::NoApi, None) => ways.registry = Some(Way::FallbackTag),
            (Says::Oddity, None) => drop(ways.without.insert(path.to_owned())),
            (Says::Oddity, Some(Way::Api)) => return Err(answer.error),
        }
        Ok(())
    }

    /// Work on one list.
    pub(super) fn list(&self, path: &str, subject: &Digest) -> Arc<List> {
        let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(lists.entry((path.to_owned(), subject.clone())).or_default())
    }

    fn ways(&self) -> std::sync::MutexGuard<'_, Ways> {
        self.ways.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
