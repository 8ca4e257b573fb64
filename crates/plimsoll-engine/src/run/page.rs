//! The release page: draft, files, publish. C4, once everything that it tells of is there.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures_util::future::join_all;
use plimsoll_oci::name::Digest;
use plimsoll_tags::version::Version;

use super::order::Order;
use super::signed_files::signed_files;
use super::stop::Stop;
use crate::document::notes::render_page;
use crate::domain::claim::{ClaimName, Seal, SealedChart};
use crate::domain::event::Event;
use crate::domain::git::{GitTag, TagAt};
use crate::domain::page::{Maturity, NewPage, PageId};
use crate::domain::step::{Phase, StepId};
use crate::ship::asset::AttachAsset;
use crate::ship::draft_page::DraftPage;
use crate::ship::key::{Key as _, Published};
use crate::ship::publish_page::PublishPage;
use crate::ship::{Ensured, Observation, ShipError, ensure};
use crate::statement::record::{Record, role_file_name};
use crate::statement::release::{release_files, render_digests};
use crate::world::forge::{ForgeView, Maker, Page, PageStanding};
use crate::world::ledger::LedgerFile;
use crate::world::{Eyes, World, WorldError};

/// How often a page is looked at, and something done for it, before a run gives up.
const TURNS: u32 = 8;

/// A page as it is to be, with its files.
#[derive(Clone, Debug)]
pub struct PageWish {
    /// What it is made as if there is none.
    pub page: NewPage,
    /// Its files, under the names that the forge gives them.
    pub files: Vec<LedgerFile>,
}

/// What came of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageDone {
    /// Where people look at it.
    pub url: String,
    /// Files that it lacks and that nobody can add: it was published before, and is immutable.
    pub lacks: Vec<String>,
    /// What this run did.
    pub ensured: Ensured,
}

impl PageWish {
    /// A page with these files and their checksums.
    pub fn new(forge: &dyn ForgeView, page: NewPage, files: Vec<LedgerFile>) -> PageWish {
        let named = |LedgerFile { name, bytes }| LedgerFile { name: forge.asset_name(&name), bytes };
        let mut files: Vec<LedgerFile> = files.into_iter().map(named).collect();
        if let Some(sums) = render_checksums(&files) {
            files.push(sums);
        }
        PageWish { page, files }
    }

    /// The steps that add its files to a page.
    fn attachments(&self, page: &Page) -> Vec<AttachAsset> {
        let attach = |file: &LedgerFile| AttachAsset {
            tag: self.page.tag.clone(),
            page: page.id.clone(),
            name: file.name.clone(),
            bytes: Bytes::from(file.bytes.clone()),
        };
        self.files.iter().map(attach).collect()
    }

    /// The files that a page does not have.
    fn lacks(&self, page: &Page) -> Vec<String> {
        self.files.iter().map(|file| file.name.clone()).filter(|name| !page.has(name)).collect()
    }

    /// What each file is on a page.
    ///
    /// # Errors
    /// The forge did not answer.
    pub async fn compare(
        &self,
        eyes: Eyes<'_>,
        page: &Page,
    ) -> Result<Vec<(AttachAsset, Observation)>, WorldError> {
        let looks = self.attachments(page).into_iter().map(|attach| async move {
            let observed = attach.compare(eyes, page).await?;
            Ok((attach, observed))
        });
        join_all(looks).await.into_iter().collect()
    }
}

/// The name of the file with the checksums of the others, as `sha256sum --check` reads it.
pub const CHECKSUMS: &str = "SHA256SUMS";

/// What that file says of another one.
pub fn checksum_line(name: &str, digest: &Digest) -> String {
    format!("{}  {name}", digest.hex())
}

/// By name: a page says the same of its files in whatever order they were found.
fn render_checksums(files: &[LedgerFile]) -> Option<LedgerFile> {
    let lines = files.iter().map(|file| (&file.name, checksum_line(&file.name, &Digest::of(&file.bytes))));
    let by_name: BTreeMap<&String, String> = lines.collect();
    let text: String = by_name.into_values().map(|line| line + "\n").collect();
    (!text.is_empty()).then(|| LedgerFile { name: CHECKSUMS.to_owned(), bytes: text.into_bytes() })
}

