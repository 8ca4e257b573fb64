//! What `ledger rebuild` wrote.

use serde::Serialize;

/// `plimsoll.rebuilt/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rebuilt {
    /// The schema's name.
    pub schema: &'static str,
    /// The product.
    pub component: String,
    /// The files that were missing, by name.
    pub written: Vec<String>,
    /// The files in whose place something else was.
    pub replaced: Vec<ReplacedInfo>,
    /// How many were there.
    pub present: usize,
}

impl Rebuilt {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.rebuilt/v1";

    /// Nothing was written, and nothing is there.
    pub fn nothing(component: String) -> Rebuilt {
        Rebuilt { schema: Rebuilt::SCHEMA, component, written: Vec::new(), replaced: Vec::new(), present: 0 }
    }
}

/// A file in whose place something else was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReplacedInfo {
    /// Its name.
    pub file: String,
    /// The digest of what was there.
    pub found: String,
    /// The digest of what is there now.
    pub wrote: String,
    /// Where what was there lies now.
    pub kept: String,
}
