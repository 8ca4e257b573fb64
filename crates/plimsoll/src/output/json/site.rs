//! What `site` wrote.

use serde::Serialize;

/// `plimsoll.site/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SiteDone {
    /// The schema's name.
    pub schema: &'static str,
    /// The folder, as it was named.
    pub folder: String,
    /// The page that people come to.
    pub index: String,
    /// How many releases it shows.
    pub releases: usize,
    /// Every file that was written, from the folder.
    pub files: Vec<String>,
}

impl SiteDone {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.site/v1";
}
