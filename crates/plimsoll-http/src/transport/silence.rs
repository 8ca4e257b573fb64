//! Hosts that did not answer.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use url::Url;

use crate::error::{HttpError, Unreachable};

/// The hosts that stayed silent to the last attempt of a request, and have not answered since.
#[derive(Debug, Default)]
pub(super) struct Silences(Mutex<BTreeSet<String>>);

impl Silences {
    /// Notes that the host of a URL stayed silent.
    pub(super) fn note(&self, url: &Url) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(host(url));
    }

    /// Whether it did, the last time that anybody waited for it.
    pub(super) fn knows(&self, url: &Url) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&host(url))
    }

    /// Takes back what was noted: the host has answered.
    pub(super) fn forget(&self, url: &Url) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&host(url));
    }
}

/// Whether a failure tells that nobody is there. Where a connection broke, somebody was.
pub(super) fn is_meant_by(failure: &HttpError) -> bool {
    use Unreachable::{Connect, Dns, Timeout};
    matches!(failure, HttpError::Unreachable { why: Dns | Connect | Timeout, .. })
}

fn host(url: &Url) -> String {
    url.origin().ascii_serialization()
}
