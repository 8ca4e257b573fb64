//! Credential helpers: programs that keep logins (docker/docker-credential-helpers).
//!
//! `docker-credential-<suffix> get` reads a server's name on standard input and prints a JSON object, so no secret
//! stands on a command line.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use tokio::sync::{Mutex, OnceCell};

use super::config_file::login;
use super::{Login, UserEnvironment};
use crate::remote::refusal::quoted;

/// How long a helper may take: it may ask its user to unlock a keychain.
const TIME_LIMIT: Duration = Duration::from_secs(60);
/// The longest answer that is read, in bytes.
const ANSWER_LIMIT: u64 = 64 * 1024;

/// Why a helper gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum HelperError {
    /// The name in the configuration can be no part of a program's name.
    #[error("it has an impossible name")]
    Name,
    /// There is no such program.
    #[error("it is not in PATH")]
    NotInstalled,
    /// It could not be started or talked to.
    #[error("{0}")]
    Run(String),
    /// It took too long.
    #[error("it took longer than {} s", TIME_LIMIT.as_secs())]
    TimedOut,
    /// It ended with a failure.
    #[error("it said `{0}`")]
    Failed(String),
    /// It printed something else than a login.
    #[error("it printed no login")]
    Answer,
}

/// Helpers, each asked once for each server.
#[derive(Debug, Default)]
pub(super) struct Helpers {
    answers: Mutex<BTreeMap<Asked, Arc<OnceCell<Answer>>>>,
}

/// A helper's suffix and a server.
type Asked = (String, String);

type Answer = Result<Option<Login>, HelperError>;

#[derive(serde::Deserialize)]
struct Printed {
    #[serde(rename = "Username", default)]
    user: String,
    #[serde(rename = "Secret", default)]
    secret: String,
}

impl Helpers {
    /// Asks a helper for a login; `None` if it has none.
    pub(super) async fn get(&self, suffix: &str, server: &str, environment: &UserEnvironment) -> Answer {
        let key = (suffix.to_owned(), server.to_owned());
        let answer = Arc::clone(self.answers.lock().await.entry(key).or_default());
        answer.get_or_init(|| ask(suffix, server, environment)).await.clone()
    }
}

async fn ask(suffix: &str, server: &str, environment: &UserEnvironment) -> Answer {
    let program = find_program(suffix, environment)?;
    match tokio::time::timeout(TIME_LIMIT, run(program, server, environment)).await {
        Ok(answer) => answer,
        Err(_) => Err(HelperError::TimedOut),
    }
}

async fn run(program: PathBuf, server: &str, environment: &UserEnvironment) -> Answer {
    let say = |error: std::io::Error| HelperError::Run(error.to_string());
    let mut child = Command::new(program)
        .arg("get")
        .env_clear()
        .envs(&environment.variables)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(say)?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    if let Some(mut stdin) = stdin {
        // A helper that ends without reading has said what it has to say.
        let _ = stdin.write_all(server.as_bytes()).await;
    }
    let mut printed = Vec::new();
    if let Some(stdout) = stdout {
        stdout.take(ANSWER_LIMIT).read_to_end(&mut printed).await.map_err(say)?;
    }
    let status = child.wait().await.map_err(say)?;
    if status.success() {
        let Printed { user, secret } = serde_json::from_slice(&printed).map_err(|_| HelperError::Answer)?;
        return Ok((!secret.is_empty()).then(|| login(user, secret)));
    }
    let said = String::from_utf8_lossy(&printed);
    if is_not_found(&said) { Ok(None) } else { Err(HelperError::Failed(quoted(said.trim()))) }
}

/// What helpers say of a server that they do not know.
fn is_not_found(said: &str) -> bool {
    let said = said.to_ascii_lowercase();
    [
        "credentials not found",
        "no credentials server url",
        "no credentials username",
        "not found in native keychain",
    ]
    .iter()
    .any(|words| said.contains(words))
}

/// Looks through the `PATH` of the given environment, not of this process.
fn find_program(suffix: &str, environment: &UserEnvironment) -> Result<PathBuf, HelperError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if suffix.is_empty() || !suffix.chars().all(fits) {
        return Err(HelperError::Name);
    }
    let name = format!("docker-credential-{suffix}");
    let path = environment.variable("PATH").unwrap_or_default();
    std::env::split_paths(path)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(&name))
        .find(|program| program.is_file())
        .ok_or(HelperError::NotInstalled)
}
