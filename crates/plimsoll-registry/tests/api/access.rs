//! Who may do what.

use std::sync::Arc;

use plimsoll_oci::name::Digest;
use plimsoll_registry::{Door, Settings, Users, Writing};

use crate::client::{IMAGE, Server, image};

#[test]
fn it_is_read_only_unless_asked_otherwise() {
    let writable = Server::writable();
    writable.push("app", "v1", IMAGE, &image("")).expect(201);
    let server = Server::with(Settings::default());
    let digest = Digest::of(b"x");
    server.get("/v2/").expect(200);
    server.get("/v2/app/tags/list").refused(404, "NAME_UNKNOWN");
    for (method, path) in [
        ("POST", "/v2/app/blobs/uploads/".to_owned()),
        ("POST", format!("/v2/app/blobs/uploads/?digest={digest}")),
        ("PATCH", "/v2/app/blobs/uploads/1".to_owned()),
        ("PUT", "/v2/app/manifests/v1".to_owned()),
        ("DELETE", "/v2/app/manifests/v1".to_owned()),
        ("DELETE", format!("/v2/app/blobs/{digest}")),
    ] {
        server.send(method, &path, &[], b"x").refused(405, "UNSUPPORTED");
    }
    assert_eq!(std::fs::read_dir(server.folder()).unwrap().count(), 0, "reading leaves no trace");
}

#[test]
fn only_users_are_let_in() {
    let users = Arc::new(Users::one("ada", "loadline").unwrap());
    let server =
        Server::with(Settings { writing: Writing::Allowed, door: Door::Users(users), ..Settings::default() });
    let reply = server.get("/v2/").refused(401, "UNAUTHORIZED");
    assert!(reply.header("www-authenticate").starts_with("Basic realm="));
    // ada:loadline, ada:wrong, bob:loadline, and what is no such thing.
    let good = ("Authorization", "Basic YWRhOmxvYWRsaW5l");
    for bad in
        ["Basic YWRhOndyb25n", "Basic Ym9iOmxvYWRsaW5l", "Bearer YWRhOmxvYWRsaW5l", "Basic", "Basic !", ""]
    {
        server.send("GET", "/v2/", &[("Authorization", bad)], b"").refused(401, "UNAUTHORIZED");
        server
            .send("PUT", "/v2/app/manifests/v1", &[("Authorization", bad)], b"")
            .refused(401, "UNAUTHORIZED");
    }
    server.send("GET", "/v2/", &[good], b"").expect(200);
    server
        .send("PUT", "/v2/app/manifests/v1", &[good, ("Content-Type", IMAGE)], image("").as_bytes())
        .expect(201);
}

#[test]
fn pages_in_browsers_are_not_served() {
    let server = Server::writable();
    server.send("GET", "/v2/", &[("Origin", "https://evil.example")], b"").refused(403, "DENIED");
    for site in ["cross-site", "same-site", "same-origin"] {
        server.send("GET", "/v2/", &[("Sec-Fetch-Site", site)], b"").refused(403, "DENIED");
    }
    server.send("GET", "/v2/", &[("Sec-Fetch-Site", "none")], b"").expect(200);
}

#[test]
fn a_name_that_leads_to_this_machine_from_outside_does_not_lead_in() {
    let names = vec!["registry.internal".to_owned()];
    let server = Server::with(Settings { writing: Writing::Allowed, names, ..Settings::default() });
    server.push("app", "v1", IMAGE, &image("")).expect(201);
    let ask = |host: &str, method: &str| {
        server.send(method, "/v2/app/manifests/v1", &[("Host", host), ("Content-Type", IMAGE)], b"")
    };
    for host in ["evil.example", "evil.example:5000", "localhost.evil.example", ""] {
        for method in ["GET", "PUT", "DELETE"] {
            ask(host, method).refused(403, "DENIED");
        }
    }
    let here = server.serving.address();
    for host in [
        here.as_str(),
        "[::1]:5000",
        "LOCALHOST",
        "a.localhost:5000",
        "host.docker.internal",
        "registry.internal:1",
    ] {
        ask(host, "GET").expect(200);
    }
}

#[test]
fn nothing_leads_out_of_the_folder() {
    let server = Server::writable();
    for name in ["..", "../x", "a/../../x", "%2e%2e/x", "a%2f..%2f..%2fx", ".incoming", "a/.lock"] {
        let reply = server.push(name, "v1", IMAGE, &image(""));
        assert!(matches!(reply.status, 400 | 404), "{name}: {reply:?}");
    }
    for name in ["blobs", "a/blobs", "a/index.json", "oci-layout"] {
        server.push(name, "v1", IMAGE, &image("")).expect(201);
        server.get(&format!("/v2/{name}/manifests/v1")).expect(200);
    }
}