/// Makes the page be there and published with all its files. Title and text of one that is there are kept.
///
/// # Errors
/// The forge did not do it, or a file of the page is another one.
pub async fn ensure_page(world: &World, published: &Published, wish: &PageWish) -> Result<PageDone, Stop> {
    world.watcher.see(Event::Phase(Phase::Page));
    let (eyes, tag) = (world.eyes(), &wish.page.tag);
    let mut ensured = Ensured::Already;
    for _ in 0..TURNS {
        // Looked at again after each part: of two drafts one counts, and it may be another run's.
        let Some(page) = eyes.forge().find_page(tag).await? else {
            ensure(world, published, &DraftPage { page: wish.page.clone() }).await?;
            ensured = Ensured::Made;
            continue;
        };
        let compared = wish.compare(eyes, &page).await?;
        let missing: Vec<AttachAsset> = compared
            .into_iter()
            .filter(|(_, observed)| *observed != Observation::Satisfied)
            .map(|(attach, _)| attach)
            .collect();
        if missing.is_empty() && page.standing != PageStanding::Draft {
            // Also where nothing was missing: the run that published it may have ended just then.
            tidy_spares(world, tag, &page.id).await?;
            let lacks = wish.lacks(&page);
            return Ok(PageDone { url: page.url, lacks, ensured });
        }
        ensured = Ensured::Made;
        let attached = join_all(missing.iter().map(|attach| ensure(world, published, attach))).await;
        attached.into_iter().try_for_each(|end| end.map(|_| ()))?;
        if page.standing == PageStanding::Draft {
            ensure(world, published, &PublishPage { tag: tag.clone(), page: page.id }).await?;
        }
    }
    Err(ShipError::NoEffect { step: StepId::new("forge-release", tag) }.into())
}

/// The page of a release that gets one.
pub(super) async fn release_page(
    world: &World,
    order: &Order<'_>,
    published: &Published,
    files: &[LedgerFile],
) -> Result<Option<PageDone>, Stop> {
    match find_wish(world.eyes(), order, published.seal(), files) {
        Some(wish) => ensure_page(world, published, &wish).await.map(Some),
        None => Ok(None),
    }
}

/// The page that a release is to have; none if it gets none.
pub fn find_wish(eyes: Eyes<'_>, order: &Order<'_>, seal: &Seal, files: &[LedgerFile]) -> Option<PageWish> {
    let forge = eyes.forge();
    let text = order.page.filter(|_| forge.kind().is_some())?;
    let is_prerelease = Version::parse(order.project.tags.scheme(), &order.name.version)
        .is_ok_and(|version| version.is_prerelease());
    let maturity = if is_prerelease { Maturity::Prerelease } else { Maturity::Release };
    let page = render_page(order.name, &order.tag.name, text, maturity, seal);
    let digests = render_digests(&Record::of_seal(order.name, order.tag, seal));
    Some(PageWish::new(forge, page, files.iter().cloned().chain(digests).collect()))
}

/// The names of the files that the page of a set has.
pub fn expected_assets(forge: &dyn ForgeView, name: &ClaimName, tag: &TagAt, seal: &Seal) -> Vec<String> {
    let record = Record::of_seal(name, tag, seal);
    let own = release_files(&record).into_iter().chain(render_digests(&record)).map(|file| file.name);
    let made = seal.files.keys().map(|role| role_file_name(&name.version, *role));
    let charts = seal.charts.values().filter(|chart| chart.is_on_release_page());
    let packages = charts.flat_map(SealedChart::files).map(|(name, _)| name);
    let signed = signed_files(name, tag, seal).into_iter().map(|file| file.name);
    own.chain(made)
        .chain(signed)
        .chain(packages)
        .chain([CHECKSUMS.to_owned()])
        .map(|name| forge.asset_name(&name))
        .collect()
}

/// The same where the page is right as it is: what can't be thrown away is told, and thrown away by the next run.
async fn tidy_spares(world: &World, tag: &GitTag, counted: &PageId) -> Result<(), WorldError> {
    match discard_spares(world, tag, counted).await {
        Ok(()) => Ok(()),
        Err(WorldError::Stopped) => Err(WorldError::Stopped),
        Err(error) => {
            let note =
                format!("a spare draft of the release page of {tag} may be left on the forge: {error}");
            world.watcher.see(Event::Remark(note));
            Ok(())
        }
    }
}

/// Throws away what races and lost replies have left behind, now that nobody can publish it any more.
async fn discard_spares(world: &World, tag: &GitTag, counted: &PageId) -> Result<(), WorldError> {
    let step = StepId::new("forge-draft", tag);
    for spare in world.eyes().forge().find_spares(tag, counted).await? {
        world.hands(&step).discard_draft(tag, &spare).await?;
    }
    Ok(())
}

/// Throws away what is left of our own drafts for a tag that is taken back.
///
/// # Errors
/// The forge did not answer, or did not do it.
pub async fn withdraw_page(world: &World, tag: &GitTag) -> Result<(), WorldError> {
    let Some(page) = world.eyes().forge().find_page(tag).await? else { return Ok(()) };
    discard_spares(world, tag, &page.id).await?;
    if (page.standing, page.maker) == (PageStanding::Draft, Maker::Us) {
        let step = StepId::new("forge-draft", tag);
        world.hands(&step).discard_draft(tag, &page.id).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_do_not_depend_on_the_order_in_which_files_were_found() {
        let file = |name: &str| LedgerFile { name: name.to_owned(), bytes: name.into() };
        let (one, other) = ([file("b"), file("a"), file("c")], [file("c"), file("b"), file("a")]);
        let text = |files: &[LedgerFile]| render_checksums(files).map(|file| file.bytes);
        assert_eq!(text(&one), text(&other));
        assert_eq!(text(&[]), None);
    }
}
