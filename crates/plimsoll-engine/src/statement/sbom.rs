//! Bills of materials that a program has just written, as they are stated: the same list of the same image is the same bytes, whenever
//! it was made.
//!
//! Both formats want a time and an id that is new with every run. Whoever recognises what is stated already by its bytes would state it
//! again and again, so the time becomes the commit's, and the id one that follows from everything else: another list has another id, as
//! both formats demand. Sources: SPDX 2.3, clauses 6.5 and 6.9; CycloneDX 1.6, `serialNumber` and `metadata.timestamp`; RFC 9562, "UUID
//! Version 8".

use plimsoll_oci::name::Digest;
use serde_json::{Value, json};

use super::in_toto::{Predicate, PredicateError};
use crate::domain::canonical;
use crate::domain::predicate::PredicateType;
use crate::domain::sbom::SbomFormat;
use crate::domain::time::Moment;

/// How many characters a UUID has.
const UUID_LENGTH: usize = 36;
/// How many characters of a wrong value are shown.
const SHOWN: usize = 40;

/// What is stated of a program's list: `kind` is its type, `subject` what it lists, `time` when that was made.
///
/// # Errors
/// It is no list of this format.
pub fn settle_sbom(
    kind: PredicateType,
    format: SbomFormat,
    written: &[u8],
    subject: &Digest,
    time: Moment,
) -> Result<Predicate, PredicateError> {
    let text = std::str::from_utf8(written).map_err(|_| PredicateError::NotText)?;
    let mut list: Value =
        serde_json::from_str(text).map_err(|why| PredicateError::NotJson(why.to_string()))?;
    check(format, &list)?;
    let made = Value::from(time.to_string());
    match format {
        SbomFormat::Spdx => {
            replace(&mut list, "/creationInfo/created", made);
            let namespace = "/documentNamespace";
            let (base, _) = split_namespace(list.pointer(namespace).and_then(Value::as_str).unwrap_or(""));
            let base = base.to_owned();
            // What others may have put there is theirs: only an id at the end changes.
            if !base.is_empty() {
                replace(&mut list, namespace, Value::Null);
                let id = id_of(&list, subject);
                replace(&mut list, namespace, Value::from(format!("{base}{id}")));
            }
        }
        SbomFormat::CycloneDx => {
            replace(&mut list, "/metadata/timestamp", made);
            replace(&mut list, "/serialNumber", Value::Null);
            let id = id_of(&list, subject);
            replace(&mut list, "/serialNumber", Value::from(format!("urn:uuid:{id}")));
        }
    }
    let settled = canonical::render_compact(&list);
    Predicate::parse(kind, &settled, time)
}

/// Whether it says of itself that it is of this format.
fn check(format: SbomFormat, list: &Value) -> Result<(), PredicateError> {
    let fields = list.as_object().ok_or(PredicateError::NotObject)?;
    let (field, want) = match format {
        SbomFormat::Spdx => ("spdxVersion", "SPDX-2.…"),
        SbomFormat::CycloneDx => ("bomFormat", "CycloneDX"),
    };
    let found = fields.get(field).unwrap_or(&Value::Null);
    let fits = found.as_str().is_some_and(|found| match format {
        SbomFormat::Spdx => found.starts_with("SPDX-2."),
        SbomFormat::CycloneDx => found == want,
    });
    // Whatever else stands there may be of any length.
    let shown = || found.to_string().chars().take(SHOWN).collect();
    match fits {
        true => Ok(()),
        false => Err(PredicateError::OtherFormat { field, want, found: shown() }),
    }
}

/// Writes another value where one is; what is not there stays away.
fn replace(list: &mut Value, pointer: &str, value: Value) {
    if let Some(place) = list.pointer_mut(pointer) {
        *place = value;
    }
}

