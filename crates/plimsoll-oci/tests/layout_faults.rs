//! Layouts that are damaged, hostile, or changed under our hands; writers that die.
#![expect(clippy::unwrap_used, reason = "in a test it says that the test failed")]

mod layout_support;

use std::fs;
use std::os::unix::fs::symlink;

use futures_util::{StreamExt as _, stream};
use layout_support::{Folder, Image, MultiImage, blob_file, block_on, content, read_from, tag};
use plimsoll_oci::content::{ByteStream, Content, MemoryContent};
use plimsoll_oci::layout::Layout;
use plimsoll_oci::model::Descriptor;
use plimsoll_oci::name::Digest;
use plimsoll_oci::store::{Pull as _, Store as _, StoreError, Work};

/// Content whose bytes are not what its descriptor says.
struct Lying {
    descriptor: Descriptor,
    pieces: Vec<&'static [u8]>,
    then: Option<StoreError>,
}

impl Content for Lying {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    fn open(&self, _from: u64) -> Work<'_, ByteStream> {
        let pieces: Vec<_> = self.pieces.iter().map(|piece| Ok((*piece).into())).collect();
        let then = self.then.clone().map(Err);
        Box::pin(async move { Ok(stream::iter(pieces.into_iter().chain(then)).boxed()) })
    }
}

fn layout(folder: &Folder) -> Layout {
    Layout::create(&folder.join("layout")).unwrap()
}

/// Files that are not where a finished blob or one of our own marks would be.
fn leftovers(layout: &Layout) -> Vec<String> {
    let incoming = fs::read_dir(layout.path().join(".incoming")).unwrap();
    let names = incoming.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name != "writers").collect()
}

