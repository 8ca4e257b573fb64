//! Values of scripts as expressions of workflows.

use std::collections::BTreeMap;

use crate::setup::from_workflows::script::replace_word;
use crate::setup::from_workflows::spelled::in_expressions;
use crate::setup::from_workflows::tag_words::in_tag_words;

pub(super) fn unquoted(text: &str) -> &str {
    let within = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    within('"').or_else(|| within('\'')).unwrap_or(text)
}

/// A value of a script as expressions of a workflow; none where commands make it.
pub(super) fn evaluate(value: &str, variables: &BTreeMap<String, Option<String>>) -> Option<String> {
    let own = |name: &str| variables.get(name).cloned().flatten();
    let mut value = without_lowering(&in_tag_words(&with_tr(&without_person(value)), &own))?;
    for (name, known) in variables.iter().rev() {
        let is_named = value.contains(&format!("${{{name}")) || value.contains(&format!("${name}"));
        let Some(known) = known else {
            if is_named {
                return None;
            }
            continue;
        };
        value = value.replace(&format!("${{{name}}}"), known);
        value = replace_word(&value, &format!("${name}"), known);
    }
    let is_plain = |inside: &str| {
        let name = inside.split('}').next().unwrap_or_default();
        inside.starts_with('{') || name.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '_')
    };
    (!value.contains(['`', '"', '|', ';']) && value.split("${").skip(1).all(is_plain))
        .then(|| in_expressions(&value))
}

/// The same without what a person gives instead who starts the workflow by hand: here a git tag does.
fn without_person(value: &str) -> String {
    let is_of_person =
        |name: &str| ["inputs.", "github.event.inputs."].iter().any(|begin| name.starts_with(begin));
    let is_of_tag = |name: &str| ["github.event.release.tag_name", "github.ref_name"].contains(&name);
    let mut parts = value.split("${{");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (inside, behind) = part.split_once("}}").unwrap_or((part, ""));
        let likely = inside.split_once("||").and_then(|(one, other)| match (one.trim(), other.trim()) {
            (tag, person) | (person, tag) if is_of_tag(tag) && is_of_person(person) => Some(tag),
            _ => None,
        });
        match likely {
            Some(tag) => kept.push_str(&format!("${{{{ {tag} }}}}{behind}")),
            None => kept.push_str(&format!("${{{{{part}")),
        }
    }
    kept
}

/// The same with `tr` for what awk does just so.
fn with_tr(value: &str) -> String {
    ["awk '{print tolower($0)}'", "awk '{ print tolower($0) }'"]
        .iter()
        .fold(value.to_owned(), |value, awk| value.replace(awk, "tr A-Z a-z"))
}

/// The same without what makes letters small: names of images are so anyway. None where another command makes it.
fn without_lowering(value: &str) -> Option<String> {
    let mut value = value.replace(",,}", "}").replace("@L}", "}");
    while let Some((before, after)) = value.clone().split_once("$(") {
        let (inside, behind) = after.split_once(')')?;
        let (said, command) = inside.strip_prefix("echo ")?.split_once('|')?;
        let command = command.trim();
        let lowers = command.starts_with("tr ")
            && [("upper", "lower"), ("A-Z", "a-z")]
                .iter()
                .any(|(from, to)| command.split_once(from).is_some_and(|(_, behind)| behind.contains(to)));
        if !lowers {
            return None;
        }
        value = format!("{before}{}{behind}", unquoted(said.trim()));
    }
    Some(value)
}
