//! Real git repositories, made by the `git` program with fixed names and dates.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::env::{Environment, NOW};
use crate::process::{Invocation, Output};

/// A repository on a machine. Each commit and tag is dated one minute after the one before it.
#[derive(Debug)]
pub struct Repo {
    environment: Environment,
    path: PathBuf,
    minutes: AtomicU64,
}

impl Repo {
    /// Makes an empty repository `name` with the branch `main`.
    ///
    /// # Panics
    /// As every method here, when `git` fails.
    #[track_caller]
    pub fn init(environment: &Environment, name: &str) -> Self {
        let repo = Self::at(environment, name);
        repo.git(["init", "--quiet"]);
        repo
    }

    /// Makes an empty bare repository `name`: a remote that others push to.
    #[track_caller]
    pub fn bare(environment: &Environment, name: &str) -> Self {
        let repo = Self::at(environment, name);
        repo.git(["init", "--quiet", "--bare"]);
        repo
    }

    /// Clones `from`, a path or URL, into `name`, with further options such as `--depth=1`.
    #[track_caller]
    pub fn clone_of<'a>(
        environment: &Environment,
        from: impl AsRef<OsStr>,
        name: &str,
        options: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let repo = Self::at(environment, name);
        let clone = repo.command().args(["clone", "--quiet"]).args(options).arg("--").arg(from).arg(".");
        clone.run().expect_success();
        repo
    }

    fn at(environment: &Environment, name: &str) -> Self {
        let path = environment.folder(name);
        Self { environment: environment.clone(), path, minutes: AtomicU64::new(0) }
    }

    /// The folder of the repository.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The repository as a `file://` URL, over which even a shallow clone works.
    pub fn url(&self) -> String {
        format!("file://{}", self.path.display())
    }

    /// The machine on which the repository lies.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// Writes a file of the worktree, with the folders above it.
    #[track_caller]
    pub fn write(&self, file: &str, contents: impl AsRef<[u8]>) -> &Self {
        let path = self.path.join(file);
        let folder = path.parent().expect("a file has a folder");
        fs::create_dir_all(folder).expect("a folder can be made in the worktree");
        fs::write(path, contents).expect("a file can be written in the worktree");
        self
    }

    /// Deletes a file of the worktree.
    #[track_caller]
    pub fn remove(&self, file: &str) -> &Self {
        fs::remove_file(self.path.join(file)).expect("a file that is to be deleted is there");
        self
    }

    /// Commits the whole worktree, even if nothing has changed, and gives the commit's id.
    #[track_caller]
    pub fn commit(&self, message: &str) -> String {
        self.git(["add", "--all"]);
        self.dated().args(["commit", "--quiet", "--allow-empty", "-m", message]).run().expect_success();
        self.head()
    }

    /// Makes a lightweight tag on HEAD.
    #[track_caller]
    pub fn lightweight_tag(&self, name: &str) -> &Self {
        self.git(["tag", name]);
        self
    }

    /// Makes an annotated tag on HEAD and gives the id of the tag object.
    #[track_caller]
    pub fn annotated_tag(&self, name: &str) -> String {
        self.dated().args(["tag", "--annotate", "-m", name, name]).run().expect_success();
        self.resolve(&format!("refs/tags/{name}"))
    }

    /// Makes a branch on HEAD and switches to it.
    #[track_caller]
    pub fn branch(&self, name: &str) -> &Self {
        self.git(["switch", "--quiet", "--create", name]);
        self
    }

    /// Switches to a branch that is there.
    #[track_caller]
    pub fn switch(&self, name: &str) -> &Self {
        self.git(["switch", "--quiet", name]);
        self
    }

    /// Names a remote.
    #[track_caller]
    pub fn remote(&self, name: &str, url: &str) -> &Self {
        self.git(["remote", "add", name, url]);
        self
    }

    /// Pushes refs, such as `main` and `v1.0.0`, to a remote.
    #[track_caller]
    pub fn push<'a>(&self, remote: &str, refs: impl IntoIterator<Item = &'a str>) -> &Self {
        self.command().args(["push", "--quiet", remote]).args(refs).run().expect_success();
        self
    }

    /// The id of the commit at HEAD.
    #[track_caller]
    pub fn head(&self) -> String {
        self.resolve("HEAD^{commit}")
    }

    /// The id of the object that a revision names, tag objects unpeeled.
    #[track_caller]
    pub fn resolve(&self, revision: &str) -> String {
        self.git(["rev-parse", "--verify", "--quiet", revision])
    }

    /// Runs `git` here and gives what it printed, without the last line's end.
    #[track_caller]
    pub fn git<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> String {
        self.command().args(arguments).run().expect_success().stdout().trim_end().to_owned()
    }

    /// Runs `git` here, whatever its exit code.
    #[track_caller]
    pub fn try_git<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Output {
        self.command().args(arguments).run()
    }

    fn command(&self) -> Invocation {
        self.environment.command("git").in_folder(&self.path)
    }

    fn dated(&self) -> Invocation {
        let seconds = NOW + 60 * self.minutes.fetch_add(1, Ordering::Relaxed);
        let date = format!("@{seconds} +0000");
        self.command().set("GIT_AUTHOR_DATE", &date).set("GIT_COMMITTER_DATE", &date)
    }
}
