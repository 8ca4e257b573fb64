//! What `init` drafts of things that a release would do differently from what is done today: it goes on, or it is said, and
//! nothing that is a guess is live.

use serde_json::Value;

use crate::carried_over::without_dockerfiles;
use crate::init::{at_home, findings, init, initialised};
use crate::scene::Scene;

/// A repository of acme/app with one workflow and these git tags.
fn with_workflow(workflow: &str, tags: &[&str]) -> Scene {
    let scene = at_home("github.com");
    scene.repo.write("Dockerfile", "FROM scratch\nCOPY app /app\n").write("app", "app\n");
    scene.repo.write(".github/workflows/images.yml", workflow);
    scene.repo.commit("first");
    for tag in tags {
        scene.repo.annotated_tag(tag);
    }
    scene
}

/// A workflow with these triggers, whose steps these are.
fn workflow(on: &str, steps: &str) -> String {
    let steps: String = steps.lines().map(|line| format!("      {line}\n")).collect();
    format!(
        "on: {on}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n{steps}"
    )
}

/// A build that is pushed under these tags.
fn pushed(tags: &str) -> String {
    format!(
        "- uses: docker/build-push-action@v6\n  with:\n    push: true\n    platforms: linux/amd64\n    tags: {tags}"
    )
}

fn told(done: &Value) -> String {
    let left = done["left"].as_array().unwrap_or_else(|| panic!("{done:#}"));
    left.iter().map(|what| format!("{}\n", what.as_str().unwrap())).collect()
}

#[track_caller]
fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

fn add_chart(scene: &Scene, version: &str) {
    let about = format!(
        "apiVersion: v2\nname: app\nversion: {version}\nappVersion: 1.1.0\nicon: https://example.org/a.png\n"
    );
    scene.repo.write("charts/app/Chart.yaml", about);
    scene.repo.write(
        "charts/app/values.yaml",
        "image: { repository: ghcr.io/acme/app, tag: \"\", digest: \"\" }\n",
    );
    scene
        .repo
        .write("charts/app/values.schema.json", "{}\n")
        .write("charts/app/templates/a.yaml", "kind: A\n");
    scene.repo.commit("chart");
}

const ON_BOTH: &str = "{ push: { branches: [main], tags: ['v*'] } }";
const RELEASED: &str = "ghcr.io/acme/app:${{ github.ref_name }}";

#[test]
fn a_chart_that_is_packaged_as_it_says_goes_on_from_its_own_number() {
    let package = "- run: helm package charts/app && helm push app-*.tgz oci://ghcr.io/acme/charts";
    let steps = format!("{}\n{package}", pushed(RELEASED));
    let scene = with_workflow(&workflow(ON_BOTH, &steps), &["v1.1.0"]);
    add_chart(&scene, "3.1.0");
    let done = initialised(&scene, "");
    has(
        &told(&done),
        &["chart charts/app: it is packaged as Chart.yaml says, 3.1.0", "pushes to main publish it today"],
    );
    let config = scene.read("plimsoll.toml");
    has(&config, &["version = \"independent\"\n# git-tag = \"app-{version}\"  # "]);
    assert!(!findings(&scene).contains(&"version-mismatch".to_owned()));
    // In lockstep it would go down, which is said with a tag and without one.
    scene.repo.write("plimsoll.toml", config.replace("version = \"independent\"\n", ""));
    has(
        scene.run("check").stderr(),
        &["warning[version-mismatch]: chart charts/app would be 1.", "below the 3.1.0 of its Chart.yaml"],
    );
    scene.repo.commit("lockstep");
    has(scene.run("check v1.2.0").stderr(), &["chart charts/app would be 1.2.0, below the 3.1.0"]);
    assert!(!scene.run("check v4.0.0").stderr().contains("version-mismatch"));
    scene.repo.write("plimsoll.toml", without_dockerfiles(&config));
    scene.repo.commit("own numbers");
    has(scene.run("rehearse v1.2.0").expect_success().stdout(), &["  chart      3.1.0\n"]);
}

