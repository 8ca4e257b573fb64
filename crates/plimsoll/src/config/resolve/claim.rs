//! `claim`: how two runs of one version are kept apart.

use plimsoll_engine::domain::project::ClaimPolicy;

use super::invalid;
use crate::config::file::written::Section;
use crate::config::problems::{Problems, Told};

/// Six hours: the longest that a job of GitHub Actions may take.
const DEFAULT_STALE: u64 = 6 * HOUR;
const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Resolves the key.
///
/// # Errors
/// It can't be meant, which was told.
pub fn resolve(root: &Section, problems: &mut Problems<'_>) -> Result<ClaimPolicy, Told> {
    let Some(node) = root.node("claim")? else { return Ok(ClaimPolicy::Held { stale_after: DEFAULT_STALE }) };
    if node.text().is_some_and(|word| word.value == "none") {
        return Ok(ClaimPolicy::None);
    }
    let Some(stale) = node.section().map(|section| section.text("stale")).transpose()?.flatten() else {
        return Ok(ClaimPolicy::Held { stale_after: DEFAULT_STALE });
    };
    match parse_duration(stale.value) {
        Some(stale_after) if stale_after > 0 => Ok(ClaimPolicy::Held { stale_after }),
        Some(_) => {
            let message = "`stale` must be longer than the longest build, not nothing";
            Err(problems.error(&stale.span, invalid(message)))
        }
        None => {
            let message = format!("`{}` is no length of time", stale.value);
            let example = "write a number and s, m, h or d: `90m`, `6h`";
            Err(problems.error(&stale.span, invalid(message).help(example)))
        }
    }
}

/// Reads a length of time, `6h` or `1h30m`, in seconds.
pub(crate) fn parse_duration(text: &str) -> Option<u64> {
    let mut seconds: u64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let (number, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
        let unit = after.chars().next()?;
        let factor = match unit {
            's' => 1,
            'm' => MINUTE,
            'h' => HOUR,
            'd' => DAY,
            _ => return None,
        };
        seconds = number.parse::<u64>().ok()?.checked_mul(factor)?.checked_add(seconds)?;
        rest = after.get(unit.len_utf8()..)?;
    }
    (!text.is_empty()).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::parse_duration;

    #[test]
    fn lengths_of_time() {
        for (text, want) in [
            ("90s", Some(90)),
            ("90m", Some(5400)),
            ("1h30m", Some(5400)),
            ("2d", Some(172_800)),
            ("0s", Some(0)),
            ("", None),
            ("6", None),
            ("h", None),
            ("6 h", None),
            ("6w", None),
            ("-1h", None),
            ("18446744073709551615d", None),
            ("18446744073709551616s", None),
        ] {
            assert_eq!(parse_duration(text), want, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_text_is_answered(text in "\\PC{0,12}") {
            let _ = parse_duration(&text);
        }
    }
}
