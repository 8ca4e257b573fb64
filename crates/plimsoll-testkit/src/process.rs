//! Child processes that never outlive their test.

mod terminal;

pub use terminal::Echo;

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

/// How long a program may run when nothing else was said.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(120);

const POLL: Duration = Duration::from_millis(3);

/// A program about to be run, made by [`Environment::command`](crate::env::Environment::command).
#[derive(Debug)]
pub struct Invocation {
    command: Command,
    line: String,
    stdin: Option<Vec<u8>>,
    timeout: Duration,
}

impl Invocation {
    pub(crate) fn new(program: &OsStr, variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let mut command = Command::new(program);
        command.env_clear().envs(variables);
        let line = Path::new(program).file_name().unwrap_or(program).to_string_lossy().into_owned();
        Self { command, line, stdin: None, timeout: DEFAULT_TIMEOUT }
    }

    /// Adds one argument.
    #[must_use]
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.line.push(' ');
        self.line.push_str(&argument.as_ref().to_string_lossy());
        self.command.arg(argument);
        self
    }

    /// Adds several arguments.
    #[must_use]
    pub fn args(self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        arguments.into_iter().fold(self, Self::arg)
    }

    /// Runs the program in this folder.
    #[must_use]
    pub fn in_folder(mut self, folder: impl AsRef<Path>) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Sets one variable for this run only.
    #[must_use]
    pub fn set(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Takes one variable away for this run only.
    #[must_use]
    pub fn unset(mut self, name: impl AsRef<OsStr>) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Gives the program these bytes to read; without it standard input is empty.
    #[must_use]
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = Some(bytes.into());
        self
    }

    /// Sets how long the program may run before it is killed and the test fails.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Runs the program to its end, whatever its exit code.
    ///
    /// # Panics
    /// When the program cannot be started, or runs longer than its timeout.
    #[track_caller]
    pub fn run(self) -> Output {
        self.start().wait()
    }

    /// Starts the program and leaves it running.
    ///
    /// # Panics
    /// When the program cannot be started.
    #[track_caller]
    pub fn start(mut self) -> Running {
        // A group of its own, so that what the program started dies with it.
        self.command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped());
        self.command.stdin(if self.stdin.is_some() { Stdio::piped() } else { Stdio::null() });
        let mut child = self.spawn();
        if let (Some(bytes), Some(mut pipe)) = (self.stdin.take(), child.stdin.take()) {
            // A program that does not read its input closes the pipe: not an error of the test.
            thread::spawn(move || {
                let _ = pipe.write_all(&bytes);
            });
        }
        let stdout = child.stdout.take().map(collect);
        let stderr = child.stderr.take().map(collect);
        Running {
            child: Reaped { child, group: Group::Own },
            line: self.line,
            timeout: self.timeout,
            stdout,
            stderr,
        }
    }

    /// Starts a server whose talk goes to `log`; it ends when the value is dropped.
    #[track_caller]
    pub(crate) fn serve(mut self, log: &Path) -> Server {
        let open = || File::options().create(true).append(true).open(log).expect("the log of a server opens");
        self.command.stdin(Stdio::null()).stdout(open()).stderr(open());
        // In the group of the test, so that ^C in a terminal ends both.
        Server(Reaped { child: self.spawn(), group: Group::Shared })
    }

    #[track_caller]
    fn spawn(&mut self) -> Child {
        match self.command.spawn() {
            Ok(child) => child,
            Err(error) => panic!("cannot start `{}`: {error}", self.line),
        }
    }
}

fn collect(mut pipe: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What could be read before an error is still worth showing.
        let _ = pipe.read_to_end(&mut bytes);
        bytes
    })
}

/// A program under way; it is killed, with all that it started, when the value is dropped.
#[derive(Debug)]
pub struct Running {
    child: Reaped,
    line: String,
    timeout: Duration,
    stdout: Option<JoinHandle<Vec<u8>>>,
    stderr: Option<JoinHandle<Vec<u8>>>,
}

