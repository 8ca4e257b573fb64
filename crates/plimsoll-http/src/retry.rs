//! When a request is sent again, and after how long.

mod after;

use std::time::Duration;

use http::StatusCode;

pub use after::parse_retry_after;

use crate::error::{HttpError, StatusError, Unreachable};

/// May a request be sent twice? Every request says so itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// Sending it twice has the effect of sending it once: reads, writes of content named by its digest.
    Harmless,
    /// Only if the server cannot have acted on it: no connection was made, or it was refused for now (429, or 503
    /// with `Retry-After`).
    OnlyIfNotHandled,
    /// The caller decides what to do after a failure.
    Never,
}

/// What a refusal says about sending the same request later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The answer will not change.
    Final,
    /// The answer may change, after `wait` where the server named one.
    Temporary {
        /// What the server asked for.
        wait: Option<Duration>,
    },
}

/// Judges a refusal. A caller that knows more than HTTP does hands its own in with the request.
pub type Judge = fn(&StatusError) -> Verdict;

/// Judges by status and `Retry-After` alone.
///
/// Temporary are 408, 429, 499, 500, 502, 503, 504, 522 and 524.
pub fn judge(refusal: &StatusError) -> Verdict {
    match refusal.status.as_u16() {
        408 | 429 | 499 | 500 | 502 | 503 | 504 | 522 | 524 => {
            Verdict::Temporary { wait: refusal.retry_after }
        }
        _ => Verdict::Final,
    }
}

/// How often and how patiently requests are repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// How often a request is sent at most.
    pub attempts: u32,
    /// The wait before the second attempt; it doubles each time. Half of each wait is random.
    pub first: Duration,
    /// The longest wait of our own making.
    pub longest: Duration,
    /// The longest wait that a server may ask for. Asked for more, we give up at once.
    pub patience: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            attempts: 5,
            first: Duration::from_millis(300),
            longest: Duration::from_secs(10),
            patience: Duration::from_secs(120),
        }
    }
}

/// The waits between the attempts of one request.
#[derive(Debug, Clone)]
pub struct Backoff {
    policy: Policy,
    failed: u32,
}

impl Backoff {
    /// Starts before the first attempt.
    pub fn new(policy: Policy) -> Self {
        Self { policy, failed: 0 }
    }

    /// Counts a failed attempt and says how long to wait before the next; `None` means "give up".
    ///
    /// `demanded` is what the server asked for: never undercut, and lengthened by up to a tenth, so that parallel
    /// requests do not all come back at the same instant.
    pub fn after_failure(&mut self, demanded: Option<Duration>) -> Option<Duration> {
        self.failed = self.failed.saturating_add(1);
        if self.failed >= self.policy.attempts {
            return None;
        }
        match demanded {
            Some(wait) if wait > self.policy.patience => None,
            Some(wait) => Some(wait + wait.mul_f64(fastrand::f64() / 10.0)),
            None => {
                let doubled = 2u32.saturating_pow(self.failed - 1);
                let full = self.policy.first.saturating_mul(doubled).min(self.policy.longest);
                Some(full.mul_f64(0.5 + fastrand::f64() / 2.0))
            }
        }
    }

    /// Starts counting anew, after progress was made.
    pub fn reset(&mut self) {
        self.failed = 0;
    }

    /// How many attempts have failed since the start or the last reset.
    pub fn failed(&self) -> u32 {
        self.failed
    }
}

/// Whether a request may be sent again after this failure, and the wait that the server demanded.
pub(crate) fn may_repeat(repeat: Repeat, failure: &HttpError) -> Option<Option<Duration>> {
    let Verdict::Temporary { wait } = failure.verdict() else { return None };
    let handled = match failure {
        HttpError::Unreachable { why, .. } => !matches!(why, Unreachable::Dns | Unreachable::Connect),
        HttpError::Status(refusal) => match refusal.status {
            StatusCode::TOO_MANY_REQUESTS => false,
            StatusCode::SERVICE_UNAVAILABLE => refusal.retry_after.is_none(),
            _ => true,
        },
        _ => true,
    };
    match repeat {
        Repeat::Harmless => Some(wait),
        Repeat::OnlyIfNotHandled if !handled => Some(wait),
        Repeat::OnlyIfNotHandled | Repeat::Never => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn waits_stay_within_the_policy(attempts in 1u32..12, first in 1u64..2_000, longest in 1u64..20_000) {
            let policy = Policy {
                attempts,
                first: Duration::from_millis(first),
                longest: Duration::from_millis(longest),
                ..Policy::default()
            };
            let mut backoff = Backoff::new(policy);
            let mut waits = Vec::new();
            while let Some(wait) = backoff.after_failure(None) {
                waits.push(wait);
            }
            prop_assert_eq!(waits.len() as u32, attempts - 1);
            for (at, wait) in waits.iter().enumerate() {
                let full = policy.first.saturating_mul(2u32.saturating_pow(at as u32)).min(policy.longest);
                prop_assert!(*wait <= full && *wait >= full / 2 - Duration::from_nanos(1), "{:?} of {:?}", wait, full);
            }
        }

        #[test]
        fn a_demanded_wait_is_never_undercut(seconds in 0u64..=120) {
            let demanded = Duration::from_secs(seconds);
            let wait = Backoff::new(Policy::default()).after_failure(Some(demanded)).unwrap();
            prop_assert!(wait >= demanded && wait <= demanded + demanded / 10 + Duration::from_millis(1));
        }
    }

    #[test]
    fn a_demand_beyond_patience_ends_it() {
        let demanded = Duration::from_secs(3600);
        assert_eq!(Backoff::new(Policy::default()).after_failure(Some(demanded)), None);
    }

    #[test]
    fn progress_starts_the_count_anew() {
        let mut backoff = Backoff::new(Policy { attempts: 2, ..Policy::default() });
        assert!(backoff.after_failure(None).is_some());
        backoff.reset();
        assert!(backoff.after_failure(None).is_some());
        assert!(backoff.after_failure(None).is_none());
    }
}
