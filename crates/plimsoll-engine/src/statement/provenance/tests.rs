use super::*;
use crate::domain::git::GitTag;

fn tag() -> TagAt {
    let oid = |digit: &str| digit.repeat(40).parse().unwrap();
    TagAt { name: GitTag("v1.0.0".into()), object: oid("1"), commit: oid("2"), on_remote: true }
}

fn made(workplace: &Workplace, source: Option<&str>, materials: &[Material]) -> Value {
    let (tag, artifact, config) = (tag(), "app".parse().unwrap(), Digest::of(b"configuration"));
    let platforms = ["linux/amd64".to_owned()];
    let making = Making {
        workplace,
        source,
        tag: &tag,
        version: "1.0.0",
        config: &config,
        artifact: &artifact,
        way: "build",
        platforms: &platforms,
        materials,
    };
    serde_json::from_slice::<Value>(&making.provenance().state(&[]).unwrap()).unwrap()["predicate"].clone()
}

fn base() -> Material {
    let digest = "3".repeat(64);
    Material::image(&format!("ghcr.io/acme/base:1@sha256:{digest}").parse().unwrap()).unwrap()
}

fn plimsoll() -> Value {
    json!({
        "artifact": "app",
        "config": { "sha256": Digest::of(b"configuration").hex() },
        "kind": "build",
        "platforms": ["linux/amd64"],
        "tag": "v1.0.0",
        "version": "1.0.0",
    })
}

#[test]
fn in_github_actions_it_is_what_githubs_own_action_states() {
    let found = made(&github(), Some("https://elsewhere.test/x"), &[base(), base()]);
    let want = json!({
        "buildDefinition": {
            "buildType": "https://actions.github.io/buildtypes/workflow/v1",
            "externalParameters": {
                "workflow": {
                    "ref": "refs/heads/main",
                    "repository": "https://github.com/acme/app",
                    "path": ".github/workflows/release.yml",
                },
            },
            "internalParameters": {
                "github": {
                    "event_name": "workflow_dispatch",
                    "repository_id": "77",
                    "repository_owner_id": "7",
                    "runner_environment": "github-hosted",
                },
                "plimsoll": plimsoll(),
            },
            "resolvedDependencies": [
                {
                    "uri": "git+https://github.com/acme/app@refs/tags/v1.0.0",
                    "digest": { "gitCommit": "2".repeat(40) },
                },
                {
                    "uri": format!("pkg:oci/base@sha256%3A{}?repository_url=ghcr.io/acme/base&tag=1", "3".repeat(64)),
                    "digest": { "sha256": "3".repeat(64) },
                },
            ],
        },
        "runDetails": {
            "builder": {
                "id": "https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main",
                "version": { "plimsoll": env!("CARGO_PKG_VERSION") },
            },
            "metadata": { "invocationId": "https://github.com/acme/app/actions/runs/123/attempts/2" },
        },
    });
    assert_eq!(found, want);
}

#[test]
fn elsewhere_it_has_a_build_type_of_its_own() {
    let by_hand = Workplace::Elsewhere(Elsewhere::default());
    let mut parameters = plimsoll();
    let found = made(&by_hand, None, &[]);
    assert_eq!(found["buildDefinition"]["buildType"], BUILD);
    assert_eq!(found["buildDefinition"]["externalParameters"], parameters);
    let source = json!([{ "name": "source", "digest": { "gitCommit": "2".repeat(40) } }]);
    assert_eq!(found["buildDefinition"]["resolvedDependencies"], source);
    assert_eq!(found["runDetails"]["builder"]["id"], UNKNOWN_BUILDER);
    assert_eq!(found["runDetails"].get("metadata"), None);

    let (server, url) = (Some("https://git.acme.test".into()), Some("https://git.acme.test/runs/5".into()));
    let found =
        made(&Workplace::Elsewhere(Elsewhere { server, url }), Some("https://git.acme.test/app"), &[]);
    let uri = "git+https://git.acme.test/app@refs/tags/v1.0.0";
    parameters["source"] = uri.into();
    assert_eq!(found["buildDefinition"]["externalParameters"], parameters);
    assert_eq!(found["buildDefinition"]["resolvedDependencies"][0]["uri"], uri);
    assert_eq!(found["runDetails"]["builder"]["id"], "https://git.acme.test");
    assert_eq!(found["runDetails"]["metadata"]["invocationId"], "https://git.acme.test/runs/5");
}

fn github() -> Workplace {
    Workplace::GitHub(Box::new(GitHubJob {
        server: "https://github.com".into(),
        repository: "acme/app".into(),
        workflow: ".github/workflows/release.yml".into(),
        workflow_ref: "refs/heads/main".into(),
        builder: "acme/app/.github/workflows/release.yml@refs/heads/main".into(),
        event: "workflow_dispatch".into(),
        repository_id: "77".into(),
        owner_id: "7".into(),
        runner: "github-hosted".into(),
        run: "123".into(),
        attempt: 2,
    }))
}

/// What a provenance of `an index` tells, of which this is the predicate.
fn told(predicate: &Value) -> Result<Told, ProvenanceFault> {
    let subject = json!({ "name": "app", "digest": { "sha256": Digest::of(b"an index").hex() } });
    let statement = json!({ "subject": [subject], "predicateType": SLSA_PROVENANCE, "predicate": predicate });
    parse_provenance(statement.to_string().as_bytes())
}

