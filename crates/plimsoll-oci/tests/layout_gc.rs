//! What a collection of garbage removes, and what it never does.

#![expect(clippy::unwrap_used, reason = "in a test it says that the test failed")]

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;
use std::thread;
use std::time::{Duration, SystemTime};

use plimsoll_oci::content::MemoryContent;
use plimsoll_oci::layout::{Keep, Layout};
use plimsoll_oci::model::{Descriptor, ImageIndex, ImageManifest, Manifest, MediaType};
use plimsoll_oci::name::Digest;
use plimsoll_oci::store::{Prune as _, Pull as _, Store as _, StoreError};

const HOUR: Duration = Duration::from_secs(3600);

/// A layout whose content was all written long ago, whenever [`Place::age`] is called.
struct Place {
    layout: Layout,
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        let folder = tempfile::tempdir().unwrap();
        Place { layout: Layout::create(folder.path()).unwrap(), folder }
    }

    async fn blob(&self, text: &str) -> Descriptor {
        let bytes = text.to_owned().into_bytes();
        let descriptor = Descriptor::of(MediaType::LAYER_TAR, &bytes);
        let content = MemoryContent::new(descriptor.clone(), bytes.into()).unwrap();
        self.layout.put_blob(&content, None).await.unwrap();
        descriptor
    }

    async fn image(&self, text: &str, subject: Option<&Manifest>) -> Manifest {
        let manifest = Manifest::from_image(ImageManifest {
            schema_version: 2,
            media_type: Some(MediaType::MANIFEST),
            artifact_type: None,
            config: self.blob(&format!("{{\"config\":\"{text}\"}}")).await,
            layers: vec![self.blob(&format!("layer of {text}")).await, self.blob("shared").await],
            subject: subject.map(|subject| subject.descriptor().clone()),
            annotations: [].into(),
        });
        self.layout.put_manifest(&manifest).await.unwrap();
        manifest
    }

    async fn index(&self, of: &[&Manifest]) -> Manifest {
        let manifest = Manifest::from_index(ImageIndex {
            schema_version: 2,
            media_type: Some(MediaType::INDEX),
            artifact_type: None,
            manifests: of.iter().map(|one| one.descriptor().clone()).collect(),
            subject: None,
            annotations: [].into(),
        });
        self.layout.put_manifest(&manifest).await.unwrap();
        manifest
    }

    async fn tag(&self, tag: &str, manifest: &Manifest) {
        self.layout.point(&tag.parse().unwrap(), manifest.digest(), None).await.unwrap();
    }

    /// Makes everything look as if it had been written a day ago.
    fn age(&self) {
        for entry in std::fs::read_dir(self.folder.path().join("blobs/sha256")).unwrap() {
            age(&entry.unwrap().path());
        }
    }

    fn collect(&self, keep: &[&Digest]) -> BTreeSet<Digest> {
        let digests = keep.iter().map(|digest| (*digest).clone()).collect();
        let collected = self.layout.collect(&Keep { digests, grace: HOUR }).unwrap();
        collected.removed.into_keys().collect()
    }
}

fn age(path: &Path) {
    File::open(path).unwrap().set_modified(SystemTime::now() - 24 * HOUR).unwrap();
}

/// A manifest and what it alone lists.
fn own(manifest: &Manifest) -> BTreeSet<Digest> {
    let shared = Digest::of(b"shared");
    let below = manifest.blobs().map(|blob| blob.digest.clone()).filter(|digest| *digest != shared);
    below.chain([manifest.digest().clone()]).collect()
}

#[tokio::test]
async fn what_nothing_refers_to_goes_and_all_else_stays() {
    let place = Place::new();
    let (one, two) = (place.image("one", None).await, place.image("two", None).await);
    let index = place.index(&[&one, &two]).await;
    place.tag("v1", &index).await;
    let signature = place.image("signature", Some(&index)).await;
    let on_signature = place.image("signature of the signature", Some(&signature)).await;
    let old = place.image("old", None).await;
    let on_old = place.image("signature of old", Some(&old)).await;
    let named = place.image("named by a record", None).await;
    let on_named = place.image("signature of named", Some(&named)).await;
    let loose = place.blob("loose").await;
    place.age();
    let fresh = place.image("fresh", None).await;
    let mut wanted = own(&old);
    wanted.extend(own(&on_old));
    wanted.insert(loose.digest);
    assert_eq!(place.collect(&[named.digest()]), wanted);
    for stays in [&index, &signature, &on_signature, &named, &on_named, &fresh] {
        let missing = plimsoll_oci::walk::whole(&place.layout, stays.digest()).await.unwrap();
        assert!(missing.is_empty(), "{missing:?}");
    }
    assert_eq!(place.layout.referrers(old.digest(), None).await.unwrap(), []);
    // A second time there is nothing left, and without the record its image goes.
    assert!(place.collect(&[named.digest()]).is_empty());
    let mut wanted = own(&named);
    wanted.extend(own(&on_named));
    assert_eq!(place.collect(&[]), wanted);
    place.layout.remove_tag(&"v1".parse().unwrap()).await.unwrap();
    place.age();
    place.collect(&[]);
    let left = std::fs::read_dir(place.folder.path().join("blobs/sha256")).unwrap().count();
    assert_eq!((left, place.layout.listed().unwrap().len()), (0, 0));
}

