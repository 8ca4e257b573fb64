//! On which of a workflow's occasions something of it runs: conditions rule others out.
//!
//! A condition that can't be judged leaves releases and branches as they are. Pull requests are published only where it is
//! sure that they are.

mod begun;
mod tags;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use self::tags::Otherwise;
use super::around::says_more;
use super::condition::{BY_HAND, Judge, Moment, Reference, Term, Truth, parse};
use super::expression::{Known, inside};
use super::workflow::{Job, Step, Triggers, Workflow};

/// A condition as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Condition {
    /// What it belongs to: `if`, `push`.
    pub(super) of: &'static str,
    /// The expression, without its braces.
    pub(super) text: String,
}

/// What conditions leave of the occasions of a workflow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Narrowed {
    pub(super) triggers: Triggers,
    /// Whether nothing sets it off.
    pub(super) is_never: bool,
    /// Whether that is so because outputs of steps decide whether it runs at all.
    pub(super) is_undecided: bool,
    /// Conditions that something decides which is not known before.
    pub(super) open: Vec<Condition>,
    /// Conditions that do not hold on some occasion.
    pub(super) ruled_out_by: Vec<Condition>,
    /// Those because of which branches are left out: outputs of steps decide them.
    pub(super) open_for_branches: Vec<Condition>,
    /// Those because of which pull requests are left out.
    pub(super) open_for_pulls: Vec<Condition>,
    /// Conditions that are otherwise for prereleases than for stable versions.
    pub(super) otherwise: Vec<Otherwise>,
    /// The condition by which a tool begins releases when a branch is pushed.
    pub(super) begun_by: Option<Condition>,
    /// Whether a script decides what it does for pull requests, which are left out.
    pub(super) leaves_script: bool,
    /// Whether a branch is left out whose pushes it is not for, but its schedule.
    pub(super) leaves_schedule: bool,
}

impl Condition {
    /// The condition of a job or a step, or the value of an input; none where it always holds.
    pub(super) fn of(of: &'static str, written: &str) -> Option<Condition> {
        let text = inside(written).filter(|text| !text.contains("${{")).unwrap_or(written.trim());
        (!matches!(text, "" | "true")).then(|| Condition { of, text: text.to_owned() })
    }

    /// The conditions under which a job runs: its own, and those of the jobs that have to succeed before.
    pub(super) fn of_job(job: &Job, workflow: &Workflow) -> Vec<Condition> {
        let mut all: Vec<Condition> = Vec::new();
        let mut waiting = vec![job];
        let mut seen: Vec<&str> = Vec::new();
        while let Some(job) = waiting.pop() {
            all.extend(Condition::of("if", &job.condition).filter(|condition| !all.contains(condition)));
            // Those run even where another one did not.
            if ["always()", "!cancelled()", "!failure()"].iter().any(|word| job.condition.contains(word)) {
                continue;
            }
            for name in &job.needs {
                if !seen.contains(&name.as_str()) {
                    seen.push(name);
                    waiting.extend(workflow.jobs.iter().find(|other| other.id == *name));
                }
            }
        }
        all
    }

    /// The condition under which a step pushes what it builds; none where it always does.
    pub(super) fn of_push(step: &Step, known: &Known<'_>) -> Option<Condition> {
        let outputs = known.fill(step.input("outputs").unwrap_or_default()).into_text();
        let of_output = outputs.split([',', '\n']).find_map(|field| field.trim().strip_prefix("push="));
        let is_registry = outputs.contains("type=registry") || outputs.contains("push-by-digest=true");
        match (step.input("push"), of_output) {
            (Some(push), _) | (None, Some(push)) => Condition::of("push", push),
            (None, None) if is_registry => None,
            (None, None) if outputs.contains("${{") => Condition::of("outputs", &outputs),
            (None, None) => Condition::of("push", "false"),
        }
    }

    fn reads(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.text.contains(word))
    }
}

/// Narrows the occasions of a workflow down to those on which all conditions hold.
pub(super) fn narrow(triggers: &Triggers, conditions: &[Condition], known: &Known<'_>) -> Narrowed {
    let mut narrower = Narrower {
        terms: conditions.iter().map(|condition| (condition, parse(&condition.text))).collect(),
        known,
        narrowed: Narrowed { triggers: triggers.clone(), ..Narrowed::default() },
    };
    if !conditions.is_empty() {
        narrower.narrow_tags();
        narrower.narrow_branches(triggers);
        narrower.narrow_to_what_tools_begin();
        narrower.narrow_pulls();
        narrower.narrow_rest(triggers);
    }
    narrower.narrowed
}

