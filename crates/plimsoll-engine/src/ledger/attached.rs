//! What is attached to a manifest, in whichever form.

mod bundles;
mod layers;

use std::fmt;
use std::vec::IntoIter;

use bytes::Bytes;
use plimsoll_oci::content::read_whole;
use plimsoll_oci::model::Descriptor;
use plimsoll_oci::name::Digest;
use plimsoll_oci::store::{Pull, StoreError};

use crate::domain::attestation::{AttachedForm, Signed};
use crate::domain::time::Moment;
use crate::world::WorldError;

/// The largest layer that is read, in bytes.
const LIMIT: u64 = 8 * 1024 * 1024;
/// The most attachments of one manifest that are read.
const MOST: usize = 1_000;

/// Something signed that is attached to a manifest. Nothing of it was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// The manifest that attaches it.
    pub manifest: Digest,
    /// How.
    pub form: AttachedForm,
    /// What.
    pub signed: Signed,
}

/// What is attached to one manifest, read one after another: whoever may push may attach more than fits into memory. What can't be
/// read as what it says that it is, is passed over: it is nobody's whose signature counts, and keeps nobody's from being found.
///
/// No more are read than anybody could mean (`MOST`): whoever may push may attach that many, and is not to keep us busy for days.
pub struct Attachments<'a> {
    pull: &'a dyn Pull,
    subject: Digest,
    predicate_type: String,
    listed: IntoIter<Listed>,
    /// How many there are.
    total: usize,
    /// How many more are read.
    left: usize,
    passed_over: Vec<PassedOver>,
}

/// Something that is listed, and not read yet.
enum Listed {
    /// A manifest that refers to the subject, and when the list says that it was made.
    Bundle(Digest, Option<String>),
    /// A layer of the manifest under a tag beside the subject.
    Layer(Digest, Box<Descriptor>),
}

/// Something attached that can't be read.
#[derive(Clone, Debug)]
pub struct PassedOver {
    /// Its manifest.
    pub manifest: Digest,
    /// Why not.
    pub why: StoreError,
}

impl fmt::Display for PassedOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} was passed over, which somebody has attached and nobody can read: {}",
            self.manifest, self.why
        )
    }
}

/// What is attached to `subject` in one form and does not say that it states something else than `predicate_type`, in an order
/// that is the same for everybody.
///
/// # Errors
/// The repository can't be read.
pub async fn list_attached<'a>(
    pull: &'a dyn Pull,
    form: AttachedForm,
    subject: &Digest,
    predicate_type: &str,
) -> Result<Attachments<'a>, WorldError> {
    let mut passed_over = Vec::new();
    let listed = match form {
        AttachedForm::Bundle => bundles::list(pull, subject, predicate_type).await?,
        AttachedForm::Legacy => layers::list(pull, subject, predicate_type, &mut passed_over).await?,
    };
    let (subject, predicate_type, total) = (subject.clone(), predicate_type.to_owned(), listed.len());
    let listed = listed.into_iter();
    Ok(Attachments { pull, subject, predicate_type, listed, total, left: MOST, passed_over })
}

impl<'a> Attachments<'a> {
    /// The same, where those come first that the list says to be made at a time: a release's have the time of its seal.
    #[must_use]
    pub fn made_at_first(self, time: Moment) -> Attachments<'a> {
        let time = time.to_string();
        let mut listed: Vec<Listed> = self.listed.collect();
        listed.sort_by_key(|one| match one {
            Listed::Bundle(_, created) => created.as_deref() != Some(time.as_str()),
            Listed::Layer(..) => false,
        });
        Attachments { listed: listed.into_iter(), ..self }
    }

    /// The next one; none, too, where as many were read as anybody could mean.
    ///
    /// # Errors
    /// The repository can't be read.
    pub async fn next(&mut self) -> Result<Option<Attached>, WorldError> {
        while let Some(left) = self.left.checked_sub(1) {
            self.left = left;
            let Some(listed) = self.listed.next() else { return Ok(None) };
            let (manifest, read) = match listed {
                Listed::Bundle(manifest, _) => {
                    let read = bundles::read(self.pull, &manifest, &self.predicate_type).await;
                    (manifest, read)
                }
                Listed::Layer(manifest, layer) => {
                    let read = layers::read(self.pull, &manifest, &layer).await;
                    (manifest, read)
                }
            };
            match read {
                Ok(Some(attached)) => return Ok(Some(attached)),
                Ok(None) => {}
                Err(why) if is_of_content(&why) => self.passed_over.push(PassedOver { manifest, why }),
                Err(why) => return Err(why.into()),
            }
        }
        Ok(None)
    }

    /// The first that fits.
    ///
    /// # Errors
    /// The repository can't be read, or none of those fits that are read where there are more.
    pub async fn find(
        mut self,
        mut fits: impl FnMut(&Attached) -> bool,
    ) -> Result<Option<Attached>, WorldError> {
        while let Some(attached) = self.next().await? {
            if fits(&attached) {
                return Ok(Some(attached));
            }
        }
        match self.too_many() {
            Some(too_many) => Err(too_many.into()),
            None => Ok(None),
        }
    }

    /// That there are more than are read: what was not found may be among the others.
    pub fn too_many(&self) -> Option<StoreError> {
        let what = format!("the list of what is attached to {}", self.subject);
        let (count, limit) = (u64::try_from(self.total).unwrap_or(u64::MAX), MOST as u64);
        (self.total > MOST).then_some(StoreError::TooMany { what, count, limit })
    }

    /// What was passed over so far.
    pub fn passed_over(&self) -> &[PassedOver] {
        &self.passed_over
    }
}

/// Whether what is attached is to blame, and not the place where it lies.
fn is_of_content(why: &StoreError) -> bool {
    matches!(
        why,
        StoreError::Lies { .. }
            | StoreError::Size { .. }
            | StoreError::TooLarge { .. }
            | StoreError::Model(_)
            | StoreError::Missing { .. }
    )
}

/// The bytes of a layer; none if it is gone.
async fn find_layer(pull: &dyn Pull, layer: &Descriptor) -> Result<Option<Bytes>, StoreError> {
    let Some(content) = pull.blob(layer).await? else { return Ok(None) };
    read_whole(&*content, LIMIT).await.map(Some)
}

#[cfg(test)]
mod tests;
