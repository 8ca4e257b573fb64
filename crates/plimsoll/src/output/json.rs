//! What programs read: one object per command, each with a `schema` field (`docs/reference/json.md`).
//!
//! Fields are added to a schema, never changed or taken away; what must change gets a new number.

pub mod app_compose;
pub mod audit;
pub mod built;
pub mod chart;
pub mod charts;
pub mod check;
pub mod compose;
pub mod copied;
pub mod demo;
pub mod deployed;
pub mod difference;
pub mod doctor;
pub mod exported;
pub mod failure;
pub mod file;
pub mod garbage;
pub mod ignored;
pub mod image_signatures;
pub mod images;
pub mod imported;
pub mod init;
pub mod key;
pub mod next;
pub mod on_forge;
pub mod plan;
pub mod problem;
pub mod publish_plan;
pub mod published;
pub mod rebuilt;
pub mod release;
pub mod released;
pub mod releases;
pub mod serving;
pub mod signature;
pub mod signed;
pub mod site;
pub mod source;
pub mod statement;
pub mod status;
pub mod tagged;
pub mod tags;
pub mod verification;
pub mod version;
pub mod whatis;
pub mod withdrawn;
mod word;

use serde::Serialize;

/// The whole text of an object, indented, one newline at the end.
pub fn render(object: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(object);
    let text = text.expect("an object of strings, numbers and lists can be written as JSON");
    // It can only stand within a string, where it means the same; the runner of a CI job would obey it.
    text.replace("##[", "#\\u0023[") + "\n"
}
