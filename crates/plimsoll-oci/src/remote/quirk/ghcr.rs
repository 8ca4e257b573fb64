//! GitHub's registry: the wait stands in the error message, as Go prints durations.

use std::time::Duration;

/// Finds `retry-after: 12.5ms` in a body such as `toomanyrequests: retry-after: 12.5ms, allowed: 2000/minute`.
pub(super) fn wait_in_body(body: &str) -> Option<Duration> {
    const KEY: &str = "retry-after:";
    let lower = body.to_ascii_lowercase();
    let (_, after) = lower.split_once(KEY)?;
    let text = after.trim_start();
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || ".µμ".contains(c))).unwrap_or(text.len());
    parse_go_duration(text.get(..end)?)
}

/// Reads a duration as Go's `time.Duration` prints it: `1h2m3.5s`, `12.5ms`, `750µs`, `0s`.
fn parse_go_duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let (number, after) = rest.split_at(digits);
        let letters = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        let scale = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            // U+00B5 as Go writes it, U+03BC as some editors do.
            "us" | "µs" | "μs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        seconds += number.parse::<f64>().ok()? * scale;
        rest = after;
    }
    if text.is_empty() { None } else { Duration::try_from_secs_f64(seconds).ok() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn finds_the_wait() {
        let cases = [
            (
                "toomanyrequests: retry-after: 12.5ms, allowed: 2000/minute",
                Some(Duration::from_micros(12_500)),
            ),
            (
                r#"{"errors":[{"code":"TOOMANYREQUESTS","message":"retry-after: 1m30s, allowed: 1/minute"}]}"#,
                Some(Duration::from_secs(90)),
            ),
            ("Retry-After: 750µs", Some(Duration::from_micros(750))),
            ("retry-after: 0s", Some(Duration::ZERO)),
            ("retry-after: soon", None),
            ("retry-after: 12", None),
            ("retry-after:", None),
            ("too many requests", None),
        ];
        for (body, wanted) in cases {
            assert_eq!(wait_in_body(body), wanted, "{body}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(body in "(retry-after: )?.*") {
            wait_in_body(&body);
        }

        #[test]
        fn reads_what_go_prints(minutes in 0u64..600, millis in 0u32..60_000) {
            let text = format!("{minutes}m{}.{:03}s", millis / 1000, millis % 1000);
            let wanted = Duration::from_secs(minutes * 60) + Duration::from_millis(millis.into());
            let found = parse_go_duration(&text).unwrap();
            prop_assert!(found.abs_diff(wanted) < Duration::from_micros(1), "{found:?}");
        }
    }
}
