//! A real Gitea on loopback: forge, git remote and registry in one.

use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::env::Environment;
use crate::process::{Output, Server};
use crate::registry::free_port;
use crate::tools::{self, Tool};

const READY_WITHIN: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(20);
/// Its one user, who may do everything.
pub const USER: &str = "acme";
const PASSWORD: &str = "Passw0rd-acme";

/// Gitea under way; it ends when the value is dropped.
#[derive(Debug)]
pub struct Gitea {
    _server: Server,
    environment: Environment,
    tool: Tool,
    configuration: PathBuf,
    port: u16,
    /// A token of [`USER`] with every right.
    pub token: String,
}

/// When Gitea learns of what was pushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pushes {
    /// Before the push is answered.
    AtOnce,
    /// A moment later, as in real life: until then a tag's draft may be published by its push.
    Later,
}

impl Gitea {
    /// Starts it with one user; `None` without its program.
    ///
    /// # Panics
    /// When it does not come up, or is missing and required ([`tools::require`]).
    #[track_caller]
    pub fn start(environment: &Environment, pushes: Pushes) -> Option<Gitea> {
        let tool = tools::require("gitea")?;
        let root = environment.folder("gitea");
        let port = free_port();
        let configuration = root.join("app.ini");
        let program = fs::canonicalize(tool.path()).expect("the program is there");
        let statics = program.parent().unwrap_or(Path::new("/")).join("static");
        fs::write(&configuration, render(&root, &statics, port, pushes)).expect("the folder is new");
        let call = |arguments: &[&str]| -> Output { run(environment, &tool, &configuration, arguments) };
        call(&["migrate"]).expect_success();
        let email = format!("{USER}@example.invalid");
        call(&[
            "admin",
            "user",
            "create",
            "--admin",
            "--must-change-password=false",
            "--username",
            USER,
            "--password",
            PASSWORD,
            "--email",
            &email,
        ])
        .expect_success();
        let token = new_token(&call, "all");
        let command = tool.command(environment).in_folder(&root).arg("web");
        let command = command.arg("-c").arg(&configuration);
        let command = command.set("GITEA_I_AM_BEING_UNSAFE_RUNNING_AS_ROOT", "true");
        let mut server = command.serve(&root.join("log"));
        let until = Instant::now() + READY_WITHIN;
        while Instant::now() < until && !server.has_ended() {
            if std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
                let environment = environment.clone();
                return Some(Gitea { _server: server, environment, tool, configuration, port, token });
            }
            thread::sleep(POLL);
        }
        panic!("gitea does not start:\n{}", fs::read_to_string(root.join("log")).unwrap_or_default());
    }

    /// Host and port: also the host of its registry.
    pub fn address(&self) -> String {
        format!("{}:{}", Ipv4Addr::LOCALHOST, self.port)
    }

    /// The web address of a repository of [`USER`].
    pub fn url(&self, repository: &str) -> String {
        format!("http://{}/{USER}/{repository}", self.address())
    }

    /// The same as a git remote, with the token.
    pub fn remote(&self, repository: &str) -> String {
        format!("http://{USER}:{}@{}/{USER}/{repository}.git", self.token, self.address())
    }

    /// A further token with these rights: `read:repository,write:package`.
    pub fn token_with(&self, scopes: &str) -> String {
        let call = |arguments: &[&str]| run(&self.environment, &self.tool, &self.configuration, arguments);
        new_token(&call, scopes)
    }
}

fn run(environment: &Environment, tool: &Tool, configuration: &Path, arguments: &[&str]) -> Output {
    let command = tool.command(environment).args(arguments).arg("-c").arg(configuration);
    command.set("GITEA_I_AM_BEING_UNSAFE_RUNNING_AS_ROOT", "true").run()
}

fn new_token(call: &impl Fn(&[&str]) -> Output, scopes: &str) -> String {
    let name = format!("t-{}", scopes.replace([':', ','], "-"));
    let output = call(&[
        "admin",
        "user",
        "generate-access-token",
        "--raw",
        "-u",
        USER,
        "-t",
        &name,
        "--scopes",
        scopes,
    ]);
    // As root it says a line of log first.
    let token = output.stdout().lines().last().unwrap_or_default().trim().to_owned();
    assert_eq!(token.len(), 40, "no token: {}{}", output.stdout(), output.stderr());
    token
}

fn render(root: &Path, statics: &Path, port: u16, pushes: Pushes) -> String {
    let (root, statics) = (root.display(), statics.display());
    let queue = match pushes {
        Pushes::AtOnce => "[queue.push_update]\nTYPE = immediate\n",
        Pushes::Later => "",
    };
    format!(
        "APP_NAME = witness
WORK_PATH = {root}
[server]
HTTP_ADDR = 127.0.0.1
HTTP_PORT = {port}
ROOT_URL = http://127.0.0.1:{port}/
STATIC_ROOT_PATH = {statics}
OFFLINE_MODE = true
DISABLE_SSH = true
[database]
DB_TYPE = sqlite3
PATH = {root}/gitea.db
SQLITE_JOURNAL_MODE = WAL
SQLITE_TIMEOUT = 20000
[repository]
ROOT = {root}/repositories
DEFAULT_BRANCH = main
ENABLE_PUSH_CREATE_USER = true
DEFAULT_PUSH_CREATE_PRIVATE = false
[security]
INSTALL_LOCK = true
SECRET_KEY = of-a-test
INTERNAL_TOKEN = of-a-test
[oauth2]
JWT_SIGNING_ALGORITHM = HS256
JWT_SECRET = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
[service]
DISABLE_REGISTRATION = true
[actions]
ENABLED = false
[cron]
ENABLED = false
[session]
PROVIDER = memory
[queue]
TYPE = channel
[indexer]
ISSUE_INDEXER_TYPE = db
[i18n]
LANGS = en-US
NAMES = English
[log]
MODE = console
LEVEL = Info
{queue}"
    )
}
