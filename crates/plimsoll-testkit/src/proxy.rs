//! An HTTP/1.1 proxy on loopback that delays, cuts and counts.
//!
//! It stands in front of one server and hands every request on as it is. Requests are numbered from 1 in
//! the order in which their heads arrive, over all connections.
//!
//! ```no_run
//! use plimsoll_testkit::proxy::{Fault, Lasting, Proxy, When};
//!
//! let proxy = Proxy::start("127.0.0.1:5000");
//! proxy.fail(When::request(3), Fault::LoseReply, Lasting::Once);
//! // … the program under test talks to proxy.address() …
//! assert!(proxy.requests().len() > 3);
//! ```

mod connection;
mod fault;
mod message;

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use fault::Planned;
pub use fault::{Answer, Fault, Lasting, When};

/// One request that passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// Its number, from 1.
    pub number: usize,
    /// The method, as `PUT`.
    pub method: String,
    /// Path and query, as they stood in the request line.
    pub path: String,
    /// The status that the caller got; `None` if it got none, or not yet.
    pub status: Option<u16>,
}

/// A proxy under way; when the value is dropped it refuses connections and requests.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

/// What the connections have in common.
#[derive(Debug)]
struct Shared {
    upstream: String,
    closed: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    half_round_trip: Duration,
    planned: Vec<Planned>,
    exchanges: Vec<Exchange>,
}

impl Proxy {
    /// Starts a proxy in front of `upstream`, as `127.0.0.1:5000`.
    ///
    /// # Panics
    /// When no port of loopback is free.
    pub fn start(upstream: &str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port of loopback is free");
        let address = listener.local_addr().expect("a listener has an address");
        let shared = Arc::new(Shared {
            upstream: upstream.to_owned(),
            closed: AtomicBool::new(false),
            state: Mutex::default(),
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if accepting.closed.load(Ordering::SeqCst) {
                    break;
                }
                let Ok(stream) = stream else { continue };
                let shared = Arc::clone(&accepting);
                thread::spawn(move || connection::serve(&shared, &stream));
            }
        });
        Self { address, shared }
    }

    /// Host and port, as they stand in the name of an image.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Makes the server that far away: half of it passes before a request arrives, half before its reply
    /// does, and the whole once for each new connection.
    pub fn set_round_trip(&self, round_trip: Duration) {
        self.shared.state().half_round_trip = round_trip / 2;
    }

    /// Plans a fault. Of several that fit a request, the one planned first is taken.
    pub fn fail(&self, when: When, fault: Fault, lasting: Lasting) {
        self.shared.state().planned.push(Planned::new(when, fault, lasting));
    }

    /// Every request since the start or the last [`Proxy::reset`], in order.
    pub fn requests(&self) -> Vec<Exchange> {
        self.shared.state().exchanges.clone()
    }

    /// Forgets the requests and the planned faults: the next request is number 1.
    ///
    /// To be called between two runs, not while requests are under way.
    pub fn reset(&self) {
        let mut state = self.shared.state();
        state.planned.clear();
        state.exchanges.clear();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts, which then lets go of the port.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere has failed its test already.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Numbers a request and takes the fault that was planned for it.
    fn arrive(&self, method: &str, path: &str) -> (usize, Option<Fault>) {
        let mut state = self.state();
        let number = state.exchanges.len() + 1;
        state.exchanges.push(Exchange {
            number,
            method: method.to_owned(),
            path: path.to_owned(),
            status: None,
        });
        let fault = fault::take(&mut state.planned, number, method, path);
        (number, fault)
    }

    fn answered(&self, number: usize, status: u16) {
        if let Some(exchange) = self.state().exchanges.get_mut(number - 1) {
            exchange.status = Some(status);
        }
    }

    fn half_round_trip(&self) -> Duration {
        self.state().half_round_trip
    }
}
