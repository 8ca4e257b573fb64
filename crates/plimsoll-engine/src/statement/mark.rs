//! Marks as bytes (`docs/formats/mark.md`).

use plimsoll_oci::name::Digest;
use serde_json::{Value, json};

use super::artifact::{Artifact, MARK};
use crate::domain::artifact::ArtifactName;
use crate::domain::canonical;
use crate::domain::marks::Mark;

/// The bytes of a mark; their digest is its name.
pub fn render(component: &ArtifactName, mark: &Mark) -> Vec<u8> {
    canonical::render_compact(&json!({ "format": 1, "component": component, "mark": mark }))
}

/// A mark as an artifact.
pub fn wrap(component: &ArtifactName, mark: &Mark) -> Artifact {
    let bytes = render(component, mark);
    let title = format!("mark-{}.json", Digest::of(&bytes).short());
    Artifact::wrap(MARK, &title, bytes)
}

/// Reads a mark of `component`; `None` if it is another component's or of a kind that is not known here.
pub fn parse(component: &ArtifactName, bytes: &[u8]) -> Option<Mark> {
    let mut value: Value = serde_json::from_slice(bytes).ok()?;
    let ours = value.get("component").and_then(Value::as_str) == Some(component.as_str());
    let mark = value.get_mut("mark").map(Value::take).filter(|_| ours)?;
    serde_json::from_value(mark).ok()
}
