//! A tag that is none of ours.

use crate::output::json::ignored::Ignored;

/// Renders it.
pub fn render(answer: &Ignored) -> String {
    let nearest =
        answer.nearest.as_ref().map(|nearest| format!(" (`{nearest}` would be one)")).unwrap_or_default();
    format!("{} is no release tag{nearest}; nothing was done\n", answer.tag)
}
