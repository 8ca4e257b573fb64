//! What conditions of jobs and steps come to on an occasion, as far as it decides them.

mod format;
mod reference;
mod same;
mod syntax;
#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use serde_json::Value as Json;

pub(super) use self::reference::{Reference, says_prerelease};
use self::same::number_in;
pub(super) use self::syntax::{Term, parse};
use super::expression::{Filled, Known, inside};
use super::occasions::Purpose;
use super::workflow::TYPE_OF;

/// What a condition comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    Holds,
    Fails,
    /// Something decides it that is not known before.
    Open,
}

/// When a workflow runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// What sets it off; none: that of whoever calls it.
    pub(super) event: Option<&'static str>,
    pub(super) reference: Reference,
}

/// What a part of a condition comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Word {
    Text(String),
    /// A text of which is known how it begins: with the kind of ref, and with this.
    Begins {
        kind: &'static str,
        begin: String,
    },
    /// A git tag of a release: as good as any other of them.
    Release {
        kind: &'static str,
        tag: String,
    },
    List(Vec<String>),
    Switch(bool),
    /// A number, as it is written.
    Number(String),
    /// `true` or `false` of the matrix, or of an input whose type is not known: a switch, or a text.
    Written(bool),
    Nothing,
    /// The git repository itself, whose name is not known.
    Own,
    /// Who did it: a person.
    Somebody,
    /// Something that is not nothing.
    Something,
    Unknown,
}

/// Events that somebody sets off by hand, or that another workflow does.
pub(super) const BY_HAND: [&str; 4] =
    ["workflow_dispatch", "workflow_run", "repository_dispatch", "workflow_call"];
/// Under this name stands what happens to a release page to set a workflow off, where that is one thing.
pub(super) const ACTION_OF_PAGES: &str = "type.github.event.action";
/// How deep values may name one another.
const DEPTH: usize = 8;

/// How many names are looked up for one condition.
const MOST: usize = 400;

/// How long a value may be, and all texts together that one condition puts together.
const ROOM: usize = 16 * 1024;

/// What an expression comes to whatever sets the workflow off; none where something else decides it.
pub(super) fn work_out(expression: &str, known: &Known<'_>) -> Option<String> {
    let moment = Moment { event: None, reference: Reference::Unknown };
    let term = parse(expression).filter(|term| !matches!(term, Term::Name(_)))?;
    match Judge::at(&moment, known).word(&term, DEPTH) {
        // What looks like an expression in it is text, and is not worked out again.
        Word::Text(text) if !text.contains("${{") => Some(text),
        word @ Word::Number(_) => word.shown().map(str::to_owned),
        _ => None,
    }
}

/// What an expression comes to at a moment; none where something else decides it.
pub(super) fn work_out_at(
    expression: &str,
    known: &Known<'_>,
    moment: &Moment,
    purpose: Purpose,
) -> Option<String> {
    let term = parse(expression)?;
    match Judge::at(moment, known).word(&term, DEPTH) {
        Word::Text(text) if !text.contains("${{") => Some(text),
        word @ Word::Number(_) => word.shown().map(str::to_owned),
        Word::Begins { kind: "", .. } if purpose == Purpose::Tag => Some("{branch}".to_owned()),
        Word::Release { kind: "", .. } if purpose == Purpose::Tag => Some("{tag}".to_owned()),
        word @ Word::Switch(_) if matches!(term, Term::Name(_)) => word.shown().map(str::to_owned),
        _ => None,
    }
}

/// Judges conditions at a moment.
pub(super) struct Judge<'a> {
    moment: &'a Moment,
    known: &'a Known<'a>,
    /// Branches that conditions name.
    named: RefCell<BTreeSet<String>>,
    /// How many more names are looked up.
    budget: Cell<usize>,
    /// How much more text is put together.
    room: Cell<usize>,
}

