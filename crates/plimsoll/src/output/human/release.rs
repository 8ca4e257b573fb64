//! One release.

use super::{charts, images};
use crate::output::ink::Ink;
use crate::output::json::release::{ReleaseInfo, SaidInfo};

/// Renders a release.
pub fn render(answer: &ReleaseInfo, ink: Ink) -> String {
    let mut text =
        format!("{}  {}\n", ink.strong(&format!("{} {}", answer.component, answer.tag)), answer.state);
    for (name, value) in [
        ("released", answer.released.as_str()),
        ("commit", &answer.commit),
        ("tag object", &answer.tag_object),
        ("known from", known_from(answer.known_from)),
    ] {
        text.push_str(&format!("  {}{value}\n", ink.faint(&format!("{name:<11}"))));
    }
    for said in &answer.said {
        let (name, value) = match said {
            SaidInfo::Yank { reason } => ("yanked", reason.clone()),
            SaidInfo::Hold { to } => ("held back", format!("gone back to {to}")),
            SaidInfo::Promotion { tag } => ("promoted", format!("by {tag}")),
        };
        text.push_str(&format!("  {}{value}\n", ink.faint(&format!("{name:<11}"))));
    }
    text.push_str(&format!("  {}\n", ink.faint("record")));
    text.push_str(&format!("  {}\n\n", answer.record));
    text + &images::render(&answer.images, ink) + &charts::render(&answer.charts, ink)
}

fn known_from(word: &str) -> &str {
    match word {
        "claim-and-file" => "its claim and its record file",
        "claim" => "its claim; there is no record file here",
        "file" => "its record file; there is no claim",
        other => other,
    }
}
