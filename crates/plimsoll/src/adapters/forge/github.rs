//! GitHub, and GitHub Enterprise servers, by the REST interface of version 2022-11-28.
//!
//! A page is a *release*. Drafts can't be had by their tag, only from the list; of several for one tag the one with the
//! lowest number counts. A file whose upload broke off stays in state `starter` and keeps its name from others.

mod attestations;
mod deployment;
mod release;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use plimsoll_engine::domain::git::GitTag;
use plimsoll_engine::domain::page::{Maturity, NewPage, PageId, Teller};
use plimsoll_engine::world::forge::{Asset, Forge, ForgeKind, ForgeView, LatestPage, Page};
use plimsoll_engine::world::forge_error::ForgeError;
use plimsoll_engine::world::{Work, WorldError};
use plimsoll_http::request::Credential;
use plimsoll_http::retry::Repeat;
use plimsoll_http::{HeaderName, HeaderValue, Method, Transport, Url, header};
use plimsoll_oci::name::Digest;
use serde::Deserialize;
use serde_json::json;

use super::Asker;
use super::address::ForgeAddress;
use super::client::{Call, Client, find_next};
use super::download::Downloads;
use super::file::read_file;
use super::job::Job;
use release::Release;

/// The version of the interface that is spoken.
const VERSION: (&str, &str) = ("x-github-api-version", "2022-11-28");
/// How many releases a page of the list has, which is the most that GitHub gives.
const PER_PAGE: &str = "100";
/// How many pages of the list are read: GitHub shows no more than ten thousand releases.
const MOST_PAGES: u32 = 100;
/// What tokens of a job begin with. What GitHub says of a user's permissions does not hold for them.
const JOB_TOKEN: &str = "ghs_";

/// A repository on GitHub.
pub(super) struct GitHub {
    client: Client,
    downloads: Downloads,
    owner: String,
    repository: String,
    /// Whether GitHub's word on what the token may do can be relied on.
    rights: Rights,
    /// The page of the run of Actions that we are in.
    run_page: Option<String>,
    /// Where files of a release are sent, by the release.
    uploads: Mutex<BTreeMap<PageId, Url>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rights {
    Told,
    Untold,
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

impl GitHub {
    pub(super) fn new(address: &ForgeAddress, asker: Asker, transport: Transport) -> GitHub {
        let Asker { token, job, kind: _ } = asker;
        let run_page = match job {
            Some(Job::Actions { run_page }) => Some(run_page),
            Some(Job::GitLab { .. }) | None => None,
        };
        let rights = match &token {
            Some(token) if token.expose().starts_with(JOB_TOKEN) => Rights::Untold,
            _ => Rights::Told,
        };
        let headers = vec![
            (header::ACCEPT, HeaderValue::from_static("application/vnd.github+json")),
            (HeaderName::from_static(VERSION.0), HeaderValue::from_static(VERSION.1)),
        ];
        let credential = token.as_ref().map(Credential::bearer);
        GitHub {
            downloads: Downloads::new(address, transport.clone()),
            client: Client::new(transport, &address.api, credential, headers),
            owner: address.owner.clone(),
            repository: address.repository.clone(),
            rights,
            run_page,
            uploads: Mutex::default(),
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

    /// A release as a page; where its files are sent is remembered.
    fn page(&self, release: &Release) -> Page {
        if let Some(url) = release.upload_url(&self.client.url(&[])) {
            let mut uploads = self.uploads.lock().unwrap_or_else(PoisonError::into_inner);
            uploads.insert(release.page_id(), url);
        }
        release.page()
    }

    /// Every release of a tag, drafts included, as far as the token sees them.
    async fn list(&self, tag: &GitTag) -> Result<Vec<Release>, ForgeError> {
        let mut url = self.url(&["releases"]);
        url.query_pairs_mut().append_pair("per_page", PER_PAGE);
        let mut found = Vec::new();
        for _ in 0..MOST_PAGES {
            let call = Call::get(url.clone(), "list the releases");
            let (releases, headers): (Vec<Release>, _) = self.client.read(call).await?;
            found.extend(releases.into_iter().filter(|release| release.tag_name == tag.0));
            match find_next(&headers, &url) {
                Some(next) => url = next,
                None => break,
            }
        }
        Ok(found)
    }

    async fn find_release(&self, page: &PageId) -> Result<Option<Release>, ForgeError> {
        self.client.find(Call::get(self.release_url(page), "read a release")).await
    }

    /// Where files of a page are sent.
    async fn upload_url(&self, page: &PageId) -> Result<Option<Url>, ForgeError> {
        let known = self.uploads.lock().unwrap_or_else(PoisonError::into_inner).get(page).cloned();
        if known.is_some() {
            return Ok(known);
        }
        let release = self.find_release(page).await?;
        Ok(release.and_then(|release| release.upload_url(&self.client.url(&[]))))
    }

    async fn change(&self, page: &PageId, act: String, change: serde_json::Value) -> Result<(), WorldError> {
        let call = Call::new(Method::PATCH, self.release_url(page), Repeat::Harmless, act).json(&change);
        Ok(self.client.act(call).await?)
    }

    async fn check(&self) -> Result<(), ForgeError> {
        let act = "make a release page";
        if !self.client.knows_who_asks() {
            return Err(self.client.tokenless(act));
        }
        let (repository, _): (Repository, _) = self.client.read(Call::get(self.url(&[]), act)).await?;
        let may_push = repository.permissions.is_none_or(|permissions| permissions.push);
        match (repository.archived, self.rights) {
            (true, _) => Err(self.client.forbidden(act, "the repository is archived")),
            (false, Rights::Told) if !may_push => {
                Err(self.client.forbidden(act, "the token may not write to the repository"))
            }
            _ => Ok(()),
        }
    }
}

impl ForgeView for GitHub {
    fn kind(&self) -> Option<ForgeKind> {
        Some(ForgeKind::GitHub)
    }

    /// GitHub gives other characters a dot in their place.
    fn asset_name(&self, name: &str) -> String {
        let taken = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        name.chars().map(|c| if taken(c) { c } else { '.' }).collect()
    }

    fn find_page<'a>(&'a self, tag: &'a GitTag) -> Work<'a, Option<Page>> {
        Box::pin(async move {
            let call = Call::get(self.url(&["releases", "tags", &tag.0]), format!("read the release {tag}"));
            if let Some(release) = self.client.find::<Release>(call).await? {
                return Ok(Some(self.page(&release)));
            }
            let releases = self.list(tag).await?;
            let counted = releases.iter().min_by_key(|release| (release.draft, release.id));
            Ok(counted.map(|release| self.page(release)))
        })
    }

    fn find_page_by_id<'a>(&'a self, id: &'a PageId) -> Work<'a, Option<Page>> {
        Box::pin(async move { Ok(self.find_release(id).await?.map(|release| self.page(&release))) })
    }

    fn find_spares<'a>(&'a self, tag: &'a GitTag, counted: &'a PageId) -> Work<'a, Vec<PageId>> {
        Box::pin(async move {
            let releases = self.list(tag).await?;
            let spare = |release: &&Release| release.is_our_draft() && release.page_id() != *counted;
            Ok(releases.iter().filter(spare).map(Release::page_id).collect())
        })
    }

    fn read_asset<'a>(&'a self, _page: &'a PageId, asset: &'a Asset) -> Work<'a, Bytes> {
        Box::pin(async move {
            let url = self.url(&["releases", "assets", &asset.id]);
            let mut call = Call::get(url, format!("read {}", asset.name));
            call.headers.push((header::ACCEPT, HeaderValue::from_static("application/octet-stream")));
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
        Box::pin(async {
            let call = Call::get(self.url(&["releases", "latest"]), "read the latest release");
            let latest: Option<Release> = self.client.find(call).await?;
            Ok(latest.map_or(LatestPage::Nothing, |release| LatestPage::Tag(GitTag(release.tag_name))))
        })
    }

    fn check_writable(&self) -> Work<'_, ()> {
        Box::pin(async { Ok(self.check().await?) })
    }

    fn find_attestations<'a>(&'a self, subject: &'a Digest) -> Work<'a, Vec<Bytes>> {
        Box::pin(async move { Ok(attestations::find(self, subject).await?) })
    }
}

impl Forge for GitHub {
    fn draft<'a>(&'a self, page: &'a NewPage) -> Work<'a, ()> {
        Box::pin(async move {
            let NewPage { tag, title, body, maturity, teller } = page;
            let release = json!({
                "tag_name": tag.0,
                "name": title,
                "body": body,
                "draft": true,
                "prerelease": *maturity == Maturity::Prerelease,
                "make_latest": "false",
                // What it writes comes after the body.
                "generate_release_notes": *teller == Teller::Forge,
            });
            let act = format!("begin the release page of {tag}");
            let call = Call::new(Method::POST, self.url(&["releases"]), Repeat::OnlyIfNotHandled, act);
            Ok(self.client.act(call.json(&release)).await?)
        })
    }

