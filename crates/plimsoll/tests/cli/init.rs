//! `init`: what it makes of a repository, and of one that it can't make anything of; `check` of workflows.

use std::path::Path;

use serde_json::Value;

use crate::scene::{CONFIG, Scene};

/// The checksums of no real program: nothing is installed here.
pub(crate) fn checksums(scene: &Scene) -> String {
    let file = scene.environment().root().join("SHA256SUMS");
    let line = |name: &str| format!("{}  plimsoll-linux-{name}\n", "ab".repeat(32));
    std::fs::write(&file, line("amd64") + &line("arm64")).unwrap();
    file.display().to_string()
}

/// An empty repository of acme/app on this forge.
pub(crate) fn at_home(host: &str) -> Scene {
    let scene = Scene::empty();
    scene.repo.remote("origin", &format!("https://{host}/acme/app.git"));
    scene
}

pub(crate) fn init(scene: &Scene, options: &str) -> plimsoll_testkit::process::Output {
    let checksums = checksums(scene);
    scene.plimsoll(&format!("init {options}")).args(["--checksums", &checksums]).run()
}

#[track_caller]
pub(crate) fn initialised(scene: &Scene, options: &str) -> Value {
    let output = init(scene, &format!("{options} -o json"));
    serde_json::from_str(output.stdout()).unwrap_or_else(|error| panic!("{error}: {}", output.stderr()))
}

/// The codes of what `check` says.
pub(crate) fn findings(scene: &Scene) -> Vec<String> {
    let answer = scene.json("check");
    let problems = answer["problems"].as_array().unwrap_or_else(|| panic!("{answer:#}"));
    problems.iter().map(|problem| problem["code"].as_str().unwrap().to_owned()).collect()
}

/// A draft of nothing would only empty what is there.
#[test]
fn a_configuration_is_not_compared_with_a_draft_of_nothing() {
    for config in [CONFIG, "[project]\nnmae = \"app\"\n"] {
        let scene = Scene::with_config(config);
        let output = scene.run("init");
        let said = format!("{}{}", output.stdout(), output.stderr());
        assert!(!said.contains("what would be drafted"), "{said}");
        assert_eq!(scene.read("plimsoll.toml"), config);
    }
    let scene = Scene::with_config(CONFIG);
    let done = scene.json("init");
    assert_eq!(
        (&done["files"][0]["status"], &done["files"][0]["difference"]),
        (&"kept".into(), &Value::Null)
    );
    let next = done["next"][0].as_str().unwrap();
    assert!(next.starts_with("nothing to release was found beside plimsoll.toml"), "{next}");
    // What was found is compared.
    scene.repo.write("Dockerfile", DOCKERFILE).commit("docker");
    assert!(scene.run("init").stdout().contains("what would be drafted"));
}

#[test]
fn checksums_that_are_not_there_are_told_with_what_is_meant() {
    let scene = at_home("github.com");
    scene.repo.write("Dockerfile", DOCKERFILE).commit("docker");
    let said = scene.run("init --checksums ../nosuch");
    assert_eq!(said.code(), Some(2), "{}", said.stderr());
    for part in ["`../nosuch` can't be read", "SHA256SUMS is: `--checksums FILE`", "leave the option out"] {
        assert!(said.stderr().contains(part), "{part}: {}", said.stderr());
    }
}

pub(crate) const DOCKERFILE: &str = "FROM scratch\nCOPY app /app\nENTRYPOINT [\"/app\"]\n";

/// A workflow as they are copied from one repository to the next.
const COPIED: &str = r"
on:
  push:
    branches: [main]
    tags: ['v*']
jobs:
  docker:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: docker/login-action@v3
        with:
          username: ${{ secrets.DOCKERHUB_USERNAME }}
          password: ${{ secrets.DOCKERHUB_TOKEN }}
      - id: meta
        uses: docker/metadata-action@v5
        with:
          images: |
            acme/app
            ghcr.io/acme/app
          tags: |
            type=semver,pattern={{version}}
            type=ref,event=branch
      - name: Build
        uses: docker/build-push-action@v6
        with:
          push: true
          platforms: linux/amd64,linux/arm64
          tags: ${{ steps.meta.outputs.tags }}

      - run: helm package charts/app && helm push app.tgz oci://ghcr.io/acme/charts
      - run: gh release create v1