#[test]
fn a_chart_that_is_given_the_release_number_stays_in_lockstep() {
    for (package, version, tags, want) in [
        ("helm package charts/app --version \"$V\"", "3.1.0", &["v1.1.0"][..], false),
        (
            "sed -i \"s/^version:.*/version: $V/\" charts/app/Chart.yaml\n    helm package charts/app",
            "3.1.0",
            &["v1.1.0"],
            false,
        ),
        ("helm package charts/app", "1.1.0", &["v1.1.0"], false),
        ("helm package charts/app", "0.3.0", &["v1.1.0"], true),
        ("helm package charts/app", "0.3.0", &[], true),
        // Nothing publishes it yet.
        ("echo none", "0.3.0", &["v1.1.0"], false),
        // It says that it installs 1.1.0.
        ("helm package charts/app", "1.1.0", &["v1.0.0"], false),
        ("helm package charts/app", "1.1.0", &[], false),
        ("echo none", "1.3.0", &["v1.1.0"], true),
    ] {
        let steps = format!("{}\n- run: |\n    {package}", pushed(RELEASED));
        let scene = with_workflow(&workflow("{ push: { tags: ['v*'] } }", &steps), tags);
        add_chart(&scene, version);
        initialised(&scene, "--workflows none");
        let config = scene.read("plimsoll.toml");
        assert_eq!(config.contains("version = \"independent\"\n"), want, "{package} {version}\n{config}");
    }
}

#[test]
fn a_chart_that_says_no_number_gets_that_of_its_tag() {
    let package = |tags: &str, begin: &str| {
        let run = format!(
            "- run: helm package charts/app --version ${{GITHUB_REF_NAME#{begin}}} && helm push app-*.tgz oci://ghcr.io/acme/charts"
        );
        workflow(&format!("{{ push: {{ tags: ['{tags}'] }} }}"), &run)
    };
    for (tags, begin, want) in
        [("chart-*", "chart-", Some("git-tag = \"chart-{version}\"\n")), ("v*", "v", None)]
    {
        let image = workflow("{ push: { tags: ['v*'] } }", &pushed(RELEASED));
        let scene = with_workflow(&image, &["v1.1.0"]);
        scene.repo.write(".github/workflows/charts.yml", package(tags, begin));
        add_chart(&scene, "0.0.0");
        initialised(&scene, "--workflows none");
        let config = scene.read("plimsoll.toml");
        assert_eq!(config.contains("version = \"independent\"\n"), want.is_some(), "{config}");
        has(&config, &Vec::from_iter(want));
        assert!(!findings(&scene).contains(&"chart-lint".to_owned()), "{}", scene.run("check").stderr());
        scene.repo.write("plimsoll.toml", without_dockerfiles(&config));
        scene.repo.commit("drafted");
        let number = if want.is_some() { "0.0.1" } else { "1.2.0" };
        let rehearsed = scene.run("rehearse v1.2.0").expect_success().stdout().to_owned();
        has(&rehearsed, &[&format!("  chart      {number}\n")]);
    }
}

