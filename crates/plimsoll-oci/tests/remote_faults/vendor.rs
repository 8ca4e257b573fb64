//! Every registry that is known to be different: one table, one row for each, by [`Vendor`].

use std::time::Duration;

use plimsoll_oci::content::Content;
use plimsoll_oci::model::{Descriptor, Manifest, MediaType};
use plimsoll_oci::name::ImageTag;
use plimsoll_oci::remote::{Access, Remote, RemoteRepository};
use plimsoll_oci::store::{Pull, Store, StoreError};
use plimsoll_testkit::fault_registry::wire::Answer;
use plimsoll_testkit::fault_registry::{Effect, FaultRegistry, Habits, Tags, Untagged, Vendor, Wait};

use crate::support::{Pieces, SETTINGS, artifact, client, configured, good_login, noise, read, repository};

const NOTE: MediaType = MediaType::literal("application/vnd.example.note");

/// A registry with the repository that is pushed to.
fn start(vendor: Vendor) -> FaultRegistry {
    let registry = FaultRegistry::speaking_as(vendor);
    registry.create("team/app");
    registry
}

/// A client that nothing has been learned by yet.
fn newcomer(registry: &FaultRegistry) -> Remote {
    client(configured(registry, Some(good_login())), SETTINGS).0
}

fn open(registry: &FaultRegistry) -> RemoteRepository {
    repository(&newcomer(registry), registry, "team/app", Access::Push)
}

fn tag(text: &str) -> ImageTag {
    text.parse().unwrap()
}

fn is_immutable(vendor: Vendor) -> bool {
    matches!(vendor.habits().tags, Tags::Immutable(_))
}

#[tokio::test]
async fn an_image_goes_up_and_comes_back_and_storage_gets_no_credential() {
    for vendor in Vendor::ALL {
        let registry = start(vendor);
        let a = open(&registry);
        a.check_push().await.unwrap();
        // In one request, and in chunks.
        for length in [900, 2500] {
            let blob = Pieces::new(noise(length));
            a.put_blob(&blob, None).await.unwrap();
            let got = open(&registry).blob(blob.descriptor()).await.unwrap().unwrap();
            assert_eq!(read(got.as_ref(), 0).await.unwrap(), blob.bytes(), "{vendor:?}");
            assert_eq!(read(got.as_ref(), 300).await.unwrap(), &blob.bytes()[300..], "{vendor:?}");
        }
        let image = artifact("x/image", None, "one");
        a.put_manifest(&image).await.unwrap();
        a.point(&tag("v1"), image.digest(), None).await.unwrap();
        let found = open(&registry).resolve(&tag("v1")).await.unwrap();
        assert_eq!(found.as_ref(), Some(image.descriptor()), "{vendor:?}");
        assert_eq!(open(&registry).tags().await.unwrap(), [tag("v1")], "{vendor:?}");
        assert_eq!(registry.strays(), 0, "{vendor:?}: a credential went elsewhere");
    }
}

