//! Rules about values.

use serde_json::Value;

use super::{Finding, Rule, Severity};
use crate::chart::{Chart, VALUES_SCHEMA, VALUES_YAML};
use crate::schema::{Checked, check_values};
use crate::yaml;

pub(super) fn look(chart: &Chart, findings: &mut Vec<Finding>) {
    let Some(text) = chart.find_text(VALUES_YAML) else { return };
    let inside = |chart: &str| match chart {
        "" => String::new(),
        chart => format!("of the chart `{chart}`: "),
    };
    let place = |at: &str| if at.is_empty() { String::new() } else { format!("`{at}`: ") };
    for checked in check_values(chart).unwrap_or_default() {
        findings.push(match checked {
            Checked::Violation { chart, at, why } => {
                let message = format!("{}{}{why}", inside(&chart), place(&at));
                Finding::error(Rule::Schema, VALUES_YAML, message)
            }
            // Helm installs it with that value.
            Checked::Unset { chart, at, why } => {
                let message =
                    format!("{}{}users must set it, or Helm refuses: {why}", inside(&chart), place(&at));
                Finding::warning(Rule::Schema, VALUES_YAML, message)
            }
            Checked::Unusable { chart, why } => {
                let message = format!("{}values were not checked against the schema: {why}", inside(&chart));
                Finding::warning(Rule::Schema, VALUES_SCHEMA, message)
            }
        });
    }
    let values = yaml::read(text).unwrap_or_default();
    look_for_images(&values, &mut Vec::new(), text, findings);
}

/// Looks for mappings that name an image, and have no place to put its digest.
fn look_for_images(values: &Value, path: &mut Vec<String>, text: &str, findings: &mut Vec<Finding>) {
    let Some(map) = values.as_object() else { return };
    let names_image = map.get("repository").is_some_and(|repository| repository.is_string())
        && ["tag", "registry", "pullPolicy"].iter().any(|key| map.contains_key(*key));
    if names_image && !map.contains_key("digest") {
        let keys: Vec<&str> = path.iter().map(String::as_str).chain(["repository"]).collect();
        let message = format!("`{}` has no `digest`: a tag can be moved", path.join("."));
        let finding =
            Finding { severity: Severity::Warning, ..Finding::error(Rule::NoDigest, VALUES_YAML, message) };
        findings.push(finding.at_key(text, &keys));
    }
    for (key, value) in map {
        path.push(key.clone());
        look_for_images(value, path, text, findings);
        path.pop();
    }
}
