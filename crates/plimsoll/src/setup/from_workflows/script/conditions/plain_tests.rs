//! Plain tests of a shell as conditions of workflows: of the git tag, the branch and the event.

use crate::setup::from_workflows::condition::says_prerelease;

/// What a test asks about.
enum Asked {
    /// Something that conditions of workflows have a name for.
    Name(String),
    /// The git tag, and nothing where there is none.
    Tag,
    /// The branch, and nothing where there is none.
    Branch,
}

/// A word of a test, or what joins two tests.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word { text: String, quoted: bool },
    And,
    Or,
}

/// Where all of these hold.
pub(super) fn all_of(conditions: &[&str]) -> String {
    let grouped = |one: &&str| if one.contains(" || ") { format!("({one})") } else { (*one).to_owned() };
    conditions.iter().map(grouped).collect::<Vec<_>>().join(" && ")
}

/// Where one of these holds.
pub(super) fn any_of(conditions: &[&str]) -> String {
    match conditions {
        [one] => (*one).to_owned(),
        several => several.iter().map(|one| format!("({one})")).collect::<Vec<_>>().join(" || "),
    }
}

/// A test, or several that are joined, as a condition; none where it is not plain.
pub(super) fn as_condition(test: &str) -> Option<String> {
    let tokens = tokens(test);
    let (mut whole, mut rest) = bracketed(&tokens)?;
    // Between brackets both joints bind alike, from the left.
    while let Some((joint, behind)) = rest.split_first() {
        let (next, behind) = bracketed(behind)?;
        whole = match joint {
            Token::And => all_of(&[&whole, &next]),
            Token::Or => any_of(&[&whole, &next]),
            Token::Word { .. } => return None,
        };
        rest = behind;
    }
    Some(whole)
}

/// The condition of one pair of brackets, or of `test`, and what is behind. A program that is no test may say anything.
fn bracketed(tokens: &[Token]) -> Option<(String, &[Token])> {
    let (first, rest) = tokens.split_first()?;
    if is(first, "!") {
        return bracketed(rest).map(|(inner, behind)| (format!("!({inner})"), behind));
    }
    let end = match first {
        first if is(first, "[[") => rest.iter().position(|token| is(token, "]]"))?,
        first if is(first, "[") => rest.iter().position(|token| is(token, "]"))?,
        first if is(first, "test") => {
            let joint = rest.iter().position(|token| matches!(token, Token::And | Token::Or));
            joint.unwrap_or(rest.len())
        }
        _ => return None,
    };
    let behind = if is(first, "test") { end } else { end + 1 };
    Some((inner_tests(rest.get(..end)?)?, rest.get(behind..)?))
}

/// The tests within brackets, where `&&` binds more.
fn inner_tests(tokens: &[Token]) -> Option<String> {
    let mut any = Vec::new();
    for all in tokens.split(|token| *token == Token::Or) {
        let all: Vec<String> =
            all.split(|token| *token == Token::And).map(one_test).collect::<Option<_>>()?;
        any.push(all_of(&all.iter().map(String::as_str).collect::<Vec<_>>()));
    }
    Some(any_of(&any.iter().map(String::as_str).collect::<Vec<_>>()))
}

/// Whether something fits a pattern of a `case`.
pub(super) fn matching(subject: &str, pattern: &str) -> Option<String> {
    let subject = subject.trim_matches('"');
    let each: Option<Vec<String>> = pattern
        .split('|')
        .map(|pattern| match pattern.trim() {
            "*" => Some("true".to_owned()),
            pattern => {
                same(&asked(subject)?, pattern.trim_matches(['"', '\'']), pattern.starts_with(['"', '\'']))
            }
        })
        .collect();
    each.map(|each| each.join(" || "))
}

fn is(token: &Token, word: &str) -> bool {
    matches!(token, Token::Word { text, quoted: false } if text == word)
}

fn one_test(tokens: &[Token]) -> Option<String> {
    if let [first, rest @ ..] = tokens
        && is(first, "!")
    {
        return one_test(rest).map(|inner| format!("!({inner})"));
    }
    let words: Vec<(&str, bool)> = tokens
        .iter()
        .map(|token| match token {
            Token::Word { text, quoted } => Some((text.as_str(), *quoted)),
            Token::And | Token::Or => None,
        })
        .collect::<Option<_>>()?;
    match words.as_slice() {
        [(flag @ ("-n" | "-z"), false), (of, _)] => {
            let kind = match asked(of)? {
                Asked::Tag => "tag",
                Asked::Branch => "branch",
                Asked::Name(_) => return None,
            };
            let sign = if *flag == "-n" { "==" } else { "!=" };
            Some(format!("github.ref_type {sign} '{kind}'"))
        }
        [(of, _), ("=" | "==", _), (what, quoted)] => same(&asked(of)?, what, *quoted),
        [(of, _), ("!=", _), (what, quoted)] => {
            same(&asked(of)?, what, *quoted).map(|one| format!("!({one})"))
        }
        [(of, _), ("=~", _), (pattern, _)] => fits(&asked(of)?, pattern),
        _ => None,
    }
}

