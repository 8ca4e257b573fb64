//! Releases that are under way or stalled.

use super::{fold, plan, short_commit};
use crate::output::ink::Ink;
use crate::output::json::status::{ClaimInfo, Status};

/// Where the values begin.
const COLUMN: usize = 11;

/// Renders claims, and the steps if there are some.
pub fn render(answer: &Status, ink: Ink) -> String {
    let claims: Vec<String> = answer.claims.iter().map(|claim| paragraph(claim, ink)).collect();
    let mut text = claims.join("\n");
    if let Some(steps) = &answer.steps {
        text.push_str(&plan::render_steps(steps, ink));
    }
    text
}

/// What to do.
pub fn remarks(answer: &Status) -> Vec<String> {
    answer.advice.clone()
}

fn paragraph(claim: &ClaimInfo, ink: Ink) -> String {
    let mut text = format!("{}  {}\n", ink.strong(&claim.tag), claim.state);
    let mut line = |name: &str, value: &str| {
        text.push_str(&format!("  {}{value}\n", ink.faint(&format!("{name:<9}"))));
    };
    line("commit", short_commit(&claim.commit));
    line("by", &claim.host);
    if let Some(url) = &claim.url {
        line("run", url);
    }
    line("since", &claim.since);
    if let Some(why) = &claim.why {
        line("why", &fold(COLUMN, why));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_keeps_to_its_column() {
        let why = Some("another tool has put something else in the place of its version tag ".repeat(3));
        let claim = ClaimInfo {
            version: "1.0.0".into(),
            state: "burnt".into(),
            tag: "v1.0.0".into(),
            commit: "0".repeat(40),
            host: "runner".into(),
            url: None,
            since: "2026-01-02T03:04:05Z".into(),
            why,
        };
        let shown = paragraph(&claim, Ink::Plain);
        assert!(shown.lines().all(|line| line.chars().count() <= super::super::WIDTH), "{shown}");
        assert!(shown.lines().skip(5).all(|line| line.starts_with(&" ".repeat(COLUMN))), "{shown}");
    }
}
