//! Reading blobs.

use std::sync::{Arc, Mutex};

use plimsoll_oci::content::Content;
use plimsoll_oci::model::{Descriptor, MediaType};
use plimsoll_oci::remote::Access;
use plimsoll_oci::store::{Pull, StoreError};
use plimsoll_testkit::fault_registry::wire::{Answer, Delivery, Head, WireServer};
use plimsoll_testkit::fault_registry::{Door, Effect, FaultRegistry, Habits};

use crate::support::{SETTINGS, client, configured, good_login, noise, open, read, repository};

/// A registry with one blob in repository `a`.
fn with_blob(length: usize) -> (FaultRegistry, Vec<u8>, Descriptor) {
    let registry = FaultRegistry::start(Habits::default());
    let bytes = noise(length);
    registry.put_blob("a", &bytes);
    let descriptor = Descriptor::of(MediaType::LAYER_TAR, &bytes);
    (registry, bytes, descriptor)
}

async fn find(registry: &FaultRegistry, at: &Descriptor) -> Arc<dyn Content> {
    open(registry, "a").blob(at).await.unwrap().unwrap()
}

async fn fetch(registry: &FaultRegistry, at: &Descriptor) -> Result<Vec<u8>, StoreError> {
    read(find(registry, at).await.as_ref(), 0).await
}

#[tokio::test]
async fn nothing_is_read_before_it_is_opened() {
    let (registry, bytes, at) = with_blob(5000);
    let blob = find(&registry, &at).await;
    assert_eq!(registry.count("GET", "/blobs/"), 0);
    for from in [0, 1, 4999, 5000] {
        assert_eq!(
            read(blob.as_ref(), from).await.unwrap(),
            &bytes[usize::try_from(from).unwrap()..],
            "{from}"
        );
    }
    assert_eq!(registry.count("GET", "/blobs/"), 3);
}

#[tokio::test]
async fn what_is_not_there_is_none() {
    let (registry, _, _) = with_blob(10);
    let other = Descriptor::of(MediaType::LAYER_TAR, b"other");
    assert!(open(&registry, "a").blob(&other).await.unwrap().is_none());
}

#[tokio::test]
async fn what_has_gone_meanwhile_is_missing() {
    let (registry, _, at) = with_blob(10);
    let blob = find(&registry, &at).await;
    registry.fault("GET", "/blobs/", 0, 1, Effect::Instead(Answer::status(404)));
    let failure = read(blob.as_ref(), 0).await.unwrap_err();
    assert!(matches!(failure, StoreError::Missing { .. }), "{failure:?}");
}

#[tokio::test]
async fn the_empty_blob_is_read_without_asking() {
    let (registry, _, at) = with_blob(0);
    assert_eq!(fetch(&registry, &at).await.unwrap(), b"");
    let lie = Descriptor { size: 0, ..Descriptor::of(MediaType::LAYER_TAR, b"x") };
    registry.put_blob("a", b"x");
    registry.fault("HEAD", "/blobs/", 0, 1, Effect::Instead(Answer::status(200)));
    let failure = fetch(&registry, &lie).await.unwrap_err();
    assert!(matches!(failure, StoreError::Lies { .. }), "{failure:?}");
}

#[tokio::test]
async fn a_broken_download_goes_on_where_it_was() {
    let (registry, bytes, at) = with_blob(5000);
    let cut = |after| Effect::rewrite(move |answer: Answer| answer.delivered(Delivery::CutAfter(after)));
    registry.fault("GET", "/blobs/", 0, 1, cut(1000));
    registry.fault("GET", "/blobs/", 0, 6, cut(10));
    assert_eq!(fetch(&registry, &at).await.unwrap(), bytes);
    assert_eq!(registry.count("GET", "/blobs/"), 8, "each step forward starts the count of failures anew");
}

#[tokio::test]
async fn a_server_without_ranges_is_read_from_the_start_again() {
    let (registry, bytes, at) = with_blob(5000);
    let cut = Effect::rewrite(|answer: Answer| answer.delivered(Delivery::CutAfter(1000)));
    registry.fault("GET", "/blobs/", 0, 1, cut);
    let whole = bytes.clone();
    let again = Effect::rewrite(move |_| Answer::status(200).body(whole.clone()));
    registry.fault("GET", "/blobs/", 0, 1, again);
    assert_eq!(fetch(&registry, &at).await.unwrap(), bytes);
}

#[tokio::test]
async fn a_download_that_never_gets_on_is_given_up() {
    let (registry, _, at) = with_blob(5000);
    let cut = Effect::rewrite(|answer: Answer| answer.delivered(Delivery::CutAfter(0)));
    registry.fault("GET", "/blobs/", 0, 99, cut);
    let failure = fetch(&registry, &at).await.unwrap_err();
    assert!(matches!(failure, StoreError::Unreachable { .. }), "{failure:?}");
    assert_eq!(registry.count("GET", "/blobs/"), 5);
}

