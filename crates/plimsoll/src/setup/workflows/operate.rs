//! The workflow for what people decide about releases: each is shown first, and done once somebody agrees.

use super::document::{Job, Overtaken, Step, Workflow};
use super::needs::Needs;
use super::steps::Ground;
use super::variables::{Work, handed};
use super::{Choices, Host, steps};

/// The environment whose rules say who must agree.
pub(crate) const ENVIRONMENT: &str = "release";

/// The command by which you have to agree, in the words of GitHub's own program (docs.github.com, "Create or update an
/// environment").
pub(crate) const REVIEWED: &str = r#"gh api --method PUT 'repos/{owner}/{repo}/environments/release' --field 'reviewers[][type]=User' --field "reviewers[][id]=$(gh api user --jq .id)""#;

const INPUTS: &str = "\
workflow_dispatch:
  inputs:
    act:
      description: What is to be done
      required: true
      type: choice
      options: [verify, promote, rollback, unhold, yank, unyank, withdraw]
    tag:
      description: The git tag; for a rollback the one to go back to
      required: true
      type: string
    reason:
      description: Why, for everybody to read (for a yank)
      required: false
      type: string";

/// Where no rules of an environment keep a job waiting.
const HOW: &str = "
    how:
      description: Whether it is done, once it was shown
      required: true
      default: show it
      type: choice
      options: [show it, do it]";

/// The lines that show what `$ACT` would do with `$TAG`.
pub(super) fn preview() -> [&'static str; 7] {
    [
        r#"case "$ACT" in"#,
        r#"  verify) plimsoll verify "$TAG" ;;"#,
        r#"  withdraw) plimsoll withdraw "$TAG" --dry-run ;;"#,
        r#"  yank) plimsoll yank "$TAG" --reason "$REASON" --dry-run ;;"#,
        r#"  promote | rollback | unhold | unyank) plimsoll "$ACT" "$TAG" --dry-run ;;"#,
        r#"  *) echo "what is $ACT?" >&2; exit 2 ;;"#,
        r#"esac"#,
    ]
}

/// The lines that do it.
pub(super) fn act() -> [&'static str; 6] {
    [
        r#"case "$ACT" in"#,
        r#"  withdraw) plimsoll withdraw "$TAG" --yes ;;"#,
        r#"  yank) plimsoll yank "$TAG" --reason "$REASON" ;;"#,
        r#"  promote | rollback | unhold | unyank) plimsoll "$ACT" "$TAG" ;;"#,
        r#"  *) echo "what is $ACT?" >&2; exit 2 ;;"#,
        r#"esac"#,
    ]
}

/// Says who has to agree.
fn about(host: Host) -> Vec<String> {
    let mut lines = vec![
        "Promotes, rolls back, yanks or withdraws a release: first it is shown, then it is done.".to_owned(),
    ];
    match host {
        Host::GitHub => lines.extend([
            format!(
                "Who must agree in between is said in the rules of the environment `{ENVIRONMENT}`; without any, nobody must, and"
            ),
            "it is done at once. \"Required reviewers\" in Settings, Environments; or, for you alone:".to_owned(),
            format!("  {REVIEWED}"),
        ]),
        Host::Forgejo | Host::GitLab | Host::None => lines.push(
            "Forgejo asks nobody in between: a run that only shows it comes first, and one that does it second."
                .to_owned(),
        ),
    }
    lines
}

pub(super) fn workflow(needs: &Needs, choices: &Choices) -> Workflow {
    let job = |name: &str, work: Work, script: &[&str]| {
        let mut list = steps::fetch(choices, Ground::Event);
        list.push(steps::install(&choices.pin));
        let asked = [("ACT", "act"), ("TAG", "tag"), ("REASON", "reason")];
        let mut env = handed(needs, work);
        env.extend(asked.map(|(name, input)| (name.to_owned(), format!("${{{{ inputs.{input} }}}}"))));
        list.push(Step {
            name: name.to_owned(),
            env,
            run: script.iter().map(|line| (*line).to_owned()).collect(),
            ..Step::default()
        });
        Job { runner: steps::runner(choices), minutes: 60, steps: list, ..Job::default() }
    };
    Workflow {
        file: "plimsoll-operate",
        about: about(choices.host),
        name: "Operate",
        on: match choices.host {
            Host::GitHub => INPUTS.to_owned(),
            Host::Forgejo | Host::GitLab | Host::None => format!("{INPUTS}{HOW}"),
        },
        group: "plimsoll-operate-${{ inputs.act }}-${{ inputs.tag }}".to_owned(),
        overtaken: Overtaken::GoesOn,
        jobs: vec![
            Job {
                id: "preview",
                name: "Show what would be done".to_owned(),
                permissions: steps::reading_permissions(needs),
                ..job("Show", Work::Looks, &preview())
            },
            Job {
                id: "act",
                name: "Do it".to_owned(),
                needs: vec!["preview"],
                condition: Some(match choices.host {
                    Host::GitHub => "inputs.act != 'verify'".to_owned(),
                    Host::Forgejo | Host::GitLab | Host::None => {
                        "inputs.act != 'verify' && inputs.how == 'do it'".to_owned()
                    }
                }),
                environment: Some(ENVIRONMENT),
                permissions: steps::operating_permissions(needs),
                ..job("Do it", Work::Operates, &act())
            },
        ],
    }
}
