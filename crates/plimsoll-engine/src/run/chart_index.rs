//! Charts in their repositories over HTTP: listed once everything that they stand for is out.

use plimsoll_oci::model::Descriptor;
use plimsoll_oci::name::ImageRepository;

use super::chart_pages::describe_files;
use super::stop::Stop;
use crate::domain::artifact::ArtifactName;
use crate::domain::claim::{Seal, SealedChart};
use crate::domain::git::GitTag;
use crate::ship::key::{Key as _, Published};
use crate::ship::ledger_file::read_made;
use crate::ship::list_chart::ListChart;
use crate::ship::{Ensured, ShipError, ensure};
use crate::world::ledger::LedgerFile;
use crate::world::{Eyes, World};

/// The packages that are files of the release page, and what signs them.
pub(crate) async fn read_packages(eyes: Eyes<'_>, seal: &Seal) -> Result<Vec<LedgerFile>, ShipError> {
    let on_page = seal.charts.values().filter(|chart| chart.is_on_release_page());
    let layers: Vec<Descriptor> = on_page.flat_map(describe_files).collect();
    read_made(eyes, &layers, seal.targets.iter().map(|target| &target.repository)).await
}

/// Lists the charts of a set, whose release has the page of `page`. True if something was written.
pub(crate) async fn list_charts(
    world: &World,
    published: &Published,
    page: Option<&GitTag>,
) -> Result<bool, Stop> {
    let mut changed = false;
    for (name, sealed) in &published.seal().charts {
        changed |= list_chart(world, published, (name, sealed), page).await? == Ensured::Made;
    }
    Ok(changed)
}

/// Lists one of them; nothing is to be done for a chart that goes to no chart repository.
pub(crate) async fn list_chart(
    world: &World,
    published: &Published,
    (name, sealed): (&ArtifactName, &SealedChart),
    page: Option<&GitTag>,
) -> Result<Ensured, Stop> {
    let Some(version) = sealed.listed_version() else { return Ok(Ensured::Already) };
    let Seal { targets, time, .. } = published.seal();
    let places = targets.iter().filter(|target| target.artifact == *name);
    let places: Vec<ImageRepository> = places.map(|target| target.repository.clone()).collect();
    let page = sealed.listed_page(page).cloned();
    let (package, provenance) = (sealed.package.clone(), sealed.provenance.clone());
    let step = ListChart { version, package, provenance, places, page, time: *time };
    Ok(ensure(world, published, &step).await?)
}
