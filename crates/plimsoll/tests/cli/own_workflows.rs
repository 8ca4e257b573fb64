//! Workflows that `init` wrote, as `check` and the forges see them.

use plimsoll_testkit::process::Output;
use serde_json::{Value, json};

use crate::init::{DOCKERFILE, at_home, findings, initialised};
use crate::scene::Scene;
use crate::workflow_shapes::{init, project, shapes, workflow};

/// An image that goes to the registry of a forge.
fn image_at(place: &str) -> String {
    format!(
        "[project]\nname = \"app\"\n[[image]]\nrepository = \"{place}/acme/app\"\nplatforms = [\"linux/amd64\"]\ndockerfile = \"Dockerfile\"\n"
    )
}

fn written(shape: &str, options: &str) -> Scene {
    let scene = project("github.com", shape);
    scene.repo.write("chart/Chart.yaml", "apiVersion: v2\nname: app\nversion: 0.1.0\n");
    scene.repo.commit("chart");
    let done: Output = init(&scene, options);
    assert_eq!(done.code(), Some(0), "{options} {shape}\n{}", done.stderr());
    scene
}

#[test]
fn check_has_nothing_to_say_of_what_init_wrote() {
    let mut all = shapes();
    let unclaimed = format!("claim = \"none\"\n{}", all[1]);
    // Without a page as well nothing of a release writes to the repository, and taking a version back still does.
    all.push(unclaimed.replace("[forge]\n", "[forge]\nrelease = \"never\"\n"));
    all.push(unclaimed);
    for shape in all {
        for options in [
            "",
            "--arm64 emulated",
            "--actions none",
            "--on release",
            "--workflows forgejo",
            "--workflows gitlab",
        ] {
            let scene = written(&shape, options);
            let found: Vec<String> =
                findings(&scene).into_iter().filter(|code| code.starts_with("workflow-")).collect();
            assert_eq!(found, [""; 0], "{options}\n{shape}\n{}", scene.run("check").stderr());
        }
    }
}

/// Forges keep of the runs of one group that wait the newest alone.
#[test]
fn runs_of_two_branches_do_not_wait_in_one_group() {
    let scene = written(&shapes()[3], "");
    for (file, group) in [
        ("branch", "plimsoll-branch-${{ github.ref }}-${{ github.sha }}"),
        ("chart", "plimsoll-chart-${{ github.ref }}"),
    ] {
        let workflow = workflow(&scene, &format!(".github/workflows/plimsoll-{file}.yml"));
        assert_eq!(workflow["concurrency"], json!({ "group": group, "cancel-in-progress": false }));
    }
}

#[test]
fn jobs_that_sign_without_a_key_prove_who_they_are() {
    let keyless = &shapes()[2];
    assert!(keyless.contains("keyless"));
    let forgejo = written(keyless, "--workflows forgejo");
    let proves = |file: &str, job: &str| {
        let workflow = workflow(&forgejo, &format!(".forgejo/workflows/plimsoll-{file}.yml"));
        workflow["jobs"][job].get("enable-openid-connect").cloned()
    };
    assert_eq!(proves("release", "release"), Some(Value::Bool(true)));
    for (file, job) in [("operate", "act"), ("audit", "audit"), ("pull-request", "rehearse")] {
        assert_eq!(proves(file, job), None, "{file}");
    }
}

/// An input may be called as a job is.
#[test]
fn a_permission_is_missed_where_the_job_stands() {
    let scene = written(&shapes()[1], "");
    let path = ".github/workflows/plimsoll-operate.yml";
    let text = scene.read(path).replacen("      packages: write", "      checks: write", 1);
    scene.repo.write(path, &text);
    let jobs = text.lines().position(|line| line == "jobs:").unwrap();
    let line = jobs + text.lines().skip(jobs).position(|line| line == "  act:").unwrap() + 1;
    let said = scene.run("check").stderr().to_owned();
    assert!(said.contains(&format!("{path}:{line}:3")), "line {line}: {said}");
}