/// Whether something runs for git tags alone, and not because of a release that it makes itself.
pub(in crate::setup) fn is_for_tags_alone(triggers: &Triggers, conditions: &[&str]) -> bool {
    let conditions: Vec<Condition> =
        conditions.iter().filter_map(|written| Condition::of("if", written)).collect();
    let values = BTreeMap::new();
    let narrowed = narrow(triggers, &conditions, &Known { values: &values, repository: None });
    let is_of_others = narrowed.triggers.branches.is_some() || narrowed.triggers.pull_request.is_some();
    !is_of_others && narrowed.open_for_branches.is_empty() && narrowed.begun_by.is_none()
}

struct Narrower<'a> {
    terms: Vec<(&'a Condition, Option<Term>)>,
    known: &'a Known<'a>,
    narrowed: Narrowed,
}

impl Narrower<'_> {
    /// What each condition comes to, and the branches that they name.
    fn judge_each(&self, event: Option<&'static str>, reference: &Reference) -> (Vec<Truth>, Vec<String>) {
        let moment = Moment { event, reference: reference.clone() };
        let judge = Judge::at(&moment, self.known);
        let of = |(condition, term): &(&Condition, Option<Term>)| match (term, condition.of) {
            (None, _) => Truth::Open,
            (Some(term), "if") => judge.judge(term),
            (Some(term), _) => judge.judge_text(term),
        };
        let found: Vec<Truth> = self.terms.iter().map(of).collect();
        (found, judge.into_named().into_iter().collect())
    }

    /// What all conditions come to, and the branches that they name. Those that are open are noted.
    fn judge(&mut self, event: Option<&'static str>, reference: &Reference) -> (Truth, Vec<String>) {
        let (found, named) = self.judge_each(event, reference);
        let fails = found.iter().zip(&self.terms).filter(|(truth, _)| **truth == Truth::Fails);
        for (_, (condition, _)) in fails {
            let known = &mut self.narrowed.ruled_out_by;
            known.extend((!known.contains(condition)).then(|| (*condition).clone()));
        }
        if found.contains(&Truth::Fails) {
            return (Truth::Fails, named);
        }
        let mut truth = Truth::Holds;
        for (found, (condition, _)) in found.iter().zip(&self.terms) {
            if *found == Truth::Open {
                truth = Truth::Open;
                let open = &mut self.narrowed.open;
                open.extend((!open.contains(condition)).then(|| (*condition).clone()));
            }
        }
        (truth, named)
    }

    fn has(&self, event: &str) -> bool {
        self.narrowed.triggers.events.contains(event)
    }

    fn narrow_branches(&mut self, before: &Triggers) {
        let Some(branches) = self.narrowed.triggers.branches.clone() else { return };
        let is_unfiltered = branches.is_empty() && before.tags == Some(Vec::new());
        let is_pushed = self.has("push") && (!branches.is_empty() || is_unfiltered || !self.has("schedule"));
        let mut events = Vec::new();
        events.extend(is_pushed.then_some("push"));
        events.extend(self.has("schedule").then_some("schedule"));
        if events.is_empty() {
            return;
        }
        let mut kept: Vec<String> = Vec::new();
        let mut keeps_all = false;
        let patterns = if branches.is_empty() { vec!["**".to_owned()] } else { branches.clone() };
        for pattern in patterns {
            let begin = begin_of(&pattern);
            let is_plain = begin == pattern;
            let reference = if is_plain {
                Reference::Branch(begin.clone())
            } else {
                Reference::OtherBranch(begin.clone())
            };
            let (is_kept, named) = self.is_for(&events, &reference, is_pushed);
            if is_kept && branches.is_empty() {
                keeps_all = true;
            } else if is_kept {
                kept.push(pattern.clone());
            }
            if is_plain || is_kept {
                continue;
            }
            for name in named.into_iter().filter(|name| name.starts_with(&begin)) {
                let (is_kept, _) = self.is_for(&events, &Reference::Branch(name.clone()), is_pushed);
                kept.extend(Some(name).filter(|name| is_kept && !kept.contains(name)));
            }
        }
        self.narrowed.triggers.branches = match (keeps_all, kept.is_empty()) {
            (true, _) => Some(Vec::new()),
            (false, true) => None,
            (false, false) => Some(kept),
        };
    }

    /// The same for a branch, which is left out where an output decides of which nothing is known.
    fn judge_branch(&mut self, event: &'static str, reference: &Reference) -> (Truth, Vec<String>) {
        let (found, named) = self.judge_each(Some(event), reference);
        let opened = self.opened_by_outputs(&found);
        if opened.is_empty() || found.contains(&Truth::Fails) {
            return self.judge(Some(event), reference);
        }
        let known = &mut self.narrowed.open_for_branches;
        for condition in opened {
            known.extend(Some(condition).filter(|condition| !known.contains(condition)));
        }
        (Truth::Fails, named)
    }

    /// Whether it is for a branch, and the branches that conditions name.
    fn is_for(
        &mut self,
        events: &[&'static str],
        reference: &Reference,
        is_pushed: bool,
    ) -> (bool, Vec<String>) {
        let mut found = Vec::new();
        let mut all_named = Vec::new();
        for event in events {
            let (truth, named) = self.judge_branch(event, reference);
            found.push(truth != Truth::Fails);
            all_named.extend(named);
        }
        let is_kept = found.first().copied().unwrap_or(true);
        self.narrowed.leaves_schedule |= is_pushed && !is_kept && found.contains(&true);
        (is_kept, all_named)
    }

    fn narrow_pulls(&mut self) {
        if self.narrowed.triggers.pull_request.is_none() {
            return;
        }
        let is_plain = self.has("pull_request") || !self.has("pull_request_target");
        let event = if is_plain { "pull_request" } else { "pull_request_target" };
        let before = std::mem::take(&mut self.narrowed.open);
        match self.judge(Some(event), &Reference::PullRequest).0 {
            Truth::Holds => {
                self.narrowed.open = before;
                return;
            }
            Truth::Fails => self.narrowed.open = before,
            Truth::Open => self.narrowed.open_for_pulls = std::mem::replace(&mut self.narrowed.open, before),
        }
        self.narrowed.triggers.pull_request = None;
    }

    /// Where none of its occasions is left, somebody may set it off.
    fn narrow_rest(&mut self, before: &Triggers) {
        if self.narrowed.triggers.has_occasions() {
            return;
        }
        let events: Vec<&'static str> = BY_HAND.into_iter().filter(|event| self.has(event)).collect();
        let is_set_off = match (events.is_empty(), before.has_occasions()) {
            (true, had_occasions) => !had_occasions,
            (false, _) => events.into_iter().any(|event| {
                let event = Some(event).filter(|event| *event != "workflow_call");
                self.judge(event, &Reference::Unknown).0 != Truth::Fails
            }),
        };
        let is_false = self.terms.iter().any(|(condition, _)| condition.text == "false");
        self.narrowed.is_undecided = !is_false && self.is_left_open(before);
        self.narrowed.is_never = !is_set_off || is_false || self.narrowed.is_undecided;
    }
}

