//! A line of a shell in its parts: what `;` parts, what `&&` and `||` join, and words that begin or end something.

/// What joins a part to the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joint {
    /// `;`, or nothing: it is the first.
    Next,
    /// `&&`
    And,
    /// `||`
    Or,
}

/// Words behind which another command stands.
const OPENING: [&str; 3] = ["then", "else", "do"];

/// The commands and words of a line, where a shell parts them. The end of a branch of a `case` is one of them: `;;`.
pub(super) fn parted(line: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut begin = 0;
    for (at, sign) in plain_signs(line) {
        if at < begin || sign != ";" {
            continue;
        }
        parts.extend(line.get(begin..at));
        let is_end = line.get(at + 1..).is_some_and(|rest| rest.starts_with(';'));
        begin = if is_end { at + 2 } else { at + 1 };
        parts.extend(Some(";;").filter(|_| is_end));
    }
    parts.extend(line.get(begin..));
    let parts = parts.into_iter().map(str::trim).filter(|part| !part.is_empty());
    parts.flat_map(opened).collect()
}

/// `then push` as `then` and `push`.
fn opened(part: &str) -> Vec<&str> {
    match part.split_once(char::is_whitespace) {
        Some((word, rest)) if OPENING.contains(&word) => {
            [word].into_iter().chain(opened(rest.trim_start())).collect()
        }
        _ => vec![part],
    }
}

/// What `&&` and `||` join.
pub(super) fn chained(part: &str) -> Vec<(Joint, &str)> {
    let (mut links, mut begin, mut joint) = (Vec::new(), 0, Joint::Next);
    for (at, sign) in plain_signs(part) {
        let next = match sign {
            "&&" => Joint::And,
            "||" => Joint::Or,
            _ => continue,
        };
        links.extend(part.get(begin..at).map(|text| (joint, text.trim())));
        (begin, joint) = (at + 2, next);
    }
    links.extend(part.get(begin..).map(|text| (joint, text.trim())));
    links.retain(|(_, text)| !text.is_empty());
    links
}

/// What stands between a bracket and its other one, and what is behind that; none where it is not closed.
pub(super) fn enclosed(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    let mut quote = None;
    for (at, sign) in text.char_indices() {
        match (sign, quote) {
            (sign, Some(open)) if sign == open => quote = None,
            (_, Some(_)) => {}
            ('"' | '\'', None) => quote = Some(sign),
            ('(' | '{', None) => depth += 1,
            (')' | '}', None) if depth == 1 => {
                return Some((text.get(1..at)?.trim(), text.get(at + 1..)?.trim()));
            }
            (')' | '}', None) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// A line without what it remarks.
pub(super) fn without_remark(line: &str) -> &str {
    let remark = plain_signs(line).into_iter().find(|(_, sign)| *sign == "#");
    remark.and_then(|(at, _)| line.get(..at)).unwrap_or(line).trim_end()
}

/// Where `;`, `&&`, `||` and a remark stand outside of quotes and brackets.
fn plain_signs(line: &str) -> Vec<(usize, &'static str)> {
    let mut found = Vec::new();
    let (mut quote, mut depth, mut before) = (None, 0_usize, ' ');
    for (at, sign) in line.char_indices() {
        let rest = line.get(at..).unwrap_or_default();
        let begins_word = before.is_whitespace();
        match (sign, quote) {
            _ if before == '\\' => {}
            (sign, Some(open)) if sign == open => quote = None,
            (_, Some(_)) => {}
            ('"' | '\'' | '`', None) => quote = Some(sign),
            ('(' | '{', None) => depth += 1,
            (')' | '}', None) => depth = depth.saturating_sub(1),
            ('[', None) if begins_word && rest.starts_with("[[ ") => depth += 1,
            (']', None) if begins_word && rest.starts_with("]]") => depth = depth.saturating_sub(1),
            (';', None) if depth == 0 => found.push((at, ";")),
            ('&', None) if depth == 0 && rest.starts_with("&&") && before != '&' => found.push((at, "&&")),
            ('|', None) if depth == 0 && rest.starts_with("||") && before != '|' => found.push((at, "||")),
            ('#', None) if depth == 0 && begins_word => {
                found.push((at, "#"));
                break;
            }
            _ => {}
        }
        before = if before == '\\' { ' ' } else { sign };
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_parted_where_a_shell_parts_it() {
        for (line, want) in [
            ("if [ a ]; then push b; fi", &["if [ a ]", "then", "push b", "fi"][..]),
            ("else if x; then", &["else", "if x", "then"]),
            ("a) push b ;;", &["a) push b", ";;"]),
            ("echo 'a; b' \"c; d\" $(e; f) {g; h}", &["echo 'a; b' \"c; d\" $(e; f) {g; h}"]),
            ("echo a\\; b; c", &["echo a\\; b", "c"]),
            ("while read a; do push b; done", &["while read a", "do", "push b", "done"]),
            (";", &[]),
            (";;", &[";;"]),
        ] {
            assert_eq!(parted(line), want, "{line}");
        }
    }

    #[test]
    fn what_is_joined_comes_apart_outside_of_brackets() {
        use Joint::{And, Next, Or};
        for (part, want) in [
            ("a && b || c", &[(Next, "a"), (And, "b"), (Or, "c")][..]),
            ("[[ a && b ]] || c", &[(Next, "[[ a && b ]]"), (Or, "c")]),
            ("echo ${{ a && b || 'c' }} | d", &[(Next, "echo ${{ a && b || 'c' }} | d")]),
            ("a && { b && c; }", &[(Next, "a"), (And, "{ b && c; }")]),
            ("a &&", &[(Next, "a")]),
            ("a & b", &[(Next, "a & b")]),
        ] {
            assert_eq!(chained(part), want, "{part}");
        }
    }

    #[test]
    fn remarks_are_none_of_it() {
        for (line, want) in [
            ("push a # && push b", "push a"),
            ("# push a", ""),
            ("echo '# a' ${b#v} c#d", "echo '# a' ${b#v} c#d"),
        ] {
            assert_eq!(without_remark(line), want, "{line}");
        }
    }

    #[test]
    fn what_is_in_brackets_is_found_with_what_is_behind() {
        assert_eq!(enclosed("{ a; { b; }; } && c"), Some(("a; { b; };", "&& c")));
        assert_eq!(enclosed("(a \")\" b)"), Some(("a \")\" b", "")));
        assert_eq!(enclosed("{ a"), None);
    }
}
