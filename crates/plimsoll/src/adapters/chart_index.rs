//! The index of a chart repository: what is listed, and some packages more.

use plimsoll_engine::domain::chart::ListedVersion;
use plimsoll_engine::world::WorldError;
use plimsoll_engine::world::chart_repositories::Listing;
use plimsoll_engine::world::error::FileProblem;
use plimsoll_helm::index::{self, EMPTY, Entry, MergeError, Merged, Merging, Place, Use, merge, read};
use plimsoll_oci::name::Digest;

/// The index's file.
pub(crate) const INDEX: &str = "index.yaml";

/// Packages that are to be listed.
#[derive(Clone, Debug)]
pub struct NewCharts {
    /// Their entries.
    pub entries: Vec<Entry>,
    /// The files that are put beside the index, by their names.
    pub files: Vec<(String, Vec<u8>)>,
    /// How the entries are written.
    pub how: Merging,
}

/// Why packages were not listed. What the index was it is.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The index does not take them.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// It could not be read or written.
    #[error(transparent)]
    World(#[from] WorldError),
}

impl NewCharts {
    /// One package of a release.
    pub(crate) fn of(listing: Listing<'_>) -> Result<NewCharts, WorldError> {
        let Listing { version, package, provenance, url, time } = listing;
        let entry = Entry::of_package(package, &version.file_name());
        let entry = entry.map_err(|error| broken(&version.file_name(), &error))?;
        let place = url.map_or(Place::BesideIndex, |url| Place::Exactly(url.to_owned()));
        let mut files = Vec::new();
        if url.is_none() {
            files.push((version.file_name(), package.to_vec()));
            let signed = provenance.map(|bytes| (format!("{}.prov", version.file_name()), bytes.to_vec()));
            files.extend(signed);
        }
        Ok(NewCharts { entries: vec![entry], files, how: Merging { place, time: time.to_string() } })
    }

    /// The files that are put beside the index, by their names.
    pub(crate) fn named_files(&self) -> impl Iterator<Item = (String, &[u8])> {
        self.files.iter().map(|(name, bytes)| (name.clone(), bytes.as_slice()))
    }

    /// Whether an index names them as files beside it.
    pub(crate) fn are_beside(&self, text: &str) -> bool {
        self.entries.iter().all(|entry| {
            let metadata = &entry.metadata;
            names_beside(text, (&metadata.name, &metadata.version), &entry.file)
        })
    }

    /// An index with them.
    pub(crate) fn add_to(&self, text: Option<&str>) -> Result<Merged, MergeError> {
        merge(text.unwrap_or(EMPTY), &self.entries, &self.how)
    }
}

impl ListError {
    /// What a run makes of it; `name` is the index.
    pub(crate) fn of_run(self, name: &str) -> WorldError {
        match self {
            // Somebody else has listed this version meanwhile, with another package: the next look tells.
            ListError::Merge(MergeError::Taken { .. }) => WorldError::Refused,
            ListError::Merge(error) => broken(name, &error),
            ListError::World(error) => error,
        }
    }
}

/// Whether an index has a version at this file beside it.
fn names_beside(text: &str, (chart, version): (&str, &str), file: &str) -> bool {
    let address = index::find_address(text, chart, version).ok().flatten();
    address.is_some_and(|address| address.url.strip_prefix("./").unwrap_or(&address.url) == file)
}

/// What an index lists as a version.
pub(crate) struct Named {
    /// The digest of its package.
    pub(crate) package: Digest,
    /// The file beside the index that it names; none if it names an address elsewhere.
    pub(crate) file: Option<String>,
}

/// What an index lists as a version.
pub(crate) fn find(name: &str, text: &str, version: &ListedVersion) -> Result<Option<Named>, WorldError> {
    let Some(package) = find_digest(name, text, version)? else { return Ok(None) };
    let file = version.file_name();
    let is_beside = names_beside(text, (&version.chart, &version.version), &file);
    Ok(Some(Named { package, file: is_beside.then_some(file) }))
}

/// The digest of the package that an index lists as a version.
fn find_digest(name: &str, text: &str, version: &ListedVersion) -> Result<Option<Digest>, WorldError> {
    let index = read(text).map_err(|error| broken(name, &error))?;
    let listed = index.find_chart(&version.chart).into_iter().flat_map(|versions| &versions.listed);
    let mut same = listed.filter(|listed| listed.version.as_ref() == Some(&version.version));
    let Some(listed) = same.next() else { return Ok(None) };
    let digest = listed.digest.as_deref().unwrap_or_default();
    let bare = digest.strip_prefix("sha256:").unwrap_or(digest);
    let parsed = format!("sha256:{}", bare.to_ascii_lowercase()).parse();
    parsed.map(Some).map_err(|_| broken(name, &format!("line {}: an entry without a digest", listed.line)))
}

/// The versions of a chart that an index lists.
pub(crate) fn versions(name: &str, text: &str, chart: &str) -> Result<Vec<String>, WorldError> {
    let index = read(text).map_err(|error| broken(name, &error))?;
    let listed = index.find_chart(chart).into_iter().flat_map(|versions| &versions.listed);
    Ok(listed.filter_map(|listed| listed.version.clone()).collect())
}

/// An index in which a version is marked; `None` if it is not listed.
pub(crate) fn mark(
    name: &str,
    text: &str,
    version: &ListedVersion,
    wanted: Use,
) -> Result<Option<String>, WorldError> {
    index::mark(text, &version.chart, &version.version, wanted).map_err(|error| broken(name, &error))
}

/// The text of an index.
pub(crate) fn to_text(name: &str, bytes: Vec<u8>) -> Result<String, WorldError> {
    String::from_utf8(bytes).map_err(|_| broken(name, &"it is no UTF-8"))
}

fn broken(name: &str, why: &dyn std::fmt::Display) -> WorldError {
    WorldError::File { path: name.to_owned(), why: why.to_string(), kind: FileProblem::BrokenIndex }
}
