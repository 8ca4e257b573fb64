//! Images, folders and an executor for the tests of layers, layouts, archives and copies.
#![expect(dead_code, reason = "every test file uses its own part of this")]

pub(crate) mod archives;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use bytes::Bytes;
use futures_util::StreamExt as _;
use plimsoll_oci::content::{Content, MemoryContent};
use plimsoll_oci::layer::{Entry, GzipLayer, Packed, Packing, Parents};
use plimsoll_oci::model::{Descriptor, ImageIndex, ImageManifest, Manifest, MediaType, Platform};
use plimsoll_oci::name::{Digest, ImageTag};
use plimsoll_oci::store::{Store, StoreError};

/// Runs a future to its end: nothing here needs more of an executor than this.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

/// A folder that is gone after the test.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Folder {
        Folder(tempfile::tempdir().expect("a temporary folder can be made"))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

pub(crate) fn tag(text: &str) -> ImageTag {
    text.parse().expect("a tag")
}

pub(crate) fn content(bytes: impl Into<Bytes>) -> MemoryContent {
    typed("application/octet-stream", bytes)
}

pub(crate) fn typed(media_type: &str, bytes: impl Into<Bytes>) -> MemoryContent {
    let bytes = bytes.into();
    MemoryContent::new(Descriptor::of(media_type.into(), &bytes), bytes).expect("bytes are what they are")
}

/// Everything that content gives when it is opened at `from`.
pub(crate) fn read_from(content: &dyn Content, from: u64) -> Result<Vec<u8>, StoreError> {
    block_on(async {
        let mut bytes = Vec::new();
        let mut stream = content.open(from).await?;
        while let Some(piece) = stream.next().await {
            bytes.extend_from_slice(&piece?);
        }
        Ok(bytes)
    })
}

/// A layer with one file.
pub(crate) fn layer(path: &str, bytes: &[u8]) -> (Packed, Vec<u8>) {
    let mut packing = Packing::new(0, Parents::Made);
    let size = bytes.len() as u64;
    packing.add(Entry::file(path, 0o755, size, bytes).expect("a path")).expect("an entry");
    let mut layer = GzipLayer::new(Vec::new());
    packing.write(&mut layer).expect("a layer in memory");
    layer.finish().expect("a layer in memory")
}

/// An image of one platform, with all its parts.
pub(crate) struct Image {
    pub(crate) manifest: Manifest,
    pub(crate) config: MemoryContent,
    pub(crate) layers: Vec<MemoryContent>,
}

impl Image {
    /// An image with one file in one layer.
    pub(crate) fn new(platform: &str, file: &[u8]) -> Image {
        let platform: Platform = platform.parse().expect("a platform");
        let (packed, bytes) = layer("/app/file", file);
        let config = format!(
            r#"{{"architecture":"{}","os":"{}","rootfs":{{"type":"layers","diff_ids":["{}"]}},"config":{{}}}}"#,
            platform.architecture, platform.os, packed.diff_id
        );
        let config = typed(MediaType::CONFIG.as_str(), config);
        let layers = vec![MemoryContent::new(packed.descriptor, bytes.into()).expect("a packed layer")];
        let manifest = Manifest::from_image(ImageManifest {
            schema_version: 2,
            media_type: Some(MediaType::MANIFEST),
            artifact_type: None,
            config: config.descriptor().clone(),
            layers: layers.iter().map(|layer| layer.descriptor().clone()).collect(),
            subject: None,
            annotations: BTreeMap::new(),
        });
        Image { manifest, config, layers }
    }

    /// Something that refers to `subject`.
    pub(crate) fn referrer(subject: &Manifest, kind: &str, text: &str) -> Image {
        let config = typed(MediaType::EMPTY.as_str(), "{}");
        let layers = vec![typed("text/plain", text.to_owned())];
        let manifest = Manifest::from_image(ImageManifest {
            schema_version: 2,
            media_type: Some(MediaType::MANIFEST),
            artifact_type: Some(kind.into()),
            config: config.descriptor().clone(),
            layers: layers.iter().map(|layer| layer.descriptor().clone()).collect(),
            subject: Some(subject.descriptor().clone()),
            annotations: BTreeMap::from([("made.for".into(), text.into())]),
        });
        Image { manifest, config, layers }
    }

    pub(crate) fn blobs(&self) -> impl Iterator<Item = &MemoryContent> {
        std::iter::once(&self.config).chain(&self.layers)
    }

    /// Puts blobs and manifest.
    pub(crate) fn put(&self, store: &dyn Store) -> Digest {
        block_on(async {
            for blob in self.blobs() {
                store.put_blob(blob, None).await.expect("a blob can be put");
            }
            store.put_manifest(&self.manifest).await.expect("a manifest can be put");
        });
        self.manifest.digest().clone()
    }
}

/// Two platforms and their index.
pub(crate) struct MultiImage {
    pub(crate) index: Manifest,
    pub(crate) images: Vec<Image>,
}

impl MultiImage {
    pub(crate) fn new(seed: &str) -> MultiImage {
        let platforms = ["linux/amd64", "linux/arm64"];
        let images: Vec<Image> =
            platforms.iter().map(|p| Image::new(p, format!("{seed} on {p}").as_bytes())).collect();
        let described = platforms.iter().zip(&images).map(|(platform, image)| Descriptor {
            platform: platform.parse().ok(),
            ..image.manifest.descriptor().clone()
        });
        let index = Manifest::from_index(ImageIndex {
            schema_version: 2,
            media_type: Some(MediaType::INDEX),
            artifact_type: None,
            manifests: described.collect(),
            subject: None,
            annotations: BTreeMap::from([("seed".into(), seed.into())]),
        });
        MultiImage { index, images }
    }

    pub(crate) fn put(&self, store: &dyn Store) -> Digest {
        for image in &self.images {
            image.put(store);
        }
        block_on(store.put_manifest(&self.index)).expect("an index can be put");
        self.index.digest().clone()
    }
}

/// Where a layout keeps a blob.
pub(crate) fn blob_file(layout: &Path, at: &Digest) -> PathBuf {
    layout.join("blobs").join(at.algorithm().name()).join(at.hex())
}
