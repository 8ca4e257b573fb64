//! Archives of images: layouts and `docker save` output, whole, damaged and hostile.
#![expect(clippy::unwrap_used, reason = "in a test it says that the test failed")]

mod layout_support;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use layout_support::{Folder, Image, MultiImage, block_on, read_from, tag};
use plimsoll_oci::archive::{Archive, ArchiveError};
use plimsoll_oci::content::Content as _;
use plimsoll_oci::layout::{Layout, SelectError};
use plimsoll_oci::model::MediaType;
use plimsoll_oci::name::Digest;
use plimsoll_oci::store::{Pull, Store as _, StoreError};
use plimsoll_oci::walk;
use tar::{EntryType, Header};

/// A tar in the making.
struct Tar(tar::Builder<Vec<u8>>);

impl Tar {
    fn new() -> Tar {
        Tar(tar::Builder::new(Vec::new()))
    }

    fn file(mut self, path: &str, bytes: impl AsRef<[u8]>) -> Tar {
        self.append(EntryType::Regular, path, None, bytes.as_ref());
        self
    }

    fn link(mut self, kind: EntryType, path: &str, target: &str) -> Tar {
        self.append(kind, path, Some(target), b"");
        self
    }

    /// Writes the name as it is, which the library would refuse.
    fn append(&mut self, kind: EntryType, path: &str, target: Option<&str>, bytes: &[u8]) {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        let fields = header.as_gnu_mut().unwrap();
        fields.name[..path.len()].copy_from_slice(path.as_bytes());
        if let Some(target) = target {
            fields.linkname[..target.len()].copy_from_slice(target.as_bytes());
        }
        header.set_cksum();
        self.0.append(&header, bytes).unwrap();
    }

    fn end(self) -> Vec<u8> {
        self.0.into_inner().unwrap()
    }
}

fn open(folder: &Folder, bytes: &[u8]) -> Result<Archive, ArchiveError> {
    let path = folder.join("archive.tar");
    fs::write(&path, bytes).unwrap();
    block_on(Archive::open(&path, &folder.join("spool")))
}

/// All files of a layout, as a tar with this before each path.
fn layout_tar(layout: &Path, before: &str) -> Vec<u8> {
    fn add(mut tar: Tar, folder: &Path, inside: &str) -> Tar {
        let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            let name = path.file_name().unwrap().to_str().unwrap();
            if name.starts_with('.') {
                continue;
            }
            let inside = format!("{inside}{name}");
            tar = match path.is_dir() {
                true => {
                    tar.append(EntryType::Directory, &format!("{inside}/"), None, b"");
                    add(tar, &path, &format!("{inside}/"))
                }
                false => tar.file(&inside, fs::read(&path).unwrap()),
            };
        }
        tar
    }
    add(Tar::new(), layout, before).end()
}

/// A layout with one image of two platforms, a signature, and a tag.
fn example(folder: &Folder) -> (Layout, MultiImage) {
    let layout = Layout::create(&folder.join("layout")).unwrap();
    let image = MultiImage::new("a");
    let root = image.put(&layout);
    block_on(layout.point(&tag("v1"), &root, None)).unwrap();
    Image::referrer(&image.index, "application/signature", "s").put(&layout);
    (layout, image)
}

