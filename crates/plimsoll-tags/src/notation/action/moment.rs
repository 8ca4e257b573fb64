//! Dates as Moment.js writes them.
//!
//! Every token of Moment 2's `format` in its English locale. `[text]` in brackets and what follows a backslash stand
//! as they are. Source: momentjs.com/docs, "Displaying", and Moment Timezone for `z` and `zz`.
//!
//! Time zones come from a copy of the IANA database in the binary: the same tag on every machine, whatever it has
//! installed.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

mod token;

/// The format that stands for none: ISO 8601, `Z` in UTC.
const ISO: &str = "YYYY-MM-DDTHH:mm:ss";

/// A time zone of the IANA database.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// A text that names no time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no time zone `{name}`")]
pub struct ZoneError {
    /// The text.
    pub name: String,
}

impl Zone {
    /// Coordinated universal time.
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// Finds a time zone by its name in the IANA database: `Asia/Tokyo`. Upper and lower case are the same.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn parse(name: &str) -> Result<Self, ZoneError> {
        if name.eq_ignore_ascii_case("utc") {
            return Ok(Self::utc());
        }
        let zone = TimeZoneDatabase::bundled().get(name);
        zone.map(Self).map_err(|_| ZoneError { name: name.to_owned() })
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.iana_name().unwrap_or("UTC"))
    }
}

/// Writes a time in a zone. No format, or an empty one, is ISO 8601.
pub fn format(time: Timestamp, zone: &Zone, format: Option<&str>) -> String {
    let time = time.to_zoned(zone.0.clone());
    match format.filter(|format| !format.is_empty()) {
        Some(format) => token::write(&time, format),
        None if zone.0 == TimeZone::UTC => token::write(&time, ISO) + "Z",
        None => token::write(&time, &format!("{ISO}Z")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn write(time: &str, zone: &str, pattern: &str) -> String {
        format(time.parse().unwrap(), &Zone::parse(zone).unwrap(), Some(pattern))
    }

    #[test]
    fn every_token_is_moments() {
        let time = "2020-01-05T13:04:09.067Z";
        for (pattern, want) in [
            ("M Mo MM MMM MMMM", "1 1st 01 Jan January"),
            ("Q Qo", "1 1st"),
            ("D Do DD DDD DDDo DDDD", "5 5th 05 5 5th 005"),
            ("d do dd ddd dddd e E", "0 0th Su Sun Sunday 0 7"),
            ("w wo ww W Wo WW", "2 2nd 02 1 1st 01"),
            ("YY YYYY YYYYY YYYYYY Y", "20 2020 02020 +002020 2020"),
            ("gg gggg ggggg GG GGGG GGGGG", "20 2020 02020 20 2020 02020"),
            ("y yy yyyy N NNNN", "2020 2020 2020 AD Anno Domini"),
            ("A a H HH h hh k kk", "PM pm 13 13 1 01 13 13"),
            ("m mm s ss", "4 04 9 09"),
            ("Hmm Hmmss hmm hmmss", "1304 130409 104 10409"),
            ("S SS SSS SSSS SSSSSSSSS", "0 06 067 0670 067000000"),
            ("z zz Z ZZ", "UTC UTC +00:00 +0000"),
            ("X x", "1578229449 1578229449067"),
            ("LT LTS L LL LLL", "1:04 PM 1:04:09 PM 01/05/2020 January 5, 2020 January 5, 2020 1:04 PM"),
            ("LLLL", "Sunday, January 5, 2020 1:04 PM"),
            ("l ll lll llll", "1/5/2020 Jan 5, 2020 Jan 5, 2020 1:04 PM Sun, Jan 5, 2020 1:04 PM"),
            ("[YYYY] \\M [a b]YYYY.MM-DD", "YYYY M a b2020.01-05"),
            ("YYYYMMDD-HHmmss", "20200105-130409"),
            ("é[", "é["),
        ] {
            assert_eq!(write(time, "UTC", pattern), want, "{pattern}");
        }
    }

    #[test]
    fn weeks_belong_to_years() {
        for (time, want) in [
            ("2021-01-01T00:00:00Z", "1 2021 53 2020"),
            ("2022-01-01T00:00:00Z", "1 2022 52 2021"),
            ("2019-12-31T00:00:00Z", "1 2020 1 2020"),
            ("2020-12-26T00:00:00Z", "52 2020 52 2020"),
            ("2020-12-27T00:00:00Z", "1 2021 52 2020"),
        ] {
            assert_eq!(write(time, "UTC", "w gggg W GGGG"), want, "{time}");
        }
    }

    #[test]
    fn zones_have_their_own_clocks() {
        let time = "2020-07-01T22:30:00Z";
        assert_eq!(write(time, "Asia/Tokyo", "YYYY-MM-DD HH:mm z Z"), "2020-07-02 07:30 JST +09:00");
        assert_eq!(write(time, "america/new_york", "HH:mm z ZZ"), "18:30 EDT -0400");
        assert_eq!(
            format(time.parse().unwrap(), &Zone::parse("Asia/Kolkata").unwrap(), None),
            "2020-07-02T04:00:00+05:30"
        );
        assert!(Zone::parse("Atlantis/Capital").is_err());
        assert!(Zone::parse("").is_err());
    }

    proptest! {
        #[test]
        fn never_panics(second in -62_135_596_800_i64..253_402_207_200, pattern: String) {
            let time = Timestamp::from_second(second).unwrap();
            let _ = format(time, &Zone::utc(), Some(&pattern));
        }

        #[test]
        fn an_iso_date_reads_as_the_time_it_was(second in 0_i64..253_402_207_200) {
            let time = Timestamp::from_second(second).unwrap();
            let zone = Zone::parse("Europe/Berlin").unwrap();
            prop_assert_eq!(format(time, &zone, None).parse::<Timestamp>().unwrap(), time);
        }
    }
}
