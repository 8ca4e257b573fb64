use proptest::prelude::*;

use super::*;
use crate::notation::action::context::GitRef;
use crate::notation::action::evaluation::evaluate;

fn context(reference: &str, event_name: &str) -> Context {
    Context {
        reference: GitRef::parse(reference),
        event_name: event_name.into(),
        sha: "860c1904a1ce19322e91ac35af1ab07466440c37".into(),
        default_branch: Some("main".into()),
        base_ref: None,
        now: "2020-01-10T00:30:00Z".parse().unwrap(),
        commit_time: "2020-01-10T00:30:00Z".parse().unwrap(),
        short_length: 7,
    }
}

/// What one rule yields for each kind of event, a line each, warnings in brackets.
fn yields(text: &str) -> String {
    let rule = match Rule::parse(text) {
        Ok(rule) => rule,
        Err(error) => return format!("{text}\n  error: {error}\n"),
    };
    let events = [
        ("refs/tags/v1.2.3", "push"),
        ("refs/tags/v0.4.0", "push"),
        ("refs/tags/v2.0.0-rc.1", "push"),
        ("refs/heads/main", "push"),
        ("refs/heads/feature/x", "push"),
        ("refs/heads/main", "schedule"),
        ("refs/pull/15/merge", "pull_request"),
    ];
    let mut printed = format!("{text}\n");
    for (reference, event) in events {
        let evaluation = evaluate([&rule], &Flavor::default(), &context(reference, event)).unwrap();
        let tags: Vec<&str> = evaluation.tags().collect();
        let warnings: Vec<String> =
            evaluation.warnings.iter().map(|warning| format!(" ({warning})")).collect();
        if !tags.is_empty() || !warnings.is_empty() {
            printed += &format!("  {event} {reference}: {}{}\n", tags.join(" "), warnings.concat());
        }
    }
    printed
}

