//! The signatures of images and charts as files for people, beside the others of a release page.

use serde_json::Value;

use super::whole::{RecordTag, ladings};
use crate::domain::attestation::{AttachedForm, Judgement, Signed};
use crate::domain::claim::{ClaimName, Seal};
use crate::domain::git::TagAt;
use crate::ship::ShipError;
use crate::ship::attest::{Attest, Vouching};
use crate::statement::release::render_envelope;
use crate::world::forge::Page;
use crate::world::ledger::LedgerFile;
use crate::world::{Eyes, WorldError};

/// What the names of files with a signature's bundle end with: the second is for tools that know no other.
const BUNDLE_ENDINGS: [&str; 2] = [".sigstore.json", ".sigstore"];
/// What the name of the file ends with that has the envelopes of everything that is stated, one to a line.
const ENVELOPES_ENDING: &str = ".intoto.jsonl";

/// The files: of each image and chart the bundle of its signature, and the envelopes of what is stated of it. What the page has
/// already stays if it counts: somebody else may have signed, too. None where releases are not signed in bundles.
///
/// # Errors
/// Something that was signed is not to be had any more, or the forge did not answer.
pub(crate) async fn find_signed_files(
    eyes: Eyes<'_>,
    name: &ClaimName,
    tag: &TagAt,
    seal: &Seal,
) -> Result<Vec<LedgerFile>, ShipError> {
    if seal.signing.is_none_or(|form| !form.attached().contains(&AttachedForm::Bundle)) {
        return Ok(Vec::new());
    }
    let page = eyes.forge().find_page(&tag.name).await?;
    let all = ladings(name, tag, seal, RecordTag::WithTheRest);
    let all: Vec<Attest> =
        all.into_iter().flat_map(|lading| lading.attestations).filter(Attest::is_bundle).collect();
    let mut files = Vec::new();
    for artifact in seal.artifacts.keys() {
        let Some(first) = seal.targets.iter().find(|target| target.artifact == *artifact) else { continue };
        let of_this = all.iter().filter(|one| one.repository == first.repository);
        let (signatures, statements): (Vec<&Attest>, Vec<&Attest>) =
            of_this.filter(|one| seal.is_of(one.subject(), artifact)).partition(|one| one.is_signature());
        let named = |ending: &str| format!("{artifact}-{}{ending}", tag.name);
        for signature in signatures {
            let bundle = read_signed(eyes, signature).await?;
            for ending in BUNDLE_ENDINGS {
                let (name, new) = (named(ending), bundle.bytes.to_vec());
                let bytes = match find_kept(eyes, page.as_ref(), &name).await? {
                    Some(kept) if counts(eyes, signature, &kept).await? => kept,
                    _ => new,
                };
                files.push(LedgerFile { name, bytes });
            }
        }
        let mut envelopes = Vec::new();
        for statement in statements {
            envelopes.extend(render_envelope(&read_signed(eyes, statement).await?.bytes).unwrap_or_default());
        }
        if !envelopes.is_empty() {
            let name = named(ENVELOPES_ENDING);
            let kept = find_kept(eyes, page.as_ref(), &name).await?;
            let bytes = kept.filter(|kept| state_the_same(kept, &envelopes)).unwrap_or(envelopes);
            files.push(LedgerFile { name, bytes });
        }
    }
    Ok(files)
}

/// What is attached and counts.
async fn read_signed(eyes: Eyes<'_>, attest: &Attest) -> Result<Signed, ShipError> {
    match attest.look(eyes).await? {
        Vouching::Vouched { signed, .. } => Ok(signed),
        Vouching::Unvouched { .. } => Err(ShipError::NoEffect { step: attest.name() }),
    }
}

/// The file that the page has under a name.
async fn find_kept(eyes: Eyes<'_>, page: Option<&Page>, name: &str) -> Result<Option<Vec<u8>>, WorldError> {
    let (Some(page), name) = (page, eyes.forge().asset_name(name)) else { return Ok(None) };
    match page.find_whole(&name) {
        Some(asset) => Ok(Some(eyes.forge().read_asset(&page.id, asset).await?.to_vec())),
        None => Ok(None),
    }
}

/// Whether a bundle is a signature by somebody who counts.
async fn counts(eyes: Eyes<'_>, signature: &Attest, bundle: &[u8]) -> Result<bool, WorldError> {
    let signed = Signed::bundle(bundle.to_vec().into());
    let judged = eyes.signatures().judge(&signed, &signature.attestation, signature.sealed).await?;
    Ok(matches!(judged, Judgement::Vouched { .. }))
}

/// Whether envelopes hold the same statements, line by line. Who signed one can't be said of an envelope alone.
fn state_the_same(some: &[u8], others: &[u8]) -> bool {
    let stated = |lines: &[u8]| -> Vec<Value> {
        let lines = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines
            .map(|line| serde_json::from_slice::<Value>(line).unwrap_or_default()["payload"].take())
            .collect()
    };
    stated(some) == stated(others)
}
