//! Charts, one paragraph each.

use crate::output::ink::Ink;
use crate::output::json::charts::ReleasedChart;

/// Renders charts, each behind an empty line.
pub fn render(charts: &[ReleasedChart], ink: Ink) -> String {
    charts.iter().map(|chart| format!("\n{}", paragraph(chart, ink))).collect()
}

fn paragraph(chart: &ReleasedChart, ink: Ink) -> String {
    let ReleasedChart { name, version, app_version, digest, .. } = chart;
    let line = |name: &str, value: &str| format!("  {}{value}\n", ink.faint(&format!("{name:<11}")));
    let mut text = format!("{}  {}\n", ink.strong(name), chart.address());
    text.push_str(&line("chart", version));
    text.push_str(&line("installs", app_version));
    text.push_str(&format!("  {digest}\n"));
    text
}
