//! What charts have of their own in git and on the forge: a tag for each version, and its page with the package. C4, after
//! the page of the release; never the latest.

use plimsoll_helm::oci::{CHART, PROVENANCE};
use plimsoll_oci::model::Descriptor;
use plimsoll_tags::version::Version;

use super::order::Order;
use super::page::{PageWish, ensure_page};
use super::stop::Stop;
use crate::document::notes::render_chart_page;
use crate::domain::artifact::ArtifactName;
use crate::domain::claim::{Seal, SealedChart};
use crate::domain::event::Event;
use crate::domain::git::{GitTag, TagAt};
use crate::domain::page::Maturity;
use crate::ship::key::{Key as _, Published};
use crate::ship::ledger_file::read_made;
use crate::ship::own_tag::OwnTag;
use crate::ship::{Ensured, ShipError, ensure};
use crate::statement::artifact::describe_titled;
use crate::statement::release::is_signature;
use crate::world::World;
use crate::world::ledger::LedgerFile;

/// Makes tags and pages of charts that have their own. `files` are those of the release: what signs it stands on their
/// pages too.
pub(super) async fn ensure_own(
    world: &World,
    order: &Order<'_>,
    published: &Published,
    tag: &TagAt,
    files: &[LedgerFile],
) -> Result<Ensured, Stop> {
    let mut all = Ensured::Already;
    for (name, sealed) in &published.seal().charts {
        let Some(own) = &sealed.own_tag else { continue };
        if ensure_tag(world, published, &own.git_tag, tag).await? == Ensured::Made {
            all = Ensured::Made;
        }
        let Some(own) = sealed.own_page().filter(|_| world.eyes().forge().kind().is_some()) else { continue };
        let signed = files.iter().filter(|file| is_signature(&order.name.version, &file.name)).cloned();
        let own_files = read_files(world, published.seal(), sealed).await?;
        let wish = wish(world, order, (name, own), published.seal(), own_files.into_iter().chain(signed));
        let done = ensure_page(world, published, &wish).await?;
        world.watcher.see(Event::Note(format!("chart {} {}: {}", sealed.chart, sealed.version, done.url)));
        if done.ensured == Ensured::Made {
            all = Ensured::Made;
        }
    }
    Ok(all)
}

/// A tag of a chart, on the commit of the release.
pub(crate) async fn ensure_tag(
    world: &World,
    published: &Published,
    own: &GitTag,
    tag: &TagAt,
) -> Result<Ensured, Stop> {
    let step = OwnTag { tag: own.clone(), commit: tag.commit.clone() };
    match ensure(world, published, &step).await {
        Err(ShipError::Conflict { .. }) => {
            let found = world.eyes().git().find_tag(own).await?;
            Err(Stop::OwnTagDrift { tag: own.clone(), want: tag.commit.clone(), found })
        }
        ended => Ok(ended?),
    }
}

fn wish(
    world: &World,
    order: &Order<'_>,
    (chart, own): (&ArtifactName, &GitTag),
    seal: &Seal,
    files: impl Iterator<Item = LedgerFile>,
) -> PageWish {
    let is_prerelease = Version::parse(order.project.tags.scheme(), &order.name.version)
        .is_ok_and(|version| version.is_prerelease());
    let maturity = if is_prerelease { Maturity::Prerelease } else { Maturity::Release };
    let page = render_chart_page(order.name, own, chart, maturity, seal);
    PageWish::new(world.eyes().forge(), page, files.collect())
}

/// The package and what signs it, from a repository that has them.
async fn read_files(world: &World, seal: &Seal, sealed: &SealedChart) -> Result<Vec<LedgerFile>, ShipError> {
    let layers: Vec<Descriptor> = describe_files(sealed).collect();
    read_made(world.eyes(), &layers, seal.targets.iter().map(|target| &target.repository)).await
}

/// The layers of a chart's artifact, with the names of their files: its package, and what signs it.
pub(super) fn describe_files(chart: &SealedChart) -> impl Iterator<Item = Descriptor> {
    [CHART, PROVENANCE]
        .into_iter()
        .zip(chart.files())
        .map(|(media_type, (name, file))| describe_titled(media_type, file.digest.clone(), file.size, name))
}
