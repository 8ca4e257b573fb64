//! Reading an archive again, and believing nothing that does not fit together.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use plimsoll_engine::domain::claim::{FileRole, Seal};
use plimsoll_engine::ledger::contents::{Content, contents};
use plimsoll_engine::statement::artifact::{MARK, find_title, is_record};
use plimsoll_engine::statement::record::{RECORD_ENDING, Record, RecordError};
use plimsoll_engine::statement::release::{name_record, release_files};
use plimsoll_engine::world::ledger::LedgerFile;
use plimsoll_helm::oci::CHART;
use plimsoll_oci::archive::{Archive, ArchiveError};
use plimsoll_oci::content::read_whole;
use plimsoll_oci::model::{Descriptor, Manifest};
use plimsoll_oci::name::{Digest, ImageRepository, ImageTag, Reference};
use plimsoll_oci::store::{Pull as _, StoreError};
use plimsoll_oci::walk;
use tempfile::TempDir;

use super::allowance::{Allowance, TooMuch};
use super::said::{SaidLater, StrangeMark};
use super::{FILE_LIMIT, TRUST, cosign_tags, is_cosign_tag};
use crate::wire;

/// Where a layout's entries have their names (OCI image-spec 1.1, "Pre-Defined Annotation Keys").
const REF_NAME: &str = "org.opencontainers.image.ref.name";

/// An archive with one release in it, read.
pub struct Parcel {
    /// The archive.
    pub archive: Archive,
    /// What the release is.
    pub record: Record,
    /// The same as what was sealed.
    pub seal: Seal,
    /// The record's artifact.
    pub record_manifest: Descriptor,
    /// Images and charts.
    pub contents: Vec<Content>,
    /// What cosign says of them under tags, by the repository that it says it in.
    pub cosign: Vec<(ImageRepository, ImageTag, Digest)>,
    /// The files of the release: its record, and what was made with it.
    pub files: Vec<LedgerFile>,
    /// What was said of the release later.
    pub said: SaidLater,
    /// What somebody trusts by.
    pub trust: Vec<LedgerFile>,
    _spool: TempDir,
}

