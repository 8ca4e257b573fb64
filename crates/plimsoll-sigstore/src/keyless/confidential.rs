//! Where codes and tokens may be sent: whoever reads one on the way could sign in somebody's name.

use plimsoll_http::Url;
use plimsoll_http::redirect::is_loopback;

/// Whether nobody on the way can read what is sent there.
pub(super) fn is_confidential(url: &Url) -> bool {
    url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_in_the_clear_stays_on_this_machine() {
        for (url, want) in [
            ("https://issuer.test/auth", true),
            ("http://127.0.0.1:1/auth", true),
            ("http://[::1]:1/auth", true),
            ("http://issuer.test/auth", false),
            ("http://127.0.0.1.evil.test/auth", false),
            ("javascript:alert(1)", false),
            ("file:///etc/passwd", false),
        ] {
            assert_eq!(is_confidential(&url.parse().unwrap()), want, "{url}");
        }
    }
}
