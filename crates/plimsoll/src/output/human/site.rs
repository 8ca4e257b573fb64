//! What `site` wrote.

use super::count;
use crate::output::json::site::SiteDone;

/// Renders where the site is.
pub fn render(answer: &SiteDone) -> String {
    format!("{}: {}\n", answer.index, count(answer.releases, "release"))
}
