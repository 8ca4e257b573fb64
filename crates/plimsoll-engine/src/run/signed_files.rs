//! The signatures of images and charts as files for people, beside the others of a release page.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::Value;

use super::signing::find_signed;
use super::whole::{RecordTag, ladings};
use crate::domain::attestation::{AttachedForm, Judgement, Signed};
use crate::domain::claim::{ClaimName, Seal};
use crate::domain::git::{GitTag, TagAt};
use crate::ship::ShipError;
use crate::ship::attest::{Attest, Vouching};
use crate::statement::release::{render_envelope, render_line};
use crate::world::forge::Page;
use crate::world::ledger::LedgerFile;
use crate::world::{Eyes, WorldError};

/// What the names of files with a signature's bundle end with: the second is for tools that know no other.
const BUNDLE_ENDINGS: [&str; 2] = [".sigstore.json", ".sigstore"];
/// What the name of the file ends with that has the envelopes of everything that is stated, one to a line.
const ENVELOPES_ENDING: &str = ".intoto.jsonl";

/// One of these files.
pub(crate) struct SignedFile {
    /// Its name.
    pub name: String,
    holds: Holds,
}

/// What a file holds.
enum Holds {
    /// The bundle of a signature.
    Bundle(Box<Attest>),
    /// The envelopes of what is stated of an image or chart.
    Envelopes(Vec<Attest>),
}

/// The files that a release has: of each image and chart the bundle of its signature, and the envelopes of what is stated of it. In
/// cosign's older form alone there is no bundle: what is signed there is a text that names the image, and a file of it would verify
/// nothing without that text.
pub(crate) fn signed_files(name: &ClaimName, tag: &TagAt, seal: &Seal) -> Vec<SignedFile> {
    let Some(form) = seal.signing else { return Vec::new() };
    let bundles = form.attached().contains(&AttachedForm::Bundle);
    let all =
        ladings(name, tag, seal, RecordTag::WithTheRest).into_iter().flat_map(|lading| lading.attestations);
    let all: Vec<Attest> = all.filter(|attest| attest.is_bundle() == bundles).collect();
    let mut files = Vec::new();
    for (artifact, root) in &seal.artifacts {
        let Some(first) = seal.targets.iter().find(|target| target.artifact == *artifact) else { continue };
        let of_this = all.iter().filter(|one| one.repository == first.repository);
        let of_this = of_this.filter(|one| seal.is_of(one.subject(), artifact)).cloned();
        let (signatures, statements): (Vec<Attest>, Vec<Attest>) = of_this.partition(Attest::is_signature);
        let named = |ending: &str| format!("{artifact}-{}{ending}", tag.name);
        for signature in signatures.iter().filter(|signature| bundles && signature.subject() == root) {
            let bundle = |ending| SignedFile {
                name: named(ending),
                holds: Holds::Bundle(Box::new(signature.clone())),
            };
            files.extend(BUNDLE_ENDINGS.map(bundle));
        }
        if !statements.is_empty() {
            files.push(SignedFile { name: named(ENVELOPES_ENDING), holds: Holds::Envelopes(statements) });
        }
    }
    files
}

/// These files, for the page of a tag. What the page has already stays if it counts: somebody else may have signed, too.
///
/// # Errors
/// Something that was signed is not to be had any more, or the forge did not answer.
pub(crate) async fn find_signed_files(
    eyes: Eyes<'_>,
    name: &ClaimName,
    tag: &TagAt,
    shown_on: &GitTag,
    seal: &Seal,
) -> Result<Vec<LedgerFile>, ShipError> {
    let planned = signed_files(name, tag, seal);
    if planned.is_empty() {
        return Ok(Vec::new());
    }
    let page = eyes.forge().find_page(shown_on).await?;
    let mut files = Vec::new();
    for file in planned {
        let kept = match &page {
            Some(page) => file.read(eyes, page).await?,
            None => None,
        };
        let bytes = match kept {
            Some(kept) if file.is_right(eyes, &kept).await? => kept,
            Some(_) | None => file.render(eyes).await?,
        };
        if !bytes.is_empty() {
            files.push(LedgerFile { name: file.name, bytes });
        }
    }
    Ok(files)
}

/// The same for whoever wants them as files, page or none, with those of the statement about the release.
///
/// # Errors
/// Something that was signed is not to be had any more.
pub(crate) async fn read_signed_files(
    eyes: Eyes<'_>,
    name: &ClaimName,
    tag: &TagAt,
    seal: &Seal,
) -> Result<Vec<LedgerFile>, ShipError> {
    let mut files = Vec::new();
    for file in signed_files(name, tag, seal) {
        let bytes = file.render(eyes).await?;
        if !bytes.is_empty() {
            files.push(LedgerFile { name: file.name, bytes });
        }
    }
    files.extend(find_signed(eyes, name, tag, seal).await?);
    Ok(files)
}

