//! The machine's clock and its dice.

use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use plimsoll_engine::domain::time::Moment;
use plimsoll_engine::world::Work;
use plimsoll_engine::world::clock::Clock;

use crate::variables::Variables;

/// The latest second that has a four-digit year in every time zone: 9999-12-30T22:00:00Z.
const LATEST: i64 = 253_402_207_200;

/// A date for what is made that can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no number of seconds since 1970")]
pub struct SourceDateError(String);

/// Reads `SOURCE_DATE_EPOCH`, the date that everything that is made gets in place of the commit's
/// (reproducible-builds.org, "SOURCE_DATE_EPOCH specification"); `None` if it is not set, or empty.
///
/// # Errors
/// It is no whole number of seconds, or later than the year 9999.
pub fn find_source_date(variables: &Variables) -> Result<Option<Moment>, SourceDateError> {
    let Some(text) = variables.get("SOURCE_DATE_EPOCH").filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let text = text.to_string_lossy();
    let seconds = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<i64>().ok()).flatten();
    match seconds.filter(|seconds| *seconds <= LATEST) {
        Some(seconds) => Ok(Some(Moment(seconds))),
        None => Err(SourceDateError(text.escape_debug().to_string())),
    }
}

/// The clock on the wall. `SOURCE_DATE_EPOCH` does not change it: claims age by real time.
pub(crate) struct WallClock;

impl Clock for WallClock {
    fn now(&self) -> Moment {
        now()
    }

    fn elapsed(&self) -> Duration {
        static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
        BEGAN.elapsed()
    }

    fn sleep(&self, time: Duration) -> Work<'_, ()> {
        Box::pin(async move {
            pause(time).await;
            Ok(())
        })
    }

    fn random(&self) -> u128 {
        random()
    }
}

/// Waits.
async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}

/// Now; 1970 on a machine whose clock is set before that.
pub(crate) fn now() -> Moment {
    let passed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Moment(i64::try_from(passed.as_secs()).unwrap_or(i64::MAX))
}

/// 128 bits from the operating system.
///
/// # Panics
/// If the operating system has none: a nonce that another run may write too would break the claim.
pub(crate) fn random() -> u128 {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("every operating system that we build for gives random bytes");
    u128::from_ne_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_whole_seconds() {
        let find = |text: &str| find_source_date(&[("SOURCE_DATE_EPOCH", text)].into_iter().collect());
        assert_eq!(find_source_date(&Variables::default()), Ok(None));
        assert_eq!((find(""), find("0")), (Ok(None), Ok(Some(Moment(0)))));
        assert_eq!(
            find("253402207200").map(|date| date.unwrap().to_string()),
            Ok("9999-12-30T22:00:00Z".into())
        );
        for junk in ["253402207201", "-1", "+1", "1.5", " 1", "now", "99999999999999999999"] {
            assert!(find(junk).is_err(), "{junk}");
        }
    }

    #[test]
    fn time_is_real_and_chance_does_not_repeat() {
        assert!(WallClock.now() > Moment(1_700_000_000));
        assert_ne!(WallClock.random(), WallClock.random());
    }
}
