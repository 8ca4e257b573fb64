//! Layers of any make are read, with bounds, and damaged ones are refused.
#![expect(clippy::unwrap_used, reason = "in a test it says that the test failed")]

mod layout_support;

use std::io::{Read as _, Write as _};

use layout_support::{Folder, block_on, content, layer, typed};
use plimsoll_oci::content::FileContent;
use plimsoll_oci::layer::{
    Entry, EntryKind, LayerEntry, LayerPath, Limits, Packing, Parents, ReadError, list, read_file,
};
use plimsoll_oci::store::StoreError;

fn tar() -> Vec<u8> {
    let mut packing = Packing::new(0, Parents::Made);
    packing.add(Entry::file("/etc/os-release", 0o644, 7, &b"ID=test"[..]).unwrap()).unwrap();
    packing.add(Entry::symlink("/etc/release", "os-release").unwrap()).unwrap();
    let mut tar = Vec::new();
    packing.write(&mut tar).unwrap();
    tar
}

/// The same tar as layers come.
fn layers() -> [(&'static str, Vec<u8>); 5] {
    let tar = tar();
    let gzip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let zstd = |bytes: &[u8]| zstd::encode_all(bytes, 3).unwrap();
    let (first, second) = tar.split_at(700);
    let skippable = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"abc"].concat();
    [
        ("plain", tar.clone()),
        ("gzip", gzip(&tar)),
        ("gzip in two members", [gzip(first), gzip(second)].concat()),
        ("zstd", zstd(&tar)),
        ("zstd in two frames and one to skip", [skippable, zstd(first), zstd(second)].concat()),
    ]
}

fn path(text: &str) -> LayerPath {
    text.parse().unwrap()
}

#[test]
fn lists_and_finds_in_every_compression() {
    for (name, bytes) in layers() {
        let layer = content(bytes);
        let entries = block_on(list(&layer, &Limits::default())).unwrap_or_else(|e| panic!("{name}: {e}"));
        let paths: Vec<(&str, EntryKind)> = entries.iter().map(|e| (e.path.as_str(), e.kind)).collect();
        let want = [
            ("etc", EntryKind::Directory),
            ("etc/os-release", EntryKind::File),
            ("etc/release", EntryKind::Symlink),
        ];
        assert_eq!(paths, want, "{name}");
        assert_eq!(entries[2].link.as_deref(), Some("os-release"));
        let find = |at| block_on(read_file(&layer, &path(at), &Limits::default()));
        assert_eq!(find("/etc/os-release").unwrap().unwrap(), "ID=test", "{name}");
        assert_eq!(find("/etc/passwd").unwrap(), None, "{name}");
        let link = find("/etc/release").unwrap_err();
        assert!(matches!(link, ReadError::NotAFile { kind: EntryKind::Symlink, .. }), "{name}: {link}");
    }
}

#[test]
fn a_layer_cut_anywhere_is_refused() {
    for (name, bytes) in layers() {
        for end in 1..bytes.len() {
            // The digest is right, so that only the format can tell.
            let result = block_on(list(&content(bytes[..end].to_vec()), &Limits::default()));
            let between_entries = name == "plain" && (matches!(end, 512 | 1536 | 2048) || end >= 2560);
            let after_the_skipped_frame = name.contains("to skip") && end == 11;
            let whole = between_entries || after_the_skipped_frame;
            assert_eq!(result.is_ok(), whole, "{name} cut after {end} of {} bytes", bytes.len());
        }
    }
}

#[test]
fn bytes_that_are_not_those_of_the_digest_are_refused() {
    let folder = Folder::new();
    let file = folder.join("layer");
    let (packed, bytes) = layer("/a", b"1");
    let (_, other) = layer("/a", b"2");
    assert_eq!(bytes.len(), other.len());
    std::fs::write(&file, other).unwrap();
    let layer = FileContent::new(packed.descriptor, &file);
    let error = block_on(list(&layer, &Limits::default())).unwrap_err();
    assert!(matches!(error, ReadError::Store(StoreError::Lies { .. })), "{error}");
    let error = block_on(read_file(&layer, &path("/a"), &Limits::default())).unwrap_err();
    assert!(matches!(error, ReadError::Store(StoreError::Lies { .. })), "{error}");
}

#[test]
fn bounds_hold() {
    let bomb = zstd::encode_all(std::io::repeat(0).take(64 << 20), 3).unwrap();
    assert!(bomb.len() < 1 << 20);
    let limits = Limits { unpacked: 1 << 20, ..Limits::default() };
    let cases: [(&str, Vec<u8>, Limits); 3] = [
        ("bytes", bomb, limits),
        ("entries", tar(), Limits { entries: 2, ..Limits::default() }),
        ("file", tar(), Limits { file: 3, ..Limits::default() }),
    ];
    for (name, bytes, limits) in cases {
        let error = block_on(read_file(&content(bytes), &path("/etc/os-release"), &limits)).unwrap_err();
        assert!(matches!(error, ReadError::TooLarge { .. }), "{name}: {error}");
    }
}

#[test]
fn what_is_no_layer_is_refused() {
    for bytes in [&b"<html>"[..], &[0x1f, 0x8b, 8, 0], &[0x28, 0xb5, 0x2f, 0xfd, 0], &[b'x'; 2000]] {
        let result = block_on(list(&typed("text/html", bytes.to_vec()), &Limits::default()));
        assert!(result.is_err(), "{bytes:?}: {result:?}");
    }
    let empty: Vec<LayerEntry> = block_on(list(&content(""), &Limits::default())).unwrap();
    assert_eq!(empty, []);
}
