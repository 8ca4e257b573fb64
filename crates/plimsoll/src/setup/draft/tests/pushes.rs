//! What steps push, and on which occasions.

use super::*;

/// The draft of workflows beside a release whose tags another program says.
fn beside(release: &str, other: &str) -> Draft {
    let release = format!(
        "on: {{ push: {{ tags: ['v*'] }} }}\njobs:\n  a:\n    steps:\n      - {{ id: t, run: './tags.sh >> \"$GITHUB_OUTPUT\"' }}\n      - uses: docker/build-push-action@v6\n        with: {{ push: true, {release}, tags: '${{{{ steps.t.outputs.tags }}}}' }}\n"
    );
    let file = |path: &str, text: &str| WorkflowFile { path: path.into(), text: text.into() };
    let workflows = vec![file("other.yml", other), file("release.yml", &release)];
    let dockerfiles = vec!["Dockerfile".into(), "web/Dockerfile".into()];
    draft(&Holdings { workflows, dockerfiles, ..Holdings::default() }, &home())
}

const DEV: &str = "on: { push: { branches: [main] } }\njobs: { b: { steps: [ { uses: docker/build-push-action@v6, with: { context: ., push: true, tags: 'ghcr.io/acme/app:dev' } } ] } }";
const WEB: &str = "on: { push: { tags: ['v*'] } }\njobs: { b: { steps: [ { uses: docker/build-push-action@v6, with: { context: web, push: true, tags: 'ghcr.io/acme/web:${{ github.ref_name }}' } } ] } }";

/// The draft of a build for each of two platforms under tags of their own, and of what joins them.
fn joined(build: &str, join: &str) -> Draft {
    joined_with("", build, join)
}

/// The same, where the builds are told this.
fn joined_with(flags: &str, build: &str, join: &str) -> Draft {
    drafted(&format!(
        "on: {{ push: {{ tags: ['v*'] }} }}\njobs:\n  build:\n    strategy: {{ matrix: {{ include: [ {{ arch: amd64, on: ubuntu-latest }}, {{ arch: arm64, on: ubuntu-24.04-arm }} ] }} }}\n    runs-on: ${{{{ matrix.on }}}}\n    steps:\n      - run: |\n          docker build {flags} --tag {build} .\n          docker push {build}\n  join:\n    needs: build\n    steps:\n      - run: |\n{}",
        join.lines().map(|line| format!("          {line}\n")).collect::<String>()
    ))
}

#[test]
fn what_is_joined_by_tags_is_one_image_of_several_platforms() {
    let place = "ghcr.io/acme/app";
    let build = format!("{place}:$GITHUB_SHA-${{{{ matrix.arch }}}}");
    let parts = format!("{place}:$GITHUB_SHA-amd64 {place}:$GITHUB_SHA-arm64");
    let named = format!("{place}:$GITHUB_REF_NAME");
    for join in [
        format!("docker manifest create {named} {parts}\ndocker manifest push {named}"),
        format!(
            "docker manifest create {named} --amend {place}:$GITHUB_SHA-amd64 --amend {place}:$GITHUB_SHA-arm64\ndocker manifest push --purge {named}"
        ),
        format!("docker buildx imagetools create -t {named} {parts}"),
    ] {
        let draft = joined(&build, &join);
        assert_eq!(draft.images, ["app"], "{join}: {}", draft.text);
        assert!(draft.text.contains("\nplatforms = [\"linux/amd64\", \"linux/arm64\"]\n"), "{}", draft.text);
        assert!(draft.text.contains("release = [\n    \"{tag}\",\n]"), "{}", draft.text);
        let told = format!("pushes {place}:{{commit}}-arm64 for `release`, and nothing here does");
        assert!(draft.left.iter().any(|what| what.contains(&told)), "{:?}", draft.left);
        let draft = joined_with("--build-arg A=${{ matrix.arch }} --build-arg B=c", &build, &join);
        assert!(draft.text.contains("\nbuild-args = { \"B\" = \"c\" }\n"), "{}", draft.text);
        assert!(
            draft.left.iter().any(|what| what.contains("build-args: A=arm64 (for linux/arm64")),
            "{:?}",
            draft.left
        );
        // What is built of several files is no one image, and neither is what is pushed in a way that is not read.
        let draft = joined_with("-f Dockerfile.${{ matrix.arch }}", &build, &join);
        assert!(!draft.text.contains("\"{tag}\""), "{join}: {}", draft.text);
        let draft = joined(&build.replace("$GITHUB_SHA", "$(cat VERSION)"), &join);
        assert!(!draft.text.contains("\"{tag}\""), "{join}: {}", draft.text);
        assert!(draft.left.iter().any(|what| what.contains("joined by their tags")), "{:?}", draft.left);
    }
}