#[tokio::test]
async fn a_run_that_is_repeated_changes_nothing_and_a_tag_that_must_not_move_does_not() {
    for vendor in Vendor::ALL {
        let registry = start(vendor);
        let (one, two) = (artifact("x/image", None, "one"), artifact("x/image", None, "two"));
        for _ in 0..2 {
            let a = open(&registry);
            a.put_manifest(&one).await.unwrap();
            // What is there is not known to who asks for it here: identical writes are refused by some.
            a.point(&tag("v1"), one.digest(), None).await.unwrap_or_else(|why| panic!("{vendor:?}: {why}"));
        }
        let a = open(&registry);
        a.put_manifest(&two).await.unwrap();
        let moved = a.point(&tag("v1"), two.digest(), Some(one.digest())).await;
        let there = open(&registry).resolve(&tag("v1")).await.unwrap().unwrap();
        match moved {
            Ok(()) => {
                assert!(!is_immutable(vendor), "{vendor:?}");
                assert_eq!(there.digest, *two.digest(), "{vendor:?}");
            }
            // There it is a right that is missing, which a registry can't tell from others.
            Err(StoreError::Denied { .. }) => assert_eq!(vendor, Vendor::Artifactory),
            Err(StoreError::Immutable { tag: kept, .. }) => {
                assert!(is_immutable(vendor) && kept == tag("v1"), "{vendor:?}");
                assert_eq!(there.digest, *one.digest(), "{vendor:?}");
            }
            Err(other) => panic!("{vendor:?}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn what_refers_to_an_image_is_found_by_whoever_asks_next() {
    for vendor in Vendor::ALL {
        let registry = start(vendor);
        let image = artifact("x/image", None, "image");
        let a = open(&registry);
        a.put_manifest(&image).await.unwrap();
        assert!(open(&registry).referrers(image.digest(), None).await.unwrap().is_empty(), "{vendor:?}");
        // A list under a tag that can't be moved takes one entry.
        let most = if vendor == Vendor::ArtifactRegistry { 1 } else { 60 };
        let notes: Vec<Manifest> =
            (0..most).map(|n| artifact(NOTE.as_str(), Some(&image), &format!("{n}"))).collect();
        for note in &notes {
            a.put_manifest(note).await.unwrap();
        }
        for kind in [None, Some(&NOTE)] {
            let found = open(&registry).referrers(image.digest(), kind).await.unwrap();
            let mut found: Vec<_> = found.into_iter().map(|one| one.digest).collect();
            let mut wanted: Vec<_> = notes.iter().map(|note| note.digest().clone()).collect();
            found.sort();
            wanted.sort();
            assert_eq!(found, wanted, "{vendor:?}");
        }
    }
}

#[tokio::test]
async fn a_list_of_referrers_under_a_tag_that_cannot_move_is_an_error_and_no_loss() {
    let registry = start(Vendor::ArtifactRegistry);
    let image = artifact("x/image", None, "image");
    let (one, two) =
        (artifact(NOTE.as_str(), Some(&image), "one"), artifact(NOTE.as_str(), Some(&image), "two"));
    let a = open(&registry);
    a.put_manifest(&one).await.unwrap();
    let failure = a.put_manifest(&two).await.unwrap_err();
    assert!(matches!(failure, StoreError::Immutable { .. }), "{failure:?}");
    let found = open(&registry).referrers(image.digest(), None).await.unwrap();
    assert_eq!(found.len(), 1, "what was listed is listed");
}

#[tokio::test]
async fn each_is_left_alone_for_as_long_as_it_asks() {
    for vendor in Vendor::ALL {
        let registry = start(vendor);
        let (answer, wait) = vendor.too_many();
        registry.fault("POST", "/uploads/", 0, 1, Effect::Instead(answer.clone()));
        let (remote, clock) = client(configured(&registry, Some(good_login())), SETTINGS);
        let a = repository(&remote, &registry, "team/app", Access::Push);
        a.put_blob(&Pieces::new(noise(9)), None).await.unwrap_or_else(|why| panic!("{vendor:?}: {why}"));
        let waits = clock.waits();
        assert_eq!(waits.len(), 1, "{vendor:?}: {waits:?}");
        if let Wait::Said(seconds) = wait {
            assert!(waits[0] >= Duration::from_secs_f64(seconds), "{vendor:?}: {waits:?}");
        }

        // For good, it is said so, with the wait.
        registry.fault("GET", "/manifests/v1", 0, 99, Effect::Instead(answer));
        let failure = open(&registry).resolve(&tag("v1")).await.unwrap_err();
        let StoreError::Busy { retry_after, .. } = &failure else { panic!("{vendor:?}: {failure:?}") };
        let said = match wait {
            Wait::Said(seconds) => Some(Duration::from_secs_f64(seconds)),
            Wait::Unsaid => None,
        };
        assert_eq!(*retry_after, said, "{vendor:?}");
    }
}

#[tokio::test]
async fn one_that_is_unwell_is_waited_for_and_not_misunderstood() {
    for vendor in Vendor::ALL {
        let registry = start(vendor);
        let image = artifact("x/image", None, "image");
        let a = open(&registry);
        a.put_manifest(&image).await.unwrap();
        a.put_manifest(&artifact(NOTE.as_str(), Some(&image), "one")).await.unwrap();
        for (method, path) in
            [("POST", "/uploads/"), ("PUT", "/uploads/"), ("PUT", "/manifests/"), ("GET", "/manifests/")]
        {
            registry.fault(method, path, 0, 1, Effect::Instead(vendor.unwell()));
        }
        let a = open(&registry);
        a.put_blob(&Pieces::new(noise(9)), None).await.unwrap();
        a.put_manifest(&artifact("x/image", None, "other")).await.unwrap();
        a.manifest(image.digest()).await.unwrap().unwrap();

        // For good: an error that may pass, never "there is nothing that refers to it".
        registry.fault("GET", "/referrers/", 0, 99, Effect::Instead(vendor.unwell()));
        let failure = open(&registry).referrers(image.digest(), None).await.unwrap_err();
        assert!(matches!(failure, StoreError::Rejected { .. }), "{vendor:?}: {failure:?}");
        assert!(failure.is_temporary(), "{vendor:?}: {failure:?}");
    }
}

#[tokio::test]
async fn a_full_one_is_full() {
    for vendor in Vendor::ALL {
        let Some(answer) = vendor.full() else { continue };
        let registry = start(vendor);
        registry.fault("PUT", "/uploads/", 0, 99, Effect::Instead(answer));
        let failure = open(&registry).put_blob(&Pieces::new(noise(9)), None).await.unwrap_err();
        assert!(matches!(failure, StoreError::Full { .. }), "{vendor:?}: {failure:?}");
    }
}

#[tokio::test]
async fn a_repository_that_must_be_made_first_is_told() {
    let registry = FaultRegistry::speaking_as(Vendor::Ecr);
    let failure = open(&registry).put_blob(&Pieces::new(noise(9)), None).await.unwrap_err();
    let StoreError::Rejected { status: 404, message, .. } = &failure else { panic!("{failure:?}") };
    assert!(
        message.starts_with("NAME_UNKNOWN: The repository with name 'team/app' does not exist"),
        "{message}"
    );
    registry.create("team/app");
    open(&registry).put_blob(&Pieces::new(noise(9)), None).await.unwrap();
}

#[tokio::test]
async fn what_is_collected_is_seen_to_be_gone_and_what_a_tag_holds_stays() {
    for vendor in [Vendor::Quay, Vendor::GitLab, Vendor::Ecr] {
        let registry = start(vendor);
        let (held, loose) = (artifact("x/image", None, "held"), artifact("x/image", None, "loose"));
        let a = open(&registry);
        a.put_manifest(&held).await.unwrap();
        a.point(&tag("plimsoll-1.0.0-abc"), held.digest(), None).await.unwrap();
        a.put_manifest(&loose).await.unwrap();
        registry.collect_untagged();
        // The same client looks, and does not remember instead.
        assert!(a.manifest(held.digest()).await.unwrap().is_some(), "{vendor:?}");
        assert!(a.manifest(loose.digest()).await.unwrap().is_none(), "{vendor:?}");
        a.put_manifest(&loose).await.unwrap();
        assert!(a.manifest(loose.digest()).await.unwrap().is_some(), "{vendor:?}");
    }
}

#[tokio::test]
async fn where_nothing_is_taken_without_a_tag_content_gets_one() {
    for vendor in Vendor::ALL {
        let registry = FaultRegistry::start(Habits { untagged: Untagged::Refused, ..vendor.habits() });
        registry.create("team/app");
        let image = artifact("x/image", None, "one");
        for _ in 0..2 {
            let a = open(&registry);
            a.put_manifest(&image).await.unwrap_or_else(|why| panic!("{vendor:?}: {why}"));
            a.point(&tag("v1"), image.digest(), None).await.unwrap();
        }
        let held = format!("plimsoll-held-{}", image.digest().short());
        assert_eq!(open(&registry).tags().await.unwrap(), [tag(&held), tag("v1")], "{vendor:?}");
        registry.collect_untagged();
        let found: Option<Manifest> = open(&registry).manifest(image.digest()).await.unwrap();
        assert_eq!(found.unwrap().descriptor(), image.descriptor(), "{vendor:?}");
    }
}

#[tokio::test]
async fn a_refusal_that_a_tag_does_not_help_against_is_told_as_it_was() {
    let registry = FaultRegistry::start(Habits::default());
    let read_only = r#"{"errors":[{"code":"UNSUPPORTED","message":"the registry is in read-only mode"}]}"#;
    registry.fault("PUT", "/manifests/", 0, 9, Effect::Instead(Answer::status(405).body(read_only)));
    let a = repository(&newcomer(&registry), &registry, "team/app", Access::Push);
    let failure = a.put_manifest(&artifact("x/image", None, "one")).await.unwrap_err();
    let StoreError::Rejected { status: 405, message, .. } = &failure else { panic!("{failure:?}") };
    assert!(message.contains("read-only"), "{message}");
    let _: Option<Descriptor> = a.resolve(&tag("v1")).await.unwrap();
}