#[test]
fn bytes_that_are_not_what_they_should_be_are_not_kept() {
    let folder = Folder::new();
    let layout = layout(&folder);
    let descriptor = Descriptor::of("x".into(), b"1234");
    let cut = StoreError::Unreachable { place: "x".into(), why: "cut".into() };
    let cases = [
        ("short", vec![&b"123"[..]], None),
        ("long", vec![&b"1234"[..], b"5", b"6", b"7"], None),
        ("other", vec![&b"4321"[..]], None),
        ("empty", vec![], None),
        ("cut", vec![&b"12"[..]], Some(cut)),
    ];
    for (name, pieces, then) in cases {
        let lying = Lying { descriptor: descriptor.clone(), pieces, then };
        let error = block_on(layout.put_blob(&lying, None)).unwrap_err();
        let right = match name {
            "other" => matches!(error, StoreError::Lies { .. }),
            "cut" => matches!(error, StoreError::Unreachable { .. }),
            // Not a byte more is taken than shows that it is too long: the stream might have no end.
            "long" => matches!(error, StoreError::Size { want: 4, found: 5, .. }),
            _ => matches!(error, StoreError::Size { want: 4, .. }),
        };
        assert!(right, "{name}: {error}");
        assert!(block_on(layout.blob(&descriptor)).unwrap().is_none(), "{name}");
        assert_eq!(leftovers(&layout), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn damaged_blobs_are_noticed_and_put_right() {
    let folder = Folder::new();
    let layout = layout(&folder);
    let blob = content("12345678");
    let file = blob_file(layout.path(), &blob.descriptor().digest);
    block_on(layout.put_blob(&blob, None)).unwrap();

    for torn in [&b"1234"[..], b"", b"123456789"] {
        fs::write(&file, torn).unwrap();
        let found = block_on(layout.blob(blob.descriptor())).map(|_| ());
        assert!(matches!(found, Err(StoreError::Size { want: 8, .. })), "{found:?}");
        block_on(layout.put_blob(&blob, None)).unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"12345678");
    }
    fs::write(&file, b"12345679").unwrap();
    let found = block_on(layout.blob(blob.descriptor())).unwrap().unwrap();
    let error = read_from(&*found, 0).unwrap_err();
    assert!(matches!(error, StoreError::Lies { .. }), "{error}");
}

#[test]
fn damaged_manifests_are_noticed_and_put_right() {
    let folder = Folder::new();
    let layout = layout(&folder);
    let image = Image::new("linux/amd64", b"1");
    let digest = image.put(&layout);
    let file = blob_file(layout.path(), &digest);
    for damaged in [&b"{}"[..], b"", b"<html>"] {
        fs::write(&file, damaged).unwrap();
        let error = block_on(layout.manifest(&digest)).unwrap_err();
        assert!(matches!(error, StoreError::Lies { .. }), "{error}");
        let error = block_on(layout.point(&tag("v1"), &digest, None)).unwrap_err();
        assert!(matches!(error, StoreError::Lies { .. }), "{error}");
        block_on(layout.put_manifest(&image.manifest)).unwrap();
        assert_eq!(block_on(layout.manifest(&digest)).unwrap().unwrap().bytes(), image.manifest.bytes());
    }
    fs::write(&file, vec![b' '; 4 * 1024 * 1024 + 1]).unwrap();
    let error = block_on(layout.manifest(&digest)).unwrap_err();
    assert!(matches!(error, StoreError::TooLarge { .. }), "{error}");
}

#[test]
fn a_blob_that_changes_while_it_is_read_is_noticed() {
    let folder = Folder::new();
    let layout = layout(&folder);
    let bytes = vec![7; 1_000_000];
    let blob = content(bytes.clone());
    let file = blob_file(layout.path(), &blob.descriptor().digest);
    let read_after = |change: &dyn Fn()| {
        fs::write(&file, &bytes).unwrap();
        let found = block_on(layout.blob(blob.descriptor())).unwrap().unwrap();
        let mut stream = block_on(found.open(0)).unwrap();
        block_on(stream.next()).unwrap().unwrap();
        change();
        block_on(stream.filter_map(|piece| async { piece.err() }).collect::<Vec<_>>())
    };
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let truncate = || fs::File::options().write(true).open(&file).unwrap().set_len(500_000).unwrap();
    let errors = read_after(&truncate);
    assert!(matches!(errors[..], [StoreError::Size { want: 1_000_000, .. }]), "{errors:?}");
    let errors = read_after(&|| fs::write(&file, vec![8; 1_000_000]).unwrap());
    assert!(matches!(errors[..], [StoreError::Lies { .. }]), "{errors:?}");
    // Whoever has opened it keeps what was opened.
    let errors = read_after(&|| fs::remove_file(&file).unwrap());
    assert!(errors.is_empty(), "{errors:?}");

    fs::write(&file, &bytes).unwrap();
    let found = block_on(layout.blob(blob.descriptor())).unwrap().unwrap();
    fs::remove_file(&file).unwrap();
    let error = read_from(&*found, 0).unwrap_err();
    assert!(matches!(error, StoreError::Missing { .. }), "{error}");
}

#[test]
fn what_is_no_layout_is_refused() {
    let folder = Folder::new();
    let path = folder.join("x");
    let why = |change: &dyn Fn()| {
        let _ = fs::remove_dir_all(&path);
        Layout::create(&path).unwrap();
        change();
        match Layout::open(&path).and_then(|layout| layout.listed()) {
            Err(error) => error.to_string().replace(&path.display().to_string(), "x"),
            Ok(listed) => panic!("{listed:?}"),
        }
    };
    let write = |name: &str, text: &str| fs::write(path.join(name), text).unwrap();
    let cases = [
        why(&|| fs::remove_dir_all(&path).unwrap()),
        why(&|| fs::remove_file(path.join("oci-layout")).unwrap()),
        why(&|| write("oci-layout", "")),
        why(&|| write("oci-layout", r#"{"imageLayoutVersion":"2.0.0"}"#)),
        why(&|| fs::remove_file(path.join("index.json")).unwrap()),
        why(&|| write("index.json", "<html>")),
        why(&|| write("index.json", r#"{"schemaVersion":1,"manifests":[]}"#)),
        why(&|| {
            fs::remove_file(path.join("index.json")).unwrap();
            fs::create_dir(path.join("index.json")).unwrap();
        }),
    ];
    insta::assert_snapshot!(cases.join("\n"), @r"
    x: it holds no `oci-layout`, so it is no image layout
    x: it holds no `oci-layout`, so it is no image layout
    x/oci-layout: EOF while parsing a value at line 1 column 0
    x/oci-layout: image layouts of version `2.0.0` are not supported
    x/index.json: it is missing from the image layout
    x/index.json: expected value at line 1 column 1
    x/index.json: its schemaVersion is 1, not 2
    x/index.json: it is no regular file
    ");
}

#[test]
fn a_tag_on_two_manifests_means_nothing() {
    let folder = Folder::new();
    let layout = layout(&folder);
    let entries: Vec<String> = ["a", "b"]
        .map(|seed| {
            let mut entry = Image::new("linux/amd64", seed.as_bytes()).manifest.descriptor().clone();
            entry.annotations.insert("org.opencontainers.image.ref.name".into(), "v1".into());
            serde_json::to_string(&entry).unwrap()
        })
        .into();
    let index = format!(r#"{{"schemaVersion":2,"manifests":[{}]}}"#, entries.join(","));
    fs::write(layout.path().join("index.json"), index).unwrap();
    let error = block_on(layout.resolve(&tag("v1"))).unwrap_err();
    assert!(matches!(error, StoreError::Broken { .. }), "{error}");
}

#[test]
fn a_pipe_in_the_place_of_a_blob_does_not_hang() {
    let folder = Folder::new();
    let layout = layout(&folder);
    let blob = content("x");
    let file = blob_file(layout.path(), &blob.descriptor().digest);
    let made = std::process::Command::new("mkfifo").arg(&file).status().unwrap();
    assert!(made.success());
    let error = block_on(layout.blob(blob.descriptor())).map(|_| ()).unwrap_err();
    assert!(matches!(error, StoreError::Broken { .. }), "{error}");
    let error = block_on(layout.manifest(&blob.descriptor().digest)).unwrap_err();
    assert!(matches!(error, StoreError::Broken { .. }), "{error}");
}

#[test]
fn what_the_dead_left_is_swept_by_the_next_writer() {
    let folder = Folder::new();
    let path = layout(&folder).path().to_owned();
    fs::write(path.join(".incoming/999999-7"), "half a blob").unwrap();
    fs::write(path.join(".incoming/notes"), "not ours").unwrap();
    // Reading sweeps nothing.
    let reader = Layout::open(&path).unwrap();
    assert!(block_on(reader.tags()).unwrap().is_empty());
    assert!(path.join(".incoming/999999-7").exists());
    // Neither does a writer while another one lives.
    let alive = layout(&folder).begin_blob().unwrap();
    fs::write(path.join(".incoming/999999-8"), "half a blob").unwrap();
    block_on(layout(&folder).put_blob(&content("1"), None)).unwrap();
    assert!(path.join(".incoming/999999-8").exists());
    drop(alive);
    block_on(layout(&folder).put_blob(&content("2"), None)).unwrap();
    assert_eq!(leftovers(&reader), ["notes"]);
}

#[test]
fn a_link_in_the_place_of_our_folder_is_not_swept_through() {
    let folder = Folder::new();
    let layout = layout(&folder);
    let theirs = folder.join("theirs");
    fs::create_dir(&theirs).unwrap();
    fs::write(theirs.join("1-1"), "precious").unwrap();
    fs::remove_dir_all(layout.path().join(".incoming")).unwrap();
    symlink(&theirs, layout.path().join(".incoming")).unwrap();
    let layout = Layout::open(layout.path()).unwrap();
    let error = block_on(layout.put_blob(&content("1"), None)).unwrap_err();
    assert!(matches!(error, StoreError::Broken { .. }), "{error}");
    assert_eq!(fs::read_to_string(theirs.join("1-1")).unwrap(), "precious");
}

#[test]
fn a_dropped_write_was_never_there() {
    let folder = Folder::new();
    let layout = layout(&folder);
    let blob = content(vec![1; 1_000_000]);
    // Given up after its first step, as by ^C.
    let mut put = layout.put_blob(&blob, None);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(put.as_mut().poll(&mut context).is_pending());
    assert_eq!(leftovers(&layout).len(), 1);
    drop(put);
    assert_eq!(leftovers(&layout), Vec::<String>::new());
    assert!(block_on(layout.blob(blob.descriptor())).unwrap().is_none());
}

#[test]
fn damage_below_a_manifest_is_found() {
    let folder = Folder::new();
    let layout = layout(&folder);
    let image = MultiImage::new("a");
    let root = image.put(&layout);
    let missing = || block_on(plimsoll_oci::walk::whole(&layout, &root)).unwrap();
    assert!(missing().is_empty());
    let file = |digest: &Digest| blob_file(layout.path(), digest);
    let [amd64, arm64] = &image.images[..] else { panic!() };
    let layer: &MemoryContent = &amd64.layers[0];

    fs::write(file(&layer.descriptor().digest), "torn").unwrap();
    fs::remove_file(file(arm64.manifest.digest())).unwrap();
    let found = missing();
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(found[0].digest, *arm64.manifest.digest());
    assert_eq!(found[0].parent.as_ref(), Some(&root));
    assert!(found[0].damage.is_none());
    assert_eq!(found[1].digest, layer.descriptor().digest);
    assert!(matches!(found[1].damage, Some(StoreError::Size { .. })));

    fs::write(file(&root), "{}").unwrap();
    let found = missing();
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0].digest, &found[0].parent), (&root, &None));
    assert!(matches!(found[0].damage, Some(StoreError::Lies { .. })));
}
