//! What was exported.

use super::{count, wrap};
use crate::output::ink::Ink;
use crate::output::json::exported::{CarriedContent, ExportedInfo};

/// Where the values begin.
const COLUMN: usize = 13;

/// Renders it.
pub fn render(answer: &ExportedInfo, ink: Ink) -> String {
    let ExportedInfo { component, version, file, size, .. } = answer;
    let head = format!("exported {component} {version} to {file} ({size} bytes)");
    let mut text = format!("{}\n\n", ink.good(&head));
    for content in &answer.contents {
        text.push_str(&render_content(content, &[], ink));
        text.push('\n');
    }
    text.push_str(&format!("record artifact {}\n", answer.record));
    text.push_str(&format!("with {}", count(answer.referrers, "referrer")));
    if answer.marks > 0 {
        text.push_str(&format!(", {}", count(answer.marks, "mark")));
    }
    if !answer.trust.is_empty() {
        text.push_str(&format!(", and to trust by: {}", answer.trust.join(", ")));
    }
    text.push('\n');
    text
}

/// One image or chart, with lines of one's own.
pub fn render_content(content: &CarriedContent, lines: &[(&str, &str)], ink: Ink) -> String {
    let mut text = format!("{}  {}\n", ink.strong(&content.name), content.repository);
    let mut line = |name: &str, value: String| {
        text.push_str(&format!("  {}{value}\n", ink.faint(&format!("{name:<width$}", width = COLUMN - 2))));
    };
    for (name, value) in lines {
        line(name, (*value).to_owned());
    }
    line("tags", wrap(COLUMN, content.tags.iter().map(String::as_str)));
    text.push_str(&format!("  {}\n", content.digest));
    text
}
