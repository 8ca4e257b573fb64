//! A Helm chart: its folder in the commit, with versions and images written into it, as the artifact that Helm pulls.
//!
//! Its bytes follow from the commit, the version and the images, so a run on any machine makes the same.

mod cargo;
mod dependencies;
mod fault;
mod files;

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use plimsoll_helm::chart::{Chart as ReadChart, ChartFile};
use plimsoll_helm::edit::apply;
use plimsoll_helm::ignore::{leave_out, matches};
use plimsoll_helm::lint::{Finding, Rule, lint};
use plimsoll_helm::oci::{Artifact, ArtifactError, tag_of};
use plimsoll_helm::package::{DependencyProblem, check_dependencies, package};
use plimsoll_helm::provenance::render_message;
use plimsoll_helm::yaml;
use plimsoll_oci::content::MemoryContent;
use plimsoll_tags::version::{Scheme, Version};

pub use self::cargo::{Cargo, NamedImage};
pub use self::dependencies::Dependencies;
use self::dependencies::add_dependencies;
pub use self::fault::ChartFault;
use self::files::read_files;
use crate::domain::chart::{Chart, ChartTag};
use crate::domain::chart_number::{ChartBump, first_number, stands_for_none};
use crate::domain::claim::{SealedChart, SealedFile};
use crate::domain::event::Event;
use crate::domain::time::Moment;
use crate::world::chart_program::Preset;
use crate::world::tree::{FileStanding, Tree, read_text};
use crate::world::workshop::Workshop;
use crate::world::{Eyes, WorldError};

/// A chart, packaged.
#[derive(Clone, Debug)]
pub struct PackedChart {
    /// The package, as an artifact.
    pub artifact: Artifact,
    /// What there is to say of it in a seal.
    pub sealed: SealedChart,
    /// What is odd about it, and keeps nobody from releasing it.
    pub findings: Vec<Finding>,
    /// The package.
    pub package: Bytes,
    /// The values that it is rendered with, beside its own.
    pub presets: Vec<Preset>,
    /// The chart that was packaged.
    pub chart: ReadChart,
    /// Whether its files are in the commit.
    pub standing: FileStanding,
}

/// Makes a chart in the workshop.
pub async fn make_chart(
    eyes: Eyes<'_>,
    workshop: &dyn Workshop,
    chart: &Chart,
    cargo: &Cargo,
) -> Result<PackedChart, ChartFault> {
    let from = Dependencies::Fetched(eyes.chart_sources());
    let packed = pack_chart(eyes.tree(), from, chart, cargo).await?;
    let packed = match &chart.pgp_key {
        Some(key) => sign(eyes, chart, packed, key, cargo.time).await?,
        None => packed,
    };
    if packed.standing == FileStanding::Untracked {
        let note = format!("chart {} takes `{}`, which is not in the commit", chart.name, chart.path);
        eyes.tell(Event::Remark(note));
    }
    let store = workshop.store();
    for (descriptor, bytes) in &packed.artifact.blobs {
        let content = MemoryContent::new(descriptor.clone(), bytes.clone())
            .expect("the descriptor was made from these bytes");
        store.put_blob(&content, None).await.map_err(WorldError::from)?;
    }
    store.put_manifest(&packed.artifact.manifest).await.map_err(WorldError::from)?;
    Ok(packed)
}

/// Signs a package for `helm verify`: what signs it is a layer beside it.
async fn sign(
    eyes: Eyes<'_>,
    chart: &Chart,
    packed: PackedChart,
    key: &str,
    time: Moment,
) -> Result<PackedChart, ChartFault> {
    let refused =
        |error: ArtifactError| ChartFault::Artifact { path: chart.path.clone(), error: Arc::new(error) };
    let message = render_message(&packed.package, &packed.sealed.package_name());
    let message = message.map_err(|error| refused(error.into()))?;
    let signed = eyes.chart_signer().sign(key, &message, time).await.map_err(WorldError::from)?;
    let provenance = Bytes::from(signed);
    let artifact = Artifact::of_package(packed.package.clone(), Some(provenance.clone()), &time.to_string());
    let artifact = artifact.map_err(refused)?;
    let sealed = SealedChart {
        size: artifact.manifest.descriptor().size,
        provenance: Some(SealedFile::of(&provenance)),
        ..packed.sealed
    };
    Ok(PackedChart { artifact, sealed, ..packed })
}

