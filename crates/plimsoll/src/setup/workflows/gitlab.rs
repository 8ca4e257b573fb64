//! The same jobs for GitLab.

use std::fmt::Write as _;

use super::containers::{DEBIAN, DOCKER, DOCKER_PACKAGES, PACKAGES, emulate, install_helm, install_packages};
use super::document::{in_quotes, indented};
use super::needs::Needs;
use super::tag_family::plain_expression;
use super::{Choices, NewFile, made_files, operate, steps};
use crate::setup::pipeline_files::PIPELINE;

/// The file with the jobs, which the pipeline includes.
pub(crate) fn jobs_file(choices: &Choices) -> String {
    choices.own_name(".gitlab/plimsoll-.yml").replace("-.yml", ".yml")
}

/// The job that releases.
const RELEASE: &str = "plimsoll-release";

/// What a merge request links to.
const PLAN: &str = "plimsoll-plan.txt";

/// What people may ask for, beside a release.
const ACTS: [&str; 6] = ["promote", "rollback", "unhold", "yank", "unyank", "withdraw"];
/// The rule of pipelines in which a person names a tag. The names are our own: variables of groups and instances are in every
/// pipeline, and nobody but us asks for anything by these.
const BY_HAND: &str = "$PLIMSOLL_TAG";
/// The rule of pipelines that a push set off.
const PUSHED: &str = "$CI_PIPELINE_SOURCE == \"push\"";

/// The rule of pipelines in which nobody asks for anything. Tags have pipelines of schedules, too.
const NOTHING_ASKED: &str = "$PLIMSOLL_ACT == null && $CI_PIPELINE_SOURCE != \"schedule\"";

/// Who may push, as git asks when it needs it, and for this forge alone: whose token was given to the project, or the job,
/// which may only read.
const HELPER: &str = r#"git config "credential.$CI_SERVER_URL.helper" '!f() { if [ -n "$GITLAB_TOKEN" ]; then echo username=oauth2; echo "password=$GITLAB_TOKEN"; else echo username=gitlab-ci-token; echo "password=$CI_JOB_TOKEN"; fi; }; f'"#;

/// What jobs that change releases have in common. Those of one group wait for each other, and none is dropped. The environment
/// is for its variables and for who may use it; nothing is deployed to it, since of two jobs that deploy GitLab fails the one
/// of the older commit (docs.gitlab.com, "Deployment safety").
const CHANGES: &str =
    "  resource_group: plimsoll-release\n  environment:\n    name: release\n    action: access\n";

/// One job.
struct Job {
    name: &'static str,
    about: &'static str,
    /// The conditions of which one must hold.
    rules: Vec<String>,
    script: Vec<String>,
    /// Whether it builds images.
    builds: bool,
    /// Whether it renders charts.
    renders: bool,
    /// Further keys.
    keys: String,
}

pub(super) fn render(needs: &Needs, choices: &Choices) -> Vec<NewFile> {
    let pin = &choices.pin;
    let mut text = String::from(
        "# Written by `plimsoll init`. What `release` needs: a variable GITLAB_TOKEN, protected and masked, with a project\n\
         # access token that may write the repository and the API; the job's own token can't push claims. Branches whose\n\
         # pushes publish or release something must be protected, too: other ones do not see the variable.\n\n",
    );
    let config = choices.config.as_deref().map(in_quotes);
    let config = config.map_or_else(String::new, |config| format!("    PLIMSOLL_CONFIG: {config}\n"));
    let stage = choices.stage.as_deref().map(in_quotes);
    let stage = stage.map_or_else(String::new, |stage| format!("  stage: {stage}\n"));
    let install = steps::install_script("/usr/local/bin");
    let _ = write!(
        text,
        ".plimsoll:\n{stage}  image: {DEBIAN}\n  variables:\n    GIT_DEPTH: \"0\"\n    ADDRESS: {}\n    SHA256_AMD64: {}\n    SHA256_ARM64: {}\n{config}  before_script:\n    - apt-get update --quiet && {}\n    - |\n{}    - git remote set-url origin \"$CI_PROJECT_URL.git\"\n    - {HELPER}\n",
        in_quotes(&pin.address()),
        in_quotes(&pin.amd64),
        in_quotes(&pin.arm64),
        install_packages(&PACKAGES),
        indented(&install.join("\n"), 6),
    );
    let jobs: Vec<String> = jobs(needs).iter().map(|job| render_job(needs, job)).collect();
    text.push_str(&jobs.concat());
    // Jobs of another configuration are others.
    let own = choices.own_name("plimsoll-");
    let text = if own == "plimsoll-" { text } else { renamed(&text, &own) };
    let file = jobs_file(choices);
    let pipeline = NewFile { path: PIPELINE.to_owned(), text: format!("include:\n  - local: {file}\n") };
    vec![NewFile { path: file, text }, pipeline]
}

