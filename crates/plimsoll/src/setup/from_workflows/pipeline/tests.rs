use super::*;

fn triggers(rules: &str) -> (Option<Vec<String>>, Option<Vec<String>>, bool) {
    let text = format!("a:\n  script: [docker push x]\n{rules}");
    let file = WorkflowFile { path: ".gitlab-ci.yml".into(), text };
    let home = PipelineHome { branch: Some("trunk"), ..PipelineHome::default() };
    let mut all = Triggers::default();
    for workflow in read(&[file], &home).jobs.iter().flat_map(|job| &job.workflows) {
        all.extend(&workflow.triggers);
    }
    (all.tags, all.branches, all.pull_request.is_some())
}

#[test]
fn rules_say_what_sets_a_job_off() {
    let list = |texts: &[&str]| Some(texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
    for (rules, want) in [
        ("", (list(&[]), list(&[]), false)),
        ("  rules: [{ if: $CI_COMMIT_TAG }]", (list(&[]), None, false)),
        ("  rules: [{ if: '$CI_COMMIT_TAG =~ /^v\\d+/' }]", (list(&["v*"]), None, false)),
        ("  rules: [{ if: '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH' }]", (None, list(&["trunk"]), false)),
        ("  rules: [{ if: '$CI_PIPELINE_SOURCE == \"merge_request_event\"' }]", (None, None, true)),
        (
            "  rules: [{ if: '$CI_COMMIT_BRANCH == \"main\"', when: never }, { if: $CI_COMMIT_TAG }]",
            (list(&[]), None, false),
        ),
        ("  only: [tags, main]", (list(&[]), list(&["main"]), false)),
        ("  only: { refs: [/^release-.*/] }", (list(&["release-*"]), None, false)),
        ("  except: [tags]", (None, list(&[]), false)),
        ("  except: { refs: [branches] }", (list(&[]), None, false)),
        ("  only: [tags, main]\n  except: [main]", (list(&[]), None, false)),
        ("  rules: [{ if: $CI_COMMIT_TAG, when: never }, { when: on_success }]", (None, list(&[]), false)),
        ("  rules: [{ if: '$CI_COMMIT_TAG == null' }]", (None, list(&[]), false)),
        ("  rules: [{ if: '$CI_COMMIT_TAG != null' }]", (list(&[]), None, false)),
        ("  rules: [{ changes: [src] }]", (list(&[]), list(&[]), false)),
        ("workflow: { rules: [{ if: $CI_COMMIT_TAG }] }", (list(&[]), None, false)),
        ("  rules: [{ if: '$CI_COMMIT_TAG =~ /^v\\d+\\.\\d+\\.\\d+-rc/' }]", (None, None, false)),
        ("  rules: [{ if: '$CI_COMMIT_TAG && $CI_COMMIT_TAG !~ /-rc/' }]", (list(&[]), None, false)),
        ("  rules: [{ if: '$CI_COMMIT_TAG =~ /^v?\\d+/' }]", (list(&[]), None, false)),
        ("  rules: [{ if: '$CI_COMMIT_TAG =~ /^v2\\./' }]", (list(&["v2*"]), None, false)),
        (
            "  rules: [{ if: '$CI_COMMIT_TAG =~ /(?<=v)1/' }, { if: $CI_COMMIT_BRANCH }]",
            (None, list(&[]), false),
        ),
        (
            "  rules: [{ if: '$CI_COMMIT_TAG =~ /(?<=v)1/', when: never }, { if: $CI_COMMIT_TAG }]",
            (None, None, false),
        ),
        (
            "  rules: [{ if: '$CI_COMMIT_TAG =~ /-rc/', when: never }, { if: $CI_COMMIT_TAG }]",
            (list(&[]), None, false),
        ),
        ("  rules: [{ if: '$CI_COMMIT_BRANCH =~ /^release/' }]", (None, None, false)),
        ("  rules: [{ if: '$CI_PIPELINE_SOURCE == \"web\"' }]", (None, None, false)),
        ("  only: [/^v.*$/]\n  except: [branches]", (list(&["v*"]), None, false)),
        ("  only: [/^v.*-rc/, main]", (None, list(&["main"]), false)),
        ("  only: [/^(api|web)-v.*$/]", (None, None, false)),
        ("  except: [/^v.*-rc/]", (list(&[]), list(&[]), false)),
        ("  except: [/^v.*$/, branches]", (list(&[]), None, false)),
    ] {
        assert_eq!(triggers(rules), want, "{rules}");
    }
}

#[test]
fn a_job_has_what_its_templates_have() {
    let text = "include: { template: Docker.gitlab-ci.yml }\nvariables: { A: $CI_REGISTRY_IMAGE/a }\n.base:\n  variables: { B: \"${A}:x\" }\n  script: [docker push $B]\njob:\n  extends: .base\n  environment: { name: live }\n";
    let file = WorkflowFile { path: ".gitlab-ci.yml".into(), text: text.into() };
    let home = PipelineHome { registry_image: Some("r.test/acme/app".into()), ..PipelineHome::default() };
    let found = read(&[file], &home);
    let job = &found.jobs[0].workflows[0].jobs[0];
    assert_eq!(job.values["B"], "r.test/acme/app/a:x");
    assert_eq!(job.values["CI_REGISTRY"], "r.test");
    assert_eq!(job.steps[0].run, "docker push $B");
    assert!(job.terms[0].contains("`live`"), "{:?}", job.terms);
    assert!(found.left[0].contains("Docker.gitlab-ci.yml"), "{:?}", found.left);
}

fn of(text: &str) -> Pipeline {
    let home = PipelineHome { registry_image: Some("r.test/acme/app".into()), ..PipelineHome::default() };
    read(&[WorkflowFile { path: ".gitlab-ci.yml".into(), text: text.into() }], &home)
}

#[test]
fn a_matrix_crosses_its_variables() {
    let found = of(
        "job:\n  parallel: { matrix: [{ NAME: [api, web], KIND: slim }, { NAME: worker }] }\n  script: [docker push $CI_REGISTRY_IMAGE/$NAME:1]\n",
    );
    let jobs = &found.jobs[0].workflows[0].jobs;
    let names: Vec<&str> = jobs.iter().map(|job| job.values["matrix.NAME"].as_str()).collect();
    assert_eq!(names, ["api", "web", "worker"]);
    assert_eq!(jobs[1].values["KIND"], "slim");
}

#[test]
fn a_name_ends_where_its_word_ends() {
    let found = of(
        "variables: { A: $CI_REGISTRY_IMAGE_NAME, B: $CI_REGISTRY_IMAGE/x, C: $D$D, D: $C$C }\njob: { script: [docker push x] }\n",
    );
    let values = &found.jobs[0].workflows[0].jobs[0].values;
    assert_eq!(
        (values["A"].as_str(), values["B"].as_str()),
        ("$CI_REGISTRY_IMAGE_NAME", "r.test/acme/app/x")
    );
}

#[test]
fn references_are_followed_and_what_is_started_is_told() {
    let found = of(
        ".push:\n  script: [docker push a/b:1]\njob:\n  needs: [test, build]\n  script:\n    - !reference [.push, script]\ntest: { script: [make] }\nchild: { trigger: { include: child.yml } }\n",
    );
    let job = found.jobs.iter().find(|job| job.name == "job").unwrap();
    let job = &job.workflows[0].jobs[0];
    assert_eq!(job.steps[0].run, "docker push a/b:1");
    assert_eq!(job.terms, ["job `job`: it waits for `test`, `build`: commands under `[gates]` do that"]);
    assert!(found.left[0].contains("job `child` starts child.yml"), "{:?}", found.left);
}

#[test]
fn files_of_the_repository_are_one_pipeline() {
    let file = |path: &str, text: &str| WorkflowFile { path: path.into(), text: text.into() };
    let files = [
        file(".gitlab-ci.yml", "include: ci/a.yml\njob: { variables: { A: '2' } }\n"),
        file(
            "ci/a.yml",
            "# Above.\njob:\n  variables: { A: '1', B: '3' }\n  script: [docker push x]\n\n# Below.\nother: {}\n",
        ),
    ];
    let found = read(&files, &PipelineHome::default());
    assert_eq!(found.left, [""; 0]);
    let job = &found.jobs[0];
    assert_eq!(
        (&job.workflows[0].jobs[0].values["A"], &job.workflows[0].jobs[0].values["B"]),
        (&"2".to_owned(), &"3".to_owned())
    );
    assert_eq!(find_lines(&files[1].text, "job"), Some((2, 4)));
    assert_eq!(find_lines(&files[1].text, "jo"), None);
}