#[test]
fn a_release_whose_tags_are_not_read_says_how_it_is_built() {
    let draft = beside("platforms: 'linux/amd64,linux/arm64'", DEV);
    assert_eq!(draft.images, ["app"]);
    assert!(draft.text.contains("\nplatforms = [\"linux/amd64\", \"linux/arm64\"]\n"), "{}", draft.text);
    assert!(draft.text.contains("\nrepository = \"ghcr.io/acme/app\"\n"), "{}", draft.text);
    assert!(!draft.text.contains("no workflow pushes it for a release"), "{}", draft.text);
    assert!(draft.left.iter().any(|what| what.contains("names that are not read")), "{:?}", draft.left);
}

#[test]
fn a_release_of_another_file_whose_tags_are_not_read_is_an_image() {
    for with in ["context: ., target: api", "file: Dockerfile"] {
        let draft = beside(with, WEB);
        assert_eq!(draft.images, ["web", "app"], "{}", draft.text);
        assert!(
            draft.text.contains("\n# repository = \"registry.example/app\"  # a guess"),
            "{}",
            draft.text
        );
        assert!(
            !draft.left.iter().any(|what| what.contains("no workflow pushes an image of it")),
            "{:?}",
            draft.left
        );
    }
}

#[test]
fn what_is_pushed_to_the_machine_itself_is_no_image() {
    let pushing = |names: &str| {
        let text = format!(
            "on: {{ push: {{ tags: ['v*'] }} }}\njobs: {{ a: {{ steps: [ {{ uses: docker/build-push-action@v6, with: {{ push: true, tags: '{names}' }} }} ] }} }}"
        );
        let draft = drafted(&text);
        (draft.images.len(), draft.text.contains("localhost"), draft.left.len())
    };
    assert_eq!(pushing("localhost:5000/acme/app:latest"), (0, false, 0));
    assert_eq!(
        pushing("ghcr.io/acme/app:${{ github.ref_name }},localhost:5000/acme/app:latest"),
        (1, false, 0)
    );
}

#[test]
fn a_name_that_a_step_hands_on_keeps_its_tag() {
    let text = "on: { push: { tags: ['v*'] } }\njobs:\n  a:\n    steps:\n      - { id: names, run: 'echo \"ref=ghcr.io/${{ github.repository }}:${GITHUB_REF#refs/*/}\" >> $GITHUB_OUTPUT' }\n      - run: docker buildx build -t ${{ steps.names.outputs.ref }} --push .\n";
    let text = drafted(text).text;
    assert!(text.contains("repository = \"ghcr.io/acme/app\"\n"), "{text}");
    assert!(text.contains("release = [\n    \"{tag}\",\n]"), "{text}");
}

