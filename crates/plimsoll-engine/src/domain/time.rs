//! Moments, to the second.

use std::fmt;

/// Seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Moment(pub i64);

impl Moment {
    /// Reads RFC 3339; `None` if it is not that.
    pub fn parse(text: &str) -> Option<Moment> {
        text.parse::<jiff::Timestamp>().ok().map(|moment| Moment(moment.as_second()))
    }

    /// The moment as the tag rules know it; the beginning of time if it is out of their range.
    pub fn timestamp(self) -> jiff::Timestamp {
        jiff::Timestamp::from_second(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }

    /// Seconds from `earlier` to `self`; 0 if `earlier` is later.
    pub fn seconds_since(self, earlier: Moment) -> u64 {
        u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0)
    }
}

impl fmt::Display for Moment {
    /// RFC 3339 in UTC, to the second: `2026-11-20T23:14:35Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_second(self.0) {
            Ok(moment) => write!(f, "{moment}"),
            Err(_) => write!(f, "{} s", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_rfc_3339() {
        assert_eq!(Moment(0).to_string(), "1970-01-01T00:00:00Z");
        assert_eq!(Moment(1_795_216_475).to_string(), "2026-11-20T23:14:35Z");
        assert_eq!(Moment::parse("2026-11-20T23:14:35Z"), Some(Moment(1_795_216_475)));
        assert_eq!(Moment(5).seconds_since(Moment(9)), 0);
    }
}
