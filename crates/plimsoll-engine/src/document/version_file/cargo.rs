//! `Cargo.toml`: a package's own version, or the one that it inherits from its workspace.
//!
//! Source: The Cargo Book, "The manifest format: the version field" and "Workspaces: the package table".

mod workspace;

use plimsoll_edit::error::EditError;
use plimsoll_edit::path::KeyPath;
use plimsoll_edit::toml;

use super::{FoundVersion, Rewritten, Texts, VersionFileError, keyed, read_text};
use workspace::{Edits, Raise, Raised, follow};

pub(super) fn read(path: &str, texts: &Texts<'_>) -> Result<FoundVersion, VersionFileError> {
    let text = read_text(path, texts)?;
    let (package, workspace) = keys();
    if let Some(inherits_at) = find_inheritance(&text) {
        let root = find_root(path, &text, texts)
            .ok_or_else(|| VersionFileError::NoWorkspaceRoot { path: path.to_owned(), line: inherits_at })?;
        let found = keyed::find_version(&root.path, &workspace, toml::find(&root.text, &workspace))?;
        return found.ok_or_else(|| keyed::no_version(&root.path, &[&workspace]));
    }
    for key in [&package, &workspace] {
        if let Some(found) = keyed::find_version(path, key, toml::find(&text, key))? {
            return Ok(found);
        }
    }
    Err(keyed::no_version(path, &[&package, &workspace]))
}

/// Sets the version, and what repeats it: `Cargo.lock`, and the requirements that other members of the workspace have.
pub(super) fn set(
    path: &str,
    texts: &Texts<'_>,
    manifests: &[String],
    value: &str,
) -> Result<Vec<Rewritten>, VersionFileError> {
    let found = read(path, texts)?;
    let text = read_text(path, texts)?;
    let key = found.key.unwrap_or_default();
    let (package, _) = keys();
    let raised = if key == package { Raised::Package(path) } else { Raised::Inheriting };
    let root = find_root(path, &text, texts).map_or_else(|| found.path.clone(), |root| root.path);
    let mut edits = Edits::of(texts);
    edits.set(&found.path, &key, value)?;
    let manifests: Vec<String> = manifests.iter().cloned().chain([path.to_owned()]).collect();
    follow(&mut edits, &root, &manifests, raised, Raise { old: &found.text, new: value })?;
    Ok(edits.finish())
}

/// The keys of a package's own version and of a workspace's.
fn keys() -> (KeyPath, KeyPath) {
    (KeyPath::of(["package", "version"]), KeyPath::of(["workspace", "package", "version"]))
}

/// Returns the line on which a manifest says that its version is its workspace's.
fn find_inheritance(text: &str) -> Option<usize> {
    let found = toml::find(text, &KeyPath::of(["package", "version", "workspace"])).ok()?;
    (found.value == "true").then_some(found.line)
}

/// Returns the manifest of the workspace: the one that `package.workspace` names, or the nearest with a
/// `[workspace]`, beginning with the manifest itself.
fn find_root(path: &str, text: &str, texts: &Texts<'_>) -> Option<Rewritten> {
    let manifest = |directory: &str| {
        let path = join(directory, "Cargo.toml");
        texts(&path).map(|text| Rewritten { path, text })
    };
    let is_root = |text: &str| {
        let table = toml::find(text, &KeyPath::of(["workspace"]));
        matches!(table, Err(EditError::NotAScalar { .. }))
    };
    if is_root(text) {
        return Some(Rewritten { path: path.to_owned(), text: text.to_owned() });
    }
    let mut directory = parent(path)?;
    if let Ok(named) = toml::find(text, &KeyPath::of(["package", "workspace"])) {
        return manifest(&resolve(directory, &named.value)?);
    }
    loop {
        directory = parent(directory)?;
        if let Some(root) = manifest(directory).filter(|manifest| is_root(&manifest.text)) {
            return Some(root);
        }
    }
}

/// Returns the directory that a path lies in; nothing above the root of the repository.
fn parent(path: &str) -> Option<&str> {
    match path.rsplit_once('/') {
        Some((directory, _)) => Some(directory),
        None => (!path.is_empty()).then_some(""),
    }
}

fn join(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
}

/// Follows a relative path; nothing if it leaves the repository.
fn resolve(directory: &str, relative: &str) -> Option<String> {
    if relative.starts_with('/') {
        return None;
    }
    let mut steps: Vec<&str> = directory.split('/').filter(|step| !step.is_empty()).collect();
    for step in relative.split('/') {
        match step {
            "" | "." => {}
            ".." => drop(steps.pop()?),
            step => steps.push(step),
        }
    }
    Some(steps.join("/"))
}
