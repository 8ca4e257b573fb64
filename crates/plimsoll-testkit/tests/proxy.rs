//! The proxy between a plain client and a server of a few lines.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use plimsoll_testkit::proxy::{Answer, Exchange, Fault, Lasting, Proxy, When};

/// A server that tells of each request as `METHOD PATH LENGTH-OF-BODY` once it has read all of it, and
/// answers with the same text; it refuses `/forbidden` before its body comes.
fn server() -> (String, Receiver<String>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    let address = listener.local_addr().expect("a listener has an address").to_string();
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let tell = tell.clone();
            thread::spawn(move || {
                let _ = converse(&stream, &tell);
            });
        }
    });
    (address, told)
}

fn converse(stream: &TcpStream, tell: &mpsc::Sender<String>) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut out = stream;
    loop {
        let head = head(&mut reader)?;
        let Some(first) = head.first() else { return Ok(()) };
        let (method, path) = first.split_once(' ').expect("a request line has spaces");
        let path = path.split(' ').next().expect("a split has a first part").to_owned();
        if path == "/forbidden" {
            out.write_all(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n")?;
            return Ok(());
        }
        if field(&head, "expect").is_some() {
            out.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let body = body(&mut reader, &head)?;
        let text = format!("{method} {path} {}", body.len());
        tell.send(text.clone()).expect("the test listens");
        match path.as_str() {
            "/chunked" => write!(
                out,
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{text}\r\n0\r\n\r\n",
                text.len()
            )?,
            "/until-close" => {
                write!(out, "HTTP/1.1 200 OK\r\n\r\n{text}")?;
                return stream.shutdown(std::net::Shutdown::Both);
            }
            _ => {
                write!(out, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", text.len())?;
                if method != "HEAD" {
                    write!(out, "{text}")?;
                }
            }
        }
    }
}

fn head(reader: &mut impl BufRead) -> io::Result<Vec<String>> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line == "\r\n" {
            return Ok(lines);
        }
        lines.push(line.trim_end().to_owned());
    }
}

fn field<'h>(head: &'h [String], name: &str) -> Option<&'h str> {
    let fields = head.iter().filter_map(|line| line.split_once(": "));
    fields.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
}

fn body(reader: &mut impl BufRead, head: &[String]) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    if field(head, "transfer-encoding").is_some() {
        loop {
            let mut size = String::new();
            reader.read_line(&mut size)?;
            let digits = size.trim().split(';').next().unwrap_or_default();
            let size = u64::from_str_radix(digits, 16).map_err(io::Error::other)?;
            reader.take(size).read_to_end(&mut body)?;
            reader.read_line(&mut String::new())?;
            if size == 0 {
                return Ok(body);
            }
        }
    }
    let length =
        field(head, "content-length").map_or(0, |value| value.parse().expect("a length is a number"));
    body.resize(length, 0);
    reader.read_exact(&mut body)?;
    Ok(body)
}

/// One connection of a client.
struct Client(BufReader<TcpStream>);

impl Client {
    fn new(proxy: &Proxy) -> Self {
        Self(BufReader::new(TcpStream::connect(proxy.address()).expect("the proxy listens")))
    }

    fn send(&mut self, request: &str) {
        let stream = self.0.get_mut();
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a time limit can be set");
        // The proxy may cut while this is being written.
        let _ = stream.write_all(request.as_bytes());
    }

    fn reply(&mut self) -> io::Result<(u16, String)> {
        let head = head(&mut self.0)?;
        let Some(first) = head.first() else { return Err(io::ErrorKind::UnexpectedEof.into()) };
        let status =
            first.split(' ').nth(1).and_then(|word| word.parse().ok()).expect("a status is a number");
        let body = if status == 100 { Vec::new() } else { body(&mut self.0, &head)? };
        Ok((status, String::from_utf8(body).expect("replies are text")))
    }

