//! Files of a ledger that were read back from release pages: the last place that has them.

use plimsoll_tags::git_tag::{TagPolicy, TagVerdict};

use crate::domain::git::GitTag;
use crate::statement::record::file_name;
use crate::world::forge::{Arrival, ForgeView, PageStanding};
use crate::world::ledger::{Coverage, LedgerFile, LedgerView};
use crate::world::{Work, WorldError};

/// What release pages have of a ledger. Whether it is believed is for others to find out: whoever may write to a repository
/// may change its pages.
#[derive(Debug, Default)]
pub struct PagedLedger {
    files: Vec<LedgerFile>,
}

impl PagedLedger {
    /// Reads the records of the versions that some git tags release or promote, of which `is_known` knows nothing.
    ///
    /// # Errors
    /// The forge did not answer.
    pub async fn read_records<'a>(
        forge: &dyn ForgeView,
        policy: &TagPolicy,
        tags: impl IntoIterator<Item = &'a GitTag>,
        is_known: impl Fn(&str) -> bool,
    ) -> Result<PagedLedger, WorldError> {
        let mut files = Vec::new();
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
            files.extend(find_page_file(forge, tag, &file_name(&version)).await?);
        }
        files.sort_by(|a: &LedgerFile, b| a.name.cmp(&b.name));
        files.dedup();
        Ok(PagedLedger { files })
    }
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
    let mut whole = page.assets.iter().filter(|asset| asset.arrival == Arrival::Whole);
    let Some(asset) = whole.find(|asset| asset.name == there) else { return Ok(None) };
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
