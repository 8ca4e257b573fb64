//! Refs read from the files that git keeps them in (gitrepository-layout(5)): no process, and no look at what ten
//! thousand tags point at.
//!
//! Where refs are kept in another way (`reftable`), or a file says what is not foreseen here, the answer is
//! [`Kept::Elsewhere`], and git has to be asked.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The largest file with packed refs that is read here, in bytes: millions of refs.
const PACKED_LIMIT: u64 = 256 * 1024 * 1024;
/// The largest file of one ref, in bytes.
const REF_LIMIT: u64 = 4096;

/// Where the files of refs are.
#[derive(Clone, Debug)]
pub(super) struct RefFiles {
    /// What all working directories of a repository share.
    common: PathBuf,
    /// The file HEAD of this working directory.
    head: PathBuf,
}

/// What the files say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kept<T> {
    /// This.
    Here(T),
    /// Nothing that can be relied on.
    Elsewhere,
}

/// The names of tags, in no order; one may be there twice. Ten thousand of them are one piece of memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagNames {
    /// Each name with a line break after it, which no ref can hold.
    lines: String,
}

impl TagNames {
    /// One name after another.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.lines.lines()
    }

    fn push(&mut self, name: &str) {
        self.lines.push_str(name);
        self.lines.push('\n');
    }
}

/// Lines with a name each, as git prints them.
impl From<String> for TagNames {
    fn from(lines: String) -> TagNames {
        TagNames { lines }
    }
}

impl RefFiles {
    /// The refs of a repository, by its common directory and the HEAD of a working directory.
    pub(super) fn new(common: impl Into<PathBuf>, head: impl Into<PathBuf>) -> RefFiles {
        RefFiles { common: common.into(), head: head.into() }
    }

    /// The branch that HEAD stands for; `None` if it is detached.
    pub(super) fn read_branch(&self) -> Kept<Option<String>> {
        if !self.are_files() {
            return Kept::Elsewhere;
        }
        let text = match read_ref(&self.head) {
            Some(text) => text,
            None => return Kept::Elsewhere,
        };
        match parse_symbolic(&text, "refs/heads/") {
            Some(branch) => Kept::Here(Some(branch)),
            None if is_oid(&text) => Kept::Here(None),
            None => Kept::Elsewhere,
        }
    }

    /// The branch that a remote's HEAD stands for in this clone; `None` if the clone does not say.
    pub(super) fn read_remote_branch(&self, remote: &str) -> Kept<Option<String>> {
        if !self.are_files() {
            return Kept::Elsewhere;
        }
        let file = self.common.join("refs/remotes").join(remote).join("HEAD");
        if is_absent(&file) {
            return Kept::Here(None);
        }
        match read_ref(&file).and_then(|text| parse_symbolic(&text, &format!("refs/remotes/{remote}/"))) {
            Some(branch) => Kept::Here(Some(branch)),
            None => Kept::Elsewhere,
        }
    }

    /// The names of all tags.
    pub(super) fn read_tag_names(&self) -> Kept<TagNames> {
        if !self.are_files() {
            return Kept::Elsewhere;
        }
        let mut names = TagNames::default();
        // Loose refs first: one that is packed meanwhile is then found among the packed ones.
        let found = collect_loose(&self.common.join("refs/tags"), "", &mut names)
            .and_then(|()| collect_packed(&self.common.join("packed-refs"), &mut names));
        match found {
            Ok(()) => Kept::Here(names),
            Err(_) => Kept::Elsewhere,
        }
    }

    /// Whether refs are kept in files. Other formats put a file where the folder of branches was, so that programs which
    /// know files alone go no further (git's `Documentation/technical/reftable`).
    fn are_files(&self) -> bool {
        self.common.join("refs/heads").is_dir() && is_absent(&self.common.join("reftable"))
    }
}

fn is_absent(path: &Path) -> bool {
    fs::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

/// The text of one ref. A link is what git wrote long ago for a ref that stands for another one.
fn read_ref(file: &Path) -> Option<String> {
    let about = fs::symlink_metadata(file).ok()?;
    if !about.is_file() || about.len() > REF_LIMIT {
        return None;
    }
    Some(fs::read_to_string(file).ok()?.trim_end().to_owned())
}

/// Reads `ref: refs/heads/NAME`.
fn parse_symbolic(text: &str, prefix: &str) -> Option<String> {
    let name = text.strip_prefix("ref:")?.trim_start().strip_prefix(prefix)?;
    (!name.is_empty() && !name.starts_with('.')).then(|| name.to_owned())
}

fn is_oid(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Adds the names of the files below a folder, which are refs, unless git is just writing them.
fn collect_loose(folder: &Path, prefix: &str, names: &mut TagNames) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let file = entry.file_name();
        let name = format!("{prefix}{}", utf8(&file)?);
        if name.ends_with(".lock") {
            continue;
        }
        match entry.file_type()?.is_dir() {
            true => collect_loose(&entry.path(), &format!("{name}/"), names)?,
            false => names.push(&name),
        }
    }
    Ok(())
}

