//! A forge whose pages become immutable when they are published.

use std::sync::Arc;

use bytes::Bytes;
use plimsoll_engine::domain::claim::{Claim, State};
use plimsoll_engine::domain::git::GitTag;
use plimsoll_engine::domain::page::{MARKER, NewPage, PageId};
use plimsoll_engine::world::forge::{
    Arrival, Asset, Forge, ForgeKind, ForgeView, LatestPage, Maker, Page, PageStanding,
};
use plimsoll_engine::world::forge_error::ForgeError;
use plimsoll_engine::world::gate::Subject;
use plimsoll_engine::world::{Work, WorldError};
use plimsoll_oci::name::Digest;

use super::act::Act;
use super::caller::Caller;
use super::fault::Armed;
use super::history::{Author, Change};
use super::sea::{Sea, Waters};

/// A page as the sea has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeaPage {
    /// Its number: lower ones are older.
    pub number: u64,
    /// Its git tag.
    pub tag: GitTag,
    /// Its title.
    pub title: String,
    /// Its text.
    pub body: String,
    /// Whether everybody sees it.
    pub standing: PageStanding,
    /// Its files, in the order in which they came.
    pub assets: Vec<(String, Bytes)>,
    /// How many looks do not show what was done last.
    pub(super) lag: u32,
}

impl Sea {
    /// All pages, oldest first.
    pub fn pages(&self) -> Vec<SeaPage> {
        self.waters().pages.clone()
    }

    /// The git tag whose page is the latest.
    pub fn latest_page(&self) -> Option<GitTag> {
        self.waters().latest_page.clone()
    }

    /// The bundles of the signed statements that the forge keeps, oldest first.
    pub fn attestations(&self) -> Vec<Bytes> {
        self.waters().attestations.clone()
    }

    /// A person makes a page.
    pub fn make_page(&self, tag: &str, title: &str, standing: PageStanding) {
        let (tag, title, body) = (GitTag(tag.to_owned()), title.to_owned(), "by hand".to_owned());
        self.waters().add_page(SeaPage { number: 0, tag, title, body, standing, assets: Vec::new(), lag: 0 });
    }
}

impl Waters {
    fn add_page(&mut self, page: SeaPage) {
        self.last_page += 1;
        let number = self.last_page;
        self.pages.push(SeaPage { number, ..page });
    }

    fn page(&mut self, id: &PageId) -> Option<&mut SeaPage> {
        self.pages.iter_mut().find(|page| page.number.to_string() == id.0)
    }
}

/// One run's way to the forge.
pub(super) struct SeaForge(pub(super) Arc<Caller>);

impl SeaForge {
    /// How many reads do not show the effect that follows, as the gate has prepared.
    pub(super) fn take_lag(&self, subject: &Subject) -> u32 {
        match self.0.take_armed(|of| of == subject) {
            Some(Armed::Slow(reads)) => reads,
            Some(Armed::Late) | None => 0,
        }
    }

    fn show(page: &SeaPage) -> Page {
        let asset = |(at, (name, bytes)): (usize, &(String, Bytes))| Asset {
            id: at.to_string(),
            name: name.clone(),
            size: Some(bytes.len() as u64),
            arrival: Arrival::Whole,
            digest: Some(Digest::of(bytes)),
        };
        Page {
            id: PageId(page.number.to_string()),
            standing: if page.lag > 0 { PageStanding::Draft } else { page.standing },
            url: format!("https://forge.test/{}", page.tag),
            assets: page.assets.iter().enumerate().map(asset).collect(),
            maker: if page.body.contains(MARKER) { Maker::Us } else { Maker::Somebody },
        }
    }

    pub(super) fn refuse(act: &str, why: &str) -> WorldError {
        let (forge, act, why) = ("forge.test".to_owned(), act.to_owned(), why.to_owned());
        ForgeError::Rejected { forge, act, why }.into()
    }
}

impl ForgeView for SeaForge {
    fn kind(&self) -> Option<ForgeKind> {
        Some(ForgeKind::GitHub)
    }

    fn asset_name(&self, name: &str) -> String {
        name.to_owned()
    }

