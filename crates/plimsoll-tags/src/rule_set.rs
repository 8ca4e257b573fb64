//! All rules for the tags of one image.

use std::collections::BTreeSet;

use crate::class::{Class, ClassName, Line};
use crate::facts::Facts;
use crate::notation::short::{Piece, Placeholder, Template};
use crate::rule::{ClassError, Naming, Rendered, RenderedTag, RuleError, Skip, TagRule};
use crate::table::Table;
use crate::value;
use crate::version::{Scheme, Version};

/// The rules for one image, in the order in which they are configured.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RuleSet {
    rules: Vec<(Table, TagRule)>,
}

/// Something in a set of rules that cannot be meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleFinding {
    /// A rule has no class.
    #[error("rule {index}: {error}")]
    Class {
        /// The place of the rule in the set, from 0.
        index: usize,
        /// Why.
        error: ClassError,
    },
    /// Two rules can give the same tag and disagree on what may become of it. A tag follows one line only.
    #[error("`{value}` would be {one} in `{one_table}` and {two} in `{two_table}`")]
    TwoMeanings {
        /// The places of the two rules in the set, from 0.
        indices: (usize, usize),
        /// A tag that both give.
        value: String,
        /// The table of the first rule.
        one_table: Table,
        /// The class of the first rule.
        one: Class,
        /// The table of the second rule.
        two_table: Table,
        /// The class of the second rule.
        two: Class,
    },
    /// Two rules can give the same moving tag and disagree on the versions that it may stand for.
    #[error("two rules give `{value}`, each for other versions")]
    TwoSeries {
        /// The places of the two rules in the set, from 0.
        indices: (usize, usize),
        /// A tag that both give.
        value: String,
    },
}

/// The tags of one image for one event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RenderedTags {
    /// The tags in the order of their rules, none twice.
    pub tags: Vec<RenderedTag>,
    /// The rules that apply and yield nothing.
    pub skipped: Vec<Skip>,
}

impl RenderedTags {
    /// Returns the first tag that contains the whole version.
    pub fn primary(&self) -> Option<&RenderedTag> {
        self.tags.iter().find(|tag| tag.naming == Naming::WholeVersion)
    }
}

impl RuleSet {
    /// Puts rules together, each with the table that it stands in.
    pub fn of(rules: Vec<(Table, TagRule)>) -> Self {
        Self { rules }
    }

    /// Returns the rules in order.
    pub fn rules(&self) -> &[(Table, TagRule)] {
        &self.rules
    }

    /// Finds everything that is wrong with the rules before any version is known.
    ///
    /// Two rules of different classes that give one tag are found by examples, which is exact for literal tags and
    /// for branches, and sees every pair of placeholders that can be spelled alike. Two of them are let through if
    /// the one that is not write-once names its class: PEP 440's `{version}` can be `1.2` just as `{major}.{minor}`
    /// can, and a repository whose versions always have three parts may say so.
    pub fn check(&self, scheme: Scheme) -> Vec<RuleFinding> {
        let mut findings = Vec::new();
        let mut classed = Vec::new();
        for (index, (table, rule)) in self.rules.iter().enumerate() {
            match rule.class_in(table) {
                Ok(class) => classed.push((index, table, rule, class)),
                Err(error) => findings.push(RuleFinding::Class { index, error }),
            }
        }
        for (place, (first, one_table, one_rule, one)) in classed.iter().enumerate() {
            for (second, two_table, two_rule, two) in classed.iter().skip(place + 1) {
                if mean_the_same(one_rule, one, two_rule, two)
                    || is_let_through(one_rule, two)
                    || is_let_through(two_rule, one)
                {
                    continue;
                }
                let one_shape = Shape::of(&one_rule.template, one_table);
                let two_shape = Shape::of(&two_rule.template, two_table);
                let Some(value) = one_shape.find_shared(&two_shape, scheme) else { continue };
                let indices = (*first, *second);
                findings.push(if one == two {
                    RuleFinding::TwoSeries { indices, value }
                } else {
                    RuleFinding::TwoMeanings {
                        indices,
                        value,
                        one_table: (*one_table).clone(),
                        one: one.clone(),
                        two_table: (*two_table).clone(),
                        two: two.clone(),
                    }
                });
            }
        }
        findings
    }

    /// Renders every rule of the event's table.
    ///
    /// Where two rules give the same tag, the class that binds most wins (write-once, then first-wins, then moving)
    /// and the other is reported as skipped.
    ///
    /// # Errors
    /// The first rule that fails.
    pub fn render(&self, facts: &Facts) -> Result<RenderedTags, RuleError> {
        let table = facts.event.table();
        let mut rendered = RenderedTags::default();
        for (_, rule) in self.rules.iter().filter(|(of_rule, _)| *of_rule == table) {
            match rule.render(facts)? {
                Rendered::Skipped(skip) => rendered.skipped.push(skip),
                Rendered::Tag(tag) => rendered.add(&rule.template, tag),
            }
        }
        Ok(rendered)
    }
}

