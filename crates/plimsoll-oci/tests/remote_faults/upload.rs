//! Sending blobs, through whatever happens on the way.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join_all;
use plimsoll_oci::remote::credential::Credentials;
use plimsoll_oci::remote::{Access, RemoteSettings};
use plimsoll_oci::store::{Store, StoreError};
use plimsoll_testkit::fault_registry::wire::{Answer, Delivery, Head, WireServer};
use plimsoll_testkit::fault_registry::{Door, Effect, FaultRegistry, Habits, OAuth};

use crate::support::{Pieces, SETTINGS, client, configured, good_login, noise, open, repository};

fn start() -> FaultRegistry {
    FaultRegistry::start(Habits::default())
}

/// The requests, with ids taken out.
fn lines(registry: &FaultRegistry) -> Vec<String> {
    let short = |line: String| match line.split_once("/uploads/") {
        Some((start, id)) => format!("{start}/uploads/{}", id.trim_start_matches("upload-")),
        None => line.split(':').next().unwrap_or_default().to_owned(),
    };
    registry.lines().into_iter().map(short).collect()
}

async fn put(registry: &FaultRegistry, blob: &Pieces) -> Result<(), StoreError> {
    open(registry, "a").put_blob(blob, None).await
}

/// The blob went up by these requests and is right.
async fn assert_sent(registry: &FaultRegistry, blob: &Pieces, requests: &[&str]) {
    put(registry, blob).await.unwrap();
    assert_eq!(registry.blob("a", &blob.digest()).as_deref(), Some(blob.bytes()));
    assert_eq!(lines(registry), requests);
}

#[tokio::test]
async fn a_small_blob_goes_up_in_one_request() {
    for length in [0, 1, 1000] {
        let requests = ["HEAD a/blobs/sha256", "POST a/blobs/uploads/", "PUT a/blobs/uploads/1"];
        assert_sent(&start(), &Pieces::new(noise(length)), &requests).await;
    }
}

#[tokio::test]
async fn what_is_there_is_not_sent() {
    let (registry, blob) = (start(), Pieces::new(noise(100)));
    registry.put_blob("a", blob.bytes());
    assert_sent(&registry, &blob, &["HEAD a/blobs/sha256"]).await;
}

#[tokio::test]
async fn a_long_blob_goes_up_in_chunks() {
    let requests = [
        "HEAD a/blobs/sha256",
        "POST a/blobs/uploads/",
        "PATCH a/blobs/uploads/1",
        "PATCH a/blobs/uploads/1",
        "PATCH a/blobs/uploads/1",
        "PUT a/blobs/uploads/1",
    ];
    for length in [1001, 1200] {
        assert_sent(&start(), &Pieces::new(noise(length)), &requests).await;
    }
}

#[tokio::test]
async fn a_registry_may_want_chunks_and_how_long_they_are() {
    let start = || FaultRegistry::start(Habits { shortest_chunk: Some(500), ..Habits::default() });
    let requests = [
        "HEAD a/blobs/sha256",
        "POST a/blobs/uploads/",
        "PATCH a/blobs/uploads/1",
        "PATCH a/blobs/uploads/1",
        "PUT a/blobs/uploads/1",
    ];
    assert_sent(&start(), &Pieces::new(noise(900)), &requests).await;
    let requests = ["HEAD a/blobs/sha256", "POST a/blobs/uploads/", "PUT a/blobs/uploads/1"];
    assert_sent(&start(), &Pieces::new(noise(500)), &requests).await;
}

#[tokio::test]
async fn a_broken_upload_goes_on_where_it_was() {
    let registry = start();
    registry.fault("PUT", "/uploads/", 0, 1, Effect::CutRequestAfter(300));
    let requests = [
        "HEAD a/blobs/sha256",
        "POST a/blobs/uploads/",
        "PUT a/blobs/uploads/1",
        "GET a/blobs/uploads/1",
        "PATCH a/blobs/uploads/1",
        "PUT a/blobs/uploads/1",
    ];
    assert_sent(&registry, &Pieces::new(noise(900)), &requests).await;
}

