//! What was removed from the local registry.

use crate::output::json::garbage::Garbage;

/// Renders it: a line for each repository that lost something, and one for all.
pub fn render(answer: &Garbage) -> String {
    let mut text = String::new();
    for one in answer.repositories.iter().filter(|one| !one.removed.is_empty()) {
        text.push_str(&format!(
            "{}: {} removed ({} bytes), {} kept\n",
            one.repository,
            one.removed.len(),
            one.bytes,
            one.kept
        ));
    }
    match answer.removed {
        0 => text.push_str("nothing to remove\n"),
        removed => text.push_str(&format!("{removed} removed, {} bytes\n", answer.bytes)),
    }
    text
}
