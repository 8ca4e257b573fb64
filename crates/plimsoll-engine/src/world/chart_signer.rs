//! Who signs the provenance of charts: the `.prov` files that `helm verify` reads.

use super::Work;
use super::signatures::SigningError;
use crate::domain::time::Moment;

/// Holders of OpenPGP keys. Nothing outside changes when they sign.
pub trait ChartSigner: Send + Sync {
    /// Asks whether a key can be used for a signature of this time. Nothing is signed.
    fn ready<'a>(&'a self, key: &'a str, time: Moment) -> Work<'a, (), SigningError>;
    /// The same without running a command for it.
    fn at_hand<'a>(&'a self, key: &'a str, time: Moment) -> Work<'a, (), SigningError>;
    /// Signs a text in the clear, with the key of this name. The same text at the same time gives the same bytes.
    fn sign<'a>(&'a self, key: &'a str, text: &'a str, time: Moment) -> Work<'a, String, SigningError>;
}

/// Nobody signs.
pub struct NoChartSigner;

impl ChartSigner for NoChartSigner {
    fn ready<'a>(&'a self, _key: &'a str, _time: Moment) -> Work<'a, (), SigningError> {
        Box::pin(async { Err(SigningError::NoSigner) })
    }

    fn at_hand<'a>(&'a self, _key: &'a str, _time: Moment) -> Work<'a, (), SigningError> {
        Box::pin(async { Err(SigningError::NoSigner) })
    }

    fn sign<'a>(&'a self, _key: &'a str, _text: &'a str, _time: Moment) -> Work<'a, String, SigningError> {
        Box::pin(async { Err(SigningError::NoSigner) })
    }
}
