use proptest::prelude::*;

use super::{MatchError, Pattern, PatternError};

fn pattern(text: &str) -> Pattern {
    Pattern::parse(text).unwrap()
}

#[test]
fn a_value_is_found_between_its_neighbours() {
    for (text, pattern_text, value, line, column) in [
        ("x\n__version__ = \"1.4.0\"\n", "__version__ = \"{version}\"", "1.4.0", 2, 16),
        ("ARG VERSION=1.4.0-rc.1+b\n", "ARG VERSION={version}", "1.4.0-rc.1+b", 1, 13),
        ("${V:-1.4.0}", "${V:-{version}}", "1.4.0", 1, 6),
        ("img:v1.4.0-alpine", "img:v{version}-alpine", "1.4.0", 1, 6),
        ("a-1-b-b", "a-{version}-b", "1-b", 1, 3),
        ("é 1.4.0 x9", "{version} ", "1.4.0", 1, 3),
    ] {
        let found = pattern(pattern_text).find(text).unwrap();
        assert_eq!((found.value.as_str(), found.line, found.column), (value, line, column));
        assert_eq!(&text[found.span], value);
    }
}

#[test]
fn it_must_be_there_exactly_once() {
    let version = pattern("version={version}");
    assert_eq!(
        version.find("version=x\nVERSION=1"),
        Err(MatchError::NoMatch { pattern: "version={version}".into() })
    );
    assert_eq!(
        version.find("version=1.0\n\nversion=1.0\n"),
        Err(MatchError::SeveralMatches { pattern: "version={version}".into(), lines: vec![1, 3] })
    );
    assert!(pattern("{version}").find("x1.0 -2").is_err());
    assert_eq!(pattern("{version}").find("x1.0 2.0").unwrap().value, "2.0");
}

#[test]
fn a_value_that_would_not_be_found_again_is_refused() {
    let version = pattern("v{version}-x");
    for value in ["", "rc", "1.0 0", "1.0\n", "1.0-x-x/"] {
        let refused = MatchError::Value { pattern: "v{version}-x".into(), value: value.into() };
        assert_eq!(version.set("v1.0-x", value), Err(refused), "{value:?}");
    }
    assert_eq!(version.set("(v1.0-x)", "2.0").unwrap(), "(v2.0-x)");
}

#[test]
fn what_is_no_pattern_and_why() {
    assert_eq!(Pattern::parse("v"), Err(PatternError::NoPlaceholder { pattern: "v".into() }));
    let twice = "{version}{version}";
    assert_eq!(Pattern::parse(twice), Err(PatternError::SeveralPlaceholders { pattern: twice.into() }));
    assert_eq!(Pattern::parse("a\n{version}"), Err(PatternError::SeveralLines));
}

proptest! {
    #[test]
    fn setting_changes_the_value_and_keeps_the_rest(
        head in "[a-z =\n]{0,8}",
        before in "[a-z=\"]{0,3}",
        after in "[a-z\"-]{0,3}",
        tail in "[a-z =\n0-9]{0,8}",
        old in "[0-9]\\.[0-9](-[a-z]{1,2})?",
        new in "[0-9]\\.[0-9](-[a-z]{1,2})?",
    ) {
        let pattern = pattern(&format!("{before}{{version}}{after}"));
        prop_assert_eq!(Pattern::parse(&pattern.to_string()), Ok(pattern.clone()));
        let text = format!("{head}{before}{old}{after}{tail}");
        if let Ok(edited) = pattern.set(&text, &new) {
            let found = pattern.find(&text).unwrap();
            let (start, end) = (found.span.start, found.span.end);
            prop_assert_eq!(edited.clone(), format!("{}{}{}", &text[..start], new, &text[end..]));
            prop_assert_eq!(pattern.find(&edited).unwrap().value, new);
            prop_assert_eq!(pattern.set(&edited, &found.value), Ok(text));
        }
    }

    #[test]
    fn any_text_is_answered(text in any::<String>(), value in any::<String>()) {
        let _ = pattern("{version}").set(&text, &value);
        let _ = Pattern::parse(&text);
    }
}
