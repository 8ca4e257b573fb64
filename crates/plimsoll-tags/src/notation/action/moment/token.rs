//! The tokens of a format.

use jiff::Zoned;
use jiff::civil::Weekday;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// Every token, longer ones before those that they begin with.
const TOKENS: &[&str] = &[
    "Hmmss",
    "Hmm",
    "hmmss",
    "hmm",
    "Mo",
    "MMMM",
    "MMM",
    "MM",
    "M",
    "Do",
    "DDDo",
    "DDDD",
    "DDD",
    "DD",
    "D",
    "dddd",
    "ddd",
    "dd",
    "do",
    "d",
    "wo",
    "ww",
    "w",
    "Wo",
    "WW",
    "W",
    "Qo",
    "Q",
    "NNNNN",
    "NNNN",
    "NNN",
    "NN",
    "N",
    "YYYYYY",
    "YYYYY",
    "YYYY",
    "YY",
    "Y",
    "yyyy",
    "yyy",
    "yy",
    "yo",
    "y",
    "ggggg",
    "gggg",
    "gg",
    "GGGGG",
    "GGGG",
    "GG",
    "e",
    "E",
    "a",
    "A",
    "hh",
    "h",
    "HH",
    "H",
    "kk",
    "k",
    "mm",
    "m",
    "ss",
    "s",
    "SSSSSSSSS",
    "S",
    "x",
    "X",
    "zz",
    "z",
    "ZZ",
    "Z",
    "[",
    "\\",
    "L",
];

/// Formats that stand for others, in English.
const LOCAL: [(&str, &str); 10] = [
    ("LTS", "h:mm:ss A"),
    ("LT", "h:mm A"),
    ("LLLL", "dddd, MMMM D, YYYY h:mm A"),
    ("LLL", "MMMM D, YYYY h:mm A"),
    ("LL", "MMMM D, YYYY"),
    ("L", "MM/DD/YYYY"),
    ("llll", "ddd, MMM D, YYYY h:mm A"),
    ("lll", "MMM D, YYYY h:mm A"),
    ("ll", "MMM D, YYYY"),
    ("l", "M/D/YYYY"),
];

pub(super) fn write(time: &Zoned, format: &str) -> String {
    let mut written = String::new();
    let mut rest = format;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '[' => write_bracketed(rest, &mut written),
            '\\' => 1 + write_escaped(rest.get(1..).unwrap_or_default(), &mut written),
            'S' => write_fraction(time, rest, &mut written),
            _ => write_token(time, rest, &mut written),
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    written
}

/// Writes `[text]` without its brackets; a bracket that is not closed, or has another inside, stands for itself.
fn write_bracketed(rest: &str, written: &mut String) -> usize {
    let inside = rest.get(1..).and_then(|after| after.split_once(']')).map(|(inside, _)| inside);
    match inside.filter(|inside| !inside.contains('[')) {
        Some(inside) => {
            written.push_str(inside);
            inside.len() + 2
        }
        None => {
            written.push('[');
            1
        }
    }
}

fn write_escaped(rest: &str, written: &mut String) -> usize {
    let token = find_token(rest).unwrap_or_default();
    written.push_str(token);
    token.len()
}

/// Writes as many digits of the second's fraction as there are `S`, of which milliseconds are known.
fn write_fraction(time: &Zoned, rest: &str, written: &mut String) -> usize {
    let length = rest.len() - rest.trim_start_matches('S').len();
    let length = length.min(9);
    let digits = format!("{:03}000000", time.millisecond());
    written.push_str(digits.get(..length).unwrap_or(&digits));
    length
}

fn write_token(time: &Zoned, rest: &str, written: &mut String) -> usize {
    if let Some((name, meaning)) = LOCAL.iter().find(|(name, _)| rest.starts_with(name)) {
        written.push_str(&write(time, meaning));
        return name.len();
    }
    match find_token(rest) {
        Some(token) => {
            written.push_str(&value(time, token));
            token.len()
        }
        None => {
            let first = rest.chars().next().unwrap_or_default();
            written.push(first);
            first.len_utf8()
        }
    }
}

fn find_token(rest: &str) -> Option<&'static str> {
    TOKENS.iter().copied().find(|token| rest.starts_with(token))
}

