//! Workflows whose tags and pages set nothing off: what a job does with `GITHUB_TOKEN` starts no other workflow
//! (docs.github.com, "Triggering a workflow from a workflow").

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::Diagnostic;
use serde_json::Value;

use super::{Job, jobs_of, place_of};
use crate::setup::from_workflows::workflow::{Triggers, read_triggers};
use crate::setup::from_workflows::{WorkflowFile, is_for_tags_alone};

/// Actions that make tags or pages.
const ACTIONS: [&str; 9] = [
    "googleapis/release-please-action",
    "google-github-actions/release-please-action",
    "cycjimmy/semantic-release-action",
    "mathieudutour/github-tag-action",
    "anothrNick/github-tag-action",
    "changesets/action",
    "softprops/action-gh-release",
    "ncipollo/release-action",
    "actions/create-release",
];
/// Commands that make tags or pages.
const COMMANDS: [&str; 6] = [
    "git push --tags",
    "git push origin --tags",
    "--follow-tags",
    "gh release create",
    "semantic-release",
    "plimsoll tag ",
];
/// Those that may make a page of a tag that is there.
const PAGES: [&str; 4] =
    ["gh release create", "softprops/action-gh-release", "ncipollo/release-action", "actions/create-release"];
/// What starts a release although `GITHUB_TOKEN` does it.
const STARTERS: [&str; 5] =
    ["gh workflow run", "/dispatches", "createWorkflowDispatch", "repository-dispatch", "workflow-dispatch"];
/// The names under which steps take a token.
const TOKENS: [&str; 6] = ["token", "github_token", "github-token", "GITHUB_TOKEN", "GH_TOKEN", "repo-token"];

/// A job that makes tags or pages that nothing notices. `releasing` is a workflow that would have to, and `others` are those that
/// may start it when they are called.
pub(super) fn silent_tags(
    file: &WorkflowFile,
    root: &Value,
    releasing: &str,
    others: &[WorkflowFile],
) -> Option<Diagnostic> {
    let (triggers, jobs) = (read_triggers(root.get("on")), jobs_of(root));
    // Where a tag or a page set it off, that was there before it; a push without filters is one of a branch, too.
    if triggers.tags.as_ref().is_some_and(|tags| !tags.is_empty() || triggers.branches.is_none()) {
        return None;
    }
    let calls = root.get("jobs").and_then(Value::as_object).into_iter().flat_map(|jobs| jobs.values());
    let mut calls = calls.filter_map(|job| job.get("uses")?.as_str()?.strip_prefix("./"));
    let starts = |path: &str| {
        let text = others.iter().find(|other| other.path == path).map(|other| other.text.as_str());
        path == releasing || text.is_none_or(|text| text.lines().any(starts_by_line))
    };
    if calls.any(starts) || starts_another(&jobs) {
        return None;
    }
    let jobs: Vec<Job<'_>> = jobs.into_iter().map(|job| without_tags(job, root, &triggers)).collect();
    // A page may be of a tag that another job makes.
    let makers = jobs.iter().filter_map(|job| Some((job, find_maker(job)?)));
    let (job, word) = makers.min_by_key(|(_, word)| PAGES.contains(word))?;
    // Somebody else's token does set workflows off.
    if job.steps.iter().any(|step| takes_other_token(step)) {
        return None;
    }
    let name = releasing.rsplit('/').next().unwrap_or(releasing);
    let message = format!(
        "job `{}` makes tags or pages with its own token, and those set off no workflow: {name} does not start",
        job.name
    );
    Some(
        Diagnostic::warning(Code::WorkflowTrigger, message)
            .at(place_of(file, word))
            .help(format!(
                "let a last step start it, in a job with `actions: write`:\n      - run: gh workflow run {name} --ref \"$TAG\" --field tag=\"$TAG\""
            ))
            .help("or give the step a token that is not `GITHUB_TOKEN`"),
    )
}

/// A job without the steps that run for git tags alone: those were there before it.
fn without_tags<'a>(job: Job<'a>, root: &'a Value, triggers: &Triggers) -> Job<'a> {
    let condition = |value: Option<&'a Value>| value?.get("if")?.as_str();
    let of_job = condition(root.get("jobs").and_then(|jobs| jobs.get(job.name)));
    let is_silent = |step: &&'a Value| {
        let conditions: Vec<&str> = of_job.into_iter().chain(condition(Some(step))).collect();
        !is_for_tags_alone(triggers, &conditions)
    };
    let steps: Vec<&Value> = job.steps.into_iter().filter(is_silent).collect();
    let scripts = steps.iter().filter_map(|step| step.get("run")?.as_str()).collect();
    Job { scripts, steps, ..job }
}

