//! The workflow for what people decide about releases: each is shown first, and done once somebody agrees.

use super::document::{Job, Overtaken, Step, Workflow};
use super::needs::Needs;
use super::{Choices, steps};

/// The environment whose rules say who must agree.
const ENVIRONMENT: &str = "release";

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

pub(super) fn workflow(needs: &Needs, choices: &Choices) -> Workflow {
    let preview = [
        r#"case "$ACT" in"#,
        r#"  verify) plimsoll verify "$TAG" ;;"#,
        r#"  withdraw) plimsoll withdraw "$TAG" --dry-run ;;"#,
        r#"  yank) plimsoll yank "$TAG" --reason "$REASON" --dry-run ;;"#,
        r#"  promote | rollback | unhold | unyank) plimsoll "$ACT" "$TAG" --dry-run ;;"#,
        r#"  *) echo "what is $ACT?" >&2; exit 2 ;;"#,
        r#"esac"#,
    ];
    let act = [
        r#"case "$ACT" in"#,
        r#"  withdraw) plimsoll withdraw "$TAG" --yes ;;"#,
        r#"  yank) plimsoll yank "$TAG" --reason "$REASON" ;;"#,
        r#"  promote | rollback | unhold | unyank) plimsoll "$ACT" "$TAG" ;;"#,
        r#"  *) echo "what is $ACT?" >&2; exit 2 ;;"#,
        r#"esac"#,
    ];
    let job = |name: &str, script: &[&str]| {
        let mut list = steps::fetch(choices);
        list.push(steps::install(&choices.pin));
        let asked = [("ACT", "act"), ("TAG", "tag"), ("REASON", "reason")];
        let mut env = steps::secrets(needs);
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
        about: vec![
            "Promotes, rolls back, yanks or withdraws a release: first it is shown, then it is done."
                .to_owned(),
            format!("Who must agree in between is said in the rules of the environment `{ENVIRONMENT}`."),
        ],
        name: "Operate",
        on: INPUTS.to_owned(),
        group: "plimsoll-operate-${{ inputs.act }}-${{ inputs.tag }}".to_owned(),
        overtaken: Overtaken::GoesOn,
        jobs: vec![
            Job {
                id: "preview",
                name: "Show what would be done".to_owned(),
                permissions: steps::reading_permissions(needs),
                ..job("Show", &preview)
            },
            Job {
                id: "act",
                name: "Do it".to_owned(),
                needs: Some("preview"),
                condition: Some("inputs.act != 'verify'"),
                environment: Some(ENVIRONMENT),
                permissions: steps::release_permissions(needs),
                ..job("Do it", &act)
            },
        ],
    }
}
