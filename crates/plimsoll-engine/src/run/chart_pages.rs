//! What charts have of their own in git and on the forge: a tag for each version, and its page with the package. C4, after
//! the page of the release; never the latest.

use plimsoll_helm::CHART_LIMIT;
use plimsoll_helm::oci::CHART;
use plimsoll_oci::content::read_whole;
use plimsoll_oci::model::Descriptor;
use plimsoll_tags::version::{Scheme, Version};

use super::ending::Stop;
use super::order::Order;
use super::page::{PageWish, ensure_page};
use crate::document::notes::render_chart_page;
use crate::domain::chart::{Chart, OwnRelease};
use crate::domain::claim::{Seal, SealedChart};
use crate::domain::event::Event;
use crate::domain::git::{GitTag, TagAt};
use crate::domain::page::Maturity;
use crate::ship::key::{Key as _, Published};
use crate::ship::own_tag::OwnTag;
use crate::ship::{Ensured, ShipError, ensure};
use crate::statement::release::is_signature;
use crate::world::ledger::LedgerFile;
use crate::world::{Eyes, World, WorldError};

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
    for chart in &order.project.charts {
        let Some(sealed) = published.seal().charts.get(&chart.name) else { continue };
        let version = Version::parse(Scheme::Semver, &sealed.version).ok();
        let Some(own) = version.and_then(|version| chart.own.git_tag(&version)) else { continue };
        if ensure_tag(world, published, &own, tag).await? == Ensured::Made {
            all = Ensured::Made;
        }
        if let OwnRelease::Page(_) = chart.own
            && world.eyes().forge().kind().is_some()
        {
            let seal = published.seal();
            let mut files: Vec<LedgerFile> =
                files.iter().filter(|file| is_signature(&order.name.version, &file.name)).cloned().collect();
            files.insert(0, read_package(world.eyes(), chart, sealed).await?);
            let wish = wish(world.eyes(), order, (chart, &own), seal, files);
            let done = ensure_page(world, published, &wish).await?;
            world
                .watcher
                .see(Event::Note(format!("chart {} {}: {}", sealed.chart, sealed.version, done.url)));
            if done.ensured == Ensured::Made {
                all = Ensured::Made;
            }
        }
    }
    Ok(all)
}

/// A tag of a chart, on the commit of the release.
async fn ensure_tag(
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
    eyes: Eyes<'_>,
    order: &Order<'_>,
    (chart, own): (&Chart, &GitTag),
    seal: &Seal,
    files: Vec<LedgerFile>,
) -> PageWish {
    let is_prerelease = Version::parse(order.project.tags.scheme(), &order.name.version)
        .is_ok_and(|version| version.is_prerelease());
    let maturity = if is_prerelease { Maturity::Prerelease } else { Maturity::Release };
    let page = render_chart_page(order.name, own, &chart.name, maturity, seal);
    PageWish::new(eyes.forge(), page, files)
}

/// The package, from the repository that has it.
async fn read_package(eyes: Eyes<'_>, chart: &Chart, sealed: &SealedChart) -> Result<LedgerFile, Stop> {
    let pull = eyes.pull(&chart.repository);
    let package = Descriptor::new(CHART, sealed.package.digest.clone(), sealed.package.size);
    let content = pull.blob(&package).await.map_err(WorldError::from)?;
    let Some(content) = content else {
        let (repository, missing) = (chart.repository.clone(), package.digest);
        return Err(Stop::Lost { repository, missing });
    };
    // Reading compares every byte with the digest.
    let bytes = read_whole(&*content, CHART_LIMIT).await.map_err(WorldError::from)?;
    Ok(LedgerFile { name: sealed.package_name(), bytes: bytes.to_vec() })
}
