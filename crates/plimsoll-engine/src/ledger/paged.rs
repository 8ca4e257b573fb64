//! Files of a ledger that were read back from release pages: the last place that has them.

use plimsoll_tags::git_tag::{TagPolicy, TagVerdict};

use super::release::unclaimed::from_file;
use super::release::{Comparing, LedgerError, Scope};
use crate::domain::git::GitTag;
use crate::statement::record::file_name;
use crate::world::forge::{ForgeView, PageStanding};
use crate::world::forge_error::ForgeError;
use crate::world::ledger::{Coverage, LedgerFile, LedgerView};
use crate::world::{Work, WorldError};

/// After how many pages in a row for which the forge did not answer it is asked no more.
const MOST_SILENCES: u32 = 2;

/// What release pages have of a ledger. Whether it is believed is for others to find out: whoever may write to a repository
/// may change its pages.
#[derive(Debug, Default)]
pub struct PagedLedger {
    files: Vec<LedgerFile>,
    unread: Vec<UnreadPage>,
}

/// A page whose record can't be had.
#[derive(Debug)]
pub struct UnreadPage {
    /// The git tag of the page.
    pub tag: GitTag,
    /// Why not.
    pub why: LedgerError,
}

impl UnreadPage {
    /// True if other pages may well be read.
    fn is_the_only_one(&self) -> bool {
        match &self.why {
            LedgerError::World(error) => matches!(error, WorldError::Forge(ForgeError::Rejected { .. })),
            _ => true,
        }
    }
}

impl PagedLedger {
    /// Reads the records of the versions that some git tags release or promote, of which `is_known` knows nothing. A page
    /// that can't be read keeps no other from being read; a forge that does not answer twice in a row is asked no more.
    ///
    /// # Errors
    /// The run was interrupted.
    pub async fn read_records<'a>(
        forge: &dyn ForgeView,
        policy: &TagPolicy,
        scope: Scope<'_>,
        tags: impl IntoIterator<Item = &'a GitTag>,
        is_known: impl Fn(&str) -> bool,
    ) -> Result<PagedLedger, WorldError> {
        let (mut files, mut unread) = (Vec::new(), Vec::<UnreadPage>::new());
        let mut silences = 0;
        for tag in tags {
            let version = match policy.read(&tag.0) {
                TagVerdict::Version(version)
                | TagVerdict::Prerelease(version)
                | TagVerdict::Promotion(version) => version.to_string(),
                TagVerdict::Outside { .. } | TagVerdict::Refused(_) => continue,
            };
            if is_known(&version) {
                continue;
            }
            let page = match find_record(forge, tag, &version, scope).await {
                Ok(found) => {
                    files.extend(found);
                    silences = 0;
                    continue;
                }
                Err(LedgerError::World(error @ WorldError::Stopped)) => return Err(error),
                Err(why) => UnreadPage { tag: tag.clone(), why },
            };
            silences = if page.is_the_only_one() { 0 } else { silences + 1 };
            unread.push(page);
            if silences >= MOST_SILENCES {
                break;
            }
        }
        files.sort_by(|a: &LedgerFile, b| a.name.cmp(&b.name));
        files.dedup();
        Ok(PagedLedger { files, unread })
    }

    /// The pages whose records can't be had.
    pub fn unread(&self) -> &[UnreadPage] {
        &self.unread
    }
}

/// The record on the page of a tag, if it is one.
async fn find_record(
    forge: &dyn ForgeView,
    tag: &GitTag,
    version: &str,
    scope: Scope<'_>,
) -> Result<Option<LedgerFile>, LedgerError> {
    let Some(file) = find_page_file(forge, tag, &file_name(version)).await? else { return Ok(None) };
    from_file(version, &file, scope, Comparing::Later)?;
    Ok(Some(file))
}

/// A file of the ledger from the page of a tag; `None` if there is no such page or file.
///
/// # Errors
/// The forge did not answer.
pub async fn find_page_file(
    forge: &dyn ForgeView,
    tag: &GitTag,
    name: &str,
) -> Result<Option<LedgerFile>, WorldError> {
    if forge.kind().is_none() {
        return Ok(None);
    }
    let page = forge.find_page(tag).await?.filter(|page| page.standing != PageStanding::Draft);
    let Some(page) = page else { return Ok(None) };
    let there = forge.asset_name(name);
    let Some(asset) = page.find_whole(&there) else { return Ok(None) };
    let bytes = forge.read_asset(&page.id, asset).await?;
    Ok(Some(LedgerFile { name: name.to_owned(), bytes: bytes.to_vec() }))
}

impl LedgerView for PagedLedger {
    fn read<'a>(&'a self, name: &'a str) -> Work<'a, Option<Vec<u8>>> {
        let found = self.files.iter().find(|file| file.name == name).map(|file| file.bytes.clone());
        Box::pin(async move { Ok(found) })
    }

    fn coverage(&self) -> Coverage {
        Coverage::Checkout
    }

    fn read_all<'a>(&'a self, ending: &'a str) -> Work<'a, Vec<LedgerFile>> {
        let found: Vec<LedgerFile> =
            self.files.iter().filter(|file| file.name.ends_with(ending)).cloned().collect();
        Box::pin(async move { Ok(found) })
    }
}
