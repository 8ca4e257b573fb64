//! What something is of.

use super::short_commit;
use crate::output::ink::Ink;
use crate::output::json::whatis::{MatchInfo, WhatIsInfo};

/// Renders what was found, one paragraph each.
pub fn render(answer: &WhatIsInfo, ink: Ink) -> String {
    answer.matches.iter().map(|found| paragraph(found, ink)).collect()
}

fn paragraph(found: &MatchInfo, ink: Ink) -> String {
    let what = match (found.thing, &found.platform) {
        ("image", _) => format!("image {}", found.name),
        ("platform", Some(platform)) => format!("image {} for {platform}", found.name),
        ("version-tag", _) => format!("a version tag of image {}", found.name),
        ("moving-tag", _) => format!("a moving tag of image {}", found.name),
        ("chart", _) => format!("chart {}", found.name),
        _ => found.name.clone(),
    };
    let replaced = found.replaced_by.as_ref().map(|by| format!(", replaced by {by}")).unwrap_or_default();
    let standing = found.standing.replace('-', " ");
    format!(
        "{}  {what}\n  {}{standing}{replaced}\n  {}{}\n",
        ink.strong(&format!("{} {}", found.component, found.tag)),
        ink.faint("state   "),
        ink.faint("commit  "),
        short_commit(&found.commit),
    )
}
