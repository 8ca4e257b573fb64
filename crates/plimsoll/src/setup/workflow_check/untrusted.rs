//! Workflows that strangers set off with the rights of the repository (docs.github.com, "Events that trigger workflows":
//! `pull_request_target`): what runs their commits.

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::Diagnostic;
use serde_json::Value;

use super::step_lines::{FoundStep, Lines, find_steps, spelled};
use super::{OWN_ACTION, has_event, place_of};
use crate::setup::from_workflows::WorkflowFile;
use crate::setup::from_workflows::workflow::{Step, read_step};

/// The event.
const EVENT: &str = "pull_request_target";
/// What names the commits of a pull request.
const HEADS: [&str; 6] = [
    "pull_request.head",
    "pull_request.merge_commit_sha",
    "github.head_ref",
    "refs/pull/",
    "gh pr checkout",
    "GITHUB_HEAD_REF",
];
/// Conditions that keep strangers out. What is not asked of the event itself is no such thing.
const GUARDS: [&str; 9] = [
    "github.event_name=='push'",
    "github.event_name=='release'",
    "github.event_name=='workflow_dispatch'",
    "github.event_name!='pull_request_target'",
    "github.event.pull_request.head.repo.full_name==github.repository",
    "github.repository==github.event.pull_request.head.repo.full_name",
    "!github.event.pull_request.head.repo.fork",
    "github.event.pull_request.head.repo.fork==false",
    "startsWith(github.ref,'refs/tags/",
];
/// Commands that build, whatever was fetched.
const BUILDS: [&str; 8] = [
    "plimsoll ",
    "docker build",
    "docker buildx",
    "podman build",
    "buildah bud",
    "buildah build",
    "nerdctl build",
    "kaniko",
];
/// Actions that build.
const BUILDERS: [&str; 3] = ["docker/build-push-action", "docker/bake-action", "kaniko"];
/// Commands that run nothing of what was fetched.
const HARMLESS: [&str; 9] = ["git ", "gh ", "echo", "printf", "cat ", "ls", "set ", "#", "test "];

/// One for each job in which commits of strangers run.
pub(super) fn findings(file: &WorkflowFile, root: &Value) -> Vec<Diagnostic> {
    if !has_event(root, EVENT) {
        return Vec::new();
    }
    let steps = find_steps(&file.text);
    let jobs = root.get("jobs").and_then(Value::as_object).into_iter().flatten();
    let open = jobs.filter(|(_, job)| !is_guarded(job.get("if")));
    let all = heads_of(root.get("env"));
    open.filter_map(|(name, job)| {
        let heads: Vec<String> = all.iter().cloned().chain(heads_of(job.get("env"))).collect();
        let exposure = Exposure::of(job, &heads)?;
        let own: Vec<&FoundStep> = steps.iter().filter(|found| found.job == *name).collect();
        Some(exposure.tell(file, name, job, &own))
    })
    .collect()
}

/// How a job runs what strangers wrote.
struct Exposure {
    /// The step that fetches it, by its place.
    fetches: Option<usize>,
    /// The steps that run it.
    runs: Vec<usize>,
    /// The workflow that is called with it.
    calls: Option<String>,
}

impl Exposure {
    /// `heads` are the variables that name the commits.
    fn of(job: &Value, heads: &[String]) -> Option<Exposure> {
        if let Some(called) = job.get("uses").and_then(Value::as_str) {
            // The other workflow is of this repository, and is told what to fetch, or trusted with every secret.
            let is_told = names_head(&job.get("with").map(Value::to_string).unwrap_or_default());
            let is_trusted = job.get("secrets").is_some_and(|secrets| secrets == "inherit");
            let calls = Some(called.to_owned());
            return (is_told || is_trusted).then_some(Exposure { fetches: None, runs: Vec::new(), calls });
        }
        let steps = job.get("steps").and_then(Value::as_array)?;
        let open: Vec<(usize, Step)> = steps
            .iter()
            .enumerate()
            .filter(|(_, step)| !is_guarded(step.get("if")))
            .map(|(place, step)| (place, read_step(step)))
            .collect();
        let fetches = open.iter().find(|(_, step)| fetches_head(step, heads)).map(|(place, _)| *place);
        let runs = open.iter().filter(|(place, step)| match fetches {
            Some(fetches) => {
                (*place > fetches && runs_something(step)) || (*place == fetches && builds(step))
            }
            None => builds(step),
        });
        let runs: Vec<usize> = runs.map(|(place, _)| *place).collect();
        (!runs.is_empty()).then_some(Exposure { fetches, runs, calls: None })
    }