#[test]
fn what_pull_requests_build_of_a_released_image_is_that_image() {
    let step = |file: &str, tag: &str| {
        format!(
            "{{ uses: docker/build-push-action@v6, with: {{ push: true, file: {file}, tags: 'ghcr.io/acme/app:{tag}' }} }}"
        )
    };
    let file = |path: &str, on: &str, steps: [String; 2]| WorkflowFile {
        path: path.into(),
        text: format!("on: {on}\njobs: {{ a: {{ steps: [ {} ] }} }}", steps.join(", ")),
    };
    let tag = "${{ github.ref_name }}";
    let workflows = vec![
        file(
            "a.yml",
            "pull_request",
            [
                step("Dockerfile", "merge-${{ github.event.number }}"),
                step("Dockerfile.ubi", "merge-${{ github.event.number }}-ubi"),
            ],
        ),
        file(
            "b.yml",
            "{ push: { tags: ['v*'] } }",
            [step("Dockerfile", tag), step("Dockerfile.ubi", &format!("{tag}-ubi"))],
        ),
    ];
    let draft = draft(&Holdings { workflows, ..Holdings::default() }, &home());
    assert_eq!(draft.images.len(), 2, "{}", draft.text);
    assert!(draft.text.contains("\"merge-{number}-ubi\""), "{}", draft.text);
}

#[test]
fn what_one_of_two_builds_is_given_is_not_lost() {
    let build = |on: &str, more: &str| {
        format!(
            "on: {{ {on} }}\njobs:\n  a:\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n          push: true\n          sbom: true\n          tags: ghcr.io/acme/app:${{{{ github.ref_name }}}}\n{more}"
        )
    };
    let more = "          secrets: npm=${{ secrets.NPM }}\n          cache-to: type=registry,ref=ghcr.io/acme/cache\n";
    let after = build("push: { tags: ['v*'] }, workflow_run: { workflows: [CI] }", more);
    let file = |name: &str, text: String| WorkflowFile { path: format!(".github/workflows/{name}"), text };
    let files = vec![file("ci.yml", build("push: { branches: [main] }", "")), file("release.yml", after)];
    let drafted = draft(&Holdings { workflows: files, ..Holdings::default() }, &home()).text;
    for want in [
        "secrets = { \"npm\" = \"env:NPM\" }",
        "cache-to = [\"type=registry,ref=ghcr.io/acme/cache\"]",
        "sbom: true",
        ".github/workflows/release.yml: it runs when another workflow has ended (`CI`)",
    ] {
        assert!(drafted.contains(want), "{want}: {drafted}");
    }
    assert_eq!(drafted.matches("[[image]]").count(), 1, "{drafted}");
}

#[test]
fn what_a_step_may_have_changed_is_not_put_into_tags() {
    let text = |condition: &str| {
        let text = format!(
            "on: {{ push: {{ tags: ['v*'] }} }}\nenv: {{ FLAVOUR: plain, NUMBER_OF_IT: dev }}\njobs:\n  a:\n    steps:\n      - {{ if: \"{condition}\", run: 'echo \"FLAVOUR=pr\" >> $GITHUB_ENV' }}\n"
        );
        text + "      - { run: 'echo \"NUMBER_OF_IT=${GITHUB_REF#refs/tags/v}\" >> $GITHUB_ENV' }\n      - uses: docker/build-push-action@v6\n        with:\n          push: true\n          tags: |\n            ghcr.io/acme/app:${{ env.FLAVOUR }}\n            ghcr.io/acme/app:${{ env.NUMBER_OF_IT }}\n"
    };
    let open = drafted(&text("vars.PR")).text;
    assert!(open.contains("tag: ghcr.io/acme/app:${{ (vars.PR) && 'pr' || 'plain' }}"), "{open}");
    assert!(open.contains("\"{version}\"") && !open.contains("dev"), "{open}");
    // What is for pull requests alone changes no release.
    let known = drafted(&text("github.event_name == 'pull_request'")).text;
    assert!(known.contains("\"{version}\",\n    \"plain\",\n]") && !known.contains("pr'"), "{known}");
}

