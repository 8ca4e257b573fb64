//! The settings of a repository and its user, as git collects them.

use std::path::Path;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use plimsoll_engine::world::error::GitError;

use super::program::{GitProgram, STANDING};

/// Settings that are being read, and once they are, stay what they were.
#[derive(Clone)]
pub(super) struct Settings(Shared<BoxFuture<'static, Result<Arc<[Setting]>, GitError>>>);

/// One setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Setting {
    /// `system`, `global`, `local`, `worktree` or `command`.
    pub(super) scope: String,
    /// The key, its first and last part in lower case.
    pub(super) key: String,
    /// The value.
    pub(super) value: String,
}

impl Settings {
    /// Starts to read those that hold in a folder; whoever needs them waits for the end.
    pub(super) fn start(program: &GitProgram, folder: &Path) -> Settings {
        let call = program.call(folder, "config").args(["--list", "--null", "--show-scope"]);
        let program = program.clone();
        let reading = tokio::spawn(async move {
            let settings = parse_settings(&call.success().await?.stdout);
            // An older git does not hear what the environment says, and would run hooks.
            if !has_standing(&settings) {
                program.check().await?;
                return Err(failed("git does not take settings from the environment"));
            }
            Ok(settings.into())
        });
        let settings = async { reading.await.unwrap_or_else(|error| Err(failed(&error.to_string()))) };
        Settings(settings.boxed().shared())
    }

    /// What was read.
    pub(super) async fn read(&self) -> Result<Arc<[Setting]>, GitError> {
        self.0.clone().await
    }
}

/// Whether git has heard what is set for every run.
fn has_standing(settings: &[Setting]) -> bool {
    let (key, value) = STANDING;
    let is_heard = |setting: &Setting| {
        setting.scope == "command" && setting.key.eq_ignore_ascii_case(key) && setting.value == value
    };
    settings.iter().any(is_heard)
}

/// Reads `git config --list --null --show-scope`: `scope NUL key LF value NUL`.
fn parse_settings(bytes: &[u8]) -> Vec<Setting> {
    let text = String::from_utf8_lossy(bytes);
    let mut parts = text.split('\0');
    let mut settings = Vec::new();
    while let (Some(scope), Some(entry)) = (parts.next(), parts.next()) {
        // A key without a value is true.
        let (key, value) = entry.split_once('\n').unwrap_or((entry, "true"));
        settings.push(Setting { scope: scope.into(), key: key.into(), value: value.into() });
    }
    settings
}

fn failed(why: &str) -> GitError {
    GitError::Failed { command: "config".into(), why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use plimsoll_engine::domain::git::GitTag;
    use plimsoll_http::secret::Redactor;
    use plimsoll_testkit::env::Environment;
    use plimsoll_testkit::repo::Repo;

    use super::*;
    use crate::adapters::git::tests::{open, variables, write_script};
    use crate::adapters::git::{Repository, RepositoryError};
    use crate::variables::Variables;

    #[test]
    fn reads_settings() {
        let setting = |scope: &str, key: &str, value: &str| Setting {
            scope: scope.into(),
            key: key.into(),
            value: value.into(),
        };
        let text = b"local\0remote.origin.url\nhttps://h/x\0global\0a.b\0local\0a.c\n1\n2\0";
        let want = [
            setting("local", "remote.origin.url", "https://h/x"),
            setting("global", "a.b", "true"),
            setting("local", "a.c", "1\n2"),
        ];
        assert_eq!(parse_settings(text), want);
    }

    #[tokio::test]
    async fn git_has_heard_what_is_set_for_every_run() {
        let repo = Repo::init(&Environment::new(), "repo");
        repo.git(["config", "core.hooksPath", "/evil"]);
        let settings = open(&repo).await.settings().await.unwrap();
        assert!(has_standing(&settings));
        let own: Vec<_> = settings.iter().filter(|setting| setting.scope != "command").cloned().collect();
        assert!(!has_standing(&own));
    }

    /// It would run hooks of the repository.
    #[tokio::test]
    async fn an_old_git_writes_no_ref_and_looks_at_no_working_directory() {
        let repo = Repo::init(&Environment::new(), "repo");
        repo.write("file", "1").commit("first");
        let folder = tempfile::tempdir().unwrap();
        let script = "case $1 in version) echo git version 2.29.0;; config) ;; *) echo $1 >> $0.ran;; esac";
        write_script(&folder.path().join("git"), script);
        let mut variables = variables(repo.environment());
        variables.set("PATH", folder.path());
        let found = Repository::find(repo.path(), &variables, &Redactor::new()).await.unwrap();
        let (tag, head) = (GitTag("v1.0.0".into()), repo.head().parse().unwrap());
        let old =
            RepositoryError::from(GitError::Tool { want: "2.31", found: "`git version 2.29.0`".into() });
        assert_eq!(found.make_tag(&tag, &head, "one").await.unwrap_err(), old);
        assert_eq!(found.make_lightweight_tag(&tag, &head).await.unwrap_err(), old);
        assert_eq!(found.find_modified().await.unwrap_err(), old);
        assert_eq!(found.find_files(&["*"]).await.unwrap_err(), old);
        let (to, index) = (folder.path().join("to"), folder.path().join("index"));
        found.check_out(&head, &to, &index).await.unwrap_err();
        assert!(!folder.path().join("git.ran").exists());
    }

    #[tokio::test]
    async fn an_old_git_is_told() {
        let folder = tempfile::tempdir().unwrap();
        write_script(&folder.path().join("git"), "case $1 in version) echo git version 2.29.0;; esac");
        let program = GitProgram::new(&Variables::from_iter([("PATH", folder.path())]), &Redactor::new());
        let error = Settings::start(&program, folder.path()).read().await.unwrap_err();
        assert_eq!(error, GitError::Tool { want: "2.31", found: "`git version 2.29.0`".into() });
    }
}
