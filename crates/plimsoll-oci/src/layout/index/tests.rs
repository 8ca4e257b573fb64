use proptest::prelude::*;

use super::*;
use crate::model::MediaType;

/// As other tools leave it: other spaces, fields, annotations, and entries that nobody here knows.
const FOREIGN: &str = r#"{"schemaVersion":2, "annotations": {"a": "b"}, "unknown": [1.50, 12345678901234567890123],
  "manifests": [
    {"mediaType":"application/vnd.oci.image.manifest.v1+json", "size": 2, "extra": {"é": 1.10},
     "digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
     "annotations": {"org.opencontainers.image.ref.name": "v1", "com.example": "kept"}},
    {"digest": "blake3:00", "mediaType": "x", "size": 1},
    "not even an object"
  ]}"#;

fn named(name: &str, bytes: &[u8]) -> Descriptor {
    let mut descriptor = Descriptor::of(MediaType::MANIFEST, bytes);
    descriptor.annotations.insert(REF_NAME.into(), name.into());
    descriptor
}

fn text(index: &IndexFile) -> String {
    String::from_utf8(index.render()).unwrap()
}

#[test]
fn keeps_what_is_not_ours() {
    let mut index = IndexFile::parse(FOREIGN.as_bytes()).unwrap();
    assert_eq!(index.descriptors().count(), 1);
    index.add(named("v2", b"2"));
    let text = text(&index);
    for kept in [
        r#""unknown": [1.50, 12345678901234567890123]"#,
        r#""extra": {"é": 1.10}"#,
        r#"{"digest": "blake3:00", "mediaType": "x", "size": 1}"#,
        r#""not even an object""#,
        r#""annotations": {"a": "b"}"#,
    ] {
        assert!(text.contains(kept), "{kept} is not in {text}");
    }
}

#[test]
fn a_name_goes_but_what_else_is_said_stays() {
    let mut index = IndexFile::parse(FOREIGN.as_bytes()).unwrap();
    index.add(named("v2", b"2"));
    index.remove_name("v1");
    index.remove_name("v2");
    let text = text(&index);
    assert!(!text.contains(REF_NAME), "{text}");
    assert!(text.contains(r#""annotations":{"com.example":"kept"}"#), "{text}");
    assert!(text.contains(r#""extra":{"é": 1.10}"#), "{text}");
    assert_eq!(index.descriptors().count(), 1, "an entry that was there for its name alone goes");
}

#[test]
fn refuses_what_is_no_index() {
    for text in [
        "",
        "[]",
        "<html>",
        "{}",
        r#"{"schemaVersion":2}"#,
        r#"{"schemaVersion":1,"manifests":[]}"#,
        r#"{"manifests":[]}"#,
        r#"{"schemaVersion":2,"manifests":{}}"#,
    ] {
        assert!(IndexFile::parse(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn looks_the_same_everywhere() {
    let mut index = IndexFile::empty();
    index.add(named("v1", b"1"));
    insta::assert_snapshot!(text(&index), @r#"
    {
      "mediaType": "application/vnd.oci.image.index.v1+json",
      "schemaVersion": 2,
      "manifests": [
        {"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b","size":1,"annotations":{"org.opencontainers.image.ref.name":"v1"}}
      ]
    }
    "#);
}

proptest! {
    #[test]
    fn reads_what_it_writes(names in proptest::collection::vec("[a-z\"\\\\]{1,5}", 0..5)) {
        let mut index = IndexFile::parse(FOREIGN.as_bytes()).unwrap();
        for name in &names {
            index.add(named(name, name.as_bytes()));
        }
        let again = IndexFile::parse(&index.render()).unwrap();
        prop_assert!(again.descriptors().eq(index.descriptors()));
        prop_assert_eq!(again.render(), index.render());
        for name in &names {
            index.remove_name(name);
        }
        prop_assert_eq!(index.descriptors().count(), 1);
    }

    #[test]
    fn never_panics(bytes: Vec<u8>) {
        let _ = IndexFile::parse(&bytes);
    }
}
