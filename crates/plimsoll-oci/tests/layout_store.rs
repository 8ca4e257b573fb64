//! A layout as a repository: what is put can be had again, and nothing else.
#![expect(clippy::unwrap_used, reason = "in a test it says that the test failed")]

mod layout_support;

use std::fs;

use layout_support::{Folder, Image, MultiImage, blob_file, block_on, content, read_from, tag, typed};
use plimsoll_oci::content::Content as _;
use plimsoll_oci::layout::{Layout, SelectError};
use plimsoll_oci::model::{Descriptor, ImageManifest, Manifest, MediaType};
use plimsoll_oci::name::{Algorithm, Digest, Digester};
use plimsoll_oci::store::{Prune as _, Pull as _, Store as _, StoreError};

fn layout(folder: &Folder) -> Layout {
    Layout::create(&folder.join("layout")).unwrap()
}

#[test]
fn gives_back_what_was_put() {
    let folder = Folder::new();
    let layout = layout(&folder);
    let image = MultiImage::new("a");
    let root = image.put(&layout);
    // Another handle, as another process would have.
    let layout = Layout::open(layout.path()).unwrap();
    let index = block_on(layout.manifest(&root)).unwrap().unwrap();
    assert_eq!(index.bytes(), image.index.bytes());
    for part in &image.images {
        let manifest = block_on(layout.manifest(part.manifest.digest())).unwrap().unwrap();
        assert_eq!(manifest.descriptor(), part.manifest.descriptor());
        for blob in part.blobs() {
            let found = block_on(layout.blob(blob.descriptor())).unwrap().unwrap();
            let bytes = read_from(blob, 0).unwrap();
            assert_eq!(read_from(&*found, 0).unwrap(), bytes);
            assert_eq!(read_from(&*found, 3).unwrap(), bytes.get(3..).unwrap_or_default());
            assert_eq!(read_from(&*found, blob.descriptor().size).unwrap(), b"");
        }
    }
    assert_eq!(block_on(layout.tags()).unwrap(), []);
}

#[test]
fn nothing_is_none() {
    let folder = Folder::new();
    let layout = layout(&folder);
    let absent = content("absent");
    assert!(block_on(layout.blob(absent.descriptor())).unwrap().is_none());
    assert!(block_on(layout.manifest(&absent.descriptor().digest)).unwrap().is_none());
    assert!(block_on(layout.resolve(&tag("v1"))).unwrap().is_none());
    assert!(block_on(layout.referrers(&absent.descriptor().digest, None)).unwrap().is_empty());
}

#[test]
fn a_large_blob_passes_in_pieces() {
    let folder = Folder::new();
    let layout = layout(&folder);
    let bytes: Vec<u8> = (0..1_000_000_u32).flat_map(u32::to_le_bytes).collect();
    let blob = content(bytes.clone());
    block_on(layout.put_blob(&blob, None)).unwrap();
    let found = block_on(layout.blob(blob.descriptor())).unwrap().unwrap();
    assert!(read_from(&*found, 0).unwrap() == bytes);
    assert!(read_from(&*found, 999_999).unwrap() == bytes[999_999..]);
}

#[test]
fn sha512_is_a_name_as_good_as_another() {
    let folder = Folder::new();
    let layout = layout(&folder);
    let mut digester = Digester::new(Algorithm::Sha512);
    digester.update(b"bytes");
    let descriptor = Descriptor::new("x".into(), digester.finish(), 5);
    let blob = plimsoll_oci::content::MemoryContent::new(descriptor.clone(), "bytes".into()).unwrap();
    block_on(layout.put_blob(&blob, None)).unwrap();
    assert_eq!(fs::read(blob_file(layout.path(), &descriptor.digest)).unwrap(), b"bytes");
    let found = block_on(layout.blob(&descriptor)).unwrap().unwrap();
    assert_eq!(read_from(&*found, 0).unwrap(), b"bytes");

    let image = Image::new("linux/amd64", b"1");
    let mut digester = Digester::new(Algorithm::Sha512);
    digester.update(image.manifest.bytes());
    let digest = digester.finish();
    let file = blob_file(layout.path(), &digest);
    fs::write(file, image.manifest.bytes()).unwrap();
    assert_eq!(*block_on(layout.manifest(&digest)).unwrap().unwrap().digest(), digest);
}

#[test]
fn a_manifest_waits_for_what_it_lists() {
    let folder = Folder::new();
    let layout = layout(&folder);
    let image = MultiImage::new("a");
    let missing = |manifest: &Manifest| match block_on(layout.put_manifest(manifest)) {
        Err(StoreError::Missing { digest, .. }) => digest,
        other => panic!("{other:?}"),
    };
    let [amd64, arm64] = &image.images[..] else { panic!() };
    assert_eq!(missing(&amd64.manifest), amd64.config.descriptor().digest);
    block_on(layout.put_blob(&amd64.config, None)).unwrap();
    assert_eq!(missing(&amd64.manifest), amd64.layers[0].descriptor().digest);
    assert_eq!(missing(&image.index), *amd64.manifest.digest());
    amd64.put(&layout);
    assert_eq!(missing(&image.index), *arm64.manifest.digest());
    arm64.put(&layout);
    block_on(layout.put_manifest(&image.index)).unwrap();
}

