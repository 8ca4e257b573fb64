//! What workflows call: local actions, scripts, makefiles, other workflows.

use super::*;

fn file(path: &str, text: &str) -> WorkflowFile {
    WorkflowFile { path: path.into(), text: text.into() }
}

const PUSH: &str = "TAG ?= latest\nIMG ?= quay.io/acme/app:$(TAG)\npush:\n\tdocker build -t $(IMG) .\n\tdocker push $(IMG)\n";

/// What a draft has live as the tags of a release.
fn releases(draft: &Draft) -> Vec<String> {
    let rules = draft.text.split("\nrelease = [\n").nth(1).and_then(|rest| rest.split("\n]").next());
    rules.unwrap_or_default().lines().map(|line| line.trim().to_owned()).collect()
}

#[test]
fn variables_that_are_given_to_make_stand_instead_of_its_own() {
    let own = "TAG = latest\nrelease: TAG = $(GITHUB_REF_NAME)\nrelease: push\npush:\n\tdocker build -t quay.io/acme/app:$(TAG) .\n\tdocker push quay.io/acme/app:$(TAG)\n";
    let including = format!("include vars.mk\n{PUSH}");
    let versioned = PUSH.replace("TAG ?= latest", "TAG ?= 1.0.0");
    for (steps, makefile, rule) in [
        ("{ run: 'TAG=${{ github.ref_name }} make push' }", PUSH, "{tag}"),
        ("{ run: 'TAG=${GITHUB_REF#refs/tags/v} make push' }", PUSH, "{version}"),
        ("{ run: 'env TAG=${{ github.ref_name }} make push' }", PUSH, "{tag}"),
        ("{ run: \"export TAG=${GITHUB_REF##*/}\\nmake push\" }", PUSH, "{tag}"),
        ("{ run: \"TAG=${GITHUB_REF##*/}\\nexport TAG\\nmake push\" }", PUSH, "{tag}"),
        ("{ run: 'IMG=quay.io/acme/app:${{ github.ref_name }} make push' }", PUSH, "{tag}"),
        ("{ run: 'make push TAG=${GITHUB_REF#refs/tags/v}' }", PUSH, "{version}"),
        ("{ run: 'make push IMG=quay.io/acme/app:v${GITHUB_REF#refs/tags/v}' }", &versioned, "v{version}"),
        ("{ run: 'echo \"TAG=${GITHUB_REF_NAME}\" >> $GITHUB_ENV' }, { run: make push }", PUSH, "{tag}"),
        ("{ run: make release }", own, "{tag}"),
        ("{ run: make push }", &including, "{tag}"),
    ] {
        let files = [("Makefile", makefile), ("vars.mk", "TAG := $(GITHUB_REF_NAME)\n")];
        let draft = with_steps(steps, &files);
        assert_eq!(releases(&draft), [format!("\"{rule}\",")], "{steps}: {}", draft.text);
        assert_eq!(draft.left, [""; 0], "{steps}");
    }
}

#[test]
fn variables_of_make_that_something_else_may_say_are_no_tags() {
    let includes = |line: &str| format!("{line}\n{PUSH}");
    let versioned = PUSH.replace("TAG ?= latest", "TAG ?= 1.0.0");
    for (steps, makefile) in [
        ("{ run: make push }", includes("include made.mk")),
        ("{ run: make push }", includes("include $(WHERE)/vars.mk")),
        ("{ run: ./names.py >> $GITHUB_ENV }, { run: make push }", PUSH.to_owned()),
        ("{ run: \"if test -n \\\"$A\\\"; then\\nexport TAG=a\\nfi\\nmake push\" }", PUSH.to_owned()),
        ("{ run: make push }", versioned),
    ] {
        let draft = with_steps(steps, &[("Makefile", &makefile)]);
        assert!(
            !draft.text.contains("\"latest\"") && !draft.text.contains("\"1.0.0\""),
            "{steps}: {}",
            draft.text
        );
        assert!(
            draft.left.iter().any(|what| what.contains("quay.io/acme/app:") || what.contains("${IMG}")),
            "{steps}: {:?}",
            draft.left
        );
    }
    let draft = with_steps("{ run: make push }", &[("Makefile", &includes("-include local.mk"))]);
    assert!(draft.text.contains("\"latest\""), "{}", draft.text);
}

