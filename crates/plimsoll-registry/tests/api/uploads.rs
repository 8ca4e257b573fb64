//! Blobs on their way in.

use std::io::Write as _;
use std::time::{Duration, Instant};

use plimsoll_oci::name::{Algorithm, Digest};

use crate::client::{Reply, Server, digest_of};

/// A way to send a blob. Gives the last answer.
type Way = fn(&Server, &[u8], &str) -> Reply;

const WAYS: [(&str, Way); 6] = [
    ("at once", |server, bytes, digest| {
        server.send("POST", &format!("/v2/app/blobs/uploads/?digest={digest}"), &[], bytes)
    }),
    ("post, then put", |server, bytes, digest| put(server, &server.open_upload("app"), digest, &[], bytes)),
    ("a stream", |server, bytes, digest| {
        let location = server.open_upload("app");
        let location = server.send("PATCH", &location, &[], bytes).expect(202).header("location");
        put(server, &location, digest, &[], b"")
    }),
    ("chunks", |server, bytes, digest| {
        let (location, sent) = patch_chunks(server, bytes, bytes.len());
        assert_eq!(sent, bytes.len());
        put(server, &location, digest, &[], b"")
    }),
    ("chunks, the last with the put", |server, bytes, digest| {
        let (location, sent) = patch_chunks(server, bytes, bytes.len() / 3 * 2);
        let range = range(sent, bytes.len() - sent);
        let headers: &[(&str, &str)] = if sent < bytes.len() { &[("Content-Range", &range)] } else { &[] };
        put(server, &location, digest, headers, &bytes[sent..])
    }),
    ("with the algorithm said", |server, bytes, digest| {
        let algorithm = digest.split(':').next().unwrap();
        let path = format!("/v2/app/blobs/uploads/?digest-algorithm={algorithm}");
        let location = server.send("POST", &path, &[], b"").expect(202).header("location");
        put(server, &location, digest, &[], bytes)
    }),
];

fn put(server: &Server, location: &str, digest: &str, headers: &[(&str, &str)], bytes: &[u8]) -> Reply {
    server.send("PUT", &format!("{location}?digest={digest}"), headers, bytes)
}

fn range(first: usize, length: usize) -> String {
    format!("{first}-{}", (first + length).saturating_sub(1))
}

/// Sends up to `end` in three chunks or so; gives where to go on.
fn patch_chunks(server: &Server, bytes: &[u8], end: usize) -> (String, usize) {
    let (mut location, mut sent) = (server.open_upload("app"), 0);
    for chunk in bytes[..end].chunks((bytes.len() / 3).max(1)) {
        let reply = server.send("PATCH", &location, &[("Content-Range", &range(sent, chunk.len()))], chunk);
        let reply = reply.expect(202);
        sent += chunk.len();
        assert_eq!(reply.header("range"), range(0, sent));
        location = reply.header("location");
    }
    (location, sent)
}

#[test]
fn a_blob_arrives_in_every_way() {
    let server = Server::writable();
    for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
        for (number, (way, send)) in WAYS.iter().enumerate() {
            for size in [0, 2, 513, 300_000] {
                let bytes: Vec<u8> = (0..size).map(|n| (n * 7 + number) as u8).collect();
                let digest = digest_of(algorithm, &bytes).to_string();
                let reply = send(&server, &bytes, &digest);
                assert_eq!(reply.status, 201, "{way} {size}: {reply:?}");
                assert_eq!(reply.header("docker-content-digest"), digest, "{way}");
                let got = server.get(&reply.header("location")).expect(200);
                assert!(got.body == bytes, "{way} {size}");
                let path = format!("/v2/app/blobs/{digest}");
                let head = server.head(&path).expect(200);
                assert_eq!(head.header("content-length"), size.to_string(), "{way}");
                assert!(head.body.is_empty());
                server.delete(&path).expect(202);
                server.head(&path).expect(404);
            }
        }
    }
}

#[test]
fn other_bytes_than_said_are_refused_in_every_way() {
    let server = Server::writable();
    for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
        let digest = digest_of(algorithm, b"what was said").to_string();
        for (way, send) in WAYS {
            let reply = send(&server, b"something else", &digest);
            assert_eq!(reply.status, 400, "{way}: {reply:?}");
            assert_eq!(reply.json()["errors"][0]["code"], "DIGEST_INVALID", "{way}");
            server.head(&format!("/v2/app/blobs/{digest}")).expect(404);
        }
    }
    let left: Vec<_> = std::fs::read_dir(server.folder().join("localhost/app/.incoming")).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing but the lock is left: {left:?}");
}

#[test]
fn chunks_out_of_order_are_refused_and_do_no_harm() {
    let server = Server::writable();
    let bytes = b"0123456789";
    let location = server.open_upload("app");
    let nothing = server.get(&location).expect(204);
    assert_eq!(nothing.header("range"), "0-0");
    server.send("PATCH", &location, &[("Content-Range", "0-3")], &bytes[..4]).expect(202);
    for (method, first) in [("PATCH", 0), ("PATCH", 5), ("PUT", 7)] {
        let path = match method {
            "PUT" => format!("{location}?digest={}", Digest::of(bytes)),
            _ => location.clone(),
        };
        let range = range(first, bytes.len() - first);
        let reply = server.send(method, &path, &[("Content-Range", &range)], &bytes[first..]);
        let reply = reply.refused(416, "BLOB_UPLOAD_INVALID");
        assert_eq!((reply.header("range"), reply.header("location")), ("0-3".into(), location.clone()));
    }
    let there = server.get(&location).expect(204);
    assert_eq!(there.header("range"), "0-3");
    server.send("PATCH", &there.header("location"), &[("Content-Range", "4-9")], &bytes[4..]).expect(202);
    put(&server, &location, &Digest::of(bytes).to_string(), &[], b"").expect(201);
    server.get(&location).refused(404, "BLOB_UPLOAD_UNKNOWN");
}

