//! Files packed into one tar, bit for bit the same on every machine.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};

use tar::EntryType;

use super::header::{BLOCK, EntryHeader, write_padding};
use super::path::{LayerPath, LayerPathError};

/// The mode of directories that nobody asked for by name.
const PARENT_MODE: u32 = 0o755;
/// What is left of a mode: permissions, set-user-id, set-group-id and the sticky bit.
const MODE_BITS: u32 = 0o7777;

/// Who owns an entry, by number; names would depend on the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Owner {
    /// The user.
    pub uid: u32,
    /// The group.
    pub gid: u32,
}

/// What becomes of the directories above an entry that were not added themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parents {
    /// Each is made once, with mode 0755 and owner 0: what a layer on nothing needs.
    Made,
    /// None is made: in a layer on another one they would take away modes, and symbolic links such as
    /// `/bin` → `usr/bin`, of the directories below. Whoever unpacks makes those that are missing.
    Implied,
}

/// One entry of a layer in the making.
pub struct Entry<'a> {
    path: LayerPath,
    mode: u32,
    owner: Owner,
    kind: Kind<'a>,
}

enum Kind<'a> {
    Directory,
    File { size: u64, bytes: Box<dyn Read + Send + 'a> },
    Symlink { target: String },
}

/// Why a layer can't be packed.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// A path that no file of a layer can have.
    #[error(transparent)]
    Path(#[from] LayerPathError),
    /// Two entries have one path.
    #[error("`{0}` is added twice")]
    Duplicate(LayerPath),
    /// Something lies below a path that is no directory.
    #[error("`{below}` lies below `{path}`, which is no directory")]
    NotADirectory {
        /// The file or link.
        path: LayerPath,
        /// The entry below it.
        below: LayerPath,
    },
    /// `/` is added as something that is no directory.
    #[error("`/` can only be a directory")]
    Root,
    /// The target of a symbolic link is empty, holds a NUL byte or is longer than Linux allows.
    #[error("symbolic link `{path}` can't point at {target:?}")]
    LinkTarget {
        /// The link.
        path: LayerPath,
        /// Its target.
        target: String,
    },
    /// A file has not as many bytes as was said when it was added.
    #[error("`{path}` has {found} bytes, not {want}")]
    Size {
        /// The path in the image.
        path: LayerPath,
        /// How many were said.
        want: u64,
        /// How many came; one too many stands for any number.
        found: u64,
    },
    /// A file's bytes can't be read.
    #[error("the bytes of `{path}` can't be read: {source}")]
    Read {
        /// The path in the image.
        path: LayerPath,
        /// What the reader said.
        source: io::Error,
    },
    /// The tar can't be written.
    #[error("the layer can't be written: {0}")]
    Write(#[source] io::Error),
}

impl<'a> Entry<'a> {
    /// A regular file of exactly `size` bytes. Of `mode` only the lowest twelve bits count.
    pub fn file(
        path: &str,
        mode: u32,
        size: u64,
        bytes: impl Read + Send + 'a,
    ) -> Result<Entry<'a>, LayerPathError> {
        Entry::new(path, mode, Kind::File { size, bytes: Box::new(bytes) })
    }

    /// A directory.
    pub fn directory(path: &str, mode: u32) -> Result<Entry<'a>, LayerPathError> {
        Entry::new(path, mode, Kind::Directory)
    }

    /// A symbolic link. It is resolved inside the image, so that its target may be any path.
    pub fn symlink(path: &str, target: &str) -> Result<Entry<'a>, LayerPathError> {
        Entry::new(path, 0o777, Kind::Symlink { target: target.into() })
    }

    fn new(path: &str, mode: u32, kind: Kind<'a>) -> Result<Entry<'a>, LayerPathError> {
        Ok(Entry { path: path.parse()?, mode: mode & MODE_BITS, owner: Owner::default(), kind })
    }

    /// The same entry, owned by somebody else than root.
    #[must_use]
    pub fn owned_by(self, owner: Owner) -> Entry<'a> {
        Entry { owner, ..self }
    }

    fn is_directory(&self) -> bool {
        matches!(self.kind, Kind::Directory)
    }
}

