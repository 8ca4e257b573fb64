//! What sets a job of GitLab off: its `rules`, or `only` and `except`.

use serde_json::Value;

use super::PipelineHome;
use crate::setup::from_workflows::workflow::Triggers;

/// On which occasions a job runs.
#[derive(Clone, Debug, Default)]
pub(super) struct Occasions {
    triggers: Triggers,
    /// Whether somebody said so; otherwise it is every push.
    is_said: bool,
    /// What of it can't be said of a release.
    pub(super) left: Vec<String>,
}

/// One occasion that a condition speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Occasion {
    /// Tags: all, or those of a pattern.
    Tags(Option<String>),
    /// Branches: all, or this one.
    Branches(Option<String>),
    MergeRequest,
    Schedule,
}

impl Occasions {
    /// Reads them, as far as they say: every push, unless they do.
    pub(super) fn read(
        rules: Option<&Value>,
        only: Option<&Value>,
        except: Option<&Value>,
        home: &PipelineHome<'_>,
    ) -> Occasions {
        let mut found = Occasions::default();
        let mut kept_out = Vec::new();
        for rule in rules.and_then(Value::as_array).into_iter().flatten() {
            let is_never = rule.get("when").and_then(Value::as_str) == Some("never");
            let condition = rule.get("if").and_then(Value::as_str);
            match (condition.map(|condition| read_condition(condition, home)), is_never) {
                // What further conditions hold for is not known before.
                (Some(read), true) if !condition.is_some_and(|text| text.contains("&&")) => {
                    kept_out.extend(read)
                }
                (Some(read), false) => found.add(read),
                (None, false) => found.add([Occasion::Tags(None), Occasion::Branches(None)]),
                (_, true) => {}
            }
        }
        for name in refs(only) {
            found.add(read_ref(name, home));
        }
        if !found.is_said {
            found.triggers.tags = Some(Vec::new());
            found.triggers.branches = Some(Vec::new());
        }
        for name in refs(except) {
            kept_out.extend(read_ref(name, home));
        }
        for occasion in kept_out {
            found.keep_out(occasion);
        }
        found
    }

    fn add(&mut self, occasions: impl IntoIterator<Item = Occasion>) {
        for occasion in occasions {
            self.is_said = true;
            match occasion {
                Occasion::Tags(pattern) => self.triggers.tags.get_or_insert_default().extend(pattern),
                Occasion::Branches(name) => self.triggers.branches.get_or_insert_default().extend(name),
                Occasion::MergeRequest => self.triggers.pull_request = Some(()),
                Occasion::Schedule => self.triggers.schedule = Some(()),
            }
        }
    }

    fn keep_out(&mut self, occasion: Occasion) {
        let triggers = &mut self.triggers;
        match occasion {
            Occasion::Tags(None) => triggers.tags = None,
            Occasion::Branches(None) => triggers.branches = None,
            Occasion::MergeRequest => triggers.pull_request = None,
            Occasion::Schedule => triggers.schedule = None,
            Occasion::Tags(Some(name)) => {
                if triggers.tags.is_some() {
                    self.left.push(format!("git tags {name}, for which it does not run"));
                }
            }
            Occasion::Branches(Some(name)) => match &mut triggers.branches {
                Some(branches) if branches.is_empty() => {
                    self.left.push(format!("branch {name}, for which it does not run: the rules of `branch:*` are for every branch"));
                }
                Some(branches) => {
                    branches.retain(|branch| *branch != name);
                    if branches.is_empty() {
                        triggers.branches = None;
                    }
                }
                None => {}
            },
        }
    }

    /// Leaves out what the whole pipeline does not run for.
    pub(super) fn only_when(&mut self, whole: &Occasions) {
        let narrow = |own: &mut Option<Vec<String>>, whole: &Option<Vec<String>>| match (own.as_mut(), whole)
        {
            (Some(own), Some(whole)) if own.is_empty() => own.clone_from(whole),
            (Some(_), Some(_)) | (None, _) => {}
            (Some(_), None) => *own = None,
        };
        narrow(&mut self.triggers.tags, &whole.triggers.tags);
        narrow(&mut self.triggers.branches, &whole.triggers.branches);
    }

