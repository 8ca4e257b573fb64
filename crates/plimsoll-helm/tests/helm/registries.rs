//! Charts in registries: what we publish is pulled by Helm, and is what Helm would have pushed.

use plimsoll_helm::archive::find_time;
use plimsoll_helm::oci::{Artifact, Published, publish, tag_of};
use plimsoll_oci::layout::LocalRegistry;
use plimsoll_oci::model::Manifest;
use plimsoll_oci::store::Pull as _;
use plimsoll_testkit::registry::{Access, Flavor, Registry};

use crate::yard::{HELMS, Yard};

#[tokio::test(flavor = "multi_thread")]
async fn helm_pulls_what_we_publish_and_would_push_the_same() {
    for helm in HELMS {
        let Some(yard) = Yard::with(helm) else { continue };
        yard.write_awkward();
        let package = yard.package("awkward", Some("1.0.0+b.1"), "ours");
        let bytes = yard.read(&package);
        assert_eq!(find_time(&bytes), Some(1_700_000_000));
        let artifact = Artifact::of_package(bytes.clone().into(), None, "2023-11-14T22:13:20Z").unwrap();
        let registry = Registry::start(&yard.environment, Flavor::Plimsoll, Access::Anonymous).unwrap();
        // The folder that the server serves: a name without a host is one of `localhost`.
        let kept = LocalRegistry::open(&registry.storage());
        let repository = |path: &str| kept.repository(&format!("localhost/{path}").parse().unwrap());

        let ours = repository("ours/awkward");
        assert_eq!(publish(&ours, &artifact).await.unwrap(), Published::Now);
        assert_eq!(publish(&ours, &artifact).await.unwrap(), Published::Before);
        let at = format!("oci://{}/ours/awkward --version 1.0.0+b.1 --plain-http", registry.address());
        std::fs::create_dir_all(yard.home().join("pulled")).unwrap();
        yard.helm(&format!("pull {at} --destination pulled")).expect_success();
        assert_eq!(yard.read("pulled/awkward-1.0.0+b.1.tgz"), bytes, "{helm}");
        yard.helm(&format!("show chart {at}")).expect_success();

        yard.helm(&format!("push {package} oci://{}/theirs --plain-http", registry.address()))
            .expect_success();
        let theirs = repository("theirs/awkward");
        let found = theirs.resolve(&tag_of("1.0.0+b.1").unwrap()).await.unwrap().unwrap();
        let theirs = theirs.manifest(&found.digest).await.unwrap().unwrap();
        assert_eq!(timeless(&artifact.manifest), timeless(&theirs), "{helm}");
    }
}

/// The bytes of a manifest, but for the time.
fn timeless(manifest: &Manifest) -> String {
    let text = String::from_utf8(manifest.bytes().to_vec()).unwrap();
    text.replace(&manifest.annotations()["org.opencontainers.image.created"], "TIME")
}
