//! Pipelines of GitLab: what is for no release of today is told, and not live.

use super::*;

#[test]
fn what_a_job_of_gitlab_pushes_for_a_branch_alone_is_no_release() {
    let push =
        |tag: &str| format!("docker tag x $CI_REGISTRY_IMAGE:{tag} && docker push $CI_REGISTRY_IMAGE:{tag}");
    let text = format!(
        "build:\n  script:\n  - docker build --tag x .\n  - if [ \"$CI_COMMIT_BRANCH\" = \"main\" ]; then {}; fi\n  - if [ \"$CI_COMMIT_BRANCH\" != \"main\" ]; then {}; fi\n",
        push("edge"),
        push("$CI_COMMIT_REF_NAME")
    );
    let pipeline = vec![WorkflowFile { path: ".gitlab-ci.yml".into(), text }];
    let home = Home { registry: Some("registry.gitlab.com/acme/app".into()), ..home() };
    let draft = draft(&Holdings { pipeline, ..Holdings::default() }, &home);
    assert!(draft.text.contains("release = [\n    \"{tag}\",\n]"), "{}", draft.text);
    assert!(draft.text.contains("\"branch:main\" = [\n    \"edge\",\n]"), "{}", draft.text);
}

fn piped(text: &str, tags: &[&str]) -> Draft {
    let files = [WorkflowFile { path: ".gitlab-ci.yml".into(), text: text.into() }];
    let holdings = Holdings {
        pipeline: files.into(),
        dockerfiles: vec!["Dockerfile".to_owned()],
        tags: tags.iter().map(|&tag| tag.to_owned()).collect(),
        ..Holdings::default()
    };
    draft(&holdings, &Home { registry: Some("r.test/acme/app".into()), ..home() })
}

/// A job that pushes one tag.
fn job(name: &str, tag: &str, rules: &str) -> String {
    format!(
        "{name}:\n  script: [docker build -t $CI_REGISTRY_IMAGE:{tag} ., docker push $CI_REGISTRY_IMAGE:{tag}]\n{rules}\n"
    )
}

fn has_left(draft: &Draft, what: &str) {
    assert!(draft.left.iter().any(|told| told.contains(what)), "{what}: {:?}", draft.left);
}

const RELEASES: &str = "  rules: [{ if: '$CI_COMMIT_TAG =~ /^v\\d+\\.\\d+\\.\\d+$/' }]";

#[test]
fn what_only_prereleases_get_is_told_and_not_live() {
    let release = job("release", "$CI_COMMIT_TAG", RELEASES);
    for (rules, tags) in [
        ("  rules: [{ if: '$CI_COMMIT_TAG =~ /^v\\d+\\.\\d+\\.\\d+-rc/' }]", &[][..]),
        ("  rules: [{ if: '$CI_COMMIT_TAG =~ /^v\\d+\\.\\d+\\.\\d+-rc/' }]", &["v2.0.0", "v2.1.0-rc.1"]),
        ("  rules: [{ if: '$CI_COMMIT_TAG =~ /^v1\\./' }]", &["v1.9.0", "v2.0.0"]),
        ("  rules: [{ if: '$CI_COMMIT_TAG && $CI_COMMIT_TAG !~ /^v\\d+\\.\\d+\\.\\d+$/' }]", &["v2.0.0"]),
        ("  only: [/^v.*-rc/]\n  except: [branches]", &["v2.0.0"]),
    ] {
        let candidate = job("candidate", "candidate", rules);
        let draft = piped(&format!("{release}{candidate}"), tags);
        assert!(draft.text.contains("\n    \"{tag}\",\n"), "{}", draft.text);
        assert!(!draft.text.contains("\"candidate\""), "{rules}: {}", draft.text);
        has_left(&draft, "job `candidate`: ");
        has_left(&draft, "goes on");
        // Nothing is left of it: the own place is a guess.
        let draft = piped(&candidate, tags);
        assert!(!draft.text.contains("\nrepository = "), "{rules}: {}", draft.text);
    }
}