fn read_all(from: &dyn Pull, root: &Digest) -> Vec<Vec<u8>> {
    let tree = block_on(walk::tree(from, root)).unwrap();
    let blobs =
        tree.blobs.iter().map(|blob| read_from(&*block_on(from.blob(blob)).unwrap().unwrap(), 0).unwrap());
    tree.manifests().map(|manifest| manifest.bytes().to_vec()).chain(blobs).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

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

/// One image as `docker save` writes it, and its parts.
struct Saved {
    config: String,
    config_path: String,
    layers: [Vec<u8>; 2],
}

impl Saved {
    fn new() -> Saved {
        let layers = ["one", "two"].map(|text| Tar::new().file("app/file", text).end());
        let [one, two] = [&layers[0], &layers[1]].map(|layer| Digest::of(layer));
        let config = format!(
            r#"{{"architecture":"arm64","os":"linux","unknown": 1.50,"rootfs":{{"type":"layers","diff_ids":["{one}","{two}"]}}}}"#
        );
        let config_path = format!("{}.json", Digest::of(config.as_bytes()).hex());
        Saved { config, config_path, layers }
    }

    fn manifest(&self, tags: &str) -> String {
        let path = &self.config_path;
        format!(r#"[{{"Config":"{path}","RepoTags":{tags},"Layers":["1/layer.tar","2/layer.tar"]}}]"#)
    }

    fn tar(&self) -> Tar {
        Tar::new()
            .file(&self.config_path, &self.config)
            .file("1/layer.tar", &self.layers[0])
            .file("2/layer.tar", &self.layers[1])
            .file("1/VERSION", "1.0")
    }
}

#[test]
fn docker_save_becomes_a_manifest() {
    let folder = Folder::new();
    let saved = Saved::new();
    let tags = r#"["ghcr.io/acme/app:1.0","app:latest"]"#;
    let bytes = saved.tar().file("manifest.json", saved.manifest(tags)).end();
    let archive = open(&folder, &bytes).unwrap();
    let root = archive.select(None).unwrap();
    for name in ["1.0", "latest", "ghcr.io/acme/app:1.0", "app:latest", "docker.io/library/app:latest"] {
        assert_eq!(archive.select(Some(name)).unwrap().digest, root.digest, "{name}");
    }
    assert_eq!(root.platform.as_ref().unwrap().to_string(), "linux/arm64");
    let manifest = block_on(archive.manifest(&root.digest)).unwrap().unwrap();
    // The same archive gives the same manifest, for ever.
    insta::assert_snapshot!(String::from_utf8_lossy(manifest.bytes()), @r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:717047353fa5f66907a02c014940b521d53fefd9e6d506ddc30c28f1afdee230","size":241},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"sha256:e6d3ecc4b50f9ddb762c3a0b681a1c79f6cb093a798f0ecbbe0c817988f9fd87","size":2048},{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"sha256:d1e03fce9d8c2481b87041b26994ce2e21b1f4e0ed26b42d6c76c9c004f35442","size":2048}]}"#);
    let blobs: Vec<_> = manifest.blobs().collect();
    assert_eq!(blobs[1].media_type, MediaType::LAYER_TAR);
    let parts = read_all(&archive, &root.digest);
    assert_eq!(
        parts[1..],
        [saved.config.clone().into_bytes(), saved.layers[0].clone(), saved.layers[1].clone()]
    );
    assert_eq!(block_on(archive.tags()).unwrap(), [tag("1.0"), tag("latest")]);
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
fn docker_save_with_compressed_layers_keeps_them() {
    let folder = Folder::new();
    let saved = Saved::new();
    let (one, two) = (gzip(&saved.layers[0]), zstd::encode_all(&saved.layers[1][..], 3).unwrap());
    let archive = |one: &[u8]| {
        let tar = Tar::new().file(&saved.config_path, &saved.config);
        let tar = tar.file("1/layer.tar", one).file("2/layer.tar", &two);
        open(&folder, &tar.file("manifest.json", saved.manifest("null")).end())
    };
    let opened = archive(&one).unwrap();
    let root = opened.select(None).unwrap();
    let manifest = block_on(opened.manifest(&root.digest)).unwrap().unwrap();
    let layers: Vec<_> = manifest.blobs().skip(1).map(|l| (l.media_type.clone(), l.digest.clone())).collect();
    assert_eq!(
        layers,
        [(MediaType::LAYER_GZIP, Digest::of(&one)), (MediaType::LAYER_ZSTD, Digest::of(&two))]
    );
    assert_eq!(read_all(&opened, &root.digest)[2..], [one.clone(), two.clone()]);
    let error = archive(&gzip(&saved.layers[1])).unwrap_err();
    assert!(matches!(error, ArchiveError::DiffId { .. }), "{error}");
    let error = archive(&one[..one.len() - 5]).unwrap_err();
    assert!(matches!(error, ArchiveError::Compression { .. }), "{error}");
}

#[test]
fn docker_saves_link_for_a_layer_that_occurs_twice_is_followed() {
    let folder = Folder::new();
    let saved = Saved::new();
    let archive = |target: &str| {
        let tar = Tar::new().file(&saved.config_path, &saved.config).file("blobs/two.tar", &saved.layers[1]);
        let tar = tar.file("1/layer.tar", &saved.layers[0]).link(EntryType::Symlink, "2/layer.tar", target);
        open(&folder, &tar.file("manifest.json", saved.manifest("[]")).end())
    };
    let opened = archive("../blobs/two.tar").unwrap();
    let root = opened.select(None).unwrap();
    assert_eq!(read_all(&opened, &root.digest)[3], saved.layers[1]);
    for target in ["/etc/passwd", "../../etc/passwd", "../blobs", "absent", "layer.tar", ""] {
        let error = archive(target).unwrap_err();
        assert!(matches!(error, ArchiveError::Link { .. }), "{target}: {error}");
    }
}

#[test]
fn a_layer_that_is_not_the_configs_is_noticed() {
    let folder = Folder::new();
    let saved = Saved::new();
    let tar = Tar::new().file(&saved.config_path, &saved.config);
    let tar = tar.file("1/layer.tar", &saved.layers[1]).file("2/layer.tar", &saved.layers[1]);
    let archive = open(&folder, &tar.file("manifest.json", saved.manifest("[]")).end()).unwrap();
    let root = archive.select(None).unwrap();
    let tree = block_on(walk::tree(&archive, &root.digest)).unwrap();
    let layer = block_on(archive.blob(&tree.blobs[1])).unwrap().unwrap();
    let error = read_from(&*layer, 0).unwrap_err();
    assert!(matches!(error, StoreError::Lies { .. }), "{error}");
}

#[test]
fn several_images_need_a_name() {
    let folder = Folder::new();
    let [a, b] =
        [Saved::new(), Saved { config: Saved::new().config.replace("arm64", "amd64"), ..Saved::new() }];
    let b_path = "b.json";
    let manifest = format!(
        r#"[{{"Config":"{}","RepoTags":["a:1"],"Layers":["1/layer.tar","2/layer.tar"]}},
            {{"Config":"{b_path}","RepoTags":["b:1"],"Layers":["1/layer.tar","2/layer.tar"]}}]"#,
        a.config_path
    );
    let archive =
        open(&folder, &a.tar().file(b_path, &b.config).file("manifest.json", manifest).end()).unwrap();
    assert!(matches!(archive.select(None), Err(SelectError::Several { have, .. }) if have == ["a:1", "b:1"]));
    assert!(matches!(archive.select(Some("1")), Err(SelectError::Several { .. })));
    let [a, b] = ["a:1", "b:1"].map(|name| archive.select(Some(name)).unwrap());
    assert_ne!(a.digest, b.digest);
    assert!(block_on(archive.resolve(&tag("1"))).is_err());
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

#[test]
fn a_link_that_nobody_needs_is_nobodys_business() {
    let folder = Folder::new();
    let saved = Saved::new();
    let tar = saved.tar().link(EntryType::Symlink, "3/layer.tar", "../1/layer.tar");
    let tar = tar.link(EntryType::Link, "4/layer.tar", "1/layer.tar");
    assert!(open(&folder, &tar.file("manifest.json", saved.manifest("[]")).end()).is_ok());
}
