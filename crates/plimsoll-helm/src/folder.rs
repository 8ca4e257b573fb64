//! A chart in a folder, as its `.helmignore` has it.
//!
//! Links are followed as long as they lead to something inside the chart; one that leads out is refused, where Helm
//! packs whatever it finds there.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::chart::ChartFile;
use crate::ignore::{self, IgnoreError, Kind, Rules};
use crate::{CHART_LIMIT, FILE_LIMIT, FILES_LIMIT};

/// What Helm reads as files.
pub const OWN_FILES: &[&str] = &["Chart.yaml", "Chart.lock", "values.yaml", "values.schema.json"];

/// Why a folder is not read.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It is not there, or is no folder.
    #[error("{path} is no folder")]
    NotAFolder {
        /// The path.
        path: PathBuf,
    },
    /// The file system refused.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// The rules of `.helmignore` can't be read.
    #[error(".helmignore: {0}")]
    Ignore(#[from] IgnoreError),
    /// `.helmignore` is not UTF-8.
    #[error(".helmignore is not UTF-8")]
    IgnoreNotText,
    /// A link leads out of the chart.
    #[error("`{path}` is a link that leads out of the chart, to {target}")]
    LinkEscapes {
        /// The path in the chart.
        path: String,
        /// Where it leads.
        target: PathBuf,
    },
    /// A link leads nowhere.
    #[error("`{path}` is a link to nothing")]
    LinkDangles {
        /// The path in the chart.
        path: String,
    },
    /// A link leads to a folder that it lies in.
    #[error("`{path}` is a link that leads to a folder round it")]
    LinkLoops {
        /// The path in the chart.
        path: String,
    },
    /// Something is neither a file nor a folder.
    #[error("`{path}` is no file")]
    NotAFile {
        /// The path in the chart.
        path: String,
    },
    /// A name is not UTF-8.
    #[error("{path} has a name that is not UTF-8")]
    Name {
        /// The path.
        path: PathBuf,
    },
    /// A file has more bytes than a file of a chart may have.
    #[error("`{path}` has more than {limit} bytes", limit = FILE_LIMIT)]
    FileTooLarge {
        /// The path in the chart.
        path: String,
    },
    /// All files together have more bytes than a chart may have.
    #[error("the chart has more than {limit} bytes", limit = CHART_LIMIT)]
    TooLarge,
    /// There are more files than any chart has.
    #[error("the chart has more than {limit} files", limit = FILES_LIMIT)]
    TooManyFiles,
}

/// Reads all files of a chart's folder, in the order of their paths.
///
/// # Errors
/// See [`FolderError`].
pub fn read_folder(folder: &Path) -> Result<Vec<ChartFile>, FolderError> {
    let root = folder.canonicalize().map_err(|_| FolderError::NotAFolder { path: folder.to_owned() })?;
    if !root.is_dir() {
        return Err(FolderError::NotAFolder { path: folder.to_owned() });
    }
    let rules = read_rules(&root)?;
    let mut walk = Walk { root: &root, rules, bytes: 0, files: BTreeMap::new() };
    walk.folder(&root, "", &mut vec![root.clone()])?;
    Ok(walk.files.into_iter().map(|(path, bytes)| ChartFile { path, bytes }).collect())
}

fn read_rules(root: &Path) -> Result<Rules, FolderError> {
    let path = root.join(ignore::FILE);
    match read_bounded(&path, FILE_LIMIT) {
        Ok(bytes) => {
            let text = String::from_utf8(bytes).map_err(|_| FolderError::IgnoreNotText)?;
            Ok(Rules::parse(&text)?)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Rules::none()),
        Err(source) => Err(FolderError::Io { path, source }),
    }
}

fn read_bounded(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

struct Walk<'a> {
    root: &'a Path,
    rules: Rules,
    bytes: u64,
    files: BTreeMap<String, Vec<u8>>,
}

