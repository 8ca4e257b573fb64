//! `pyproject.toml`: PEP 621's `project.version` and Poetry's `tool.poetry.version`.

use plimsoll_edit::error::EditError;
use plimsoll_edit::path::{KeyPath, Step};
use plimsoll_edit::toml;
use plimsoll_tags::version::{Scheme, Version};

use super::lock::{path_of, read_packages};
use super::{FoundVersion, Rewritten, Texts, VersionFileError, keyed, read_text};

fn keys() -> [KeyPath; 2] {
    [KeyPath::of(["project", "version"]), KeyPath::of(["tool", "poetry", "version"])]
}

pub(super) fn read(path: &str, text: &str) -> Result<FoundVersion, VersionFileError> {
    let [standard, poetry] = keys();
    let find = |key: &KeyPath| keyed::find_version(path, key, toml::find(text, key));
    match (find(&standard)?, find(&poetry)?) {
        (Some(one), Some(two)) if !is_same(&one.text, &two.text) => Err(VersionFileError::Disagrees {
            path: path.to_owned(),
            one: one.text,
            one_line: one.line,
            two: two.text,
            two_line: two.line,
        }),
        (Some(found), _) | (None, Some(found)) => Ok(found),
        (None, None) => match find_dynamic_line(text) {
            Some(line) => Err(VersionFileError::Dynamic { path: path.to_owned(), line }),
            None => Err(keyed::no_version(path, &[&standard, &poetry])),
        },
    }
}

/// Sets the version, in the `uv.lock` beside it as well.
pub(super) fn set(path: &str, texts: &Texts<'_>, value: &str) -> Result<Vec<Rewritten>, VersionFileError> {
    let text = set_project(path, &read_text(path, texts)?, value)?;
    let mut rewritten = vec![Rewritten { path: path.to_owned(), text }];
    let lock = match path.rsplit_once('/') {
        Some((directory, _)) => format!("{directory}/uv.lock"),
        None => "uv.lock".to_owned(),
    };
    if let Some(text) = texts(&lock) {
        let text = set_lock(&text, value).map_err(|error| VersionFileError::of_edit(&lock, error))?;
        rewritten.push(Rewritten { path: lock, text });
    }
    Ok(rewritten)
}

/// Sets the version of the project itself, in the spelling of PEP 440. Source: uv's documentation, "Locking and syncing":
/// the project's source is its own folder, editable or virtual.
fn set_lock(text: &str, value: &str) -> Result<String, EditError> {
    let value = Version::parse(Scheme::Pep440, value).map_or(value.to_owned(), |version| version.to_string());
    let mut edited = text.to_owned();
    for (index, package) in read_packages(text)?.iter().enumerate() {
        let is_here = |source: &str| package.get(source).is_some_and(|folder| folder == ".");
        let is_own = is_here("source.editable") || is_here("source.virtual");
        // The version is absent where it is dynamic.
        if is_own && package.contains_key("version") {
            edited = toml::set(&edited, &path_of(index, "version"), &value)?;
        }
    }
    Ok(edited)
}

fn set_project(path: &str, text: &str, value: &str) -> Result<String, VersionFileError> {
    // Two versions that disagree are no reason not to set both to a third.
    match read(path, text) {
        Ok(_) | Err(VersionFileError::Disagrees { .. }) => {}
        Err(error) => return Err(error),
    }
    let mut edited = text.to_owned();
    for key in keys() {
        if keyed::find_version(path, &key, toml::find(&edited, &key))?.is_some() {
            edited =
                toml::set(&edited, &key, value).map_err(|error| VersionFileError::of_edit(path, error))?;
        }
    }
    Ok(edited)
}

fn is_same(one: &str, two: &str) -> bool {
    let parse = |text: &str| Version::parse(Scheme::Pep440, text);
    one == two || matches!((parse(one), parse(two)), (Ok(one), Ok(two)) if one.is_equivalent(&two))
}

/// Returns the line on which `project.dynamic` names the version. Source: PEP 621, "dynamic".
fn find_dynamic_line(text: &str) -> Option<usize> {
    let dynamic = KeyPath::of(["project", "dynamic"]);
    (0..)
        .map_while(|index| toml::find(text, &dynamic.join(Step::Index(index))).ok())
        .find(|field| field.value == "version")
        .map(|field| field.line)
}