#[test]
fn a_subject_and_a_foreign_layer_may_be_missing() {
    let folder = Folder::new();
    let layout = layout(&folder);
    let absent = Image::new("linux/amd64", b"absent");
    Image::referrer(&absent.manifest, "application/x", "1").put(&layout);
    let config = typed(MediaType::EMPTY.as_str(), "{}");
    let mut foreign = Descriptor::of(MediaType::LAYER_GZIP, b"elsewhere");
    foreign.urls.push("https://example.org/layer".into());
    let manifest = Manifest::from_image(ImageManifest {
        schema_version: 2,
        media_type: None,
        artifact_type: None,
        config: config.descriptor().clone(),
        layers: vec![foreign],
        subject: None,
        annotations: Default::default(),
    });
    block_on(layout.put_manifest(&manifest)).unwrap();
}

#[test]
fn tags_move_only_from_where_they_were_seen() {
    let folder = Folder::new();
    let layout = layout(&folder);
    let [a, b, c] = ["a", "b", "c"].map(|seed| Image::new("linux/amd64", seed.as_bytes()).put(&layout));
    let v1 = tag("v1");
    let now = || block_on(layout.resolve(&v1)).unwrap().map(|found| found.digest);
    block_on(layout.point(&v1, &a, None)).unwrap();
    assert_eq!(now(), Some(a.clone()));
    for was in [None, Some(&c)] {
        let moved = block_on(layout.point(&v1, &b, was)).unwrap_err();
        assert!(matches!(&moved, StoreError::TagMoved { tag, .. } if *tag == v1), "{moved}");
        assert_eq!(now(), Some(a.clone()));
    }
    // What is so already is not written, whatever was seen.
    block_on(layout.point(&v1, &a, Some(&b))).unwrap();
    block_on(layout.point(&v1, &b, Some(&a))).unwrap();
    assert_eq!(now(), Some(b.clone()));
    assert_eq!(layout.listed().unwrap().len(), 1);
    let absent = Digest::of(b"absent");
    let missing = block_on(layout.point(&v1, &absent, Some(&b))).unwrap_err();
    assert!(matches!(missing, StoreError::Missing { .. }), "{missing}");
    block_on(layout.point(&tag("v2"), &b, None)).unwrap();
    assert_eq!(block_on(layout.tags()).unwrap(), [v1.clone(), tag("v2")]);
    block_on(layout.remove_tag(&v1)).unwrap();
    block_on(layout.remove_tag(&v1)).unwrap();
    assert_eq!(now(), None);
    assert!(block_on(layout.manifest(&b)).unwrap().is_some());
    block_on(layout.remove_manifest(&b)).unwrap();
    assert!(block_on(layout.manifest(&b)).unwrap().is_none());
    assert_eq!(block_on(layout.tags()).unwrap(), []);
}

#[test]
fn lists_referrers_as_a_registry_does() {
    let folder = Folder::new();
    let layout = layout(&folder);
    let image = Image::new("linux/amd64", b"1");
    let root = image.put(&layout);
    let signature = Image::referrer(&image.manifest, "application/signature", "s");
    let sbom = Image::referrer(&image.manifest, "application/sbom", "b");
    let on_signature = Image::referrer(&signature.manifest, "application/timestamp", "t");
    for referrer in [&signature, &sbom, &on_signature] {
        referrer.put(&layout);
        referrer.put(&layout);
    }
    // With and without what the writing handle remembers.
    for layout in [&layout, &Layout::open(layout.path()).unwrap()] {
        let found = block_on(layout.referrers(&root, None)).unwrap();
        let digests: Vec<&Digest> = found.iter().map(|found| &found.digest).collect();
        assert_eq!(digests, [signature.manifest.digest(), sbom.manifest.digest()]);
        assert_eq!(found[0].artifact_type, Some("application/signature".into()));
        assert_eq!(found[0].annotations, *signature.manifest.annotations());
        let kind = MediaType::from("application/sbom");
        let found = block_on(layout.referrers(&root, Some(&kind))).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].digest, *sbom.manifest.digest());
    }
    // A tag on a referrer changes nothing, neither there nor when it is gone.
    let t = tag("signature");
    block_on(layout.point(&t, signature.manifest.digest(), None)).unwrap();
    assert_eq!(block_on(layout.referrers(&root, None)).unwrap().len(), 2);
    block_on(layout.remove_tag(&t)).unwrap();
    assert_eq!(block_on(layout.referrers(&root, None)).unwrap().len(), 2);
    block_on(layout.remove_manifest(signature.manifest.digest())).unwrap();
    assert_eq!(block_on(layout.referrers(&root, None)).unwrap().len(), 1);
}

