//! What a rule amounts to in the short notation, table by table.
//!
//! Its class and line follow from that, as they do for rules that were written so. What has no counterpart there
//! (dates, the base of a pull request, regular expressions that find something else for other versions) has no class
//! by itself.

use std::borrow::Cow;

use super::expression::{Expression, Name, Piece as Part};
use super::flavor::{Flavor, Latest};
use super::kind::matching::Match;
use super::kind::reference::RefEvent;
use super::kind::sha::Length;
use super::kind::source::VersionSource;
use super::kind::{Kind, edge};
use super::rule::Rule;
use crate::class::Line;
use crate::git_tag::TagPattern;
use crate::notation::short::{Piece, Placeholder, Template};
use crate::table::Table;

/// What a rule amounts to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Amount {
    /// It yields nothing in this table.
    Never,
    /// The same as this template.
    Template(Template),
    /// What its values have in common cannot be said.
    Unclear(Unclear),
}

/// What makes a rule unclear.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unclear {
    /// Something that the run decides.
    #[error("`{{{{{0}}}}}` is different from run to run")]
    Expression(&'static str),
    /// A version from somewhere else than the git tag.
    #[error("its version does not come from the git tag")]
    Value,
    /// A regular expression.
    #[error("`{pattern}` gives `{one}` for {of_one} and `{two}` for {of_two}")]
    Pattern {
        /// The regular expression.
        pattern: String,
        /// What it gives for one version.
        one: String,
        /// That version.
        of_one: &'static str,
        /// What it gives for another.
        two: String,
        /// That version.
        of_two: &'static str,
    },
}

/// Whether a version is one that patterns are filled for: prereleases are written in full whatever the pattern says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// A final version.
    Final,
    /// Any other.
    Unfinished,
}

/// Says what a rule amounts to in a table, for git tags of a pattern.
pub fn amount(rule: &Rule, flavor: &Flavor, git_tag: &TagPattern, table: &Table, stage: Stage) -> Amount {
    if rule.enable.as_literal().as_deref() == Some("false") {
        return Amount::Never;
    }
    // On git tags and pull requests no branch is there that could be the default one.
    if is_for_default_branch(rule) && !is_of_branches(table) {
        return Amount::Never;
    }
    let (prefix, suffix) = rule.affixes(flavor);
    let middle = match middle(rule, git_tag, table, stage) {
        Ok(Some(middle)) => middle,
        Ok(None) => return Amount::Never,
        Err(unclear) => return Amount::Unclear(unclear),
    };
    match (pieces(prefix, table), pieces(suffix, table)) {
        (Ok(before), Ok(after)) => {
            let template = Template::of([before, middle, after].concat());
            // What renders to nothing is no tag.
            if template.pieces().is_empty() { Amount::Never } else { Amount::Template(template) }
        }
        (Err(unclear), _) | (_, Err(unclear)) => Amount::Unclear(unclear),
    }
}

/// Whether a rule asks for the default branch, and nothing else.
fn is_for_default_branch(rule: &Rule) -> bool {
    matches!(rule.enable.pieces(), [Part::Call(call)] if call.name == Name::IsDefaultBranch)
}

/// Finds the line of a rule that is only ever for one branch.
pub fn find_only_branch(rule: &Rule) -> Option<Line> {
    match &rule.kind {
        Kind::Edge(edge::Edge { branch: Some(name) }) => Some(Line::Branch(name.clone())),
        Kind::Edge(edge::Edge { branch: None }) | Kind::Schedule(_) => Some(Line::DefaultBranch),
        _ => is_for_default_branch(rule).then_some(Line::DefaultBranch),
    }
}

/// Whether `latest` goes with a list of rules in a table, and the place of the rule that decides.
pub fn find_latest<'rule>(
    rules: impl IntoIterator<Item = &'rule Rule>,
    flavor: &Flavor,
    git_tag: &TagPattern,
    table: &Table,
) -> Option<usize> {
    let mut sorted: Vec<(usize, &Rule)> = rules.into_iter().enumerate().collect();
    sorted.sort_by_key(|(_, rule)| std::cmp::Reverse(rule.priority));
    let mut yielding = sorted
        .into_iter()
        .filter(|(_, rule)| amount(rule, flavor, git_tag, table, Stage::Final) != Amount::Never);
    let (index, first) = yielding.next()?;
    let by_itself = match &first.kind {
        Kind::Semver(_) | Kind::Pep440(_) | Kind::Match(_) | Kind::Ref(RefEvent::Tag) => true,
        Kind::Schedule(_) | Kind::Edge(_) | Kind::Ref(_) | Kind::Raw(_) | Kind::Sha(_) => false,
    };
    match flavor.latest {
        Latest::Always => Some(index),
        Latest::Auto if by_itself => Some(index),
        Latest::Auto | Latest::Never => None,
    }
}

type Pieces = Result<Option<Vec<Piece>>, Unclear>;

fn middle(rule: &Rule, git_tag: &TagPattern, table: &Table, stage: Stage) -> Pieces {
    let is_branch = is_of_branches(table);
    let one = |placeholder| Ok(Some(vec![Piece::Placeholder(placeholder)]));
    match &rule.kind {
        Kind::Schedule(schedule) if is_branch => pieces(&schedule.pattern, table).map(Some),
        Kind::Edge(edge) if is_branch => match (&edge.branch, table) {
            (Some(wanted), Table::Branch(name)) if wanted != name => Ok(None),
            _ => Ok(Some(vec![Piece::Literal(edge::Edge::TAG.to_owned())])),
        },
        Kind::Ref(RefEvent::Branch) if is_branch => one(Placeholder::Branch),
        Kind::Ref(RefEvent::Tag) if follows_a_tag(table) => one(Placeholder::Tag),
        Kind::Ref(RefEvent::PullRequest) if *table == Table::PullRequest => one(Placeholder::Number),
        Kind::Schedule(_) | Kind::Edge(_) | Kind::Ref(_) => Ok(None),
        Kind::Raw(raw) => pieces(&raw.value, table).map(Some),
        Kind::Sha(Length::Short) => one(Placeholder::Sha),
        Kind::Sha(Length::Long) => one(Placeholder::Commit),
        Kind::Semver(semver) => of_version(&semver.pattern, &semver.source, table, stage),
        Kind::Pep440(pep440) => of_version(&pep440.pattern, &pep440.source, table, stage),
        Kind::Match(matching) => of_match(matching, git_tag, table),
    }
}

