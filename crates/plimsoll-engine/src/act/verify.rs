//! `verify`: everything of a release observed again.

mod signatures;

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_oci::name::Digest;

use super::verify_charts::check_charts;
use super::verify_deployment::check_deployments;
use super::verify_page::check_page;
use super::verify_promotion::{check_promotions, do_promotions_show};
use crate::domain::claim::{ClaimName, State};
use crate::domain::deployment::DeployOn;
use crate::domain::git::Oid;
use crate::domain::line::MovingTag;
use crate::domain::project::Project;
use crate::domain::target::Necessity;
use crate::ledger::release::{From, Release, ReleaseState, expected_files};
use crate::run::deployment::Deploying;
use crate::run::ending::Stop;
use crate::run::mirrors::Mirrors;
use crate::run::settle::{Course, Courses, look};
use crate::run::survey::survey;
use crate::run::whole::{Lading, RecordTag, ladings};
use crate::ship::push::find_damage;
use crate::ship::{Observation, ShipError};
use crate::statement::record::{Record, role_file_name};
use crate::world::git::TagNow;
use crate::world::ledger::Coverage;
use crate::world::{Eyes, WorldError};

pub use signatures::Demand;

/// One check that was made, and what it found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was checked: `version-tag ghcr.io/acme/app:v1.0.0`.
    pub subject: String,
    /// Whether the release waited for it.
    pub necessity: Necessity,
    /// What was found.
    pub outcome: Outcome,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is as it was released.
    Ok,
    /// It has rightly moved on to this version.
    Superseded(String),
    /// Something else is there, or nothing.
    Drift {
        /// What was released.
        want: String,
        /// What is there; none if nothing is.
        found: Option<String>,
    },
    /// It is not there yet: the release is past its commit point and not finished.
    Unfinished {
        /// What is still to come.
        want: String,
    },
    /// The version is burnt: it is never released.
    Burnt,
    /// A moving tag that no counted version is left for: it stays where it is, at this digest if anywhere.
    Orphaned(Option<String>),
    /// It could not be looked at.
    Unreachable(String),
    /// It may not be looked at with the logins that are at hand, or with none.
    Denied(String),
    /// Nobody whose signatures count has signed it; and why what is there does not count.
    Unvouched(String),
    /// Bytes that are there do not have the digest they are known by.
    Lies(String),
}

/// What verification found, check by check, in the order they were made.
#[derive(Clone, Debug)]
pub struct Verification {
    /// The checks.
    pub checks: Vec<Check>,
    /// Whether somebody vouches for who made it.
    pub authorship: Authorship,
}

/// Who vouches for a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authorship {
    /// These, whose signatures count.
    VouchedFor(BTreeSet<String>),
    /// Not everything is signed by somebody whose signatures count.
    Refused,
    /// It was recorded as unsigned.
    NotVouchedFor,
    /// It is signed, and it is not said whose signatures count.
    Unstated,
    /// It was not asked for.
    NotAsked,
}

/// Observes everything of a release again. Of a burnt version only that is said: nothing of it was ever promised.
pub async fn verify(
    eyes: Eyes<'_>,
    project: &Project,
    release: &Release,
    demand: Demand,
) -> Result<Verification, Stop> {
    let mut verification = verify_release(eyes, project, release, demand).await?;
    if release.state.is_published() && !was_written_later(release) {
        verification.checks.extend(check_moving_tags(eyes, project, release).await);
        if do_promotions_show(project) {
            let known = survey(eyes, project, &mut Mirrors::new(project), None).await?;
            verification.checks.extend(check_promotions(eyes, project, release, &known.marks).await);
        }
    }
    Ok(verification)
}

/// Observes everything of a release again but the tags that move.
pub(super) async fn verify_release(
    eyes: Eyes<'_>,
    project: &Project,
    release: &Release,
    demand: Demand,
) -> Result<Verification, Stop> {
    let mut authorship = Authorship::NotVouchedFor;
    let mut checks = Vec::new();
    let Record { component, version, .. } = &release.record;
    let name = ClaimName { component: component.clone(), version: version.clone() };
    checks.extend(check_claim(&name, release));
    if release.state != ReleaseState::Burnt {
        checks.push(check_git_tag(eyes, release).await);
        for lading in ladings(&name, &release.tag, &release.seal, RecordTag::WithTheRest) {
            let checked = check_lading(eyes, release.state, &lading).await.into_iter();
            let artifact = |check: &Check| check.subject.starts_with("record ");
            checks.extend(checked.filter(|check| !(was_written_later(release) && artifact(check))));
        }
        let (signed, found) = signatures::check_signatures(eyes, project, &name, release, demand).await?;
        checks.extend(signed);
        authorship = found;
    }
    if release.state.is_published() {
        checks.extend(check_files(eyes, release).await);
        checks.extend(check_charts(eyes, release).await);
        if !was_written_later(release) {
            checks.extend(check_page(eyes, project, release).await);
            let (planned, tag, commit) =
                (&project.deployments.kept(), &release.tag.name, &release.tag.commit);
            let deploying = Deploying { project, planned, tag, commit, version };
            checks.extend(check_deployments(eyes, &deploying, DeployOn::Version).await);
        }
    }
    Ok(Verification { checks, authorship })
}