#[test]
fn a_chunk_is_as_long_as_it_says() {
    let server = Server::writable();
    let location = server.open_upload("app");
    server.send("PATCH", &location, &[("Content-Range", "0-9")], b"12345").refused(400, "SIZE_INVALID");
    server.send("PATCH", &location, &[("Content-Range", "x")], b"1").refused(400, "BLOB_UPLOAD_INVALID");
    assert_eq!(server.get(&location).expect(204).header("range"), "0-0");
}

#[test]
fn a_cancelled_upload_is_gone() {
    let server = Server::writable();
    let location = server.open_upload("app");
    server.send("PATCH", &location, &[], b"some").expect(202);
    server.delete(&location).expect(204);
    server.get(&location).refused(404, "BLOB_UPLOAD_UNKNOWN");
    server.delete(&location).refused(404, "BLOB_UPLOAD_UNKNOWN");
    let left = std::fs::read_dir(server.folder().join("localhost/app/.incoming")).unwrap().count();
    assert_eq!(left, 1);
}

#[test]
fn an_upload_belongs_to_its_repository() {
    let server = Server::writable();
    let location = server.open_upload("app").replace("/app/", "/other/");
    server.get(&location).refused(404, "BLOB_UPLOAD_UNKNOWN");
    put(&server, &location, &Digest::of(b"x").to_string(), &[], b"x").refused(404, "BLOB_UPLOAD_UNKNOWN");
}

#[test]
fn what_came_before_a_connection_broke_counts() {
    let server = Server::writable();
    let bytes = vec![7; 400_000];
    let location = server.open_upload("app");
    let mut stream = server.connect();
    let head =
        format!("PATCH {location} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n", bytes.len());
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&bytes[..150_000]).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let _ = Reply::read(&mut stream);
    let until = Instant::now() + Duration::from_secs(10);
    let sent = loop {
        let range = server.get(&location).expect(204).header("range");
        let sent = range.trim_start_matches("0-").parse::<usize>().unwrap() + 1;
        if sent == 150_000 {
            break sent;
        }
        assert!(Instant::now() < until, "{range}");
        std::thread::sleep(Duration::from_millis(10));
    };
    let rest = range(sent, bytes.len() - sent);
    let reply =
        put(&server, &location, &Digest::of(&bytes).to_string(), &[("Content-Range", &rest)], &bytes[sent..]);
    reply.expect(201);
}

#[test]
fn a_mount_takes_what_is_there_and_opens_an_upload_else() {
    let server = Server::writable();
    let digest = server.push_blob("library/base", b"shared");
    for (name, from) in [("named", "&from=library/base"), ("any", "")] {
        let path = format!("/v2/{name}/blobs/uploads/?mount={digest}{from}");
        let reply = server.send("POST", &path, &[], b"").expect(201);
        assert_eq!(server.get(&reply.header("location")).expect(200).body, b"shared");
    }
    let absent = Digest::of(b"absent");
    for from in ["&from=library/base", "&from=no/such", "&from=NO", ""] {
        let path = format!("/v2/named/blobs/uploads/?mount={absent}{from}");
        let location = server.send("POST", &path, &[], b"").expect(202).header("location");
        put(&server, &location, &absent.to_string(), &[], b"absent").expect(201);
        server.delete(&format!("/v2/named/blobs/{absent}")).expect(202);
    }
    // One that is deleted in one repository stays in the others.
    server.delete(&format!("/v2/library/base/blobs/{digest}")).expect(202);
    server.head(&format!("/v2/named/blobs/{digest}")).expect(200);
}

#[test]
fn a_digest_is_needed_and_must_be_one() {
    let server = Server::writable();
    let location = server.open_upload("app");
    server.send("PUT", &location, &[], b"x").refused(400, "DIGEST_INVALID");
    for digest in ["sha256:12", "md5:d41d8cd98f00b204e9800998ecf8427e", "x"] {
        put(&server, &location, digest, &[], b"x").refused(400, "DIGEST_INVALID");
        server
            .send("POST", &format!("/v2/app/blobs/uploads/?digest={digest}"), &[], b"x")
            .refused(400, "DIGEST_INVALID");
    }
    server
        .send("POST", "/v2/app/blobs/uploads/?digest-algorithm=md5", &[], b"")
        .refused(400, "DIGEST_INVALID");
    server.send("POST", "/v2/App/blobs/uploads/", &[], b"").refused(400, "NAME_INVALID");
}

#[test]
fn open_uploads_are_bounded() {
    let server = Server::writable();
    let refused = (0..500).find_map(|_| {
        let reply = server.send("POST", "/v2/app/blobs/uploads/", &[], b"");
        (reply.status != 202).then_some(reply)
    });
    let refused = refused.expect("there is a bound").refused(429, "TOOMANYREQUESTS");
    assert_eq!(refused.header("retry-after"), "1");
}
