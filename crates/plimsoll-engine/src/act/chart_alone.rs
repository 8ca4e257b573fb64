//! `chart release`: which number a chart would get that is released by itself, if its content changed at all.

use std::collections::BTreeMap;

use bytes::Bytes;
use plimsoll_helm::CHART_LIMIT;
use plimsoll_helm::archive::read_chart;
use plimsoll_helm::chart::Chart as ReadChart;
use plimsoll_helm::oci::{CHART, Found, read_package, tag_of};
use plimsoll_oci::content::read_whole;
use plimsoll_oci::model::Descriptor;
use plimsoll_tags::version::{Scheme, Version, VersionError};

use crate::domain::chart::{Chart, InRegistry};
use crate::domain::chart_number::{ChartBump, ChartNumbers};
use crate::domain::claim::{Claim, ClaimName, Seal, State};
use crate::domain::git::Oid;
use crate::domain::time::Moment;
use crate::ledger::published::parse_claims;
use crate::make::{Cargo, Dependencies, MakeError, pack_chart};
use crate::run::chart_numbers::{next, published};
use crate::run::stop::Stop;
use crate::world::{Eyes, WorldError};

/// A chart that is to be released by itself.
#[derive(Clone, Copy, Debug)]
pub struct ChartAlone<'a> {
    /// The chart, with versions of its own.
    pub chart: &'a Chart,
    /// The commit that it is released from.
    pub commit: &'a Oid,
    /// The commit's time.
    pub time: Moment,
    /// The release whose images it installs; none in a project without images.
    pub installs: Option<Installed<'a>>,
    /// What its number raises.
    pub bump: ChartBump,
}

/// A release whose images a chart installs.
#[derive(Clone, Copy, Debug)]
pub struct Installed<'a> {
    /// The set of its artifacts.
    pub seal: &'a Seal,
    /// Its version.
    pub version: &'a str,
    /// The scheme of that version.
    pub scheme: Scheme,
}

/// What became of looking for a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AloneNumber {
    /// It was released from this commit, or that was begun.
    Begun(String),
    /// This version has the same content.
    Unchanged(String),
    /// It is the next one.
    Next(String),
}

/// Looks which number the chart would get. Content decides whether it changed, not git: the last published package is
/// compared, file by file, with what would be packaged now as that version.
///
/// # Errors
/// The world did not answer, or the chart can't be packaged.
pub async fn find_alone_number(eyes: Eyes<'_>, alone: ChartAlone<'_>) -> Result<AloneNumber, Stop> {
    let chart = alone.chart;
    let claims = parse_claims(&chart.name, eyes.claims().list(&chart.name).await?)?;
    if let Some(begun) = find_begun(&claims, alone.commit)
        // What it installs may have been yanked since.
        && (begun.state != State::Published || is_unchanged(eyes, alone, &claims, &begun.version).await?)
    {
        return Ok(AloneNumber::Begun(begun.version.clone()));
    }
    let stable = published(eyes, chart).await?.into_iter().filter(|one| !one.is_prerelease());
    if let Some(last) = stable.max().map(|version| version.to_string())
        && is_unchanged(eyes, alone, &claims, &last).await?
    {
        return Ok(AloneNumber::Unchanged(last));
    }
    let installed: Result<Version, VersionError> = match alone.installs {
        Some(installs) => Version::parse(installs.scheme, installs.version),
        // Nothing makes its number one of a pre-release.
        None => Version::parse(Scheme::Semver, "0.0.0"),
    };
    next(eyes, chart, &claims, alone.bump, installed).await.map(AloneNumber::Next)
}

/// The claim under which the chart was released from a commit by itself, or begins to be.
fn find_begun<'c>(claims: &'c [Claim], commit: &Oid) -> Option<&'c Claim> {
    let own = claims.iter().filter(|claim| {
        claim.number_for.is_none() && claim.state != State::Burnt && claim.tag.commit == *commit
    });
    own.max_by_key(|claim| Version::parse(Scheme::Semver, &claim.version).ok())
}

/// Whether a published version has the content that would be packaged now.
async fn is_unchanged(
    eyes: Eyes<'_>,
    alone: ChartAlone<'_>,
    claims: &[Claim],
    version: &str,
) -> Result<bool, Stop> {
    let chart = alone.chart;
    let there = match chart.in_registry {
        InRegistry::Tagged => read_tagged(eyes, chart, version).await?,
        InRegistry::ByDigest => read_sealed(eyes, chart, claims, version).await?,
    };
    match there.and_then(|package| read_chart(&package).ok()) {
        Some(there) => Ok(pack_as(eyes, alone, version).await?.has_content_of(&there)),
        None => Ok(false),
    }
}

/// The package of a version that stands under its tag.
async fn read_tagged(eyes: Eyes<'_>, chart: &Chart, version: &str) -> Result<Option<Bytes>, Stop> {
    let Ok(tag) = tag_of(version) else { return Ok(None) };
    let found = read_package(&*eyes.pull(&chart.repository), &tag).await.map_err(WorldError::from)?;
    Ok(match found {
        Found::Package(package) => Some(package),
        Found::NoChart | Found::Nothing => None,
    })
}

/// The package of a version that a claim names: its own, or that of the release that has the number. What others have put
/// into a chart repository is in none.
async fn read_sealed(
    eyes: Eyes<'_>,
    chart: &Chart,
    claims: &[Claim],
    version: &str,
) -> Result<Option<Bytes>, Stop> {
    let Some(own) = claims.iter().find(|claim| claim.version == version) else { return Ok(None) };
    let release = match own.number_for.as_deref().and_then(|release| release.split_once('/')) {
        None => Some(own.clone()),
        Some((component, version)) => {
            let Ok(component) = component.parse() else { return Ok(None) };
            let name = ClaimName { component, version: version.to_owned() };
            let held = eyes.claims().read(&name).await?;
            held.map(|held| Claim::parse(&name, &held.bytes)).transpose()?
        }
    };
    let Some(sealed) = release.and_then(|claim| claim.seal?.charts.remove(&chart.name)) else {
        return Ok(None);
    };
    let blob = Descriptor::new(CHART, sealed.package.digest, sealed.package.size);
    let Some(content) = eyes.pull(&chart.repository).blob(&blob).await.map_err(WorldError::from)? else {
        return Ok(None);
    };
    Ok(Some(read_whole(&*content, CHART_LIMIT).await.map_err(WorldError::from)?))
}

/// The chart as it would be packaged under a version.
async fn pack_as(eyes: Eyes<'_>, alone: ChartAlone<'_>, version: &str) -> Result<ReadChart, Stop> {
    let ChartAlone { chart, time, installs, .. } = alone;
    let numbers: ChartNumbers = BTreeMap::from([(chart.name.clone(), version.to_owned())]);
    let cargo = match installs {
        Some(Installed { seal, .. }) => Cargo::of(version, time, &seal.artifacts, &seal.targets, &numbers),
        None => Cargo::of(version, time, &BTreeMap::new(), &[], &numbers),
    };
    let from = Dependencies::Fetched(eyes.chart_sources());
    let packed = pack_chart(eyes.tree(), from, chart, &cargo).await;
    Ok(packed.map_err(|fault| Stop::Make(Box::new(MakeError::from(fault))))?.chart)
}
