//! The user's repository, found from a directory.

mod error;

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

pub use self::error::RepositoryError;

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

impl Repository {
    /// Finds the repository that `from` is in.
    pub async fn find(
        from: &Path,
        variables: &Variables,
        redactor: &Redactor,
    ) -> Result<Repository, RepositoryError> {
        Repository::find_by(GitProgram::new(variables, redactor), from).await
    }

    /// The same, by this git.
    pub(super) async fn find_by(program: GitProgram, from: &Path) -> Result<Repository, RepositoryError> {
        let shown = || from.display().to_string();
        if !from.is_dir() {
            return Err(GitError::NoRepository(shown()).into());
        }
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

    /// Whether a part of the history is missing, and tags with it.
    pub fn is_shallow(&self) -> bool {
        self.history() == History::Shallow
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
mod tests;