#[test]
fn jobs_of_forgejo_are_told_to_log_in_at_its_registry() {
    let drafted = at_home("codeberg.org");
    drafted.repo.write("Dockerfile", DOCKERFILE).write("app", "").commit("first");
    let told = initialised(&drafted, "");
    let config = drafted.read("plimsoll.toml");
    let login = "[registries.\"codeberg.org\"]\nusername = \"env:REGISTRY_USER\"\npassword = \"env:REGISTRY_TOKEN\"\n";
    assert!(config.contains(login), "{config}");
    assert!(told["next"].to_string().contains("REGISTRY_TOKEN, REGISTRY_USER"), "{told:#}");
    assert!(!told["next"].to_string().contains("nothing logs in"), "{told:#}");
    let release = drafted.read(".forgejo/workflows/plimsoll-release.yml");
    assert!(release.contains("REGISTRY_TOKEN: ${{ secrets.REGISTRY_TOKEN }}"), "{release}");

    let kept = at_home("codeberg.org");
    kept.repo
        .write("plimsoll.toml", image_at("codeberg.org"))
        .write("Dockerfile", DOCKERFILE)
        .write("app", "");
    kept.repo.commit("first");
    let told = initialised(&kept, "");
    assert!(told["next"].to_string().contains("nothing logs in at codeberg.org"), "{told:#}");
    // The jobs of the others have a login of themselves.
    for (host, place) in [("github.com", "ghcr.io"), ("gitlab.com", "registry.gitlab.com")] {
        let scene = at_home(host);
        scene.repo.write("plimsoll.toml", image_at(place)).write("Dockerfile", DOCKERFILE).write("app", "");
        scene.repo.commit("first");
        let told = initialised(&scene, "");
        assert!(!told["next"].to_string().contains("logs in"), "{told:#}");
    }
}

#[test]
fn what_gitlab_has_to_be_told_is_said() {
    let scene = at_home("gitlab.com");
    scene.repo.write("Dockerfile", DOCKERFILE).write("app", "");
    scene.repo.write(".gitlab-ci.yml", "stages: [build, ship]\nbuild: { stage: build, script: [make] }\n");
    scene.repo.commit("first");
    let next = initialised(&scene, "")["next"].to_string();
    for word in ["GITLAB_TOKEN", "ci_pipeline_variables_minimum_override_role", "add to the `include`"] {
        assert!(next.contains(word), "{word}: {next}");
    }
    let jobs = workflow(&scene, ".gitlab/plimsoll.yml");
    // A pipeline with stages of its own has no stage `test`, which is that of jobs that name none.
    assert_eq!(jobs[".plimsoll"]["stage"], "ship");
    for job in ["plimsoll-release", "plimsoll-operate"] {
        // Of two jobs that deploy to one environment GitLab fails the older one.
        assert_eq!(jobs[job]["environment"], json!({ "name": "release", "action": "access" }), "{job}");
    }
    let other = at_home("gitlab.com");
    other.repo.write("Dockerfile", DOCKERFILE).write("app", "");
    other.repo.write(".gitlab-ci.yml", "stages: [test, ship]\nbuild: { stage: test, script: [make] }\n");
    other.repo.commit("first");
    initialised(&other, "");
    assert_eq!(workflow(&other, ".gitlab/plimsoll.yml")[".plimsoll"].get("stage"), None);
}

/// The codes of what `check` says of workflows.
fn told(scene: &Scene) -> Vec<String> {
    findings(scene).into_iter().filter(|code| code.starts_with("workflow-")).collect()
}

