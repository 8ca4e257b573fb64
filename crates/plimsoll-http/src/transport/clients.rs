//! The clients of the HTTP library, by TLS profile and wire, made when first needed.
//!
//! Making one reads the system's certificates, which costs milliseconds that a command without network should not
//! pay; and plain HTTP needs none of it.

use std::sync::OnceLock;

use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, ClientBuilder, Identity};
use url::Url;

use super::Settings;
use super::ahead::{Stock, Supplied};
use crate::error::HttpError;
use crate::limit;
use crate::profile::{HostProfiles, TlsProfile};
use crate::request::BodyLength;
use crate::shown_url::ShownUrl;

type Made = OnceLock<Result<Client, String>>;

/// The clients of one transport.
#[derive(Debug)]
pub(super) struct Clients {
    plain: Made,
    /// Opens connections over plain HTTP before there are requests for them.
    opener: Made,
    stock: Stock,
    system: OverTls,
    /// Profiles with certificates of their own, each once.
    special: Vec<(TlsProfile, OverTls)>,
}

/// The clients of one TLS profile.
#[derive(Debug, Default)]
struct OverTls {
    /// Speaks HTTP/2 where the server does: many requests share a connection, one processor and one window of bytes
    /// that may be under way.
    shared: Made,
    /// Speaks HTTP/1.1: a connection for each request, with nothing between its bytes and TCP's own window.
    alone: Made,
}

impl OverTls {
    fn client(&self, settings: &Settings, trust: Trust<'_>, body: BodyLength) -> &Result<Client, String> {
        match body {
            BodyLength::Any => self.shared.get_or_init(|| make(settings, trust, Wire::Negotiated)),
            BodyLength::Long => self.alone.get_or_init(|| make(settings, trust, Wire::Http1)),
        }
    }
}

impl Clients {
    pub(super) fn new(hosts: &HostProfiles) -> Self {
        let mut special: Vec<(TlsProfile, OverTls)> = Vec::new();
        for profile in hosts.with_certificates() {
            if !special.iter().any(|(known, _)| known == profile) {
                special.push((profile.clone(), OverTls::default()));
            }
        }
        let (plain, opener, stock) = (Made::new(), Made::new(), Stock::default());
        Self { plain, opener, stock, system: OverTls::default(), special }
    }

    /// The client for a URL, if it may be spoken to at all.
    pub(super) fn client(
        &self,
        settings: &Settings,
        url: &Url,
        body: BodyLength,
    ) -> Result<&Client, HttpError> {
        let made = if url.scheme() == "http" {
            if !settings.hosts.allows_plain(url) {
                return Err(HttpError::PlainHttp { url: ShownUrl::from(url) });
            }
            self.plain.get_or_init(|| make(settings, Trust::Nobody, Wire::Plain(self.stock.taking())))
        } else {
            let profile = settings.hosts.find(url).map(|host| &host.tls);
            match self.special.iter().find(|(known, _)| Some(known) == profile) {
                Some((profile, clients)) => clients.client(settings, Trust::SystemAnd(profile), body),
                None => self.system.client(settings, Trust::System, body),
            }
        };
        made.as_ref().map_err(|detail| HttpError::Tls {
            host: url.host_str().unwrap_or_default().to_owned(),
            detail: detail.clone(),
        })
    }

    /// What opens connections to a URL for later, and where it puts them; `None` where connections are shared, or none
    /// may be opened.
    pub(super) fn opener(&self, settings: &Settings, url: &Url) -> Option<(Client, Stock)> {
        if url.scheme() != "http" || !settings.hosts.allows_plain(url) {
            return None;
        }
        let opener =
            self.opener.get_or_init(|| make(settings, Trust::Nobody, Wire::Plain(self.stock.filling())));
        Some((opener.as_ref().ok()?.clone(), self.stock.clone()))
    }
}

/// What a client speaks.
enum Wire {
    /// HTTP/1.1 in the clear, over connections from a stock where it has some.
    Plain(Supplied),
    /// HTTP/2 or HTTP/1.1, as the server likes.
    Negotiated,
    /// HTTP/1.1.
    Http1,
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

fn make(settings: &Settings, trust: Trust<'_>, wire: Wire) -> Result<Client, String> {
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
    let builder = match wire {
        Wire::Plain(supplied) => builder.connector_layer(supplied),
        Wire::Negotiated => builder,
        Wire::Http1 => builder.http1_only(),
    };
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
