//! In-toto statements about anything: what is stated (the predicate) of what (the subjects).
//!
//! Source: in-toto Attestation Framework, "Statement" v1.

use bytes::Bytes;
use plimsoll_oci::name::Digest;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::domain::canonical;
use crate::domain::predicate::{PredicateType, Shape};
use crate::domain::time::Moment;

/// `_type` of statements that are written here.
pub const STATEMENT: &str = "https://in-toto.io/Statement/v1";
/// The largest predicate that is stated, in bytes: in a bundle it becomes a third longer, and one of 8 MiB is the largest that is
/// read.
pub const PREDICATE_LIMIT: u64 = 5 * 1024 * 1024;
/// The largest statement, in bytes: a predicate of the largest size, and what stands around it. A text may grow when it becomes JSON.
pub const STATEMENT_LIMIT: u64 = PREDICATE_LIMIT + 512 * 1024;
/// What SPDX documents of tags and values begin with.
const SPDX_TEXT: &str = "SPDXVersion:";

/// One thing that a statement is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Its name, without a tag.
    pub name: String,
    /// Its digest.
    pub digest: Digest,
}

/// What is stated, as JSON that is kept as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Predicate {
    kind: PredicateType,
    json: String,
}

/// Why bytes are no predicate of a type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PredicateError {
    /// It is no text.
    #[error("it is not text in UTF-8")]
    NotText,
    /// It is no JSON.
    #[error("it is not JSON: {0}")]
    NotJson(String),
    /// It is no JSON object.
    #[error("it is not a JSON object")]
    NotObject,
    /// It lacks what tells its type.
    #[error("it has no `{field}`, which a predicate of type {kind} has")]
    Lacks {
        /// The field.
        field: &'static str,
        /// The type.
        kind: String,
    },
    /// It says that it is something else.
    #[error("its `{field}` is {found}, and should be `{want}`")]
    OtherFormat {
        /// The field that says what it is.
        field: &'static str,
        /// What it would say of itself if it were what was asked for.
        want: &'static str,
        /// The beginning of what it says, as JSON.
        found: String,
    },
    /// It is no SPDX document of either kind.
    #[error(
        "it is no SPDX document: neither JSON with `spdxVersion` nor text that begins with `{SPDX_TEXT}`"
    )]
    NotSpdx,
    /// It is a whole statement.
    #[error("it is a whole statement, of type {0}, and not what a statement says")]
    IsStatement(String),
    /// It is too large.
    #[error("it has {size} bytes, and may have {PREDICATE_LIMIT}")]
    TooLarge {
        /// How many bytes it has.
        size: u64,
    },
    /// The statement that says it is too large.
    #[error("as a statement it has {size} bytes, and may have {STATEMENT_LIMIT}")]
    StatementTooLarge {
        /// How many bytes it has.
        size: u64,
    },
}

impl Predicate {
    /// One that was made here.
    pub fn of(kind: PredicateType, value: &Value) -> Predicate {
        let json = String::from_utf8(canonical::render_compact(value)).expect("JSON is written as UTF-8");
        Predicate { kind, json: json.trim_end().to_owned() }
    }

    /// What a file says. JSON is taken as it is written, to the byte; a text is stated as cosign states it, with `time` where
    /// that takes one.
    ///
    /// # Errors
    /// [`PredicateError`].
    pub fn parse(kind: PredicateType, bytes: &[u8], time: Moment) -> Result<Predicate, PredicateError> {
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if size > PREDICATE_LIMIT {
            return Err(PredicateError::TooLarge { size });
        }
        let text = std::str::from_utf8(bytes).map_err(|_| PredicateError::NotText)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        match kind.shape() {
            Shape::Text => {
                let value = json!({ "Data": text, "Timestamp": time.to_string() });
                return Ok(Predicate::of(kind, &value));
            }
            Shape::Spdx if text.trim_start().starts_with(SPDX_TEXT) => {
                return Ok(Predicate::of(kind, &Value::String(text.to_owned())));
            }
            Shape::Spdx | Shape::Object | Shape::Having(_) => {}
        }
        let parsed: Result<Value, _> = serde_json::from_str(text);
        let value = match (parsed, kind.shape()) {
            (Ok(value), _) => value,
            (Err(_), Shape::Spdx) => return Err(PredicateError::NotSpdx),
            (Err(why), _) => return Err(PredicateError::NotJson(why.to_string())),
        };
        check_shape(&kind, &value)?;
        Ok(Predicate { kind, json: text.trim().to_owned() })
    }

