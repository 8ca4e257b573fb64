//! GitLab, by the interface `/api/v4` (docs.gitlab.com: "Project release API", "Release links API", "Generic packages").
//!
//! A page is a *release*; there is one per tag, and there are no drafts: it is seen at once, and its files follow. A file
//! lies in the project's generic packages, and the release has a link to it. Which release is the latest GitLab decides by
//! itself, by time.

mod deployment;
mod release;

use bytes::Bytes;
use plimsoll_engine::domain::git::GitTag;
use plimsoll_engine::domain::page::{NewPage, PageId};
use plimsoll_engine::world::Work;
use plimsoll_engine::world::forge::{Asset, Forge, ForgeKind, ForgeView, LatestPage, Page};
use plimsoll_engine::world::forge_error::ForgeError;
use plimsoll_http::request::Credential;
use plimsoll_http::retry::Repeat;
use plimsoll_http::{HeaderName, HeaderValue, Method, Transport, Url, header};
use plimsoll_oci::name::Digest;
use serde::Deserialize;
use serde_json::json;

use super::Asker;
use super::address::ForgeAddress;
use super::client::{Call, Client};
use super::download::Downloads;
use super::file::{find_file, read_file};
use super::job::Job;
use super::token::TokenKind;
use release::Release;

/// The package that files of releases lie in; other programs of GitLab's name it so too.
const PACKAGE: &str = "release-assets";
/// The access level of a developer, who may make releases.
const DEVELOPER: u64 = 30;
/// The scope that a token needs.
const SCOPE: &str = "api";

/// A project on GitLab.
pub(super) struct GitLab {
    client: Client,
    /// Group and name, one part of a path.
    project: String,
    /// Who the token is.
    token: TokenKind,
    /// The job that we are in.
    job: Option<Job>,
    downloads: Downloads,
}

#[derive(Deserialize)]
struct Project {
    #[serde(default)]
    archived: bool,
    permissions: Option<Permissions>,
}

#[derive(Deserialize)]
struct Permissions {
    project_access: Option<AccessLevel>,
    group_access: Option<AccessLevel>,
}

#[derive(Deserialize)]
struct AccessLevel {
    access_level: u64,
}

#[derive(Deserialize)]
struct OwnToken {
    scopes: Vec<String>,
}

impl Permissions {
    /// The higher of the levels; none if it comes from elsewhere: groups that the project is shared with, an administrator.
    fn level(&self) -> Option<u64> {
        let levels = [&self.project_access, &self.group_access];
        levels.into_iter().flatten().map(|access| access.access_level).max()
    }
}

impl GitLab {
    pub(super) fn new(address: &ForgeAddress, asker: Asker, transport: Transport) -> GitLab {
        let Asker { token, kind, job } = asker;
        let header = match kind {
            TokenKind::User => HeaderName::from_static("private-token"),
            TokenKind::Job => HeaderName::from_static("job-token"),
        };
        let credential = token.map(|token| Credential::header(header, token));
        let headers = vec![(header::ACCEPT, HeaderValue::from_static("application/json"))];
        GitLab {
            downloads: Downloads::new(address, transport.clone()),
            client: Client::new(transport, &address.api, credential, headers),
            project: format!("{}/{}", address.owner, address.repository),
            token: kind,
            job,
        }
    }

    fn url(&self, parts: &[&str]) -> Url {
        let mut all = vec!["projects", self.project.as_str()];
        all.extend(parts);
        self.client.url(&all)
    }

    /// Where a file of a page lies.
    fn file_url(&self, page: &PageId, name: &str) -> Url {
        self.url(&["packages", "generic", PACKAGE, &package_version(&page.0), name])
    }

    async fn find_release(&self, tag: &str) -> Result<Option<Page>, ForgeError> {
        let url = self.url(&["releases", tag]);
        let release: Option<Release> =
            self.client.find(Call::get(url, format!("read the release {tag}"))).await?;
        Ok(release.map(Release::page))
    }

    fn read_call(url: Url, name: &str) -> Call {
        let mut call = Call::get(url, format!("read {name}"));
        call.headers.push((header::ACCEPT, HeaderValue::from_static("*/*")));
        call
    }

    /// Puts a file where the page can link to it. What lies there already is never replaced: a link may show it.
    async fn ensure_file(&self, page: &PageId, name: &str, bytes: Bytes) -> Result<Url, ForgeError> {
        let url = self.file_url(page, name);
        match find_file(&self.client, GitLab::read_call(url.clone(), name), None).await? {
            Some(there) if there == bytes => Ok(url),
            Some(_) => {
                let why = format!("its packages have another file at {url}");
                Err(self.client.rejected(&format!("keep {name}"), &why))
            }
            None => {
                let act = format!("keep {name}");
                let call = Call::new(Method::PUT, url.clone(), Repeat::OnlyIfNotHandled, act);
                self.client.act(call.bytes(bytes, "application/octet-stream")).await?;
                Ok(url)
            }
        }
    }

    async fn check(&self) -> Result<(), ForgeError> {
        let act = "make a release page";
        if !self.client.knows_who_asks() {
            return Err(self.client.tokenless(act));
        }
        match self.token {
            // A job's token may not read the project, and nothing says what it may do before it does it.
            TokenKind::Job => {
                let mut url = self.url(&["releases"]);
                url.query_pairs_mut().append_pair("per_page", "1");
                self.client.read::<serde_json::Value>(Call::get(url, act)).await.map(|_| ())
            }
            TokenKind::User => self.check_user(act).await,
        }
    }

