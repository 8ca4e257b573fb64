//! What sets a job of GitLab off: its `rules`, or `only` and `except`, judged for the git tag of a release and for branches.
//!
//! The law is that of GitHub's workflows (docs/design/init.md): rules of a release are those of today's releases. So a job is
//! judged by the newest tag of the family that its conditions speak of, and by a prerelease of it.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_tags::version::Version;
use serde_json::Value;

use super::PipelineHome;
use super::condition::{Judge, Moment, Noted, Truth, words_of};
use crate::setup::from_workflows::releases::{BEFORE, STABLE, family_of, goes_on, rank, version_of};
use crate::setup::from_workflows::workflow::Triggers;

/// A tag that no expression speaks of.
const STRANGE: &str = "plimsoll-none-1.2.3";
/// Names of `only` and `except` that are no names of branches.
const SOURCES: [&str; 7] = ["api", "chat", "external", "pipelines", "pushes", "triggers", "web"];

/// What a job says of when it runs.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Said<'a> {
    pub(super) rules: Option<&'a Value>,
    pub(super) only: Option<&'a Value>,
    pub(super) except: Option<&'a Value>,
    /// The rules of the whole pipeline.
    pub(super) whole: Option<&'a Value>,
}

/// On which occasions a job runs.
#[derive(Clone, Debug, Default)]
pub(super) struct Occasions {
    triggers: Triggers,
    /// What of it can't be said of a release.
    pub(super) left: Vec<String>,
}

impl Occasions {
    /// Reads them, as far as they say: every push, unless they do.
    pub(super) fn read(
        said: Said<'_>,
        variables: &BTreeMap<String, String>,
        home: &PipelineHome<'_>,
    ) -> Occasions {
        let mut reader =
            Reader { said, variables, home, noted: Noted::default(), found: Occasions::default() };
        reader.read_tags();
        reader.read_branches();
        reader.read_others();
        reader.found
    }

    /// Whether a job may run for a git tag.
    pub(super) fn has_tag(
        said: Said<'_>,
        variables: &BTreeMap<String, String>,
        home: &PipelineHome<'_>,
        tag: &str,
    ) -> bool {
        let (noted, found) = (Noted::default(), Occasions::default());
        let reader = Reader { said, variables, home, noted, found };
        let truth = reader.runs(&Moment::Tag(tag.to_owned()));
        // What can't be read may let it through.
        truth != Truth::Fails || !reader.noted.unread.borrow().is_empty()
    }

    /// Whether nothing that is carried over sets it off.
    pub(super) fn is_never(&self) -> bool {
        let Triggers { tags, branches, pull_request, schedule, .. } = &self.triggers;
        tags.is_none() && branches.is_none() && pull_request.is_none() && schedule.is_none()
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

struct Reader<'a> {
    said: Said<'a>,
    variables: &'a BTreeMap<String, String>,
    home: &'a PipelineHome<'a>,
    noted: Noted,
    found: Occasions,
}

impl Reader<'_> {
    fn read_tags(&mut self) {
        let begins = self.begins();
        let mut kept: Vec<String> = Vec::new();
        let general = self.examples("");
        let mut is_all = begins.is_empty() && self.lets_releases_through(&general);
        for begin in &begins {
            if self.lets_releases_through(&self.examples(begin)) {
                kept.push(format!("{begin}*"));
            }
        }
        // What speaks of one family may be for all of them.
        is_all |= !begins.is_empty() && self.runs(&Moment::Tag(STRANGE.to_owned())) != Truth::Fails;
        if is_all {
            kept.clear();
        }
        self.found.triggers.tags = (is_all || !kept.is_empty()).then_some(kept);
    }

