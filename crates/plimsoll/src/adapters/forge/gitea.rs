//! Gitea and Forgejo, by the interface `/api/v1`.
//!
//! There is one release per tag, drafts included, and its tag is compared without regard to case. Files of one name may
//! stand side by side. Which release is the latest they decide by themselves, by time. A race that is lost may be told
//! as 409 or as 500.

use bytes::Bytes;
use plimsoll_engine::domain::git::GitTag;
use plimsoll_engine::domain::page::{MARKER, Maturity, NewPage, PageId};
use plimsoll_engine::world::Work;
use plimsoll_engine::world::deployments::{Deployments, DeploymentsView};
use plimsoll_engine::world::forge::{
    Arrival, Asset, Forge, ForgeKind, ForgeView, LatestPage, Maker, Page, PageStanding,
};
use plimsoll_engine::world::forge_error::ForgeError;
use plimsoll_http::request::Credential;
use plimsoll_http::retry::Repeat;
use plimsoll_http::{HeaderValue, Method, Secret, Transport, Url, header};
use plimsoll_oci::name::Digest;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

use super::address::ForgeAddress;
use super::client::{Call, Client};
use super::download::Downloads;
use super::file::read_file;

/// A repository on Gitea or Forgejo.
pub(super) struct Gitea {
    client: Client,
    downloads: Downloads,
    web: Url,
    owner: String,
    repository: String,
}

/// A release, as far as it matters.
#[derive(Debug, Deserialize)]
struct Release {
    id: u64,
    tag_name: String,
    #[serde(default)]
    body: String,
    draft: bool,
    html_url: String,
    #[serde(default)]
    assets: Vec<Attachment>,
}

/// A file of one.
#[derive(Debug, Deserialize)]
struct Attachment {
    uuid: String,
    id: u64,
    name: String,
    size: u64,
}

#[derive(Deserialize)]
struct Repository {
    #[serde(default)]
    archived: bool,
    permissions: Option<Permissions>,
}

#[derive(Deserialize)]
struct Permissions {
    #[serde(default)]
    push: bool,
}

impl Release {
    fn page(self) -> Page {
        let maker = if self.body.contains(MARKER) { Maker::Us } else { Maker::Somebody };
        let standing = if self.draft { PageStanding::Draft } else { PageStanding::Published };
        let assets = self.assets.into_iter().map(|attachment| Asset {
            // It is taken off by its number and read by the other.
            id: format!("{} {}", attachment.id, attachment.uuid),
            name: attachment.name,
            size: Some(attachment.size),
            arrival: Arrival::Whole,
            digest: None,
        });
        Page {
            id: PageId(self.id.to_string()),
            standing,
            url: self.html_url,
            assets: assets.collect(),
            maker,
        }
    }
}

impl Gitea {
    pub(super) fn new(address: &ForgeAddress, token: Option<Secret>, transport: Transport) -> Gitea {
        let with_scheme = |token: Secret| Secret::new(format!("token {}", token.expose()));
        let credential = token.map(|token| Credential::header(header::AUTHORIZATION, with_scheme(token)));
        let headers = vec![(header::ACCEPT, HeaderValue::from_static("application/json"))];
        Gitea {
            downloads: Downloads::new(address, transport.clone()),
            client: Client::new(transport, &address.api, credential, headers),
            web: address.web.clone(),
            owner: address.owner.clone(),
            repository: address.repository.clone(),
        }
    }

    fn url(&self, parts: &[&str]) -> Url {
        let mut all = vec!["repos", self.owner.as_str(), self.repository.as_str()];
        all.extend(parts);
        self.client.url(&all)
    }

    fn release_url(&self, page: &PageId) -> Url {
        self.url(&["releases", &page.0])
    }

    async fn check(&self) -> Result<(), ForgeError> {
        let act = "make a release page";
        if !self.client.knows_who_asks() {
            return Err(self.client.tokenless(act));
        }
        let (repository, _): (Repository, _) = self.client.read(Call::get(self.url(&[]), act)).await?;
        let may_push = repository.permissions.is_none_or(|permissions| permissions.push);
        match (repository.archived, may_push) {
            (true, _) => Err(self.client.forbidden(act, "the repository is archived")),
            (_, false) => Err(self.client.forbidden(act, "the token may not write to the repository")),
            (false, true) => self.check_scopes(act).await,
        }
    }

    /// What a token may do is told nowhere but in a refusal, which comes before anything else is looked at: so a release that
    /// is never there is changed.
    async fn check_scopes(&self, act: &str) -> Result<(), ForgeError> {
        let nowhere = self.release_url(&PageId("0".to_owned()));
        let call = Call::new(Method::PATCH, nowhere, Repeat::Harmless, act).json(&json!({}));
        match self.client.find::<IgnoredAny>(call).await {
            Err(error @ (ForgeError::Denied { .. } | ForgeError::Unauthorized { .. })) => Err(error),
            _ => Ok(()),
        }
    }
}

impl DeploymentsView for Gitea {}

impl Deployments for Gitea {}

