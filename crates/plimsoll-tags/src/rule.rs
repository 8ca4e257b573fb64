//! One rule for an image tag: its notation, when it applies, and the class of what it yields.
//!
//! The class is deduced from the template and the table that the rule stands in. A rule of docker/metadata-action is
//! judged by the template that it [amounts to](crate::notation::action::amount).
//!
//! | template has | `release` | `promotion` | `branch:NAME` | `branch:*` | `pull-request` |
//! |---|---|---|---|---|---|
//! | `{version}` or `{tag}` | write-once | write-once | – | – | – |
//! | `{sha}` or `{commit}`, and neither of those | first-wins | first-wins | first-wins | first-wins | first-wins |
//! | `{major}` or `{major}.{minor}` | moving, version line | moving, promotion line | – | – | – |
//! | `{branch}` | – | – | moving, that branch | moving, that branch | – |
//! | `{number}` | – | – | – | – | moving, ephemeral |
//! | literal text only | moving, version line | moving, promotion line | moving, that branch | error | error |
//!
//! "–" is not known there. `{major}.{minor}.{patch}` is not always the whole version (PEP 440 has more parts, SemVer
//! has build metadata), so it has no class by itself. Literal text in `branch:*` is no error where the rule is for one
//! branch alone (`type=edge`, `type=schedule`, `enable={{is_default_branch}}`): it moves with that. A rule may
//! name its class; the line of a moving tag always follows from the table.

mod classify;
mod refusal;

use std::borrow::Cow;
use std::fmt;

use crate::class::{Class, ClassName, Line};
use crate::facts::{DefaultBranch, Event, Facts};
use crate::git_tag::TagPattern;
use crate::notation::action::amount::{self, Amount, Stage, Unclear};
use crate::notation::action::context::Context;
use crate::notation::action::flavor::Flavor;
use crate::notation::action::rule::Rule;
use crate::notation::short::{Placeholder, RenderError, Template};
use crate::table::Table;
use crate::value::TagValue;
use crate::version::Version;

use classify::has_all_parts;
pub use refusal::{ClassError, RuleError, Skip};

/// What has to hold for a rule to apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Condition {
    /// The default branch contains the commit.
    OnDefaultBranch,
}

impl Condition {
    /// Reads the name that a configuration uses: `on-default-branch`.
    pub fn parse(text: &str) -> Option<Self> {
        (text == "on-default-branch").then_some(Self::OnDefaultBranch)
    }

    /// Returns the name that a configuration uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::OnDefaultBranch => "on-default-branch",
        }
    }
}

/// A rule for one image tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagRule {
    /// The tag.
    pub notation: Notation,
    /// What has to hold, if anything.
    pub condition: Option<Condition>,
    /// The class, where the rule names it instead of leaving it to be deduced.
    pub class: Option<ClassName>,
}

/// How a rule is written. Prints exactly as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notation {
    /// In the short notation.
    Short(Template),
    /// In that of docker/metadata-action.
    Action(Box<ActionRule>),
}

/// A rule of docker/metadata-action, with what its meaning depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionRule {
    /// The rule.
    pub rule: Rule,
    /// What holds for all rules of the image.
    pub flavor: Flavor,
    /// How git tags of versions are spelled.
    pub git_tag: TagPattern,
}

/// What a rule yields for an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rendered {
    /// A tag.
    Tag(RenderedTag),
    /// Nothing, for a reason that is worth telling.
    Skipped(Skip),
}

/// An image tag with everything that decides about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedTag {
    /// The tag.
    pub value: TagValue,
    /// May it move, and with what.
    pub class: Class,
    /// Whether the tag contains the whole version. The first such tag is the primary one.
    pub naming: Naming,
}

/// What a tag says of the version that it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Naming {
    /// It contains all of it.
    WholeVersion,
    /// It contains a part of it or nothing.
    Other,
}