    fn get(&mut self, path: &str) -> io::Result<(u16, String)> {
        self.send(&format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n"));
        self.reply()
    }

    fn put(&mut self, path: &str, body: &str) -> io::Result<(u16, String)> {
        self.send(&format!("PUT {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}", body.len()));
        self.reply()
    }
}

fn ok(text: &str) -> (u16, String) {
    (200, text.to_owned())
}

#[test]
fn every_framing_passes_over_one_connection() {
    let (upstream, told) = server();
    let proxy = Proxy::start(&upstream);
    let mut client = Client::new(&proxy);
    assert_eq!(client.get("/a").unwrap(), ok("GET /a 0"));
    assert_eq!(client.put("/b", "hello").unwrap(), ok("PUT /b 5"));
    client.send("POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n");
    assert_eq!(client.reply().unwrap(), ok("POST /c 5"));
    assert_eq!(client.get("/chunked").unwrap(), ok("GET /chunked 0"));
    client.send("PUT /d HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    assert_eq!(client.reply().unwrap(), (100, String::new()));
    client.send("hi");
    assert_eq!(client.reply().unwrap(), ok("PUT /d 2"));
    client.send("HEAD /e HTTP/1.1\r\n\r\nGET /f HTTP/1.1\r\n\r\n");
    let length = head(&mut client.0).unwrap();
    assert_eq!(field(&length, "content-length"), Some("9"));
    assert_eq!(client.reply().unwrap(), ok("GET /f 0"));
    let seen: Vec<(usize, String)> = proxy
        .requests()
        .into_iter()
        .map(|one| (one.number, format!("{} {}", one.method, one.path)))
        .collect();
    let want = ["GET /a", "PUT /b", "POST /c", "GET /chunked", "PUT /d", "HEAD /e", "GET /f"];
    assert_eq!(
        seen,
        want.iter().enumerate().map(|(n, line)| (n + 1, (*line).to_owned())).collect::<Vec<_>>()
    );
    assert_eq!(told.try_iter().count(), want.len());
}

#[test]
fn a_reply_that_ends_with_its_connection_does_so_here_too() {
    let (upstream, _told) = server();
    let proxy = Proxy::start(&upstream);
    let mut client = Client::new(&proxy);
    client.send("GET /until-close HTTP/1.1\r\n\r\n");
    let mut all = String::new();
    client.0.read_to_string(&mut all).unwrap();
    assert_eq!(all, "HTTP/1.1 200 OK\r\n\r\nGET /until-close 0");
}

#[test]
fn a_refusal_before_the_body_gets_through() {
    let (upstream, told) = server();
    let proxy = Proxy::start(&upstream);
    let mut client = Client::new(&proxy);
    client.send("PUT /forbidden HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n");
    assert_eq!(client.reply().unwrap(), (403, String::new()));
    assert_eq!(Client::new(&proxy).put("/forbidden", &"x".repeat(4_000_000)).unwrap().0, 403);
    assert!(told.try_recv().is_err());
}

#[test]
fn who_tries_tls_is_told_at_once() {
    let (upstream, told) = server();
    let proxy = Proxy::start(&upstream);
    let mut client = Client::new(&proxy);
    client.0.get_mut().write_all(&[0x16, 3, 1, 0, 5]).expect("the proxy listens");
    client.0.get_mut().set_read_timeout(Some(Duration::from_secs(5))).expect("a time limit can be set");
    let (status, _) = client.reply().expect("it is answered in the clear");
    assert_eq!(status, 400);
    assert!(told.try_recv().is_err());
    assert_eq!(proxy.requests(), []);
}

#[test]
fn a_cut_before_keeps_the_request_from_the_server() {
    let (upstream, told) = server();
    let proxy = Proxy::start(&upstream);
    proxy.fail(When::request(2), Fault::CutBefore, Lasting::Once);
    let mut client = Client::new(&proxy);
    client.get("/1").unwrap();
    client.put("/2", "body").unwrap_err();
    assert_eq!(Client::new(&proxy).get("/3").unwrap(), ok("GET /3 0"));
    assert_eq!(told.try_iter().collect::<Vec<_>>(), ["GET /1 0", "GET /3 0"]);
    let lost = Exchange { number: 2, method: "PUT".to_owned(), path: "/2".to_owned(), status: None };
    assert_eq!(proxy.requests()[1], lost);
}

#[test]
fn a_lost_reply_is_a_deed_done() {
    let (upstream, told) = server();
    let proxy = Proxy::start(&upstream);
    proxy.fail(When::first("PUT", "/tag"), Fault::LoseReply, Lasting::Once);
    Client::new(&proxy).put("/other", "x").unwrap();
    Client::new(&proxy).put("/tag?x=1", "body").unwrap_err();
    assert_eq!(told.try_iter().collect::<Vec<_>>(), ["PUT /other 1", "PUT /tag?x=1 4"]);
    assert_eq!(proxy.requests()[1].status, None);
    Client::new(&proxy).put("/tag?x=1", "body").unwrap();
}

#[test]
fn bodies_are_cut_where_it_was_said() {
    let (upstream, told) = server();
    let proxy = Proxy::start(&upstream);
    proxy.fail(When::request(1), Fault::CutRequest(3), Lasting::Once);
    proxy.fail(When::request(2), Fault::CutReply(4), Lasting::Once);
    Client::new(&proxy).put("/half", "123456").unwrap_err();
    let mut client = Client::new(&proxy);
    client.send("GET /half HTTP/1.1\r\n\r\n");
    let mut all = String::new();
    client.0.read_to_string(&mut all).unwrap();
    assert!(all.ends_with("\r\n\r\nGET "), "{all}");
    assert_eq!(told.try_iter().collect::<Vec<_>>(), ["GET /half 0"]);
}

#[test]
fn a_scripted_answer_is_given_once_or_for_good() {
    let (upstream, told) = server();
    let proxy = Proxy::start(&upstream);
    let busy = Answer {
        status: 429,
        headers: vec![("Retry-After".to_owned(), "1".to_owned())],
        body: b"slow down".to_vec(),
    };
    proxy.fail(When::request(1), Fault::Answer(busy), Lasting::Once);
    proxy.fail(When::nth("PUT", "/m", 2), Fault::status(500), Lasting::FromThenOn);
    let mut client = Client::new(&proxy);
    client.send("PUT /m HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi");
    let head = head(&mut client.0).unwrap();
    assert_eq!(field(&head, "retry-after"), Some("1"));
    assert_eq!(body(&mut client.0, &head).unwrap(), b"slow down");
    for _ in 0..2 {
        assert_eq!(Client::new(&proxy).put("/m", "hi").unwrap().0, 500);
    }
    assert_eq!(Client::new(&proxy).get("/m").unwrap().0, 200);
    assert_eq!(told.try_iter().count(), 1);
    proxy.reset();
    assert_eq!(Client::new(&proxy).put("/m", "hi").unwrap().0, 200);
    assert_eq!(proxy.requests().len(), 1);
}

#[test]
fn something_happens_before_the_request_goes_on() {
    let (upstream, told) = server();
    let proxy = Proxy::start(&upstream);
    let stranger = Proxy::start(&upstream);
    let act = move || drop(Client::new(&stranger).put("/stranger", ""));
    proxy.fail(When::first("PUT", "/tag"), Fault::after(act), Lasting::FromThenOn);
    for _ in 0..2 {
        Client::new(&proxy).put("/tag", "").unwrap();
    }
    assert_eq!(told.try_iter().collect::<Vec<_>>(), ["PUT /stranger 0", "PUT /tag 0", "PUT /tag 0"]);
}

#[test]
fn a_round_trip_passes_for_the_connection_and_for_each_request() {
    let (upstream, _told) = server();
    let proxy = Proxy::start(&upstream);
    proxy.set_round_trip(Duration::from_millis(60));
    let begin = Instant::now();
    let mut client = Client::new(&proxy);
    for _ in 0..4 {
        client.get("/").unwrap();
    }
    let passed = begin.elapsed();
    assert!(passed >= Duration::from_millis(5 * 60), "{passed:?}");
}

#[test]
fn numbers_are_given_once_across_connections() {
    let (upstream, _told) = server();
    let proxy = Proxy::start(&upstream);
    let done = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let mut client = Client::new(&proxy);
                for _ in 0..25 {
                    client.put("/x", "12345").expect("nothing is cut");
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(done.into_inner(), 200);
    let numbers: Vec<usize> = proxy.requests().iter().map(|one| one.number).collect();
    assert_eq!(numbers, (1..=200).collect::<Vec<_>>());
    assert!(proxy.requests().iter().all(|one| one.status == Some(200)));
}

#[test]
fn a_dropped_proxy_and_a_missing_server_answer_nobody() {
    let (upstream, _told) = server();
    let proxy = Proxy::start(&upstream);
    let address = proxy.address();
    let mut client = Client::new(&proxy);
    client.get("/").unwrap();
    drop(proxy);
    client.get("/").unwrap_err();
    let refused = (0..200).any(|_| {
        thread::sleep(Duration::from_millis(5));
        TcpStream::connect(&address).is_err()
    });
    assert!(refused, "the port is let go of");
    let nobody = plimsoll_testkit::registry::free_port();
    let proxy = Proxy::start(&format!("127.0.0.1:{nobody}"));
    Client::new(&proxy).get("/").unwrap_err();
}
