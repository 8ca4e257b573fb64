//! Marks as they stand in registries and ledgers: the union over all.

use std::collections::BTreeMap;

use plimsoll_oci::content::read_whole;
use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};
use plimsoll_oci::store::{Pull, StoreError};

use crate::domain::artifact::ArtifactName;
use crate::domain::marks::{ComponentMarks, Mark};
use crate::statement::artifact::{Artifact, MARK, MARK_PREFIX};
use crate::statement::mark::{self, MARK_ENDING, MarkError};
use crate::world::WorldError;
use crate::world::ledger::{LedgerFile, LedgerView};
use crate::world::stores::StoresView;

/// The largest mark that is read, in bytes: a hold names every version that it passes over.
const LIMIT: u64 = 1024 * 1024;

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

/// What was said of components, as far as it can be understood.
#[derive(Debug, Default)]
pub struct Heard {
    /// What was said.
    pub marks: ComponentMarks,
    /// The bytes of each statement, under their digest.
    pub bytes: BTreeMap<Digest, Vec<u8>>,
    /// Why more that was said is not known.
    pub unread: Vec<MarksError>,
}

impl Heard {
    /// Hears the marks in one repository: of one component, or of all.
    pub async fn listen_to(
        &mut self,
        stores: &dyn StoresView,
        repository: &ImageRepository,
        component: Option<&ArtifactName>,
    ) {
        let pull = stores.pull(repository);
        let tags = match pull.tags().await {
            Ok(tags) => tags,
            Err(error) => return self.unread.push(error.into()),
        };
        let wrong =
            |tag: &ImageTag, why| MarksError::Mark { repository: repository.clone(), tag: tag.clone(), why };
        for tag in tags.iter().filter(|tag| tag.as_str().starts_with(MARK_PREFIX)) {
            match read_bytes(&*pull, tag).await {
                Ok(None) => {}
                Ok(Some(Ok(bytes))) => self.hear(component, &bytes, Ok(()), |why| wrong(tag, why)),
                Ok(Some(Err(why))) => self.unread.push(wrong(tag, why)),
                // Who does not answer now is not asked for every mark again.
                Err(error) => return self.unread.push(error.into()),
            }
        }
    }

    /// Hears the marks among the files of a ledger: of one component, or of all.
    pub async fn listen_to_files(&mut self, ledger: &dyn LedgerView, component: Option<&ArtifactName>) {
        match ledger.read_all(MARK_ENDING).await {
            Ok(files) => {
                for LedgerFile { name, bytes } in files {
                    let named = mark::check_named(&name, &bytes);
                    self.hear(component, &bytes, named, |why| MarksError::File { file: name, why });
                }
            }
            Err(error) => self.unread.push(error.into()),
        }
    }

    fn hear(
        &mut self,
        component: Option<&ArtifactName>,
        bytes: &[u8],
        named: Result<(), MarkError>,
        wrong: impl FnOnce(MarkError) -> MarksError,
    ) {
        let heard = match component {
            Some(component) => mark::parse(component, bytes).map(|mark| Some((component.clone(), mark?))),
            None => mark::parse_named(bytes).map(Some),
        };
        // What a newer Plimsoll wrote is told as such, whatever its name.
        match heard.and_then(|heard| named.map(|()| heard)) {
            Ok(Some((component, mark))) => {
                let digest = Digest::of(bytes);
                self.marks.add(component, digest.clone(), mark);
                self.bytes.insert(digest, bytes.to_vec());
            }
            Ok(None) => {}
            Err(why) => self.unread.push(wrong(why)),
        }
    }
}

/// Reads the marks of a component among the tags of one repository.
pub async fn read_tagged(
    pull: &dyn Pull,
    repository: &ImageRepository,
    component: &ArtifactName,
    tags: &[ImageTag],
) -> Result<Vec<Statement>, MarksError> {
    let mut found = Vec::new();
    for tag in tags.iter().filter(|tag| tag.as_str().starts_with(MARK_PREFIX)) {
        let wrong = |why| MarksError::Mark { repository: repository.clone(), tag: tag.clone(), why };
        let Some(bytes) = read_bytes(pull, tag).await? else { continue };
        let bytes = bytes.map_err(wrong)?;
        if let Some(mark) = mark::parse(component, &bytes).map_err(wrong)? {
            found.push(Statement { bytes, mark });
        }
    }
    Ok(found)
}

/// The bytes of the mark behind a tag; none if there is none.
async fn read_bytes(
    pull: &dyn Pull,
    tag: &ImageTag,
) -> Result<Option<Result<Vec<u8>, MarkError>>, StoreError> {
    let Some(root) = pull.resolve(tag).await? else { return Ok(None) };
    let Some(manifest) = pull.manifest(&root.digest).await? else { return Ok(None) };
    let Some(layer) = Artifact::find_layer(&manifest, &MARK) else { return Ok(None) };
    let Some(content) = pull.blob(layer).await? else { return Ok(None) };
    match read_whole(&*content, LIMIT).await {
        Ok(bytes) => Ok(Some(Ok(bytes.to_vec()))),
        Err(error @ (StoreError::TooLarge { .. } | StoreError::Size { .. } | StoreError::Lies { .. })) => {
            Ok(Some(Err(MarkError::Broken { why: error.to_string() })))
        }
        Err(error) => Err(error),
    }
}

/// Reads the marks of a component among the files of a ledger.
pub async fn read_filed(
    ledger: &dyn LedgerView,
    component: &ArtifactName,
) -> Result<Vec<Statement>, MarksError> {
    let mut found = Vec::new();
    for file in ledger.read_all(MARK_ENDING).await? {
        let mark = mark::parse(component, &file.bytes);
        match mark.and_then(|mark| mark::check_named(&file.name, &file.bytes).map(|()| mark)) {
            Ok(Some(mark)) => found.push(Statement { bytes: file.bytes, mark }),
            Ok(None) => {}
            Err(why) => return Err(MarksError::File { file: file.name, why }),
        }
    }
    Ok(found)
}
