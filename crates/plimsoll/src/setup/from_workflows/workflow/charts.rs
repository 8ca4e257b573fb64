//! Steps that make charts, by their words.

use super::Step;

/// The action that releases charts when a branch is pushed.
pub(in crate::setup::from_workflows) const CHART_RELEASER: &str = "helm/chart-releaser-action";
/// The action that packages one chart and pushes it (github.com/appany/helm-oci-chart-releaser).
pub(in crate::setup::from_workflows) const OCI_RELEASER: &str = "appany/helm-oci-chart-releaser";

impl Step {
    /// Whether it packages charts, or pushes them.
    pub(in crate::setup) fn makes_chart(&self) -> bool {
        let is_deed =
            |line: &str| line.contains("helm push") || (line.contains("helm") && line.contains(" push "));
        self.packages_chart() || self.has_line(is_deed)
    }

    /// Whether it packages charts.
    pub(in crate::setup) fn packages_chart(&self) -> bool {
        let is_deed = |line: &str| {
            ["helm package", "cr package"].iter().any(|command| line.contains(command))
                || (line.contains("helm") && line.contains(" package "))
        };
        matches!(self.uses.as_str(), CHART_RELEASER | OCI_RELEASER) || self.has_line(is_deed)
    }

    /// Whether it runs a line like this. A command may go on in the next line.
    fn has_line(&self, is_it: impl Fn(&str) -> bool) -> bool {
        let run = self.run.replace("\\\n", " ");
        run.lines().any(|line| !line.trim_start().starts_with('#') && is_it(line))
    }
}
