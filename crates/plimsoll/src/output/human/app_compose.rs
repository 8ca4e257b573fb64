//! dstack manifests. The hash alone is data, so that `$(plimsoll app-compose hash FILE)` is it.

use crate::output::json::app_compose::AppComposeInfo;

/// Renders the hash.
pub fn render(answer: &AppComposeInfo) -> String {
    format!("{}\n", answer.hash)
}

/// Says what it is the hash of.
pub fn remarks(answer: &AppComposeInfo) -> Vec<String> {
    vec![format!("{}: app `{}`, id {}", answer.file, answer.name, answer.app_id)]
}
