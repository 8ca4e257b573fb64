//! Marks as bytes (`docs/formats/mark.md`).

use plimsoll_oci::name::Digest;
use serde_json::{Value, json};

use super::artifact::{Artifact, MARK};
use crate::domain::artifact::ArtifactName;
use crate::domain::canonical;
use crate::domain::marks::Mark;

/// The format that this Plimsoll writes.
const FORMAT: u64 = 1;

/// The bytes of a mark; their digest is its name.
pub fn render(component: &ArtifactName, mark: &Mark) -> Vec<u8> {
    canonical::render_compact(&json!({ "format": FORMAT, "component": component, "mark": mark }))
}

/// A mark as an artifact.
pub fn wrap(component: &ArtifactName, mark: &Mark) -> Artifact {
    let bytes = render(component, mark);
    let title = format!("mark-{}.json", Digest::of(&bytes).short());
    Artifact::wrap(MARK, &title, bytes)
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
    let broken = |why: serde_json::Error| MarkError::Broken { why: why.to_string() };
    let mut value: Value = serde_json::from_slice(bytes).map_err(broken)?;
    // Marks of all formats name their component in the same place; one that names none may be ours.
    if value.get("component").and_then(Value::as_str).is_some_and(|of| of != component.as_str()) {
        return Ok(None);
    }
    match value.get("format") {
        Some(format) if format.as_u64() == Some(FORMAT) => {}
        found => {
            let found = found.map_or("none".to_owned(), Value::to_string);
            return Err(MarkError::Format { found });
        }
    }
    let mark = value.get_mut("mark").map(Value::take).unwrap_or_default();
    serde_json::from_value(mark).map(Some).map_err(|why| MarkError::Kind { why: why.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app() -> ArtifactName {
        "app".parse().expect("a name")
    }

    #[test]
    fn what_is_written_is_read() {
        let yank = Mark::Yank { version: "1.0.0".into(), reason: "broken".into() };
        assert_eq!(parse(&app(), &render(&app(), &yank)), Ok(Some(yank)));
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
