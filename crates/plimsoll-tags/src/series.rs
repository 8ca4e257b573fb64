//! The versions that may stand under one moving tag.

use crate::notation::short::{Placeholder, Template};
use crate::rule::Condition;
use crate::value::TagValue;
use crate::version::Version;

/// Whether a tag of the major number alone may stand for 0.x versions, which promise each other nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MajorZero {
    /// The rule says so by naming its class.
    Allowed,
    /// The default.
    Excluded,
}

/// One moving tag on a version or promotion line, and with it a set of versions.
///
/// A version belongs to the series if the template renders to the tag for it. Prereleases never do.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Series {
    template: Template,
    tag: TagValue,
    major_zero: MajorZero,
    condition: Option<Condition>,
}

impl Series {
    /// Makes the series of a tag that `template` was rendered to.
    pub(crate) fn of(
        template: &Template,
        tag: &TagValue,
        major_zero: MajorZero,
        condition: Option<Condition>,
    ) -> Self {
        Self { template: template.clone(), tag: tag.clone(), major_zero, condition }
    }

    /// Returns the tag.
    pub fn tag(&self) -> &TagValue {
        &self.tag
    }

    /// Returns the template that the tag comes from.
    pub fn template(&self) -> &Template {
        &self.template
    }

    /// Returns the condition of the rule.
    ///
    /// It is about a version's commit, which a series does not know: whoever asks [`contains`](Self::contains) has
    /// to leave out the versions whose commit does not meet it.
    pub fn condition(&self) -> Option<Condition> {
        self.condition
    }

    /// Whether a version may stand under the tag, its commit apart.
    pub fn contains(&self, version: &Version) -> bool {
        !version.is_prerelease()
            && (self.major_zero == MajorZero::Allowed || !is_major_zero(&self.template, version))
            && self.template.render_version(version).as_ref() == Some(&self.tag)
    }

    /// Returns the highest version of the series, whatever the order in which they are given.
    pub fn head<'a>(&self, versions: impl IntoIterator<Item = &'a Version>) -> Option<&'a Version> {
        versions.into_iter().filter(|version| self.contains(version)).max()
    }
}

/// Whether a template names nothing but the major number, and that is 0.
pub(crate) fn is_major_zero(template: &Template, version: &Version) -> bool {
    version.major() == 0
        && template.has(Placeholder::Major)
        && template.placeholders().all(|placeholder| placeholder == Placeholder::Major)
}

#[cfg(test)]
mod tests;
