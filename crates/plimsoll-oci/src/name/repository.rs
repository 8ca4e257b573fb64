//! Image repositories: a registry host and a path (distribution/reference, OCI distribution-spec 1.1).

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

/// The host of a registry, with its port if it has one: `ghcr.io`, `localhost:5000`, `[::1]:5000`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegistryHost(String);

impl RegistryHost {
    /// Docker Hub, where names without a host live.
    pub fn docker_hub() -> RegistryHost {
        RegistryHost("docker.io".into())
    }

    /// The host and port as written in a reference.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RegistryHost {
    type Err = RepositoryError;

    fn from_str(text: &str) -> Result<Self, RepositoryError> {
        let bad = || RepositoryError::Host(text.into());
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (ip, after) = rest.split_once(']').ok_or_else(bad)?;
                ip.parse::<Ipv6Addr>().map_err(|_| bad())?;
                (
                    None,
                    after
                        .strip_prefix(':')
                        .map_or(if after.is_empty() { Ok(None) } else { Err(bad()) }, |p| Ok(Some(p)))?,
                )
            }
            None => match text.split_once(':') {
                Some((host, port)) => (Some(host), Some(port)),
                None => (Some(text), None),
            },
        };
        if let Some(host) = host {
            let label = |label: &str| {
                !label.is_empty()
                    && !label.starts_with('-')
                    && !label.ends_with('-')
                    && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            };
            if !host.split('.').all(label) {
                return Err(bad());
            }
        }
        if port.is_some_and(|port| port.parse::<u16>().is_err()) {
            return Err(bad());
        }
        let lower = text.to_ascii_lowercase();
        match lower.as_str() {
            "index.docker.io" | "registry-1.docker.io" => Ok(RegistryHost::docker_hub()),
            // Some names are hosts only by their capitals: in small letters they would be paths at Docker Hub.
            host if !is_host(host) => Ok(RegistryHost(text.to_owned())),
            _ => Ok(RegistryHost(lower)),
        }
    }
}

impl fmt::Display for RegistryHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RegistryHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One repository of images: where its registry is and what it is called there.
///
/// Docker Hub's short names are normalised when parsed: `alpine` is `docker.io/library/alpine`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageRepository {
    registry: RegistryHost,
    path: String,
}

/// Why a text names no image repository.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RepositoryError {
    /// There is nothing.
    #[error("a repository name can't be empty")]
    Empty,
    /// The host part is no host.
    #[error("`{0}` is no registry host")]
    Host(String),
    /// The path holds an uppercase letter.
    #[error("repository path `{0}` must be lowercase")]
    Uppercase(String),
    /// A component of the path does not fit the grammar.
    #[error("`{component}` can't be a part of repository path `{path}`")]
    Component {
        /// The whole path.
        path: String,
        /// The part that does not fit.
        component: String,
    },
    /// Host and path together have more than 255 characters.
    #[error("repository name `{0}` has more than 255 characters")]
    TooLong(String),
    /// 64 hexadecimal characters could be taken for an image id.
    #[error("`{0}` looks like an image id, not like a repository")]
    LooksLikeId(String),
    /// A tag or digest stands where only a repository is expected.
    #[error("`{0}` names a tag or digest, only a repository is expected here")]
    NotBare(String),
}

