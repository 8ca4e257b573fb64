//! What `ledger rebuild` wrote.

use super::count;
use crate::output::json::rebuilt::Rebuilt;

/// Renders what was written, a line each.
pub fn render(answer: &Rebuilt) -> String {
    let there = count(answer.present, "file");
    if answer.written.is_empty() {
        return format!("nothing is missing; {there} of {} are there\n", answer.component);
    }
    let written: String = answer.written.iter().map(|name| format!("wrote {name}\n")).collect();
    format!("{written}{there} were there\n")
}
