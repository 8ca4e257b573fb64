//! The machine's clock and its dice.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use plimsoll_engine::domain::time::Moment;
use plimsoll_engine::world::Work;
use plimsoll_engine::world::clock::Clock;

/// The clock on the wall. `SOURCE_DATE_EPOCH` does not change it: claims age by real time.
pub(crate) struct WallClock;

impl Clock for WallClock {
    fn now(&self) -> Moment {
        now()
    }

    fn sleep(&self, time: Duration) -> Work<'_, ()> {
        Box::pin(async move {
            tokio::time::sleep(time).await;
            Ok(())
        })
    }

    fn random(&self) -> u128 {
        random()
    }
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
    fn time_is_real_and_chance_does_not_repeat() {
        assert!(WallClock.now() > Moment(1_700_000_000));
        assert_ne!(WallClock.random(), WallClock.random());
    }
}