#[test]
fn two_images_that_would_be_latest_are_seen_without_a_tag() {
    let rules = |id: &str, suffix: &str| {
        format!(
            "- id: {id}\n  uses: docker/metadata-action@v5\n  with: {{ images: ghcr.io/acme/app, tags: \"type=semver,pattern={{{{version}}}}{suffix}\" }}\n- uses: docker/build-push-action@v6\n  with: {{ push: true, file: {id}.Dockerfile, tags: \"${{{{ steps.{id}.outputs.tags }}}}\" }}"
        )
    };
    let steps = format!("{}\n{}", rules("plain", ""), rules("debug", ",suffix=-debug"));
    let scene = with_workflow(&workflow("{ push: { tags: ['v*'] } }", &steps), &["v1.1.0"]);
    scene.repo.write("plain.Dockerfile", "FROM scratch\nCOPY app /app\n");
    scene.repo.write("debug.Dockerfile", "FROM scratch\nCOPY app /app\n");
    let done = initialised(&scene, "--workflows none");
    has(
        &told(&done),
        &[
            "flavor: latest=false was added: images `app` and `app-2` would both be `latest` in ghcr.io/acme/app",
        ],
    );
    assert!(!findings(&scene).contains(&"tag-collision".to_owned()));
    let config = scene.read("plimsoll.toml");
    has(&config, &["\nflavor = [\"latest=false\"]\n"]);
    scene.repo.write("plimsoll.toml", config.replace("flavor = [\"latest=false\"]\n", ""));
    assert!(findings(&scene).contains(&"tag-collision".to_owned()));
}

#[test]
fn a_repository_of_charts_alone_keeps_their_numbers() {
    let scene = at_home("github.com");
    let steps = "- run: |\n    for chart in charts/*; do helm package \"$chart\"; done\n    for package in *.tgz; do helm push \"$package\" oci://ghcr.io/acme/charts; done";
    scene.repo.write(".github/workflows/charts.yml", workflow("{ push: { branches: [main] } }", steps));
    for (name, version) in [("web", "2.0.0"), ("api", "0.4.0")] {
        let about = format!("apiVersion: v2\nname: {name}\nversion: {version}\n");
        scene.repo.write(&format!("charts/{name}/Chart.yaml"), about);
        scene.repo.write(&format!("charts/{name}/values.yaml"), "a: 1\n");
    }
    scene.repo.commit("first");
    let done = initialised(&scene, "");
    let config = scene.read("plimsoll.toml");
    assert_eq!(config.matches("version = \"independent\"\n# git-tag = ").count(), 2, "{config}");
    let left = told(&done);
    assert_eq!(left.matches("here only releases do").count(), 2, "{left}");
}

#[test]
fn what_is_never_pushed_for_a_release_is_no_image_of_one() {
    // Another one is released.
    let steps = format!(
        "{}\n{}\n  if: github.event_name == 'pull_request'\n{}\n  if: github.ref == 'refs/heads/main'",
        format_args!("{}\n  if: github.ref_type == 'tag'", pushed(RELEASED)),
        pushed("ghcr.io/acme/preview:pr-${{ github.event.number }}")
            .replace("true", "true\n    target: preview"),
        pushed("ghcr.io/acme/nightly:edge").replace("true", "true\n    target: nightly"),
    );
    let on = "{ push: { branches: [main], tags: ['v*'] }, pull_request: }";
    let scene = with_workflow(&workflow(on, &steps), &["v1.1.0"]);
    let done = initialised(&scene, "");
    assert_eq!(done["images"], serde_json::json!(["app"]), "{done:#}");
    has(
        &told(&done),
        &[
            "image preview: only pull requests push it, and every image here is released",
            "image nightly: only main pushes it, and every image here is released",
        ],
    );
    let config = scene.read("plimsoll.toml");
    has(&config, &["# [[image]]\n# name = \"preview\"\n", "# \"branch:main\" = [\n#     \"edge\",\n# ]\n"]);
    assert!(!scene.run("tags --ref v1.2.0").stdout().contains("preview"));
    scene.run("check").expect_success();
}

#[test]
fn latest_of_main_stays_with_main_where_nothing_is_released_yet() {
    let scene =
        with_workflow(&workflow("{ push: { branches: [main] } }", &pushed("ghcr.io/acme/app:latest")), &[]);
    let done = initialised(&scene, "");
    has(
        &told(&done),
        &["image app: no workflow pushes it for a release: {version} is what a release must have"],
    );
    has(
        &scene.read("plimsoll.toml"),
        &["release = [\n    \"{version}\",\n]\n\"branch:main\" = [\n    \"latest\",\n]\n"],
    );
    has(&scene.read(".github/workflows/plimsoll-branch.yml"), &["branches: ['main']"]);
    assert_eq!(scene.run("tags --ref v1.2.0").stdout(), "ghcr.io/acme/app:1.2.0\n");
    assert_eq!(scene.run("tags --ref refs/heads/main").stdout(), "ghcr.io/acme/app:latest\n");
}

