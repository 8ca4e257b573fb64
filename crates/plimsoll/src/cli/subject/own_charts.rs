//! Charts that are released by themselves, each as a project of its own.

use super::Subject;

impl Subject {
    /// Each chart that can be released by itself, with nothing else; none of a project that is such a chart.
    pub(crate) fn of_own_charts(&self) -> Vec<Subject> {
        let project = self.project();
        let alone = project.charts.iter().filter_map(|chart| project.of_chart(chart));
        let subject = |alone| {
            let mut config = self.config.clone();
            config.project = alone;
            Subject {
                repository: self.repository.clone(),
                config,
                signing_files: self.signing_files,
                remote: self.remote.clone(),
                asked: self.asked.clone(),
            }
        };
        alone.map(subject).collect()
    }
}