/// The record of a release from before Plimsoll was written later: it lies in the ledger alone, and nobody moved tags for it.
pub(super) fn was_written_later(release: &Release) -> bool {
    release.record.adopted || release.record.format == 0
}

/// Moving tags, each at its head or not.
pub(super) async fn check_moving(
    eyes: Eyes<'_>,
    project: &Project,
    asked: BTreeMap<MovingTag, Necessity>,
) -> Vec<Check> {
    if asked.is_empty() {
        return Vec::new();
    }
    let known: BTreeSet<MovingTag> = asked.keys().cloned().collect();
    let mut mirrors = Mirrors::new(project);
    let courses = look(eyes, project, &known, &mut mirrors).await;
    let check = |(tag, necessity): (MovingTag, Necessity)| {
        let outcome = match (&courses, mirrors.find_silence(&tag.0)) {
            (Err(stop), _) => describe_stop(stop),
            (Ok(_), Some(error)) => describe_trouble(error),
            (Ok(courses), None) => {
                let head = courses.get(&tag).and_then(|course| course.head.as_ref());
                match head {
                    Some((_, head)) => follow(courses, &tag, head),
                    None => follow(courses, &tag, &Digest::of(b"")),
                }
            }
        };
        Check { subject: format!("moving-tag {}:{}", tag.0, tag.1), necessity, outcome }
    };
    asked.into_iter().map(check).collect()
}

/// What the claim says; a release that only its record file tells of has none.
fn check_claim(name: &ClaimName, release: &Release) -> Option<Check> {
    if release.from == From::File {
        return None;
    }
    let outcome = match release.state {
        ReleaseState::Committed => Outcome::Unfinished { want: State::Published.to_string() },
        ReleaseState::Published | ReleaseState::Recorded => Outcome::Ok,
        ReleaseState::Burnt => Outcome::Burnt,
    };
    Some(Check { subject: format!("claim {name}"), necessity: Necessity::Required, outcome })
}

async fn check_git_tag(eyes: Eyes<'_>, release: &Release) -> Check {
    // A record of before Plimsoll has the commit alone, and a tag may be an object of its own.
    if release.record.format == 0 {
        return check_git_tag_commit(eyes, release).await;
    }
    let want = release.tag.object.to_string();
    let outcome = match eyes.git().tag(&release.tag).await {
        Ok(TagNow::Same) => Outcome::Ok,
        Ok(TagNow::Gone) => Outcome::Drift { want, found: None },
        Ok(TagNow::Other(found)) => Outcome::Drift { want, found: Some(Oid::to_string(&found)) },
        Err(error) => Outcome::Unreachable(error.to_string()),
    };
    Check { subject: format!("git-tag {}", release.tag.name), necessity: Necessity::Required, outcome }
}

async fn check_git_tag_commit(eyes: Eyes<'_>, release: &Release) -> Check {
    let want = &release.tag.commit;
    let outcome = match eyes.git().find_tag(&release.tag.name).await {
        Ok(Some(found)) if found == *want => Outcome::Ok,
        Ok(found) => Outcome::Drift { want: want.to_string(), found: found.map(|found| found.to_string()) },
        Err(error) => Outcome::Unreachable(error.to_string()),
    };
    Check { subject: format!("git-tag {}", release.tag.name), necessity: Necessity::Required, outcome }
}

/// The ledger's files, byte for byte. A checkout that has none of this release may be older and is not asked; one that has
/// some must have all.
async fn check_files(eyes: Eyes<'_>, release: &Release) -> Vec<Check> {
    let version = &release.record.version;
    let own = expected_files(release).into_iter().map(|file| (file.name, Digest::of(&file.bytes)));
    let further = release.seal.files.iter();
    let further = further.map(|(role, sealed)| (role_file_name(version, *role), sealed.digest.clone()));
    let mut looks = Vec::new();
    for (name, want) in own.chain(further) {
        let looked = eyes.ledger().read(&name).await;
        looks.push((name, want, looked));
    }
    let none = looks.iter().all(|(_, _, looked)| matches!(looked, Ok(None)));
    if none && eyes.ledger().coverage() == Coverage::Checkout {
        return Vec::new();
    }
    let check = |(name, want, looked): (String, Digest, Result<Option<Vec<u8>>, WorldError>)| {
        let outcome = match looked {
            Ok(Some(bytes)) if want.matches(&bytes) => Outcome::Ok,
            Ok(Some(bytes)) => Outcome::Lies(format!("its digest is {}, not {want}", Digest::of(&bytes))),
            Ok(None) => Outcome::Drift { want: want.to_string(), found: None },
            Err(error) => describe(&error),
        };
        Check { subject: format!("file {name}"), necessity: Necessity::Required, outcome }
    };
    looks.into_iter().map(check).collect()
}