/// A layer in the making.
pub struct Packing<'a> {
    seconds: u64,
    parents: Parents,
    entries: BTreeMap<LayerPath, Entry<'a>>,
}

impl<'a> Packing<'a> {
    /// A layer without entries. `seconds` since 1970 is the time of everything in it.
    pub fn new(seconds: u64, parents: Parents) -> Packing<'a> {
        Packing { seconds, parents, entries: BTreeMap::new() }
    }

    /// Adds an entry; the order in which entries are added does not matter.
    pub fn add(&mut self, entry: Entry<'a>) -> Result<(), PackError> {
        if entry.path.is_root() && !entry.is_directory() {
            return Err(PackError::Root);
        }
        if let Kind::Symlink { target } = &entry.kind
            && (target.is_empty() || target.contains('\0') || target.len() > 4095)
        {
            return Err(PackError::LinkTarget { path: entry.path, target: target.clone() });
        }
        if self.entries.contains_key(&entry.path) {
            return Err(PackError::Duplicate(entry.path));
        }
        self.entries.insert(entry.path.clone(), entry);
        Ok(())
    }

    /// Writes the tar, sorted by path. Reads each file once and never holds one in memory.
    pub fn write(mut self, to: &mut dyn Write) -> Result<(), PackError> {
        self.complete()?;
        let seconds = self.seconds;
        for (path, entry) in self.entries {
            entry.write(&path, seconds, to)?;
        }
        to.write_all(&[0; 2 * BLOCK]).map_err(PackError::Write)
    }

    /// Checks that only directories have something below them, and adds those that are missing.
    fn complete(&mut self) -> Result<(), PackError> {
        let mut missing = BTreeMap::new();
        for below in self.entries.keys() {
            for path in std::iter::successors(below.parent(), LayerPath::parent) {
                match self.entries.get(&path) {
                    Some(entry) if !entry.is_directory() => {
                        return Err(PackError::NotADirectory { path, below: below.clone() });
                    }
                    Some(_) => {}
                    // Every unpacker makes the root itself.
                    None if path.is_root() => {}
                    None => {
                        missing.insert(path, ());
                    }
                }
            }
        }
        if self.parents == Parents::Made {
            self.entries.extend(missing.into_keys().map(|path| {
                let owner = Owner::default();
                (path.clone(), Entry { path, mode: PARENT_MODE, owner, kind: Kind::Directory })
            }));
        }
        Ok(())
    }
}

impl Entry<'_> {
    fn write(self, path: &LayerPath, seconds: u64, to: &mut dyn Write) -> Result<(), PackError> {
        let name = match self.is_directory() {
            true if path.is_root() => "./".to_owned(),
            true => format!("{}/", path.as_relative()),
            false => path.as_relative().to_owned(),
        };
        let (kind, link, size) = match &self.kind {
            Kind::Directory => (EntryType::Directory, None, 0),
            Kind::File { size, .. } => (EntryType::Regular, None, *size),
            Kind::Symlink { target } => (EntryType::Symlink, Some(target.as_str()), 0),
        };
        let header = EntryHeader {
            kind,
            path: &name,
            link,
            mode: self.mode,
            uid: u64::from(self.owner.uid),
            gid: u64::from(self.owner.gid),
            size,
            seconds,
        };
        header.write(to).map_err(PackError::Write)?;
        match self.kind {
            Kind::File { size, bytes } => write_content(path, size, bytes, to),
            Kind::Directory | Kind::Symlink { .. } => Ok(()),
        }
    }
}

fn write_content(
    path: &LayerPath,
    want: u64,
    mut bytes: Box<dyn Read + Send + '_>,
    to: &mut dyn Write,
) -> Result<(), PackError> {
    let mut buffer = vec![0; 64 * 1024];
    let mut found: u64 = 0;
    loop {
        let read = match bytes.read(&mut buffer) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(source) => return Err(PackError::Read { path: path.clone(), source }),
        };
        found = found.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        if (read == 0 && found < want) || found > want {
            return Err(PackError::Size { path: path.clone(), want, found });
        }
        if read == 0 {
            return write_padding(want, to).map_err(PackError::Write);
        }
        to.write_all(buffer.get(..read).unwrap_or(&buffer)).map_err(PackError::Write)?;
    }
}
