//! Gitea's own registry: tokens of one kind for everything, no referrers, links to pages that are empty.

use plimsoll_http::Secret;
use plimsoll_oci::content::Content;
use plimsoll_oci::remote::credential::Login;
use plimsoll_oci::store::{Prune, Pull, Store, StoreError};
use plimsoll_testkit::env::Environment;
use plimsoll_testkit::gitea::{Gitea, Pushes, USER};
use plimsoll_testkit::proxy::{Fault, Lasting, Proxy, When};
use plimsoll_testkit::tools;

use crate::referrers::{put_empty_blob, referrer};
use crate::support::{Image, open_at, read, says, tag};

fn login(token: &str) -> Option<Login> {
    Some(Login::Password { user: USER.into(), password: Secret::new(token) })
}

#[tokio::test]
async fn images_go_there_and_come_back() {
    let Some([crane]) = tools::require_all(["crane"]) else { return };
    let environment = Environment::new();
    let Some(gitea) = Gitea::start(&environment, Pushes::AtOnce) else { return };
    let (address, path) = (gitea.address(), format!("{USER}/app"));
    let ours = open_at(&address, login(&gitea.token), &path);
    ours.check_push().await.unwrap();
    assert!(ours.tags().await.unwrap().is_empty());
    assert_eq!(ours.resolve(&tag("v1")).await.unwrap(), None);
    let (one, two) = (Image::new("one"), Image::new("two"));
    for _ in 0..2 {
        one.push(&ours, "v1").await.unwrap();
    }
    let digest = one.index.digest().to_string();
    assert_eq!(says(&crane, &environment, &["digest", &format!("{address}/{path}:v1")]), digest);
    // Everybody may pull what a public user has.
    let stranger = open_at(&address, None, &path);
    for blob in &one.blobs {
        let got = stranger.blob(blob.descriptor()).await.unwrap().unwrap();
        assert_eq!(read(got.as_ref()).await, read(blob).await);
    }
    for manifest in one.manifests.iter().chain([&one.index]) {
        assert_eq!(stranger.manifest(manifest.digest()).await.unwrap().unwrap().bytes(), manifest.bytes());
    }

    // A tag that moves leaves what it pointed at where it is.
    two.push(&ours, "v1").await.unwrap();
    assert!(ours.manifest(one.index.digest()).await.unwrap().is_some());
    for number in 0..60 {
        ours.point(&tag(&format!("t{number}")), one.index.digest(), None).await.unwrap();
    }
    assert_eq!(ours.tags().await.unwrap().len(), 61);
    let team = open_at(&address, login(&gitea.token), &format!("{USER}/team/app"));
    for blob in &one.blobs {
        team.put_blob(blob, Some(ours.name())).await.unwrap();
        assert!(team.blob(blob.descriptor()).await.unwrap().is_some());
    }
    ours.remove_tag(&tag("t0")).await.unwrap();
    assert_eq!(ours.tags().await.unwrap().len(), 60);
}

#[tokio::test]
async fn it_lists_no_referrers_and_loses_none() {
    let Some(oras) = tools::require("oras") else { return };
    let environment = Environment::new();
    let Some(gitea) = Gitea::start(&environment, Pushes::AtOnce) else { return };
    let path = format!("{USER}/app");
    let ours = open_at(&gitea.address(), login(&gitea.token), &path);
    let image = Image::new("one");
    image.push(&ours, "v1").await.unwrap();
    put_empty_blob(&ours).await;
    let notes: Vec<_> = (0..4).map(|n| referrer(&image.index, &format!("note {n}"))).collect();
    for note in &notes {
        ours.put_manifest(note).await.unwrap();
    }
    let found = open_at(&gitea.address(), None, &path).referrers(image.index.digest(), None).await.unwrap();
    assert_eq!(found.len(), 4);
    let name = format!("{}/{path}@{}", gitea.address(), image.index.digest());
    let seen = says(&oras, &environment, &["discover", "--plain-http", "--format", "json", &name]);
    for note in &notes {
        assert!(seen.contains(&note.digest().to_string()), "{seen}");
    }
}

#[tokio::test]
async fn whom_it_does_not_let_write_is_told() {
    let environment = Environment::new();
    let Some(gitea) = Gitea::start(&environment, Pushes::AtOnce) else { return };
    let reader = gitea.token_with("read:package");
    let path = format!("{USER}/app");
    for (login, source) in
        [(None, None), (login("hunter2"), Some("the test")), (login(&reader), Some("the test"))]
    {
        let failure = open_at(&gitea.address(), login, &path).check_push().await.unwrap_err();
        let StoreError::Unauthorized { credential, .. } = &failure else { panic!("{failure:?}") };
        assert_eq!(credential.as_deref(), source);
    }
}

#[tokio::test]
async fn an_upload_goes_on_although_it_counts_one_byte_too_many() {
    let environment = Environment::new();
    let Some(gitea) = Gitea::start(&environment, Pushes::AtOnce) else { return };
    let proxy = Proxy::start(&gitea.address());
    let ours = open_at(&proxy.address(), login(&gitea.token), &format!("{USER}/app"));
    let image = Image::new("one");
    proxy.fail(When::first("PATCH", "/uploads/"), Fault::CutRequest(5000), Lasting::Once);
    let base = &image.blobs[0];
    ours.put_blob(base, None).await.unwrap();
    let got = ours.blob(base.descriptor()).await.unwrap().unwrap();
    assert_eq!(read(got.as_ref()).await, read(base).await);
}