fn utf8(name: &OsStr) -> io::Result<&str> {
    name.to_str().ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// Adds the names of packed tags: lines of `oid SP refs/tags/NAME`.
fn collect_packed(file: &Path, names: &mut TagNames) -> io::Result<()> {
    let size = match fs::metadata(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        about => about?.len(),
    };
    if size > PACKED_LIMIT {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let text = fs::read_to_string(file)?;
    let lines = text.lines().filter(|line| !line.starts_with(['#', '^']));
    let tags = lines.filter_map(|line| line.split_once(' ')?.1.strip_prefix("refs/tags/"));
    tags.for_each(|name| names.push(name));
    Ok(())
}

#[cfg(test)]
mod tests {
    use plimsoll_testkit::env::Environment;
    use plimsoll_testkit::repo::Repo;
    use proptest::prelude::*;

    use super::*;

    fn files(repo: &Repo) -> RefFiles {
        let git = |of: &str| {
            let path = repo.git(["rev-parse", "--path-format=absolute", of]);
            PathBuf::from(path.trim())
        };
        RefFiles::new(git("--git-common-dir"), git("--absolute-git-dir").join("HEAD"))
    }

    #[track_caller]
    fn tags(files: &RefFiles) -> Vec<String> {
        let Kept::Here(names) = files.read_tag_names() else { panic!("tags are kept elsewhere") };
        let names: std::collections::BTreeSet<&str> = names.iter().collect();
        names.into_iter().map(str::to_owned).collect()
    }

    fn tags_by_git(repo: &Repo) -> Vec<String> {
        let text = repo.git(["for-each-ref", "--format=%(refname:strip=2)", "refs/tags"]);
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn tags_are_those_that_git_names() {
        let repo = Repo::init(&Environment::new(), "repo");
        assert!(tags(&files(&repo)).is_empty());
        repo.commit("one");
        repo.lightweight_tag("packed");
        repo.annotated_tag("v1.0.0");
        repo.lightweight_tag("gone");
        repo.git(["pack-refs", "--all"]);
        repo.git(["tag", "-d", "gone"]);
        repo.lightweight_tag("app/v2");
        // Now in both places.
        repo.git(["tag", "-f", "packed"]);
        fs::write(repo.path().join(".git/refs/tags/v3.lock"), "").unwrap();
        assert_eq!(tags(&files(&repo)), tags_by_git(&repo));
        assert_eq!(tags_by_git(&repo), ["app/v2", "packed", "v1.0.0"]);
    }

    #[test]
    fn branches_are_those_that_git_names() {
        let environment = Environment::new();
        let origin = Repo::init(&environment, "origin");
        origin.commit("one");
        let repo = Repo::clone_of(&environment, origin.url(), "clone", []);
        assert_eq!(files(&repo).read_branch(), Kept::Here(Some("main".into())));
        assert_eq!(files(&repo).read_remote_branch("origin"), Kept::Here(Some("main".into())));
        assert_eq!(files(&repo).read_remote_branch("other"), Kept::Here(None));
        repo.git(["symbolic-ref", "HEAD", "refs/heads/feature/a"]);
        assert_eq!(files(&repo).read_branch(), Kept::Here(Some("feature/a".into())));
        repo.git(["symbolic-ref", "HEAD", "refs/heads/main"]);
        repo.git(["switch", "--quiet", "--detach"]);
        assert_eq!(files(&repo).read_branch(), Kept::Here(None));
        repo.git(["symbolic-ref", "HEAD", "refs/tags/odd"]);
        assert_eq!(files(&repo).read_branch(), Kept::Elsewhere);
    }

    #[test]
    fn every_working_directory_has_a_head_and_they_share_tags() {
        let environment = Environment::new();
        let repo = Repo::init(&environment, "repo");
        repo.commit("one");
        let beside = environment.root().join("beside");
        repo.git(["worktree", "add", "--quiet", "-b", "other", &beside.display().to_string()]);
        repo.lightweight_tag("v1.0.0");
        let common = repo.path().join(".git");
        let beside = RefFiles::new(&common, common.join("worktrees/beside/HEAD"));
        assert_eq!(beside.read_branch(), Kept::Here(Some("other".into())));
        assert_eq!(tags(&beside), ["v1.0.0"]);
        assert_eq!(files(&repo).read_branch(), Kept::Here(Some("main".into())));
    }

    #[test]
    fn what_is_kept_in_another_way_is_left_to_git() {
        let repo = Repo::init(&Environment::new(), "repo");
        repo.commit("one");
        let files = files(&repo);
        let git = repo.path().join(".git");
        // As git with `extensions.refStorage = reftable` lays it out.
        fs::create_dir(git.join("reftable")).unwrap();
        assert_eq!(files.read_tag_names(), Kept::Elsewhere);
        fs::remove_dir(git.join("reftable")).unwrap();
        fs::remove_dir_all(git.join("refs/heads")).unwrap();
        fs::write(git.join("refs/heads"), "this repository uses the reftable format\n").unwrap();
        fs::write(git.join("HEAD"), "ref: refs/heads/.invalid\n").unwrap();
        assert_eq!(files.read_tag_names(), Kept::Elsewhere);
        assert_eq!(files.read_branch(), Kept::Elsewhere);
        assert_eq!(files.read_remote_branch("origin"), Kept::Elsewhere);
    }

    proptest! {
        #[test]
        fn a_symbolic_ref_is_read_as_it_is_written(name in "[a-z][a-z0-9/._-]{0,20}") {
            prop_assert_eq!(parse_symbolic(&format!("ref: refs/heads/{name}"), "refs/heads/"), Some(name));
        }
    }
}