/// Packages a chart from the files of a tree.
///
/// # Errors
/// See [`ChartFault`].
pub async fn pack_chart(
    tree: &dyn Tree,
    dependencies: Dependencies<'_>,
    chart: &Chart,
    cargo: &Cargo,
) -> Result<PackedChart, ChartFault> {
    let path = || chart.path.clone();
    let seconds = u64::try_from(cargo.time.0).unwrap_or(0);
    let (files, standing) = read_files(tree, &chart.path, |path| is_preset(chart, path)).await?;
    let presets = find_presets(chart, &files);
    let mut files = leave_out(files).map_err(|error| ChartFault::Ignore { path: path(), error })?;
    let mut edits = cargo.edits(chart);
    // As long as no number is known, a Chart.yaml that says none gets the first.
    if edits.version.is_none() && read_declared(tree, chart).await.is_ok_and(|said| stands_for_none(&said)) {
        edits.version = first_number(ChartBump::default()).ok().map(|number| number.to_string());
    }
    apply(&mut files, &edits).map_err(|error| ChartFault::Set { path: path(), error })?;
    let assumed = add_dependencies(tree, dependencies, &chart.path, seconds, &mut files).await?;
    let (read, findings) =
        lint(files).map_err(|error| ChartFault::Chart { path: path(), error: Arc::new(error) })?;
    if read.metadata.name != chart.chart {
        let (want, found) = (chart.chart.clone(), read.metadata.name.clone());
        return Err(ChartFault::OtherName { path: path(), want, found });
    }
    if chart.is_numbered() {
        parse_declared(chart, &read.metadata.version)?;
    }
    let (stops, findings): (Vec<_>, Vec<_>) = findings.into_iter().partition(Finding::stops_packaging);
    if !stops.is_empty() {
        return Err(ChartFault::Lint { path: path(), chart: Box::new(read), findings: stops });
    }
    let is_assumed = |problem: &DependencyProblem| matches!(problem, DependencyProblem::Missing { name } if assumed.contains(name));
    let problems: Vec<_> =
        check_dependencies(&read).into_iter().filter(|problem| !is_assumed(problem)).collect();
    if !problems.is_empty() {
        return Err(ChartFault::Dependencies { path: path(), problems });
    }
    let (packaged, bytes) = package(&read, seconds)
        .map_err(|error| ChartFault::Package { path: path(), error: Arc::new(error) })?;
    let package = Bytes::from(bytes);
    let artifact = Artifact::of_package(package.clone(), None, &cargo.time.to_string())
        .map_err(|error| ChartFault::Artifact { path: path(), error: Arc::new(error) })?;
    let sealed = SealedChart {
        chart: read.metadata.name.clone(),
        version: read.metadata.version.clone(),
        app_version: read.metadata.app_version.clone(),
        size: artifact.manifest.descriptor().size,
        package: SealedFile { digest: packaged.digest, size: packaged.size },
        provenance: None,
        listed_in: chart.listed_in.clone(),
        own_tag: find_own_tag(chart, &read.metadata.version),
        unknown: BTreeMap::new(),
    };
    // What is missing was refused, or is taken to be there; what else is said of dependencies was said above.
    let findings = findings.into_iter().filter(|found| found.rule != Rule::Dependency).collect();
    Ok(PackedChart { artifact, sealed, findings, package, presets, chart: read, standing })
}

/// The git tag of its own that a version of a chart gets.
fn find_own_tag(chart: &Chart, version: &str) -> Option<ChartTag> {
    let tags = chart.made_tags()?;
    Some(tags.of(&Version::parse(Scheme::Semver, version).ok()?))
}

/// What `Chart.yaml` says that the version is, for numbers to follow.
pub async fn read_declared(tree: &dyn Tree, chart: &Chart) -> Result<Version, ChartFault> {
    let path = chart.path_of("Chart.yaml");
    let missing = || ChartFault::Missing { path: chart.path.clone() };
    let file = tree.open(&path).await?.ok_or_else(missing)?;
    let text = read_text(file, plimsoll_helm::FILE_LIMIT).await?;
    let declared = yaml::read(&text).ok().and_then(|value| Some(value.get("version")?.as_str()?.to_owned()));
    parse_declared(chart, &declared.unwrap_or_default())
}

fn parse_declared(chart: &Chart, found: &str) -> Result<Version, ChartFault> {
    // A tag must hold it, and so must the ref of a claim.
    let declared = Version::parse(Scheme::Semver, found).ok().filter(|_| tag_of(found).is_ok());
    declared.ok_or_else(|| ChartFault::Version { path: chart.path.clone(), found: found.to_owned() })
}

/// The files of values among those of a folder, whether they are part of the package or not.
fn find_presets(chart: &Chart, files: &[ChartFile]) -> Vec<Preset> {
    let presets = files.iter().filter(|file| is_preset(chart, &file.path));
    presets.map(|file| Preset { path: file.path.clone(), bytes: file.bytes.clone() }).collect()
}

/// Whether a chart is tried with the values of a file in its folder.
fn is_preset(chart: &Chart, path: &str) -> bool {
    chart.presets.iter().any(|pattern| matches(pattern, path))
}