/// The draft of a workflow for git tags that has these steps, beside files that it calls.
fn with_steps(steps: &str, called: &[(&str, &str)]) -> Draft {
    let text = format!("on: {{ push: {{ tags: ['v*'] }} }}\njobs: {{ a: {{ steps: [ {steps} ] }} }}");
    let holdings = Holdings {
        workflows: vec![file(".github/workflows/images.yml", &text)],
        called: called.iter().map(|(path, text)| file(path, text)).collect(),
        dockerfiles: vec!["Dockerfile".into()],
        ..Holdings::default()
    };
    draft(&holdings, &home())
}

const ACTION: &str = "inputs: { image: { required: true }, platforms: { default: 'linux/amd64,linux/arm64' } }\nruns:\n  using: composite\n  steps:\n    - { id: meta, uses: docker/metadata-action@v5, with: { images: '${{ inputs.image }}', tags: 'type=semver,pattern={{version}}' } }\n    - { uses: docker/build-push-action@v6, with: { push: true, platforms: '${{ inputs.platforms }}', tags: '${{ steps.meta.outputs.tags }}' } }\n";

#[test]
fn a_local_action_is_read_with_what_it_is_given() {
    let draft = with_steps(
        "{ uses: ./.github/actions/image, with: { image: 'quay.io/acme/app' } }",
        &[(".github/actions/image/action.yml", ACTION)],
    );
    for line in [
        "repository = \"quay.io/acme/app\"\n",
        "platforms = [\"linux/amd64\", \"linux/arm64\"]\n",
        "release = [\n    \"type=semver,pattern={{version}}\",\n]",
    ] {
        assert!(draft.text.contains(line), "{line}: {}", draft.text);
    }
    assert_eq!(draft.left, [""; 0]);
}

#[test]
fn what_makefiles_and_scripts_push_is_read() {
    let makefile = "IMAGE ?= quay.io/acme/app\nVERSION = $(shell git describe --tags)\npush:\n\tdocker buildx build --push --platform linux/arm64 -t $(IMAGE):$(VERSION) .\n";
    let script =
        "#!/bin/sh\nset -e\ndocker build -t \"quay.io/acme/app:$1\" .\ndocker push \"quay.io/acme/app:$1\"\n";
    let inside = script.replace(" .\n", " ..\n");
    for (step, files, platform) in [
        ("{ run: make push }", [("Makefile", makefile)], "linux/arm64"),
        ("{ run: './ci/push.sh ${{ github.ref_name }}' }", [("ci/push.sh", script)], "linux/amd64"),
        (
            "{ run: './push.sh $TAG', working-directory: ci, env: { TAG: '${{ github.ref_name }}' } }",
            [("ci/push.sh", inside.as_str())],
            "linux/amd64",
        ),
    ] {
        let draft = with_steps(step, &files);
        for line in [
            "repository = \"quay.io/acme/app\"\n".to_owned(),
            format!("platforms = [\"{platform}\"]\n"),
            "release = [\n    \"{tag}\",\n]".to_owned(),
        ] {
            assert!(draft.text.contains(&line), "{step}: {line}: {}", draft.text);
        }
        assert_eq!(draft.left, [""; 0], "{step}");
    }
}

#[test]
fn what_is_not_read_is_named_and_what_is_drafted_beside_it_is_a_guess() {
    let draft = with_steps("{ name: Out, run: make push }", &[]);
    let want = ".github/workflows/images.yml: step `Out` runs `make push`, which is not read: if it pushes images, compare their names, registry and tags with what stands here";
    assert!(draft.left.iter().any(|what| what == want), "{:?}", draft.left);
    assert!(draft.text.contains(want), "{}", draft.text);
    let guess = "image app: platforms and tags are a guess from Dockerfile: compare what .github/workflows/images.yml pushes";
    assert!(draft.left.iter().any(|what| what == guess), "{:?}", draft.left);
    assert!(!with_steps("{ run: make test }", &[]).left.iter().any(|what| what.contains("not read")));
}

