//! Where the browser brings its answer: a port of this machine, for one request (RFC 8252, section 7.3).

use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use plimsoll_http::Secret;
use plimsoll_sigstore::keyless::{Login, LoginError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

/// Where the browser is sent. Dex, which Sigstore's issuer is, allows any path of `localhost`.
const PATH: &str = "/auth/callback";
/// The longest head of a request, in bytes.
const HEAD_LIMIT: usize = 16 * 1024;
/// How long one connection may take: browsers open some ahead, and say nothing.
const SILENCE: Duration = Duration::from_secs(10);
/// How many connections are listened to at once.
const CONNECTIONS: usize = 16;
/// How long it is waited after the system gave no connection.
const PAUSE: Duration = Duration::from_millis(100);

/// A port that waits for a browser.
pub(super) struct Listener {
    socket: TcpListener,
    port: u16,
}

impl Listener {
    /// Takes a port that is free.
    pub(super) async fn bind() -> io::Result<Listener> {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = socket.local_addr()?.port();
        Ok(Listener { socket, port })
    }

    /// Where the browser is sent: by a name, since issuers know no other address of this machine.
    pub(super) fn address(&self) -> String {
        format!("http://localhost:{}{PATH}", self.port)
    }

    /// Waits for the one answer. What is asked for beside it is not there.
    pub(super) async fn wait(&self, login: &Login) -> Result<Secret, LoginError> {
        let mut open = FuturesUnordered::new();
        loop {
            tokio::select! {
                accepted = self.socket.accept(), if open.len() < CONNECTIONS => match accepted {
                    Ok((stream, _)) => open.push(timeout(SILENCE, serve(stream, login))),
                    Err(_) => sleep(PAUSE).await,
                },
                Some(served) = open.next(), if !open.is_empty() => if let Ok(Some(answer)) = served {
                    return answer;
                },
            }
        }
    }
}

/// Answers one request; what it brings, if it is the answer that is waited for.
async fn serve(mut stream: TcpStream, login: &Login) -> Option<Result<Secret, LoginError>> {
    let query = read_query(&mut stream).await;
    let brought = query.as_deref().map(|query| login.read_answer(query));
    let (status, title, text) = match &brought {
        Some(Ok(_)) => ("200 OK", "Logged in", "Go on in the terminal. This page may be closed."),
        Some(Err(_)) => {
            ("400 Bad Request", "Not logged in", "The terminal says why. This page may be closed.")
        }
        None => ("404 Not Found", "Nothing here", "This page may be closed."),
    };
    // Whether the browser still reads is nothing that the login depends on.
    let _ = stream.write_all(render(status, title, text).as_bytes()).await;
    let _ = stream.shutdown().await;
    brought
}

/// The query of a request for [`PATH`].
async fn read_query(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let mut piece = [0; 1024];
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        match stream.read(&mut piece).await {
            Ok(count @ 1..) if head.len() < HEAD_LIMIT => head.extend(piece.iter().take(count)),
            _ => return None,
        }
    }
    let head = String::from_utf8(head).ok()?;
    let mut words = head.lines().next()?.split(' ');
    let (Some("GET"), Some(target), Some(_)) = (words.next(), words.next(), words.next()) else {
        return None;
    };
    match target.split_once('?') {
        Some((PATH, query)) => Some(query.to_owned()),
        None if target == PATH => Some(String::new()),
        _ => None,
    }
}

fn render(status: &str, title: &str, text: &str) -> String {
    let page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title></head>\n<body><h1>{title}</h1><p>{text}</p></body></html>\n"
    );
    let length = page.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {length}\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nContent-Security-Policy: default-src 'none'\r\nConnection: close\r\n\r\n{page}"
    )
}
