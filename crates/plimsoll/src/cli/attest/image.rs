//! `attest image`: a signed statement that is attached to an image, where it lies.

use clap::Args;
use plimsoll_engine::domain::attestation::{AttachedForm, Attestation};
use plimsoll_engine::domain::diagnostic::Reach;
use plimsoll_engine::domain::predicate::CUSTOM;
use plimsoll_engine::statement::in_toto::Subject;
use plimsoll_sigstore::statement::Statement;
use serde_json::Value;

use super::predicate::Stated;
use crate::cli::attaching::{Attaching, Saying};
use crate::cli::copy::{Place, Surroundings};
use crate::cli::ending::{Ended, Outcome};
use crate::cli::image_digest::find_image;
use crate::cli::session::Session;
use crate::cli::sign::{Form, With};
use crate::explain::{Asked, Keeping};
use crate::output::Answer;
use crate::output::json::signed::{AttachedInfo, ImageSigning, SignedImages, SignedInfo};

/// States something of an image, and signs it, where the image lies
///
/// The statement is attached as cosign 3 does: in a bundle that refers to the image, found by the referrers API or, where the
/// registry has none, under the tag `sha256-…`. Of an image for several platforms it is about the index. Where the same signer has
/// stated the very same before nothing is added.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll attest image ghcr.io/acme/app:v1.0.0 --type spdx --predicate sbom.spdx.json --key release.key
  plimsoll attest image ghcr.io/acme/app@sha256:2a4c… --type https://acme.example/reviewed/v1 --predicate review.json \\
    --identity-token token --signing-config signing_config.json --trusted-root trusted_root.json")]
pub(in crate::cli) struct AttestImage {
    /// The image: its repository, with tag or digest
    #[arg(value_name = "REF")]
    pub image: Place,
    /// What is stated.
    #[command(flatten)]
    stated: Stated,
    /// In which form the statement is attached
    #[arg(long, value_name = "FORM", env = "PLIMSOLL_FORMAT", value_enum, default_value_t = Form::Bundle)]
    pub format: Form,
    /// By whom.
    #[command(flatten)]
    with: With,
}

impl AttestImage {
    pub(in crate::cli) fn run(&self, session: &Session<'_>) -> Outcome {
        let predicate = self.stated.read(session)?;
        self.with.check_recognisable()?;
        let hand = self.with.read(session)?;
        hand.check_form(self.format.into())?;
        session.look(async {
            let asked = Asked { verb: "attest", tag: None, keeping: Keeping::Local };
            let surroundings = Surroundings::look(session, &asked).await?;
            let image = find_image(&self.image, &surroundings, &asked).await?;
            let store = self.image.open_store(&surroundings)?;
            let name = self.image.repository().map(ToString::to_string).unwrap_or_default();
            let subject = Subject { name, digest: image.digest.clone() };
            let statement = self.stated.state(&predicate, &subject)?;
            let name = self.image.to_string();
            let attaching = Attaching { hand: &hand, store: &*store, asked: &asked, name };
            let stating = Stating {
                statement: Statement::parse(&statement).ok(),
                attestation: Attestation::of(image.clone(), &predicate, statement),
            };
            let mut attached = Vec::new();
            let failed = attaching.ensure(&stating, self.format.into(), &mut attached).await.err();
            let Some(failure) = failed else {
                let info = SignedInfo::of_image(&attaching.name, &image.digest, attached, hand.name.clone());
                return Ok(Ended::well(Answer::Signed(info)));
            };
            if attached.is_empty() {
                return Err(failure);
            }
            // What is attached in one form stays, and is told beside what it is missing in.
            let has_left = self.image.is_in_registry() && attached.iter().any(AttachedInfo::is_new);
            let mut answer = SignedImages::by(&hand.name);
            answer.add(ImageSigning {
                artifact: attaching.name.clone(),
                digest: Some(image.digest.clone()),
                signatures: attached,
                platforms: Vec::new(),
                problems: failure.problems.clone(),
            });
            let reach = if has_left { Reach::Visible } else { Reach::Nothing };
            Ok(Ended::at(Answer::SignedImages(answer), failure.problems, reach))
        })
    }
}

/// A statement about an image.
struct Stating {
    attestation: Attestation,
    /// What it says, if it can be read.
    statement: Option<Statement>,
}

impl Saying for Stating {
    fn attestation(&self, form: AttachedForm) -> Attestation {
        self.attestation.clone().attached_as(form)
    }

    fn is_said_by(&self, statement: Option<&Statement>) -> bool {
        let same = |(found, wanted): (&Statement, &Statement)| says_the_same(found, wanted);
        statement.zip(self.statement.as_ref()).is_some_and(same)
    }
}

/// Whether two statements of one type say the same, however they are spelled. Of a text it is passed over when it was stated.
fn says_the_same(found: &Statement, wanted: &Statement) -> bool {
    let text =
        |statement: &Statement| statement.predicate.get("Data").and_then(Value::as_str).map(str::to_owned);
    match wanted.predicate_type.as_str() {
        CUSTOM => text(found) == text(wanted),
        _ => found.predicate == wanted.predicate,
    }
}
