//! What `ledger rebuild` wrote.

use super::count;
use crate::output::json::rebuilt::{Rebuilt, ReplacedInfo};

/// Renders what was written, a line each.
pub fn render(answer: &Rebuilt) -> String {
    let there = count(answer.present, "file");
    if answer.written.is_empty() && answer.replaced.is_empty() {
        return format!("nothing is missing; {there} of {} are there\n", answer.component);
    }
    let written: String = answer.written.iter().map(|name| format!("wrote {name}\n")).collect();
    let replaced: String = answer.replaced.iter().map(replaced).collect();
    format!("{written}{replaced}{there} were there\n")
}

/// What stands in place of something else.
pub fn replaced(replaced: &ReplacedInfo) -> String {
    let ReplacedInfo { file, found, wrote, kept } = replaced;
    format!("replaced {file}: it was {found}, and is {wrote}; what it was is in {kept}\n")
}
