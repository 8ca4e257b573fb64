//! Real registries on loopback, each with a free port and storage of its own.

mod configuration;
mod serving;

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use crate::env::Environment;
use crate::process::Server;
use crate::tools::{self, Tool};

pub use configuration::{Access, PASSWORD, TokenService, USER};
pub use serving::Serving;

const READY_WITHIN: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(10);
/// Between choosing a free port and listening on it, somebody else may take it.
const ATTEMPTS: usize = 5;

/// Which program serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavor {
    /// CNCF Distribution 2.8: no referrers API.
    Distribution2,
    /// CNCF Distribution 3.1: no referrers API.
    Distribution3,
    /// go-containerregistry's registry with the referrers API on; in memory, open to everybody.
    Refreg,
    /// The same without, as `crane registry serve` has it.
    Crane,
    /// Ours, in this process: no program is needed. It takes no tokens.
    Plimsoll,
}

impl Flavor {
    /// Every flavor there is.
    pub const ALL: [Self; 5] =
        [Self::Distribution2, Self::Distribution3, Self::Refreg, Self::Crane, Self::Plimsoll];

    /// The witness that serves it; none for ours.
    pub fn program(self) -> Option<&'static str> {
        match self {
            Self::Distribution2 => Some("docker-registry"),
            Self::Distribution3 => Some("registry3"),
            Self::Refreg => Some("refreg"),
            Self::Crane => Some("crane"),
            Self::Plimsoll => None,
        }
    }
}

/// A registry under way; it ends when the value is dropped.
#[derive(Debug)]
pub struct Registry {
    running: Option<Running>,
    tool: Option<Tool>,
    environment: Environment,
    flavor: Flavor,
    access: Access,
    folder: PathBuf,
    port: u16,
}

/// What answers.
#[derive(Debug)]
enum Running {
    Program { _server: Server },
    Here { _serving: Serving },
}

impl Registry {
    /// Starts a registry and waits until it answers; `None` when its program is missing.
    ///
    /// # Panics
    /// When the registry does not come up, when the program is missing and required
    /// ([`tools::require`]), or when the flavor has no access control and some is asked for.
    #[track_caller]
    pub fn start(environment: &Environment, flavor: Flavor, access: Access) -> Option<Self> {
        assert!(
            !matches!(flavor, Flavor::Refreg | Flavor::Crane) || matches!(access, Access::Anonymous),
            "go-containerregistry's registry has no access control"
        );
        let tool = match flavor.program() {
            Some(program) => Some(tools::require(program)?),
            None => None,
        };
        let folder = (1..)
            .map(|number| environment.root().join(format!("registry-{number}")))
            .find(|folder| fs::create_dir(folder).is_ok())
            .expect("there is always a further number");
        let environment = environment.clone();
        let mut registry = Self { running: None, tool, environment, flavor, access, folder, port: 0 };
        for _ in 0..ATTEMPTS {
            registry.port = free_port();
            if registry.listen() {
                return Some(registry);
            }
        }
        panic!("{flavor:?} does not start:\n{}", registry.log());
    }

    /// Host and port, as they stand in the name of an image.
    pub fn address(&self) -> String {
        format!("{}:{}", Ipv4Addr::LOCALHOST, self.port)
    }

    /// A repository of this registry, as it is named on a command line.
    pub fn repository(&self, name: &str) -> String {
        format!("{}/{name}", self.address())
    }

    /// The folder in which it keeps its content: Distribution below `docker/registry/v2`, ours in image layouts.
    pub fn storage(&self) -> PathBuf {
        self.folder.join("storage")
    }

    /// What the registry has said so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    /// Ends the registry: from now on its port refuses connections.
    pub fn stop(&mut self) {
        self.running = None;
    }

    /// Starts the registry again on the same port; Distribution and ours have kept their content.
    ///
    /// # Panics
    /// When it does not come up.
    #[track_caller]
    pub fn restart(&mut self) {
        self.stop();
        let up = self.listen();
        assert!(up, "{:?} does not start again:\n{}", self.flavor, self.log());
    }

    fn log_file(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// Starts the program and says whether it answers; if not, it has ended.
    fn listen(&mut self) -> bool {
        let Some(tool) = &self.tool else {
            let serving = serving::start(&self.storage(), self.port, &self.access, &self.environment);
            self.running = serving.map(|serving| Running::Here { _serving: serving });
            return self.running.is_some();
        };
        let command = tool.command(&self.environment).in_folder(&self.folder);
        let command = match self.flavor {
            Flavor::Refreg => command.arg(self.address()),
            Flavor::Crane => command.args(["registry", "serve", "--address"]).arg(self.address()),
            _ => command.set("OTEL_TRACES_EXPORTER", "none").arg("serve").arg(configuration::write(
                &self.folder,
                &self.address(),
                &self.storage(),
                &self.access,
            )),
        };
        let mut server = command.serve(&self.log_file());
        let until = Instant::now() + READY_WITHIN;
        while Instant::now() < until && !server.has_ended() {
            // Looked at once more after the answer: it may have come from a stranger on the port.
            if answers(self.port) && !server.has_ended() {
                self.running = Some(Running::Program { _server: server });
                return true;
            }
            thread::sleep(POLL);
        }
        false
    }
}

/// A port of the loopback interface that nobody listens on right now.
///
/// # Panics
/// When the machine has none left.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port of loopback is free");
    listener.local_addr().expect("a listener has an address").port()
}

fn answers(port: u16) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        stream.write_all(b"GET /v2/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut start = [0; 5];
        stream.read_exact(&mut start)?;
        Ok(&start == b"HTTP/")
    };
    ask().unwrap_or(false)
}
