//! Git for the sample project: nothing of the user's own configuration gets into it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::DemoError;
use crate::variables::Variables;

/// What decides where git is found and how it runs.
const ALLOWED: &[&str] = &["PATH", "HOME", "TMPDIR", "LANG", "LC_ALL"];

/// Git in one folder.
pub(super) struct Git {
    folder: PathBuf,
    variables: Variables,
}

impl Git {
    /// Git in `folder`, with an author of its own and without hooks, signatures and templates of the user's.
    pub(super) fn in_folder(folder: &Path, variables: &Variables) -> Git {
        let mut variables = variables.only(ALLOWED);
        for role in ["AUTHOR", "COMMITTER"] {
            variables.set(format!("GIT_{role}_NAME"), "Plimsoll Demo");
            variables.set(format!("GIT_{role}_EMAIL"), "demo@plimsoll.example");
        }
        variables.set("GIT_CONFIG_GLOBAL", "/dev/null");
        variables.set("GIT_CONFIG_NOSYSTEM", "1");
        Git { folder: folder.to_owned(), variables }
    }

    /// Runs one command.
    pub(super) fn run(&self, command: &'static str, arguments: &[&str]) -> Result<(), DemoError> {
        let output = Command::new("git")
            .arg(command)
            .args(arguments)
            .current_dir(&self.folder)
            .env_clear()
            .envs(self.variables.iter())
            .stdin(Stdio::null())
            .output()
            .map_err(DemoError::GitMissing)?;
        match output.status.success() {
            true => Ok(()),
            false => {
                let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
                Err(DemoError::Git { command, said })
            }
        }
    }
}
