//! Archives for the tests of archives.
#![expect(clippy::unwrap_used, reason = "in a test it says that the test failed")]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use plimsoll_oci::archive::{Archive, ArchiveError};
use plimsoll_oci::layout::Layout;
use plimsoll_oci::name::Digest;
use plimsoll_oci::store::{Pull, Store as _};
use plimsoll_oci::walk;
use tar::{EntryType, Header};

use super::{Folder, Image, MultiImage, block_on, read_from, tag};

/// A tar in the making.
pub(crate) struct Tar(tar::Builder<Vec<u8>>);

impl Tar {
    pub(crate) fn new() -> Tar {
        Tar(tar::Builder::new(Vec::new()))
    }

    pub(crate) fn file(mut self, path: &str, bytes: impl AsRef<[u8]>) -> Tar {
        self.append(EntryType::Regular, path, None, bytes.as_ref());
        self
    }

    pub(crate) fn link(mut self, kind: EntryType, path: &str, target: &str) -> Tar {
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

    pub(crate) fn end(self) -> Vec<u8> {
        self.0.into_inner().unwrap()
    }
}

pub(crate) fn open(folder: &Folder, bytes: &[u8]) -> Result<Archive, ArchiveError> {
    let path = folder.join("archive.tar");
    fs::write(&path, bytes).unwrap();
    block_on(Archive::open(&path, &folder.join("spool")))
}

/// All files of a layout, as a tar with this before each path.
pub(crate) fn layout_tar(layout: &Path, before: &str) -> Vec<u8> {
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
pub(crate) fn example(folder: &Folder) -> (Layout, MultiImage) {
    let layout = Layout::create(&folder.join("layout")).unwrap();
    let image = MultiImage::new("a");
    let root = image.put(&layout);
    block_on(layout.point(&tag("v1"), &root, None)).unwrap();
    Image::referrer(&image.index, "application/signature", "s").put(&layout);
    (layout, image)
}

pub(crate) fn read_all(from: &dyn Pull, root: &Digest) -> Vec<Vec<u8>> {
    let tree = block_on(walk::tree(from, root)).unwrap();
    let blobs =
        tree.blobs.iter().map(|blob| read_from(&*block_on(from.blob(blob)).unwrap().unwrap(), 0).unwrap());
    tree.manifests().map(|manifest| manifest.bytes().to_vec()).chain(blobs).collect()
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// One image as `docker save` writes it, and its parts.
pub(crate) struct Saved {
    pub(crate) config: String,
    pub(crate) config_path: String,
    pub(crate) layers: [Vec<u8>; 2],
}

impl Saved {
    pub(crate) fn new() -> Saved {
        let layers = ["one", "two"].map(|text| Tar::new().file("app/file", text).end());
        let [one, two] = [&layers[0], &layers[1]].map(|layer| Digest::of(layer));
        let config = format!(
            r#"{{"architecture":"arm64","os":"linux","unknown": 1.50,"rootfs":{{"type":"layers","diff_ids":["{one}","{two}"]}}}}"#
        );
        let config_path = format!("{}.json", Digest::of(config.as_bytes()).hex());
        Saved { config, config_path, layers }
    }

    pub(crate) fn manifest(&self, tags: &str) -> String {
        let path = &self.config_path;
        format!(r#"[{{"Config":"{path}","RepoTags":{tags},"Layers":["1/layer.tar","2/layer.tar"]}}]"#)
    }

    pub(crate) fn tar(&self) -> Tar {
        Tar::new()
            .file(&self.config_path, &self.config)
            .file("1/layer.tar", &self.layers[0])
            .file("2/layer.tar", &self.layers[1])
            .file("1/VERSION", "1.0")
    }
}