#[tokio::test]
async fn wrong_bytes_are_lies() {
    let (registry, bytes, at) = with_blob(5000);
    let mut wrong = bytes.clone();
    wrong[4321] ^= 1;
    registry.fault("GET", "/blobs/", 0, 1, Effect::rewrite(move |answer| answer.body(wrong.clone())));
    let failure = fetch(&registry, &at).await.unwrap_err();
    assert!(matches!(&failure, StoreError::Lies { want, .. } if *want == at.digest), "{failure:?}");
}

#[tokio::test]
async fn a_wrong_digest_header_deceives_nobody() {
    let (registry, bytes, at) = with_blob(50);
    let header = |answer: Answer| {
        answer.without_header("Docker-Content-Digest").header("Docker-Content-Digest", "sha256:00")
    };
    registry.fault("GET", "/blobs/", 0, 1, Effect::rewrite(header));
    assert_eq!(fetch(&registry, &at).await.unwrap(), bytes);
}

#[tokio::test]
async fn short_and_long_bodies_have_the_wrong_size() {
    for (length, delivery) in [
        (40, Delivery::Whole),
        (60, Delivery::Whole),
        (40, Delivery::Unannounced),
        (60, Delivery::Unannounced),
    ] {
        let (registry, _, at) = with_blob(50);
        let change = move |answer: Answer| {
            let status = if answer.status == 206 { 200 } else { answer.status };
            Answer { status, ..answer }.body(noise(length)).delivered(delivery)
        };
        registry.fault("GET", "/blobs/", 0, 99, Effect::rewrite(change));
        let failure = fetch(&registry, &at).await.unwrap_err();
        assert!(matches!(failure, StoreError::Size { want: 50, .. }), "{length} {delivery:?}: {failure:?}");
    }
}

#[tokio::test]
async fn a_head_that_tells_another_size_is_not_believed_to_be_the_blob() {
    let (registry, _, at) = with_blob(50);
    registry.fault("HEAD", "/blobs/", 0, 1, Effect::rewrite(|answer| answer.body(noise(49))));
    let failure = open(&registry, "a").blob(&at).await.map(|_| ()).unwrap_err();
    assert!(matches!(failure, StoreError::Size { want: 50, found: 49, .. }), "{failure:?}");
}

#[tokio::test]
async fn a_web_page_is_no_blob() {
    let (registry, _, at) = with_blob(50);
    let page = Answer::status(200).header("Content-Type", "text/html").body("<html>log in</html>");
    registry.fault("GET", "/blobs/", 0, 1, Effect::Instead(page));
    let failure = fetch(&registry, &at).await.unwrap_err();
    assert!(matches!(failure, StoreError::NotARegistry { .. }), "{failure:?}");
}

#[tokio::test]
async fn storage_elsewhere_gets_no_credential() {
    let bytes = noise(5000);
    let heard: Arc<Mutex<Vec<Option<String>>>> = Arc::default();
    let (ears, body) = (Arc::clone(&heard), bytes.clone());
    let storage = WireServer::start(move |head: &Head, _: &[u8]| {
        ears.lock().unwrap().push(head.header("authorization").map(str::to_owned));
        Answer::status(200).body(body.clone())
    });
    let registry = FaultRegistry::start(Habits { door: Door::Basic, ..Habits::default() });
    registry.put_blob("a", &bytes);
    let elsewhere = storage.url("/bucket?X-Amz-Signature=s3cret");
    let there = Effect::rewrite(move |answer| match answer.status {
        200 => Answer::status(307).header("Location", &elsewhere),
        _ => answer,
    });
    registry.fault("GET", "/blobs/", 0, 9, there);
    let (remote, _) = client(configured(&registry, Some(good_login())), SETTINGS);
    let a = repository(&remote, &registry, "a", Access::Pull);
    let blob = a.blob(&Descriptor::of(MediaType::LAYER_TAR, &bytes)).await.unwrap().unwrap();
    assert_eq!(read(blob.as_ref(), 0).await.unwrap(), bytes);
    assert_eq!(*heard.lock().unwrap(), [None]);
}

#[tokio::test]
async fn what_is_read_at_once_is_not_asked_for_before() {
    let (registry, bytes, at) = with_blob(900);
    let a = open(&registry, "a");
    let blob = a.blob_to_read(&at).await.unwrap().unwrap();
    assert_eq!(read(blob.as_ref(), 0).await.unwrap(), bytes);
    assert_eq!((registry.count("HEAD", ""), registry.count("GET", "/blobs/")), (0, 1));
    let gone = Descriptor::of(MediaType::LAYER_TAR, b"gone");
    let blob = a.blob_to_read(&gone).await.unwrap().unwrap();
    let failure = read(blob.as_ref(), 0).await.unwrap_err();
    assert!(matches!(&failure, StoreError::Missing { digest, .. } if *digest == gone.digest), "{failure:?}");
}
