//! Bytes of a request into a file.

use std::io::Write as _;

use http::request::Parts;
use http::{HeaderName, header};
use http_body_util::BodyExt as _;
use plimsoll_oci::layout::BlobWriter;
use plimsoll_oci::store::StoreError;

use crate::range::parse_chunk;
use crate::refusal::{Code, Refusal};
use crate::service::RequestBody;

/// What a request says of the chunk that it brings.
pub(super) struct Chunk {
    /// Where it begins; `None` for wherever the upload is.
    pub(super) first: Option<u64>,
    /// How long it is.
    pub(super) length: Option<u64>,
}

impl Chunk {
    pub(super) fn parse(head: &Parts) -> Result<Chunk, Refusal> {
        let content_length = content_length(head);
        let Some(range) = text(head, &header::CONTENT_RANGE) else {
            return Ok(Chunk { first: None, length: content_length });
        };
        let bad = |message: String| Refusal::new(Code::BlobUploadInvalid, message);
        let (first, length) =
            parse_chunk(range).ok_or_else(|| bad(format!("`Content-Range: {range}` is no range")))?;
        match content_length {
            Some(found) if found != length => {
                let message = format!("`Content-Range: {range}` does not go with {found} bytes");
                Err(Refusal::new(Code::SizeInvalid, message))
            }
            _ => Ok(Chunk { first: Some(first), length: Some(length) }),
        }
    }
}

/// How long a request's body is, if it says.
pub(super) fn content_length(head: &Parts) -> Option<u64> {
    text(head, &header::CONTENT_LENGTH).and_then(|length| length.trim().parse().ok())
}

fn text<'a>(head: &'a Parts, name: &HeaderName) -> Option<&'a str> {
    head.headers.get(name).and_then(|value| value.to_str().ok())
}

/// Appends a whole body.
pub(super) async fn receive(writer: &mut BlobWriter, mut body: RequestBody) -> Result<(), Refusal> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Refusal::broke_off(Code::BlobUploadInvalid, &error))?;
        if let Ok(piece) = frame.into_data() {
            writer.write_all(&piece).map_err(|error| StoreError::io("an upload", error))?;
        }
    }
    Ok(())
}
