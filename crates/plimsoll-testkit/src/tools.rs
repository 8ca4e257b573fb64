//! Programs that are not ours and judge what we make.
//!
//! `witnesses/install all` puts them where this module looks first.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::env::Environment;
use crate::process::Invocation;

/// Names the folder into which witnesses were installed.
pub const FOLDER_VARIABLE: &str = "PLIMSOLL_WITNESSES";
/// With the value `all`, a missing witness fails its test.
pub const REQUIRE_VARIABLE: &str = "PLIMSOLL_REQUIRE";
/// Names, with blanks between them, of witnesses that may be missing all the same: their registries refused them.
pub const REFUSED_VARIABLE: &str = "PLIMSOLL_REFUSED";

const FOLDER_IN_HOME: &str = ".cache/plimsoll/witnesses";

/// A program that was found.
#[derive(Debug, Clone)]
pub struct Tool {
    path: PathBuf,
}

impl Tool {
    /// Where the program lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The program, to be run on a machine.
    pub fn command(&self, environment: &Environment) -> Invocation {
        environment.command(&self.path)
    }
}

/// Looks for a program: in the installed witnesses, then in `PATH`.
pub fn find(name: &str) -> Option<Tool> {
    folders()
        .into_iter()
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
        .map(|path| Tool { path })
}

/// Finds a program, or says on standard error that the running test is skipped for the want of it.
///
/// # Panics
/// When it is missing, `PLIMSOLL_REQUIRE` is `all` and `PLIMSOLL_REFUSED` does not name it.
#[track_caller]
pub fn require(name: &str) -> Option<Tool> {
    let found = find(name);
    if found.is_none() {
        skip(name);
    }
    found
}

/// As [`require`], for several programs of which each is needed.
///
/// # Panics
/// As [`require`].
#[track_caller]
pub fn require_all<const N: usize>(names: [&str; N]) -> Option<[Tool; N]> {
    let found: Vec<Tool> = names.into_iter().filter_map(require).collect();
    found.try_into().ok()
}

fn folders() -> Vec<PathBuf> {
    let installed = std::env::var_os(FOLDER_VARIABLE)
        .map(PathBuf::from)
        .or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(FOLDER_IN_HOME)));
    let path = std::env::var_os("PATH").unwrap_or_default();
    installed.map(|folder| folder.join("bin")).into_iter().chain(std::env::split_paths(&path)).collect()
}

/// Says that the running test is skipped for the want of something that is no program.
///
/// # Panics
/// When `PLIMSOLL_REQUIRE` is `all`.
#[track_caller]
pub fn missing(what: &str) {
    skip(what);
}

#[track_caller]
fn skip(name: &str) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    let refused = std::env::var(REFUSED_VARIABLE).unwrap_or_default();
    assert!(
        std::env::var_os(REQUIRE_VARIABLE).is_none_or(|value| value != "all")
            || refused.split(' ').any(|refused| refused == name),
        "{test} needs {name}, which was not found; `witnesses/install {name}` installs it"
    );
    // Not by `eprintln!`: the test harness would swallow it, and a test left out must be seen.
    let _ = writeln!(std::io::stderr(), "SKIPPED: {test} needs {name}");
}
