//! One client of the HTTP library per TLS profile, made when first needed.
//!
//! Making one reads the system's certificates, which costs milliseconds that a command without network should not
//! pay; and plain HTTP needs none of it.

use std::sync::OnceLock;

use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, ClientBuilder, Identity};
use url::Url;

use super::Settings;
use crate::error::HttpError;
use crate::limit;
use crate::profile::{HostProfiles, TlsProfile};
use crate::shown_url::ShownUrl;

type Made = OnceLock<Result<Client, String>>;

/// The clients of one transport.
#[derive(Debug)]
pub(super) struct Clients {
    plain: Made,
    system: Made,
    /// Profiles with certificates of their own, each once.
    special: Vec<(TlsProfile, Made)>,
}

impl Clients {
    pub(super) fn new(hosts: &HostProfiles) -> Self {
        let mut special: Vec<(TlsProfile, Made)> = Vec::new();
        for profile in hosts.with_certificates() {
            if !special.iter().any(|(known, _)| known == profile) {
                special.push((profile.clone(), Made::new()));
            }
        }
        Self { plain: Made::new(), system: Made::new(), special }
    }

    /// The client for a URL, if it may be spoken to at all.
    pub(super) fn client(&self, settings: &Settings, url: &Url) -> Result<&Client, HttpError> {
        let made = if url.scheme() == "http" {
            if !settings.hosts.allows_plain(url) {
                return Err(HttpError::PlainHttp { url: ShownUrl::from(url) });
            }
            self.plain.get_or_init(|| make(settings, Trust::Nobody))
        } else {
            let profile = settings.hosts.find(url).map(|host| &host.tls);
            match self.special.iter().find(|(known, _)| Some(known) == profile) {
                Some((profile, made)) => made.get_or_init(|| make(settings, Trust::SystemAnd(profile))),
                None => self.system.get_or_init(|| make(settings, Trust::System)),
            }
        };
        made.as_ref().map_err(|detail| HttpError::Tls {
            host: url.host_str().unwrap_or_default().to_owned(),
            detail: detail.clone(),
        })
    }
}

/// Whose certificates a client trusts.
enum Trust<'a> {
    /// No one's: the client speaks plain HTTP only.
    Nobody,
    /// The system's roots.
    System,
    /// The system's roots and a profile's.
    SystemAnd(&'a TlsProfile),
}

fn make(settings: &Settings, trust: Trust<'_>) -> Result<Client, String> {
    let say = |error: reqwest::Error| {
        std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string)
    };
    let builder = Client::builder()
        .user_agent(&settings.user_agent)
        .redirect(Policy::none())
        .referer(false)
        .connect_timeout(settings.timeouts.connect)
        .http1_max_headers(limit::HEADERS)
        .tcp_nodelay(true);
    let builder = settings.proxies.apply(builder).map_err(say)?;
    let builder = match trust {
        Trust::Nobody => builder.tls_certs_only([]),
        Trust::System => builder,
        Trust::SystemAnd(profile) => with_profile(builder, profile).map_err(say)?,
    };
    builder.build().map_err(say)
}

fn with_profile(mut builder: ClientBuilder, profile: &TlsProfile) -> Result<ClientBuilder, reqwest::Error> {
    let mut roots = Vec::new();
    for bundle in &profile.roots {
        roots.extend(Certificate::from_pem_bundle(bundle)?);
    }
    builder = builder.tls_certs_merge(roots);
    if let Some(identity) = &profile.identity {
        builder = builder.identity(Identity::from_pem(identity.expose().as_bytes())?);
    }
    Ok(builder)
}
