//! What is signed of a set: every image index in every repository that gets it, and the statement about the release.

use plimsoll_oci::model::Descriptor;

use crate::domain::attestation::{AttachedForm, Attestation};
use crate::domain::claim::Seal;
use crate::ship::attest::Attest;
use crate::ship::push::PushImage;
use crate::ship::record::PushStatement;
use crate::statement::artifact::LayerBytes;
use crate::statement::attestation::SIGNATURE;

/// What is signed of the images of a set in one repository, in every form that is asked for: each index, the statement about the
/// release, attached to it, and whatever else is stated of it. The statement about the release is a bundle in any case, as the ledger
/// keeps it.
pub(super) fn attestations(seal: &Seal, record: &PushStatement, images: &[PushImage]) -> Vec<Attest> {
    let statement = record.artifact.layers.first().and_then(|layer| match &layer.bytes {
        LayerBytes::Written(bytes) => Some(bytes.clone()),
        LayerBytes::Made => None,
    });
    let (Some(form), Some(statement)) = (seal.signing, statement) else { return Vec::new() };
    let of = |image: &PushImage| {
        let attest = |attestation| Attest {
            repository: image.repository.clone(),
            attestation,
            sealed: seal.time,
            others: image.others.clone(),
            keepers: record.others.clone(),
        };
        let signature = |subject: &Descriptor, form: AttachedForm| match form {
            AttachedForm::Bundle => attest(Attestation::signature(subject.clone())),
            // The older form names its repository, so that none can be taken from another.
            AttachedForm::Legacy => Attest {
                others: Vec::new(),
                ..attest(Attestation::legacy_signature(subject.clone(), &image.repository.to_string()))
            },
        };
        let attached_as =
            |attestation: &Attestation, form: AttachedForm| match attestation.predicate_type == SIGNATURE {
                true => signature(&attestation.subject, form),
                false => attest(attestation.clone().attached_as(form)),
            };
        let release = Attestation::release(image.root.clone(), statement.clone());
        let older = form.attached().contains(&AttachedForm::Legacy);
        let older = older.then(|| release.clone().attached_as(AttachedForm::Legacy));
        let made = seal.statements.iter().filter(|made| seal.is_of(&made.subject.digest, &image.artifact));
        let made = made.map(Attestation::made).flat_map(|made| {
            form.attached().iter().map(move |form| attached_as(&made, *form)).collect::<Vec<_>>()
        });
        let whole = form.attached().iter().map(|form| signature(&image.root, *form));
        whole.chain(std::iter::once(release).chain(older).map(attest)).chain(made).collect::<Vec<_>>()
    };
    images.iter().flat_map(of).collect()
}