    fn tell(&self, file: &WorkflowFile, name: &str, job: &Value, steps: &[&FoundStep]) -> Diagnostic {
        let lines = |places: &[usize]| -> Vec<Lines> {
            places.iter().filter_map(|place| steps.get(*place)).map(|found| found.lines).collect()
        };
        let secrets = secrets_of(job);
        let rights = match secrets.as_slice() {
            [] => "the rights of this repository".to_owned(),
            secrets => format!("the rights of this repository and {}", secrets.join(", ")),
        };
        let message = match (&self.calls, self.fetches) {
            (Some(called), _) => {
                format!("job `{name}` hands a pull request of anybody to {called} with {rights}")
            }
            (None, Some(_)) => format!("job `{name}` runs commits of strangers with {rights}"),
            (None, None) => format!("job `{name}` builds for a pull request of anybody with {rights}"),
        };
        let (fetched, run) = (lines(self.fetches.as_slice()), lines(&self.runs));
        let place = match fetched.first().or(run.first()) {
            Some((first, _)) => place_of_line(file, *first),
            None => place_of(file, EVENT),
        };
        let mut told = Diagnostic::warning(Code::WorkflowUntrusted, message).at(place);
        if let (Some(fetched), Some(run)) = (spelled(&fetched), spelled(&run)) {
            told = told
                .help(format!("it fetches their commits in {fetched}, and runs what is in them in {run}"));
        }
        told.help("set it off by `pull_request`: it has a token that can only read then, and no secret")
            .help(format!(
                "or keep the job from it, if other events set it off, too:\n  {name}:\n    if: github.event_name != '{EVENT}'"
            ))
    }
}

