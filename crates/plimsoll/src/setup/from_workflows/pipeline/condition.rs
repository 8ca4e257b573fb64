//! Conditions of GitLab (docs.gitlab.com, "CI/CD job rules: CI/CD variable expressions"): `$CI_COMMIT_TAG =~ /^v/ && $A == "b"`.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use regex::RegexBuilder;

/// How deep parentheses may stand in one another.
const DEPTH: usize = 50;

/// What a condition comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    Holds,
    Fails,
    /// Something decides it that is not known before.
    Open,
}

/// What a pipeline is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// A git tag.
    Tag(String),
    /// A branch that is named somewhere.
    Branch(String),
    /// Any other branch.
    OtherBranch,
    MergeRequest,
    Schedule,
}

/// What is noted of conditions that were judged.
#[derive(Debug, Default)]
pub(super) struct Noted {
    /// Regular expressions that can't be read.
    pub(super) unread: RefCell<BTreeSet<String>>,
    /// Those that some branches fit.
    pub(super) of_branches: RefCell<BTreeSet<String>>,
}

/// What is known where conditions are judged.
pub(super) struct Judge<'a> {
    pub(super) moment: &'a Moment,
    /// The default branch.
    pub(super) branch: &'a str,
    /// Variables of the pipeline and the job.
    pub(super) variables: &'a BTreeMap<String, String>,
    pub(super) noted: &'a Noted,
}

/// A value of a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    Text(String),
    Nothing,
    /// The name of a branch that is named nowhere.
    SomeBranch,
    Unknown,
}

impl Truth {
    pub(super) fn and(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::Fails, _) | (_, Truth::Fails) => Truth::Fails,
            (Truth::Holds, Truth::Holds) => Truth::Holds,
            _ => Truth::Open,
        }
    }

    pub(super) fn or(self, other: Truth) -> Truth {
        self.not().and(other.not()).not()
    }

    pub(super) fn not(self) -> Truth {
        match self {
            Truth::Holds => Truth::Fails,
            Truth::Fails => Truth::Holds,
            Truth::Open => Truth::Open,
        }
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Truth {
        if holds { Truth::Holds } else { Truth::Fails }
    }
}

impl Judge<'_> {
    /// What a condition comes to.
    pub(super) fn judge(&self, condition: &str) -> Truth {
        let words = words_of(condition);
        let mut reader = Reader { judge: self, words: &words, depth: 0 };
        let truth = reader.any();
        if reader.words.is_empty() { truth } else { Truth::Open }
    }

    /// Whether a regular expression, `/^v/` or `/^v/i`, fits what is named.
    pub(super) fn fits(&self, name: &str, expression: &str) -> Truth {
        let read = expression.strip_prefix('/').and_then(|rest| rest.rsplit_once('/'));
        let built = read.and_then(|(inside, flags)| {
            let inside = inside.replace("\\/", "/");
            let is_known = flags.chars().all(|flag| matches!(flag, 'i' | 'm' | 's'));
            let mut builder = RegexBuilder::new(&inside);
            builder.case_insensitive(flags.contains('i')).multi_line(flags.contains('m'));
            builder.build().ok().filter(|_| is_known)
        });
        match built {
            Some(built) => built.is_match(name).into(),
            None => {
                self.noted.unread.borrow_mut().insert(expression.to_owned());
                Truth::Fails
            }
        }
    }

    /// Whether a branch that is named nowhere fits: some do, and those are none that could be named here.
    pub(super) fn fits_some_branch(&self, expression: &str) -> Truth {
        self.noted.of_branches.borrow_mut().insert(expression.to_owned());
        Truth::Fails
    }

    fn variable(&self, name: &str) -> Value {
        let text = |text: &str| Value::Text(text.to_owned());
        match (name, self.moment) {
            ("CI_DEFAULT_BRANCH", _) => text(self.branch),
            ("CI_COMMIT_TAG" | "CI_COMMIT_REF_NAME", Moment::Tag(tag)) => text(tag),
            ("CI_COMMIT_TAG", _) | ("CI_COMMIT_BRANCH", Moment::Tag(_) | Moment::MergeRequest) => {
                Value::Nothing
            }
            ("CI_COMMIT_BRANCH" | "CI_COMMIT_REF_NAME", Moment::Branch(name)) => text(name),
            ("CI_COMMIT_BRANCH" | "CI_COMMIT_REF_NAME", Moment::OtherBranch) => Value::SomeBranch,
            ("CI_COMMIT_BRANCH" | "CI_COMMIT_REF_NAME", Moment::Schedule) => text(self.branch),
            ("CI_PIPELINE_SOURCE", Moment::MergeRequest) => text("merge_request_event"),
            ("CI_PIPELINE_SOURCE", Moment::Schedule) => text("schedule"),
            ("CI_PIPELINE_SOURCE", _) => text("push"),
            (name, Moment::MergeRequest) if name.starts_with("CI_MERGE_REQUEST") => Value::Unknown,
            (name, _) if name.starts_with("CI_MERGE_REQUEST") => Value::Nothing,
            // What people ask for by hand nobody asks for where something is pushed.
            (name, _) if name.starts_with("PLIMSOLL_") && !self.variables.contains_key(name) => {
                Value::Nothing
            }
            (name, _) => match self.variables.get(name) {
                Some(value) if !value.contains('$') => text(value),
                _ => Value::Unknown,
            },
        }
    }

    fn compare(&self, left: &Value, right: &Value) -> Truth {
        match (left, right) {
            (Value::Unknown, _) | (_, Value::Unknown) => Truth::Open,
            (Value::SomeBranch, Value::SomeBranch) => Truth::Open,
            (Value::SomeBranch, _) | (_, Value::SomeBranch) => Truth::Fails,
            // What is empty is not nothing, but nobody names a tag so.
            (Value::Text(text), Value::Nothing) | (Value::Nothing, Value::Text(text)) => {
                text.is_empty().into()
            }
            (left, right) => (left == right).into(),
        }
    }

    fn matches(&self, left: &Value, right: &Value) -> Truth {
        match (left, right) {
            (Value::Nothing, _) => Truth::Fails,
            (_, Value::Unknown | Value::Nothing | Value::SomeBranch) => {
                self.noted.unread.borrow_mut().insert("a variable".to_owned());
                Truth::Fails
            }
            (Value::Unknown, _) => Truth::Open,
            (Value::SomeBranch, Value::Text(expression)) => self.fits_some_branch(expression),
            (Value::Text(name), Value::Text(expression)) => self.fits(name, expression),
        }
    }
}

