//! Others that write what is released here, wherever their forge looks for them.

use crate::scene::{CONFIG, Scene};

/// A project whose image is in GitLab's registry, beside this file.
fn beside(path: &str, text: &str) -> Scene {
    let chart = "[[chart]]\npath = \"chart\"\noci = \"oci://registry.gitlab.com/acme/app/charts\"\n";
    let config = CONFIG.replace("registry.example/app", "registry.gitlab.com/acme/app");
    let scene = Scene::with_config(&format!("{config}{chart}"));
    scene.repo.remote("origin", "https://gitlab.com/acme/app.git");
    scene.repo.write(
        "chart/Chart.yaml",
        "apiVersion: v2\nname: app\nversion: 0.1.0\nicon: https://acme.test/a.png\n",
    );
    scene.repo.write("chart/values.yaml", "image: {}\n").write("chart/values.schema.json", "{}\n");
    scene.repo.write("chart/templates/a.yaml", "a: b\n");
    scene.repo.write(path, text);
    scene.repo.commit("beside");
    scene
}

/// What `check` says of rivals: message and help of each.
fn rivals(scene: &Scene) -> Vec<String> {
    let answer = scene.json("check");
    let problems = answer["problems"].as_array().unwrap_or_else(|| panic!("{answer:#}")).iter();
    let rivals = problems.filter(|problem| problem["code"] == "workflow-rival");
    rivals.map(|problem| format!("{} / {}", problem["message"].as_str().unwrap(), problem["help"])).collect()
}

#[test]
fn jobs_of_gitlab_that_push_the_same_are_named_with_their_lines() {
    for (job, want) in [
        (
            "  script: [docker build -t $CI_REGISTRY_IMAGE:1 ., docker push $CI_REGISTRY_IMAGE:1]\n",
            "it pushes to registry.gitlab.com/acme/app too",
        ),
        (
            "  script: [/kaniko/executor --destination $CI_REGISTRY_IMAGE:$CI_COMMIT_TAG]\n",
            "it pushes to registry.gitlab.com/acme/app too",
        ),
        (
            "  script:\n    - buildah bud -t $CI_REGISTRY_IMAGE:1 .\n    - buildah push $CI_REGISTRY_IMAGE:1\n",
            "it pushes to registry.gitlab.com/acme/app too",
        ),
        (
            "  script: [crane push image.tar $CI_REGISTRY_IMAGE:1]\n",
            "it pushes to registry.gitlab.com/acme/app too",
        ),
        ("  script: [docker push $SOMEWHERE]\n", "where to can't be told"),
        (
            "  script: ['helm push app.tgz oci://registry.gitlab.com/acme/app/charts']\n",
            "it publishes charts too",
        ),
        ("  script: [docker build -t elsewhere.example/x:1 ., docker push elsewhere.example/x:1]\n", ""),
        ("  script: [make test]\n", ""),
    ] {
        let scene = beside(
            ".gitlab-ci.yml",
            &format!("stages: [out]\n\nout:\n  stage: out\n{job}\ntest:\n  script: [make]\n"),
        );
        let found = rivals(&scene);
        if want.is_empty() {
            assert_eq!(found, [""; 0], "{job}");
            continue;
        }
        assert_eq!(found.len(), 1, "{job}: {found:?}");
        let last = 4 + job.lines().count();
        let lines = format!("delete lines 3 to {last}, or the commands of the job that do it");
        assert!(
            found[0].contains(want) && found[0].contains("job `out`") && found[0].contains(&lines),
            "{found:?}"
        );
    }
}

#[test]
fn a_file_that_the_pipeline_includes_is_looked_at_too() {
    let scene = beside(".gitlab-ci.yml", "include: ci/out.yml\n");
    scene
        .repo
        .write("ci/out.yml", "# Pushes.\nout:\n  script: [docker push $CI_REGISTRY_IMAGE:1]\n")
        .commit("more");
    let said = scene.run("check").stderr().to_owned();
    assert!(said.contains("--> ci/out.yml:2:1") && said.contains("delete lines 2 to 3"), "{said}");
}

#[test]
fn workflows_of_forgejo_and_gitea_are_looked_at() {
    let text = "on: push\njobs:\n  out:\n    runs-on: docker\n    steps:\n      - run: make\n      - run: |\n          docker build -t registry.gitlab.com/acme/app:1 .\n          docker push registry.gitlab.com/acme/app:1\n";
    for folder in [".forgejo", ".gitea"] {
        let found = rivals(&beside(&format!("{folder}/workflows/out.yml"), text));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("delete lines 7 to 9"), "{found:?}");
    }
}