    fn find_page<'a>(&'a self, tag: &'a GitTag) -> Work<'a, Option<Page>> {
        Box::pin(async move {
            self.0.turn(Act::ReadPage(tag.clone())).await;
            let mut waters = self.0.waters();
            let mut mine: Vec<SeaPage> = Vec::new();
            for page in waters.pages.iter_mut().filter(|page| page.tag == *tag) {
                // A draft that is slow to show is not there; a published page seems a draft.
                let shows = page.lag == 0 || page.standing != PageStanding::Draft;
                if shows {
                    mine.push(page.clone());
                }
                page.lag = page.lag.saturating_sub(1);
            }
            let published = mine.iter().position(|page| page.standing != PageStanding::Draft);
            let Some(chosen) = published.or((!mine.is_empty()).then_some(0)) else { return Ok(None) };
            Ok(mine.get(chosen).map(SeaForge::show))
        })
    }

    fn find_spares<'a>(&'a self, tag: &'a GitTag, counted: &'a PageId) -> Work<'a, Vec<PageId>> {
        Box::pin(async move {
            self.0.turn(Act::ReadPage(tag.clone())).await;
            let waters = self.0.waters();
            let drafts = waters.pages.iter().filter(|page| page.tag == *tag);
            let drafts =
                drafts.filter(|page| page.standing == PageStanding::Draft && page.body.contains(MARKER));
            let ids = drafts.map(|page| PageId(page.number.to_string()));
            Ok(ids.filter(|id| id != counted).collect())
        })
    }

    fn find_page_by_id<'a>(&'a self, id: &'a PageId) -> Work<'a, Option<Page>> {
        Box::pin(async move {
            self.0.turn(Act::ReadPageById(id.0.clone())).await;
            Ok(self.0.waters().page(id).map(|page| SeaForge::show(page)))
        })
    }

    fn read_asset<'a>(&'a self, page: &'a PageId, asset: &'a Asset) -> Work<'a, Bytes> {
        Box::pin(async move {
            self.0.turn(Act::ReadFile(asset.name.clone())).await;
            let mut waters = self.0.waters();
            let found = waters.page(page).and_then(|page| {
                page.assets.iter().find(|(name, _)| *name == asset.name).map(|(_, bytes)| bytes.clone())
            });
            found.ok_or_else(|| SeaForge::refuse("read a file", "it is gone"))
        })
    }

    fn asset_url(&self, tag: &GitTag, name: &str) -> String {
        format!("https://forge.test/{tag}/{name}")
    }

    fn read_public<'a>(&'a self, url: &'a str) -> Work<'a, Option<Digest>> {
        Box::pin(async move {
            self.0.turn(Act::ReadFile(url.to_owned())).await;
            let waters = self.0.waters();
            let shown = waters.pages.iter().filter(|page| page.standing != PageStanding::Draft);
            let mut files = shown.flat_map(|page| page.assets.iter().map(move |file| (&page.tag, file)));
            let here = |(tag, (name, _)): &(&GitTag, &(String, Bytes))| self.asset_url(tag, name) == url;
            Ok(files.find(here).map(|(_, (_, bytes))| Digest::of(bytes)))
        })
    }

    fn latest(&self) -> Work<'_, LatestPage> {
        Box::pin(async move {
            self.0.turn(Act::ReadLatestPage).await;
            Ok(self.0.waters().latest_page.clone().map_or(LatestPage::Nothing, LatestPage::Tag))
        })
    }

    fn check_writable(&self) -> Work<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    fn find_attestations<'a>(&'a self, subject: &'a Digest) -> Work<'a, Vec<Bytes>> {
        Box::pin(async move {
            self.0.turn(Act::ReadAttestations(subject.clone())).await;
            Ok(self.0.waters().attestations.clone())
        })
    }
}

impl Forge for SeaForge {
    fn draft<'a>(&'a self, page: &'a NewPage) -> Work<'a, ()> {
        Box::pin(async move {
            self.0.turn(Act::WritePage(page.tag.clone())).await;
            let lag = self.take_lag(&Subject::Page(page.tag.clone()));
            let NewPage { tag, title, body, .. } = page.clone();
            let (standing, assets) = (PageStanding::Draft, Vec::new());
            let mut waters = self.0.waters();
            waters.add_page(SeaPage { number: 0, tag: tag.clone(), title, body, standing, assets, lag });
            waters.note(self.0.author(), Change::Page(tag, standing));
            Ok(())
        })
    }

