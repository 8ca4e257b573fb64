//! What tests of this room share.

use std::path::Path;
use std::process::Command;

use plimsoll_http::secret::Redactor;
use plimsoll_testkit::env::Environment;
use plimsoll_testkit::repo::Repo;

use super::Repository;
use crate::variables::Variables;

/// The variables of a test's machine.
pub(crate) fn variables(environment: &Environment) -> Variables {
    environment.variables().collect()
}

/// A test's repository, found as the product finds it.
pub(crate) async fn open(repo: &Repo) -> Repository {
    let found = Repository::find(repo.path(), &variables(repo.environment()), &Redactor::new()).await;
    found.expect("the repository of a test can be found")
}

/// Writes a script. Another process does it: a program that a thread of ours had open for writing, while another thread
/// started a child, could not be run until that child lets go of it.
pub(crate) fn write_script(path: &Path, text: &str) {
    let script = "printf '#!/bin/sh\\n%s\\n' \"$1\" > \"$0\" && chmod 755 \"$0\"";
    let written = Command::new("sh").args(["-c", script]).arg(path).arg(text).status();
    assert!(written.is_ok_and(|status| status.success()), "{} can't be written", path.display());
}
