//! `signing_config.json`: which services sign, log and timestamp.

use jiff::Timestamp;
use plimsoll_http::Url;
use serde::Deserialize;

use crate::trust::ValidFor;
use crate::trust::root::PeriodJson;

/// The largest signing config that is read, in bytes.
const LIMIT: usize = 1024 * 1024;
/// The versions of logs that are spoken to.
pub(crate) const LOG_VERSIONS: [u32; 2] = [1, 2];
/// The versions of logins that are known.
const ISSUER_VERSIONS: [u32; 1] = [1];
/// Where people log in who sign with Sigstore's public-good instance.
const PUBLIC_GOOD_ISSUER: &str = "https://oauth2.sigstore.dev/auth";
const MEDIA_TYPE: &str = "application/vnd.dev.sigstore.signingconfig.v0.2+json";

/// Which services to use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningConfig {
    /// Certificate authorities (Fulcio).
    pub certificate_authorities: Vec<Service>,
    /// Transparency logs (Rekor).
    pub logs: Vec<Service>,
    /// How many of the logs.
    pub log_selector: Selector,
    /// Timestamp authorities.
    pub timestamp_authorities: Vec<Service>,
    /// How many of the timestamp authorities.
    pub timestamp_selector: Selector,
    /// Issuers of tokens, where people log in.
    pub issuers: Vec<Service>,
}

/// A service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Where it is.
    pub url: Url,
    /// The version of its interface.
    pub api_version: u32,
    /// When it may be used.
    pub valid_for: ValidFor,
    /// Who runs it. Of several services of one operator one is used.
    pub operator: String,
}

/// How many services of a kind are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selector {
    /// One.
    Any,
    /// One of each operator.
    All,
    /// So many, of different operators.
    Exact(usize),
}

/// Why a text is no signing config, or gives no services.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SigningConfigError {
    /// It is too long.
    #[error("the signing config has more than {LIMIT} bytes")]
    TooLarge,
    /// It is no JSON of the right shape.
    #[error("this is no signing config: {0}")]
    Shape(String),
    /// Its media type is another's.
    #[error("`{0}` is no media type of a signing config that can be read")]
    MediaType(String),
    /// It says to use several services, but not how many, or in an unknown way.
    #[error("`{0}` does not say how many services to use")]
    Selector(String),
    /// It has too few that can be used now.
    #[error("the signing config names {found} {what} that can be used now, and {wanted} are wanted")]
    TooFew {
        /// Services of which kind.
        what: &'static str,
        /// How many are wanted.
        wanted: usize,
        /// How many there are.
        found: usize,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConfigJson {
    media_type: String,
    #[serde(default)]
    ca_urls: Vec<ServiceJson>,
    #[serde(default)]
    rekor_tlog_urls: Vec<ServiceJson>,
    #[serde(default)]
    rekor_tlog_config: SelectorJson,
    #[serde(default)]
    tsa_urls: Vec<ServiceJson>,
    #[serde(default)]
    tsa_config: SelectorJson,
    #[serde(default)]
    oidc_urls: Vec<ServiceJson>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ServiceJson {
    #[serde(deserialize_with = "url")]
    url: Url,
    #[serde(default)]
    major_api_version: u32,
    #[serde(default)]
    valid_for: Option<PeriodJson>,
    #[serde(default)]
    operator: String,
}

fn url<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Url, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|why| serde::de::Error::custom(format!("`{text}`: {why}")))
}

#[derive(Default, Deserialize)]
struct SelectorJson {
    #[serde(default)]
    selector: String,
    #[serde(default)]
    count: usize,
}

impl TryFrom<SelectorJson> for Selector {
    type Error = SigningConfigError;

    fn try_from(json: SelectorJson) -> Result<Selector, SigningConfigError> {
        match (json.selector.as_str(), json.count) {
            ("" | "ANY" | "SERVICE_SELECTOR_UNDEFINED", _) => Ok(Selector::Any),
            ("ALL", _) => Ok(Selector::All),
            ("EXACT", count) if count > 0 => Ok(Selector::Exact(count)),
            _ => Err(SigningConfigError::Selector(json.selector)),
        }
    }
}

impl From<ServiceJson> for Service {
    fn from(json: ServiceJson) -> Service {
        Service {
            url: json.url,
            api_version: json.major_api_version,
            valid_for: json.valid_for.into(),
            operator: json.operator,
        }
    }
}

impl SigningConfig {
    /// Reads `signing_config.json`.
    ///
    /// # Errors
    /// [`SigningConfigError`].
    pub fn parse(text: &[u8]) -> Result<SigningConfig, SigningConfigError> {
        if text.len() > LIMIT {
            return Err(SigningConfigError::TooLarge);
        }
        let json: ConfigJson =
            serde_json::from_slice(text).map_err(|error| SigningConfigError::Shape(error.to_string()))?;
        if json.media_type != MEDIA_TYPE {
            return Err(SigningConfigError::MediaType(json.media_type));
        }
        let services = |all: Vec<ServiceJson>| all.into_iter().map(Service::from).collect();
        Ok(SigningConfig {
            certificate_authorities: services(json.ca_urls),
            logs: services(json.rekor_tlog_urls),
            log_selector: json.rekor_tlog_config.try_into()?,
            timestamp_authorities: services(json.tsa_urls),
            timestamp_selector: json.tsa_config.try_into()?,
            issuers: services(json.oidc_urls),
        })
    }
}