pub(super) fn place_of_line(file: &WorkflowFile, line: usize) -> plimsoll_engine::domain::diagnostic::Place {
    let before: usize = file.text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let text = file.text.get(before..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let begin = before + text.len() - text.trim_start_matches([' ', '-']).len();
    plimsoll_engine::domain::diagnostic::Place::in_text(&file.path, &file.text, begin..before + text.len())
}

/// Whether a condition keeps pull requests of strangers out. What is one of several ways in is no guard.
fn is_guarded(condition: Option<&Value>) -> bool {
    let Some(condition) = condition.and_then(Value::as_str) else { return false };
    let bare: String = condition.chars().filter(|sign| !sign.is_whitespace()).collect();
    let bare = without_denials(&bare.replace('"', "'"));
    let asks = |way: &str, guard: &str| {
        // What is denied keeps nobody out.
        way.match_indices(guard).any(|(at, _)| !way.get(..at).is_some_and(|before| before.ends_with('!')))
    };
    let is_kept = |way: &str| GUARDS.iter().any(|guard| asks(way, guard));
    bare.split("||").all(is_kept)
}

/// A condition without what stands in `!( … )`: it says the contrary. A comparison that is denied is another comparison.
fn without_denials(condition: &str) -> String {
    let mut text = condition
        .replace("!(github.event_name=='pull_request_target')", "github.event_name!='pull_request_target'")
        .replace("!(github.event.pull_request.head.repo.fork)", "!github.event.pull_request.head.repo.fork");
    while let Some(begin) = text.find("!(") {
        let mut depth = 0_usize;
        let end = text.char_indices().skip_while(|(at, _)| *at <= begin).find(|(_, sign)| {
            match sign {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            *sign == ')' && depth == 0
        });
        let end = end.map_or(text.len(), |(at, _)| at + 1);
        text.replace_range(begin..end, "denied");
    }
    text
}

/// The variables of an `env` that name the commits of a pull request.
fn heads_of(env: Option<&Value>) -> Vec<String> {
    let all = env.and_then(Value::as_object).into_iter().flatten();
    let heads = all.filter(|(_, value)| value.as_str().is_some_and(names_head));
    heads.map(|(name, _)| name.clone()).collect()
}

fn names_head(text: &str) -> bool {
    HEADS.iter().any(|head| text.contains(head))
}

fn fetches_head(step: &Step, heads: &[String]) -> bool {
    let own = step.env.iter().filter(|(_, value)| names_head(value)).map(|(name, _)| name);
    let heads: Vec<&String> = heads.iter().chain(own).collect();
    let is_head = |text: &str| {
        let by_variable = |name: &&String| {
            [format!("${name}"), format!("${{{name}"), format!("env.{name}")]
                .iter()
                .any(|word| text.contains(word))
        };
        names_head(text) || heads.iter().any(by_variable)
    };
    let by_action = step.uses == "actions/checkout"
        && ["ref", "repository"].iter().any(|input| step.input(input).is_some_and(is_head));
    let by_context = builds(step) && step.with.values().any(|value| names_head(value));
    by_action
        || by_context
        || step.run.lines().any(|line| {
            let fetches = ["git fetch", "git checkout", "git pull", "git switch", "gh pr checkout"];
            fetches.iter().any(|command| line.contains(command)) && (is_head(line) || line.contains("pull/"))
        })
}

fn builds(step: &Step) -> bool {
    let runs = step.run.lines().filter(|line| !line.trim_start().starts_with('#'));
    let is_own = step.uses.ends_with(OWN_ACTION) && step.input("command").is_some();
    is_own
        || BUILDERS.iter().any(|action| step.uses.contains(action))
        || runs.into_iter().any(|line| BUILDS.iter().any(|word| line.contains(word)))
}

/// Whether a step runs what lies in the checkout: a command, an action of it, or a build.
fn runs_something(step: &Step) -> bool {
    let mut lines = step.run.lines().map(str::trim).filter(|line| !line.is_empty());
    builds(step)
        || step.uses.starts_with("./")
        || lines.any(|line| !HARMLESS.iter().any(|word| line.starts_with(word)) || line.contains("&&"))
}

/// The secrets that a job is given beside its token.
fn secrets_of(job: &Value) -> Vec<String> {
    let text = job.to_string();
    let mut names: Vec<String> = Vec::new();
    for part in text.split("secrets.").skip(1) {
        let end =
            part.find(|sign: char| !(sign.is_ascii_alphanumeric() || sign == '_')).unwrap_or(part.len());
        let name = part.get(..end).unwrap_or_default().to_owned();
        if !name.is_empty() && name != "GITHUB_TOKEN" && !names.contains(&name) {
            names.push(name);
        }
    }
    if job.get("secrets").is_some_and(|secrets| secrets == "inherit") {
        names.push("every secret".to_owned());
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "      - uses: actions/checkout@v4\n        with: { ref: '${{ github.event.pull_request.head.sha }}' }\n";

    fn told(job: &str) -> Vec<Diagnostic> {
        let text = format!("on: [push, pull_request_target]\njobs:\n  try:\n{job}");
        let root: Value = yaml_serde::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        findings(&WorkflowFile { path: "a.yml".to_owned(), text }, &root)
    }

    #[test]
    fn whatever_runs_a_strangers_commit_is_told() {
        for run in [
            "      - run: make image\n",
            "      - run: npm ci\n",
            "      - run: podman build .\n",
            "      - run: /kaniko/executor --destination a/b\n",
            "      - uses: ./.github/actions/build\n",
            "      - uses: docker/build-push-action@v6\n",
            "      - run: git log && ./test.sh\n",
        ] {
            let found = told(&format!("    steps:\n{HEAD}{run}"));
            assert_eq!(found.len(), 1, "{run}");
            assert!(found[0].message.contains("runs commits of strangers"), "{}", found[0].message);
            let help = found[0].help.join("\n");
            assert!(help.contains("in lines 5 to 6, and runs what is in them in line 7"), "{help}");
            assert_eq!(found[0].place.as_ref().map(|place| place.line), Some(5));
        }
        let fetched = told(
            "    steps:\n      - uses: actions/checkout@v4\n      - run: gh pr checkout 5\n        env: { GH_TOKEN: '${{ secrets.BOT }}' }\n      - run: make\n",
        );
        assert!(fetched[0].message.ends_with("and BOT"), "{}", fetched[0].message);
        let called = told("    uses: ./.github/workflows/image.yml\n    secrets: inherit\n");
        assert!(called[0].message.contains("to ./.github/workflows/image.yml with"), "{}", called[0].message);
        assert_eq!(
            told("    uses: ./.github/workflows/a.yml\n    with: { ref: '${{ github.head_ref }}' }\n").len(),
            1
        );
        assert_eq!(told("    steps: [{ run: docker build . }]\n").len(), 1);
        // What runs our own action builds, too.
        assert_eq!(
            told("    steps: [{ uses: plimsoll-release/plimsoll@v1, with: { command: publish } }]\n").len(),
            1
        );
        assert_eq!(told("    steps: [{ uses: plimsoll-release/plimsoll@v1 }]\n").len(), 0);
    }

    #[test]
    fn variables_that_name_a_strangers_commit_are_followed() {
        let head = "env: { HEAD: '${{ github.event.pull_request.head.sha }}' }";
        let steps = "      - run: git checkout \"$HEAD\"\n      - run: make\n";
        let run = |before: &str, job: &str, steps: &str| {
            let text = format!("on: pull_request_target\n{before}jobs:\n  try:\n{job}    steps:\n{steps}");
            let root: Value = yaml_serde::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
            findings(&WorkflowFile { path: "a.yml".to_owned(), text }, &root).len()
        };
        assert_eq!(run(&format!("{head}\n"), "", steps), 1);
        assert_eq!(run("", &format!("    {head}\n"), steps), 1);
        assert_eq!(run("", "", &steps.replace("\"$HEAD\"\n", &format!("${{HEAD}}\n        {head}\n"))), 1);
        let action =
            "      - { uses: actions/checkout@v4, with: { ref: '${{ env.HEAD }}' } }\n      - run: make\n";
        assert_eq!(run(&format!("{head}\n"), "", action), 1);
        assert_eq!(run("env: { HEAD: main }\n", "", steps), 0);
    }

    #[test]
    fn what_is_denied_is_no_guard() {
        for (condition, is_open) in [
            ("!(github.event_name == 'push')", true),
            ("!(github.event_name == 'push' || github.event_name == 'release')", true),
            ("!startsWith(github.ref, 'refs/tags/')", true),
            ("!(github.actor == 'x') && github.event_name == 'push'", false),
            ("!(github.event_name == 'pull_request_target')", false),
            (
                "!(startsWith(github.ref, 'refs/heads/') && true) && startsWith(github.ref, 'refs/tags/v')",
                false,
            ),
            ("!(", true),
        ] {
            let job =
                format!("    if: {}\n    steps: [{{ run: docker build . }}]\n", serde_json::json!(condition));
            assert_eq!(told(&job).len(), usize::from(is_open), "{condition}");
        }
    }

    #[test]
    fn what_strangers_do_not_reach_is_not() {
        for job in [
            "    if: github.event_name == 'push'\n    steps: [{ run: docker build . }]\n",
            "    if: ${{ github.event.pull_request.head.repo.full_name == github.repository }}\n    steps: [{ run: docker build . }]\n",
            "    steps:\n      - run: docker build .\n        if: github.event_name != \"pull_request_target\"\n",
            "    steps: [{ uses: actions/labeler@v5 }]\n",
            "    steps: [{ uses: actions/checkout@v4 }, { run: make }]\n",
            "    uses: ./.github/workflows/label.yml\n",
        ] {
            assert_eq!(told(job).len(), 0, "{job}");
        }
        let read = format!(
            "    steps:\n{HEAD}      - run: git diff --stat\n      - uses: actions/upload-artifact@v4\n"
        );
        assert_eq!(told(&read).len(), 0);
        // One way in is enough.
        let either = "    if: github.event_name == 'push' || github.actor == 'ann'\n    steps: [{ run: docker build . }]\n";
        assert_eq!(told(either).len(), 1);
    }
}
