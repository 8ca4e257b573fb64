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
    /// How many were there.
    pub present: usize,
}

impl Rebuilt {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.rebuilt/v1";
}
