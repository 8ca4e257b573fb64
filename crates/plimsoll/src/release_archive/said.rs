//! What was said of a release later, as it lies in an archive of it.

use std::collections::BTreeMap;

use plimsoll_engine::domain::marks::{ComponentMarks, Marks};
use plimsoll_engine::statement::artifact::{Artifact, MARK, mark_tag};
use plimsoll_engine::statement::mark::{self, MarkError, mark_file_name};
use plimsoll_engine::statement::record::Record;
use plimsoll_engine::world::ledger::LedgerFile;
use plimsoll_oci::archive::Archive;
use plimsoll_oci::content::read_whole;
use plimsoll_oci::model::Manifest;
use plimsoll_oci::name::{Digest, ImageTag};
use plimsoll_oci::store::{Pull as _, StoreError};

use super::FILE_LIMIT;
use super::allowance::Allowance;
use super::read::ParcelError;

/// The marks in an archive.
#[derive(Clone, Debug, Default)]
pub struct SaidLater {
    /// What they say.
    pub marks: Marks,
    /// The same as files of a ledger.
    pub files: Vec<LedgerFile>,
    /// The manifest of each, under the tag that it gets.
    pub artifacts: BTreeMap<ImageTag, Digest>,
}

/// A mark that does not belong into an archive of this release.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StrangeMark {
    /// Nobody knows what it says.
    #[error("{tag} in it can't be understood: {why}")]
    Unread {
        /// Its tag.
        tag: ImageTag,
        /// Why.
        why: MarkError,
    },
    /// It is about something else.
    #[error("{0} in it says nothing of this release")]
    OfAnother(ImageTag),
}

impl SaidLater {
    /// Reads the marks among the manifests of an archive of the release with this record.
    ///
    /// # Errors
    /// One of them can't be read, or there is more than any release has; or does not belong here, which the inner result says.
    pub(super) async fn read(
        archive: &Archive,
        manifests: &[Manifest],
        record: &Record,
        allowance: &mut Allowance,
    ) -> Result<Result<SaidLater, StrangeMark>, ParcelError> {
        let (mut said, mut found) = (SaidLater::default(), ComponentMarks::default());
        for manifest in manifests {
            let Some(layer) = Artifact::find_layer(manifest, &MARK) else { continue };
            let missing =
                || StoreError::Missing { place: "the archive".into(), digest: layer.digest.clone() };
            let content = archive.blob(layer).await?.ok_or_else(missing)?;
            allowance.take(content.descriptor().size)?;
            let bytes = read_whole(&*content, FILE_LIMIT).await?.to_vec();
            let tag = mark_tag(&layer.digest);
            match mark::parse_named(&bytes) {
                Ok((component, mark)) => found.add(component, layer.digest.clone(), mark),
                Err(why) => return Ok(Err(StrangeMark::Unread { tag, why })),
            }
            let name = mark_file_name(&record.version, &layer.digest);
            said.files.push(LedgerFile { name, bytes });
            said.artifacts.insert(tag, manifest.digest().clone());
        }
        said.files.sort_by(|one, other| one.name.cmp(&other.name));
        said.marks = found.of(&record.component).clone();
        let own = said.marks.concerning(&record.version);
        let own: Vec<ImageTag> = own.into_iter().map(mark_tag).collect();
        match said.artifacts.keys().find(|tag| !own.contains(tag)) {
            Some(other) => Ok(Err(StrangeMark::OfAnother(other.clone()))),
            None => Ok(Ok(said)),
        }
    }
}
