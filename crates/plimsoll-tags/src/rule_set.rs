//! All rules for the tags of one image.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::class::{Class, ClassName, Line};
use crate::facts::Facts;
use crate::notation::action::amount::find_latest;
use crate::notation::action::evaluation::{Warning, evaluate, latest_tag};
use crate::notation::short::{Piece, Template};
use crate::rule::{
    ActionRule, ClassError, Naming, Notation, Rendered, RenderedTag, RuleError, Skip, TagRule,
};
use crate::table::Table;
use crate::version::{Scheme, Version};

mod shape;

use shape::Shape;

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
    /// What rules of docker/metadata-action have to say.
    pub warnings: Vec<Warning>,
    /// What the first of those that yields something gives: their `version`.
    pub version: Option<String>,
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
        let all = self.rules.iter().enumerate();
        let all = all.map(|(index, (table, rule))| (index, table, Cow::Borrowed(rule)));
        let latest = self.latest_rules().map(|(index, table, rule)| (index, table, Cow::Owned(rule)));
        for (index, table, rule) in all.chain(latest) {
            match rule.class_in(table) {
                Ok(class) => {
                    let template = rule.find_spelled_template(table);
                    let shape = template.map(|template| Shape::of(&template, table, scheme));
                    classed.push(Classed { index, table, rule, class, shape });
                }
                // A list that is for several tables may have rules that are for other ones.
                Err(ClassError::Never { .. }) => {}
                Err(error) => findings.push(RuleFinding::Class { index, error }),
            }
        }
        for (place, one) in classed.iter().enumerate() {
            findings.extend(classed.iter().skip(place + 1).filter_map(|two| dispute(one, two)));
        }
        findings
    }

    /// Returns the tags that rules give final versions, as templates, each with its class; none twice. Rules that are
    /// wrong are left out: [`RuleSet::check`] tells of them.
    pub fn forms(&self) -> Vec<(Template, Class)> {
        let all = self.rules.iter().map(|(table, rule)| (table, Cow::Borrowed(rule)));
        let latest = self.latest_rules().map(|(_, table, rule)| (table, Cow::Owned(rule)));
        let mut forms = Vec::new();
        for (table, rule) in all.chain(latest) {
            let form = rule.find_spelled_template(table).zip(rule.class_in(table).ok());
            if let Some(form) = form.filter(|form| !forms.contains(form)) {
                forms.push(form);
            }
        }
        forms
    }

    /// The rules for `latest` that go with rules of docker/metadata-action, at the places of those that decide.
    pub fn latest_rules(&self) -> impl Iterator<Item = (usize, &Table, TagRule)> {
        let tables: BTreeSet<&Table> = self.rules.iter().map(|(table, _)| table).collect();
        tables.into_iter().filter_map(|table| {
            let actions: Vec<(usize, &ActionRule)> = self
                .rules
                .iter()
                .enumerate()
                .filter(|(_, (of_rule, _))| of_rule == table)
                .filter_map(|(index, (_, rule))| Some((index, rule.action()?)))
                .collect();
            let (_, first) = actions.first()?;
            let rules = actions.iter().map(|(_, action)| &action.rule);
            let place = find_latest(rules, &first.flavor, &first.git_tag, table)?;
            let (index, _) = actions.get(place)?;
            Some((*index, table, latest_rule(first)))
        })
    }

    /// Renders every rule of the event's table.
    ///
    /// The tags of rules in the short notation come first, in the order of the rules; then those of
    /// docker/metadata-action by their priorities, and `latest` where it goes with them. Where two rules give the
    /// same tag, the class that binds most wins (write-once, then first-wins, then moving) and the other is reported
    /// as skipped.
    ///
    /// # Errors
    /// The first rule that fails.
    pub fn render(&self, facts: &Facts) -> Result<RenderedTags, RuleError> {
        let own = facts.event.table();
        let has = |table: &Table| self.rules.iter().any(|(of_rule, _)| of_rule == table);
        let table = match &own {
            Table::Branch(_) if !has(&own) => Table::AnyBranch,
            _ => own,
        };
        let rules = || self.rules.iter().filter(|(of_rule, _)| *of_rule == table).map(|(_, rule)| rule);
        let mut rendered = RenderedTags::default();
        for rule in rules().filter(|rule| rule.action().is_none()) {
            rendered.take(rule, rule.render(&table, facts)?);
        }
        let mut actions = Vec::new();
        for rule in rules() {
            match (rule.action(), rule.find_unmet(facts)) {
                (Some(_), Some(unmet)) => rendered.skipped.push(unmet),
                (Some(action), None) => actions.push((rule, action)),
                (None, _) => {}
            }
        }
        let Some((_, first)) = actions.first() else { return Ok(rendered) };
        let list = actions.iter().map(|(_, action)| &action.rule);
        let evaluation = evaluate(list, &first.flavor, &first.context(facts))?;
        for found in &evaluation.yields {
            if let Some((rule, _)) = actions.get(found.index) {
                rendered.take(rule, rule.judge(&table, &found.value, facts)?);
            }
        }
        if evaluation.latest.is_some() {
            let latest = latest_rule(first);
            rendered.take(&latest, latest.render(&table, facts)?);
        }
        rendered.version = evaluation.version().map(str::to_owned);
        rendered.warnings = evaluation.warnings;
        if table == Table::AnyBranch {
            self.leave_to_others(&mut rendered);
        }
        Ok(rendered)
    }

    /// Finds the highest of `versions` that a tag which moves on the version line stands for rather than for the
    /// released one. Conditions on commits count as met.
    pub fn find_newer<'version>(
        &self,
        tag: &RenderedTag,
        released: &Version,
        versions: impl IntoIterator<Item = &'version Version>,
    ) -> Option<&'version Version> {
        let latest: Vec<TagRule> = self
            .latest_rules()
            .filter(|(_, table, _)| **table == Table::Release)
            .map(|(_, _, rule)| rule)
            .collect();
        let rules = self.rules.iter().filter(|(table, _)| *table == Table::Release).map(|(_, rule)| rule);
        let templates: Vec<Template> = rules
            .chain(&latest)
            .filter_map(|rule| Some(rule.find_template(&Table::Release)?.into_owned()))
            .filter(|template| template.gives(tag.value.as_str(), released))
            .collect();
        let newer = versions.into_iter().filter(|version| *version > released && !version.is_prerelease());
        newer
            .filter(|version| templates.iter().any(|template| template.gives(tag.value.as_str(), version)))
            .max()
    }

    /// Takes out tags of a branch that happen to be those of another table: a branch may be named `latest` or `1.4`.
    fn leave_to_others(&self, rendered: &mut RenderedTags) {
        let latest: Vec<_> = self.latest_rules().map(|(_, table, rule)| (table.clone(), rule)).collect();
        let others: Vec<(&Table, Template)> = self
            .rules
            .iter()
            .chain(&latest)
            .filter(|(table, _)| *table != Table::AnyBranch)
            .filter_map(|(table, rule)| Some((table, rule.find_spelled_template(table)?)))
            .collect();
        let owner = |tag: &RenderedTag| {
            let moves = matches!(tag.class, Class::Moving(_));
            let mut others = others.iter().filter(|_| moves);
            others.find(|(table, template)| {
                // Which scheme the versions have is not known here; SemVer's are among those of PEP 440.
                Shape::of(template, table, Scheme::Pep440).can_give(tag.value.as_str())
            })
        };
        let tags = std::mem::take(&mut rendered.tags).into_iter();
        let (left, kept): (Vec<_>, Vec<_>) = tags.partition(|tag| owner(tag).is_some());
        rendered.tags = kept;
        let skips = left.into_iter().filter_map(|tag| {
            let (table, _) = owner(&tag)?;
            Some(Skip::TakenByAnotherTable { value: tag.value.clone(), table: (*table).clone() })
        });
        rendered.skipped.extend(skips);
    }
}

