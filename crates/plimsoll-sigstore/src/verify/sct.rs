//! Has a trusted log seen the certificate?

use crate::verify::{Case, Made, Outcome};

pub(super) fn check(case: &Case<'_>, made: Made<'_>) -> Outcome {
    if !case.is_certified() {
        return Outcome::NotApplicable("the bundle is signed with a key");
    }
    let root = match case.root() {
        Ok(root) => root,
        Err(outcome) => return outcome,
    };
    // Whoever is trusted says by this that its certificates are in no log. One that names any asks for it of all.
    if root.certificate_logs.is_empty() {
        return Outcome::NotApplicable("the trusted root names no certificate log");
    }
    let (Some(certificate), Some(made)) = (case.certificate(), made) else {
        return Outcome::NotMade("it is not known who made the certificate");
    };
    certificate
        .verify_sct(made.issuer, &root.certificate_logs)
        .map(|sct| format!("seen by a trusted log at {}", sct.at))
        .into()
}