    /// Whether a stable version is let through. Where prereleases fare otherwise, that is told.
    fn lets_releases_through(&mut self, (stable, before): &(Vec<String>, Vec<String>)) -> bool {
        let truth = |tag: &String| self.runs(&Moment::Tag(tag.clone()));
        let runs = |tag: &&String| truth(tag) != Truth::Fails;
        let passed = stable.iter().find(runs);
        let is_open = passed.is_some_and(|tag| truth(tag) == Truth::Open);
        let otherwise = before.iter().find(|tag| runs(tag) != passed.is_some());
        self.tell_unread("git tags");
        if is_open {
            let told = "variables that only a run knows decide whether it runs for a release: here each one has what it pushes";
            self.found.left.push(told.to_owned());
        }
        match (passed, otherwise, stable.first()) {
            (Some(tag), Some(other), _) => self.found.left.push(format!(
                "it runs for {tag} and not for {other}: here stable versions and prereleases are released alike"
            )),
            (None, Some(other), Some(tag)) => self.found.left.push(format!(
                "a release, as {tag} is one, does not set it off, and {other} does: what it pushes for such tags is not carried over, and goes on"
            )),
            _ => {}
        }
        passed.is_some()
    }

    fn read_branches(&mut self) {
        let mut named: Vec<String> = vec![self.home.branch().to_owned()];
        for name in self.names_of_branches() {
            if !named.contains(&name) {
                named.push(name);
            }
        }
        let runs = |name: &String| self.runs(&Moment::Branch(name.clone())) != Truth::Fails;
        let (own, others): (Vec<String>, Vec<String>) = named.into_iter().partition(runs);
        self.noted.of_branches.borrow_mut().clear();
        let is_every = self.runs(&Moment::OtherBranch) != Truth::Fails;
        let some = std::mem::take(&mut *self.noted.of_branches.borrow_mut());
        self.tell_unread("branches");
        if !some.is_empty() {
            let some: Vec<String> = some.into_iter().collect();
            self.found.left.push(format!(
                "branches {}: here one branch has rules by its name (`\"branch:NAME\"`), or all of them have (`\"branch:*\"`): what a condition says of some of them is not carried over",
                some.join(", ")
            ));
        }
        if is_every {
            self.found.left.extend(others.iter().map(|name| {
                format!(
                    "branch {name}, for which it does not run: the rules of `branch:*` are for every branch"
                )
            }));
        }
        self.found.triggers.branches = match is_every {
            true => Some(Vec::new()),
            false => (!own.is_empty()).then_some(own),
        };
    }

    /// Merge requests and schedules, where a condition speaks of them: most pipelines have none.
    fn read_others(&mut self) {
        let speaks = |word: &str| self.conditions().iter().any(|text| text.contains(word));
        let has =
            |names: &[&str]| self.refs(self.said.only).iter().any(|name| names.contains(&name.as_str()));
        let is_merge = speaks("merge_request") || speaks("CI_MERGE_REQUEST") || has(&["merge_requests"]);
        let is_scheduled = speaks("schedule") || has(&["schedules"]);
        let runs = |moment: Moment| self.runs(&moment) != Truth::Fails;
        let (is_merge, is_scheduled) =
            (is_merge && runs(Moment::MergeRequest), is_scheduled && runs(Moment::Schedule));
        self.noted.unread.borrow_mut().clear();
        self.found.triggers.pull_request = is_merge.then_some(());
        self.found.triggers.schedule = is_scheduled.then_some(());
    }

    /// Whether the job runs at a moment. Where an expression can't be read, nothing is made of it.
    fn runs(&self, moment: &Moment) -> Truth {
        let judge =
            Judge { moment, branch: self.home.branch(), variables: self.variables, noted: &self.noted };
        let before = std::mem::take(&mut *self.noted.unread.borrow_mut());
        let whole = self.said.whole.map_or(Truth::Holds, |rules| by_rules(rules, &judge));
        let own = match self.said.rules {
            Some(rules) => by_rules(rules, &judge),
            None => self.by_refs(&judge),
        };
        let is_read = self.noted.unread.borrow().is_empty();
        self.noted.unread.borrow_mut().extend(before);
        if is_read { whole.and(own) } else { Truth::Fails }
    }

