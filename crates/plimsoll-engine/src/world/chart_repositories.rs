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

/// A version as a chart repository has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandingChart {
    /// The digest of the package that is listed.
    pub package: Digest,
    /// What lies beside the index; none where the entry names an address elsewhere.
    pub beside: Option<Beside>,
}

/// What lies beside an index under the names of a version's files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beside {
    /// The digest of what should be the package.
    pub package: Option<Digest>,
    /// The digest of what should sign it.
    pub provenance: Option<Digest>,
}

impl StandingChart {
    /// Whether something beside the index is gone, or is not what it should be. Whoever fetches the chart misses it.
    pub fn lacks(&self, package: &Digest, provenance: Option<&Digest>) -> bool {
        self.beside.as_ref().is_some_and(|beside| {
            let signs = provenance.is_none_or(|wanted| beside.provenance.as_ref() == Some(wanted));
            beside.package.as_ref() != Some(package) || !signs
        })
    }
}

/// Chart repositories, looked at.
pub trait ChartRepositoriesView: Send + Sync {
    /// The versions of a chart that are listed.
    fn versions<'a>(&'a self, branch: &'a str, chart: &'a str) -> Work<'a, Vec<String>>;
    /// What is listed as a version; `None` if nothing is.
    fn find<'a>(&'a self, version: &'a ListedVersion) -> Work<'a, Option<StandingChart>>;
    /// Whether a version is marked as it should be; `None` if it is not listed.
    fn is_marked<'a>(&'a self, version: &'a ListedVersion, wanted: Use) -> Work<'a, Option<bool>>;
}

/// Chart repositories, written.
pub trait ChartRepositories: ChartRepositoriesView {
    /// Lists a package and puts it beside the index, in one change. Entries of others are never lost, and a version that is
    /// listed with another package stays as it is. Of one that is listed already what is gone from beside the index is put back.
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

    fn find<'a>(&'a self, version: &'a ListedVersion) -> Work<'a, Option<StandingChart>> {
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