/// What a variable or an expression of a workflow is about.
fn asked(written: &str) -> Option<Asked> {
    if let Some(inside) = written.strip_prefix("${{").and_then(|inside| inside.strip_suffix("}}")) {
        let inside = inside.trim();
        let is_name = inside.chars().all(|sign| sign.is_ascii_alphanumeric() || "._-".contains(sign));
        let is_known = inside.starts_with("github.") || says_prerelease(inside);
        return (is_name && is_known).then(|| Asked::Name(inside.to_owned()));
    }
    let name = written.strip_prefix('$')?;
    let name = name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name);
    match name.trim_end_matches(":-").trim_end_matches('-') {
        "CI_COMMIT_TAG" => Some(Asked::Tag),
        "CI_COMMIT_BRANCH" => Some(Asked::Branch),
        "CI_COMMIT_REF_NAME" | "GITHUB_REF_NAME" => Some(Asked::Name("github.ref_name".to_owned())),
        "GITHUB_REF" => Some(Asked::Name("github.ref".to_owned())),
        "GITHUB_REF_TYPE" => Some(Asked::Name("github.ref_type".to_owned())),
        "GITHUB_EVENT_NAME" => Some(Asked::Name("github.event_name".to_owned())),
        name if says_prerelease(name) => Some(Asked::Name(format!("env.{name}"))),
        _ => None,
    }
}

/// Whether it is this, or begins so: `refs/tags/*`.
fn same(of: &Asked, what: &str, quoted: bool) -> Option<String> {
    if matches!(what, "$CI_DEFAULT_BRANCH" | "${CI_DEFAULT_BRANCH}") {
        return match of {
            Asked::Branch => Some("github.ref == format('refs/heads/{0}', CI_DEFAULT_BRANCH)".to_owned()),
            Asked::Name(name) => Some(format!("{name} == CI_DEFAULT_BRANCH")),
            Asked::Tag => None,
        };
    }
    if what.contains(['$', '\'', '?', '[']) {
        return None;
    }
    let begin = what.strip_suffix('*').filter(|_| !quoted);
    if begin.unwrap_or(what).contains('*') && !quoted {
        return None;
    }
    Some(match (of, begin, what) {
        (Asked::Tag, None, "") => "github.ref_type != 'tag'".to_owned(),
        (Asked::Branch, None, "") => "github.ref_type != 'branch'".to_owned(),
        (Asked::Tag, None, what) => format!("github.ref == 'refs/tags/{what}'"),
        (Asked::Branch, None, what) => format!("github.ref == 'refs/heads/{what}'"),
        (Asked::Name(name), None, what) => format!("{name} == '{what}'"),
        (Asked::Tag, Some(begin), _) => format!("startsWith(github.ref, 'refs/tags/{begin}')"),
        (Asked::Branch, Some(begin), _) => format!("startsWith(github.ref, 'refs/heads/{begin}')"),
        (Asked::Name(name), Some(begin), _) => format!("startsWith({name}, '{begin}')"),
    })
}

/// Whether it fits a plain expression: `^refs/tags/`.
fn fits(of: &Asked, pattern: &str) -> Option<String> {
    let begin = pattern.strip_prefix('^')?.trim_end_matches(".*").trim_end_matches(".+").replace("\\/", "/");
    let is_plain = |text: &str| text.chars().all(|sign| sign.is_ascii_alphanumeric() || "/_-".contains(sign));
    match begin.strip_suffix('$') {
        Some(whole) if is_plain(whole) => same(of, whole, true),
        None if is_plain(&begin) => same(of, &format!("{begin}*"), false),
        _ => None,
    }
}