#[test]
fn what_a_caller_gives_decides_what_is_pushed() {
    let image = |kind: &str| {
        file(
            ".github/workflows/image.yml",
            &format!(
                "on: {{ workflow_call: {{ inputs: {{ push: {{ type: {kind}, default: 'false' }} }} }} }}\njobs: {{ a: {{ steps: [ {{ uses: docker/build-push-action@v6, with: {{ push: '${{{{ inputs.push }}}}', tags: 'quay.io/acme/app:${{{{ github.ref_name }}}}' }} }} ] }} }}\n"
            ),
        )
    };
    for kind in ["boolean", "string"] {
        for (given, count) in
            [("with: { push: true }", 1), ("with: { push: 'false' }", 0), ("secrets: inherit", 0)]
        {
            let caller = format!(
                "on: {{ push: {{ tags: ['v*'] }} }}\njobs: {{ x: {{ uses: ./.github/workflows/image.yml, {given} }} }}\n"
            );
            let workflows = vec![file(".github/workflows/release.yml", &caller), image(kind)];
            let draft = draft(&Holdings { workflows, ..Holdings::default() }, &home());
            assert_eq!(
                draft.text.matches("quay.io/acme/app").count(),
                count,
                "{kind} {given}: {}",
                draft.text
            );
        }
    }
}

#[test]
fn a_condition_of_the_job_that_calls_holds_for_what_is_called() {
    let called = "on: { workflow_call: }\njobs: { a: { steps: [ { uses: docker/build-push-action@v6, with: { push: true, tags: 'quay.io/acme/app:${{ github.ref_name }}' } } ] } }\n";
    let caller = "on: { push: { branches: [main], tags: ['v*'] } }\njobs: { x: { if: \"github.ref_type == 'tag'\", uses: ./.github/workflows/image.yml } }\n";
    let workflows =
        vec![file(".github/workflows/release.yml", caller), file(".github/workflows/image.yml", called)];
    let text = draft(&Holdings { workflows, ..Holdings::default() }, &home()).text;
    assert!(text.contains("release = [") && !text.contains("branch:main"), "{text}");
}

#[test]
fn what_somebody_pushes_by_hand_from_a_makefile_is_no_release() {
    let text = "on: workflow_dispatch\njobs: { a: { steps: [ { run: make e2e } ] } }";
    let makefile =
        "e2e:\n\tdocker build -t quay.io/acme/e2e:$(VERSION) .\n\tdocker push quay.io/acme/e2e:$(VERSION)\n";
    let holdings = Holdings {
        workflows: vec![file(".github/workflows/e2e.yml", text)],
        called: vec![file("Makefile", makefile)],
        dockerfiles: vec!["Dockerfile".into()],
        ..Holdings::default()
    };
    let draft = draft(&holdings, &home());
    assert!(!draft.text.contains("repository = \"quay.io/acme/e2e\""), "{}", draft.text);
    let want = "a script pushes images: push quay.io/acme/e2e:${VERSION}";
    assert!(draft.left.iter().any(|what| what.contains(want)), "{:?}", draft.left);
}

#[test]
fn a_command_that_a_matrix_says_is_read_and_one_that_only_a_run_knows_is_told() {
    let script =
        "docker build -t quay.io/acme/$1:$GITHUB_REF_NAME .\ndocker push quay.io/acme/$1:$GITHUB_REF_NAME\n";
    let of = |matrix: &str, run: &str| {
        let text = format!(
            "on: {{ push: {{ tags: ['v*'] }} }}\njobs:\n  a:\n    strategy: {{ matrix: {{ {matrix} }} }}\n    steps: [ {{ run: '{run}' }} ]\n"
        );
        let holdings = Holdings {
            workflows: vec![file("r.yml", &text)],
            called: vec![file("build.sh", script)],
            dockerfiles: vec!["Dockerfile".into()],
            ..Holdings::default()
        };
        draft(&holdings, &home())
    };
    let inline = "docker build -t quay.io/acme/app:$GITHUB_REF_NAME --push .";
    for (matrix, run) in [
        ("command: [./build.sh app]", "${{ matrix.command }}"),
        (&format!("command: ['{inline}']"), "${{ matrix.command }}"),
    ] {
        let draft = of(matrix, run);
        assert!(draft.text.contains("\nrepository = \"quay.io/acme/app\"\n"), "{matrix}: {}", draft.text);
    }
    let draft = of("command: ['${{ vars.COMMAND }}']", "${{ matrix.command }} --push");
    assert!(!draft.text.contains("\nrepository = "), "{}", draft.text);
    assert!(draft.left.iter().any(|what| what.contains("--push")), "{:?}", draft.left);
}
