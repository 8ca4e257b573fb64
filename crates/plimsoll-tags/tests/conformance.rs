//! Cases of docker/metadata-action's own tests: version, tags, labels and annotations must be the same.
//!
//! `fixtures/image-tag-rules.json` has them, from `__tests__/meta.test.ts` of docker/metadata-action 6.2.0
//! (Apache-2.0). `PLIMSOLL_FIXTURES_TAG_RULES` may name another file of the same shape.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::collections::BTreeMap;

use plimsoll_tags::notation::action::context::{Context, GitRef};
use plimsoll_tags::notation::action::evaluation::{evaluate, parse_rules};
use plimsoll_tags::notation::action::flavor::Flavor;
use plimsoll_tags::notation::action::images::parse_images;
use plimsoll_tags::notation::action::metadata::{Repository, labels};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Fixture {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    group: String,
    now: String,
    env: BTreeMap<String, String>,
    event: Value,
    repository: CaseRepository,
    inputs: Inputs,
    expect: Expect,
}

#[derive(Deserialize)]
struct CaseRepository {
    name: String,
    description: String,
    html_url: String,
    default_branch: String,
    license: String,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Inputs {
    images: Vec<String>,
    tags: Vec<String>,
    flavor: Vec<String>,
    labels: Vec<String>,
    annotations: Vec<String>,
}

#[derive(Deserialize)]
struct Expect {
    version: ExpectVersion,
    tags: Vec<String>,
    labels: Vec<String>,
    annotations: Vec<String>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct ExpectVersion {
    main: Option<String>,
    partial: Vec<String>,
    latest: bool,
}

/// What the action takes from its environment.
fn context(case: &Case) -> Context {
    let variable = |name: &str| case.env.get(name).map_or("", String::as_str);
    let text = |pointer: &str| case.event.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let event_name = variable("GITHUB_EVENT_NAME").to_owned();
    let mut reference = variable("GITHUB_REF").to_owned();
    if event_name.contains("pull_request_target") {
        let number = case.event.pointer("/number").and_then(Value::as_u64).unwrap_or_default();
        reference = format!("refs/pull/{number}/merge");
    }
    let mut sha = variable("GITHUB_SHA").to_owned();
    if variable("DOCKER_METADATA_PR_HEAD_SHA") == "true"
        && let Some(head) = text("/pull_request/head/sha")
    {
        sha = head;
    }
    let reference = GitRef::parse(&reference);
    let base_ref = match reference {
        GitRef::Pull(_) => text("/pull_request/base/ref"),
        _ => text("/base_ref").map(|base| base.trim_start_matches("refs/heads/").to_owned()),
    };
    let now = case.now.parse().unwrap();
    let default_branch = text("/repository/default_branch");
    let default_branch = default_branch.or_else(|| Some(case.repository.default_branch.clone()));
    // The tests of the action answer for every commit date with the time at which they run.
    Context { reference, event_name, sha, default_branch, base_ref, now, commit_time: now, short_length: 7 }
}

fn check(case: &Case) -> Result<(), String> {
    let fail = |why: &dyn std::fmt::Display| format!("{}/{}: {why}", case.group, case.id);
    fn texts(list: &[String]) -> impl Iterator<Item = &str> {
        list.iter().map(String::as_str)
    }
    let context = context(case);
    let rules = parse_rules(texts(&case.inputs.tags)).map_err(|error| fail(&error))?;
    let flavor = Flavor::parse(texts(&case.inputs.flavor)).map_err(|error| fail(&error))?;
    let images = parse_images(texts(&case.inputs.images)).map_err(|error| fail(&error))?;
    let evaluation = evaluate(&rules, &flavor, &context).map_err(|error| fail(&error))?;

    let version = ExpectVersion {
        main: evaluation.version().map(str::to_owned),
        partial: evaluation.yields.iter().skip(1).map(|found| found.value.clone()).collect(),
        latest: evaluation.latest.is_some(),
    };
    if version != case.expect.version {
        return Err(fail(&format!("version {version:?}, want {:?}", case.expect.version)));
    }
    let names: Vec<&str> = evaluation.tags().collect();
    let tags: Vec<String> = match images.is_empty() {
        true => names.iter().map(|name| (*name).to_owned()).collect(),
        false => {
            images.iter().flat_map(|image| names.iter().map(move |name| format!("{image}:{name}"))).collect()
        }
    };
    if tags != case.expect.tags {
        return Err(fail(&format!("tags {tags:?}, want {:?}", case.expect.tags)));
    }
    let repository = Repository {
        name: case.repository.name.clone(),
        description: case.repository.description.clone(),
        url: case.repository.html_url.clone(),
        license: case.repository.license.clone(),
    };
    let main = version.main.unwrap_or_default();
    for (what, lines, want) in [
        ("labels", &case.inputs.labels, &case.expect.labels),
        ("annotations", &case.inputs.annotations, &case.expect.annotations),
    ] {
        let found = labels(&repository, &main, &context, texts(lines)).map_err(|error| fail(&error))?.lines();
        if found != *want {
            return Err(fail(&format!("{what} {found:#?}, want {want:#?}")));
        }
    }
    Ok(())
}

#[test]
fn every_case_of_the_action_is_the_same() {
    let path = std::env::var_os("PLIMSOLL_FIXTURES_TAG_RULES").unwrap_or_else(|| {
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/image-tag-rules.json").into()
    });
    let text = std::fs::read_to_string(&path).unwrap();
    let fixture: Fixture = serde_json::from_str(&text).unwrap();
    assert!(!fixture.cases.is_empty(), "the file has no cases");
    let failures: Vec<String> = fixture.cases.iter().filter_map(|case| check(case).err()).collect();
    assert!(
        failures.is_empty(),
        "{} of {} cases differ:\n{}",
        failures.len(),
        fixture.cases.len(),
        failures.join("\n")
    );
}
