//! A claim that was lost, written again from the record of its release.
//!
//! A record alone proves nothing: runs that lost leave records behind. It does where every version tag of every required
//! repository is on what it names, which is what `published` says; where no other record is confirmed as well; where it is signed
//! by whom it must be; where it sends nothing anywhere else than the configuration or a file of the ledger does; and where the
//! git tag is still the object that it was made from.

use std::collections::BTreeSet;

use plimsoll_oci::name::{ImageRepository, ImageTag};

use crate::act::verify::{Authorship, Demand, Outcome, Place, check_signatures};
use crate::domain::artifact::ArtifactName;
use crate::domain::claim::{Claim, ClaimName, Holder, Nonce, Seal, State};
use crate::domain::git::TagAt;
use crate::domain::project::{Image, Project};
use crate::domain::step::StepId;
use crate::domain::target::{Necessity, Target};
use crate::ledger::recorded::find_recorded;
use crate::ledger::release::{Release, Scope};
use crate::ledger::sources::Sources;
use crate::run::chart_numbers::sealed_numbers;
use crate::run::mirrors::repositories;
use crate::run::stop::Stop;
use crate::run::swap::read;
use crate::statement::artifact::hold_tag;
use crate::statement::record::{Record, file_name};
use crate::statement::release::name_record;
use crate::world::git::TagNow;
use crate::world::{Eyes, World, WorldError};

/// Why what is recorded does not prove what a lost claim said.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unproven {
    /// No record artifact.
    #[error(
        "its claim is lost, and so is the record in its repositories: nothing says any more what was released"
    )]
    Unrecorded,
    /// Several.
    #[error(
        "its claim is lost, and the version tags confirm several records ({}): delete the tags of all but the one that was released, which is what the machine that released it has, or its release page",
        .0.iter().map(ImageTag::to_string).collect::<Vec<_>>().join(", ")
    )]
    Several(BTreeSet<ImageTag>),
    /// The record is one that this Plimsoll would write otherwise.
    #[error(
        "its claim is lost, and its record says more than this Plimsoll knows: let a newer one repair it"
    )]
    Newer,
    /// The git tag.
    #[error("its claim is lost, and git tag {} is not the one that it was released from: put that back first: `git update-ref refs/tags/{} {}`, and push it if there is a remote", .0.name, .0.name, .0.object)]
    GitTag(Box<TagAt>),
    /// The configuration, where no file of the ledger says the same.
    #[error(
        "its claim is lost, and its record has `{artifact}` in {repository}, which the configuration does not: name it there for as long as it is repaired"
    )]
    Elsewhere {
        /// What.
        artifact: ArtifactName,
        /// Where.
        repository: ImageRepository,
    },
    /// The signatures.
    #[error("its claim is lost, and nobody whose signatures count vouches for its record: {0}")]
    Unvouched(String),
    /// Somebody holds a claim now.
    #[error("another run has taken its claim: {0}")]
    Taken(State),
    /// The number of a chart is another release's.
    #[error("its claim is lost, and {0} is the chart of another release")]
    NumberTaken(ClaimName),
}

/// What came of it.
pub(super) enum Reclaimed {
    /// The claim says again what it said: all but tags that the first commit to have them keeps, which are in no record.
    Done(Box<Claim>),
    /// It can't be known what it said.
    Left(Unproven),
}

/// Writes the claim of a release again.
///
/// # Errors
/// Something that must be asked does not answer, or the claim can't be written.
pub(super) async fn reclaim(
    world: &World,
    project: &Project,
    me: &Holder,
    release: &Release,
) -> Result<Reclaimed, Stop> {
    let name = release.claim_name();
    let (seal, tag) = match prove(world.eyes(), project, &name, release).await? {
        Ok(proven) => proven,
        Err(unproven) => return Ok(Reclaimed::Left(unproven)),
    };
    let numbers = sealed_numbers(project, &seal);
    let record = seal.record.clone();
    let write = |name: &ClaimName, seal: Option<Seal>| {
        let nonce = Nonce::new(world.clock.random());
        let holder = Holder { since: world.clock.now(), ..me.clone() };
        // Of which configuration and plan it was nobody knows any more.
        Claim::begin(name, nonce, tag.clone(), record.clone(), record.clone(), holder, seal)
    };
    for (chart, number) in &numbers {
        let number = ClaimName { component: chart.clone(), version: number.clone() };
        let there = create(world, &number, write(&number, None).as_number_for(&name)).await?;
        if there.number_for != Some(name.to_string()) {
            return Ok(Reclaimed::Left(Unproven::NumberTaken(number)));
        }
    }
    let sealed = write(&name, Some(seal)).with_numbers(&numbers);
    let (nonce, holder) = (sealed.nonce.clone(), sealed.holder.clone());
    let claim = create(world, &name, sealed.moved_on(State::Published, nonce, holder)).await?;
    let is_same = claim.seal.as_ref().is_some_and(|seal| seal.record == record);
    Ok(match claim.state {
        State::Published if is_same => Reclaimed::Done(Box::new(claim)),
        state => Reclaimed::Left(Unproven::Taken(state)),
    })
}

