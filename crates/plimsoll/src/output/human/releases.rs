//! The list of releases.

use super::short_commit;
use super::table::render_table;
use crate::output::ink::Ink;
use crate::output::json::releases::{ListedRelease, Releases};

const HEADING: [&str; 5] = ["VERSION", "STATE", "RELEASED", "COMMIT", "IMAGES"];

/// Renders the list; nothing if it is empty.
pub fn render(answer: &Releases, ink: Ink) -> String {
    table(&answer.releases, ink)
}

/// Renders a table of releases; nothing if there are none.
pub fn table(releases: &[ListedRelease], ink: Ink) -> String {
    if releases.is_empty() {
        return String::new();
    }
    let row = |release: &ListedRelease| {
        [
            release.version.clone(),
            release.state.to_owned(),
            release.released.clone(),
            short_commit(&release.commit).to_owned(),
            release.images.join(", "),
        ]
    };
    render_table(HEADING, &releases.iter().map(row).collect::<Vec<_>>(), ink)
}

/// Says that there is nothing.
pub fn remarks(answer: &Releases) -> Vec<String> {
    match answer.releases.is_empty() {
        true => vec![format!("{} has no releases yet", answer.component)],
        false => Vec::new(),
    }
}