/// Why a file is no archive of a release.
#[derive(Debug, thiserror::Error)]
pub enum ParcelError {
    /// It is no archive of images, or a broken one.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// Something in it can't be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The record in it.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// There is no record in it.
    #[error("there is no release in it")]
    NoRelease,
    /// There are several.
    #[error("there are several releases in it: {}", .0.join(", "))]
    Several(Vec<String>),
    /// A file of the release is not what the record says, or not there.
    #[error("its {0} is not what its record says")]
    Differs(String),
    /// There is a mark in it that does not belong there.
    #[error(transparent)]
    Mark(#[from] StrangeMark),
    /// The record says what no release could.
    #[error("its record is none that a release could have")]
    Impossible,
    /// Its files are more than any release has.
    #[error(transparent)]
    TooMuch(#[from] TooMuch),
    /// A folder to unpack it in can't be made.
    #[error("no temporary folder can be made: {0}")]
    Folder(#[source] std::io::Error),
}

impl Parcel {
    /// Reads an archive.
    ///
    /// # Errors
    /// It is none, holds no release or several, or does not fit together.
    pub async fn open(path: &Path) -> Result<Parcel, ParcelError> {
        let spool = TempDir::with_prefix("plimsoll-import-").map_err(ParcelError::Folder)?;
        let archive = Archive::open(path, spool.path()).await?;
        let mut allowance = Allowance::new();
        let (mut records, mut trust, mut marks) = (BTreeMap::new(), Vec::new(), BTreeMap::new());
        for entry in archive.listed().into_iter().filter(|entry| entry.media_type.is_manifest()) {
            let Some(manifest) = archive.manifest(&entry.digest).await? else { continue };
            match manifest.artifact_type() {
                Some(kind) if is_record(kind) => {
                    records.insert(manifest.digest().clone(), manifest);
                }
                Some(kind) if *kind == MARK => {
                    marks.insert(manifest.digest().clone(), manifest);
                }
                Some(kind) if *kind == TRUST => {
                    trust.extend(read_files(&archive, &manifest, &mut allowance).await?);
                }
                _ => {}
            }
        }
        let mut read = Vec::new();
        for manifest in records.into_values() {
            let files = read_files(&archive, &manifest, &mut allowance).await?;
            let record = files.iter().find(|file| file.name.ends_with(RECORD_ENDING));
            let record = record.ok_or(ParcelError::NoRelease)?;
            let whose = "project".parse().expect("a word of letters is a name");
            let record = Record::parse(&record.name, &record.bytes, &whose)?;
            read.push((manifest.descriptor().clone(), files, record));
        }
        let several = || read.iter().map(|(_, _, record)| format!("{} {}", record.component, record.version));
        if read.len() > 1 {
            return Err(ParcelError::Several(several().collect()));
        }
        let (record_manifest, files, record) = read.pop().ok_or(ParcelError::NoRelease)?;
        check_files(&record, &files)?;
        let seal = record.seal(name_record(&record)).ok_or(ParcelError::Impossible)?;
        let contents = contents(&record, &seal);
        let marks: Vec<Manifest> = marks.into_values().collect();
        let said = SaidLater::read(&archive, &marks, &record, &mut allowance).await??;
        let cosign = find_cosign(&archive, &contents).await?;
        Ok(Parcel {
            archive,
            record,
            seal,
            record_manifest,
            contents,
            cosign,
            files,
            said,
            trust,
            _spool: spool,
        })
    }

    /// The package of a chart in the archive.
    ///
    /// # Errors
    /// It is not there, or can't be read.
    pub async fn read_package(&self, chart: &Digest) -> Result<Vec<u8>, StoreError> {
        let missing =
            |digest: &Digest| StoreError::Missing { place: "the archive".into(), digest: digest.clone() };
        let manifest = self.archive.manifest(chart).await?.ok_or_else(|| missing(chart))?;
        let layer = manifest.blobs().find(|blob| blob.media_type == CHART).ok_or_else(|| missing(chart))?;
        let content = self.archive.blob(layer).await?.ok_or_else(|| missing(&layer.digest))?;
        Ok(read_whole(&*content, FILE_LIMIT).await?.to_vec())
    }

    /// A file of the release.
    pub fn file(&self, role: FileRole) -> Option<&LedgerFile> {
        let name = &self.record.file(role)?.file;
        self.files.iter().find(|file| file.name == *name)
    }
}

/// The files of an artifact, by the names that they have there; one whose name is a path is none of ours.
async fn read_files(
    archive: &Archive,
    manifest: &Manifest,
    allowance: &mut Allowance,
) -> Result<Vec<LedgerFile>, ParcelError> {
    let mut files = Vec::new();
    // The first blob is the config.
    for layer in manifest.blobs().skip(1) {
        let Some(name) = find_title(layer).filter(|name| wire::is_file_name(name)) else { continue };
        let missing = || StoreError::Missing { place: "the archive".into(), digest: layer.digest.clone() };
        let content = archive.blob(layer).await?.ok_or_else(missing)?;
        allowance.take(content.descriptor().size)?;
        let bytes = read_whole(&*content, FILE_LIMIT).await?.to_vec();
        files.push(LedgerFile { name: name.to_owned(), bytes });
    }
    Ok(files)
}

/// Every file that the record names must be there as it says, and none besides.
fn check_files(record: &Record, files: &[LedgerFile]) -> Result<(), ParcelError> {
    let own = release_files(record).into_iter().map(|file| (file.name, Digest::of(&file.bytes)));
    let mut wanted: BTreeMap<String, Digest> = own.chain(record.hashes()).collect();
    // A chart's files are layers of the chart itself.
    for chart in record.whole.iter().flat_map(|whole| whole.charts.values()) {
        for file in chart.files() {
            wanted.remove(&file.file);
        }
    }
    for (name, want) in &wanted {
        let found = files.iter().find(|file| file.name == *name);
        if !found.is_some_and(|file| want.matches(&file.bytes)) {
            return Err(ParcelError::Differs(name.clone()));
        }
    }
    match files.iter().find(|file| !wanted.contains_key(&file.name)) {
        Some(stray) => Err(ParcelError::Differs(stray.name.clone())),
        None => Ok(()),
    }
}

/// What cosign says of images and charts of the release, and of nothing else: a tag of that kind is listed by whoever made the
/// archive, and would be written over what somebody says of another release.
async fn find_cosign(
    archive: &Archive,
    contents: &[Content],
) -> Result<Vec<(ImageRepository, ImageTag, Digest)>, StoreError> {
    let named = |entry: &Descriptor| {
        let name: Reference = entry.annotations.get(REF_NAME)?.parse().ok()?;
        let tag = name.tag.filter(is_cosign_tag)?;
        Some((name.repository, tag, entry.digest.clone()))
    };
    let listed: Vec<_> = archive.listed().iter().filter_map(named).collect();
    if listed.is_empty() {
        return Ok(listed);
    }
    let mut own = BTreeSet::new();
    for content in contents {
        let tree = walk::tree(archive, &content.digest).await?;
        let tags = tree.manifests().flat_map(|one| cosign_tags(one.digest()));
        own.extend(tags.map(|tag| (content.repository.clone(), tag)));
    }
    let is_own = |(repository, tag, _): &(ImageRepository, ImageTag, Digest)| {
        own.contains(&(repository.clone(), tag.clone()))
    };
    Ok(listed.into_iter().filter(is_own).collect())
}
