//! Who may ask at all: programs, and no page in a browser.
//!
//! A registry that listens to this machine only trusts whoever is on it. A page is not: it may come from anywhere, and what it
//! asks for is asked by the browser on this machine. What it sends to another site says so (`Origin`, `Sec-Fetch-Site`). Only a
//! page whose own name was made to lead here, by DNS rebinding, asks as if it were at home: but then it asks by that name.

use std::net::IpAddr;

use http::request::Parts;
use http::{HeaderName, header};

use crate::refusal::{Code, Refusal};

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Names by which containers reach the machine that they run on. `.internal` is nobody's to register, so that no page has them.
const OF_THE_MACHINE: [&str; 2] = ["host.docker.internal", "host.containers.internal"];

/// From where a registry is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// From this machine, in the clear. Whoever asks by a name that is not this machine's was led here.
    Machine,
    /// From a network, or with a certificate that has the name: any name may be right.
    Network,
}

/// Refuses what a page in a browser asks for. `names` are further names of this machine.
pub(crate) fn admit(head: &Parts, reach: Reach, names: &[String]) -> Result<(), Refusal> {
    let site = head.headers.get(FETCH_SITE);
    // `none` is somebody who typed the address. No tool sends any of these.
    if head.headers.contains_key(header::ORIGIN) || site.is_some_and(|site| site != "none") {
        return Err(Refusal::new(Code::Denied, "pages in browsers are not served"));
    }
    if reach == Reach::Network {
        return Ok(());
    }
    // Every browser names a host.
    let named = head.headers.get_all(header::HOST).iter().map(|host| host.to_str().unwrap_or_default());
    let asked = head.uri.authority().map(|authority| authority.as_str());
    match named.chain(asked).map(without_port).find(|host| !is_this_machine(host, names)) {
        None => Ok(()),
        Some(host) => {
            let host: String = host.chars().take(255).collect();
            let why = format!(
                "this registry serves its own machine, and does not know that it is called `{host}`: it goes by IP addresses, \
                 localhost, and names that it was started with"
            );
            Err(Refusal::new(Code::Denied, why))
        }
    }
}

fn without_port(host: &str) -> &str {
    // Colons of an IPv6 address stand in brackets.
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

fn is_this_machine(host: &str, names: &[String]) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(&host);
    address.parse::<IpAddr>().is_ok()
        || host == "localhost"
        || host.ends_with(".localhost")
        || OF_THE_MACHINE.contains(&host.as_str())
        || names.iter().any(|name| name.eq_ignore_ascii_case(&host))
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn ask(uri: &str, headers: &[(&str, &str)], reach: Reach) -> bool {
        let mut request = Request::get(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (head, ()) = request.body(()).unwrap().into_parts();
        admit(&head, reach, &["registry.internal".into()]).is_ok()
    }

    #[test]
    fn a_name_that_was_made_to_lead_here_does_not_lead_in() {
        let cases = [
            ("127.0.0.1", true),
            ("127.0.0.1:5000", true),
            ("192.168.1.7:5000", true),
            ("[::1]", true),
            ("[::1]:5000", true),
            ("localhost", true),
            ("LocalHost:5000", true),
            ("localhost.:5000", true),
            ("registry.localhost:5000", true),
            ("host.docker.internal:5000", true),
            ("host.containers.internal", true),
            ("registry.internal:5000", true),
            ("Registry.Internal", true),
            ("evil.example", false),
            ("evil.example:5000", false),
            ("localhost.evil.example", false),
            ("notlocalhost", false),
            ("127.0.0.1.evil.example:80", false),
            ("registry.internal.evil.example", false),
            ("::1:evil.example", false),
            ("[evil.example]", false),
            ("", false),
            (":5000", false),
        ];
        for (host, is_let_in) in cases {
            assert_eq!(ask("/v2/", &[("Host", host)], Reach::Machine), is_let_in, "{host}");
            assert!(ask("/v2/", &[("Host", host)], Reach::Network), "{host}");
        }
        assert!(ask("/v2/", &[], Reach::Machine), "a browser always names a host");
        let two = [("Host", "localhost"), ("Host", "evil.example")];
        assert!(!ask("/v2/", &two, Reach::Machine));
        assert!(!ask("http://evil.example/v2/", &[("Host", "localhost")], Reach::Machine));
        assert!(ask("http://localhost:5000/v2/", &[("Host", "localhost:5000")], Reach::Machine));
    }

    #[test]
    fn pages_are_told_by_what_browsers_say_of_them() {
        for reach in [Reach::Machine, Reach::Network] {
            for site in ["cross-site", "same-site", "same-origin", "", "NONE"] {
                assert!(!ask("/v2/", &[("Host", "localhost"), ("Sec-Fetch-Site", site)], reach), "{site}");
            }
            assert!(ask("/v2/", &[("Host", "localhost"), ("Sec-Fetch-Site", "none")], reach));
            assert!(!ask("/v2/", &[("Host", "localhost"), ("Origin", "http://localhost")], reach));
        }
    }
}