/// The idiom of docker/metadata-action's own page, with a job before that has the rules.
#[test]
fn pull_requests_that_are_not_pushed_are_not_published() {
    let text = |push: &str, condition: &str, job: &str| {
        format!(
            "on: {{ push: {{ branches: [main], tags: ['v*'] }}, pull_request: }}\njobs:\n  docker:\n    if: {job}\n    steps:\n      - {{ id: meta, uses: docker/metadata-action@v5, with: {{ images: ghcr.io/acme/app }} }}\n      - uses: docker/login-action@v3\n        if: github.event_name != 'pull_request'\n        with: {{ registry: ghcr.io, username: a, password: '${{{{ secrets.GITHUB_TOKEN }}}}' }}\n      - uses: docker/build-push-action@v6\n        if: {condition}\n        with: {{ push: \"{push}\", tags: '${{{{ steps.meta.outputs.tags }}}}' }}\n"
        )
    };
    let guard = "github.event_name != 'pull_request'";
    let in_braces = format!("${{{{ {guard} }}}}");
    for (push, condition, job) in
        [(in_braces.as_str(), "true", "true"), ("true", guard, "true"), ("true", "true", guard)]
    {
        let draft = drafted(&text(push, condition, job));
        assert!(draft.text.contains("type=ref,event=tag"), "{}", draft.text);
        assert!(!draft.text.contains("pull-request"), "{}", draft.text);
        assert_eq!(draft.left, [""; 0]);
    }
    let draft = drafted(&text("true", "true", "true"));
    assert!(draft.text.contains("pull-request = [\n    \"type=ref,event=pr\",\n]"), "{}", draft.text);
    let draft = drafted(&text("${{ vars.PUSH }}", "true", "true"));
    assert!(!draft.text.contains("pull-request ="), "{}", draft.text);
    assert_eq!(
        draft.left,
        [
            "image app: push: ${{ vars.PUSH }}: whether it holds can't be known before",
            "image app: pull requests are rehearsed and not published, since whether they are can't be known before: vars.PUSH",
        ]
    );
}

#[test]
fn rules_that_another_job_hands_on_are_those_of_the_build() {
    let draft = drafted(
        "on: { push: { tags: ['v*'] }, pull_request: }\njobs:\n  meta:\n    outputs: { tags: '${{ steps.m.outputs.tags }}' }\n    steps:\n      - { id: m, uses: docker/metadata-action@v5, with: { images: ghcr.io/acme/app, labels: a=b } }\n  docker:\n    needs: meta\n    if: github.event_name == 'push'\n    steps:\n      - uses: docker/build-push-action@v6\n        with: { push: true, tags: '${{ needs.meta.outputs.tags }}', labels: '${{ needs.meta.outputs.labels }}' }\n",
    );
    assert!(draft.text.contains("release = [\n    \"type=ref,event=tag\",\n]"), "{}", draft.text);
    assert!(!draft.text.contains("pull-request"), "{}", draft.text);
    assert_eq!(draft.images, ["app"]);
    assert_eq!(draft.left, ["image app: labels: ${{ needs.meta.outputs.labels }}"]);
}

#[test]
fn a_repository_that_pull_requests_do_not_go_to_is_a_mirror_of_releases() {
    let draft = drafted(
        "on: { push: { tags: ['v*'] }, pull_request: }\njobs:\n  docker:\n    steps:\n      - id: meta\n        uses: docker/metadata-action@v5\n        with:\n          images: |\n            ghcr.io/acme/app\n            acme/app,enable=${{ github.event_name != 'pull_request' }}\n            ${{ github.repository == 'acme/other' && 'acme/other' || '' }}\n            acme/more,enable=${{ vars.MORE }}\n      - { uses: docker/build-push-action@v6, with: { push: true, tags: '${{ steps.meta.outputs.tags }}' } }\n",
    );
    assert!(draft.text.contains("mirrors = [\"docker.io/acme/app\"]"), "{}", draft.text);
    assert!(!draft.text.contains("pull-request ="), "{}", draft.text);
    assert_eq!(
        draft.left,
        [
            "image app: image name: acme/app,enable=${{ github.event_name != 'pull_request' }} (pull requests do not go there: they are rehearsed, and go nowhere)",
            "image app: image name: acme/more,enable=${{ vars.MORE }}",
        ]
    );
}