#[test]
fn an_expression_that_cant_be_read_gives_nothing() {
    let rules = "  rules: [{ if: '$CI_COMMIT_TAG =~ /^v(?!0)/' }]";
    let draft = piped(&job("release", "$CI_COMMIT_TAG", rules), &["v2.0.0"]);
    assert!(!draft.text.contains("\nrepository = "), "{}", draft.text);
    has_left(&draft, "job `release`: git tags are matched with /^v(?!0)/, which is not read");
}

#[test]
fn what_prereleases_do_not_get_is_told() {
    let rules = "  rules: [{ if: '$CI_COMMIT_TAG =~ /-rc/', when: never }, { if: $CI_COMMIT_TAG }]";
    let draft = piped(&job("release", "$CI_COMMIT_TAG", rules), &["v2.0.0"]);
    assert!(draft.text.contains("\nrepository = \"r.test/acme/app\""), "{}", draft.text);
    has_left(&draft, "job `release`: it runs for v2.0.0 and not for v2.0.0-rc.1");
}

#[test]
fn a_runner_says_the_platform() {
    for (tags, want) in [
        ("  tags: [arm64]\n", "linux/arm64"),
        ("  tags: [saas-linux-small-arm64]\n", "linux/arm64"),
        ("  tags: [saas-linux-small-amd64]\n", "linux/amd64"),
        ("default: { tags: [arm64] }\n", "linux/arm64"),
        ("", "linux/amd64"),
    ] {
        let draft = piped(&job("release", "$CI_COMMIT_TAG", tags.trim_end()), &["v2.0.0"]);
        assert!(draft.text.contains(&format!("\nplatforms = [\"{want}\"]\n")), "{tags}: {}", draft.text);
    }
}

#[test]
fn a_job_of_compose_is_told() {
    let compose = "out:\n  script:\n    - docker compose -f deploy/compose.yml build\n    - docker compose -f deploy/compose.yml push\n  rules: [{ if: $CI_COMMIT_TAG }]\n";
    let release = job("release", "$CI_COMMIT_TAG", RELEASES);
    for text in [compose.to_owned(), format!("{release}{compose}")] {
        let draft = piped(&text, &["v2.0.0"]);
        has_left(&draft, "step `out`");
        assert!(text.contains("release:") || !draft.text.contains("\nrepository = "), "{}", draft.text);
    }
}

#[test]
fn what_other_jobs_make_for_a_build_is_told() {
    let publish = |needs: &str| {
        format!(
            "publish:\n  stage: deploy\n{needs}  rules: [{{ if: $CI_COMMIT_TAG }}]\n  script: [docker build -t $CI_REGISTRY_IMAGE:$CI_COMMIT_TAG ., docker push $CI_REGISTRY_IMAGE:$CI_COMMIT_TAG]\n"
        )
    };
    let compile = |kept: &str| format!("compile:\n  stage: build\n  script: [go build -o app]\n{kept}");
    let kept = "  artifacts: { paths: [app] }\n";
    let told =
        "job `publish`: job `compile` makes app, and that is not in the commit that the image is built from";
    for (needs, kept, is_told) in [
        ("  needs: [compile]\n", kept, true),
        ("  needs: [{ job: compile, artifacts: true }]\n", kept, true),
        ("", kept, true),
        ("  dependencies: [compile]\n", kept, true),
        ("  needs: [{ job: compile, artifacts: false }]\n", kept, false),
        ("  needs: []\n", kept, false),
        ("  dependencies: []\n", kept, false),
        ("  needs: [compile]\n", "", false),
        ("  needs: [compile]\n", "  artifacts: { reports: { junit: a.xml } }\n", false),
    ] {
        let draft = piped(&format!("{}{}", compile(kept), publish(needs)), &[]);
        let found = draft.left.iter().any(|what| what.contains(told));
        assert_eq!(found, is_told, "{needs} {kept}: {:?}", draft.left);
    }
    let made = "publish:\n  rules: [{ if: $CI_COMMIT_TAG }]\n  script: [go build -o app, docker build -t $CI_REGISTRY_IMAGE:$CI_COMMIT_TAG ., docker push $CI_REGISTRY_IMAGE:$CI_COMMIT_TAG]\n";
    has_left(
        &piped(made, &[]),
        "step `publish`: what it makes before is not in the commit that the image is built from: go build -o app",
    );
}
