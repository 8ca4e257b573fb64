//! Whose signatures count.

use std::fmt;

use plimsoll_engine::domain::time::Moment;
use plimsoll_engine::world::signatures::SigningError;
use plimsoll_sigstore::artifact::Artifact;
use plimsoll_sigstore::key::PublicKey;
use plimsoll_sigstore::keyless::IdentityToken;
use plimsoll_sigstore::policy::{Identity, Matcher, Policy, RequiredSigner};
use plimsoll_sigstore::trust::TrustedRoot;
use plimsoll_sigstore::verify::Report;

use super::signer::Voice;
use super::sources::Sources;
use crate::config::{Means, Name, SignerSettings, TrustSettings, Who};
use crate::signed_forms::Found;

/// Somebody whose signatures count.
pub(crate) struct Trusted {
    required: RequiredSigner,
    root: Option<TrustedRoot>,
    /// The name of an identity, where the configuration has it.
    name: Option<Name>,
    from: Option<Moment>,
    until: Option<Moment>,
}

/// What something attached is worth by somebody whose signatures count.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    /// Every check.
    pub(crate) report: Report,
    /// Why it does not count although every check is right: of a time at which his signatures don't.
    pub(crate) untimely: Option<String>,
}

impl Judged {
    /// What nobody's policy was needed for.
    pub(crate) fn of(report: Report) -> Judged {
        Judged { report, untimely: None }
    }

    /// Whether it counts.
    pub(crate) fn counts(&self) -> bool {
        self.report.is_verified() && self.untimely.is_none()
    }
}

/// Everybody whose signatures count.
pub(super) async fn read_trusted(
    all: &[TrustSettings],
    signer: Option<&SignerSettings>,
    sources: &Sources,
) -> Result<Vec<Trusted>, SigningError> {
    let mut trusted = Vec::new();
    for settings in all {
        let required = match &settings.who {
            Who::Signer => match signer.map(|signer| &signer.means) {
                Some(Means::Key(name)) => {
                    RequiredSigner::Key(sources.private_key(name).await?.public().clone())
                }
                Some(Means::Identity { .. }) | None => return Err(SigningError::NoTrust),
            },
            Who::Key(name) => {
                let text = sources.public_key(name).await?;
                let key = PublicKey::parse(&text);
                let key =
                    key.map_err(|why| SigningError::Key { name: name.clone(), why: why.to_string() })?;
                RequiredSigner::Key(key)
            }
            Who::Identity { issuer, name, source } => {
                let name = match name {
                    Name::Exact(name) => Matcher::Exact(name.clone()),
                    Name::Workflow { repository, file } => Matcher::workflow(repository, file.as_deref())
                        .map_err(|why| SigningError::Trust {
                            file: repository.clone(),
                            why: why.to_string(),
                        })?,
                };
                let (issuer, source) = (Matcher::Exact(issuer.clone()), source.clone().map(Matcher::Exact));
                RequiredSigner::Identity(Identity { name, issuer, source })
            }
        };
        let root = match (&settings.trusted_root, &settings.who) {
            (Some(path), _) => Some(sources.trusted_root(path).await?),
            (None, Who::Identity { .. }) => Some(sources.instance_root().await?.clone()),
            (None, Who::Signer | Who::Key(_)) => None,
        };
        let name = match &settings.who {
            Who::Identity { name, .. } => Some(name.clone()),
            Who::Signer | Who::Key(_) => None,
        };
        trusted.push(Trusted { required, root, name, from: settings.from, until: settings.until });
    }
    Ok(trusted)
}

impl Trusted {
    /// Somebody who is named on the command line.
    pub(crate) fn stated(required: RequiredSigner, root: Option<TrustedRoot>) -> Trusted {
        Trusted { required, root, name: None, from: None, until: None }
    }

