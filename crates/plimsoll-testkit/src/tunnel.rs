//! An HTTP proxy as companies have them, for both kinds of URL (RFC 9110, section 9.3.6).
//!
//! Whatever host it is asked for, it leads to one server on loopback, so that tests can reach that server by names that
//! nobody resolves.

use std::io::{BufRead, BufReader, Write, copy};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// The proxy; it takes no new connections once the value is dropped.
#[derive(Debug)]
pub struct Tunnel {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    server: String,
    ended: AtomicBool,
    asked: Mutex<Vec<String>>,
}

impl Tunnel {
    /// Starts a proxy that leads to `server`, as `127.0.0.1:5000`.
    ///
    /// # Panics
    /// When no port of loopback is free.
    pub fn start(server: &str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port of loopback is free");
        let address = listener.local_addr().expect("a listener has an address");
        let (ended, asked) = (AtomicBool::new(false), Mutex::default());
        let shared = Arc::new(Shared { server: server.to_owned(), ended, asked });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if accepting.ended.load(Ordering::SeqCst) {
                    break;
                }
                let shared = Arc::clone(&accepting);
                // A connection that breaks is the caller's to notice.
                thread::spawn(move || drop(lead(&shared, stream)));
            }
        });
        Self { address, shared }
    }

    /// The URL that `HTTP_PROXY` and `HTTPS_PROXY` name.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The first request line of every connection, without the protocol: `CONNECT registry.internal:443`.
    pub fn asked(&self) -> Vec<String> {
        self.shared.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts, which sees the flag.
        drop(TcpStream::connect(self.address));
    }
}

/// Leads one connection to the server.
fn lead(shared: &Shared, caller: TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(caller.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let asked = line.rsplit_once(' ').map_or("", |(asked, _)| asked).to_owned();
    let is_tunnel = asked.starts_with("CONNECT ");
    shared.asked.lock().unwrap_or_else(PoisonError::into_inner).push(asked);
    let mut server = TcpStream::connect(&shared.server)?;
    if is_tunnel {
        let mut header = String::new();
        while reader.read_line(&mut header)? > 2 {
            header.clear();
        }
        (&caller).write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    } else {
        // Servers take whole URLs in request lines, too (RFC 9112, section 3.2.2).
        server.write_all(line.as_bytes())?;
    }
    server.write_all(reader.buffer())?;
    let (mut from_server, mut to_caller) = (server.try_clone()?, caller.try_clone()?);
    let back = thread::spawn(move || {
        let moved = copy(&mut from_server, &mut to_caller);
        drop(to_caller.shutdown(Shutdown::Write));
        moved
    });
    let mut rest = reader.into_inner();
    copy(&mut rest, &mut server)?;
    server.shutdown(Shutdown::Write)?;
    back.join().map_err(|_| std::io::Error::other("the way back broke off"))?.map(|_| ())
}
