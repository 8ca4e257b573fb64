//! Verification. Each check is a step with a name, one file each, and they are reported in this order:
//!
//! 1. [`Check::Bundle`]: it is a bundle of a version that can be read.
//! 2. [`Check::Digest`]: the artifact has the digest that the bundle says.
//! 3. [`Check::Signature`]: the key, or the certificate's key, signed the artifact or the envelope.
//! 4. [`Check::Certificate`]: a trusted authority made the certificate, and it was valid whenever the signature is known to
//!    have been there.
//! 5. [`Check::Sct`]: a trusted log has seen the certificate.
//! 6. [`Check::Log`]: the signature is in a trusted log.
//! 7. [`Check::Timestamp`]: a trusted authority stamped the signature.
//! 8. [`Check::Identity`]: who signed is who must have.
//! 9. [`Check::Predicate`]: the envelope holds a statement, of the wanted type.
//! 10. [`Check::Subject`]: the artifact is a subject of the statement.
//!
//! All of them must pass, or not apply. A certificate takes an entry in a log, and a time from a log or a timestamp
//! authority; a key vouches by itself, and log entries and timestamps beside it are checked where a trusted root is given.
//! Where the trusted root names no log at all, as that of an instance which runs none, no entry is asked for; a time is.

mod certificate;
mod digest;
mod identity;
mod log;
mod predicate;
mod refusal;
mod sct;
mod signature;
mod subject;
mod timestamp;

use std::fmt;

use jiff::Timestamp;

use crate::artifact::Artifact;
use crate::bundle::{Bundle, BundleError, Content, Signer};
use crate::certificate::{Certificate, Maker};
use crate::log::Logged;
use crate::policy::{Policy, RequiredSigner};
use crate::statement::Statement;
use crate::timestamp::Timestamped;
use crate::trust::TrustedRoot;

pub use certificate::CertificateRefusal;
pub use digest::DigestRefusal;
pub use identity::IdentityRefusal;
pub(crate) use log::Signature;
pub use log::{Differing, LogRefusal};
pub use predicate::PredicateRefusal;
pub use refusal::Refusal;
pub use signature::SignatureRefusal;
pub use subject::SubjectRefusal;

/// A named check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// It is a bundle.
    Bundle,
    /// The artifact's digest.
    Digest,
    /// The signature.
    Signature,
    /// The certificate's chain and times.
    Certificate,
    /// The certificate's signed certificate timestamp.
    Sct,
    /// The entry in a transparency log.
    Log,
    /// The RFC 3161 timestamp.
    Timestamp,
    /// Who signed.
    Identity,
    /// What is stated.
    Predicate,
    /// Of what.
    Subject,
}

impl Check {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Check::Bundle => "bundle",
            Check::Digest => "digest",
            Check::Signature => "signature",
            Check::Certificate => "certificate",
            Check::Sct => "sct",
            Check::Log => "log",
            Check::Timestamp => "timestamp",
            Check::Identity => "identity",
            Check::Predicate => "predicate",
            Check::Subject => "subject",
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a check came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is right. The text says what was found.
    Passed(String),
    /// There is nothing to be checked.
    NotApplicable(&'static str),
    /// It could not be made, so that nothing is verified.
    NotMade(&'static str),
    /// It is wrong.
    Refused(Refusal),
}

impl<R: Into<Refusal>> From<Result<String, R>> for Outcome {
    fn from(result: Result<String, R>) -> Outcome {
        match result {
            Ok(found) => Outcome::Passed(found),
            Err(why) => Outcome::Refused(why.into()),
        }
    }
}

/// One check, and what it came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The check.
    pub check: Check,
    /// What it came to.
    pub outcome: Outcome,
}

/// Everything that was found out about a bundle.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Every check, in order.
    pub findings: Vec<Finding>,
    /// The log entries that were verified.
    pub logged: Vec<Logged>,
    /// The timestamps that were verified.
    pub timestamped: Vec<Timestamped>,
    /// The statement that was signed, if one was. It is worth as much as the report.
    pub statement: Option<Statement>,
}

impl Report {
    /// Whether everything is right.
    pub fn is_verified(&self) -> bool {
        let right =
            |finding: &Finding| matches!(finding.outcome, Outcome::Passed(_) | Outcome::NotApplicable(_));
        let identified = |finding: &Finding| {
            finding.check == Check::Identity && matches!(finding.outcome, Outcome::Passed(_))
        };
        self.findings.iter().all(right) && self.findings.iter().any(identified)
    }

    /// The moments at which, as logs and timestamp authorities say, the signature was there.
    pub fn moments(&self) -> impl Iterator<Item = Timestamp> {
        moments(&self.logged, &self.timestamped)
    }

    /// The first refusal, in the order of the checks.
    pub fn refusal(&self) -> Option<&Refusal> {
        self.findings.iter().find_map(|finding| match &finding.outcome {
            Outcome::Refused(why) => Some(why),
            _ => None,
        })
    }

