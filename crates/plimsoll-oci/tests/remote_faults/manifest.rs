//! Reading, writing and deleting manifests.

use std::sync::{Arc, Mutex};

use plimsoll_oci::model::MANIFEST_LIMIT;
use plimsoll_oci::name::{Digest, ImageTag};
use plimsoll_oci::remote::Access;
use plimsoll_oci::store::{Prune, Pull, Store, StoreError};
use plimsoll_testkit::fault_registry::wire::{Answer, Delivery, Head, WireServer};
use plimsoll_testkit::fault_registry::{Door, Effect, FaultRegistry, Habits};

use crate::support::{SETTINGS, artifact, client, configured, good_login, open, repository};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

fn start() -> FaultRegistry {
    FaultRegistry::start(Habits::default())
}

fn tag(text: &str) -> ImageTag {
    text.parse().unwrap()
}

#[tokio::test]
async fn what_is_put_is_got_byte_for_byte() {
    let (registry, manifest) = (start(), artifact("x/y", None, "one"));
    let a = open(&registry, "a");
    a.put_manifest(&manifest).await.unwrap();
    a.point(&tag("v1"), manifest.digest(), None).await.unwrap();
    assert_eq!(registry.manifest("a", "v1").as_deref(), Some(manifest.bytes().as_ref()));
    let puts = format!("PUT a/manifests/{}", manifest.digest());
    assert_eq!(
        registry.lines(),
        [puts.as_str(), "PUT a/manifests/v1"],
        "nothing is fetched to point a tag at it"
    );
    let other = open(&registry, "a");
    assert_eq!(other.resolve(&tag("v1")).await.unwrap().as_ref(), Some(manifest.descriptor()));
    let got = other.manifest(manifest.digest()).await.unwrap().unwrap();
    assert_eq!(got.bytes(), manifest.bytes());
}

#[tokio::test]
async fn what_is_not_there_is_none() {
    let (registry, manifest) = (start(), artifact("x/y", None, "one"));
    let a = open(&registry, "a");
    assert!(a.manifest(manifest.digest()).await.unwrap().is_none());
    assert!(a.resolve(&tag("v1")).await.unwrap().is_none());
    let failure = a.point(&tag("v1"), manifest.digest(), None).await.unwrap_err();
    assert!(matches!(failure, StoreError::Missing { .. }), "{failure:?}");
}