const BAKED: &str = r#"
on: { push: { branches: [main], tags: ['v*'] }, pull_request: }
jobs:
  image:
    steps:
      - { id: meta, uses: docker/metadata-action@v5, with: { images: ghcr.io/acme/app } }
      - uses: docker/bake-action@v6
        with:
          files: |
            ./docker-bake.hcl
            ${{ steps.meta.outputs.bake-file }}
          targets: image-all
          push: ${{ github.event_name != 'pull_request' }}
"#;

const BAKE: &str = r#"
variable "GO" { default = "1.24" }
variable "NONE" { default = null }
target "_common" { args = { GO = GO, NONE = NONE, REF = GITHUB_REF } }
target "docker-metadata-action" { tags = ["app:local"] }
target "image" {
  inherits = ["_common", "docker-metadata-action"]
  context = "./src"
  dockerfile = "app.Dockerfile"
  labels = { "org.example.go" = "${GO}" }
}
target "image-all" {
  inherits = ["image"]
  platforms = ["linux/amd64", "linux/arm64"]
  attest = ["type=sbom"]
  cache-to = BIG != "" ? ["type=gha"] : []
}
"#;

#[test]
fn what_bake_pushes_is_read_from_its_file() {
    let file = |path: &str, text: &str| WorkflowFile { path: path.into(), text: text.into() };
    let workflows = vec![file(".github/workflows/images.yml", BAKED)];
    let with = |bake: &str| {
        let bakes = vec![file("docker-bake.hcl", bake)];
        draft(&Holdings { workflows: workflows.clone(), bakes, ..Holdings::default() }, &home())
    };
    let found = with(BAKE);
    for line in [
        "repository = \"ghcr.io/acme/app\"",
        "platforms = [\"linux/amd64\", \"linux/arm64\"]",
        "dockerfile = \"src/app.Dockerfile\"",
        "context = \"src\"",
        "build-args = { \"GO\" = \"1.24\" }",
        "labels = { \"org.example.go\" = \"1.24\" }",
    ] {
        assert!(found.text.contains(line), "{line}: {}", found.text);
    }
    assert!(!found.text.contains("pull-request ="), "{}", found.text);
    assert_eq!(
        found.left,
        [
            "image app: build-args: REF=${{ GITHUB_REF }}",
            "image app: target image-all: cache-to: BIG != \"\" ? [\"type=gha\"] : []",
            "image app: target image-all: attest",
        ]
    );
    let left = with("target \"image-all\" {").left;
    assert!(
        left[0].ends_with(
            "its files are not understood: targets image-all of `docker buildx bake` are not read"
        ),
        "{left:?}"
    );
}

/// A workflow of main whose build, or whose script, is held back by an output of another job.
fn decided(step: &str) -> String {
    format!(
        "on: {{ push: {{ branches: [main] }} }}\njobs:\n  plan:\n    outputs: {{ out: '${{{{ steps.p.outputs.out }}}}', number: '${{{{ steps.p.outputs.number }}}}' }}\n    steps:\n      - id: p\n        run: ./plan >> $GITHUB_OUTPUT\n  image:\n    needs: plan\n    steps:\n{step}"
    )
}

/// A build that an output of another job lets push.
const DECIDED: &str = "      - uses: docker/build-push-action@v6\n        with:\n          context: .\n          file: src/App/Dockerfile\n          push: ${{ needs.plan.outputs.out == 'yes' }}\n          platforms: linux/amd64,linux/arm/v7\n          build-args: MODE=Release\n          tags: ghcr.io/acme/the-app:${{ needs.plan.outputs.number }}\n";

