//! Dependencies that are fetched: which charts a lock names, where they are, and whether what came is what was named
//! (Helm's `internal/resolver` and `pkg/downloader`).

use crate::archive::{ArchiveError, read_chart};
use crate::chart::{Chart, Lock};
use crate::package::DependencyProblem;

/// A chart that a lock names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Where it is.
    pub source: Source,
}

/// Where a dependency is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// In `charts/`, put there by people.
    Inside,
    /// In a folder, relative to that of the chart that needs it.
    Folder(String),
    /// In a repository over HTTP: its address.
    Http(String),
    /// In a registry, below this namespace.
    Oci(String),
    /// In a repository that Helm knows on this machine by this name.
    Named(String),
}

/// Why a fetched package is not the chart that was named.
#[derive(Debug, thiserror::Error)]
pub enum FetchedFault {
    /// It is no chart.
    #[error("it is no chart: {0}")]
    NoChart(#[from] ArchiveError),
    /// It is another chart.
    #[error("it is {name} {version}")]
    Other {
        /// Its name.
        name: String,
        /// Its version.
        version: String,
    },
}

impl Source {
    /// Reads the `repository` of a dependency.
    pub fn parse(repository: &str) -> Source {
        let repository = repository.trim();
        if let Some(path) = repository.strip_prefix("file://") {
            return Source::Folder(path.to_owned());
        }
        if let Some(namespace) = repository.strip_prefix("oci://") {
            return Source::Oci(namespace.trim_end_matches('/').to_owned());
        }
        if let Some(name) = repository.strip_prefix('@').or_else(|| repository.strip_prefix("alias:")) {
            return Source::Named(name.to_owned());
        }
        match repository {
            "" => Source::Inside,
            address => Source::Http(address.trim_end_matches('/').to_owned()),
        }
    }
}

impl Wanted {
    /// The name of its package in `charts/`.
    pub fn file_name(&self) -> String {
        format!("{}-{}.tgz", self.name, self.version)
    }

    /// Compares what came with what was named.
    ///
    /// # Errors
    /// See [`FetchedFault`].
    pub fn check(&self, packed: &[u8]) -> Result<(), FetchedFault> {
        let metadata = read_chart(packed)?.metadata;
        if (&metadata.name, &metadata.version) == (&self.name, &self.version) {
            return Ok(());
        }
        Err(FetchedFault::Other { name: metadata.name, version: metadata.version })
    }
}

/// The charts that must be fetched before a chart can be packaged: those that its lock names and that are not inside it.
/// Without a lock there are none.
///
/// # Errors
/// The lock can't be read, or was made from other dependencies than those declared.
pub fn find_wanted(chart: &Chart) -> Result<Vec<Wanted>, DependencyProblem> {
    let Some(lock) = chart.find_lock()? else { return Ok(Vec::new()) };
    if !chart.is_in_sync_with(&lock) {
        return Err(DependencyProblem::OutOfSync);
    }
    let missing: Vec<&str> = chart.missing_dependencies().iter().map(|one| one.name.as_str()).collect();
    let Lock { dependencies, .. } = lock;
    let wanted = dependencies.into_iter().filter(|locked| missing.contains(&locked.name.as_str()));
    let wanted = wanted.map(|locked| Wanted {
        source: Source::parse(&locked.repository),
        name: locked.name,
        version: locked.version,
    });
    let mut found: Vec<Wanted> = Vec::new();
    for wanted in wanted.filter(|wanted| wanted.source != Source::Inside) {
        // One chart under two aliases is fetched once.
        if !found.contains(&wanted) {
            found.push(wanted);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_dependency_is() {
        let table = [
            ("https://charts.example.org/", Source::Http("https://charts.example.org".into())),
            ("oci://ghcr.io/acme/charts/", Source::Oci("ghcr.io/acme/charts".into())),
            ("file://../redis", Source::Folder("../redis".into())),
            ("@acme", Source::Named("acme".into())),
            ("alias:acme", Source::Named("acme".into())),
            ("", Source::Inside),
        ];
        for (text, want) in table {
            assert_eq!(Source::parse(text), want, "{text}");
        }
    }
}
