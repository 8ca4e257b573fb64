//! The files of a commit, and untracked ones of the working directory where the commit has none.

mod batch;
mod links;
mod listing;
mod untracked;

use std::path::{Path, PathBuf};

use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use plimsoll_engine::domain::git::Oid;
use plimsoll_engine::world::error::{FileProblem, GitError};
use plimsoll_engine::world::tree::{FileStanding, Tree, TreeFile};
use plimsoll_engine::world::{Work, WorldError};
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::OnceCell;

use super::repository::{Repository, text};
use crate::adapters::files::{check_relative, file_error};
use batch::Blobs;
use links::{HOPS, leads_nowhere, leads_round};
use listing::{Entry, Kind, Listing};

/// A file's bytes, piece by piece.
type Bytes = BoxStream<'static, Result<bytes::Bytes, WorldError>>;

/// The files of one commit. Nothing is read before a file is opened.
pub(crate) struct CommitTree {
    repository: Repository,
    commit: Oid,
    root: PathBuf,
    listing: OnceCell<Listing>,
    head: OnceCell<Option<Oid>>,
    blobs: Blobs,
}

impl Repository {
    /// The files of `commit`, with the untracked ones of the working directory behind them.
    pub(crate) fn tree(&self, commit: &Oid) -> CommitTree {
        CommitTree {
            repository: self.clone(),
            commit: commit.clone(),
            root: self.root().to_owned(),
            listing: OnceCell::new(),
            head: OnceCell::new(),
            blobs: Blobs::new(self.clone()),
        }
    }

    /// A file of `commit`, whole; `None` if the commit has none there. Links are followed as long as they stay in the commit.
    /// Refuses more than `limit` bytes.
    ///
    /// For single files; who needs many opens the commit's tree, which lists it once.
    pub async fn read_file(
        &self,
        commit: &Oid,
        path: &str,
        limit: u64,
    ) -> Result<Option<Vec<u8>>, WorldError> {
        let path = check_relative(path)?;
        let Some(entry) = self.find_file(commit, &path).await? else { return Ok(None) };
        let size = self.objects_call("cat-file").args(["-s", entry.oid.as_str()]);
        let size = text(&size.success().await?);
        if size.parse::<u64>().map_or(true, |size| size > limit) {
            return Err(odd(&path, format!("{size} bytes, more than {limit}")));
        }
        let contents = self.objects_call("cat-file").args(["blob", entry.oid.as_str()]);
        Ok(Some(contents.success().await?.stdout))
    }

    /// What `commit` has at a path as a file, itself or through links.
    async fn find_file(&self, commit: &Oid, path: &str) -> Result<Option<Entry>, WorldError> {
        let mut at = path.to_owned();
        for _ in 0..=HOPS {
            let list = self.objects_call("ls-tree").args(["-z", "--full-tree", commit.as_str(), "--", &at]);
            let listed = list.set("GIT_LITERAL_PATHSPECS", "1").success().await?;
            let entry = parse_listing(&listed.stdout)?.find(&at);
            match entry.map(|entry| (entry.kind, entry)) {
                Some((Kind::File | Kind::Executable, entry)) => return Ok(Some(entry)),
                Some((Kind::Link, entry)) => at = self.read_link(&at, &entry.oid).await?,
                Some((kind @ Kind::Submodule, _)) => {
                    return Err(odd(path, format!("it is {} in the commit", kind.noun())));
                }
                Some((Kind::Folder, _)) | None if at == path => return Ok(None),
                Some((Kind::Folder, _)) | None => return Err(leads_nowhere(path, &at)),
            }
        }
        Err(leads_round(path))
    }
}

fn parse_listing(bytes: &[u8]) -> Result<Listing, GitError> {
    let broken = |why: String| GitError::Failed { command: "ls-tree".into(), why };
    Listing::parse(bytes).map_err(|error| broken(error.to_string()))
}

/// The files of the working directory, committed or not.
pub(crate) struct WorktreeFiles(Repository);