fn with_app(workflows: &[(&str, String)], home: &Home) -> Draft {
    let file = |(path, text): &(&str, String)| WorkflowFile {
        path: format!(".github/workflows/{path}"),
        text: text.clone(),
    };
    let workflows = workflows.iter().map(file).collect();
    let dockerfiles = vec!["src/App/Dockerfile".to_owned()];
    draft(&Holdings { workflows, dockerfiles, ..Holdings::default() }, home)
}

#[test]
fn what_a_step_decides_to_push_is_known_all_the_same() {
    let script = "      - if: needs.plan.outputs.out == 'yes'\n        run: |\n          docker build -f src/App/Dockerfile --platform linux/amd64,linux/arm/v7 --build-arg MODE=Release -t ghcr.io/acme/the-app:$N .\n          docker push ghcr.io/acme/the-app:$N\n";
    let said = Home { registry: Some("r.example/acme".into()), is_registry_said: true, ..home() };
    for (step, home) in [(DECIDED, home()), (script, home()), (DECIDED, said)] {
        let draft = with_app(&[("a.yml", decided(step))], &home);
        for want in [
            "\nrepository = \"ghcr.io/acme/the-app\"\nplatforms = [\"linux/amd64\", \"linux/arm/v7\"]\ndockerfile = \"src/App/Dockerfile\"\ncontext = \".\"\nbuild-args = { \"MODE\" = \"Release\" }\n",
            "# no tags for releases were found: this one it must have\nrelease = [\n    \"{version}\",\n]",
            "branches are not published, and what pushes them today goes on",
        ] {
            assert!(draft.text.contains(want), "{want}: {}", draft.text);
        }
        assert!(!draft.text.contains("is a guess"), "{}", draft.text);
    }
}

#[test]
fn what_a_step_decides_to_push_is_no_image_beside_the_one_that_is_released() {
    let release = |file: &str, name: &str| {
        format!(
            "on: {{ push: {{ tags: ['v*'] }} }}\njobs: {{ a: {{ steps: [{{ uses: docker/build-push-action@v6, with: {{ push: true, context: ., file: {file}, tags: 'ghcr.io/acme/{name}:${{{{ github.ref_name }}}}' }} }}] }} }}"
        )
    };
    for (file, name, is_told) in [
        ("src/App/Dockerfile", "other", false),
        ("Dockerfile", "the-app", false),
        ("Dockerfile", "other", true),
    ] {
        let draft = with_app(&[("a.yml", decided(DECIDED)), ("b.yml", release(file, name))], &home());
        assert_eq!(draft.images, [name], "{}", draft.text);
        let is_comment = draft.text.contains("# repository = \"ghcr.io/acme/the-app\"\n");
        assert_eq!(is_comment, is_told, "{}", draft.text);
    }
}

