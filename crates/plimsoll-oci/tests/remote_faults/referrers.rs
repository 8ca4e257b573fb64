//! What refers to a manifest, with the API and without.

use std::sync::Arc;

use futures_util::future::join_all;
use plimsoll_oci::model::{Manifest, MediaType};
use plimsoll_oci::remote::RemoteRepository;
use plimsoll_oci::store::{Prune, Pull, Store, StoreError};
use plimsoll_testkit::fault_registry::wire::Answer;
use plimsoll_testkit::fault_registry::{Effect, FaultRegistry, Habits, Referrers, Tags, Vendor};

use crate::support::{artifact, open};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const KIND: MediaType = MediaType::literal("application/vnd.example.sbom");

pub(crate) fn start(referrers: Referrers) -> FaultRegistry {
    FaultRegistry::start(Habits { referrers, ..Habits::default() })
}

fn fallback_tag(subject: &Manifest) -> String {
    subject.digest().to_string().replace(':', "-")
}

pub(crate) async fn notes(
    repository: &RemoteRepository,
    subject: &Manifest,
    kind: Option<&MediaType>,
) -> Vec<String> {
    let mut notes: Vec<String> = repository
        .referrers(subject.digest(), kind)
        .await
        .unwrap()
        .into_iter()
        .map(|entry| entry.annotations.get("note").cloned().unwrap_or_default())
        .collect();
    notes.sort();
    notes
}

#[tokio::test]
async fn both_ways_list_the_same() {
    for way in [Referrers::Api, Referrers::Absent] {
        let registry = start(way);
        let a = open(&registry, "a");
        let subject = artifact("x/image", None, "subject");
        a.put_manifest(&subject).await.unwrap();
        assert!(notes(&a, &subject, None).await.is_empty(), "{way:?}");
        a.put_manifest(&artifact(KIND.as_str(), Some(&subject), "one")).await.unwrap();
        a.put_manifest(&artifact("x/other", Some(&subject), "two")).await.unwrap();
        a.put_manifest(&artifact(KIND.as_str(), Some(&subject), "one")).await.unwrap();
        // A second client has learned nothing yet.
        for a in [a, open(&registry, "a")] {
            assert_eq!(notes(&a, &subject, None).await, ["one", "two"], "{way:?}");
            assert_eq!(notes(&a, &subject, Some(&KIND)).await, ["one"], "{way:?}");
        }
        assert_eq!(registry.manifest("a", &fallback_tag(&subject)).is_some(), way == Referrers::Absent);
    }
}

#[tokio::test]
async fn the_first_list_is_asked_for_both_ways_at_once_and_later_ones_are_not() {
    for (way, later) in [(Referrers::Api, (2, 1)), (Referrers::Absent, (1, 2))] {
        let registry = start(way);
        let subject = artifact("x/image", None, "subject");
        open(&registry, "a").put_manifest(&subject).await.unwrap();
        let fresh = open(&registry, "a");
        let asked = || (registry.count("GET", "/referrers/"), registry.count("GET", &fallback_tag(&subject)));
        assert!(notes(&fresh, &subject, None).await.is_empty());
        assert_eq!(asked(), (1, 1), "{way:?}");
        assert!(notes(&fresh, &subject, None).await.is_empty());
        assert_eq!(asked(), later, "{way:?}");
    }
}

#[tokio::test]
async fn a_subject_may_come_after_its_referrers() {
    let registry = start(Referrers::Absent);
    let subject = artifact("x/image", None, "never pushed");
    let a = open(&registry, "a");
    a.put_manifest(&artifact("x/y", Some(&subject), "one")).await.unwrap();
    assert_eq!(notes(&a, &subject, None).await, ["one"]);
}

#[tokio::test]
async fn many_at_once_lose_nothing_and_write_little() {
    let registry = start(Referrers::Absent);
    let subject = artifact("x/image", None, "subject");
    let a = open(&registry, "a");
    let all: Vec<_> = (0..20).map(|n| artifact("x/y", Some(&subject), &format!("n{n:02}"))).collect();
    for result in join_all(all.iter().map(|one| a.put_manifest(one))).await {
        result.unwrap();
    }
    let wanted: Vec<String> = (0..20).map(|n| format!("n{n:02}")).collect();
    assert_eq!(notes(&a, &subject, None).await, wanted);
    let writes = registry.count("PUT", &fallback_tag(&subject));
    assert!(writes <= 8, "{writes} writes of one list");
}