impl Running {
    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.child.id()
    }

    /// Sends SIGINT to the program alone, as ^C does to one without children.
    pub fn interrupt(&self) {
        self.child.signal(Signal::INT);
    }

    /// Sends SIGTERM to the program alone.
    pub fn terminate(&self) {
        self.child.signal(Signal::TERM);
    }

    /// Sends SIGKILL to the program and to everything that it started.
    pub fn kill(&mut self) {
        self.child.kill();
    }

    /// Says whether the program has come to its end.
    pub fn has_ended(&mut self) -> bool {
        self.child.ended().is_some()
    }

    /// Waits for the end and gives what the program wrote.
    ///
    /// # Panics
    /// When the program runs longer than its timeout.
    #[track_caller]
    pub fn wait(mut self) -> Output {
        let until = Instant::now() + self.timeout;
        let status = loop {
            if let Some(status) = self.child.ended() {
                break Some(status);
            }
            if Instant::now() >= until {
                break None;
            }
            thread::sleep(POLL);
        };
        // Before the pipes are read to their end: a grandchild may hold them open.
        self.child.kill();
        let read = |pipe: Option<JoinHandle<Vec<u8>>>| {
            pipe.map(|reader| reader.join().expect("a reader of a pipe does not panic")).unwrap_or_default()
        };
        let (stdout, stderr) = (read(self.stdout.take()), read(self.stderr.take()));
        let stderr = String::from_utf8_lossy(&stderr).into_owned();
        let line = std::mem::take(&mut self.line);
        match status {
            Some(status) => Output { line, status, stdout, stderr },
            None => panic!(
                "`{line}` still ran after {:?}\n--- stdout\n{}\n--- stderr\n{stderr}",
                self.timeout,
                String::from_utf8_lossy(&stdout)
            ),
        }
    }
}

/// A server under way; it is killed when the value is dropped.
#[derive(Debug)]
pub(crate) struct Server(Reaped);

impl Server {
    pub(crate) fn has_ended(&mut self) -> bool {
        self.0.ended().is_some()
    }

    /// Asks it to end, and waits a while: what it has mounted or started it takes down itself.
    pub(crate) fn terminate(&mut self, patience: Duration) {
        self.0.signal(Signal::TERM);
        let until = Instant::now() + patience;
        while !self.has_ended() && Instant::now() < until {
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// A child that is killed and waited for when it is dropped, so that no zombie stays.
#[derive(Debug)]
struct Reaped {
    child: Child,
    group: Group,
}

#[derive(Debug, Clone, Copy)]
enum Group {
    Own,
    Shared,
}

impl Reaped {
    fn pid(&self) -> Option<Pid> {
        i32::try_from(self.child.id()).ok().and_then(Pid::from_raw)
    }

    fn signal(&self, signal: Signal) {
        if let Some(pid) = self.pid() {
            // It may have ended in this moment.
            let _ = kill_process(pid, signal);
        }
    }

    fn kill(&mut self) {
        if let (Group::Own, Some(pid)) = (self.group, self.pid()) {
            // The group may be empty by now.
            let _ = kill_process_group(pid, Signal::KILL);
        }
        let _ = self.child.kill();
    }

    fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a child can be waited for")
    }
}

impl Drop for Reaped {
    fn drop(&mut self) {
        self.kill();
        let _ = self.child.wait();
    }
}

/// What a program left behind.
#[derive(Debug)]
pub struct Output {
    line: String,
    status: ExitStatus,
    stdout: Vec<u8>,
    stderr: String,
}

impl Output {
    /// The exit code; `None` when a signal ended the program.
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// Standard output as text.
    ///
    /// # Panics
    /// When it is not UTF-8.
    #[track_caller]
    pub fn stdout(&self) -> &str {
        match std::str::from_utf8(&self.stdout) {
            Ok(text) => text,
            Err(error) => panic!("`{}` wrote something that is not text: {error}", self.line),
        }
    }

    /// Standard output byte for byte.
    pub fn stdout_bytes(&self) -> &[u8] {
        &self.stdout
    }

    /// Standard error, with what is not UTF-8 replaced.
    pub fn stderr(&self) -> &str {
        &self.stderr
    }

    /// Gives the output back if the program ended with this code.
    ///
    /// # Panics
    /// When it ended otherwise; the message shows both streams.
    #[track_caller]
    pub fn expect_code(self, want: i32) -> Self {
        assert!(
            self.code() == Some(want),
            "`{}` ended with {}, expected exit code {want}\n--- stdout\n{}\n--- stderr\n{}",
            self.line,
            self.status,
            String::from_utf8_lossy(&self.stdout),
            self.stderr
        );
        self
    }

    /// Gives the output back if the program succeeded.
    ///
    /// # Panics
    /// As [`Output::expect_code`] with 0.
    #[track_caller]
    pub fn expect_success(self) -> Self {
        self.expect_code(0)
    }
}
