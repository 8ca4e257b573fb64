//! What `sign image` and `attest image` do alike: a signed statement is attached to an image, in every form that is asked for.

use plimsoll_engine::domain::attestation::{AttachedForm, Attestation, SignatureForm};
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::ledger::attached::{Attached, list_attached};
use plimsoll_engine::ship::attach::{AttachError, attach, attachment, ensure_room};
use plimsoll_engine::statement::attestation::SIGNATURE;
use plimsoll_engine::world::repository_writer::Ungated;
use plimsoll_oci::name::Digest;
use plimsoll_oci::store::{Pull, Store};
use plimsoll_sigstore::artifact::Artifact;
use plimsoll_sigstore::keyless::Payload;
use plimsoll_sigstore::policy::Policy;
use plimsoll_sigstore::statement::Statement;

use super::ending::Failure;
use super::image_digest::as_artifact;
use super::sign::Hand;
use crate::explain::signature::no_room;
use crate::explain::{Asked, Explain as _};
use crate::output::json::signed::{AttachedInfo, Done};
use crate::signed_forms::{Found, render};
use crate::wire;

/// Attaches what one signer says of one image.
pub(super) struct Attaching<'a> {
    /// Who signs.
    pub hand: &'a Hand<'a>,
    /// Where the image lies.
    pub store: &'a dyn Store,
    /// What is being done.
    pub asked: &'a Asked,
    /// The image's name for people.
    pub name: String,
}

/// What is said of an image.
pub(super) trait Saying {
    /// The statement, attached in a form.
    fn attestation(&self, form: AttachedForm) -> Attestation;

    /// Whether a verified statement of the same type about the same image says it already; `None` where a bare signature was verified.
    fn is_said_by(&self, statement: Option<&Statement>) -> bool;
}

impl Attaching<'_> {
    /// Sees that it is attached in every form that is asked for, and tells of each. Nothing is signed before there is known to be room
    /// for all of it.
    pub(super) async fn ensure(
        &self,
        saying: &impl Saying,
        forms: SignatureForm,
        attached: &mut Vec<AttachedInfo>,
    ) -> Result<(), Failure> {
        let mut missing = Vec::new();
        for form in forms.attached() {
            let wanted = saying.attestation(*form);
            let artifact = as_artifact(&self.name, &wanted.subject.digest)?;
            match self.find(&wanted, saying, &artifact).await? {
                Some(there) => attached.push(AttachedInfo::of(*form, &there, Done::Before)),
                None => missing.push((wanted, artifact)),
            }
        }
        for (wanted, _) in &missing {
            let room = ensure_room(&Ungated(self.store), wanted).await;
            room.map_err(|error| error.explain(self.asked))?;
        }
        for (wanted, artifact) in &missing {
            let manifest = self.add(wanted, artifact).await?;
            attached.push(AttachedInfo::of(wanted.form, &manifest, Done::Now));
        }
        AttachedInfo::sort(attached);
        Ok(())
    }

    /// Signs and attaches, and gives the manifest that does.
    async fn add(&self, attestation: &Attestation, artifact: &Artifact) -> Result<Digest, Failure> {
        let said = attestation.payload.written().expect("what is said on the command line is written here");
        let bare = Artifact::of_bytes(said.to_vec());
        let (payload, artifact) = match (attestation.is_bare(), attestation.form) {
            (true, _) => (Payload::Artifact(&bare), &bare),
            (false, AttachedForm::Bundle) => (Payload::Statement(said), artifact),
            (false, AttachedForm::Legacy) => (Payload::LegacyStatement(said), artifact),
        };
        let bundle = self.hand.sign(&self.name, payload, artifact).await?;
        let signed = render(attestation, said, &bundle).map_err(no_room)?;
        let attachment = attachment(attestation, signed.clone(), wire::now());
        match attach(&Ungated(self.store), &*wire::clock(), &*attachment).await {
            Ok(()) => {}
            Err(AttachError::World(error)) => return Err(error.explain(self.asked).into()),
            Err(AttachError::Unlisted { .. }) => return Err(self.unlisted(attestation).into()),
        }
        match self.find_attached(attestation, |one| one.signed == signed).await? {
            Some(attached) => Ok(attached.manifest),
            None => Err(self.unlisted(attestation).into()),
        }
    }

    /// The manifest that attaches the same by the same signer, if one is there.
    async fn find(
        &self,
        wanted: &Attestation,
        saying: &impl Saying,
        artifact: &Artifact,
    ) -> Result<Option<Digest>, Failure> {
        let kind = &wanted.predicate_type;
        let policy = Policy { signer: self.hand.us.clone(), predicate_type: Some(kind.clone()) };
        let ours = self.find_attached(wanted, |one| {
            let Ok(found) = Found::read(wanted.form, &one.signed, kind) else { return false };
            let report = found.verify(artifact, &policy, self.hand.root());
            report.is_verified() && saying.is_said_by(report.statement.as_ref())
        });
        Ok(ours.await?.map(|one| one.manifest))
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

    fn unlisted(&self, attestation: &Attestation) -> Diagnostic {
        let what = match attestation.predicate_type.as_str() {
            SIGNATURE => "signature of",
            _ => "statement about",
        };
        let message = format!("the {what} {} was written, and the registry does not list it", self.name);
        Diagnostic::error(Code::Incomplete, Cure::RunAgain, message)
            .help("another program may have written the list of what refers to the image at the same time")
    }
}
