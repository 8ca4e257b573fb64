//! Why a chart can't be made.

use std::sync::Arc;

use plimsoll_helm::chart::{Chart as ReadChart, ChartError};
use plimsoll_helm::dependency::{FetchedFault, Wanted};
use plimsoll_helm::edit::SetError;
use plimsoll_helm::ignore::LeaveOutError;
use plimsoll_helm::lint::Finding;
use plimsoll_helm::oci::ArtifactError;
use plimsoll_helm::package::{DependencyProblem, PackageError};
use plimsoll_helm::{CHART_LIMIT, FILES_LIMIT};

use crate::domain::artifact::ArtifactName;
use crate::domain::chart_number::NextNumberError;
use crate::world::WorldError;
use crate::world::chart_sources::ChartSourceError;

/// Why a chart can't be made.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ChartFault {
    /// Its folder is not there.
    #[error("the chart `{path}` is not there")]
    Missing {
        /// The folder, relative to the repository's root.
        path: String,
    },
    /// There are more files, or more bytes, than a chart may have.
    #[error("the chart `{path}` has more than {CHART_LIMIT} bytes, or more than {FILES_LIMIT} files")]
    TooLarge {
        /// The folder.
        path: String,
    },
    /// Its `.helmignore` can't be read.
    #[error("{path}: {error}")]
    Ignore {
        /// The folder.
        path: String,
        /// Why.
        error: LeaveOutError,
    },
    /// Versions or images can't be written into it.
    #[error("{path}: {error}")]
    Set {
        /// The folder.
        path: String,
        /// Why.
        error: SetError,
    },
    /// The files are no chart.
    #[error("{path}: {error}")]
    Chart {
        /// The folder.
        path: String,
        /// Why.
        error: Arc<ChartError>,
    },
    /// `Chart.yaml` calls it otherwise than the configuration.
    #[error("{path}/Chart.yaml calls the chart `{found}`, and the configuration `{want}`")]
    OtherName {
        /// The folder.
        path: String,
        /// What the configuration calls it.
        want: String,
        /// What `Chart.yaml` calls it.
        found: String,
    },
    /// Helm would install something else than was meant, or nothing.
    #[error("the chart `{path}` can't be released as it is")]
    Lint {
        /// The folder.
        path: String,
        /// The chart.
        chart: Box<ReadChart>,
        /// What is wrong.
        findings: Vec<Finding>,
    },
    /// The charts that it needs are not the ones inside it.
    #[error("the charts that `{path}` needs are not the ones inside it")]
    Dependencies {
        /// The folder.
        path: String,
        /// What is wrong.
        problems: Vec<DependencyProblem>,
    },
    /// `Chart.yaml` declares what no number can follow.
    #[error("{path}/Chart.yaml: the version `{found}` is none that numbers can follow")]
    Version {
        /// The folder.
        path: String,
        /// What it declares.
        found: String,
    },
    /// There is no number after those that are spent.
    #[error("chart `{chart}` has no next number: {error}")]
    Number {
        /// The chart.
        chart: ArtifactName,
        /// Why.
        error: NextNumberError,
    },
    /// A chart that it needs did not come.
    #[error("`{path}` needs {} {}, which can't be fetched: {error}", wanted.name, wanted.version)]
    NotFetched {
        /// The folder.
        path: String,
        /// What it needs.
        wanted: Box<Wanted>,
        /// Why.
        error: Box<ChartSourceError>,
    },
    /// What came is not the chart that it needs.
    #[error("`{path}` needs {} {}, and something else came: {error}", wanted.name, wanted.version)]
    OtherChart {
        /// The folder.
        path: String,
        /// What it needs.
        wanted: Box<Wanted>,
        /// What came.
        error: Arc<FetchedFault>,
    },
    /// It can't be packaged.
    #[error("{path}: {error}")]
    Package {
        /// The folder.
        path: String,
        /// Why.
        error: Arc<PackageError>,
    },
    /// The package can't become an artifact.
    #[error("{path}: {error}")]
    Artifact {
        /// The folder.
        path: String,
        /// Why.
        error: Arc<ArtifactError>,
    },
    /// The world did not answer.
    #[error(transparent)]
    World(#[from] WorldError),
}
