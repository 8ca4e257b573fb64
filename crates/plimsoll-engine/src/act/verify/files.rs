//! The ledger's files of a release.

use plimsoll_oci::name::Digest;

use super::check::{Check, Outcome, Place, describe};
use crate::ledger::release::{Release, expected_files};
use crate::statement::record::role_file_name;
use crate::world::ledger::Coverage;
use crate::world::{Eyes, WorldError};

/// The ledger's files, byte for byte. A checkout that has none of this release may be older and is not asked; one that has
/// some must have all.
pub(super) async fn check_files(eyes: Eyes<'_>, release: &Release) -> Vec<Check> {
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
        Check::required(Place::Ledger, format!("file {name}"), outcome)
    };
    looks.into_iter().map(check).collect()
}