impl<'a> Judge<'a> {
    pub(super) fn at(moment: &'a Moment, known: &'a Known<'a>) -> Judge<'a> {
        Judge { moment, known, named: RefCell::default(), budget: Cell::new(MOST), room: Cell::new(ROOM) }
    }

    /// What a condition comes to.
    pub(super) fn judge(&self, condition: &Term) -> Truth {
        self.word(condition, DEPTH).truth()
    }

    /// What a condition comes to that an action is given, as a text: it must say `true`.
    pub(super) fn judge_text(&self, condition: &Term) -> Truth {
        match self.word(condition, DEPTH) {
            Word::Text(text) if text.trim().eq_ignore_ascii_case("true") => Truth::Holds,
            Word::Text(_) | Word::Nothing | Word::Number(_) => Truth::Fails,
            word => word.truth(),
        }
    }

    /// The branches that were named so far.
    pub(super) fn into_named(self) -> BTreeSet<String> {
        self.named.into_inner()
    }

    fn word(&self, term: &Term, depth: usize) -> Word {
        match term {
            Term::Text(text) => Word::Text(text.clone()),
            Term::Number(text) => Word::Number(text.clone()),
            Term::Switch(switch) => Word::Switch(*switch),
            Term::Nothing => Word::Nothing,
            Term::Name(name) => self.find(name, depth),
            Term::Call(name, given) => {
                let given: Vec<Word> = given.iter().map(|term| self.word(term, depth)).collect();
                self.call(name, &given)
            }
            Term::Not(term) => match self.word(term, depth).truth() {
                Truth::Holds => Word::Switch(false),
                Truth::Fails => Word::Switch(true),
                Truth::Open => Word::Unknown,
            },
            Term::All(terms) => self.several(terms, Truth::Fails, depth),
            Term::Any(terms) => self.several(terms, Truth::Holds, depth),
            Term::Same(left, right) => self.same(&self.word(left, depth), &self.word(right, depth)).word(),
            Term::Other => Word::Unknown,
        }
    }

    /// What several parts come to, of which one that comes to `deciding` is enough. All are looked at, for what they name.
    fn several(&self, terms: &[Term], deciding: Truth, depth: usize) -> Word {
        let words: Vec<Word> = terms.iter().map(|term| self.word(term, depth)).collect();
        let mut is_open = false;
        for word in &words {
            match word.truth() {
                truth if truth == deciding && is_open => return truth.word(),
                truth if truth == deciding => return word.clone(),
                Truth::Open => is_open = true,
                Truth::Holds | Truth::Fails => {}
            }
        }
        if is_open { Word::Unknown } else { words.last().cloned().unwrap_or(Word::Unknown) }
    }

    fn call(&self, name: &str, given: &[Word]) -> Word {
        match (name, given) {
            ("always" | "success", _) => Word::Switch(true),
            ("failure" | "cancelled", _) => Word::Switch(false),
            ("startswith" | "contains" | "endswith", [Word::Release { kind, tag }, part]) => {
                self.call(name, &[Word::Text(format!("{kind}{tag}")), part.clone()])
            }
            ("startswith", [Word::Text(text), Word::Text(begin)]) => {
                Word::Switch(has(text, begin, |text, begin| text.starts_with(begin)))
            }
            ("endswith", [Word::Text(text), Word::Text(end)]) => {
                Word::Switch(has(text, end, |text, end| text.ends_with(end)))
            }
            ("contains", [Word::Text(text), Word::Text(part)]) => {
                Word::Switch(has(text, part, |text, part| text.contains(part)))
            }
            ("startswith" | "contains" | "endswith", [Word::Nothing, Word::Text(part)]) => {
                Word::Switch(part.is_empty())
            }
            ("startswith", [Word::Begins { kind, begin }, Word::Text(text)]) => {
                reference::begins(&format!("{kind}{begin}"), text).word()
            }
            ("contains", [Word::Begins { kind, begin }, Word::Text(part)]) => {
                reference::contains(&format!("{kind}{begin}"), part).word()
            }
            ("contains", [Word::List(list), one]) => {
                let found: Vec<Truth> =
                    list.iter().map(|text| self.same(one, &Word::Text(text.clone()))).collect();
                match (found.contains(&Truth::Holds), found.contains(&Truth::Open)) {
                    (true, _) => Word::Switch(true),
                    (false, true) => Word::Unknown,
                    (false, false) => Word::Switch(false),
                }
            }
            ("format", [Word::Text(text), rest @ ..]) => {
                let given: Vec<Option<&str>> = rest.iter().map(Word::shown).collect();
                let Some(text) = format::put_together(text, &given, self.room.get()) else {
                    return Word::Unknown;
                };
                self.room.set(self.room.get().saturating_sub(text.len()));
                Word::Text(text)
            }
            ("fromjson", [Word::Switch(switch) | Word::Written(switch)]) => Word::Switch(*switch),
            ("fromjson", [Word::Text(text)]) => match serde_json::from_str(text) {
                Ok(Json::Bool(switch)) => Word::Switch(switch),
                Ok(Json::Number(number)) => Word::Number(number.to_string()),
                Ok(Json::String(text)) => Word::Text(text),
                Ok(Json::Array(many)) => {
                    let texts: Option<Vec<String>> =
                        many.iter().map(|one| one.as_str().map(str::to_owned)).collect();
                    texts.map_or(Word::Unknown, Word::List)
                }
                Ok(Json::Null | Json::Object(_)) | Err(_) => Word::Unknown,
            },
            _ => Word::Unknown,
        }
    }

    fn find(&self, name: &str, depth: usize) -> Word {
        let Some(budget) = self.budget.get().checked_sub(1) else { return Word::Unknown };
        self.budget.set(budget);
        let event = self.moment.event;
        let is_pull = self.moment.reference == Reference::PullRequest;
        let is_by_hand = event.is_none_or(|event| BY_HAND.contains(&event));
        let of_event = |own: &str, word: Word| match event {
            None => Word::Unknown,
            Some(event) if event == own => word,
            Some(_) => Word::Nothing,
        };
        let repository = || self.known.repository.map_or(Word::Own, |name| Word::Text(name.to_owned()));
        let owner = || {
            let owner = self.known.repository.and_then(|name| name.split('/').next());
            owner.map_or(Word::Own, |owner| Word::Text(owner.to_owned()))
        };
        match name {
            "github.event_name" => event.map_or(Word::Unknown, |event| Word::Text(event.to_owned())),
            "github.repository" => repository(),
            "github.repository_owner" => owner(),
            "github.ref" | "github.event.ref" => self.reference("refs/tags/", "refs/heads/"),
            "github.ref_name" => self.reference("", ""),
            "github.ref_type" => Word::Text(match self.moment.reference {
                Reference::Release(_) => "tag".to_owned(),
                Reference::Branch(_) | Reference::OtherBranch(_) | Reference::PullRequest => {
                    "branch".to_owned()
                }
                Reference::Unknown => return Word::Unknown,
            }),
            "github.event.repository.default_branch" => self.default_branch(),
            "github.actor" | "github.triggering_actor" => Word::Somebody,
            "github.event.pull_request.user.login" if is_pull => Word::Somebody,
            // What is released is at home here.
            "github.event.repository.fork" => Word::Switch(false),
            // Commits of a fork are rehearsed alone.
            "github.event.pull_request.head.repo.full_name" if is_pull => repository(),
            "github.event.pull_request.head.repo.owner.login" if is_pull => owner(),
            "github.event.pull_request.head.repo.fork" if is_pull => Word::Switch(false),
            "github.event.pull_request"
            | "github.event.number"
            | "github.event.pull_request.number"
            | "github.base_ref"
            | "github.head_ref"
                if is_pull =>
            {
                Word::Something
            }
            "github.base_ref" | "github.head_ref" if event.is_some() => Word::Text(String::new()),
            "github.event.action" => match event {
                Some("release") => match self.known.values.get(ACTION_OF_PAGES) {
                    Some(action) => Word::Text(action.clone()),
                    None => Word::Unknown,
                },
                Some("push" | "schedule") => Word::Nothing,
                Some(_) | None => Word::Unknown,
            },
            "github.event.release" => of_event("release", Word::Something),
            "github.event.release.prerelease" => of_event("release", self.prerelease()),
            "github.event.release.tag_name" => of_event("release", self.reference("", "")),
            "github.event.workflow_run.conclusion" => {
                of_event("workflow_run", Word::Text("success".to_owned()))
            }
            _ if name.starts_with("github.event.release.") => of_event("release", Word::Unknown),
            _ if name.starts_with("github.event.client_payload") => {
                of_event("repository_dispatch", Word::Unknown)
            }
            _ if name.starts_with("github.event.workflow_run") => of_event("workflow_run", Word::Unknown),
            _ if name.starts_with("github.event.pull_request") && !is_pull && event.is_some() => {
                Word::Nothing
            }
            _ if name.starts_with("github.event.inputs.") && !is_by_hand => Word::Nothing,
            // What comes before has to succeed.
            _ if name.starts_with("needs.") && name.ends_with(".result") => Word::Text("success".to_owned()),
            _ => match self.known.values.get(name) {
                Some(value) => self.value(name, value, depth),
                None if name.starts_with("inputs.") && !is_by_hand => Word::Nothing,
                None if says_prerelease(name) => match self.prerelease() {
                    Word::Switch(is_it) => Word::Text(is_it.to_string()),
                    other => other,
                },
                None => Word::Unknown,
            },
        }
    }

    /// What a variable, an input or a value of the matrix is.
    fn value(&self, name: &str, value: &str, depth: usize) -> Word {
        if let Some(expression) = inside(value) {
            let Some(depth) = depth.checked_sub(1) else { return Word::Unknown };
            return parse(expression).map_or(Word::Unknown, |term| self.word(&term, depth));
        }
        let of_type = self.known.values.get(&format!("{TYPE_OF}{name}")).map(String::as_str);
        let is_open = of_type.is_none() && (name.starts_with("inputs.") || name.starts_with("matrix."));
        match (value, self.known.fill_plainly(value)) {
            ("true" | "false", _) if of_type == Some("boolean") => Word::Switch(value == "true"),
            ("true" | "false", _) if is_open => Word::Written(value == "true"),
            (number, _) if of_type == Some("number") => Word::Number(number.to_owned()),
            (_, Filled::Known(text)) if text.len() <= ROOM => Word::Text(text),
            (_, Filled::Known(_) | Filled::Unknown { .. }) => Word::Unknown,
        }
    }
}

impl Truth {
    fn word(self) -> Word {
        match self {
            Truth::Holds => Word::Switch(true),
            Truth::Fails => Word::Switch(false),
            Truth::Open => Word::Unknown,
        }
    }
}

impl Word {
    fn truth(&self) -> Truth {
        match self {
            Word::Text(text) if text.is_empty() => Truth::Fails,
            Word::Number(text) if matches!(number_in(text), 0.0) || number_in(text).is_nan() => Truth::Fails,
            Word::Switch(false) | Word::Written(false) | Word::Nothing => Truth::Fails,
            Word::Unknown => Truth::Open,
            _ => Truth::Holds,
        }
    }

    /// As it stands in a text that it is put into.
    fn shown(&self) -> Option<&str> {
        match self {
            Word::Text(text) => Some(text),
            Word::Switch(true) | Word::Written(true) => Some("true"),
            Word::Switch(false) | Word::Written(false) => Some("false"),
            Word::Nothing => Some(""),
            Word::Number(text) if text.parse::<u32>().is_ok_and(|number| number.to_string() == *text) => {
                Some(text)
            }
            _ => None,
        }
    }
}

fn has(text: &str, part: &str, is_there: fn(&str, &str) -> bool) -> bool {
    is_there(&text.to_ascii_lowercase(), &part.to_ascii_lowercase())
}