/// The rule for `latest` that goes with rules of docker/metadata-action.
fn latest_rule(action: &ActionRule) -> TagRule {
    TagRule::of(Template::of([Piece::Literal(latest_tag(&action.flavor))]))
}

impl RenderedTags {
    fn take(&mut self, rule: &TagRule, rendered: Rendered) {
        match rendered {
            Rendered::Tag(tag) => self.add(rule, tag),
            Rendered::Skipped(skip) => self.skipped.push(skip),
        }
    }

    fn add(&mut self, rule: &TagRule, tag: RenderedTag) {
        let Some(present) = self.tags.iter_mut().find(|present| present.value == tag.value) else {
            self.tags.push(tag);
            return;
        };
        if present.class == tag.class {
            return;
        }
        let kept = if binding(&tag.class) < binding(&present.class) { &tag } else { &*present };
        self.skipped.push(Skip::TakenByAnotherRule {
            rule: rule.to_string(),
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

/// A rule with what it means in its table.
struct Classed<'rules> {
    index: usize,
    table: &'rules Table,
    rule: Cow<'rules, TagRule>,
    class: Class,
    /// What its tags look like, where that can be said.
    shape: Option<Shape>,
}

/// Finds a tag that two rules give and disagree on.
fn dispute(one: &Classed<'_>, two: &Classed<'_>) -> Option<RuleFinding> {
    if mean_the_same(one, two)
        || is_let_through(&one.rule, &two.class)
        || is_let_through(&two.rule, &one.class)
    {
        return None;
    }
    // Any text can be the name of a branch: which one gives somebody else's tag is seen when it is rendered.
    let names_itself = |rule: &Classed<'_>| rule.class == Class::Moving(Line::OwnBranch);
    if names_itself(one) || names_itself(two) {
        return None;
    }
    let value = one.shape.as_ref()?.find_shared(two.shape.as_ref()?)?;
    let indices = (one.index, two.index);
    Some(match one.class == two.class {
        true => RuleFinding::TwoSeries { indices, value },
        false => RuleFinding::TwoMeanings {
            indices,
            value,
            one_table: one.table.clone(),
            one: one.class.clone(),
            two_table: two.table.clone(),
            two: two.class.clone(),
        },
    })
}

/// Whether two rules agree on what may become of a tag that both give.
fn mean_the_same(one: &Classed<'_>, two: &Classed<'_>) -> bool {
    one.class == two.class
        && match one.class {
            Class::Moving(Line::Version | Line::Promotion) => {
                one.shape == two.shape
                    && one.rule.condition == two.rule.condition
                    && one.rule.class == two.rule.class
                    && one.rule.enabled() == two.rule.enabled()
            }
            Class::Moving(_) | Class::WriteOnce | Class::FirstWins => true,
        }
}

/// Whether a rule has said, by naming its class, that none of its tags is one that the other writes once.
fn is_let_through(rule: &TagRule, other: &Class) -> bool {
    rule.class == Some(ClassName::Moving)
        && *other == Class::WriteOnce
        && !matches!(&rule.notation, Notation::Short(template) if template.is_literal())
}

#[cfg(test)]
mod tests;
