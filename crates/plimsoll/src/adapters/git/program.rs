//! The `git` program, run so that neither the user's shell nor a repository's hooks change what it does.

use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

use plimsoll_engine::world::error::GitError;
use plimsoll_http::secret::Redactor;

use super::refusal::said;
use crate::adapters::process::{Conversation, Invocation, Output, ProcessError};
use crate::variables::Variables;

/// The oldest git that knows everything that is asked of it here: settings in variables, paths in one format.
const OLDEST: (u32, u32) = (2, 31);
const OLDEST_NAME: &str = "2.31";

/// What git, SSH and credential helpers read. Everything else of the environment stays away from them.
const ALLOWED: &[&str] = &[
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "TMPDIR",
    "XDG_CONFIG_HOME",
    "XDG_CACHE_HOME",
    "XDG_RUNTIME_DIR",
    "DBUS_SESSION_BUS_ADDRESS",
    "SSH_AUTH_SOCK",
    "SSH_AGENT_PID",
    "SSH_ASKPASS",
    "GIT_ASKPASS",
    // Whoever makes a tag is who the environment says, and signs it with the keys that it leads to.
    "GIT_COMMITTER_NAME",
    "GIT_COMMITTER_EMAIL",
    "GNUPGHOME",
    "GPG_TTY",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_SSH_VARIANT",
    "GIT_PROXY_COMMAND",
    "GIT_ALLOW_PROTOCOL",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_PARAMETERS",
    "GIT_CEILING_DIRECTORIES",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "GIT_SSL_CERT",
    "GIT_SSL_KEY",
    "GIT_SSL_NO_VERIFY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "CURL_CA_BUNDLE",
    "http_proxy",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
    // What `gh auth git-credential`, the helpers of workflows and their like answer with.
    "GH_CONFIG_DIR",
    "GH_ENTERPRISE_TOKEN",
    "GH_HOST",
    "GH_TOKEN",
    "GITHUB_TOKEN",
    "GITLAB_TOKEN",
    "CI_JOB_TOKEN",
];

