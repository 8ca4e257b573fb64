//! Chart repositories over HTTP: a branch with `index.yaml` and the packages, which somebody serves.

use plimsoll_helm::index::Use;
use plimsoll_oci::name::Digest;

use super::error::GitError;
use super::{Work, WorldError};
use crate::domain::chart::ListedVersion;
use crate::domain::time::Moment;

/// A package that is to be listed.
#[derive(Clone, Copy, Debug)]
pub struct Listing<'a> {
    /// Where, and as which version.
    pub version: &'a ListedVersion,
    /// The package.
    pub package: &'a [u8],
    /// What signs it; put beside it.
    pub provenance: Option<&'a [u8]>,
    /// The address that its entry names; none: the package is put beside the index.
    pub url: Option<&'a str>,
    /// The time that its entry says.
    pub time: Moment,
}

/// Chart repositories, looked at.
pub trait ChartRepositoriesView: Send + Sync {
    /// The versions of a chart that are listed.
    fn versions<'a>(&'a self, branch: &'a str, chart: &'a str) -> Work<'a, Vec<String>>;
    /// The digest of the package that is listed as a version; `None` if none is.
    fn find<'a>(&'a self, version: &'a ListedVersion) -> Work<'a, Option<Digest>>;
    /// Whether a version is marked as it should be; `None` if it is not listed.
    fn is_marked<'a>(&'a self, version: &'a ListedVersion, wanted: Use) -> Work<'a, Option<bool>>;
}

/// Chart repositories, written.
pub trait ChartRepositories: ChartRepositoriesView {
    /// Lists a package and puts it beside the index, in one change. Entries of others are never lost, and a version that is
    /// listed with another package stays as it is.
    fn list<'a>(&'a self, listing: Listing<'a>) -> Work<'a, ()>;
    /// Marks a version that is listed as one not to be used, or takes that back. Nothing else of the index changes.
    fn mark<'a>(&'a self, version: &'a ListedVersion, wanted: Use) -> Work<'a, ()>;
}

/// A repository without a remote, which has no branches to list charts on.
pub struct NoChartRepositories;

impl ChartRepositoriesView for NoChartRepositories {
    fn versions<'a>(&'a self, branch: &'a str, _chart: &'a str) -> Work<'a, Vec<String>> {
        Box::pin(async move { Err(no_remote(branch)) })
    }

    fn find<'a>(&'a self, version: &'a ListedVersion) -> Work<'a, Option<Digest>> {
        Box::pin(async move { Err(no_remote(&version.branch)) })
    }

    fn is_marked<'a>(&'a self, version: &'a ListedVersion, _wanted: Use) -> Work<'a, Option<bool>> {
        Box::pin(async move { Err(no_remote(&version.branch)) })
    }
}

impl ChartRepositories for NoChartRepositories {
    fn list<'a>(&'a self, listing: Listing<'a>) -> Work<'a, ()> {
        Box::pin(async move { Err(no_remote(&listing.version.branch)) })
    }

    fn mark<'a>(&'a self, version: &'a ListedVersion, _wanted: Use) -> Work<'a, ()> {
        Box::pin(async move { Err(no_remote(&version.branch)) })
    }
}

fn no_remote(branch: &str) -> WorldError {
    let why = format!("branch {branch} is on no remote that is known here");
    GitError::Unreachable { remote: "the remote".to_owned(), why }.into()
}
