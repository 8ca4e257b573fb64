//! Where a repository is on a forge, and where the forge's interface is.

use plimsoll_engine::world::forge::ForgeKind;
use plimsoll_http::Url;

/// A repository on a forge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForgeAddress {
    /// Which service it is.
    pub kind: ForgeKind,
    /// The root of its interface, with a slash at the end.
    pub api: Url,
    /// The web address of the forge itself, with a slash at the end.
    pub web: Url,
    /// The owner; on GitLab the group, whose groups are divided by slashes.
    pub owner: String,
    /// The repository's name.
    pub repository: String,
}

/// Why a web address names no repository on a forge.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It has no owner and name.
    #[error("`{0}` names no repository on a forge")]
    NoRepository(String),
    /// Nobody knows which service it is.
    #[error("which service is at {0} can't be told from its name")]
    UnknownKind(String),
}

impl ForgeAddress {
    /// Reads the web address of a repository: `https://github.com/acme/app`. Without a kind it is told by the host.
    ///
    /// # Errors
    /// It names no repository, or its host does not tell what it is.
    pub fn parse(web: &str, kind: Option<ForgeKind>) -> Result<ForgeAddress, AddressError> {
        let none = || AddressError::NoRepository(web.to_owned());
        let mut base: Url = web.parse().map_err(|_| none())?;
        let host = base.host_str().ok_or_else(none)?.to_owned();
        let kind =
            kind.or_else(|| find_kind(&host)).ok_or_else(|| AddressError::UnknownKind(host.clone()))?;
        let path = base.path().trim_matches('/').to_owned();
        let path = path.strip_suffix(".git").unwrap_or(&path);
        let (above, repository) = path.rsplit_once('/').ok_or_else(none)?;
        let (prefix, owner) = match kind {
            // Its groups have groups.
            ForgeKind::GitLab => ("", above),
            // A forge may lie below a path of its host.
            ForgeKind::GitHub | ForgeKind::Gitea => above.rsplit_once('/').unwrap_or(("", above)),
        };
        if owner.is_empty() || repository.is_empty() {
            return Err(none());
        }
        base.set_query(None);
        base.set_fragment(None);
        base.set_path(&if prefix.is_empty() { "/".to_owned() } else { format!("/{prefix}/") });
        let api = find_api(kind, &base, &host).ok_or_else(none)?;
        let (owner, repository) = (owner.to_owned(), repository.to_owned());
        Ok(ForgeAddress { kind, api, web: base, owner, repository })
    }

    /// Host and port, as variables of CI systems name a forge.
    pub fn authority(&self) -> String {
        let host = self.web.host_str().unwrap_or_default();
        self.web.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }
}

/// The service whose host this is, as far as its name tells.
fn find_kind(host: &str) -> Option<ForgeKind> {
    let first = host.split('.').next().unwrap_or_default();
    match (host, first) {
        ("codeberg.org", _) | (_, "gitea" | "forgejo") => Some(ForgeKind::Gitea),
        (_, "gitlab") => Some(ForgeKind::GitLab),
        (_, "github") => Some(ForgeKind::GitHub),
        (host, _) if host.ends_with(".ghe.com") => Some(ForgeKind::GitHub),
        _ => None,
    }
}

fn find_api(kind: ForgeKind, web: &Url, host: &str) -> Option<Url> {
    let path = match kind {
        ForgeKind::GitHub if host == "github.com" || host.ends_with(".ghe.com") => {
            return format!("https://api.{host}/").parse().ok();
        }
        ForgeKind::GitHub => "api/v3/",
        ForgeKind::Gitea => "api/v1/",
        ForgeKind::GitLab => "api/v4/",
    };
    web.join(path).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_tell_what_they_are_and_where_their_interface_is() {
        for (web, kind, api, owner) in [
            ("https://github.com/acme/app", ForgeKind::GitHub, "https://api.github.com/", "acme"),
            ("https://acme.ghe.com/acme/app.git", ForgeKind::GitHub, "https://api.acme.ghe.com/", "acme"),
            (
                "https://github.acme.example/a/app",
                ForgeKind::GitHub,
                "https://github.acme.example/api/v3/",
                "a",
            ),
            ("https://codeberg.org/acme/app/", ForgeKind::Gitea, "https://codeberg.org/api/v1/", "acme"),
            (
                "https://gitea.x.example/git/a/app",
                ForgeKind::Gitea,
                "https://gitea.x.example/git/api/v1/",
                "a",
            ),
            ("https://gitlab.com/acme/app", ForgeKind::GitLab, "https://gitlab.com/api/v4/", "acme"),
            (
                "https://gitlab.x.example/a/b/app",
                ForgeKind::GitLab,
                "https://gitlab.x.example/api/v4/",
                "a/b",
            ),
        ] {
            let address = ForgeAddress::parse(web, None).unwrap();
            assert_eq!(
                (address.kind, address.api.as_str(), address.owner.as_str()),
                (kind, api, owner),
                "{web}"
            );
            assert_eq!(address.repository, "app");
        }
        let unknown = ForgeAddress::parse("http://127.0.0.1:3000/acme/app", None);
        assert_eq!(unknown, Err(AddressError::UnknownKind("127.0.0.1".into())));
        let told = ForgeAddress::parse("http://127.0.0.1:3000/acme/app", Some(ForgeKind::Gitea)).unwrap();
        assert_eq!(
            (told.api.as_str(), told.authority().as_str()),
            ("http://127.0.0.1:3000/api/v1/", "127.0.0.1:3000")
        );
        for bad in ["", "https://github.com", "https://github.com/acme", "/srv/git/app"] {
            assert!(matches!(ForgeAddress::parse(bad, None), Err(AddressError::NoRepository(_))), "{bad}");
        }
    }
}
