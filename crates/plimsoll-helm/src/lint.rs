//! What is wrong with a chart, or could be better: Helm's own rules that need no rendering, and ours.
//!
//! Errors are what Helm refuses, or what breaks a release; everything else is a warning. The source of Helm's rules is
//! its `pkg/chart/v2/lint`.

mod chart_yaml;
mod inside;
mod program;
mod rule;
mod values;

pub use program::{add_said, parse_said};
pub use rule::{Finding, Rule, Severity};

use crate::chart::{CHART_YAML, Chart, ChartError, ChartFile};
use crate::yaml;

/// Looks at the files of a chart.
///
/// # Errors
/// They make no chart: nothing more can be said of them.
pub fn lint(files: Vec<ChartFile>) -> Result<(Chart, Vec<Finding>), ChartError> {
    let chart = Chart::from_files(files)?;
    let mut findings = Vec::new();
    // It was read before, so that it is text and YAML.
    let text = chart.find_text(CHART_YAML).unwrap_or_default();
    let value = yaml::read(text).unwrap_or_default();
    chart_yaml::look(&chart, text, &value, &mut findings);
    inside::look(&chart, &mut findings);
    values::look(&chart, &mut findings);
    findings.sort_by_key(|finding| finding.severity);
    Ok((chart, findings))
}

#[cfg(test)]
mod tests;
