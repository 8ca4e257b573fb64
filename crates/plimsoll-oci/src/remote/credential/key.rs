//! The keys under which configuration files keep logins.
//!
//! Docker writes hosts, for Docker Hub a URL with a path; older versions wrote URLs for every host. Podman and its
//! kin write hosts or repositories, of which the longest that fits counts.

use crate::name::RegistryHost;
use crate::remote::quirk;

/// How well a key fits a repository; more is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fit(usize);

/// Compares a key with a repository; `None` if it is for another one.
pub(super) fn fit(key: &str, registry: &RegistryHost, path: &str) -> Option<Fit> {
    let names = quirk::credential_names(registry);
    if names.contains(&key) {
        return Some(Fit(0));
    }
    let (host, prefix) = split(key);
    if !names.iter().any(|name| split(name).0.eq_ignore_ascii_case(host)) {
        return None;
    }
    if prefix.is_empty() {
        return Some(Fit(0));
    }
    let inside = path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    inside.then(|| Fit(prefix.split('/').count()))
}

/// The host of a key, and the path that it is limited to.
///
/// The path of a URL is an API version, not a repository.
fn split(key: &str) -> (&str, &str) {
    let (is_url, bare) = match key.strip_prefix("https://").or_else(|| key.strip_prefix("http://")) {
        Some(bare) => (true, bare),
        None => (false, key),
    };
    let (host, path) = bare.split_once('/').unwrap_or((bare, ""));
    let path = path.trim_end_matches('/');
    if is_url || matches!(path, "v1" | "v2") { (host, "") } else { (host, path) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_in_all_their_spellings() {
        let hub = "docker.io";
        let cases = [
            ("https://index.docker.io/v1/", hub, "library/alpine", Some(0)),
            ("index.docker.io/v1/", hub, "library/alpine", Some(0)),
            ("index.docker.io", hub, "library/alpine", Some(0)),
            ("docker.io", hub, "library/alpine", Some(0)),
            ("https://registry-1.docker.io", hub, "library/alpine", Some(0)),
            ("docker.io/library", hub, "library/alpine", Some(1)),
            ("docker.io/library", hub, "acme/app", None),
            ("ghcr.io", "ghcr.io", "acme/app", Some(0)),
            ("GHCR.io", "ghcr.io", "acme/app", Some(0)),
            ("https://ghcr.io", "ghcr.io", "acme/app", Some(0)),
            ("https://ghcr.io/", "ghcr.io", "acme/app", Some(0)),
            ("https://ghcr.io/v2/", "ghcr.io", "acme/app", Some(0)),
            ("http://localhost:5000/v1/", "localhost:5000", "a", Some(0)),
            ("ghcr.io/acme", "ghcr.io", "acme/app", Some(1)),
            ("ghcr.io/acme/app", "ghcr.io", "acme/app", Some(2)),
            ("ghcr.io/acme/ap", "ghcr.io", "acme/app", None),
            ("ghcr.io/acme/app/deeper", "ghcr.io", "acme/app", None),
            ("ghcr.io:443", "ghcr.io", "a", None),
            ("localhost", "localhost:5000", "a", None),
            ("evil-ghcr.io", "ghcr.io", "a", None),
            ("ghcr.io.evil", "ghcr.io", "a", None),
            ("docker.io", "ghcr.io", "a", None),
            ("", "ghcr.io", "a", None),
        ];
        for (key, host, path, wanted) in cases {
            let registry = host.parse().unwrap();
            assert_eq!(fit(key, &registry, path), wanted.map(Fit), "{key} for {host}/{path}");
        }
    }

    proptest! {
        #[test]
        fn no_key_fits_two_hosts(key in "(https?://)?[a-z.:/0-9]{0,24}") {
            let hosts = ["ghcr.io", "docker.io", "localhost:5000", "quay.io"];
            let fits = hosts.iter().filter(|host| fit(&key, &host.parse().unwrap(), "a/b").is_some()).count();
            prop_assert!(fits <= 1);
        }
    }
}