";

#[test]
fn a_repository_with_a_dockerfile_gets_everything() {
    let scene = at_home("github.com");
    scene
        .repo
        .write("Dockerfile", DOCKERFILE)
        .write("app", "app\n")
        .write("package.json", "{\"version\":\"1.0.0\"}");
    scene.repo.commit("first");
    let done = initialised(&scene, "");
    assert_eq!(done["images"][0], "app");
    let files: Vec<&str> =
        done["files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap()).collect();
    assert_eq!(
        files,
        [
            "plimsoll.toml",
            ".github/workflows/plimsoll-release.yml",
            ".github/workflows/plimsoll-pull-request.yml",
            ".github/workflows/plimsoll-operate.yml",
            ".github/workflows/plimsoll-audit.yml",
        ]
    );
    insta::assert_snapshot!(scene.read("plimsoll.toml"), @r##"
    # Drafted by `plimsoll init`. Read it, then ask `plimsoll check`.

    required-version = ">=0.1, <0.2"

    [project]
    name = "app"

    [version]
    files = ["package.json"]

    [[image]]
    name = "app"
    repository = "ghcr.io/acme/app"
    platforms = ["linux/amd64", "linux/arm64"]
    dockerfile = "Dockerfile"
    context = "."

    [image.tags]
    release = [
        "{version}",
        "{major}.{minor}",
        "latest",
    ]

    # [forge]
    # release = "version"               # a release page for each version
    "##);
    assert_eq!(findings(&scene), [""; 0]);
    // Once more changes nothing.
    let again = initialised(&scene, "");
    let statuses: Vec<&str> =
        again["files"].as_array().unwrap().iter().map(|file| file["status"].as_str().unwrap()).collect();
    assert!(statuses.iter().all(|status| *status == "same"), "{again:#}");
}

#[test]
fn what_workflows_do_is_carried_over_and_they_are_to_go() {
    let scene = at_home("github.com");
    scene
        .repo
        .write("Dockerfile", DOCKERFILE)
        .write("app", "app\n")
        .write(".github/workflows/docker.yml", COPIED);
    scene.repo.write("charts/app/Chart.yaml", "apiVersion: v2\nname: app\nversion: 0.1.0\n");
    scene.repo.write("charts/app/values.yaml", "image:\n  repository: ghcr.io/acme/app\n  digest: \"\"\n");
    scene.repo.commit("first");
    initialised(&scene, "");
    let config = scene.read("plimsoll.toml");
    for line in [
        "[registries.\"docker.io\"]\nusername = \"env:DOCKERHUB_USERNAME\"\npassword = \"env:DOCKERHUB_TOKEN\"\n",
        "oci = \"oci://ghcr.io/acme/charts\"\nimage = { \"image.digest\" = \"app.digest\" }\n",
        "mirrors = [\"ghcr.io/acme/app\"]",
        "[forge]\nrelease = \"version\"\n",
    ] {
        assert!(config.contains(line), "{line}\n{config}");
    }
    let release = scene.read(".github/workflows/plimsoll-release.yml");
    assert!(release.contains("DOCKERHUB_TOKEN: ${{ secrets.DOCKERHUB_TOKEN }}\n"), "{release}");
    let output = scene.run("check");
    for help in ["delete lines 24 to 29", "delete line 31", "delete line 32"] {
        assert!(output.stderr().contains(help), "{help}\n{}", output.stderr());
    }
    let mut found = findings(&scene);
    found.retain(|code| code.starts_with("workflow-"));
    assert_eq!(found, ["workflow-rival"; 3]);
}

#[test]
fn workflows_that_do_not_fit_are_told_what_to_add() {
    let scene = Scene::with_config(&CONFIG.replace("registry.example/app", "ghcr.io/acme/app").replace(
        "[image.assemble]",
        "tags.\"branch:main\" = [\"main\"]\ntags.release = [\"{version}\"]\n[image.assemble]",
    ));
    scene.repo.remote("origin", "https://github.com/acme/app.git");
    let workflow = |text: &str| {
        scene.repo.write(".github/workflows/release.yml", text);
        let mut found = findings(&scene);
        found.sort();
        (found, scene.run("check").stderr().to_owned())
    };
    let bare = "on: { push: { branches: [dev] } }\njobs:\n  out:\n    runs-on: x\n    permissions: { contents: read }\n    steps:\n      - uses: actions/checkout@v4\n      - run: plimsoll release\n      - run: plimsoll publish\n";
    let (found, said) = workflow(bare);
    assert_eq!(found, ["workflow-checkout", "workflow-permissions", "workflow-trigger", "workflow-trigger"]);
    for line in ["contents: write", "packages: write", "tags: ['v*']", "branches: [main]", "fetch-depth: 0"] {
        assert!(said.contains(line), "{line}\n{said}");
    }
    let silent = bare.replace("    permissions: { contents: read }\n", "");
    assert!(workflow(&silent).1.contains("does not say what it may do"));
    let right = "on: { push: { branches: [main], tags: ['v*'] } }\npermissions: { contents: write, packages: write }\njobs:\n  out:\n    runs-on: x\n    steps:\n      - uses: actions/checkout@v4\n        with: { fetch-depth: 0 }\n      - run: plimsoll release\n      - run: plimsoll publish\n";
    assert_eq!(workflow(right).0, [""; 0]);
    let strangers = right.replace("on: { push:", "on: { pull_request_target: {}, push:");
    assert_eq!(workflow(&strangers).0, ["workflow-untrusted"]);
    scene.repo.write("plimsoll.toml", format!("registry = \"local\"\n{}", scene.read("plimsoll.toml")));
    let (found, said) = workflow(right);
    assert_eq!(found, ["workflow-local"]);
    assert!(said.contains("stays in a folder of its runner"), "{said}");
    let (found, said) = workflow("on: [\n");
    assert_eq!(found, ["workflow-invalid"]);
    assert!(said.contains(".github/workflows/release.yml"), "{said}");
}

#[test]
fn tags_that_a_job_makes_with_its_own_token_start_nothing() {
    let scene = Scene::with_config(CONFIG);
    scene.repo.remote("origin", "https://github.com/acme/app.git");
    scene.repo.write(
        ".github/workflows/release.yml",
        "on: { push: { tags: ['v*'] }, workflow_dispatch: {} }\npermissions: { contents: write, packages: write }\njobs:\n  out:\n    runs-on: x\n    steps:\n      - uses: actions/checkout@v4\n        with: { fetch-depth: 0 }\n      - run: plimsoll release\n",
    );
    let maker = |steps: &str| {
        let text = format!(
            "on: {{ push: {{ branches: [main] }} }}\njobs:\n  make:\n    runs-on: x\n    steps:\n{steps}"
        );
        scene.repo.write(".github/workflows/make.yml", &text);
        (findings(&scene), scene.run("check").stderr().to_owned())
    };
    for steps in [
        "      - uses: googleapis/release-please-action@v4\n",
        "      - uses: googleapis/release-please-action@v4\n        with: { token: '${{ secrets.GITHUB_TOKEN }}' }\n",
        "      - run: git tag v1 && git push --tags\n",
        "      - run: gh release create v1\n        env: { GH_TOKEN: '${{ github.token }}' }\n",
        "      - run: npx semantic-release\n",
    ] {
        let (found, said) = maker(steps);
        assert_eq!(found, ["workflow-trigger"], "{steps}\n{said}");
        assert!(said.contains("gh workflow run release.yml --ref \"$TAG\" --field tag="), "{said}");
    }
    for steps in [
        "      - uses: googleapis/release-please-action@v4\n        with: { token: '${{ secrets.BOT }}' }\n",
        "      - uses: actions/checkout@v4\n        with: { ssh-key: '${{ secrets.KEY }}' }\n      - run: git push --tags\n",
        "      - uses: googleapis/release-please-action@v4\n      - run: gh workflow run release.yml\n",
        "      # git push --tags\n      - run: make test\n",
    ] {
        assert_eq!(maker(steps).0, [""; 0], "{steps}");
    }
}

#[test]
fn a_configuration_that_is_there_is_kept_and_the_difference_shown() {
    let scene = Scene::with_config(CONFIG);
    scene.repo.remote("origin", "https://github.com/acme/app.git");
    scene.repo.write("Dockerfile", DOCKERFILE);
    let output = init(&scene, "").expect_success();
    assert_eq!(scene.read("plimsoll.toml"), CONFIG);
    assert!(output.stdout().contains("there already, and kept   plimsoll.toml\n"), "{}", output.stdout());
    assert!(output.stdout().contains("\n-repository = \"registry.example/app\"\n"), "{}", output.stdout());
    // The workflows are those of what is there: registry.example takes no token of GitHub's.
    assert!(!scene.read(".github/workflows/plimsoll-release.yml").contains("packages: write"));
}

#[test]
fn what_nothing_can_be_made_of_is_said() {
    let empty = at_home("github.com");
    empty.repo.write("README.md", "hello\n");
    let output = init(&empty, "").expect_code(2);
    assert!(output.stderr().contains("there is nothing here that could be released"), "{}", output.stderr());
    assert!(!empty.has("plimsoll.toml") && !empty.has(".github"));

    let broken = at_home("github.com");
    broken.repo.write("Dockerfile", DOCKERFILE).write(".github/workflows/a.yml", "on: [\n");
    let output = init(&broken, "").expect_success();
    assert!(output.stderr().contains("`.github/workflows/a.yml` is no YAML"), "{}", output.stderr());
    assert!(broken.read("plimsoll.toml").contains("is no YAML"));
    for registry in ["", "https://", "ghcr.io/Ä"] {
        let refused = broken.plimsoll("init").args(["--registry", registry]).run().expect_code(2);
        assert!(
            refused.stderr().contains("nothing that image repositories can begin with"),
            "{}",
            refused.stderr()
        );
    }
    let native = at_home("github.com");
    native.repo.write("Dockerfile", DOCKERFILE);
    init(&native, "--actions none --arm64 native").expect_code(2);
    let sums = native.environment().root().join("nothing");
    std::fs::write(&sums, "").unwrap();
    let nothing =
        native.plimsoll("init").args(["--checksums", &sums.display().to_string()]).run().expect_code(2);
    assert!(nothing.stderr().contains("`plimsoll-linux-amd64` is not named"), "{}", nothing.stderr());
    let away = native.plimsoll("init --downloads http://127.0.0.1:1").run().expect_code(8);
    assert!(away.stderr().contains("--checksums FILE"), "{}", away.stderr());
    assert!(!native.has("plimsoll.toml"));
}

#[test]
fn a_configuration_is_written_and_compared_where_it_is_wanted() {
    let scene = at_home("github.com");
    scene.repo.write("Dockerfile", DOCKERFILE).write("app", "").commit("first");
    let done = initialised(&scene, "--config ci/app.toml");
    assert_eq!(
        (&done["files"][0]["path"], &done["files"][0]["status"]),
        (&"ci/app.toml".into(), &"written".into())
    );
    assert!(!scene.has("plimsoll.toml") && scene.read("ci/app.toml").contains("ghcr.io/acme/app"));
    // Commands find it by its name alone.
    for file in ["release", "pull-request", "operate", "audit"] {
        let text = scene.read(&format!(".github/workflows/plimsoll-{file}.yml"));
        assert!(text.contains("\nenv:\n  PLIMSOLL_CONFIG: 'ci/app.toml'\n"), "{text}");
    }
    scene.run("check --config ci/app.toml").expect_success();
    let again = initialised(&scene, "--config ci/app.toml");
    assert_eq!(again["files"][0]["status"], "same", "{again:#}");
    scene.repo.write("ci/app.toml", CONFIG);
    let kept = initialised(&scene, "--config ci/app.toml");
    assert_eq!(kept["files"][0]["status"], "kept", "{kept:#}");
    assert_eq!(scene.read("ci/app.toml"), CONFIG);

    // The usual place needs no name.
    let usual = at_home("gitlab.com");
    usual.repo.write("Dockerfile", DOCKERFILE);
    initialised(&usual, "--config .config/plimsoll.toml");
    assert!(
        usual.has(".config/plimsoll.toml") && !usual.read(".gitlab/plimsoll.yml").contains("PLIMSOLL_CONFIG")
    );

    // A pipeline that is there is kept, and what it needs is said.
    usual.repo.write(".gitlab-ci.yml", "test: { script: [make test] }\n");
    let kept = initialised(&usual, "--config .config/plimsoll.toml");
    assert!(kept["next"].to_string().contains("- local: .gitlab/plimsoll.yml"), "{kept:#}");

    // Outside of the repository no workflow finds it.
    let outside = at_home("github.com");
    outside.repo.write("Dockerfile", DOCKERFILE);
    let place = outside.environment().root().join("elsewhere.toml").display().to_string();
    init(&outside, &format!("--config {place} --workflows github")).expect_code(2);
    assert!(!Path::new(&place).exists());
    let done = initialised(&outside, &format!("--config {place}"));
    assert_eq!(done["files"].as_array().unwrap().len(), 1, "{done:#}");
    assert!(done["next"][0].as_str().unwrap().contains("outside of the repository"), "{done:#}");
    assert!(Path::new(&place).exists() && !outside.has(".github"));
    let folder = init(&outside, "--config .").expect_code(2);
    assert!(folder.stderr().contains("`.` is no file"), "{}", folder.stderr());
}

#[test]
fn what_check_refuses_is_not_drafted() {
    let scene = at_home("github.com");
    let tags = "type=semver,pattern={{version}}\n            type=raw,value=latest\n            type=raw,value=edge-{{date 'YYYYMMDD'}}";
    let workflow = COPIED.replace("type=semver,pattern={{version}}", tags);
    scene
        .repo
        .write("Dockerfile", DOCKERFILE)
        .write("app", "")
        .write(".github/workflows/docker.yml", workflow);
    scene.repo.commit("first");
    let done = initialised(&scene, "");
    let config = scene.read("plimsoll.toml");
    for line in [
        "    { tag = \"type=raw,value=edge-{{date 'YYYYMMDD'}}\", class = \"first-wins\" },\n",
        "    { tag = \"type=raw,value=edge-{{date 'YYYYMMDD'}}\", class = \"moving\" },\n",
        "\"branch:main\" = [\n    # \"type=raw,value=latest\",  # ",
    ] {
        assert!(config.contains(line), "{line}\n{config}");
    }
    assert!(done["left"].to_string().contains("image app: rule: "), "{done:#}");
    scene.run("check").expect_success();
    assert_eq!(initialised(&scene, "")["files"][0]["status"], "same");
}

#[test]
fn without_a_forge_there_is_a_configuration_that_works_here() {
    for remote in [None, Some("https://git.example.org/acme/app.git"), Some("/srv/git/app.git")] {
        let scene = Scene::empty();
        if let Some(remote) = remote {
            scene.repo.remote("origin", remote);
        }
        scene.repo.write("Dockerfile", DOCKERFILE);
        scene.repo.commit("first");
        let done = initialised(&scene, "");
        assert_eq!(done["files"].as_array().unwrap().len(), 1, "{done:#}");
        assert!(done["next"][0].as_str().unwrap().contains("no forge is known"), "{done:#}");
        assert!(scene.read("plimsoll.toml").contains("registry = \"local\"\n"));
        scene.run("check").expect_success();
    }
}

#[test]
fn dockerfiles_without_names_get_some_and_versions_that_disagree_are_no_gate() {
    let scene = at_home("github.com");
    for file in
        ["Dockerfile", "Dockerfile.worker", "web/Dockerfile", "docker/api.Dockerfile", "Dockerfile.dev"]
    {
        scene.repo.write(file, DOCKERFILE);
    }
    scene.repo.write("VERSION", "1.0.0\n").write("package.json", "{\"version\":\"0.0.1\"}").write("app", "");
    scene.repo.write("web/app", "");
    scene.repo.commit("first");
    let done = initialised(&scene, "");
    assert_eq!(done["images"], serde_json::json!(["app", "worker", "api", "web"]), "{done:#}");
    let left = done["left"].to_string();
    assert!(left.contains("Dockerfile.dev: by its name not for releases"), "{left}");
    assert!(left.contains("VERSION says 1.0.0, and package.json says 0.0.1"), "{left}");
    assert_eq!(findings(&scene), [""; 0]);
}
