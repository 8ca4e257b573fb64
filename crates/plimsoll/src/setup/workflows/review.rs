//! The workflow of pull requests: the release is rehearsed, and the plan is told.

use super::document::{Job, Overtaken, Permission, Step, Workflow};
use super::needs::Needs;
use super::steps::Ground;
use super::variables::{Work, handed, handed_to_own};
use super::{Choices, Host, made_files, steps};

/// True unless the commits come from another repository, whose jobs may write nothing.
const OWN: &str = "github.event.pull_request.head.repo.full_name == github.repository";

/// True unless Dependabot made the pull request, whose jobs are given no secret of the repository (docs.github.com,
/// "Dependabot on GitHub Actions").
const TRUSTED: &str = "github.event.pull_request.user.login != 'dependabot[bot]'";

/// How the comment begins, by which it is found again.
const MARK: &str = "<!-- plimsoll-rehearsal of this pull request -->";

pub(super) fn workflow(needs: &Needs, choices: &Choices) -> Workflow {
    let mut jobs = vec![rehearse_job(needs, choices)];
    if choices.host == Host::GitHub {
        jobs.push(comment_job(choices));
    }
    if needs.pull_requests {
        let publishing = publish_job(needs, choices);
        let making = made_files::job(needs, choices, Ground::Event, publishing.condition.clone());
        jobs.extend(made_files::with_job(making, publishing));
    }
    Workflow {
        file: "plimsoll-pull-request",
        about: vec![
            "Rehearses the release that a pull request would lead to; nothing of it is kept.".to_owned(),
            "Commits of a fork are built without any secret.".to_owned(),
        ],
        name: "Pull request",
        on: "pull_request:".to_owned(),
        group: "plimsoll-pull-request-${{ github.event.pull_request.number }}".to_owned(),
        overtaken: Overtaken::Ends,
        jobs,
    }
}

fn rehearse_job(needs: &Needs, choices: &Choices) -> Job {
    let mut list = steps::fetch(choices, Ground::Event);
    list.push(steps::install(&choices.pin));
    list.extend(steps::install_helm(needs, choices));
    list.extend(made_files::make(needs));
    list.extend(steps::prepare_builds(needs, choices, &needs.foreign()));
    list.push(Step { name: "Check".to_owned(), run: vec!["plimsoll check".to_owned()], ..Step::default() });
    let script = [
        r#"plimsoll rehearse > "$RUNNER_TEMP/rehearsal""#,
        r#"read -r _ _ tag _ < "$RUNNER_TEMP/rehearsal""#,
        r#"plimsoll plan "$tag" > "$RUNNER_TEMP/plan""#,
        r#"{ cat "$RUNNER_TEMP/plan"; echo; cat "$RUNNER_TEMP/rehearsal"; } > "$RUNNER_TEMP/said""#,
        // No line of it can be the end that is made up here.
        r#"end="end-$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')""#,
        r#"{"#,
        r#"  echo "said<<$end""#,
        // A comment has room for 65,536 characters.
        r#"  head --bytes=60000 "$RUNNER_TEMP/said""#,
        r#"  echo; echo "$end""#,
        r#"} >> "$GITHUB_OUTPUT""#,
        // For a fork, which gets no comment, too.
        r#"{ echo '````text'; cat "$RUNNER_TEMP/said"; echo '````'; } >> "$GITHUB_STEP_SUMMARY""#,
    ];
    list.push(Step {
        name: "Rehearse the release".to_owned(),
        id: Some("rehearse"),
        env: handed_to_own(needs, OWN),
        run: script.map(str::to_owned).to_vec(),
        ..Step::default()
    });
    Job {
        id: "rehearse",
        name: "Rehearse".to_owned(),
        runner: steps::runner(choices),
        minutes: 120,
        permissions: vec![steps::READS],
        outputs: vec![("said", "${{ steps.rehearse.outputs.said }}")],
        steps: list,
        ..Job::default()
    }
}

/// Says it in one comment, which is kept up to date. No code of the pull request runs here.
fn comment_job(choices: &Choices) -> Job {
    let script = [
        r#"run="$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID""#,
        // GitHub hands on no text that has the value of a secret in it.
        r#"if [ -z "$SAID" ]; then"#,
        r#"  printf '%s\nWhat a release of this would do stands in the summary of [this run](%s): the value of a secret is in it, and GitHub hands on no such text.\n' "$MARK" "$run" > "$RUNNER_TEMP/comment""#,
        r#"else"#,
        r#"  printf '%s\nWhat a release of this would do, and the rehearsal of it:\n\n````text\n%s\n````\n' "$MARK" "$SAID" > "$RUNNER_TEMP/comment""#,
        r#"fi"#,
        r#"comments="repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments""#,
        r#"own=$(gh api --paginate "$comments" --jq '.[] | select(.user.type == "Bot" and (.body | startswith(env.MARK))) | .id' | head -n 1)"#,
        r#"if [ -n "$own" ]; then"#,
        r#"  gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$own" --field "body=@$RUNNER_TEMP/comment""#,
        r#"else"#,
        r#"  gh api --silent "$comments" --field "body=@$RUNNER_TEMP/comment""#,
        r#"fi"#,
    ];
    let mark = choices.own_name(MARK);
    let env = [
        ("GH_TOKEN", "${{ github.token }}"),
        ("MARK", mark.as_str()),
        ("NUMBER", "${{ github.event.pull_request.number }}"),
        ("SAID", "${{ needs.rehearse.outputs.said }}"),
    ];
    let env = env.map(|(name, value)| {
        let value = if value.starts_with('<') { format!("'{value}'") } else { value.to_owned() };
        (name.to_owned(), value)
    });
    Job {
        id: "comment",
        name: "Comment".to_owned(),
        needs: vec!["rehearse"],
        condition: Some(OWN.to_owned()),
        runner: steps::runner(choices),
        minutes: 5,
        permissions: vec![Permission { scope: "pull-requests", level: "write", purpose: "the comment" }],
        steps: vec![Step {
            name: "Comment on the pull request".to_owned(),
            env: env.to_vec(),
            run: script.map(str::to_owned).to_vec(),
            ..Step::default()
        }],
        ..Job::default()
    }
}

fn publish_job(needs: &Needs, choices: &Choices) -> Job {
    let mut list = steps::fetch(choices, Ground::Event);
    list.push(steps::install(&choices.pin));
    list.extend(made_files::before(needs, choices));
    list.extend(steps::prepare_builds(needs, choices, &needs.foreign()));
    let env = handed(needs, Work::Publishes);
    // The job's own token is always there.
    let condition = match env.len() {
        0 | 1 => OWN.to_owned(),
        _ => format!("{OWN} && {TRUSTED}"),
    };
    list.push(Step {
        name: "Publish the images of the pull request".to_owned(),
        env,
        run: vec!["plimsoll publish".to_owned()],
        ..Step::default()
    });
    Job {
        id: "publish",
        name: "Publish".to_owned(),
        needs: vec!["rehearse"],
        condition: Some(condition),
        runner: steps::runner(choices),
        minutes: 120,
        permissions: steps::publishing_permissions(needs),
        steps: list,
        ..Job::default()
    }
}
