//! What a commit holds, as `git ls-tree -z` lists it.

use std::collections::BTreeMap;

use plimsoll_engine::domain::git::Oid;

/// All entries of a commit, by path.
#[derive(Debug, Default)]
pub(super) struct Listing(BTreeMap<Vec<u8>, Entry>);

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) oid: Oid,
    pub(super) kind: Kind,
}

/// What kind of thing an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Executable,
    Link,
    Submodule,
    Folder,
}

impl Kind {
    pub(super) fn noun(self) -> &'static str {
        match self {
            Kind::File | Kind::Executable => "a file",
            Kind::Link => "a symbolic link",
            Kind::Submodule => "a submodule",
            Kind::Folder => "a folder",
        }
    }
}

/// A line that git does not print.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an entry can't be read: `{0}`")]
pub(super) struct ListingError(String);

impl Listing {
    /// Reads entries of `mode SP kind SP oid TAB path NUL`.
    pub(super) fn parse(bytes: &[u8]) -> Result<Listing, ListingError> {
        let entries = bytes.split(|byte| *byte == 0).filter(|entry| !entry.is_empty());
        let read =
            |entry| parse_entry(entry).ok_or_else(|| ListingError(String::from_utf8_lossy(entry).into()));
        entries.map(read).collect::<Result<_, _>>().map(Listing)
    }

    /// The entry at `path`; a folder if there is something below it.
    pub(super) fn find(&self, path: &str) -> Option<Entry> {
        if let Some(entry) = self.0.get(path.as_bytes()) {
            return Some(entry.clone());
        }
        let folder = format!("{path}/").into_bytes();
        let (below, entry) = self.0.range(folder.clone()..).next()?;
        below.starts_with(&folder).then(|| Entry { kind: Kind::Folder, ..entry.clone() })
    }

    /// Every entry, with its path, in the order of paths.
    pub(super) fn all(&self) -> impl Iterator<Item = (&[u8], &Entry)> {
        self.0.iter().map(|(path, entry)| (path.as_slice(), entry))
    }

    /// Every entry below a folder, with its path, in the order of paths.
    pub(super) fn below(&self, folder: &str) -> impl Iterator<Item = (&[u8], &Entry)> {
        let folder = format!("{folder}/").into_bytes();
        let entries = self.0.range(folder.clone()..).map(|(path, entry)| (path.as_slice(), entry));
        entries.take_while(move |(path, _)| path.starts_with(&folder))
    }

    /// The entry above `path` that is no folder, if there is one.
    pub(super) fn find_above<'p>(&self, path: &'p str) -> Option<(&'p str, Kind)> {
        let folders = path.match_indices('/').filter_map(|(end, _)| path.get(..end));
        folders.into_iter().find_map(|above| Some((above, self.0.get(above.as_bytes())?.kind)))
    }
}

fn parse_entry(entry: &[u8]) -> Option<(Vec<u8>, Entry)> {
    let tab = entry.iter().position(|byte| *byte == b'\t')?;
    let (head, path) = entry.split_at_checked(tab)?;
    let mut words = std::str::from_utf8(head).ok()?.split(' ');
    let (mode, _, oid) = (words.next()?, words.next()?, words.next()?);
    let kind = match mode {
        "100755" => Kind::Executable,
        "120000" => Kind::Link,
        "160000" => Kind::Submodule,
        "040000" => Kind::Folder,
        // Old repositories have group bits here and there, which git takes for plain files too.
        mode if mode.starts_with("100") => Kind::File,
        _ => return None,
    };
    Some((path.get(1..)?.to_vec(), Entry { oid: oid.parse().ok()?, kind }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OID: &str = "0123456789012345678901234567890123456789";

    fn listing(entries: &[(&str, &str)]) -> Listing {
        let text: String =
            entries.iter().map(|(mode, path)| format!("{mode} blob {OID}\t{path}\0")).collect();
        Listing::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn tells_kinds_apart() {
        let listing = listing(&[
            ("100644", "a b/c"),
            ("100664", "old"),
            ("100755", "run\nme"),
            ("120000", "link"),
            ("160000", "sub"),
        ]);
        let kind = |path| listing.find(path).map(|entry| entry.kind);
        assert_eq!(kind("a b/c"), Some(Kind::File));
        assert_eq!(kind("old"), Some(Kind::File));
        assert_eq!(kind("run\nme"), Some(Kind::Executable));
        assert_eq!(kind("link"), Some(Kind::Link));
        assert_eq!(kind("sub"), Some(Kind::Submodule));
        assert_eq!(kind("a b"), Some(Kind::Folder));
        assert_eq!(listing.below("a b").map(|(path, _)| path).collect::<Vec<_>>(), [b"a b/c"]);
        assert_eq!(listing.below("a").count(), 0);
        assert_eq!((kind("a"), kind("ru"), kind("zzz")), (None, None, None));
        assert_eq!(listing.find_above("link/x/y"), Some(("link", Kind::Link)));
        assert_eq!(listing.find_above("sub/x"), Some(("sub", Kind::Submodule)));
        assert_eq!(listing.find_above("a b/c"), None);
    }

    #[test]
    fn refuses_what_git_does_not_print() {
        for bad in ["100644 blob x\tpath\0", "010000 fifo 0\0", "nonsense\0"] {
            assert!(Listing::parse(bad.as_bytes()).is_err(), "{bad}");
        }
        assert_eq!(Listing::parse(b"").unwrap().find("a"), None);
    }

    proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>, path: String) {
            if let Ok(listing) = Listing::parse(&bytes) {
                let _ = (listing.find(&path), listing.find_above(&path));
            }
        }
    }
}
