//! `verify image`: the signatures of an image, by what is stated of its signer.

use clap::Args;
use plimsoll_engine::check::Findings;
use plimsoll_engine::domain::attestation::AttachedForm;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::domain::predicate::PredicateType;
use plimsoll_engine::ledger::attached::{Attached, list_attached};
use plimsoll_engine::statement::attestation::SIGNATURE;
use plimsoll_sigstore::policy::RequiredSigner;
use plimsoll_sigstore::verify::Report;

use crate::cli::copy::{Place, Surroundings};
use crate::cli::ending::{Ended, Outcome};
use crate::cli::image_digest::{as_artifact, find_image};
use crate::cli::required_signer::Signer;
use crate::cli::session::Session;
use crate::explain::signature::explain_report;
use crate::explain::{Asked, Explain as _, Keeping};
use crate::output::Answer;
use crate::output::json::image_signatures::{AttachedReport, ImageSignatures, PolicyOrigin, UNTIMELY};
use crate::signed_forms::Found;
use crate::wire::{self, Judged, Trusted};

/// How much of what does not count is kept to be shown, in bytes: whoever may push may attach any number of such.
const HELD: usize = 32 * 1024 * 1024;

/// Verifies the signatures of an image: who signed it
///
/// Everything that is attached to the image is looked at: Sigstore bundles, as cosign 3 and `plimsoll sign image` attach them, and
/// what lies under the tag `sha256-….sig`, as cosign did before (`.att` for other statements). One signature by whom it must be is enough. Who must have signed is said by a key, or by an identity and who vouches for it;
/// without either by [[trust]] or [signing] in the plimsoll.toml of the project around, and where that does not say so either,
/// nothing is vouched for. Beside the registry nobody is asked. With `--type` it is a statement of that type that
/// must be signed: `https://slsa.dev/provenance/v1`.
///
/// Exit codes: 0 it is signed by whom it must be, 2 something could not be read, 6 it is not, 8 the registry can't be reached.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll verify image ghcr.io/acme/app:v1.0.0 --key release.pub
  plimsoll verify image local:ghcr.io/acme/app:v1.0.0 --key release.pub -o json
  plimsoll verify image ghcr.io/acme/app@sha256:2a4c… --trusted-root trusted_root.json \\
    --certificate-identity-regexp '^https://github.com/acme/app/.github/workflows/release.yml@' \\
    --certificate-oidc-issuer https://token.actions.githubusercontent.com")]
pub(in crate::cli) struct VerifyImage {
    /// The image: its repository, with tag or digest
    #[arg(value_name = "REF")]
    pub image: Place,
    /// Who must have signed.
    #[command(flatten)]
    pub signer: Signer,
    /// The type of statement that must be signed: a URI, or cosign's short name for one; without it a signature
    #[arg(long = "type", value_name = "TYPE", env = "PLIMSOLL_TYPE")]
    pub predicate_type: Option<PredicateType>,
}

