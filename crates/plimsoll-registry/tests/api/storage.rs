//! The folder below: others use it, servers come and go.

use std::thread;

use plimsoll_oci::layout::LocalRegistry;
use plimsoll_oci::name::{Digest, ImageTag};
use plimsoll_oci::store::Pull as _;

use crate::client::{IMAGE, Server, image};

#[test]
fn two_servers_of_one_folder_are_one_registry() {
    let one = Server::writable();
    let two = one.beside();
    thread::scope(|scope| {
        for (number, server) in [&one, &two, &one, &two].into_iter().enumerate() {
            scope.spawn(move || {
                for round in 0..10 {
                    let blob = format!("layer {round}");
                    let digest = server.push_blob("app", blob.as_bytes());
                    let text = image(&format!(
                        r#","annotations":{{"by":"{number}","round":"{round}","layer":"{digest}"}}"#
                    ));
                    server.push("app", &format!("v{number}-{round}"), IMAGE, &text).expect(201);
                    server.push("app", "latest", IMAGE, &text).expect(201);
                }
            });
        }
    });
    for server in [&one, &two] {
        let tags = server.get("/v2/app/tags/list").expect(200).json();
        assert_eq!(tags["tags"].as_array().unwrap().len(), 41);
        let latest = server.get("/v2/app/manifests/latest").expect(200);
        assert_eq!(latest.header("docker-content-digest"), Digest::of(&latest.body).to_string());
    }
}

#[test]
fn a_restart_keeps_everything_but_open_uploads() {
    let before = Server::writable();
    let text = image("");
    before.push("app", "v1", IMAGE, &text).expect(201);
    let digest = before.push_blob("app", b"kept");
    let upload = before.open_upload("app");
    before.send("PATCH", &upload, &[], b"half").expect(202);
    let after = before.beside();
    assert_eq!(after.get("/v2/app/manifests/v1").expect(200).body, text.as_bytes());
    after.get(&format!("/v2/app/blobs/{digest}")).expect(200);
    after.get(&upload).refused(404, "BLOB_UPLOAD_UNKNOWN");
    // The other server's upload goes on: nobody has swept its file away.
    after.push_blob("app", b"more");
    before.send("PUT", &format!("{upload}?digest={}", Digest::of(b"halfdone")), &[], b"done").expect(201);
}

#[tokio::test]
async fn what_is_pushed_is_an_image_layout() {
    let server = Server::writable();
    let text = image("");
    server.push_blob("acme/app", b"{}");
    server.push("acme/app", "v1", IMAGE, &text).expect(201);
    let registry = LocalRegistry::open(server.folder());
    let repository = registry.repository(&"localhost/acme/app".parse().unwrap());
    let tag: ImageTag = "v1".parse().unwrap();
    let found = repository.resolve(&tag).await.unwrap().unwrap();
    assert_eq!(found.digest, Digest::of(text.as_bytes()));
    let missing = plimsoll_oci::walk::whole(&repository, &found.digest).await.unwrap();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn a_folder_that_is_removed_is_not_missed() {
    let server = Server::writable();
    server.push("app", "v1", IMAGE, &image("")).expect(201);
    server.get("/v2/app/manifests/v1").expect(200);
    std::fs::remove_dir_all(server.folder().join("localhost")).unwrap();
    server.get("/v2/app/manifests/v1").refused(404, "MANIFEST_UNKNOWN");
    server.push("app", "v1", IMAGE, &image("")).expect(201);
    server.get("/v2/app/manifests/v1").expect(200);
}

#[test]
fn what_breaks_inside_is_not_told_to_clients() {
    let server = Server::writable();
    server.push("app", "v1", IMAGE, &image("")).expect(201);
    std::fs::write(server.folder().join("localhost/app/index.json"), "{").unwrap();
    let reply = server.get("/v2/app/manifests/v1").refused(500, "UNKNOWN");
    let body = String::from_utf8(reply.body).unwrap();
    assert!(!body.contains(&server.folder().display().to_string()), "{body}");
}
