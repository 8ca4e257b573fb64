//! What refers to a manifest.

use futures_util::future::join_all;
use plimsoll_oci::content::MemoryContent;
use plimsoll_oci::model::{Descriptor, ImageManifest, Manifest, MediaType};
use plimsoll_oci::remote::RemoteRepository;
use plimsoll_oci::store::{Prune, Pull, Store};
use plimsoll_testkit::env::Environment;
use plimsoll_testkit::registry::{self, Flavor, Registry};
use plimsoll_testkit::tools;

use crate::support::{Image, open, remote, says};

const NOTHING: &str = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

/// An artifact that refers to a subject.
pub(crate) fn referrer(subject: &Manifest, note: &str) -> Manifest {
    let empty = Descriptor::new(MediaType::EMPTY, NOTHING.parse().unwrap(), 2);
    Manifest::from_image(ImageManifest {
        schema_version: 2,
        media_type: Some(MediaType::MANIFEST),
        artifact_type: Some(MediaType::literal("application/vnd.example.note")),
        config: empty.clone(),
        layers: vec![empty],
        subject: Some(subject.descriptor().clone()),
        annotations: [("note".to_owned(), note.to_owned())].into(),
    })
}

pub(crate) async fn put_empty_blob(to: &RemoteRepository) {
    let empty = Descriptor::new(MediaType::EMPTY, NOTHING.parse().unwrap(), 2);
    to.put_blob(&MemoryContent::new(empty, "{}".into()).unwrap(), None).await.unwrap();
}

#[tokio::test]
async fn referrers_are_listed_by_us_and_by_others() {
    let Some(oras) = tools::require("oras") else { return };
    for flavor in Flavor::ALL {
        let environment = Environment::new();
        let Some(registry) = Registry::start(&environment, flavor, registry::Access::Anonymous) else {
            continue;
        };
        let ours = open(&remote(&registry, None), &registry, "app");
        let image = Image::new("one");
        image.push(&ours, "v1").await.unwrap();
        put_empty_blob(&ours).await;
        let notes: Vec<_> = (0..8).map(|n| referrer(&image.index, &format!("note {n}"))).collect();
        for put in join_all(notes.iter().map(|note| ours.put_manifest(note))).await {
            put.unwrap();
        }
        let mut wanted: Vec<String> = notes.iter().map(|note| note.digest().to_string()).collect();
        wanted.sort();
        let kind = MediaType::literal("application/vnd.example.note");
        for kind in [None, Some(&kind)] {
            let found = ours.referrers(image.index.digest(), kind).await.unwrap();
            let mut found: Vec<String> = found.iter().map(|one| one.digest.to_string()).collect();
            found.sort();
            assert_eq!(found, wanted, "{flavor:?}");
        }
        let other = MediaType::literal("application/vnd.example.other");
        assert!(ours.referrers(image.index.digest(), Some(&other)).await.unwrap().is_empty());
        let name = format!("{}@{}", registry.repository("app"), image.index.digest());
        let seen = says(&oras, &environment, &["discover", "--plain-http", "--format", "json", &name]);
        for digest in &wanted {
            assert!(seen.contains(digest), "{flavor:?}: oras does not see {digest}: {seen}");
        }
        ours.remove_manifest(notes[0].digest()).await.unwrap();
        let left = ours.referrers(image.index.digest(), None).await.unwrap();
        assert_eq!(left.len(), 7, "{flavor:?}");
    }
}