/// Whether what a table holds is done for branches.
fn is_of_branches(table: &Table) -> bool {
    matches!(table, Table::Branch(_) | Table::AnyBranch)
}

/// Whether what a table holds is done for git tags.
fn follows_a_tag(table: &Table) -> bool {
    matches!(table, Table::Release | Table::Promotion)
}

fn of_version(pattern: &Expression, source: &VersionSource, table: &Table, stage: Stage) -> Pieces {
    if source.value.is_some() {
        return Err(Unclear::Value);
    }
    if !follows_a_tag(table) {
        return Ok(None);
    }
    let raw = match source.matching {
        Some(_) => Placeholder::Version,
        None => Placeholder::Tag,
    };
    if stage == Stage::Unfinished {
        let whole = if pattern.is_raw() { raw } else { Placeholder::Version };
        return Ok(Some(vec![Piece::Placeholder(whole)]));
    }
    let piece = |part: &Part| match part {
        Part::Text(text) => Piece::Literal(text.clone()),
        Part::Call(call) => Piece::Placeholder(match call.name {
            Name::Raw => raw,
            Name::Major => Placeholder::Major,
            Name::Minor => Placeholder::Minor,
            Name::Patch => Placeholder::Patch,
            _ => Placeholder::Version,
        }),
    };
    Ok(Some(pattern.pieces().iter().map(piece).collect()))
}

/// Versions whose numbers nobody writes by hand, and that regular expressions for one digit match as well.
const EXAMPLES: [(&str, [&str; 3]); 2] = [("3.5.7", ["3", "5", "7"]), ("83.89.97", ["83", "89", "97"])];

/// A regular expression is tried on examples; it is clear if it does the same with each.
fn of_match(matching: &Match, git_tag: &TagPattern, table: &Table) -> Pieces {
    if matching.value.is_some() {
        return Err(Unclear::Value);
    }
    if !follows_a_tag(table) {
        return Ok(None);
    }
    let tried = EXAMPLES.map(|(version, numbers)| {
        let tag = format!("{}{version}{}", git_tag.before(), git_tag.after());
        let value = try_on(matching, &tag);
        let pieces = value.as_deref().map(|value| take_apart(value, &tag, version, numbers));
        (version, value, pieces)
    });
    let [(of_one, one, first), (of_two, two, second)] = tried;
    if first == second {
        return Ok(first);
    }
    let shown = |value: Option<String>| value.unwrap_or_default();
    let pattern = matching.pattern.to_string();
    Err(Unclear::Pattern { pattern, one: shown(one), of_one, two: shown(two), of_two })
}

fn try_on(matching: &Match, tag: &str) -> Option<String> {
    let groups = matching.pattern.find_groups(tag)?;
    Some(crate::value::sanitise(&groups.into_iter().nth(matching.group).flatten()?))
}

/// Finds the git tag, the version or its numbers in a text, the longest first.
fn take_apart(value: &str, tag: &str, version: &str, numbers: [&str; 3]) -> Vec<Piece> {
    let [major, minor, patch] = numbers;
    let known = [
        (Cow::Owned(crate::value::sanitise(tag)), Placeholder::Tag),
        (Cow::Borrowed(version), Placeholder::Version),
        (Cow::Borrowed(major), Placeholder::Major),
        (Cow::Borrowed(minor), Placeholder::Minor),
        (Cow::Borrowed(patch), Placeholder::Patch),
    ];
    let mut pieces = Vec::new();
    let mut rest = value;
    while let Some(first) = rest.chars().next() {
        let found = known.iter().find(|(text, _)| rest.starts_with(text.as_ref()));
        let (piece, length) = match found {
            Some((text, placeholder)) => (Piece::Placeholder(*placeholder), text.len()),
            None => (Piece::Literal(first.to_string()), first.len_utf8()),
        };
        pieces.push(piece);
        rest = rest.get(length..).unwrap_or_default();
    }
    pieces
}

fn pieces(expression: &Expression, table: &Table) -> Result<Vec<Piece>, Unclear> {
    expression
        .pieces()
        .iter()
        .map(|part| match part {
            Part::Text(text) => Ok(Piece::Literal(text.clone())),
            Part::Call(call) => match (call.name, table) {
                (Name::Branch, Table::Branch(_) | Table::AnyBranch) => {
                    Ok(Piece::Placeholder(Placeholder::Branch))
                }
                (Name::Tag, Table::Release | Table::Promotion) => Ok(Piece::Placeholder(Placeholder::Tag)),
                (Name::Branch | Name::Tag, _) | (Name::BaseRef, Table::Branch(_) | Table::AnyBranch) => {
                    Ok(Piece::Literal(String::new()))
                }
                (Name::Sha, _) => Ok(Piece::Placeholder(Placeholder::Sha)),
                (name, _) => Err(Unclear::Expression(name.as_str())),
            },
        })
        .collect()
}

#[cfg(test)]
mod tests;
