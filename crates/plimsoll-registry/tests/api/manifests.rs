//! Manifests and tags.

use plimsoll_oci::name::{Algorithm, Digest};

use crate::client::{IMAGE, INDEX, Reply, Server, digest_of, image, index};

/// What was pushed is served as it was, by each of these names.
#[track_caller]
fn serves(server: &Server, names: &[&str], media_type: &str, text: &str, digest: &str) {
    for name in names {
        let path = format!("/v2/app/manifests/{name}");
        let got = server.get(&path).expect(200);
        assert_eq!(got.body, text.as_bytes(), "{name}");
        for reply in [got, server.head(&path).expect(200)] {
            assert_eq!(reply.header("content-type"), media_type, "{name}");
            assert_eq!(reply.header("content-length"), text.len().to_string(), "{name}");
            assert_eq!(reply.header("docker-content-digest"), digest, "{name}");
        }
    }
}

#[test]
fn every_kind_is_kept_byte_for_byte() {
    let server = Server::writable();
    let foreign = format!(r#","annotations":{{"a":"{}"}}"#, "A".repeat(3_900_000));
    let missing = Digest::of(b"nowhere");
    let layer = |urls: &str| {
        image("").replace(
            r#""layers":[]"#,
            &format!(
                r#""layers":[{{"mediaType":"application/vnd.oci.image.layer.nondistributable.v1.tar","digest":"{missing}","size":7{urls}}}]"#
            ),
        )
    };
    let plain = image("");
    let cases = [
        ("plain", IMAGE, plain.clone()),
        ("large", IMAGE, image(&foreign)),
        ("spaced", IMAGE, format!("{plain}\n  \n")),
        ("custom", IMAGE, image(r#","org.example.field":{"x":[1,2]}"#)),
        ("data", IMAGE, image("").replace(r#""size":2"#, r#""size":2,"data":"e30=""#)),
        ("elsewhere", IMAGE, layer(r#","urls":["https://store.example.com/x"]"#)),
        ("sparse", IMAGE, layer("")),
        ("empty", INDEX, index(&[], "")),
        ("index", INDEX, index(&[&plain], "")),
        ("half", INDEX, index(&[&plain, "not pushed"], "")),
        ("untyped", IMAGE, plain.replace(&format!(r#""mediaType":"{IMAGE}","#), "")),
        (
            "docker",
            "application/vnd.docker.distribution.manifest.v2+json",
            plain.replace(IMAGE, "application/vnd.docker.distribution.manifest.v2+json"),
        ),
    ];
    for (tag, media_type, text) in &cases {
        for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
            let digest = digest_of(algorithm, text.as_bytes()).to_string();
            let reply = server.push("app", &digest, media_type, text).expect(201);
            assert_eq!(reply.header("docker-content-digest"), digest, "{tag}");
            assert_eq!(server.get(&reply.header("location")).expect(200).body, text.as_bytes(), "{tag}");
            serves(&server, &[&digest], media_type, text, &digest);
        }
        server.push("app", tag, media_type, text).expect(201);
        let digest = Digest::of(text.as_bytes()).to_string();
        serves(&server, &[tag, &digest], media_type, text, &digest);
    }
    let tags = server.get("/v2/app/tags/list").expect(200).json();
    assert_eq!(tags["tags"].as_array().unwrap().len(), cases.len());
}

#[test]
fn one_push_can_set_many_tags() {
    let server = Server::writable();
    for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
        let text = image("");
        let digest = digest_of(algorithm, text.as_bytes()).to_string();
        let name = algorithm.name();
        let reference = format!("{digest}?tag={name}-1&tag={name}-2&tag={name}-3");
        let reply = server.push("app", &reference, IMAGE, &text).expect(201);
        let said: Vec<&str> = reply
            .headers
            .iter()
            .filter(|(header, _)| header == "oci-tag")
            .map(|(_, tag)| tag.as_str())
            .collect();
        let tags = [1, 2, 3].map(|number| format!("{name}-{number}"));
        assert_eq!(said, tags);
        serves(&server, &tags.each_ref().map(String::as_str), IMAGE, &text, &digest);
    }
    let many: String = (0..101).map(|number| format!("tag=t{number}&")).collect();
    server.push("app", &format!("{}?{many}", Digest::of(b"")), IMAGE, "").expect(414);
    let digest = Digest::of(image("").as_bytes());
    server.push("app", &format!("{digest}?tag=.x"), IMAGE, &image("")).refused(400, "MANIFEST_INVALID");
}

#[test]
fn what_is_no_manifest_is_refused() {
    let server = Server::writable();
    let text = image("");
    let digest = Digest::of(text.as_bytes()).to_string();
    let push = |reference: &str, media_type: &str, text: &str| -> Reply {
        server.push("app", reference, media_type, text)
    };
    push(&digest, IMAGE, &format!("{text}  ")).refused(400, "DIGEST_INVALID");
    push("sha256:baddigeststring", IMAGE, &text).refused(400, "DIGEST_INVALID");
    push(".bad", IMAGE, &text).refused(400, "MANIFEST_INVALID");
    push("v1", IMAGE, "{").refused(400, "MANIFEST_INVALID");
    push("v1", INDEX, &text).refused(400, "MANIFEST_INVALID");
    push("v1", IMAGE, r#"{"schemaVersion":1}"#).refused(400, "MANIFEST_INVALID");
    push("v1", IMAGE, &image(&format!(r#","x":"{}""#, "x".repeat(4 << 20)))).refused(413, "SIZE_INVALID");
    // It would be served as something else than it was pushed as.
    let untyped = text.replace(&format!(r#""mediaType":"{IMAGE}","#), "");
    push("v1", "application/vnd.docker.distribution.manifest.v2+json", &untyped)
        .refused(400, "MANIFEST_INVALID");
    server.get("/v2/app/manifests/v1").refused(404, "MANIFEST_UNKNOWN");
    server.get(&format!("/v2/app/manifests/{digest}")).refused(404, "MANIFEST_UNKNOWN");
    server.get("/v2/app/manifests/sha256:baddigeststring").refused(400, "DIGEST_INVALID");
    // A blob is no manifest.
    let blob = server.push_blob("app", b"text");
    server.get(&format!("/v2/app/manifests/{blob}")).refused(404, "MANIFEST_UNKNOWN");
}

#[test]
fn tags_move_and_go() {
    let server = Server::writable();
    let (one, two) = (image(r#","annotations":{"n":"1"}"#), image(r#","annotations":{"n":"2"}"#));
    let digest = |text: &str| Digest::of(text.as_bytes()).to_string();
    server.push("app", "latest", IMAGE, &one).expect(201);
    server.push("app", "latest", IMAGE, &two).expect(201);
    server.push("app", "v2", IMAGE, &two).expect(201);
    assert_eq!(server.head("/v2/app/manifests/latest").header("docker-content-digest"), digest(&two));
    // The old one is there by its digest.
    server.head(&format!("/v2/app/manifests/{}", digest(&one))).expect(200);

    server.delete("/v2/app/manifests/latest").expect(202);
    server.delete("/v2/app/manifests/latest").refused(404, "MANIFEST_UNKNOWN");
    server.head("/v2/app/manifests/latest").expect(404);
    server.head("/v2/app/manifests/v2").expect(200);
    server.head(&format!("/v2/app/manifests/{}", digest(&two))).expect(200);

    server.delete(&format!("/v2/app/manifests/{}", digest(&two))).expect(202);
    server.head("/v2/app/manifests/v2").expect(404);
    server.head(&format!("/v2/app/manifests/{}", digest(&two))).expect(404);
    server.delete(&format!("/v2/app/manifests/{}", digest(&two))).refused(404, "MANIFEST_UNKNOWN");
}
