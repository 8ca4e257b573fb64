use plimsoll_oci::name::Digest;
use proptest::prelude::*;

use super::super::{EMPTY, Entry, Fault, IndexError, MergeError, Merging, Outcome, Place, merge, read};
use crate::chart::{ApiVersion, Metadata};

fn entry(name: &str, version: &str) -> Entry {
    let metadata = Metadata {
        name: name.into(),
        version: version.into(),
        api_version: ApiVersion::V2,
        ..Metadata::default()
    };
    let digest = Digest::of(format!("{name} {version}").as_bytes());
    Entry { metadata, digest, file: format!("{name}-{version}.tgz") }
}

fn how() -> Merging {
    Merging { place: Place::parse("https://c.example/").unwrap(), time: "2026-01-02T03:04:05Z".into() }
}

fn merged(text: &str, entries: &[Entry]) -> String {
    merge(text, entries, &how()).unwrap().text
}

#[test]
fn an_empty_index_becomes_what_helm_would_write() {
    let text = merged(EMPTY, &[entry("b", "1.0.0"), entry("a", "1.9.0"), entry("a", "1.10.0")]);
    insta::assert_snapshot!(text, @r#"
    apiVersion: v1
    entries:
      a:
      - apiVersion: v2
        created: "2026-01-02T03:04:05Z"
        digest: d7f34032c0b49b2b5d46ce2ed6a444986ce75f5296bd34b7169b1b92a894159e
        name: a
        urls:
        - https://c.example/a-1.10.0.tgz
        version: 1.10.0
      - apiVersion: v2
        created: "2026-01-02T03:04:05Z"
        digest: 0dd448f68e80f3acb79c175ed829693d63dffdc4f0a25d309fab5e83678c742e
        name: a
        urls:
        - https://c.example/a-1.9.0.tgz
        version: 1.9.0
      b:
      - apiVersion: v2
        created: "2026-01-02T03:04:05Z"
        digest: 3663d1ae063c470e186a1c8b293b25ffefdc27ea1e21abb3f0cfeb9b9ab0be91
        name: b
        urls:
        - https://c.example/b-1.0.0.tgz
        version: 1.0.0
    generated: "2026-01-02T03:04:05Z"
    "#);
}

/// What others wrote, in layouts that are not Helm's: comments, unknown fields, broken entries, other indents.
const STRANGE: &str = "\
# ours
apiVersion: v1
entries:
    a:   # é
        - version: \"2.0.0\"
          name: a
          unknown: {x: [1, 2]}
          urls: [a-2.0.0.tgz]
        # between
        -
          name: a
          version: nonsense
          urls: [x]
        - ~
    z:
        - name: z
          version: 1.0.0
          description: |
            long

          urls:
            - z.tgz

annotations: {a: b}
generated: '2020-01-01T00:00:00Z'  # then
serverInfo: {}
";

#[test]
fn nothing_of_what_others_wrote_is_lost() {
    let text = merged(
        STRANGE,
        &[entry("a", "1.0.0"), entry("a", "3.0.0"), entry("m", "1.0.0"), entry("z", "0.1.0")],
    );
    let index = read(&text).unwrap();
    let versions = |name: &str| -> Vec<String> {
        let listed = &index.find_chart(name).unwrap().listed;
        listed.iter().map(|listed| listed.version.clone().unwrap_or_default()).collect()
    };
    assert_eq!(versions("a"), ["3.0.0", "2.0.0", "1.0.0", "nonsense", ""]);
    assert_eq!(versions("m"), ["1.0.0"]);
    assert_eq!(versions("z"), ["1.0.0", "0.1.0"]);
    let names: Vec<&str> = index.charts.iter().map(|chart| chart.name.as_str()).collect();
    assert_eq!(names, ["a", "m", "z"]);
    let mut lines = text.lines();
    for line in STRANGE.lines().filter(|line| !line.starts_with("generated")) {
        assert!(lines.any(|other| other == line), "{line} is lost in\n{text}");
    }
    assert!(text.contains("\ngenerated: \"2026-01-02T03:04:05Z\"  # then\n"), "{text}");
    let faults: Vec<(usize, Fault)> =
        read(STRANGE).unwrap().broken().into_iter().map(|one| (one.line, one.fault)).collect();
    assert_eq!(faults, [(11, Fault::Version { version: "nonsense".into() }), (14, Fault::NoMapping)]);
}

#[test]
fn a_version_is_listed_once() {
    let first = merge(EMPTY, &[entry("a", "1.0.0"), entry("a", "1.0.0")], &how()).unwrap();
    assert_eq!(first.outcomes, [Outcome::Added, Outcome::Present]);
    let again = merge(&first.text, &[entry("a", "1.0.0")], &how()).unwrap();
    assert_eq!((again.text, again.outcomes), (first.text.clone(), vec![Outcome::Present]));
    let other = Entry { digest: Digest::of(b"other"), ..entry("a", "1.0.0") };
    let error = merge(&first.text, std::slice::from_ref(&other), &how()).unwrap_err();
    assert!(matches!(&error, MergeError::Taken { line: Some(4), .. }), "{error:?}");
    let error = merge(EMPTY, &[entry("a", "1.0.0"), other], &how()).unwrap_err();
    assert!(matches!(&error, MergeError::Taken { line: None, .. }), "{error:?}");
    let bare = "apiVersion: v1\nentries:\n  a:\n  - {name: a, version: 1.0.0}\n";
    assert!(matches!(
        merge(bare, &[entry("a", "1.0.0")], &how()),
        Err(MergeError::Taken { found: None, .. })
    ));
}

#[test]
fn texts_without_an_end_or_a_part_are_completed() {
    for text in [
        "apiVersion: v1",
        "apiVersion: v1\n",
        "apiVersion: v1\nentries:\n",
        "apiVersion: v1\nentries: null",
        "entries: {} # none\napiVersion: v1",
        "apiVersion: v1\nentries:\n  b:\n  - name: b\n    version: 1.0.0\n    urls: [x]",
        "entries:\n  b:\n  - name: b\n    version: 1.0.0\n    urls:\n    - x\napiVersion: v1",
        "apiVersion: v1\r\nentries:\r\n  b:\r\n  - name: b\r\n    version: 1.0.0\r\n    urls: [x]\r\n",
    ] {
        for name in ["a", "b", "c"] {
            let before = read(text).unwrap().count();
            let after = merged(text, &[entry(name, "0.5.0")]);
            assert_eq!(read(&after).unwrap().count(), before + 1, "{text}: {after}");
        }
    }
}

#[test]
fn what_is_no_index_says_where() {
    let error = |text: &str| read(text).unwrap_err();
    assert_eq!(error("[]"), IndexError::NoMapping);
    assert_eq!(error(""), IndexError::NoMapping);
    assert_eq!(error("entries: {}"), IndexError::NoApiVersion);
    assert_eq!(error("{\"apiVersion\": \"v1\"}"), IndexError::Brackets { line: 1 });
    assert_eq!(error("apiVersion: v1\nentries: {a: []}"), IndexError::Brackets { line: 2 });
    assert_eq!(error("a: 1\na: 2"), IndexError::Twice { key: "a".into(), line: 2 });
    assert_eq!(error("entries: []"), IndexError::Kind { key: "entries".into(), want: "mapping", line: 1 });
    let text = "entries:\n  a: x\n";
    assert_eq!(error(text), IndexError::Kind { key: "a".into(), want: "list of versions", line: 2 });
    assert!(matches!(error("a: [\n"), IndexError::DoesNotParse { .. }));
}

#[test]
fn addresses() {
    let url = |place: &str| entry("a", "1.0.0+b").url(&Place::parse(place).unwrap());
    assert_eq!(url(""), "a-1.0.0+b.tgz");
    assert_eq!(url("charts/"), "charts/a-1.0.0+b.tgz");
    assert_eq!(url("https://x/d/{name}-{version}"), "https://x/d/a-1.0.0+b/a-1.0.0+b.tgz");
    assert!(Place::parse("https://x/?a").is_err() && Place::parse("a b").is_err());
}

proptest! {
    /// Whoever comes first, all are listed, the newest first.
    #[test]
    fn entries_may_come_in_any_order_and_in_any_parts(
        numbers in prop::collection::btree_set((0..3_u8, 0..4_u8, 0..12_u8, any::<bool>()), 1..12),
        order in any::<u64>(),
        size in 1..4_usize,
    ) {
        let mut entries: Vec<Entry> = numbers
            .iter()
            .map(|(name, major, minor, stable)| {
                let suffix = if *stable { "" } else { "-rc.1" };
                entry(&format!("c{name}"), &format!("{major}.{minor}.0{suffix}"))
            })
            .collect();
        let whole = merged(EMPTY, &entries);
        entries.sort_by_key(|entry| order.wrapping_mul(entry.digest.hex().bytes().map(u64::from).sum()) % 97);
        let parts = entries.chunks(size).fold(EMPTY.to_owned(), |text, part| merged(&text, part));
        prop_assert_eq!(parts, whole);
    }
}