/// Creates a claim where there is none. Whatever the answer was, the claim tells.
async fn create(world: &World, name: &ClaimName, claim: Claim) -> Result<Claim, Stop> {
    let step = StepId::new("claim", format_args!("{name} {}", claim.state));
    let sent = world.hands(&step).swap(name, None, Some(&claim), None).await;
    match (read(world, name).await?, sent) {
        (Some(there), _) => Ok(there.claim),
        (None, Err(error)) => Err(error.into()),
        (None, Ok(_)) => Err(WorldError::Refused.into()),
    }
}

/// The seal and the tag of a release, where everything that there is agrees on them.
async fn prove(
    eyes: Eyes<'_>,
    project: &Project,
    name: &ClaimName,
    release: &Release,
) -> Result<Result<(Seal, TagAt), Unproven>, Stop> {
    let scope = Scope::of_project(project);
    let mut places = repositories(project);
    for target in &release.seal.targets {
        places.entry(target.repository.clone()).or_insert(target.necessity);
    }
    let recorded = find_recorded(Sources::of(eyes), scope, &places, name).await?;
    let digests: BTreeSet<_> = recorded.iter().map(|release| &release.seal.record).collect();
    if digests.len() > 1 {
        let tags = digests.into_iter().map(|digest| hold_tag(&name.version, digest)).collect();
        return Ok(Err(Unproven::Several(tags)));
    }
    let Some(recorded) = recorded.into_iter().next().filter(|one| one.seal.record == release.seal.record)
    else {
        return Ok(Err(Unproven::Unrecorded));
    };
    if name_record(&Record::of_seal(name, &recorded.tag, &recorded.seal)) != recorded.seal.record {
        return Ok(Err(Unproven::Newer));
    }
    let is_filed = eyes.ledger().read(&file_name(&name.version)).await?.is_some();
    if !is_filed && let Some(target) = recorded.seal.targets.iter().find(|one| !is_configured(project, one)) {
        let (artifact, repository) = (target.artifact.clone(), target.repository.clone());
        return Ok(Err(Unproven::Elsewhere { artifact, repository }));
    }
    if eyes.git().tag(&recorded.tag).await? != TagNow::Same {
        return Ok(Err(Unproven::GitTag(Box::new(recorded.tag))));
    }
    if let Some(why) = find_refusal(eyes, project, name, &recorded).await? {
        return Ok(Err(Unproven::Unvouched(why)));
    }
    Ok(Ok((recorded.seal, recorded.tag)))
}

/// True if a project has this artifact in this repository.
fn is_configured(project: &Project, target: &Target) -> bool {
    let image = project.images.iter().find(|image| image.name == target.artifact);
    let of_image = image.into_iter().flat_map(Image::repositories);
    let charts = project.charts.iter().filter(|chart| chart.name == target.artifact);
    of_image.chain(charts.map(|chart| &chart.repository)).any(|place| *place == target.repository)
}

/// Why nobody vouches for a release who must; none if somebody does. A project that signs believes no record that is unsigned, but
/// of versions from before it did.
async fn find_refusal(
    eyes: Eyes<'_>,
    project: &Project,
    name: &ClaimName,
    release: &Release,
) -> Result<Option<String>, Stop> {
    // The signature of an image says nothing of a version: only a record that is signed itself does.
    if release.seal.signing.is_none() && project.must_be_signed(&release.version) {
        return Ok(Some("the record is not signed, and this project signs".to_owned()));
    }
    let (checks, authorship) = check_signatures(eyes, project, name, release, Demand::Policy).await?;
    if authorship == Authorship::Unstated {
        return Ok(Some("it is not said whose signatures count".to_owned()));
    }
    let mut checks = checks.iter().filter(|check| check.place == Place::Registry);
    let refused = checks.find(|check| check.necessity == Necessity::Required && check.outcome != Outcome::Ok);
    Ok(refused.map(|check| check.subject.clone()))
}
