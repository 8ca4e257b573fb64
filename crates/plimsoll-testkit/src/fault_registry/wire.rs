//! A small HTTP/1.1 server that can misbehave: cut a connection, say nothing, lie about a length.
//!
//! Real servers and HTTP libraries keep such things from happening, which is why this one is written on sockets.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::net::{self, AddressFamily, SocketFlags, SocketType};

/// How many connections may wait to be taken.
const BACKLOG: i32 = 128;

/// The request line and headers.
#[derive(Debug, Clone)]
pub struct Head {
    /// `GET`, `PUT`, ….
    pub method: String,
    /// The path, as sent.
    pub path: String,
    /// The query, as sent, without `?`.
    pub query: String,
    headers: BTreeMap<String, String>,
}

impl Head {
    /// A header; `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The first value of a query key, percent-decoded.
    pub fn query_value(&self, key: &str) -> Option<String> {
        self.query_values(key).into_iter().next()
    }

    /// All values of a query key, percent-decoded.
    pub fn query_values(&self, key: &str) -> Vec<String> {
        form_values(&self.query, key)
    }

    fn length(&self) -> usize {
        self.header("content-length").and_then(|value| value.parse().ok()).unwrap_or(0)
    }
}

/// All values of a key in a query or form, percent-decoded.
pub fn form_values(form: &str, key: &str) -> Vec<String> {
    form.split('&')
        .filter_map(|pair| pair.split_once('='))
        .filter(|(name, _)| *name == key)
        .map(|(_, value)| percent_decoded(value))
        .collect()
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let pair = [rest.next().unwrap_or(b'0'), rest.next().unwrap_or(b'0')];
                std::str::from_utf8(&pair)
                    .ok()
                    .and_then(|hex| u8::from_str_radix(hex, 16).ok())
                    .unwrap_or(b'?')
            }
            plain => plain,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What happens to a request once its head is known.
#[derive(Debug, Clone)]
pub enum Admission {
    /// Its body is read and it is answered.
    Read,
    /// This many bytes of its body are read, then the connection is cut.
    CutAfter(usize),
    /// It is answered before its body is read, and the connection is closed.
    Early(Answer),
}

/// How an answer leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// As it is.
    Whole,
    /// With its true length announced and this many bytes of it sent, then the connection is cut.
    CutAfter(usize),
    /// Without a length; the end of the connection is the end of the body.
    Unannounced,
    /// Never. The request was handled, the reply is lost.
    Lost,
    /// Never, and the connection stays open.
    Silent,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Headers, `Content-Length` left out.
    pub headers: Vec<(String, String)>,
    /// The body; not sent to a `HEAD`, which gets its length.
    pub body: Vec<u8>,
    /// How it leaves.
    pub delivery: Delivery,
}

impl Answer {
    /// An answer without headers or body.
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), delivery: Delivery::Whole }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Takes a header away.
    #[must_use]
    pub fn without_header(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Sets how the answer leaves.
    #[must_use]
    pub fn delivered(mut self, delivery: Delivery) -> Self {
        self.delivery = delivery;
        self
    }
}

/// What the server does with requests.
pub trait Service: Send + Sync + 'static {
    /// Decides by the head alone what happens to a request.
    fn admit(&self, _head: &Head) -> Admission {
        Admission::Read
    }

    /// Takes what came of a request that was cut off, by [`Admission::CutAfter`] or by its sender.
    fn cut(&self, _head: &Head, _body: &[u8]) {}

    /// Answers a whole request.
    fn answer(&self, head: &Head, body: &[u8]) -> Answer;
}

impl<F: Fn(&Head, &[u8]) -> Answer + Send + Sync + 'static> Service for F {
    fn answer(&self, head: &Head, body: &[u8]) -> Answer {
        self(head, body)
    }
}

/// A server on a free port of loopback; it ends when the value is dropped.
#[derive(Debug)]
pub struct WireServer {
    address: SocketAddr,
    ended: Arc<AtomicBool>,
    listening: Option<JoinHandle<()>>,
}

impl WireServer {
    /// Starts to serve.
    ///
    /// # Panics
    /// When loopback has no free port.
    pub fn start(service: impl Service) -> Self {
        let listener = bind((Ipv4Addr::LOCALHOST, 0).into()).expect("a port of loopback is free");
        net::listen(&listener, BACKLOG).expect("what was bound can be listened on");
        let listener = TcpListener::from(listener);
        let address = listener.local_addr().expect("a listener has an address");
        let ended = Arc::new(AtomicBool::new(false));
        let (service, stop) = (Arc::new(service), Arc::clone(&ended));
        let listening = thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                let (service, stop) = (Arc::clone(&service), Arc::clone(&stop));
                // A connection that breaks is what this server is for.
                thread::spawn(move || drop(converse(stream, service.as_ref(), &stop)));
            }
        });
        Self { address, ended, listening: Some(listening) }
    }

    /// Host and port.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// The URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Ends the server and keeps its port: whoever connects is refused, as long as the value lives.
    ///
    /// # Panics
    /// When the machine has no more sockets.
    pub fn close(mut self) -> ClosedPort {
        // Bound before the server leaves it: at no moment may another test be given the port.
        let bound = bind(self.address).expect("a port that is shared can be bound twice");
        self.end();
        ClosedPort { _bound: bound }
    }

    fn end(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        // Wakes the listener, which sees the flag.
        let woken = TcpStream::connect(self.address);
        if let (Ok(_), Some(listening)) = (woken, self.listening.take()) {
            listening.join().expect("the listener does not panic");
        }
    }
}

