//! Who vouches for a release: what is signed of it, looked at in an archive or in the repositories that it went to.

use std::collections::BTreeSet;

use plimsoll_engine::domain::claim::ClaimName;
use plimsoll_engine::domain::event::Unwatched;
use plimsoll_engine::run::whole::{RecordTag, ladings};
use plimsoll_engine::ship::attest::{Attest, Vouching};
use plimsoll_engine::world::WorldError;
use plimsoll_engine::world::signatures::SignaturesView;
use plimsoll_oci::name::ImageRepository;
use plimsoll_oci::store::Pull;

use super::Parcel;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vouched {
    /// Who has signed.
    pub signers: BTreeSet<String>,
    /// How many statements there are, in one place.
    pub statements: usize,
}

/// Why nobody vouches for something.
#[derive(Clone, Debug, thiserror::Error)]
pub enum VouchError {
    /// It is not signed by whom it must be.
    #[error("{what} is not signed by whom it must be")]
    Unvouched {
        /// What.
        what: String,
        /// Why what is attached does not count.
        why: String,
    },
    /// Its record does not say that it is signed.
    #[error("its record does not say that the release is signed")]
    Unsigned,
    /// It can't be read, or nothing can be judged.
    #[error(transparent)]
    World(#[from] WorldError),
}

/// Everything that must be signed of the release in an archive, as its record says; nothing where it does not say that it is signed. The
/// signature of an image alone says nothing of a version, nor of files: anybody can write a record around it. Mirrors are not in
/// archives.
pub(super) fn statements(parcel: &Parcel) -> Vec<Attest> {
    let record = &parcel.record;
    let name = ClaimName { component: record.component.clone(), version: record.version.clone() };
    let places: BTreeSet<&ImageRepository> =
        parcel.contents.iter().map(|content| &content.repository).collect();
    let all = ladings(&name, &record.tag(), &parcel.seal, RecordTag::WithTheRest);
    let attestations = all.into_iter().flat_map(|lading| lading.attestations);
    attestations.filter(|attest| places.contains(&attest.repository)).collect()
}

/// Looks at every statement where `find` leads.
pub(super) async fn vouch<'p>(
    statements: &[Attest],
    signatures: &dyn SignaturesView,
    find: impl Fn(&ImageRepository) -> Option<(String, &'p dyn Pull)>,
) -> Result<Vouched, VouchError> {
    let mut found = Vouched::default();
    for attest in statements {
        let Some((place, pull)) = find(&attest.repository) else { continue };
        match attest.look_at(pull, signatures, &Unwatched).await? {
            Vouching::Vouched { by, .. } => {
                found.signers.insert(by);
                found.statements += 1;
            }
            Vouching::Unvouched { why } => {
                let what = format!("{place}@{}", attest.subject());
                let why = why.unwrap_or_else(|| "nobody has signed it".to_owned());
                return Err(VouchError::Unvouched { what, why });
            }
        }
    }
    Ok(found)
}