impl Repository {
    /// The files of the working directory as they lie.
    pub(crate) fn worktree(&self) -> WorktreeFiles {
        WorktreeFiles(self.clone())
    }
}

/// Everything there is meant: there is nothing odd about what is not committed.
fn meant(file: TreeFile) -> TreeFile {
    TreeFile { standing: FileStanding::Tracked, ..file }
}

impl Tree for WorktreeFiles {
    fn open<'a>(&'a self, path: &'a str) -> Work<'a, Option<TreeFile>> {
        Box::pin(async move {
            let file = untracked::open(self.0.root(), path).await?;
            Ok(file.map(meant))
        })
    }

    fn open_below<'a>(&'a self, directory: &'a str) -> Work<'a, Option<Vec<TreeFile>>> {
        Box::pin(async move {
            let files = untracked::open_below(self.0.root(), directory).await?;
            Ok(files.map(|files| files.into_iter().map(meant).collect()))
        })
    }

    fn open_chart<'a>(&'a self, folder: &'a str) -> Work<'a, Option<Vec<TreeFile>>> {
        Box::pin(async move {
            if folder != "." {
                let files = untracked::open_linked(self.0.root(), folder).await?;
                return Ok(files.map(|files| files.into_iter().map(meant).collect()));
            }
            // At the root lie git's own files, ours, and what git ignores: none of them is ever committed.
            let paths = self.0.find_unignored_files(&["*"]).await;
            let paths = paths.map_err(|error| odd(folder, error.to_string()))?;
            let mut files = Vec::new();
            for path in paths.into_iter().filter(|path| !path.starts_with(".plimsoll/")) {
                match untracked::open(self.0.root(), &path).await {
                    Ok(file) => files.extend(file.map(meant)),
                    Err(error) => files.push(unreadable(path, error)),
                }
            }
            Ok(Some(files))
        })
    }
}

impl CommitTree {
    async fn listing(&self) -> Result<&Listing, GitError> {
        let read = || async {
            let call = self.repository.objects_call("ls-tree");
            let output = call.args(["-r", "-z", "--full-tree", self.commit.as_str()]).success().await?;
            parse_listing(&output.stdout)
        };
        self.listing.get_or_try_init(read).await
    }

    async fn open_tracked(&self, path: &str) -> Result<Option<TreeFile>, WorldError> {
        let path = check_relative(path)?;
        match self.find_entry(&path).await? {
            Some(entry) => self.open_entry(path, entry).await.map(Some),
            None => Ok(None),
        }
    }

    /// What the commit has at a path.
    async fn find_entry(&self, path: &str) -> Result<Option<Entry>, WorldError> {
        let listing = self.listing().await?;
        match listing.find_above(path) {
            Some((above, kind)) => Err(odd(path, format!("`{above}` is {} in the commit", kind.noun()))),
            None => Ok(listing.find(path)),
        }
    }

    async fn open_entry(&self, path: String, entry: Entry) -> Result<TreeFile, WorldError> {
        match entry.kind {
            Kind::File | Kind::Executable => {}
            Kind::Folder => {
                let why = format!("it is a directory; to take everything in it write `{path}/`");
                return Err(odd(&path, why));
            }
            Kind::Link => {
                let why =
                    "it is a symbolic link in the commit, and images get files: commit the file in its place";
                return Err(odd(&path, why.to_owned()));
            }
            Kind::Submodule => {
                return Err(odd(&path, format!("it is {} in the commit", entry.kind.noun())));
            }
        }
        let executable = entry.kind == Kind::Executable;
        let size = self.blobs.read_size(&entry.oid).await?;
        let bytes = refuse_pointers(path.clone(), self.blobs.stream(entry.oid, size));
        Ok(TreeFile { path, size, executable, standing: FileStanding::Tracked, bytes })
    }

