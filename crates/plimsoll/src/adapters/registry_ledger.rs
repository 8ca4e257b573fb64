//! The ledger's files as the artifacts of image repositories hold them.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::stream::{self, StreamExt as _};
use plimsoll_engine::statement::artifact::{FIRST_RECORD, HIDDEN, MARK_PREFIX, RECORD, find_title};
use plimsoll_engine::statement::record::{RECORD_ENDING, Record};
use plimsoll_engine::world::ledger::{Coverage, LedgerFile, LedgerView};
use plimsoll_engine::world::{Work, WorldError};
use plimsoll_oci::content::read_whole;
use plimsoll_oci::name::{ImageRepository, ImageTag};
use plimsoll_oci::store::Pull;
use tokio::sync::OnceCell;

use super::files::check_name;

/// The largest file that is read, in bytes.
const LIMIT: u64 = 64 * 1024 * 1024;
/// How many artifacts are read side by side.
const AT_ONCE: usize = 8;

/// The records in some repositories. They are read once.
pub(crate) struct RegistryLedger {
    places: Vec<Place>,
    files: OnceCell<BTreeMap<String, Vec<u8>>>,
}

/// One repository.
struct Place {
    repository: ImageRepository,
    pull: Arc<dyn Pull>,
}

impl RegistryLedger {
    /// The records in repositories, each with what reads it.
    pub(crate) fn new(places: impl IntoIterator<Item = (ImageRepository, Arc<dyn Pull>)>) -> RegistryLedger {
        let places = places.into_iter().map(|(repository, pull)| Place { repository, pull }).collect();
        RegistryLedger { places, files: OnceCell::new() }
    }

    async fn files(&self) -> Result<&BTreeMap<String, Vec<u8>>, WorldError> {
        let read = || async {
            let mut all = BTreeMap::new();
            for place in &self.places {
                all.extend(place.read_artifacts().await?);
            }
            Ok(all)
        };
        self.files.get_or_try_init(read).await
    }
}

impl Place {
    async fn read_artifacts(&self) -> Result<BTreeMap<String, Vec<u8>>, WorldError> {
        let tags = self.pull.tags().await?;
        let hidden = tags
            .into_iter()
            .filter(|tag| tag.as_str().starts_with(HIDDEN) && !tag.as_str().starts_with(MARK_PREFIX));
        let reads: Vec<_> = hidden.map(|tag| async move { self.read_artifact(&tag).await }).collect();
        let mut all = BTreeMap::new();
        let mut reads = stream::iter(reads).buffer_unordered(AT_ONCE);
        while let Some(files) = reads.next().await {
            let files = files?;
            // Runs that lost leave records behind: of several the one whose version tags are right counts.
            if self.is_tagged(&files).await? {
                all.extend(files.into_iter().map(|file| (file.name, file.bytes)));
            }
        }
        Ok(all)
    }

    /// The files of the artifact under a tag; none if it is something else.
    async fn read_artifact(&self, tag: &ImageTag) -> Result<Vec<LedgerFile>, WorldError> {
        let Some(root) = self.pull.resolve(tag).await? else { return Ok(Vec::new()) };
        let Some(manifest) = self.pull.manifest(&root.digest).await? else { return Ok(Vec::new()) };
        if !manifest.artifact_type().is_some_and(|kind| *kind == RECORD || *kind == FIRST_RECORD) {
            return Ok(Vec::new());
        }
        let mut files = Vec::new();
        // The first blob is the config.
        for layer in manifest.blobs().skip(1) {
            let Some(name) = find_title(layer).filter(|name| check_name(name).is_ok()) else { continue };
            if let Some(content) = self.pull.blob(layer).await? {
                let bytes = read_whole(&*content, LIMIT).await?.to_vec();
                files.push(LedgerFile { name: name.to_owned(), bytes });
            }
        }
        Ok(files)
    }

    async fn is_tagged(&self, files: &[LedgerFile]) -> Result<bool, WorldError> {
        let whose = "project".parse().expect("a word of letters is a name");
        let record = files.iter().find(|file| file.name.ends_with(RECORD_ENDING));
        let Some(Ok(record)) = record.map(|file| Record::parse(&file.name, &file.bytes, &whose)) else {
            return Ok(false);
        };
        for image in record.docker_images.values() {
            let mut places =
                std::iter::once(&image.name).chain(image.mirrors.iter().map(|mirror| &mirror.repository));
            if places.any(|place| *place == self.repository) {
                let there = self.pull.resolve(&image.primary_tag).await?;
                if there.is_none_or(|there| there.digest != image.digest) {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }
}

impl LedgerView for RegistryLedger {
    fn read<'a>(&'a self, name: &'a str) -> Work<'a, Option<Vec<u8>>> {
        Box::pin(async move { Ok(self.files().await?.get(name).cloned()) })
    }

    fn coverage(&self) -> Coverage {
        Coverage::All
    }

    fn read_all<'a>(&'a self, ending: &'a str) -> Work<'a, Vec<LedgerFile>> {
        Box::pin(async move {
            let files = self.files().await?.iter().filter(|(name, _)| name.ends_with(ending));
            Ok(files.map(|(name, bytes)| LedgerFile { name: name.clone(), bytes: bytes.clone() }).collect())
        })
    }
}
