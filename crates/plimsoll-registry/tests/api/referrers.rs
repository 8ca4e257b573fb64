//! What refers to a manifest.

use plimsoll_oci::name::{Algorithm, Digest};

use crate::client::{IMAGE, INDEX, Server, digest_of, image, index};

fn subject(digest: &Digest) -> String {
    format!(r#","subject":{{"mediaType":"{IMAGE}","digest":"{digest}","size":1}}"#)
}

#[test]
fn a_list_that_is_long_in_bytes_comes_in_pages_that_clients_read() {
    const MOST: usize = 4 * 1024 * 1024;
    let server = Server::writable();
    let of = Digest::of(b"not there");
    let annotated = |n: usize, length: usize| {
        let text = image(&format!(
            r#"{},"artifactType":"a/{}","annotations":{{"n":"{n}","long":"{}"}}"#,
            subject(&of),
            n % 2,
            "x".repeat(length)
        ));
        let digest = Digest::of(text.as_bytes()).to_string();
        server.push("app", &digest, IMAGE, &text).expect(201);
        digest
    };
    let mut pushed: Vec<String> = (0..9).map(|n| annotated(n, 1 << 20)).collect();
    let large = annotated(9, MOST - 700);
    pushed.push(large.clone());
    pushed.sort();
    for (kind, wanted) in [("", 10), ("?artifactType=a%2F1", 5)] {
        let mut path = format!("/v2/app/referrers/{of}{kind}");
        let (mut found, mut pages) = (Vec::new(), 0);
        loop {
            let reply = server.get(&path).expect(200);
            assert!(reply.body.len() <= MOST, "{} bytes", reply.body.len());
            let body = reply.json();
            let entries = body["manifests"].as_array().unwrap();
            assert!(!entries.is_empty());
            for entry in entries {
                let digest = entry["digest"].as_str().unwrap().to_owned();
                assert_eq!(entry["annotations"].is_null(), digest == large, "{digest}");
                found.push(digest);
            }
            pages += 1;
            let Some(next) = reply.find("link") else { break };
            path = next.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap().to_owned();
            assert_eq!(path.contains("artifactType=a%2F1"), !kind.is_empty(), "{path}");
        }
        assert_eq!(found.len(), wanted, "{kind}");
        assert!(pages > 1 && pages <= 5, "{pages}");
        assert!(found.is_sorted() && found.iter().all(|one| pushed.contains(one)));
    }
}

/// What is listed, as digest and artifact type, in order.
#[track_caller]
fn listed(server: &Server, path: &str) -> Vec<(String, String)> {
    let reply = server.get(path).expect(200);
    assert_eq!(reply.header("content-type"), INDEX);
    let body = reply.json();
    assert_eq!((&body["schemaVersion"], &body["mediaType"]), (&2.into(), &INDEX.into()));
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let manifests = body["manifests"].as_array().unwrap().iter();
    let mut found: Vec<_> = manifests.map(|one| (text(&one["digest"]), text(&one["artifactType"]))).collect();
    found.sort();
    found
}

#[test]
fn referrers_are_listed_whether_their_subject_is_there_or_not() {
    let server = Server::writable();
    for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
        let of = digest_of(algorithm, b"not there");
        let path = format!("/v2/app/referrers/{of}");
        assert_eq!(listed(&server, &path), []);
        let subject = subject(&of);
        let pushed = [
            ("untagged", IMAGE, image(&subject), "application/vnd.oci.empty.v1+json"),
            (
                "typed",
                IMAGE,
                image(&format!(r#"{subject},"artifactType":"a/one","annotations":{{"k":"v"}}"#)),
                "a/one",
            ),
            ("other", IMAGE, image(&format!(r#"{subject},"artifactType":"a/two""#)), "a/two"),
            ("index", INDEX, index(&[], &format!(r#"{subject},"artifactType":"a/one""#)), "a/one"),
            ("plain-index", INDEX, index(&[], &subject), ""),
        ];
        let mut wanted = Vec::new();
        for (name, media_type, text, kind) in &pushed {
            let digest = Digest::of(text.as_bytes()).to_string();
            let reference =
                if *name == "untagged" { digest.clone() } else { format!("{name}-{}", algorithm.name()) };
            let reply = server.push("app", &reference, media_type, text).expect(201);
            assert_eq!(reply.header("oci-subject"), of.to_string(), "{name}");
            wanted.push((digest, (*kind).to_owned()));
        }
        wanted.sort();
        assert_eq!(listed(&server, &path), wanted);
        for kind in ["a/one", "a/two", "a/none"] {
            let filtered = format!("{path}?artifactType={}", kind.replace('/', "%2F"));
            let wanted: Vec<_> = wanted.iter().filter(|(_, found)| found == kind).cloned().collect();
            assert_eq!(listed(&server, &filtered), wanted, "{kind}");
            assert_eq!(server.get(&filtered).header("oci-filters-applied"), "artifactType");
        }
        assert_eq!(server.get(&path).find("oci-filters-applied"), None);
        let body = server.get(&path).json();
        let annotated =
            body["manifests"].as_array().unwrap().iter().find(|one| one["annotations"]["k"] == "v");
        assert!(annotated.is_some(), "{body}");

        let gone = wanted.pop().unwrap();
        server.delete(&format!("/v2/app/manifests/{}", gone.0)).expect(202);
        assert_eq!(listed(&server, &path), wanted);
    }
    // A tag that goes does not take the referrer along.
    server.delete("/v2/app/manifests/typed-sha256").expect(202);
    let of = Digest::of(b"not there");
    assert_eq!(listed(&server, &format!("/v2/app/referrers/{of}")).len(), 4);
    server.get("/v2/app/referrers/sha256:1").refused(400, "DIGEST_INVALID");
    assert_eq!(listed(&server, &format!("/v2/no/such/referrers/{of}")), []);
}