    fn attach<'a>(&'a self, page: &'a PageId, name: &'a str, bytes: Bytes) -> Work<'a, ()> {
        Box::pin(async move {
            let act = format!("add {name} to the release page");
            let Some(mut url) = self.upload_url(page).await? else {
                let why = "it does not say where files are sent, or sends them to strangers";
                return Err(self.client.rejected(&act, why).into());
            };
            url.query_pairs_mut().append_pair("name", name);
            let call = Call::new(Method::POST, url, Repeat::OnlyIfNotHandled, act);
            Ok(self.client.act(call.bytes(bytes, media_type(name))).await?)
        })
    }

    fn detach<'a>(&'a self, _page: &'a PageId, asset: &'a Asset) -> Work<'a, ()> {
        Box::pin(async move {
            let url = self.url(&["releases", "assets", &asset.id]);
            let act = format!("take {} off the release page", asset.name);
            Ok(self.client.act(Call::new(Method::DELETE, url, Repeat::Harmless, act)).await?)
        })
    }

    fn publish<'a>(&'a self, page: &'a PageId) -> Work<'a, ()> {
        Box::pin(async move {
            // Which page is the latest is decided by version, once it is published.
            let change = json!({ "draft": false, "make_latest": "false" });
            self.change(page, "publish the release page".to_owned(), change).await
        })
    }

    fn mark_latest<'a>(&'a self, page: &'a PageId) -> Work<'a, ()> {
        Box::pin(async move {
            let change = json!({ "make_latest": "true" });
            self.change(page, "mark the release page as the latest".to_owned(), change).await
        })
    }

    fn discard<'a>(&'a self, page: &'a PageId) -> Work<'a, ()> {
        Box::pin(async move {
            // Looked at again: what everybody sees is never deleted.
            if self.find_release(page).await?.is_none_or(|release| !release.draft) {
                return Ok(());
            }
            let act = "throw a draft away";
            Ok(self
                .client
                .act(Call::new(Method::DELETE, self.release_url(page), Repeat::Harmless, act))
                .await?)
        })
    }

    fn post_attestation<'a>(&'a self, bundle: &'a Bytes) -> Work<'a, ()> {
        Box::pin(async move { Ok(attestations::post(self, bundle).await?) })
    }
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("json") => "application/json",
        Some("yml" | "yaml") => "application/yaml",
        _ => "application/octet-stream",
    }
}
