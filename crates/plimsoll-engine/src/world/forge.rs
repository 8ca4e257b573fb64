//! The forge: pages that show people a release.
//!
//! Forges can neither create nor change anything conditionally, so several runs may be at it at once: look, create, look
//! again. Of several drafts for one tag the one with the lowest number counts.

use bytes::Bytes;
use plimsoll_oci::name::Digest;

use super::deployments::{Deployments, DeploymentsView};
use super::forge_error::ForgeError;
use super::{Work, WorldError};
use crate::domain::git::GitTag;
use crate::domain::page::{NewPage, PageId};

/// A page as the forge has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// How the forge names it.
    pub id: PageId,
    /// Who can see it.
    pub standing: PageStanding,
    /// Where people look at it.
    pub url: String,
    /// Its files.
    pub assets: Vec<Asset>,
    /// Who began it: a draft of ours may be thrown away.
    pub maker: Maker,
}

impl Page {
    /// A file that has arrived.
    pub fn find_whole(&self, name: &str) -> Option<&Asset> {
        self.assets.iter().find(|asset| asset.name == name && asset.arrival == Arrival::Whole)
    }

    /// True if a file of that name has arrived.
    pub fn has(&self, name: &str) -> bool {
        self.find_whole(name).is_some()
    }
}

/// Who can see a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageStanding {
    /// Those who may write to the repository.
    Draft,
    /// Everybody.
    Published,
    /// Everybody; its files can't be changed any more.
    Immutable,
}

/// Who began a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Maker {
    /// A run of Plimsoll.
    Us,
    /// Somebody else.
    Somebody,
}

/// A file of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// How the forge names it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its size in bytes; none where the forge does not tell.
    pub size: Option<u64>,
    /// Whether all of it has arrived.
    pub arrival: Arrival,
    /// Its digest, where the forge tells; else its bytes are read for it.
    pub digest: Option<Digest>,
}

/// Whether all of a file has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// It has.
    Whole,
    /// Its upload broke off; nobody can download it.
    Broken,
}

/// The page that a forge shows as the latest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LatestPage {
    /// That of this tag.
    Tag(GitTag),
    /// None.
    Nothing,
    /// The forge decides by itself, by time.
    Unmarked,
}

/// Which service a forge is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForgeKind {
    /// GitHub, or a GitHub Enterprise server.
    GitHub,
    /// Gitea or Forgejo.
    Gitea,
    /// GitLab.
    GitLab,
}

impl ForgeKind {
    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            ForgeKind::GitHub => "GitHub",
            ForgeKind::Gitea => "Gitea",
            ForgeKind::GitLab => "GitLab",
        }
    }

    /// Whether one of its pages is marked as the latest. Where none is, the newest by time is shown.
    pub fn marks_latest(self) -> bool {
        match self {
            ForgeKind::GitHub => true,
            ForgeKind::Gitea | ForgeKind::GitLab => false,
        }
    }
}

/// The forge, looked at.
pub trait ForgeView: DeploymentsView {
    /// Which it is; none if there is none, and then nothing else is asked.
    fn kind(&self) -> Option<ForgeKind>;
    /// The name under which a file stands on a page: some forges take only some characters.
    fn asset_name(&self, name: &str) -> String;
    /// The page of a tag: the published one, else the draft that counts; `None` if there is neither.
    fn find_page<'a>(&'a self, tag: &'a GitTag) -> Work<'a, Option<Page>>;
    /// A page by its name; `None` if it is gone.
    fn find_page_by_id<'a>(&'a self, id: &'a PageId) -> Work<'a, Option<Page>>;
    /// Drafts of ours for a tag that are not `counted`: what races and lost replies leave behind.
    fn find_spares<'a>(&'a self, tag: &'a GitTag, counted: &'a PageId) -> Work<'a, Vec<PageId>>;
    /// The bytes of a file of a page.
    fn read_asset<'a>(&'a self, page: &'a PageId, asset: &'a Asset) -> Work<'a, Bytes>;
    /// The address that everybody downloads a file of a published page from.
    fn asset_url(&self, tag: &GitTag, name: &str) -> String;
    /// The digest of what those get at such an address who are not logged in; `None` if there is nothing for them.
    fn read_public<'a>(&'a self, url: &'a str) -> Work<'a, Option<Digest>>;
    /// The page that is shown as the latest.
    fn latest(&self) -> Work<'_, LatestPage>;
    /// Asks whether pages can be made, before anything is. A forge that tells it nowhere is asked to change nothing in a page that
    /// there can't be: Gitea, of the page 0, since numbers begin at 1.
    fn check_writable(&self) -> Work<'_, ()>;
    /// The bundles of signed statements that it keeps about something with this digest. Most forges keep none.
    fn find_attestations<'a>(&'a self, _subject: &'a Digest) -> Work<'a, Vec<Bytes>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

