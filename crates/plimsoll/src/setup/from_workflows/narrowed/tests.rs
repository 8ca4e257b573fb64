use super::super::releases;
use super::super::workflow::read_triggers;
use super::*;

const USUAL: &str = "{ push: { branches: [main], tags: ['v*'] }, pull_request: }";

/// What is left of the occasions, what is told, and whether nothing is left.
fn narrowed(on: &str, of: &'static str, condition: &str) -> (String, Vec<String>) {
    let triggers = read_triggers(Some(&yaml_serde::from_str(on).unwrap()));
    let values = [("env.MAIN", "main"), ("env.PUSH", "${{ github.event_name != 'pull_request' }}")];
    let values = values.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let known = Known { values: &values, repository: Some("acme/app") };
    let found = narrow(&triggers, &Vec::from_iter(Condition::of(of, condition)), &known);
    let left = found.triggers.clone();
    let list = |what: &str, list: Option<Vec<String>>| list.map(|list| format!("{what}:{}", list.join(",")));
    let shown = [
        list("tags", left.tags),
        list("branches", left.branches),
        left.pull_request.map(|()| "pulls".to_owned()),
        found.is_never.then(|| "never".to_owned()),
    ];
    (shown.into_iter().flatten().collect::<Vec<_>>().join(" "), found.tell())
}

#[test]
fn conditions_rule_occasions_out() {
    for (condition, want) in [
        ("true", "tags:v* branches:main pulls"),
        ("${{ true }}", "tags:v* branches:main pulls"),
        ("false", "never"),
        ("github.event_name != 'pull_request'", "tags:v* branches:main"),
        ("${{ github.event_name != 'pull_request' }}", "tags:v* branches:main"),
        ("${{ !(github.event_name == 'pull_request') }}", "tags:v* branches:main"),
        ("'push' == github.event_name", "tags:v* branches:main"),
        ("${{ env.PUSH }}", "tags:v* branches:main"),
        ("${{ fromJSON(env.PUSH) }}", "tags:v* branches:main"),
        ("github.event_name == 'push' && github.ref_type == 'tag'", "tags:v*"),
        ("startsWith(github.ref, 'refs/tags/')", "tags:v*"),
        ("startsWith( github.ref , 'refs/tags/v' )", "tags:v*"),
        ("contains(github.ref, 'refs/tags')", "tags:v*"),
        ("startsWith(github.ref_name, 'v')", "tags:v*"),
        ("startsWith(github.ref, 'refs/tags/api-v')", "never"),
        ("github.ref == 'refs/heads/main'", "branches:main"),
        ("github.ref_name == env.MAIN", "branches:main"),
        ("github.ref == format('refs/heads/{0}', 'main')", "branches:main"),
        ("github.ref_name == github.event.repository.default_branch", "branches:main"),
        ("contains(fromJSON('[\"main\",\"next\"]'), github.ref_name)", "branches:main"),
        ("github.ref == 'refs/heads/main' || startsWith(github.ref, 'refs/tags/')", "tags:v* branches:main"),
        ("github.ref != 'refs/heads/main'", "tags:v* pulls"),
        ("github.event_name == 'release'", "never"),
        ("github.event_name == 'pull_request'", "pulls"),
        ("github.event.pull_request.head.repo.full_name == github.repository", "pulls"),
        (
            "github.event_name != 'pull_request' || github.event.pull_request.head.repo.fork == false",
            "tags:v* branches:main pulls",
        ),
        ("github.actor != 'dependabot[bot]'", "tags:v* branches:main pulls"),
        ("github.repository == 'Acme/app'", "tags:v* branches:main pulls"),
        ("github.repository == 'acme/other'", "never"),
        ("inputs.push == 'true' || github.event_name == 'push'", "tags:v* branches:main"),
        ("always() && needs.test.result == 'success'", "tags:v* branches:main pulls"),
        ("!cancelled()", "tags:v* branches:main pulls"),
    ] {
        assert_eq!(narrowed(USUAL, "push", condition), (want.to_owned(), vec![]), "{condition}");
    }
}

