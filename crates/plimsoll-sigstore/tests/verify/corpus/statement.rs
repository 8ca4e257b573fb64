//! Statements of something else.

use plimsoll_sigstore::dsse::IN_TOTO;
use plimsoll_sigstore::policy::Policy;

use super::{Case, case, of, of_policy};
use crate::authority::*;

pub(super) fn cases() -> Vec<Case> {
    let wanted = |kind: &str| Policy { predicate_type: Some(kind.to_owned()), ..signer() };
    let stated = |payload: &str| of(&INSTANCE.attest(IN_TOTO, payload.as_bytes()));
    let whole = statement();
    let digest = plimsoll_sigstore::artifact::HashAlgorithm::Sha256.digest(BYTES).hex();
    let nested = "[".repeat(100_000) + &"]".repeat(100_000);
    vec![
        case(
            "something else than a statement",
            "predicate-payload-type",
            of(&INSTANCE.attest("application/json", whole.as_bytes())),
        ),
        case("no statement", "predicate-malformed", stated("{}")),
        case(
            "a statement of another kind",
            "predicate-malformed",
            stated(&whole.replace("Statement/v1", "x")),
        ),
        case(
            "a nested one",
            "predicate-malformed",
            stated(&whole.replace("\"predicate\":{}", &format!("\"predicate\":{nested}"))),
        ),
        case(
            "one with two subjects of one name",
            "predicate-malformed",
            stated(&whole.replace("\"subject\"", "\"subject\":[],\"subject\"")),
        ),
        case(
            "a statement of another type",
            "predicate-other-type",
            of_policy(&INSTANCE.attestation(), &wanted("https://other.test")),
        ),
        case("no statement at all", "predicate-missing", of_policy(&INSTANCE.message(), &wanted(PREDICATE))),
        case(
            "a statement about nothing",
            "subject-missing",
            stated(&whole.replace(&digest, &"0".repeat(64))),
        ),
        case(
            "a digest in capitals",
            "subject-missing",
            stated(&whole.replace(&digest, &digest.to_uppercase())),
        ),
        case(
            "a digest of another name",
            "subject-missing",
            stated(&whole.replace("\"sha256\"", "\"sha-256\"")),
        ),
        case(
            "a second digest of something else",
            "subject-missing",
            stated(
                &whole.replace("{\"sha256\"", &format!("{{\"sha512\":\"{}\",\"sha256\"", "0".repeat(128))),
            ),
        ),
    ]
}
