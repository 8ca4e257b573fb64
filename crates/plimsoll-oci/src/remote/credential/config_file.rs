//! `config.json` of Docker, `auth.json` of Podman and its kin, Helm's registry configuration: one format.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use plimsoll_http::Secret;

use super::Login;
use super::key::{Fit, fit};
use crate::name::RegistryHost;

/// The user name that marks a password as an identity token.
pub(super) const IDENTITY_USER: &str = "<token>";

/// One file.
#[derive(Debug, Default, serde::Deserialize)]
pub(super) struct ConfigFile {
    #[serde(default)]
    auths: BTreeMap<String, AuthEntry>,
    #[serde(default, rename = "credHelpers")]
    helpers: BTreeMap<String, String>,
    #[serde(default, rename = "credsStore")]
    store: Option<String>,
}

#[derive(Default, serde::Deserialize)]
struct AuthEntry {
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
    identitytoken: Option<String>,
    registrytoken: Option<String>,
}

impl std::fmt::Debug for AuthEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AuthEntry")
    }
}

/// What a file says of a registry.
#[derive(Debug)]
pub(super) enum Entry {
    /// The login itself.
    Login(Login),
    /// The suffix of the program that has it.
    Helper(String),
}

impl ConfigFile {
    /// Reads a file.
    pub(super) fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The same without helpers: `DOCKER_AUTH_CONFIG` holds logins only.
    pub(super) fn logins_only(self) -> Self {
        Self { auths: self.auths, ..Self::default() }
    }

    /// Looks a repository up: a helper for its host, else the helper for all, else the entry that fits best.
    pub(super) fn find(&self, registry: &RegistryHost, path: &str) -> Option<Entry> {
        if let Some(suffix) = best(&self.helpers, registry, path) {
            // An empty name switches the helper for all off.
            if !suffix.is_empty() {
                return Some(Entry::Helper(suffix.clone()));
            }
        } else if let Some(suffix) = self.store.as_ref().filter(|suffix| !suffix.is_empty()) {
            return Some(Entry::Helper(suffix.clone()));
        }
        let usable = self.auths.iter().filter_map(|(key, entry)| Some((key.clone(), entry.login()?)));
        best(&usable.collect(), registry, path).cloned().map(Entry::Login)
    }
}

fn best<'m, V>(map: &'m BTreeMap<String, V>, registry: &RegistryHost, path: &str) -> Option<&'m V> {
    let fits = map.iter().filter_map(|(key, value)| Some((fit(key, registry, path)?, value)));
    fits.max_by_key(|(fit, _): &(Fit, _)| *fit).map(|(_, value)| value)
}

impl AuthEntry {
    /// The login; `None` for the empty entries that Docker leaves beside a helper.
    fn login(&self) -> Option<Login> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        if let Some(token) = given(&self.identitytoken) {
            return Some(Login::IdentityToken(Secret::new(token)));
        }
        if let Some(token) = given(&self.registrytoken) {
            return Some(Login::RegistryToken(Secret::new(token)));
        }
        let (user, password) = match (given(&self.auth), given(&self.username), given(&self.password)) {
            (Some(auth), _, _) => decode(&auth)?,
            (None, Some(user), Some(password)) => (user, password),
            _ => return None,
        };
        Some(login(user, password))
    }
}

/// A login from a pair of user and password.
pub(super) fn login(user: String, password: String) -> Login {
    let password = Secret::new(password);
    if user == IDENTITY_USER { Login::IdentityToken(password) } else { Login::Password { user, password } }
}

