//! Who vouches for a release: every signature of it, looked at as a consumer would.

use std::collections::BTreeSet;

use bytes::Bytes;
use futures_util::future::join_all;
use plimsoll_oci::name::ImageRepository;

use super::Authorship;
use super::check::{Check, Outcome, Place, describe};
use crate::domain::attestation::Judgement;
use crate::domain::claim::ClaimName;
use crate::domain::predicate::SLSA_PROVENANCE;
use crate::domain::project::Project;
use crate::domain::target::Necessity;
use crate::ledger::release::{Release, ReleaseState};
use crate::run::signing::{judge, statements};
use crate::run::whole::{Lading, RecordTag, ladings};
use crate::ship::ShipError;
use crate::ship::attest::{Attest, Vouching};
use crate::statement::provenance::{Expected, parse_provenance};
use crate::statement::record::file_name;
use crate::statement::release::{PREDICATE, SignatureFile, render_envelope, signature_file_names};
use crate::world::ledger::Coverage;
use crate::world::signatures::SigningError;
use crate::world::{Eyes, WorldError};

/// What is asked of the signatures of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
    /// What its record says that it has, and that it has some where the project says that a release of its version must.
    Policy,
    /// Signatures, whatever its record says.
    Signatures,
    /// Nothing.
    Nothing,
}

/// What was found of signatures, gathered check by check.
#[derive(Default)]
struct Found {
    checks: Vec<Check>,
    signers: BTreeSet<String>,
    bundles: Vec<Bytes>,
    unstated: bool,
}

/// Looks at every signature that is demanded.
pub(in crate::act) async fn check_signatures(
    eyes: Eyes<'_>,
    project: &Project,
    name: &ClaimName,
    release: &Release,
    demand: Demand,
) -> Result<(Vec<Check>, Authorship), WorldError> {
    let wanted = match (release.seal.signing, demand) {
        (Some(_), Demand::Nothing) => return Ok((Vec::new(), Authorship::NotAsked)),
        (Some(_), Demand::Policy | Demand::Signatures) => recorded(name, release),
        (None, Demand::Nothing) => return Ok((Vec::new(), Authorship::NotVouchedFor)),
        (None, Demand::Policy) if !project.must_be_signed(&release.version) => {
            return Ok((Vec::new(), Authorship::NotVouchedFor));
        }
        // The signature of an image says nothing of a version: only a record that is signed itself does.
        (None, Demand::Policy | Demand::Signatures) => {
            return Ok((vec![Check::of_unsigned_record(name)], Authorship::Refused));
        }
    };
    let looks =
        wanted.iter().map(|(attest, necessity)| async move { (attest, *necessity, attest.look(eyes).await) });
    let mut found = Found::default();
    for (attest, necessity, look) in join_all(looks).await {
        let subject = attest.describe();
        let is_release = attest.attestation.predicate_type == PREDICATE && attest.is_bundle();
        if let (Ok(Vouching::Vouched { signed, .. }), true) = (&look, is_release) {
            found.bundles.push(signed.bytes.clone());
        }
        let told = match (&look, attest.attestation.predicate_type.as_str()) {
            (Ok(Vouching::Vouched { .. }), SLSA_PROVENANCE) => {
                let (sources, workflows) = (&project.statements.sources, &project.statements.workflows);
                let expected = Expected { tag: &release.tag, sources, workflows };
                check_provenance(eyes, attest, expected).await
            }
            _ => Ok(()),
        };
        match told {
            Ok(()) => found.add(release.state, (subject, &attest.repository), necessity, look)?,
            Err(outcome) => {
                found.checks.push(Check::in_repository(&attest.repository, subject, necessity, outcome));
            }
        }
    }
    if release.state.is_published() {
        found.add_files(eyes, name, release).await?;
    }
    if wanted.is_empty() {
        let outcome = Outcome::Unvouched("it has nothing that could have been signed".to_owned());
        found.checks.push(Check::required(Place::Registry, format!("signatures {name}"), outcome));
    }
    let refused = found.checks.iter().any(refuses);
    let authorship = match (found.unstated, refused) {
        (true, _) => Authorship::Unstated,
        (false, true) => Authorship::Refused,
        (false, false) => Authorship::VouchedFor(found.signers),
    };
    Ok((found.checks, authorship))
}

/// Whether a check keeps a release from being vouched for. An optional mirror that can't be looked at, or has no signatures, says
/// nothing of who signed.
fn refuses(check: &Check) -> bool {
    match check.outcome {
        Outcome::Ok => false,
        Outcome::Unreachable(_) | Outcome::Denied(_) | Outcome::Drift { .. } => {
            check.necessity == Necessity::Required
        }
        _ => true,
    }
}

