//! RFC 3161 timestamps: an authority's signature over a digest and the time.

mod request;
mod response;
mod token;

use jiff::Timestamp;

use crate::artifact::ArtifactDigest;
use crate::certificate::{Authority, ChainError};

pub use request::render_request;

/// The largest answer of a timestamp authority that is read, in bytes.
pub const LIMIT: usize = 64 * 1024;

/// A timestamp by a trusted authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timestamped {
    /// The authority.
    pub authority: String,
    /// The time that it says.
    pub at: Timestamp,
}

/// Why a timestamp is not to be relied on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimestampError {
    /// It can't be read.
    #[error("the timestamp can't be read: {0}")]
    Malformed(&'static str),
    /// The authority refused to make one.
    #[error("the timestamp authority refused: status {0}")]
    Refused(u8),
    /// It is for something else.
    #[error("the timestamp is for {found}, not for the signature, which is {want}")]
    OtherBytes {
        /// The digest of the signature.
        want: String,
        /// What is stamped.
        found: String,
    },
    /// It is no answer to what was asked.
    #[error("the timestamp is an answer to another request")]
    OtherRequest,
    /// No trusted authority signs with the certificate that it names.
    #[error("the trusted root has no timestamp authority with the certificate that the timestamp names")]
    UnknownAuthority,
    /// The authority's certificate is not to be relied on.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The signature is wrong.
    #[error("the signature of the timestamp authority does not verify")]
    Signature,
}

impl TimestampError {
    /// The reason as a word.
    pub fn word(&self) -> &'static str {
        match self {
            TimestampError::Malformed(_) => "timestamp-malformed",
            TimestampError::Refused(_) => "timestamp-refused",
            TimestampError::OtherBytes { .. } => "timestamp-other-signature",
            TimestampError::OtherRequest => "timestamp-other-request",
            TimestampError::UnknownAuthority => "timestamp-unknown-authority",
            TimestampError::Chain(_) => "timestamp-certificate",
            TimestampError::Signature => "timestamp-signature",
        }
    }
}

/// Verifies an answer of a timestamp authority: that a trusted authority stamped these bytes, and when.
///
/// # Errors
/// [`TimestampError`].
pub fn verify(
    answer: &[u8],
    stamped: &[u8],
    authorities: &[Authority],
) -> Result<Timestamped, TimestampError> {
    let token = token::Token::parse(response::parse(answer)?)?;
    let want = token.stamped.algorithm().digest(stamped);
    if token.stamped != want {
        return Err(other_bytes(&want, &token.stamped));
    }
    let authority = token.verify(authorities)?;
    Ok(Timestamped { authority: authority.name.clone(), at: token.at })
}

/// Checks that an answer is one to a request: same digest, same nonce. Whether its signature is to be relied on is another
/// question.
///
/// # Errors
/// [`TimestampError`].
pub fn check_answer(answer: &[u8], digest: &ArtifactDigest, nonce: &[u8]) -> Result<(), TimestampError> {
    let token = token::Token::parse(response::parse(answer)?)?;
    if token.stamped != *digest {
        return Err(other_bytes(digest, &token.stamped));
    }
    match token.nonce.as_deref() == Some(nonce) {
        true => Ok(()),
        false => Err(TimestampError::OtherRequest),
    }
}

fn other_bytes(want: &ArtifactDigest, found: &ArtifactDigest) -> TimestampError {
    TimestampError::OtherBytes { want: want.to_string(), found: found.to_string() }
}
