//! A private place in which a program sees nothing of the machine that runs the tests.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;

use crate::process::Invocation;

/// The moment that every test calls now, in seconds since 1970: 2026-01-02T03:04:05Z.
pub const NOW: u64 = 1_767_323_045;

/// Variables that go through from the machine, as they decide where programs are, not what they do.
const ALLOWED: [&str; 2] = ["PATH", "LLVM_PROFILE_FILE"];

/// One machine: a temporary folder with home, cache and configuration of its own, and fixed variables.
///
/// Clones share the folder, which is deleted with the last of them. Two machines are two values of
/// [`Environment::new`].
#[derive(Debug, Clone)]
pub struct Environment {
    folder: Arc<TempDir>,
    root: PathBuf,
    variables: BTreeMap<OsString, OsString>,
}

impl Environment {
    /// Makes a machine.
    ///
    /// # Panics
    /// When the temporary folder cannot be made.
    pub fn new() -> Self {
        let folder = TempDir::with_prefix("plimsoll-").expect("a temporary folder can be made");
        // macOS hands out a symbolic link, and programs print what it leads to.
        let root = fs::canonicalize(folder.path()).expect("the temporary folder is there");
        let mut environment = Self { folder: Arc::new(folder), root, variables: BTreeMap::new() };
        for name in ALLOWED {
            if let Some(value) = std::env::var_os(name) {
                environment.set(name, value);
            }
        }
        environment.set_folders();
        environment.set_git();
        let now = NOW.to_string();
        for (name, value) in
            [("LANG", "C.UTF-8"), ("NO_COLOR", "1"), ("SOURCE_DATE_EPOCH", now.as_str()), ("TZ", "UTC")]
        {
            environment.set(name, value);
        }
        environment
    }

    fn set_folders(&mut self) {
        for (name, folder) in [
            ("HOME", "home"),
            ("TMPDIR", "tmp"),
            ("XDG_CACHE_HOME", "home/.cache"),
            ("XDG_CONFIG_HOME", "home/.config"),
            ("XDG_DATA_HOME", "home/.local/share"),
            ("XDG_RUNTIME_DIR", "run"),
            ("XDG_STATE_HOME", "home/.local/state"),
        ] {
            let path = self.root.join(folder);
            fs::create_dir_all(&path).expect("a folder can be made in the temporary folder");
            self.set(name, path);
        }
    }

    fn set_git(&mut self) {
        let date = format!("@{NOW} +0000");
        for (name, value) in [
            ("GIT_AUTHOR_NAME", "Ada Example"),
            ("GIT_AUTHOR_EMAIL", "ada@example.test"),
            ("GIT_AUTHOR_DATE", date.as_str()),
            ("GIT_COMMITTER_NAME", "Ada Example"),
            ("GIT_COMMITTER_EMAIL", "ada@example.test"),
            ("GIT_COMMITTER_DATE", date.as_str()),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_TERMINAL_PROMPT", "0"),
        ] {
            self.set(name, value);
        }
        // So that a folder of the test is never taken for a part of the repository around it.
        let root = self.root.clone();
        self.set("GIT_CEILING_DIRECTORIES", root);
        // Without a template: its fourteen sample hooks take longer to make than the rest of a repository.
        let config = "[init]\n\tdefaultBranch = main\n\ttemplateDir =\n[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n[advice]\n\tdetachedHead = false\n";
        fs::write(self.home().join(".gitconfig"), config).expect("a file can be written in the private home");
    }

    /// The folder of this machine, without symbolic links.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The home of this machine's user.
    pub fn home(&self) -> PathBuf {
        self.root.join("home")
    }

    /// Makes a new folder in [`Environment::root`], with the folders above it.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn folder(&self, name: &str) -> PathBuf {
        let path = self.root.join(name);
        fs::create_dir_all(&path).expect("a folder can be made in the temporary folder");
        path
    }

    /// Sets a variable for every later command of this value.
    pub fn set(&mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> &mut Self {
        self.variables.insert(name.as_ref().to_owned(), value.as_ref().to_owned());
        self
    }

    /// Takes a variable away from every later command of this value.
    pub fn unset(&mut self, name: impl AsRef<OsStr>) -> &mut Self {
        self.variables.remove(name.as_ref());
        self
    }

    /// Every variable that a command gets, for callers that start it themselves.
    pub fn variables(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.variables.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }

    /// A program to run here, in [`Environment::root`] unless told otherwise.
    ///
    /// The binary of this project is `env!("CARGO_BIN_EXE_plimsoll")` in its own tests.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Invocation {
        let variables = self.variables.iter().map(|(name, value)| (name.clone(), value.clone()));
        Invocation::new(program.as_ref(), variables).in_folder(self.folder.path())
    }
}

impl Default for Environment {
    fn default() -> Self {
        Self::new()
    }
}