/// Reads a condition word by word.
struct Reader<'a> {
    judge: &'a Judge<'a>,
    words: &'a [String],
    depth: usize,
}

impl Reader<'_> {
    fn any(&mut self) -> Truth {
        let mut truth = self.all();
        while self.take("||") {
            truth = truth.or(self.all());
        }
        truth
    }

    fn all(&mut self) -> Truth {
        let mut truth = self.one();
        while self.take("&&") {
            truth = truth.and(self.one());
        }
        truth
    }

    fn one(&mut self) -> Truth {
        self.depth += 1;
        if self.depth > DEPTH {
            self.words = &[];
            return Truth::Open;
        }
        let truth = match () {
            () if self.take("!") => self.one().not(),
            () if self.take("(") => {
                let truth = self.any();
                if self.take(")") { truth } else { Truth::Open }
            }
            () => self.comparison(),
        };
        self.depth -= 1;
        truth
    }

    fn comparison(&mut self) -> Truth {
        let left = self.value();
        match () {
            () if self.take("==") => self.judge.compare(&left, &self.value()),
            () if self.take("!=") => self.judge.compare(&left, &self.value()).not(),
            () if self.take("=~") => self.judge.matches(&left, &self.value()),
            () if self.take("!~") => {
                let unread = self.judge.noted.unread.borrow().len();
                let truth = self.judge.matches(&left, &self.value());
                // What can't be read gives nothing either way.
                if self.judge.noted.unread.borrow().len() > unread { Truth::Fails } else { truth.not() }
            }
            () => match left {
                Value::Text(text) => (!text.is_empty()).into(),
                Value::SomeBranch => Truth::Holds,
                Value::Nothing => Truth::Fails,
                Value::Unknown => Truth::Open,
            },
        }
    }

    fn value(&mut self) -> Value {
        let Some((word, rest)) = self.words.split_first() else { return Value::Unknown };
        self.words = rest;
        if let Some(name) = word.strip_prefix('$') {
            return self.judge.variable(name.trim_matches(['{', '}']));
        }
        match word.strip_prefix(['"', '\'']) {
            Some(text) => Value::Text(text.to_owned()),
            None if word == "null" => Value::Nothing,
            None if word.starts_with('/') => Value::Text(word.clone()),
            None => Value::Unknown,
        }
    }

    fn take(&mut self, wanted: &str) -> bool {
        match self.words.split_first() {
            Some((word, rest)) if word == wanted => {
                self.words = rest;
                true
            }
            _ => false,
        }
    }
}

