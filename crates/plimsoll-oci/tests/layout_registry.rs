//! This machine's own registry: one layout for each repository, blobs shared by links.
#![expect(clippy::unwrap_used, reason = "in a test it says that the test failed")]

mod layout_support;

use std::fs;
use std::os::unix::fs::MetadataExt as _;

use layout_support::{Folder, Image, MultiImage, blob_file, block_on, content, tag};
use plimsoll_oci::content::Content as _;
use plimsoll_oci::layout::{Layout, LocalRegistry};
use plimsoll_oci::name::ImageRepository;
use plimsoll_oci::store::{Prune as _, Pull as _, Store as _, StoreError};
use proptest::prelude::*;

fn name(text: &str) -> ImageRepository {
    text.parse().unwrap()
}

#[test]
fn a_repository_is_made_by_writing() {
    let folder = Folder::new();
    let registry = LocalRegistry::open(&folder.join("registry"));
    let repository = registry.repository(&name("ghcr.io/acme/app"));
    let image = MultiImage::new("a");
    assert!(block_on(repository.resolve(&tag("v1"))).unwrap().is_none());
    assert!(block_on(repository.manifest(image.index.digest())).unwrap().is_none());
    assert!(block_on(repository.blob(content("x").descriptor())).unwrap().is_none());
    assert!(block_on(repository.tags()).unwrap().is_empty());
    assert!(block_on(repository.referrers(image.index.digest(), None)).unwrap().is_empty());
    block_on(repository.remove_tag(&tag("v1"))).unwrap();
    block_on(repository.remove_manifest(image.index.digest())).unwrap();
    let missing = block_on(repository.point(&tag("v1"), image.index.digest(), None)).unwrap_err();
    assert!(matches!(missing, StoreError::Missing { .. }), "{missing}");
    assert_eq!(registry.repositories().unwrap(), []);
    assert!(!folder.join("registry").exists());

    let root = image.put(&repository);
    block_on(repository.point(&tag("v1"), &root, None)).unwrap();
    assert_eq!(registry.repositories().unwrap(), [name("ghcr.io/acme/app")]);
    // The folder is a layout as every tool knows it.
    let layout = Layout::open(&folder.join("registry/ghcr.io/acme/app")).unwrap();
    assert_eq!(layout.select(None).unwrap().digest, root);
    let again = registry.repository(&name("ghcr.io/acme/app"));
    assert_eq!(block_on(again.resolve(&tag("v1"))).unwrap().unwrap().digest, root);
}

#[test]
fn repositories_may_lie_inside_one_another() {
    let folder = Folder::new();
    let registry = LocalRegistry::open(folder.path());
    let mut names: Vec<ImageRepository> = [
        "127.0.0.1:5000/app",
        "[::1]:5000/app",
        "localhost/app",
        "ghcr.io/acme",
        "ghcr.io/acme/app",
        "ghcr.io/acme/blobs",
        "ghcr.io/acme/blobs/sha256",
        "ghcr.io/acme/index.json",
        "ghcr.io/acme/oci-layout/x",
        "alpine",
    ]
    .map(name)
    .into();
    for name in &names {
        let image = Image::new("linux/amd64", name.to_string().as_bytes());
        let repository = registry.repository(name);
        let root = image.put(&repository);
        block_on(repository.point(&tag("v1"), &root, None)).unwrap();
    }
    names.sort();
    assert_eq!(registry.repositories().unwrap(), names);
    for name in &names {
        let repository = registry.repository(name);
        let want = Image::new("linux/amd64", name.to_string().as_bytes());
        let found = block_on(repository.resolve(&tag("v1"))).unwrap().unwrap();
        assert_eq!(found.digest, *want.manifest.digest(), "{name}");
        assert_eq!(block_on(repository.tags()).unwrap(), [tag("v1")], "{name}");
    }
}

#[test]
fn what_is_not_ours_is_no_repository() {
    let folder = Folder::new();
    let registry = LocalRegistry::open(folder.path());
    block_on(registry.repository(&name("ghcr.io/acme/app")).put_blob(&content("1"), None)).unwrap();
    fs::create_dir_all(folder.join("ghcr.io/UPPER/x")).unwrap();
    fs::create_dir_all(folder.join("not a host/x")).unwrap();
    fs::write(folder.join("ghcr.io/file"), "").unwrap();
    Layout::create(&folder.join("ghcr.io/app+")).unwrap();
    // The name of this would be `docker.io/library/alpine`, whose place is another.
    Layout::create(&folder.join("docker.io/alpine")).unwrap();
    std::os::unix::fs::symlink(folder.join("ghcr.io/acme"), folder.join("ghcr.io/link")).unwrap();
    assert_eq!(registry.repositories().unwrap(), [name("ghcr.io/acme/app")]);
}

#[test]
fn a_mounted_blob_is_the_same_file_and_lives_on_its_own() {
    let folder = Folder::new();
    let registry = LocalRegistry::open(folder.path());
    let (from, to) = (name("ghcr.io/acme/app"), name("127.0.0.1:5000/mirror/app"));
    let (source, target) = (registry.repository(&from), registry.repository(&to));
    let image = Image::new("linux/amd64", b"1");
    image.put(&source);
    let layer = &image.layers[0];
    assert!(block_on(target.blob(layer.descriptor())).unwrap().is_none(), "nobody else's blobs are seen");
    block_on(target.put_blob(layer, Some(&from))).unwrap();
    let [a, b] =
        [&source, &target].map(|repository| blob_file(repository.folder(), &layer.descriptor().digest));
    assert_eq!(fs::metadata(&a).unwrap().ino(), fs::metadata(&b).unwrap().ino());
    fs::remove_file(&a).unwrap();
    assert!(block_on(target.blob(layer.descriptor())).unwrap().is_some());
    // What can't be mounted is written.
    let other = content("not there");
    block_on(target.put_blob(&other, Some(&from))).unwrap();
    assert!(block_on(target.blob(other.descriptor())).unwrap().is_some());
    // A torn file is not handed on, and one in the way is replaced.
    fs::write(&a, "torn").unwrap();
    let third = registry.repository(&name("third.example/app"));
    block_on(third.put_blob(layer, Some(&from))).unwrap();
    assert!(block_on(third.blob(layer.descriptor())).unwrap().is_some());
    block_on(source.put_blob(layer, Some(&to))).unwrap();
    assert!(block_on(source.blob(layer.descriptor())).unwrap().is_some());
}

#[test]
fn the_lock_is_for_several_operations() {
    let folder = Folder::new();
    let registry = LocalRegistry::open(&folder.join("registry"));
    let held = block_on(registry.lock()).unwrap();
    // Single writes do not heed it, or its holder could do nothing.
    let repository = registry.repository(&name("ghcr.io/acme/app"));
    let root = Image::new("linux/amd64", b"1").put(&repository);
    block_on(repository.point(&tag("v1"), &root, None)).unwrap();
    drop(held);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_name_has_a_place_of_its_own(names in proptest::collection::btree_set(
        "(localhost|\\[::1\\]:80|[a-z]{1,2}\\.io(:[1-9])?)(/(blobs|index\\.json|oci-layout|[a-b]|a-b|a__b|sha256)){1,3}", 1..6,
    )) {
        let folder = Folder::new();
        let registry = LocalRegistry::open(folder.path());
        let mut wanted: Vec<ImageRepository> = names.iter().map(|text| name(text)).collect();
        for name in &wanted {
            registry.repository(name).ensure_layout().unwrap();
        }
        wanted.sort();
        wanted.dedup();
        prop_assert_eq!(registry.repositories().unwrap(), wanted);
    }
}
