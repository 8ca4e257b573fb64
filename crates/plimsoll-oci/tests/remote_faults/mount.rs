//! Blobs that another repository of the registry has.

use plimsoll_oci::remote::Access;
use plimsoll_oci::store::Store;
use plimsoll_testkit::fault_registry::wire::Answer;
use plimsoll_testkit::fault_registry::{Door, Effect, FaultRegistry, Habits, Mounts, OAuth};

use crate::support::{Pieces, SETTINGS, client, configured, good_login, name, noise, open, repository};

#[tokio::test]
async fn a_mount_that_is_taken_sends_nothing() {
    let (registry, blob) = (FaultRegistry::start(Habits::default()), Pieces::new(noise(900)));
    registry.put_blob("base/image", blob.bytes());
    let from = name(&registry, "base/image");
    open(&registry, "a").put_blob(&blob, Some(&from)).await.unwrap();
    assert_eq!(registry.blob("a", &blob.digest()).as_deref(), Some(blob.bytes()));
    let requests = [format!("HEAD a/blobs/{}", blob.digest()), "POST a/blobs/uploads/".to_owned()];
    assert_eq!(registry.lines(), requests);
}

#[tokio::test]
async fn a_mount_that_is_declined_has_opened_an_upload() {
    let registry = FaultRegistry::start(Habits { mounts: Mounts::Declined, ..Habits::default() });
    let blob = Pieces::new(noise(900));
    registry.put_blob("base", blob.bytes());
    open(&registry, "a").put_blob(&blob, Some(&name(&registry, "base"))).await.unwrap();
    assert_eq!(registry.blob("a", &blob.digest()).as_deref(), Some(blob.bytes()));
    assert_eq!(registry.count("POST", "/uploads/"), 1);
}

#[tokio::test]
async fn a_mount_asks_for_a_token_for_both() {
    let door = Door::Token { lifetime: None, oauth: OAuth::Absent };
    let registry = FaultRegistry::start(Habits { door, ..Habits::default() });
    let blob = Pieces::new(noise(900));
    registry.put_blob("base", blob.bytes());
    let (remote, _) = client(configured(&registry, Some(good_login())), SETTINGS);
    let a = repository(&remote, &registry, "a", Access::Push);
    a.put_blob(&blob, Some(&name(&registry, "base"))).await.unwrap();
    assert_eq!(registry.count("PUT", ""), 0);
    let tokens: Vec<_> = registry.seen().into_iter().filter(|seen| seen.path == "/token").collect();
    assert!(tokens[1].query.contains("scope=repository%3Aa%3Apull%2Cpush&scope=repository%3Abase%3Apull&"));
}

#[tokio::test]
async fn a_mount_that_is_forbidden_becomes_an_upload() {
    for status in [401, 403, 404] {
        let registry = FaultRegistry::start(Habits::default());
        let blob = Pieces::new(noise(900));
        registry.fault("POST", "/uploads/", 0, 1, Effect::Instead(Answer::status(status)));
        open(&registry, "a").put_blob(&blob, Some(&name(&registry, "secret"))).await.unwrap();
        assert_eq!(registry.blob("a", &blob.digest()).as_deref(), Some(blob.bytes()), "{status}");
    }
}