    /// A variable that is a tag for git tags is a branch for branches, so these are read one after the other.
    pub(super) fn split(self) -> Vec<Triggers> {
        let triggers = self.triggers;
        if triggers.tags.is_none() || (triggers.branches.is_none() && triggers.pull_request.is_none()) {
            return vec![triggers];
        }
        let of_tags = Triggers { tags: triggers.tags.clone(), ..Triggers::default() };
        vec![of_tags, Triggers { tags: None, ..triggers }]
    }
}

/// What `only` or `except` names.
fn refs(named: Option<&Value>) -> Vec<&str> {
    match named.and_then(|named| named.get("refs").or(Some(named))) {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn read_ref(name: &str, home: &PipelineHome<'_>) -> Vec<Occasion> {
    match name {
        "tags" => vec![Occasion::Tags(None)],
        "branches" => vec![Occasion::Branches(None)],
        "merge_requests" => vec![Occasion::MergeRequest],
        "schedules" => vec![Occasion::Schedule],
        "api" | "chat" | "external" | "pipelines" | "pushes" | "triggers" | "web" => Vec::new(),
        pattern if pattern.starts_with('/') => vec![Occasion::Tags(glob(pattern))],
        condition if condition.starts_with('$') => read_condition(condition, home),
        branch => vec![Occasion::Branches(Some(branch.to_owned()))],
    }
}

/// Which occasions a condition of a rule speaks of.
fn read_condition(condition: &str, home: &PipelineHome<'_>) -> Vec<Occasion> {
    let parts = condition.split("||").flat_map(|part| part.split("&&")).map(str::trim);
    let read = |part: &str| {
        let part = part.trim_matches(['(', ')']).trim();
        let bare = |text: &str| text.trim().trim_matches(['"', '\'']).to_owned();
        let value = part.split_once("==").map(|(_, value)| bare(value));
        let other = part.split_once("!=").map(|(_, value)| bare(value));
        let pattern = part.split_once("=~").map(|(_, value)| value.trim());
        let is_nothing =
            |value: &Option<String>| value.as_deref().is_some_and(|value| matches!(value, "null" | ""));
        let is_of = |name: &str| {
            let rest = part.strip_prefix(name);
            rest.is_some_and(|rest| {
                !rest.starts_with(|sign: char| sign.is_ascii_alphanumeric() || sign == '_')
            })
        };
        if is_of("$CI_COMMIT_TAG") {
            return match (is_nothing(&value), is_nothing(&other) || other.is_none()) {
                (true, _) => Some(Occasion::Branches(None)),
                (false, true) if !part.contains("!~") => Some(Occasion::Tags(pattern.and_then(glob))),
                (false, _) => None,
            };
        }
        if is_of("$CI_COMMIT_BRANCH") || is_of("$CI_COMMIT_REF_NAME") {
            return match value.as_deref() {
                _ if is_nothing(&value) => Some(Occasion::Tags(None)),
                _ if is_nothing(&other) => Some(Occasion::Branches(None)),
                _ if part.contains('!') => None,
                Some("$CI_DEFAULT_BRANCH") => {
                    Some(Occasion::Branches(Some(home.branch.unwrap_or("main").to_owned())))
                }
                Some(name) if !name.starts_with('$') => Some(Occasion::Branches(Some(name.to_owned()))),
                _ => Some(Occasion::Branches(None)),
            };
        }
        if part.contains("merge_request") {
            return Some(Occasion::MergeRequest);
        }
        part.contains("\"schedule\"").then_some(Occasion::Schedule)
    };
    parts.filter_map(read).collect()
}

/// A regular expression's beginning as a pattern of git tags: `/^v\d+/` is `v*`.
fn glob(expression: &str) -> Option<String> {
    let inside = expression.trim_matches('/').strip_prefix('^')?;
    let end = inside.find(|sign: char| !(sign.is_ascii_alphanumeric() || "-_".contains(sign)));
    Some(format!("{}*", inside.get(..end.unwrap_or(inside.len()))?))
}