    /// By `only` and `except`.
    fn by_refs(&self, judge: &Judge<'_>) -> Truth {
        let any = |named: Option<&Value>| {
            let of = |name: &String| by_ref(name, judge);
            self.refs(named).iter().map(of).fold(Truth::Fails, Truth::or)
        };
        let only = match self.refs(self.said.only).is_empty() {
            true => matches!(judge.moment, Moment::Tag(_) | Moment::Branch(_) | Moment::OtherBranch).into(),
            false => any(self.said.only),
        };
        let conditions = |named: Option<&Value>| {
            let of = |text: &str| judge.judge(text);
            conditions_in(named).into_iter().map(of).reduce(Truth::or)
        };
        let only = conditions(self.said.only).map_or(only, |truth| only.and(truth));
        let except = conditions(self.said.except).unwrap_or(Truth::Fails).or(any(self.said.except));
        only.and(except.not())
    }

    /// What stands before the versions of tags that expressions speak of.
    fn begins(&self) -> BTreeSet<String> {
        let of_names = self.refs(self.said.only).into_iter().filter(|name| name.starts_with('/'));
        let mut found: BTreeSet<String> = of_names.filter_map(|name| begin_of(&name)).collect();
        for text in self.conditions() {
            let words = words_of(&text);
            for three in words.windows(3) {
                let [variable, sign, expression] = three else { continue };
                let is_of_tags =
                    variable.contains("CI_COMMIT_TAG") || variable.contains("CI_COMMIT_REF_NAME");
                let name = expression.trim_start_matches('$').trim_matches(['{', '}']);
                let expression = self.variables.get(name).unwrap_or(expression);
                found.extend(begin_of(expression).filter(|_| is_of_tags && sign == "=~"));
            }
        }
        found
    }

    /// All conditions that decide something.
    fn conditions(&self) -> Vec<String> {
        let of_rules = [self.said.rules, self.said.whole].into_iter().flatten().flat_map(|rules| {
            let rules = rules.as_array().into_iter().flatten();
            rules.filter_map(|rule| rule.get("if")?.as_str().map(str::to_owned)).collect::<Vec<_>>()
        });
        let of_refs = [self.said.only, self.said.except].into_iter().flat_map(conditions_in);
        of_rules.chain(of_refs.map(str::to_owned)).collect()
    }

    /// The branches that are named.
    fn names_of_branches(&self) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for text in self.conditions() {
            for three in words_of(&text).windows(3) {
                let [variable, _, name] = three else { continue };
                let is_of_branches =
                    variable.contains("CI_COMMIT_BRANCH") || variable.contains("CI_COMMIT_REF_NAME");
                let name = name.strip_prefix(['"', '\'']).filter(|name| !name.is_empty() && is_of_branches);
                found.extend(name.map(str::to_owned));
            }
        }
        let named = self.refs(self.said.only).into_iter().chain(self.refs(self.said.except));
        found.extend(named.filter(|name| is_branch(name)));
        found
    }

    /// What `only` or `except` names.
    fn refs(&self, named: Option<&Value>) -> Vec<String> {
        let named = named.and_then(|named| named.get("refs").or(Some(named)));
        match named {
            Some(Value::String(one)) => vec![one.clone()],
            Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        }
    }

    /// Tags of the family of what begins so: the newest that there is, or those that there may be, and prereleases.
    fn examples(&self, begin: &str) -> (Vec<String>, Vec<String>) {
        let family = family_of(begin);
        let is_it = |begin: &str| begin == family || (family.is_empty() && begin == "v");
        let mut there: Vec<(Version, &String)> = Vec::new();
        for tag in self.home.tags.iter().filter(|tag| is_it(family_of(tag))) {
            there.extend(tag.strip_prefix(family_of(tag)).and_then(version_of).map(|version| (version, tag)));
        }
        there.sort_by(|one, other| rank(&one.0, &other.0));
        let newest = |is_early: bool| {
            let mut found = there.iter().rev().filter(|(version, _)| version.is_prerelease() == is_early);
            found.next().map(|(_, tag)| (*tag).clone())
        };
        let begins = if family.is_empty() { vec!["v", ""] } else { vec![family] };
        let likely = || -> Vec<String> {
            let of = |version: &&str| begins.iter().map(|family| goes_on(begin, family, version)).collect();
            STABLE.iter().flat_map(|version| -> Vec<String> { of(version) }).collect()
        };
        let stable: Vec<String> = newest(false).map_or_else(likely, |tag| vec![tag]);
        let made = stable.iter().flat_map(|tag| BEFORE.iter().map(move |end| format!("{tag}{end}")));
        let before = newest(true).into_iter().chain(made).collect();
        (stable, before)
    }

    fn tell_unread(&mut self, of: &str) {
        for expression in std::mem::take(&mut *self.noted.unread.borrow_mut()) {
            self.found.left.push(format!(
                "{of} are matched with {expression}, which is not read: nothing is carried over for them, and what it pushes goes on"
            ));
        }
    }
}

