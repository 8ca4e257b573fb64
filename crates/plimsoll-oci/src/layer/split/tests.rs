use proptest::prelude::*;

use super::*;

const CONTENT: &[u8] = b"hello, tar";

/// A tar with one file, and a directory.
fn example() -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    append(&mut tar, EntryType::Directory, "d/", b"");
    append(&mut tar, EntryType::Regular, "d/file", CONTENT);
    tar.into_inner().unwrap()
}

fn append(tar: &mut tar::Builder<Vec<u8>>, kind: EntryType, path: &str, content: &[u8]) {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    header.set_uid(1);
    header.set_gid(2);
    tar.append_data(&mut header, path, content).unwrap();
}

/// Entries with their content, and how the tar ends.
fn split(pieces: &[&[u8]]) -> Result<Vec<(RawEntry, Vec<u8>)>, SplitError> {
    let mut splitter = Splitter::new();
    let mut entries: Vec<(RawEntry, Vec<u8>)> = Vec::new();
    for piece in pieces {
        splitter.push(piece, &mut |event| {
            match event {
                Event::Entry(entry) => entries.push((entry, Vec::new())),
                Event::Data(bytes) => entries.last_mut().unwrap().1.extend_from_slice(bytes),
            }
            Ok::<(), SplitError>(())
        })?;
    }
    splitter.finish()?;
    Ok(entries)
}

fn fix_checksum(tar: &mut [u8], header: usize) {
    let sum = checksum(&tar[header..header + 512]);
    tar[header + 148..header + 156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

#[test]
fn finds_entries_and_where_they_lie() {
    let tar = example();
    let entries = split(&[&tar]).unwrap();
    let shown: Vec<_> = entries.iter().map(|(e, c)| (e.path.as_slice(), e.kind, c.as_slice())).collect();
    assert_eq!(shown, [(&b"d"[..], EntryKind::Directory, &b""[..]), (b"d/file", EntryKind::File, CONTENT)]);
    let offset = entries[1].0.offset as usize;
    assert_eq!(&tar[offset..offset + CONTENT.len()], CONTENT);
    assert_eq!((entries[1].0.uid, entries[1].0.gid, entries[1].0.mode), (1, 2, 0o644));
}

#[test]
fn understands_long_names_of_gnu_and_pax() {
    let long = format!("{}/file", "directory/".repeat(30));
    let mut tar = tar::Builder::new(Vec::new());
    append(&mut tar, EntryType::Regular, &long, CONTENT);
    let value = format!("{}ä", long);
    tar.append_pax_extensions([("path", value.as_bytes()), ("uid", &b"3000000"[..])]).unwrap();
    append(&mut tar, EntryType::Regular, "short", CONTENT);
    let entries = split(&[&tar.into_inner().unwrap()]).unwrap();
    assert_eq!(entries[0].0.path, long.as_bytes());
    assert_eq!(entries[1].0.path, value.as_bytes());
    assert_eq!(entries[1].0.uid, 3_000_000);
}

#[test]
fn may_end_without_zeros_but_not_in_the_middle() {
    let tar = example();
    let content_end = 512 + 512 + 512;
    for end in 0..tar.len() {
        let result = split(&[&tar[..end]]);
        let whole = matches!(end, 0 | 512) || end == content_end || end >= content_end + 512;
        assert_eq!(result.is_ok(), whole, "cut after {end} bytes: {result:?}");
    }
}

#[test]
fn refuses_what_readers_understand_differently() {
    let with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut tar = example();
        change(&mut tar);
        split(&[&tar]).unwrap_err()
    };
    let header = with(&|tar| tar[0] ^= 1);
    assert!(matches!(header, SplitError::Header { offset: 0 }), "{header}");
    let html = split(&[&[b'<'; 512]]).unwrap_err();
    assert!(matches!(html, SplitError::Header { .. }), "{html}");
    let number = with(&|tar| {
        tar[512 + 124..512 + 128].copy_from_slice(b"9x9x");
        fix_checksum(tar, 512);
    });
    assert!(matches!(number, SplitError::Number { field: "size", .. }), "{number}");
    let content = with(&|tar| {
        tar[512 + 156] = b'2';
        fix_checksum(tar, 512);
    });
    assert!(matches!(content, SplitError::Content { .. }), "{content}");
    let sparse = with(&|tar| {
        tar[512 + 156] = b'S';
        fix_checksum(tar, 512);
    });
    assert!(matches!(sparse, SplitError::Sparse { .. }), "{sparse}");
    let global = with(&|tar| {
        tar.splice(0..0, pax(b'g', b"15 path=global\n"));
    });
    assert!(matches!(global, SplitError::Extension { .. }), "{global}");
    let after = with(&|tar| tar.push(1));
    assert!(matches!(after, SplitError::AfterEnd { .. }), "{after}");
    let huge = with(&|tar| {
        let mut huge = pax(b'x', b"15 path=toobig\n");
        huge[124..136].copy_from_slice(b"77777777777\0");
        fix_checksum(&mut huge, 0);
        tar.splice(0..0, huge);
    });
    assert!(matches!(huge, SplitError::Extension { .. }), "{huge}");
}

#[test]
fn a_comment_for_all_entries_is_harmless() {
    let mut tar = pax(b'g', b"19 comment=0123456\n");
    tar.extend(example());
    assert_eq!(split(&[&tar]).unwrap().len(), 2);
}

/// A PAX header block with its records.
fn pax(kind: u8, records: &[u8]) -> Vec<u8> {
    let mut header = Header::new_ustar();
    header.set_entry_type(EntryType::new(kind));
    header.set_size(records.len() as u64);
    header.set_cksum();
    let mut block = header.as_bytes().to_vec();
    block.extend_from_slice(records);
    block.resize(1024, 0);
    block
}

#[test]
fn passes_over_content_that_nobody_wants() {
    let tar = example();
    let mut splitter = Splitter::new();
    let mut ignore = |_: Event<'_>| Ok::<(), SplitError>(());
    splitter.push(&tar[..1024], &mut ignore).unwrap();
    assert_eq!(splitter.skippable(), 512);
    splitter.skip();
    splitter.push(&tar[1536..], &mut ignore).unwrap();
    splitter.finish().unwrap();
}

proptest! {
    #[test]
    fn does_not_care_how_the_bytes_are_cut(cuts in proptest::collection::vec(1..700_usize, 1..20)) {
        let tar = example();
        let mut rest = &tar[..];
        let mut pieces = Vec::new();
        for cut in cuts {
            let (piece, after) = rest.split_at(cut.min(rest.len()));
            pieces.push(piece);
            rest = after;
        }
        pieces.push(rest);
        prop_assert_eq!(split(&pieces), split(&[&tar]));
    }

    #[test]
    fn never_panics(at in 0..2560_usize, byte: u8, bytes: Vec<u8>) {
        let _ = split(&[&bytes]);
        let mut tar = example();
        tar[at] = byte;
        let header = at / 512 * 512;
        fix_checksum(&mut tar, header);
        let _ = split(&[&tar]);
    }
}
