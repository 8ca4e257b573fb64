//! On which lines of a workflow its steps stand.

use serde_json::Value;

use crate::setup::from_workflows::workflow::{Step, read_step};

/// Lines of a file, counted from 1.
pub(super) type Lines = (usize, usize);

/// A step where it stands.
pub(super) struct FoundStep {
    /// The job, by its key.
    pub(super) job: String,
    /// Its first and last lines.
    pub(super) lines: Lines,
    pub(super) step: Step,
}

/// `lines 3 to 7, line 9`; `None` of none.
pub(super) fn spelled(lines: &[Lines]) -> Option<String> {
    let one = |(from, to): &Lines| match from == to {
        true => format!("line {from}"),
        false => format!("lines {from} to {to}"),
    };
    (!lines.is_empty()).then(|| lines.iter().map(one).collect::<Vec<_>>().join(", "))
}

/// Finds the steps of all jobs. Those that are not written as a list of lines have none.
pub(super) fn find_steps(text: &str) -> Vec<FoundStep> {
    let lines: Vec<&str> = text.lines().collect();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut found: Vec<FoundStep> = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        if line.trim() != "steps:" {
            continue;
        }
        let depth = indent(line);
        let is_key = |line: &&&str| {
            !line.trim().is_empty() && !line.trim_start().starts_with('#') && indent(line) < depth
        };
        let key = lines.iter().take(at).rev().find(is_key).map_or("", |line| line.trim());
        let job = key.split(':').next().unwrap_or_default().trim_matches(['"', '\'']).to_owned();
        // A list may stand as deep as its key.
        let is_inside = |other: &str| {
            let is_item = indent(other) == depth && other.trim_start().starts_with("- ");
            other.trim().is_empty() || other.trim_start().starts_with('#') || indent(other) > depth || is_item
        };
        let end = lines
            .iter()
            .skip(at)
            .position(|other| !is_inside(other))
            .map_or(lines.len(), |length| at + length);
        let items = (at..end)
            .filter(|place| lines.get(*place).is_some_and(|line| line.trim_start().starts_with("- ")));
        let items: Vec<usize> = items.collect();
        let Some(outer) = items.first().and_then(|first| lines.get(*first)).map(|line| indent(line)) else {
            continue;
        };
        let is_step = |place: &usize| lines.get(*place).is_some_and(|line| indent(line) == outer);
        let begins: Vec<usize> = items.into_iter().filter(is_step).collect();
        for (number, begin) in begins.iter().enumerate() {
            let after = begins.get(number + 1).copied().unwrap_or(end);
            let body = lines.get(*begin..after).unwrap_or_default();
            // What is about the next step, or about nothing.
            let is_no_part = |line: &str| {
                line.trim().is_empty() || line.trim_start().starts_with('#') && indent(line) <= outer
            };
            let length = body.iter().rposition(|line| !is_no_part(line)).unwrap_or(0);
            let parsed: Option<Value> = yaml_serde::from_str(&body.join("\n")).ok();
            if let Some(step) = parsed.as_ref().and_then(|list| list.get(0)) {
                let lines = (begin + 1, begin + length + 1);
                found.push(FoundStep { job: job.clone(), lines, step: read_step(step) });
            }
        }
        at = end;
    }
    found
}