impl Drop for WireServer {
    fn drop(&mut self) {
        self.end();
    }
}

/// A port of loopback that is bound and never listened on.
///
/// Tests run side by side: a port that is merely left may be the next test's server a moment later.
#[derive(Debug)]
pub struct ClosedPort {
    _bound: OwnedFd,
}

/// Binds an address that another socket of ours may be bound to as well.
fn bind(address: SocketAddr) -> rustix::io::Result<OwnedFd> {
    let socket = net::socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    // What the server's own connections leave behind must not be in the way.
    net::sockopt::set_socket_reuseaddr(&socket, true)?;
    net::sockopt::set_socket_reuseport(&socket, true)?;
    net::bind(&socket, &address)?;
    Ok(socket)
}

fn converse(stream: TcpStream, service: &dyn Service, stop: &AtomicBool) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut writer = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    while let Some(head) = read_head(&mut reader)? {
        let wanted = head.length();
        match service.admit(&head) {
            Admission::Read => {
                let body = read_up_to(&mut reader, wanted)?;
                if body.len() < wanted {
                    service.cut(&head, &body);
                    return Ok(());
                }
                let answer = service.answer(&head, &body);
                if deliver(&mut writer, &head, answer, stop)? == Next::Close {
                    return writer.shutdown(Shutdown::Both);
                }
            }
            Admission::CutAfter(bytes) => {
                let body = read_up_to(&mut reader, bytes.min(wanted))?;
                service.cut(&head, &body);
                return writer.shutdown(Shutdown::Both);
            }
            Admission::Early(answer) => {
                deliver(&mut writer, &head, answer.header("Connection", "close"), stop)?;
                // Read on for a moment, lest a reset overtakes the answer.
                reader.get_ref().set_read_timeout(Some(Duration::from_millis(200)))?;
                drop(read_up_to(&mut reader, wanted));
                return writer.shutdown(Shutdown::Both);
            }
        }
    }
    Ok(())
}

fn read_head(reader: &mut impl BufRead) -> std::io::Result<Option<Head>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace();
    let method = words.next().unwrap_or_default().to_owned();
    let target = words.next().unwrap_or_default();
    // A proxy is sent the whole URL.
    let target =
        target.split_once("://").map_or(target, |(_, rest)| rest.find('/').map_or("/", |at| &rest[at..]));
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let (path, query) = (path.to_owned(), query.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim_end().split_once(':') {
            Some((name, value)) => headers.insert(name.to_ascii_lowercase(), value.trim().to_owned()),
            None => break,
        };
    }
    Ok(Some(Head { method, path, query, headers }))
}

/// The next `wanted` bytes, or fewer if the sender ends before.
fn read_up_to(reader: &mut impl Read, wanted: usize) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::new();
    match reader.take(wanted as u64).read_to_end(&mut body) {
        Ok(_) => Ok(body),
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => Ok(body),
        Err(error) => Err(error),
    }
}

#[derive(PartialEq, Eq)]
enum Next {
    Request,
    Close,
}

fn deliver(writer: &mut TcpStream, head: &Head, answer: Answer, stop: &AtomicBool) -> std::io::Result<Next> {
    match answer.delivery {
        Delivery::Lost => return Ok(Next::Close),
        Delivery::Silent => {
            while !stop.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(20));
            }
            return Ok(Next::Close);
        }
        Delivery::Whole | Delivery::CutAfter(_) | Delivery::Unannounced => {}
    }
    let mut text = format!("HTTP/1.1 {} Scripted\r\n", answer.status);
    for (name, value) in &answer.headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    let has_length = answer.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    if answer.delivery == Delivery::Unannounced {
        text.push_str("Connection: close\r\n");
    } else if answer.status != 204 && !has_length {
        text.push_str(&format!("Content-Length: {}\r\n", answer.body.len()));
    }
    text.push_str("\r\n");
    let mut bytes = text.into_bytes();
    if head.method != "HEAD" && answer.status != 204 {
        let sent = match answer.delivery {
            Delivery::CutAfter(most) => answer.body.len().min(most),
            _ => answer.body.len(),
        };
        bytes.extend_from_slice(&answer.body[..sent]);
    }
    writer.write_all(&bytes)?;
    writer.flush()?;
    Ok(if answer.delivery == Delivery::Whole { Next::Request } else { Next::Close })
}
