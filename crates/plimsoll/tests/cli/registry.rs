//! `registry`: the local registry over HTTP, and its upkeep.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use plimsoll_oci::name::Digest;
use plimsoll_testkit::process::Running;
use plimsoll_testkit::registry::free_port;

use crate::scene::Scene;

#[test]
fn a_folder_that_is_no_registry_is_not_an_empty_one() {
    let scene = Scene::tagged();
    scene.repo.write("docs/page", "");
    assert_snapshot!(scene.show("registry gc --dir nowhere"), @r"
    exit 2
    --- stderr
    error[file-missing]: there is no local registry in nowhere
    --> nowhere
     = cause: there is no such folder
     = help: name the folder that the repositories lie in, `.plimsoll/registry` of a project
    ");
    for line in ["registry gc --dir docs", "registry gc --dir app", "registry serve --dir app"] {
        assert_eq!(scene.error(line), ("file-missing".into(), Some(2)), "{line}");
    }
    scene.run("registry gc").expect_success();
    scene.run("release v1.0.0 --local").expect_success();
    scene.run("registry gc --dir .plimsoll/registry").expect_success();
}

/// What the registry answers to a `GET`.
fn get(port: u16, path: &str, headers: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

#[test]
fn pages_that_lead_their_name_here_read_nothing() {
    let scene = Scene::released();
    let path = "/v2/registry.example/app/manifests/1.0.0";
    let ask = |port: u16, host: &str| {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.lines().next().unwrap_or_default().to_owned()
    };
    let (running, port) = serving(&scene, "--host registry.internal --host other.internal");
    for (host, wanted) in [
        ("evil.example", "HTTP/1.1 403 Forbidden"),
        ("registry.internal", "HTTP/1.1 200 OK"),
        ("other.internal:80", "HTTP/1.1 200 OK"),
        ("localhost", "HTTP/1.1 200 OK"),
    ] {
        assert_eq!(ask(port, host), wanted, "{host}");
    }
    running.interrupt();
    running.wait().expect_success();
}

/// Serves with these options and waits until something answers.
fn serving(scene: &Scene, options: &str) -> (Running, u16) {
    let port = free_port();
    let line = format!("registry serve --listen 127.0.0.1:{port} {options}");
    let running = scene.plimsoll(&line).set("PLIMSOLL_REGISTRY_PASSWORD", "loadline").start();
    let until = Instant::now() + Duration::from_secs(30);
    while get(port, "/v2/", "").is_none() {
        assert!(Instant::now() < until, "nothing listens");
        std::thread::sleep(Duration::from_millis(10));
    }
    (running, port)
}

#[test]
fn a_release_can_be_pulled_before_anybody_else_sees_it() {
    let scene = Scene::released();
    let (running, port) = serving(&scene, "-v");
    let answer = get(port, "/v2/registry.example/app/manifests/1.0.0", "").unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    let names = get(port, "/v2/_catalog", "").unwrap();
    assert!(names.ends_with(r#"{"repositories":["registry.example/app"]}"#), "{names}");
    running.interrupt();
    let output = running.wait().expect_success();
    assert_eq!(output.stdout(), format!("http://127.0.0.1:{port}\n"));
    assert!(output.stderr().contains("(to read only); ^C ends it"), "{}", output.stderr());
    assert!(
        output.stderr().contains("200 GET /v2/registry.example/app/manifests/1.0.0"),
        "{}",
        output.stderr()
    );
}

#[test]
fn programs_are_told_where_it_listens() {
    let scene = Scene::tagged();
    let (running, port) = serving(&scene, "-o json --writable --user ada");
    assert!(get(port, "/v2/", "").unwrap().starts_with("HTTP/1.1 401"));
    // ada:loadline
    let good = "Authorization: Basic YWRhOmxvYWRsaW5l\r\n";
    assert!(get(port, "/v2/", good).unwrap().starts_with("HTTP/1.1 200"));
    running.terminate();
    let output = running.wait().expect_success();
    let said: serde_json::Value = serde_json::from_str(output.stdout()).unwrap();
    assert_eq!(said["schema"], "plimsoll.serving/v1");
    assert_eq!(said["url"], format!("http://127.0.0.1:{port}"));
    assert_eq!(said["writable"], true);
}

#[test]
fn what_it_needs_is_said() {
    let scene = Scene::tagged();
    assert_snapshot!(scene.show("registry serve --user ada"), @r"
    exit 2
    --- stderr
    error[usage]: `--user` is given, but PLIMSOLL_REGISTRY_PASSWORD is not set
     |
     = help: put the password into the variable PLIMSOLL_REGISTRY_PASSWORD, or name a file with `--htpasswd`
    ");
    std::fs::write(scene.repo.path().join("users"), "ada:plain\n").unwrap();
    assert_snapshot!(scene.show("registry serve --htpasswd users"), @r"
    exit 2
    --- stderr
    error[invalid-value]: the password of `ada` in line 1 is not hashed with bcrypt: `htpasswd -B` does that
    --> users
    ");
    assert_snapshot!(scene.show("registry serve --tls-certificate users --tls-key users"), @r"
    exit 2
    --- stderr
    error[invalid-value]: the certificate can't be used: there is none in the file
    --> users
     = help: both files are PEM, the server's own certificate first in its chain
    ");
    assert_snapshot!(scene.show("registry serve --tls-certificate users"), @r"
    exit 2
    --- stderr
    error: the following required arguments were not provided:
      --tls-key <FILE>

    Usage: plimsoll registry serve --tls-certificate <FILE> --tls-key <FILE> --no-progress

    For more information, try '--help'.
    ");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let line = format!("registry serve --listen {}", taken.local_addr().unwrap());
    assert_eq!(scene.error(&line), ("file-system".into(), Some(8)));
}

#[test]
fn garbage_goes_and_releases_stay() {
    let scene = Scene::released();
    let blobs = scene.repo.path().join(".plimsoll/registry/registry.example/app/blobs/sha256");
    let loose = blobs.join(Digest::of(b"loose").hex());
    std::fs::write(&loose, "loose").unwrap();
    assert_snapshot!(scene.show("registry gc"), @r"
    exit 0
    --- stdout
    nothing to remove
    ");
    assert!(loose.exists(), "it is younger than a day");
    let before = scene.files(".plimsoll/registry").len();
    assert_snapshot!(scene.show("registry gc --grace 0s"), @r"
    exit 0
    --- stdout
    registry.example/app: 1 removed (5 bytes), 8 kept
    1 removed, 5 bytes
    ");
    assert!(!loose.exists());
    assert_eq!(scene.files(".plimsoll/registry").len(), before - 1);
    scene.run("verify 1.0.0 --local").expect_success();
    assert_eq!(scene.json("registry gc --grace 0s")["removed"], 0);
    // Not even without its tags, since its record names it.
    let index = scene.repo.path().join(".plimsoll/registry/registry.example/app/index.json");
    let empty = r#"{"schemaVersion":2,"manifests":[]}"#;
    std::fs::write(&index, empty).unwrap();
    assert!(scene.json("registry gc --grace 0s")["removed"].as_u64().unwrap() < 4);
    scene.run("release v1.0.0 --local").expect_success();
    scene.run("verify 1.0.0 --local").expect_success();
    assert_snapshot!(scene.show("registry gc --grace soon"), @r"
    exit 2
    --- stderr
    error: invalid value 'soon' for '--grace <TIME>': write a number and s, m, h or d: `90m`, `7d`

    For more information, try '--help'.
    ");
}
