//! What a host's connections need: plain HTTP or TLS, which roots, which client certificate.

use std::collections::BTreeMap;
use std::str::FromStr;

use url::Url;

use crate::redirect::is_loopback;
use crate::secret::Secret;

/// How a host is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wire {
    /// Plain HTTP for this machine unless TLS is set up for it; HTTPS for every other host.
    #[default]
    Auto,
    /// HTTPS, for this machine too.
    Https,
    /// Plain HTTP, whatever host it is. Credentials travel in the clear.
    PlainHttp,
}

/// Certificates beyond the system's own.
#[derive(Debug, Clone, Default)]
pub struct TlsProfile {
    /// PEM bundles of further trusted roots. They are added to the system's.
    pub roots: Vec<Vec<u8>>,
    /// A client certificate and its private key, both as PEM in one text.
    pub identity: Option<Secret>,
}

impl TlsProfile {
    /// True if only the system's roots count.
    pub fn is_system(&self) -> bool {
        self.roots.is_empty() && self.identity.is_none()
    }
}

impl PartialEq for TlsProfile {
    fn eq(&self, other: &Self) -> bool {
        self.roots == other.roots
            && self.identity.as_ref().map(Secret::expose) == other.identity.as_ref().map(Secret::expose)
    }
}

/// The settings of one host.
#[derive(Debug, Clone, Default)]
pub struct HostProfile {
    /// Plain HTTP or HTTPS.
    pub wire: Wire,
    /// Certificates.
    pub tls: TlsProfile,
}

/// The settings of all hosts that have any, by host or `host:port` as in a URL.
#[derive(Debug, Clone, Default)]
pub struct HostProfiles(BTreeMap<String, HostProfile>);

impl HostProfiles {
    /// Sets what a host (`ghcr.io`) or one of its ports (`localhost:5000`) needs.
    pub fn set(&mut self, authority: &str, profile: HostProfile) {
        self.0.insert(authority.to_ascii_lowercase(), profile);
    }

    /// The settings for a URL: those of its host and port, else those of its host.
    pub fn find(&self, url: &Url) -> Option<&HostProfile> {
        let host = url.host_str()?;
        let port = url.port_or_known_default().unwrap_or_default();
        self.0.get(&format!("{host}:{port}")).or_else(|| self.0.get(host))
    }

    /// The URL of a host's root, `http` or `https` as [`Wire`] says; `None` if `authority` is no host.
    pub fn root(&self, authority: &str) -> Option<Url> {
        let https = Url::from_str(&format!("https://{authority}/")).ok()?;
        let bare = https.path() == "/" && https.username().is_empty() && https.password().is_none();
        if !bare || https.query().is_some() || https.fragment().is_some() {
            return None;
        }
        let http = Url::from_str(&format!("http://{authority}/")).ok()?;
        let profile = self.find(&https).or_else(|| self.find(&http));
        let plain = match profile.map(|profile| profile.wire).unwrap_or_default() {
            Wire::Https => false,
            Wire::PlainHttp => true,
            Wire::Auto => is_loopback(&https) && profile.is_none_or(|profile| profile.tls.is_system()),
        };
        Some(if plain { http } else { https })
    }

    /// True if plain HTTP may be spoken to this URL's host.
    pub fn allows_plain(&self, url: &Url) -> bool {
        is_loopback(url) || self.find(url).is_some_and(|profile| profile.wire == Wire::PlainHttp)
    }

    /// All profiles with certificates of their own.
    pub(crate) fn with_certificates(&self) -> impl Iterator<Item = &TlsProfile> {
        self.0.values().map(|profile| &profile.tls).filter(|tls| !tls.is_system())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chooses_the_wire() {
        let mut hosts = HostProfiles::default();
        hosts.set("plain.example", HostProfile { wire: Wire::PlainHttp, ..HostProfile::default() });
        hosts.set("localhost:5443", HostProfile { wire: Wire::Https, ..HostProfile::default() });
        let tls = TlsProfile { roots: vec![b"pem".to_vec()], identity: None };
        hosts.set("127.0.0.1:6443", HostProfile { wire: Wire::Auto, tls });
        let cases = [
            ("ghcr.io", Some("https://ghcr.io/")),
            ("ghcr.io:8443", Some("https://ghcr.io:8443/")),
            ("plain.example", Some("http://plain.example/")),
            ("plain.example:81", Some("http://plain.example:81/")),
            ("localhost:5443", Some("https://localhost:5443/")),
            ("localhost:5000", Some("http://localhost:5000/")),
            ("127.9.8.7:5000", Some("http://127.9.8.7:5000/")),
            ("[::1]:5000", Some("http://[::1]:5000/")),
            ("127.0.0.1:6443", Some("https://127.0.0.1:6443/")),
            ("localhost.evil.example", Some("https://localhost.evil.example/")),
            ("a/b", None),
            ("user@a", None),
            ("a?b", None),
            ("", None),
        ];
        for (authority, wanted) in cases {
            assert_eq!(hosts.root(authority).map(String::from).as_deref(), wanted, "{authority:?}");
        }
    }
}
