//! An authority that certifies nobody, for tests of how tokens come to it.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::fault_registry::wire::{Answer, Head, WireServer};
use crate::scripted::lock;

/// The authority, until the value is dropped.
#[derive(Debug)]
pub struct Authority {
    server: WireServer,
    shown: Arc<Mutex<Vec<String>>>,
}

impl Authority {
    /// Starts it.
    pub fn start() -> Authority {
        let shown = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&shown);
        let server = WireServer::start(move |_: &Head, body: &[u8]| {
            let asked: Value = serde_json::from_slice(body).unwrap_or_default();
            let token = asked["credentials"]["oidcIdentityToken"].as_str().unwrap_or_default();
            lock(&kept).push(token.to_owned());
            Answer::status(400).body(r#"{"message":"nobody is certified here"}"#)
        });
        Authority { server, shown }
    }

    /// A signing config that names it, and an issuer of tokens.
    pub fn signing_config(&self, issuer: &str) -> String {
        let valid = json!({ "start": "2020-01-01T00:00:00Z" });
        let named =
            |url: &str| json!([{ "url": url, "majorApiVersion": 1, "validFor": valid, "operator": "loop" }]);
        let config = json!({
            "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
            "caUrls": named(&self.server.url("")),
            "oidcUrls": named(issuer),
            "tsaUrls": named(&self.server.url("/stamps")),
            "tsaConfig": { "selector": "ANY" },
        });
        config.to_string()
    }

    /// The tokens that it was shown.
    pub fn shown(&self) -> Vec<String> {
        lock(&self.shown).clone()
    }
}
