//! Docker Compose as it is installed: a plugin of `docker`, or a program of its own.

use std::ffi::OsString;
use std::io;
use std::os::fd::AsFd as _;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use crate::variables::Variables;

/// Docker Compose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComposeTool {
    /// `docker compose`.
    Plugin,
    /// `docker-compose`.
    Program,
}

/// What Compose does with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComposeVerb {
    /// Starts its services, in the background.
    Up,
    /// Stops and removes them.
    Down,
}

/// What Compose is called with.
#[derive(Clone, Copy, Debug)]
pub struct ComposeCall<'a> {
    /// The file.
    pub file: &'a Path,
    /// Where its variables stand, if not where Compose looks by itself.
    pub env_file: Option<&'a Path>,
    /// What it does with it.
    pub verb: ComposeVerb,
}

impl ComposeTool {
    /// The one that is installed, the plugin first; `None` if neither is.
    pub fn find(variables: &Variables) -> Option<ComposeTool> {
        [ComposeTool::Plugin, ComposeTool::Program].into_iter().find(|tool| {
            let asked =
                tool.command(variables).arg("version").stdout(Stdio::null()).stderr(Stdio::null()).status();
            asked.is_ok_and(|status| status.success())
        })
    }

    /// The words of a command, its program first.
    pub fn words(self, call: ComposeCall<'_>) -> Vec<OsString> {
        let tool: &[&str] = match self {
            ComposeTool::Plugin => &["docker", "compose"],
            ComposeTool::Program => &["docker-compose"],
        };
        let verb: &[&str] = match call.verb {
            ComposeVerb::Up => &["up", "-d"],
            ComposeVerb::Down => &["down"],
        };
        let mut words: Vec<OsString> = tool.iter().map(OsString::from).collect();
        for (option, path) in [("--env-file", call.env_file), ("-f", Some(call.file))] {
            words.extend(path.into_iter().flat_map(|path| [OsString::from(option), path.into()]));
        }
        words.extend(verb.iter().map(OsString::from));
        words
    }

    /// Runs it to its end. It sees every variable, since a compose file may name any; all that it says goes to standard
    /// error, since standard output is for our own answer.
    ///
    /// # Errors
    /// It can't be started.
    pub fn run(self, variables: &Variables, call: ComposeCall<'_>) -> io::Result<ExitStatus> {
        let skipped = match self {
            ComposeTool::Plugin => 2,
            ComposeTool::Program => 1,
        };
        let said = io::stderr().as_fd().try_clone_to_owned()?;
        let words = self.words(call).into_iter().skip(skipped);
        self.command(variables).args(words).stdout(said).status()
    }

    fn command(self, variables: &Variables) -> Command {
        let mut command = match self {
            ComposeTool::Plugin => {
                let mut docker = Command::new("docker");
                docker.arg("compose");
                docker
            }
            ComposeTool::Program => Command::new("docker-compose"),
        };
        command.stdin(Stdio::null()).env_clear().envs(variables.iter());
        command
    }
}