impl SigningConfig {
    /// The versions of the logs that are used at a moment.
    ///
    /// # Errors
    /// [`SigningConfigError::TooFew`].
    pub fn chosen_log_versions(&self, now: Timestamp) -> Result<Vec<u32>, SigningConfigError> {
        let chosen = self.log_selector.choose(&self.logs, &LOG_VERSIONS, "logs", now)?;
        Ok(chosen.into_iter().map(|log| log.api_version).collect())
    }

    /// Where a person logs in: where it is not said, with Sigstore's public-good instance.
    ///
    /// # Errors
    /// [`SigningConfigError::TooFew`].
    pub fn issuer(&self, now: Timestamp) -> Result<Url, SigningConfigError> {
        let chosen = Selector::Any.choose(&self.issuers, &ISSUER_VERSIONS, "issuers of tokens", now)?;
        let public_good = || PUBLIC_GOOD_ISSUER.parse().expect("the address is one");
        Ok(chosen.first().map_or_else(public_good, |service| service.url.clone()))
    }
}

impl Selector {
    /// The services to use: of each operator the one with the highest of `versions`, as the signing config's comments
    /// have it. A kind of which none is named is not used.
    ///
    /// # Errors
    /// [`SigningConfigError::TooFew`].
    pub fn choose<'a>(
        self,
        services: &'a [Service],
        versions: &[u32],
        what: &'static str,
        now: Timestamp,
    ) -> Result<Vec<&'a Service>, SigningConfigError> {
        if services.is_empty() {
            return Ok(Vec::new());
        }
        let mut usable: Vec<&Service> = services
            .iter()
            .filter(|one| versions.contains(&one.api_version) && one.valid_for.contains(now))
            .collect();
        // Sorting is stable: among equals the first that is named stays first.
        usable.sort_by_key(|one| std::cmp::Reverse(one.api_version));
        let mut chosen: Vec<&Service> = Vec::new();
        for one in usable {
            if !chosen.iter().any(|other| other.operator == one.operator) {
                chosen.push(one);
            }
        }
        let wanted = match self {
            Selector::Any => 1,
            Selector::All => chosen.len().max(1),
            Selector::Exact(count) => count,
        };
        let found = chosen.len();
        if found < wanted {
            return Err(SigningConfigError::TooFew { what, wanted, found });
        }
        chosen.truncate(wanted);
        Ok(chosen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(services: &str, selector: &str) -> Result<SigningConfig, SigningConfigError> {
        let text = format!(
            r#"{{"mediaType":"{MEDIA_TYPE}","rekorTlogUrls":[{services}],"rekorTlogConfig":{{{selector}}}}}"#
        );
        SigningConfig::parse(text.as_bytes())
    }

    fn service(url: &str, version: u32, operator: &str, end: &str) -> String {
        format!(
            r#"{{"url":"{url}","majorApiVersion":{version},"operator":"{operator}","validFor":{{"start":"2020-01-01T00:00:00Z","end":"{end}"}}}}"#
        )
    }

    #[test]
    fn the_newest_of_each_operator_is_chosen() {
        let services = [
            service("https://one.test/", 1, "a", "2030-01-01T00:00:00Z"),
            service("https://two.test/", 2, "a", "2030-01-01T00:00:00Z"),
            service("https://past.test/", 2, "c", "2021-01-01T00:00:00Z"),
            service("https://three.test/", 3, "d", "2030-01-01T00:00:00Z"),
            service("https://other.test/", 1, "b", "2030-01-01T00:00:00Z"),
        ]
        .join(",");
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let chosen = |selector: &str| {
            let config = config(&services, selector)?;
            let chosen = config.log_selector.choose(&config.logs, &[1, 2], "logs", now)?;
            Ok::<_, SigningConfigError>(chosen.iter().map(|one| one.url.to_string()).collect::<Vec<_>>())
        };
        assert_eq!(chosen(r#""selector":"ANY""#).unwrap(), ["https://two.test/"]);
        assert_eq!(chosen("").unwrap(), ["https://two.test/"]);
        assert_eq!(chosen(r#""selector":"ALL""#).unwrap(), ["https://two.test/", "https://other.test/"]);
        let too_few = SigningConfigError::TooFew { what: "logs", wanted: 3, found: 2 };
        assert_eq!(chosen(r#""selector":"EXACT","count":3"#), Err(too_few));
        assert_eq!(chosen(r#""selector":"MOST""#), Err(SigningConfigError::Selector("MOST".into())));
    }

    #[test]
    fn people_log_in_where_the_config_says_it() {
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let issuer = |services: &str| {
            let text = format!(r#"{{"mediaType":"{MEDIA_TYPE}","oidcUrls":[{services}]}}"#);
            SigningConfig::parse(text.as_bytes()).unwrap().issuer(now).map(|url| url.to_string())
        };
        assert_eq!(issuer("").unwrap(), PUBLIC_GOOD_ISSUER);
        let one = service("https://one.test/auth", 1, "a", "2030-01-01T00:00:00Z");
        assert_eq!(issuer(&one).unwrap(), "https://one.test/auth");
        let past = service("https://one.test/auth", 1, "a", "2021-01-01T00:00:00Z");
        let none = SigningConfigError::TooFew { what: "issuers of tokens", wanted: 1, found: 0 };
        assert_eq!(issuer(&past), Err(none));
    }

    #[test]
    fn a_config_without_services_uses_none() {
        let config = config("", "").unwrap();
        assert_eq!(
            config.log_selector.choose(&config.logs, &[1, 2], "logs", Timestamp::UNIX_EPOCH),
            Ok(vec![])
        );
    }
}
