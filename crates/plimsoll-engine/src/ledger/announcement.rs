//! Sets that announce themselves in a repository by their record, and records found by their hold tags.

use plimsoll_oci::content::read_whole;
use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};
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

    /// True if it has this content under this version tag.
    pub fn has(&self, repository: &ImageRepository, tag: &ImageTag, found: &Digest) -> bool {
        self.seal.targets.iter().any(|target| {
            target.repository == *repository
                && target.version_tags.contains(tag)
                && self.seal.artifacts.get(&target.artifact) == Some(found)
        })
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
    let mut found = Vec::new();
    for tag in list_holds(pull, name).await? {
        found.extend(find_set(pull, name, &tag).await?);
    }
    Ok(found)
}

/// All sets of a version whose records lie in a repository. What can't be read is no record.
///
/// # Errors
/// The repository does not answer.
pub async fn read_recorded(pull: &dyn Pull, name: &ClaimName) -> Result<Vec<Announcement>, WorldError> {
    let mut found = Vec::new();
    for tag in list_holds(pull, name).await? {
        match find_set(pull, name, &tag).await {
            Ok(set) => found.extend(set),
            Err(AnnouncementError::Record(_)) => {}
            Err(AnnouncementError::World(error)) => return Err(error),
        }
    }
    Ok(found)
}

/// The tags that may be hold tags of a version's records.
async fn list_holds(pull: &dyn Pull, name: &ClaimName) -> Result<Vec<ImageTag>, WorldError> {
    let prefix = hold_prefix(&name.version);
    let tags = pull.tags().await.map_err(WorldError::from)?;
    Ok(tags.into_iter().filter(|tag| tag.as_str().starts_with(&prefix)).collect())
}

async fn find_set(
    pull: &dyn Pull,
    name: &ClaimName,
    tag: &ImageTag,
) -> Result<Option<Announcement>, AnnouncementError> {
    let Some((record, digest)) = read_record(pull, name, tag).await? else { return Ok(None) };
    // Hold tags of images and of other statements have other shapes, and another version may share the prefix.
    let fits = record.version == name.version
        && record.component == name.component
        && *tag == hold_tag(&name.version, &digest);
    let seal = record.seal(digest).filter(|_| fits);
    Ok(seal.map(|seal| Announcement { tag: tag.clone(), record, seal }))
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