/// The same with jobs, their template, and the groups in which they wait under names of their own.
fn renamed(text: &str, own: &str) -> String {
    let template = own.trim_end_matches('-');
    let rename = |line: &str| {
        let names = ["plimsoll-", "  resource_group: plimsoll-", "  needs: [plimsoll-"];
        match line.trim_end() {
            ".plimsoll:" => format!(".{template}:\n"),
            "  extends: .plimsoll" => format!("  extends: .{template}\n"),
            line if names.iter().any(|name| line.starts_with(name)) => {
                line.replacen("plimsoll-", own, 1) + "\n"
            }
            _ => line.to_owned(),
        }
    };
    text.split_inclusive('\n').map(rename).collect()
}

fn jobs(needs: &Needs) -> Vec<Job> {
    let families = [&needs.version_tags].into_iter().chain(&needs.promotion_tags).chain(&needs.chart_tags);
    let mut occasions: Vec<String> = families
        .map(|family| format!("{NOTHING_ASKED} && $CI_COMMIT_TAG =~ /{}/", family.expression()))
        .collect();
    occasions.push(format!("{BY_HAND} && $PLIMSOLL_ACT == \"release\""));
    let job = |name, about, rules: Vec<String>, script: &[&str]| Job {
        name,
        about,
        rules,
        script: script.iter().map(ToString::to_string).collect(),
        builds: false,
        renders: false,
        keys: String::new(),
    };
    let acts: Vec<String> =
        ACTS.iter().map(|act| format!("{BY_HAND} && $PLIMSOLL_ACT == \"{act}\"")).collect();
    let mut jobs = vec![
        Job {
            builds: true,
            renders: true,
            keys: CHANGES.to_owned(),
            ..job(
                RELEASE,
                "Running it again finishes what is missing, as does a pipeline with PLIMSOLL_ACT = release and PLIMSOLL_TAG.",
                occasions,
                &[r#"plimsoll release ${PLIMSOLL_ACT:+"$PLIMSOLL_TAG"}"#],
            )
        },
        Job {
            builds: true,
            renders: true,
            keys: format!(
                "  artifacts:\n    paths: [{PLAN}]\n    expose_as: 'What a release of this would do'\n    expire_in: 1 month\n"
            ),
            ..job(
                "plimsoll-rehearse",
                "Nothing of it is kept but what it says, which the merge request links to: a comment would take a secret.",
                vec![r#"$CI_PIPELINE_SOURCE == "merge_request_event""#.to_owned()],
                &[
                    "plimsoll check",
                    "said=$(mktemp --directory)",
                    r#"plimsoll rehearse | tee "$said/rehearsal""#,
                    r#"read -r _ _ tag _ < "$said/rehearsal""#,
                    r#"plimsoll plan "$tag" | tee "$said/plan""#,
                    r#"cat "$said/plan" "$said/rehearsal" > plimsoll-plan.txt"#,
                ],
            )
        },
        job(
            "plimsoll-audit",
            "For a pipeline schedule.",
            vec![r#"$CI_PIPELINE_SOURCE == "schedule""#.to_owned()],
            &["plimsoll audit"],
        ),
        Job {
            script: in_own_names(&operate::preview()),
            ..job(
                "plimsoll-operate-preview",
                "In a pipeline with PLIMSOLL_ACT (verify, promote, rollback, unhold, yank with PLIMSOLL_REASON, unyank, withdraw) and\n# PLIMSOLL_TAG: what would be done.",
                [format!("{BY_HAND} && $PLIMSOLL_ACT == \"verify\"")]
                    .into_iter()
                    .chain(acts.iter().cloned())
                    .collect(),
                &[],
            )
        },
        Job {
            keys: format!("  needs: [plimsoll-operate-preview]\n{CHANGES}  when: manual\n"),
            script: in_own_names(&operate::act()),
            ..job("plimsoll-operate", "Does it, once somebody who may starts it.", acts, &[])
        },
    ];
    if let Some(branches) = pushes_to(&needs.branches, needs.any_branch.then_some("$CI_COMMIT_BRANCH")) {
        jobs.push(Job {
            builds: true,
            ..job("plimsoll-publish", "The images of a branch.", branches, &["plimsoll publish"])
        });
    }
    let pushes = pushes_to(&needs.chart_branches, None).filter(|_| !needs.charts.is_empty());
    if let Some(pushes) = pushes {
        jobs.push(Job {
            script: needs.charts.iter().map(|chart| format!("plimsoll chart release {chart}")).collect(),
            renders: true,
            // One after the other, and none is dropped.
            keys: "  resource_group: plimsoll-chart\n".to_owned(),
            ..job("plimsoll-chart", "The charts that changed.", pushes, &[])
        });
    }
    jobs
}

/// Lines of a workflow with the names that a pipeline's variables have.
fn in_own_names(lines: &[&str]) -> Vec<String> {
    let rename = |line: &&str| {
        ["ACT", "TAG", "REASON"].iter().fold((*line).to_owned(), |line, name| {
            line.replace(&format!("${name}"), &format!("$PLIMSOLL_{name}"))
        })
    };
    lines.iter().map(rename).collect()
}

/// The rules of pushes to branches. Pipelines that a person or a schedule starts on one are none.
fn pushes_to(branches: &[String], any: Option<&str>) -> Option<Vec<String>> {
    let one = |branch: &String| format!("$CI_COMMIT_BRANCH {}", is(branch));
    let conditions: Vec<String> = match any {
        Some(any) => vec![any.to_owned()],
        None => branches.iter().map(one).collect(),
    };
    let pushed = conditions.into_iter().map(|condition| format!("{PUSHED} && {condition}"));
    Some(pushed.collect()).filter(|rules: &Vec<String>| !rules.is_empty())
}

/// The part of a condition of GitLab's that something is this name. Its texts have no way to write their own quotes
/// (docs.gitlab.com, "CI/CD variable expressions").
fn is(name: &str) -> String {
    match (name.contains('"'), name.contains('\'')) {
        (false, _) => format!("== \"{name}\""),
        (true, false) => format!("== '{name}'"),
        (true, true) => format!("=~ /^{}$/", plain_expression(name)),
    }
}

fn render_job(needs: &Needs, job: &Job) -> String {
    let mut text = format!("\n# {}\n{}:\n  extends: .plimsoll\n  rules:\n", job.about, job.name);
    for rule in &job.rules {
        let _ = writeln!(text, "    - if: {}", in_quotes(rule));
    }
    text.push_str(&job.keys);
    if needs.proves_identity && [RELEASE, "plimsoll-chart"].contains(&job.name) {
        text.push_str("  id_tokens:\n    SIGSTORE_ID_TOKEN:\n      aud: sigstore\n");
    }
    let builds = job.builds && needs.builds;
    if builds {
        let _ = write!(text, "  services:\n    - name: {DOCKER}\n      alias: docker\n");
    }
    let files = made_files::files(needs).filter(|_| job.builds);
    if builds || files.is_some() {
        text.push_str("  variables:\n");
    }
    if builds {
        text.push_str("    DOCKER_HOST: tcp://docker:2375\n    DOCKER_TLS_CERTDIR: \"\"\n");
    }
    if let Some(files) = &files {
        let _ = writeln!(text, "    FILES: {files}");
    }
    text.push_str("  script:\n");
    if job.name == RELEASE {
        // By hand a pipeline begins on a branch, which has moved on since.
        text.push_str(
            "    - test -z \"$PLIMSOLL_ACT\" || git checkout --quiet --detach \"refs/tags/$PLIMSOLL_TAG\"\n",
        );
    }
    if job.renders && needs.renders_charts {
        let _ = write!(text, "    - |\n{}", indented(&install_helm("/usr/local/bin").join("\n"), 6));
    }
    if builds {
        let _ = writeln!(text, "    - {}", install_packages(&DOCKER_PACKAGES));
        let foreign = needs.foreign();
        if !foreign.is_empty() {
            // Commands of a Dockerfile run by emulation, which the kernel must know of.
            let _ = writeln!(text, "    - {}", emulate(&foreign));
        }
        text.push_str("    - docker buildx create --use\n");
    }
    if files.is_some() {
        let _ = write!(text, "    - |\n{}", indented(&made_files::script().join("\n"), 6));
    }
    match job.script.as_slice() {
        [first, .., last] if first.starts_with("case ") && last == "esac" => {
            let _ = write!(text, "    - |\n{}", indented(&job.script.join("\n"), 6));
        }
        lines => {
            for line in lines {
                let _ = writeln!(text, "    - {line}");
            }
        }
    }
    text
}
