//! `pyproject.toml`: PEP 621's `project.version` and Poetry's `tool.poetry.version`.

use plimsoll_edit::path::{KeyPath, Step};
use plimsoll_edit::toml;
use plimsoll_tags::version::{Scheme, Version};

use super::{FoundVersion, VersionFileError, keyed};

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

pub(super) fn set(path: &str, text: &str, value: &str) -> Result<String, VersionFileError> {
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
