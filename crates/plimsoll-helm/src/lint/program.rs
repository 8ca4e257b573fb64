//! What `helm lint` says, beside what was found without it.

use super::{Finding, Rule, Severity};

/// Reads what `helm lint` prints: `[ERROR] templates/: …`, a line for each message, and further lines of it. What Helm
/// calls information is none of ours.
pub fn parse_said(text: &str) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let mut is_open = false;
    for line in text.lines() {
        let said = [("[ERROR] ", Severity::Error), ("[WARNING] ", Severity::Warning)];
        let said = said.iter().find_map(|(word, severity)| Some((line.strip_prefix(word)?, *severity)));
        let ends = line.is_empty() || line.starts_with('[') || line.starts_with("==>");
        match (said, findings.last_mut()) {
            (Some((said, severity)), _) => {
                findings.push(finding(said, severity));
                is_open = true;
            }
            (None, Some(last)) if is_open && !ends => {
                last.message.push(' ');
                last.message.push_str(line.trim());
            }
            (None, _) => is_open = false,
        }
    }
    findings
}

fn finding(said: &str, severity: Severity) -> Finding {
    let (file, message) = match said.split_once(": ") {
        Some((file, message)) if !file.contains(' ') => (Some(file.trim_end_matches('/')), message),
        _ => (None, said),
    };
    let (file, message) = (file.map(str::to_owned), message.trim().to_owned());
    Finding { rule: Rule::Helm, severity, file, line: None, message }
}

/// Adds what Helm said, but for files of which something was found already: it says the same in other words.
pub fn add_said(findings: &mut Vec<Finding>, said: Vec<Finding>) {
    let is_known = |file: &Option<String>| file.is_some() && findings.iter().any(|found| found.file == *file);
    let new: Vec<Finding> = said.into_iter().filter(|said| !is_known(&said.file)).collect();
    findings.extend(new);
    findings.sort_by_key(|finding| finding.severity);
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "\
==> Linting chart
[INFO] Chart.yaml: icon is recommended
[ERROR] Chart.yaml: version 'x' is not a valid SemVer
[WARNING] templates/pod.yaml: object name does not conform: invalid: metadata.name
[ERROR] templates/: template: app/templates/a.yaml:3:20: executing
    at <.Values.a.b>: nil pointer

Error: 1 chart(s) linted, 1 chart(s) failed
";

    #[test]
    fn errors_and_warnings_are_read() {
        let found = parse_said(SAID);
        let shown: Vec<_> =
            found.iter().map(|one| (one.severity, one.file.as_deref(), one.message.as_str())).collect();
        let want = [
            (Severity::Error, Some("Chart.yaml"), "version 'x' is not a valid SemVer"),
            (
                Severity::Warning,
                Some("templates/pod.yaml"),
                "object name does not conform: invalid: metadata.name",
            ),
            (
                Severity::Error,
                Some("templates"),
                "template: app/templates/a.yaml:3:20: executing at <.Values.a.b>: nil pointer",
            ),
        ];
        assert_eq!(shown, want);
        assert_eq!(parse_said("1 chart(s) linted, 0 chart(s) failed"), []);
    }

    #[test]
    fn what_was_found_is_not_said_twice() {
        let mut findings = vec![Finding::warning(Rule::NotSemver, "Chart.yaml", "no SemVer".into())];
        add_said(&mut findings, parse_said(SAID));
        let shown: Vec<_> = findings.iter().map(|one| (one.rule, one.severity)).collect();
        let want = [
            (Rule::Helm, Severity::Error),
            (Rule::NotSemver, Severity::Warning),
            (Rule::Helm, Severity::Warning),
        ];
        assert_eq!(shown, want);
    }
}
