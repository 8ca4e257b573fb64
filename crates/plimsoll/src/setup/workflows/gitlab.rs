//! The same jobs for GitLab.

use std::fmt::Write as _;

use super::document::{in_quotes, indented};
use super::needs::Needs;
use super::{Choices, NewFile, steps};

/// The file with the jobs, which the pipeline includes.
pub(crate) const JOBS: &str = ".gitlab/plimsoll.yml";

/// Where GitLab looks for a pipeline.
pub(crate) const PIPELINE: &str = ".gitlab-ci.yml";

/// One job.
struct Job {
    name: &'static str,
    about: &'static str,
    rule: String,
    script: Vec<String>,
    /// Whether it builds images.
    builds: bool,
    /// Further keys.
    keys: String,
}

pub(super) fn render(needs: &Needs, choices: &Choices) -> Vec<NewFile> {
    let pin = &choices.pin;
    let mut text = String::from(
        "# Written by `plimsoll init`. What `release` needs: a variable GITLAB_TOKEN, protected and masked, with a project\n\
         # access token that may write the repository and the API; the job's own token can't push claims.\n\n",
    );
    let config = choices.config.as_deref().map(in_quotes);
    let config = config.map_or_else(String::new, |config| format!("    PLIMSOLL_CONFIG: {config}\n"));
    let install = steps::install_script("/usr/local/bin");
    let _ = write!(
        text,
        ".plimsoll:\n  image: debian:13-slim\n  variables:\n    GIT_DEPTH: \"0\"\n    ADDRESS: {}\n    SHA256_AMD64: {}\n    SHA256_ARM64: {}\n{config}  before_script:\n    - apt-get update --quiet && apt-get install --quiet --yes --no-install-recommends ca-certificates curl git\n    - |\n{}    - git remote set-url origin \"$CI_PROJECT_URL.git\"\n    - git config credential.helper '!f() {{ echo username=oauth2; echo \"password=$GITLAB_TOKEN\"; }}; f'\n",
        pin.address(),
        pin.amd64,
        pin.arm64,
        indented(&install.join("\n"), 6),
    );
    let jobs: Vec<String> = jobs(needs).iter().map(|job| render_job(needs, job)).collect();
    text.push_str(&jobs.concat());
    vec![
        NewFile { path: JOBS.to_owned(), text },
        NewFile { path: PIPELINE.to_owned(), text: format!("include:\n  - local: {JOBS}\n") },
    ]
}

fn jobs(needs: &Needs) -> Vec<Job> {
    let tags = needs
        .tags
        .iter()
        .chain(&needs.chart_tags)
        .map(|tag| format!("$CI_COMMIT_TAG =~ /{}/", expression(tag)));
    let job = |name, about, rule: &str, script: &[&str]| Job {
        name,
        about,
        rule: rule.to_owned(),
        script: script.iter().map(|line| (*line).to_owned()).collect(),
        builds: false,
        keys: String::new(),
    };
    let mut jobs = vec![
        Job {
            builds: true,
            // Jobs of one group wait for each other, and none is dropped.
            keys: "  resource_group: plimsoll-release\n  environment:\n    name: release\n".to_owned(),
            ..job(
                "plimsoll-release",
                "Running it again finishes what is missing.",
                &tags.collect::<Vec<_>>().join(" || "),
                &["plimsoll release"],
            )
        },
        Job {
            builds: true,
            ..job(
                "plimsoll-rehearse",
                "Nothing of it is kept.",
                r#"$CI_PIPELINE_SOURCE == "merge_request_event""#,
                &["plimsoll check", "plimsoll rehearse"],
            )
        },
        job(
            "plimsoll-audit",
            "For a pipeline schedule.",
            r#"$CI_PIPELINE_SOURCE == "schedule""#,
            &["plimsoll audit"],
        ),
        Job {
            keys: "  environment:\n    name: release\n  when: manual\n".to_owned(),
            ..job(
                "plimsoll-operate",
                "In a pipeline with the variables ACT (promote, rollback, unhold, unyank) and TAG.",
                "$ACT && $TAG",
                &[r#"plimsoll "$ACT" "$TAG""#],
            )
        },
        job(
            "plimsoll-operate-preview",
            "What the job above would do.",
            "$ACT && $TAG",
            &[r#"plimsoll "$ACT" "$TAG" --dry-run"#],
        ),
    ];
    let mut branches: Vec<String> =
        needs.branches.iter().map(|branch| format!("$CI_COMMIT_BRANCH == \"{branch}\"")).collect();
    if needs.any_branch {
        branches = vec!["$CI_COMMIT_BRANCH".to_owned()];
    }
    if !branches.is_empty() {
        jobs.push(Job {
            builds: true,
            ..job(
                "plimsoll-publish",
                "The images of a branch.",
                &branches.join(" || "),
                &["plimsoll publish"],
            )
        });
    }
    if !needs.charts.is_empty() && !needs.chart_branches.is_empty() {
        let pushes: Vec<String> =
            needs.chart_branches.iter().map(|branch| format!("$CI_COMMIT_BRANCH == \"{branch}\"")).collect();
        jobs.push(Job {
            script: needs.charts.iter().map(|chart| format!("plimsoll chart release {chart}")).collect(),
            // One after the other, and none is dropped.
            keys: "  resource_group: plimsoll-chart\n".to_owned(),
            ..job("plimsoll-chart", "The charts that changed.", &pushes.join(" || "), &[])
        });
    }
    jobs
}

fn render_job(needs: &Needs, job: &Job) -> String {
    let mut text = format!(
        "\n# {}\n{}:\n  extends: .plimsoll\n  rules:\n    - if: '{}'\n{}",
        job.about, job.name, job.rule, job.keys
    );
    if needs.proves_identity && ["plimsoll-release", "plimsoll-chart"].contains(&job.name) {
        text.push_str("  id_tokens:\n    SIGSTORE_ID_TOKEN:\n      aud: sigstore\n");
    }
    if job.builds && needs.builds {
        text.push_str(
            "  services: [docker:27-dind]\n  variables:\n    DOCKER_HOST: tcp://docker:2375\n    DOCKER_TLS_CERTDIR: \"\"\n",
        );
    }
    text.push_str("  script:\n");
    if job.builds && needs.builds {
        text.push_str("    - apt-get install --quiet --yes --no-install-recommends docker-cli docker-buildx\n    - docker buildx create --use\n");
    }
    for line in &job.script {
        let _ = writeln!(text, "    - {line}");
    }
    text
}

/// A glob as a regular expression of GitLab.
fn expression(glob: &str) -> String {
    let mut text = String::from("^");
    for character in glob.chars() {
        match character {
            '*' => text.push_str(".*"),
            c if c.is_ascii_alphanumeric() || c == '-' || c == '_' => text.push(c),
            c => {
                text.push('\\');
                text.push(c);
            }
        }
    }
    text + "$"
}
