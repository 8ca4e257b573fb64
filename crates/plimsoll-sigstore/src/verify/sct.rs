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
