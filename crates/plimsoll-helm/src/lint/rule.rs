//! Rules and findings.

use std::fmt;

/// Something that a rule found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// How bad it is.
    pub severity: Severity,
    /// The file in the chart, `None` for the chart as a whole.
    pub file: Option<String>,
    /// The line, from 1.
    pub line: Option<usize>,
    /// One lowercase fragment: what is wrong.
    pub message: String,
}

/// How bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Helm refuses it, or reads something else than is written.
    Error,
    /// It works, and could be better.
    Warning,
}

/// A rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// A version is a number or a truth, so that Helm reads another text than the one written.
    NotQuoted,
    /// A version is no Semantic Versioning 2.0.0, or has a `v` before it.
    NotSemver,
    /// A key in `Chart.yaml` that Helm does not know.
    UnknownKey,
    /// A maintainer has no name, or an address that is none.
    Maintainer,
    /// An address of the icon, of the page or of a source is none.
    Address,
    /// There is no icon.
    NoIcon,
    /// A chart of API version 1 has what only those of API version 2 have.
    ApiVersion,
    /// A dependency is not there, not locked, or not as locked.
    Dependency,
    /// There is no `values.yaml`.
    NoValues,
    /// There is no `values.schema.json`.
    NoSchema,
    /// A value is not what `values.schema.json` wants, or that can't be used.
    Schema,
    /// An image is named without a place for its digest.
    NoDigest,
    /// There are no templates.
    NoTemplates,
    /// Helm itself says something, which renders the templates.
    Helm,
}

impl Rule {
    /// All rules.
    pub const ALL: [Rule; 14] = [
        Rule::NotQuoted,
        Rule::NotSemver,
        Rule::UnknownKey,
        Rule::Maintainer,
        Rule::Address,
        Rule::NoIcon,
        Rule::ApiVersion,
        Rule::Dependency,
        Rule::NoValues,
        Rule::NoSchema,
        Rule::Schema,
        Rule::NoDigest,
        Rule::NoTemplates,
        Rule::Helm,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Rule::NotQuoted => "not-quoted",
            Rule::NotSemver => "not-semver",
            Rule::UnknownKey => "unknown-key",
            Rule::Maintainer => "maintainer",
            Rule::Address => "address",
            Rule::NoIcon => "no-icon",
            Rule::ApiVersion => "api-version",
            Rule::Dependency => "dependency",
            Rule::NoValues => "no-values",
            Rule::NoSchema => "no-schema",
            Rule::Schema => "schema",
            Rule::NoDigest => "no-digest",
            Rule::NoTemplates => "no-templates",
            Rule::Helm => "helm",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl Finding {
    /// Whether it keeps a chart from being packaged: Helm would install something else than was meant, or nothing.
    pub fn stops_packaging(&self) -> bool {
        let stops = matches!(self.rule, Rule::NotQuoted | Rule::NotSemver | Rule::Schema);
        stops && self.severity == Severity::Error
    }

    pub(super) fn error(rule: Rule, file: &str, message: String) -> Finding {
        Finding { rule, severity: Severity::Error, file: Some(file.to_owned()), line: None, message }
    }

    pub(super) fn warning(rule: Rule, file: &str, message: String) -> Finding {
        Finding { severity: Severity::Warning, ..Finding::error(rule, file, message) }
    }

    /// The same, of the chart as a whole.
    pub(super) fn of_chart(self) -> Finding {
        Finding { file: None, ..self }
    }

    /// The same, with the line where a key of the text stands.
    pub(super) fn at_key(self, text: &str, keys: &[&str]) -> Finding {
        let found = plimsoll_edit::yaml::find(text, &plimsoll_edit::path::KeyPath::of(keys.iter().copied()));
        Finding { line: found.ok().map(|found| found.line), ..self }
    }
}