fn tokens(test: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let (mut text, mut quoted, mut quote) = (String::new(), false, None);
    let mut signs = test.char_indices().peekable();
    let mut end = |text: &mut String, quoted: &mut bool, joint: Option<Token>| {
        if !text.is_empty() || *quoted {
            found.push(Token::Word { text: std::mem::take(text), quoted: std::mem::take(quoted) });
        }
        found.extend(joint);
    };
    while let Some((at, sign)) = signs.next() {
        let rest = test.get(at..).filter(|rest| rest.starts_with("${{")).unwrap_or_default();
        if let Some(whole) = rest.find("}}").and_then(|end| rest.get(..end + 2)) {
            text.push_str(whole);
            while signs.next_if(|(next, _)| *next < at + whole.len()).is_some() {}
            continue;
        }
        match (sign, quote) {
            (sign, Some(open)) if sign == open => quote = None,
            (sign, Some(_)) => text.push(sign),
            ('"' | '\'', None) => (quote, quoted) = (Some(sign), true),
            ('&' | '|', None) if signs.next_if(|(_, next)| *next == sign).is_some() => {
                let joint = if sign == '&' { Token::And } else { Token::Or };
                end(&mut text, &mut quoted, Some(joint));
            }
            (sign, None) if sign.is_whitespace() => end(&mut text, &mut quoted, None),
            (sign, None) => text.push(sign),
        }
    }
    end(&mut text, &mut quoted, None);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_tests_are_conditions() {
        for (test, want) in [
            ("[ \"$GITHUB_REF\" = \"refs/heads/main\" ]", Some("github.ref == 'refs/heads/main'")),
            ("[[ $GITHUB_REF == refs/tags/* ]]", Some("startsWith(github.ref, 'refs/tags/')")),
            ("[[ \"${GITHUB_REF_TYPE}\" != 'tag' ]]", Some("!(github.ref_type == 'tag')")),
            ("test -n \"$CI_COMMIT_TAG\"", Some("github.ref_type == 'tag'")),
            ("! [ -z \"$CI_COMMIT_BRANCH\" ]", Some("!(github.ref_type != 'branch')")),
            ("[ \"$CI_COMMIT_BRANCH\" = \"main\" ]", Some("github.ref == 'refs/heads/main'")),
            ("[[ ${{ github.ref }} =~ ^refs/tags/v ]]", Some("startsWith(github.ref, 'refs/tags/v')")),
            (
                "[ \"$CI_COMMIT_BRANCH\" = \"$CI_DEFAULT_BRANCH\" ]",
                Some("github.ref == format('refs/heads/{0}', CI_DEFAULT_BRANCH)"),
            ),
            (
                "[[ $GITHUB_REF_TYPE == tag && $GITHUB_EVENT_NAME = push ]]",
                Some("github.ref_type == 'tag' && github.event_name == 'push'"),
            ),
            (
                "[ \"$GITHUB_REF_NAME\" = a ] || [ \"$GITHUB_REF_NAME\" = b ]",
                Some("(github.ref_name == 'a') || (github.ref_name == 'b')"),
            ),
            ("[ \"$IS_PRERELEASE\" = \"true\" ]", Some("env.IS_PRERELEASE == 'true'")),
            (
                "[[ ${{ steps.a.outputs.is-prerelease }} != 'true' ]]",
                Some("!(steps.a.outputs.is-prerelease == 'true')"),
            ),
            ("[ \"$PUSH\" = true ]", None),
            ("[[ $GITHUB_REF_NAME =~ ^v[0-9]+ ]]", None),
            ("[[ $GITHUB_REF == *-rc* ]]", None),
            ("[ \"$GITHUB_REF_NAME\" = \"$BRANCH\" ]", None),
            (
                "[[ $GITHUB_REF_TYPE == tag || $GITHUB_EVENT_NAME = push ]] && [[ $GITHUB_REF_NAME = a ]]",
                Some(
                    "((github.ref_type == 'tag') || (github.event_name == 'push')) && github.ref_name == 'a'",
                ),
            ),
            (
                "[ $GITHUB_REF_NAME = a ] || [ $GITHUB_REF_NAME = b ] && ! [[ $GITHUB_REF_TYPE = tag && $GITHUB_REF = x ]]",
                Some(
                    "((github.ref_name == 'a') || (github.ref_name == 'b')) && !(github.ref_type == 'tag' && github.ref == 'x')",
                ),
            ),
            ("[ $GITHUB_REF_NAME = a ] > b", None),
            ("[ $GITHUB_REF_NAME = a", None),
            ("[[ ( $GITHUB_REF_NAME = a ) ]]", None),
            ("grep -q x y", None),
            ("[ -f Dockerfile ]", None),
            ("[ \"$GITHUB_REF_NAME\" = a ] || grep -q x y", None),
        ] {
            assert_eq!(as_condition(test).as_deref(), want, "{test}");
        }
    }

    #[test]
    fn patterns_of_a_case_are_conditions() {
        for (pattern, want) in [
            ("refs/heads/main", Some("github.ref == 'refs/heads/main'")),
            ("refs/tags/*", Some("startsWith(github.ref, 'refs/tags/')")),
            ("a|b", Some("github.ref == 'a' || github.ref == 'b'")),
            ("*", Some("true")),
            ("*x*", None),
        ] {
            assert_eq!(matching("\"$GITHUB_REF\"", pattern).as_deref(), want, "{pattern}");
        }
        assert_eq!(matching("$1", "a"), None);
    }
}
