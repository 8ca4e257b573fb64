//! The files of the repository.

use std::fs;
use std::path::{Path, PathBuf};

/// A text file, with its path from the root of the repository in slashes.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    /// The file as Rust.
    pub(crate) fn parse(&self) -> syn::File {
        syn::parse_file(&self.text).unwrap_or_else(|error| panic!("{}: {error}", self.path))
    }
}

pub(crate) fn root() -> &'static Path {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in `crates`");
    crates.parent().expect("`crates` lies in the repository")
}

/// Every text file below a folder of the repository, in order; none if the folder is not there.
pub(crate) fn files(folder: &str) -> Vec<File> {
    let mut paths = Vec::new();
    collect(&root().join(folder), &mut paths);
    paths.sort();
    paths
        .into_iter()
        .filter_map(|path| {
            let text = String::from_utf8(fs::read(&path).ok()?).ok()?;
            let path = path.strip_prefix(root()).expect("a file of the repository lies below its root");
            Some(File { path: path.to_string_lossy().replace('\\', "/"), text })
        })
        .collect()
}

/// Every Rust file below a folder of the repository.
pub(crate) fn sources(folder: &str) -> Vec<File> {
    files(folder).into_iter().filter(|file| file.path.ends_with(".rs")).collect()
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let entry = entry.expect("a folder of the repository can be read");
        let name = entry.file_name();
        let kind = entry.file_type().expect("an entry of a folder has a type");
        if kind.is_dir() {
            let name = name.to_string_lossy();
            // What is hidden belongs to tools; but CI is ours.
            if name != "target" && (!name.starts_with('.') || name == ".ci" || name == ".github") {
                collect(&entry.path(), into);
            }
        // In a linked worktree `.git` is a file that says where the repository lies.
        } else if kind.is_file() && name != ".git" {
            into.push(entry.path());
        }
    }
}

/// Fails with a list of what breaks a rule, and with what to do about it.
#[track_caller]
pub(crate) fn none(broken: Vec<String>, remedy: &str) {
    assert!(broken.is_empty(), "{remedy}:\n  {}", broken.join("\n  "));
}
