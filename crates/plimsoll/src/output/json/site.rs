//! What `site` wrote.

use serde::Serialize;

use super::problem::Problem;

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
    /// What keeps it from showing all that there is to know.
    pub problems: Vec<Problem>,
}

impl SiteDone {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.site/v1";
}
