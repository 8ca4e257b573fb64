//! Files of release pages, as those get them who are not logged in. GitHub and Gitea have the same addresses.

use plimsoll_engine::domain::git::GitTag;
use plimsoll_engine::world::forge::ForgeError;
use plimsoll_http::{HeaderValue, StatusCode, Transport, Url, header};
use plimsoll_oci::name::Digest;

use super::address::ForgeAddress;
use super::client::{Call, Client};
use super::digest::{LIMIT, read_digest};

/// What everybody gets.
pub(super) struct Downloads {
    client: Client,
    releases: Vec<String>,
}

impl Downloads {
    pub(super) fn new(address: &ForgeAddress, transport: Transport) -> Downloads {
        let accept = (header::ACCEPT, HeaderValue::from_static("*/*"));
        let releases = [&address.owner, &address.repository, "releases", "download"].map(String::from);
        Downloads {
            client: Client::new(transport, &address.web, None, vec![accept]),
            releases: releases.to_vec(),
        }
    }

    /// The address of a file of a published page.
    pub(super) fn url(&self, tag: &GitTag, name: &str) -> String {
        let mut parts: Vec<&str> = self.releases.iter().map(String::as_str).collect();
        // A tag with slashes keeps them.
        parts.extend(tag.0.split('/'));
        parts.push(name);
        self.client.url(&parts).to_string()
    }

    /// The digest of what is there; `None` if there is nothing for strangers.
    pub(super) async fn read(&self, url: &str) -> Result<Option<Digest>, ForgeError> {
        let act = format!("read {url}");
        let url: Url = url.parse().map_err(|_| self.client.rejected(&act, "it is no address"))?;
        match self.client.send(Call::get(url, act.clone())).await {
            Ok(answer) if matches!(answer.status(), StatusCode::NOT_FOUND | StatusCode::UNAUTHORIZED) => {
                Ok(None)
            }
            Ok(answer) => read_digest(&self.client, answer, &act, LIMIT).await.map(Some),
            Err(ForgeError::Unauthorized { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
