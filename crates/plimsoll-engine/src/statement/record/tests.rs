//! Every format that was ever written, read; and what the newest looks like.

use serde_json::Value;

use super::*;
use crate::domain::claim::{Claim, ClaimName, RecordFormat};
use crate::statement::release::{name_record, parse_statement, render_statement, statement_name};

const SEED: &[u8] = include_bytes!("../../../tests/fixtures/records/format-0/v1.0.0-release-info.json");
const FIRST: &[u8] = include_bytes!("../../../tests/fixtures/records/format-1/v1.0.0-release-info.json");
const FIRST_CLAIM: &[u8] = include_bytes!("../../../tests/fixtures/records/format-1/claim.json");
const SECOND: &[u8] = include_bytes!("../../../tests/fixtures/records/format-2/v1.0.0-release-info.json");
const SECOND_CLAIM: &[u8] = include_bytes!("../../../tests/fixtures/records/format-2/claim.json");
const STATEMENT: &[u8] =
    include_bytes!("../../../tests/fixtures/records/format-2/v1.0.0-release.intoto.json");

fn whose() -> ArtifactName {
    "app".parse().unwrap()
}

fn parse(bytes: &[u8]) -> Result<Record, RecordError> {
    Record::parse("file", bytes, &whose())
}

fn claim(bytes: &[u8]) -> Claim {
    Claim::parse(&ClaimName { component: whose(), version: "1.0.0".into() }, bytes).unwrap()
}

