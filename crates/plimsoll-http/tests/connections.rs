//! Which connections requests go by.
#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use plimsoll_http::profile::{HostProfile, HostProfiles, TlsProfile, Wire};
use plimsoll_http::{Request, Settings, Transport, Url};
use plimsoll_testkit::token_server::AUTHORITY;

/// A server that gives one answer, and counts who comes.
struct Counting {
    url: Url,
    connections: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
}

impl Counting {
    fn start(answer: &'static str) -> Counting {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let (connections, requests) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (coming, asking) = (Arc::clone(&connections), Arc::clone(&requests));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, asking) = (stream.unwrap(), Arc::clone(&asking));
                coming.fetch_add(1, Ordering::SeqCst);
                std::thread::spawn(move || serve(&stream, answer, &asking));
            }
        });
        Counting { url, connections, requests }
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    async fn await_connections(&self, wanted: usize) {
        let begun = Instant::now();
        while self.connections() < wanted {
            assert!(begun.elapsed() < Duration::from_secs(10), "{} of {wanted}", self.connections());
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

fn serve(mut stream: &TcpStream, answer: &str, requests: &AtomicUsize) {
    let mut lines = BufReader::new(stream).lines();
    while let Some(Ok(line)) = lines.next() {
        if line.is_empty() {
            requests.fetch_add(1, Ordering::SeqCst);
            // Long enough for the others to need connections of their own.
            std::thread::sleep(Duration::from_millis(100));
            let length = answer.len();
            let _ = stream
                .write_all(format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{answer}").as_bytes());
        }
    }
}

async fn get(transport: &Transport, url: &Url) -> String {
    let answer = transport.send(Request::get(url.clone())).await.unwrap();
    String::from_utf8(answer.bytes(99).await.unwrap().to_vec()).unwrap()
}

fn transport() -> Transport {
    Transport::new(Settings::new("plimsoll/test"))
}

#[tokio::test]
async fn requests_take_the_connections_that_were_opened_for_them() {
    let (server, transport) = (Counting::start("a"), transport());
    transport.connect_ahead(&server.url, 3);
    server.await_connections(3).await;
    assert_eq!(server.requests(), 0, "nothing is sent ahead");
    let answers = join_all((0..5).map(|_| get(&transport, &server.url))).await;
    assert_eq!(answers, ["a"; 5]);
    assert_eq!((server.connections(), server.requests()), (5, 5), "two more were needed");
}

#[tokio::test]
async fn a_connection_serves_the_host_that_it_leads_to() {
    let (a, b, transport) = (Counting::start("a"), Counting::start("b"), transport());
    transport.connect_ahead(&a.url, 2);
    a.await_connections(2).await;
    assert_eq!(get(&transport, &b.url).await, "b");
    assert_eq!((b.connections(), a.requests()), (1, 0));
}

#[tokio::test]
async fn where_nothing_can_be_opened_requests_say_why() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url: Url = format!("http://{closed}/").parse().unwrap();
    let mut settings = Settings::new("plimsoll/test");
    settings.retry.attempts = 1;
    let transport = Transport::new(settings);
    transport.connect_ahead(&url, 2);
    let failure = transport.send(Request::get(url)).await.unwrap_err();
    assert!(failure.is_temporary(), "{failure}");
    // To a host that plain HTTP is not spoken with, nothing is opened either.
    transport.connect_ahead(&"http://plimsoll.invalid/".parse().unwrap(), 2);
}

/// The protocols that a client offers for a request, as its first bytes name them (RFC 7301).
async fn offered(request: impl FnOnce(Url) -> Request) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (hello, heard) = mpsc::channel();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut bytes = vec![0; 4096];
        let length = stream.read(&mut bytes).unwrap();
        bytes.truncate(length);
        hello.send(bytes).unwrap();
    });
    let tls = TlsProfile { roots: vec![AUTHORITY.into()], identity: None };
    let mut hosts = HostProfiles::default();
    hosts.set(&address, HostProfile { wire: Wire::Https, tls });
    let mut settings = Settings { hosts, ..Settings::new("plimsoll/test") };
    settings.retry.attempts = 1;
    let url = settings.hosts.root(&address).unwrap();
    Transport::new(settings).send(request(url)).await.unwrap_err();
    let bytes = heard.recv().unwrap();
    let offers = |name: &[u8]| bytes.windows(name.len()).any(|window| window == name);
    format!("h2: {}, http/1.1: {}", offers(b"\x02h2"), offers(b"\x08http/1.1"))
}

#[tokio::test]
async fn a_long_body_shares_no_connection() {
    const LONG: u64 = 16 * 1024 * 1024;
    assert_eq!(offered(Request::get).await, "h2: true, http/1.1: true");
    assert_eq!(offered(|url| Request::get(url).moving(LONG - 1)).await, "h2: true, http/1.1: true");
    // Without the extension HTTP/1.1 is meant.
    let alone = offered(|url| Request::get(url).moving(LONG)).await;
    assert!(alone.starts_with("h2: false"), "{alone}");
}
