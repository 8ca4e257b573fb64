//! `flavor`: what holds for all rules of a list.

use super::expression::{Expression, ExpressionError, Scope};
use super::record::{RecordError, parse_record};
use crate::suggest;

/// Whether `latest` is one of the tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Latest {
    /// The first rule that yields a value decides.
    #[default]
    Auto,
    /// Whenever there is a tag at all.
    Always,
    /// Never.
    Never,
}

/// Whether a prefix or suffix is put on `latest` too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum OnLatest {
    /// It is.
    Yes,
    /// It is not.
    #[default]
    No,
}

/// A text that is put before or after every tag.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Affix {
    /// The text.
    pub text: Expression,
    /// Whether `latest` gets it too.
    pub on_latest: OnLatest,
}

/// What holds for all rules of a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Flavor {
    /// Whether there is a tag `latest`.
    pub latest: Latest,
    /// What stands before every tag of a rule without a prefix of its own.
    pub prefix: Affix,
    /// What stands after every tag of a rule without a suffix of its own.
    pub suffix: Affix,
}

/// Why lines are no flavor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FlavorError {
    /// A line is no CSV record.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// An entry is none of the known ones.
    #[error("`{entry}` is none of `latest=`, `prefix=`, `suffix=` and `onlatest=`")]
    Unknown {
        /// The entry.
        entry: String,
        /// The key that was perhaps meant.
        suggestion: Option<&'static str>,
    },
    /// A key has a value that it cannot have.
    #[error("`{key}` cannot be `{value}`, only {allowed}")]
    Value {
        /// The key.
        key: &'static str,
        /// The value.
        value: String,
        /// What it can be.
        allowed: &'static str,
    },
    /// `onlatest` stands before anything that it could be about.
    #[error("`onlatest` stands before any prefix or suffix of its line")]
    OnLatestOfNothing,
    /// A prefix or suffix is no expression.
    #[error(transparent)]
    Expression(#[from] ExpressionError),
}

const KEYS: [&str; 4] = ["latest", "prefix", "suffix", "onlatest"];

#[derive(Clone, Copy)]
enum Side {
    Prefix,
    Suffix,
}

impl Flavor {
    /// Reads the lines of a flavor. Later lines override earlier ones.
    ///
    /// # Errors
    /// See [`FlavorError`].
    pub fn parse<'line>(lines: impl IntoIterator<Item = &'line str>) -> Result<Self, FlavorError> {
        let mut flavor = Self::default();
        for line in lines {
            let mut side = None;
            for field in parse_record(line)? {
                let key = field.key.as_deref().unwrap_or_default();
                match key {
                    "latest" => flavor.latest = parse_latest(&field.value)?,
                    "prefix" => {
                        flavor.prefix.text = Expression::parse(&field.value, Scope::Global)?;
                        side = Some(Side::Prefix);
                    }
                    "suffix" => {
                        flavor.suffix.text = Expression::parse(&field.value, Scope::Global)?;
                        side = Some(Side::Suffix);
                    }
                    "onlatest" => {
                        let on_latest = parse_on_latest(&field.value)?;
                        match side {
                            Some(Side::Prefix) => flavor.prefix.on_latest = on_latest,
                            Some(Side::Suffix) => flavor.suffix.on_latest = on_latest,
                            None => return Err(FlavorError::OnLatestOfNothing),
                        }
                    }
                    _ => {
                        let entry = field.key.as_ref().map_or(field.value.clone(), Clone::clone);
                        let suggestion = suggest::nearest(&entry, &KEYS, &[("on-latest", "onlatest")]);
                        return Err(FlavorError::Unknown { entry, suggestion });
                    }
                }
            }
        }
        Ok(flavor)
    }
}

fn parse_latest(value: &str) -> Result<Latest, FlavorError> {
    match value {
        "auto" => Ok(Latest::Auto),
        "true" => Ok(Latest::Always),
        "false" => Ok(Latest::Never),
        _ => Err(FlavorError::Value {
            key: "latest",
            value: value.to_owned(),
            allowed: "`auto`, `true` and `false`",
        }),
    }
}

fn parse_on_latest(value: &str) -> Result<OnLatest, FlavorError> {
    match value {
        "true" => Ok(OnLatest::Yes),
        "false" => Ok(OnLatest::No),
        _ => Err(FlavorError::Value {
            key: "onlatest",
            value: value.to_owned(),
            allowed: "`true` and `false`",
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn onlatest_is_about_what_stands_before_it() {
        let flavor = Flavor::parse(["latest=true", "prefix=a-,onlatest=true", "suffix=-b"]).unwrap();
        assert_eq!(flavor.latest, Latest::Always);
        assert_eq!((flavor.prefix.on_latest, flavor.suffix.on_latest), (OnLatest::Yes, OnLatest::No));
        assert_eq!(
            (flavor.prefix.text.to_string(), flavor.suffix.text.to_string()),
            ("a-".into(), "-b".into())
        );
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for (line, want) in [
            ("latest=yes", "`latest` cannot be `yes`, only `auto`, `true` and `false`"),
            ("prefix=a,onlatest=maybe", "`onlatest` cannot be `maybe`, only `true` and `false`"),
            ("onlatest=true", "`onlatest` stands before any prefix or suffix of its line"),
            ("lates=true", "`lates` is none of `latest=`, `prefix=`, `suffix=` and `onlatest=`"),
            ("true", "`true` is none of `latest=`, `prefix=`, `suffix=` and `onlatest=`"),
            ("prefix={{no}}", "there is no expression `{{no}}` here"),
        ] {
            assert_eq!(Flavor::parse([line]).unwrap_err().to_string(), want);
        }
    }
}