impl Walk<'_> {
    /// `round` are the folders that this one lies in, itself included, as they are without links.
    fn folder(&mut self, folder: &Path, below: &str, round: &mut Vec<PathBuf>) -> Result<(), FolderError> {
        let io_error = |source| FolderError::Io { path: folder.to_owned(), source };
        for entry in fs::read_dir(folder).map_err(io_error)? {
            let entry = entry.map_err(io_error)?;
            let name = entry.file_name();
            let name = name.to_str().ok_or_else(|| FolderError::Name { path: entry.path() })?;
            let path = if below.is_empty() { name.to_owned() } else { format!("{below}/{name}") };
            self.entry(&entry.path(), path, round)?;
        }
        Ok(())
    }

    fn entry(&mut self, at: &Path, path: String, round: &mut Vec<PathBuf>) -> Result<(), FolderError> {
        let io_error = |source| FolderError::Io { path: at.to_owned(), source };
        let metadata = match fs::metadata(at) {
            Ok(metadata) => metadata,
            // A link to nothing may be ignored like anything else.
            Err(_) if self.rules.ignores(&path, Kind::File) => return Ok(()),
            Err(source) if source.kind() == io::ErrorKind::NotFound && at.is_symlink() => {
                return Err(FolderError::LinkDangles { path });
            }
            Err(source) => return Err(io_error(source)),
        };
        let kind = if metadata.is_dir() { Kind::Folder } else { Kind::File };
        if self.rules.ignores(&path, kind) {
            return Ok(());
        }
        let real = at.canonicalize().map_err(io_error)?;
        if !real.starts_with(self.root) {
            return Err(FolderError::LinkEscapes { path, target: real });
        }
        if metadata.is_dir() && OWN_FILES.contains(&path.as_str()) {
            return Err(FolderError::NotAFile { path });
        }
        if metadata.is_dir() {
            if round.contains(&real) {
                return Err(FolderError::LinkLoops { path });
            }
            round.push(real);
            self.folder(at, &path, round)?;
            round.pop();
            return Ok(());
        }
        if !metadata.is_file() {
            return Err(FolderError::NotAFile { path });
        }
        let bytes = read_bounded(at, FILE_LIMIT).map_err(io_error)?;
        self.file(path, bytes)
    }

    fn file(&mut self, path: String, bytes: Vec<u8>) -> Result<(), FolderError> {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if length > FILE_LIMIT {
            return Err(FolderError::FileTooLarge { path });
        }
        self.bytes = self.bytes.saturating_add(length);
        if self.bytes > CHART_LIMIT {
            return Err(FolderError::TooLarge);
        }
        if self.files.len() >= FILES_LIMIT {
            return Err(FolderError::TooManyFiles);
        }
        self.files.insert(path, bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn write(root: &Path, path: &str, bytes: &[u8]) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn paths(root: &Path) -> Vec<String> {
        read_folder(root).unwrap().into_iter().map(|file| file.path).collect()
    }

    #[test]
    fn what_is_ignored_is_not_read_and_folders_go_whole() {
        let home = tempfile::tempdir().unwrap();
        write(home.path(), ".helmignore", b"*.bak\nci/\n/notes.md\n");
        for path in [
            "Chart.yaml",
            "a.bak",
            "ci/x.yaml",
            "sub/ci/y.yaml",
            "notes.md",
            "sub/notes.md",
            "templates/.keep",
        ] {
            write(home.path(), path, b"x");
        }
        symlink("/nowhere", home.path().join("dead.bak")).unwrap();
        assert_eq!(paths(home.path()), [".helmignore", "Chart.yaml", "sub/notes.md"]);
    }

    #[test]
    fn links_inside_are_followed_and_links_out_are_refused() {
        let home = tempfile::tempdir().unwrap();
        let chart = home.path().join("chart");
        write(&chart, "files/a.txt", b"x");
        write(home.path(), "secret", b"x");
        symlink("files", chart.join("more")).unwrap();
        symlink("files/a.txt", chart.join("b.txt")).unwrap();
        assert_eq!(paths(&chart), ["b.txt", "files/a.txt", "more/a.txt"]);
        symlink("../secret", chart.join("out")).unwrap();
        assert!(matches!(read_folder(&chart), Err(FolderError::LinkEscapes { .. })));
        fs::remove_file(chart.join("out")).unwrap();
        symlink("nowhere", chart.join("dead")).unwrap();
        assert!(matches!(read_folder(&chart), Err(FolderError::LinkDangles { path }) if path == "dead"));
        fs::remove_file(chart.join("dead")).unwrap();
        symlink("..", chart.join("files/up")).unwrap();
        assert!(matches!(read_folder(&chart), Err(FolderError::LinkLoops { .. })));
    }

    #[test]
    fn what_can_t_be_read_is_told() {
        let home = tempfile::tempdir().unwrap();
        assert!(matches!(read_folder(&home.path().join("no")), Err(FolderError::NotAFolder { .. })));
        write(home.path(), "values.yaml/image.yaml", b"tag: x\n");
        assert!(
            matches!(read_folder(home.path()), Err(FolderError::NotAFile { path }) if path == "values.yaml")
        );
        fs::remove_dir_all(home.path().join("values.yaml")).unwrap();
        write(home.path(), "big", &vec![0; 5 * 1024 * 1024 + 1]);
        assert!(matches!(read_folder(home.path()), Err(FolderError::FileTooLarge { .. })));
        write(home.path(), ".helmignore", b"a/**");
        assert!(matches!(read_folder(home.path()), Err(FolderError::Ignore(_))));
    }
}
