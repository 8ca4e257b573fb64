//! The texts of a project's files, for rules that ask for them one by one.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use plimsoll_engine::document::version_file::Texts;
use plimsoll_engine::domain::git::Oid;
use plimsoll_engine::world::WorldError;

use crate::wire::Repository;

/// The largest file that is read, in bytes: lock files are large.
const LIMIT: u64 = 16 * 1024 * 1024;

/// The texts of a commit. Reading them takes time, and rules do not wait: a question is asked again until it asks for
/// nothing that was not read.
pub(crate) struct CommitTexts<'a> {
    repository: &'a Repository,
    commit: &'a Oid,
    read: BTreeMap<String, Option<String>>,
}

impl<'a> CommitTexts<'a> {
    /// The texts of `commit`.
    pub(crate) fn of(repository: &'a Repository, commit: &'a Oid) -> CommitTexts<'a> {
        CommitTexts { repository, commit, read: BTreeMap::new() }
    }

    /// What `question` answers when it has every text that it asks for.
    pub(crate) async fn ask<T>(&mut self, question: impl Fn(&Texts<'_>) -> T) -> Result<T, WorldError> {
        loop {
            let missed = RefCell::new(BTreeSet::new());
            let answer = question(&|path| match self.read.get(path) {
                Some(text) => text.clone(),
                None => {
                    missed.borrow_mut().insert(path.to_owned());
                    None
                }
            });
            if missed.borrow().is_empty() {
                return Ok(answer);
            }
            for path in missed.into_inner() {
                let text = self.find(&path).await?;
                self.read.insert(path, text);
            }
        }
    }

    /// A file's text; none if there is no such file, or it is no text.
    pub(crate) async fn find(&self, path: &str) -> Result<Option<String>, WorldError> {
        match self.repository.read_file(self.commit, path, LIMIT).await {
            Ok(bytes) => Ok(bytes.and_then(|bytes| String::from_utf8(bytes).ok())),
            // A link, a submodule or a path that leads outside: nothing that names a version.
            Err(WorldError::File { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The texts of a working directory.
pub(crate) fn worktree_texts(root: &Path) -> impl Fn(&str) -> Option<String> {
    move |path| {
        let mut text = String::new();
        File::open(root.join(path)).ok()?.take(LIMIT).read_to_string(&mut text).ok()?;
        Some(text)
    }
}
