//! Where private keys and their passwords come from: files, variables, commands, and whoever sits at the terminal.

use std::path::Path;
use std::time::Duration;

use plimsoll_engine::world::WorldError;
use plimsoll_engine::world::error::FileProblem;
use plimsoll_http::Secret;
use plimsoll_http::secret::Redactor;
use plimsoll_sigstore::key::PrivateKey;

use crate::adapters::files::read_bounded;
use crate::adapters::process::{Invocation, ProcessError};
use crate::adapters::terminal::ask_secret;
use crate::key_reference::{FROM_COMMAND, KeyReference};
use crate::variables::Variables;

/// The largest key that is read, in bytes.
pub(crate) const KEY_LIMIT: u64 = 64 * 1024;
/// The variables that hold the password of a private key; the first that is set counts.
pub(crate) const PASSWORDS: [&str; 2] = ["PLIMSOLL_KEY_PASSWORD", "COSIGN_PASSWORD"];

/// How long a command may take: it may ask a person to open a key store.
const PATIENCE: Duration = Duration::from_secs(120);
/// How much of what a command says is told when it fails, in bytes.
const SAID_LIMIT: usize = 400;

/// Why a command gave no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CommandFault {
    /// It names no program.
    #[error("no program stands behind `{FROM_COMMAND}`")]
    NoProgram,
    /// It could not be run to its end.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// It failed.
    #[error("`{program}` ended with {}{}", ending(*code), said(talk))]
    Failed {
        /// The program.
        program: String,
        /// Its exit code; none if a signal ended it.
        code: Option<i32>,
        /// What it said.
        talk: String,
    },
    /// What it wrote is no text.
    #[error("what `{program}` wrote is not text")]
    NotText {
        /// The program.
        program: String,
    },
}

fn ending(code: Option<i32>) -> String {
    code.map_or("a signal".to_owned(), |code| format!("exit code {code}"))
}

fn said(talk: &str) -> String {
    match talk.trim() {
        "" => String::new(),
        talk => format!(": {talk}"),
    }
}

/// Why what a reference names can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ReferenceFault {
    /// The variable is not set.
    #[error("{0} is not set")]
    Unset(String),
    /// There is no such file.
    #[error("there is no such file")]
    NoFile,
    /// The file can't be read.
    #[error("{0}")]
    Unreadable(String),
    /// The file is larger than any key.
    #[error("it has more than {KEY_LIMIT} bytes")]
    TooLarge,
    /// What should name a key is one.
    #[error("it is a key itself, and not the name of one: say where the key is, as a file or `env:NAME`")]
    Itself,
    /// It is not text.
    #[error("it is not text")]
    NotText,
    /// The command gave none.
    #[error(transparent)]
    Command(#[from] CommandFault),
}

/// The text that a reference names. Files are below `folder`, where commands run; what they say passes `redactor`.
///
/// # Errors
/// [`ReferenceFault`].
pub(crate) async fn read_reference(
    reference: &str,
    folder: &Path,
    variables: &Variables,
    redactor: &Redactor,
) -> Result<Secret, ReferenceFault> {
    match KeyReference::parse(reference) {
        KeyReference::Variable(name) => {
            variables.text(name).map(Secret::new).ok_or_else(|| ReferenceFault::Unset(name.to_owned()))
        }
        KeyReference::Itself => Err(ReferenceFault::Itself),
        KeyReference::Command(words) => Ok(read_from_command(&words, folder, variables, redactor).await?),
        KeyReference::File(path) => {
            let read = read_bounded(&folder.join(path), KEY_LIMIT);
            let bytes = read.map_err(|error| match error {
                WorldError::File { kind: FileProblem::Broken, .. } => ReferenceFault::TooLarge,
                error => ReferenceFault::Unreadable(error.to_string()),
            })?;
            let bytes = bytes.ok_or(ReferenceFault::NoFile)?;
            String::from_utf8(bytes).map(Secret::new).map_err(|_| ReferenceFault::NotText)
        }
    }
}

/// What a command writes to its standard output. It runs in `folder`, and sees the whole environment: key stores are found and
/// opened by variables that nobody here knows. What it says when it fails passes `redactor`.
///
/// # Errors
/// [`CommandFault`].
pub(crate) async fn read_from_command(
    words: &[&str],
    folder: &Path,
    variables: &Variables,
    redactor: &Redactor,
) -> Result<Secret, CommandFault> {
    let (program, arguments) = words.split_first().ok_or(CommandFault::NoProgram)?;
    let limit = usize::try_from(KEY_LIMIT).unwrap_or(usize::MAX);
    let invocation = Invocation::new(program, variables.clone(), redactor);
    let output = invocation.args(arguments).in_folder(folder).limit(limit).patience(PATIENCE).run().await?;
    let program = (*program).to_owned();
    if output.code != Some(0) {
        let mut talk = output.stderr;
        talk.truncate(talk.floor_char_boundary(SAID_LIMIT));
        return Err(CommandFault::Failed { program, code: output.code, talk });
    }
    match String::from_utf8(output.stdout) {
        Ok(text) => Ok(Secret::new(text)),
        Err(_) => Err(CommandFault::NotText { program }),
    }
}

/// The password that the environment has. It may be empty.
pub(crate) fn find_password(variables: &Variables) -> Option<Secret> {
    let password = PASSWORDS.iter().find_map(|name| variables.get(name));
    password.and_then(|password| password.to_str()).map(Secret::new)
}

/// The password for a key: that of the environment, else what is answered at the terminal, if there is one and the key takes any.
pub(crate) fn password_of(key: &Secret, name: &str, variables: &Variables) -> Option<Secret> {
    find_password(variables).or_else(|| {
        let asked =
            PrivateKey::takes_password(key).then(|| ask_secret(&format!("Password of {name}"), variables));
        asked.flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::git::tests::write_script;

    #[tokio::test]
    async fn what_a_command_says_passes_the_redactor() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("key");
        write_script(&program, "echo \"opening $STORE with hunter2-token\" >&2; exit 3");
        let redactor = Redactor::new();
        redactor.add(&Secret::new("hunter2-token"));
        let (words, variables) =
            ([program.to_str().unwrap()], Variables::from_iter([("STORE", "the store")]));
        let fault = read_from_command(&words, folder.path(), &variables, &redactor).await.unwrap_err();
        let said = "ended with exit code 3: opening the store with ***";
        assert!(fault.to_string().contains(said), "{fault}");
    }
}
