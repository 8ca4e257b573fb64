//! The version files of a working directory, read and rewritten.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use plimsoll_edit::pattern::Pattern;
use plimsoll_engine::check::text;
use plimsoll_engine::document::version_file::{
    CARGO, FoundVersion, Kind, Texts, VersionFile, VersionFileError,
};
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Place};
use plimsoll_engine::domain::project::VersionFileAt;
use plimsoll_tags::version::Version;

use crate::cli::ending::Failure;
use crate::cli::subject::{Subject, WorktreeTexts};
use crate::explain::Explain as _;
use crate::output::json::version::VersionInFile;
use crate::wire::find_inside;

/// The version files of a project.
pub(super) struct Files<'a> {
    subject: &'a Subject,
}

impl<'a> Files<'a> {
    /// The files that the configuration names or that were detected; there must be one.
    pub(super) fn of(subject: &'a Subject) -> Result<Files<'a>, Failure> {
        if subject.project().version_files.is_empty() {
            let message = "no file names the project's version";
            return Err(Diagnostic::error(Code::MissingKey, Cure::FixThenRunAgain, message)
                .help("name the files that do: `files = [\"VERSION\"]` under `[version]` in plimsoll.toml")
                .into());
        }
        Ok(Files { subject })
    }

    /// What each file names, in the order of the configuration.
    pub(super) fn read(&self) -> Result<Vec<FoundVersion>, Failure> {
        self.ask(|texts| {
            let read = |at| version_file(at)?.read(texts).map_err(|error| self.explain(&error));
            self.subject.project().version_files.iter().map(read).collect()
        })?
    }

    /// The one version that all files name.
    pub(super) fn read_agreed(&self) -> Result<(Version, Vec<FoundVersion>), Failure> {
        let findings = self.ask(|texts| text::agree_on_version(self.subject.project(), texts))?;
        if findings.has_errors() {
            return Err(findings.into());
        }
        let found = self.read()?;
        let scheme = self.subject.project().tags.scheme();
        let mut versions = found.iter().map(|found| Version::parse(scheme, &found.text));
        match versions.find_map(Result::ok) {
            Some(version) => Ok((version, found)),
            None => {
                let message = format!("no file spells the version as {scheme} does");
                Err(Diagnostic::error(Code::VersionFileInvalid, Cure::FixThenRunAgain, message).into())
            }
        }
    }

    /// Writes a version into every file and gives the paths of those that were changed. Nothing is written before
    /// every file is known to take it. `manifests` are those of [`find_manifests`](Self::find_manifests).
    pub(super) fn write(&self, version: &Version, manifests: &[String]) -> Result<Vec<String>, Failure> {
        let rewritten: RefCell<BTreeMap<String, String>> = RefCell::default();
        self.ask(|there| -> Result<(), Failure> {
            // Two of them may be one file, or may stand in one.
            let texts = |path: &str| rewritten.borrow().get(path).cloned().or_else(|| there(path));
            for at in &self.subject.project().version_files {
                let files = version_file(at)?.set(&texts, manifests, version);
                let files = files.map_err(|error| self.explain(&error))?;
                rewritten.borrow_mut().extend(files.into_iter().map(|file| (file.path, file.text)));
            }
            Ok(())
        })??;
        let root = self.subject.repository.root();
        for (path, text) in rewritten.borrow().iter() {
            // A link stays one: what it leads to is replaced, as long as that is in the repository.
            let place = find_inside(root, path).map_err(|error| error.explain(&self.subject.asked))?;
            replace(&place.unwrap_or_else(|| root.join(path)), text).map_err(|error| {
                Diagnostic::error(Code::FileSystem, Cure::RunAgain, format!("{path} can't be written"))
                    .because(error)
                    .at(Place::of_file(path))
            })?;
        }
        Ok(rewritten.into_inner().into_keys().collect())
    }

    /// Every manifest of Cargo in the repository, which a workspace may have among its members.
    pub(super) async fn find_manifests(&self) -> Result<Vec<String>, Failure> {
        let is_manifest = |at: &VersionFileAt| VersionFile::kind_of(&at.path) == Some(Kind::Cargo);
        if !self.subject.project().version_files.iter().any(is_manifest) {
            return Ok(Vec::new());
        }
        let found = self.subject.repository.find_unignored_files(&[CARGO]).await;
        Ok(found.map_err(|error| error.explain(&self.subject.asked))?)
    }

    fn ask<T>(&self, question: impl FnOnce(&Texts<'_>) -> T) -> Result<T, Failure> {
        let texts = WorktreeTexts::of(self.subject.repository.root());
        Ok(texts.ask(question).map_err(|error| error.explain(&self.subject.asked))?)
    }

    fn explain(&self, error: &VersionFileError) -> Failure {
        error.explain(&self.subject.asked).into()
    }
}

/// What programs are told of found versions.
pub(super) fn list(found: &[FoundVersion]) -> Vec<VersionInFile> {
    let one = |found: &FoundVersion| VersionInFile {
        file: found.path.clone(),
        line: found.line,
        version: found.text.clone(),
    };
    found.iter().map(one).collect()
}

/// The reader of a version file.
pub(in crate::cli) fn version_file(at: &VersionFileAt) -> Result<VersionFile, Failure> {
    let explain = |error: &dyn std::error::Error| {
        Diagnostic::error(Code::VersionFileInvalid, Cure::FixThenRunAgain, error.to_string())
            .at(Place::of_file(&at.path))
    };
    match &at.pattern {
        None => Ok(VersionFile::of(&at.path).map_err(|error| explain(&error))?),
        Some(pattern) => {
            let pattern = Pattern::parse(pattern).map_err(|error| explain(&error))?;
            Ok(VersionFile::with_pattern(&at.path, pattern))
        }
    }
}

/// Replaces a file's text, whole or not at all.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(fs::metadata(path)?.permissions())?;
    file.persist(path)?;
    Ok(())
}
