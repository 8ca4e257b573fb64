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
/// Names a file to which every skipped test's name is added, a line each, so that `witnesses/test` runs those alone.
pub const SKIPPED_VARIABLE: &str = "PLIMSOLL_SKIPPED";

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

/// The folder that a variable names, with what was fetched and is kept nowhere: nothing installs it, so that a test may be
/// without it whatever `PLIMSOLL_REQUIRE` says. Says on standard error that the test is skipped where it is not set.
///
/// # Panics
/// When it names no folder.
#[track_caller]
pub fn fixtures(variable: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os(variable).map(PathBuf::from) else {
        absent(&format!("{variable}, which is not set"));
        return None;
    };
    assert!(folder.is_dir(), "{variable} names {}, which is no folder", folder.display());
    Some(folder)
}

/// Says that the running test, or a part of it, is skipped for the want of what nothing installs.
pub fn absent(what: &str) {
    say_skipped(what);
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
    say_skipped(name);
    if let Some(file) = std::env::var_os(SKIPPED_VARIABLE) {
        note_skipped(Path::new(&file), thread.name());
    }
}

fn say_skipped(what: &str) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    // Not by `eprintln!`: the test harness would swallow it, and a test left out must be seen.
    let _ = writeln!(std::io::stderr(), "SKIPPED: {test} needs {what}");
}

/// # Panics
/// When the thread is not the test's own, as only that is called as the test is; or when the file can't be written. A name that
/// is lost would be a test that nobody runs.
fn note_skipped(file: &Path, thread: Option<&str>) {
    let test = thread.filter(|name| !["main", "tokio-rt-worker"].contains(name));
    let test = test.expect("a witness is asked for in the test's own thread");
    let mut file =
        std::fs::OpenOptions::new().create(true).append(true).open(file).expect("the file can be opened");
    // One write, so that tests side by side write whole lines.
    file.write_all(format!("{test}\n").as_bytes()).expect("the file can be written");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skipped_tests_are_noted_by_their_names() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("skipped");
        note_skipped(&file, Some("tools::one"));
        note_skipped(&file, Some("two"));
        assert_eq!(std::fs::read_to_string(file).unwrap(), "tools::one\ntwo\n");
    }

    #[test]
    #[should_panic(expected = "in the test's own thread")]
    fn a_thread_that_is_no_test_is_found_out() {
        note_skipped(Path::new("/nonexistent"), Some("tokio-rt-worker"));
    }
}