fn check(predicate: &Value, sources: &[&str]) -> Result<(), ProvenanceFault> {
    check_called(predicate, sources, &[])
}

fn check_called(predicate: &Value, sources: &[&str], workflows: &[&str]) -> Result<(), ProvenanceFault> {
    let owned = |all: &[&str]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
    let (tag, sources, workflows) = (tag(), owned(sources), owned(workflows));
    let expected = Expected { tag: &tag, sources: &sources, workflows: &workflows };
    told(predicate)?.check(&Digest::of(b"an index"), expected)
}

#[test]
fn it_must_be_of_the_subject_and_the_commit() {
    let by_hand = Workplace::Elsewhere(Elsewhere::default());
    let mut predicate = made(&by_hand, None, &[base()]);
    assert_eq!(check(&predicate, &[]), Ok(()));
    assert_eq!(check(&predicate, &["https://github.com/acme/app"]), Ok(()), "it names no source");
    let tag = tag();
    let other = told(&predicate)
        .unwrap()
        .check(&Digest::of(b"x"), Expected { tag: &tag, sources: &[], workflows: &[] });
    assert_eq!(other, Err(ProvenanceFault::Subject));
    predicate["buildDefinition"]["resolvedDependencies"][0]["digest"]["gitCommit"] = "1".repeat(40).into();
    let (want, found) = ("2".repeat(40), vec!["1".repeat(40)]);
    assert_eq!(check(&predicate, &[]), Err(ProvenanceFault::Commit { want, found }));
    // What somebody else's build type means by that is not known.
    predicate["buildDefinition"]["buildType"] = "https://mobyproject.org/buildkit@v1".into();
    assert_eq!(check(&predicate, &[]), Ok(()));
}

#[test]
fn it_must_be_of_a_repository_that_counts_and_its_workflow() {
    let ours = ["https://github.com/acme/app"];
    for workplace in [github(), Workplace::Elsewhere(Elsewhere::default())] {
        let predicate = made(&workplace, Some("https://github.com/acme/app/"), &[]);
        assert_eq!(check(&predicate, &ours), Ok(()));
        assert_eq!(check(&predicate, &[]), Ok(()), "it is not known which");
        assert_eq!(check(&predicate, &["https://github.com/Acme/App.git"]), Ok(()));
        assert_eq!(check(&predicate, &["https://github.com/acme/old", ours[0]]), Ok(()));
        let want = vec!["git+https://github.com/acme/other@refs/tags/v1.0.0".to_owned()];
        let found = "git+https://github.com/acme/app@refs/tags/v1.0.0".to_owned();
        let refused = check(&predicate, &["https://github.com/acme/other"]);
        assert_eq!(refused, Err(ProvenanceFault::Source { want, found }));
    }
    let mut predicate = made(&github(), None, &[]);
    let found = "git+https://github.com/acme/app@refs/tags/v2.0.0";
    predicate["buildDefinition"]["resolvedDependencies"][0]["uri"] = found.into();
    assert!(matches!(check(&predicate, &ours), Err(ProvenanceFault::Source { .. })), "another tag");
    let mut predicate = made(&github(), None, &[]);
    let builder = "https://github.com/mallory/app/.github/workflows/release.yml@refs/heads/main".to_owned();
    predicate["runDetails"]["builder"]["id"] = builder.as_str().into();
    let repository = ours[0].to_owned();
    assert_eq!(check(&predicate, &ours), Err(ProvenanceFault::Builder { builder, repository }));
}

#[test]
fn the_builder_is_the_workflow_that_signs_also_where_another_called_it() {
    let called = "acme/workflows/.github/workflows/build.yml@refs/tags/v3";
    let Workplace::GitHub(job) = github() else { panic!("it is a job of GitHub") };
    let predicate = made(&Workplace::GitHub(job.clone()).called(called), None, &[]);
    assert_eq!(predicate["runDetails"]["builder"]["id"], format!("https://github.com/{called}"));
    // What was set off is told as it was.
    let set_off = &predicate["buildDefinition"]["externalParameters"]["workflow"];
    assert_eq!(set_off["path"], job.workflow.as_str());
    let ours = ["https://github.com/acme/app"];
    assert!(matches!(check(&predicate, &ours), Err(ProvenanceFault::Builder { .. })), "nobody trusts it");
    assert_eq!(check_called(&predicate, &ours, &["https://github.com/acme/workflows"]), Ok(()));
    let by_hand = Workplace::Elsewhere(Elsewhere::default());
    assert_eq!(by_hand.clone().called(called), by_hand);
}

#[test]
fn what_is_no_provenance_is_told() {
    let nameless = json!({ "predicateType": SLSA_PROVENANCE, "predicate": { "runDetails": { "builder": { "id": "x" } } } });
    for (payload, why) in [
        ("x", "it is not JSON"),
        (r#"{"predicateType":"https://spdx.dev/Document"}"#, "its type is another"),
        (r#"{"predicateType":"https://slsa.dev/provenance/v1","predicate":{}}"#, "it names no builder"),
        (&nameless.to_string(), "it names no build type"),
    ] {
        assert_eq!(parse_provenance(payload.as_bytes()), Err(ProvenanceFault::Shape(why)));
    }
}
