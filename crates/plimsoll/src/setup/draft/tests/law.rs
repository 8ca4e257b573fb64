//! No push is passed over in silence: each is used, or told with its workflow, its job, its step and why. And no reference is lost
//! or invented: what the text of the draft would push is what steps push, and the rest is told.

mod references;

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use self::references::unaccounted;
use super::*;
use crate::setup::from_workflows::{WorkflowFile, carry, settled};

/// What the law does not hold for: pushes of which nothing is said.
fn silent(workflows: &[WorkflowFile]) -> Vec<String> {
    let sources = Sources { workflows, repository: Some("acme/app"), ..Sources::default() };
    let carried = carry(&sources);
    let mut silent = Vec::new();
    let settled = settled(&carried.pushes);
    for push in carried.pushes.iter().filter(|push| !settled.contains(&push.place())) {
        let names_it = |what: &&String| what.starts_with(&push.path) && what.contains(&push.step);
        let named = carried.left.iter().filter(names_it).count();
        let is_unread = carried.left.iter().any(|what| what.contains(&push.step));
        if named == 0 && !is_unread {
            silent.push(format!("{push:?}"));
        }
    }
    silent.extend(unaccounted(workflows));
    // The list is not asked whether it is whole.
    for (path, job, step) in workflows.iter().flat_map(plain_pushes) {
        if !carried.pushes.iter().any(|push| (&push.path, &push.job) == (&path, &job)) {
            silent.push(format!("{path}: {job}: {step}: it is not in the list"));
        }
    }
    silent
}

/// The steps of a workflow that push in the plainest words.
fn plain_pushes(file: &WorkflowFile) -> Vec<(String, String, String)> {
    let root: Value = yaml_serde::from_str(&file.text).unwrap_or_default();
    let jobs = root.get("jobs").and_then(Value::as_object).into_iter().flatten();
    let steps = jobs.flat_map(|(id, job)| {
        let steps = job.get("steps").and_then(Value::as_array).into_iter().flatten();
        steps.map(move |step| (id.clone(), step.clone()))
    });
    let text = |step: &Value, at: &str| step.pointer(at).map(ToString::to_string).unwrap_or_default();
    let is_push = |step: &Value| {
        let run = step.get("run").and_then(Value::as_str).unwrap_or_default();
        let mut lines = run.lines().map(str::trim).filter(|line| !line.contains("local"));
        let is_told = text(step, "/with/push").contains("true") || text(step, "/with/push").contains("${{");
        (text(step, "/uses").contains("docker/build-push-action") && is_told)
            || lines.any(|line| line.starts_with("docker push ") || line.starts_with("helm push "))
    };
    steps
        .filter(|(_, step)| is_push(step))
        .map(|(id, step)| (file.path.clone(), id, text(&step, "/name")))
        .collect()
}

/// The workflows of a repository as tests keep it, in one file.
fn unpacked(text: &str) -> Vec<WorkflowFile> {
    let mut files: Vec<WorkflowFile> = Vec::new();
    for line in text.lines().skip(1) {
        match line.strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --")) {
            Some(path) => files.push(WorkflowFile { path: path.to_owned(), text: String::new() }),
            None => {
                if let Some(last) = files.last_mut() {
                    last.text.push_str(&format!("{line}\n"));
                }
            }
        }
    }
    files.retain(|file| file.path.starts_with(".github/workflows/"));
    files
}

#[test]
fn each_push_of_the_samples_is_used_or_told() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/repositories");
    let mut seen = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let workflows = unpacked(&std::fs::read_to_string(&path).unwrap());
        seen += workflows.iter().map(|file| plain_pushes(file).len()).sum::<usize>();
        assert_eq!(silent(&workflows), [""; 0], "{}", path.display());
    }
    assert!(seen > 10, "{seen}");
    for text in [RULES_AND_CHART, MATRIX, WRITTEN_OUT, DEFAULTS] {
        let file = WorkflowFile { path: ".github/workflows/a.yml".into(), text: text.into() };
        assert_eq!(silent(&[file]), [""; 0]);
    }
}

