//! Packaging: a chart becomes a `.tgz`, the same bytes everywhere.
//!
//! One folder named after the chart; files only, with mode 0644 and one time; `Chart.yaml` first, then in the order of
//! [`Chart::files`], then the charts inside, unpacked under their names. Texts are packed as they were written: Helm
//! prints `Chart.yaml` anew and loses comments. Why the bytes are as they are is in `docs/design/helm.md`.

mod dependencies;
mod write;

pub use dependencies::{DependencyProblem, check_dependencies};
pub use write::{Packaged, write_package};

use crate::chart::Chart;

/// Why a chart can't be packaged.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// A path in the chart that no archive can have.
    #[error("`{path}` can't be packed: {source}")]
    Path {
        /// The path in the chart.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The package can't be written.
    #[error("the package can't be written: {0}")]
    Write(#[source] std::io::Error),
}

/// Makes the package of a chart in memory.
///
/// # Errors
/// See [`PackageError`].
pub fn package(chart: &Chart, seconds: u64) -> Result<(Packaged, Vec<u8>), PackageError> {
    let mut bytes = Vec::new();
    let packaged = write_package(chart, seconds, &mut bytes)?;
    Ok((packaged, bytes))
}

#[cfg(test)]
mod tests;
