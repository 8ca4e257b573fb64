//! Layers are the same bytes everywhere, and what an independent reader finds in them.
#![expect(clippy::unwrap_used, reason = "in a test it says that the test failed")]

use std::collections::BTreeMap;
use std::io::{self, Read, Write};

use plimsoll_oci::layer::{Entry, GzipLayer, Owner, PackError, Packed, Packing, Parents};
use plimsoll_oci::name::Digest;
use proptest::prelude::*;

/// 2023-11-14T22:13:20Z.
const SECONDS: u64 = 1_700_000_000;

fn pack(entries: impl IntoIterator<Item = Entry<'static>>) -> Result<Vec<u8>, PackError> {
    pack_with(Parents::Made, entries)
}

fn pack_with(
    parents: Parents,
    entries: impl IntoIterator<Item = Entry<'static>>,
) -> Result<Vec<u8>, PackError> {
    let mut packing = Packing::new(SECONDS, parents);
    for entry in entries {
        packing.add(entry)?;
    }
    let mut tar = Vec::new();
    packing.write(&mut tar)?;
    Ok(tar)
}

fn file(path: &str, bytes: &'static [u8]) -> Entry<'static> {
    Entry::file(path, 0o644, bytes.len() as u64, bytes).unwrap()
}

fn gzip(tar: &[u8], piece: usize) -> (Packed, Vec<u8>) {
    let mut layer = GzipLayer::new(Vec::new());
    for piece in tar.chunks(piece) {
        layer.write_all(piece).unwrap();
    }
    layer.finish().unwrap()
}

/// What GNU tar would show, read by a library that shares no code with the packer's choices.
fn listing(tar: &[u8]) -> String {
    let mut archive = tar::Archive::new(tar);
    let mut lines = String::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        let header = entry.header();
        let link = entry.link_name_bytes().map(|l| format!(" → {}", String::from_utf8_lossy(&l)));
        lines.push_str(&format!(
            "{:?} {:o} {}:{} {} {} {:?}{}\n",
            header.entry_type(),
            header.mode().unwrap(),
            header.uid().unwrap(),
            header.gid().unwrap(),
            header.mtime().unwrap(),
            String::from_utf8_lossy(&entry.path_bytes()),
            String::from_utf8_lossy(&content),
            link.unwrap_or_default(),
        ));
    }
    lines
}

fn example() -> Vec<Entry<'static>> {
    vec![
        Entry::file("/usr/bin/tool", 0o755, 14, &b"#!/bin/sh\ntrue"[..]).unwrap(),
        file("/etc/tool.conf", b"a = 1\n").owned_by(Owner { uid: 65532, gid: 65533 }),
        Entry::symlink("/usr/bin/alias", "tool").unwrap(),
        Entry::directory("/tmp/", 0o1777).unwrap(),
    ]
}

