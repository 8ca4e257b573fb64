//! `attest image`: a signed statement that is attached to an image, where it lies.

use clap::Args;
use plimsoll_engine::domain::attestation::{AttachedForm, Attestation, SignatureForm};
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Reach};
use plimsoll_engine::domain::predicate::CUSTOM;
use plimsoll_engine::ledger::attached::{Attached, list_attached};
use plimsoll_engine::ship::attach::{AttachError, attach, attachment, ensure_room};
use plimsoll_engine::statement::in_toto::Subject;
use plimsoll_engine::world::repository_writer::Ungated;
use plimsoll_oci::name::Digest;
use plimsoll_oci::store::{Pull, Store};
use plimsoll_sigstore::artifact::Artifact;
use plimsoll_sigstore::keyless::Payload;
use plimsoll_sigstore::policy::Policy;
use plimsoll_sigstore::statement::Statement;
use serde_json::Value;

use super::predicate::Stated;
use crate::cli::copy::{Place, Surroundings};
use crate::cli::ending::{Ended, Failure, Outcome};
use crate::cli::image_digest::{as_artifact, find_image};
use crate::cli::session::Session;
use crate::cli::sign::{Form, Hand, With};
use crate::explain::signature::no_room;
use crate::explain::{Asked, Explain as _, Keeping};
use crate::output::Answer;
use crate::output::json::signed::{AttachedInfo, Done, ImageSigning, SignedImages, SignedInfo};
use crate::signed_forms::{Found, render};
use crate::wire;

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
            let attesting = Attesting {
                hand: &hand,
                store: &*store,
                asked: &asked,
                name: self.image.to_string(),
                statement: &statement,
            };
            let attestation = Attestation::of(image.clone(), &predicate, statement.clone());
            let mut attached = Vec::new();
            let failed = attesting.ensure(&attestation, self.format, &mut attached).await.err();
            let Some(failure) = failed else {
                let info = SignedInfo::of_image(&attesting.name, &image.digest, attached, hand.name.clone());
                return Ok(Ended::well(Answer::Signed(info)));
            };
            if attached.is_empty() {
                return Err(failure);
            }
            // What is attached in one form stays, and is told beside what it is missing in.
            let has_left = self.image.is_in_registry() && attached.iter().any(AttachedInfo::is_new);
            let mut answer = SignedImages::by(&hand.name);
            answer.add(ImageSigning {
                artifact: attesting.name.clone(),
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

struct Attesting<'a> {
    hand: &'a Hand<'a>,
    store: &'a dyn Store,
    asked: &'a Asked,
    name: String,
    statement: &'a [u8],
}

impl Attesting<'_> {
    /// Sees that our statement is attached in every form that is asked for, and tells of each. Nothing is signed before there is known
    /// to be room for all of it.
    async fn ensure(
        &self,
        attestation: &Attestation,
        format: Form,
        attached: &mut Vec<AttachedInfo>,
    ) -> Result<(), Failure> {
        let artifact = as_artifact(&self.name, &attestation.subject.digest)?;
        let mut missing = Vec::new();
        for form in SignatureForm::from(format).attached() {
            let wanted = attestation.clone().attached_as(*form);
            match self.find(&wanted, &artifact).await? {
                Some(there) => attached.push(AttachedInfo::of(*form, &there, Done::Before)),
                None => missing.push(wanted),
            }
        }
        for wanted in &missing {
            let room = ensure_room(&Ungated(self.store), wanted).await;
            room.map_err(|error| error.explain(self.asked))?;
        }
        for wanted in &missing {
            let manifest = self.add(wanted, &artifact).await?;
            attached.push(AttachedInfo::of(wanted.form, &manifest, Done::Now));
        }
        AttachedInfo::sort(attached);
        Ok(())
    }

    /// Signs and attaches, and gives the manifest that does.
    async fn add(&self, attestation: &Attestation, artifact: &Artifact) -> Result<Digest, Failure> {
        let payload = match attestation.form {
            AttachedForm::Bundle => Payload::Statement(self.statement),
            AttachedForm::Legacy => Payload::LegacyStatement(self.statement),
        };
        let bundle = self.hand.sign(&self.name, payload, artifact).await?;
        let signed = render(attestation, self.statement, &bundle).map_err(no_room)?;
        let attachment = attachment(attestation, signed.clone(), wire::now());
        match attach(&Ungated(self.store), &*wire::clock(), &*attachment).await {
            Ok(()) => {}
            Err(AttachError::World(error)) => return Err(error.explain(self.asked).into()),
            Err(AttachError::Unlisted { .. }) => return Err(unlisted(&self.name).into()),
        }
        let attached = self.find_attached(attestation, |one| one.signed == signed).await?;
        match attached {
            Some(attached) => Ok(attached.manifest),
            None => Err(unlisted(&self.name).into()),
        }
    }

    /// A statement of ours that says the same and is there already.
    async fn find(&self, wanted: &Attestation, artifact: &Artifact) -> Result<Option<Digest>, Failure> {
        let kind = &wanted.predicate_type;
        let policy = Policy { signer: self.hand.us.clone(), predicate_type: Some(kind.clone()) };
        let statement = Statement::parse(self.statement).ok();
        let ours = self.find_attached(wanted, |attached| {
            let Ok(found) = Found::read(wanted.form, &attached.signed, kind) else { return false };
            let report = found.verify(artifact, &policy, self.hand.root());
            let same = |(found, wanted): (&Statement, &Statement)| says_the_same(found, wanted);
            report.is_verified() && report.statement.as_ref().zip(statement.as_ref()).is_some_and(same)
        });
        Ok(ours.await?.map(|attached| attached.manifest))
    }

    async fn find_attached(
        &self,
        wanted: &Attestation,
        fits: impl FnMut(&Attached) -> bool,
    ) -> Result<Option<Attached>, Failure> {
        let pull: &dyn Pull = self.store;
        let Attestation { form, subject, predicate_type, .. } = wanted;
        let found =
            async { list_attached(pull, *form, &subject.digest, predicate_type).await?.find(fits).await };
        Ok(found.await.map_err(|error| error.explain(self.asked))?)
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

fn unlisted(image: &str) -> Diagnostic {
    let message = format!("the statement about {image} was written, and the registry does not list it");
    Diagnostic::error(Code::Incomplete, Cure::RunAgain, message)
        .help("another program may have written the list of what refers to the image at the same time")
}
