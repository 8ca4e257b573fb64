//! What outputs and values stand for that nothing says: their names do.

use super::expression::Known;
use super::workflow::Triggers;

/// What a name stands for in a workflow: what a person gives it who starts it by hand is nothing on its other occasions, and of what
/// a step of it says that can't be read nothing is guessed.
pub(super) fn guess_on(triggers: &Triggers, known: &Known<'_>, expression: &str) -> Option<String> {
    let is_of_person = ["inputs.", "github.event.inputs."].iter().any(|begin| expression.starts_with(begin));
    let is_nothing = is_of_person && triggers.has_occasions();
    guess_placeholder(expression).filter(|_| !is_nothing && !known.is_unread(expression))
}

/// What an output of a step, or a value of the event, stands for by its name.
pub(super) fn guess_placeholder(expression: &str) -> Option<String> {
    // What chooses is no name.
    if ["&&", "||", "==", "$("].iter().any(|sign| expression.contains(sign)) {
        return None;
    }
    // What another repository says is a version of that one.
    if expression.starts_with("github.event.client_payload") {
        return None;
    }
    let last = expression.rsplit('.').next().unwrap_or(expression).to_lowercase();
    let placeholder = match last.as_str() {
        _ if expression.ends_with("#v") => "{version}",
        "ref_name" | "tag_name" | "github_ref_name" => "{tag}",
        "number" => "{number}",
        _ if matches!(expression, "github.sha" | "GITHUB_SHA") => "{commit}",
        _ if last.contains("minor") => "{major}.{minor}",
        _ if last.contains("major") => "{major}",
        _ if last.contains("sha") => "{sha}",
        _ if last.contains("version") => "{version}",
        _ => return None,
    };
    Some(placeholder.to_owned())
}

/// The same tag, where a minor number stands behind the major one: there it is that number alone.
pub(super) fn minor_alone(tag: &str) -> String {
    tag.replace("{major}.{major}.{minor}", "{major}.{minor}")
}

#[cfg(test)]
mod tests {
    use super::super::workflow::read_triggers;
    use super::*;

    #[test]
    fn what_a_step_says_in_a_way_that_is_not_read_is_not_guessed() {
        let triggers = read_triggers(Some(&serde_json::json!({ "push": { "tags": ["v*"] } })));
        let values = [("said.steps.a", ""), ("said.needs.b.outputs.version", "")];
        let values = values.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let known = Known { values: &values, repository: None };
        for (expression, want) in [
            ("steps.a.outputs.version", None),
            ("needs.b.outputs.version", None),
            ("steps.action.outputs.version", Some("{version}")),
            ("needs.b.outputs.other_version", Some("{version}")),
            ("$(cat VERSION)", None),
        ] {
            assert_eq!(guess_on(&triggers, &known, expression).as_deref(), want, "{expression}");
        }
    }

    #[test]
    fn a_minor_number_behind_the_major_one_stands_alone() {
        assert_eq!(minor_alone("v{major}.{major}.{minor}-x"), "v{major}.{minor}-x");
        assert_eq!(minor_alone("{major}.{minor}"), "{major}.{minor}");
    }
}
