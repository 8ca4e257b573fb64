//! Values as protobuf's JSON writes them: bytes in base64, 64-bit integers as text.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde::de::{Error as _, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Bytes that are base64 in JSON. Both alphabets are read, the standard one is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Base64(pub(crate) Vec<u8>);

impl Base64 {
    /// The text.
    pub(crate) fn text(bytes: &[u8]) -> String {
        STANDARD.encode(bytes)
    }

    /// The bytes of a text; `None` if it is no base64, or is so in another way than it would be written.
    pub(crate) fn parse(text: &str) -> Option<Vec<u8>> {
        STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).ok()
    }
}

impl Serialize for Base64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&Base64::text(&self.0))
    }
}

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Base64, D::Error> {
        let text = String::deserialize(deserializer)?;
        Base64::parse(&text).map(Base64).ok_or_else(|| D::Error::custom("this is no base64"))
    }
}

/// A 64-bit integer that is text in JSON. Numbers are read as well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Int64(pub(crate) i64);

impl Int64 {
    /// The integer, if it is none below zero.
    pub(crate) fn natural(self) -> Option<u64> {
        u64::try_from(self.0).ok()
    }
}

impl Serialize for Int64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Int64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Int64, D::Error> {
        struct Either;
        impl Visitor<'_> for Either {
            type Value = Int64;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a 64-bit integer as text")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Int64, E> {
                let value: i64 = text.parse().map_err(E::custom)?;
                // One number has one text: neither `+7` nor `007`.
                (value.to_string() == text)
                    .then_some(Int64(value))
                    .ok_or_else(|| E::custom("no plain integer"))
            }

            fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Int64, E> {
                Ok(Int64(value))
            }

            fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Int64, E> {
                i64::try_from(value).map(Int64).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes of lower-case hexadecimal digits; `None` if it is anything else.
pub(crate) fn parse_hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let digits = text.chars().map(|digit| digit.to_digit(16).and_then(|value| u8::try_from(value).ok()));
    let digits = digits.collect::<Option<Vec<u8>>>()?;
    Some(digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| (byte << 4) | digit)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_has_one_text() {
        let read = |text: &str| serde_json::from_str::<Int64>(text).ok().map(|value| value.0);
        let table = [
            ("\"7\"", Some(7)),
            ("7", Some(7)),
            ("\"+7\"", None),
            ("\"07\"", None),
            ("\" 7\"", None),
            ("7.5", None),
        ];
        for (text, value) in table {
            assert_eq!(read(text), value, "{text}");
        }
        assert_eq!(Base64::parse("+/8="), Base64::parse("-_8="));
        // The last digit has bits that belong to no byte.
        assert_eq!(Base64::parse("+/9="), None);
        assert_eq!(Base64::parse("+/8"), None);
    }

    #[test]
    fn hexadecimal_digits_are_read_as_they_are_written() {
        assert_eq!(parse_hex("00ff1a").as_deref(), Some(&[0, 255, 26][..]));
        assert_eq!(hex(&[0, 255, 26]), "00ff1a");
        for text in ["0", "0g", "FF", "é"] {
            assert_eq!(parse_hex(text), None, "{text}");
        }
    }
}