/// Whether a step starts a workflow by its name, or tells the forge to.
fn starts_another(jobs: &[Job<'_>]) -> bool {
    jobs.iter().flat_map(|job| &job.steps).any(|step| {
        let uses = step.get("uses").and_then(Value::as_str).unwrap_or_default();
        let scripts = [step.get("run"), step.pointer("/with/script")].into_iter().flatten();
        let mut lines = scripts.filter_map(Value::as_str).flat_map(str::lines);
        starts_by_line(uses) || lines.any(starts_by_line)
    })
}

fn starts_by_line(line: &str) -> bool {
    !line.trim_start().starts_with('#') && STARTERS.iter().any(|word| line.contains(word))
}

/// The word of a job that makes tags or pages.
fn find_maker(job: &Job<'_>) -> Option<&'static str> {
    let uses = || job.steps.iter().filter_map(|step| step.get("uses")?.as_str());
    let by_action = ACTIONS.iter().find(|action| uses().any(|uses| uses.starts_with(&format!("{action}@"))));
    let is_line = |line: &str, command: &str| !line.trim_start().starts_with('#') && line.contains(command);
    let by_command = || {
        COMMANDS.iter().find(|command| {
            job.scripts.iter().any(|script| script.lines().any(|line| is_line(line, command)))
        })
    };
    by_action.or_else(by_command).copied().or_else(|| {
        let mut lines = job.scripts.iter().flat_map(|script| script.lines());
        lines.any(pushes_tag).then_some("git push")
    })
}

/// Whether a line pushes a tag by its name: `git push origin v1.2.3`, `git push origin "$TAG"`.
fn pushes_tag(line: &str) -> bool {
    // What stands in an expression is one word.
    let line = line.replace("${{ ", "${{").replace(" }}", "}}");
    let Some((_, pushed)) =
        line.trim_start().split_once("git push ").filter(|(before, _)| !before.starts_with('#'))
    else {
        return false;
    };
    let mut names = pushed.split([';', '&', '|']).next().unwrap_or_default().split_whitespace();
    names.by_ref().find(|word| !word.starts_with('-'));
    names.map(|name| name.trim_matches(['"', '\''])).any(|name| {
        let is_version =
            |text: &str| text.starts_with(|first: char| first.is_ascii_digit()) && text.contains('.');
        let is_variable =
            name.starts_with('$') && ["TAG", "VERSION"].iter().any(|word| name.to_uppercase().contains(word));
        name.contains("refs/tags/") || is_variable || is_version(name.strip_prefix('v').unwrap_or(name))
    })
}

/// Whether a step is given a token, and not that of the job.
fn takes_other_token(step: &Value) -> bool {
    let given = [step.get("with"), step.get("env")];
    let tokens =
        given.into_iter().flatten().flat_map(|inputs| TOKENS.iter().filter_map(|name| inputs.get(name)));
    let mut texts = tokens.filter_map(Value::as_str);
    let has_key = step.pointer("/with/ssh-key").is_some();
    has_key
        || texts.any(|text| !["secrets.GITHUB_TOKEN", "github.token"].iter().any(|own| text.contains(own)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_pushed_by_its_name() {
        for line in [
            "git push origin v1.2.3",
            "  git push origin \"$TAG\"",
            "git tag x && git push --force origin refs/tags/v1",
            "git push origin ${{ steps.next.outputs.tag }}",
            "git push origin ${NEW_VERSION}",
        ] {
            assert!(pushes_tag(line), "{line}");
        }
        for line in
            ["git push", "git push origin main", "# git push origin v1.2.3", "git push origin HEAD:gh-pages"]
        {
            assert!(!pushes_tag(line), "{line}");
        }
    }

    #[test]
    fn of_a_tag_and_its_page_the_tag_is_named() {
        let page = "  page:\n    steps:\n      - { uses: softprops/action-gh-release@v2 }\n";
        let tag = "  tag:\n    steps:\n      - { uses: googleapis/release-please-action@v4 }\n";
        for (jobs, want) in [(format!("{page}{tag}"), "job `tag`"), (page.to_owned(), "job `page`")] {
            let text = format!("on: {{ push: {{ branches: [main] }} }}\njobs:\n{jobs}");
            let root: Value = yaml_serde::from_str(&text).unwrap();
            let found =
                silent_tags(&WorkflowFile { path: "a.yml".into(), text }, &root, "r.yml", &[]).unwrap();
            assert!(found.message.contains(want), "{}", found.message);
        }
    }

    #[test]
    fn who_calls_what_releases_starts_it() {
        let told = |called: &str| {
            let text = format!(
                "on: {{ push: {{ branches: [main] }} }}\njobs:\n  page:\n    steps:\n      - run: gh release create v1.2.3\n  more:\n    uses: ./.github/workflows/{called}\n"
            );
            let root: Value = yaml_serde::from_str(&text).unwrap();
            let file = |name: &str, text: &str| WorkflowFile {
                path: format!(".github/workflows/{name}"),
                text: text.to_owned(),
            };
            let others = [
                file("build.yml", "jobs: {}"),
                file("start.yml", "# a\n  - run: gh workflow run plimsoll.yml\n"),
            ];
            silent_tags(&file("a.yml", &text), &root, ".github/workflows/plimsoll.yml", &others).is_some()
        };
        assert!(told("build.yml"));
        for called in ["plimsoll.yml", "start.yml", "unknown.yml"] {
            assert!(!told(called), "{called}");
        }
    }

    #[test]
    fn a_page_of_a_tag_that_was_pushed_is_not_silent() {
        let told = |on: &str, condition: &str, rest: &str| {
            let text = format!(
                "on: {on}\njobs:\n  d:\n    if: \"{condition}\"\n    steps:\n      - {{ uses: softprops/action-gh-release@v2{rest} }}\n"
            );
            let root: Value = yaml_serde::from_str(&text).unwrap();
            let file = WorkflowFile { path: "a.yml".into(), text };
            silent_tags(&file, &root, "r.yml", &[]).is_some()
        };
        for (condition, rest) in [
            ("startsWith(github.ref, 'refs/tags/v')", ""),
            ("${{ github.ref_type == 'tag' }}", ""),
            ("github.event_name == 'push' && contains(github.ref, 'refs/tags/')", ""),
            ("", ", if: \"startsWith(github.ref, 'refs/tags/')\""),
        ] {
            assert!(!told("[push, pull_request]", condition, rest), "{condition} {rest}");
        }
        for condition in ["", "github.ref == 'refs/heads/main'", "!startsWith(github.ref, 'refs/tags/v')"] {
            assert!(told("[push, pull_request]", condition, ""), "{condition}");
        }
        assert!(!told("{ push: { branches: [main] } }", "startsWith(github.ref, 'refs/tags/v')", ""));
    }
}