impl VerifyImage {
    pub(in crate::cli) fn run(&self, session: &Session<'_>) -> Outcome {
        let stated = self.signer.read(session)?;
        let stated_root = self.signer.find_root(session, &stated)?;
        let predicate_type = self.predicate_type.as_ref().map_or(SIGNATURE, PredicateType::uri);
        session.look(async {
            let asked = Asked { verb: "verify", tag: None, keeping: Keeping::Local };
            let surroundings = Surroundings::look(session, &asked).await?;
            let (trusted, policy) = match stated {
                RequiredSigner::Unstated => match surroundings.find_trusted().await? {
                    Some(trusted) if !trusted.is_empty() => (trusted, PolicyOrigin::Configuration),
                    _ => (vec![Trusted::stated(RequiredSigner::Unstated, stated_root)], PolicyOrigin::Nobody),
                },
                signer => (vec![Trusted::stated(signer, stated_root)], PolicyOrigin::Options),
            };
            let today = wire::now();
            let image = find_image(&self.image, &surroundings, &asked).await?;
            let source = self.image.open_source(&surroundings).await?;
            let name = self.image.to_string();
            let artifact = as_artifact(&name, &image.digest)?;
            let (mut reports, mut held, mut left_out) = (Vec::new(), 0, 0);
            let mut too_many = None;
            for form in [AttachedForm::Bundle, AttachedForm::Legacy] {
                let attached = list_attached(&*source.pull, form, &image.digest, predicate_type).await;
                let mut attached = attached.map_err(|error| error.explain(&asked))?;
                while let Some(Attached { manifest, signed, .. }) =
                    attached.next().await.map_err(|error| error.explain(&asked))?
                {
                    let judged = match Found::read(form, &signed, predicate_type) {
                        Ok(found) => {
                            by_any(&trusted, |one| one.judge(&found, &artifact, predicate_type, today))
                        }
                        Err(why) => Judged::of(Report::of_no_bundle(why)),
                    };
                    if !judged.counts() {
                        held += signed.bytes.len();
                        if held > HELD {
                            left_out += 1;
                            continue;
                        }
                    }
                    let Judged { report, untimely } = judged;
                    reports.push(AttachedReport { manifest, form, report, untimely });
                }
                for one in attached.passed_over() {
                    session.say(&one.to_string());
                }
                too_many = too_many.or(attached.too_many());
            }
            if left_out > 0 {
                session.say(&format!(
                    "{left_out} more that do not count are left out: they are too large to be shown"
                ));
            }
            let is_verified = reports.iter().any(AttachedReport::counts);
            match too_many {
                Some(too_many) if is_verified => session.say(&too_many.to_string()),
                Some(too_many) => return Err(too_many.explain(&asked).into()),
                None => {}
            }
            let problem = match is_verified {
                true => None,
                false => match reports.iter().find_map(|one| explain_attached(&name, one)) {
                    Some(refused) => Some(refused),
                    None => Some(unsigned(&name, predicate_type)),
                },
            };
            let info = ImageSignatures::of(&name, &image.digest, predicate_type, policy, &reports);
            Ok(Ended::with(Answer::ImageSignatures(info), Findings::from_iter(problem)))
        })
    }
}

/// What is said by the first whose signature counts; where nobody's does, by him who signed at the wrong time, or the first of them all.
fn by_any(trusted: &[Trusted], judge: impl Fn(&Trusted) -> Judged) -> Judged {
    let mut refused: Option<Judged> = None;
    for judged in trusted.iter().map(&judge) {
        if judged.counts() {
            return judged;
        }
        if refused.is_none() || judged.untimely.is_some() {
            refused = Some(judged);
        }
    }
    refused.unwrap_or_else(|| judge(&Trusted::stated(RequiredSigner::Unstated, None)))
}

/// Why a signature does not count; none if it does.
fn explain_attached(image: &str, one: &AttachedReport) -> Option<Diagnostic> {
    let Some(untimely) = &one.untimely else { return explain_report(image, &one.report) };
    let message = format!("the signature of {image} is of a time at which it does not count");
    Some(
        Diagnostic::error(Code::SignatureRefused, Cure::FixThenRunAgain, message)
            .because(untimely)
            .fact("reason", UNTIMELY)
            .help("look at `from` and `until` in [[trust]]; the time is what log entries and timestamps say, and today's where there are none"),
    )
}

fn unsigned(image: &str, predicate_type: &str) -> Diagnostic {
    let (message, help) = match predicate_type {
        SIGNATURE => (
            format!("nobody has signed {image}"),
            "do not rely on it; sign it with `plimsoll sign image` if it is yours",
        ),
        kind => (
            format!("nobody has stated {kind} of {image}"),
            "look whether that is the type that was stated; state it with `plimsoll attest image` if it is yours",
        ),
    };
    Diagnostic::error(Code::SignatureRefused, Cure::FixThenRunAgain, message)
        .fact("reason", "signature-missing")
        .fact("type", predicate_type)
        .help(help)
}
