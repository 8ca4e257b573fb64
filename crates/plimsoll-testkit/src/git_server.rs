//! Git repositories over HTTP, as forges have them: nobody reads or writes without a name and a password.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::fault_registry::wire::{Answer, Head, WireServer};

/// What somebody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Read alone.
    Reads,
    /// Read and write.
    Writes,
}

/// A folder of repositories that `git http-backend` serves; it ends when the value is dropped.
pub struct GitServer {
    server: WireServer,
    logins: Logins,
}

type Logins = Arc<Mutex<Vec<(String, Right)>>>;

impl GitServer {
    /// Serves a folder, to nobody as yet.
    pub fn serve(folder: impl Into<PathBuf>) -> GitServer {
        let folder = folder.into();
        let logins = Logins::default();
        let theirs = Arc::clone(&logins);
        let server = WireServer::start(move |head: &Head, body: &[u8]| answer(&folder, &theirs, head, body));
        GitServer { server, logins }
    }

    /// The address without a slash at its end, as forges say it.
    pub fn url(&self) -> String {
        self.server.url("")
    }

    /// Lets somebody in, who may do this from now on.
    pub fn admit(&self, user: &str, password: &str, right: Right) {
        let login = STANDARD.encode(format!("{user}:{password}"));
        self.logins.lock().unwrap_or_else(PoisonError::into_inner).insert(0, (login, right));
    }
}

fn answer(folder: &Path, logins: &Logins, head: &Head, body: &[u8]) -> Answer {
    // The scheme's name is the same in any case (RFC 9110, 11.1).
    let said = head.header("authorization").and_then(|said| said.split_once(' '));
    let said = said.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic")).map(|(_, login)| login);
    let logins = logins.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let Some((_, right)) = logins.iter().find(|(login, _)| Some(login.as_str()) == said) else {
        return Answer::status(401).header("WWW-Authenticate", "Basic realm=\"git\"");
    };
    let writes = head.path.ends_with("git-receive-pack") || head.query.contains("git-receive-pack");
    if writes && *right == Right::Reads {
        return Answer::status(403).body("You are not allowed to upload code.");
    }
    run(folder, head, body)
}

/// Runs `git http-backend` as a web server does (git-http-backend(1), RFC 3875).
fn run(folder: &Path, head: &Head, body: &[u8]) -> Answer {
    let mut command = Command::new("git");
    command.arg("http-backend").env_clear();
    for (name, value) in [
        ("PATH", std::env::var("PATH").unwrap_or_default()),
        ("GIT_PROJECT_ROOT", folder.display().to_string()),
        ("GIT_HTTP_EXPORT_ALL", "1".to_owned()),
        ("GIT_CONFIG_COUNT", "2".to_owned()),
        ("GIT_CONFIG_KEY_0", "http.receivepack".to_owned()),
        ("GIT_CONFIG_VALUE_0", "true".to_owned()),
        ("GIT_CONFIG_KEY_1", "safe.directory".to_owned()),
        ("GIT_CONFIG_VALUE_1", "*".to_owned()),
        ("REQUEST_METHOD", head.method.clone()),
        ("PATH_INFO", head.path.clone()),
        ("QUERY_STRING", head.query.clone()),
        ("REMOTE_USER", "somebody".to_owned()),
        ("CONTENT_TYPE", head.header("content-type").unwrap_or_default().to_owned()),
        ("CONTENT_LENGTH", body.len().to_string()),
        ("HTTP_CONTENT_ENCODING", head.header("content-encoding").unwrap_or_default().to_owned()),
        ("GIT_PROTOCOL", head.header("git-protocol").unwrap_or_default().to_owned()),
    ] {
        command.env(name, value);
    }
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("git has its http-backend");
    let mut input = child.stdin.take().expect("it was piped");
    let body = body.to_vec();
    // It may answer before it has read everything.
    let writing = thread::spawn(move || drop(input.write_all(&body)));
    let output = child.wait_with_output().expect("it ends");
    let _ = writing.join();
    let end = output.stdout.windows(4).position(|window| window == b"\r\n\r\n");
    let Some(end) = end else { return Answer::status(500) };
    let headers = String::from_utf8_lossy(&output.stdout[..end]).into_owned();
    let mut answer = Answer::status(200).body(&output.stdout[end + 4..]);
    for (name, value) in headers.lines().filter_map(|line| line.split_once(": ")) {
        match name {
            "Status" => {
                answer.status = value.split(' ').next().and_then(|code| code.parse().ok()).unwrap_or(500)
            }
            name => answer = answer.header(name, value),
        }
    }
    answer
}
