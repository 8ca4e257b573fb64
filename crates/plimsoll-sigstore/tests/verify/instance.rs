//! What the instance in memory makes verifies: it is good, and what is changed of it is the one thing that is wrong.

use plimsoll_sigstore::bundle::{Bundle, Version};
use plimsoll_sigstore::dsse::IN_TOTO;
use plimsoll_sigstore::verify::verify;

use crate::authority::log::Form;
use crate::authority::*;

fn verifies(bundle: &Bundle) {
    let report = verify(bundle, &artifact(), &signer(), Some(&INSTANCE.root()));
    assert!(report.is_verified(), "{report:#?}");
}

#[test]
fn signatures_and_statements_verify() {
    verifies(&INSTANCE.message());
    verifies(&INSTANCE.attestation());
}

#[test]
fn entries_of_every_form_verify() {
    let message = || sign_bytes(&INSTANCE.holder, BYTES);
    let envelope = || sign_envelope(&INSTANCE.holder, IN_TOTO, statement().as_bytes());
    let table = [
        (Form::HashV1, message()),
        (Form::HashV1, envelope()),
        (Form::EnvelopeV1, envelope()),
        (Form::StatementV1, envelope()),
        (Form::EnvelopeV2, envelope()),
    ];
    for (form, content) in table {
        let bundle = INSTANCE.promised(Version::V0_2, form, content);
        verifies(&bundle);
        let mut alone = bundle.clone();
        alone.version = Version::V0_1;
        alone.entries[0].proof = None;
        verifies(&alone);
    }
}