#[test]
fn jobs_of_a_pipeline_are_looked_at() {
    let scene = at_home("gitlab.com");
    let signing = "[signing]\nkeyless = true\n[[trust]]\nissuer = \"https://gitlab.com\"\nrepository = \"https://gitlab.com/acme/app\"\n";
    let config = format!("{}{signing}", image_at("registry.gitlab.com"));
    scene
        .repo
        .write("plimsoll.toml", config)
        .write("Dockerfile", DOCKERFILE)
        .write("app", "")
        .commit("first");
    let whole = "variables: { GIT_DEPTH: \"0\" }\n  id_tokens: { SIGSTORE_ID_TOKEN: { aud: sigstore } }\n  rules: [{ if: '$CI_COMMIT_TAG =~ /^v/' }]\n";
    let release = format!("out:\n  script: [plimsoll release]\n  {whole}");
    for (pipeline, want) in [
        (release.clone(), &[][..]),
        (release.replace("\"0\"", "\"50\""), &["workflow-checkout"]),
        (release.replace("GIT_DEPTH", "DEPTH"), &["workflow-checkout"]),
        (release.replace("aud: sigstore", "aud: vault"), &["workflow-permissions"]),
        (release.replace("/^v/", "/^api-/"), &["workflow-trigger"]),
        (release.replace("  rules: [{ if: '$CI_COMMIT_TAG =~ /^v/' }]\n", ""), &[]),
        (
            release.replace("plimsoll release", "plimsoll rehearse").replace("GIT_DEPTH", "X"),
            &["workflow-checkout"],
        ),
        (release.replace("plimsoll release", "plimsoll check").replace("GIT_DEPTH", "X"), &[]),
        (format!(".base:\n  {whole}out:\n  extends: .base\n  script: [plimsoll release]\n"), &[]),
        (
            format!(
                "variables: {{ GIT_DEPTH: \"0\" }}\n{}",
                release.replace("variables: { GIT_DEPTH: \"0\" }\n  ", "")
            ),
            &[],
        ),
        // Of another configuration.
        (
            "out:\n  script: [plimsoll release]\n  variables: { PLIMSOLL_CONFIG: plimsoll.api.toml }\n"
                .to_owned(),
            &[],
        ),
    ] {
        scene.repo.write(".gitlab-ci.yml", &pipeline);
        assert_eq!(told(&scene), want, "{pipeline}");
    }
}

#[test]
fn history_is_missed_wherever_it_is_looked_at() {
    let scene = at_home("github.com");
    scene.repo.write("plimsoll.toml", image_at("docker.io")).write("Dockerfile", DOCKERFILE).write("app", "");
    scene.repo.commit("first");
    for (line, is_told) in [
        ("plimsoll release", true),
        ("plimsoll build --tag v1.0.0", true),
        ("plimsoll build --platform linux/arm64 --output part", true),
        ("plimsoll build", false),
        ("plimsoll rehearse", true),
        ("plimsoll audit", true),
        ("plimsoll promote v1.0.0 --dry-run", true),
        ("plimsoll promote v1.0.0", true),
        ("plimsoll withdraw v1.0.0 --dry-run", true),
        ("plimsoll list", false),
        ("# plimsoll audit", false),
    ] {
        let checkout = "{ uses: actions/checkout@v4 }";
        let text = format!(
            "on: {{ push: {{ tags: ['v*'] }} }}\npermissions: write-all\njobs:\n  a:\n    steps: [{checkout}, {{ run: {} }}]\n",
            json!(line)
        );
        scene.repo.write(".github/workflows/a.yml", &text);
        let found = told(&scene).iter().any(|code| code == "workflow-checkout");
        assert_eq!(found, is_told, "{line}");
        let whole = text.replace("checkout@v4 }", "checkout@v4, with: { fetch-depth: 0 } }");
        scene.repo.write(".github/workflows/a.yml", &whole);
        assert!(!told(&scene).iter().any(|code| code == "workflow-checkout"), "{line}");
    }
}

#[test]
fn where_nothing_is_released_no_workflow_is_written() {
    let scene = at_home("github.com");
    let text = "on: { push: { tags: ['v*'] } }\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: ko build --bare ./cmd/app\n";
    scene.repo.write(".github/workflows/ko.yml", text).commit("first");
    let done = initialised(&scene, "");
    assert_eq!(done["files"].as_array().map(Vec::len), Some(1), "{done:#}");
    assert!(scene.has("plimsoll.toml") && !scene.has(".github/workflows/plimsoll-release.yml"));
    let next = done["next"].to_string();
    assert!(
        next.contains("plimsoll.toml has no [[image]] and no [[chart]], and there is nothing to release"),
        "{next}"
    );
    // Once there is one they are written.
    scene.repo.write("plimsoll.toml", image_at("ghcr.io")).write("Dockerfile", DOCKERFILE).write("app", "");
    initialised(&scene, "");
    assert!(scene.has(".github/workflows/plimsoll-release.yml"));
}
