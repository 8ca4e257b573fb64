//! Marks as bytes (`docs/formats/mark.md`).

use plimsoll_oci::name::Digest;
use serde_json::{Value, json};

use super::artifact::{Artifact, MARK};
use crate::domain::artifact::ArtifactName;
use crate::domain::canonical;
use crate::domain::claim::Nonce;
use crate::domain::marks::Mark;
use crate::domain::time::Moment;

/// The format that this Plimsoll writes.
const FORMAT: u64 = 1;

/// What the names of marks end with in a ledger.
pub const MARK_ENDING: &str = ".mark.json";

/// When something was said. What was said, lifted and said again is then another statement, which the lift does not name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// When; only for people.
    pub time: Moment,
    /// Random bits.
    pub nonce: Nonce,
}

/// The bytes of a mark that is the same whoever says it; their digest is its name.
pub fn render(component: &ArtifactName, mark: &Mark) -> Vec<u8> {
    canonical::render_compact(&json!({ "format": FORMAT, "component": component, "mark": mark }))
}

/// The bytes of a mark that may be lifted and said again.
pub fn render_said(component: &ArtifactName, mark: &Mark, said: &Said) -> Vec<u8> {
    let said = json!({ "time": said.time.to_string(), "nonce": said.nonce });
    canonical::render_compact(
        &json!({ "format": FORMAT, "component": component, "mark": mark, "said": said }),
    )
}

/// A mark as an artifact.
pub fn wrap(component: &ArtifactName, mark: &Mark) -> Artifact {
    wrap_bytes(render(component, mark))
}

/// The bytes of a mark as an artifact.
pub fn wrap_bytes(bytes: Vec<u8>) -> Artifact {
    let title = format!("mark-{}.json", Digest::of(&bytes).short());
    Artifact::wrap(MARK, &title, bytes)
}

/// The name of a mark in a ledger, among the files of the version that it is about.
pub fn mark_file_name(version: &str, digest: &Digest) -> String {
    format!("v{version}-{}{MARK_ENDING}", digest.short())
}

/// The version in the name of a mark's file.
pub fn find_marked_version(name: &str) -> Option<&str> {
    let (version, digest) = name.strip_prefix('v')?.strip_suffix(MARK_ENDING)?.rsplit_once('-')?;
    (!version.is_empty() && digest.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(version)
}

/// True if a file of a ledger has the name of the mark with this digest.
pub fn is_named_after(name: &str, digest: &Digest) -> bool {
    find_digits(name) == Some(digest.short())
}

/// The first digits of the digest that the name of a mark's file has.
fn find_digits(name: &str) -> Option<&str> {
    name.strip_suffix(MARK_ENDING)?.rsplit_once('-').map(|(_, digest)| digest)
}

/// Checks that a file of a ledger holds the mark that its name says: where one byte was changed it may say anything.
///
/// # Errors
/// Its bytes are others.
pub fn check_named(name: &str, bytes: &[u8]) -> Result<(), MarkError> {
    let named = find_digits(name);
    let found = Digest::of(bytes);
    match named {
        Some(named) if named != found.short() => Err(MarkError::Changed { found: Box::new(found) }),
        _ => Ok(()),
    }
}

/// Why a mark can't be understood. Whatever it says may be about any version: who can't read it moves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MarkError {
    /// Its bytes are no mark at all.
    #[error("it can't be read: {why}")]
    Broken {
        /// What the parser says.
        why: String,
    },
    /// A file that is named after other bytes.
    #[error("it was changed: its digest is {found}, which is not the one in its name")]
    Changed {
        /// The digest of its bytes.
        found: Box<Digest>,
    },
    /// Its format is not known here.
    #[error("it has format {found}, this version knows {FORMAT}")]
    Format {
        /// The format found.
        found: String,
    },
    /// Its kind is not known here, or lacks something that the kind needs.
    #[error("it says something that this version does not understand: {why}")]
    Kind {
        /// What the parser says.
        why: String,
    },
}

/// Reads a mark; `None` if it is another component's.
pub fn parse(component: &ArtifactName, bytes: &[u8]) -> Result<Option<Mark>, MarkError> {
    let value = parse_value(bytes)?;
    // Marks of all formats name their component in the same place; one that names none may be ours.
    if value.get("component").and_then(Value::as_str).is_some_and(|of| of != component.as_str()) {
        return Ok(None);
    }
    parse_mark(value).map(Some)
}

