//! The user's repository, found from a directory.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use plimsoll_engine::domain::git::{GitTag, Oid};
use plimsoll_engine::world::error::GitError;
use plimsoll_http::secret::Redactor;
use tokio::sync::OnceCell;

use super::plain::find_plain;
use super::program::GitProgram;
use super::ref_files::{Kept, RefFiles};
use super::refusal::said;
use super::scratch::Scratch;
use super::settings::{Setting, Settings};
use crate::adapters::process::Output;
use crate::variables::Variables;

/// The user's repository. Clones are the same one.
#[derive(Clone)]
pub struct Repository(Arc<Found>);

struct Found {
    program: GitProgram,
    root: PathBuf,
    objects: PathBuf,
    shallow: PathBuf,
    object_format: String,
    history: History,
    ref_files: RefFiles,
    settings: Settings,
    scratch: OnceCell<Scratch>,
}

/// Whether a clone has all commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum History {
    /// It has.
    Whole,
    /// It was cut off somewhere, as CI systems do.
    Shallow,
}

/// Where HEAD is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The commit.
    pub commit: Oid,
    /// The branch; `None` if HEAD is detached.
    pub branch: Option<String>,
}

/// A tag of this clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalTag {
    /// Its name.
    pub name: GitTag,
    /// What it points at: a tag object or a commit.
    pub object: Oid,
    /// What is below the tag object; `object` for a lightweight tag.
    pub target: Oid,
}

/// Why a repository can't be worked with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RepositoryError {
    /// Git itself.
    #[error(transparent)]
    Git(#[from] GitError),
    /// There is no working directory: a bare repository, or the inside of `.git`.
    #[error("{0} has no working directory")]
    NoWorktree(String),
    /// There are no commits.
    #[error("{0} has no commits")]
    NoCommits(String),
    /// There is no remote.
    #[error("there is no git remote `origin`, and none is named by `project.source`")]
    NoRemote,
    /// The configuration names a remote that runs a program.
    #[error("`{address}` is no address that a configuration may name as a git remote")]
    RemoteRefused {
        /// The address without credentials.
        address: String,
    },
    /// There is no such tag.
    #[error("there is no git tag `{tag}`{}", remote.as_deref().map_or(String::new(), |remote| format!(" here or on {remote}")))]
    TagMissing {
        /// The tag.
        tag: GitTag,
        /// The remote that was asked.
        remote: Option<String>,
    },
    /// The tag points at something that can't be released.
    #[error("git tag `{tag}` points at a {found}, not at a commit")]
    TagNotACommit {
        /// The tag.
        tag: GitTag,
        /// `tree` or `blob`.
        found: String,
    },
    /// A name leads to no commit of this clone.
    #[error("`{0}` is no branch, tag or commit of this clone")]
    NoSuchRef(String),
    /// The clone lacks an object.
    #[error("this clone does not have {object}")]
    Lacking {
        /// The object.
        object: Oid,
    },
    /// The clone is shallow, and the question is about all of its history.
    #[error("this clone is shallow: the history of HEAD is not all here")]
    CutOff,
}