#[tokio::test]
async fn a_broken_chunk_goes_on_where_it_was() {
    let registry = start();
    registry.fault("PATCH", "/uploads/", 1, 1, Effect::CutRequestAfter(123));
    put_and_compare(&registry, 2000).await;
    assert_eq!(registry.count("POST", "/uploads/"), 1);
    assert_eq!(registry.count("GET", "/uploads/"), 1);
}

async fn put_and_compare(registry: &FaultRegistry, length: usize) {
    let blob = Pieces::new(noise(length));
    put(registry, &blob).await.unwrap();
    assert_eq!(registry.blob("a", &blob.digest()).as_deref(), Some(blob.bytes()));
}

#[tokio::test]
async fn a_chunk_whose_answer_is_lost_is_not_sent_twice() {
    let registry = start();
    registry.fault("PATCH", "/uploads/", 0, 1, Effect::rewrite(|answer| answer.delivered(Delivery::Lost)));
    put_and_compare(&registry, 1200).await;
    assert_eq!(registry.count("PATCH", "/uploads/"), 3);
}

#[tokio::test]
async fn a_blob_whose_last_answer_is_lost_is_not_sent_twice() {
    for length in [900, 1200] {
        let registry = start();
        registry.fault("PUT", "/uploads/", 0, 1, Effect::rewrite(|answer| answer.delivered(Delivery::Lost)));
        put_and_compare(&registry, length).await;
        assert_eq!(registry.count("POST", "/uploads/"), 1, "{length}");
        assert_eq!(registry.count("PUT", "/uploads/"), 1, "{length}");
    }
}

