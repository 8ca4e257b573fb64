//! What a signed release states of its images: provenance, and `[[attestation]]`.

use serde_json::Value;

use crate::scene::Scene;
use crate::signing::{SIGNING, json, run, tagged, verify};

const TRUST: &str = "\n[[trust]]\nkey = \"release.pub\"\n";
const IMAGE: &str = "local:registry.example/app:1.0.0";

/// A project that attests a file of image `app`, of which `text` is what it says.
fn attesting(kind: &str, text: Option<&str>) -> Scene {
    let tables =
        format!("{SIGNING}{TRUST}[[attestation]]\ntype = \"{kind}\"\npath = \"dist/{{name}}.json\"\n");
    let scene = tagged(&tables);
    if let Some(text) = text {
        scene.repo.write("dist/app.json", text);
    }
    scene
}

fn record(scene: &Scene) -> Value {
    let path = scene.repo.path().join(".plimsoll/releases/v1.0.0-release-info.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn a_release_has_provenance_and_what_it_attests() {
    let scene = attesting("cyclonedx", Some(r#"{"bomFormat":"CycloneDX","specVersion":"1.6"}"#));
    run(&scene, "release v1.0.0 --local").expect_success();
    let record = record(&scene);
    let kinds: Vec<&str> = record["attestations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|stated| stated["predicate_type"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["https://slsa.dev/provenance/v1", "https://cyclonedx.org/bom"]);
    for kind in kinds {
        let line = format!("verify image {IMAGE} --key release.pub --type {kind}");
        scene.run(&line).expect_success();
    }
    let (code, found) = verify(&scene, "");
    assert_eq!((code, &found["verdict"]), (0, &"ok".into()), "{found:#}");
    let subjects: Vec<&str> =
        found["checks"].as_array().unwrap().iter().filter_map(|check| check["subject"].as_str()).collect();
    for wanted in
        ["provenance registry.example/app@", "attestation https://cyclonedx.org/bom of registry.example/app@"]
    {
        assert!(subjects.iter().any(|subject| subject.starts_with(wanted)), "{wanted}: {subjects:?}");
    }
    // What is stated of the next one is another thing.
    let config = std::fs::read_to_string(scene.repo.path().join("plimsoll.toml")).unwrap();
    scene.repo.write("plimsoll.toml", config.replace("\"cyclonedx\"", "\"https://example.test/scan/v1\""));
    scene.repo.commit("scanned");
    scene.repo.annotated_tag("v1.1.0");
    run(&scene, "release v1.1.0 --local").expect_success();
    let difference = scene.run("diff v1.0.0 v1.1.0 --local").expect_success();
    let said = "attestations of app\n  - https://cyclonedx.org/bom\n  + https://example.test/scan/v1\n";
    assert!(difference.stdout().contains(said), "{}", difference.stdout());
    // Again there is nothing to do, and nothing to sign.
    let (_, again) = json(run(&scene, "release v1.0.0 --local -o json"));
    assert_eq!(again["changed"], false, "{again:#}");
    // A plan tells each of them.
    let plan = scene.json("plan v1.0.0 --local --online");
    assert_eq!(plan["changes"], false, "{plan:#}");
}

#[test]
fn what_can_not_be_attested_stops_a_release_before_anything_leaves() {
    for (text, code, said) in [
        (None, "file-missing", "`dist/app.json`, which is to be attested of `app`, is not there"),
        (Some("{}"), "predicate-invalid", "has no `bomFormat`"),
        (Some("bom"), "predicate-invalid", "is not JSON"),
    ] {
        let scene = attesting("cyclonedx", text);
        let (exit, found) = json(run(&scene, "release v1.0.0 --local -o json"));
        assert_eq!((exit, &found["error"]["code"]), (2, &code.into()), "{found:#}");
        assert!(found["error"]["message"].as_str().unwrap().contains(said), "{found:#}");
        assert!(!scene.has(".plimsoll/releases/v1.0.0-release-info.json"));
    }
}

#[test]
fn provenance_must_be_of_this_project() {
    let scene = tagged(&format!("{SIGNING}{TRUST}"));
    let config = std::fs::read_to_string(scene.repo.path().join("plimsoll.toml")).unwrap();
    let from = |source: &str| {
        let source = format!("[project]\nsource = \"{source}\"");
        scene.repo.write("plimsoll.toml", config.replacen("[project]", &source, 1));
    };
    from("https://git.example/acme/app");
    scene.repo.commit("sourced");
    scene.repo.annotated_tag("v1.1.0");
    run(&scene, "release v1.1.0 --local").expect_success();
    let verify = || json(scene.run("verify v1.1.0 --local -o json"));
    from("https://git.example/Acme/app.git");
    assert_eq!(verify().0, 0, "it is the same repository");
    from("https://git.example/mallory/app");
    let (code, found) = verify();
    let check = found["checks"].as_array().unwrap().iter().find(|check| check["outcome"] != "ok").unwrap();
    assert_eq!(code, 6, "{found:#}");
    assert!(check["subject"].as_str().unwrap().starts_with("provenance registry.example/app@"), "{check:#}");
    let said = "git+https://git.example/acme/app@refs/tags/v1.1.0, not git+https://git.example/mallory/app@";
    assert!(check.to_string().contains(said), "{check:#}");
}

/// A command in a job of GitHub Actions of a repository.
fn in_job_of(scene: &Scene, repository: &str, line: &str) -> (i32, Value) {
    let workflow = format!("{repository}/.github/workflows/release.yml@refs/heads/main");
    let key = std::fs::read_to_string(scene.repo.path().join("release.key")).unwrap();
    let mut command = scene.plimsoll(line).set("RELEASE_KEY", key).set("COSIGN_PASSWORD", "open sesame");
    for (name, value) in [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_EVENT_NAME", "workflow_dispatch"),
        ("GITHUB_REF", "refs/heads/main"),
        ("GITHUB_SERVER_URL", "https://github.com"),
        ("GITHUB_REPOSITORY", repository),
        ("GITHUB_REPOSITORY_ID", "77"),
        ("GITHUB_REPOSITORY_OWNER_ID", "7"),
        ("GITHUB_RUN_ID", "42"),
        ("GITHUB_WORKFLOW_REF", &workflow),
        ("RUNNER_ENVIRONMENT", "github-hosted"),
    ] {
        command = command.set(name, value);
    }
    json(command.run())
}

#[test]
fn provenance_that_would_be_refused_is_not_made() {
    let config = format!("{SIGNING}{TRUST}").replacen(
        "[[trust]]",
        "[[trust]]\nissuer = \"https://token.actions.githubusercontent.com\"\nrepository = \"https://github.com/acme/app\"\ntrusted-root = \"root.json\"\n[[trust]]",
        1,
    );
    let scene = tagged(&config);
    let root = r#"{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}"#;
    scene.repo.write("root.json", root).commit("whom to trust");
    scene.repo.annotated_tag("v1.1.0");
    let line = "release v1.1.0 --local -o json";
    let (code, refused) = in_job_of(&scene, "acme/tools", line);
    assert_eq!((code, &refused["error"]["code"]), (6, &"signature-refused".into()), "{refused:#}");
    let said = refused["error"]["message"].as_str().unwrap();
    for part in ["would be refused when the release is verified", "acme/tools", "acme/app"] {
        assert!(said.contains(part), "{said}");
    }
    assert!(!scene.has(".plimsoll/releases"), "nothing was made");
    let (code, released) = in_job_of(&scene, "acme/app", line);
    assert_eq!(code, 0, "{released:#}");
    let (code, found) = json(scene.run("verify v1.1.0 --local -o json"));
    assert_eq!((code, &found["verdict"]), (0, &"ok".into()), "{found:#}");
}

#[test]
fn an_image_that_names_no_platforms_is_stated_of_for_each_that_it_has() {
    let other = tagged(SIGNING);
    run(&other, "release v1.0.0 --local").expect_success();
    let scene = tagged(&format!(
        "{SIGNING}provenance = \"platforms\"\n{TRUST}\
         [[attestation]]\ntype = \"cyclonedx\"\npath = \"sbom-{{arch}}.json\"\n"
    ));
    let config = std::fs::read_to_string(scene.repo.path().join("plimsoll.toml")).unwrap();
    let (before, rest) = config.split_once("platforms = ").expect("it names platforms");
    let (_, after) = rest.split_once("mode = \"0755\" }]").expect("it is put together");
    let taken = format!("{before}import = {{ layout = \"taken\" }}{after}");
    scene.repo.write("plimsoll.toml", taken);
    let layout = scene.repo.path().join("taken");
    run(&other, &format!("copy {IMAGE} oci:{}", layout.display())).expect_success();
    scene.repo.write("sbom-amd64.json", r#"{"bomFormat":"CycloneDX"}"#).commit("with what it is made of");
    scene.repo.annotated_tag("v1.1.0");
    run(&scene, "release v1.1.0 --local").expect_success();
    let path = scene.repo.path().join(".plimsoll/releases/v1.1.0-release-info.json");
    let record: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let kinds = record["attestations"].as_array().unwrap().iter();
    let kinds: Vec<_> = kinds.map(|stated| stated["predicate_type"].as_str().unwrap()).collect();
    let provenance = "https://slsa.dev/provenance/v1";
    assert_eq!(
        kinds,
        [provenance, provenance, "https://cyclonedx.org/bom"],
        "of the index, and of its platform"
    );
}

#[test]
fn placeholders_are_checked_before_anything_else() {
    let check = |path: &str| {
        let table = format!("{SIGNING}[[attestation]]\ntype = \"cyclonedx\"\npath = \"{path}\"\n");
        let scene = tagged(&table);
        let found = scene.json("check");
        let mut problems = found["problems"].as_array().unwrap().iter();
        let wrong = problems.find(|problem| problem["code"] == "invalid-value")?;
        Some(wrong["help"].to_string())
    };
    assert_eq!(check("sbom/{name}-{os}-{arch}{variant}.json"), None);
    for (path, said) in [
        ("sbom/{nmae}.json", "did you mean `{name}`?"),
        ("sbom/{version}.json", "there are `{name}`, `{os}`, `{arch}` and `{variant}`"),
        ("sbom/{name.json", ""),
    ] {
        let found = check(path).unwrap_or_else(|| panic!("{path} was not refused"));
        assert!(found.contains(said), "{path}: {found}");
    }
}
