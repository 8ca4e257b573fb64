//! The pages themselves.

use std::path::{Path, PathBuf};

/// The variable that asks for pages to be written instead of compared.
const UPDATE: &str = "UPDATE_DOCUMENTS";

/// The root of the repository.
pub(super) fn root() -> &'static Path {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in `crates`");
    crates.parent().expect("`crates` lies in the repository")
}

/// A page by its path from the root.
#[track_caller]
pub(super) fn read(page: &str) -> String {
    std::fs::read_to_string(root().join(page)).unwrap_or_else(|error| panic!("{page}: {error}"))
}

/// The pages of a folder.
pub(super) fn in_folder(folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(root().join(folder)).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("an entry can be read").path());
    let pages = paths.filter(|path: &PathBuf| path.extension().is_some_and(|extension| extension == "md"));
    let mut pages: Vec<String> =
        pages.map(|path| format!("{folder}/{}", path.file_name().unwrap().to_string_lossy())).collect();
    pages.sort();
    pages
}

/// Ends the test unless a page is what it should be; writes it if that was asked for.
#[track_caller]
pub(super) fn check(page: &str, want: &str) {
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(root().join(page), want).expect("a page can be written");
    } else {
        let found = read(page);
        assert!(
            found == want,
            "{page} is not up to date; run with {UPDATE}=1 and look at the difference\n{want}"
        );
    }
}

/// Whether pages are to be written.
pub(super) fn updating() -> bool {
    std::env::var_os(UPDATE).is_some()
}

/// A fenced block of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// What stands behind the fence: `console`, `toml`.
    pub(super) language: String,
    /// Its lines.
    pub(super) lines: Vec<String>,
    /// The number of its first line, counted from 0.
    pub(super) at: usize,
}

/// The fenced blocks of a text.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for (number, line) in text.lines().enumerate() {
        match (line.strip_prefix("```"), open) {
            (Some(language), false) => {
                blocks.push(Block { language: language.to_owned(), lines: Vec::new(), at: number + 1 });
                open = true;
            }
            (Some(_), true) => open = false,
            (None, true) => blocks.last_mut().expect("a block is open").lines.push(line.to_owned()),
            (None, false) => {}
        }
    }
    blocks
}