    /// The report on something that is no bundle.
    pub fn of_no_bundle(why: BundleError) -> Report {
        Report::of_refused(Check::Bundle, why.into())
    }

    /// The report on something that is refused before anything else of it is looked at.
    pub(crate) fn of_refused(check: Check, why: Refusal) -> Report {
        let findings = vec![Finding { check, outcome: Outcome::Refused(why) }];
        Report { findings, logged: Vec::new(), timestamped: Vec::new(), statement: None }
    }
}

/// What is verified, against what.
struct Case<'a> {
    bundle: &'a Bundle,
    artifact: &'a Artifact,
    policy: &'a Policy,
    root: Option<&'a TrustedRoot>,
    /// The envelope, where it lies somewhere by itself.
    envelope: Option<&'a [u8]>,
    /// The signer's certificate, as far as it can be read.
    certificate: Option<Result<Certificate, CertificateRefusal>>,
}

/// Moments at which the signature is known to have been there.
struct Times<'a> {
    moments: Vec<Timestamp>,
    /// A source of times that was refused, so that there may be moments that are not known.
    refused: Option<&'a Refusal>,
}

/// Verifies a bundle and makes every check, also after one has failed.
pub fn verify(bundle: &Bundle, artifact: &Artifact, policy: &Policy, root: Option<&TrustedRoot>) -> Report {
    verify_enveloped(bundle, artifact, policy, root, None)
}

/// The same, where `envelope` is the bundle's envelope as it lies somewhere by itself: then timestamps are of these bytes.
pub(crate) fn verify_enveloped(
    bundle: &Bundle,
    artifact: &Artifact,
    policy: &Policy,
    root: Option<&TrustedRoot>,
    envelope: Option<&[u8]>,
) -> Report {
    let certificate = match &bundle.signer {
        Signer::Certificate(der) => Some(Certificate::parse(der).map_err(CertificateRefusal::Unreadable)),
        Signer::Key(_) => None,
    };
    let case = Case { bundle, artifact, policy, root, envelope, certificate };
    let bundle_found = format!("version {}", bundle.version);
    let (timestamp, timestamped) = timestamp::check(&case);
    let (log, logged) = log::check(&case, &timestamped);
    let (certificate, made) = certificate::check(&case, &times(&log, &logged, &timestamp, &timestamped));
    let (predicate, statement) = predicate::check(&case);
    let findings = [
        (Check::Bundle, Outcome::Passed(bundle_found)),
        (Check::Digest, digest::check(&case)),
        (Check::Signature, signature::check(&case)),
        (Check::Certificate, certificate),
        (Check::Sct, sct::check(&case, made)),
        (Check::Log, log),
        (Check::Timestamp, timestamp),
        (Check::Identity, identity::check(&case)),
        (Check::Predicate, predicate),
        (Check::Subject, subject::check(&case, statement.as_ref())),
    ];
    let findings = findings.into_iter().map(|(check, outcome)| Finding { check, outcome }).collect();
    Report { findings, logged, timestamped, statement }
}

fn times<'a>(
    log: &'a Outcome,
    logged: &[Logged],
    timestamp: &'a Outcome,
    timestamped: &[Timestamped],
) -> Times<'a> {
    let moments = moments(logged, timestamped).collect();
    let refused = [timestamp, log].into_iter().find_map(|outcome| match outcome {
        Outcome::Refused(why) => Some(why),
        _ => None,
    });
    Times { moments, refused }
}

fn moments(logged: &[Logged], timestamped: &[Timestamped]) -> impl Iterator<Item = Timestamp> {
    let logged = logged.iter().filter_map(|entry| entry.at);
    logged.chain(timestamped.iter().map(|one| one.at))
}

impl<'a> Case<'a> {
    /// The certificate, if the bundle has one that can be read.
    fn certificate(&self) -> Option<&Certificate> {
        self.certificate.as_ref()?.as_ref().ok()
    }

    /// Whether what certificates are trusted by is asked for: it is for certificates, not for a key alone.
    fn is_certified(&self) -> bool {
        self.certificate.is_some()
    }

    /// The trusted root, or why checks that take it are not made.
    fn root(&self) -> Result<&'a TrustedRoot, Outcome> {
        self.root.ok_or(match (&self.policy.signer, self.is_certified()) {
            (RequiredSigner::Key(_), false) => {
                Outcome::NotApplicable("no trusted root is given; the key vouches by itself")
            }
            _ => Outcome::NotMade("this takes a trusted root, and none is given"),
        })
    }

    /// What timestamps are of.
    fn stamped(&self) -> &'a [u8] {
        self.envelope.unwrap_or(self.bundle.content.signature())
    }

    /// The bytes that are signed, if they are in an envelope.
    fn envelope_bytes(&self) -> Option<Vec<u8>> {
        match &self.bundle.content {
            Content::Envelope(envelope) => Some(envelope.signed_bytes()),
            Content::Message { .. } => None,
        }
    }
}

/// Who made the certificate, if that is known.
type Made<'a> = Option<Maker<'a>>;
