//! Copies are byte-identical, send only what is missing, and stop in a sound state.
#![expect(clippy::unwrap_used, reason = "in a test it says that the test failed")]

mod layout_support;

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use layout_support::{Folder, Image, MultiImage, blob_file, block_on, read_from};
use plimsoll_oci::content::Content;
use plimsoll_oci::copy::{CopyOptions, Progress, Referrers, copy};
use plimsoll_oci::layout::{Layout, LocalRegistry};
use plimsoll_oci::model::{Descriptor, ImageIndex, Manifest, MediaType};
use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};
use plimsoll_oci::store::{Pull, Store, StoreError, Work};
use plimsoll_oci::walk::{self, DEPTH_LIMIT};

/// A layout of the test, in a folder of its own.
fn layout(folder: &Folder, name: &str) -> Layout {
    Layout::create(&folder.join(name)).unwrap()
}

fn index(children: Vec<Descriptor>, seed: &str) -> Manifest {
    Manifest::from_index(ImageIndex {
        schema_version: 2,
        media_type: Some(MediaType::INDEX),
        artifact_type: None,
        manifests: children,
        subject: None,
        annotations: BTreeMap::from([("seed".into(), seed.into())]),
    })
}

/// A store that fails after so many effects, and watches the order of things.
struct Watched {
    inner: Layout,
    effects_left: AtomicUsize,
    log: Mutex<Vec<Digest>>,
}

impl Watched {
    fn new(inner: Layout, effects: usize) -> Watched {
        Watched { inner, effects_left: AtomicUsize::new(effects), log: Mutex::default() }
    }

    fn effect(&self, at: &Digest) -> Result<(), StoreError> {
        let left = self.effects_left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        left.map_err(|_| StoreError::Unreachable { place: "x".into(), why: "gone".into() })?;
        self.log.lock().unwrap().push(at.clone());
        Ok(())
    }
}

impl Pull for Watched {
    fn resolve<'a>(&'a self, tag: &'a ImageTag) -> Work<'a, Option<Descriptor>> {
        self.inner.resolve(tag)
    }
    fn manifest<'a>(&'a self, at: &'a Digest) -> Work<'a, Option<Manifest>> {
        self.inner.manifest(at)
    }
    fn blob<'a>(&'a self, at: &'a Descriptor) -> Work<'a, Option<Arc<dyn Content>>> {
        self.inner.blob(at)
    }
    fn tags(&self) -> Work<'_, Vec<ImageTag>> {
        self.inner.tags()
    }
    fn referrers<'a>(
        &'a self,
        subject: &'a Digest,
        kind: Option<&'a MediaType>,
    ) -> Work<'a, Vec<Descriptor>> {
        self.inner.referrers(subject, kind)
    }
}

impl Store for Watched {
    fn put_blob<'a>(&'a self, content: &'a dyn Content, from: Option<&'a ImageRepository>) -> Work<'a, ()> {
        Box::pin(async move {
            self.effect(&content.descriptor().digest)?;
            self.inner.put_blob(content, from).await
        })
    }
    fn put_manifest<'a>(&'a self, manifest: &'a Manifest) -> Work<'a, ()> {
        Box::pin(async move {
            self.effect(manifest.digest())?;
            self.inner.put_manifest(manifest).await
        })
    }
    fn point<'a>(&'a self, tag: &'a ImageTag, to: &'a Digest, was: Option<&'a Digest>) -> Work<'a, ()> {
        self.inner.point(tag, to, was)
    }
}

