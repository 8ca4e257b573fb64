//! Everything that is wrong, at once.

use crate::domain::diagnostic::{Diagnostic, Severity};

/// Problems found together: errors before warnings, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings(Vec<Diagnostic>);

impl Findings {
    /// None yet.
    pub fn new() -> Findings {
        Findings::default()
    }

    /// Adds one, unless it is there already.
    pub fn add(&mut self, finding: Diagnostic) {
        if self.0.contains(&finding) {
            return;
        }
        let at = match finding.severity {
            Severity::Error => self.0.iter().take_while(|other| other.severity == Severity::Error).count(),
            Severity::Warning => self.0.len(),
        };
        self.0.insert(at, finding);
    }

    /// All of them.
    pub fn all(&self) -> &[Diagnostic] {
        &self.0
    }

    /// True if there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// True if at least one stops the work.
    pub fn has_errors(&self) -> bool {
        self.0.first().is_some_and(|first| first.severity == Severity::Error)
    }

    /// The exit code of a command that ends with these: that of the first error, 0 if there are only warnings.
    pub fn exit(&self) -> u8 {
        self.0
            .iter()
            .filter(|finding| finding.severity == Severity::Error)
            .map(|finding| finding.code.exit())
            .next()
            .unwrap_or(0)
    }
}

impl From<Diagnostic> for Findings {
    fn from(finding: Diagnostic) -> Findings {
        Findings(vec![finding])
    }
}

impl Extend<Diagnostic> for Findings {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, findings: I) {
        for finding in findings {
            self.add(finding);
        }
    }
}

impl FromIterator<Diagnostic> for Findings {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(findings: I) -> Findings {
        let mut all = Findings::new();
        all.extend(findings);
        all
    }
}

impl IntoIterator for Findings {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::code::Code;
    use crate::domain::diagnostic::Cure;

    #[test]
    fn errors_come_first_and_each_once() {
        let warning = Diagnostic::warning(Code::TagRule, "odd");
        let error = Diagnostic::error(Code::UnknownKey, Cure::FixThenRunAgain, "what");
        let findings: Findings = [warning.clone(), error.clone(), error.clone()].into_iter().collect();
        assert_eq!(findings.all(), [error, warning.clone()]);
        assert_eq!(findings.exit(), 2);
        assert_eq!(Findings::from(warning).exit(), 0);
    }
}
