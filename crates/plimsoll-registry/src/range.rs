//! Ranges of bytes: of a blob that is asked for, and of a chunk that is sent.

/// What a `Range` header asks for (RFC 9110, section 14.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Everything: there is no header, or none that must be heeded.
    Whole,
    /// The bytes from `from` to just before `to`.
    Part { from: u64, to: u64 },
    /// Bytes that are not there.
    Nothing,
}

/// Reads a `Range` header, for something of `size` bytes. Several ranges and other units are not heeded, which servers
/// are free to do.
pub(crate) fn parse_wanted(header: Option<&str>, size: u64) -> Wanted {
    let Some((unit, range)) = header.and_then(|header| header.split_once('=')) else { return Wanted::Whole };
    let Some((first, last)) = range.trim().split_once('-') else { return Wanted::Whole };
    if !unit.trim().eq_ignore_ascii_case("bytes") || range.contains(',') {
        return Wanted::Whole;
    }
    let number = |text: &str| text.trim().parse::<u64>();
    let (from, to) = match (first.trim().is_empty(), last.trim().is_empty()) {
        (true, true) => return Wanted::Whole,
        (true, false) => match number(last) {
            Ok(length) => (size.saturating_sub(length), size),
            Err(_) => return Wanted::Whole,
        },
        (false, true) => match number(first) {
            Ok(from) => (from, size),
            Err(_) => return Wanted::Whole,
        },
        (false, false) => match (number(first), number(last)) {
            (Ok(from), Ok(last)) => (from, last.saturating_add(1).min(size)),
            _ => return Wanted::Whole,
        },
    };
    if from < to { Wanted::Part { from, to } } else { Wanted::Nothing }
}

/// Reads the `Content-Range` of a chunk, `<first>-<last>` without a unit (OCI distribution-spec 1.1, "Pushing a blob in
/// chunks"); some clients write `bytes ` before it, or the whole size behind it. Gives where the chunk begins and how long
/// it is.
pub(crate) fn parse_chunk(header: &str) -> Option<(u64, u64)> {
    let range = header.trim();
    let range = range.strip_prefix("bytes").map_or(range, |rest| rest.trim_start_matches(['=', ' ']));
    let range = range.split('/').next().unwrap_or(range);
    let (first, last) = range.split_once('-')?;
    let (first, last): (u64, u64) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    Some((first, last.checked_add(1)?.checked_sub(first)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_what_is_wanted() {
        let part = |from, to| Wanted::Part { from, to };
        for (header, wanted) in [
            (None, Wanted::Whole),
            (Some("bytes=0-0"), part(0, 1)),
            (Some("bytes=500-1499"), part(500, 1000)),
            (Some("bytes=500-"), part(500, 1000)),
            (Some("bytes=-200"), part(800, 1000)),
            (Some("bytes=-5000"), part(0, 1000)),
            (Some("bytes=-0"), Wanted::Nothing),
            (Some("bytes=500-0"), Wanted::Nothing),
            (Some("bytes=1000-"), Wanted::Nothing),
            (Some("bytes=0-1,5-6"), Wanted::Whole),
            (Some("lines=1-2"), Wanted::Whole),
            (Some("bytes=x-y"), Wanted::Whole),
            (Some("bytes=0-18446744073709551615"), part(0, 1000)),
        ] {
            assert_eq!(parse_wanted(header, 1000), wanted, "{header:?}");
        }
        assert_eq!(parse_wanted(Some("bytes=0-5"), 0), Wanted::Nothing);
    }

    #[test]
    fn reads_chunks() {
        for (header, wanted) in [
            ("0-1023", Some((0, 1024))),
            ("1024-1024", Some((1024, 1))),
            ("bytes 0-9/10", Some((0, 10))),
            ("bytes=0-9", Some((0, 10))),
            ("5-4", Some((5, 0))),
            ("9-4", None),
            ("0-18446744073709551615", None),
            ("x", None),
        ] {
            assert_eq!(parse_chunk(header), wanted, "{header}");
        }
    }

    proptest! {
        #[test]
        fn stays_inside(header in ".{0,20}|bytes=[0-9]{0,20}-[0-9]{0,20}", size: u64) {
            if let Wanted::Part { from, to } = parse_wanted(Some(&header), size) {
                prop_assert!(from < to && to <= size);
            }
            parse_chunk(&header);
        }
    }
}
