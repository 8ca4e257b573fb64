//! What the demo made, and where to go from here.

use super::releases;
use crate::output::ink::Ink;
use crate::output::json::demo::DemoDone;
use crate::output::shell::quote;

/// Renders it.
pub fn render(answer: &DemoDone, ink: Ink) -> String {
    let mut text = format!("{}\n", ink.strong("the ledger"));
    text.push_str(&releases::table(&answer.releases, ink));
    text.push_str(&format!("\n{}\n", ink.strong("where everything lies")));
    for (name, value) in
        [("project", &answer.directory), ("registry", &answer.registry), ("records", &answer.records)]
    {
        text.push_str(&format!("  {name:<10}{value}\n"));
    }
    text.push_str(&format!("\n{}\n", ink.strong("what to try next")));
    let latest = answer.releases.first().map_or("v1.1.0", |release| release.tag.as_str());
    for command in [
        format!("cd {}", quote(&answer.directory)),
        format!("alias plimsoll={}", quote(&quote(&answer.program))),
        format!("plimsoll images {latest} --local"),
        format!("plimsoll plan {latest} --local --online"),
        format!("plimsoll release {latest} --local"),
        "plimsoll version bump minor".to_owned(),
    ] {
        text.push_str(&format!("  {command}\n"));
    }
    let seconds = std::time::Duration::from_millis(answer.milliseconds).as_secs_f32();
    text.push_str(&format!("\n{}\n", ink.faint(&format!("done in {seconds:.1} s"))));
    text
}
