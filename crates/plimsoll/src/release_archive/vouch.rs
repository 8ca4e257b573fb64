//! Who vouches for a release: what is signed of it, looked at in an archive or in the repositories that it went to.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_engine::domain::attestation::Attestation;
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
    /// It can't be read, or nothing can be judged.
    #[error(transparent)]
    World(#[from] WorldError),
}

/// Everything that must be signed of the release in an archive: what its record says, or, where that says nothing, every
/// image and chart. Mirrors are not in archives.
pub(super) fn statements(parcel: &Parcel) -> Vec<Attest> {
    let record = &parcel.record;
    let name = ClaimName { component: record.component.clone(), version: record.version.clone() };
    let places: BTreeMap<&ImageRepository, ()> =
        parcel.contents.iter().map(|content| (&content.repository, ())).collect();
    let all = ladings(&name, &record.tag(), &parcel.seal, RecordTag::WithTheRest);
    let signed: Vec<Attest> = all
        .into_iter()
        .flat_map(|lading| lading.attestations)
        .filter(|attest| places.contains_key(&attest.repository))
        .collect();
    if !signed.is_empty() {
        return signed;
    }
    let alone = parcel.contents.iter().filter_map(|content| {
        let attestation = Attestation::signature(parcel.seal.descriptor(&content.name)?);
        let (repository, sealed) = (content.repository.clone(), parcel.seal.time);
        Some(Attest { repository, attestation, sealed, others: Vec::new(), keepers: Vec::new() })
    });
    alone.collect()
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
