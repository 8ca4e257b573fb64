//! Proxies, as `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` name them.

use reqwest::{ClientBuilder, NoProxy, Proxy};

use crate::secret::Secret;

/// Hosts that are never reached through a proxy, as curl and Go have it.
const THIS_MACHINE: &str = "localhost,127.0.0.0/8,::1";

/// Which proxies to use. A proxy's URL may hold a password.
#[derive(Debug, Clone, Default)]
pub struct Proxies {
    /// For `http` URLs.
    pub http: Option<Secret>,
    /// For `https` URLs.
    pub https: Option<Secret>,
    /// Hosts, domains and networks that are reached directly, separated by commas.
    pub direct: String,
}

impl Proxies {
    /// Reads the variables through `variable`, upper case before lower case, empty ones as absent.
    ///
    /// `HTTP_PROXY` is not read where `REQUEST_METHOD` is set: there it may come from a request's `Proxy` header
    /// (CVE-2016-5385).
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let find = |name: &str| {
            variable(name)
                .filter(|value| !value.is_empty())
                .or_else(|| variable(&name.to_ascii_lowercase()).filter(|value| !value.is_empty()))
        };
        let all = find("ALL_PROXY");
        let http = if variable("REQUEST_METHOD").is_some() { None } else { find("HTTP_PROXY") };
        Self {
            http: http.or_else(|| all.clone()).map(Secret::new),
            https: find("HTTPS_PROXY").or(all).map(Secret::new),
            direct: find("NO_PROXY").unwrap_or_default(),
        }
    }

    /// Sets the proxies up, and switches off the library's own reading of the environment.
    pub(crate) fn apply(&self, builder: ClientBuilder) -> Result<ClientBuilder, reqwest::Error> {
        let direct = || NoProxy::from_string(&format!("{THIS_MACHINE},{}", self.direct));
        let mut builder = builder.no_proxy();
        if let Some(proxy) = &self.http {
            builder = builder.proxy(Proxy::http(proxy.expose())?.no_proxy(direct()));
        }
        if let Some(proxy) = &self.https {
            builder = builder.proxy(Proxy::https(proxy.expose())?.no_proxy(direct()));
        }
        Ok(builder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> (Option<String>, Option<String>, String) {
        let proxies = Proxies::from_environment(|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        });
        let shown = |proxy: &Option<Secret>| proxy.as_ref().map(|proxy| proxy.expose().to_owned());
        (shown(&proxies.http), shown(&proxies.https), proxies.direct)
    }

    #[test]
    fn reads_the_environment_like_curl() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(read(&[]), (None, None, String::new()));
        assert_eq!(read(&[("ALL_PROXY", "a")]), (some("a"), some("a"), String::new()));
        assert_eq!(read(&[("https_proxy", "l"), ("ALL_PROXY", "a")]), (some("a"), some("l"), String::new()));
        assert_eq!(read(&[("HTTP_PROXY", ""), ("http_proxy", "l")]), (some("l"), None, String::new()));
        assert_eq!(read(&[("HTTP_PROXY", "h"), ("REQUEST_METHOD", "GET")]), (None, None, String::new()));
        assert_eq!(read(&[("no_proxy", ".corp,10.0.0.0/8")]).2, ".corp,10.0.0.0/8");
    }
}