    /// Every file that the commit has below a directory; `None` if the commit has no such directory.
    async fn open_tracked_below(&self, directory: &str) -> Result<Option<Vec<TreeFile>>, WorldError> {
        let directory = check_relative(directory)?;
        match self.find_entry(&directory).await?.map(|entry| entry.kind) {
            None => return Ok(None),
            Some(Kind::Folder) => {}
            Some(Kind::File | Kind::Executable) => {
                return Err(odd(
                    &directory,
                    "it is no directory: write it without `/` at its end".to_owned(),
                ));
            }
            Some(kind) => return Err(odd(&directory, format!("it is {} in the commit", kind.noun()))),
        }
        let mut files = Vec::new();
        for (path, entry) in self.listing().await?.below(&directory) {
            let path = String::from_utf8(path.to_vec())
                .map_err(|error| odd(&error.to_string(), "its name is no UTF-8".to_owned()))?;
            files.push(self.open_entry(path, entry.clone()).await?);
        }
        Ok(Some(files))
    }

    /// Every file of a chart's folder, as Helm has them; `None` if the commit has no such folder.
    async fn open_tracked_chart(&self, folder: &str) -> Result<Option<Vec<TreeFile>>, WorldError> {
        let listing = self.listing().await?;
        let entries: Vec<_> = match folder {
            "." => listing.all().collect(),
            folder => match self.find_entry(&check_relative(folder)?).await?.map(|entry| entry.kind) {
                None => return Ok(None),
                Some(Kind::Folder) => listing.below(&check_relative(folder)?).collect(),
                Some(kind) => return Err(odd(folder, format!("it is {} in the commit", kind.noun()))),
            },
        };
        let mut files = Vec::new();
        for (path, entry) in entries {
            let path = String::from_utf8_lossy(path).into_owned();
            match self.follow(&path, entry.clone()).await {
                // A folder that has the link itself has no end.
                Ok((to, entry)) if entry.kind == Kind::Folder && !path.starts_with(&format!("{to}/")) => {
                    for (below, entry) in listing.below(&to) {
                        let below = String::from_utf8_lossy(below).into_owned();
                        let path = format!("{path}{}", below.strip_prefix(&to).unwrap_or_default());
                        files.push(self.open_followed(path, self.follow(&below, entry.clone()).await).await);
                    }
                }
                followed => files.push(self.open_followed(path, followed).await),
            }
        }
        Ok(Some(files))
    }

    /// A file of a chart, behind its link. What can't be read fails when it is. A folder that a link of a linked folder leads to is
    /// none: it may be that folder itself.
    async fn open_followed(&self, path: String, followed: Result<(String, Entry), WorldError>) -> TreeFile {
        let opened = match followed {
            Ok((to, entry)) if entry.kind == Kind::Folder => Err(leads_nowhere(&path, &to)),
            Ok((_, entry)) => self.open_entry(path.clone(), entry).await,
            Err(error) => Err(error),
        };
        opened.unwrap_or_else(|error| unreadable(path, error))
    }

    /// What a link of the commit leads to, and where that lies; anything else is itself.
    async fn follow(&self, path: &str, entry: Entry) -> Result<(String, Entry), WorldError> {
        let (mut at, mut entry) = (path.to_owned(), entry);
        for _ in 0..=HOPS {
            if entry.kind != Kind::Link {
                return Ok((at, entry));
            }
            at = self.repository.read_link(&at, &entry.oid).await?;
            entry = self.find_entry(&at).await?.ok_or_else(|| leads_nowhere(path, &at))?;
        }
        Err(leads_round(path))
    }

    /// Whether the commit has anything at a path.
    pub(crate) async fn has(&self, path: &str) -> Result<bool, WorldError> {
        Ok(self.find_entry(&check_relative(path)?).await?.is_some())
    }

