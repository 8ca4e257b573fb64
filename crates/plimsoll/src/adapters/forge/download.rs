//! Files of release pages, as those get them who are not logged in.

use bytes::Bytes;
use plimsoll_engine::domain::git::GitTag;
use plimsoll_engine::world::forge::ForgeKind;
use plimsoll_engine::world::forge_error::ForgeError;
use plimsoll_http::{HeaderValue, Response, Transport, Url, header};
use plimsoll_oci::name::Digest;

use super::address::ForgeAddress;
use super::client::{Call, Client};
use super::file::read_answer;

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
        Ok(self.find(url).await?.map(|bytes| Digest::of(&bytes)))
    }

    /// What is there; `None` if there is nothing for strangers.
    pub(super) async fn find(&self, url: &str) -> Result<Option<Bytes>, ForgeError> {
        let act = format!("read {url}");
        let url: Url = url.parse().map_err(|_| self.client.rejected(&act, "it is no address"))?;
        let bytes = match self.client.send(Call::get(url, act.clone())).await {
            Ok(answer) if is_for_people(&answer) => return Ok(None),
            Ok(answer) => read_answer(&self.client, answer, &act, None).await,
            Err(error) => Err(error),
        };
        match bytes {
            Ok(bytes) => Ok(bytes),
            Err(ForgeError::Unauthorized { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// True if a page came instead of a file: a forge that does not know who asks (GitLab) leads to where people sign in.
fn is_for_people(answer: &Response) -> bool {
    let pages = ["text/html", "application/xhtml+xml"];
    let is_page = |kind: String| pages.iter().any(|page| kind.to_ascii_lowercase().starts_with(page));
    answer.status().is_success() && answer.content_type().is_some_and(is_page)
}

#[cfg(test)]
mod tests {
    use plimsoll_http::transport;
    use plimsoll_testkit::fault_registry::wire::{Answer, Head, Service, WireServer};

    use super::*;

    /// A GitLab with one project for everybody, and others for those who are signed in.
    struct Lab;

    impl Service for Lab {
        fn answer(&self, head: &Head, _body: &[u8]) -> Answer {
            match head.path.as_str() {
                "/acme/open/-/releases/v1/downloads/f.tgz" => Answer::status(200).body("a package"),
                "/users/sign_in" => {
                    let answer = Answer::status(200).header("Content-Type", "text/html; charset=utf-8");
                    answer.body("<html><title>Sign in</title></html>")
                }
                _ => Answer::status(302).header("Location", "/users/sign_in"),
            }
        }
    }

    #[tokio::test]
    async fn where_people_sign_in_is_no_file() {
        let lab = WireServer::start(Lab);
        for (project, want) in [("open", Some(Digest::of(b"a package"))), ("closed", None)] {
            let web = lab.url(&format!("/acme/{project}"));
            let address = ForgeAddress::parse(&web, Some(ForgeKind::GitLab)).unwrap();
            let downloads = Downloads::new(&address, Transport::new(transport::Settings::new("test")));
            let url = downloads.url(&GitTag("v1".into()), "f.tgz");
            assert_eq!(downloads.read(&url).await.unwrap(), want, "{project}");
        }
    }

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