impl Repository {
    /// Finds the repository that `from` is in.
    pub async fn find(
        from: &Path,
        variables: &Variables,
        redactor: &Redactor,
    ) -> Result<Repository, RepositoryError> {
        let shown = || from.display().to_string();
        if !from.is_dir() {
            return Err(GitError::NoRepository(shown()).into());
        }
        let program = GitProgram::new(variables, redactor);
        let settings = Settings::start(&program, from);
        if let Some(root) = find_plain(from, &program) {
            return Ok(Repository::plain(program, root, settings));
        }
        let layout = program.call(from, "rev-parse").args([
            "--path-format=absolute",
            "--is-shallow-repository",
            "--show-object-format",
            "--git-path",
            "objects",
            "--git-path",
            "shallow",
            "--git-common-dir",
            "--git-path",
            "HEAD",
            "--show-toplevel",
        ]);
        let output = layout.output().await?;
        // An older git takes what it does not know for revisions: asked only now, it costs nobody else a process.
        if output.code != Some(0) {
            program.check().await?;
            return Err(explain_absence(&output, shown()));
        }
        let text = String::from_utf8(output.stdout)
            .map_err(|_| failed("the path of the repository is not UTF-8"))?;
        let lines: Vec<&str> = text.lines().collect();
        let &[is_shallow, object_format, objects, shallow, common, head, root] = lines.as_slice() else {
            program.check().await?;
            return Err(failed("the path of the repository has a line break").into());
        };
        Ok(Repository(Arc::new(Found {
            program,
            root: root.into(),
            objects: objects.into(),
            shallow: shallow.into(),
            object_format: object_format.to_owned(),
            history: if is_shallow == "true" { History::Shallow } else { History::Whole },
            ref_files: RefFiles::new(common, head),
            settings,
            scratch: OnceCell::new(),
        })))
    }

    /// The repository whose working directory and everything else is at `root`.
    fn plain(program: GitProgram, root: PathBuf, settings: Settings) -> Repository {
        let git = root.join(".git");
        Repository(Arc::new(Found {
            program,
            objects: git.join("objects"),
            shallow: git.join("shallow"),
            object_format: "sha1".to_owned(),
            history: History::Whole,
            ref_files: RefFiles::new(&git, git.join("HEAD")),
            root,
            settings,
            scratch: OnceCell::new(),
        }))
    }

    /// Makes an empty repository in `folder`, to speak to remotes from.
    pub(crate) async fn make(
        folder: &Path,
        variables: &Variables,
        redactor: &Redactor,
    ) -> Result<Repository, RepositoryError> {
        let program = GitProgram::new(variables, redactor);
        program.call(folder, "init").args(["--quiet", "--template="]).success().await?;
        Repository::find(folder, variables, redactor).await
    }

    /// The top of the working directory.
    pub fn root(&self) -> &Path {
        &self.0.root
    }

    /// Where HEAD is.
    pub async fn read_head(&self) -> Result<Head, RepositoryError> {
        let commit = self.call("rev-parse").args(["--verify", "--quiet", "HEAD^{commit}"]).output();
        let (commit, branch) = futures_util::try_join!(commit, self.find_branch())?;
        let commit = text(&commit).parse().map_err(|_| self.no_commits())?;
        Ok(Head { commit, branch })
    }

    /// The branch that HEAD stands for; `None` if HEAD is detached.
    pub async fn find_branch(&self) -> Result<Option<String>, GitError> {
        if let Kept::Here(branch) = self.ref_files().read_branch() {
            return Ok(branch);
        }
        let output = self.call("symbolic-ref").args(["--quiet", "--short", "HEAD"]).output().await?;
        Ok(Some(text(&output)).filter(|branch| !branch.is_empty()))
    }

    /// Why HEAD leads to nothing.
    pub(crate) fn no_commits(&self) -> RepositoryError {
        RepositoryError::NoCommits(self.root().display().to_string())
    }

    /// Tracked files that differ from HEAD, by their paths from the root.
    pub async fn find_modified(&self) -> Result<Vec<String>, RepositoryError> {
        let status = self.guarded_call("status").await?.args([
            "--porcelain=v1",
            "-z",
            "--untracked-files=no",
            "--no-renames",
            "--ignore-submodules=untracked",
        ]);
        let output = status.success().await?;
        let entries = output.stdout.split(|byte| *byte == 0);
        // Two letters and a space come before the path.
        let paths = entries.filter_map(|entry| entry.get(3..)).filter(|path| !path.is_empty());
        Ok(paths.map(|path| String::from_utf8_lossy(path).into_owned()).collect())
    }

    /// Files of the working directory whose names fit one of `patterns`, tracked, untracked or ignored, by their paths
    /// from the root. In a pattern `*` stands for anything but `/`.
    pub async fn find_files(&self, patterns: &[&str]) -> Result<Vec<String>, RepositoryError> {
        self.list_files(&[], patterns).await
    }

