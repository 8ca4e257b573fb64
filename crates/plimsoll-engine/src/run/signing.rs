//! Whether a run can sign, and the files with the signature of a release.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::order::Order;
use super::stop::Stop;
use super::whole::{RecordTag, ladings};
use crate::domain::attestation::{Judgement, Signed};
use crate::domain::claim::{ClaimName, Seal};
use crate::domain::git::TagAt;
use crate::domain::provenance::Workplace;
use crate::domain::step::StepId;
use crate::make::{Circumstances, check_workplace};
use crate::ship::ShipError;
use crate::ship::attest::{Attest, Vouching};
use crate::statement::release::{PREDICATE, bundle_name, signature_files};
use crate::world::ledger::LedgerFile;
use crate::world::{Eyes, World, WorldError};

/// Asks whether the keys of charts can be used and, where releases are signed, whether somebody can sign whose signatures count, and
/// whether what is told of this place would: before anything is made.
pub(super) async fn ready_to_sign(world: &World, order: &Order<'_>) -> Result<(), Stop> {
    let time = order.source.commit_time;
    for key in order.project.charts.iter().filter_map(|chart| chart.pgp_key.as_deref()) {
        world.eyes().chart_signer().ready(key, time).await.map_err(WorldError::from)?;
    }
    if order.plan.signing.is_none() {
        return Ok(());
    }
    world.eyes().signatures().ready().await.map_err(WorldError::from)?;
    let workplace = find_workplace(world, order).await?;
    let nothing = BTreeMap::new();
    let checked = check_workplace(Circumstances { workplace: &workplace, ..order.circumstances(&nothing) });
    checked.map_err(|fault| Stop::Make(Box::new(fault.into())))
}

/// Where this run takes place, as the provenance that it signs tells it: the builder is the workflow that its certificate names.
pub(super) async fn find_workplace(world: &World, order: &Order<'_>) -> Result<Workplace, Stop> {
    let here = order.workplace.clone();
    // Only GitHub's have workflows, and only what is signed has provenance.
    if order.plan.signing.is_none() || !matches!(here, Workplace::GitHub(_)) {
        return Ok(here);
    }
    let called = world.eyes().signatures().workflow().await.map_err(WorldError::from)?;
    Ok(match called {
        Some(workflow) => here.called(&workflow),
        None => here,
    })
}

/// The files of a release's signature; none where releases are not signed.
///
/// # Errors
/// No repository has one that counts, or none can be read.
pub(crate) async fn find_signed(
    eyes: Eyes<'_>,
    name: &ClaimName,
    tag: &TagAt,
    seal: &Seal,
) -> Result<Vec<LedgerFile>, ShipError> {
    let bundle = find_bundle(eyes, name, tag, seal).await?;
    Ok(bundle.map(|bundle| signature_files(&name.version, &bundle)).unwrap_or_default())
}

/// The bundle of a release's statement: the ledger's if it has one that counts, else that of the first repository which has one.
/// `None` where releases are not signed.
async fn find_bundle(
    eyes: Eyes<'_>,
    name: &ClaimName,
    tag: &TagAt,
    seal: &Seal,
) -> Result<Option<Bytes>, ShipError> {
    let mut attestations = statements(name, tag, seal).into_iter().peekable();
    let Some(first) = attestations.peek() else { return Ok(None) };
    if let Some(there) = eyes.ledger().read(&bundle_name(&name.version)).await?
        && let Judgement::Vouched { .. } = judge(eyes, &there, first).await?
    {
        return Ok(Some(Bytes::from(there)));
    }
    let mut failed = None;
    for attest in attestations {
        match attest.look(eyes).await {
            Ok(Vouching::Vouched { signed, .. }) => return Ok(Some(signed.bytes)),
            Ok(Vouching::Unvouched { .. }) => {}
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    match failed {
        Some(error) => Err(error.into()),
        None => Err(ShipError::NoEffect { step: StepId::new("attest", bundle_name(&name.version)) }),
    }
}

/// The statement about a release, wherever a bundle of it is attached.
pub(crate) fn statements(name: &ClaimName, tag: &TagAt, seal: &Seal) -> Vec<Attest> {
    let ladings = ladings(name, tag, seal, RecordTag::WithTheRest);
    let all = ladings.into_iter().flat_map(|lading| lading.attestations);
    all.filter(|attest| attest.attestation.predicate_type == PREDICATE && attest.is_bundle()).collect()
}

/// What a bundle of a release's statement is worth that lies in a file.
pub(crate) async fn judge(eyes: Eyes<'_>, bundle: &[u8], attest: &Attest) -> Result<Judgement, WorldError> {
    let signed = Signed::bundle(Bytes::copy_from_slice(bundle));
    Ok(eyes.signatures().judge(&signed, &attest.attestation, attest.sealed).await?)
}
