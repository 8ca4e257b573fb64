use proptest::prelude::*;

use super::*;

fn context(reference: &str) -> Context {
    Context {
        reference: GitRef::parse(reference),
        event_name: "push".into(),
        sha: "860c1904a1ce19322e91ac35af1ab07466440c37".into(),
        default_branch: Some("main".into()),
        base_ref: Some("release/1.x".into()),
        now: "2020-01-10T00:30:00Z".parse().unwrap(),
        commit_time: "2019-12-31T23:59:59Z".parse().unwrap(),
        short_length: 7,
    }
}

#[test]
fn expressions_stand_for_what_the_context_says() {
    for (reference, text, want) in [
        ("refs/heads/a/b", "x-{{branch}}-{{sha}}", "x-a/b-860c190"),
        ("refs/heads/a/b", "{{tag}}{{base_ref}}", ""),
        ("refs/tags/v1", "{{ tag }}@{{base_ref}}", "v1@release/1.x"),
        ("refs/pull/1/merge", "{{base_ref}}{{branch}}", "release/1.x"),
        ("refs/heads/main", "{{is_default_branch}} {{is_not_default_branch}}", "true false"),
        ("refs/tags/main", "{{is_default_branch}}", "false"),
        ("", "{{is_default_branch}}", "false"),
        ("", "{{date 'YYYYMMDD-HHmmss' tz='Asia/Tokyo'}}", "20200110-093000"),
        ("", "{{commit_date \"YYYY\"}}", "2019"),
        ("", "{{date YYYY}}", "2020-01-10T00:30:00Z"),
        ("refs/heads/a&b='c'", "{{branch}}", "a&amp;b&#x3D;&#x27;c&#x27;"),
        ("refs/heads/a&b", "{{{branch}}}{{&branch}}", "a&ba&b"),
        ("", "} {x}", "} {x}"),
    ] {
        let expression = Expression::parse(text, Scope::Global).unwrap();
        assert_eq!(expression.render(&context(reference)), want, "{text}");
    }
}

#[test]
fn what_is_not_documented_is_refused() {
    for (text, want) in [
        ("{{branch", "`{{branch` has `{{` without `}}`"),
        ("{{brnch}}", "there is no expression `{{brnch}}` here"),
        ("{{version}}", "there is no expression `{{version}}` here"),
        (
            "{{#if branch}}x{{/if}}",
            "`{{#if branch}}` is more than a name: blocks and the like are not supported",
        ),
        ("\\{{branch}}", "`{{\\}}` is more than a name: blocks and the like are not supported"),
        ("{{branch 'x'}}", "`branch` takes no arguments"),
        ("{{date}}", "`date` needs a format: {{date 'YYYYMMDD'}}"),
        ("{{date tz='UTC'}}", "`tz='UTC'` is neither the format of a date nor `tz='…'`"),
        ("{{date 'Y' zone='UTC'}}", "`zone='UTC'` is neither the format of a date nor `tz='…'`"),
        ("{{date 'Y' tz=UTC}}", "`tz=UTC` is neither the format of a date nor `tz='…'`"),
        ("{{date 'Y}}", "`{{date 'Y}}` has a quote without its other half"),
        ("{{date 'Y' tz='Mars/Olympus'}}", "there is no time zone `Mars/Olympus`"),
    ] {
        assert_eq!(Expression::parse(text, Scope::Global).unwrap_err().to_string(), want);
    }
    let slip = Expression::parse("{{brnch}}", Scope::Global).unwrap_err();
    assert!(matches!(slip, ExpressionError::UnknownName { suggestion: Some("branch"), .. }));
}

#[test]
fn patterns_know_versions_and_schedules_know_dates() {
    let parts = VersionParts { raw: "v1.2.3".into(), version: "1.2.3".into(), numbers: [1, 2, 3] };
    let pattern =
        Expression::parse("{{raw}} {{version}} {{major}}.{{minor}}.{{patch}}", Scope::Version).unwrap();
    assert_eq!(pattern.render_version(&parts), "v1.2.3 1.2.3 1.2.3");
    assert!(Expression::parse("{{sha}}", Scope::Version).is_err());
    assert!(Expression::parse("{{date 'YYYY'}}", Scope::Schedule).is_ok());
    assert!(Expression::parse("{{branch}}", Scope::Schedule).is_err());
}

proptest! {
    #[test]
    fn prints_as_it_was_read(text in "([a-z{}' ]|\\{\\{(sha|branch|date 'YYYY' tz='UTC')\\}\\}){0,12}") {
        if let Ok(expression) = Expression::parse(&text, Scope::Global) {
            prop_assert_eq!(expression.to_string(), text);
        }
    }

    #[test]
    fn text_without_braces_stands_as_it_is(text in "[^{}\\\\]{0,20}") {
        let expression = Expression::parse(&text, Scope::Global).unwrap();
        prop_assert_eq!(expression.render(&context("refs/heads/x")), text);
    }

    #[test]
    fn never_panics(text: String) {
        let _ = Expression::parse(&text, Scope::Global);
    }
}
