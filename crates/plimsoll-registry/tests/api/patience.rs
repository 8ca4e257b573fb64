//! Clients that are slow, and clients that do nothing.

use std::io::{Read as _, Write as _};
use std::thread;
use std::time::{Duration, Instant};

use plimsoll_oci::name::Digest;
use plimsoll_registry::{Settings, Writing};

use crate::client::{IMAGE, Reply, Server, image};

/// More than the system keeps for a reader.
const LARGE: usize = 48 << 20;

fn impatient() -> Server {
    let patience = Duration::from_millis(500);
    Server::with(Settings { writing: Writing::Allowed, patience, ..Settings::default() })
}

fn ask(server: &Server, digest: &Digest) -> std::net::TcpStream {
    let mut stream = server.connect();
    let head = format!("GET /v2/app/blobs/{digest} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

#[test]
fn who_takes_nothing_is_let_go() {
    let server = impatient();
    let digest = server.push_blob("app", &vec![7; LARGE]);
    let mut stream = ask(&server, &digest);
    thread::sleep(Duration::from_secs(2));
    let mut came = Vec::new();
    // The connection may be reset.
    let _ = stream.read_to_end(&mut came);
    assert!(came.len() < LARGE, "everything was sent to somebody who took nothing for two seconds");
}

#[test]
fn who_is_slow_gets_everything() {
    let server = impatient();
    let digest = server.push_blob("app", &vec![7; LARGE]);
    let mut stream = ask(&server, &digest);
    let (mut came, mut piece, began) = (0, vec![0; 512 << 10], Instant::now());
    loop {
        match stream.read(&mut piece).unwrap() {
            0 => break,
            read => came += read,
        }
        thread::sleep(Duration::from_millis(10));
    }
    assert!(came > LARGE, "{came}");
    assert!(began.elapsed() > Duration::from_millis(600), "it took longer than anybody is waited for");
}

#[test]
fn who_sends_nothing_more_is_told() {
    let server = impatient();
    let text = image("");
    let upload = server.open_upload("app");
    for (method, path, code) in [
        ("PUT", "/v2/app/manifests/v1", "MANIFEST_INVALID"),
        ("PATCH", upload.as_str(), "BLOB_UPLOAD_INVALID"),
    ] {
        let mut stream = server.connect();
        let length = text.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {IMAGE}\r\nContent-Length: {length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(&text.as_bytes()[..length / 2]).unwrap();
        Reply::read(&mut stream).refused(408, code);
    }
    // With pauses it may take as long as it likes.
    let mut stream = server.connect();
    let head = format!(
        "PUT /v2/app/manifests/v1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: {IMAGE}\r\nContent-Length: {}\r\n\r\n",
        text.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    for part in text.as_bytes().chunks(text.len().div_ceil(6)) {
        stream.write_all(part).unwrap();
        thread::sleep(Duration::from_millis(200));
    }
    Reply::read(&mut stream).expect(201);
}
