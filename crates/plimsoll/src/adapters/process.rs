//! Child processes: a named environment, bounded output, a time limit, and an end when nobody waits any more.

mod follow;
mod leave;

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use futures_util::future::{Either, join, select};
use plimsoll_http::secret::Redactor;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use crate::variables::Variables;

/// How much of standard error is kept.
const TALK_LIMIT: usize = 64 * 1024;
/// How long standard error is listened to after the program has ended: something it left running may hold it open.
const GRACE: Duration = Duration::from_millis(100);

/// A program about to be run.
pub(crate) struct Invocation {
    program: OsString,
    arguments: Vec<OsString>,
    variables: Variables,
    folder: Option<PathBuf>,
    stdin: Option<Vec<u8>>,
    limit: usize,
    patience: Duration,
    redactor: Redactor,
}

/// What a program left behind.
#[derive(Debug)]
pub(crate) struct Output {
    /// The exit code; `None` if a signal ended the program.
    pub(crate) code: Option<i32>,
    /// Standard output, byte for byte.
    pub(crate) stdout: Vec<u8>,
    /// The beginning of standard error, known secrets replaced.
    pub(crate) stderr: String,
}

/// Why a program could not be run to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ProcessError {
    /// It is not installed.
    #[error("`{program}` is not installed")]
    Missing {
        /// Its name.
        program: String,
    },
    /// It could not be started, or its pipes broke.
    #[error("`{program}` can't be run: {why}")]
    Broken {
        /// Its name.
        program: String,
        /// What the system said.
        why: String,
    },
    /// It took too long.
    #[error("`{program}` gave no answer within {} s", patience.as_secs())]
    Silent {
        /// Its name.
        program: String,
        /// How long was waited.
        patience: Duration,
    },
    /// It wrote too much.
    #[error("`{program}` wrote more than {limit} bytes")]
    Flood {
        /// Its name.
        program: String,
        /// How many bytes are taken.
        limit: usize,
    },
}

impl Invocation {
    /// A program that sees exactly `variables`, for at most a minute and 64 MiB of output unless told otherwise.
    pub(crate) fn new(program: impl AsRef<OsStr>, variables: Variables, redactor: &Redactor) -> Invocation {
        Invocation {
            program: program.as_ref().to_owned(),
            arguments: Vec::new(),
            variables,
            folder: None,
            stdin: None,
            limit: 64 * 1024 * 1024,
            patience: Duration::from_secs(60),
            redactor: redactor.clone(),
        }
    }