/// The environment of every run.
const FIXED: &[(&str, &str)] = &[
    ("LC_ALL", "C"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GCM_INTERACTIVE", "never"),
    ("GIT_PAGER", "cat"),
    // Reading must not write, not even an index that is refreshed in passing.
    ("GIT_OPTIONAL_LOCKS", "0"),
    // A replaced commit would be released under a name that nobody else sees it by.
    ("GIT_NO_REPLACE_OBJECTS", "1"),
];

/// The setting of every run that nobody may go without: no hook of a repository is run.
pub(super) const STANDING: (&str, &str) = ("core.hooksPath", "/dev/null");

/// The settings of every run; they win over every file.
const SETTINGS: &[(&str, &str)] = &[
    STANDING,
    ("core.fsmonitor", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("fetch.writeCommitGraph", "false"),
    ("fetch.prune", "false"),
    ("push.followTags", "false"),
    ("push.gpgSign", "false"),
    ("push.recurseSubmodules", "no"),
    ("log.showSignature", "false"),
];

/// The `git` program.
#[derive(Clone)]
pub(super) struct GitProgram {
    variables: Variables,
    settings: Vec<(String, String)>,
    redactor: Redactor,
}

impl GitProgram {
    /// The git that `variables` lead to; what it says passes `redactor`.
    pub(super) fn new(variables: &Variables, redactor: &Redactor) -> GitProgram {
        let settings = given_settings(variables);
        let mut allowed = variables.only(ALLOWED);
        for (name, value) in FIXED {
            allowed.set(*name, *value);
        }
        // Away from the terminal's foreground group SSH could only hang on a question. `core.sshCommand` is the user's
        // own choice.
        if let Some(command) = variables.text("GIT_SSH_COMMAND").filter(|command| is_ssh(command)) {
            allowed.set("GIT_SSH_COMMAND", format!("{command} -oBatchMode=yes"));
        }
        GitProgram { variables: allowed, settings, redactor: redactor.clone() }
    }

    /// What hides secrets in git's words.
    pub(super) fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// A variable that git will see.
    pub(super) fn variable(&self, name: &str) -> Option<&OsStr> {
        self.variables.get(name)
    }

    /// A subcommand, run in a folder.
    pub(super) fn call(&self, folder: &Path, command: &'static str) -> GitCall {
        let invocation = Invocation::new("git", self.variables.clone(), &self.redactor);
        let fixed = SETTINGS.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let settings = self.settings.iter().cloned().chain(fixed).collect();
        GitCall { command, invocation: invocation.in_folder(folder).arg(command), settings }
    }

    /// Checks that git is there and new enough.
    pub(super) async fn check(&self) -> Result<(), GitError> {
        let output = self.call(Path::new("/"), "version").success().await?;
        let text = String::from_utf8_lossy(&output.stdout);
        match parse_version(&text) {
            Some(found) if found >= OLDEST => Ok(()),
            _ => Err(GitError::Tool { want: OLDEST_NAME, found: format!("`{}`", text.trim()) }),
        }
    }
}

/// Settings that the environment carries (`GIT_CONFIG_COUNT`, git-config(1)).
fn given_settings(variables: &Variables) -> Vec<(String, String)> {
    let count = variables.text("GIT_CONFIG_COUNT").and_then(|count| count.parse().ok()).unwrap_or(0u16);
    let text = |name: String| variables.get(&name).and_then(OsStr::to_str).map(str::to_owned);
    (0..count)
        .filter_map(|n| Some((text(format!("GIT_CONFIG_KEY_{n}"))?, text(format!("GIT_CONFIG_VALUE_{n}"))?)))
        .collect()
}

pub(super) fn is_ssh(command: &str) -> bool {
    let program = command.split_whitespace().next().unwrap_or_default();
    program.rsplit('/').next() == Some("ssh")
}

/// Reads `git version 2.39.5 (Apple Git-154)`.
fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.trim().strip_prefix("git version ")?.split(['.', ' ', '-']);
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// One run of git.
pub(super) struct GitCall {
    command: &'static str,
    invocation: Invocation,
    settings: Vec<(String, String)>,
}

impl GitCall {
    /// Adds one argument.
    #[must_use]
    pub(super) fn arg(self, argument: impl AsRef<OsStr>) -> GitCall {
        GitCall { invocation: self.invocation.arg(argument), ..self }
    }

    /// Adds several arguments.
    #[must_use]
    pub(super) fn args(self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> GitCall {
        GitCall { invocation: self.invocation.args(arguments), ..self }
    }

    /// Sets an environment variable.
    #[must_use]
    pub(super) fn set(self, name: &str, value: impl AsRef<OsStr>) -> GitCall {
        GitCall { invocation: self.invocation.set(name, value.as_ref()), ..self }
    }

    /// Adds settings, which win over those before them. They go by the environment: other users of the machine can see
    /// command lines.
    #[must_use]
    pub(super) fn settings(mut self, settings: impl IntoIterator<Item = (String, String)>) -> GitCall {
        self.settings.extend(settings);
        self
    }

    /// Gives git these bytes to read.
    #[must_use]
    pub(super) fn stdin(self, bytes: impl Into<Vec<u8>>) -> GitCall {
        GitCall { invocation: self.invocation.stdin(bytes), ..self }
    }

    /// Sets how long git may take.
    #[must_use]
    pub(super) fn patience(self, patience: Duration) -> GitCall {
        GitCall { invocation: self.invocation.patience(patience), ..self }
    }

    /// Sets how many bytes are taken.
    #[must_use]
    pub(super) fn limit(self, limit: usize) -> GitCall {
        GitCall { invocation: self.invocation.limit(limit), ..self }
    }

    /// Runs to the end, whatever the exit code.
    pub(super) async fn output(self) -> Result<Output, GitError> {
        self.attempt().await.map_err(|(error, _)| error)
    }

    /// As [`GitCall::output`], with the word on whether git was killed because it took too long.
    pub(super) async fn attempt(self) -> Result<Output, (GitError, Patience)> {
        let command = self.command;
        self.ready().run().await.map_err(|error| {
            let patience = match &error {
                ProcessError::Silent { .. } => Patience::Ended,
                _ => Patience::Left,
            };
            (explain(command, &error), patience)
        })
    }

    /// Runs to the end; an exit code that is not 0 is an error.
    pub(super) async fn success(self) -> Result<Output, GitError> {
        let command = self.command;
        let output = self.output().await?;
        match output.code {
            Some(0) => Ok(output),
            _ => Err(GitError::Failed { command: command.into(), why: said(&output.stderr) }),
        }
    }

    /// Starts a git that answers questions.
    pub(super) fn converse(self) -> Result<Conversation, GitError> {
        let command = self.command;
        self.ready().converse().map_err(|error| explain(command, &error))
    }

    fn ready(self) -> Invocation {
        let count = self.settings.len().to_string();
        let mut invocation = self.invocation.set("GIT_CONFIG_COUNT", count);
        for (n, (key, value)) in self.settings.into_iter().enumerate() {
            invocation = invocation
                .set(format!("GIT_CONFIG_KEY_{n}"), key)
                .set(format!("GIT_CONFIG_VALUE_{n}"), value);
        }
        invocation
    }
}

/// Whether time ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// It did not.
    Left,
    /// It did.
    Ended,
}

fn explain(command: &str, error: &ProcessError) -> GitError {
    match error {
        ProcessError::Missing { .. } => {
            GitError::Tool { want: OLDEST_NAME, found: "it is not installed".into() }
        }
        other => GitError::Failed { command: command.into(), why: other.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::git::tests::write_script;

    #[test]
    fn reads_versions() {
        for (text, want) in [
            ("git version 2.39.5\n", Some((2, 39))),
            ("git version 2.39.5 (Apple Git-154)\n", Some((2, 39))),
            ("git version 2.50-rc1", Some((2, 50))),
            ("git version 3.0", Some((3, 0))),
            ("git version", None),
            ("bash: git: not found", None),
        ] {
            assert_eq!(parse_version(text), want, "{text}");
        }
    }

    #[test]
    fn takes_settings_from_the_environment() {
        let variables: Variables = [
            ("GIT_CONFIG_COUNT", "2"),
            ("GIT_CONFIG_KEY_0", "safe.directory"),
            ("GIT_CONFIG_VALUE_0", "*"),
            ("GIT_CONFIG_KEY_1", "a.b"),
        ]
        .into_iter()
        .collect();
        assert_eq!(given_settings(&variables), [("safe.directory".to_owned(), "*".to_owned())]);
    }

    #[tokio::test]
    async fn git_missing_is_told() {
        let program = GitProgram::new(&Variables::from_iter([("PATH", "/nowhere")]), &Redactor::new());
        let error = program.check().await.unwrap_err();
        assert_eq!(error, GitError::Tool { want: "2.31", found: "it is not installed".into() });
    }

    #[tokio::test]
    async fn an_old_git_is_told() {
        let folder = tempfile::tempdir().unwrap();
        write_script(&folder.path().join("git"), "echo git version 2.20.1");
        let variables = Variables::from_iter([("PATH", folder.path())]);
        let error = GitProgram::new(&variables, &Redactor::new()).check().await.unwrap_err();
        assert_eq!(error, GitError::Tool { want: "2.31", found: "`git version 2.20.1`".into() });
    }
}