/// What is left of git tags, and what is told, where there are these.
fn of_tags(on: &str, tags: &[&str], condition: &str) -> (Option<String>, Vec<String>) {
    let triggers = read_triggers(Some(&yaml_serde::from_str(on).unwrap()));
    let tags: Vec<String> = tags.iter().map(|&tag| tag.to_owned()).collect();
    let values = [(releases::TAGS.to_owned(), releases::notable(&tags))].into();
    let known = Known { values: &values, repository: Some("acme/app") };
    let found = narrow(&triggers, &Vec::from_iter(Condition::of("if", condition)), &known);
    (found.triggers.tags.clone().map(|tags| tags.join(",")), found.tell())
}

#[test]
fn conditions_are_judged_by_the_tags_that_releases_have() {
    let any = "{ push: { tags: ['*'] } }";
    for (on, tags, condition, want) in [
        (any, &["1.2.3", "chart-0.1.0"][..], "!startsWith(github.ref_name, 'chart-')", Some("*")),
        (any, &["1.2.3", "chart-0.1.0"], "startsWith(github.ref, 'refs/tags/chart-')", None),
        (any, &[], "!startsWith(github.ref_name, 'chart-')", Some("*")),
        (any, &[], "startsWith(github.ref_name, 'chart-')", None),
        (any, &[], "startsWith(github.ref, 'refs/tags/v')", Some("*")),
        (any, &["1.2.3"], "startsWith(github.ref, 'refs/tags/v')", None),
        (
            "push",
            &["1.2.3"],
            "startsWith(github.ref, 'refs/tags/') && !contains(github.ref, 'chart')",
            Some(""),
        ),
        ("{ push: { tags: ['v*', 'chart-*'] } }", &[], "!contains(github.ref_name, 'chart')", Some("v*")),
        ("{ push: { tags: ['v*'] } }", &["v2.0.0"], "endsWith(github.ref, '.0')", Some("v*")),
        ("{ push: { tags: ['v*'] } }", &[], "github.ref_name == 'nightly'", None),
        (
            "{ release: { types: [published] } }",
            &["1.0.0"],
            "startsWith(github.event.release.tag_name, 'v')",
            None,
        ),
        ("{ push: { tags: ['v*'] } }", &[], "github.ref_type == 'tag'", Some("v*")),
    ] {
        let (found, told) = of_tags(on, tags, condition);
        let told: Vec<String> = told.into_iter().filter(|what| !what.contains("prereleases")).collect();
        assert_eq!((found.as_deref(), told), (want, vec![]), "{on} {tags:?}: {condition}");
    }
}

#[test]
fn that_prereleases_fare_otherwise_is_told() {
    let on = "{ push: { tags: ['v*'] } }";
    for (condition, is_kept, told) in [
        ("!contains(github.ref, '-rc')", true, "holds for v1.4.0, and not for v1.4.0-rc.1; here both"),
        ("!contains(github.ref_name, '-')", true, "holds for v1.4.0, and not for v1.4.0-rc.1; here both"),
        ("contains(github.ref, '-rc')", false, "holds for v1.4.0-rc.1, and not for v1.4.0; here nothing"),
        ("contains(github.ref, 'beta')", false, "holds for v1.4.0-beta.1, and not for v1.4.0; here nothing"),
        ("startsWith(github.ref, 'refs/tags/v')", true, ""),
    ] {
        let (found, left) = of_tags(on, &["v1.4.0"], condition);
        assert_eq!((found.is_some(), left.len()), (is_kept, usize::from(!told.is_empty())), "{condition}");
        assert!(left.iter().all(|what| what.contains(told)), "{condition}: {left:?}");
    }
    // None are let through.
    let on = "{ push: { tags: ['v[0-9]+.[0-9]+.[0-9]+'] } }";
    assert_eq!(of_tags(on, &["v1.4.0"], "!contains(github.ref, '-')").1, [""; 0]);
    let on = "{ push: { tags: ['v*-rc*'] } }";
    assert_eq!(of_tags(on, &["v1.4.0"], "contains(github.ref, '-rc')"), (Some("v*-rc*".to_owned()), vec![]));
}