/// A workflow that pushes what it is asked for, and one that asks.
const ASKED: &str = "on: { workflow_call: { inputs: { push: { type: boolean, default: false } } } }\njobs:\n  out:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: docker/build-push-action@v6\n        with: { push: '${{ inputs.push }}', tags: 'registry.gitlab.com/acme/app:1' }\n";

#[test]
fn a_workflow_is_looked_at_as_it_is_called() {
    for (given, count) in [("true", 1), ("false", 0)] {
        let asking = format!(
            "on: push\njobs: {{ out: {{ uses: ./.github/workflows/out.yml, with: {{ push: {given} }} }} }}\n"
        );
        let scene = beside(".github/workflows/out.yml", ASKED);
        scene.repo.write(".github/workflows/asking.yml", &asking).commit("more");
        let found = rivals(&scene);
        assert_eq!(found.len(), count, "{found:?}");
        assert!(found.iter().all(|what| what.contains("delete lines 6 to 7")), "{found:?}");
    }
}

#[test]
fn what_a_step_calls_is_a_rival_and_the_step_is_named() {
    let action = "runs:\n  using: composite\n  steps:\n    - uses: docker/build-push-action@v6\n      with: { push: true, tags: 'registry.gitlab.com/acme/app:1' }\n";
    let makefile = "push:\n\tdocker push registry.gitlab.com/acme/app:1\n";
    for (step, path, text, want) in [
        ("uses: ./ci/image", "ci/image/action.yaml", action, "it pushes to registry.gitlab.com/acme/app too"),
        ("run: make push", "Makefile", makefile, "it pushes to registry.gitlab.com/acme/app too"),
        ("run: make push", "other", makefile, "step `make push` is not read here: perhaps it pushes"),
        ("run: make test", "Makefile", "test:\n\tgo test\n", ""),
    ] {
        let workflow = format!(
            "on: push\njobs:\n  out:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo\n      - {step}\n"
        );
        let scene = beside(".github/workflows/out.yml", &workflow);
        scene.repo.write(path, text).commit("more");
        let found = rivals(&scene);
        assert_eq!(found.len(), usize::from(!want.is_empty()), "{step}: {found:?}");
        assert!(found.iter().all(|what| what.contains(want) && what.contains("line 7")), "{step}: {found:?}");
    }
}

#[test]
fn a_step_that_only_loads_is_not_to_be_deleted() {
    let step = |more: &str| {
        format!(
            "      - uses: docker/build-push-action@v6\n        with: {{ {more}, tags: 'registry.gitlab.com/acme/app:1' }}\n"
        )
    };
    let workflow = format!(
        "on: push\njobs:\n  out:\n    runs-on: ubuntu-latest\n    steps:\n{}{}",
        step("load: true"),
        step("push: true")
    );
    let found = rivals(&beside(".github/workflows/out.yml", &workflow));
    assert!(found.len() == 1 && found[0].contains("delete lines 8 to 9"), "{found:?}");
}

#[test]
fn a_step_that_writes_other_tags_is_no_rival() {
    let step = |tag: &str| {
        format!(
            "      - name: Push {tag}\n        uses: docker/build-push-action@v6\n        with: {{ push: true, tags: 'registry.gitlab.com/acme/app:{tag}' }}\n"
        )
    };
    let workflow = |steps: &str| {
        format!(
            "on: {{ push: {{ branches: [main], tags: ['v*'] }} }}\njobs:\n  out:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo\n{steps}"
        )
    };
    for (tags, want) in [
        (&["staging"][..], ""),
        (&["nightly"], ""),
        (&["latest"], "it pushes to registry.gitlab.com/acme/app too / [\"delete lines 7 to 9,"),
        (
            &["staging", "${{ github.ref_name }}"],
            "it pushes to registry.gitlab.com/acme/app too / [\"delete lines 10 to 12,",
        ),
        (&["1.2"], "it pushes to registry.gitlab.com/acme/app too"),
        (
            &["${{ steps.version.outputs.tag }}"],
            "it may write what is released here: it pushes to registry.gitlab.com/acme/app under tags that are not read",
        ),
    ] {
        let steps: Vec<String> = tags.iter().map(|tag| step(tag)).collect();
        let found = rivals(&beside(".github/workflows/out.yml", &workflow(&steps.concat())));
        assert_eq!(found.len(), usize::from(!want.is_empty()), "{tags:?}: {found:?}");
        assert!(found.iter().all(|what| what.contains(want)), "{tags:?}: {found:?}");
    }
    // Jobs of a pipeline are looked at in the same way.
    let job = "nightly:\n  script: [docker build -t $CI_REGISTRY_IMAGE:nightly ., docker push $CI_REGISTRY_IMAGE:nightly]\n  rules: [{ if: '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH' }]\n";
    assert_eq!(rivals(&beside(".gitlab-ci.yml", job)), [""; 0]);
}

