//! What `flavor` of docker/metadata-action says, where the occasion decides it.

use plimsoll_tags::table::Table;

use super::DraftImage;
use crate::setup::from_workflows::expression::{Filled, inside};
use crate::setup::from_workflows::narrowed::{Condition, narrow};
use crate::setup::from_workflows::occasions::{self, At, Purpose};
use crate::setup::from_workflows::rules::{Rules, Source};
use crate::setup::from_workflows::tables::tables;

/// Takes over lines of a flavor, and gives the occasions on which there is `latest` beside the rules. Where it is not known whether
/// there is, there is none: a guess moves no tag.
pub(super) fn read(lines: &[String], source: &Source<'_>, image: &mut DraftImage) -> Vec<Table> {
    let mut with_latest = Vec::new();
    for line in lines {
        let text = match source.known.fill(line) {
            Filled::Known(text) => text,
            Filled::Unknown { text, .. } => {
                match (on_each(line, source), line.trim_start().starts_with("latest=")) {
                    (Some(each), true) => latest(each, &mut with_latest),
                    (None, true) => {
                        image.left.push(format!(
                            "flavor: {text} (it can't be known before, and `latest=false` is taken)"
                        ));
                        "latest=false".to_owned()
                    }
                    (Some(each), false) => of_release(each, image),
                    (None, false) => {
                        image.left.push(format!("flavor: {text}"));
                        continue;
                    }
                }
            }
        };
        // What adds nothing is nothing.
        if !text.trim_end().ends_with("fix=") {
            image.flavor.push(text);
        }
    }
    with_latest
}

/// Says that there is no `latest` beside the rules, where nothing else says whether there is.
pub(super) fn leave_out_latest(image: &mut DraftImage) {
    for line in &mut image.flavor {
        *line = line.replace("latest=auto", "latest=false");
    }
    if !image.flavor.iter().any(|line| line.contains("latest=")) {
        image.flavor.push("latest=false".to_owned());
    }
}

/// Adds `latest` under the occasions that have it beside the rules.
pub(super) fn add_latest(tables: &[Table], source: &Source<'_>, image: &mut DraftImage) {
    let has_more = image.flavor.iter().any(|line| line.contains("fix="));
    let rule = if has_more { "type=raw,value=latest,prefix=,suffix=" } else { "type=raw,value=latest" };
    for table in tables {
        let triggers = &occasions::only(source.triggers, table);
        let source = Source { triggers, known: source.known };
        let rules = Rules::read(&[rule.to_owned()], &image.flavor, source, &mut image.left);
        image.rules.merge(rules);
    }
}

fn on_each(line: &str, source: &Source<'_>) -> Option<Vec<(Table, String)>> {
    if let Some(expression) = line.trim().strip_prefix("latest=").filter(|value| inside(value).is_some()) {
        return holds_on_each(expression, source);
    }
    let of = |at: At<'_>| match at.fill(line, Purpose::Value, &|_| None) {
        Filled::Known(text) => Some((at.table, text)),
        Filled::Unknown { .. } => None,
    };
    let each: Vec<_> = At::all(source.triggers, source.known).into_iter().map(of).collect::<Option<_>>()?;
    (!each.is_empty()).then_some(each)
}

/// Whether there is `latest` on each occasion; none where that is not sure of all, or of a part of one.
fn holds_on_each(expression: &str, source: &Source<'_>) -> Option<Vec<(Table, String)>> {
    let of = |table: Table| {
        let triggers = occasions::only(source.triggers, &table);
        let narrowed = narrow(&triggers, &Vec::from_iter(Condition::of("latest", expression)), source.known);
        let is_sure = narrowed.tell().is_empty() && narrowed.open.is_empty();
        let text = match (narrowed.triggers.has_occasions(), narrowed.triggers == triggers) {
            (false, _) => "latest=false",
            (true, true) => "latest=true",
            (true, false) => return None,
        };
        is_sure.then(|| (table, text.to_owned()))
    };
    tables(source.triggers).into_iter().map(of).collect()
}

/// Each occasion that says so has `latest` of its own.
fn latest(each: Vec<(Table, String)>, with_latest: &mut Vec<Table>) -> String {
    let is = |text: &str, value: &str| text.trim().strip_prefix("latest=") == Some(value);
    let is_auto = each.iter().any(|(table, text)| *table == Table::Release && is(text, "auto"));
    with_latest.extend(each.into_iter().filter(|(_, text)| is(text, "true")).map(|(table, _)| table));
    if is_auto { "latest=auto".to_owned() } else { "latest=false".to_owned() }
}

/// What it is for a release, where that is one of the occasions. What it is on others is told.
fn of_release(each: Vec<(Table, String)>, image: &mut DraftImage) -> String {
    let mut each = each.into_iter();
    let first = each.next().map(|(_, text)| text).unwrap_or_default();
    for (table, text) in each.filter(|(_, text)| *text != first) {
        image.left.push(format!("flavor of `{table}`: {text} (a release has something else)"));
    }
    first
}
