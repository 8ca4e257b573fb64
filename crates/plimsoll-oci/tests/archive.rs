//! Image layouts inside archives: whole, damaged and hostile.

mod layout_support;

use std::fs;

use layout_support::archives::{Saved, Tar, example, gzip, layout_tar, open, read_all};
use layout_support::{Folder, Image, block_on, read_from, tag};
use plimsoll_oci::archive::Archive;
use plimsoll_oci::content::Content as _;
use plimsoll_oci::layout::Layout;
use plimsoll_oci::name::Digest;
use plimsoll_oci::store::{Pull as _, Store as _, StoreError};
use plimsoll_oci::walk;
use tar::EntryType;

#[test]
fn a_layout_in_a_tar_is_the_layout() {
    let folder = Folder::new();
    let (layout, image) = example(&folder);
    let root = image.index.digest();
    let plain = layout_tar(layout.path(), "");
    let spool = folder.join("spool");
    for (name, bytes) in [
        ("plain", plain.clone()),
        ("with ./", layout_tar(layout.path(), "./")),
        ("gzip", gzip(&plain)),
        ("zstd", zstd::encode_all(&plain[..], 3).unwrap()),
    ] {
        let archive = open(&folder, &bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(archive.select(None).unwrap().digest, *root, "{name}");
        assert_eq!(archive.select(Some("v1")).unwrap().digest, *root);
        assert_eq!(block_on(archive.resolve(&tag("v1"))).unwrap().unwrap().digest, *root);
        assert_eq!(block_on(archive.tags()).unwrap(), [tag("v1")]);
        assert_eq!(block_on(archive.referrers(root, None)).unwrap().len(), 1);
        assert!(read_all(&archive, root) == read_all(&layout, root), "{name}");
        assert!(block_on(archive.manifest(&Digest::of(b"absent"))).unwrap().is_none());
        let names = fs::read_dir(&spool).map_or(0, Iterator::count);
        assert_eq!(names, 0, "{name}: the decompressed archive has no name");
    }
}

#[test]
fn an_archive_cut_anywhere_is_refused() {
    let folder = Folder::new();
    let layout = Layout::create(&folder.join("layout")).unwrap();
    let root = Image::new("linux/amd64", b"1").put(&layout);
    block_on(layout.point(&tag("v1"), &root, None)).unwrap();
    let plain = layout_tar(layout.path(), "");
    let whole = |archive: &Archive| {
        let found = archive.select(None);
        found.is_ok_and(|found| block_on(walk::whole(archive, &found.digest)).unwrap().is_empty())
    };
    for end in (1..plain.len() - 1024).step_by(61) {
        let opened = open(&folder, &plain[..end]);
        assert!(!opened.is_ok_and(|archive| whole(&archive)), "cut after {end} of {} bytes", plain.len());
    }
    let compressed = gzip(&plain);
    for end in (1..compressed.len()).step_by(29) {
        assert!(open(&folder, &compressed[..end]).is_err(), "cut after {end} of {} bytes", compressed.len());
    }
}

#[test]
fn damaged_blobs_are_noticed() {
    let folder = Folder::new();
    let (layout, image) = example(&folder);
    let layer = image.images[0].layers[0].descriptor();
    let file = layout_support::blob_file(layout.path(), &layer.digest);
    let mut bytes = fs::read(&file).unwrap();
    bytes[20] ^= 1;
    fs::write(&file, &bytes).unwrap();
    let archive = open(&folder, &layout_tar(layout.path(), "")).unwrap();
    let found = block_on(archive.blob(layer)).unwrap().unwrap();
    let error = read_from(&*found, 0).unwrap_err();
    assert!(matches!(error, StoreError::Lies { .. }), "{error}");
    bytes.push(0);
    fs::write(&file, &bytes).unwrap();
    let archive = open(&folder, &layout_tar(layout.path(), "")).unwrap();
    let error = block_on(archive.blob(layer)).map(|_| ()).unwrap_err();
    assert!(matches!(error, StoreError::Size { .. }), "{error}");
    fs::write(layout_support::blob_file(layout.path(), image.index.digest()), "{}").unwrap();
    let archive = open(&folder, &layout_tar(layout.path(), "")).unwrap();
    let error = block_on(archive.manifest(image.index.digest())).unwrap_err();
    assert!(matches!(error, StoreError::Lies { .. }), "{error}");
}

#[test]
fn where_both_are_written_the_layout_counts() {
    let folder = Folder::new();
    let (layout, image) = example(&folder);
    let layout = layout_tar(layout.path(), "");
    let manifest = Tar::new().file("manifest.json", Saved::new().manifest("[]"));
    let both = [layout[..layout.len() - 1024].to_vec(), manifest.end()].concat();
    assert_eq!(open(&folder, &both).unwrap().select(None).unwrap().digest, *image.index.digest());
}

#[test]
fn hostile_archives_are_refused() {
    let folder = Folder::new();
    let (layout, image) = example(&folder);
    let good = layout_tar(layout.path(), "");
    let content = good[..good.len() - 1024].to_vec();
    let with = |more: Tar| open(&folder, &[content.clone(), more.end()].concat()).unwrap_err();
    let without = |path: &str, more: Tar| {
        let kept = Layout::open(layout.path()).unwrap();
        let hidden = folder.join("hidden");
        fs::rename(kept.path().join(path), &hidden).unwrap();
        let tar = layout_tar(kept.path(), "");
        fs::rename(&hidden, kept.path().join(path)).unwrap();
        open(&folder, &[tar[..tar.len() - 1024].to_vec(), more.end()].concat()).unwrap_err()
    };
    let saved = Saved::new();
    let docker =
        |manifest: String| open(&folder, &saved.tar().file("manifest.json", manifest).end()).unwrap_err();
    let blob = format!("blobs/sha256/{}", image.index.digest().hex());
    let errors = [
        with(Tar::new().file("/etc/passwd", "x")),
        with(Tar::new().file("../x", "x")),
        with(Tar::new().file("blobs/../../x", "x")),
        with(Tar::new().link(EntryType::Symlink, "../x", "y")),
        with(Tar::new().link(EntryType::Char, "null", "")),
        with(Tar::new().link(EntryType::Fifo, "pipe", "")),
        with(Tar::new().file("index.json", "{}")),
        with(Tar::new().link(EntryType::Symlink, "./oci-layout", "x")),
        without("index.json", Tar::new().link(EntryType::Symlink, "index.json", "oci-layout")),
        without("index.json", Tar::new().link(EntryType::Link, "index.json", "oci-layout")),
        without("oci-layout", Tar::new().link(EntryType::Symlink, "oci-layout", "/etc/passwd")),
        without(&blob, Tar::new().link(EntryType::Symlink, &blob, "../../index.json")),
        without("index.json", Tar::new()),
        without("index.json", Tar::new().file("index.json", "<html>")),
        without("oci-layout", Tar::new()),
        without("oci-layout", Tar::new().file("oci-layout", r#"{"imageLayoutVersion":"9"}"#)),
        docker("{}".into()),
        docker(saved.manifest("[]").replace("1/layer.tar", "../layer.tar")),
        docker(saved.manifest("[]").replace("1/layer.tar", "absent.tar")),
        docker(saved.manifest("[]").replace(r#","2/layer.tar""#, "")),
        docker(saved.manifest("[]").replace(&saved.config_path, "1/VERSION")),
        open(&folder, b"").unwrap_err(),
        open(&folder, &[b'x'; 4096]).unwrap_err(),
        open(&folder, &Tar::new().file("some", "file").end()).unwrap_err(),
        block_on(Archive::open(&folder.join("absent"), folder.path())).unwrap_err(),
        block_on(Archive::open(folder.path(), folder.path())).unwrap_err(),
    ];
    let root = folder.path().display().to_string();
    let shown: Vec<String> = errors.iter().map(|e| e.to_string().replace(&root, "FOLDER")).collect();
    insta::assert_snapshot!(shown.join("\n").replace(&blob, "BLOB").replace(&saved.config_path, "CONFIG"), @r"
    `/etc/passwd` would lie outside of the archive
    `../x` would lie outside of the archive
    `blobs/../../x` would lie outside of the archive
    `../x` would lie outside of the archive
    `null` is a device or pipe
    `pipe` is a device or pipe
    `index.json` is in the archive twice
    `./oci-layout` is in the archive twice
    `index.json` is a link to `oci-layout`, which is not followed
    `index.json` is a link to `oci-layout`, which is not followed
    `oci-layout` is a link to `/etc/passwd`, which is not followed
    `BLOB` is a link to `../../index.json`, which is not followed
    `index.json` is missing from the archive
    `index.json` in the archive can't be used: expected value at line 1 column 1
    FOLDER/archive.tar holds neither an image layout nor the output of `docker save`
    `oci-layout` in the archive can't be used: image layouts of version `9` are not supported
    `manifest.json` in the archive can't be used: invalid type: map, expected a sequence at line 1 column 0
    `../layer.tar` is missing from the archive
    `absent.tar` is missing from the archive
    `CONFIG` in the archive can't be used: it lists 2 layers, but manifest.json has 1
    config sha256:d0ff5974b6aa52cf562bea5921840c032a860a91a3512f7fe8f768f6bbe005f6 can't be read: invalid type: floating point `1.0`, expected struct ImageConfig at line 1 column 3
    FOLDER/archive.tar holds neither an image layout nor the output of `docker save`
    there is no valid tar header at byte 0
    FOLDER/archive.tar holds neither an image layout nor the output of `docker save`
    FOLDER/absent: entity not found
    FOLDER: it is no regular file
    ");
}
