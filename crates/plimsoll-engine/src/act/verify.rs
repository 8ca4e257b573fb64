//! `verify`: everything of a release observed again.

mod charts;
mod check;
mod content;
mod deployments;
mod files;
mod git_tag;
mod moving;
mod page;
mod promotions;
mod signatures;
mod signed_files;

use std::collections::BTreeSet;

pub(super) use self::charts::check_chart_marks;
use self::charts::{check_charts, is_listed};
use self::content::check_lading;
use self::deployments::{check_deployments, check_environments, do_environments_follow};
use self::files::check_files;
use self::git_tag::check_git_tag;
use self::moving::check_moving_tags;
use self::page::check_page;
use self::promotions::do_promotions_show;
use crate::domain::claim::{ClaimName, State};
use crate::domain::deployment::DeployOn;
use crate::domain::project::Project;
use crate::ledger::release::{KnownFrom, Release, ReleaseState};
use crate::run::deployment::Deploying;
use crate::run::mirrors::Mirrors;
use crate::run::stop::Stop;
use crate::run::survey::survey;
use crate::run::whole::{RecordTag, ladings};
use crate::world::Eyes;

pub use self::check::{Check, Outcome, Place, TagFate};
pub(super) use self::check::{describe, describe_stop};
pub use self::signatures::Demand;
pub(super) use self::signatures::check_signatures;
pub use self::signed_files::read_signed_files;
pub(super) use self::{moving::check_moving, promotions::check_promotions};

/// What verification found, check by check, in the order they were made.
#[derive(Clone, Debug)]
pub struct Verification {
    /// The checks.
    pub checks: Vec<Check>,
    /// Whether somebody vouches for who made it.
    pub authorship: Authorship,
}

impl Verification {
    /// Every check, and where nobody says whose signatures count, that of it: for whoever decides by checks alone.
    pub(super) fn into_checks(self) -> Vec<Check> {
        let unstated = (self.authorship == Authorship::Unstated).then(|| {
            let outcome = Outcome::Unvouched("it is not said whose signatures count".to_owned());
            Check::required(Place::Registry, "signatures".to_owned(), outcome)
        });
        self.checks.into_iter().chain(unstated).collect()
    }
}

/// Who vouches for a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authorship {
    /// These, whose signatures count.
    VouchedFor(BTreeSet<String>),
    /// Not everything is signed by somebody whose signatures count.
    Refused,
    /// It was recorded as unsigned, and need not be signed.
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
    if release.state.is_published() && !release.record.was_written_later() {
        verification.checks.extend(check_moving_tags(eyes, project, release).await);
        if do_promotions_show(project) || is_listed(release) || do_environments_follow(project) {
            match survey(eyes, project, &mut Mirrors::new(project), None).await {
                Ok(known) => {
                    verification.checks.extend(check_promotions(eyes, project, release, &known.marks).await);
                    verification.checks.extend(check_chart_marks(eyes, release, &known.marks).await);
                    verification.checks.extend(check_environments(eyes, project, release, &known).await);
                }
                Err(stop) => {
                    let subject = format!("promotions of {}", release.record.version);
                    verification.checks.push(Check::required(Place::Registry, subject, describe_stop(&stop)));
                }
            }
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
    let name = release.claim_name();
    checks.extend(check_claim(project, &name, release));
    if release.state != ReleaseState::Burnt {
        checks.push(check_git_tag(eyes, release).await);
        for lading in ladings(&name, &release.tag, &release.seal, RecordTag::WithTheRest) {
            checks.extend(check_lading(eyes, release, &lading).await);
        }
        let (signed, found) = check_signatures(eyes, project, &name, release, demand).await?;
        checks.extend(signed);
        authorship = found;
    }
    if release.state.is_published() {
        checks.extend(check_files(eyes, release).await);
        checks.extend(check_charts(eyes, release).await);
        if !release.record.was_written_later() {
            checks.extend(check_page(eyes, project, release).await);
            let (planned, tag, commit) =
                (&project.deployments.kept(), &release.tag.name, &release.tag.commit);
            let deploying = Deploying { project, planned, tag, commit, version: &name.version };
            checks.extend(check_deployments(eyes, &deploying, DeployOn::Version).await);
        }
    }
    Ok(Verification { checks, authorship })
}

/// What the claim says. A release that only a record tells of has lost it, if it ever had one.
fn check_claim(project: &Project, name: &ClaimName, release: &Release) -> Option<Check> {
    let is_lost = release.has_lost_claim(project);
    if release.from == KnownFrom::File && !is_lost {
        return None;
    }
    let outcome = match release.state {
        _ if is_lost => Outcome::Drift { want: State::Published.to_string(), found: None },
        ReleaseState::Committed => Outcome::Unfinished { want: State::Published.to_string() },
        ReleaseState::Published | ReleaseState::Recorded => Outcome::Ok,
        ReleaseState::Burnt => Outcome::Burnt,
    };
    Some(Check::required(Place::Claims, format!("claim {name}"), outcome))
}
