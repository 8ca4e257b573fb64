//! Files that name the project's version: where it stands in them, and how it is changed.
//!
//! Pure: texts in, texts out. A [`VersionFile`] asks for the texts it needs by path, because the version of a
//! `Cargo.toml` may stand in the workspace's, and an npm version also stands in the lock file. Paths are relative to
//! the repository's root and use `/`.
//!
//! | kind | the version |
//! |---|---|
//! | `pyproject.toml` | `project.version` (PEP 621) and `tool.poetry.version`; if both are there they must agree |
//! | `Cargo.toml` | `package.version`, or `workspace.package.version` where it is inherited or there is no package |
//! | `package.json` | `version`; written to the lock file as well |
//! | `Chart.yaml` | `version`; `appVersion` is not touched |
//! | `VERSION` | the one line of the file |
//! | any file with a pattern | what stands for `{version}` in the pattern |
//!
//! Lock files that name the version of the project's own packages are set as well: `Cargo.lock`, `uv.lock`, npm's.

mod agreement;
mod cargo;
mod chart;
mod error;
mod keyed;
mod lock;
mod npm;
mod pattern;
mod plain;
mod pyproject;

pub use agreement::Agreement;
pub use error::VersionFileError;

use plimsoll_edit::path::KeyPath;
use plimsoll_edit::pattern::Pattern;
use plimsoll_tags::version::{Scheme, Version};

/// What the manifests of Cargo's packages are called.
pub const CARGO: &str = "Cargo.toml";

/// Gives the text of a file by its path, or nothing if there is no such file.
pub type Texts<'texts> = dyn Fn(&str) -> Option<String> + 'texts;

/// What kind of file names a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// `pyproject.toml`.
    Pyproject,
    /// `Cargo.toml`.
    Cargo,
    /// `package.json`.
    Npm,
    /// `Chart.yaml`.
    Chart,
    /// `VERSION`.
    Plain,
    /// Any text, by what stands round the version.
    Pattern(Pattern),
}

impl Kind {
    /// Returns the rules that the readers of such a file have for versions, if they have any.
    fn scheme(&self) -> Option<Scheme> {
        match self {
            Self::Pyproject => Some(Scheme::Pep440),
            Self::Cargo | Self::Npm | Self::Chart => Some(Scheme::Semver),
            Self::Plain | Self::Pattern(_) => None,
        }
    }
}

/// A file that names the project's version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionFile {
    path: String,
    kind: Kind,
}

/// A version as a file spells it, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundVersion {
    /// The file that holds it: not the one asked for where the version is inherited.
    pub path: String,
    /// The key that it stands under, in a file that has keys.
    pub key: Option<KeyPath>,
    /// The version as written.
    pub text: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    scheme: Option<Scheme>,
}

/// A file with its new text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewritten {
    /// The path of the file.
    pub path: String,
    /// The whole new text.
    pub text: String,
}

impl VersionFile {
    /// Returns the kind of a file by its name; nothing if a pattern is needed.
    pub fn kind_of(path: &str) -> Option<Kind> {
        match path.rsplit('/').next().unwrap_or(path) {
            "pyproject.toml" => Some(Kind::Pyproject),
            "Cargo.toml" => Some(Kind::Cargo),
            "package.json" => Some(Kind::Npm),
            "Chart.yaml" => Some(Kind::Chart),
            "VERSION" => Some(Kind::Plain),
            _ => None,
        }
    }

    /// Makes a version file of a kind that its name tells.
    ///
    /// # Errors
    /// The name tells none: such a file needs a pattern.
    pub fn of(path: &str) -> Result<Self, VersionFileError> {
        let path = path.to_owned();
        match Self::kind_of(&path) {
            Some(kind) => Ok(Self { path, kind }),
            None => Err(VersionFileError::UnknownKind { path }),
        }
    }

    /// Makes a version file that is read by a pattern, whatever its name.
    pub fn with_pattern(path: &str, pattern: Pattern) -> Self {
        Self { path: path.to_owned(), kind: Kind::Pattern(pattern) }
    }

    /// Returns its path.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns its kind.
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Reads the version that the file names.
    ///
    /// # Errors
    /// See [`VersionFileError`]. Whether the text is a version of any scheme is not judged here.
    pub fn read(&self, texts: &Texts<'_>) -> Result<FoundVersion, VersionFileError> {
        let path = &self.path;
        match &self.kind {
            Kind::Pyproject => pyproject::read(path, &read_text(path, texts)?),
            Kind::Cargo => cargo::read(path, texts),
            Kind::Npm => npm::read(path, &read_text(path, texts)?),
            Kind::Chart => chart::read(path, &read_text(path, texts)?),
            Kind::Plain => plain::read(path, &read_text(path, texts)?),
            Kind::Pattern(pattern) => pattern::read(path, pattern, &read_text(path, texts)?),
        }
        .map(|found| FoundVersion { scheme: self.kind.scheme(), ..found })
    }

    /// Returns every file whose text changes when the version becomes `version`, with every other byte kept.
    ///
    /// Files that name it already are left out. `manifests` are all files of the repository called [`CARGO`]: the packages of
    /// a workspace require each other's versions, and its lock file repeats them.
    ///
    /// # Errors
    /// As [`read`](Self::read); or the readers of such a file would refuse the version.
    pub fn set(
        &self,
        texts: &Texts<'_>,
        manifests: &[String],
        version: &Version,
    ) -> Result<Vec<Rewritten>, VersionFileError> {
        let path = &self.path;
        let value = self.spell(version)?;
        let one = |text: Result<String, VersionFileError>| {
            text.map(|text| vec![Rewritten { path: path.clone(), text }])
        };
        let rewritten = match &self.kind {
            Kind::Pyproject => pyproject::set(path, texts, &value),
            Kind::Cargo => cargo::set(path, texts, manifests, &value),
            Kind::Npm => npm::set(path, texts, &value),
            Kind::Chart => one(chart::set(path, &read_text(path, texts)?, &value)),
            Kind::Plain => one(plain::set(path, &read_text(path, texts)?, &value)),
            Kind::Pattern(pattern) => one(pattern::set(path, pattern, &read_text(path, texts)?, &value)),
        }?;
        let differs = |file: &Rewritten| texts(&file.path).as_ref() != Some(&file.text);
        Ok(rewritten.into_iter().filter(differs).collect())
    }

    /// Spells a version for this file, or says that its readers have other rules.
    fn spell(&self, version: &Version) -> Result<String, VersionFileError> {
        let text = version.to_string();
        match self.kind.scheme() {
            Some(scheme) if Version::parse(scheme, &text).is_err() => Err(VersionFileError::WrongScheme {
                path: self.path.clone(),
                version: version.clone(),
                wanted: scheme,
            }),
            _ => Ok(text),
        }
    }
}

fn read_text(path: &str, texts: &Texts<'_>) -> Result<String, VersionFileError> {
    texts(path).ok_or_else(|| VersionFileError::Missing { path: path.to_owned() })
}

#[cfg(test)]
mod tests;
