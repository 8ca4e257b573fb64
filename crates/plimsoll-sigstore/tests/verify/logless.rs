//! Instances that run no logs: their trusted root names none, and a timestamp says when something was signed.

use plimsoll_sigstore::bundle::Bundle;
use plimsoll_sigstore::trust::TrustedRoot;
use plimsoll_sigstore::verify::{Check, Outcome, Report, verify};
use serde_json::{Value, json};

use crate::fixtures::*;

/// What the bundle, without these parts, comes to by a trusted root that does not name those.
fn report(bundle_without: &[&str], root_without: &[&str]) -> Report {
    let without = |name: &str, parts: &[&str]| {
        let mut json: Value = serde_json::from_slice(&read(name)).unwrap();
        for part in parts {
            *json.pointer_mut(part).unwrap_or_else(|| panic!("{name} has {part}")) = json!([]);
        }
        json.to_string()
    };
    let bundle = Bundle::parse(without("blob.sigstore.json", bundle_without).as_bytes()).unwrap();
    let root = TrustedRoot::parse(without("trusted_root.json", root_without).as_bytes()).unwrap();
    verify(&bundle, &blob(), &workflow(), Some(&root))
}

fn outcome(report: &Report, check: Check) -> &Outcome {
    &report.findings.iter().find(|finding| finding.check == check).unwrap().outcome
}

const ENTRIES: &str = "/verificationMaterial/tlogEntries";
const STAMPS: &str = "/verificationMaterial/timestampVerificationData/rfc3161Timestamps";

#[test]
fn a_timestamp_does_where_the_trusted_root_names_no_log() {
    let report = report(&[ENTRIES], &["/tlogs", "/ctlogs"]);
    assert!(report.is_verified(), "{report:#?}");
    for (check, said) in [(Check::Log, "no transparency log"), (Check::Sct, "no certificate log")] {
        let Outcome::NotApplicable(why) = outcome(&report, check) else { panic!("{report:#?}") };
        assert!(why.contains(said), "{why}");
    }
    assert!(matches!(outcome(&report, Check::Timestamp), Outcome::Passed(_)), "{report:#?}");
    assert_eq!(report.moments().count(), 1);
}

#[test]
fn whatever_the_trusted_root_names_is_asked_for() {
    let table: [(&[&str], &[&str], &str); 5] = [
        (&[ENTRIES], &[], "log-entry-missing"),
        (&[ENTRIES], &["/ctlogs"], "log-entry-missing"),
        // An entry of a log that nobody names says nothing, and is no reason to ask for none.
        (&[], &["/tlogs"], "log-unknown"),
        // Without a log and a timestamp nobody says when.
        (&[ENTRIES, STAMPS], &["/tlogs", "/ctlogs"], "certificate-without-time"),
        (&[ENTRIES], &["/tlogs", "/ctlogs", "/timestampAuthorities"], "timestamp-unknown-authority"),
    ];
    for (bundle, root, reason) in table {
        let report = report(bundle, root);
        assert!(!report.is_verified(), "{reason}");
        assert_eq!(report.refusal().map(|why| why.word()), Some(reason), "{report:#?}");
    }
    // Certificates are asked for their log where one is named, whatever else is not.
    let sct = |root: &[&str]| matches!(outcome(&report(&[ENTRIES], root), Check::Sct), Outcome::Passed(_));
    assert!(sct(&["/tlogs"]) && !sct(&["/tlogs", "/ctlogs"]));
}
