//! The texts of a project's files, for rules that ask for them one by one.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use plimsoll_engine::document::version_file::{Texts, VersionFile};
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Place};
use plimsoll_engine::domain::git::Oid;
use plimsoll_engine::world::WorldError;
use plimsoll_engine::world::error::FileProblem;

use crate::explain::{Asked, Explain};
use crate::wire::{Repository, find_inside, read_bounded};

/// The largest file that is read, in bytes: lock files are large.
const LIMIT: u64 = 16 * 1024 * 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TextError {
    /// A file is there and can't be taken for a text: too large, a link that leads out, no UTF-8.
    #[error("{path} can't be read as a text")]
    NotText {
        /// Its path from the root.
        path: String,
        /// Why not.
        why: String,
        /// What that is by its kind.
        kind: FileProblem,
    },
    /// Git did not answer.
    #[error(transparent)]
    World(WorldError),
}

impl TextError {
    fn of(path: &str, error: WorldError) -> TextError {
        match error {
            WorldError::File { why, kind, .. } => TextError::NotText { path: path.to_owned(), why, kind },
            other => TextError::World(other),
        }
    }
}

impl Explain for TextError {
    fn explain(&self, asked: &Asked) -> Diagnostic {
        match self {
            // A Dockerfile, or a compose file: no version is looked for there.
            TextError::NotText { path, why, kind } if VersionFile::kind_of(path).is_none() => {
                let (path, why, kind) = (path.clone(), why.clone(), *kind);
                WorldError::File { path, why, kind }.explain(asked)
            }
            TextError::NotText { path, why, .. } => Diagnostic::error(
                Code::VersionFileInvalid,
                Cure::FixThenRunAgain,
                self.to_string(),
            )
            .because(why)
            .at(Place::of_file(path))
            .help(
                "name the files that hold the version in `files` under `[version]`, or `[]` if there is none",
            ),
            TextError::World(error) => error.explain(asked),
        }
    }
}

fn to_text(path: &str, bytes: Vec<u8>) -> Result<String, TextError> {
    String::from_utf8(bytes).map_err(|error| {
        let why = format!("byte {} is not UTF-8", error.utf8_error().valid_up_to());
        TextError::NotText { path: path.to_owned(), why, kind: FileProblem::Broken }
    })
}

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
    pub(crate) async fn ask<T>(&mut self, question: impl Fn(&Texts<'_>) -> T) -> Result<T, TextError> {
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

    /// A file's text; none if there is no such file.
    async fn find(&self, path: &str) -> Result<Option<String>, TextError> {
        let bytes = self.repository.read_file(self.commit, path, LIMIT).await;
        let bytes = bytes.map_err(|error| TextError::of(path, error))?;
        bytes.map(|bytes| to_text(path, bytes)).transpose()
    }
}

/// The texts of a working directory.
pub(crate) struct WorktreeTexts {
    root: PathBuf,
}

impl WorktreeTexts {
    /// The texts below `root`.
    pub(crate) fn of(root: &Path) -> WorktreeTexts {
        WorktreeTexts { root: root.to_owned() }
    }

    /// What `question` answers, unless it asks for a file that can't be read.
    pub(crate) fn ask<T>(&self, question: impl FnOnce(&Texts<'_>) -> T) -> Result<T, TextError> {
        let first: RefCell<Option<TextError>> = RefCell::default();
        let answer = question(&|path| match self.find(path) {
            Ok(text) => text,
            Err(error) => {
                first.borrow_mut().get_or_insert(error);
                None
            }
        });
        first.into_inner().map_or(Ok(answer), Err)
    }

    /// A file's text; none if there is no such file.
    fn find(&self, path: &str) -> Result<Option<String>, TextError> {
        let of = |error| TextError::of(path, error);
        let found = find_inside(&self.root, path).map_err(of)?;
        let Some(file) = found.filter(|found| !found.is_dir()) else { return Ok(None) };
        // Opening a pipe would wait for somebody to write into it.
        if !file.is_file() {
            return Err(TextError::NotText {
                path: path.to_owned(),
                why: "it is no regular file".to_owned(),
                kind: FileProblem::Broken,
            });
        }
        let bytes = read_bounded(&file, LIMIT).map_err(of)?;
        bytes.map(|bytes| to_text(path, bytes)).transpose()
    }
}