impl SignedFile {
    /// What a page has under its name.
    pub(crate) async fn read(&self, eyes: Eyes<'_>, page: &Page) -> Result<Option<Vec<u8>>, WorldError> {
        match page.find_whole(&eyes.forge().asset_name(&self.name)) {
            Some(asset) => Ok(Some(eyes.forge().read_asset(&page.id, asset).await?.to_vec())),
            None => Ok(None),
        }
    }

    /// Whether such bytes count: a signature by somebody who counts, or the statements, signed by somebody who does.
    ///
    /// # Errors
    /// Nobody can say: what is attached is not to be had, or it is not said whose signatures count.
    pub(crate) async fn is_right(&self, eyes: Eyes<'_>, bytes: &[u8]) -> Result<bool, ShipError> {
        match &self.holds {
            Holds::Bundle(signature) => Ok(counts(eyes, signature, bytes).await?),
            Holds::Envelopes(statements) => are_signed(eyes, statements, bytes).await,
        }
    }

    /// Its bytes, from what is attached.
    async fn render(&self, eyes: Eyes<'_>) -> Result<Vec<u8>, ShipError> {
        match &self.holds {
            Holds::Bundle(signature) => Ok(read_signed(eyes, signature).await?.bytes.to_vec()),
            Holds::Envelopes(statements) => {
                let mut envelopes = Vec::new();
                for statement in statements {
                    let signed = read_signed(eyes, statement).await?;
                    envelopes.extend(envelope_of(statement, &signed).unwrap_or_default());
                }
                Ok(envelopes)
            }
        }
    }
}

/// What is attached and counts.
async fn read_signed(eyes: Eyes<'_>, attest: &Attest) -> Result<Signed, ShipError> {
    match attest.look(eyes).await? {
        Vouching::Vouched { signed, .. } => Ok(signed),
        Vouching::Unvouched { .. } => Err(ShipError::NoEffect { step: attest.name() }),
    }
}

/// Whether a bundle is a signature by somebody who counts.
async fn counts(eyes: Eyes<'_>, signature: &Attest, bundle: &[u8]) -> Result<bool, WorldError> {
    let signed = Signed::bundle(bundle.to_vec().into());
    let judged = eyes.signatures().judge(&signed, &signature.attestation, signature.sealed).await?;
    Ok(matches!(judged, Judgement::Vouched { .. }))
}

/// Whether these are the envelopes of all statements in their order, one to a line, and each signed by somebody who counts.
async fn are_signed(eyes: Eyes<'_>, statements: &[Attest], bytes: &[u8]) -> Result<bool, ShipError> {
    let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
    if lines.len() != statements.len() {
        return Ok(false);
    }
    for (statement, line) in statements.iter().zip(lines) {
        if !is_signed(eyes, statement, line).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether an envelope is a whole one of those that are attached and count. What is not attached any more may still vouch by itself, as
/// an envelope that is signed with a key does; of one that is signed with an identity it can't be said without its certificate.
async fn is_signed(eyes: Eyes<'_>, statement: &Attest, line: &[u8]) -> Result<bool, ShipError> {
    let Ok(envelope) = serde_json::from_slice::<Value>(line) else { return Ok(false) };
    let is_this = |signed: &Signed| {
        let attached = envelope_of(statement, signed).and_then(|bytes| serde_json::from_slice(&bytes).ok());
        attached.is_some_and(|attached: Value| attached == envelope)
    };
    if let Vouching::Vouched { .. } = statement.look_for(eyes, &is_this).await? {
        return Ok(true);
    }
    let alone = statement.attestation.clone().attached_as(AttachedForm::Legacy);
    let signed = Signed { bytes: Bytes::copy_from_slice(line), annotations: BTreeMap::new() };
    if let Judgement::Vouched { .. } =
        eyes.signatures().judge(&signed, &alone, statement.sealed).await.map_err(WorldError::from)?
    {
        return Ok(true);
    }
    // Where nothing is attached that counts, nobody can say.
    read_signed(eyes, statement).await.map(|_| false)
}

/// The envelope of what is attached, as one line; none if it has none.
fn envelope_of(statement: &Attest, signed: &Signed) -> Option<Vec<u8>> {
    match statement.is_bundle() {
        true => render_envelope(&signed.bytes),
        false => render_line(&signed.bytes),
    }
}