#[test]
fn goreleaser_is_a_rival_where_its_file_says_so() {
    let workflow = "on: { push: { tags: ['v*'] } }\njobs:\n  out:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: goreleaser/goreleaser-action@v6\n        with: { args: release }\n";
    let of = |repository: &str| {
        format!(
            "version: 2\nrelease: {{ disable: true }}\ndockers:\n  - image_templates: ['{repository}:{{{{ .Version }}}}']\n    dockerfile: Dockerfile\n"
        )
    };
    for (file, want) in [
        (Some(of("registry.gitlab.com/acme/app")), "it pushes to registry.gitlab.com/acme/app too"),
        (Some(of("registry.gitlab.com/acme/other")), ""),
        (Some("version: 2\nbuilds: [{ main: ./cmd }]\n".to_owned()), ""),
        (None, "where to can't be told"),
    ] {
        let scene = beside(".github/workflows/out.yml", workflow);
        if let Some(file) = &file {
            scene.repo.write(".goreleaser.yml", file).commit("more");
        }
        let found = rivals(&scene);
        assert_eq!(found.len(), usize::from(!want.is_empty()), "{file:?}: {found:?}");
        assert!(found.iter().all(|what| what.contains(want) && what.contains("lines 6 to 7")), "{found:?}");
    }
}

#[test]
fn goreleaser_that_makes_pages_is_told_how_to_leave_them() {
    let workflow = |args: &str| {
        format!(
            "on: {{ push: {{ tags: ['v*'] }} }}\njobs:\n  out:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: goreleaser/goreleaser-action@v6\n        with: {{ args: {args} }}\n"
        )
    };
    for (args, release, pages, count) in [
        ("release --clean", "{}", "version", 1),
        ("release --clean", "{ draft: true }", "version", 1),
        ("release --clean", "{ disable: true }", "version", 0),
        ("release --clean", "{}", "none", 0),
        ("release --snapshot", "{}", "version", 0),
        ("check", "{}", "version", 0),
    ] {
        let scene = beside(".github/workflows/out.yml", &workflow(args));
        let config = scene.read("plimsoll.toml");
        let page = match pages {
            "none" => String::new(),
            pages => format!("\n[forge]\nrelease = \"{pages}\"\n"),
        };
        scene.repo.write("plimsoll.toml", format!("{config}{page}"));
        scene.repo.write(".goreleaser.yml", format!("version: 2\nrelease: {release}\n")).commit("more");
        let found = rivals(&scene);
        assert_eq!(found.len(), count, "{args} {release} {pages}: {found:?}");
        assert!(found.iter().all(|what| what.contains("a release page for the same git tag")), "{found:?}");
    }
}

#[test]
fn a_page_that_sets_the_release_off_is_its_makers() {
    let page = "on: { push: { tags: ['v*'] } }\njobs:\n  page:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: softprops/action-gh-release@v2\n        with: { draft: true }\n";
    for (on, is_rival) in
        [("{ release: { types: [published] } }", false), ("{ push: { tags: ['v*'] } }", true)]
    {
        let scene = Scene::with_config(&format!("{CONFIG}[forge]\nrelease = \"version\"\n"));
        scene.repo.remote("origin", "https://github.com/acme/app.git");
        let releasing = format!(
            "on: {on}\njobs: {{ release: {{ runs-on: ubuntu-latest, steps: [{{ run: plimsoll release }}] }} }}\n"
        );
        scene.repo.write(".github/workflows/page.yml", page);
        scene.repo.write(".github/workflows/release.yml", &releasing).commit("both");
        let found = rivals(&scene);
        assert_eq!(found.len(), usize::from(is_rival), "{on}: {found:?}");
        assert!(found.iter().all(|what| what.starts_with("it drafts release pages")), "{found:?}");
    }
}
