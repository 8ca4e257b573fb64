use super::super::WorkflowFile;
use super::*;

fn around(text: &str) -> Around {
    let file = WorkflowFile { path: ".github/workflows/a.yml".to_owned(), text: text.to_owned() };
    let mut around = find(&file.path, &Workflow::parse(&file, &[]).unwrap());
    around.left = around.left.iter().map(|what| what.replace(".github/workflows/a.yml: ", "")).collect();
    around
}

#[test]
fn jobs_that_must_succeed_are_gates() {
    let found = around(
        "on: { push: { tags: ['v*'] } }\njobs:\n  test:\n    steps:\n      - uses: actions/checkout@v4\n      - run: make test\n      - { run: npm test, working-directory: web }\n  first: { steps: [{ run: make lint, env: { A: b } }] }\n  second: { needs: first, steps: [{ run: 'echo x=1 >> $GITHUB_OUTPUT' }] }\n  hard: { steps: [{ run: \"for a in *; do\\n  test $a\\ndone\" }] }\n  push:\n    needs: [test, second, hard]\n    steps: [{ uses: docker/build-push-action@v6, with: { push: true } }]\n",
    );
    let shown: Vec<(&[String], usize)> =
        found.gates.iter().map(|gate| (gate.commands.as_slice(), gate.lacks.len())).collect();
    let [first, hard, test] = shown.as_slice() else { panic!("{:?}", found.gates) };
    assert_eq!(*test, (&["make test".to_owned(), "cd web && npm test".to_owned()][..], 0));
    assert_eq!(*first, (&[][..], 1));
    assert_eq!(*hard, (&[][..], 1));
    assert_eq!(found.left, [""; 0]);
}

#[test]
fn a_job_that_looks_at_what_was_built_is_no_gate_of_the_source() {
    let job =
        |id: &str, needs: &str, step: &str| format!("  {id}: {{ needs: [{needs}], steps: [{step}] }}\n");
    let build = job("build", "", "{ uses: docker/build-push-action@v6, with: { push: true } }");
    let push = job("push", "e2e", "{ uses: docker/build-push-action@v6, with: { push: true } }");
    for (needs, gates) in [("build", 0), ("", 1)] {
        let e2e = job("e2e", needs, "{ run: 'docker run acme/app:sha make test' }");
        let found = around(&format!("on: {{ push: {{ tags: ['v*'] }} }}\njobs:\n{build}{e2e}{push}"));
        assert_eq!(found.gates.len(), gates, "{:?}", found.gates);
        let told = "job `e2e` looks at what was built before it, and no release runs it";
        assert_eq!(found.left.iter().any(|what| what.starts_with(told)), gates == 0, "{:?}", found.left);
    }
}

#[test]
fn a_job_that_may_publish_is_not_said_to_publish_nothing() {
    let found = around(
        "on: { push: { tags: ['v*'] } }\njobs:\n  push: { steps: [{ uses: docker/build-push-action@v6, with: { push: true } }] }\n  other: { steps: [{ uses: acme/ship@v1 }] }\n",
    );
    assert!(found.left[0].starts_with("job `other` publishes nothing that is read, and"), "{:?}", found.left);
}

#[test]
fn what_comes_before_a_promotion_is_its_gate() {
    let found = around(
        "on: { push: { tags: ['v*'] } }\njobs:\n  page:\n    if: needs.tag.outputs.kind == 'stable'\n    steps:\n      - uses: actions/setup-go@v5\n      - run: make build\n      - run: make lint\n      - uses: acme/notes@v1\n      - run: gh release create v1\n",
    );
    let [gate] = found.gates.as_slice() else { panic!("{:?}", found.gates) };
    assert_eq!((gate.stage, gate.commands.join(";").as_str()), (Stage::Promote, "make build;make lint"));
    assert!(gate.lacks[0].contains("actions/setup-go"), "{gate:?}");
    assert_eq!(found.left, ["step `acme/notes` (acme/notes)"]);
}