/// The digest of a file of a page: what the forge tells, else that of its bytes.
///
/// # Errors
/// They can't be read.
pub async fn read_digest(forge: &dyn ForgeView, page: &PageId, asset: &Asset) -> Result<Digest, WorldError> {
    match &asset.digest {
        Some(digest) => Ok(digest.clone()),
        None => forge.read_asset(page, asset).await.map(|bytes| Digest::of(&bytes)),
    }
}

/// The forge, changed. One method is one effect; an error means only that the caller must look.
pub trait Forge: ForgeView + Deployments {
    /// Begins a page that only those see who may write; where there is nothing like that, one that everybody sees.
    fn draft<'a>(&'a self, page: &'a NewPage) -> Work<'a, ()>;
    /// Adds a file to a page.
    fn attach<'a>(&'a self, page: &'a PageId, name: &'a str, bytes: Bytes) -> Work<'a, ()>;
    /// Takes a file off a page. One that is gone already is no error.
    fn detach<'a>(&'a self, page: &'a PageId, asset: &'a Asset) -> Work<'a, ()>;
    /// Shows a draft to everybody, not as the latest.
    fn publish<'a>(&'a self, page: &'a PageId) -> Work<'a, ()>;
    /// Shows a published page as the latest.
    fn mark_latest<'a>(&'a self, page: &'a PageId) -> Work<'a, ()>;
    /// Throws a draft away. One that is gone already is no error.
    fn discard<'a>(&'a self, page: &'a PageId) -> Work<'a, ()>;
    /// Gives it the bundle of a signed statement to keep. Most forges keep none.
    fn post_attestation<'a>(&'a self, _bundle: &'a Bytes) -> Work<'a, ()> {
        Box::pin(async {
            let (forge, act) = ("the forge".to_owned(), "keep an attestation".to_owned());
            Err(ForgeError::Rejected { forge, act, why: "it keeps none".to_owned() }.into())
        })
    }
}

/// No forge: releases have no pages.
pub struct NoForge;

impl NoForge {
    fn refuse<T>() -> Result<T, WorldError> {
        let (forge, act, why) = ("no forge".into(), "make a page".into(), "none is configured".into());
        Err(ForgeError::Rejected { forge, act, why }.into())
    }
}

impl DeploymentsView for NoForge {}

impl Deployments for NoForge {}

impl ForgeView for NoForge {
    fn kind(&self) -> Option<ForgeKind> {
        None
    }

    fn asset_name(&self, name: &str) -> String {
        name.to_owned()
    }

    fn find_page<'a>(&'a self, _tag: &'a GitTag) -> Work<'a, Option<Page>> {
        Box::pin(async { Ok(None) })
    }

    fn find_page_by_id<'a>(&'a self, _id: &'a PageId) -> Work<'a, Option<Page>> {
        Box::pin(async { Ok(None) })
    }

    fn find_spares<'a>(&'a self, _tag: &'a GitTag, _counted: &'a PageId) -> Work<'a, Vec<PageId>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn read_asset<'a>(&'a self, _page: &'a PageId, _asset: &'a Asset) -> Work<'a, Bytes> {
        Box::pin(async { NoForge::refuse() })
    }

    fn asset_url(&self, _tag: &GitTag, name: &str) -> String {
        name.to_owned()
    }

    fn read_public<'a>(&'a self, _url: &'a str) -> Work<'a, Option<Digest>> {
        Box::pin(async { NoForge::refuse() })
    }

    fn latest(&self) -> Work<'_, LatestPage> {
        Box::pin(async { Ok(LatestPage::Unmarked) })
    }

    fn check_writable(&self) -> Work<'_, ()> {
        Box::pin(async { Ok(()) })
    }
}

impl Forge for NoForge {
    fn draft<'a>(&'a self, _page: &'a NewPage) -> Work<'a, ()> {
        Box::pin(async { NoForge::refuse() })
    }

    fn attach<'a>(&'a self, _page: &'a PageId, _name: &'a str, _bytes: Bytes) -> Work<'a, ()> {
        Box::pin(async { NoForge::refuse() })
    }

    fn detach<'a>(&'a self, _page: &'a PageId, _asset: &'a Asset) -> Work<'a, ()> {
        Box::pin(async { NoForge::refuse() })
    }

    fn publish<'a>(&'a self, _page: &'a PageId) -> Work<'a, ()> {
        Box::pin(async { NoForge::refuse() })
    }

    fn mark_latest<'a>(&'a self, _page: &'a PageId) -> Work<'a, ()> {
        Box::pin(async { NoForge::refuse() })
    }

    fn discard<'a>(&'a self, _page: &'a PageId) -> Work<'a, ()> {
        Box::pin(async { NoForge::refuse() })
    }
}
