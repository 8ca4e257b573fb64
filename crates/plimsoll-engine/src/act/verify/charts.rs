//! `verify`: what charts have beside their artifacts: git tags and pages of their own, and entries in repositories over HTTP.

use plimsoll_helm::index::Use;
use plimsoll_oci::name::Digest;

use super::check::{Check, Outcome, Place, describe};
use super::git_tag::check_tag_commit;
use super::page::{check_assets, check_standing};
use crate::domain::claim::SealedChart;
use crate::domain::git::GitTag;
use crate::domain::marks::Marks;
use crate::ledger::release::Release;
use crate::world::Eyes;

/// Everything of that kind that the charts of a release have.
pub(super) async fn check_charts(eyes: Eyes<'_>, release: &Release) -> Vec<Check> {
    let mut checks = Vec::new();
    for chart in release.seal.charts.values() {
        if let Some(own) = &chart.own_tag {
            checks.push(check_tag_commit(eyes, &own.git_tag, &release.tag.commit).await);
        }
        if let Some(own) = chart.own_page().filter(|_| eyes.forge().kind().is_some()) {
            checks.extend(check_own_page(eyes, chart, own).await);
        }
        checks.extend(check_listed(eyes, chart).await);
    }
    checks
}

/// A chart's own page, with the package and what signs it.
async fn check_own_page(eyes: Eyes<'_>, chart: &SealedChart, tag: &GitTag) -> Vec<Check> {
    let page = eyes.forge().find_page(tag).await;
    let mut checks = vec![check_standing(tag, &page)];
    if let Ok(Some(page)) = &page {
        let files = chart.files().map(|(name, file)| (eyes.forge().asset_name(&name), file.digest.clone()));
        checks.extend(check_assets(eyes, tag, page, files.collect()).await);
    }
    checks
}

/// A chart that is listed, by the digest of its package; and what lies beside the index.
async fn check_listed(eyes: Eyes<'_>, chart: &SealedChart) -> Vec<Check> {
    let Some(listed) = chart.listed_version() else { return Vec::new() };
    let check =
        |what: &str, outcome| Check::required(Place::ChartRepository, format!("{what} {listed}"), outcome);
    let found = match eyes.chart_repositories().find(&listed).await {
        Ok(found) => found,
        Err(error) => return vec![check("chart-index", describe(&error))],
    };
    let want = &chart.package.digest;
    let mut checks = vec![check("chart-index", compare(want, found.as_ref().map(|found| &found.package)))];
    if let Some(beside) = found.filter(|found| found.package == *want).and_then(|found| found.beside) {
        checks.push(check("chart-package", compare(want, beside.package.as_ref())));
        if let Some(signed) = &chart.provenance {
            checks.push(check("chart-provenance", compare(&signed.digest, beside.provenance.as_ref())));
        }
    }
    checks
}

fn compare(want: &Digest, found: Option<&Digest>) -> Outcome {
    match found {
        Some(found) if found == want => Outcome::Ok,
        found => Outcome::Drift { want: want.to_string(), found: found.map(ToString::to_string) },
    }
}

/// Whether any of its charts is in a repository over HTTP.
pub(super) fn is_listed(release: &Release) -> bool {
    release.seal.charts.values().any(|chart| chart.listed_version().is_some())
}

/// What charts of a yanked version that are listed must bear.
pub(in crate::act) async fn check_chart_marks(
    eyes: Eyes<'_>,
    release: &Release,
    marks: &Marks,
) -> Vec<Check> {
    let mut checks = Vec::new();
    if !marks.yanked(&release.record.version) {
        return checks;
    }
    for listed in release.seal.charts.values().filter_map(SealedChart::listed_version) {
        let outcome = match eyes.chart_repositories().is_marked(&listed, Use::Yanked).await {
            // One that is not listed is told by its entry.
            Ok(Some(true) | None) => Outcome::Ok,
            Ok(Some(false)) => Outcome::Drift { want: "yanked".to_owned(), found: None },
            Err(error) => describe(&error),
        };
        checks.push(Check::required(Place::ChartRepository, format!("chart-mark {listed}"), outcome));
    }
    checks
}
