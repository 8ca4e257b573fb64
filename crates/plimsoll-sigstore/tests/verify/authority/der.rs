//! DER, written by hand, so that what no library would write can be written too.

use der::Encode as _;
use der::asn1::ObjectIdentifier;
use jiff::Timestamp;

/// A value with its tag and length.
pub(crate) fn value(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    match u8::try_from(content.len()) {
        Ok(short) if short < 128 => bytes.push(short),
        _ => {
            let length = content.len().to_be_bytes();
            let length: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
            bytes.push(0x80 | u8::try_from(length.len()).unwrap());
            bytes.extend(length);
        }
    }
    bytes.extend(content);
    bytes
}

pub(crate) fn sequence(parts: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    value(0x30, &parts.into_iter().flatten().collect::<Vec<_>>())
}

/// A SET OF: its parts in the order of their bytes.
pub(crate) fn set(parts: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    let mut parts: Vec<_> = parts.into_iter().collect();
    parts.sort();
    value(0x31, &parts.concat())
}

/// A value that is tagged anew, around what it is.
pub(crate) fn explicit(number: u8, inside: &[u8]) -> Vec<u8> {
    value(0xa0 | number, inside)
}

pub(crate) fn oid(text: &str) -> Vec<u8> {
    ObjectIdentifier::new_unwrap(text).to_der().unwrap()
}

pub(crate) fn number(number: u8) -> Vec<u8> {
    value(2, &[number])
}

pub(crate) fn octets(bytes: &[u8]) -> Vec<u8> {
    value(4, bytes)
}

/// Whole bytes of bits.
pub(crate) fn bits(bytes: &[u8]) -> Vec<u8> {
    value(3, &[&[0], bytes].concat())
}

pub(crate) fn text(text: &str) -> Vec<u8> {
    value(12, text.as_bytes())
}

pub(crate) fn truth() -> Vec<u8> {
    vec![1, 1, 0xff]
}

pub(crate) fn null() -> Vec<u8> {
    vec![5, 0]
}

/// A GeneralizedTime.
pub(crate) fn time(at: Timestamp) -> Vec<u8> {
    value(24, at.strftime("%Y%m%d%H%M%SZ").to_string().as_bytes())
}

/// A UTCTime, which certificates have until 2049.
pub(crate) fn short_time(at: Timestamp) -> Vec<u8> {
    value(23, at.strftime("%y%m%d%H%M%SZ").to_string().as_bytes())
}