#[test]
fn each_push_of_public_repositories_is_used_or_told() {
    let Some(folder) = plimsoll_testkit::tools::fixtures("PLIMSOLL_FIXTURES_REPOSITORIES") else { return };
    let git = |directory: &Path, arguments: &[&str]| {
        let output = Command::new("git").arg("--git-dir").arg(directory).args(arguments).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    for entry in std::fs::read_dir(&folder).unwrap() {
        let directory = entry.unwrap().path();
        let listed = git(&directory, &["ls-tree", "-r", "--name-only", "HEAD", ".github/workflows"]);
        let read = |path: &str| WorkflowFile {
            path: path.to_owned(),
            text: git(&directory, &["show", &format!("HEAD:{path}")]),
        };
        let workflows: Vec<WorkflowFile> = listed.lines().map(read).collect();
        assert_eq!(silent(&workflows), [""; 0], "{}", directory.display());
    }
}

/// The draft of a repository with these workflows and one Dockerfile, at home on GitHub.
fn at_home(workflows: &[(&str, &str)]) -> Draft {
    let file = |(path, text): &(&str, &str)| WorkflowFile { path: (*path).into(), text: (*text).into() };
    let holdings = Holdings {
        workflows: workflows.iter().map(file).collect(),
        dockerfiles: vec!["Dockerfile".into()],
        ..Holdings::default()
    };
    draft(&holdings, &Home { registry: Some("ghcr.io/acme".into()), ..home() })
}

#[test]
fn beside_a_push_that_is_not_used_the_own_place_is_a_guess() {
    let pushing = |step: &str| {
        format!("on: {{ push: {{ tags: ['v*'] }} }}\njobs: {{ job: {{ steps: [ {step} ] }} }}\n")
    };
    for (step, told) in [
        (
            "{ name: Out, uses: docker/build-push-action@v6, if: \"github.repository == 'acme/other'\", with: { push: true, tags: 'quay.io/a/b:1' } }",
            "a.yml: job `job`: step `Out` pushes, and is not carried over: `if: github.repository == 'acme/other'` does not hold",
        ),
        (
            "{ name: Out, uses: docker/build-push-action@v6, with: { push: \"${{ github.event_name == 'schedule' }}\", tags: 'quay.io/a/b:1' } }",
            "a.yml: job `job`: step `Out` pushes, and is not carried over: `push: github.event_name == 'schedule'`",
        ),
        ("{ name: Out, uses: acme/build-push-action@v1 }", "a.yml: job `job`: step `Out` pushes in a way"),
        ("{ name: Out, run: docker-compose push }", "a.yml: job `job`: step `Out` pushes in a way"),
        ("{ name: Out, run: 'oras push quay.io/a/b:1 x' }", "a.yml: job `job`: step `Out` pushes in a way"),
        ("{ name: Out, run: 'ko build ./cmd' }", "a.yml: job `job`: step `Out` pushes in a way"),
    ] {
        let draft = at_home(&[("a.yml", &pushing(step))]);
        assert!(draft.left.iter().any(|what| what.starts_with(told)), "{step}: {:?}", draft.left);
        assert!(draft.text.contains("\n# repository = \"ghcr.io/acme/app\""), "{step}: {}", draft.text);
    }
    for text in [
        "on: { push: { tags: ['v*'] } }\njobs: { a: { uses: acme/ci/.github/workflows/docker.yml@v1 } }\n",
        "on: [\njobs: { a: { steps: [{ run: docker push quay.io/a/b:1 }] } }\n",
    ] {
        let draft = at_home(&[("a.yml", text)]);
        assert!(draft.text.contains("\n# repository = \"ghcr.io/acme/app\""), "{text}: {}", draft.text);
    }
    let here = "on: push\njobs: { a: { env: { TO: 'oci://localhost:5000/a' }, steps: [ { run: 'timoni mod push . $TO' } ] } }\n";
    assert_eq!(at_home(&[("a.yml", here)]).left, [""; 0]);
    // What pushes nothing takes nothing away.
    assert!(at_home(&[("a.yml", "on: [\n")]).text.contains("\nrepository = \"ghcr.io/acme/app\""));
    for step in ["{ run: make test }", "{ uses: docker/build-push-action@v6, with: { push: false } }"] {
        let draft = at_home(&[("a.yml", &pushing(step))]);
        assert!(draft.text.contains("\nrepository = \"ghcr.io/acme/app\""), "{step}: {}", draft.text);
    }
}

#[test]
fn a_push_beside_one_that_is_read_is_told() {
    let of = |run: &str| {
        at_home(&[(
            "a.yml",
            &format!(
                "on: {{ push: {{ tags: ['v*'] }} }}\njobs:\n  job:\n    steps:\n      - name: Out\n        run: |\n          docker build -t ghcr.io/acme/app:${{{{ github.ref_name }}}} .\n          docker push ghcr.io/acme/app:${{{{ github.ref_name }}}}\n          {run}\n"
            ),
        )])
    };
    assert_eq!(of("make x").left, [""; 0]);
    assert_eq!(of("ko build ./cmd").left, ["a.yml: step `Out`: a script pushes images: ko build ./cmd"]);
    let draft = of("helm package chart && helm push app-1.tgz oci://ghcr.io/acme/charts");
    assert!(draft.left.iter().any(|what| what.starts_with("charts are published")), "{:?}", draft.left);
}

#[test]
fn a_step_that_one_caller_or_row_uses_is_used() {
    let draft = drafted(
        "on: { push: { tags: ['v*'] } }\njobs:\n  a:\n    strategy: { matrix: { include: [{ n: api, out: true }, { n: web, out: false }] } }\n    steps: [ { if: matrix.out, uses: docker/build-push-action@v6, with: { push: true, tags: 'ghcr.io/acme/${{ matrix.n }}:${{ github.ref_name }}' } } ]\n",
    );
    assert_eq!(draft.images, ["api"]);
    assert!(!draft.left.iter().any(|what| what.contains("pushes")), "{:?}", draft.left);
    // One of two that are called the same is not the other.
    let draft = drafted(
        "on: { push: { tags: ['v*'] } }\njobs:\n  a:\n    steps: [ { uses: docker/build-push-action@v6, with: { push: true, tags: 'ghcr.io/acme/api:${{ github.ref_name }}' } }, { if: \"github.actor == '[bot]'\", uses: docker/build-push-action@v6, with: { push: true, tags: 'ghcr.io/acme/web:1' } } ]\n",
    );
    assert_eq!(draft.images, ["api"]);
    assert!(
        draft.left.iter().any(|what| what.contains("`if: github.actor == '[bot]'` does not hold")),
        "{:?}",
        draft.left
    );
}

#[test]
fn what_nobody_reads_and_runs_for_releases_makes_the_own_place_a_guess() {
    let running =
        |step: &str, on: &str| format!("on: {{ push: {on} }}\njobs: {{ job: {{ steps: [ {step} ] }} }}\n");
    let (tags, branch) = ("{ tags: ['v*'] }", "{ branches: [main] }");
    for (step, on) in [
        ("{ name: Out, uses: acme/ship@v1 }", tags),
        ("{ name: Out, uses: azure/acr-build@v1 }", branch),
        ("{ name: Out, uses: ./.github/actions/publish }", tags),
        ("{ name: Out, run: ./gradlew jib }", tags),
        ("{ name: Out, run: 'az acr build -r acme -t app:1 .' }", branch),
        ("{ name: Out, run: just publish }", tags),
        ("{ name: Out, run: 'docker buildx build --output=type=$OUT -t docker.io/a/b:1 .' }", tags),
        ("{ name: Out, run: 'docker compose -f a.yml push' }", tags),
        ("{ name: Out, run: 'python3 ci/publish.py' }", tags),
        ("{ name: Out, run: 'bazel run //:push' }", branch),
        ("{ name: Out, run: 'gcloud run deploy app --source .' }", tags),
    ] {
        let draft = at_home(&[("a.yml", &running(step, on))]);
        assert!(draft.text.contains("\n# repository = \"ghcr.io/acme/app\""), "{step}: {}", draft.text);
        let is_told =
            draft.left.iter().any(|what| what.starts_with("a.yml: ") && what.contains("step `Out`"));
        assert!(is_told, "{step}: {:?}", draft.left);
    }
    for (step, on) in [
        ("{ uses: acme/ship@v1 }", branch),
        ("{ uses: softprops/action-gh-release@v2 }", tags),
        ("{ uses: golangci/golangci-lint-action@v6 }", tags),
        ("{ run: just test }", tags),
        ("{ run: cargo publish }", tags),
    ] {
        let draft = at_home(&[("a.yml", &running(step, on))]);
        assert!(draft.text.contains("\nrepository = \"ghcr.io/acme/app\""), "{step}: {}", draft.text);
    }
}

#[test]
fn beside_pipelines_that_are_not_read_the_own_place_is_a_guess() {
    let dockerfiles = || vec!["Dockerfile".to_owned()];
    let home = || Home { registry: Some("ghcr.io/acme".into()), ..home() };
    let others = [
        Holdings { other_pipelines: vec![".woodpecker/image.yaml".into()], ..Holdings::default() },
        Holdings { pushing_makefiles: vec!["Makefile".into()], ..Holdings::default() },
        Holdings { pushing_scripts: vec!["deploy.sh".into()], ..Holdings::default() },
        Holdings {
            pipeline: vec![WorkflowFile {
                path: ".gitlab-ci.yml".into(),
                text: "include: [ { component: gitlab.test/acme/docker@1 } ]\n".into(),
            }],
            ..Holdings::default()
        },
    ];
    for holdings in others {
        let draft = draft(&Holdings { dockerfiles: dockerfiles(), ..holdings }, &home());
        assert!(draft.text.contains("\n# repository = \"ghcr.io/acme/app\""), "{}", draft.text);
        let file = [".woodpecker/image.yaml", "Makefile", "deploy.sh", ".gitlab-ci.yml"];
        let is_named = |what: &String| file.iter().any(|file| what.contains(&format!("compare what {file}")));
        assert!(draft.left.iter().any(is_named), "{:?}", draft.left);
    }
    // What a workflow says stays live, and the pipeline is told.
    let text = "on: { push: { tags: ['v*'] } }\njobs: { a: { steps: [ { uses: docker/build-push-action@v6, with: { push: true, tags: 'acme/app:${{ github.ref_name }}' } } ] } }\n";
    let holdings = Holdings {
        workflows: vec![WorkflowFile { path: "a.yml".into(), text: text.into() }],
        other_pipelines: vec![".drone.yml".into()],
        pushing_makefiles: vec!["Makefile".into()],
        dockerfiles: dockerfiles(),
        ..Holdings::default()
    };
    let draft = draft(&holdings, &home());
    assert!(draft.text.contains("\nrepository = \"docker.io/acme/app\""), "{}", draft.text);
    assert_eq!(
        draft.left,
        [
            ".drone.yml: it is not read: if it pushes images, compare their names, registry and tags with what stands here"
        ]
    );
}
