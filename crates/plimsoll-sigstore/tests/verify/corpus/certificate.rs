//! Certificates that are not to be relied on, and that no log has seen. More of them are in `hostile_certificates.rs`.

use jiff::{SignedDuration, Timestamp};
use plimsoll_sigstore::artifact::Artifact;
use plimsoll_sigstore::bundle::Bundle;
use plimsoll_sigstore::key::PrivateKey;
use plimsoll_sigstore::trust::ValidFor;
use plimsoll_sigstore::verify::verify;

use super::{Case, case, of, of_root, reasons};
use crate::authority::certificate::*;
use crate::authority::certifier::{Sct, embed, embed_other};
use crate::authority::log::Form;
use crate::authority::*;

/// A signature by a certificate that is valid from so many minutes after now for ten.
fn valid_from(minutes: i64) -> Bundle {
    INSTANCE.message_by(INSTANCE.certificate(|draft| {
        draft.from = NOW + SignedDuration::from_mins(minutes);
        draft.until = draft.from + SignedDuration::from_mins(10);
    }))
}

/// A signature by a certificate with these in its list of timestamps.
fn seen(change: impl FnOnce(&mut Sct)) -> Bundle {
    let mut draft = INSTANCE.draft();
    let certifier = &INSTANCE.certifier;
    let mut sct = certifier.log.see(&draft, certifier.key.public(), NOW);
    change(&mut sct);
    draft.extensions.push(embed([sct.render()]));
    INSTANCE.message_by(draft.sign(&certifier.key))
}

/// A signature by a certificate that has this in place of the list.
fn with(extension: Option<Extension>) -> Bundle {
    let mut draft = INSTANCE.draft();
    draft.extensions.extend(extension);
    INSTANCE.message_by(draft.sign(&INSTANCE.certifier.key))
}

pub(super) fn cases() -> Vec<Case> {
    let message = INSTANCE.message();
    let past = ValidFor { start: None, end: Some(Timestamp::UNIX_EPOCH) };
    let other = PrivateKey::generate().unwrap();
    let mut timeless = INSTANCE.message();
    timeless.timestamps.clear();
    let mut strange = INSTANCE.message();
    let by_other = INSTANCE.draft().sign(&other);
    strange = INSTANCE.bundle(strange.content, by_other);
    let mut unpromised = INSTANCE.promised(
        plimsoll_sigstore::bundle::Version::V0_2,
        Form::HashV1,
        sign_bytes(&INSTANCE.holder, BYTES),
    );
    unpromised.entries[0].promise = None;
    unpromised.entries[0].log_index = 2;
    let scarce = |purposes: Extension| INSTANCE.message_by(INSTANCE.certificate(|draft| draft.set(purposes)));
    let of_nobody = |bundle: &Bundle| {
        let nobody = plimsoll_sigstore::trust::TrustedRoot::default();
        let report = verify(bundle, &Artifact::of_bytes(BYTES.to_vec()), &signer(), Some(&nobody));
        reasons(&report)
    };
    let mut unknown = case("nobody is trusted", "log-unknown", of_nobody(&message));
    unknown.want.push("timestamp-unknown-authority");
    vec![
        unknown,
        case("no certificate", "certificate-malformed", of(&INSTANCE.message_by(b"no certificate".to_vec()))),
        case("not valid any more", "certificate-expired", of(&valid_from(-11))),
        case("not valid yet", "certificate-expired", of(&valid_from(1))),
        case("for time stamping", "certificate-purpose", of(&scarce(Extension::purposes(&[TIME_STAMPING])))),
        case("for nothing", "certificate-purpose", of(&scarce(Extension::purposes(&[])))),
        case("for encryption", "certificate-purpose", of(&scarce(Extension::key_usage(0x20)))),
        case(
            "without a purpose",
            "certificate-purpose",
            of(&INSTANCE.message_by(INSTANCE.certificate(|draft| draft.remove(PURPOSES)))),
        ),
        case("signed by another", "certificate-untrusted", of(&strange)),
        case(
            "an authority of former times",
            "certificate-untrusted",
            of_root(&message, |root| root.certificate_authorities[0].valid_for = past),
        ),
        case(
            "an authority without a certificate",
            "certificate-untrusted",
            of_root(&message, |root| root.certificate_authorities[0].certificates.clear()),
        ),
        case("no timestamp", "certificate-without-time", of(&timeless)),
        case("a time that the log has not signed", "certificate-without-time", of(&unpromised)),
        case("seen by no log", "sct-missing", of(&with(None))),
        case("an empty list of logs", "sct-missing", of(&with(Some(embed([]))))),
        case("no list of logs", "sct-malformed", of(&with(Some(embed_other())))),
        case("another version", "sct-malformed", of(&seen(|sct| sct.version = 1))),
        case("another log", "sct-unknown-log", of(&seen(|sct| sct.log[0] ^= 1))),
        case("another hash", "sct-signature", of(&seen(|sct| sct.hash = 5))),
        case("another time", "sct-signature", of(&seen(|sct| sct.milliseconds += 1))),
        case("a broken promise", "sct-signature", of(&seen(|sct| sct.signature[8] ^= 1))),
        case(
            "a log of former times",
            "sct-log-not-valid",
            of_root(&message, |root| root.certificate_logs[0].valid_for = past),
        ),
    ]
}
