//! The certificate that an identity signs with: one serves a batch, and is renewed before its time is over.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use plimsoll_sigstore::keyless::Certified;
use tokio::sync::Mutex;

/// How long before its end a certificate is not used any more: a log may take its time.
const MARGIN: Duration = Duration::from_secs(60);

/// The certificate that signs, once there is one.
pub(crate) struct SigningCertificate<C = Certified>(Mutex<Option<Held<C>>>);

impl<C> Default for SigningCertificate<C> {
    fn default() -> SigningCertificate<C> {
        SigningCertificate(Mutex::default())
    }
}

/// What is good for a time from when it was had.
pub(crate) trait Lasting {
    /// For how long.
    fn lifetime(&self) -> Duration;
}

impl Lasting for Certified {
    fn lifetime(&self) -> Duration {
        self.lifetime()
    }
}

struct Held<C> {
    certified: Arc<C>,
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

impl<C: Lasting> SigningCertificate<C> {
    /// The one that is good now; another is asked for only where there is none.
    ///
    /// # Errors
    /// Those of `certify`.
    pub(crate) async fn current<E>(&self, certify: impl Future<Output = Result<C, E>>) -> Result<Arc<C>, E> {
        self.current_at(Since::now, certify).await
    }

    /// `now` is asked once it is this one's turn.
    async fn current_at<E>(
        &self,
        now: impl FnOnce() -> Since,
        certify: impl Future<Output = Result<C, E>>,
    ) -> Result<Arc<C>, E> {
        let mut held = self.0.lock().await;
        let now = now();
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
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures_util::FutureExt as _;
    use futures_util::future::join_all;

    use super::*;

    /// A certificate, by its number, that is good for ten minutes.
    #[derive(Debug)]
    struct Numbered(u32);

    impl Lasting for Numbered {
        fn lifetime(&self) -> Duration {
            Duration::from_secs(600)
        }
    }

    #[test]
    fn one_serves_a_batch_and_is_renewed_before_its_time_is_over() {
        let (certificate, asked) = (SigningCertificate::<Numbered>::default(), AtomicU32::new(0));
        let began = Since::now();
        let certify = async || Ok::<_, ()>(Numbered(asked.fetch_add(1, Ordering::Relaxed) + 1));
        let used = |seconds: u64| {
            let steady = began.steady + Duration::from_secs(seconds);
            let current = certificate.current_at(move || Since { steady, clock: began.clock }, certify());
            async move { current.await.expect("it is certified").0 }
        };
        let batch = join_all((0..10).map(|_| used(0))).now_or_never().expect("nobody waits for anything");
        assert_eq!(batch, [1; 10], "ten images, one certificate");
        // The last minute of its ten is not used any more.
        let times = [1, 539, 540, 541, 1079, 1080];
        let later = times.map(|seconds| used(seconds).now_or_never().expect("nobody waits for anything"));
        assert_eq!(later, [1, 1, 2, 2, 2, 3]);
    }

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