    /// Its type.
    pub fn kind(&self) -> &PredicateType {
        &self.kind
    }

    /// The bytes of a statement that says it of `subjects`.
    ///
    /// # Errors
    /// [`PredicateError::StatementTooLarge`].
    pub fn state(&self, subjects: &[Subject]) -> Result<Bytes, PredicateError> {
        let subject = |subject: &Subject| {
            let Subject { name, digest } = subject;
            json!({ "name": name, "digest": { digest.algorithm().name(): digest.hex() } })
        };
        let subjects = Value::Array(subjects.iter().map(subject).collect());
        // Numbers and order of what somebody wrote stay as they are: it is put in as text.
        let text = format!(
            r#"{{"_type":{kind},"predicate":{predicate},"predicateType":{stated},"subject":{subjects}}}"#,
            kind = Value::from(STATEMENT),
            predicate = self.json,
            stated = Value::from(self.kind.uri()),
        );
        let size = u64::try_from(text.len()).unwrap_or(u64::MAX);
        match size > STATEMENT_LIMIT {
            true => Err(PredicateError::StatementTooLarge { size }),
            false => Ok(Bytes::from(text)),
        }
    }
}

/// Whether JSON is a predicate of a type.
fn check_shape(kind: &PredicateType, value: &Value) -> Result<(), PredicateError> {
    let lacks = |field| Err(PredicateError::Lacks { field, kind: kind.to_string() });
    if let (Shape::Spdx, Value::String(text)) = (kind.shape(), value) {
        return match text.trim_start().starts_with(SPDX_TEXT) {
            true => Ok(()),
            false => Err(PredicateError::NotSpdx),
        };
    }
    let fields = value.as_object().ok_or(PredicateError::NotObject)?;
    if let (Some(_), Some(Value::String(stated))) = (fields.get("_type"), fields.get("predicateType")) {
        return Err(PredicateError::IsStatement(stated.clone()));
    }
    match kind.shape() {
        Shape::Having(field) if !fields.contains_key(field) => lacks(field),
        Shape::Spdx if !fields.contains_key("spdxVersion") => Err(PredicateError::NotSpdx),
        Shape::Text if !fields.contains_key("Data") => lacks("Data"),
        Shape::Having(_) | Shape::Spdx | Shape::Text | Shape::Object => Ok(()),
    }
}