    /// What something attached is worth by him. `stated` is when it was made, where no evidence says it.
    pub(crate) fn judge(
        &self,
        found: &Found,
        artifact: &Artifact,
        predicate_type: &str,
        stated: Moment,
    ) -> Judged {
        let policy =
            Policy { signer: self.required.clone(), predicate_type: Some(predicate_type.to_owned()) };
        let report = found.verify(artifact, &policy, self.root.as_ref());
        let untimely = self.find_untimely(&report, stated).filter(|_| report.is_verified());
        let untimely = untimely.map(|at| format!("signatures of {self} do not count at {at}"));
        Judged { report, untimely }
    }

    /// Whether signatures of that moment count.
    pub(super) fn counts_at(&self, at: Moment) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at <= until)
    }

    /// The first moment of a signature at which it does not count. When it was made is what logs and timestamp authorities say;
    /// `stated` is what the record says of itself, and is asked only where they say nothing.
    fn find_untimely(&self, report: &Report, stated: Moment) -> Option<Moment> {
        let mut moments: Vec<Moment> = report.moments().map(|at| Moment(at.as_second())).collect();
        if moments.is_empty() {
            moments.push(stated);
        }
        moments.into_iter().find(|at| !self.counts_at(*at))
    }

    /// Whether what would be signed now may be by him, as far as can be told before an authority has certified it.
    pub(super) fn may_be(&self, voice: &Voice) -> bool {
        match (&self.required, voice) {
            (RequiredSigner::Key(wanted), Voice::Key(found)) => wanted == found,
            (RequiredSigner::Identity(wanted), Voice::Identity(token)) => {
                let for_it = match &wanted.source {
                    Some(Matcher::Exact(repository)) => token.may_be_of(repository),
                    Some(Matcher::Pattern(_)) | None => true,
                };
                token.may_be_issued_by(&wanted.issuer) && self.may_be_named(token) && for_it
            }
            _ => false,
        }
    }

    fn may_be_named(&self, token: &IdentityToken) -> bool {
        let Some(name) = &self.name else { return true };
        match (name, &token.workflow) {
            (Name::Workflow { repository, file }, Some(workflow)) => {
                workflow.may_be_of(repository, file.as_deref())
            }
            (Name::Workflow { .. }, None) => false,
            (Name::Exact(name), Some(workflow)) => workflow.may_be_named(name),
            (Name::Exact(name), None) => !name.contains('@') || *name == token.subject,
        }
    }
}

impl fmt::Display for Trusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.required, &self.name) {
            (RequiredSigner::Key(key), _) => write!(f, "the key {}", key.id()),
            (RequiredSigner::Identity(identity), Some(Name::Exact(name))) => {
                write!(f, "{name} ({})", identity.issuer)
            }
            (RequiredSigner::Identity(identity), Some(Name::Workflow { repository, file })) => {
                let file = file.as_deref().unwrap_or("a workflow");
                write!(f, "{file} of {repository} ({})", identity.issuer)
            }
            (RequiredSigner::Identity(identity), None) => {
                write!(f, "{} ({})", identity.name, identity.issuer)
            }
            (RequiredSigner::Unstated, _) => f.write_str("nobody"),
        }
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_sigstore::timestamp::Timestamped;

    use super::*;

    #[test]
    fn evidence_of_the_time_counts_and_not_what_a_record_says_of_itself() {
        let until = Some(Moment(1_000));
        let retired = Trusted { until, ..Trusted::stated(RequiredSigner::Unstated, None) };
        let stamped = |at: &[i64]| Report {
            findings: Vec::new(),
            logged: Vec::new(),
            timestamped: at
                .iter()
                .map(|at| Timestamped { authority: "one".into(), at: Moment(*at).timestamp() })
                .collect(),
            statement: None,
        };
        let untimely = |at: &[i64], stated| retired.find_untimely(&stamped(at), Moment(stated));
        assert_eq!(untimely(&[], 999), None);
        assert_eq!(untimely(&[], 1_001), Some(Moment(1_001)));
        assert_eq!(untimely(&[2_000], 999), Some(Moment(2_000)), "a record that is dated back");
        assert_eq!(untimely(&[999, 2_000], 999), Some(Moment(2_000)), "every moment");
        assert_eq!(untimely(&[999], 2_000), None);
    }
}