impl RenderedTags {
    fn add(&mut self, template: &Template, tag: RenderedTag) {
        let Some(present) = self.tags.iter_mut().find(|present| present.value == tag.value) else {
            self.tags.push(tag);
            return;
        };
        if present.class == tag.class {
            return;
        }
        let kept = if binding(&tag.class) < binding(&present.class) { &tag } else { &*present };
        self.skipped.push(Skip::TakenByAnotherRule {
            template: template.clone(),
            value: kept.value.clone(),
            class: kept.class.name(),
        });
        if binding(&tag.class) < binding(&present.class) {
            *present = tag;
        }
    }
}

/// The lower, the more a class binds.
fn binding(class: &Class) -> u8 {
    match class {
        Class::WriteOnce => 0,
        Class::FirstWins => 1,
        Class::Moving(_) => 2,
    }
}

/// Whether two rules agree on what may become of a tag that both give.
fn mean_the_same(one_rule: &TagRule, one: &Class, two_rule: &TagRule, two: &Class) -> bool {
    one == two
        && match one {
            Class::Moving(Line::Version | Line::Promotion) => one_rule == two_rule,
            Class::Moving(Line::Branch(_) | Line::PullRequest) | Class::WriteOnce | Class::FirstWins => true,
        }
}

/// Whether a rule has said, by naming its class, that none of its tags is one that the other writes once.
fn is_let_through(rule: &TagRule, other: &Class) -> bool {
    rule.class == Some(ClassName::Moving) && *other == Class::WriteOnce && !rule.template.is_literal()
}

/// A template in a table: the branch, which is known there, has become literal text.
struct Shape(Vec<Piece>);

impl Shape {
    fn of(template: &Template, table: &Table) -> Self {
        let mut pieces: Vec<Piece> = Vec::new();
        for piece in template.pieces() {
            let piece = match (piece, table) {
                (Piece::Placeholder(Placeholder::Branch), Table::Branch(name)) => {
                    Piece::Literal(value::sanitise(name))
                }
                (piece, _) => piece.clone(),
            };
            match (pieces.last_mut(), piece) {
                (Some(Piece::Literal(present)), Piece::Literal(more)) => present.push_str(&more),
                (_, piece) => pieces.push(piece),
            }
        }
        Self(pieces)
    }

    /// Returns a tag that both can give.
    fn find_shared(&self, other: &Self, scheme: Scheme) -> Option<String> {
        let (one, two) = (self.example(scheme), other.example(scheme));
        if other.can_give(&one, scheme) {
            Some(one)
        } else if self.can_give(&two, scheme) {
            Some(two)
        } else {
            None
        }
    }

    fn example(&self, scheme: Scheme) -> String {
        let pieces = self.0.iter().map(|piece| match piece {
            Piece::Literal(literal) => literal.as_str(),
            Piece::Placeholder(Placeholder::Version) => match scheme {
                Scheme::Semver => "1.2.3",
                Scheme::Pep440 => "1.2",
            },
            Piece::Placeholder(Placeholder::Major) => "1",
            Piece::Placeholder(Placeholder::Minor) => "2",
            Piece::Placeholder(Placeholder::Patch) => "3",
            Piece::Placeholder(Placeholder::Sha) => "abc1234",
            Piece::Placeholder(Placeholder::Number) => "1",
            Piece::Placeholder(Placeholder::Branch) => "branch",
        });
        pieces.collect()
    }

    fn can_give(&self, text: &str, scheme: Scheme) -> bool {
        // Where the pieces so far can end, as places in the text.
        let mut ends = BTreeSet::from([0]);
        for piece in &self.0 {
            ends = ends.iter().flat_map(|start| ends_of(piece, text, *start, scheme)).collect();
        }
        ends.contains(&text.len())
    }
}

fn ends_of(piece: &Piece, text: &str, start: usize, scheme: Scheme) -> Vec<usize> {
    let rest = text.get(start..).unwrap_or_default();
    match piece {
        Piece::Literal(literal) if rest.starts_with(literal.as_str()) => vec![start + literal.len()],
        Piece::Literal(_) => Vec::new(),
        Piece::Placeholder(placeholder) => (1..=rest.len())
            .filter(|length| {
                rest.get(..*length).is_some_and(|value| can_stand_for(*placeholder, value, scheme))
            })
            .map(|length| start + length)
            .collect(),
    }
}

fn can_stand_for(placeholder: Placeholder, text: &str, scheme: Scheme) -> bool {
    let is_number =
        || text.bytes().all(|byte| byte.is_ascii_digit()) && (text.len() == 1 || !text.starts_with('0'));
    match placeholder {
        Placeholder::Version => {
            let spelled = text.replace('_', "+");
            Version::parse(scheme, &spelled).is_ok_and(|version| version.to_image_tag() == text)
        }
        Placeholder::Major | Placeholder::Minor | Placeholder::Patch | Placeholder::Number => is_number(),
        Placeholder::Sha => {
            text.len() == 7 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        }
        Placeholder::Branch => true,
    }
}

#[cfg(test)]
mod tests;
