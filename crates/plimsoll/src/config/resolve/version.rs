//! `[version]`: where the version stands, and how it is read.

use plimsoll_edit::pattern::Pattern;
use plimsoll_engine::document::version_file::{Texts, VersionFile, VersionFileError};
use plimsoll_engine::domain::project::VersionFileAt;
use plimsoll_tags::version::Scheme;

use super::inside::resolve_path;
use super::{invalid, unforeseen};
use crate::config::Surroundings;
use crate::config::file::written::{Node, Section, Spanned};
use crate::config::problems::{Problems, Span, Told, every};

/// The files that are looked at when none are named, and no others.
pub const DETECTED: [&str; 3] = ["pyproject.toml", "Cargo.toml", "VERSION"];

/// What the table says.
#[derive(Clone, Debug)]
pub struct Versioning {
    /// The files that must agree with the tag.
    pub files: Vec<VersionFileAt>,
    /// The rules that versions follow.
    pub scheme: Scheme,
}

/// Resolves the table.
///
/// # Errors
/// Something in it can't be meant, which was told.
pub fn resolve(
    root: &Section,
    surroundings: Surroundings<'_>,
    problems: &mut Problems<'_>,
) -> Result<Versioning, Told> {
    let empty = Section::empty(root.span.clone());
    let section = root.section("version")?.unwrap_or(&empty);
    let files = match section.list("files") {
        Ok(Some(list)) => every(list.value.iter().map(|file| resolve_file(file, problems)))
            .and_then(|files| check_distinct(files, &list.span, problems)),
        Ok(None) => Ok(DETECTED
            .iter()
            .filter(|path| names_a_version(path, surroundings.texts))
            .map(|path| VersionFileAt { path: (*path).into(), pattern: None })
            .collect()),
        Err(told) => Err(told),
    };
    let scheme = section.text("scheme")?.and_then(|scheme| Scheme::parse(scheme.value)).unwrap_or_default();
    Ok(Versioning { files: files?, scheme })
}

/// Whether a file is there to name a version, even if it does so badly. A `pyproject.toml` that only configures tools
/// does not, and neither does one whose version is worked out.
fn names_a_version(path: &str, texts: &Texts<'_>) -> bool {
    !matches!(
        VersionFile::of(path).and_then(|file| file.read(texts)),
        Err(VersionFileError::Missing { .. }
            | VersionFileError::NoVersion { .. }
            | VersionFileError::Dynamic { .. })
    )
}

fn resolve_file(file: &Result<Node, Told>, problems: &mut Problems<'_>) -> Result<VersionFileAt, Told> {
    let file = file.as_ref().map_err(|told| *told)?;
    if let Some(path) = file.text() {
        return resolve_known(path, problems);
    }
    let section = file.section().ok_or_else(|| unforeseen(&file.span, problems))?;
    let path = match (section.text("file")?, section.has("pattern")) {
        (Some(path), true) => resolve_path(path, problems),
        (Some(path), false) => return resolve_known(path, problems),
        (None, _) => Err(unforeseen(&file.span, problems)),
    };
    let pattern = section.text("pattern").and_then(|pattern| match pattern {
        Some(pattern) => resolve_pattern(pattern, problems).map(Some),
        None => Ok(None),
    });
    Ok(VersionFileAt { path: path?, pattern: pattern? })
}

/// A file whose name tells where its version stands.
fn resolve_known(path: Spanned<&str>, problems: &mut Problems<'_>) -> Result<VersionFileAt, Told> {
    let span = path.span.clone();
    let path = resolve_path(path, problems)?;
    if VersionFile::kind_of(&path).is_none() {
        let message = format!("nothing is known of where `{path}` names a version");
        let help =
            format!("say what stands round it: {{ file = \"{path}\", pattern = \"VERSION = {{version}}\" }}");
        return Err(problems.error(&span, invalid(message).help(help)));
    }
    Ok(VersionFileAt { path, pattern: None })
}

fn resolve_pattern(pattern: Spanned<&str>, problems: &mut Problems<'_>) -> Result<String, Told> {
    match Pattern::parse(pattern.value) {
        Ok(_) => Ok(pattern.value.to_owned()),
        Err(error) => {
            let example = "write the text round the version, such as `VERSION = \"{version}\"`";
            Err(problems.error(&pattern.span, invalid(error).help(example)))
        }
    }
}

fn check_distinct(
    files: Vec<VersionFileAt>,
    span: &Span,
    problems: &mut Problems<'_>,
) -> Result<Vec<VersionFileAt>, Told> {
    for (index, file) in files.iter().enumerate() {
        if files.iter().take(index).any(|earlier| earlier == file) {
            return Err(problems.error(span, invalid(format!("`{}` is named twice", file.path))));
        }
    }
    Ok(files)
}