#[test]
fn branches_that_a_condition_names_are_those_that_are_meant() {
    for (on, condition, want) in [
        ("push", "github.ref == 'refs/heads/main'", "branches:main"),
        ("push", "github.ref_name == 'main' || github.ref_name == 'next'", "branches:main,next"),
        ("push", "github.ref_type == 'branch'", "branches:"),
        ("{ push: { branches: ['**'] } }", "github.ref == 'refs/heads/main'", "branches:main"),
        (
            "{ push: { branches: ['release/*', main] } }",
            "github.ref == 'refs/heads/release/1'",
            "branches:release/1",
        ),
        ("{ push: { branches: [main] }, release: }", "github.event_name == 'release'", "tags:"),
        ("{ push: { branches: [main] }, release: }", "github.event_name == 'push'", "branches:main"),
        ("{ push: { branches: [main] }, release: }", "github.event.release", "tags:"),
        ("{ push: { tags: ['api-v*', 'web-v*'] } }", "startsWith(github.ref_name, 'web-')", "tags:web-v*"),
        ("pull_request_target", "github.event_name != 'pull_request'", "pulls"),
        ("pull_request_target", "github.event_name != 'pull_request_target'", "never"),
        ("[pull_request, workflow_dispatch]", "github.event_name != 'pull_request'", ""),
        ("[pull_request, workflow_dispatch]", "github.event_name == 'push'", "never"),
        ("workflow_dispatch", "github.event_name == 'workflow_dispatch'", ""),
        ("workflow_call", "github.event_name == 'push'", ""),
    ] {
        let (found, _) = narrowed(on, "if", condition);
        assert_eq!(found, want, "{on}: {condition}");
    }
}

#[test]
fn what_is_not_known_before_is_told_and_no_pull_request_is_published() {
    for (of, condition, told) in [
        ("push", "${{ inputs.push || vars.PUSH }}", 2),
        ("if", "vars.PUSH == 'yes'", 1),
        ("if", "!contains(github.ref, 'rc')", 1),
        ("if", "github.event_name != 'pull_request' && vars.PUSH == 'yes'", 0),
        ("push", "a strange == thing (", 2),
    ] {
        let (found, left) = narrowed(USUAL, of, condition);
        let pulls = if condition.contains("contains") { " pulls" } else { "" };
        assert_eq!(found, format!("tags:v* branches:main{pulls}"), "{condition}");
        assert_eq!(left.len(), told, "{condition}: {left:?}");
    }
    let (found, left) = narrowed(USUAL, "push", "${{ steps.check.outputs.push }}");
    assert_eq!((found.as_str(), left.len()), ("tags:v*", 2), "{left:?}");
    let by_hand = "{ push: { branches: [main] }, workflow_dispatch: }";
    let (found, left) = narrowed(by_hand, "if", "needs.plan.outputs.image == 'true'");
    assert_eq!((found.as_str(), left.len()), ("never", 1), "{left:?}");
    let (found, left) = narrowed("pull_request", "push", "${{ vars.PUSH }}");
    assert_eq!((found.as_str(), left.len()), ("never", 1), "{left:?}");
    let (found, left) =
        narrowed("{ push: { branches: [main] }, schedule: [] }", "if", "github.event_name == 'schedule'");
    assert_eq!((found.as_str(), left.len()), ("never", 1), "{left:?}");
}

#[test]
fn a_step_that_is_not_told_to_push_does_not() {
    let push = |inputs: &[(&str, &str)]| {
        let with = inputs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let values = [("env.OUTPUT".to_owned(), "type=registry".to_owned())].into();
        let known = Known { values: &values, repository: None };
        Condition::of_push(&Step { with, ..Step::default() }, &known).map(|condition| condition.text)
    };
    assert_eq!(push(&[("push", "true")]), None);
    assert_eq!(push(&[]).as_deref(), Some("false"));
    assert_eq!(push(&[("outputs", "type=registry")]), None);
    assert_eq!(push(&[("outputs", "type=image,push-by-digest=true,name-canonical=true,push=true")]), None);
    let guarded = [("outputs", "type=image,push-by-digest=true,push=${{ github.ref == 'a' }}")];
    assert_eq!(push(&guarded).as_deref(), Some("github.ref == 'a'"));
    assert_eq!(push(&[("outputs", "${{ env.OUTPUT }}")]), None);
    assert_eq!(push(&[("outputs", "${{ steps.a.outputs.b }}")]).as_deref(), Some("steps.a.outputs.b"));
    assert_eq!(push(&[("outputs", "type=local,dest=out")]).as_deref(), Some("false"));
}