impl Found {
    fn add(
        &mut self,
        state: ReleaseState,
        (subject, repository): (String, &ImageRepository),
        necessity: Necessity,
        look: Result<Vouching, WorldError>,
    ) -> Result<(), WorldError> {
        let outcome = match look {
            Ok(Vouching::Vouched { by, .. }) => {
                self.signers.insert(by);
                Outcome::Ok
            }
            Ok(Vouching::Unvouched { .. }) if state == ReleaseState::Committed => {
                Outcome::Unfinished { want: "a signature".to_owned() }
            }
            // The same content is vouched for elsewhere: a mirror that has no signature of it is behind.
            Ok(Vouching::Unvouched { why: None }) if necessity == Necessity::Optional => {
                Outcome::Drift { want: "a signature".to_owned(), found: None }
            }
            Ok(Vouching::Unvouched { why }) => {
                Outcome::Unvouched(why.unwrap_or_else(|| "it is not signed".to_owned()))
            }
            Err(error) if is_unstated(&error) => {
                self.unstated = true;
                return Ok(());
            }
            // Nothing can be said of any of them.
            Err(error @ WorldError::Signing(_)) => return Err(error),
            Err(error) => describe(&error),
        };
        self.checks.push(Check::in_repository(repository, subject, necessity, outcome));
        Ok(())
    }

    /// The files of the signature beside the record. A checkout that has neither may be older and is not asked.
    async fn add_files(
        &mut self,
        eyes: Eyes<'_>,
        name: &ClaimName,
        release: &Release,
    ) -> Result<(), WorldError> {
        let version = &name.version;
        let statements = statements(name, &release.tag, &release.seal);
        let Some(first) = statements.first() else { return Ok(()) };
        let mut looks = Vec::new();
        for (file, kind) in signature_file_names(version) {
            looks.push((file.clone(), kind, eyes.ledger().read(&file).await));
        }
        let none = looks.iter().all(|(_, _, looked)| matches!(looked, Ok(None)));
        if none
            && eyes.ledger().coverage() == Coverage::Checkout
            && eyes.ledger().read(&file_name(version)).await?.is_none()
        {
            return Ok(());
        }
        let mut envelopes: Vec<Vec<u8>> =
            self.bundles.iter().filter_map(|bundle| render_envelope(bundle)).collect();
        for (file, kind, looked) in looks {
            let outcome = match (looked, kind) {
                (Ok(None), _) => Outcome::Drift { want: format!("{file}, with the signature"), found: None },
                (Err(error), _) => describe(&error),
                (Ok(Some(bytes)), SignatureFile::Bundle) => match judge(eyes, &bytes, first).await {
                    Ok(Judgement::Vouched { .. }) => {
                        envelopes.extend(render_envelope(&bytes));
                        Outcome::Ok
                    }
                    // Somebody who counts has signed what is attached, so that this is not what was written.
                    Ok(Judgement::Refused { why }) if !self.bundles.is_empty() => Outcome::Lies(why),
                    Ok(Judgement::Refused { why }) => Outcome::Unvouched(why),
                    Err(error) if is_unstated(&error) => continue,
                    Err(error) => return Err(error),
                },
                (Ok(Some(_)), SignatureFile::Envelope) if envelopes.is_empty() => continue,
                (Ok(Some(bytes)), SignatureFile::Envelope) if envelopes.contains(&bytes) => Outcome::Ok,
                (Ok(Some(_)), SignatureFile::Envelope) => {
                    Outcome::Lies("it is not what the signature's bundle holds".to_owned())
                }
            };
            self.checks.push(Check::required(Place::Ledger, format!("file {file}"), outcome));
        }
        Ok(())
    }
}

/// Whether a provenance that counts tells what the record and the project do: of what, by whom, and made from which commit of which
/// repository.
async fn check_provenance(eyes: Eyes<'_>, attest: &Attest, expected: Expected<'_>) -> Result<(), Outcome> {
    let payload = attest.read_payload(eyes).await.map_err(|error| match error {
        ShipError::World(error) => describe(&error),
        ShipError::Gone { missing, .. } => Outcome::Drift { want: missing.to_string(), found: None },
        other => Outcome::Unreachable(other.to_string()),
    })?;
    let told = parse_provenance(&payload).and_then(|told| told.check(attest.subject(), expected));
    told.map_err(|fault| Outcome::Lies(fault.to_string()))
}

fn is_unstated(error: &WorldError) -> bool {
    matches!(error, WorldError::Signing(error) if **error == SigningError::NoTrust)
}

fn recorded(name: &ClaimName, release: &Release) -> Vec<(Attest, Necessity)> {
    let ladings = ladings(name, &release.tag, &release.seal, RecordTag::WithTheRest);
    let of = |lading: Lading| {
        let necessity = lading.necessity;
        lading.attestations.into_iter().map(move |attest| (attest, necessity))
    };
    ladings.into_iter().flat_map(of).collect()
}
