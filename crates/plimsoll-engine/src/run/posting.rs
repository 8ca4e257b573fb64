//! What is attested, given to a forge that keeps such things (GitHub's attestations).

use super::stop::Stop;
use super::whole::{RecordTag, ladings};
use crate::domain::attestation::Equality;
use crate::domain::claim::{ClaimName, Seal};
use crate::domain::event::Event;
use crate::domain::git::TagAt;
use crate::domain::step::Phase;
use crate::ship::attest::{Attest, Vouching};
use crate::ship::key::{Key as _, Published};
use crate::ship::post_attestation::{PostAttestation, is_posted};
use crate::ship::{Ensured, ShipError, ensure};
use crate::world::{Eyes, World, WorldError};

/// The statements of a set that the forge keeps: each once, however many repositories it is attached in. A bare signature says
/// nothing that a forge could show, and where there is no forge, as for a release of this machine, nobody is given anything.
fn posted(eyes: Eyes<'_>, name: &ClaimName, tag: &TagAt, seal: &Seal) -> Vec<Vec<Attest>> {
    if eyes.forge().kind().is_none() {
        return Vec::new();
    }
    let all = ladings(name, tag, seal, RecordTag::WithTheRest).into_iter();
    let mut found: Vec<Vec<Attest>> = Vec::new();
    for attest in all
        .flat_map(|lading| lading.attestations)
        .filter(|attest| !attest.is_signature() && attest.is_bundle())
    {
        match found.iter_mut().find(|same| same.first().is_some_and(|first| says_the_same(first, &attest))) {
            Some(same) => same.push(attest),
            None => found.push(vec![attest]),
        }
    }
    found
}

/// Whether one bundle does for both.
fn says_the_same(one: &Attest, other: &Attest) -> bool {
    let (one, other) = (&one.attestation, &other.attestation);
    match (one.equality, other.equality) {
        (Equality::Bytes, Equality::Bytes) => one.payload.digest() == other.payload.digest(),
        _ => one.subject.digest == other.subject.digest && one.predicate_type == other.predicate_type,
    }
}

/// Sees that the forge keeps everything that is attested of a release.
///
/// # Errors
/// The forge did not do it, or nobody has what is to be posted.
pub(super) async fn post_attestations(
    world: &World,
    name: &ClaimName,
    tag: &TagAt,
    published: &Published,
) -> Result<Ensured, Stop> {
    let mut ensured = Ensured::Already;
    let posted = posted(world.eyes(), name, tag, published.seal());
    if !posted.is_empty() {
        world.watcher.see(Event::Phase(Phase::Attestations));
    }
    for same in posted {
        let (attest, bundle) = find_attached(world.eyes(), &same).await?;
        if ensure(world, published, &PostAttestation { attest, bundle }).await? == Ensured::Made {
            ensured = Ensured::Made;
        }
    }
    Ok(ensured)
}

/// The bundle of a statement, from the first repository that has one which counts.
async fn find_attached(eyes: Eyes<'_>, same: &[Attest]) -> Result<(Attest, bytes::Bytes), ShipError> {
    let mut failed = None;
    for attest in same {
        match attest.look(eyes).await {
            Ok(Vouching::Vouched { signed, .. }) => return Ok((attest.clone(), signed.bytes)),
            Ok(Vouching::Unvouched { .. }) => {
                failed = failed.or(Some(ShipError::NoEffect { step: attest.name() }));
            }
            Err(error) => failed = Some(error.into()),
        }
    }
    Err(failed.expect("there is at least one of each"))
}

/// Whether the forge keeps everything that is attested of a set.
///
/// # Errors
/// The forge did not answer, or nothing can be judged.
pub(crate) async fn are_posted(
    eyes: Eyes<'_>,
    name: &ClaimName,
    tag: &TagAt,
    seal: &Seal,
) -> Result<bool, WorldError> {
    for same in posted(eyes, name, tag, seal) {
        let mut found = false;
        for attest in &same {
            found = found || is_posted(eyes, attest).await?;
        }
        if !found {
            return Ok(false);
        }
    }
    Ok(true)
}
