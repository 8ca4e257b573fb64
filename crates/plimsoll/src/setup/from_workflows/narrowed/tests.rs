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
        ("push", "${{ steps.check.outputs.push }}", 2),
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