#[test]
fn files_of_before_plimsoll_are_read() {
    let record = parse(SEED).unwrap();
    assert_eq!((record.format, record.version.as_str(), record.component.as_str()), (0, "1.0.0", "app"));
    let tee = &record.docker_images[&"tee".parse().unwrap()];
    let tags = |tags: &[ImageTag]| tags.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        (tags(&tee.all_tags), tags(&tee.moving_tags)),
        (
            vec!["1.0.0".to_owned(), "1.0".to_owned(), "latest".to_owned()],
            vec!["1.0".to_owned(), "latest".to_owned()],
        )
    );
    assert_eq!(tee.labels["org.opencontainers.image.title"], "crossmint-ts-tee");
    assert_eq!(record.app_compose.as_ref().unwrap().file, "v1.0.0-app-compose.json");
    assert_eq!(record.docker_compose.as_ref().unwrap().hash, None);
    let seal = record.seal(Digest::of(SEED)).unwrap();
    assert_eq!(seal.files.len(), 1, "{:?}", seal.files);
    assert!(parse(br#"{"version":"1.0.0"}"#).is_err());
}

#[test]
fn an_old_claim_is_finished_in_its_own_format() {
    let old = claim(FIRST_CLAIM);
    let seal = old.seal.unwrap();
    assert_eq!((seal.format, &seal.record), (RecordFormat::One, &Digest::of(FIRST)));
    let name = ClaimName { component: whose(), version: "1.0.0".into() };
    assert_eq!(Record::of_seal(&name, &old.tag, &seal).bytes(), FIRST);
    assert_eq!(parse(FIRST).unwrap().seal(Digest::of(FIRST)).unwrap().artifacts, seal.artifacts);
    assert_eq!(claim(FIRST_CLAIM).bytes(), FIRST_CLAIM, "reading and writing a claim keeps its bytes");
}

#[test]
fn the_newest_format_follows_from_the_claim() {
    let claim = claim(SECOND_CLAIM);
    let seal = claim.seal.clone().unwrap();
    let name = ClaimName { component: whose(), version: "1.0.0".into() };
    let record = Record::of_seal(&name, &claim.tag, &seal);
    assert_eq!(String::from_utf8(record.bytes()).unwrap(), String::from_utf8_lossy(SECOND));
    assert_eq!(String::from_utf8(render_statement(&record)).unwrap(), String::from_utf8_lossy(STATEMENT));
    assert_eq!((name_record(&record), seal.record), (Digest::of(STATEMENT), Digest::of(STATEMENT)));
    assert_eq!(parse(SECOND).unwrap(), record);
    assert_eq!(parse_statement(&statement_name("1.0.0"), STATEMENT).unwrap(), record);
}

#[test]
fn subjects_are_every_digest_and_every_file() {
    let record = parse(SECOND).unwrap();
    let statement: Value = serde_json::from_slice(STATEMENT).unwrap();
    let subjects = statement["subject"].as_array().unwrap();
    let has = |digest: &Digest| subjects.iter().any(|subject| subject["digest"]["sha256"] == digest.hex());
    for image in record.docker_images.values() {
        assert!(has(&image.digest) && !image.platforms.is_empty() && image.platforms.values().all(has));
    }
    assert!(has(&Digest::of(SECOND)), "the record file");
}

#[test]
fn no_byte_can_be_changed_unnoticed() {
    for (whole, parse) in
        [(SECOND, parse as fn(&[u8]) -> _), (STATEMENT, |bytes| parse_statement("file", bytes))]
    {
        let want = parse(whole).unwrap();
        for at in 0..whole.len() {
            let mut bytes = whole.to_vec();
            bytes[at] ^= 1;
            // What can still be read says something else, or is named by another digest.
            assert!(parse(&bytes).is_err() || parse(&bytes).unwrap() != want, "byte {at}");
        }
    }
}

#[test]
fn a_newer_format_says_what_reads_it() {
    let error = parse(br#"{"format":3,"needs":"0.9.0"}"#).unwrap_err();
    assert_eq!(error, RecordError::Unknown { file: "file".into(), found: 3, needs: Some("0.9.0".into()) });
    let edited = String::from_utf8_lossy(SECOND).replace("  ", "\t");
    assert_eq!(parse(edited.as_bytes()), Err(RecordError::Edited { file: "file".into() }));
}

#[test]
fn the_schema_describes_what_is_written() {
    let record: Value = serde_json::from_slice(SECOND).unwrap();
    assert_eq!(find_fault(&record, &schema()), None);
    let mut wrong = record.clone();
    wrong["docker_images"]["app"]["digest"] = "sha256:x".into();
    assert!(find_fault(&wrong, &schema()).is_some());
    let mut lacking = record;
    lacking.as_object_mut().unwrap().remove("git_commit");
    assert!(find_fault(&lacking, &schema()).is_some());
}

/// As much of JSON Schema as this schema uses; a key that it does not describe is a fault too.
fn find_fault(instance: &Value, schema: &Value) -> Option<String> {
    let wrong = |why: &str| Some(format!("{instance}: {why}"));
    let kind = match instance {
        Value::Object(_) => "object",
        Value::Array(_) => "array",
        Value::String(_) => "string",
        Value::Number(_) => "integer",
        Value::Bool(_) => "boolean",
        Value::Null => "null",
    };
    if schema["type"] != kind {
        return wrong("has the wrong type");
    }
    if schema["enum"].as_array().is_some_and(|known| !known.contains(instance)) {
        return wrong("is none of the words");
    }
    if let (Some(pattern), Some(text)) = (schema["pattern"].as_str(), instance.as_str()) {
        let digits = text.strip_prefix("sha256:").unwrap_or(text);
        let prefixed = text.starts_with("sha256:") == pattern.contains("sha256:");
        let hex = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if !(hex && prefixed && matches!(digits.len(), 40 | 64)) {
            return wrong("does not fit its pattern");
        }
    }
    if let Some(key) = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|key| instance[key.as_str().unwrap()].is_null())
    {
        return wrong(&format!("lacks {key}"));
    }
    if let Some(items) = schema.get("items") {
        return instance.as_array()?.iter().find_map(|item| find_fault(item, items));
    }
    instance.as_object()?.iter().find_map(|(key, value)| {
        match schema["properties"].get(key).or_else(|| schema.get("additionalProperties")) {
            Some(schema) => find_fault(value, schema),
            None => wrong(&format!("{key} is not described")),
        }
    })
}