    fn attach<'a>(&'a self, page: &'a PageId, name: &'a str, bytes: Bytes) -> Work<'a, ()> {
        Box::pin(async move {
            self.0.turn(Act::WriteAsset(name.to_owned())).await;
            let mut waters = self.0.waters();
            let Some(page) = waters.page(page) else {
                return Err(SeaForge::refuse("attach", "there is no such page"));
            };
            if page.standing == PageStanding::Immutable {
                return Err(SeaForge::refuse("attach", "the page is immutable"));
            }
            if page.assets.iter().any(|(there, _)| there == name) {
                return Err(SeaForge::refuse("attach", "already_exists"));
            }
            page.assets.push((name.to_owned(), bytes));
            Ok(())
        })
    }

    fn detach<'a>(&'a self, page: &'a PageId, asset: &'a Asset) -> Work<'a, ()> {
        Box::pin(async move {
            self.0.turn(Act::WriteAsset(asset.name.clone())).await;
            if let Some(page) = self.0.waters().page(page) {
                page.assets.retain(|(name, _)| *name != asset.name);
            }
            Ok(())
        })
    }

    fn publish<'a>(&'a self, page: &'a PageId) -> Work<'a, ()> {
        Box::pin(async move {
            let tag = self.0.waters().page(page).map(|page| page.tag.clone());
            let Some(tag) = tag else { return Err(SeaForge::refuse("publish", "there is no such page")) };
            self.0.turn(Act::WritePage(tag.clone())).await;
            let lag = self.take_lag(&Subject::Page(tag.clone()));
            let mut waters = self.0.waters();
            if waters.pages.iter().any(|other| other.tag == tag && other.standing != PageStanding::Draft) {
                return Err(SeaForge::refuse("publish", "already_exists"));
            }
            let Some(page) = waters.page(page) else {
                return Err(SeaForge::refuse("publish", "there is no such page"));
            };
            (page.standing, page.lag) = (PageStanding::Immutable, lag);
            waters.note(self.0.author(), Change::Page(tag, PageStanding::Immutable));
            Ok(())
        })
    }

    fn mark_latest<'a>(&'a self, page: &'a PageId) -> Work<'a, ()> {
        Box::pin(async move {
            let tag = self.0.waters().page(page).map(|page| page.tag.clone());
            let Some(tag) = tag else { return Err(SeaForge::refuse("mark", "there is no such page")) };
            self.0.turn(Act::WritePage(tag.clone())).await;
            let mut waters = self.0.waters();
            waters.latest_page = Some(tag.clone());
            waters.note(self.0.author(), Change::LatestPage(tag));
            Ok(())
        })
    }

    fn discard<'a>(&'a self, page: &'a PageId) -> Work<'a, ()> {
        Box::pin(async move {
            self.0.turn(Act::Local).await;
            let mut waters = self.0.waters();
            waters.pages.retain(|there| there.number.to_string() != page.0);
            Ok(())
        })
    }

    fn post_attestation<'a>(&'a self, bundle: &'a Bytes) -> Work<'a, ()> {
        Box::pin(async move {
            self.0.turn(Act::PostAttestation).await;
            self.0.waters().attestations.push(bundle.clone());
            Ok(())
        })
    }
}

/// Whether a page is that of a release, or one that a chart of it has.
fn has_page(claim: &Claim, tag: &GitTag) -> bool {
    let charts = claim.seal.iter().flat_map(|seal| seal.charts.values());
    claim.tag.name == *tag || charts.filter_map(|chart| chart.own_page()).any(|own| own == tag)
}

/// What must hold of the pages that runs of ours make.
pub(super) fn check_page(
    waters: &Waters,
    author: &Author,
    tag: &GitTag,
    standing: PageStanding,
) -> Result<(), String> {
    if *author == Author::Stranger {
        return Ok(());
    }
    let mut claims = waters.claims.values().map(|standing| &standing.claim);
    let published = claims.any(|claim| has_page(claim, tag) && claim.state == State::Published);
    if !published {
        return Err(format!("the page of {tag} was made before its release was published"));
    }
    if standing == PageStanding::Draft {
        return Ok(());
    }
    let page = waters.pages.iter().find(|page| page.tag == *tag && page.standing != PageStanding::Draft);
    let Some(page) = page else { return Ok(()) };
    let find = |name: &str| page.assets.iter().find(|(there, _)| there == name).map(|(_, bytes)| bytes);
    let Some(sums) = find("SHA256SUMS") else { return Err(format!("the page of {tag} has no checksums")) };
    for line in String::from_utf8_lossy(sums).lines() {
        let (hex, name) = line.split_once("  ").unwrap_or_default();
        if find(name).is_none_or(|bytes| Digest::of(bytes).hex() != hex) {
            return Err(format!("the page of {tag} was published without {name}"));
        }
    }
    Ok(())
}
