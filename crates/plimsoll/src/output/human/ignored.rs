//! Something that is no occasion for anything.

use crate::output::json::ignored::Ignored;

/// Renders it.
pub fn render(answer: &Ignored) -> String {
    format!("{} {}; nothing was done\n", answer.what.name(), answer.reason)
}