/// Reads a mark of whichever component, which it names.
pub fn parse_named(bytes: &[u8]) -> Result<(ArtifactName, Mark), MarkError> {
    let value = parse_value(bytes)?;
    let component = value.get("component").and_then(Value::as_str).unwrap_or_default();
    let component = component.parse().map_err(|error| MarkError::Broken { why: format!("{error}") })?;
    Ok((component, parse_mark(value)?))
}

fn parse_value(bytes: &[u8]) -> Result<Value, MarkError> {
    serde_json::from_slice(bytes).map_err(|why| MarkError::Broken { why: why.to_string() })
}

fn parse_mark(mut value: Value) -> Result<Mark, MarkError> {
    match value.get("format") {
        Some(format) if format.as_u64() == Some(FORMAT) => {}
        found => {
            let found = found.map_or("none".to_owned(), Value::to_string);
            return Err(MarkError::Format { found });
        }
    }
    let mark = value.get_mut("mark").map(Value::take).unwrap_or_default();
    serde_json::from_value(mark).map_err(|why| MarkError::Kind { why: why.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::git::GitTag;

    fn app() -> ArtifactName {
        "app".parse().expect("a name")
    }

    #[test]
    fn what_is_written_is_read() {
        let record = Some(Digest::of(b"record"));
        let yank = Mark::Yank { version: "1.0.0".into(), record, reason: "broken".into() };
        assert_eq!(parse(&app(), &render(&app(), &yank)), Ok(Some(yank.clone())));
        let said = |bits| Said { time: Moment(0), nonce: Nonce::new(bits) };
        let bytes = render_said(&app(), &yank, &said(1));
        assert_eq!(parse(&app(), &bytes), Ok(Some(yank.clone())));
        assert_ne!(
            bytes,
            render_said(&app(), &yank, &said(2)),
            "a lift of the first does not end the second"
        );
        let promotion = Mark::Promotion {
            version: "1.0.0".into(),
            record: Digest::of(b"record"),
            tag: GitTag("v1.0.0-stable".into()),
            commit: "ab".repeat(20).parse().expect("an object name"),
            channels: Vec::new(),
        };
        assert_eq!(parse(&app(), &render(&app(), &promotion)), Ok(Some(promotion)));
    }

    #[test]
    fn of_an_unknown_component_the_mark_says_which() {
        let lift = Mark::Lift { statements: Default::default() };
        assert_eq!(parse_named(&render(&app(), &lift)), Ok((app(), lift)));
        for text in [r#"{"format":1,"mark":{"kind":"lift","statements":[]}}"#, "{"] {
            assert!(matches!(parse_named(text.as_bytes()), Err(MarkError::Broken { .. })), "{text}");
        }
    }

    #[test]
    fn files_of_marks_say_their_version() {
        for version in ["1.0.0", "1.0.0-rc.1", "0.1.0.1"] {
            let name = mark_file_name(version, &Digest::of(b"x"));
            assert_eq!(find_marked_version(&name), Some(version), "{name}");
        }
        for other in ["v1.0.0-release-info.json", "1.0.0-abc.mark.json", "v1.0.0.mark.json", "v-ab.mark.json"]
        {
            assert_eq!(find_marked_version(other), None, "{other}");
        }
    }

    #[test]
    fn only_what_is_surely_another_components_is_passed_over() {
        let other: ArtifactName = "other".parse().expect("a name");
        let lift = Mark::Lift { statements: Default::default() };
        assert_eq!(parse(&app(), &render(&other, &lift)), Ok(None));
        assert_eq!(parse(&app(), br#"{"component":"other","format":9}"#), Ok(None));
        for (text, want) in [
            (r#"{"component":"app","format":1,"mark":{"kind":"recall","version":"1.0.0"}}"#, "recall"),
            (r#"{"component":"app","format":1,"mark":{"kind":"yank"}}"#, "version"),
            (r#"{"component":"app","format":1}"#, "does not understand"),
            (r#"{"component":"app","format":2,"mark":{"kind":"lift","statements":[]}}"#, "format 2"),
            (r#"{"component":"app","mark":{"kind":"lift","statements":[]}}"#, "format none"),
            (r#"{"format":1,"mark":{"kind":"recall"}}"#, "recall"),
            ("{", "can't be read"),
        ] {
            let error = parse(&app(), text.as_bytes()).expect_err(text);
            assert!(error.to_string().contains(want), "{text}: {error}");
        }
    }
}
