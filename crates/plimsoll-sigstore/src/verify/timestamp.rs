//! Did a trusted authority stamp the signature?

use crate::timestamp::{Timestamped, verify};
use crate::verify::{Case, Outcome};

pub(super) fn check(case: &Case<'_>) -> (Outcome, Vec<Timestamped>) {
    if case.bundle.timestamps.is_empty() {
        // Whether the certificate's time is known from elsewhere is asked there.
        return (Outcome::NotApplicable("the bundle has no timestamp"), Vec::new());
    }
    let root = match case.root() {
        Ok(root) => root,
        Err(outcome) => return (outcome, Vec::new()),
    };
    let mut found = Vec::new();
    for answer in &case.bundle.timestamps {
        match verify(answer, case.stamped(), &root.timestamp_authorities) {
            Ok(one) => found.push(one),
            Err(why) => return (Outcome::Refused(why.into()), Vec::new()),
        }
    }
    let text: Vec<String> = found.iter().map(|one| format!("{} by {}", one.at, one.authority)).collect();
    (Outcome::Passed(text.join(", ")), found)
}
