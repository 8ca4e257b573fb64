//! Programs that work for us and may take long: builders, scanners, gates, smoke commands. All that they say is kept in a file;
//! the first ^C ends them, with everything that they started.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use plimsoll_engine::domain::event::Watcher;
use plimsoll_engine::world::WorldError;
use plimsoll_engine::world::builder::Log;
use plimsoll_http::secret::Redactor;

use super::files::file_error;
use super::gate::Stop;
use super::process::{Invocation, ProcessError};
use crate::variables::Variables;

/// How many lines of a log are shown when its program fails.
const SHOWN: usize = 20;

/// What every program may know: where programs and files are, how the network is reached, how it should speak. Tokens
/// and passwords are not among it.
pub(crate) const ORDINARY: &[&str] = &[
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "TMPDIR",
    "TZ",
    "LANG",
    "LC_ALL",
    "CI",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_RUNTIME_DIR",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "http_proxy",
    "https_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
    // Where docker, podman and their like are. What they log in with lies in files that they find themselves.
    "DOCKER_HOST",
    "DOCKER_CONFIG",
    "DOCKER_CONTEXT",
    "DOCKER_CERT_PATH",
    "DOCKER_TLS_VERIFY",
    "DOCKER_API_VERSION",
    "CONTAINER_HOST",
    "CONTAINERS_CONF",
    "CONTAINERS_REGISTRIES_CONF",
    "CONTAINERS_STORAGE_CONF",
    "STORAGE_DRIVER",
    "STORAGE_OPTS",
];

/// Sends programs on errands.
#[derive(Clone)]
pub(crate) struct Errands {
    root: PathBuf,
    logs: PathBuf,
    stop: Stop,
    variables: Variables,
    redactor: Redactor,
    /// Who watches.
    pub(crate) watcher: Arc<dyn Watcher>,
}

/// How an errand ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// Well.
    Well,
    /// With another exit code than 0, or by a signal.
    Failed(Option<i32>, Log),
    /// Not in time.
    TooSlow(Log),
}

/// How an errand ended that brings something back.
#[derive(Debug)]
pub(crate) enum Answered {
    /// Well, with what it printed.
    Well(Vec<u8>),
    /// With another exit code than 0, or by a signal.
    Failed(Option<i32>, Log),
}

impl Errands {
    /// Errands whose logs lie in `logs`; paths are shown as they are seen from `root`.
    pub(crate) fn new(
        root: &Path,
        logs: PathBuf,
        stop: &Stop,
        variables: &Variables,
        redactor: &Redactor,
        watcher: &Arc<dyn Watcher>,
    ) -> Errands {
        Errands {
            root: root.to_owned(),
            logs,
            stop: stop.clone(),
            variables: variables.clone(),
            redactor: redactor.clone(),
            watcher: Arc::clone(watcher),
        }
    }

    /// The same errands under other variables.
    pub(crate) fn seeing(&self, variables: Variables) -> Errands {
        Errands { variables, ..self.clone() }
    }

    /// The environment that we were given.
    pub(crate) fn variables(&self) -> &Variables {
        &self.variables
    }

    /// What hides secrets in what programs say.
    pub(crate) fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// A program that sees the ordinary variables, and those that are named.
    pub(crate) fn call(&self, program: &str, named: &[&str]) -> Invocation {
        let names: Vec<&str> = ORDINARY.iter().chain(named).copied().collect();
        Invocation::new(program, self.variables.only(&names), &self.redactor)
    }

    /// Runs a program to its end. `name` names its log; `hear` is told each line.
    pub(crate) async fn run(
        &self,
        name: &str,
        call: Invocation,
        limit: Duration,
        mut hear: impl FnMut(&str) + Send,
    ) -> Result<Ended, ErrandError> {
        let path = self.logs.join(format!("{name}.log"));
        let failed = |error: &std::io::Error| ErrandError::World(file_error(&path, error));
        fs::create_dir_all(&self.logs).map_err(|error| failed(&error))?;
        let mut file = File::create(&path).map_err(|error| failed(&error))?;
        let mut last = VecDeque::new();
        let mut written = Ok(());
        let end = {
            let follow = call.patience(limit).follow(|line| {
                if written.is_ok() {
                    written = writeln!(file, "{line}");
                }
                if !line.trim().is_empty() {
                    last.push_back(line.to_owned());
                }
                if last.len() > SHOWN {
                    last.pop_front();
                }
                hear(line);
            });
            match select(pin!(follow), pin!(self.stop.asked())).await {
                Either::Left((end, _)) => end,
                Either::Right(((), _)) => return Err(ErrandError::World(WorldError::Stopped)),
            }
        };
        written.map_err(|error| failed(&error))?;
        let log = Log { path: self.show(&path), last: last.into() };
        match end {
            Ok(Some(0)) => Ok(Ended::Well),
            Ok(code) => Ok(Ended::Failed(code, log)),
            Err(ProcessError::Silent { .. }) => Ok(Ended::TooSlow(log)),
            Err(error) => Err(ErrandError::Process(error)),
        }
    }

    /// Runs a program to its end for what it prints. `name` names the log of what it says beside that.
    pub(crate) async fn answer(&self, name: &str, call: Invocation) -> Result<Answered, ErrandError> {
        let end = match select(pin!(call.run()), pin!(self.stop.asked())).await {
            Either::Left((end, _)) => end?,
            Either::Right(((), _)) => return Err(ErrandError::World(WorldError::Stopped)),
        };
        let path = self.logs.join(format!("{name}.log"));
        let failed = |error: std::io::Error| file_error(&path, &error);
        fs::create_dir_all(&self.logs).map_err(failed)?;
        fs::write(&path, &end.stderr).map_err(failed)?;
        if end.code == Some(0) {
            return Ok(Answered::Well(end.stdout));
        }
        let lines: Vec<&str> = end.stderr.lines().filter(|line| !line.trim().is_empty()).collect();
        let last = lines.iter().skip(lines.len().saturating_sub(SHOWN)).map(|line| (*line).to_owned());
        Ok(Answered::Failed(end.code, Log { path: self.show(&path), last: last.collect() }))
    }

    /// A path as it is seen from the working directory.
    fn show(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }
}

/// Why an errand could not be run to an end of its own.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ErrandError {
    /// The program.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// The log, or the run was stopped.
    #[error(transparent)]
    World(#[from] WorldError),
}