#[test]
fn an_example_is_what_it_always_was() {
    let tar = pack(example()).unwrap();
    insta::assert_snapshot!(listing(&tar), @r##"
    Directory 755 0:0 1700000000 etc/ ""
    Regular 644 65532:65533 1700000000 etc/tool.conf "a = 1\n"
    Directory 1777 0:0 1700000000 tmp/ ""
    Directory 755 0:0 1700000000 usr/ ""
    Directory 755 0:0 1700000000 usr/bin/ ""
    Symlink 777 0:0 1700000000 usr/bin/alias "" → tool
    Regular 755 0:0 1700000000 usr/bin/tool "#!/bin/sh\ntrue"
    "##);
    let (packed, bytes) = gzip(&tar, tar.len());
    assert_eq!(packed.diff_id, Digest::of(&tar));
    assert!(packed.descriptor.digest.matches(&bytes));
    assert_eq!(packed.descriptor.size, bytes.len() as u64);
    assert_eq!(packed.unpacked, tar.len() as u64);
    // A change here means that every layer made by an earlier version can't be made again: say so in the changelog.
    insta::assert_snapshot!(packed.diff_id, @"sha256:df2bbbbaba789853477c00b62225affccbf110d5b9a800abd3588b5f58eed752");
    let hex: Vec<String> =
        bytes.chunks(32).map(|line| line.iter().map(|b| format!("{b:02x}")).collect()).collect();
    insta::assert_snapshot!(hex.join("\n"), @r"
    1f8b08000000000000ffed96c10e83200c407bf62bb6ec3e0b823ded63987199
    89d345f0ff1748dcc11d16b3802ef65d4a3411e893d2da553944061191b40e11
    11e7318c85d25211a10acf05a294a02101a3756600c45fbf33dfdc9f50bb2a77
    7ddf9eabbebb459ac3e7a3540a5010114df1fd3ff8b773ff8294862449dcb97f
    73b81c44b6f62a98b5708f678afaef4ffcb2faaf15d7ff048c76d8e6fd5f22fb
    4fe4ffda74f9d6fc9705fb4fe9dfb48db131fd2fabff522b01d237a610999df7
    7f93ff98a9fe7afec567ffaf0be4fe3f01a763d06fef991bc63ac58c0cc3300c
    6c8017ddd2726d00160000
    ");
}

#[test]
fn the_header_of_gzip_tells_nothing() {
    let (_, bytes) = gzip(b"", 1);
    assert_eq!(bytes[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
}

/// A large input, so that the compressor's own choices show: windows, blocks, matches.
#[test]
fn a_large_layer_is_what_it_always_was() {
    let mut state = 1_u32;
    let mut bytes = Vec::new();
    while bytes.len() < 3_000_000 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let word = state >> 20;
        bytes.extend_from_slice(format!("{word} ").repeat(1 + (state as usize >> 28)).as_bytes());
    }
    let (packed, _) = gzip(&bytes, 4096);
    insta::assert_snapshot!(packed.descriptor.digest, @"sha256:e304c8342bbf729f05859e8d7b8aab0931b0a27c61162f933a068b0ff19c98f9");
}

#[test]
fn parents_are_made_once_or_not_at_all() {
    let entries = || [file("/a/b/c", b""), file("/a/b/d", b""), Entry::directory("/a", 0o700).unwrap()];
    let paths = |tar: &[u8]| -> Vec<String> {
        listing(tar).lines().map(|line| line.split(' ').nth(4).unwrap().to_owned()).collect()
    };
    assert_eq!(paths(&pack(entries()).unwrap()), ["a/", "a/b/", "a/b/c", "a/b/d"]);
    assert_eq!(paths(&pack_with(Parents::Implied, entries()).unwrap()), ["a/", "a/b/c", "a/b/d"]);
    assert!(listing(&pack(entries()).unwrap()).starts_with("Directory 700 "));
    assert_eq!(paths(&pack([Entry::directory("/", 0o750).unwrap()]).unwrap()), ["./"]);
}

#[test]
fn what_does_not_fit_ustar_goes_into_pax() {
    let in_prefix = format!("/{}/{}", "p".repeat(120), "n".repeat(100));
    let too_long = format!("/{}/{}", "p".repeat(160), "n".repeat(101));
    let target = "t".repeat(101);
    let entries = [
        file(&in_prefix, b"1"),
        file(&too_long, b"2"),
        file("/ünïcode", b"3"),
        Entry::symlink("/link", &target).unwrap(),
        file("/owned", b"4").owned_by(Owner { uid: u32::MAX, gid: 3_000_000 }),
    ];
    let tar = pack_with(Parents::Implied, entries).unwrap();
    let mut archive = tar::Archive::new(&tar[..]);
    let mut found = BTreeMap::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let records: BTreeMap<String, String> = entry
            .pax_extensions()
            .unwrap()
            .into_iter()
            .flatten()
            .map(|record| record.unwrap())
            .map(|record| (record.key().unwrap().to_owned(), record.value().unwrap().to_owned()))
            .collect();
        let path = format!("/{}", String::from_utf8_lossy(&entry.path_bytes()));
        let link = entry.link_name_bytes().map(|l| String::from_utf8_lossy(&l).into_owned());
        found.insert(path, (records, link.unwrap_or_default()));
    }
    let keys = |path: &str| found[path].0.keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&in_prefix), Vec::<String>::new());
    assert_eq!(keys(&too_long), ["path"]);
    assert_eq!(keys("/ünïcode"), ["path"]);
    assert_eq!(keys("/link"), ["linkpath"]);
    assert_eq!(found["/link"].1, target);
    assert_eq!(found["/owned"].0["uid"], u32::MAX.to_string());
    assert_eq!(found["/owned"].0["gid"], "3000000");
}