#[tokio::test]
async fn what_was_asked_for_lately_stays() {
    let place = Place::new();
    let image = place.image("image", None).await;
    place.age();
    // Whoever wants to push the same again finds it there and sends nothing.
    for blob in image.blobs() {
        place.layout.touch(&blob.digest);
    }
    assert_eq!(place.collect(&[]), BTreeSet::from([image.digest().clone()]));
    place.layout.put_manifest(&image).await.unwrap();
    place.tag("v1", &image).await;
    assert!(place.collect(&[]).is_empty());
}

#[tokio::test]
async fn a_young_manifest_keeps_old_content() {
    let place = Place::new();
    let old = place.image("old", None).await;
    place.age();
    let index = place.index(&[&old]).await;
    assert!(place.collect(&[]).is_empty());
    place.tag("v1", &index).await;
    assert!(plimsoll_oci::walk::whole(&place.layout, index.digest()).await.unwrap().is_empty());
}

#[tokio::test]
async fn nothing_goes_while_something_is_not_understood() {
    let place = Place::new();
    let image = place.image("image", None).await;
    place.tag("v1", &image).await;
    place.blob("loose").await;
    place.age();
    let index = place.folder.path().join("index.json");
    let good = std::fs::read_to_string(&index).unwrap();
    let unknown = good.replacen('[', r#"[{"mediaType":7},"#, 1);
    std::fs::write(&index, unknown).unwrap();
    let refused = place.layout.collect(&Keep { grace: HOUR, ..Keep::default() }).unwrap_err();
    assert!(matches!(refused, StoreError::Broken { .. }), "{refused:?}");
    std::fs::write(&index, good).unwrap();
    let manifest = place.folder.path().join("blobs/sha256").join(image.digest().hex());
    std::fs::write(&manifest, "{}").unwrap();
    age(&manifest);
    place.layout.collect(&Keep { grace: HOUR, ..Keep::default() }).unwrap_err();
    // A manifest that was never pushed is no reason to stop.
    std::fs::remove_file(&manifest).unwrap();
    assert_eq!(place.collect(&[]).len(), 4);
}

/// Whatever is tagged while garbage is collected without any grace is whole, or the push was told that it is not.
#[test]
fn collecting_beside_writers_breaks_nothing() {
    let place = Place::new();
    let done = std::sync::atomic::AtomicBool::new(false);
    let runtime = || tokio::runtime::Builder::new_current_thread().build().unwrap();
    thread::scope(|scope| {
        let writers: Vec<_> = (0..3)
            .map(|writer| {
                let place = &place;
                scope.spawn(move || {
                    runtime().block_on(async {
                        let mut pushed = Vec::new();
                        let mut round = 0;
                        // On a fast machine the collector may be ahead of each of the forty: one has to come through.
                        while round < 40 || pushed.is_empty() {
                            round += 1;
                            // The same content again and again: what one finds is another's garbage.
                            let text = format!("round {}", round % 5);
                            let blobs = [
                                place.blob(&format!("{{\"config\":\"{text}\"}}")).await,
                                place.blob(&format!("layer of {text}")).await,
                            ];
                            let [config, layer] = blobs;
                            let manifest = Manifest::from_image(ImageManifest {
                                schema_version: 2,
                                media_type: Some(MediaType::MANIFEST),
                                artifact_type: None,
                                config,
                                layers: vec![layer],
                                subject: None,
                                annotations: [("by".into(), format!("{writer}-{round}"))].into(),
                            });
                            let tag = format!("v{writer}-{round}").parse().unwrap();
                            let put = async {
                                place.layout.put_manifest(&manifest).await?;
                                place.layout.point(&tag, manifest.digest(), None).await
                            };
                            match put.await {
                                Ok(()) => pushed.push(manifest),
                                Err(StoreError::Missing { .. }) => {}
                                Err(error) => panic!("{error:?}"),
                            }
                        }
                        pushed
                    })
                })
            })
            .collect();
        let collector = scope.spawn(|| {
            let mut breath = std::time::Duration::from_millis(1);
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                place.layout.collect(&Keep::default()).unwrap();
                // Without a breath, a longer one each time, nobody would ever finish a push.
                thread::sleep(breath);
                breath += std::time::Duration::from_micros(250);
            }
        });
        let pushed: Vec<Manifest> = writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect();
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        collector.join().unwrap();
        for manifest in pushed {
            let missing =
                runtime().block_on(plimsoll_oci::walk::whole(&place.layout, manifest.digest())).unwrap();
            assert!(missing.is_empty(), "{missing:?}");
        }
    });
}