#[tokio::test]
async fn what_is_an_index_to_some_and_an_image_to_others_is_neither() {
    let empty = r#"{"mediaType":"application/vnd.oci.empty.v1+json","size":2,
        "digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"}"#;
    let index = "application/vnd.oci.image.index.v1+json";
    let image = format!(r#""config":{empty},"layers":[{empty}]"#);
    let cases = [
        (MANIFEST, format!(r#"{image},"manifests":[]"#), false),
        (index, format!(r#"{image},"manifests":[]"#), false),
        (index, format!(r#""config":{empty},"manifests":[]"#), false),
        (index, r#""layers":[],"manifests":[]"#.to_owned(), false),
        // Absent is absent, however it is written.
        (MANIFEST, format!(r#"{image},"manifests":null"#), true),
        (index, r#""manifests":[],"config":null,"layers":null"#.to_owned(), true),
    ];
    for (kind, fields, is_one) in cases {
        for says in [format!(r#""mediaType":"{kind}","#), String::new()] {
            let text = format!(r#"{{"schemaVersion":2,{says}{fields}}}"#);
            let registry = start();
            registry.put_manifest("a", "v1", kind, text.as_bytes());
            let digest = Digest::of(text.as_bytes());
            match open(&registry, "a").manifest(&digest).await {
                Ok(Some(_)) => assert!(is_one, "{text}"),
                Err(StoreError::Model(_)) => assert!(!is_one, "{text}"),
                other => panic!("{text}: {other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn a_tag_that_points_there_already_is_left_alone() {
    let (registry, manifest) = (start(), artifact("x/y", None, "one"));
    open(&registry, "a").point(&tag("v1"), manifest.digest(), Some(manifest.digest())).await.unwrap();
    assert!(registry.lines().is_empty());
}

#[tokio::test]
async fn another_manifest_under_a_digest_is_a_lie() {
    let (registry, want) = (start(), artifact("x/y", None, "one"));
    let other = artifact("x/y", None, "two");
    let header = want.digest().to_string();
    let body = other.bytes().clone();
    let lie = Effect::rewrite(move |_| {
        Answer::status(200)
            .header("Content-Type", MANIFEST)
            .header("Docker-Content-Digest", &header)
            .body(body.clone())
    });
    registry.fault("GET", "/manifests/", 0, 9, lie);
    let a = open(&registry, "a");
    let failure = a.manifest(want.digest()).await.unwrap_err();
    assert!(matches!(&failure, StoreError::Lies { found, .. } if found == other.digest()), "{failure:?}");
    let resolved = a.resolve(&tag("v1")).await.unwrap().unwrap();
    assert_eq!(
        resolved.digest,
        *other.digest(),
        "the digest of a tag is that of the bytes, not of the header"
    );
}

#[tokio::test]
async fn headers_may_be_missing() {
    let (registry, manifest) = (start(), artifact("x/y", None, "one"));
    let body = manifest.bytes().clone();
    registry.fault(
        "GET",
        "/manifests/",
        0,
        9,
        Effect::rewrite(move |_| Answer::status(200).body(body.clone())),
    );
    let got = open(&registry, "a").manifest(manifest.digest()).await.unwrap().unwrap();
    assert_eq!(got.descriptor(), manifest.descriptor());
    let bare = Effect::rewrite(|answer| Answer { headers: vec![], ..answer });
    registry.fault("PUT", "/manifests/", 0, 9, bare);
    open(&registry, "a").put_manifest(&manifest).await.unwrap();
}

#[tokio::test]
async fn what_is_no_manifest_is_refused() {
    let cut = artifact("x/y", None, "one").bytes().slice(..100);
    let huge = vec![b' '; usize::try_from(MANIFEST_LIMIT).unwrap() + 1];
    let page = "<!DOCTYPE html><html></html>";
    let answer = |body: &[u8]| Answer::status(200).header("Content-Type", MANIFEST).body(body);
    type Wanted = fn(&StoreError) -> bool;
    let cases: [(Answer, Wanted); 6] = [
        (answer(&cut), |error| matches!(error, StoreError::Model(_))),
        (answer(b""), |error| matches!(error, StoreError::Model(_))),
        (answer(&huge), |error| matches!(error, StoreError::TooLarge { limit: MANIFEST_LIMIT, .. })),
        (answer(&huge).delivered(Delivery::Unannounced), |error| {
            matches!(error, StoreError::TooLarge { limit: MANIFEST_LIMIT, .. })
        }),
        (answer(page.as_bytes()), |error| matches!(error, StoreError::NotARegistry { .. })),
        (Answer { status: 404, ..answer(page.as_bytes()) }, |error| {
            matches!(error, StoreError::NotARegistry { .. })
        }),
    ];
    for (answer, wanted) in cases {
        let registry = start();
        registry.fault("GET", "/manifests/", 0, 9, Effect::Instead(answer.clone()));
        let failure = open(&registry, "a").resolve(&tag("v1")).await.unwrap_err();
        assert!(wanted(&failure), "{failure:?}");
    }
}

#[tokio::test]
async fn a_tag_on_something_that_nobody_understands_is_known_by_its_digest() {
    let strange = br#"{"schemaVersion":1,"name":"a","fsLayers":[]}"#;
    let signed = "application/vnd.docker.distribution.manifest.v1+prettyjws";
    let bytes = artifact("x/y", None, "one").bytes().slice(..100);
    let digest = Digest::of(&bytes).to_string();
    let served = |body: &[u8]| Answer::status(200).header("Content-Type", signed).body(body);
    let cases = [
        (served(strange), Some(Digest::of(strange))),
        (served(&bytes).header("Docker-Content-Digest", &digest), Some(Digest::of(&bytes))),
        (served(&bytes).header("Docker-Content-Digest", Digest::of(strange).to_string()), None),
        (served(&bytes), None),
    ];
    for (answer, want) in cases {
        let registry = start();
        registry.fault("GET", "/manifests/", 0, 9, Effect::Instead(answer));
        let a = open(&registry, "a");
        let resolved = a.resolve(&tag("v1")).await;
        assert_eq!(resolved.as_ref().ok().map(|found| found.clone().unwrap().digest), want, "{resolved:?}");
        if let Ok(Some(found)) = resolved {
            assert_eq!(found.media_type.as_str(), signed);
            let unread = a.manifest(&found.digest).await.unwrap_err();
            assert!(matches!(unread, StoreError::Model(_)), "{unread:?}");
        }
    }
}

#[tokio::test]
async fn a_manifest_that_breaks_off_is_fetched_again() {
    let (registry, manifest) = (start(), artifact("x/y", None, "one"));
    registry.put_manifest("a", "v1", MANIFEST, manifest.bytes());
    let cut = Effect::rewrite(|answer: Answer| answer.delivered(Delivery::CutAfter(50)));
    registry.fault("GET", "/manifests/", 0, 2, cut);
    let resolved = open(&registry, "a").resolve(&tag("v1")).await.unwrap().unwrap();
    assert_eq!(resolved, *manifest.descriptor());
}

#[tokio::test]
async fn a_put_whose_answer_is_lost_is_sent_again() {
    let (registry, manifest) = (start(), artifact("x/y", None, "one"));
    registry.fault("PUT", "/manifests/", 0, 1, Effect::rewrite(|answer| answer.delivered(Delivery::Lost)));
    open(&registry, "a").put_manifest(&manifest).await.unwrap();
    assert_eq!(registry.count("PUT", "/manifests/"), 2);
}

#[tokio::test]
async fn refusals_keep_what_the_registry_said() {
    let (registry, manifest) = (start(), artifact("x/y", None, "one"));
    let body =
        r#"{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN","message":"blob unknown to registry","detail":{}}]}"#;
    registry.fault("PUT", "/manifests/", 0, 9, Effect::Instead(Answer::status(404).body(body)));
    let failure = open(&registry, "a").put_manifest(&manifest).await.unwrap_err();
    let StoreError::Rejected { status: 404, message, .. } = &failure else { panic!("{failure:?}") };
    assert_eq!(message, "MANIFEST_BLOB_UNKNOWN: blob unknown to registry");
    assert!(!failure.is_temporary());
}

#[tokio::test]
async fn a_success_that_is_none_is_not_believed() {
    let manifest = artifact("x/y", None, "one");
    for status in [200, 202, 204] {
        let registry = start();
        registry.fault("PUT", "/manifests/", 0, 9, Effect::Instead(Answer::status(status)));
        let failure = open(&registry, "a").put_manifest(&manifest).await.unwrap_err();
        assert!(matches!(failure, StoreError::NotARegistry { .. }), "{status}: {failure:?}");
    }
}

#[tokio::test]
async fn every_vendors_immutable_tag_is_one_error() {
    let said =
        |code: &str, message: &str| format!(r#"{{"errors":[{{"code":"{code}","message":"{message}"}}]}}"#);
    let cases = [
        (409, said("TAG_IMMUTABLE", "tag is immutable and cannot be overwritten")),
        (412, said("PRECONDITION", "Failed to process request due to 'v1' configured as immutable.")),
        (
            400,
            said(
                "TAG_INVALID",
                "The image tag 'v1' already exists in the 'a' repository and cannot be overwritten because the \
                 repository is immutable.",
            ),
        ),
        (400, said("MANIFEST_INVALID", "cannot update tag v1. The repository has enabled tag immutability")),
        (403, said("DENIED", "tag v1 is immutable")),
    ];
    let manifest = artifact("x/y", None, "one");
    for (status, body) in cases {
        let registry = start();
        let a = open(&registry, "a");
        a.put_manifest(&manifest).await.unwrap();
        registry.fault(
            "PUT",
            "/manifests/v1",
            0,
            9,
            Effect::Instead(Answer::status(status).body(body.clone())),
        );
        let failure = a.point(&tag("v1"), manifest.digest(), None).await.unwrap_err();
        assert!(matches!(failure, StoreError::Immutable { .. }), "{body}: {failure:?}");
        // What is there under the tag is what we would write: nothing to do.
        registry.put_manifest("a", "v1", MANIFEST, manifest.bytes());
        a.point(&tag("v1"), manifest.digest(), None).await.unwrap();
    }
}

#[tokio::test]
async fn a_redirect_to_another_host_gets_no_credential() {
    let manifest = artifact("x/y", None, "one");
    let heard: Arc<Mutex<Vec<Option<String>>>> = Arc::default();
    let (ears, body) = (Arc::clone(&heard), manifest.bytes().clone());
    let other = WireServer::start(move |head: &Head, _: &[u8]| {
        ears.lock().unwrap().push(head.header("authorization").map(str::to_owned));
        Answer::status(200).header("Content-Type", MANIFEST).body(body.clone())
    });
    let registry = FaultRegistry::start(Habits { door: Door::Basic, ..Habits::default() });
    registry.put_manifest("a", "v1", MANIFEST, manifest.bytes());
    let elsewhere = other.url("/manifest");
    let there = Effect::rewrite(move |answer| match answer.status {
        200 => Answer::status(302).header("Location", &elsewhere),
        _ => answer,
    });
    registry.fault("GET", "/manifests/", 0, 9, there);
    let (remote, _) = client(configured(&registry, Some(good_login())), SETTINGS);
    let a = repository(&remote, &registry, "a", Access::Pull);
    assert_eq!(a.resolve(&tag("v1")).await.unwrap().as_ref(), Some(manifest.descriptor()));
    assert_eq!(*heard.lock().unwrap(), [None]);
}

#[tokio::test]
async fn what_is_removed_is_gone_and_may_be_removed_again() {
    let (registry, manifest) = (start(), artifact("x/y", None, "one"));
    let a = open(&registry, "a");
    a.put_manifest(&manifest).await.unwrap();
    a.point(&tag("v1"), manifest.digest(), None).await.unwrap();
    for _ in 0..2 {
        a.remove_tag(&tag("v1")).await.unwrap();
    }
    assert!(a.resolve(&tag("v1")).await.unwrap().is_none());
    for _ in 0..2 {
        a.remove_manifest(manifest.digest()).await.unwrap();
    }
    assert!(a.manifest(manifest.digest()).await.unwrap().is_none());
}