#[test]
fn what_is_only_built_is_no_release_and_what_comes_before_it_no_gate() {
    let build = |more: &str| {
        format!(
            "- uses: docker/build-push-action@v6\n        with: {{ push: false, tags: 'ghcr.io/acme/app:x'{more} }}\n"
        )
    };
    let release = "on: { push: { tags: ['v*'] } }\njobs: { d: { steps: [{ uses: docker/build-push-action@v6, with: { push: true, tags: 'ghcr.io/acme/app:${{ github.ref_name }}' } }] } }";
    let apart = |more: &str| {
        format!(
            "  test: {{ steps: [{{ run: make test }}] }}\n  build:\n    needs: test\n    steps:\n      {}",
            build(more)
        )
    };
    let together = format!(
        "  build:\n    steps:\n      - uses: actions/checkout@v4\n      - run: npm ci\n      - run: make test\n      {}",
        build("")
    );
    for (on, jobs) in [
        ("{ pull_request: { branches: [main] } }", apart("")),
        ("{ pull_request: { branches: [main] } }", apart(", outputs: 'type=oci,dest=out'")),
        ("{ pull_request: { branches: [main] } }", together.clone()),
        ("{ push: { branches: [main] } }", apart("")),
        ("{ push: { branches: [main] } }", together),
    ] {
        let draft =
            with_app(&[("pr.yml", format!("on: {on}\njobs:\n{jobs}")), ("r.yml", release.into())], &home());
        assert!(!draft.text.contains("[gates]") && !draft.text.contains("pr.yml"), "{}", draft.text);
        assert!(draft.text.contains("release = [\n    \"{tag}\",\n]"), "{}", draft.text);
    }
    // What may publish beside it is told.
    let more = format!(
        "on: {{ push: {{ branches: [main] }} }}\njobs:\n  d:\n    steps:\n      - uses: actions/checkout@v4\n      - {{ name: Install, run: npm ci }}\n      {}      - run: npx semantic-release\n",
        build("")
    );
    let left = with_app(&[("a.yml", more)], &home()).left;
    assert!(left.iter().any(|what| what.contains("`npx semantic-release` is not read")), "{left:?}");
    assert!(!left.iter().any(|what| what.contains("Install")), "{left:?}");
}

#[test]
fn what_only_tries_a_branch_is_no_image() {
    let text = "on: { push: { branches: [main] } }\njobs:\n  a:\n    steps:\n      - { id: login, uses: aws-actions/amazon-ecr-login@v2 }\n      - run: |\n          docker build -f NAME/Dockerfile -t ${{ steps.login.outputs.registry }}/x:latest .\n          docker push ${{ steps.login.outputs.registry }}/x:latest\n";
    for (folder, image) in [("ci", "app"), ("server", "x")] {
        let text = text.replace("NAME", folder);
        let holdings = Holdings {
            workflows: vec![WorkflowFile { path: "ci.yml".into(), text }],
            dockerfiles: vec!["Dockerfile".into(), "server/Dockerfile".into()],
            passed_over: vec!["ci/Dockerfile".into()],
            ..Holdings::default()
        };
        let draft = draft(&holdings, &home());
        let file = if folder == "ci" { "Dockerfile" } else { "server/Dockerfile" };
        assert!(draft.text.contains(&format!("\ndockerfile = \"{file}\"\n")), "{image}: {}", draft.text);
        assert!(!draft.text.contains("ci/Dockerfile\"\n"), "{}", draft.text);
    }
}

#[test]
fn of_several_images_of_branches_none_is_that_of_a_release_that_is_not_read() {
    let build = |file: &str, suffix: &str| {
        format!(
            "      - {{ uses: docker/build-push-action@v6, with: {{ push: true, file: {file}, tags: 'ghcr.io/acme/app:${{{{ github.sha }}}}{suffix}' }} }}\n"
        )
    };
    let ci = format!(
        "on: {{ push: {{ branches: [main] }} }}\njobs:\n  a:\n    steps:\n{}",
        build("Dockerfile", "")
    );
    let both = format!("{ci}{}", build("rocm/Dockerfile", "-rocm"));
    let release = "on: { release: { types: [published] } }\njobs: { a: { steps: [ { run: './name.sh; skopeo copy docker://$FROM docker://$TO' } ] } }\n";
    let drafted = |workflows: &[&str]| {
        let file =
            |(at, text): (usize, &&str)| WorkflowFile { path: format!("{at}.yml"), text: (*text).to_owned() };
        let workflows = workflows.iter().enumerate().map(file).collect();
        draft(&Holdings { workflows, ..Holdings::default() }, &home()).text
    };
    assert!(
        !drafted(&[&both, release]).contains("\nname = \"app\"\nrepository"),
        "{}",
        drafted(&[&both, release])
    );
    for workflows in [&[both.as_str()][..], &[&ci, release]] {
        let text = drafted(workflows);
        assert!(text.contains("\nrepository = \"ghcr.io/acme/app\"\n"), "{text}");
    }
}
