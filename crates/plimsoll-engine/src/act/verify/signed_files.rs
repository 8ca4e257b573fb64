//! The signatures of images and charts as files of a release page.

use super::check::{Check, Outcome, Place, describe, describe_trouble};
use crate::domain::git::GitTag;
use crate::ledger::release::Release;
use crate::run::signed_files::{self, SignedFile};
use crate::ship::ShipError;
use crate::world::forge::{Page, PageStanding};
use crate::world::ledger::LedgerFile;
use crate::world::signatures::SigningError;
use crate::world::{Eyes, WorldError};

/// Each of them, by who signed it or what it states. Where it is not said whose signatures count, only that it is there.
pub(super) async fn check_signed_files(
    eyes: Eyes<'_>,
    release: &Release,
    tag: &GitTag,
    page: &Page,
) -> Vec<Check> {
    let mut checks = Vec::new();
    for file in signed_files::signed_files(&release.claim_name(), &release.tag, &release.seal) {
        if let Some(outcome) = judge(eyes, page, &file).await {
            let subject = format!("forge-asset {tag}/{}", eyes.forge().asset_name(&file.name));
            checks.push(Check::required(Place::Forge, subject, outcome));
        }
    }
    checks
}

/// What is signed of a release, as files: the bundles of images, charts and the statement about it, and the envelopes of what else is
/// stated. None where it is not signed.
///
/// # Errors
/// Something that was signed is not to be had any more, or it is not said whose signatures count.
pub async fn read_signed_files(eyes: Eyes<'_>, release: &Release) -> Result<Vec<LedgerFile>, ShipError> {
    signed_files::read_signed_files(eyes, &release.claim_name(), &release.tag, &release.seal).await
}

async fn judge(eyes: Eyes<'_>, page: &Page, file: &SignedFile) -> Option<Outcome> {
    let bytes = match file.read(eyes, page).await {
        Ok(Some(bytes)) => bytes,
        // Published before its files could be added, it takes none any more.
        Ok(None) if page.standing == PageStanding::Immutable => return None,
        Ok(None) => return Some(Outcome::Drift { want: "what was signed".to_owned(), found: None }),
        Err(error) => return Some(describe(&error)),
    };
    match file.is_right(eyes, &bytes).await {
        Ok(true) => Some(Outcome::Ok),
        Ok(false) => Some(Outcome::Lies("it is not what was signed of this release".to_owned())),
        Err(ShipError::World(WorldError::Signing(error))) if *error == SigningError::NoTrust => None,
        // What is attached is looked at by itself.
        Err(ShipError::NoEffect { .. }) => None,
        Err(error) => Some(describe_trouble(&error)),
    }
}
