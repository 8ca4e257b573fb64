//! Has a trusted log seen the certificate?

use crate::certificate::SctError;
use crate::verify::{Case, Made, Outcome};

pub(super) fn check(case: &Case<'_>, authority: Made<'_>) -> Outcome {
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
    let (Some(certificate), Some(authority)) = (case.certificate(), authority) else {
        return Outcome::NotMade("it is not known who made the certificate");
    };
    authority
        .issuer_of(certificate)
        .ok_or(SctError::NoIssuer)
        .and_then(|issuer| certificate.verify_sct(issuer, &root.certificate_logs))
        .map(|sct| format!("seen by a trusted log at {}", sct.at))
        .into()
}
