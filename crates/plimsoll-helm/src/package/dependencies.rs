//! Whether the charts that a chart needs are the ones inside it.

use crate::chart::{Chart, LockError};

/// What is wrong with the charts inside a chart.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DependencyProblem {
    /// A dependency is declared and not in `charts/`.
    #[error("dependency `{name}` is not in charts/")]
    Missing {
        /// Its name.
        name: String,
    },
    /// The lock can't be read.
    #[error("the lock of the dependencies can't be read: {0}")]
    Lock(#[from] LockError),
    /// The lock was made from other dependencies than those declared.
    #[error("Chart.lock was made from other dependencies than Chart.yaml declares")]
    OutOfSync,
    /// What is in `charts/` is not what the lock names.
    #[error("charts/ has `{name}` {found}, and Chart.lock names {want}")]
    OtherVersion {
        /// The dependency.
        name: String,
        /// The locked version.
        want: String,
        /// The version in `charts/`.
        found: String,
    },
}

/// Finds out what is wrong with the charts inside a chart. Without a lock only what is missing can be told.
pub fn check_dependencies(chart: &Chart) -> Vec<DependencyProblem> {
    let missing = |name: &String| DependencyProblem::Missing { name: name.clone() };
    let mut problems: Vec<DependencyProblem> =
        chart.missing_dependencies().into_iter().map(|dependency| missing(&dependency.name)).collect();
    let lock = match chart.find_lock() {
        Ok(None) => return problems,
        Ok(Some(lock)) => lock,
        Err(error) => {
            problems.push(error.into());
            return problems;
        }
    };
    if !chart.is_in_sync_with(&lock) {
        problems.push(DependencyProblem::OutOfSync);
    }
    for locked in lock.dependencies {
        let inside = chart.subcharts.iter().find(|subchart| subchart.metadata.name == locked.name);
        let found = inside.map(|subchart| subchart.metadata.version.clone());
        if let Some(found) = found.filter(|found| *found != locked.version && !locked.version.is_empty()) {
            problems.push(DependencyProblem::OtherVersion { name: locked.name, want: locked.version, found });
        }
    }
    problems
}
