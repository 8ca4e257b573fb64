//! The image tags of a list of rules.

use super::context::Context;
use super::expression::Expression;
use super::flavor::{Flavor, Latest, OnLatest};
use super::kind::{GoesWithLatest, KindName};
use super::rule::{Rule, RuleTextError};
use crate::value::sanitise;

/// The rules of an empty list.
const DEFAULT: [&str; 4] =
    ["type=schedule", "type=ref,event=branch", "type=ref,event=tag", "type=ref,event=pr"];

/// What a list of rules yields.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Evaluation {
    /// What each rule yields, the most important first, none twice.
    pub yields: Vec<Yield>,
    /// The tag that goes with them: `latest`, with the flavor's prefix and suffix if they are for it too.
    pub latest: Option<String>,
    /// What somebody should know.
    pub warnings: Vec<Warning>,
}

/// What one rule yields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Yield {
    /// The place of the rule in the list that was evaluated.
    pub index: usize,
    /// The tag. It may still be too long, or begin with `.` or `-`.
    pub value: String,
}

/// Why a list cannot be evaluated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EvaluationError {
    /// `enable` is neither `true` nor `false`.
    #[error("`{rule}`: `enable` gives `{value}`, which is neither `true` nor `false`")]
    Enable {
        /// The rule.
        rule: String,
        /// What it gives.
        value: String,
    },
    /// `match=` of a version has no first group, which would be the version.
    #[error("`match={pattern}` has no group that matched: put parentheses round the version")]
    NoGroup {
        /// The regular expression.
        pattern: String,
    },
}

/// Why a rule that applies yields nothing, or not what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Warning {
    /// The text is no version.
    #[error("`{text}` is no version of `type={kind}`")]
    NoVersion {
        /// The type of the rule.
        kind: KindName,
        /// The text.
        text: String,
    },
    /// A regular expression does not match.
    #[error("`{pattern}` does not match `{text}`")]
    NoMatch {
        /// The regular expression.
        pattern: String,
        /// The text.
        text: String,
    },
    /// A regular expression has not that many groups.
    #[error("`{pattern}` has no group {group}")]
    NoGroup {
        /// The regular expression.
        pattern: String,
        /// The group.
        group: usize,
    },
}

/// Reads a list of rules; an empty one stands for the tags of schedules, branches, tags and pull requests.
///
/// # Errors
/// The first line that is no rule.
pub fn parse_rules<'line>(lines: impl IntoIterator<Item = &'line str>) -> Result<Vec<Rule>, RuleTextError> {
    let rules = lines.into_iter().map(Rule::parse).collect::<Result<Vec<_>, _>>()?;
    match rules.is_empty() {
        true => DEFAULT.into_iter().map(Rule::parse).collect(),
        false => Ok(rules),
    }
}

/// Evaluates a list of rules: by priority, then in their order. The first that yields something is the version, and
/// decides about `latest`.
///
/// # Errors
/// See [`EvaluationError`].
pub fn evaluate<'rule>(
    rules: impl IntoIterator<Item = &'rule Rule>,
    flavor: &Flavor,
    context: &Context,
) -> Result<Evaluation, EvaluationError> {
    let mut sorted: Vec<(usize, &Rule)> = rules.into_iter().enumerate().collect();
    sorted.sort_by_key(|(_, rule)| std::cmp::Reverse(rule.priority));
    let mut evaluation = Evaluation::default();
    let mut goes_with_latest = None;
    for (index, rule) in sorted {
        let Some(found) = rule.find_value(context, flavor, &mut evaluation.warnings)? else { continue };
        goes_with_latest.get_or_insert(found.latest);
        let value = sanitise(&found.value);
        if evaluation.yields.iter().all(|earlier| earlier.value != value) {
            evaluation.yields.push(Yield { index, value });
        }
    }
    evaluation.latest = match (flavor.latest, goes_with_latest) {
        (Latest::Always, Some(_)) | (Latest::Auto, Some(GoesWithLatest::Yes)) => Some(latest_tag(flavor)),
        (Latest::Never, _) | (Latest::Auto, Some(GoesWithLatest::No)) | (_, None) => None,
    };
    Ok(evaluation)
}

/// Returns `latest`, with the flavor's prefix and suffix if they are for it too. They are put on as written.
pub fn latest_tag(flavor: &Flavor) -> String {
    let text = |affix: &Expression, on_latest| match on_latest {
        OnLatest::Yes => affix.to_string(),
        OnLatest::No => String::new(),
    };
    let prefix = text(&flavor.prefix.text, flavor.prefix.on_latest);
    let suffix = text(&flavor.suffix.text, flavor.suffix.on_latest);
    sanitise(&format!("{prefix}latest{suffix}"))
}

impl Evaluation {
    /// Returns the tag that is the version.
    pub fn version(&self) -> Option<&str> {
        self.yields.first().map(|first| first.value.as_str())
    }

    /// Returns all tags: the version, the others in order, `latest`.
    ///
    /// `latest` stands there twice if a rule yields it too, as it does with docker/metadata-action.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.yields.iter().map(|found| found.value.as_str()).chain(self.latest.as_deref())
    }
}
