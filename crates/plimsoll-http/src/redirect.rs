//! Redirects, followed by our own rules.
//!
//! A credential goes to the origin it was meant for and nowhere else, HTTPS is never left for HTTP, nobody out there
//! sends us to this machine or its metadata service, and the chain is bounded.

use std::net::IpAddr;

use http::{Method, StatusCode};
use url::{Host, Origin, Url};

/// The longest chain that is followed.
pub const MOST_REDIRECTS: u32 = 5;

/// Which redirects a request follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Redirects {
    /// Any that the rules allow.
    Follow,
    /// Only within the origin (scheme, host, port) of the request.
    SameOrigin,
}

/// Why a redirect was not followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RedirectRefusal {
    /// The chain is longer than [`MOST_REDIRECTS`].
    #[error("more than {MOST_REDIRECTS} redirects in a row")]
    TooMany,
    /// From HTTPS to plain HTTP.
    #[error("it leads from https to plain http")]
    Downgrade,
    /// From a host elsewhere to an address that only means something on this machine or link.
    #[error("it leads from another host into this machine")]
    Inward,
    /// To another origin, which this request does not follow.
    #[error("it leads to another host")]
    OtherOrigin,
    /// `Location` is missing or is no URL.
    #[error("it names no valid location")]
    NoLocation,
    /// The request has a body that cannot be sent a second time.
    #[error("the request's body cannot be sent again")]
    Body,
}

/// Reads `Location` against the URL that it came from, and applies the rules.
///
/// Upload sessions use it as well: their next URL comes in a `Location` header without a redirect.
///
/// # Errors
/// [`RedirectRefusal`] names the rule that was broken.
pub fn resolve_location(from: &Url, location: Option<&str>) -> Result<Url, RedirectRefusal> {
    let mut to =
        from.join(location.ok_or(RedirectRefusal::NoLocation)?).map_err(|_| RedirectRefusal::NoLocation)?;
    if !matches!(to.scheme(), "http" | "https") || to.host().is_none() {
        return Err(RedirectRefusal::NoLocation);
    }
    if from.scheme() == "https" && to.scheme() == "http" {
        return Err(RedirectRefusal::Downgrade);
    }
    if is_local(&to) && !is_local(from) {
        return Err(RedirectRefusal::Inward);
    }
    // Neither call can fail for http and https URLs with a host; a user in a location would be a forged credential.
    let _ = to.set_username("");
    let _ = to.set_password(None);
    Ok(to)
}

/// True if the host means this machine: `127.0.0.0/8`, `::1` or `localhost`.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => {
            address.is_loopback() || address.to_ipv4_mapped().is_some_and(|mapped| mapped.is_loopback())
        }
        None => false,
    }
}

/// True if a request to `url` may carry a credential that was meant for `meant_for`.
pub fn shares_origin(url: &Url, meant_for: &Url) -> bool {
    match (url.origin(), meant_for.origin()) {
        (Origin::Tuple(..), Origin::Tuple(..)) => url.origin() == meant_for.origin(),
        _ => false,
    }
}

/// What a redirecting status asks for: the method of the next request, or `None` if the status is no redirect that
/// is followed.
pub(crate) fn next_method(status: StatusCode, method: &Method) -> Option<Method> {
    match (status, method) {
        (StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND, &Method::GET | &Method::HEAD) => {
            Some(method.clone())
        }
        (StatusCode::SEE_OTHER, &Method::HEAD) => Some(Method::HEAD),
        (StatusCode::SEE_OTHER, &Method::GET) => Some(Method::GET),
        (StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT, _) => Some(method.clone()),
        _ => None,
    }
}

fn is_local(url: &Url) -> bool {
    let address = match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::V4(address),
        Some(Host::Ipv6(address)) => address.to_canonical(),
        _ => return is_loopback(url),
    };
    match address {
        IpAddr::V4(address) => address.is_loopback() || address.is_link_local() || address.is_unspecified(),
        IpAddr::V6(address) => {
            address.is_loopback() || address.is_unicast_link_local() || address.is_unspecified()
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn resolved(from: &str, location: &str) -> Result<String, RedirectRefusal> {
        resolve_location(&Url::parse(from).unwrap(), Some(location)).map(String::from)
    }

    #[test]
    fn the_rules() {
        use RedirectRefusal::{Downgrade, Inward, NoLocation};
        let cases = [
            ("https://a/v2/x", "/u/1?s=2", Ok("https://a/u/1?s=2")),
            ("https://a/v2/x", "https://b/y", Ok("https://b/y")),
            ("https://a/v2/x", "//b/y", Ok("https://b/y")),
            ("https://a/v2/x", "https://user:word@b/y", Ok("https://b/y")),
            ("http://127.0.0.1:5000/", "http://localhost:6000/y", Ok("http://localhost:6000/y")),
            ("http://127.0.0.1:5000/", "https://b/y", Ok("https://b/y")),
            ("https://a/", "http://a/", Err(Downgrade)),
            ("https://a/", "https://127.0.0.1/x", Err(Inward)),
            ("https://a/", "https://[::ffff:127.0.0.1]/x", Err(Inward)),
            ("https://a/", "https://localhost:1/x", Err(Inward)),
            ("https://a/", "https://169.254.169.254/latest/meta-data", Err(Inward)),
            ("http://a/", "http://0.0.0.0/", Err(Inward)),
            ("https://a/", "file:///etc/passwd", Err(NoLocation)),
            ("https://a/", "https://", Err(NoLocation)),
            ("https://a/", "data:,x", Err(NoLocation)),
        ];
        for (from, location, wanted) in cases {
            assert_eq!(resolved(from, location), wanted.map(String::from), "{from} -> {location}");
        }
        assert_eq!(resolve_location(&Url::parse("https://a/").unwrap(), None), Err(NoLocation));
    }

    #[test]
    fn only_the_same_origin_gets_the_credential() {
        let meant_for = Url::parse("https://a/v2/").unwrap();
        let same = |url| shares_origin(&Url::parse(url).unwrap(), &meant_for);
        assert!(same("https://a:443/other"));
        assert!(!same("https://a:444/"));
        assert!(!same("http://a/"));
        assert!(!same("https://b/"));
        assert!(!same("https://a.b/"));
    }

    #[test]
    fn a_post_is_never_turned_into_a_get() {
        assert_eq!(next_method(StatusCode::FOUND, &Method::POST), None);
        assert_eq!(next_method(StatusCode::SEE_OTHER, &Method::PUT), None);
        assert_eq!(next_method(StatusCode::TEMPORARY_REDIRECT, &Method::POST), Some(Method::POST));
        assert_eq!(next_method(StatusCode::NOT_MODIFIED, &Method::GET), None);
    }

    proptest! {
        #[test]
        fn never_panics_and_never_downgrades(location in ".*") {
            if let Ok(to) = resolve_location(&Url::parse("https://a/v2/").unwrap(), Some(&location)) {
                prop_assert_eq!(to.scheme(), "https");
                prop_assert!(to.username().is_empty() && to.password().is_none());
            }
        }
    }
}