impl Narrowed {
    /// The same where a script decides what it does for pull requests.
    pub(super) fn without_pulls(mut self) -> Narrowed {
        if self.triggers.pull_request.take().is_some() {
            self.leaves_script = true;
            self.is_never = !self.triggers.has_occasions();
        }
        self
    }

    /// What can't be judged of conditions, in words.
    pub(super) fn tell(&self) -> Vec<String> {
        let mut told: Vec<String> = Vec::new();
        for condition in &self.open {
            // What is promoted is read elsewhere, and what is told below is told once.
            if condition.reads(&["stable"]) || self.open_for_branches.contains(condition) {
                continue;
            }
            // Outputs, and conditions that ask for more than the event, are told where they stand.
            if condition.of == "outputs" || (condition.of == "if" && says_more(&condition.text)) {
                continue;
            }
            told.push(format!(
                "{}: ${{{{ {} }}}}: whether it holds can't be known before",
                condition.of, condition.text
            ));
        }
        told.extend(self.otherwise.iter().map(Otherwise::tell));
        told.extend(self.begun_by.iter().map(begun::tell));
        told.extend(self.open_for_branches.iter().map(|Condition { of, text }| {
            format!(
                "{of}: ${{{{ {text} }}}}: whether it holds when a branch is pushed can't be known before: branches are not published, and what pushes them today goes on"
            )
        }));
        if self.leaves_script || !self.open_for_pulls.is_empty() {
            let why: Vec<&str> =
                self.open_for_pulls.iter().map(|condition| condition.text.as_str()).collect();
            let why = if self.leaves_script { "a script decides it".to_owned() } else { why.join(" && ") };
            told.push(format!(
                "pull requests are rehearsed and not published, since whether they are can't be known before: {why}"
            ));
        }
        if self.leaves_schedule {
            told.push("it pushes on a schedule alone, and nothing is published on a schedule".to_owned());
        }
        told
    }
}

/// How names begin that a pattern of GitHub fits.
pub(super) fn begin_of(pattern: &str) -> String {
    let end = pattern.find(['*', '?', '[', '+', '!', '\\']).unwrap_or(pattern.len());
    // `v?` may be no `v`.
    let is_optional = pattern.get(end..).is_some_and(|rest| rest.starts_with(['?', '+']));
    let begin = pattern.get(..end).unwrap_or_default();
    let mut signs = begin.chars();
    if is_optional {
        signs.next_back();
    }
    signs.as_str().to_owned()
}
