//! Files of a repository that are there twice, since one is a symbolic link to the other.

use std::collections::BTreeSet;
use std::path::Path;

use crate::setup::holdings::Holdings;

/// Leaves out links to what is there under its own name: it would be two images, or two charts. A file at the root is meant to be
/// found there, so what it leads to is left out.
pub(super) fn without_links(root: &Path, paths: Vec<String>) -> Vec<String> {
    let real_root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let mut twice = BTreeSet::new();
    let links = paths.iter().filter(|path| root.join(path).is_symlink());
    for path in links.filter(|path| Holdings::would_read(path)) {
        let target = root.join(path).canonicalize().ok();
        let target =
            target.and_then(|target| target.strip_prefix(&real_root).ok()?.to_str().map(str::to_owned));
        let is_found = |target: &String| Holdings::would_read(target) && paths.contains(target);
        let Some(target) = target.filter(is_found) else { continue };
        twice.insert(if path.contains('/') { path.clone() } else { target });
    }
    paths.into_iter().filter(|path| !twice.contains(path)).collect()
}
