//! What a text without quotes is to Helm.

use serde_json::{Number, Value};

/// Says what a plain scalar is: text unless YAML 1.1 has another meaning for it.
pub(super) fn resolve(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Value::Bool(true);
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Value::Bool(false);
        }
        _ => {}
    }
    let is_number = text.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first));
    let number = is_number.then(|| integer(text).or_else(|| float(text))).flatten();
    number.map_or_else(|| Value::String(text.to_owned()), Value::Number)
}

/// Whether a text without quotes would be text to every reader, also to those that know numbers to the base of 60.
pub(super) fn is_text(text: &str) -> bool {
    let is_special = matches!(
        text,
        "<<" | ".nan"
            | ".NaN"
            | ".NAN"
            | ".inf"
            | ".Inf"
            | ".INF"
            | "+.inf"
            | "+.Inf"
            | "+.INF"
            | "-.inf"
            | "-.Inf"
            | "-.INF"
    );
    resolve(text) == Value::String(text.to_owned())
        && !is_special
        && !is_sexagesimal(text)
        && !is_timestamp(text)
}

fn integer(text: &str) -> Option<Number> {
    let plain = text.replace('_', "");
    let (sign, digits) = match plain.strip_prefix('-') {
        Some(digits) => (-1_i128, digits),
        None => (1, plain.strip_prefix('+').unwrap_or(&plain)),
    };
    let lower = digits.to_ascii_lowercase();
    let (digits, radix) = match lower.get(..2) {
        Some("0x") => (lower.get(2..)?, 16),
        Some("0b") => (lower.get(2..)?, 2),
        Some("0o") => (lower.get(2..)?, 8),
        Some(_) if lower.starts_with('0') => (lower.get(1..)?, 8),
        _ => (lower.as_str(), 10),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let value = sign * i128::from_str_radix(digits, radix).ok()?;
    i64::try_from(value).map(Number::from).or_else(|_| u64::try_from(value).map(Number::from)).ok()
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`. Infinity and "not a number" stay text: JSON has none.
fn float(text: &str) -> Option<Number> {
    let plain = text.replace('_', "");
    let unsigned = plain.strip_prefix(['-', '+']).unwrap_or(&plain);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_float = digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|exponent| !exponent.is_empty() && digits(exponent));
    is_float.then(|| plain.parse().ok().and_then(Number::from_f64)).flatten()
}

/// `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`
fn is_sexagesimal(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let counts = |byte: u8| byte.is_ascii_digit() || byte == b'_';
    let mut places = whole.split(':');
    let first = places.next().unwrap_or_default();
    let is_place = |place: &str| match place.as_bytes() {
        [one] => one.is_ascii_digit(),
        [b'0'..=b'5', one] => one.is_ascii_digit(),
        _ => false,
    };
    let mut more = false;
    let places = places.all(|place| {
        more = true;
        is_place(place)
    });
    first.starts_with(|digit: char| digit.is_ascii_digit())
        && first.bytes().all(counts)
        && places
        && more
        && fraction.bytes().all(counts)
}

/// Whether it could be a date. Wider than `go-yaml`: quotes never hurt.
fn is_timestamp(text: &str) -> bool {
    let date: Vec<&str> = text.splitn(3, '-').collect();
    let [year, month, rest] = date.as_slice() else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let day: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let behind = rest.get(day.len()..).unwrap_or_default();
    year.len() == 4
        && digits(year)
        && digits(month)
        && month.len() <= 2
        && (1..=2).contains(&day.len())
        && (behind.is_empty() || behind.starts_with(['t', 'T', ' ']))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{is_text, resolve};

    #[test]
    fn words_and_numbers_of_yaml_1_1() {
        for (text, want) in [
            ("", json!(null)),
            ("~", json!(null)),
            ("yes", json!(true)),
            ("Off", json!(false)),
            ("y", json!(true)),
            ("12", json!(12)),
            ("-7", json!(-7)),
            ("010", json!(8)),
            ("0o17", json!(15)),
            ("0x1F", json!(31)),
            ("0b11", json!(3)),
            ("1_000", json!(1000)),
            ("1.10", json!(1.1)),
            (".5", json!(0.5)),
            ("1e3", json!(1000.0)),
            ("18446744073709551615", json!(18_446_744_073_709_551_615_u64)),
            ("1.2.3", json!("1.2.3")),
            ("2024-01-01", json!("2024-01-01")),
            ("08", json!(8.0)),
            ("-", json!("-")),
            ("+", json!("+")),
            ("yEs", json!("yEs")),
            ("0x", json!("0x")),
        ] {
            assert_eq!(resolve(text), want, "{text}");
        }
    }

    #[test]
    fn what_needs_no_quotes() {
        for text in ["1.2.3", "v1", "https://a.b", "sha256:ab", "a b", "-x"] {
            assert!(is_text(text), "{text}");
        }
        for text in ["1.10", "yes", "12:30:45", "2024-01-01", "2024-1-1T00:00:00Z", "", "<<", "1e3", ".inf"] {
            assert!(!is_text(text), "{text}");
        }
    }
}
