//! What repeats the version of a package elsewhere in its workspace: `Cargo.lock`, and requirements beside a `path`.
//!
//! Source: The Cargo Book, "Specifying dependencies: multiple locations" and "Cargo.toml vs Cargo.lock".

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_edit::path::{KeyPath, Step};
use plimsoll_edit::toml;

use super::{find_inheritance, find_root, join, parent, resolve};
use crate::document::version_file::lock::{path_of, read_packages};
use crate::document::version_file::{Rewritten, Texts, VersionFileError};

/// Which version becomes which.
#[derive(Clone, Copy)]
pub(super) struct Raise<'a> {
    /// The version as it was.
    pub(super) old: &'a str,
    /// The version as it is to be.
    pub(super) new: &'a str,
}

/// Whose version changes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Raised<'a> {
    /// That of the one package of this manifest.
    Package(&'a str),
    /// That of every package that inherits it.
    Inheriting,
}

/// Texts with changes on top.
pub(super) struct Edits<'a> {
    texts: &'a Texts<'a>,
    changed: BTreeMap<String, String>,
}

impl<'a> Edits<'a> {
    pub(super) fn of(texts: &'a Texts<'a>) -> Edits<'a> {
        Edits { texts, changed: BTreeMap::new() }
    }

    fn read(&self, path: &str) -> Option<String> {
        self.changed.get(path).cloned().or_else(|| (self.texts)(path))
    }

    pub(super) fn set(&mut self, path: &str, key: &KeyPath, value: &str) -> Result<(), VersionFileError> {
        let text = self.read(path).unwrap_or_default();
        let text = toml::set(&text, key, value).map_err(|error| VersionFileError::of_edit(path, error))?;
        self.changed.insert(path.to_owned(), text);
        Ok(())
    }

    pub(super) fn finish(self) -> Vec<Rewritten> {
        self.changed.into_iter().map(|(path, text)| Rewritten { path, text }).collect()
    }
}

/// Changes what repeats the version, in the manifests and the lock file of one workspace.
///
/// `root` is the manifest that the lock file lies beside, `manifests` are all that may belong to it.
pub(super) fn follow(
    edits: &mut Edits<'_>,
    root: &str,
    manifests: &[String],
    raised: Raised<'_>,
    raise: Raise<'_>,
) -> Result<(), VersionFileError> {
    let mut members = Vec::new();
    for path in manifests.iter().map(String::as_str).chain([root]).collect::<BTreeSet<&str>>() {
        let Some(text) = edits.read(path) else { continue };
        let own_root = find_root(path, &text, edits.texts).map(|root| root.path);
        if path == root || own_root.as_deref() == Some(root) {
            members.push((path, text));
        }
    }
    let is_raised = |(path, text): &&(&str, String)| match raised {
        Raised::Package(one) => *path == one,
        Raised::Inheriting => find_inheritance(text).is_some(),
    };
    let paths: BTreeSet<&str> = members.iter().filter(is_raised).map(|(path, _)| *path).collect();
    let name = KeyPath::of(["package", "name"]);
    let names = members.iter().filter(is_raised).filter_map(|(_, text)| toml::find(text, &name).ok());
    let names: BTreeSet<String> = names.map(|found| found.value).collect();
    for (path, text) in &members {
        for (key, requirement) in find_requirements(path, text, &paths) {
            if let Some(requirement) = raise_requirement(&requirement, raise) {
                edits.set(path, &key, &requirement)?;
            }
        }
    }
    set_lock(edits, &join(parent(root).unwrap_or_default(), "Cargo.lock"), &names, raise)
}

