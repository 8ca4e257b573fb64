//! The `Retry-After` header (RFC 9110, section 10.2.3): seconds or an HTTP date.

use std::time::{Duration, SystemTime};

/// Reads a `Retry-After` value.
///
/// A date in the past means "now". A value that is neither form is `None`: the caller's own backoff applies.
pub fn parse_retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More seconds than fit are as good as forever.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_seconds_and_dates() {
        // 1994-11-15T12:45:26Z, the date of the RFC's examples of the format.
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_903_526);
        let cases = [
            ("0", Some(Duration::ZERO)),
            (" 120 ", Some(Duration::from_secs(120))),
            ("99999999999999999999999", Some(Duration::from_secs(u64::MAX))),
            ("Tue, 15 Nov 1994 12:46:26 GMT", Some(Duration::from_secs(60))),
            ("Tuesday, 15-Nov-94 12:45:31 GMT", Some(Duration::from_secs(5))),
            ("Tue Nov 15 12:45:27 1994", Some(Duration::from_secs(1))),
            ("Tue, 15 Nov 1994 08:00:00 GMT", Some(Duration::ZERO)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("12ms", None),
            ("soon", None),
        ];
        for (value, wanted) in cases {
            assert_eq!(parse_retry_after(value, now), wanted, "{value:?}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(value in ".*") {
            parse_retry_after(&value, SystemTime::UNIX_EPOCH);
        }

        #[test]
        fn what_httpdate_writes_is_read_back(seconds in 0u64..4_000_000_000) {
            let date = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            let value = httpdate::fmt_http_date(date);
            prop_assert_eq!(
                parse_retry_after(&value, SystemTime::UNIX_EPOCH),
                Some(Duration::from_secs(seconds))
            );
        }
    }
}
