//! Names in URLs and the repositories that they stand for.
//!
//! A local registry knows whole names, such as `ghcr.io/acme/app`; a URL has no place for a host beside the one that it
//! leads to. So a name that begins with a host is that repository: `/v2/ghcr.io/acme/app/…`, for tools
//! `127.0.0.1:5000/ghcr.io/acme/app`. The colon before a port, which names can't hold, is an underscore, which hosts
//! can't hold. A name without a host belongs to the host `localhost`.

use plimsoll_oci::name::{ImageRepository, RegistryHost, RepositoryError};

/// The host of names that have none.
const HOST: &str = "localhost";

/// The repository that a name in a URL stands for.
///
/// # Errors
/// The name is none (OCI distribution-spec 1.1, "Pulling manifests").
pub fn repository_of(name: &str) -> Result<ImageRepository, RepositoryError> {
    if let Some((first, path)) = name.split_once('/')
        && let Some(host) = host_of(first)
    {
        return ImageRepository::new(host, path);
    }
    ImageRepository::new(HOST.parse()?, name)
}

/// The name in a URL by which a repository is reached; none for hosts that no name can begin with, such as
/// addresses of IPv6.
pub fn name_of(repository: &ImageRepository) -> Option<String> {
    let host = repository.registry().as_str();
    let short = (host == HOST).then(|| repository.path().to_owned());
    let whole = format!("{}/{}", host.replace(':', "_"), repository.path());
    // What does not lead back here would lead to somebody else's content.
    short.into_iter().chain([whole]).find(|name| repository_of(name).as_ref() == Ok(repository))
}

/// The host that the first part of a name is, if it is one.
fn host_of(first: &str) -> Option<RegistryHost> {
    let with_port = first.rsplit_once('_').filter(|(host, port)| {
        !host.is_empty() && !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
    });
    let host = match with_port {
        Some((host, port)) => format!("{host}:{port}"),
        None if first.contains('.') || first == HOST => first.to_owned(),
        None => return None,
    };
    host.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn finds_the_host() {
        for (name, wanted) in [
            ("app", "localhost/app"),
            ("acme/app", "localhost/acme/app"),
            ("localhost/app", "localhost/app"),
            ("ghcr.io/acme/app", "ghcr.io/acme/app"),
            ("127.0.0.1_5000/app", "127.0.0.1:5000/app"),
            ("registry_5000/acme/app", "registry:5000/acme/app"),
            ("docker.io/library/alpine", "docker.io/library/alpine"),
            ("a_b/app", "localhost/a_b/app"),
            ("ghcr.io", "localhost/ghcr.io"),
        ] {
            assert_eq!(repository_of(name).unwrap().to_string(), wanted, "{name}");
        }
        for name in ["", "App", "a//b", "/a", "a/", "../a", "a/../b", "ghcr.io/..", "a b"] {
            assert!(repository_of(name).is_err(), "{name}");
        }
    }

    proptest! {
        #[test]
        fn leads_back(host in "(localhost|[a-z]{1,4}(\\.[a-z]{1,4}){0,2}(:[1-9][0-9]{0,3})?)", path in "[a-z0-9]{1,3}([._/-][a-z0-9]{1,3}){0,3}") {
            let repository = ImageRepository::new(host.parse().unwrap(), &path).unwrap();
            if let Some(name) = name_of(&repository) {
                prop_assert_eq!(repository_of(&name), Ok(repository));
            }
        }

        #[test]
        fn never_panics(name: String) {
            let _ = repository_of(&name);
        }
    }
}
