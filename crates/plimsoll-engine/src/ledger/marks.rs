//! Marks as they stand in registries and ledgers: the union over all.

use std::collections::BTreeSet;

use plimsoll_oci::content::read_whole;
use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};
use plimsoll_oci::store::{Pull, StoreError};

use crate::domain::artifact::ArtifactName;
use crate::domain::marks::{ComponentMarks, Mark, Marks};
use crate::statement::artifact::{Artifact, MARK, MARK_PREFIX};
use crate::statement::mark::{self, MARK_ENDING, MarkError};
use crate::world::WorldError;
use crate::world::ledger::LedgerView;
use crate::world::stores::StoresView;

/// The largest mark that is read.
const LIMIT: u64 = 64 * 1024;

/// Why the marks of a component are not known.
#[derive(Clone, Debug, thiserror::Error)]
pub enum MarksError {
    /// A repository did not answer.
    #[error(transparent)]
    World(#[from] WorldError),
    /// One of them can't be understood.
    #[error("{repository}:{tag} is a mark that can't be understood: {why}")]
    Mark {
        /// Where.
        repository: ImageRepository,
        /// Its tag.
        tag: ImageTag,
        /// What is wrong with it.
        why: MarkError,
    },
    /// One of the ledger can't be understood.
    #[error("{file} is a mark that can't be understood: {why}")]
    File {
        /// Its name in the ledger.
        file: String,
        /// What is wrong with it.
        why: MarkError,
    },
}

/// One statement as it stands somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What it says.
    pub mark: Mark,
}

impl Statement {
    /// The digest of its bytes: its name.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.bytes)
    }
}

impl From<StoreError> for MarksError {
    fn from(error: StoreError) -> MarksError {
        MarksError::World(error.into())
    }
}

/// Reads the marks of a component from some repositories; one that can't be read is an error, since a mark that is
/// not seen could let a yanked version through.
pub async fn read_marks(
    stores: &dyn StoresView,
    component: &ArtifactName,
    repositories: &BTreeSet<ImageRepository>,
) -> Result<Marks, MarksError> {
    let mut found = Vec::new();
    for repository in repositories {
        let pull = stores.pull(repository);
        let tags = pull.tags().await?;
        found.extend(read_tagged(&*pull, repository, component, &tags).await?);
    }
    Ok(union(found))
}

/// Everything that statements say together.
pub fn union(statements: impl IntoIterator<Item = Statement>) -> Marks {
    let mut marks = Marks::default();
    for statement in statements {
        marks.add(statement.digest(), statement.mark);
    }
    marks
}

/// Reads the marks of a component among the tags of one repository.
pub async fn read_tagged(
    pull: &dyn Pull,
    repository: &ImageRepository,
    component: &ArtifactName,
    tags: &[ImageTag],
) -> Result<Vec<Statement>, MarksError> {
    let mut found = Vec::new();
    for (tag, bytes) in read_bytes(pull, tags).await? {
        match mark::parse(component, &bytes) {
            Ok(Some(mark)) => found.push(Statement { bytes, mark }),
            Ok(None) => {}
            Err(why) => return Err(MarksError::Mark { repository: repository.clone(), tag, why }),
        }
    }
    Ok(found)
}

/// Reads the marks of every component in one repository.
pub async fn read_all_tagged(
    stores: &dyn StoresView,
    repository: &ImageRepository,
) -> Result<ComponentMarks, MarksError> {
    let pull = stores.pull(repository);
    let tags = pull.tags().await?;
    let mut marks = ComponentMarks::default();
    for (tag, bytes) in read_bytes(&*pull, &tags).await? {
        let wrong = |why| MarksError::Mark { repository: repository.clone(), tag, why };
        let (component, mark) = mark::parse_named(&bytes).map_err(wrong)?;
        marks.add(component, Digest::of(&bytes), mark);
    }
    Ok(marks)
}

/// The bytes of each mark among some tags.
async fn read_bytes(pull: &dyn Pull, tags: &[ImageTag]) -> Result<Vec<(ImageTag, Vec<u8>)>, MarksError> {
    let mut found = Vec::new();
    for tag in tags.iter().filter(|tag| tag.as_str().starts_with(MARK_PREFIX)) {
        let Some(root) = pull.resolve(tag).await? else { continue };
        let Some(manifest) = pull.manifest(&root.digest).await? else { continue };
        let Some(layer) = Artifact::find_layer(&manifest, &MARK) else { continue };
        let Some(content) = pull.blob(layer).await? else { continue };
        found.push((tag.clone(), read_whole(&*content, LIMIT).await?.to_vec()));
    }
    Ok(found)
}

/// Reads the marks of a component among the files of a ledger.
pub async fn read_filed(
    ledger: &dyn LedgerView,
    component: &ArtifactName,
) -> Result<Vec<Statement>, MarksError> {
    let mut found = Vec::new();
    for file in ledger.read_all(MARK_ENDING).await? {
        match mark::parse(component, &file.bytes) {
            Ok(Some(mark)) => found.push(Statement { bytes: file.bytes, mark }),
            Ok(None) => {}
            Err(why) => return Err(MarksError::File { file: file.name, why }),
        }
    }
    Ok(found)
}

/// Reads the marks of every component among the files of a ledger.
pub async fn read_all_filed(ledger: &dyn LedgerView) -> Result<ComponentMarks, MarksError> {
    let mut marks = ComponentMarks::default();
    for file in ledger.read_all(MARK_ENDING).await? {
        let wrong = |why| MarksError::File { file: file.name.clone(), why };
        let (component, mark) = mark::parse_named(&file.bytes).map_err(wrong)?;
        marks.add(component, Digest::of(&file.bytes), mark);
    }
    Ok(marks)
}
