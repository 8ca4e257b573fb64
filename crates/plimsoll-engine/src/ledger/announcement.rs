//! Sets that announce themselves in a repository by their record, and records found by their hold tags.

use plimsoll_oci::content::read_whole;
use plimsoll_oci::name::{Digest, ImageTag};
use plimsoll_oci::store::Pull;

use crate::domain::claim::{ClaimName, Seal};
use crate::statement::artifact::{Artifact, FIRST_RECORD, RECORD, hold_prefix, hold_tag};
use crate::statement::record::{Record, RecordError, file_name};
use crate::statement::release::{parse_statement, statement_name};
use crate::world::WorldError;

/// The largest record that is read.
const LIMIT: u64 = 16 * 1024 * 1024;

/// A set that announces itself. Only reading one makes one.
#[derive(Clone, Debug)]
pub struct Announcement {
    tag: ImageTag,
    record: Record,
    seal: Seal,
}

impl Announcement {
    /// Its tag.
    pub fn tag(&self) -> &ImageTag {
        &self.tag
    }

    /// What it says.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// The seal that the record stands for.
    pub fn seal(&self) -> &Seal {
        &self.seal
    }
}

/// Why announcements can't be read.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AnnouncementError {
    /// The repository.
    #[error(transparent)]
    World(#[from] WorldError),
    /// A record.
    #[error(transparent)]
    Record(#[from] RecordError),
}

/// All sets of a version that announce themselves in a repository.
pub async fn read_announcements(
    pull: &dyn Pull,
    name: &ClaimName,
) -> Result<Vec<Announcement>, AnnouncementError> {
    let prefix = hold_prefix(&name.version);
    let mut found = Vec::new();
    for tag in pull.tags().await.map_err(WorldError::from)? {
        if !tag.as_str().starts_with(&prefix) {
            continue;
        }
        let Some((record, digest)) = read_record(pull, name, &tag).await? else { continue };
        // Hold tags of images and of other statements have other shapes, and another version may share the prefix.
        if record.version != name.version
            || record.component != name.component
            || tag != hold_tag(&name.version, &digest)
        {
            continue;
        }
        if let Some(seal) = record.seal(digest) {
            found.push(Announcement { tag, record, seal });
        }
    }
    Ok(found)
}

/// The record under a tag, with the digest of its bytes; `None` if something else is there.
pub async fn read_record(
    pull: &dyn Pull,
    name: &ClaimName,
    tag: &ImageTag,
) -> Result<Option<(Record, Digest)>, AnnouncementError> {
    let Some(root) = pull.resolve(tag).await.map_err(WorldError::from)? else { return Ok(None) };
    let Some(manifest) = pull.manifest(&root.digest).await.map_err(WorldError::from)? else {
        return Ok(None);
    };
    let newest = Artifact::find_layer(&manifest, &RECORD);
    let Some(layer) = newest.or_else(|| Artifact::find_layer(&manifest, &FIRST_RECORD)) else {
        return Ok(None);
    };
    let Some(content) = pull.blob(layer).await.map_err(WorldError::from)? else { return Ok(None) };
    let bytes = read_whole(&*content, LIMIT).await.map_err(WorldError::from)?;
    let record = match newest {
        Some(_) => parse_statement(&statement_name(&name.version), &bytes)?,
        None => Record::parse(&file_name(&name.version), &bytes, &name.component)?,
    };
    Ok(Some((record, layer.digest.clone())))
}
