//! Rules about `Chart.yaml`.

use serde_json::Value;

use super::{Finding, Rule};
use crate::chart::{ApiVersion, CHART_YAML, Chart, Maintainer, Metadata, Misspelt};
use crate::version::{ChartVersion, is_strict};

/// What Helm knows, and what it passes over in silence.
const KEYS: [&str; 19] = [
    "apiVersion",
    "name",
    "version",
    "kubeVersion",
    "description",
    "type",
    "keywords",
    "home",
    "sources",
    "dependencies",
    "maintainers",
    "icon",
    "appVersion",
    "deprecated",
    "annotations",
    "condition",
    "tags",
    // Of Helm 2; Helm reads and forgets them.
    "engine",
    "tillerVersion",
];

pub(super) fn look(chart: &Chart, text: &str, value: &Value, findings: &mut Vec<Finding>) {
    let metadata = &chart.metadata;
    for Misspelt { field, read } in Misspelt::find_in(value) {
        let message = format!("`{field}` is not text, and Helm reads `{read}`: write it in quotes");
        findings.push(Finding::error(Rule::NotQuoted, CHART_YAML, message).at_key(text, &[field]));
    }
    findings.extend(look_at_version(&metadata.version).map(|finding| finding.at_key(text, &["version"])));
    let keys = value.as_object().into_iter().flatten().map(|(key, _)| key.as_str());
    for key in keys.filter(|key| !KEYS.contains(key)) {
        let message = format!("Helm does not know `{key}`");
        findings.push(Finding::warning(Rule::UnknownKey, CHART_YAML, message).at_key(text, &[key]));
    }
    findings.extend(metadata.maintainers.iter().filter_map(look_at_maintainer));
    look_at_addresses(metadata, text, findings);
    look_at_api_version(metadata, value, findings);
}

fn look_at_version(version: &str) -> Option<Finding> {
    if ChartVersion::parse_loose(version).is_some_and(|version| version.is_zero()) {
        let message = format!("version `{version}` is nothing to Helm: it must be greater than 0.0.0");
        return Some(Finding::error(Rule::NotSemver, CHART_YAML, message));
    }
    let message = match version.strip_prefix('v') {
        _ if is_strict(version) => return None,
        Some(rest) if is_strict(rest) => format!("chart versions have no `v`: write `{rest}`"),
        _ => format!("version `{version}` is no Semantic Versioning 2.0.0"),
    };
    Some(Finding::warning(Rule::NotSemver, CHART_YAML, message))
}

fn look_at_maintainer(maintainer: &Maintainer) -> Option<Finding> {
    let Maintainer { name, email, url } = maintainer;
    let message = if name.is_empty() {
        "a maintainer has no name".to_owned()
    } else if !email.is_empty() && !is_email(email) {
        format!("`{email}` of maintainer `{name}` is no mail address")
    } else if !url.is_empty() && !is_address(url) {
        format!("`{url}` of maintainer `{name}` is no address")
    } else {
        return None;
    };
    Some(Finding::error(Rule::Maintainer, CHART_YAML, message))
}

fn look_at_addresses(metadata: &Metadata, text: &str, findings: &mut Vec<Finding>) {
    for source in metadata.sources.iter().filter(|source| !is_address(source)) {
        findings.push(Finding::error(Rule::Address, CHART_YAML, format!("source `{source}` is no address")));
    }
    match metadata.icon.as_str() {
        "" => findings.push(Finding::warning(Rule::NoIcon, CHART_YAML, "there is no icon".to_owned())),
        icon if !is_address(icon) => {
            let message = format!("icon `{icon}` is no address");
            findings.push(Finding::error(Rule::Address, CHART_YAML, message).at_key(text, &["icon"]));
        }
        _ => {}
    }
}

fn look_at_api_version(metadata: &Metadata, value: &Value, findings: &mut Vec<Finding>) {
    if metadata.api_version == ApiVersion::V2 {
        return;
    }
    let mut add = |message: String| findings.push(Finding::error(Rule::ApiVersion, CHART_YAML, message));
    if value.get("apiVersion").is_none() {
        add("there is no `apiVersion`: write `v2`".to_owned());
    }
    for key in ["type", "dependencies"].into_iter().filter(|key| value.get(*key).is_some()) {
        add(format!("`{key}` is for charts of apiVersion v2"));
    }
}

/// Whether it has a scheme and a host.
fn is_address(text: &str) -> bool {
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.chars().all(|character| character.is_ascii_alphanumeric() || "+.-".contains(character))
    };
    let behind = text.split_once("://");
    let is_whole = behind.is_some_and(|(scheme, rest)| is_scheme(scheme) && !rest.is_empty());
    // Icons are put inside as well.
    (is_whole || text.starts_with("data:")) && !text.contains(char::is_whitespace)
}

fn is_email(text: &str) -> bool {
    let parts = text.split_once('@');
    parts.is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.') && !domain.contains('@'))
        && !text.contains(char::is_whitespace)
}
