//! A3: the numbers of charts that have versions of their own, each reserved once and never for two releases.
//!
//! A number is a claim under the chart's name that stays `reserved` for ever and says which release has it. Whoever goes on
//! with that release finds it there: nothing is computed twice.

use plimsoll_helm::oci::tag_of;
use plimsoll_tags::version::{Scheme, Version, VersionError};

use super::order::Order;
use super::stop::Stop;
use crate::domain::chart::Chart;
use crate::domain::chart_number::{ChartBump, ChartNumbers, NextNumberError, next_number};
use crate::domain::claim::{Claim, ClaimName, Seal};
use crate::domain::event::Event;
use crate::domain::project::Project;
use crate::domain::step::StepId;
use crate::ledger::published::parse_claims;
use crate::make::{ChartFault, MakeError, read_declared};
use crate::plan::{find_collisions, numbered};
use crate::ship::ensure::pause;
use crate::world::{Eyes, World, WorldError};

/// How often a number is looked for before a run gives up: each time somebody else was quicker, or nobody answered.
const TRIES: u32 = 20;

/// The numbers of a set that is sealed.
pub(crate) fn sealed_numbers(project: &Project, seal: &Seal) -> ChartNumbers {
    let charts = project.charts.iter().filter(|chart| chart.is_numbered());
    charts
        .filter_map(|chart| Some((chart.name.clone(), seal.charts.get(&chart.name)?.version.clone())))
        .collect()
}

/// The numbers of a release: those that its claim or its numbers say, and new ones for the rest.
pub(super) async fn reserve_numbers(
    world: &World,
    order: &Order<'_>,
    claim: &Claim,
) -> Result<ChartNumbers, Stop> {
    let mut numbers = ChartNumbers::new();
    for chart in order.project.charts.iter().filter(|chart| chart.is_numbered()) {
        let number = match claim.charts.get(chart.name.as_str()) {
            Some(number) => {
                hold_apart(order, chart, number)?;
                number.clone()
            }
            None => reserve(world, order, chart).await?,
        };
        world.watcher.see(Event::Note(format!("chart {}: {number}", chart.chart)));
        numbers.insert(chart.name.clone(), number);
    }
    Ok(numbers)
}

async fn reserve(world: &World, order: &Order<'_>, chart: &Chart) -> Result<String, Stop> {
    let mut last = WorldError::Refused;
    for round in 0..TRIES {
        if round > 0 {
            pause(world, round).await?;
        }
        let claims = match world.eyes().claims().list(&chart.name).await {
            Ok(listed) => parse_claims(&chart.name, listed)?,
            Err(error) if error.is_temporary() => {
                last = error;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        if let Some(number) = find_own(&claims, order.name) {
            hold_apart(order, chart, &number)?;
            return Ok(number);
        }
        let release = Version::parse(order.project.tags.scheme(), &order.name.version);
        let number = next(world.eyes(), chart, &claims, order.chart_bump, release).await?;
        hold_apart(order, chart, &number)?;
        let name = ClaimName { component: chart.name.clone(), version: number.clone() };
        let claim = number_claim(world, order, &name);
        let step = StepId::new("chart-number", &name);
        match world.hands(&step).swap(&name, None, Some(&claim), None).await {
            Ok(_) => return Ok(number),
            Err(WorldError::Stopped) => return Err(WorldError::Stopped.into()),
            // Whatever the answer was, the list tells.
            Err(error) if error.is_temporary() || matches!(error, WorldError::Refused) => last = error,
            Err(error) => return Err(error.into()),
        }
    }
    Err(last.into())
}

/// Refuses a number whose tag an image of the same release gets: whichever was written second would find it foreign, when the version can
/// only be burnt.
fn hold_apart(order: &Order<'_>, chart: &Chart, number: &str) -> Result<(), Stop> {
    let numbers = ChartNumbers::from([(chart.name.clone(), number.to_owned())]);
    match find_collisions(&numbered(order.project, &order.plan.targets, &numbers)).pop() {
        Some(collision) => Err(Stop::Collision(Box::new(collision))),
        None => Ok(()),
    }
}

/// The number that a release has. A request that came late may have given it a second one: the highest counts, whoever
/// looks.
fn find_own(claims: &[Claim], release: &ClaimName) -> Option<String> {
    let release = release.to_string();
    let own = claims.iter().filter(|claim| claim.number_for.as_ref() == Some(&release));
    own.max_by_key(|claim| Version::parse(Scheme::Semver, &claim.version).ok())
        .map(|claim| claim.version.clone())
}

/// The number after all that are reserved, tagged or published, for the chart of a release.
pub(crate) async fn next(
    eyes: Eyes<'_>,
    chart: &Chart,
    claims: &[Claim],
    bump: ChartBump,
    release: Result<Version, VersionError>,
) -> Result<String, Stop> {
    let fault = |fault: ChartFault| Stop::Make(Box::new(MakeError::from(fault)));
    let declared = read_declared(eyes.tree(), chart).await.map_err(fault)?;
    let mut spent = published(eyes, chart).await?;
    spent.extend(claims.iter().filter_map(|claim| Version::parse(Scheme::Semver, &claim.version).ok()));
    let wrong = |error: NextNumberError| fault(ChartFault::Number { chart: chart.name.clone(), error });
    let release = release.map_err(|error| wrong(error.into()))?;
    loop {
        let number = next_number(&declared, spent.clone(), bump, &release).map_err(wrong)?;
        // What has a git tag was released once, whoever did it.
        if let Some(tags) = chart.made_tags()
            && eyes.git().find_tag(&tags.of(&number).git_tag).await?.is_some()
        {
            spent.push(number);
            continue;
        }
        let number = number.to_string();
        return match tag_of(&number) {
            Ok(_) => Ok(number),
            Err(_) => Err(fault(ChartFault::Version { path: chart.path.clone(), found: number })),
        };
    }
}

/// The versions of a chart that are where Helm looks for it, whoever put them there: in its repository, and in its chart
/// repository.
pub(crate) async fn published(eyes: Eyes<'_>, chart: &Chart) -> Result<Vec<Version>, Stop> {
    let mut versions = Vec::new();
    if chart.is_tagged() {
        let tags = eyes.pull(&chart.repository).tags().await.map_err(WorldError::from)?;
        versions.extend(tags.iter().map(|tag| tag.as_str().replace('_', "+")));
    }
    if let Some(listed) = &chart.listed_in {
        versions.extend(eyes.chart_repositories().versions(&listed.branch, &chart.chart).await?);
    }
    Ok(versions.iter().filter_map(|version| Version::parse(Scheme::Semver, version).ok()).collect())
}

fn number_claim(world: &World, order: &Order<'_>, name: &ClaimName) -> Claim {
    let (nonce, holder) = (order.nonce(world), order.holder(world));
    let claim = Claim::begin(name, nonce, order.tag.clone(), order.config(), order.plan.id(), holder, None);
    claim.as_number_for(order.name)
}