    /// Every file of a commit, from the root.
    pub async fn list_committed_files(&self, commit: &Oid) -> Result<Vec<String>, RepositoryError> {
        let call = self.objects_call("ls-tree").args(["-r", "-z", "--name-only", "--full-tree"]);
        let listed = call.arg(commit.as_str()).success().await?;
        let text = String::from_utf8_lossy(&listed.stdout).into_owned();
        Ok(text.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect())
    }

    /// The same, without those that are ignored.
    pub async fn find_unignored_files(&self, patterns: &[&str]) -> Result<Vec<String>, RepositoryError> {
        self.list_files(&["--exclude-standard"], patterns).await
    }

    async fn list_files(&self, options: &[&str], patterns: &[&str]) -> Result<Vec<String>, RepositoryError> {
        let anywhere = patterns.iter().map(|pattern| format!(":(top,glob)**/{pattern}"));
        let call = self.guarded_call("ls-files").await?;
        let call = call.args(["-z", "--full-name", "--cached", "--others"]).args(options);
        let listed = call.arg("--").args(anywhere).success().await?;
        let text = String::from_utf8_lossy(&listed.stdout).into_owned();
        let mut files: Vec<String> =
            text.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect();
        files.sort();
        files.dedup();
        Ok(files)
    }

    /// All tags of this clone, by name.
    pub async fn read_local_tags(&self) -> Result<Vec<LocalTag>, RepositoryError> {
        let output = self.call("show-ref").args(["--tags", "--dereference"]).output().await?;
        // Exit code 1 without a word: there are none.
        match output.code {
            Some(0) => Ok(parse_tags(&String::from_utf8_lossy(&output.stdout))),
            Some(1) if output.stderr.is_empty() => Ok(Vec::new()),
            _ => Err(GitError::Failed { command: "show-ref".into(), why: said(&output.stderr) }.into()),
        }
    }

    pub(super) fn call(&self, command: &'static str) -> super::program::GitCall {
        self.0.program.call(&self.0.root, command)
    }

    /// A command that writes refs or looks at the working directory. Git would run hooks of the repository then, unless it has
    /// heard that it must not.
    ///
    /// # Errors
    /// Git is too old to hear it.
    pub(super) async fn guarded_call(
        &self,
        command: &'static str,
    ) -> Result<super::program::GitCall, GitError> {
        self.settings().await?;
        Ok(self.call(command))
    }

    pub(super) fn program(&self) -> &GitProgram {
        &self.0.program
    }

    pub(super) fn objects(&self) -> &Path {
        &self.0.objects
    }

    /// The file that says where a shallow clone was cut off.
    pub(super) fn shallow_file(&self) -> &Path {
        &self.0.shallow
    }

    pub(super) fn object_format(&self) -> &str {
        &self.0.object_format
    }

    pub(super) fn history(&self) -> History {
        self.0.history
    }

    /// Where refs are, if they are kept in files.
    pub(super) fn ref_files(&self) -> &RefFiles {
        &self.0.ref_files
    }

    /// Every setting, as it was when the repository was found.
    pub(super) async fn settings(&self) -> Result<Arc<[Setting]>, GitError> {
        self.0.settings.read().await
    }

    pub(super) fn scratch_cell(&self) -> &OnceCell<Scratch> {
        &self.0.scratch
    }
}

pub(super) fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned()
}

fn failed(why: &str) -> GitError {
    GitError::Failed { command: "rev-parse".into(), why: why.into() }
}

fn explain_absence(output: &Output, shown: String) -> RepositoryError {
    if output.stderr.contains("not a git repository") {
        return GitError::NoRepository(shown).into();
    }
    match output.stderr.contains("must be run in a work tree") {
        true => RepositoryError::NoWorktree(shown),
        false => failed(&said(&output.stderr)).into(),
    }
}