async fn check_lading(eyes: Eyes<'_>, state: ReleaseState, lading: &Lading) -> Vec<Check> {
    let necessity = lading.necessity;
    let mut checks = Vec::new();
    for (subject, want, looked) in lading.look(eyes).await {
        let reads = match looked {
            Ok(Observation::Satisfied) => eyes.stores().are_at_hand(),
            Ok(Observation::Needed(_)) => state != ReleaseState::Committed,
            Ok(Observation::Superseded(_) | Observation::Conflict(_)) | Err(_) => false,
        };
        if reads && subject.starts_with("content ") {
            match find_damage(eyes, &*eyes.pull(&lading.repository), &want).await {
                Ok(None) => {}
                Ok(Some(damage)) => {
                    checks.push(Check { subject, necessity, outcome: describe(&damage.into()) });
                    continue;
                }
                Err(error) => {
                    checks.push(Check { subject, necessity, outcome: describe(&error) });
                    continue;
                }
            }
        }
        let outcome = match looked {
            Ok(Observation::Satisfied | Observation::Superseded(_)) => Outcome::Ok,
            Ok(Observation::Needed(_)) if state == ReleaseState::Committed => {
                Outcome::Unfinished { want: want.to_string() }
            }
            Ok(Observation::Needed(_)) => Outcome::Drift { want: want.to_string(), found: None },
            Ok(Observation::Conflict(found)) => {
                Outcome::Drift { want: want.to_string(), found: Some(found.to_string()) }
            }
            Err(error) => describe(&error),
        };
        checks.push(Check { subject, necessity, outcome });
    }
    checks
}

pub(super) fn describe(error: &WorldError) -> Outcome {
    use plimsoll_oci::store::StoreError;
    match error {
        WorldError::Store(StoreError::Lies { .. } | StoreError::Size { .. } | StoreError::Model(_)) => {
            Outcome::Lies(error.to_string())
        }
        WorldError::Store(StoreError::Unauthorized { .. } | StoreError::Denied { .. }) => {
            Outcome::Denied(error.to_string())
        }
        _ => Outcome::Unreachable(error.to_string()),
    }
}

pub(super) fn describe_stop(stop: &Stop) -> Outcome {
    match stop {
        Stop::Ship(error) => describe_trouble(error),
        _ => Outcome::Unreachable(stop.to_string()),
    }
}

fn describe_trouble(error: &ShipError) -> Outcome {
    match error {
        ShipError::World(error) => describe(error),
        _ => Outcome::Unreachable(error.to_string()),
    }
}

async fn check_moving_tags(eyes: Eyes<'_>, project: &Project, release: &Release) -> Vec<Check> {
    let mut wanted: Vec<(MovingTag, &Digest, Necessity)> = Vec::new();
    for target in &release.seal.targets {
        let Some(digest) = release.seal.artifacts.get(&target.artifact) else { continue };
        for tag in &target.moving {
            wanted.push(((target.repository.clone(), tag.clone()), digest, target.necessity));
        }
    }
    if wanted.is_empty() {
        return Vec::new();
    }
    let known: BTreeSet<MovingTag> = wanted.iter().map(|(tag, _, _)| tag.clone()).collect();
    let mut mirrors = Mirrors::new(project);
    let courses = look(eyes, project, &known, &mut mirrors).await;
    let check = |(tag, own, necessity): (MovingTag, &Digest, Necessity)| {
        let outcome = match (&courses, mirrors.find_silence(&tag.0)) {
            (Err(stop), _) => describe_stop(stop),
            (Ok(_), Some(error)) => describe_trouble(error),
            (Ok(courses), None) => follow(courses, &tag, own),
        };
        Check { subject: format!("moving-tag {}:{}", tag.0, tag.1), necessity, outcome }
    };
    wanted.into_iter().map(check).collect()
}

/// A moving tag is right only if it is at its head, never because it carries this release's digest.
fn follow(courses: &Courses, tag: &MovingTag, own: &Digest) -> Outcome {
    let Some(Course { now, head }) = courses.get(tag) else {
        return Outcome::Unreachable("what was said of its head can't be read".to_owned());
    };
    let found = now.as_ref().map(ToString::to_string);
    match (head, now) {
        (None, _) => Outcome::Orphaned(found),
        (Some((_, head)), Some(now)) if now == head && head == own => Outcome::Ok,
        (Some((version, head)), Some(now)) if now == head => Outcome::Superseded(version.clone()),
        (Some((_, head)), _) => Outcome::Drift { want: head.to_string(), found },
    }
}
