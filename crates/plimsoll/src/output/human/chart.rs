//! Charts that were checked, packaged, listed or published. Problems are talk: they are on standard error already.

use super::count;
use crate::output::json::chart::{
    ChartDependencies, ChartDependency, IndexedCharts, LintedChart, PackagedChart, PublishedChart,
};

/// Renders the verdict; nothing if it is a refusal, which was explained.
pub fn render_lint(answer: &LintedChart) -> String {
    let without = if answer.rendered { "" } else { ", as far as can be seen without rendering" };
    match answer.verdict {
        "ok" => format!("{} {}: nothing is wrong{without}\n", answer.name, answer.version),
        _ => String::new(),
    }
}

/// Renders path and digest, in one line for scripts.
pub fn render_package(answer: &PackagedChart) -> String {
    format!("{} {}\n", answer.path, answer.digest)
}

/// Renders a line for each package, and one for all.
pub fn render_index(answer: &IndexedCharts) -> String {
    let mut text = String::new();
    for package in &answer.packages {
        let place = package.url.as_deref().map(|url| format!(" at {url}")).unwrap_or_default();
        text.push_str(&format!("{} {} {}{place}\n", package.outcome, package.name, package.version));
    }
    text.push_str(&format!("{} has {}\n", answer.index, count(answer.entries, "version")));
    text
}

/// Renders a line for each chart that is needed.
pub fn render_dependencies(answer: &ChartDependencies) -> String {
    if answer.dependencies.is_empty() {
        return format!("{} needs no other charts\n", answer.name);
    }
    let line = |one: &ChartDependency| format!("{} {} {}\n", one.outcome, one.name, one.version);
    answer.dependencies.iter().map(line).collect()
}

/// Renders where it is.
pub fn render_publish(answer: &PublishedChart) -> String {
    let PublishedChart { repository, tag, digest, .. } = answer;
    match answer.outcome {
        "present" => format!("{repository}:{tag}@{digest} (was there)\n"),
        _ => format!("{repository}:{tag}@{digest}\n"),
    }
}
