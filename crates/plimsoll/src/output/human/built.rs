//! Images that were built, one paragraph each.

use super::wrap;
use crate::output::ink::Ink;
use crate::output::json::built::{BuildDone, BuiltInfo};

/// Where the values begin.
const COLUMN: usize = 13;

/// Renders what was built.
pub fn render(done: &BuildDone, ink: Ink) -> String {
    done.images.iter().map(|image| paragraph(done, image, ink)).collect::<Vec<_>>().join("\n")
}

/// What people are told beside it.
pub fn remarks(done: &BuildDone) -> Vec<String> {
    let mut remarks = Vec::new();
    if let Some(folder) = &done.output {
        remarks.push(format!("{folder} is a part of a release: `plimsoll release TAG --from {folder}`"));
    }
    remarks.push("nothing was published".into());
    remarks
}

fn paragraph(done: &BuildDone, image: &BuiltInfo, ink: Ink) -> String {
    let mut text = format!("{}  {}:{}\n", ink.strong(&image.name), image.repository, done.tag);
    let mut line = |name: &str, value: String| {
        text.push_str(&format!("  {}{value}\n", ink.faint(&format!("{name:<width$}", width = COLUMN - 2))));
    };
    line("platforms", wrap(COLUMN, image.platforms.keys().map(String::as_str)));
    if let Some(name) = &image.loaded {
        line("loaded as", name.clone());
    }
    text.push_str(&format!("  {}\n", image.digest));
    text
}