#[test]
fn what_is_known_of_a_name_stays_where_its_tag_is_not_understood() {
    let tags = "docker.io/Acme/app:${{ steps.x.outputs.y }}";
    let scene = with_workflow(&workflow("{ push: { tags: ['v*'] } }", &pushed(tags)), &[]);
    let done = initialised(&scene, "--workflows none");
    let config = scene.read("plimsoll.toml");
    has(
        &config,
        &["\nrepository = \"docker.io/acme/app\"\n", "must have\nrelease = [\n    \"{version}\",\n]\n"],
    );
    has(
        &told(&done),
        &["image app: tag: docker.io/Acme/app:${{ steps.x.outputs.y }}", "no tags for releases were found"],
    );
}

#[test]
fn a_guess_where_an_image_goes_is_not_live() {
    let by_digest = "- uses: docker/build-push-action@v6\n  with:\n    platforms: ${{ matrix.platform }}\n    outputs: type=image,name=${{ vars.REGISTRY }}/app,push-by-digest=true,push=true";
    let matrix = workflow("{ push: { tags: ['v*'] } }", by_digest).replace(
        "    runs-on:",
        "    strategy: { matrix: { platform: [linux/amd64, linux/arm64] } }\n    runs-on:",
    );
    let plain = |name: &str| {
        workflow("{ push: { tags: ['v*'] } }", &pushed(&format!("{name}:${{{{ github.ref_name }}}}")))
    };
    let script = workflow(
        "{ push: { tags: ['v*'] } }",
        "- run: |\n    docker build -t $REGISTRY/app:$GITHUB_REF_NAME .\n    docker push $REGISTRY/app:$GITHUB_REF_NAME",
    );
    for (text, guess) in [
        (plain("${{ vars.REGISTRY }}/app"), "ghcr.io/acme/app"),
        (plain("${{ steps.login-ecr.outputs.registry }}/app"), "registry.example/app"),
        (plain("${{ secrets.DOCKERHUB_USERNAME }}/app"), "docker.io/acme/app"),
        (plain("${{ vars.IMAGE }}"), "ghcr.io/acme/app"),
        (matrix, "ghcr.io/acme/app"),
        (script, "ghcr.io/acme/app"),
    ] {
        let scene = with_workflow(&text, &[]);
        let output = init(&scene, "");
        assert_eq!(output.code(), Some(2), "{text}\n{}", output.stderr());
        let config = scene.read("plimsoll.toml");
        let line = format!("\n# repository = \"{guess}\"  # a guess");
        has(&config, &[&line]);
        assert!(!config.contains("\nrepository"), "{config}");
        has(output.stderr(), &["where it goes", "error[missing-key]: the image must say where it goes"]);
        assert!(findings(&scene).contains(&"missing-key".to_owned()));
        assert!(!scene.has(".github/workflows/plimsoll-release.yml"));
        // Once it is said, everything is written.
        scene.repo.write("plimsoll.toml", config.replace("# repository", "repository"));
        init(&scene, "").expect_success();
        assert!(scene.has(".github/workflows/plimsoll-release.yml"));
        has(scene.run("check").expect_success().stderr(), &["workflow-rival"]);
    }
}