/// The requirements of a manifest on packages that it names by their place, each with its key. A manifest that can't be
/// read belongs to no workspace that can be built.
fn find_requirements(path: &str, text: &str, packages: &BTreeSet<&str>) -> Vec<(KeyPath, String)> {
    let strings: BTreeMap<KeyPath, String> = toml::strings(text).unwrap_or_default().into_iter().collect();
    let requirement = |(key, place): (&KeyPath, &String)| {
        let [above @ .., Step::Key(table), Step::Key(dependency), Step::Key(last)] = key.steps() else {
            return None;
        };
        let is_dependency =
            matches!(table.as_str(), "dependencies" | "dev-dependencies" | "build-dependencies");
        let is_top = match above {
            [] => true,
            [Step::Key(one)] => one == "workspace",
            [Step::Key(one), Step::Key(_)] => one == "target",
            _ => false,
        };
        if last != "path" || !is_dependency || !is_top {
            return None;
        }
        let manifest = join(&resolve(parent(path)?, place)?, "Cargo.toml");
        let version = above.iter().cloned().fold(KeyPath::default(), |path, step| path.join(step));
        let version = [table.as_str(), dependency, "version"]
            .into_iter()
            .fold(version, |path, key| path.join(Step::Key(key.to_owned())));
        let found = strings.get(&version).filter(|_| packages.contains(manifest.as_str()))?.clone();
        Some((version, found))
    };
    strings.iter().filter_map(requirement).collect()
}

/// A requirement on the new version, as exact as the one on the old; nothing if it asks for something else.
fn raise_requirement(requirement: &str, raise: Raise<'_>) -> Option<String> {
    let plain = |version: &str| version.split('+').next().unwrap_or_default().to_owned();
    let (old, new) = (plain(raise.old), plain(raise.new));
    let asked = requirement.trim_start_matches(['^', '=', '~', ' ']);
    let operator = requirement.strip_suffix(asked)?;
    let asked = asked.trim_end();
    let raised = match old.strip_prefix(asked) {
        Some("") => new,
        // A part of a version never means a pre-release.
        Some(rest) if rest.starts_with('.') && !asked.is_empty() && new.contains('-') => new,
        Some(rest) if rest.starts_with('.') && !asked.is_empty() => {
            new.split('.').take(asked.split('.').count()).collect::<Vec<_>>().join(".")
        }
        _ => return None,
    };
    Some(format!("{operator}{raised}"))
}

/// Sets the versions of the workspace's own packages: those that have no source.
fn set_lock(
    edits: &mut Edits<'_>,
    lock: &str,
    names: &BTreeSet<String>,
    raise: Raise<'_>,
) -> Result<(), VersionFileError> {
    let Some(text) = edits.read(lock) else { return Ok(()) };
    let packages = read_packages(&text).map_err(|error| VersionFileError::of_edit(lock, error))?;
    for (index, package) in packages.iter().enumerate() {
        let is_own = package.get("name").is_some_and(|name| names.contains(name));
        if is_own && package.contains_key("version") && !package.contains_key("source") {
            edits.set(lock, &path_of(index, "version"), raise.new)?;
        }
        for (below, dependency) in package.iter().filter(|(below, _)| below.starts_with("dependencies[")) {
            // With its version where several packages have one name.
            let Some((name, version)) = dependency.split_once(' ') else { continue };
            if version == raise.old && names.contains(name) {
                edits.set(lock, &path_of(index, below), &format!("{name} {}", raise.new))?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_requirement_stays_as_exact_as_it_was() {
        for (requirement, old, new, want) in [
            ("0.3.0", "0.3.0", "0.5.0", Some("0.5.0")),
            ("^0.3.0", "0.3.0", "0.3.1", Some("^0.3.1")),
            ("= 0.3.0", "0.3.0", "0.5.0", Some("= 0.5.0")),
            ("0.3", "0.3.0", "0.5.0", Some("0.5")),
            ("0", "0.3.0", "1.0.0", Some("1")),
            ("~1.2", "1.2.9", "1.3.0-rc.1", Some("~1.3.0-rc.1")),
            ("1.3.0-rc.1", "1.3.0-rc.1", "1.3.0", Some("1.3.0")),
            ("1.2.3", "1.2.3+a", "1.2.4+b", Some("1.2.4")),
            ("0.2", "0.3.0", "0.5.0", None),
            ("0.30", "0.300.0", "0.5.0", None),
            (">=0.3, <0.4", "0.3.0", "0.5.0", None),
            ("*", "0.3.0", "0.5.0", None),
            ("", "0.3.0", "0.5.0", None),
        ] {
            assert_eq!(raise_requirement(requirement, Raise { old, new }).as_deref(), want, "{requirement}");
        }
    }
}
