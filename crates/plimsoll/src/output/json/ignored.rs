//! Something that set a CI job off and is no occasion for anything.

use serde::Serialize;

/// `plimsoll.ignored/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ignored {
    /// The schema's name.
    pub schema: &'static str,
    /// The git tag, branch or pull request.
    #[serde(flatten)]
    pub what: What,
    /// Always `ignored`.
    pub status: &'static str,
    /// Always false.
    pub changed: bool,
    /// The tag that was perhaps meant.
    pub nearest: Option<String>,
    /// Why nothing was done, as the end of a sentence that begins with its name.
    pub reason: String,
}

/// What is ignored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// A git tag.
    Tag(String),
    /// A branch, pull request or full name of a ref.
    Ref(String),
    /// A chart.
    Chart(String),
}

impl What {
    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            What::Tag(name) | What::Ref(name) | What::Chart(name) => name,
        }
    }
}

impl Ignored {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.ignored/v1";

    /// A tag that is none of ours.
    pub fn of(tag: &str, nearest: Option<String>) -> Ignored {
        let perhaps = nearest.as_ref().map(|nearest| format!(" (`{nearest}` would be one)"));
        let reason = format!("is no release tag{}", perhaps.unwrap_or_default());
        Ignored { nearest, ..Ignored::because(What::Tag(tag.to_owned()), reason) }
    }

    /// Anything else.
    pub fn because(what: What, reason: String) -> Ignored {
        Ignored { schema: Ignored::SCHEMA, what, status: "ignored", changed: false, nearest: None, reason }
    }
}