    /// Writes what the commit has at a path, a file or a whole directory, below `folder`, under the same path. Gives where
    /// it lies.
    pub(crate) async fn check_out(&self, path: &str, folder: &Path) -> Result<PathBuf, WorldError> {
        let path = check_relative(path)?;
        let is_folder = |entry: Entry| entry.kind == Kind::Folder;
        let files = match self.find_entry(&path).await?.is_some_and(is_folder) {
            true => self.open_tracked_below(&path).await?,
            false => self.open_tracked(&path).await?.map(|file| vec![file]),
        };
        for mut file in files.unwrap_or_default() {
            let to = folder.join(&file.path);
            let refused = |error: &std::io::Error| file_error(&to, error);
            if let Some(above) = to.parent() {
                tokio::fs::create_dir_all(above).await.map_err(|error| refused(&error))?;
            }
            let mut written = File::create_new(&to).await.map_err(|error| refused(&error))?;
            while let Some(piece) = file.bytes.try_next().await? {
                written.write_all(&piece).await.map_err(|error| refused(&error))?;
            }
            written.flush().await.map_err(|error| refused(&error))?;
        }
        Ok(folder.join(path))
    }

    /// Where something untracked lies in the working directory; `None` if it is not there.
    pub(crate) async fn find_untracked(&self, path: &str) -> Result<Option<PathBuf>, WorldError> {
        let Some(found) = untracked::find(&self.root, path).await? else { return Ok(None) };
        self.check_head(path).await?;
        Ok(Some(found))
    }

    /// Refuses what is untracked where HEAD is at another commit: nobody can know what it was built from.
    async fn check_head(&self, path: &str) -> Result<(), WorldError> {
        let read = || async { self.repository.read_head().await.ok().map(|head| head.commit) };
        let head = self.head.get_or_init(read).await;
        if head.as_ref() == Some(&self.commit) {
            return Ok(());
        }
        let at = head.as_ref().map_or("at no commit".to_owned(), |head| format!("at {head}"));
        Err(WorldError::File {
            path: path.to_owned(),
            why: format!("git does not track it, and HEAD is {at}, not at {}", self.commit),
            kind: FileProblem::Elsewhere,
        })
    }
}

/// A file that fails when it is read.
fn unreadable(path: String, error: WorldError) -> TreeFile {
    let bytes = futures_util::stream::iter([Err(error)]).boxed();
    TreeFile { path, size: 0, executable: false, standing: FileStanding::Tracked, bytes }
}

/// How a file begins that stands for another one (the Git LFS specification, "The Pointer").
pub(crate) const POINTER: &[u8] = b"version https://git-lfs.github.com/spec/";

/// Ends a stream that turns out to be a pointer of Git LFS: the commit does not have the file itself.
fn refuse_pointers(path: String, bytes: Bytes) -> Bytes {
    let mut begins = true;
    bytes
        .map(move |piece| match piece {
            Ok(piece) if std::mem::take(&mut begins) && piece.starts_with(POINTER) => {
                Err(odd(&path, "the commit has only a Git LFS pointer in its place".to_owned()))
            }
            piece => piece,
        })
        .boxed()
}

impl Tree for CommitTree {
    fn open<'a>(&'a self, path: &'a str) -> Work<'a, Option<TreeFile>> {
        Box::pin(async move {
            if let Some(file) = self.open_tracked(path).await? {
                return Ok(Some(file));
            }
            let Some(file) = untracked::open(&self.root, path).await? else { return Ok(None) };
            self.check_head(path).await?;
            Ok(Some(file))
        })
    }

    fn open_below<'a>(&'a self, directory: &'a str) -> Work<'a, Option<Vec<TreeFile>>> {
        Box::pin(async move {
            if let Some(files) = self.open_tracked_below(directory).await? {
                return Ok(Some(files));
            }
            let Some(files) = untracked::open_below(&self.root, directory).await? else { return Ok(None) };
            self.check_head(&format!("{directory}/")).await?;
            Ok(Some(files))
        })
    }

    fn open_chart<'a>(&'a self, folder: &'a str) -> Work<'a, Option<Vec<TreeFile>>> {
        Box::pin(async move {
            match self.open_tracked_chart(folder).await? {
                Some(files) => Ok(Some(files)),
                None => self.open_below(folder).await,
            }
        })
    }
}

/// Something that can't be taken as a file.
fn odd(path: &str, why: String) -> WorldError {
    WorldError::File { path: path.to_owned(), why, kind: FileProblem::Broken }
}

#[cfg(test)]
mod tests;