#[test]
fn sends_what_is_missing_and_nothing_else() {
    let folder = Folder::new();
    let (from, to) = (layout(&folder, "from"), layout(&folder, "to"));
    let image = MultiImage::new("a");
    let root = image.put(&from);
    let options = CopyOptions::default();
    let first = block_on(copy(&from, &to, &root, &options)).unwrap();
    assert_eq!(first.root, *image.index.descriptor());
    // An index, two manifests, two configs, two layers.
    assert_eq!((first.sent.len(), first.present.len()), (7, 0));
    for descriptor in &first.sent {
        let [a, b] =
            [&from, &to].map(|layout| fs::read(blob_file(layout.path(), &descriptor.digest)).unwrap());
        assert_eq!(a, b);
    }
    let again = block_on(copy(&from, &to, &root, &options)).unwrap();
    assert_eq!((again.sent.len(), again.present.len()), (0, 7));
    let layer = image.images[1].layers[0].descriptor();
    fs::write(blob_file(to.path(), &layer.digest), "torn").unwrap();
    fs::remove_file(blob_file(to.path(), image.images[0].manifest.digest())).unwrap();
    fs::write(blob_file(to.path(), &root), "{}").unwrap();
    let repaired = block_on(copy(&from, &to, &root, &options)).unwrap();
    let mut sent: Vec<&Digest> = repaired.sent.iter().map(|sent| &sent.digest).collect();
    let mut want = vec![&layer.digest, image.images[0].manifest.digest(), &root];
    sent.sort();
    want.sort();
    assert_eq!(sent, want);
    assert!(block_on(walk::whole(&to, &root)).unwrap().is_empty());
}

#[test]
fn stopped_anywhere_it_leaves_nothing_without_what_it_needs_and_goes_on_later() {
    let folder = Folder::new();
    let from = layout(&folder, "from");
    let image = MultiImage::new("a");
    let root = image.put(&from);
    let referrer = Image::referrer(&image.index, "application/signature", "s");
    referrer.put(&from);
    let options = CopyOptions { referrers: Referrers::Follow, at_once: 2, ..CopyOptions::default() };
    let mut stopped = 0;
    for effects in 0.. {
        let to = Watched::new(layout(&folder, &format!("to-{effects}")), effects);
        let result = block_on(copy(&from, &to, &root, &options));
        // The layout refuses a manifest before what it lists; here again, by what is there.
        for manifest in image.images.iter().map(|image| &image.manifest).chain([&image.index]) {
            if block_on(to.manifest(manifest.digest())).unwrap().is_some() {
                assert!(block_on(walk::whole(&to, manifest.digest())).unwrap().is_empty());
            }
        }
        if result.is_ok() {
            break;
        }
        stopped += 1;
        block_on(copy(&from, &to.inner, &root, &options)).unwrap();
        assert!(block_on(walk::whole(&to, &root)).unwrap().is_empty());
        assert_eq!(block_on(to.referrers(&root, None)).unwrap().len(), 1);
    }
    assert_eq!(stopped, 10, "blobs and manifests of image and referrer");
}

#[test]
fn referrers_follow_if_asked_and_so_do_theirs() {
    let folder = Folder::new();
    let from = layout(&folder, "from");
    let image = MultiImage::new("a");
    let root = image.put(&from);
    let on_index = Image::referrer(&image.index, "application/signature", "index");
    let on_platform = Image::referrer(&image.images[0].manifest, "application/sbom", "platform");
    let on_referrer = Image::referrer(&on_index.manifest, "application/timestamp", "referrer");
    for referrer in [&on_index, &on_platform, &on_referrer] {
        referrer.put(&from);
    }
    for (referrers, want) in [(Referrers::Leave, 0), (Referrers::Follow, 1)] {
        let to = layout(&folder, &format!("{referrers:?}"));
        let options = CopyOptions { referrers, ..CopyOptions::default() };
        block_on(copy(&from, &to, &root, &options)).unwrap();
        let subjects = [&root, image.images[0].manifest.digest(), on_index.manifest.digest()];
        for subject in subjects {
            assert_eq!(block_on(to.referrers(subject, None)).unwrap().len(), want, "{referrers:?}");
        }
    }
}

