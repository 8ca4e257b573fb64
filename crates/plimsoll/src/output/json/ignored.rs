//! A tag that is none of ours.

use serde::Serialize;

/// `plimsoll.ignored/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ignored {
    /// The schema's name.
    pub schema: &'static str,
    /// The git tag that set the job off.
    pub tag: String,
    /// Always `ignored`.
    pub status: &'static str,
    /// Always false.
    pub changed: bool,
    /// The tag that was perhaps meant.
    pub nearest: Option<String>,
}

impl Ignored {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.ignored/v1";

    /// A tag that is none of ours.
    pub fn of(tag: &str, nearest: Option<String>) -> Ignored {
        let tag = tag.to_owned();
        Ignored { schema: Ignored::SCHEMA, tag, status: "ignored", changed: false, nearest }
    }
}
