//! Go's file name patterns (`path/filepath.Match`).

/// A pattern: `*` and `?` match no `/`, `[a-z]` and `[^a-z]` are classes, `\` escapes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern(Vec<Token>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Star,
    Any,
    One(char),
    Class { negated: bool, ranges: Vec<(char, char)> },
}

impl Pattern {
    /// Reads a pattern; `None` if it is malformed.
    pub(super) fn parse(text: &str) -> Option<Pattern> {
        let mut tokens = Vec::new();
        let mut rest = text.chars();
        while let Some(character) = rest.next() {
            tokens.push(match character {
                '*' => Token::Star,
                '?' => Token::Any,
                '\\' => Token::One(rest.next()?),
                '[' => parse_class(&mut rest)?,
                other => Token::One(other),
            });
        }
        Some(Pattern(tokens))
    }

    /// Whether the whole text matches.
    pub(super) fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let (mut token, mut at) = (0, 0);
        // Where the last star stands, and the first character that it has not taken yet.
        let mut star: Option<(usize, usize)> = None;
        while at < text.len() || token < self.0.len() {
            let character = text.get(at).copied();
            match (self.0.get(token), character) {
                (Some(Token::Star), _) => {
                    star = Some((token, at));
                    token += 1;
                    continue;
                }
                (Some(one), Some(character)) if one.takes(character) => {
                    token += 1;
                    at += 1;
                    continue;
                }
                _ => {}
            }
            // The star takes one more. It never takes a slash, and a star before it could take no other text.
            match star {
                Some((place, next)) if text.get(next).is_some_and(|character| *character != '/') => {
                    star = Some((place, next + 1));
                    token = place + 1;
                    at = next + 1;
                }
                _ => return false,
            }
        }
        true
    }
}

impl Token {
    fn takes(&self, character: char) -> bool {
        match self {
            Token::Star => false,
            Token::Any => character != '/',
            Token::One(one) => *one == character,
            Token::Class { negated, ranges } => {
                let is_in = ranges.iter().any(|(low, high)| (*low..=*high).contains(&character));
                is_in != *negated
            }
        }
    }
}

/// Reads what stands behind a `[`, up to its `]`.
fn parse_class(rest: &mut std::str::Chars<'_>) -> Option<Token> {
    let mut ahead = rest.clone();
    let negated = ahead.next() == Some('^');
    if negated {
        *rest = ahead;
    }
    let mut ranges = Vec::new();
    loop {
        if rest.as_str().starts_with(']') && !ranges.is_empty() {
            rest.next();
            return Some(Token::Class { negated, ranges });
        }
        let low = parse_bound(rest)?;
        let high = if rest.as_str().starts_with('-') {
            rest.next();
            parse_bound(rest)?
        } else {
            low
        };
        ranges.push((low, high));
    }
}

fn parse_bound(rest: &mut std::str::Chars<'_>) -> Option<char> {
    match rest.next()? {
        '-' | ']' => None,
        '\\' => rest.next(),
        other => Some(other),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Pattern;

    #[test]
    fn go_s_own_examples() {
        for (pattern, text, want) in [
            ("abc", "abc", true),
            ("*", "abc", true),
            ("*c", "abc", true),
            ("a*", "a", true),
            ("a*", "abc", true),
            ("a*", "ab/c", false),
            ("a*/b", "abc/b", true),
            ("a*/b", "a/c/b", false),
            ("a*b*c*d*e*/f", "axbxcxdxe/f", true),
            ("a*b*c*d*e*/f", "axbxcxdxexxx/f", true),
            ("a*b*c*d*e*/f", "axbxcxdxe/xxx/f", false),
            ("a*b?c*x", "abxbbxdbxebxczzx", true),
            ("a*b?c*x", "abxbbxdbxebxczzy", false),
            ("ab[c]", "abc", true),
            ("ab[b-d]", "abc", true),
            ("ab[e-g]", "abc", false),
            ("ab[^c]", "abc", false),
            ("ab[^e-g]", "abc", true),
            ("a\\*b", "a*b", true),
            ("a\\*b", "ab", false),
            ("a?b", "a☺b", true),
            ("a[^a]b", "a☺b", true),
            ("a???b", "a☺b", false),
            ("[a-ζ]*", "α", true),
            ("*[a-ζ]", "A", false),
            ("a?b", "a/b", false),
            ("a*b", "a/b", false),
            ("[\\]a]", "]", true),
            ("[\\-]", "-", true),
            ("[x\\-]", "z", false),
            ("*x", "xxx", true),
            ("[!a]", "b", false),
            ("[^]", "", false),
            ("", "", true),
            ("", "a", false),
        ] {
            let found = Pattern::parse(pattern).is_some_and(|parsed| parsed.matches(text));
            assert_eq!(found, want, "{pattern} {text}");
        }
    }

    #[test]
    fn what_is_malformed() {
        for pattern in ["[]a]", "[-]", "[x-]", "[-x]", "[a-b-c]", "[", "[^", "[^bc", "a[", "a\\", "[a-]"] {
            assert_eq!(Pattern::parse(pattern), None, "{pattern}");
        }
    }

    proptest! {
        #[test]
        fn a_text_that_is_escaped_matches_itself_and_nothing_longer(text in "[a-c/*?\\[\\]\\\\-]{0,8}") {
            let escaped: String = text.chars().flat_map(|character| ['\\', character]).collect();
            let pattern = Pattern::parse(&escaped).unwrap();
            let longer = format!("{text}x");
            prop_assert!(pattern.matches(&text) && !pattern.matches(&longer));
        }

        #[test]
        fn a_star_takes_any_name_and_no_path(name in "[a-c.]{0,6}", other in "[a-c.]{0,6}") {
            let pattern = Pattern::parse("*").unwrap();
            let path = format!("{name}/{other}");
            prop_assert!(pattern.matches(&name) && !pattern.matches(&path));
        }
    }
}
