//! Releases that are under way or stalled.

use super::{plan, short_commit};
use crate::output::ink::Ink;
use crate::output::json::status::{ClaimInfo, Status};

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
        line("why", why);
    }
    text
}
