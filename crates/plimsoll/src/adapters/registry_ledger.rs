//! The ledger's files as the artifacts of image repositories hold them.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::stream::{self, StreamExt as _};
use plimsoll_engine::statement::artifact::{HIDDEN, MARK_PREFIX, find_title, is_record};
use plimsoll_engine::statement::record::{RECORD_ENDING, Record, RecordError};
use plimsoll_engine::statement::release::name_record;
use plimsoll_engine::world::ledger::{Coverage, LedgerFile, LedgerView};
use plimsoll_engine::world::{Work, WorldError};
use plimsoll_oci::content::read_whole;
use plimsoll_oci::name::{ImageRepository, ImageTag};
use plimsoll_oci::store::{Pull, StoreError};
use tokio::sync::OnceCell;

use super::files::check_name;

/// The largest file that is read, in bytes.
const LIMIT: u64 = 64 * 1024 * 1024;
/// How many artifacts are read side by side.
const AT_ONCE: usize = 8;

/// The records in some repositories. They are read once.
pub(crate) struct RegistryLedger {
    places: Vec<Place>,
    /// By name; of several with one name the one that counts first.
    files: OnceCell<Vec<LedgerFile>>,
}

/// One repository.
struct Place {
    repository: ImageRepository,
    pull: Arc<dyn Pull>,
}

/// The files of one artifact, and how early it was sealed: runs that lost leave records behind, and where the version tags
/// confirm several the first counts, whoever asks.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    sealed: String,
    record: String,
    files: Vec<(String, Vec<u8>)>,
}

impl RegistryLedger {
    /// The records in repositories, each with what reads it.
    pub(crate) fn new(places: impl IntoIterator<Item = (ImageRepository, Arc<dyn Pull>)>) -> RegistryLedger {
        let places = places.into_iter().map(|(repository, pull)| Place { repository, pull }).collect();
        RegistryLedger { places, files: OnceCell::new() }
    }

    async fn files(&self) -> Result<&[LedgerFile], WorldError> {
        let read = || async {
            let mut all = BTreeSet::new();
            for place in &self.places {
                all.extend(place.read_artifacts().await?);
            }
            Ok::<_, WorldError>(in_order(all))
        };
        self.files.get_or_try_init(read).await.map(Vec::as_slice)
    }
}

/// Every file once, by name and then by how early it was sealed.
fn in_order(all: BTreeSet<Found>) -> Vec<LedgerFile> {
    let files = all.into_iter().flat_map(|found| found.files);
    let mut files: Vec<LedgerFile> = files.map(|(name, bytes)| LedgerFile { name, bytes }).collect();
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files.dedup();
    files
}

impl Place {
    async fn read_artifacts(&self) -> Result<Vec<Found>, WorldError> {
        let tags = self.pull.tags().await?;
        let hidden = tags
            .into_iter()
            .filter(|tag| tag.as_str().starts_with(HIDDEN) && !tag.as_str().starts_with(MARK_PREFIX));
        let reads: Vec<_> = hidden.map(|tag| async move { self.read_artifact(&tag).await }).collect();
        let mut all = Vec::new();
        let mut reads = stream::iter(reads).buffer_unordered(AT_ONCE);
        while let Some(files) = reads.next().await {
            all.extend(self.confirm(files?).await?);
        }
        Ok(all)
    }