/// The words of a condition: texts with the quote that begins them, regular expressions with their strokes.
pub(super) fn words_of(condition: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = condition.trim_start();
    while let Some(sign) = rest.chars().next() {
        let two = ["||", "&&", "==", "!=", "=~", "!~"].iter().find(|two| rest.starts_with(**two));
        let (word, length) = match (sign, two) {
            (_, Some(two)) => ((*two).to_owned(), 2),
            ('"' | '\'', None) => {
                let inside = rest.get(1..).unwrap_or_default();
                let end = inside.find(sign).unwrap_or(inside.len());
                (format!("{sign}{}", inside.get(..end).unwrap_or_default()), end + 2)
            }
            ('/', None) => {
                let length = expression_length(rest);
                (rest.get(..length).unwrap_or(rest).to_owned(), length)
            }
            ('(' | ')' | '!', None) => (sign.to_string(), 1),
            _ => {
                let is_end = |(at, sign): &(usize, char)| {
                    *at > 0 && (sign.is_whitespace() || "()|&=!~".contains(*sign))
                };
                let end = rest.char_indices().find(is_end).map_or(rest.len(), |(at, _)| at);
                (rest.get(..end).unwrap_or_default().to_owned(), end)
            }
        };
        words.push(word);
        rest = rest.get(length..).unwrap_or_default().trim_start();
    }
    words
}

/// How long a regular expression is that a text begins with, with its flags.
fn expression_length(text: &str) -> usize {
    let mut is_escaped = false;
    let end = text.char_indices().skip(1).find(|(_, sign)| {
        let ends = *sign == '/' && !is_escaped;
        is_escaped = *sign == '\\' && !is_escaped;
        ends
    });
    let Some((end, _)) = end else { return text.len() };
    let flags = text.get(end + 1..).unwrap_or_default();
    end + 1 + flags.find(|sign: char| !sign.is_ascii_lowercase()).unwrap_or(flags.len())
}

#[cfg(test)]
mod tests {
    use super::Truth::{Fails, Holds, Open};
    use super::*;

    fn judged(condition: &str, moment: &Moment) -> (Truth, usize) {
        let variables = [("EXPRESSION".to_owned(), "/^v/".to_owned())].into();
        let noted = Noted::default();
        let judge = Judge { moment, branch: "main", variables: &variables, noted: &noted };
        let truth = judge.judge(condition);
        let unread = noted.unread.borrow().len();
        (truth, unread)
    }

    #[test]
    fn conditions_are_judged() {
        let tag = Moment::Tag("v1.2.3".to_owned());
        let before = Moment::Tag("v1.2.3-rc.1".to_owned());
        let main = Moment::Branch("main".to_owned());
        for (condition, moment, want) in [
            ("$CI_COMMIT_TAG", &tag, Holds),
            ("$CI_COMMIT_TAG", &main, Fails),
            ("$CI_COMMIT_TAG =~ /^v\\d+\\.\\d+\\.\\d+-rc/", &tag, Fails),
            ("$CI_COMMIT_TAG =~ /^v\\d+\\.\\d+\\.\\d+-rc/", &before, Holds),
            ("$CI_COMMIT_TAG && $CI_COMMIT_TAG !~ /-rc/", &tag, Holds),
            ("$CI_COMMIT_TAG && $CI_COMMIT_TAG !~ /-rc/", &before, Fails),
            ("$CI_COMMIT_TAG =~ $EXPRESSION", &tag, Holds),
            ("$CI_COMMIT_TAG =~ /^V/i", &tag, Holds),
            ("$CI_COMMIT_TAG =~ /^release\\/v/", &Moment::Tag("release/v1".to_owned()), Holds),
            ("$CI_COMMIT_TAG == null || $CI_COMMIT_BRANCH", &main, Holds),
            ("$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH", &main, Holds),
            ("$CI_COMMIT_BRANCH == \"main\"", &Moment::OtherBranch, Fails),
            ("$CI_COMMIT_BRANCH != 'main'", &Moment::OtherBranch, Holds),
            ("$CI_COMMIT_BRANCH =~ /^release/", &Moment::OtherBranch, Fails),
            ("$CI_PIPELINE_SOURCE == \"web\"", &tag, Fails),
            ("$CI_COMMIT_TAG && $DEPLOY == \"yes\"", &tag, Open),
            ("$CI_COMMIT_TAG && $DEPLOY == \"yes\"", &main, Fails),
            ("($CI_COMMIT_TAG || $A) && !$CI_COMMIT_BRANCH", &tag, Holds),
            ("$CI_PIPELINE_SOURCE == 'merge_request_event'", &Moment::MergeRequest, Holds),
            ("$CI_MERGE_REQUEST_IID", &tag, Fails),
            ("$CI_COMMIT_TAG ==", &tag, Open),
        ] {
            assert_eq!(judged(condition, moment), (want, 0), "{condition} {moment:?}");
        }
        let deep = format!("{}$A{}", "(".repeat(2000), ")".repeat(2000));
        assert_eq!(judged(&deep, &tag).0, Open);
        for unread in ["$CI_COMMIT_TAG =~ /(?<=v)1/", "$CI_COMMIT_TAG !~ /(/", "$CI_COMMIT_TAG =~ $OTHER"] {
            assert_eq!(judged(unread, &tag), (Fails, 1), "{unread}");
        }
    }
}
