//! Rules about the charts inside, and about what there is at all.

use super::{Finding, Rule};
use crate::chart::{ApiVersion, CHART_LOCK, CHART_YAML, Chart, VALUES_SCHEMA, VALUES_YAML};
use crate::package::{DependencyProblem, check_dependencies};

pub(super) fn look(chart: &Chart, findings: &mut Vec<Finding>) {
    for problem in check_dependencies(chart) {
        let message = problem.to_string();
        findings.push(match problem {
            DependencyProblem::Missing { .. } => Finding::warning(Rule::Dependency, CHART_YAML, message),
            DependencyProblem::Lock(_)
            | DependencyProblem::OutOfSync
            | DependencyProblem::OtherVersion { .. } => Finding::error(Rule::Dependency, CHART_LOCK, message),
        });
    }
    let declared = &chart.metadata.dependencies;
    for subchart in &chart.subcharts {
        let name = &subchart.metadata.name;
        if !declared.iter().any(|dependency| dependency.name == *name) {
            let file =
                if chart.metadata.api_version == ApiVersion::V2 { CHART_YAML } else { "requirements.yaml" };
            let message = format!("charts/ has `{name}`, which is not among the dependencies");
            findings.push(Finding::error(Rule::Dependency, file, message));
        }
    }
    let has = |name: &str| chart.find_file(name).is_some();
    let mut missing = |rule, name: &str| {
        findings.push(Finding::warning(rule, name, format!("there is no {name}")).of_chart());
    };
    if !has(VALUES_YAML) {
        missing(Rule::NoValues, VALUES_YAML);
    } else if !has(VALUES_SCHEMA) {
        missing(Rule::NoSchema, VALUES_SCHEMA);
    }
    let has_templates = chart.files.iter().any(|file| file.path.starts_with("templates/"));
    if !has_templates && chart.subcharts.is_empty() && chart.metadata.kind != "library" {
        let message = "there are no templates: it would install nothing".to_owned();
        findings.push(Finding::warning(Rule::NoTemplates, "templates", message).of_chart());
    }
}