#[test]
fn refuses_what_contradicts_itself() {
    let refused = |entries: Vec<Entry<'static>>| pack(entries).unwrap_err().to_string();
    let cases = [
        refused(vec![file("/a", b"1"), file("a", b"2")]),
        refused(vec![file("/a", b"1"), file("/a/b", b"2")]),
        refused(vec![file("/lib/x/y", b"2"), Entry::symlink("/lib", "usr/lib").unwrap()]),
        refused(vec![file("/", b"")]),
        refused(vec![Entry::symlink("/l", "").unwrap()]),
        refused(vec![Entry::file("/short", 0o644, 3, &b"12"[..]).unwrap()]),
        refused(vec![Entry::file("/long", 0o644, 3, &b"1234"[..]).unwrap()]),
    ];
    insta::assert_snapshot!(cases.join("\n"), @r#"
    `/a` is added twice
    `/a/b` lies below `/a`, which is no directory
    `/lib/x/y` lies below `/lib`, which is no directory
    `/` can only be a directory
    symbolic link `/l` can't point at ""
    `/short` has 2 bytes, not 3
    `/long` has 4 bytes, not 3
    "#);
}

#[test]
fn says_whether_reading_or_writing_failed() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("no more"))
        }
    }
    let error = pack([Entry::file("/a", 0o644, 3, Failing).unwrap()]).unwrap_err();
    assert!(matches!(error, PackError::Read { .. }), "{error}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let mut packing = Packing::new(SECONDS, Parents::Made);
    packing.add(file("/a", b"1")).unwrap();
    match packing.write(&mut { full }) {
        Err(PackError::Write(error)) => assert_eq!(error.kind(), io::ErrorKind::StorageFull),
        other => panic!("{other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn the_size_of_writes_does_not_matter(piece in 1..200_000_usize) {
        let bytes: Vec<u8> = (0..50_000_u32).flat_map(|n| (n / 7).to_le_bytes()).collect();
        prop_assert_eq!(gzip(&bytes, piece), gzip(&bytes, bytes.len()));
    }
}

proptest! {
    #[test]
    fn the_order_of_adding_does_not_matter(order in Just(example().len()).prop_flat_map(|n| {
        Just((0..n).collect::<Vec<_>>()).prop_shuffle()
    })) {
        let mut entries: Vec<Option<Entry<'static>>> = example().into_iter().map(Some).collect();
        let shuffled: Vec<Entry<'static>> = order.iter().map(|at| entries[*at].take().unwrap()).collect();
        prop_assert_eq!(pack(shuffled).unwrap(), pack(example()).unwrap());
    }


    #[test]
    fn what_is_packed_is_what_is_found(files in proptest::collection::btree_map("[a-c]{1,3}(/[a-c]{1,60}){0,4}", proptest::collection::vec(any::<u8>(), 0..600), 0..6)) {
        let mut packing = Packing::new(SECONDS, Parents::Made);
        let mut packed = BTreeMap::new();
        for (path, bytes) in &files {
            let added = packing.add(Entry::file(path, 0o600, bytes.len() as u64, &bytes[..]).unwrap());
            prop_assert!(added.is_ok());
            packed.insert(path.clone(), bytes.clone());
        }
        let mut tar = Vec::new();
        let written = packing.write(&mut tar);
        let nested = files.keys().any(|a| files.keys().any(|b| b.starts_with(&format!("{a}/"))));
        prop_assert_eq!(written.is_err(), nested);
        if !nested {
            let mut archive = tar::Archive::new(&tar[..]);
            let mut found = BTreeMap::new();
            for entry in archive.entries().unwrap() {
                let mut entry = entry.unwrap();
                let path = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
                let mut bytes = Vec::new();
                entry.read_to_end(&mut bytes).unwrap();
                if !path.ends_with('/') {
                    found.insert(path, bytes);
                }
            }
            prop_assert_eq!(found, packed);
        }
    }
}
