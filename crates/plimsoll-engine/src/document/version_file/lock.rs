//! Lock files of TOML that list packages: `Cargo.lock` and `uv.lock`.

use std::collections::BTreeMap;

use plimsoll_edit::error::EditError;
use plimsoll_edit::path::{KeyPath, Step};
use plimsoll_edit::toml;

/// The strings of one `[[package]]`, by their paths below it: `name`, `source.editable`, `dependencies[0]`.
pub(super) type Package = BTreeMap<String, String>;

/// Reads the packages in their order.
pub(super) fn read_packages(text: &str) -> Result<Vec<Package>, EditError> {
    let mut packages: Vec<Package> = Vec::new();
    for (path, value) in toml::strings(text)? {
        let [Step::Key(table), Step::Index(index), below @ ..] = path.steps() else { continue };
        if table != "package" {
            continue;
        }
        // A package without any string has an index too.
        if packages.len() <= *index {
            packages.resize(index + 1, Package::new());
        }
        let below = below.iter().cloned().fold(KeyPath::default(), |path, step| path.join(step));
        if let Some(package) = packages.get_mut(*index) {
            package.insert(below.to_string(), value);
        }
    }
    Ok(packages)
}

/// The path of a string of a package.
pub(super) fn path_of(index: usize, below: &str) -> KeyPath {
    let package = KeyPath::of(["package"]).join(Step::Index(index));
    let below = KeyPath::parse(below).unwrap_or_default();
    below.steps().iter().cloned().fold(package, |path, step| path.join(step))
}
