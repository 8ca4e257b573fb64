//! `verify`: the release page, observed again.

use plimsoll_oci::name::Digest;

use super::check::{Check, Outcome, Place, describe, describe_stop, describe_trouble};
use super::signed_files::check_signed_files;
use crate::domain::git::GitTag;
use crate::domain::page::PagePolicy;
use crate::domain::project::Project;
use crate::ledger::release::{Release, expected_files};
use crate::run::latest_page::{LatestCourse, look_at_latest};
use crate::run::mirrors::Mirrors;
use crate::run::page::{CHECKSUMS, checksum_line};
use crate::statement::record::role_file_name;
use crate::statement::release::render_digests;
use crate::world::forge::{Page, PageStanding, read_digest};
use crate::world::{Eyes, WorldError};

/// The page of a release that has one, its files by their digests, and whether it is shown as the latest if it should be.
pub(super) async fn check_page(eyes: Eyes<'_>, project: &Project, release: &Release) -> Vec<Check> {
    if project.pages != PagePolicy::Version {
        return Vec::new();
    }
    let files = files(release).chain(packages(release));
    check_page_of(eyes, project, release, &release.tag.name, files).await
}

/// The same for a version that was promoted by a tag, where pages follow promotions.
pub(super) async fn check_promotion_page(
    eyes: Eyes<'_>,
    project: &Project,
    release: &Release,
    tag: &GitTag,
) -> Vec<Check> {
    if project.pages != PagePolicy::Stable {
        return Vec::new();
    }
    check_page_of(eyes, project, release, tag, files(release)).await
}

async fn check_page_of(
    eyes: Eyes<'_>,
    project: &Project,
    release: &Release,
    tag: &GitTag,
    files: impl Iterator<Item = (String, Digest)>,
) -> Vec<Check> {
    let forge = eyes.forge();
    if forge.kind().is_none() {
        return Vec::new();
    }
    let page = forge.find_page(tag).await;
    let mut checks = vec![check_standing(tag, &page)];
    if let Ok(Some(page)) = &page {
        let files: Vec<_> = files.map(|(name, digest)| (forge.asset_name(&name), digest)).collect();
        checks.extend(check_checksums(eyes, tag, page, &files).await);
        checks.extend(check_assets(eyes, tag, page, files).await);
        checks.extend(check_signed_files(eyes, release, tag, page).await);
        if let Some(outcome) = follow_latest(eyes, project, tag).await {
            checks.push(check(format!("forge-latest {tag}"), outcome));
        }
    }
    checks
}

fn check(subject: String, outcome: Outcome) -> Check {
    Check::required(Place::Forge, subject, outcome)
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

/// The file with the checksums: it says the digest of each of these files.
async fn check_checksums(
    eyes: Eyes<'_>,
    tag: &GitTag,
    page: &Page,
    files: &[(String, Digest)],
) -> Option<Check> {
    let outcome = match page.find_whole(CHECKSUMS) {
        None if page.standing == PageStanding::Immutable => return None,
        None => Outcome::Drift { want: "the checksums of every file".to_owned(), found: None },
        Some(asset) => match eyes.forge().read_asset(&page.id, asset).await {
            Ok(bytes) => judge_checksums(&String::from_utf8_lossy(&bytes), files),
            Err(error) => describe(&error),
        },
    };
    Some(check(format!("forge-asset {tag}/{CHECKSUMS}"), outcome))
}

fn judge_checksums(text: &str, files: &[(String, Digest)]) -> Outcome {
    let is_untold = |(name, digest): &&(String, Digest)| {
        let want = checksum_line(name, digest);
        !text.lines().any(|line| line == want)
    };
    match files.iter().find(is_untold) {
        Some((name, _)) => Outcome::Lies(format!("it does not say the digest of {name}")),
        None => Outcome::Ok,
    }
}

/// The files of a release, by their digests.
fn files(release: &Release) -> impl Iterator<Item = (String, Digest)> {
    let version = &release.record.version;
    let own = expected_files(release).into_iter().chain(render_digests(&release.record));
    let own = own.map(|file| (file.name, Digest::of(&file.bytes)));
    let made = release.seal.files.iter();
    own.chain(made.map(|(role, sealed)| (role_file_name(version, *role), sealed.digest.clone())))
}

/// The packages that chart repositories look for on its page.
fn packages(release: &Release) -> impl Iterator<Item = (String, Digest)> {
    let packages = release.seal.charts.values().filter(|chart| chart.is_on_release_page());
    packages.flat_map(|chart| chart.files()).map(|(name, file)| (name, file.digest.clone()))
}

async fn find_digest(eyes: Eyes<'_>, page: &Page, name: &str) -> Result<Option<Digest>, WorldError> {
    match page.find_whole(name) {
        None => Ok(None),
        Some(asset) => read_digest(eyes.forge(), &page.id, asset).await.map(Some),
    }
}

/// What the forge shows as the latest; none if it decides by itself, or if this can't be the latest.
async fn follow_latest(eyes: Eyes<'_>, project: &Project, tag: &GitTag) -> Option<Outcome> {
    let mut mirrors = Mirrors::new(project);
    let course = match look_at_latest(eyes, project, &mut mirrors).await {
        Ok(course) => course?,
        Err(stop) => return Some(describe_stop(&stop)),
    };
    let kept = course.is_kept();
    let LatestCourse { now, head, doubt } = course;
    if let Some(doubt) = doubt {
        return Some(describe_trouble(&doubt));
    }
    let head = head?;
    Some(match kept {
        false => Outcome::Drift { want: head.tag.to_string(), found: now.as_ref().map(ToString::to_string) },
        true if head.tag == *tag => Outcome::Ok,
        true => Outcome::Superseded(head.version.to_string()),
    })
}