#[test]
fn children_come_before_their_parents_at_every_depth() {
    let folder = Folder::new();
    let from = layout(&folder, "from");
    let [a, b] = ["a", "b"].map(|seed| Image::new("linux/amd64", seed.as_bytes()));
    a.put(&from);
    b.put(&from);
    // The outer index lists one image beside an index that lists it, too.
    let inner = index(vec![b.manifest.descriptor().clone()], "inner");
    let outer = index(
        vec![
            a.manifest.descriptor().clone(),
            b.manifest.descriptor().clone(),
            inner.descriptor().clone(),
            b.manifest.descriptor().clone(),
        ],
        "outer",
    );
    for manifest in [&inner, &outer] {
        block_on(from.put_manifest(manifest)).unwrap();
    }
    let tree = block_on(walk::tree(&from, outer.digest())).unwrap();
    let steps: Vec<usize> = tree.steps.iter().map(Vec::len).collect();
    assert_eq!(steps, [2, 1, 1]);
    assert_eq!(tree.blobs.len(), 4);
    let to = Watched::new(layout(&folder, "to"), usize::MAX);
    block_on(copy(&from, &to, outer.digest(), &CopyOptions::default())).unwrap();
    let log = to.log.lock().unwrap();
    let place: HashMap<&Digest, usize> = log.iter().enumerate().map(|(at, digest)| (digest, at)).collect();
    assert!(place[b.manifest.digest()] < place[inner.digest()]);
    assert!(place[inner.digest()] < place[outer.digest()]);
    assert_eq!(log.len(), 8, "each once");
}

#[test]
fn progress_tells_every_byte() {
    #[derive(Default)]
    struct Heard {
        planned: Option<(usize, u64)>,
        reached: HashMap<Digest, u64>,
        present: Vec<Digest>,
        sent: Vec<Digest>,
    }
    struct Ear(Mutex<Heard>);
    impl Progress for Ear {
        fn planned(&self, blobs: usize, bytes: u64) {
            self.0.lock().unwrap().planned = Some((blobs, bytes));
        }
        fn present(&self, blob: &Descriptor) {
            self.0.lock().unwrap().present.push(blob.digest.clone());
        }
        fn reached(&self, blob: &Digest, position: u64) {
            self.0.lock().unwrap().reached.insert(blob.clone(), position);
        }
        fn sent(&self, blob: &Descriptor) {
            self.0.lock().unwrap().sent.push(blob.digest.clone());
        }
    }
    let folder = Folder::new();
    let (from, to) = (layout(&folder, "from"), layout(&folder, "to"));
    let image = MultiImage::new("a");
    let root = image.put(&from);
    block_on(to.put_blob(&image.images[0].config, None)).unwrap();
    let ear = Arc::new(Ear(Mutex::default()));
    let options = CopyOptions { progress: ear.clone(), ..CopyOptions::default() };
    block_on(copy(&from, &to, &root, &options)).unwrap();
    let heard = ear.0.lock().unwrap();
    let blobs: Vec<&Descriptor> =
        image.images.iter().flat_map(|i| i.blobs().map(Content::descriptor)).collect();
    assert_eq!(heard.planned, Some((4, blobs.iter().map(|blob| blob.size).sum())));
    assert_eq!(heard.present, [image.images[0].config.descriptor().digest.clone()]);
    assert_eq!(heard.sent.len(), 3);
    for blob in blobs.iter().filter(|blob| heard.sent.contains(&blob.digest)) {
        assert_eq!(heard.reached[&blob.digest], blob.size);
    }
}

#[test]
fn a_source_that_is_not_whole_or_lies_is_told() {
    let folder = Folder::new();
    let image = MultiImage::new("a");
    let layer = image.images[0].layers[0].descriptor().clone();
    let child = image.images[0].manifest.digest().clone();
    let mut round = 0;
    let mut copied = |change: &dyn Fn(&Layout)| {
        round += 1;
        let from = layout(&folder, &format!("from-{round}"));
        let root = image.put(&from);
        change(&from);
        let to = layout(&folder, &format!("to-{round}"));
        let error = block_on(copy(&from, &to, &root, &CopyOptions::default())).unwrap_err();
        assert!(block_on(to.manifest(&root)).unwrap().is_none());
        error
    };
    let file = |from: &Layout, digest: &Digest| blob_file(from.path(), digest);
    let error = copied(&|from| fs::remove_file(file(from, &child)).unwrap());
    assert!(matches!(error, StoreError::Missing { .. }), "{error}");
    let error = copied(&|from| fs::remove_file(file(from, &layer.digest)).unwrap());
    assert!(matches!(error, StoreError::Missing { .. }), "{error}");
    let error = copied(&|from| fs::write(file(from, &layer.digest), "torn").unwrap());
    assert!(matches!(error, StoreError::Size { .. }), "{error}");
    let error = copied(&|from| {
        let file = file(from, &layer.digest);
        let mut bytes = fs::read(&file).unwrap();
        bytes[15] ^= 1;
        fs::write(&file, bytes).unwrap();
    });
    assert!(matches!(error, StoreError::Lies { .. }), "{error}");
    let error = copied(&|from| fs::write(file(from, &child), "{}").unwrap());
    assert!(matches!(error, StoreError::Lies { .. }), "{error}");
}

