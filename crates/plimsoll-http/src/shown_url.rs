//! URLs as they may be shown: without user, password or secret query values.

use std::fmt;

use url::Url;

/// Query keys whose values tell a reader something and are never secret.
///
/// Everything else is hidden: pre-signed storage URLs carry their signature in the query, upload sessions their state.
const SHOWN_KEYS: [&str; 14] = [
    "artifactType",
    "digest",
    "from",
    "grant_type",
    "last",
    "mount",
    "n",
    "name",
    "page",
    "per_page",
    "ref",
    "scope",
    "service",
    "tag_name",
];

/// A URL that is safe to print.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ShownUrl(String);

impl ShownUrl {
    /// The text, secrets replaced by `***`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&Url> for ShownUrl {
    fn from(url: &Url) -> Self {
        let mut shown = format!("{}://", url.scheme());
        if let Some(host) = url.host_str() {
            shown.push_str(host);
        }
        if let Some(port) = url.port() {
            shown.push_str(&format!(":{port}"));
        }
        shown.push_str(url.path());
        for (at, pair) in
            url.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty()).enumerate()
        {
            shown.push(if at == 0 { '?' } else { '&' });
            match pair.split_once('=') {
                Some((key, _)) if SHOWN_KEYS.contains(&key) => shown.push_str(pair),
                Some((key, _)) => shown.push_str(&format!("{key}=***")),
                None => shown.push_str("***"),
            }
        }
        Self(shown)
    }
}

impl fmt::Display for ShownUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hides_what_could_be_secret_and_keeps_what_explains() {
        let cases = [
            ("https://ghcr.io/v2/", "https://ghcr.io/v2/"),
            ("https://u:p@ghcr.io:8443/v2/", "https://ghcr.io:8443/v2/"),
            (
                "https://h/token?service=s&scope=repository:a:pull",
                "https://h/token?service=s&scope=repository:a:pull",
            ),
            (
                "https://s3/b?X-Amz-Signature=abc&X-Amz-Date=1",
                "https://s3/b?X-Amz-Signature=***&X-Amz-Date=***",
            ),
            ("https://h/u?_state=xyz&digest=sha256:a", "https://h/u?_state=***&digest=sha256:a"),
            ("https://h/u?opaquetoken", "https://h/u?***"),
            ("http://[::1]:5000/v2/", "http://[::1]:5000/v2/"),
        ];
        for (given, shown) in cases {
            assert_eq!(ShownUrl::from(&Url::parse(given).unwrap()).as_str(), shown, "{given}");
        }
    }
}
