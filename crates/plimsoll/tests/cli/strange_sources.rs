//! A configuration that names a host: a stranger's as often as not, it gets none of the user's credentials.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use crate::scene::{CONFIG, Scene};

/// A host that asks everybody for a password, and keeps what it is told.
struct Asking {
    address: String,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Asking {
    fn start() -> Asking {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it is bound").to_string();
        let heard: Arc<Mutex<Vec<String>>> = Arc::default();
        let keep = Arc::clone(&heard);
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let Ok(mut connection) = connection else { continue };
                let mut request = Vec::new();
                let mut piece = [0; 4096];
                while !request.windows(4).any(|end| end == b"\r\n\r\n") {
                    match connection.read(&mut piece) {
                        Ok(count) if count > 0 => request.extend(piece.iter().take(count)),
                        _ => break,
                    }
                }
                let text = String::from_utf8_lossy(&request).into_owned();
                keep.lock().expect("nobody panics with it").push(text);
                let answer = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
                let _ = connection.write_all(answer.as_bytes());
            }
        });
        Asking { address, heard }
    }

    fn heard(&self) -> String {
        self.heard.lock().expect("nobody panics with it").join("\n").to_ascii_lowercase()
    }
}

/// A project whose configuration names the host, on a machine with credentials for everybody.
fn scene(host: &Asking) -> Scene {
    let source = format!("[project]\nsource = \"http://{}/other/app\"\n", host.address);
    let scene = Scene::with_config(&CONFIG.replace("[project]\n", &source));
    scene.repo.git([
        "config",
        "credential.helper",
        "!f() { echo username=helped; echo password=s3cret; }; f",
    ]);
    scene.repo.git(["config", "http.extraheader", "X-Token: s3cret"]);
    scene.repo.write("ask.sh", "#!/bin/sh\necho asked >> \"$0.ran\"\necho s3cret\n");
    let ask = scene.repo.path().join("ask.sh");
    std::process::Command::new("chmod").arg("755").arg(&ask).status().expect("chmod is there");
    scene
}

fn run(scene: &Scene, line: &str) {
    let ask = scene.repo.path().join("ask.sh");
    scene.plimsoll(line).set("GIT_ASKPASS", &ask).set("SSH_ASKPASS", &ask).run();
}

#[test]
fn a_host_that_only_the_configuration_names_is_shown_no_credentials() {
    let host = Asking::start();
    let scene = scene(&host);
    scene.repo.remote("origin", "https://forge.example/acme/app.git");
    for line in ["status", "list", "verify v1.0.0", "doctor"] {
        run(&scene, line);
    }
    let heard = host.heard();
    assert!(heard.contains("/other/app/info/refs"), "the host is asked: {heard}");
    assert!(!heard.contains("authorization:") && !heard.contains("x-token:"), "{heard}");
    assert!(!scene.has("ask.sh.ran"), "nobody is asked for a password");
}

#[test]
fn a_host_that_the_user_has_set_up_is() {
    for by_remote in [true, false] {
        let host = Asking::start();
        let scene = scene(&host);
        let own = format!("http://{}", host.address);
        match by_remote {
            true => _ = scene.repo.remote("upstream", &format!("{own}/acme/app.git")),
            false => _ = scene.repo.git(["config", &format!("http.{own}/.extraheader"), "X-Own: yes"]),
        };
        run(&scene, "status");
        assert!(host.heard().contains("authorization: basic"), "{by_remote}: {}", host.heard());
    }
}
