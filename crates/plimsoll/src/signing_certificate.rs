//! The certificate that an identity signs with: one serves a batch, and is renewed before its time is over.

use std::sync::Arc;

use plimsoll_sigstore::keyless::Certified;
use tokio::sync::Mutex;

/// How long before its end a certificate is not used any more, in seconds: a log may take its time.
const MARGIN: i64 = 60;

/// The certificate that signs, once there is one.
#[derive(Default)]
pub(crate) struct SigningCertificate(Mutex<Option<Arc<Certified>>>);

impl SigningCertificate {
    /// The one that is good at `now`, in seconds since 1970; another is asked for only where there is none.
    ///
    /// # Errors
    /// Those of `certify`.
    pub(crate) async fn current<E>(
        &self,
        now: i64,
        certify: impl Future<Output = Result<Certified, E>>,
    ) -> Result<Arc<Certified>, E> {
        let mut held = self.0.lock().await;
        let usable = |one: &Arc<Certified>| one.until().as_second() > now.saturating_add(MARGIN);
        if let Some(current) = held.clone().filter(usable) {
            return Ok(current);
        }
        Ok(held.insert(Arc::new(certify.await?)).clone())
    }
}