/// What the first rule says whose condition holds.
fn by_rules(rules: &Value, judge: &Judge<'_>) -> Truth {
    let mut found = Truth::Fails;
    let mut is_open = false;
    for rule in rules.as_array().into_iter().flatten() {
        let is_never = rule.get("when").and_then(Value::as_str) == Some("never");
        let condition = rule.get("if").and_then(Value::as_str);
        let mut truth = condition.map_or(Truth::Holds, |condition| judge.judge(condition));
        // Which files changed is not known, and is told by nobody.
        if is_never && (rule.get("changes").is_some() || rule.get("exists").is_some()) {
            truth = truth.and(Truth::Open);
        }
        match (truth, is_never) {
            (Truth::Fails, _) => {}
            (Truth::Open, true) => is_open = true,
            (Truth::Open, false) => {
                is_open = true;
                found = Truth::Holds;
            }
            (Truth::Holds, true) => break,
            (Truth::Holds, false) => {
                found = Truth::Holds;
                break;
            }
        }
    }
    if is_open && found == Truth::Holds { Truth::Open } else { found }
}

/// Whether a name of `only` or `except` is that of a moment.
fn by_ref(name: &str, judge: &Judge<'_>) -> Truth {
    let name = name.split('@').next().unwrap_or(name);
    let is = |holds: bool| Truth::from(holds);
    match (name, judge.moment) {
        ("tags", moment) => is(matches!(moment, Moment::Tag(_))),
        ("branches", moment) => is(matches!(moment, Moment::Branch(_) | Moment::OtherBranch)),
        ("merge_requests", moment) => is(*moment == Moment::MergeRequest),
        ("schedules", moment) => is(*moment == Moment::Schedule),
        ("pushes", moment) => is(!matches!(moment, Moment::MergeRequest | Moment::Schedule)),
        (name, _) if SOURCES.contains(&name) => Truth::Fails,
        (pattern, Moment::Tag(name) | Moment::Branch(name)) if pattern.starts_with('/') => {
            judge.fits(name, pattern)
        }
        (pattern, Moment::OtherBranch) if pattern.starts_with('/') => judge.fits_some_branch(pattern),
        (condition, _) if condition.starts_with('$') => judge.judge(condition),
        (name, Moment::Tag(own) | Moment::Branch(own)) => is(name == own),
        _ => Truth::Fails,
    }
}

/// Whether a name of `only` or `except` is that of a branch.
fn is_branch(name: &str) -> bool {
    !matches!(name, "tags" | "branches" | "merge_requests" | "schedules")
        && !SOURCES.contains(&name)
        && !name.starts_with(['/', '$'])
}

/// The conditions under `variables` of `only` or `except`.
fn conditions_in(named: Option<&Value>) -> Vec<&str> {
    let listed = named.and_then(|named| named.get("variables")).and_then(Value::as_array);
    listed.into_iter().flatten().filter_map(Value::as_str).collect()
}

/// What a regular expression begins with: `v` of `/^v\d+/`; none where it may begin with anything.
fn begin_of(expression: &str) -> Option<String> {
    let inside = expression.strip_prefix("/^")?.replace("\\/", "/");
    let end = inside.find(|sign: char| !(sign.is_ascii_alphanumeric() || "-_/".contains(sign)));
    let mut begin: Vec<char> = inside.get(..end.unwrap_or(inside.len()))?.chars().collect();
    // What may be missing, or stand there several times, is no beginning.
    if end.and_then(|end| inside.get(end..)).is_some_and(|rest| rest.starts_with(['?', '*', '{', '|'])) {
        begin.pop();
    }
    Some(begin.into_iter().collect::<String>()).filter(|begin| !begin.is_empty() && begin != "/")
}