fn value(time: &Zoned, token: &str) -> String {
    let number = |value: i64| value.to_string();
    let month = usize::from(time.month().unsigned_abs()).saturating_sub(1);
    let month_name = MONTHS.get(month).copied().unwrap_or_default();
    let weekday = usize::from(time.weekday().to_sunday_zero_offset().unsigned_abs());
    let day_name = DAYS.get(weekday).copied().unwrap_or_default();
    let start = |name: &str, length: usize| name.get(..length).unwrap_or(name).to_owned();
    let quarter = i64::from(time.month() - 1) / 3 + 1;
    let iso = time.date().iso_week_date();
    let (local_year, local_week) = local_week(time);
    let hour = i64::from(time.hour());
    let hour12 = if hour % 12 == 0 { 12 } else { hour % 12 };
    let hour24 = if hour == 0 { 24 } else { hour };
    let day_of_year = i64::from(time.day_of_year());
    let half = if hour < 12 { "AM" } else { "PM" };
    match token {
        "M" => number(time.month().into()),
        "Mo" => ordinal(time.month().into()),
        "MM" => format!("{:02}", time.month()),
        "MMM" => start(month_name, 3),
        "MMMM" => month_name.to_owned(),
        "Q" => number(quarter),
        "Qo" => ordinal(quarter),
        "D" => number(time.day().into()),
        "Do" => ordinal(time.day().into()),
        "DD" => format!("{:02}", time.day()),
        "DDD" => number(day_of_year),
        "DDDo" => ordinal(day_of_year),
        "DDDD" => format!("{day_of_year:03}"),
        "d" | "e" => weekday.to_string(),
        "do" => ordinal(i64::from(time.weekday().to_sunday_zero_offset())),
        "dd" => start(day_name, 2),
        "ddd" => start(day_name, 3),
        "dddd" => day_name.to_owned(),
        "E" => number(time.weekday().to_monday_one_offset().into()),
        "w" => number(local_week),
        "wo" => ordinal(local_week),
        "ww" => format!("{local_week:02}"),
        "W" => number(iso.week().into()),
        "Wo" => ordinal(iso.week().into()),
        "WW" => format!("{:02}", iso.week()),
        "YY" => format!("{:02}", time.year() % 100),
        "YYYY" => format!("{:04}", time.year()),
        "YYYYY" => format!("{:05}", time.year()),
        "YYYYYY" => format!("{:+07}", time.year()),
        "Y" => format!("{:04}", time.year()),
        "y" | "yy" | "yyy" | "yyyy" => number(time.year().into()),
        "yo" => ordinal(time.year().into()),
        "gg" => format!("{:02}", local_year % 100),
        "gggg" => format!("{local_year:04}"),
        "ggggg" => format!("{local_year:05}"),
        "GG" => format!("{:02}", iso.year() % 100),
        "GGGG" => format!("{:04}", iso.year()),
        "GGGGG" => format!("{:05}", iso.year()),
        "N" | "NN" | "NNN" | "NNNNN" => "AD".to_owned(),
        "NNNN" => "Anno Domini".to_owned(),
        "A" => half.to_owned(),
        "a" => half.to_lowercase(),
        "H" => number(hour),
        "HH" => format!("{hour:02}"),
        "h" => number(hour12),
        "hh" => format!("{hour12:02}"),
        "k" => number(hour24),
        "kk" => format!("{hour24:02}"),
        "m" => number(time.minute().into()),
        "mm" => format!("{:02}", time.minute()),
        "s" => number(time.second().into()),
        "ss" => format!("{:02}", time.second()),
        "Hmm" => format!("{hour}{:02}", time.minute()),
        "Hmmss" => format!("{hour}{:02}{:02}", time.minute(), time.second()),
        "hmm" => format!("{hour12}{:02}", time.minute()),
        "hmmss" => format!("{hour12}{:02}{:02}", time.minute(), time.second()),
        "z" | "zz" => time.time_zone().to_offset_info(time.timestamp()).abbreviation().to_owned(),
        "Z" => offset(time, ":"),
        "ZZ" => offset(time, ""),
        "X" => number(time.timestamp().as_second()),
        "x" => number(time.timestamp().as_millisecond()),
        other => other.to_owned(),
    }
}

fn offset(time: &Zoned, between: &str) -> String {
    let minutes = time.offset().seconds() / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    let minutes = minutes.abs();
    format!("{sign}{:02}{between}{:02}", minutes / 60, minutes % 60)
}

fn ordinal(number: i64) -> String {
    let suffix = match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{number}{suffix}")
}

/// The week as English-speaking countries count: it begins on Sunday, and the first one has January 1st in it.
fn local_week(time: &Zoned) -> (i64, i64) {
    let sunday = |weekday: Weekday| i64::from(weekday.to_sunday_zero_offset());
    let year = i64::from(time.year());
    let day = i64::from(time.day_of_year());
    let first = sunday(time.date().first_of_year().weekday());
    let week = (day - 1 + first) / 7 + 1;
    let days = i64::from(time.date().days_in_year());
    let next = (first + days) % 7;
    match week >= 53 && day > days - next {
        true => (year + 1, 1),
        false => (year, week),
    }
}