    async fn check_user(&self, act: &str) -> Result<(), ForgeError> {
        let (project, _): (Project, _) = self.client.read(Call::get(self.url(&[]), act)).await?;
        if project.archived {
            return Err(self.client.forbidden(act, "the project is archived"));
        }
        if let Some(level) = project.permissions.as_ref().and_then(Permissions::level)
            && level < DEVELOPER
        {
            let why = "the token's user is less than a developer of the project";
            return Err(self.client.forbidden(act, why));
        }
        let own = self.client.url(&["personal_access_tokens", "self"]);
        // Older servers, and tokens of another kind, do not tell.
        if let Ok(Some(OwnToken { scopes })) = self.client.find(Call::get(own, act)).await
            && !scopes.iter().any(|scope| scope == SCOPE)
        {
            let why = format!("the token needs the scope `{SCOPE}`, and has {}", scopes.join(", "));
            return Err(self.client.forbidden(act, &why));
        }
        Ok(())
    }
}

/// A package's version for a tag: some characters of tags are none of versions.
fn package_version(tag: &str) -> String {
    let clean = clean(tag);
    match clean == tag {
        true => clean,
        // Two tags must not come to one version.
        false => format!("{clean}-{}", Digest::of(tag.as_bytes()).short()),
    }
}

/// A text with dots for characters that packages do not take.
fn clean(text: &str) -> String {
    let taken = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+');
    text.chars().map(|c| if taken(c) { c } else { '.' }).collect()
}

impl ForgeView for GitLab {
    fn kind(&self) -> Option<ForgeKind> {
        Some(ForgeKind::GitLab)
    }

    fn asset_name(&self, name: &str) -> String {
        clean(name)
    }

    fn find_page<'a>(&'a self, tag: &'a GitTag) -> Work<'a, Option<Page>> {
        Box::pin(async move { Ok(self.find_release(&tag.0).await?) })
    }

    fn find_page_by_id<'a>(&'a self, id: &'a PageId) -> Work<'a, Option<Page>> {
        Box::pin(async move { Ok(self.find_release(&id.0).await?) })
    }

    fn find_spares<'a>(&'a self, _tag: &'a GitTag, _counted: &'a PageId) -> Work<'a, Vec<PageId>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn read_asset<'a>(&'a self, _page: &'a PageId, asset: &'a Asset) -> Work<'a, Bytes> {
        Box::pin(async move {
            let act = format!("read {}", asset.name);
            let url = release::linked_url(asset).filter(|url| url.origin() == self.client.url(&[]).origin());
            let Some(url) = url else {
                let why = format!("the link under that name leads elsewhere: {}", asset.id);
                return Err(self.client.rejected(&act, &why).into());
            };
            Ok(read_file(&self.client, GitLab::read_call(url, &asset.name), None).await?)
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

impl Forge for GitLab {
    fn draft<'a>(&'a self, page: &'a NewPage) -> Work<'a, ()> {
        Box::pin(async move {
            let NewPage { tag, title, body, maturity: _, teller: _ } = page;
            // Without `ref` GitLab makes no tag: the tag is there.
            let release = json!({ "tag_name": tag.0, "name": title, "description": body });
            let act = format!("make the release page of {tag}");
            let call = Call::new(Method::POST, self.url(&["releases"]), Repeat::OnlyIfNotHandled, act);
            Ok(self.client.act(call.json(&release)).await?)
        })
    }

    fn attach<'a>(&'a self, page: &'a PageId, name: &'a str, bytes: Bytes) -> Work<'a, ()> {
        Box::pin(async move {
            let file = self.ensure_file(page, name, bytes).await?;
            let link = json!({
                "name": name,
                "url": file.as_str(),
                "direct_asset_path": format!("/{name}"),
                "link_type": "other",
            });
            let url = self.url(&["releases", &page.0, "assets", "links"]);
            let act = format!("add {name} to the release page");
            let call = Call::new(Method::POST, url, Repeat::OnlyIfNotHandled, act);
            Ok(self.client.act(call.json(&link)).await?)
        })
    }

    fn detach<'a>(&'a self, page: &'a PageId, asset: &'a Asset) -> Work<'a, ()> {
        Box::pin(async move {
            let number = release::link_number(asset);
            let url = self.url(&["releases", &page.0, "assets", "links", number]);
            let act = format!("take {} off the release page", asset.name);
            Ok(self.client.act(Call::new(Method::DELETE, url, Repeat::Harmless, act)).await?)
        })
    }

    fn publish<'a>(&'a self, _page: &'a PageId) -> Work<'a, ()> {
        // It is never asked: there are no drafts.
        Box::pin(async { Ok(()) })
    }

    fn mark_latest<'a>(&'a self, _page: &'a PageId) -> Work<'a, ()> {
        // It is never asked: there is no such mark.
        Box::pin(async { Ok(()) })
    }

    fn discard<'a>(&'a self, _page: &'a PageId) -> Work<'a, ()> {
        // What everybody sees is never deleted, and everybody sees every page.
        Box::pin(async { Ok(()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tag_has_a_package_version_of_its_own() {
        assert_eq!(package_version("v1.0.0-rc.1"), "v1.0.0-rc.1");
        assert_eq!(package_version("v1.0.0+b_2"), "v1.0.0+b_2");
        let slashed = package_version("release/1.0.0");
        assert!(slashed.starts_with("release.1.0.0-"), "{slashed}");
        assert_ne!(slashed, package_version("release.1.0.0"));
        assert_ne!(slashed, package_version("release@1.0.0"));
    }
}