#[test]
fn where_images_go_is_known_or_can_be_said() {
    let own = workflow(
        "{ push: { tags: ['v*'] } }",
        &pushed("${{ github.repository_owner }}/app:${{ github.ref_name }}"),
    );
    let scene = with_workflow(&own, &[]);
    initialised(&scene, "");
    has(&scene.read("plimsoll.toml"), &["\nrepository = \"docker.io/acme/app\"\n"]);
    let open = own.replace("github.repository_owner", "vars.REGISTRY");
    let scene = with_workflow(&open, &[]);
    let done = initialised(&scene, "--registry quay.io/acme");
    has(&scene.read("plimsoll.toml"), &["\nrepository = \"quay.io/acme/app\"\n"]);
    has(&told(&done), &["where it goes: only the forge knows where ${{ vars.REGISTRY }}/app is"]);
    // One of several is known: the other one is asked for, and holds nothing up.
    let two = open.replace("tags: ${{", "tags: ghcr.io/acme/app:${{ github.ref_name }},${{");
    let scene = with_workflow(&two, &[]);
    let done = initialised(&scene, "");
    has(&scene.read("plimsoll.toml"), &["\nrepository = \"ghcr.io/acme/app\"\n"]);
    has(&told(&done), &["it goes to ${{ vars.REGISTRY }}/app, too"]);
}

#[test]
fn workflows_are_those_of_the_forge_that_the_project_is_on() {
    let pushing = |name: &str| {
        let login = "- uses: docker/login-action@v3\n  with: { registry: git.example.com, username: '${{ secrets.USER }}', password: '${{ secrets.TOKEN }}' }\n";
        let login = if name.starts_with("git.example") { login } else { "" };
        workflow(
            "{ push: { tags: ['v*'] } }",
            &format!("{login}{}", pushed(&format!("{name}:${{{{ github.ref_name }}}}"))),
        )
    };
    let (gitea, github) = (".gitea/workflows/ci.yml", ".github/workflows/r.yml");
    for (host, files, read, other) in [
        ("github.com", &[gitea, github][..], github, Some(gitea)),
        ("codeberg.org", &[gitea, github], gitea, Some(github)),
        ("codeberg.org", &[github], github, None),
        ("github.com", &[gitea], gitea, None),
    ] {
        let scene = at_home(host);
        scene.repo.write("Dockerfile", "FROM scratch\nCOPY app /app\n").write("app", "app\n");
        let place = |path: &str| if path == gitea { "git.example.com/acme/app" } else { "ghcr.io/acme/app" };
        for path in files {
            scene.repo.write(path, pushing(place(path)));
        }
        scene.repo.commit("first");
        let done = initialised(&scene, "--workflows none");
        let config = scene.read("plimsoll.toml");
        has(&config, &[&format!("\nrepository = \"{}\"\nplatforms", place(read))]);
        assert_eq!(config.contains("[registries.\"git.example.com\"]"), read == gitea, "{config}");
        if let Some(other) = other {
            let told = told(&done);
            has(
                &told,
                &[&format!(
                    "{other}: {host} does not run it, and it is not read: what it does goes on where it is run"
                )],
            );
            assert_eq!(done["read"], serde_json::json!([read]), "{done:#}");
        }
    }
}

#[test]
fn a_pipeline_of_gitlab_is_run_by_gitlab_alone() {
    let pipeline = "image:\n  script:\n    - docker build -t $CI_REGISTRY_IMAGE:$CI_COMMIT_TAG .\n    - docker push $CI_REGISTRY_IMAGE:$CI_COMMIT_TAG\n  rules: [{ if: $CI_COMMIT_TAG }]\n";
    for (host, is_run) in [("gitlab.com", true), ("github.com", false), ("codeberg.org", false)] {
        let scene = at_home(host);
        scene.repo.write("Dockerfile", "FROM scratch\nCOPY app /app\n").write("app", "app\n");
        scene.repo.write(".gitlab-ci.yml", pipeline).commit("first");
        scene.run("init --workflows none");
        let config = scene.read("plimsoll.toml");
        assert_eq!(config.contains("\nrepository = "), is_run, "{host}: {config}");
        let is_told = config.contains(&format!("# - .gitlab-ci.yml: {host} does not run it"));
        assert_eq!(is_told, !is_run, "{host}: {config}");
    }
}
