//! How much may be read and how long a silence may last.

use std::time::Duration;

/// The longest error body that is read, in bytes. What follows is dropped.
pub const ERROR_BODY: u64 = 64 * 1024;

/// The greatest number of headers of one answer. The HTTP library bounds their size (about 400 KiB over HTTP/1.1,
/// 16 KiB over HTTP/2).
pub const HEADERS: usize = 100;

/// How long each stage of a request may stay silent.
///
/// There is no limit on the whole: a large blob over a slow line is not an error as long as bytes move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Until a connection stands, TLS included.
    pub connect: Duration,
    /// Between two pieces of a body in either direction, and until the answer to a request without a streamed body.
    pub idle: Duration,
    /// From the last byte of a streamed body until the answer. Registries hash the whole upload in this time.
    pub answer: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(20),
            idle: Duration::from_secs(60),
            answer: Duration::from_secs(300),
        }
    }
}