#[test]
fn schedule() {
    insta::assert_snapshot!(yields("type=schedule") + &yields("type=schedule,pattern=n-{{date 'YYYYMMDD'}}"), @r#"
        type=schedule
          schedule refs/heads/main: nightly
        type=schedule,pattern=n-{{date 'YYYYMMDD'}}
          schedule refs/heads/main: n-20200110
        "#);
}

#[test]
fn semver() {
    insta::assert_snapshot!(
        yields("type=semver,pattern={{version}}")
            + &yields("type=semver,pattern={{major}}.{{minor}},enable={{is_not_default_branch}}")
            + &yields("type=semver,pattern={{raw}}")
            + &yields("type=semver,pattern={{version}},value=p/1.0.0,match=p/(.*)")
            + &yields("type=semver,pattern={{version}},value=1.0")
            + &yields("type=semver"), @r#"
        type=semver,pattern={{version}}
          push refs/tags/v1.2.3: 1.2.3 latest
          push refs/tags/v0.4.0: 0.4.0 latest
          push refs/tags/v2.0.0-rc.1: 2.0.0-rc.1
        type=semver,pattern={{major}}.{{minor}},enable={{is_not_default_branch}}
          push refs/tags/v1.2.3: 1.2 latest
          push refs/tags/v0.4.0: 0.4 latest
          push refs/tags/v2.0.0-rc.1: 2.0.0-rc.1
        type=semver,pattern={{raw}}
          push refs/tags/v1.2.3: v1.2.3 latest
          push refs/tags/v0.4.0: v0.4.0 latest
          push refs/tags/v2.0.0-rc.1: v2.0.0-rc.1
        type=semver,pattern={{version}},value=p/1.0.0,match=p/(.*)
          push refs/tags/v1.2.3: 1.0.0 latest
          push refs/tags/v0.4.0: 1.0.0 latest
          push refs/tags/v2.0.0-rc.1: 1.0.0 latest
          push refs/heads/main: 1.0.0 latest
          push refs/heads/feature/x: 1.0.0 latest
          schedule refs/heads/main: 1.0.0 latest
          pull_request refs/pull/15/merge: 1.0.0 latest
        type=semver,pattern={{version}},value=1.0
          push refs/tags/v1.2.3:  (`1.0` is no version of `type=semver`)
          push refs/tags/v0.4.0:  (`1.0` is no version of `type=semver`)
          push refs/tags/v2.0.0-rc.1:  (`1.0` is no version of `type=semver`)
          push refs/heads/main:  (`1.0` is no version of `type=semver`)
          push refs/heads/feature/x:  (`1.0` is no version of `type=semver`)
          schedule refs/heads/main:  (`1.0` is no version of `type=semver`)
          pull_request refs/pull/15/merge:  (`1.0` is no version of `type=semver`)
        type=semver
          error: `type=semver` needs `pattern=`
        "#);
}

#[test]
fn pep440() {
    insta::assert_snapshot!(
        yields("type=pep440,pattern={{major}}.{{minor}}")
            + &yields("type=pep440,pattern={{raw}},value=1.0.post1")
            + &yields("type=pep440,pattern={{patch}},value=1!2.0c1"), @r#"
        type=pep440,pattern={{major}}.{{minor}}
          push refs/tags/v1.2.3: 1.2 latest
          push refs/tags/v0.4.0: 0.4 latest
          push refs/tags/v2.0.0-rc.1: 2.0.0rc1
        type=pep440,pattern={{raw}},value=1.0.post1
          push refs/tags/v1.2.3: 1.0.post1
          push refs/tags/v0.4.0: 1.0.post1
          push refs/tags/v2.0.0-rc.1: 1.0.post1
          push refs/heads/main: 1.0.post1
          push refs/heads/feature/x: 1.0.post1
          schedule refs/heads/main: 1.0.post1
          pull_request refs/pull/15/merge: 1.0.post1
        type=pep440,pattern={{patch}},value=1!2.0c1
          push refs/tags/v1.2.3: 1-2.0rc1
          push refs/tags/v0.4.0: 1-2.0rc1
          push refs/tags/v2.0.0-rc.1: 1-2.0rc1
          push refs/heads/main: 1-2.0rc1
          push refs/heads/feature/x: 1-2.0rc1
          schedule refs/heads/main: 1-2.0rc1
          pull_request refs/pull/15/merge: 1-2.0rc1
        "#);
}

#[test]
fn matches() {
    insta::assert_snapshot!(
        yields(r"type=match,pattern=v(\d+)\.(\d+),group=1")
            + &yields(r#"type=match,"pattern=/V(?=1)\d{1,2}/i""#)
            + &yields(r"type=match,pattern=v(\d+),group=7")
            + &yields(r"type=match,pattern=v(\d+),group=x")
            + &yields(r"type=match,pattern=("), @r#"
        type=match,pattern=v(\d+)\.(\d+),group=1
          push refs/tags/v1.2.3: 1 latest
          push refs/tags/v0.4.0: 0 latest
          push refs/tags/v2.0.0-rc.1: 2 latest
        type=match,"pattern=/V(?=1)\d{1,2}/i"
          push refs/tags/v1.2.3: v1 latest
          push refs/tags/v0.4.0:  (`/V(?=1)\d{1,2}/i` does not match `v0.4.0`)
          push refs/tags/v2.0.0-rc.1:  (`/V(?=1)\d{1,2}/i` does not match `v2.0.0-rc.1`)
        type=match,pattern=v(\d+),group=7
          push refs/tags/v1.2.3:  (`v(\d+)` has no group 7)
          push refs/tags/v0.4.0:  (`v(\d+)` has no group 7)
          push refs/tags/v2.0.0-rc.1:  (`v(\d+)` has no group 7)
        type=match,pattern=v(\d+),group=x
          error: `group` cannot be `x`, only whole numbers
        type=match,pattern=(
          error: `pattern`: `(` is no regular expression: Unbalanced parenthesis
        "#);
}

#[test]
fn edge() {
    insta::assert_snapshot!(yields("type=edge") + &yields("type=edge,branch=feature/x"), @r#"
        type=edge
          push refs/heads/main: edge
          schedule refs/heads/main: edge
        type=edge,branch=feature/x
          push refs/heads/feature/x: edge
        "#);
}

#[test]
fn reference() {
    insta::assert_snapshot!(
        yields("type=ref,event=branch,suffix=-{{sha}}")
            + &yields("type=ref,event=tag")
            + &yields("type=ref,event=pr")
            + &yields("type=ref,event=release"), @r#"
        type=ref,event=branch,suffix=-{{sha}}
          push refs/heads/main: main-860c190
          push refs/heads/feature/x: feature-x-860c190
          schedule refs/heads/main: main-860c190
        type=ref,event=tag
          push refs/tags/v1.2.3: v1.2.3 latest
          push refs/tags/v0.4.0: v0.4.0 latest
          push refs/tags/v2.0.0-rc.1: v2.0.0-rc.1 latest
        type=ref,event=pr
          pull_request refs/pull/15/merge: pr-15
        type=ref,event=release
          error: `event` cannot be `release`, only `branch`, `tag` and `pr`
        "#);
}

#[test]
fn raw() {
    insta::assert_snapshot!(
        yields("latest")
            + &yields("type=raw,value={{branch}}!{{sha}},enable={{is_default_branch}}")
            + &yields("type=raw"), @r#"
        latest
          push refs/tags/v1.2.3: latest
          push refs/tags/v0.4.0: latest
          push refs/tags/v2.0.0-rc.1: latest
          push refs/heads/main: latest
          push refs/heads/feature/x: latest
          schedule refs/heads/main: latest
          pull_request refs/pull/15/merge: latest
        type=raw,value={{branch}}!{{sha}},enable={{is_default_branch}}
          push refs/heads/main: main-860c190
          schedule refs/heads/main: main-860c190
        type=raw
          error: `type=raw` needs `value=`
        "#);
}

#[test]
fn sha() {
    insta::assert_snapshot!(
        yields("type=sha") + &yields("type=sha,format=long,prefix=") + &yields("type=sha,format=full"), @r#"
        type=sha
          push refs/tags/v1.2.3: sha-860c190
          push refs/tags/v0.4.0: sha-860c190
          push refs/tags/v2.0.0-rc.1: sha-860c190
          push refs/heads/main: sha-860c190
          push refs/heads/feature/x: sha-860c190
          schedule refs/heads/main: sha-860c190
          pull_request refs/pull/15/merge: sha-860c190
        type=sha,format=long,prefix=
          push refs/tags/v1.2.3: 860c1904a1ce19322e91ac35af1ab07466440c37
          push refs/tags/v0.4.0: 860c1904a1ce19322e91ac35af1ab07466440c37
          push refs/tags/v2.0.0-rc.1: 860c1904a1ce19322e91ac35af1ab07466440c37
          push refs/heads/main: 860c1904a1ce19322e91ac35af1ab07466440c37
          push refs/heads/feature/x: 860c1904a1ce19322e91ac35af1ab07466440c37
          schedule refs/heads/main: 860c1904a1ce19322e91ac35af1ab07466440c37
          pull_request refs/pull/15/merge: 860c1904a1ce19322e91ac35af1ab07466440c37
        type=sha,format=full
          error: `format` cannot be `full`, only `short` and `long`
        "#);
}

#[test]
fn attributes_are_checked() {
    for (text, want) in [
        ("type=sharp", "there is no type `sharp`"),
        ("a,enable=yes", "`enable` cannot be `yes`, only `true`, `false` and expressions"),
        ("a,priority=high", "`priority` cannot be `high`, only whole numbers"),
        ("a,prefix={{nope}}", "`prefix`: there is no expression `{{nope}}` here"),
        (
            "type=semver,pattern={{version}},match=(",
            "`match`: `(` is no regular expression: Unbalanced parenthesis",
        ),
        ("\"a", "`\"a` has a quote without its other half"),
    ] {
        assert_eq!(Rule::parse(text).unwrap_err().to_string(), want);
    }
    assert_eq!(Rule::parse("type=sha,event=branch,foo=1").unwrap().ignored, ["event", "foo"]);
    let rule = Rule::parse("type=raw,value=x,enable={{branch}}").unwrap();
    let error = rule.is_enabled(&context("refs/heads/main", "push")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`type=raw,value=x,enable={{branch}}`: `enable` gives `main`, which is neither `true` nor `false`"
    );
    let rule = Rule::parse("type=semver,pattern={{version}},match=v.*").unwrap();
    let error = evaluate([&rule], &Flavor::default(), &context("refs/tags/v1.0.0", "push")).unwrap_err();
    assert_eq!(error.to_string(), "`match=v.*` has no group that matched: put parentheses round the version");
}

proptest! {
    #[test]
    fn prints_as_it_was_read(
        text in "type=(raw|sha|ref|semver|match)(,(value|pattern|event|enable|format|priority)=(branch|tag|long|true|1|\\{\\{version\\}\\}|\\{\\{sha\\}\\})){0,4}"
    ) {
        if let Ok(rule) = Rule::parse(&text) {
            prop_assert_eq!(rule.to_string(), text.clone());
            prop_assert_eq!(Rule::parse(&rule.to_string()).unwrap(), rule);
        }
    }

    #[test]
    fn never_panics(text: String, reference: String) {
        if let Ok(rule) = Rule::parse(&text) {
            let _ = evaluate([&rule], &Flavor::default(), &context(&reference, "push"));
        }
    }

    #[test]
    fn the_version_is_the_first_tag_and_none_is_there_twice(priorities in prop::collection::vec(-3_i64..3, 1..8)) {
        let rules: Vec<Rule> = priorities
            .iter()
            .enumerate()
            .map(|(index, priority)| Rule::parse(&format!("r{},priority={priority}", index % 5)).unwrap())
            .collect();
        let evaluation = evaluate(&rules, &Flavor::default(), &context("refs/heads/main", "push")).unwrap();
        let tags: Vec<&str> = evaluation.tags().collect();
        prop_assert_eq!(evaluation.version(), tags.first().copied());
        let mut unique = tags.clone();
        unique.sort_unstable();
        unique.dedup();
        prop_assert_eq!(unique.len(), tags.len());
        let placed: Vec<i64> = evaluation.yields.iter().filter_map(|found| priorities.get(found.index).copied()).collect();
        prop_assert!(placed.windows(2).all(|pair| pair[0] >= pair[1]));
    }
}
