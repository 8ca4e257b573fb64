//! What a timestamp authority answers (RFC 3161, 2.4.2).

use der::asn1::AnyRef;
use der::{Decode as _, Encode as _, Reader as _, SliceReader, Tag, Tagged as _};

use crate::timestamp::{LIMIT, TimestampError};

const GRANTED: u8 = 0;
const GRANTED_WITH_CHANGES: u8 = 1;

/// The elements of a SEQUENCE.
pub(super) fn elements<'a>(of: AnyRef<'a>) -> Result<Vec<AnyRef<'a>>, TimestampError> {
    if of.tag() != Tag::Sequence {
        return Err(TimestampError::Malformed("it has something else than a sequence"));
    }
    let broken = |_| TimestampError::Malformed("it is no der");
    let mut reader = SliceReader::new(of.value()).map_err(broken)?;
    let mut found = Vec::new();
    while !reader.is_finished() {
        found.push(AnyRef::decode(&mut reader).map_err(broken)?);
    }
    Ok(found)
}

/// The token in an answer, as DER of a CMS `ContentInfo`.
pub(super) fn parse(answer: &[u8]) -> Result<Vec<u8>, TimestampError> {
    if answer.len() > LIMIT {
        return Err(TimestampError::Malformed("it is too large"));
    }
    let whole = AnyRef::from_der(answer).map_err(|_| TimestampError::Malformed("it is no der"))?;
    let parts = elements(whole)?;
    let status = parts.first().ok_or(TimestampError::Malformed("it has no status"))?;
    let status = elements(*status)?;
    let status = status.first().and_then(|status| status.decode_as::<u8>().ok());
    match status.ok_or(TimestampError::Malformed("it has no status"))? {
        GRANTED | GRANTED_WITH_CHANGES => {}
        other => return Err(TimestampError::Refused(other)),
    }
    match parts.as_slice() {
        [_, token] => token.to_der().map_err(|_| TimestampError::Malformed("it is no der")),
        _ => Err(TimestampError::Malformed("it has no token")),
    }
}
