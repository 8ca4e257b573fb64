//! One rule for an image tag: its template, when it applies, and the class of what it yields.
//!
//! The class is deduced from the template and the table that the rule stands in:
//!
//! | template has | `release` | `promotion` | `branch:NAME` | `pull-request` |
//! |---|---|---|---|---|
//! | `{version}` | write-once | write-once | – | – |
//! | `{sha}` and no `{version}` | first-wins | first-wins | first-wins | first-wins |
//! | `{major}` or `{major}.{minor}` | moving, version line | moving, promotion line | – | – |
//! | `{branch}` | – | – | moving, that branch | – |
//! | `{number}` | – | – | – | moving, ephemeral |
//! | literal text only | moving, version line | moving, promotion line | moving, that branch | error |
//!
//! "–" is not known there. `{major}.{minor}.{patch}` is not always the whole version (PEP 440 has more parts, SemVer
//! has build metadata), so it has no class by itself. A rule may name its class; the line of a moving tag always
//! follows from the table.

use crate::class::{Class, ClassName, Line};
use crate::facts::{DefaultBranch, Event, Facts};
use crate::notation::short::{Placeholder, RenderError, Template};
use crate::series::{MajorZero, Series, is_major_zero};
use crate::table::Table;
use crate::value::TagValue;
use crate::version::Version;

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
    pub template: Template,
    /// What has to hold, if anything.
    pub condition: Option<Condition>,
    /// The class, where the rule names it instead of leaving it to be deduced.
    pub class: Option<ClassName>,
}

/// Why a rule has no class, or not the one it names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClassError {
    /// The table does not know what to put in.
    #[error("`{placeholder}` is not known in `{table}`")]
    NotKnown {
        /// The placeholder.
        placeholder: Placeholder,
        /// The table that the rule stands in.
        table: Table,
    },
    /// Major, minor and patch together are not always the whole version.
    #[error("`{template}` is not always the whole version: write `{{version}}`, or name the class")]
    WholeVersionByParts {
        /// The template.
        template: Template,
    },
    /// A number stands there without those before it, so versions that have nothing in common share a tag.
    #[error("`{template}` has `{placeholder}` without the number before it")]
    PartWithoutItsWhole {
        /// The template.
        template: Template,
        /// The number that stands alone.
        placeholder: Placeholder,
    },
    /// Every pull request would write the same tag.
    #[error("`{template}` is the same tag for every pull request: put `{{number}}` in it")]
    SharedByPullRequests {
        /// The template.
        template: Template,
    },
    /// The named class gives less than the whole version deserves.
    #[error("`{template}` names one version and can only be write-once, not {named}")]
    VersionTagMoves {
        /// The template.
        template: Template,
        /// The class that the rule names.
        named: ClassName,
    },
    /// The named class would make the second release a conflict.
    #[error("`{template}` is the same tag for several releases and cannot be write-once")]
    SharedTagFrozen {
        /// The template.
        template: Template,
    },
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
    /// The versions that may stand under it: for a tag that moves on the version or promotion line.
    pub series: Option<Series>,
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

/// Why a rule that applies yields no tag.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Skip {
    /// Its condition does not hold.
    #[error("`{template}` is only written for commits on the default branch")]
    NotOnDefaultBranch {
        /// The template.
        template: Template,
    },
    /// A prerelease moves nothing.
    #[error("`{template}` does not follow prereleases, and {version} is one")]
    Prerelease {
        /// The template.
        template: Template,
        /// The version.
        version: Version,
    },
    /// 0.x versions promise each other nothing, so a tag `0` would mislead.
    #[error("`{template}` does not follow 0.x versions: name its class to allow it")]
    MajorZero {
        /// The template.
        template: Template,
        /// The version.
        version: Version,
    },
    /// The rule writes a version by its parts, and this version has more of them.
    #[error("`{template}` is not the whole of version {version}")]
    NotWholeVersion {
        /// The template.
        template: Template,
        /// The version.
        version: Version,
    },
    /// Another rule of the same table yields this tag already, of a class that binds more.
    #[error("`{template}` gives `{value}`, which another rule writes as {class}")]
    TakenByAnotherRule {
        /// The template.
        template: Template,
        /// The tag.
        value: TagValue,
        /// The class under which it is written.
        class: ClassName,
    },
}