impl TagRule {
    /// Makes a rule that always applies and whose class is deduced.
    pub fn of(template: Template) -> Self {
        Self { notation: Notation::Short(template), condition: None, class: None }
    }

    /// Makes a rule in the notation of docker/metadata-action that always applies and whose class is deduced.
    pub fn of_action(rule: Rule, flavor: Flavor, git_tag: TagPattern) -> Self {
        let action = ActionRule { rule, flavor, git_tag };
        Self { notation: Notation::Action(Box::new(action)), condition: None, class: None }
    }

    /// Returns the rule of docker/metadata-action, if it is one.
    pub fn action(&self) -> Option<&ActionRule> {
        match &self.notation {
            Notation::Short(_) => None,
            Notation::Action(action) => Some(action),
        }
    }

    /// Returns what decides whether the rule applies: nothing where it always does.
    pub(crate) fn enabled(&self) -> Option<String> {
        let enable = self.action()?.rule.enable.to_string();
        (enable != "true").then_some(enable)
    }

    /// Returns the template that the rule is, or amounts to in a table for final versions.
    pub fn find_template(&self, table: &Table) -> Option<Cow<'_, Template>> {
        match self.amount_in(table, Stage::Final) {
            Judged::Template(template) => Some(template),
            Judged::Never | Judged::Unclear(_) => None,
        }
    }

    /// The same, with `{tag}` written as what it stands for, where the rule knows how git tags are spelled.
    pub(crate) fn find_spelled_template(&self, table: &Table) -> Option<Template> {
        let template = self.find_template(table)?;
        Some(match self.action() {
            Some(action) => template.with_git_tag(&action.git_tag),
            None => template.into_owned(),
        })
    }

    fn amount_in(&self, table: &Table, stage: Stage) -> Judged<'_> {
        match &self.notation {
            Notation::Short(template) => Judged::Template(Cow::Borrowed(template)),
            Notation::Action(action) => {
                match amount::amount(&action.rule, &action.flavor, &action.git_tag, table, stage) {
                    Amount::Never => Judged::Never,
                    Amount::Template(template) => Judged::Template(Cow::Owned(template)),
                    Amount::Unclear(unclear) => Judged::Unclear(unclear),
                }
            }
        }
    }

    /// Renders the rule, which stands in the table.
    ///
    /// # Errors
    /// The rule has no class there, or gives no legal image tag.
    pub fn render(&self, table: &Table, facts: &Facts) -> Result<Rendered, RuleError> {
        if let Some(skip) = self.find_unmet(facts) {
            return Ok(Rendered::Skipped(skip));
        }
        match &self.notation {
            Notation::Short(template) => {
                let class = self.class_in(table)?;
                match self.find_skip(template, &class, facts) {
                    Some(skip) => Ok(Rendered::Skipped(skip)),
                    None => Ok(self.tag(table, template.render(facts)?, class, facts)),
                }
            }
            Notation::Action(action) => {
                let found =
                    action.rule.find_value(&action.context(facts), &action.flavor, &mut Vec::new())?;
                match found {
                    Some(found) => self.judge(table, &crate::value::sanitise(&found.value), facts),
                    None => Ok(Rendered::Skipped(Skip::Nothing { rule: self.to_string() })),
                }
            }
        }
    }

    /// Says what becomes of a value that a rule of docker/metadata-action has yielded.
    pub(crate) fn judge(&self, table: &Table, value: &str, facts: &Facts) -> Result<Rendered, RuleError> {
        let stage = match facts.event.version() {
            Some(version) if !version.is_final() => Stage::Unfinished,
            Some(_) | None => Stage::Final,
        };
        let class = self.class_at(table, stage)?;
        let template = match self.amount_in(table, stage) {
            Judged::Template(template) => template,
            Judged::Never | Judged::Unclear(_) => Cow::Owned(Template::of([])),
        };
        if let Some(skip) = self.find_skip(&template, &class, facts) {
            return Ok(Rendered::Skipped(skip));
        }
        let value =
            TagValue::parse(value).map_err(|error| RenderError::Illegal { rule: self.to_string(), error })?;
        Ok(self.tag(table, value, class, facts))
    }

    fn tag(&self, table: &Table, value: TagValue, class: Class, facts: &Facts) -> Rendered {
        let class = match (class, &facts.event) {
            (Class::Moving(Line::OwnBranch | Line::DefaultBranch), Event::Branch(name)) => {
                Class::Moving(Line::Branch(name.clone()))
            }
            (class, _) => class,
        };
        let naming = match self.names_whole_version(table, &value, facts) {
            true => Naming::WholeVersion,
            false => Naming::Other,
        };
        Rendered::Tag(RenderedTag { value, class, naming })
    }

    /// Whether the rule's own condition keeps it from applying.
    pub(crate) fn find_unmet(&self, facts: &Facts) -> Option<Skip> {
        let lacks = facts.default_branch == DefaultBranch::Lacks;
        (self.condition == Some(Condition::OnDefaultBranch) && lacks)
            .then(|| Skip::NotOnDefaultBranch { rule: self.to_string() })
    }

    fn find_skip(&self, template: &Template, class: &Class, facts: &Facts) -> Option<Skip> {
        let version = facts.event.version()?;
        let explained = |skip: fn(String, Version) -> Skip| Some(skip(self.to_string(), version.clone()));
        match class {
            Class::Moving(_) if version.is_prerelease() => {
                explained(|rule, version| Skip::Prerelease { rule, version })
            }
            Class::Moving(_) if self.class.is_none() && is_major_zero(template, version) => {
                explained(|rule, version| Skip::MajorZero { rule, version })
            }
            Class::WriteOnce if self.is_by_parts(template) && !is_whole_by_parts(version) => {
                explained(|rule, version| Skip::NotWholeVersion { rule, version })
            }
            _ => None,
        }
    }

    fn is_by_parts(&self, template: &Template) -> bool {
        use Placeholder::{Commit, Sha, Tag, Version};
        matches!(self.notation, Notation::Short(_))
            && ![Version, Tag, Sha, Commit].into_iter().any(|whole| template.has(whole))
    }

    fn names_whole_version(&self, table: &Table, value: &TagValue, facts: &Facts) -> bool {
        let Some(version) = facts.event.version() else { return false };
        match (&self.notation, self.find_template(table)) {
            (Notation::Short(template), _) => {
                template.has(Placeholder::Version)
                    || template.has(Placeholder::Tag)
                    || (has_all_parts(template) && is_whole_by_parts(version))
            }
            // It has read a version of its own, which is the released one if it is spelled out.
            (Notation::Action(_), _) => {
                let whole = version.to_image_tag();
                value.as_str().contains(&whole) && self.class_in(table) == Ok(Class::WriteOnce)
                    || value.as_str() == whole
            }
        }
    }
}

/// What a rule amounts to, borrowed where it is a template already.
enum Judged<'rule> {
    Never,
    Template(Cow<'rule, Template>),
    Unclear(Unclear),
}

impl ActionRule {
    /// What the rule may depend on.
    pub(crate) fn context(&self, facts: &Facts) -> Context {
        Context::of(facts, &self.git_tag)
    }
}

impl fmt::Display for Notation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short(template) => template.fmt(formatter),
            Self::Action(action) => action.rule.fmt(formatter),
        }
    }
}

/// Prints the notation.
impl fmt::Display for TagRule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.notation.fmt(formatter)
    }
}

fn is_whole_by_parts(version: &Version) -> bool {
    version.to_string() == format!("{}.{}.{}", version.major(), version.minor(), version.patch())
}

/// Whether a template names nothing but the major number, and that is 0.
fn is_major_zero(template: &Template, version: &Version) -> bool {
    version.major() == 0
        && template.has(Placeholder::Major)
        && template.placeholders().all(|placeholder| placeholder == Placeholder::Major)
}

#[cfg(test)]
mod tests;
