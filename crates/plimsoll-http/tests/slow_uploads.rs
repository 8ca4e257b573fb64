//! Uploads that take longer than anything may be silent.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Duration;

use plimsoll_http::limit::Timeouts;
use plimsoll_http::request::Body;
use plimsoll_http::{Bytes, HeaderValue, Method, Repeat, Request, Settings, Transport, Url};

const PIECE: usize = 256 * 1024;
const PIECES: usize = 80;

#[tokio::test]
async fn bytes_that_move_slowly_are_not_silent() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let reader = std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let mut piece = vec![0; PIECE];
        for _ in 0..PIECES {
            std::thread::sleep(Duration::from_millis(20));
            connection.read_exact(&mut piece).unwrap();
        }
        let answer = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        connection.write_all(answer).unwrap();
        // As many bytes are left as the head of the request had.
        while connection.read(&mut piece).is_ok_and(|count| count > 0) {}
    });
    let timeouts = Timeouts { idle: Duration::from_millis(800), ..Timeouts::default() };
    let transport = Transport::new(Settings { timeouts, ..Settings::new("plimsoll/test") });
    let url = Url::parse(&format!("http://{address}/")).unwrap();
    let bytes = Bytes::from(vec![7; PIECE * PIECES]);
    let request = Request::new(Method::POST, url, Repeat::Never)
        .body(Body::Bytes(bytes), HeaderValue::from_static("application/octet-stream"));
    assert_eq!(transport.send(request).await.unwrap().status(), 201);
    drop(transport);
    reader.join().unwrap();
}