/// Why a rule fails for an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// It has no class.
    #[error(transparent)]
    Class(#[from] ClassError),
    /// It gives no legal tag.
    #[error(transparent)]
    Render(#[from] RenderError),
}

impl TagRule {
    /// Makes a rule that always applies and whose class is deduced.
    pub fn of(template: Template) -> Self {
        Self { template, condition: None, class: None }
    }

    /// Returns the class of the tags that the rule yields in a table.
    ///
    /// # Errors
    /// The template says something that the table does not know, or no class fits; see [`ClassError`].
    pub fn class_in(&self, table: &Table) -> Result<Class, ClassError> {
        let template = || self.template.clone();
        if let Some(placeholder) =
            self.template.placeholders().find(|placeholder| !placeholder.is_known_in(table))
        {
            return Err(ClassError::NotKnown { placeholder, table: table.clone() });
        }
        let names_a_version = self.template.has(Placeholder::Version);
        let names_a_commit = self.template.has(Placeholder::Sha);
        match self.class {
            Some(named) if names_a_version && named != ClassName::WriteOnce => {
                Err(ClassError::VersionTagMoves { template: template(), named })
            }
            _ if names_a_version => Ok(Class::WriteOnce),
            Some(ClassName::WriteOnce) if names_a_commit || self.has_all_parts() => Ok(Class::WriteOnce),
            Some(ClassName::WriteOnce) => Err(ClassError::SharedTagFrozen { template: template() }),
            Some(ClassName::FirstWins) => Ok(Class::FirstWins),
            None if names_a_commit => Ok(Class::FirstWins),
            None if self.has_all_parts() => Err(ClassError::WholeVersionByParts { template: template() }),
            Some(ClassName::Moving) | None => self.line_in(table).map(Class::Moving),
        }
    }

    fn line_in(&self, table: &Table) -> Result<Line, ClassError> {
        use Placeholder::{Major, Minor, Number, Patch};
        for (part, whole) in [(Minor, Major), (Patch, Minor)] {
            if self.template.has(part) && !self.template.has(whole) {
                let template = self.template.clone();
                return Err(ClassError::PartWithoutItsWhole { template, placeholder: part });
            }
        }
        match table {
            Table::Release => Ok(Line::Version),
            Table::Promotion => Ok(Line::Promotion),
            Table::Branch(name) => Ok(Line::Branch(name.clone())),
            Table::PullRequest if self.template.has(Number) => Ok(Line::PullRequest),
            Table::PullRequest => Err(ClassError::SharedByPullRequests { template: self.template.clone() }),
        }
    }

    fn has_all_parts(&self) -> bool {
        use Placeholder::{Major, Minor, Patch};
        [Major, Minor, Patch].into_iter().all(|part| self.template.has(part))
    }

    /// Renders the rule, which stands in the table of the event.
    ///
    /// # Errors
    /// The rule has no class there, or gives no legal image tag.
    pub fn render(&self, facts: &Facts) -> Result<Rendered, RuleError> {
        let class = self.class_in(&facts.event.table())?;
        if let Some(skip) = self.find_skip(&class, facts) {
            return Ok(Rendered::Skipped(skip));
        }
        let value = self.template.render(facts)?;
        let series = match class.line() {
            Some(Line::Version | Line::Promotion) => {
                Some(Series::of(&self.template, &value, self.major_zero(), self.condition))
            }
            _ => None,
        };
        let naming =
            if self.names_whole_version(&facts.event) { Naming::WholeVersion } else { Naming::Other };
        Ok(Rendered::Tag(RenderedTag { value, class, series, naming }))
    }

    fn find_skip(&self, class: &Class, facts: &Facts) -> Option<Skip> {
        let template = || self.template.clone();
        if self.condition == Some(Condition::OnDefaultBranch) && facts.default_branch == DefaultBranch::Lacks
        {
            return Some(Skip::NotOnDefaultBranch { template: template() });
        }
        let version = facts.event.version()?;
        let explained = |skip: fn(Template, Version) -> Skip| Some(skip(template(), version.clone()));
        match class {
            Class::Moving(_) if version.is_prerelease() => {
                explained(|template, version| Skip::Prerelease { template, version })
            }
            Class::Moving(_)
                if self.major_zero() == MajorZero::Excluded && is_major_zero(&self.template, version) =>
            {
                explained(|template, version| Skip::MajorZero { template, version })
            }
            Class::WriteOnce
                if !self.template.has(Placeholder::Sha) && !self.names_whole_version(&facts.event) =>
            {
                explained(|template, version| Skip::NotWholeVersion { template, version })
            }
            _ => None,
        }
    }

    fn major_zero(&self) -> MajorZero {
        match self.class {
            Some(_) => MajorZero::Allowed,
            None => MajorZero::Excluded,
        }
    }

    fn names_whole_version(&self, event: &Event) -> bool {
        let Some(version) = event.version() else { return false };
        let by_parts = format!("{}.{}.{}", version.major(), version.minor(), version.patch());
        self.template.has(Placeholder::Version) || (self.has_all_parts() && version.to_string() == by_parts)
    }
}

#[cfg(test)]
mod tests;
