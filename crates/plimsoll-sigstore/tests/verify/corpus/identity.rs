//! Others than who must have signed.

use plimsoll_sigstore::policy::{Matcher, Policy, RequiredSigner};

use super::{Case, case, of, of_policy};
use crate::authority::certificate::*;
use crate::authority::der::text;
use crate::authority::*;
use crate::fixtures::{by, identity};

/// The signer, in a job of a repository.
fn of_source(source: &str) -> Policy {
    let mut policy = signer();
    if let RequiredSigner::Identity(identity) = &mut policy.signer {
        identity.source = Some(Matcher::Exact(source.to_owned()));
    }
    policy
}

pub(super) fn cases() -> Vec<Case> {
    let message = INSTANCE.message();
    let certified =
        |extension: Extension| INSTANCE.message_by(INSTANCE.certificate(|draft| draft.set(extension)));
    let without = |oid: &'static [&'static str]| {
        INSTANCE.message_by(INSTANCE.certificate(|draft| oid.iter().for_each(|oid| draft.remove(oid))))
    };
    vec![
        case("nobody in particular", "identity-unstated", of_policy(&message, &by(RequiredSigner::Unstated))),
        case(
            "names that are none",
            "identity-malformed",
            of(&certified(Extension::names([email(b"\xe9@b.test")]))),
        ),
        case(
            "an issuer that is no text",
            "identity-malformed",
            of(&certified(Extension::new(ISSUER, ISSUED_BY.as_bytes()))),
        ),
        case(
            "two issuers",
            "identity-malformed",
            of(&certified(Extension::new(PLAIN_ISSUER, b"https://other.test"))),
        ),
        case(
            "a repository that is no text",
            "identity-malformed",
            of_policy(&certified(Extension::new(SOURCE, b"x")), &of_source(SOURCE_REPOSITORY)),
        ),
        case(
            "another name",
            "identity-other-name",
            of_policy(&message, &identity("other@b.test", ISSUED_BY)),
        ),
        case(
            "a part of the name",
            "identity-other-name",
            of_policy(&message, &identity("a@b.tes", ISSUED_BY)),
        ),
        case(
            "the name in capitals",
            "identity-other-name",
            of_policy(&message, &identity("A@b.test", ISSUED_BY)),
        ),
        case("no name", "identity-other-name", of(&without(&[ALTERNATIVE_NAMES]))),
        case(
            "another issuer",
            "identity-other-issuer",
            of_policy(&message, &identity(SIGNER, "https://i.test/")),
        ),
        case("no issuer", "identity-other-issuer", of(&without(&[ISSUER, PLAIN_ISSUER]))),
        case(
            "another issuer in the certificate",
            "identity-other-issuer",
            of(&INSTANCE.message_by(INSTANCE.certificate(|draft| {
                draft.set(Extension::new(ISSUER, &text("https://other.test")));
                draft.remove(PLAIN_ISSUER);
            }))),
        ),
        case(
            "a job of another repository",
            "identity-other-source",
            of_policy(&message, &of_source("https://s.test/b")),
        ),
        case(
            "no repository",
            "identity-without-source",
            of_policy(&without(&[SOURCE]), &of_source(SOURCE_REPOSITORY)),
        ),
    ]
}
