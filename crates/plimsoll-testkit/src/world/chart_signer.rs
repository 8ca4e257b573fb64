//! Whoever signs charts: says when, and with which key. A key that is called "lost" is none, and one that is called
//! "spent" has expired.

use plimsoll_engine::domain::time::Moment;
use plimsoll_engine::world::Work;
use plimsoll_engine::world::chart_signer::ChartSigner;
use plimsoll_engine::world::signatures::SigningError;

/// Signs with every key but the lost one and, from the first second on, the spent one.
pub(super) struct SeaChartSigner;

fn check(key: &str, time: Moment) -> Result<(), SigningError> {
    match key {
        "lost" => Err(SigningError::PgpKey { name: key.to_owned(), why: "it is lost".to_owned() }),
        "spent" if time > Moment(0) => {
            Err(SigningError::PgpKey { name: key.to_owned(), why: "it has expired".to_owned() })
        }
        _ => Ok(()),
    }
}

impl ChartSigner for SeaChartSigner {
    fn ready<'a>(&'a self, key: &'a str, time: Moment) -> Work<'a, (), SigningError> {
        Box::pin(async move { check(key, time) })
    }

    fn at_hand<'a>(&'a self, key: &'a str, time: Moment) -> Work<'a, (), SigningError> {
        self.ready(key, time)
    }

    fn sign<'a>(&'a self, key: &'a str, text: &'a str, time: Moment) -> Work<'a, String, SigningError> {
        Box::pin(async move { check(key, time).map(|()| format!("{text}\nsigned with {key} at {time}\n")) })
    }
}