    /// Adds one argument.
    #[must_use]
    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Invocation {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// Adds several arguments.
    #[must_use]
    pub(crate) fn args(self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Invocation {
        arguments.into_iter().fold(self, Invocation::arg)
    }

    /// Sets one variable.
    #[must_use]
    pub(crate) fn set(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Invocation {
        self.variables.set(name, value);
        self
    }

    /// Runs in this folder.
    #[must_use]
    pub(crate) fn in_folder(mut self, folder: impl Into<PathBuf>) -> Invocation {
        self.folder = Some(folder.into());
        self
    }

    /// Gives the program these bytes to read; without it standard input is empty.
    #[must_use]
    pub(crate) fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Invocation {
        self.stdin = Some(bytes.into());
        self
    }

    /// Sets how long the program may take.
    #[must_use]
    pub(crate) fn patience(mut self, patience: Duration) -> Invocation {
        self.patience = patience;
        self
    }

    /// Sets how many bytes of standard output are taken.
    #[must_use]
    pub(crate) fn limit(mut self, limit: usize) -> Invocation {
        self.limit = limit;
        self
    }

    /// Runs the program to its end, whatever its exit code.
    pub(crate) async fn run(mut self) -> Result<Output, ProcessError> {
        let stdin = self.stdin.take();
        let input = if stdin.is_some() { Stdio::piped() } else { Stdio::null() };
        let mut running = self.spawn(input, Stdio::piped())?;
        let stdout = running.0.stdout.take();
        let stderr = running.0.stderr.take();
        let pipe = running.0.stdin.take();
        let mut talk = Vec::new();
        let work = async {
            // A program that does not read its input closes the pipe: not an error of ours.
            let feed = async {
                if let (Some(bytes), Some(mut pipe)) = (stdin, pipe) {
                    let _ = pipe.write_all(&bytes).await;
                }
            };
            let (taken, ()) = join(take(stdout, self.limit), feed).await;
            let bytes = match taken.map_err(|error| self.broken(&error))? {
                Some(bytes) => bytes,
                None => return Err(ProcessError::Flood { program: self.name(), limit: self.limit }),
            };
            let status = running.0.wait().await.map_err(|error| self.broken(&error))?;
            Ok((status.code(), bytes))
        };
        let listening = async {
            let work = std::pin::pin!(work);
            let talking = std::pin::pin!(listen(stderr, &mut talk));
            match select(work, talking).await {
                Either::Left((done, talking)) => {
                    let _ = timeout(GRACE, talking).await;
                    done
                }
                Either::Right(((), work)) => work.await,
            }
        };
        let silent = || ProcessError::Silent { program: self.name(), patience: self.patience };
        let (code, stdout) = timeout(self.patience, listening).await.map_err(|_| silent())??;
        let stderr = self.redactor.redact(&String::from_utf8_lossy(&talk)).into_owned();
        Ok(Output { code, stdout, stderr })
    }

    /// Starts a program that answers one question after another. What it says on standard error is lost.
    pub(crate) fn converse(self) -> Result<Conversation, ProcessError> {
        let mut running = self.spawn(Stdio::piped(), Stdio::null())?;
        match (running.0.stdin.take(), running.0.stdout.take()) {
            (Some(stdin), Some(stdout)) => {
                Ok(Conversation { questions: stdin, answers: BufReader::new(stdout), _running: running })
            }
            _ => Err(ProcessError::Broken { program: self.name(), why: "no pipes".into() }),
        }
    }

    fn spawn(&self, stdin: Stdio, stderr: Stdio) -> Result<Running, ProcessError> {
        let mut command = Command::new(self.find_program());
        command.args(&self.arguments).env_clear().envs(self.variables.iter());
        command.stdin(stdin).stdout(Stdio::piped()).stderr(stderr).kill_on_drop(true);
        // A group of its own: ^C in a terminal asks us to stop, and we let what is in flight come to its end.
        command.process_group(0);
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        match command.spawn() {
            Ok(child) => Ok(Running(child)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Err(ProcessError::Missing { program: self.name() })
            }
            Err(error) => Err(self.broken(&error)),
        }
    }

    /// Where the program lies. Whoever starts a program by its path needs no copy of this process for that, which costs
    /// more than many a program itself.
    fn find_program(&self) -> Cow<'_, OsStr> {
        let by_name = || Cow::Borrowed(self.program.as_os_str());
        let path = match self.variables.get("PATH") {
            Some(path) if !self.program.as_encoded_bytes().contains(&b'/') => path,
            _ => return by_name(),
        };
        let folders = std::env::split_paths(path);
        // A folder that is not named in full is looked for where the program will run.
        let mut files =
            folders.take_while(|folder| folder.is_absolute()).map(|folder| folder.join(&self.program));
        files.find(|file| is_program(file)).map_or_else(by_name, |file| Cow::Owned(file.into_os_string()))
    }

    fn name(&self) -> String {
        Path::new(&self.program).file_name().unwrap_or(&self.program).to_string_lossy().into_owned()
    }

    fn broken(&self, error: &std::io::Error) -> ProcessError {
        ProcessError::Broken { program: self.name(), why: error.to_string() }
    }
}

fn is_program(file: &Path) -> bool {
    file.metadata().is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}

/// Everything up to the end; `None` if that is more than `limit` bytes.
async fn take(pipe: Option<ChildStdout>, limit: usize) -> std::io::Result<Option<Vec<u8>>> {
    let Some(pipe) = pipe else { return Ok(Some(Vec::new())) };
    let mut bytes = Vec::new();
    let bound = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    pipe.take(bound).read_to_end(&mut bytes).await?;
    Ok((bytes.len() <= limit).then_some(bytes))
}

/// Listens to the end and keeps the beginning.
async fn listen(pipe: Option<impl AsyncRead + Unpin>, kept: &mut Vec<u8>) {
    let Some(mut pipe) = pipe else { return };
    let mut piece = [0; 4096];
    while let Ok(count @ 1..) = pipe.read(&mut piece).await {
        let room = TALK_LIMIT.saturating_sub(kept.len()).min(count);
        kept.extend(piece.iter().take(room));
    }
}

/// A program that answers questions; it ends when this is dropped.
pub(crate) struct Conversation {
    /// Where to ask.
    pub(crate) questions: ChildStdin,
    /// Where the answers come from.
    pub(crate) answers: BufReader<ChildStdout>,
    _running: Running,
}

/// A child that is killed, with all that it started, if it still runs when this is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Once a child was waited for it has no id any more, so that no stranger's group is hit.
        let id = self.0.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(group) = id {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use plimsoll_http::secret::Secret;

    use super::*;

    fn shell(script: &str) -> Invocation {
        let mut variables = Variables::of_this_process().only(&["PATH"]);
        variables.set("SEEN", "yes");
        Invocation::new("sh", variables, &Redactor::new()).args(["-c", script])
    }

    #[tokio::test]
    async fn sees_only_what_it_is_given() {
        let output = shell("env | grep -v -e ^PATH= -e ^PWD= -e ^SHLVL= -e ^_=; cat").run().await.unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "SEEN=yes\n");
        let echo = shell("cat; exit 3").stdin("hello").run().await.unwrap();
        assert_eq!((echo.stdout.as_slice(), echo.code), (b"hello".as_slice(), Some(3)));
    }

    #[tokio::test]
    async fn hides_secrets_that_it_prints() {
        let redactor = Redactor::new();
        redactor.add(&Secret::new("hunter2-token"));
        let variables = Variables::of_this_process().only(&["PATH"]);
        let call = Invocation::new("sh", variables, &redactor).args(["-c", "echo no hunter2-token here >&2"]);
        assert_eq!(call.run().await.unwrap().stderr, "no *** here\n");
    }

    #[tokio::test]
    async fn too_much_and_too_long_are_errors() {
        let flood = shell("while :; do echo 0123456789; done").limit(1000).run().await;
        assert_eq!(flood.unwrap_err(), ProcessError::Flood { program: "sh".into(), limit: 1000 });
        let begun = Instant::now();
        let patience = Duration::from_millis(200);
        let silent = shell("sleep 60 & sleep 60").patience(patience).run().await;
        assert_eq!(silent.unwrap_err(), ProcessError::Silent { program: "sh".into(), patience });
        assert!(begun.elapsed() < Duration::from_secs(20));
    }

    #[tokio::test]
    async fn what_it_leaves_running_is_not_waited_for() {
        let begun = Instant::now();
        let output = shell("sleep 30 >/dev/null & echo $!").run().await.unwrap();
        assert!(begun.elapsed() < Duration::from_secs(20));
        let left: i32 = String::from_utf8(output.stdout).unwrap().trim().parse().unwrap();
        let _ = rustix::process::kill_process(Pid::from_raw(left).unwrap(), Signal::KILL);
    }

    #[tokio::test]
    async fn a_missing_program_is_named() {
        let missing = Invocation::new("no-such-program", Variables::default(), &Redactor::new()).run().await;
        assert_eq!(missing.unwrap_err(), ProcessError::Missing { program: "no-such-program".into() });
    }

    #[test]
    fn a_program_is_found_as_the_system_finds_it() {
        let folder = tempfile::tempdir().unwrap();
        let [none, file, program] = ["none", "file", "program"].map(|name| folder.path().join(name));
        for folder in [&none, &file, &program] {
            std::fs::create_dir(folder).unwrap();
        }
        std::fs::write(file.join("tool"), "").unwrap();
        std::fs::write(program.join("tool"), "").unwrap();
        std::fs::set_permissions(program.join("tool"), std::fs::Permissions::from_mode(0o755)).unwrap();
        let found = |path: &[&Path], name: &str| {
            let variables = Variables::from_iter([("PATH", std::env::join_paths(path).unwrap())]);
            Invocation::new(name, variables, &Redactor::new()).find_program().into_owned()
        };
        assert_eq!(found(&[&none, &file, &program], "tool"), program.join("tool"));
        assert_eq!(found(&[&none, &file], "tool"), "tool");
        assert_eq!(found(&[Path::new("bin"), &program], "tool"), "tool");
        assert_eq!(found(&[&program], "./tool"), "./tool");
    }

    #[tokio::test]
    async fn dropping_a_run_ends_the_program_and_its_children() {
        let folder = tempfile::tempdir().unwrap();
        let call = shell("(sleep 1; echo late > late) & wait").in_folder(folder.path());
        assert!(timeout(Duration::from_millis(300), call.run()).await.is_err());
        tokio::time::sleep(Duration::from_millis(1500)).await;
        assert!(!folder.path().join("late").exists());
    }
}
