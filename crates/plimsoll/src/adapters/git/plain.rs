//! A repository found without git, where it is plain to see which one git would find.
//!
//! To start a program takes longer than to look for a folder. What is not plain is left to git, which then says
//! why something is no repository, too: files and links in the place of folders, worktrees, a repository without a
//! working directory, one of somebody else, extensions of its format, settings that include others or say where the
//! working directory is (gitrepository-layout(5), git-config(1)).

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::program::GitProgram;

/// The largest file with settings that is read here, in bytes.
const SETTINGS_LIMIT: u64 = 256 * 1024;
/// The largest file HEAD, in bytes.
const HEAD_LIMIT: u64 = 4096;
/// Lets git look on beyond the end of a file system.
const ACROSS: &str = "GIT_DISCOVERY_ACROSS_FILESYSTEM";
/// The folders, separated by colons, from which on upwards git does not look.
const CEILINGS: &str = "GIT_CEILING_DIRECTORIES";

/// The top of the working directory that `from` is in, without links in its path; `None` where git has to be asked.
pub(super) fn find_plain(from: &Path, program: &GitProgram) -> Option<PathBuf> {
    if program.variable(ACROSS).is_some() {
        return None;
    }
    let start = fs::canonicalize(from).ok()?;
    let device = fs::metadata(&start).ok()?.dev();
    for folder in start.ancestors() {
        // Git stops at the end of a file system.
        if fs::metadata(folder).ok()?.dev() != device {
            return None;
        }
        if exists(&folder.join(".git"))? {
            let is_found = start == folder || is_below(folder, program.variable(CEILINGS));
            return (is_found && is_plain(folder)).then(|| folder.to_owned());
        }
        // A repository without a working directory, or the inside of `.git`.
        if exists(&folder.join("HEAD"))? {
            return None;
        }
    }
    None
}

/// Whether none of the ceilings keeps git from coming up to this folder.
fn is_below(folder: &Path, ceilings: Option<&OsStr>) -> bool {
    let ceilings = ceilings.into_iter().flat_map(std::env::split_paths);
    let stops = |ceiling: PathBuf| {
        let real = fs::canonicalize(&ceiling).unwrap_or_default();
        ceiling.starts_with(folder) || real.starts_with(folder)
    };
    !ceilings.into_iter().any(stops)
}