#[tokio::test]
async fn an_upload_that_the_registry_forgot_starts_anew() {
    let registry = start();
    let gone = Answer::status(404).body(r#"{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN","message":"gone"}]}"#);
    registry.fault("PATCH", "/uploads/", 1, 1, Effect::Instead(gone));
    put_and_compare(&registry, 2000).await;
    assert_eq!(registry.count("POST", "/uploads/"), 2);
}

#[tokio::test]
async fn a_session_that_does_not_recover_makes_room_for_another() {
    let registry = start();
    registry.fault("PATCH", "/uploads/", 1, 1, Effect::CutRequestAfter(123));
    registry.fault("PATCH", "/uploads/upload-1", 0, 99, Effect::Instead(Answer::status(500)));
    put_and_compare(&registry, 2000).await;
    assert_eq!(registry.count("POST", "/uploads/"), 2);
}

#[tokio::test]
async fn a_registry_that_forgets_every_upload_is_given_up() {
    let registry = start();
    let chunks = AtomicUsize::new(0);
    let every_other = Effect::rewrite(move |answer| match chunks.fetch_add(1, Ordering::SeqCst) % 2 {
        0 => answer,
        _ => Answer::status(404),
    });
    registry.fault("PATCH", "/uploads/", 0, 99, every_other);
    let failure = put(&registry, &Pieces::new(noise(2000))).await.unwrap_err();
    assert!(matches!(failure, StoreError::Rejected { status: 404, .. }), "{failure:?}");
    assert_eq!(registry.count("POST", "/uploads/"), 5);
}

#[tokio::test]
async fn bytes_put_together_wrongly_are_sent_anew_in_one_go() {
    let registry = start();
    registry.fault("PUT", "/uploads/", 0, 1, Effect::CutRequestAfter(300));
    // The registry says that it has less than it has.
    let less = Effect::rewrite(|answer| answer.without_header("Range").header("Range", "0-199"));
    registry.fault("GET", "/uploads/", 0, 1, less);
    put_and_compare(&registry, 900).await;
    assert_eq!(registry.count("POST", "/uploads/"), 2);
}

#[tokio::test]
async fn a_registry_that_takes_no_chunks_gets_the_whole() {
    for status in [400, 405, 501] {
        let registry = start();
        registry.fault("PATCH", "/uploads/", 0, 99, Effect::Instead(Answer::status(status)));
        put_and_compare(&registry, 2000).await;
        assert_eq!(registry.count("PATCH", "/uploads/"), 1, "{status}");
    }
}

#[tokio::test]
async fn a_registry_may_take_less_than_it_is_sent() {
    let registry = start();
    // The answer to the first chunk says that only its first hundred bytes were kept; the next is then out of order,
    // and the upload starts anew.
    let less = Effect::rewrite(|answer| answer.without_header("Range").header("Range", "0-99"));
    registry.fault("PATCH", "/uploads/", 0, 1, less);
    put_and_compare(&registry, 2000).await;
}

#[tokio::test]
async fn trouble_of_the_server_is_waited_out() {
    let registry = start();
    registry.fault("HEAD", "/blobs/", 0, 1, Effect::Instead(Answer::status(503)));
    registry.fault("POST", "/uploads/", 0, 2, Effect::Instead(Answer::status(500)));
    registry.fault("PUT", "/uploads/", 0, 1, Effect::Instead(Answer::status(502)));
    put_and_compare(&registry, 900).await;
}

#[tokio::test]
async fn a_server_in_trouble_for_good_is_given_up() {
    let registry = start();
    registry.fault("PUT", "/uploads/", 0, 99, Effect::Instead(Answer::status(502).body("bad gateway")));
    let failure = put(&registry, &Pieces::new(noise(900))).await.unwrap_err();
    assert!(matches!(failure, StoreError::Rejected { status: 502, .. }), "{failure:?}");
    assert!(failure.is_temporary());
    assert_eq!(registry.count("PUT", "/uploads/"), 5);
}

#[tokio::test]
async fn waits_are_as_long_as_the_registry_asks() {
    let ghcr =
        r#"{"errors":[{"code":"TOOMANYREQUESTS","message":"retry-after: 2.5s, allowed: 2000/minute"}]}"#;
    let cases = [
        (Answer::status(429).header("Retry-After", "3"), 3.0),
        (Answer::status(429).body("toomanyrequests: retry-after: 1500ms, allowed: 2000/minute"), 1.5),
        (Answer::status(403).body(ghcr), 2.5),
    ];
    for (answer, seconds) in cases {
        let registry = start();
        registry.fault("POST", "/uploads/", 0, 1, Effect::Instead(answer.clone()));
        registry.fault("PUT", "/uploads/", 0, 1, Effect::Instead(answer.clone()));
        let (remote, clock) = client(Credentials::default(), SETTINGS);
        let blob = Pieces::new(noise(100));
        repository(&remote, &registry, "a", Access::Push).put_blob(&blob, None).await.unwrap();
        let waits = clock.waits();
        assert_eq!(waits.len(), 2, "{answer:?}");
        let least = Duration::from_secs_f64(seconds);
        assert!(waits.iter().all(|wait| *wait >= least && *wait <= least * 2), "{waits:?} for {answer:?}");
    }
}

#[tokio::test]
async fn too_many_requests_say_how_long() {
    let registry = start();
    let busy = Answer::status(429).header("Retry-After", "3600");
    registry.fault("POST", "/uploads/", 0, 99, Effect::Instead(busy));
    let failure = put(&registry, &Pieces::new(noise(9))).await.unwrap_err();
    let hour = Duration::from_secs(3600);
    assert!(
        matches!(failure, StoreError::Busy { retry_after: Some(wait), .. } if wait == hour),
        "{failure:?}"
    );
}

#[tokio::test]
async fn a_full_registry_is_full() {
    let quota = r#"{"errors":[{"code":"DENIED","message":"storage quota exceeded"}]}"#;
    let disk = r#"{"errors":[{"code":"UNKNOWN","message":"write /x: no space left on device"}]}"#;
    for answer in [Answer::status(507), Answer::status(403).body(quota), Answer::status(500).body(disk)] {
        let registry = start();
        registry.fault("PUT", "/uploads/", 0, 99, Effect::Instead(answer.clone()));
        let failure = put(&registry, &Pieces::new(noise(9))).await.unwrap_err();
        assert!(matches!(failure, StoreError::Full { .. }), "{answer:?}: {failure:?}");
    }
}

#[tokio::test]
async fn something_that_is_no_registry_is_told() {
    let page =
        Answer::status(200).header("Content-Type", "text/html; charset=utf-8").body("<html>portal</html>");
    for (method, path) in [("HEAD", "/blobs/"), ("POST", "/uploads/"), ("PUT", "/uploads/")] {
        for status in [200, 404, 403] {
            let registry = start();
            registry.fault(method, path, 0, 99, Effect::Instead(Answer { status, ..page.clone() }));
            let failure = put(&registry, &Pieces::new(noise(9))).await.unwrap_err();
            assert!(matches!(failure, StoreError::NotARegistry { .. }), "{method} {status}: {failure:?}");
        }
    }
}

#[tokio::test]
async fn an_upload_without_a_good_location_is_refused() {
    for location in [None, Some("file:///tmp/x"), Some("http://"), Some("http://registry.example/x")] {
        let registry = start();
        let change = Effect::rewrite(move |answer| {
            let answer = answer.without_header("Location");
            match location {
                Some(location) => answer.header("Location", location),
                None => answer,
            }
        });
        registry.fault("POST", "/uploads/", 0, 9, change);
        put(&registry, &Pieces::new(noise(9))).await.unwrap_err();
        assert_eq!(registry.count("PUT", ""), 0, "{location:?}");
    }
}

#[tokio::test]
async fn a_location_on_another_host_gets_no_credential() {
    let heard: Arc<Mutex<Vec<Option<String>>>> = Arc::default();
    let ears = Arc::clone(&heard);
    let other = WireServer::start(move |head: &Head, _: &[u8]| {
        ears.lock().unwrap().push(head.header("authorization").map(str::to_owned));
        Answer::status(201)
    });
    let door = Door::Token { lifetime: None, oauth: OAuth::Absent };
    let registry = FaultRegistry::start(Habits { door, ..Habits::default() });
    let elsewhere = other.url("/upload?signature=x");
    let change = Effect::rewrite(move |answer| {
        if answer.status == 202 {
            answer.without_header("Location").header("Location", &elsewhere)
        } else {
            answer
        }
    });
    registry.fault("POST", "/uploads/", 0, 9, change);
    let (remote, _) = client(configured(&registry, Some(good_login())), SETTINGS);
    let a = repository(&remote, &registry, "a", Access::Push);
    a.put_blob(&Pieces::new(noise(9)), None).await.unwrap();
    assert_eq!(*heard.lock().unwrap(), [None]);
}

#[tokio::test]
async fn a_location_may_be_whole_or_relative() {
    let registry = start();
    let address = registry.address();
    let whole = Effect::rewrite(move |mut answer| {
        for (name, value) in &mut answer.headers {
            if name == "Location" {
                *value = format!("http://{address}{value}");
            }
        }
        answer
    });
    registry.fault("POST", "/uploads/", 0, 1, whole);
    put_and_compare(&registry, 900).await;
}

#[tokio::test]
async fn a_source_that_fails_is_told_as_it_was() {
    let registry = start();
    let lost = StoreError::ReadOnly { place: "the source".into() };
    let blob = Pieces::watched(noise(900), move |_| Err(lost.clone()));
    let failure = put(&registry, &blob).await.unwrap_err();
    assert!(matches!(&failure, StoreError::ReadOnly { place } if place == "the source"), "{failure:?}");
}

#[tokio::test]
async fn a_source_that_ends_early_is_told_and_nothing_is_left() {
    for length in [500, 2000] {
        let (registry, blob) = (start(), Pieces::new(noise(length)).overstated(1));
        let failure = put(&registry, &blob).await.unwrap_err();
        assert!(matches!(failure, StoreError::Size { .. }), "{failure:?}");
        assert_eq!(registry.blob("a", &blob.digest()), None);
    }
}

#[tokio::test]
async fn a_registry_gets_no_more_requests_at_once_than_set() {
    let registry = start();
    let settings = RemoteSettings { concurrency: 3, ..SETTINGS };
    let a = repository(&client(Credentials::default(), settings).0, &registry, "a", Access::Push);
    let blobs: Vec<_> = (0..30).map(|n| Pieces::new(noise(900 + n))).collect();
    for result in join_all(blobs.iter().map(|blob| a.put_blob(blob, None))).await {
        result.unwrap();
    }
    assert!(registry.most_at_once() <= 3, "{}", registry.most_at_once());
}

#[tokio::test]
async fn a_registry_that_goes_away_is_unreachable() {
    let registry = start();
    let a = open(&registry, "a");
    let _closed = registry.close();
    let failure = a.put_blob(&Pieces::new(noise(9)), None).await.unwrap_err();
    assert!(matches!(failure, StoreError::Unreachable { .. }), "{failure:?}");
}