#[test]
fn an_index_must_be_right_about_its_children() {
    let folder = Folder::new();
    let from = layout(&folder, "from");
    let image = Image::new("linux/amd64", b"1");
    image.put(&from);
    let listed = |change: &dyn Fn(&mut Descriptor)| {
        let mut child = image.manifest.descriptor().clone();
        change(&mut child);
        let parent = index(vec![child], "x");
        // By hand: the layout would refuse some of these.
        fs::write(blob_file(from.path(), parent.digest()), parent.bytes()).unwrap();
        block_on(walk::tree(&from, parent.digest())).unwrap_err()
    };
    let error = listed(&|child| child.size += 1);
    assert!(matches!(error, StoreError::Size { .. }), "{error}");
    let error = listed(&|child| child.media_type = MediaType::INDEX);
    assert!(matches!(error, StoreError::Model(_)), "{error}");
}

#[test]
fn depth_is_bounded() {
    let folder = Folder::new();
    let from = layout(&folder, "from");
    let mut child = {
        let image = Image::new("linux/amd64", b"1");
        image.put(&from);
        image.manifest
    };
    for depth in 0..DEPTH_LIMIT + 2 {
        let result = block_on(walk::tree(&from, child.digest()));
        assert_eq!(result.is_ok(), depth <= DEPTH_LIMIT, "{depth}: {result:?}");
        let parent = index(vec![child.descriptor().clone()], &depth.to_string());
        block_on(from.put_manifest(&parent)).unwrap();
        child = parent;
    }
}

#[test]
fn fan_out_is_bounded() {
    let folder = Folder::new();
    let from = layout(&folder, "from");
    let children =
        (0..walk::MANIFESTS_LIMIT + 1).map(|n| Descriptor::of(MediaType::MANIFEST, &n.to_le_bytes()));
    let parent = index(children.collect(), "wide");
    fs::write(blob_file(from.path(), parent.digest()), parent.bytes()).unwrap();
    let error = block_on(walk::tree(&from, parent.digest())).unwrap_err();
    assert!(matches!(error, StoreError::TooLarge { .. }), "{error}");
}

#[test]
fn a_mirror_on_the_same_machine_shares_the_blobs() {
    use std::os::unix::fs::MetadataExt as _;
    let folder = Folder::new();
    let registry = LocalRegistry::open(folder.path());
    let [a, b]: [ImageRepository; 2] = ["ghcr.io/acme/app", "docker.io/acme/app"].map(|n| n.parse().unwrap());
    let (from, to) = (registry.repository(&a), registry.repository(&b));
    let image = MultiImage::new("a");
    let root = image.put(&from);
    let options = CopyOptions { mount_from: Some(&a), ..CopyOptions::default() };
    block_on(copy(&from, &to, &root, &options)).unwrap();
    assert!(block_on(walk::whole(&to, &root)).unwrap().is_empty());
    for blob in image.images.iter().flat_map(Image::blobs) {
        let file = blob_file(to.folder(), &blob.descriptor().digest);
        assert_eq!(fs::metadata(file).unwrap().nlink(), 2);
        let found = block_on(to.blob(blob.descriptor())).unwrap().unwrap();
        assert_eq!(read_from(&*found, 0).unwrap(), read_from(blob, 0).unwrap());
    }
}