/// What stands before the id that a namespace ends with, and the id; an empty base if it ends with none.
fn split_namespace(namespace: &str) -> (&str, &str) {
    let at = namespace.len().saturating_sub(UUID_LENGTH);
    match namespace.split_at_checked(at) {
        Some((base, id)) if is_uuid(id) => (base, id),
        _ => ("", namespace),
    }
}

fn is_uuid(text: &str) -> bool {
    let dash = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    let fits = |(at, byte): (usize, u8)| match dash(at) {
        true => byte == b'-',
        false => byte.is_ascii_hexdigit(),
    };
    text.len() == UUID_LENGTH && text.bytes().enumerate().all(fits)
}

/// A UUID that follows from a list without its id, and from what it is about.
fn id_of(list: &Value, subject: &Digest) -> String {
    let named = json!({ "list": list, "of": subject.to_string() });
    let digest = Digest::of(&canonical::render_compact(&named));
    let hex = digest.hex();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    // Version 8: made as whoever made it wanted. The variant's two bits leave four digits.
    let variant = match part(16, 17).bytes().next().unwrap_or_default() & 3 {
        0 => '8',
        1 => '9',
        2 => 'a',
        _ => 'b',
    };
    format!("{}-{}-8{}-{variant}{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statement::in_toto::PREDICATE_LIMIT;

    const TIME: Moment = Moment(1_795_216_475);

    fn settle(kind: &str, written: &str) -> Result<Value, PredicateError> {
        settle_of(kind, written, b"an image")
    }

    fn settle_of(kind: &str, written: &str, image: &[u8]) -> Result<Value, PredicateError> {
        let kind: PredicateType = kind.parse().unwrap();
        let format = SbomFormat::of(&kind).unwrap();
        let settled = settle_sbom(kind, format, written.as_bytes(), &Digest::of(image), TIME)?;
        let statement: Value = serde_json::from_slice(&settled.state(&[]).unwrap()).unwrap();
        Ok(statement["predicate"].clone())
    }

    /// What syft writes, as far as it changes from run to run.
    fn spdx(id: &str, created: &str, package: &str) -> String {
        format!(
            r#"{{"spdxVersion":"SPDX-2.3","documentNamespace":"https://anchore.com/syft/image/app-{id}","creationInfo":{{"creators":["Tool: syft-1.33.0"],"created":"{created}"}},"packages":[{{"name":"{package}"}}]}}"#
        )
    }

    fn cyclone_dx(id: &str, created: &str, package: &str) -> String {
        format!(
            r#"{{"bomFormat":"CycloneDX","serialNumber":"urn:uuid:{id}","version":1,"metadata":{{"timestamp":"{created}"}},"components":[{{"name":"{package}"}}]}}"#
        )
    }

    const ONE: (&str, &str) = ("6f0e2c58-0a52-4f4f-9c0b-3a5c3f1f2a11", "2026-11-21T01:02:03Z");
    const TWO: (&str, &str) = ("b1d9a9d0-6a57-4b7e-8a45-1d0c2d3e4f55", "2026-11-22T04:05:06+01:00");

    #[test]
    fn the_same_list_is_the_same_whenever_it_was_made() {
        for (kind, write) in [("spdx", spdx as fn(&str, &str, &str) -> String), ("cyclonedx", cyclone_dx)] {
            let one = settle(kind, &write(ONE.0, ONE.1, "musl")).unwrap();
            assert_eq!(one, settle(kind, &write(TWO.0, TWO.1, "musl")).unwrap(), "{kind}");
            assert_ne!(one, settle(kind, &write(ONE.0, ONE.1, "glibc")).unwrap(), "{kind}");
        }
    }

    #[test]
    fn its_time_is_the_commits_and_its_id_follows_from_it() {
        let made = "2026-11-20T23:14:35Z";
        let list = settle("spdx", &spdx(ONE.0, ONE.1, "musl")).unwrap();
        assert_eq!(list["creationInfo"]["created"], made);
        assert_eq!(list["creationInfo"]["creators"][0], "Tool: syft-1.33.0");
        let namespace = list["documentNamespace"].as_str().unwrap();
        let (base, id) = split_namespace(namespace);
        assert_eq!(base, "https://anchore.com/syft/image/app-");
        let list = settle("cyclonedx", &cyclone_dx(ONE.0, ONE.1, "musl")).unwrap();
        assert_eq!(list["metadata"]["timestamp"], made);
        let serial = list["serialNumber"].as_str().unwrap().strip_prefix("urn:uuid:").unwrap().to_owned();
        for id in [id, serial.as_str()] {
            assert!(is_uuid(id), "{id}");
            assert!(id[14..].starts_with('8') && matches!(&id[19..20], "8" | "9" | "a" | "b"), "{id}");
            assert_eq!(id.to_lowercase(), id);
        }
        // No two documents share an id.
        let ids = [("musl", b"an image".as_slice()), ("glibc", b"an image"), ("musl", b"another")]
            .map(|(package, image)| settle_of("spdx", &spdx(ONE.0, ONE.1, package), image).unwrap())
            .map(|list| list["documentNamespace"].as_str().unwrap().to_owned());
        assert!(ids[0] != ids[1] && ids[0] != ids[2] && ids[1] != ids[2], "{ids:?}");
    }

    #[test]
    fn what_is_not_there_is_not_made_up() {
        let bare = r#"{"bomFormat":"CycloneDX","specVersion":"1.6"}"#;
        assert_eq!(settle("cyclonedx", bare).unwrap(), serde_json::from_str::<Value>(bare).unwrap());
        let named = r#"{"spdxVersion":"SPDX-2.3","documentNamespace":"https://acme.test/app"}"#;
        assert_eq!(settle("spdx", named).unwrap(), serde_json::from_str::<Value>(named).unwrap());
    }

    #[test]
    fn what_is_no_such_list_is_refused() {
        use PredicateError as E;
        let other = |field, want, found: &str| E::OtherFormat { field, want, found: found.into() };
        for (kind, written, want) in [
            ("spdx", "no list", E::NotJson("expected ident at line 1 column 2".into())),
            ("spdx", "", E::NotJson("EOF while parsing a value at line 1 column 0".into())),
            ("spdx", "SPDXVersion: SPDX-2.3", E::NotJson("expected value at line 1 column 1".into())),
            ("spdx", "[]", E::NotObject),
            ("spdx", "{}", other("spdxVersion", "SPDX-2.…", "null")),
            ("spdx", r#"{"spdxVersion":2.3}"#, other("spdxVersion", "SPDX-2.…", "2.3")),
            ("spdx", r#"{"spdxVersion":"SPDX-3.0"}"#, other("spdxVersion", "SPDX-2.…", "\"SPDX-3.0\"")),
            ("cyclonedx", r#"{"bomFormat":"SPDX"}"#, other("bomFormat", "CycloneDX", "\"SPDX\"")),
            ("cyclonedx", r#"{"spdxVersion":"SPDX-2.3"}"#, other("bomFormat", "CycloneDX", "null")),
        ] {
            assert_eq!(settle(kind, written), Err(want), "{kind}: {written}");
        }
        let kind: PredicateType = "spdx".parse().unwrap();
        let settle =
            |bytes: &[u8]| settle_sbom(kind.clone(), SbomFormat::Spdx, bytes, &Digest::of(b""), TIME);
        assert_eq!(settle(b"\xff"), Err(E::NotText));
        let deep = "[".repeat(100_000);
        assert!(matches!(settle(deep.as_bytes()), Err(E::NotJson(_))));
        let large = spdx(ONE.0, ONE.1, &"x".repeat(usize::try_from(PREDICATE_LIMIT).unwrap()));
        assert!(matches!(settle(large.as_bytes()), Err(E::TooLarge { .. })));
    }
}