/// Reads `base64(user:password)`, with or without padding.
fn decode(auth: &str) -> Option<(String, String)> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let text = String::from_utf8(LENIENT.decode(auth.trim()).ok()?).ok()?;
    let (user, password) = text.split_once(':')?;
    // Docker pads short passwords with zero bytes.
    let password = password.trim_end_matches('\0');
    (!user.is_empty() && !password.is_empty()).then(|| (user.to_owned(), password.to_owned()))
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;

    fn found(file: &str, repository: &str) -> String {
        let (host, path) = repository.split_once('/').unwrap();
        match ConfigFile::parse(file).unwrap().find(&host.parse().unwrap(), path) {
            None => "nothing".into(),
            Some(Entry::Helper(suffix)) => format!("helper {suffix}"),
            Some(Entry::Login(Login::Password { user, password })) => format!("{user}:{}", password.expose()),
            Some(Entry::Login(Login::IdentityToken(token))) => format!("identity {}", token.expose()),
            Some(Entry::Login(Login::RegistryToken(token))) => format!("registry {}", token.expose()),
        }
    }

    #[test]
    fn what_files_hold() {
        let cases = [
            // "dTpw" is "u:p".
            (r#"{"auths":{"ghcr.io":{"auth":"dTpw"}}}"#, "ghcr.io/a/b", "u:p"),
            (r#"{"auths":{"ghcr.io":{"auth":"dTpw"}}}"#, "quay.io/a/b", "nothing"),
            (r#"{"auths":{"https://index.docker.io/v1/":{"auth":"dTpw"}}}"#, "docker.io/a/b", "u:p"),
            (r#"{"auths":{"ghcr.io":{}}}"#, "ghcr.io/a", "nothing"),
            (r#"{"auths":{"ghcr.io":{"auth":""}}}"#, "ghcr.io/a", "nothing"),
            (r#"{"auths":{"ghcr.io":{"auth":"!"}}}"#, "ghcr.io/a", "nothing"),
            (r#"{"auths":{"ghcr.io":{"username":"u","password":"p"}}}"#, "ghcr.io/a", "u:p"),
            (r#"{"auths":{"r.io":{"auth":"MDowAAA=","identitytoken":"i"}}}"#, "r.io/a", "identity i"),
            (r#"{"auths":{"r.io":{"auth":"dTpwAAA="}}}"#, "r.io/a", "u:p"),
            (r#"{"auths":{"r.io":{"auth":"PHRva2VuPjppZA=="}}}"#, "r.io/a", "identity id"),
            (r#"{"auths":{"r.io":{"registrytoken":"t"}}}"#, "r.io/a", "registry t"),
            (
                r#"{"auths":{"q.io":{"auth":"dTpw"},"q.io/o":{"auth":"dTpv"},"q.io/o/r":{"auth":"dTpy"}}}"#,
                "q.io/o/r/s",
                "u:r",
            ),
            (r#"{"auths":{"q.io":{"auth":"dTpw"},"q.io/o":{"auth":"dTpv"}}}"#, "q.io/x", "u:p"),
            (
                r#"{"credsStore":"desktop","auths":{"ghcr.io":{"auth":"dTpw"}}}"#,
                "ghcr.io/a",
                "helper desktop",
            ),
            (r#"{"credsStore":"desktop","credHelpers":{"ghcr.io":"gh"}}"#, "ghcr.io/a", "helper gh"),
            (r#"{"credHelpers":{"ghcr.io":"gh"},"auths":{"q.io":{"auth":"dTpw"}}}"#, "q.io/a", "u:p"),
            (
                r#"{"credsStore":"x","credHelpers":{"q.io":""},"auths":{"q.io":{"auth":"dTpw"}}}"#,
                "q.io/a",
                "u:p",
            ),
            (r#"{"HttpHeaders":{"X":"y"},"proxies":{}}"#, "ghcr.io/a", "nothing"),
        ];
        for (file, repository, wanted) in cases {
            assert_eq!(found(file, repository), wanted, "{file} for {repository}");
        }
    }

    proptest! {
        #[test]
        fn reads_any_pair(user in "[^:\0]{1,12}", password in "[^\0]{1,24}", pad: bool) {
            let mut auth = STANDARD.encode(format!("{user}:{password}"));
            if !pad {
                auth = auth.trim_end_matches('=').to_owned();
            }
            prop_assert_eq!(decode(&auth), Some((user, password)));
        }

        #[test]
        fn never_panics(text in ".*") {
            decode(&text);
            let _ = ConfigFile::parse(&text);
        }
    }
}