/// Whether something is there; `None` if that can't be known.
fn exists(path: &Path) -> Option<bool> {
    match fs::symlink_metadata(path) {
        Ok(_) => Some(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Some(false),
        Err(_) => None,
    }
}

fn is_plain(root: &Path) -> bool {
    let git = root.join(".git");
    let is_ours = |path: &Path| {
        let user = rustix::process::geteuid().as_raw();
        fs::symlink_metadata(path).is_ok_and(|about| about.is_dir() && about.uid() == user)
    };
    let is_folder = |name| fs::symlink_metadata(git.join(name)).is_ok_and(|about| about.is_dir());
    let lacks = |name| exists(&git.join(name)) == Some(false);
    // Whoever reads the output of git line by line can't be told of a path with a line break.
    let is_text = root.to_str().is_some_and(|path| !path.contains(['\n', '\r']));
    is_text
        && is_ours(root)
        && is_ours(&git)
        && is_folder("objects")
        && is_folder("refs")
        && lacks("commondir")
        && lacks("shallow")
        && read_small(&git.join("HEAD"), HEAD_LIMIT).is_some_and(|text| is_head(&text))
        && read_small(&git.join("config"), SETTINGS_LIMIT).is_some_and(|text| has_plain_format(&text))
}

fn read_small(file: &Path, limit: u64) -> Option<String> {
    let about = fs::symlink_metadata(file).ok()?;
    if !about.is_file() || about.len() > limit {
        return None;
    }
    fs::read_to_string(file).ok()
}

fn is_head(text: &str) -> bool {
    let text = text.trim_end();
    let is_oid = text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_oid || text.starts_with("ref: refs/")
}

/// Whether a repository's settings say that it is of the first format, with its working directory where it is found.
/// Understands only what git itself writes.
fn has_plain_format(settings: &str) -> bool {
    let mut section = String::new();
    for line in settings.lines().map(str::trim) {
        // A line that goes on in the next one.
        if line.ends_with('\\') {
            return false;
        }
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(header) = line.strip_prefix('[') {
            let Some(header) = header.strip_suffix(']') else { return false };
            section = header.to_ascii_lowercase();
            if ["extensions", "include"].iter().any(|name| section.starts_with(name)) {
                return false;
            }
            continue;
        }
        let (key, value) = match line.split_once('=') {
            Some((key, value)) => (key.trim().to_ascii_lowercase(), value.trim()),
            None => (line.to_ascii_lowercase(), ""),
        };
        let is_plain = match (section.as_str(), key.as_str()) {
            ("core", "bare") => value == "false",
            ("core", "repositoryformatversion") => value == "0",
            ("core", "worktree") => false,
            _ => true,
        };
        if !is_plain {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use plimsoll_http::secret::Redactor;
    use plimsoll_testkit::env::Environment;
    use plimsoll_testkit::repo::Repo;
    use proptest::prelude::*;

    use super::*;
    use crate::adapters::git::tests::variables;
    use crate::variables::Variables;

    fn find_with(from: &Path, variables: &Variables) -> Option<PathBuf> {
        find_plain(from, &GitProgram::new(variables, &Redactor::new()))
    }

    fn find(repo: &Repo, from: &Path) -> Option<PathBuf> {
        find_with(from, &variables(repo.environment()))
    }

    #[test]
    fn what_is_plain_is_what_git_finds() {
        let environment = Environment::new();
        let repo = Repo::init(&environment, "re po");
        repo.write("a/b/file", "x").commit("one");
        std::os::unix::fs::symlink(repo.path().join("a"), environment.root().join("link")).unwrap();
        let below = [repo.path().to_owned(), repo.path().join("a/b"), environment.root().join("link/b")];
        for folder in below {
            let folder_text = folder.display().to_string();
            let by_git = repo.git(["-C", &folder_text, "rev-parse", "--show-toplevel"]);
            assert_eq!(find(&repo, &folder), Some(PathBuf::from(by_git.trim_end())), "{folder_text}");
        }
        repo.git(["switch", "--quiet", "--detach"]);
        assert_eq!(find(&repo, repo.path()).as_deref(), Some(repo.path()));
        let clone = Repo::clone_of(&environment, repo.url(), "clone", []);
        assert_eq!(find(&clone, clone.path()).as_deref(), Some(clone.path()));
    }

    #[test]
    fn what_is_not_plain_is_left_to_git() {
        let environment = Environment::new();
        let bare = Repo::bare(&environment, "bare");
        assert_eq!(find(&bare, bare.path()), None);
        let repo = Repo::init(&environment, "repo");
        repo.commit("one");
        let git = repo.path().join(".git");
        assert_eq!(find(&repo, &git), None);
        assert_eq!(find(&repo, &git.join("refs")), None);
        assert_eq!(find(&repo, Path::new("/no/such/place")), None);
        assert_eq!(find(&repo, &environment.folder("nowhere")), None);
        let beside = environment.root().join("beside");
        repo.git(["worktree", "add", "--quiet", "-b", "other", &beside.display().to_string()]);
        assert_eq!(find(&repo, &beside), None);
        let within = Repo::init(&environment, "repo/within");
        assert_eq!(find(&within, within.path()).as_deref(), Some(within.path()));
        fs::write(within.path().join(".git/HEAD"), "nothing").unwrap();
        assert_eq!(find(&within, within.path()), None);
        for (file, text) in [("shallow", ""), ("commondir", "../x")] {
            fs::write(git.join(file), text).unwrap();
            assert_eq!(find(&repo, repo.path()), None, "{file}");
            fs::remove_file(git.join(file)).unwrap();
        }
        let with = |name: &str, value: &Path| {
            let mut variables = variables(&environment);
            variables.set(name, value);
            variables
        };
        let below = repo.path().join("a");
        fs::create_dir(&below).unwrap();
        for (name, value, from, is_found) in [
            (ACROSS, Path::new("1"), &below, false),
            (CEILINGS, repo.path(), &below, false),
            (CEILINGS, below.as_path(), &below, false),
            (CEILINGS, environment.root(), &below, true),
            (CEILINGS, below.as_path(), &repo.path().to_owned(), true),
        ] {
            let found = find_with(from, &with(name, value)).is_some();
            assert_eq!(found, is_found, "{name}={} from {}", value.display(), from.display());
        }
        fs::rename(&git, environment.root().join("moved")).unwrap();
        std::os::unix::fs::symlink(environment.root().join("moved"), &git).unwrap();
        assert_eq!(find(&repo, repo.path()), None);
    }

    #[test]
    fn only_settings_as_git_writes_them_are_plain() {
        for settings in [
            "",
            "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n",
            "[user]\n\tname = worktree\n[remote \"origin\"]\n\turl = https://h/x\n# bare = true\n",
            "[branch \"core\"]\n\tworktree = x\n",
        ] {
            assert!(has_plain_format(settings), "{settings}");
        }
        for settings in [
            "[core]\n\trepositoryformatversion = 1\n",
            "[core]\n\tbare = true\n",
            "[core]\n\tbare\n",
            "[Core]\n\tBare = yes\n",
            "[core] bare = true\n",
            "[core]\n\tworktree = /x\n",
            "[core]\n\tbare = fal\\\nse\n",
            "[extensions]\n\tobjectformat = sha256\n",
            "[include]\n\tpath = x\n",
            "[includeIf \"gitdir:/\"]\n\tpath = x\n",
        ] {
            assert!(!has_plain_format(settings), "{settings}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// Whatever is written into the settings: if that is taken for plain, git finds the same working directory.
        #[test]
        fn plain_settings_mean_the_same_to_git(
            lines in prop::collection::vec(
                prop::sample::select(vec![
                    "[core]", "[Core]", "[user]", "[extensions]", "[core \"x\"]", "[include]", "bare = false",
                    "bare = true", "bare", "BARE = false", "worktree = ..", "repositoryformatversion = 0",
                    "repositoryformatversion = 1", "objectformat = sha256", "path = other", "name = a # b", "# x",
                    "[core] bare = true", "a = \"b", "a = b\\",
                ]),
                0..5,
            )
        ) {
            let repo = Repo::init(&Environment::new(), "repo");
            fs::write(repo.path().join(".git/other"), "[core]\n\tbare = true\n").unwrap();
            fs::write(repo.path().join(".git/config"), lines.join("\n")).unwrap();
            if let Some(root) = find(&repo, repo.path()) {
                let by_git = repo.try_git(["rev-parse", "--show-object-format", "--show-toplevel"]);
                // What is no setting at all is for git to refuse, and `git config` does so.
                if by_git.code() == Some(0) {
                    let want = format!("sha1\n{}\n", root.display());
                    prop_assert_eq!(by_git.stdout(), want);
                } else {
                    prop_assert!(repo.try_git(["config", "--list"]).code() != Some(0));
                }
            }
        }
    }
}