/// What a statement that somebody else made says, if it is of this type.
///
/// # Errors
/// It is no such statement.
pub fn parse_predicate(statement: &[u8], kind: PredicateType) -> Result<Predicate, PredicateError> {
    #[derive(serde::Deserialize)]
    struct Stated<'a> {
        #[serde(rename = "predicateType")]
        predicate_type: String,
        #[serde(borrow)]
        predicate: &'a RawValue,
    }
    let not_json = |why: serde_json::Error| PredicateError::NotJson(why.to_string());
    let stated: Stated<'_> = serde_json::from_slice(statement).map_err(not_json)?;
    if stated.predicate_type != kind.uri() {
        return Err(PredicateError::Lacks { field: "predicateType", kind: kind.to_string() });
    }
    let predicate = stated.predicate.get();
    check_shape(&kind, &serde_json::from_str(predicate).map_err(not_json)?)?;
    Ok(Predicate { kind, json: predicate.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::predicate::SLSA_PROVENANCE as SLSA;

    fn parse(kind: &str, text: &str) -> Result<Predicate, PredicateError> {
        Predicate::parse(kind.parse().unwrap(), text.as_bytes(), Moment(1_795_216_475))
    }

    #[test]
    fn a_predicate_is_kept_to_the_byte() {
        let odd = "{\"bomFormat\":\"CycloneDX\",\n \"version\": 1.0, \"z\":12345678901234567890123, \"a\":\"\\u00e9\"}\n";
        let subject = Subject { name: "ghcr.io/acme/app".into(), digest: Digest::of(b"an index") };
        let statement = parse("cyclonedx", odd).unwrap().state(std::slice::from_ref(&subject)).unwrap();
        let text = std::str::from_utf8(&statement).unwrap();
        assert!(text.contains(odd.trim()), "{text}");
        let read: Value = serde_json::from_slice(&statement).unwrap();
        assert_eq!(read["_type"], STATEMENT);
        assert_eq!(read["predicateType"], "https://cyclonedx.org/bom");
        assert_eq!(
            read["subject"],
            json!([{ "name": subject.name, "digest": { "sha256": subject.digest.hex() } }])
        );
    }

    #[test]
    fn texts_are_stated_as_cosign_states_them() {
        let stated = |kind, text| {
            let statement = parse(kind, text).unwrap().state(&[]).unwrap();
            serde_json::from_slice::<Value>(&statement).unwrap()["predicate"].clone()
        };
        let custom = json!({ "Data": "seen\n", "Timestamp": "2026-11-20T23:14:35Z" });
        assert_eq!(stated("custom", "seen\n"), custom);
        assert_eq!(stated("spdx", "SPDXVersion: SPDX-2.3\n"), "SPDXVersion: SPDX-2.3\n");
        assert_eq!(stated("spdx", r#"{"spdxVersion":"SPDX-2.3"}"#)["spdxVersion"], "SPDX-2.3");
    }

    #[test]
    fn what_is_no_predicate_of_its_type_is_refused() {
        use PredicateError as E;
        let lacks = |field, kind: &str| E::Lacks { field, kind: kind.into() };
        let table = [
            ("cyclonedx", r#"{"spdxVersion":"SPDX-2.3"}"#, lacks("bomFormat", "https://cyclonedx.org/bom")),
            ("https://cyclonedx.org/bom", "{}", lacks("bomFormat", "https://cyclonedx.org/bom")),
            (
                "https://slsa.dev/provenance/v1",
                "{}",
                lacks("buildDefinition", "https://slsa.dev/provenance/v1"),
            ),
            ("spdx", "hello", E::NotSpdx),
            ("spdx", r#"{"bomFormat":"CycloneDX"}"#, E::NotSpdx),
            ("spdxjson", "SPDXVersion: SPDX-2.3", E::NotJson("expected value at line 1 column 1".into())),
            ("https://acme.test/checked", "[1]", E::NotObject),
            (
                "https://acme.test/checked",
                r#"{"_type":"https://in-toto.io/Statement/v1","predicateType":"https://acme.test/checked"}"#,
                E::IsStatement("https://acme.test/checked".into()),
            ),
        ];
        for (kind, text, want) in table {
            assert_eq!(parse(kind, text), Err(want), "{kind}: {text}");
        }
        let kind: PredicateType = "custom".parse().unwrap();
        assert_eq!(Predicate::parse(kind.clone(), b"\xff", Moment(0)), Err(E::NotText));
        let size = PREDICATE_LIMIT + 1;
        let large = vec![b' '; usize::try_from(size).unwrap()];
        assert_eq!(Predicate::parse(kind, &large, Moment(0)), Err(E::TooLarge { size }));
    }

    #[test]
    fn what_grows_too_large_is_not_stated() {
        // A control character takes six letters in JSON.
        let text = "\u{1}".repeat(1024 * 1024);
        let size = parse("custom", &text).unwrap().state(&[]);
        assert!(matches!(size, Err(PredicateError::StatementTooLarge { size }) if size > STATEMENT_LIMIT));
        assert!(parse("custom", &text[..1024]).unwrap().state(&[]).is_ok());
    }

    #[test]
    fn what_somebody_else_stated_is_of_its_type_too() {
        let lift = |kind: &str, predicate: &str| {
            let kind: PredicateType = kind.parse().unwrap();
            let statement = format!(r#"{{"predicateType":"{kind}","predicate":{predicate}}}"#);
            parse_predicate(statement.as_bytes(), kind)
        };
        let json = |kind, predicate| lift(kind, predicate).map(|predicate| predicate.json);
        assert_eq!(json("spdx", r#"{"spdxVersion": 2.30}"#), Ok(r#"{"spdxVersion": 2.30}"#.into()));
        assert!(lift("spdx", r#""SPDXVersion: SPDX-2.3""#).is_ok());
        assert_eq!(lift("spdx", "{}"), Err(PredicateError::NotSpdx));
        assert_eq!(lift("spdx", "\"hello\""), Err(PredicateError::NotSpdx));
        assert_eq!(lift("slsaprovenance1", "[]"), Err(PredicateError::NotObject));
        let lacks = PredicateError::Lacks { field: "buildDefinition", kind: SLSA.into() };
        assert_eq!(lift("slsaprovenance1", "{}"), Err(lacks));
        assert!(lift("custom", r#"{"Data":"x"}"#).is_ok());
    }
}