#[tokio::test]
async fn what_is_put_together_is_listed_in_one_write() {
    // Where tags stay as they are a second one would be refused.
    let tags = Vendor::Ecr.habits().tags;
    assert!(matches!(tags, Tags::Immutable(_)), "it keeps its tags");
    let registry = FaultRegistry::start(Habits { tags, ..Habits::default() });
    let subject = artifact("x/image", None, "subject");
    let a = open(&registry, "a");
    let all: Vec<_> = (0..5).map(|n| artifact("x/y", Some(&subject), &format!("n{n}"))).collect();
    for _ in 0..2 {
        a.put_referrers(&all).await.unwrap();
        assert_eq!(notes(&a, &subject, None).await, ["n0", "n1", "n2", "n3", "n4"]);
    }
    assert_eq!(registry.count("PUT", &fallback_tag(&subject)), 1);
    let later = a.put_referrers(&[artifact("x/y", Some(&subject), "later")]).await;
    assert!(matches!(later, Err(StoreError::Immutable { .. })), "{later:?}");
}

#[tokio::test]
async fn whether_a_list_may_be_written_again_is_learned_without_changing_it() {
    let immutable = Vendor::Ecr.habits().tags;
    let table = [
        // Where lists are kept by the registry there is no tag to ask for.
        (Referrers::Api, Tags::Moving, None),
        (Referrers::Absent, Tags::Moving, Some(true)),
        (Referrers::Absent, immutable, Some(false)),
        (Referrers::UserInterface, Tags::Moving, Some(true)),
        // What is found under the tag is the subject, which is nobody's list.
        (Referrers::TagIsDigest, Tags::Moving, Some(true)),
    ];
    for (referrers, tags, writable) in table {
        let registry = FaultRegistry::start(Habits { referrers, tags, ..Habits::default() });
        let subject = artifact("x/image", None, "subject");
        let a = open(&registry, "a");
        a.put_manifest(&subject).await.unwrap();
        if referrers != Referrers::TagIsDigest {
            a.put_manifest(&artifact("x/y", Some(&subject), "one")).await.unwrap();
        }
        let known = notes(&a, &subject, None).await;
        let tag = a.referrers_tag(subject.digest());
        assert_eq!(tag.is_some(), writable.is_some(), "{referrers:?}");
        let (Some(tag), Some(writable)) = (tag, writable) else { continue };
        let before = registry.manifest("a", &fallback_tag(&subject));
        let asked = a.rewrite(&tag).await;
        match writable {
            true => asked.unwrap(),
            false => assert!(matches!(asked, Err(StoreError::Immutable { .. })), "{asked:?}"),
        }
        assert_eq!(registry.manifest("a", &fallback_tag(&subject)), before, "{referrers:?}");
        assert_eq!(notes(&a, &subject, None).await, known);
        // What is not there may be written.
        a.rewrite(&"sha256-0000".parse().unwrap()).await.unwrap();
    }
}