#[test]
fn what_goes_on_beside_is_told() {
    let found = around(
        "on: { push: { tags: ['v*'] } }\njobs:\n  push:\n    if: github.repository == 'acme/app'\n    steps:\n      - { name: Try, run: make smoke }\n      - { name: Count, run: ./count.sh }\n      - { uses: docker/build-push-action@v6, with: { push: true }, if: \"github.event_name != 'pull_request' && vars.PUSH == 'yes'\" }\n      - { name: Smoke, run: make smoke-test }\n      - run: echo done\n  deploy: { needs: push, steps: [{ run: kubectl apply -f x }] }\n  after: { needs: push, steps: [{ run: ./tell.sh }, { uses: acme/tell@v1 }] }\n",
    );
    assert_eq!(
        found.left,
        [
            "job `after` publishes nothing that is read, and no release does it: `./tell.sh`, `acme/tell`",
            "job `push` runs only if github.repository == 'acme/app'",
            "step `Count`: a release does not run it",
            "step `docker/build-push-action` runs only if github.event_name != 'pull_request' && vars.PUSH == 'yes'",
            "step `Smoke` runs afterwards, and no release runs it: [gates] sealed tests what was made before it is pushed",
        ]
    );
    assert_eq!(found.gates[0].commands, ["make smoke"]);
}

#[test]
fn what_a_job_only_tries_comes_before_what_waits_for_it() {
    let tried = |needs: &str| {
        around(&format!(
            "on: {{ push: {{ tags: ['v*'] }} }}\njobs:\n  try:\n    steps:\n      - uses: actions/checkout@v4\n      - run: make test\n      - {{ uses: docker/build-push-action@v6, with: {{ push: false, load: true, tags: app }} }}\n      - {{ name: Smoke, run: docker run app make check }}\n  push:\n    needs: [{needs}]\n    steps: [{{ uses: docker/build-push-action@v6, with: {{ push: true }} }}]\n"
        ))
    };
    let found = tried("try");
    let [gate] = found.gates.as_slice() else { panic!("{:?}", found.gates) };
    assert_eq!((gate.commands.join(";").as_str(), gate.lacks.len()), ("make test", 0), "{gate:?}");
    assert_eq!(
        found.left,
        [
            "step `Smoke` looks at what was built before it is pushed, and no release runs it: [gates] sealed is the place for that"
        ]
    );
    let found = tried("");
    assert!(found.gates.is_empty(), "{:?}", found.gates);
    assert_eq!(
        found.left,
        ["job `try` publishes no image and no chart, and no release does it: `make test`, `Smoke`"]
    );
}

#[test]
fn what_waits_for_goreleaser_is_told() {
    let told = |needs: &str| {
        let found = around(&format!(
            "on: {{ push: {{ tags: ['v*'] }} }}\njobs:\n  programs: {{ steps: [{{ uses: goreleaser/goreleaser-action@v6, with: {{ args: release }} }}] }}\n  between: {{ needs: programs, steps: [{{ run: echo }}] }}\n  images:\n    needs: [{needs}]\n    steps: [{{ uses: docker/build-push-action@v6, with: {{ push: true }} }}]\n"
        ));
        found.left.iter().any(|what| {
            what.starts_with(
                "job `images` waits for job `programs`, which runs GoReleaser: a release does not",
            )
        })
    };
    assert!(told("programs") && told("between") && !told(""));
}

#[test]
fn bystanders_are_those_of_releases() {
    let told = |on: &str| {
        let text = format!(
            "on: {on}\njobs: {{ test: {{ steps: [{{ run: make test }}] }}, b: {{ steps: [{{ run: ./b }}] }} }}"
        );
        let file = WorkflowFile { path: "a.yml".to_owned(), text };
        tell_bystanders("a.yml", &Workflow::parse(&file, &[]).unwrap())
    };
    assert!(
        told("{ push: { tags: ['v*'] } }")
            .is_some_and(|told| told.contains("jobs `b`, `test` run for releases"))
    );
    assert!(told("{ release: { types: [published] } }").is_some());
    assert_eq!(
        (told("push"), told("{ push: { branches: [main] } }"), told("pull_request")),
        (None, None, None)
    );
}