impl ForgeView for Gitea {
    fn kind(&self) -> Option<ForgeKind> {
        Some(ForgeKind::Gitea)
    }

    fn asset_name(&self, name: &str) -> String {
        name.to_owned()
    }

    fn find_page<'a>(&'a self, tag: &'a GitTag) -> Work<'a, Option<Page>> {
        Box::pin(async move {
            let url = self.url(&["releases", "tags", &tag.0]);
            let release: Option<Release> =
                self.client.find(Call::get(url, format!("read the release {tag}"))).await?;
            Ok(release.filter(|release| release.tag_name == tag.0).map(Release::page))
        })
    }

    fn find_page_by_id<'a>(&'a self, id: &'a PageId) -> Work<'a, Option<Page>> {
        Box::pin(async move {
            let call = Call::get(self.release_url(id), "read a release");
            Ok(self.client.find::<Release>(call).await?.map(Release::page))
        })
    }

    fn find_spares<'a>(&'a self, _tag: &'a GitTag, _counted: &'a PageId) -> Work<'a, Vec<PageId>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn read_asset<'a>(&'a self, _page: &'a PageId, asset: &'a Asset) -> Work<'a, Bytes> {
        Box::pin(async move {
            let (_, uuid) = asset.id.split_once(' ').unwrap_or_default();
            let mut url = self.web.clone();
            if let Ok(mut parts) = url.path_segments_mut() {
                parts.pop_if_empty().extend(["attachments", uuid]);
            }
            let mut call = Call::get(url, format!("read {}", asset.name));
            call.headers.push((header::ACCEPT, HeaderValue::from_static("*/*")));
            Ok(read_file(&self.client, call, asset.size).await?)
        })
    }

    fn asset_url(&self, tag: &GitTag, name: &str) -> String {
        self.downloads.url(tag, name)
    }

    fn read_public<'a>(&'a self, url: &'a str) -> Work<'a, Option<Digest>> {
        Box::pin(async move { Ok(self.downloads.read(url).await?) })
    }

    fn latest(&self) -> Work<'_, LatestPage> {
        Box::pin(async { Ok(LatestPage::Unmarked) })
    }

    fn check_writable(&self) -> Work<'_, ()> {
        Box::pin(async { Ok(self.check().await?) })
    }
}

impl Forge for Gitea {
    fn draft<'a>(&'a self, page: &'a NewPage) -> Work<'a, ()> {
        Box::pin(async move {
            let NewPage { tag, title, body, maturity, teller: _ } = page;
            // Newer Forgejo takes no empty name. The tag is there: no commit need be told.
            let release = json!({
                "tag_name": tag.0,
                "name": if title.is_empty() { &tag.0 } else { title },
                "body": body,
                "draft": true,
                "prerelease": *maturity == Maturity::Prerelease,
            });
            let act = format!("begin the release page of {tag}");
            let call = Call::new(Method::POST, self.url(&["releases"]), Repeat::OnlyIfNotHandled, act);
            Ok(self.client.act(call.json(&release)).await?)
        })
    }

    fn attach<'a>(&'a self, page: &'a PageId, name: &'a str, bytes: Bytes) -> Work<'a, ()> {
        Box::pin(async move {
            let mut url = self.url(&["releases", &page.0, "assets"]);
            url.query_pairs_mut().append_pair("name", name);
            let act = format!("add {name} to the release page");
            let call = Call::new(Method::POST, url, Repeat::OnlyIfNotHandled, act);
            Ok(self.client.act(call.bytes(bytes, "application/octet-stream")).await?)
        })
    }

    fn detach<'a>(&'a self, page: &'a PageId, asset: &'a Asset) -> Work<'a, ()> {
        Box::pin(async move {
            let (number, _) = asset.id.split_once(' ').unwrap_or_default();
            let url = self.url(&["releases", &page.0, "assets", number]);
            let act = format!("take {} off the release page", asset.name);
            Ok(self.client.act(Call::new(Method::DELETE, url, Repeat::Harmless, act)).await?)
        })
    }

    fn publish<'a>(&'a self, page: &'a PageId) -> Work<'a, ()> {
        Box::pin(async move {
            let act = "publish the release page";
            let call = Call::new(Method::PATCH, self.release_url(page), Repeat::Harmless, act);
            Ok(self.client.act(call.json(&json!({ "draft": false }))).await?)
        })
    }

    fn mark_latest<'a>(&'a self, _page: &'a PageId) -> Work<'a, ()> {
        // It is never asked: there is no such mark.
        Box::pin(async { Ok(()) })
    }

    fn discard<'a>(&'a self, page: &'a PageId) -> Work<'a, ()> {
        Box::pin(async move {
            // Looked at again: what everybody sees is never deleted.
            let call = Call::get(self.release_url(page), "read a release");
            if self.client.find::<Release>(call).await?.is_none_or(|release| !release.draft) {
                return Ok(());
            }
            let act = "throw a draft away";
            let call = Call::new(Method::DELETE, self.release_url(page), Repeat::Harmless, act);
            Ok(self.client.act(call).await?)
        })
    }
}