#[tokio::test]
async fn a_list_overwritten_by_somebody_else_is_written_again() {
    let registry = Arc::new(start(Referrers::Absent));
    let subject = artifact("x/image", None, "subject");
    let theirs = artifact("x/y", Some(&subject), "theirs");
    let tag = fallback_tag(&subject);
    let of = theirs.descriptor();
    let list = format!(
        r#"{{"schemaVersion":2,"mediaType":"{INDEX}","manifests":[{{"mediaType":"{}","digest":"{}","size":{},
        "artifactType":"x/y","annotations":{{"note":"theirs"}},"unknown":[1]}}]}}"#,
        of.media_type, of.digest, of.size
    );
    let (writer, at, text) = (Arc::clone(&registry), tag.clone(), list.clone());
    let overwritten = Effect::rewrite(move |answer| {
        writer.put_manifest("a", &at, INDEX, text.as_bytes());
        answer
    });
    registry.fault("PUT", "/manifests/sha256-", 0, 2, overwritten);
    let a = open(&registry, "a");
    a.put_manifest(&artifact("x/y", Some(&subject), "ours")).await.unwrap();
    assert_eq!(notes(&a, &subject, None).await, ["ours", "theirs"]);
    let written = String::from_utf8(registry.manifest("a", &tag).unwrap()).unwrap();
    assert!(written.contains(r#""unknown":[1]"#), "what others wrote is kept: {written}");
}

#[tokio::test]
async fn what_somebody_else_took_off_the_list_later_is_put_there_again() {
    let registry = start(Referrers::Absent);
    let subject = artifact("x/image", None, "subject");
    let ours = artifact("x/y", Some(&subject), "ours");
    let a = open(&registry, "a");
    a.put_manifest(&ours).await.unwrap();
    let empty = format!(r#"{{"schemaVersion":2,"mediaType":"{INDEX}","manifests":[]}}"#);
    registry.put_manifest("a", &fallback_tag(&subject), INDEX, empty.as_bytes());
    assert!(notes(&a, &subject, None).await.is_empty());
    a.put_manifest(&ours).await.unwrap();
    assert_eq!(notes(&a, &subject, None).await, ["ours"]);
}

#[tokio::test]
async fn a_list_that_never_holds_is_an_error() {
    let registry = start(Referrers::Absent);
    let subject = artifact("x/image", None, "subject");
    let ignored = Answer::status(201);
    registry.fault("PUT", "/manifests/sha256-", 0, 99, Effect::Instead(ignored));
    let ours = artifact("x/y", Some(&subject), "ours");
    let failure = open(&registry, "a").put_manifest(&ours).await.unwrap_err();
    assert!(matches!(&failure, StoreError::Missing { digest, .. } if digest == ours.digest()), "{failure:?}");
    assert_eq!(registry.count("PUT", "/manifests/sha256-"), 8);
}

#[tokio::test]
async fn a_list_with_something_that_is_gone_says_what_and_under_which_tag() {
    let registry = start(Referrers::Absent);
    let a = open(&registry, "a");
    let subject = artifact("x/image", None, "subject");
    let tag = fallback_tag(&subject);
    let gone = artifact("x/y", Some(&subject), "gone").descriptor().clone();
    let list = format!(
        r#"{{"schemaVersion":2,"mediaType":"{INDEX}","manifests":[{{"mediaType":"{}","digest":"{}","size":{}}}]}}"#,
        gone.media_type, gone.digest, gone.size
    );
    registry.put_manifest("a", &tag, INDEX, list.as_bytes());
    let unknown = r#"{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN","message":"blob unknown to registry"}]}"#;
    let refused = Answer::status(404).header("Content-Type", "application/json").body(unknown);
    registry.fault("PUT", "/manifests/sha256-", 0, 9, Effect::Instead(refused));
    let ours = artifact("x/y", Some(&subject), "ours");
    let failure = a.put_manifest(&ours).await.unwrap_err();
    let StoreError::ListsGone { place, tag: named, gone: missing, there } = &failure else {
        panic!("{failure:?}")
    };
    assert_eq!(
        (named.as_str(), missing, there),
        (tag.as_str(), &vec![gone.digest], &vec![ours.digest().clone()])
    );
    assert_eq!(*place, format!("{}/a", registry.address()));
    // Once the tag is gone it is made anew.
    registry.forget_faults();
    registry.put_manifest("a", &tag, INDEX, br#"{"schemaVersion":2,"manifests":[]}"#);
    a.put_manifest(&ours).await.unwrap();
    assert_eq!(notes(&a, &subject, None).await, ["ours"]);
}

#[tokio::test]
async fn answers_that_are_no_list_mean_that_there_is_no_api() {
    let cases = [
        Answer::status(404).body("404 page not found"),
        Answer::status(404).header("Content-Type", "text/html").body("<html></html>"),
        Answer::status(405),
        Answer::status(303).header("Location", "https://github.example/ui/api"),
        Answer::status(200).header("Content-Type", "text/html").body("<html></html>"),
        Answer::status(200).header("Content-Type", "application/json").body("{}"),
    ];
    for answer in cases {
        let registry = start(Referrers::Absent);
        let subject = artifact("x/image", None, "subject");
        let a = open(&registry, "a");
        a.put_manifest(&artifact("x/y", Some(&subject), "one")).await.unwrap();
        registry.fault("GET", "/referrers/", 0, 9, Effect::Instead(answer.clone()));
        let fresh = open(&registry, "a");
        assert_eq!(notes(&fresh, &subject, None).await, ["one"], "{answer:?}");
        assert_eq!(notes(&fresh, &subject, None).await, ["one"]);
        assert_eq!(registry.count("GET", "/referrers/"), 1, "what is known is not asked again");
    }
}

#[tokio::test]
async fn a_promise_without_an_api_is_seen_through() {
    let registry = start(Referrers::Absent);
    let subject = artifact("x/image", None, "subject");
    let promise = subject.digest().to_string();
    registry.fault(
        "PUT",
        "/manifests/",
        0,
        1,
        Effect::rewrite(move |answer| answer.header("OCI-Subject", &promise)),
    );
    let a = open(&registry, "a");
    a.put_manifest(&artifact("x/y", Some(&subject), "one")).await.unwrap();
    assert_eq!(notes(&a, &subject, None).await, ["one"]);
    assert!(registry.manifest("a", &fallback_tag(&subject)).is_some());
}

#[tokio::test]
async fn a_registry_that_reads_the_tag_as_a_digest_has_no_list() {
    let registry = start(Referrers::Absent);
    let subject = artifact("x/image", None, "subject");
    registry.put_manifest("a", &fallback_tag(&subject), subject.media_type().as_str(), subject.bytes());
    assert!(notes(&open(&registry, "a"), &subject, None).await.is_empty());
}

#[tokio::test]
async fn something_else_under_the_fallback_tag_is_not_overwritten() {
    let registry = start(Referrers::Absent);
    let subject = artifact("x/image", None, "subject");
    let other = artifact("x/y", None, "not a list");
    registry.put_manifest("a", &fallback_tag(&subject), other.media_type().as_str(), other.bytes());
    let failure =
        open(&registry, "a").put_manifest(&artifact("x/y", Some(&subject), "one")).await.unwrap_err();
    assert!(matches!(failure, StoreError::Model(_)), "{failure:?}");
    assert_eq!(registry.manifest("a", &fallback_tag(&subject)).as_deref(), Some(other.bytes().as_ref()));
}

#[tokio::test]
async fn entries_without_a_type_are_looked_up() {
    let registry = start(Referrers::Absent);
    let subject = artifact("x/image", None, "subject");
    let one = artifact(KIND.as_str(), Some(&subject), "one");
    registry.put_manifest("a", &one.digest().to_string(), one.media_type().as_str(), one.bytes());
    let of = one.descriptor();
    let list = format!(
        r#"{{"schemaVersion":2,"manifests":[{{"mediaType":"{}","digest":"{}","size":{}}}]}}"#,
        of.media_type, of.digest, of.size
    );
    registry.put_manifest("a", &fallback_tag(&subject), INDEX, list.as_bytes());
    let a = open(&registry, "a");
    assert_eq!(notes(&a, &subject, Some(&KIND)).await, ["one"]);
    assert!(notes(&a, &subject, Some(&MediaType::literal("x/other"))).await.is_empty());
}

#[tokio::test]
async fn what_is_removed_is_not_listed() {
    for way in [Referrers::Api, Referrers::Absent] {
        let registry = start(way);
        let a = open(&registry, "a");
        let subject = artifact("x/image", None, "subject");
        let (one, two) = (artifact("x/y", Some(&subject), "one"), artifact("x/y", Some(&subject), "two"));
        a.put_manifest(&one).await.unwrap();
        a.put_manifest(&two).await.unwrap();
        a.remove_manifest(one.digest()).await.unwrap();
        assert_eq!(notes(&a, &subject, None).await, ["two"], "{way:?}");
        a.put_manifest(&one).await.unwrap();
        assert_eq!(notes(&a, &subject, None).await, ["one", "two"], "{way:?}");
    }
}
