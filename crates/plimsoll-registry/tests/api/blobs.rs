//! Blobs that are there.

use plimsoll_oci::name::Digest;

use crate::client::Server;

#[test]
fn ranges_are_served() {
    let server = Server::writable();
    let bytes: Vec<u8> = (0..2048u32).map(|n| (n % 251) as u8).collect();
    let path = format!("/v2/app/blobs/{}", server.push_blob("app", &bytes));
    for (range, first, end) in [
        ("bytes=500-1499", 500, 1500),
        ("bytes=500-", 500, 2048),
        ("bytes=-500", 1548, 2048),
        ("bytes=2000-5000", 2000, 2048),
        ("bytes=0-0", 0, 1),
    ] {
        let reply = server.send("GET", &path, &[("Range", range)], b"").expect(206);
        assert_eq!(reply.body, bytes[first..end], "{range}");
        assert_eq!(reply.header("content-length"), (end - first).to_string(), "{range}");
        assert_eq!(reply.header("content-range"), format!("bytes {first}-{}/2048", end - 1), "{range}");
    }
    for range in ["bytes=500-0", "bytes=5000-10000"] {
        let reply = server.send("GET", &path, &[("Range", range)], b"").expect(416);
        assert_eq!(reply.header("content-range"), "bytes */2048");
    }
    assert_eq!(server.get(&path).expect(200).body, bytes);
    assert_eq!(server.head(&path).expect(200).header("accept-ranges"), "bytes");
}

#[test]
fn what_is_not_there_is_not_there() {
    let server = Server::writable();
    let there = server.push_blob("app", b"here");
    let absent = Digest::of(b"absent");
    server.get(&format!("/v2/app/blobs/{absent}")).refused(404, "BLOB_UNKNOWN");
    server.get(&format!("/v2/other/blobs/{there}")).refused(404, "BLOB_UNKNOWN");
    server.delete(&format!("/v2/app/blobs/{absent}")).refused(404, "BLOB_UNKNOWN");
    server.get("/v2/app/blobs/sha256:12").refused(400, "DIGEST_INVALID");
    server.send("PUT", &format!("/v2/app/blobs/{there}"), &[], b"x").refused(405, "UNSUPPORTED");
    server.get("/v2/app/blobs/").refused(400, "DIGEST_INVALID");
    server.get("/v3/").refused(404, "NAME_UNKNOWN");
}

#[test]
fn names_with_a_host_are_that_hosts() {
    let server = Server::writable();
    server.push_blob("ghcr.io/acme/app", b"there");
    server.push_blob("acme/app", b"here");
    assert!(server.folder().join("ghcr.io/acme/app/oci-layout").exists());
    assert!(server.folder().join("localhost/acme/app/oci-layout").exists());
    let names = server.get("/v2/_catalog").expect(200).json();
    assert_eq!(names["repositories"], serde_json::json!(["acme/app", "ghcr.io/acme/app"]));
    let page = server.get("/v2/_catalog?n=1").expect(200);
    assert_eq!(page.header("link"), "</v2/_catalog?n=1&last=acme%2Fapp>; rel=\"next\"");
}
