//! The certificate that an identity signs with: one serves a batch, and is renewed before its time is over.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use plimsoll_sigstore::keyless::Certified;
use tokio::sync::Mutex;

/// How long before its end a certificate is not used any more: a log may take its time.
const MARGIN: Duration = Duration::from_secs(60);

/// The certificate that signs, once there is one.
#[derive(Default)]
pub(crate) struct SigningCertificate(Mutex<Option<Held>>);

struct Held {
    certified: Arc<Certified>,
    since: Since,
}

/// When a certificate was had. What counts is how long ago that was, and not what this machine's clock says, which may be wrong.
#[derive(Clone, Copy, Debug)]
struct Since {
    /// Goes on whatever is done to the clock, and may stand still while the machine sleeps.
    steady: Instant,
    /// Goes on while it sleeps.
    clock: SystemTime,
}

impl Since {
    fn now() -> Since {
        Since { steady: Instant::now(), clock: SystemTime::now() }
    }

    /// How long it was ago at `now`; the longer of both, if they differ.
    fn until(self, now: Since) -> Duration {
        let by_clock = now.clock.duration_since(self.clock).unwrap_or_default();
        now.steady.saturating_duration_since(self.steady).max(by_clock)
    }
}

impl SigningCertificate {
    /// The one that is good now; another is asked for only where there is none.
    ///
    /// # Errors
    /// Those of `certify`.
    pub(crate) async fn current<E>(
        &self,
        certify: impl Future<Output = Result<Certified, E>>,
    ) -> Result<Arc<Certified>, E> {
        let mut held = self.0.lock().await;
        let now = Since::now();
        if let Some(one) = held.as_ref()
            && one.since.until(now) + MARGIN < one.certified.lifetime()
        {
            return Ok(Arc::clone(&one.certified));
        }
        // Its time begins before it arrives.
        let certified = Arc::new(certify.await?);
        *held = Some(Held { certified: Arc::clone(&certified), since: now });
        Ok(certified)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_ago_it_was_is_the_longer_of_two_clocks() {
        let since = Since::now();
        let seconds = Duration::from_secs;
        let after = |steady: u64, clock: SystemTime| Since { steady: since.steady + seconds(steady), clock };
        let ago = |now: Since| since.until(now).as_secs();
        assert_eq!(ago(after(5, since.clock + seconds(5))), 5);
        assert_eq!(ago(after(5, since.clock + seconds(500))), 500, "it slept");
        assert_eq!(ago(after(5, since.clock - seconds(500))), 5, "the clock was set back");
    }
}
