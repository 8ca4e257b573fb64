//! A release as GitHub writes it.

use plimsoll_engine::domain::page::{MARKER, PageId};
use plimsoll_engine::world::forge::{Arrival, Asset, Maker, Page, PageStanding};
use plimsoll_http::Url;
use serde::Deserialize;

/// A release, as far as it matters.
#[derive(Debug, Deserialize)]
pub(super) struct Release {
    pub(super) id: u64,
    pub(super) tag_name: String,
    #[serde(default)]
    body: Option<String>,
    pub(super) draft: bool,
    #[serde(default)]
    immutable: Option<bool>,
    html_url: String,
    upload_url: String,
    #[serde(default)]
    assets: Vec<ReleaseAsset>,
}

/// A file of one.
#[derive(Debug, Deserialize)]
struct ReleaseAsset {
    id: u64,
    name: String,
    /// `uploaded` once all of it has arrived; `starter` or `open` before.
    state: String,
    size: u64,
    /// `sha256:…`; older servers don't tell.
    #[serde(default)]
    digest: Option<String>,
}

impl Release {
    pub(super) fn page_id(&self) -> PageId {
        PageId(self.id.to_string())
    }

    pub(super) fn is_our_draft(&self) -> bool {
        self.draft && self.maker() == Maker::Us
    }

    fn maker(&self) -> Maker {
        match &self.body {
            Some(body) if body.contains(MARKER) => Maker::Us,
            _ => Maker::Somebody,
        }
    }

    pub(super) fn page(&self) -> Page {
        let standing = match (self.draft, self.immutable) {
            (true, _) => PageStanding::Draft,
            (false, Some(true)) => PageStanding::Immutable,
            (false, _) => PageStanding::Published,
        };
        let assets = self.assets.iter().map(ReleaseAsset::asset).collect();
        Page { id: self.page_id(), standing, url: self.html_url.clone(), assets, maker: self.maker() }
    }

    /// Where its files are sent; `None` unless that is the server that was asked, or the uploads' twin of it: a token
    /// goes nowhere else.
    pub(super) fn upload_url(&self, api: &Url) -> Option<Url> {
        let url: Url = self.upload_url.split('{').next()?.parse().ok()?;
        let (api_host, host) = (api.host_str()?, url.host_str()?);
        let twin = api_host.strip_prefix("api.").map(|rest| format!("uploads.{rest}"));
        let same = url.origin() == api.origin();
        (same || url.scheme() == "https" && twin.as_deref() == Some(host)).then_some(url)
    }
}

impl ReleaseAsset {
    fn asset(&self) -> Asset {
        Asset {
            id: self.id.to_string(),
            name: self.name.clone(),
            size: Some(self.size),
            arrival: if self.state == "uploaded" { Arrival::Whole } else { Arrival::Broken },
            digest: self.digest.as_deref().and_then(|digest| digest.parse().ok()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_their_token_go_to_the_same_server_or_its_twin() {
        let upload = |api: &str, to: &str| {
            let release = serde_json::json!({
                "id": 1, "tag_name": "v1", "draft": true, "html_url": "h", "upload_url": format!("{to}{{?name,label}}"),
            });
            let release: Release = serde_json::from_value(release).unwrap();
            release.upload_url(&api.parse().unwrap()).map(String::from)
        };
        let twin = "https://uploads.github.com/repos/a/b/releases/1/assets";
        assert_eq!(upload("https://api.github.com/", twin).as_deref(), Some(twin));
        assert_eq!(upload("https://api.github.com/", "https://evil.example/x"), None);
        assert_eq!(upload("https://api.github.com/", "http://uploads.github.com/x"), None);
        let own = "https://ghe.example/api/uploads/repos/a/b/releases/1/assets";
        assert_eq!(upload("https://ghe.example/api/v3/", own).as_deref(), Some(own));
    }
}