#[test]
fn finds_referrers_that_other_tools_listed() {
    let folder = Folder::new();
    let layout = layout(&folder);
    let image = Image::new("linux/amd64", b"1");
    let root = image.put(&layout);
    let referrer = Image::referrer(&image.manifest, "application/signature", "s");
    referrer.put(&layout);
    let entry = serde_json::to_string(referrer.manifest.descriptor()).unwrap();
    let write = |entries: &str| {
        let index = format!(r#"{{"schemaVersion":2,"manifests":[{entries}]}}"#);
        fs::write(layout.path().join("index.json"), index).unwrap();
    };
    let count = || block_on(Layout::open(layout.path()).unwrap().referrers(&root, None)).unwrap().len();
    write("");
    assert_eq!(count(), 0);
    write(&entry);
    assert_eq!(count(), 1);
    // An index under the tag that is made of the subject's digest.
    let listing = format!(r#"{{"schemaVersion":2,"manifests":[{entry}]}}"#);
    let listing = Manifest::parse(listing.into(), Some(&MediaType::INDEX)).unwrap();
    block_on(layout.put_manifest(&listing)).unwrap();
    let mut described = listing.descriptor().clone();
    let name = format!("sha256-{}", root.hex());
    described.annotations.insert("org.opencontainers.image.ref.name".into(), name);
    write(&serde_json::to_string(&described).unwrap());
    assert_eq!(count(), 1);
}

#[test]
fn selects_by_name_or_the_only_one() {
    let folder = Folder::new();
    let layout = layout(&folder);
    let select = |name: Option<&str>| layout.select(name).map(|found| found.digest);
    assert!(matches!(select(None), Err(SelectError::Empty { .. })));
    let [a, b] = [MultiImage::new("a"), MultiImage::new("b")];
    let (a_root, b_root) = (a.put(&layout), b.put(&layout));
    block_on(layout.point(&tag("v1"), &a_root, None)).unwrap();
    Image::referrer(&a.index, "application/signature", "s").put(&layout);
    assert_eq!(select(None).unwrap(), a_root, "what refers to an image is none itself");
    block_on(layout.point(&tag("latest"), &a_root, None)).unwrap();
    assert_eq!(select(None).unwrap(), a_root, "two names of one image are one image");
    block_on(layout.point(&tag("v2"), &b_root, None)).unwrap();
    assert!(matches!(select(None), Err(SelectError::Several { have, .. }) if have == ["latest", "v1", "v2"]));
    assert_eq!(select(Some("v2")).unwrap(), b_root);
    assert!(
        matches!(select(Some("v3")), Err(SelectError::NotFound { have, .. }) if have.contains(&"v1".into()))
    );
}

#[test]
fn selects_by_names_that_other_tools_wrote() {
    let folder = Folder::new();
    let layout = layout(&folder);
    let [a, b] = ["a", "b"].map(|seed| Image::new("linux/amd64", seed.as_bytes()));
    a.put(&layout);
    b.put(&layout);
    let entry = |image: &Image, annotations: &[(&str, &str)]| {
        let mut entry = image.manifest.descriptor().clone();
        entry.annotations = annotations.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        serde_json::to_string(&entry).unwrap()
    };
    const NAME: &str = "org.opencontainers.image.ref.name";
    const FULL: &str = "io.containerd.image.name";
    let index = format!(
        r#"{{"schemaVersion":2,"manifests":[{},{}]}}"#,
        entry(&a, &[(NAME, "1.0"), (FULL, "docker.io/library/app:1.0")]),
        entry(&b, &[(NAME, "ghcr.io/acme/app:2.0")]),
    );
    fs::write(layout.path().join("index.json"), index).unwrap();
    for (name, want) in [
        ("1.0", &a),
        ("docker.io/library/app:1.0", &a),
        ("app:1.0", &a),
        ("ghcr.io/acme/app:2.0", &b),
        ("2.0", &b),
    ] {
        assert_eq!(layout.select(Some(name)).unwrap().digest, *want.manifest.digest(), "{name}");
    }
}

#[test]
fn is_made_once_and_keeps_what_is_there() {
    let folder = Folder::new();
    let first = layout(&folder);
    let root = Image::new("linux/amd64", b"1").put(&first);
    block_on(first.point(&tag("v1"), &root, None)).unwrap();
    let again = layout(&folder);
    assert_eq!(block_on(again.resolve(&tag("v1"))).unwrap().unwrap().digest, root);
    assert_eq!(
        fs::read_to_string(again.path().join("oci-layout")).unwrap(),
        r#"{"imageLayoutVersion":"1.0.0"}"#
    );
}

#[test]
fn a_blob_whose_digest_is_not_known_before() {
    use std::io::Write as _;
    let folder = Folder::new();
    let layout = layout(&folder);
    let mut writer = layout.begin_blob().unwrap();
    writer.write_all(b"some ").unwrap();
    writer.write_all(b"bytes").unwrap();
    let (digest, size) = writer.keep().unwrap();
    assert_eq!((&digest, size), (&Digest::of(b"some bytes"), 10));
    let found = block_on(layout.blob(&Descriptor::new("x".into(), digest, size))).unwrap().unwrap();
    assert_eq!(read_from(&*found, 0).unwrap(), b"some bytes");
}