/// Reads `oid SP refs/tags/name`, with `^{}` at the end for what is below a tag object.
fn parse_tags(text: &str) -> Vec<LocalTag> {
    let mut tags: Vec<LocalTag> = Vec::new();
    for line in text.lines() {
        let Some((oid, name)) = line.split_once(' ') else { continue };
        let (Ok(oid), Some(name)) = (oid.parse::<Oid>(), name.strip_prefix("refs/tags/")) else { continue };
        match (name.strip_suffix("^{}"), tags.last_mut()) {
            (Some(name), Some(last)) if last.name.0 == name => last.target = oid,
            (Some(_), _) => {}
            (None, _) => tags.push(LocalTag { name: GitTag(name.into()), object: oid.clone(), target: oid }),
        }
    }
    tags
}

#[cfg(test)]
mod tests {
    use plimsoll_testkit::env::Environment;
    use plimsoll_testkit::repo::Repo;

    use super::*;
    use crate::adapters::git::tests::{open, variables};

    async fn find(environment: &Environment, from: &Path) -> Result<Repository, RepositoryError> {
        Repository::find(from, &variables(environment), &Redactor::new()).await
    }

    #[tokio::test]
    async fn is_found_from_below() {
        let repo = Repo::init(&Environment::new(), "re po");
        repo.write("a/b/file", "x");
        let found = find(repo.environment(), &repo.path().join("a/b")).await.unwrap();
        assert_eq!(found.root(), repo.path());
    }

    #[tokio::test]
    async fn absence_has_its_reasons() {
        let environment = Environment::new();
        let bare = Repo::bare(&environment, "bare");
        let empty = Repo::init(&environment, "empty");
        let nowhere = find(&environment, &environment.folder("plain")).await.err().unwrap();
        assert!(matches!(nowhere, RepositoryError::Git(GitError::NoRepository(_))), "{nowhere}");
        let missing = find(&environment, Path::new("/no/such/place")).await.err().unwrap();
        assert!(matches!(missing, RepositoryError::Git(GitError::NoRepository(_))), "{missing}");
        let bare = find(&environment, bare.path()).await.err().unwrap();
        assert!(matches!(bare, RepositoryError::NoWorktree(_)), "{bare}");
        let no_commits = open(&empty).await.read_head().await.unwrap_err();
        assert!(matches!(no_commits, RepositoryError::NoCommits(_)), "{no_commits}");
    }

    #[tokio::test]
    async fn head_modified_files_and_tags() {
        let repo = Repo::init(&Environment::new(), "repo");
        repo.write("tracked file", "1").write("other", "1");
        let first = repo.commit("one");
        repo.lightweight_tag("light");
        let object = repo.annotated_tag("v1.0.0");
        let repository = open(&repo).await;
        assert_eq!(repository.find_modified().await.unwrap(), [""; 0]);
        repo.write("tracked file", "2").write("untracked", "x").remove("other");
        assert_eq!(repository.find_modified().await.unwrap(), ["other", "tracked file"]);
        let head = repository.read_head().await.unwrap();
        assert_eq!((head.commit.as_str(), head.branch.as_deref()), (first.as_str(), Some("main")));
        repo.git(["switch", "--quiet", "--detach"]);
        assert_eq!(repository.read_head().await.unwrap().branch, None);
        let tags = repository.read_local_tags().await.unwrap();
        let tags: Vec<_> =
            tags.iter().map(|tag| (tag.name.0.as_str(), tag.object.as_str(), tag.target.as_str())).collect();
        assert_eq!(
            tags,
            [("light", first.as_str(), first.as_str()), ("v1.0.0", object.as_str(), first.as_str())]
        );
    }

    #[tokio::test]
    async fn a_repository_without_tags_has_none() {
        let repo = Repo::init(&Environment::new(), "repo");
        repo.commit("one");
        assert_eq!(open(&repo).await.read_local_tags().await.unwrap(), []);
    }
}