    /// The files of the artifact under a tag; none if it is something else, also something that can't be read at all.
    async fn read_artifact(&self, tag: &ImageTag) -> Result<Vec<LedgerFile>, WorldError> {
        let Some(root) = self.pull.resolve(tag).await? else { return Ok(Vec::new()) };
        let manifest = match self.pull.manifest(&root.digest).await {
            Ok(Some(manifest)) => manifest,
            Ok(None) | Err(StoreError::Model(_)) => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        if !manifest.artifact_type().is_some_and(is_record) {
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

    /// The files of an artifact, if the version tags here are those of its record. One of a format that is not known here
    /// is given too: whoever reads it says which Plimsoll can.
    async fn confirm(&self, files: Vec<LedgerFile>) -> Result<Option<Found>, WorldError> {
        let whose = "project".parse().expect("a word of letters is a name");
        let record = files.iter().find(|file| file.name.ends_with(RECORD_ENDING));
        let Some(record) = record.map(|file| Record::parse(&file.name, &file.bytes, &whose)) else {
            return Ok(None);
        };
        let found = |sealed: String, record: String| {
            let files = files.into_iter().map(|file| (file.name, file.bytes)).collect();
            Some(Found { sealed, record, files })
        };
        let record = match record {
            Ok(record) => record,
            Err(RecordError::Unknown { file, .. }) => return Ok(found(String::new(), file)),
            Err(RecordError::Broken { .. } | RecordError::Edited { .. }) => return Ok(None),
        };
        for image in record.docker_images.values() {
            let mut places =
                std::iter::once(&image.name).chain(image.mirrors.iter().map(|mirror| &mirror.repository));
            if places.any(|place| *place == self.repository) {
                let there = self.pull.resolve(&image.primary_tag).await?;
                if there.is_none_or(|there| there.digest != image.digest) {
                    return Ok(None);
                }
            }
        }
        let name = name_record(&record).to_string();
        Ok(found(record.release_date, name))
    }
}

impl LedgerView for RegistryLedger {
    fn read<'a>(&'a self, name: &'a str) -> Work<'a, Option<Vec<u8>>> {
        Box::pin(async move {
            let file = self.files().await?.iter().find(|file| file.name == name);
            Ok(file.map(|file| file.bytes.clone()))
        })
    }

    fn coverage(&self) -> Coverage {
        Coverage::All
    }

    fn read_all<'a>(&'a self, ending: &'a str) -> Work<'a, Vec<LedgerFile>> {
        Box::pin(async move {
            let files = self.files().await?.iter().filter(|file| file.name.ends_with(ending));
            Ok(files.cloned().collect())
        })
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_oci::content::Content;
    use plimsoll_oci::model::{Descriptor, Manifest, MediaType, ModelError};
    use plimsoll_oci::name::Digest;
    use plimsoll_oci::store::Work as StoreWork;

    use super::*;

    /// A repository with a hidden tag on something that is no manifest.
    struct Odd;

    impl Pull for Odd {
        fn resolve<'a>(&'a self, _: &'a ImageTag) -> StoreWork<'a, Option<Descriptor>> {
            Box::pin(async { Ok(Some(Descriptor::empty())) })
        }

        fn manifest<'a>(&'a self, _: &'a Digest) -> StoreWork<'a, Option<Manifest>> {
            Box::pin(async { Err(ModelError::TooLarge { size: u64::MAX }.into()) })
        }

        fn blob<'a>(&'a self, _: &'a Descriptor) -> StoreWork<'a, Option<Arc<dyn Content>>> {
            Box::pin(async { Ok(None) })
        }

        fn tags(&self) -> StoreWork<'_, Vec<ImageTag>> {
            let tag = format!("{HIDDEN}x").parse().expect("a tag");
            Box::pin(async { Ok(vec![tag]) })
        }

        fn referrers<'a>(
            &'a self,
            _: &'a Digest,
            _: Option<&'a MediaType>,
        ) -> StoreWork<'a, Vec<Descriptor>> {
            Box::pin(async { Ok(Vec::new()) })
        }
    }

    #[tokio::test]
    async fn something_odd_under_a_hidden_tag_is_no_record() {
        let place: (ImageRepository, Arc<dyn Pull>) = ("one.test/acme/a".parse().unwrap(), Arc::new(Odd));
        let ledger = RegistryLedger::new([place]);
        assert_eq!(ledger.read_all("").await.unwrap(), []);
    }
}
