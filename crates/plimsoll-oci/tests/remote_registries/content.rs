//! Images, tags and mounts.

use plimsoll_http::Settings;
use plimsoll_oci::content::Content;
use plimsoll_oci::name::ImageRepository;
use plimsoll_oci::remote::credential::Credentials;
use plimsoll_oci::store::{Pull, Store, StoreError};
use plimsoll_testkit::env::Environment;
use plimsoll_testkit::registry::{self, Flavor, Registry};
use plimsoll_testkit::tools;

use crate::support::{Image, open, read, remote, remote_with, says, tag};

#[tokio::test]
async fn what_we_push_others_pull_and_so_do_we() {
    let Some([crane, skopeo]) = tools::require_all(["crane", "skopeo"]) else { return };
    for flavor in Flavor::ALL {
        let environment = Environment::new();
        let Some(registry) = Registry::start(&environment, flavor, registry::Access::Anonymous) else {
            continue;
        };
        let image = Image::new("one");
        let ours = open(&remote(&registry, None), &registry, "acme/app");
        assert!(ours.tags().await.unwrap().is_empty());
        image.push(&ours, "v1.0.0").await.unwrap();
        // A second time there is nothing to do, and it does no harm.
        image.push(&ours, "v1.0.0").await.unwrap();

        let name = registry.repository("acme/app:v1.0.0");
        let digest = image.index.digest().to_string();
        assert_eq!(says(&crane, &environment, &["digest", &name]), digest, "{flavor:?}");
        let raw = crane.command(&environment).args(["manifest", &name]).run().expect_success();
        assert_eq!(raw.stdout_bytes(), image.index.bytes().as_ref(), "{flavor:?}");
        let folder = environment.folder("copied");
        let (from, to) = (format!("docker://{name}"), format!("oci:{}:v1", folder.display()));
        says(
            &skopeo,
            &environment,
            &["copy", "--all", "--src-tls-verify=false", "--preserve-digests", &from, &to],
        );
        for blob in &image.blobs {
            let at = folder.join("blobs/sha256").join(blob.descriptor().digest.hex());
            assert_eq!(std::fs::read(at).unwrap(), read(blob).await, "{flavor:?}");
        }

        let other = open(&remote(&registry, None), &registry, "acme/app");
        let resolved = other.resolve(&tag("v1.0.0")).await.unwrap().unwrap();
        assert_eq!(resolved, *image.index.descriptor(), "{flavor:?}");
        for manifest in image.manifests.iter().chain([&image.index]) {
            let got = other.manifest(manifest.digest()).await.unwrap().unwrap();
            assert_eq!(got.bytes(), manifest.bytes());
        }
        for blob in &image.blobs {
            let got = other.blob(blob.descriptor()).await.unwrap().unwrap();
            assert_eq!(read(got.as_ref()).await, read(blob).await);
        }
    }
}

#[tokio::test]
async fn what_others_push_we_pull() {
    let Some(crane) = tools::require("crane") else { return };
    for flavor in Flavor::ALL {
        let environment = Environment::new();
        let Some(registry) = Registry::start(&environment, flavor, registry::Access::Anonymous) else {
            continue;
        };
        let file = environment.folder("layer").join("file.txt");
        std::fs::write(&file, "hello").unwrap();
        let archive = environment.root().join("layer.tar");
        let tar =
            environment.command("tar").args(["-cf"]).arg(&archive).args(["-C"]).arg(file.parent().unwrap());
        tar.arg("file.txt").run().expect_success();
        let name = registry.repository("theirs:v1");
        let layer = archive.display().to_string();
        says(&crane, &environment, &["append", "-f", &layer, "-t", &name, "--oci-empty-base"]);
        let ours = open(&remote(&registry, None), &registry, "theirs");
        let found = ours.resolve(&tag("v1")).await.unwrap().unwrap();
        assert_eq!(found.digest.to_string(), says(&crane, &environment, &["digest", &name]), "{flavor:?}");
        let manifest = ours.manifest(&found.digest).await.unwrap().unwrap();
        for at in manifest.blobs() {
            let blob = ours.blob(at).await.unwrap().unwrap();
            assert!(at.digest.matches(&read(blob.as_ref()).await));
        }
        assert_eq!(ours.tags().await.unwrap(), [tag("v1")]);
    }
}

#[tokio::test]
async fn tags_are_listed_moved_and_found_again() {
    for flavor in Flavor::ALL {
        let environment = Environment::new();
        let Some(registry) = Registry::start(&environment, flavor, registry::Access::Anonymous) else {
            continue;
        };
        let ours = open(&remote(&registry, None), &registry, "app");
        let (one, two) = (Image::new("one"), Image::new("two"));
        one.push(&ours, "latest").await.unwrap();
        two.push(&ours, "v2").await.unwrap();
        let mut wanted = vec![tag("latest"), tag("v2")];
        for number in 0..40 {
            let tag = tag(&format!("t{number:02}"));
            ours.point(&tag, one.index.digest(), None).await.unwrap();
            wanted.push(tag);
        }
        let mut found = ours.tags().await.unwrap();
        found.sort();
        wanted.sort();
        assert_eq!(found, wanted, "{flavor:?}");
        ours.point(&tag("latest"), two.index.digest(), Some(one.index.digest())).await.unwrap();
        let latest = ours.resolve(&tag("latest")).await.unwrap().unwrap();
        assert_eq!(latest.digest, *two.index.digest(), "{flavor:?}");
    }
}

#[tokio::test]
async fn blobs_are_mounted() {
    for flavor in Flavor::ALL {
        let environment = Environment::new();
        let Some(registry) = Registry::start(&environment, flavor, registry::Access::Anonymous) else {
            continue;
        };
        let remote = remote(&registry, None);
        let (base, app) = (open(&remote, &registry, "base"), open(&remote, &registry, "team/app"));
        let image = Image::new("one");
        image.push(&base, "v1").await.unwrap();
        for blob in &image.blobs {
            app.put_blob(blob, Some(base.name())).await.unwrap();
            let got = app.blob(blob.descriptor()).await.unwrap().unwrap();
            assert_eq!(read(got.as_ref()).await, read(blob).await, "{flavor:?}");
        }
        let stranger: ImageRepository = registry.repository("not/there").parse().unwrap();
        let fresh = Image::new("fresh");
        app.put_blob(&fresh.blobs[0], Some(&stranger)).await.unwrap();
        assert!(app.blob(fresh.blobs[0].descriptor()).await.unwrap().is_some(), "{flavor:?}");
    }
}

#[tokio::test]
async fn a_registry_that_comes_back_is_gone_on_with() {
    for flavor in [Flavor::Distribution2, Flavor::Distribution3, Flavor::Plimsoll] {
        let environment = Environment::new();
        let Some(mut registry) = Registry::start(&environment, flavor, registry::Access::Anonymous) else {
            continue;
        };
        let ours = open(&remote(&registry, None), &registry, "app");
        Image::new("one").push(&ours, "v1").await.unwrap();
        registry.stop();
        let mut settings = Settings::new("plimsoll/test");
        settings.retry.attempts = 1;
        let hasty = open(&remote_with(Credentials::default(), settings), &registry, "app");
        let failure = hasty.tags().await.unwrap_err();
        assert!(matches!(failure, StoreError::Unreachable { .. }), "{failure:?}");
        assert!(failure.is_temporary());
        registry.restart();
        Image::new("two").push(&ours, "v2").await.unwrap();
        assert_eq!(ours.tags().await.unwrap().len(), 2, "{flavor:?}");
    }
}
