//! One rule: its type, and the attributes that every type has.

use std::collections::BTreeMap;
use std::fmt;

use super::context::Context;
use super::evaluation::{EvaluationError, Warning};
use super::expression::{Expression, ExpressionError, Scope};
use super::flavor::Flavor;
use super::kind::{Found, Kind, KindName};
use super::pattern::PatternError;
use super::record::{Field, RecordError, parse_record};

/// A rule. Prints exactly as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    source: String,
    /// What it does.
    pub kind: Kind,
    /// Must render to `true` for the rule to apply, or to `false`.
    pub enable: Expression,
    /// Rules of a higher priority come first.
    pub priority: i64,
    /// Replaces the flavor's prefix, even where it is empty.
    pub prefix: Option<Expression>,
    /// Replaces the flavor's suffix, even where it is empty.
    pub suffix: Option<Expression>,
    /// Attributes that mean nothing for this type.
    pub ignored: Vec<String>,
}

/// Why a text is no rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleTextError {
    /// It is no CSV record.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// There is no such type.
    #[error("there is no type `{found}`")]
    UnknownType {
        /// The type.
        found: String,
        /// The type that was perhaps meant.
        suggestion: Option<&'static str>,
    },
    /// The type needs an attribute that is not there.
    #[error("`type={kind}` needs `{attribute}=`")]
    Missing {
        /// The type.
        kind: KindName,
        /// The attribute.
        attribute: &'static str,
    },
    /// An attribute has a value that it cannot have.
    #[error("`{attribute}` cannot be `{value}`, only {allowed}")]
    Value {
        /// The attribute.
        attribute: &'static str,
        /// The value.
        value: String,
        /// What it can be.
        allowed: &'static str,
    },
    /// An attribute is no expression.
    #[error("`{attribute}`: {error}")]
    Expression {
        /// The attribute.
        attribute: &'static str,
        /// Why.
        error: ExpressionError,
    },
    /// An attribute is no regular expression.
    #[error("`{attribute}`: {error}")]
    Pattern {
        /// The attribute.
        attribute: &'static str,
        /// Why.
        error: PatternError,
    },
}

/// The attributes of a rule that nobody has asked for yet.
pub(super) struct Attributes(BTreeMap<String, String>);

impl Attributes {
    fn of(fields: Vec<Field>) -> Self {
        let pairs =
            fields.into_iter().map(|field| (field.key.unwrap_or_else(|| "value".into()), field.value));
        Self(pairs.collect())
    }

    pub(super) fn take(&mut self, key: &str) -> Option<String> {
        self.0.remove(key)
    }

    pub(super) fn take_expression(
        &mut self,
        attribute: &'static str,
        scope: Scope,
    ) -> Result<Option<Expression>, RuleTextError> {
        let text = self.take(attribute);
        text.map(|text| Expression::parse(&text, scope))
            .transpose()
            .map_err(|error| RuleTextError::Expression { attribute, error })
    }
}

impl Rule {
    /// Reads one line: `type=semver,pattern={{version}}`. Without a type it is `raw`.
    ///
    /// # Errors
    /// See [`RuleTextError`].
    pub fn parse(text: &str) -> Result<Self, RuleTextError> {
        let mut attributes = Attributes::of(parse_record(text)?);
        let name = match attributes.take("type") {
            Some(found) => KindName::parse(&found)?,
            None => KindName::Raw,
        };
        let kind = Kind::parse(name, &mut attributes)?;
        let enable = attributes.take_expression("enable", Scope::Global)?;
        let enable = enable.unwrap_or_else(|| Expression::literal("true"));
        if let Some(literal) = enable.as_literal().filter(|text| !matches!(text.as_str(), "true" | "false")) {
            let allowed = "`true`, `false` and expressions";
            return Err(RuleTextError::Value { attribute: "enable", value: literal, allowed });
        }
        let priority = match attributes.take("priority") {
            Some(value) => value.parse().map_err(|_| RuleTextError::Value {
                attribute: "priority",
                value: value.clone(),
                allowed: "whole numbers",
            })?,
            None => name.priority(),
        };
        let prefix = attributes.take_expression("prefix", Scope::Global)?;
        let prefix = prefix.or_else(|| kind.default_prefix().map(Expression::literal));
        let suffix = attributes.take_expression("suffix", Scope::Global)?;
        let ignored = attributes.0.into_keys().collect();
        Ok(Self { source: text.to_owned(), kind, enable, priority, prefix, suffix, ignored })
    }

    /// Whether the rule applies at all.
    ///
    /// # Errors
    /// `enable` renders to neither `true` nor `false`.
    pub fn is_enabled(&self, context: &Context) -> Result<bool, EvaluationError> {
        match self.enable.render(context).as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            value => Err(EvaluationError::Enable { rule: self.source.clone(), value: value.to_owned() }),
        }
    }

    /// Returns what the rule yields, prefix and suffix included, and not yet as an image tag can hold it.
    ///
    /// # Errors
    /// See [`EvaluationError`].
    pub fn find_value(
        &self,
        context: &Context,
        flavor: &Flavor,
        warnings: &mut Vec<Warning>,
    ) -> Result<Option<Found>, EvaluationError> {
        if !self.is_enabled(context)? {
            return Ok(None);
        }
        let Some(found) = self.kind.find_value(context, warnings)? else { return Ok(None) };
        let (prefix, suffix) = self.affixes(flavor);
        let value = prefix.render(context) + &found.value + &suffix.render(context);
        Ok((!value.is_empty()).then_some(Found { value, ..found }))
    }

    /// Returns the prefix and suffix that count.
    pub(super) fn affixes<'rule>(
        &'rule self,
        flavor: &'rule Flavor,
    ) -> (&'rule Expression, &'rule Expression) {
        (
            self.prefix.as_ref().unwrap_or(&flavor.prefix.text),
            self.suffix.as_ref().unwrap_or(&flavor.suffix.text),
        )
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.source)
    }
}

#[cfg(test)]
mod tests;
