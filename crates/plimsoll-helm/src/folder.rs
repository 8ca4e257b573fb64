//! A chart in a folder, as its `.helmignore` has it.
//!
//! Links are followed as long as they lead to something inside of the repository that the chart lies in, or else of the chart; one
//! that leads out is refused, where Helm packs whatever it finds there.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::chart::ChartFile;
use crate::ignore::{self, IgnoreError, Kind, Rules};
use crate::{CHART_LIMIT, FILE_LIMIT, FILES_LIMIT};

/// What git's own files lie in.
const GIT: &str = ".git";

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
    /// A link leads further than others have what is there.
    #[error("`{path}` is a link that leads out of the {bounds}, to {target}")]
    LinkEscapes {
        /// The path in the chart.
        path: String,
        /// What it leads out of.
        bounds: &'static str,
        /// Where it leads.
        target: PathBuf,
    },
    /// A link leads to a folder, from a folder that a link leads to.
    #[error("`{path}` is a link to a folder, in a folder that a link leads to")]
    LinkBehindLink {
        /// The path in the chart.
        path: String,
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

/// How far links of a chart are followed.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Bounds {
    /// To whatever the repository has that the chart lies in.
    Repository(PathBuf),
    /// To whatever the chart has itself.
    Chart(PathBuf),
}

impl Bounds {
    /// The bounds of a chart: where git keeps its own files lies a repository.
    fn of(chart: &Path) -> Bounds {
        match chart.ancestors().find(|folder| folder.join(GIT).exists()) {
            Some(repository) => Bounds::Repository(repository.to_owned()),
            None => Bounds::Chart(chart.to_owned()),
        }
    }

    /// Whether something lies inside; git's own files do not.
    fn have(&self, path: &Path) -> bool {
        let (Bounds::Repository(root) | Bounds::Chart(root)) = self;
        let is_git = |part: &OsStr| part.eq_ignore_ascii_case(GIT);
        path.strip_prefix(root).is_ok_and(|inside| !inside.iter().any(is_git))
    }

    fn noun(&self) -> &'static str {
        match self {
            Bounds::Repository(_) => "repository",
            Bounds::Chart(_) => "chart",
        }
    }
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
    let mut walk = Walk { root: &root, bounds: Bounds::of(&root), rules, bytes: 0, files: BTreeMap::new() };
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
    bounds: Bounds,
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
        if let Ok(target) = fs::read_link(at) {
            // An absolute path is another place on every machine.
            if target.is_absolute() || !self.bounds.have(&real) {
                return Err(FolderError::LinkEscapes { path, bounds: self.bounds.noun(), target: real });
            }
            // Where no link led here, a folder is where its path says.
            let folder = self.root.join(path.rsplit_once('/').map_or("", |(folder, _)| folder));
            if metadata.is_dir() && round.last() != Some(&folder) && !round.contains(&real) {
                return Err(FolderError::LinkBehindLink { path });
            }
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
    fn links_are_followed_through_the_repository_of_the_chart() {
        let home = tempfile::tempdir().unwrap();
        let (repository, chart) = (home.path().join("repository"), home.path().join("repository/chart"));
        write(&repository, ".git/config", b"x");
        write(&repository, "pieces/a/b.txt", b"x");
        write(&repository, "deep/c.txt", b"x");
        write(&chart, "Chart.yaml", b"x");
        write(home.path(), "secret", b"x");
        symlink("../pieces", chart.join("all")).unwrap();
        symlink("../pieces/a/b.txt", chart.join("b.txt")).unwrap();
        assert_eq!(paths(&chart), ["Chart.yaml", "all/a/b.txt", "b.txt"]);
        let whole = repository.join("pieces").display().to_string();
        for target in ["../../secret", "../.git", "../.git/config", &whole] {
            symlink(target, chart.join("out")).unwrap();
            let refused = read_folder(&chart);
            assert!(
                matches!(refused, Err(FolderError::LinkEscapes { bounds: "repository", .. })),
                "{target}"
            );
            fs::remove_file(chart.join("out")).unwrap();
        }
        // A release takes none of these either.
        symlink("../deep", repository.join("pieces/deeper")).unwrap();
        let refused = read_folder(&chart);
        assert!(matches!(refused, Err(FolderError::LinkBehindLink { path }) if path == "all/deeper"));
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
