//! `verify`: the release page, observed again.

use plimsoll_oci::name::Digest;

use super::verify::{Check, Outcome, describe, describe_stop};
use crate::domain::git::GitTag;
use crate::domain::page::PagePolicy;
use crate::domain::project::Project;
use crate::domain::target::Necessity;
use crate::ledger::release::{Release, expected_files};
use crate::run::latest_page::{LatestCourse, look_at_latest};
use crate::run::mirrors::Mirrors;
use crate::statement::record::role_file_name;
use crate::world::forge::{Arrival, Page, PageStanding, read_digest};
use crate::world::{Eyes, WorldError};

/// The page of a release that has one, its files by their digests, and whether it is shown as the latest if it should be.
pub(super) async fn check_page(eyes: Eyes<'_>, project: &Project, release: &Release) -> Vec<Check> {
    if project.pages != PagePolicy::Version || eyes.forge().kind().is_none() {
        return Vec::new();
    }
    let tag = &release.tag.name;
    let page = eyes.forge().find_page(tag).await;
    let mut checks = vec![check_standing(tag, &page)];
    if let Ok(Some(page)) = &page {
        checks.extend(check_assets(eyes, tag, page, files(eyes, release)).await);
        if let Some(outcome) = follow_latest(eyes, project, release).await {
            checks.push(check(format!("forge-latest {tag}"), outcome));
        }
    }
    checks
}

fn check(subject: String, outcome: Outcome) -> Check {
    Check { subject, necessity: Necessity::Required, outcome }
}

/// Whether a page is there, and published.
pub(super) fn check_standing(tag: &GitTag, page: &Result<Option<Page>, WorldError>) -> Check {
    let want = || "published".to_owned();
    let outcome = match page {
        Ok(Some(Page { standing: PageStanding::Draft, .. })) => {
            Outcome::Drift { want: want(), found: Some("a draft".to_owned()) }
        }
        Ok(Some(_)) => Outcome::Ok,
        Ok(None) => Outcome::Drift { want: want(), found: None },
        Err(error) => describe(error),
    };
    check(format!("forge-release {tag}"), outcome)
}

/// Files of a page, by their names on it and their digests.
pub(super) async fn check_assets(
    eyes: Eyes<'_>,
    tag: &GitTag,
    page: &Page,
    files: Vec<(String, Digest)>,
) -> Vec<Check> {
    let mut checks = Vec::new();
    for (name, want) in files {
        let subject = format!("forge-asset {tag}/{name}");
        match find_digest(eyes, page, &name).await {
            // Published before its files could be added, it takes none any more.
            Ok(None) if page.standing == PageStanding::Immutable => {}
            Ok(None) => {
                checks.push(check(subject, Outcome::Drift { want: want.to_string(), found: None }));
            }
            Ok(Some(found)) if found == want => checks.push(check(subject, Outcome::Ok)),
            Ok(Some(found)) => {
                let lie = format!("its digest is {found}, not {want}");
                checks.push(check(subject, Outcome::Lies(lie)));
            }
            Err(error) => checks.push(check(subject, describe(&error))),
        }
    }
    checks
}

/// The files of a release under the names that they have on its page, by their digests.
fn files(eyes: Eyes<'_>, release: &Release) -> Vec<(String, Digest)> {
    let version = &release.record.version;
    let own = expected_files(release).into_iter().map(|file| (file.name, Digest::of(&file.bytes)));
    let made = release.seal.files.iter();
    let made = made.map(|(role, sealed)| (role_file_name(version, *role), sealed.digest.clone()));
    let packages = release.seal.charts.values().filter(|chart| chart.is_on_release_page());
    let packages = packages.map(|chart| (chart.package_name(), chart.package.digest.clone()));
    own.chain(made).chain(packages).map(|(name, digest)| (eyes.forge().asset_name(&name), digest)).collect()
}

async fn find_digest(eyes: Eyes<'_>, page: &Page, name: &str) -> Result<Option<Digest>, WorldError> {
    let mut whole = page.assets.iter().filter(|asset| asset.arrival == Arrival::Whole);
    match whole.find(|asset| asset.name == name) {
        None => Ok(None),
        Some(asset) => read_digest(eyes.forge(), &page.id, asset).await.map(Some),
    }
}

/// What the forge shows as the latest; none if it decides by itself, or if this can't be the latest.
async fn follow_latest(eyes: Eyes<'_>, project: &Project, release: &Release) -> Option<Outcome> {
    let mut mirrors = Mirrors::new(project);
    let course = match look_at_latest(eyes, project, &mut mirrors).await {
        Ok(course) => course?,
        Err(stop) => return Some(describe_stop(&stop)),
    };
    let kept = course.is_kept();
    let LatestCourse { now, head } = course;
    let head = head?;
    Some(match kept {
        false => Outcome::Drift { want: head.tag.to_string(), found: now.as_ref().map(ToString::to_string) },
        true if head.tag == release.tag.name => Outcome::Ok,
        true => Outcome::Superseded(head.version.to_string()),
    })
}
