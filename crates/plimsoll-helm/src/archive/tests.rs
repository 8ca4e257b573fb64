use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{Builder, EntryType, Header};

use super::{ArchiveError, find_time, read_chart};

const CHART: &str = "apiVersion: v2\nname: app\nversion: 1.0.0\n";

fn header(path: &str, kind: EntryType, size: u64) -> Header {
    let mut header = Header::new_gnu();
    // Not `set_path`: it refuses what is tried here.
    let name = &mut header.as_gnu_mut().unwrap().name;
    name[..path.len()].copy_from_slice(path.as_bytes());
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_size(size);
    header.set_cksum();
    header
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn archive(entries: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    builder
        .append(&header("app/Chart.yaml", EntryType::Regular, CHART.len() as u64), CHART.as_bytes())
        .unwrap();
    for (path, kind, bytes) in entries {
        builder.append(&header(path, *kind, bytes.len() as u64), *bytes).unwrap();
    }
    gzip(&builder.into_inner().unwrap())
}

#[test]
fn paths_that_leave_the_chart_are_refused() {
    for path in [
        "app/../x",
        "../x",
        "/etc/passwd",
        "app//x",
        "app/./x",
        "app/..",
        "app\\..\\x",
        "app/c:/x",
        "x",
        "app/a/../../b",
        "..\\app\\x",
        "app/C:\\x",
    ] {
        let read = read_chart(&archive(&[(path, EntryType::Regular, b"x")]));
        assert!(matches!(read, Err(ArchiveError::Escapes { .. })), "{path}: {read:?}");
    }
    for path in ["app/a..b", "./app/x", "././app/x", "app/.x", "other/x", "app\\dir\\x"] {
        let read = read_chart(&archive(&[(path, EntryType::Regular, b"x")]));
        assert!(read.is_ok(), "{path}: {read:?}");
    }
}

/// A chart with one file of this path, however long it is.
fn with_long_name(path: &str) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    let mut chart = header("app/Chart.yaml", EntryType::Regular, CHART.len() as u64);
    chart.set_mtime(7);
    chart.set_cksum();
    let name = header("././@LongLink", EntryType::GNULongName, path.len() as u64);
    builder.append(&name, path.as_bytes()).unwrap();
    builder.append(&header("cut", EntryType::Regular, 1), &b"x"[..]).unwrap();
    builder.append(&chart, CHART.as_bytes()).unwrap();
    gzip(&builder.into_inner().unwrap())
}

#[test]
fn a_path_of_nothing_but_dots_ends() {
    // 500 KB of `./` are 1 KB of an archive.
    for (dots, is_taken) in [(2000, true), (250_000, false)] {
        for path in ["./".repeat(dots) + "app/x", ".\\".repeat(dots) + "app/x", "./".repeat(dots)] {
            let packed = with_long_name(&path);
            match read_chart(&packed) {
                Err(ArchiveError::LongName { .. }) => assert!(!is_taken),
                read => assert!(is_taken && read.is_ok(), "{dots}: {read:?}"),
            }
            assert_eq!(find_time(&packed), Some(7), "what is beside it is found all the same");
        }
    }
}

#[test]
fn headers_that_are_read_whole_are_bounded() {
    for length in [1 << 20, 80 << 20] {
        let read = read_chart(&with_long_name(&"x".repeat(length)));
        let Err(ArchiveError::NotAnArchive(error)) = read else { panic!("{read:?}") };
        assert!(error.to_string().contains("headers"), "{error}");
    }
    // What goes before does not count.
    let names: Vec<String> = (0..3000).map(|number| format!("app/{number}")).collect();
    let many: Vec<_> = names.iter().map(|name| (name.as_str(), EntryType::Regular, &b"x"[..])).collect();
    assert!(read_chart(&archive(&many)).is_ok());
}

#[test]
fn paths_have_a_longest_length() {
    let of = |length: usize| read_chart(&with_long_name(&format!("app/{}", "x".repeat(length - 4))));
    assert!(of(4096).is_ok());
    let refused = of(4097).unwrap_err();
    assert!(matches!(refused, ArchiveError::LongName { .. }), "{refused:?}");
    assert!(refused.to_string().len() < 120, "{refused}");
}

#[test]
fn what_is_no_file_is_refused_and_folders_are_passed_over() {
    for kind in [EntryType::Symlink, EntryType::Link, EntryType::Char, EntryType::Block, EntryType::Fifo] {
        let read = read_chart(&archive(&[("app/x", kind, b"")]));
        assert!(matches!(read, Err(ArchiveError::NotAFile { .. })), "{kind:?}");
    }
    assert!(read_chart(&archive(&[("app/templates/", EntryType::Directory, b"")])).is_ok());
}

#[test]
fn one_path_twice_is_refused() {
    let read = read_chart(&archive(&[("app/Chart.yaml", EntryType::Regular, b"name: other")]));
    assert!(matches!(read, Err(ArchiveError::Twice { .. })));
}

#[test]
fn files_and_charts_have_bounds() {
    let file = vec![0; 5 * 1024 * 1024];
    assert!(read_chart(&archive(&[("app/x", EntryType::Regular, &file)])).is_ok());
    let large = vec![0; file.len() + 1];
    let read = read_chart(&archive(&[("app/x", EntryType::Regular, &large)]));
    assert!(matches!(read, Err(ArchiveError::FileTooLarge { .. })));
    let names: Vec<String> = (0..20).map(|number| format!("app/{number}")).collect();
    let many: Vec<_> =
        names.iter().map(|name| (name.as_str(), EntryType::Regular, file.as_slice())).collect();
    assert!(matches!(read_chart(&archive(&many)), Err(ArchiveError::TooLarge)));
}

#[test]
fn what_is_no_archive_says_so() {
    assert!(matches!(read_chart(b"a: 1"), Err(ArchiveError::NotAnArchive(_))));
    assert!(matches!(read_chart(&gzip(b"")), Err(ArchiveError::Empty)));
    assert!(matches!(read_chart(&gzip(&[1; 600])), Err(ArchiveError::NotAnArchive(_))));
    let cut = archive(&[("app/x", EntryType::Regular, &[7; 4000])]);
    assert!(read_chart(&cut[..cut.len() / 2]).is_err());
    let none = {
        let mut builder = Builder::new(Vec::new());
        builder
            .append(&header("Chart.yaml", EntryType::Regular, CHART.len() as u64), CHART.as_bytes())
            .unwrap();
        gzip(&builder.into_inner().unwrap())
    };
    assert!(matches!(read_chart(&none), Err(ArchiveError::Outside { .. })));
}
