//! Regular expressions as JavaScript means them, look-around and back-references included.

use std::fmt;

/// A regular expression, and how it was written: plain, or as `/text/flags`.
#[derive(Clone)]
pub struct Pattern {
    source: String,
    expression: regress::Regex,
    every: Every,
}

/// Which groups of a match count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Every {
    /// The groups of the first match.
    Group,
    /// With flag `g`, the matches themselves: "group" 1 is the second match.
    Match,
}

/// A text that is no regular expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}` is no regular expression: {reason}")]
pub struct PatternError {
    /// The text.
    pub pattern: String,
    /// Why.
    pub reason: String,
}

impl Pattern {
    /// Reads a regular expression without flags.
    ///
    /// # Errors
    /// It is none of ECMAScript's.
    pub fn parse_plain(source: &str) -> Result<Self, PatternError> {
        Self::compile(source, source, "")
    }

    /// Reads `/text/flags`, or a regular expression without flags.
    ///
    /// # Errors
    /// It is none of ECMAScript's, or has a flag other than `d`, `g`, `i`, `m`, `s`, `u` and `v`.
    pub fn parse(source: &str) -> Result<Self, PatternError> {
        let delimited = source.strip_prefix('/').and_then(|rest| rest.rsplit_once('/'));
        match delimited.filter(|(text, _)| !text.is_empty()) {
            Some((text, flags)) => Self::compile(source, text, flags),
            None => Self::parse_plain(source),
        }
    }

    fn compile(source: &str, text: &str, flags: &str) -> Result<Self, PatternError> {
        let refused = |reason: String| PatternError { pattern: source.to_owned(), reason };
        if let Some(flag) = flags.chars().find(|flag| !"dgimsuv".contains(*flag)) {
            return Err(refused(format!("flag `{flag}` is not supported")));
        }
        let every = if flags.contains('g') { Every::Match } else { Every::Group };
        let flags: String = flags.chars().filter(|flag| !"dg".contains(*flag)).collect();
        let expression = regress::Regex::with_flags(text, flags.as_str());
        let expression = expression.map_err(|error| refused(error.to_string()))?;
        Ok(Self { source: source.to_owned(), expression, every })
    }

    /// Matches a text: nothing where it does not, else its groups, of which 0 is the whole match.
    pub fn find_groups(&self, text: &str) -> Option<Vec<Option<String>>> {
        let of = |range: regress::Range| text.get(range).map(str::to_owned);
        match self.every {
            Every::Group => {
                let found = self.expression.find(text)?;
                Some(found.groups().map(|range| range.and_then(of)).collect())
            }
            Every::Match => {
                let found: Vec<_> = self.expression.find_iter(text).map(|found| of(found.range())).collect();
                (!found.is_empty()).then_some(found)
            }
        }
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Pattern {}

impl fmt::Debug for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Pattern").field(&self.source).finish()
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.source)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Pattern;

    fn groups(pattern: &str, text: &str) -> Option<Vec<String>> {
        let found = Pattern::parse(pattern).unwrap().find_groups(text)?;
        Some(found.into_iter().map(|group| group.unwrap_or_else(|| "-".to_owned())).collect())
    }

    #[test]
    fn javascript_decides() {
        for (pattern, text, want) in [
            (r"\d.\d", "v2.0.8", Some(vec!["2.0"])),
            (r"/V(\d+)/i", "v2.0.8", Some(vec!["v2", "2"])),
            (r"/V(\d+)/", "v2.0.8", None),
            (r"(?<=v)\d", "v2.0.8", Some(vec!["2"])),
            (r"(?<name>a)\k<name>", "aa", Some(vec!["aa", "a"])),
            (r"(a)|(b)", "b", Some(vec!["b", "-", "b"])),
            (r"/\d/g", "v2.0.8", Some(vec!["2", "0", "8"])),
            (r"\-", "a-b", Some(vec!["-"])),
            ("/", "a/b", Some(vec!["/"])),
        ] {
            let want = want.map(|want| want.into_iter().map(str::to_owned).collect());
            assert_eq!(groups(pattern, text), want, "{pattern}");
        }
    }

    #[test]
    fn what_is_none_is_refused() {
        for pattern in ["(", "/a/y", "/a/q"] {
            assert!(Pattern::parse(pattern).is_err(), "{pattern}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(pattern in "[a-c0-9\\[\\](){}?*+.|^$\\\\/,<>:=!-]{0,12}", text in "\\PC{0,8}") {
            if let Ok(pattern) = Pattern::parse(&pattern) {
                prop_assert_eq!(&Pattern::parse(&pattern.to_string()).unwrap(), &pattern);
                let _ = pattern.find_groups(&text);
            }
        }
    }
}