impl ImageRepository {
    /// A repository whose two parts are given apart; `path` is checked.
    pub fn new(registry: RegistryHost, path: &str) -> Result<ImageRepository, RepositoryError> {
        if path.is_empty() {
            return Err(RepositoryError::Empty);
        }
        if path.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(RepositoryError::Uppercase(path.into()));
        }
        for component in path.split('/') {
            if !is_path_component(component) {
                return Err(RepositoryError::Component { path: path.into(), component: component.into() });
            }
        }
        let path = match registry == RegistryHost::docker_hub() && !path.contains('/') {
            true => format!("library/{path}"),
            false => path.to_owned(),
        };
        let repository = ImageRepository { registry, path };
        if repository.to_string().len() > 255 {
            return Err(RepositoryError::TooLong(repository.to_string()));
        }
        Ok(repository)
    }

    /// The registry's host.
    pub fn registry(&self) -> &RegistryHost {
        &self.registry
    }

    /// The name inside the registry: `acme/app`.
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl FromStr for ImageRepository {
    type Err = RepositoryError;

    /// Splits host from path as distribution/reference does: the first part is a host only if it holds `.`,
    /// `:` or an uppercase letter, or is `localhost`.
    fn from_str(text: &str) -> Result<Self, RepositoryError> {
        if text.is_empty() {
            return Err(RepositoryError::Empty);
        }
        if text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(RepositoryError::LooksLikeId(text.into()));
        }
        let (registry, path) = match text.split_once('/') {
            Some((first, rest)) if is_host(first) => (first.parse()?, rest),
            _ => (RegistryHost::docker_hub(), text),
        };
        ImageRepository::new(registry, path)
    }
}

fn is_host(first: &str) -> bool {
    first == "localhost" || first.contains(['.', ':', '[']) || first.bytes().any(|b| b.is_ascii_uppercase())
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
fn is_path_component(text: &str) -> bool {
    let word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        let start = at;
        while bytes.get(at).is_some_and(|b| word(*b)) {
            at += 1;
        }
        if at == start {
            return false;
        }
        if at == bytes.len() {
            return true;
        }
        let gap = at;
        while bytes.get(at).is_some_and(|b| !word(*b)) {
            at += 1;
        }
        let separator = bytes.get(gap..at).unwrap_or_default();
        if !(matches!(separator, b"." | b"_" | b"__") || separator.iter().all(|b| *b == b'-')) {
            return false;
        }
    }
}

impl fmt::Display for ImageRepository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.path)
    }
}

impl fmt::Debug for ImageRepository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for ImageRepository {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for ImageRepository {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn normalises_as_docker_does() {
        let table = [
            ("alpine", "docker.io/library/alpine"),
            ("docker.io/foo", "docker.io/library/foo"),
            ("index.docker.io/x", "docker.io/library/x"),
            ("foo/bar", "docker.io/foo/bar"),
            ("localhost", "docker.io/library/localhost"),
            ("example.com", "docker.io/library/example.com"),
            ("localhost/x", "localhost/x"),
            ("127.0.0.1:5000/a/b", "127.0.0.1:5000/a/b"),
            ("[::1]:5000/a", "[::1]:5000/a"),
            ("GHCR.io/a", "ghcr.io/a"),
            ("Index.Docker.IO/x", "docker.io/library/x"),
            ("Acme/app", "Acme/app"),
            ("ghcr.io/acme/app__x/y-----z", "ghcr.io/acme/app__x/y-----z"),
        ];
        for (text, want) in table {
            assert_eq!(text.parse::<ImageRepository>().map(|r| r.to_string()), Ok(want.into()), "{text}");
        }
    }

    #[test]
    fn refuses_what_the_grammar_refuses() {
        let id = "a".repeat(64);
        let long = format!("ghcr.io/{}", "a".repeat(250));
        for text in [
            "",
            "Foo",
            "ghcr.io/Acme",
            "a//b",
            "a/",
            "/a",
            "a..b",
            "a___b",
            "-a",
            "a-",
            "x:y/z",
            "a b",
            &id,
            &long,
        ] {
            assert!(text.parse::<ImageRepository>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn parses_what_it_prints(text in "[a-zA-Z0-9.:/_-]{1,40}|(?i:docker.io|index.docker.io|[a-z]{3}|localhost)/[a-z]{1,3}") {
            if let Ok(repository) = text.parse::<ImageRepository>() {
                prop_assert_eq!(repository.to_string().parse::<ImageRepository>(), Ok(repository));
            }
        }

        #[test]
        fn never_panics(text: String) {
            let _ = text.parse::<ImageRepository>();
        }
    }
}
