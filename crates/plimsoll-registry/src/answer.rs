//! What is sent back.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use hyper::body::{Body, Frame, SizeHint};
use plimsoll_oci::name::Digest;

/// How much of a file is read at once.
const PIECE: u64 = 256 * 1024;

/// The digest of what an answer holds (OCI distribution-spec 1.1, "Pulling manifests").
pub(crate) const CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");

/// The body of an answer.
#[derive(Debug)]
pub enum AnswerBody {
    /// None.
    Empty,
    /// Bytes in memory; taken when they were sent.
    Text(Option<Bytes>),
    /// A part of a file.
    File(FilePart),
}

/// A part of a file that is open.
#[derive(Debug)]
pub struct FilePart {
    file: File,
    from: u64,
    to: u64,
}

impl FilePart {
    /// The bytes from `from` to just before `to`.
    pub(crate) fn new(file: File, from: u64, to: u64) -> FilePart {
        FilePart { file, from, to }
    }

    /// The next piece; none at the end. It is read right here: from the page cache that takes less than handing it
    /// to another thread would.
    fn next(&mut self) -> io::Result<Option<Bytes>> {
        let length = PIECE.min(self.to.saturating_sub(self.from));
        if length == 0 {
            return Ok(None);
        }
        let mut piece = vec![0; usize::try_from(length).unwrap_or(0)];
        let read = self.file.read_at(&mut piece, self.from)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        piece.truncate(read);
        self.from = self.from.saturating_add(u64::try_from(read).unwrap_or(0));
        Ok(Some(piece.into()))
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let piece = match self.get_mut() {
            AnswerBody::Empty => Ok(None),
            AnswerBody::Text(text) => Ok(text.take()),
            AnswerBody::File(part) => part.next(),
        };
        Poll::Ready(piece.map(|piece| piece.map(Frame::data)).transpose())
    }

    fn is_end_stream(&self) -> bool {
        self.size_hint().exact() == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(match self {
            AnswerBody::Empty => 0,
            AnswerBody::Text(text) => {
                text.as_ref().map_or(0, |text| u64::try_from(text.len()).unwrap_or(u64::MAX))
            }
            AnswerBody::File(part) => part.to.saturating_sub(part.from),
        })
    }
}

/// An answer under way.
pub(crate) struct Answer(Response<AnswerBody>);

impl Answer {
    /// One without a body.
    pub(crate) fn new(status: StatusCode) -> Answer {
        let mut response = Response::new(AnswerBody::Empty);
        *response.status_mut() = status;
        Answer(response)
    }

    /// One with a text of this type.
    pub(crate) fn text(status: StatusCode, media_type: &str, text: impl Into<Bytes>) -> Answer {
        Answer::new(status).header(header::CONTENT_TYPE, media_type).body(AnswerBody::Text(Some(text.into())))
    }

    /// One with JSON.
    pub(crate) fn json(value: &serde_json::Value) -> Answer {
        Answer::text(StatusCode::OK, "application/json", value.to_string())
    }

    /// The same with a header. A value that no header can hold is left out.
    pub(crate) fn header(mut self, name: HeaderName, value: impl AsRef<str>) -> Answer {
        if let Ok(value) = HeaderValue::from_str(value.as_ref()) {
            self.0.headers_mut().append(name, value);
        }
        self
    }

    /// The same, saying what digest its content has.
    pub(crate) fn digest(self, digest: &Digest) -> Answer {
        self.header(CONTENT_DIGEST, digest.to_string())
    }

    /// The same with another body.
    pub(crate) fn body(mut self, body: AnswerBody) -> Answer {
        *self.0.body_mut() = body;
        self
    }

    /// The response.
    pub(crate) fn into_response(self) -> Response<AnswerBody> {
        self.0
    }
}
