//! Bad inputs, one for each reason that there is to refuse something: each is refused for its own reason, and no reason is
//! without an input.

mod bundle;
mod certificate;
mod identity;
mod legacy;
mod log;
mod signature;
mod statement;
mod timestamp;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;
use std::{fs, iter};

use plimsoll_sigstore::artifact::Artifact;
use plimsoll_sigstore::bundle::Bundle;
use plimsoll_sigstore::policy::Policy;
use plimsoll_sigstore::trust::TrustedRoot;
use plimsoll_sigstore::verify::{Outcome, Report, verify};

use crate::authority::*;
pub(crate) use legacy::{attested, payload, signed};

/// A bad input.
pub(crate) struct Case {
    /// What is wrong with it.
    what: String,
    /// The reasons that it must be refused for, in the order of the checks: one, but where one mistake can't be made without
    /// another.
    want: Vec<&'static str>,
    /// Those that it was refused for.
    found: Vec<&'static str>,
}

/// What is wrong, the one reason that it must be refused for, and those that it was refused for.
fn case(what: &str, want: &'static str, found: Vec<&'static str>) -> Case {
    Case { what: what.to_owned(), want: vec![want], found }
}

/// The reasons of all refusals, in the order of the checks.
fn reasons(report: &Report) -> Vec<&'static str> {
    if report.is_verified() {
        return vec!["verified"];
    }
    let refused = |outcome: &Outcome| match outcome {
        Outcome::Refused(why) => Some(why.word()),
        _ => None,
    };
    report.findings.iter().filter_map(|finding| refused(&finding.outcome)).collect()
}

/// Why a bundle is refused that somebody looks at who trusts the instance, and to whom its signer is known.
fn of(bundle: &Bundle) -> Vec<&'static str> {
    reasons(&verify(bundle, &artifact(), &signer(), Some(&INSTANCE.root())))
}

/// The same, by another policy.
fn of_policy(bundle: &Bundle, policy: &Policy) -> Vec<&'static str> {
    reasons(&verify(bundle, &artifact(), policy, Some(&INSTANCE.root())))
}

/// The same, of another artifact.
fn of_artifact(bundle: &Bundle, artifact: &Artifact) -> Vec<&'static str> {
    reasons(&verify(bundle, artifact, &signer(), Some(&INSTANCE.root())))
}

/// The same, by a trusted root after a change.
fn of_root(bundle: &Bundle, change: impl FnOnce(&mut TrustedRoot)) -> Vec<&'static str> {
    let mut root = INSTANCE.root();
    change(&mut root);
    reasons(&verify(bundle, &artifact(), &signer(), Some(&root)))
}

static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let topics = [
        bundle::cases(),
        legacy::cases(),
        signature::cases(),
        certificate::cases(),
        log::cases(),
        timestamp::cases(),
        identity::cases(),
        statement::cases(),
    ];
    topics.into_iter().flatten().collect()
});

#[test]
fn each_is_refused_for_its_own_reason() {
    let wrong = CASES.iter().filter(|case| case.want != case.found);
    let wrong: Vec<String> =
        wrong.map(|case| format!("{}: {:?} instead of {:?}", case.what, case.found, case.want)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The words in every function `word` of this crate: a reason has no other place.
fn words(folder: &Path) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(words(&path));
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let functions = text.split("pub fn word(&self) -> &'static str {").skip(1);
        let bodies = functions.map(|rest| rest.split("\n    }\n").next().unwrap());
        all.extend(bodies.flat_map(|body| body.split('"').skip(1).step_by(2)).map(str::to_owned));
    }
    all
}

#[test]
fn no_reason_is_without_a_case() {
    let known = words(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(known.len() > 50, "the reasons are written elsewhere by now: {known:?}");
    // What is refused for one reason alone shows that the reason can be told from others.
    let alone = CASES.iter().filter_map(|case| match case.want.as_slice() {
        [one] => Some((*one).to_owned()),
        _ => None,
    });
    // Who knows an artifact by another digest than the bundle's can't look at the signature either.
    let shown: BTreeSet<String> = alone.chain(iter::once("digest-other-algorithm".to_owned())).collect();
    assert_eq!(known, shown);
}
