//! Files of release pages, as those get them who are not logged in.

use plimsoll_engine::domain::git::GitTag;
use plimsoll_engine::world::forge::{ForgeError, ForgeKind};
use plimsoll_http::{HeaderValue, Transport, Url, header};
use plimsoll_oci::name::Digest;

use super::address::ForgeAddress;
use super::client::{Call, Client};
use super::file::find_file;

/// What everybody gets.
pub(super) struct Downloads {
    client: Client,
    kind: ForgeKind,
    /// Owner and name.
    repository: Vec<String>,
}

impl Downloads {
    pub(super) fn new(address: &ForgeAddress, transport: Transport) -> Downloads {
        let accept = (header::ACCEPT, HeaderValue::from_static("*/*"));
        let owners = address.owner.split('/').chain([address.repository.as_str()]);
        Downloads {
            client: Client::new(transport, &address.web, None, vec![accept]),
            kind: address.kind,
            repository: owners.map(str::to_owned).collect(),
        }
    }

    /// The address of a file of a published page.
    pub(super) fn url(&self, tag: &GitTag, name: &str) -> String {
        let mut parts: Vec<&str> = self.repository.iter().map(String::as_str).collect();
        match self.kind {
            // A tag with slashes keeps them.
            ForgeKind::GitHub | ForgeKind::Gitea => {
                parts.extend(["releases", "download"]);
                parts.extend(tag.0.split('/'));
            }
            ForgeKind::GitLab => parts.extend(["-", "releases", &tag.0, "downloads"]),
        }
        parts.push(name);
        self.client.url(&parts).to_string()
    }

    /// The digest of what is there; `None` if there is nothing for strangers.
    pub(super) async fn read(&self, url: &str) -> Result<Option<Digest>, ForgeError> {
        let act = format!("read {url}");
        let url: Url = url.parse().map_err(|_| self.client.rejected(&act, "it is no address"))?;
        match find_file(&self.client, Call::get(url, act), None).await {
            Ok(bytes) => Ok(bytes.map(|bytes| Digest::of(&bytes))),
            Err(ForgeError::Unauthorized { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_http::transport;

    use super::*;

    #[test]
    fn each_forge_has_its_own_addresses() {
        for (web, tag, want) in [
            ("https://github.com/acme/app", "v1", "https://github.com/acme/app/releases/download/v1/f.tgz"),
            (
                "https://codeberg.org/acme/app",
                "a/1",
                "https://codeberg.org/acme/app/releases/download/a/1/f.tgz",
            ),
            ("https://gitlab.com/a/b/app", "v1", "https://gitlab.com/a/b/app/-/releases/v1/downloads/f.tgz"),
            ("https://gitlab.com/a/app", "a/1", "https://gitlab.com/a/app/-/releases/a%2F1/downloads/f.tgz"),
        ] {
            let address = ForgeAddress::parse(web, None).unwrap();
            let downloads = Downloads::new(&address, Transport::new(transport::Settings::new("test")));
            assert_eq!(downloads.url(&GitTag(tag.into()), "f.tgz"), want);
        }
    }
}
