//! What steps do before an image is built.

use std::collections::BTreeSet;

use super::super::logins::is_login;
use super::super::script;
use super::super::workflow::{Job, LOWERING, Step, Workflow};
use super::label;

/// Actions that only prepare the job.
const PREPARING: [&str; 10] = [
    LOWERING,
    "actions/cache",
    "actions/checkout",
    "actions/download-artifact",
    "actions/upload-artifact",
    "docker/login-action",
    "docker/setup-",
    "actions/setup-",
    "step-security/",
    "azure/setup-",
];

/// What is said of files that a build has and the commit has not.
const MADE: &str = "what it makes is not in the commit that the image is built from";
/// Programs that build images, and what they call it.
const BUILDERS: [&str; 4] = ["docker", "podman", "buildah", "nerdctl"];
const BUILDS: [&str; 3] = ["build", "bud", "bake"];

/// What runs before the image is built, and may make what it is built from: steps of the job, other jobs, lines of the script itself.
pub(super) fn find_made_before(workflow: &Workflow, job: &Job) -> Vec<String> {
    let is_build = |step: &Step| {
        step.uses == "docker/build-push-action"
            || step.uses == "docker/bake-action"
            || step.builds_by_script()
    };
    let Some(built) = job.steps.iter().position(is_build).filter(|_| job.publishes()) else {
        return Vec::new();
    };
    let before = job.steps.get(..built).unwrap_or_default();
    let checked_out = before.iter().position(|step| step.uses == "actions/checkout").unwrap_or(built);
    let between = before.iter().skip(checked_out + 1);
    let scripts =
        between.filter(|step| makes_files(&step.run) && !step.makes_chart() && !step.pushes_by_script());
    let mut made: Vec<String> = scripts.map(|step| format!("step `{}`: {MADE}", label(step))).collect();
    made.extend(makers(workflow, job, before).into_iter().map(|id| format!("job `{id}`: {MADE}")));
    made.extend(job.steps.get(built).and_then(tell_lines));
    made
}

/// The jobs whose files are fetched before.
fn makers<'a>(workflow: &'a Workflow, job: &'a Job, before: &[Step]) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let fetched: Vec<&Step> = before.iter().filter(|step| step.uses == "actions/download-artifact").collect();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut wanted: Vec<&'a str> = job.needs.iter().map(String::as_str).collect();
    while let Some(name) = wanted.pop() {
        if !seen.insert(name) {
            continue;
        }
        for other in workflow.jobs.iter().filter(|other| other.id == name) {
            wanted.extend(other.needs.iter().map(String::as_str));
            let mut given = other.steps.iter().filter(|step| step.uses == "actions/upload-artifact");
            let is_fetched = |given: &Step| fetched.iter().any(|fetched| may_be_fetched(given, fetched));
            if !other.publishes() && given.any(is_fetched) {
                found.insert(name);
            }
        }
    }
    found
}

/// Whether what one step puts away is what another one fetches, as far as their names say.
fn may_be_fetched(given: &Step, fetched: &Step) -> bool {
    let name = given.input("name").unwrap_or("artifact");
    let wanted = fetched.input("name").filter(|wanted| !wanted.contains("${{") && !name.contains("${{"));
    wanted.is_none_or(|wanted| wanted == name)
}

/// The lines of a script before that which builds the image.
fn tell_lines(step: &Step) -> Option<String> {
    // Of what stands in another file those that come before are told there.
    if step.run.is_empty() || step.is_looked_into {
        return None;
    }
    let builds = |line: &str| {
        script::commands_of(line).iter().any(|words| {
            let program = words.first().map_or("", |word| word.rsplit('/').next().unwrap_or(word));
            let is_build =
                BUILDERS.contains(&program) && words.iter().any(|word| BUILDS.contains(&word.as_str()));
            is_build || program == "executor"
        })
    };
    let whole = step.run.replace("\\\n", " ");
    let before = whole.lines().map(str::trim).take_while(|line| !builds(line));
    let is_own = |line: &&str| makes_files(line) && !is_login(line) && !line.contains(".docker/");
    let lines: Vec<&str> = before.filter(is_own).collect();
    (!lines.is_empty()).then(|| {
        format!(
            "step `{}`: what it makes before is not in the commit that the image is built from: {}",
            label(step),
            lines.join("; ")
        )
    })
}

/// Whether a script does more than to work out values for later steps.
pub(in super::super) fn makes_files(run: &str) -> bool {
    const MAKERS: [&str; 16] = [
        "make ",
        "npm ",
        "pnpm ",
        "yarn ",
        "go build",
        "go generate",
        "cargo ",
        "mvn ",
        "gradle",
        "dotnet ",
        "cp ",
        "mv ",
        "curl ",
        "wget ",
        "tar ",
        "git submodule",
    ];
    let own_file = ["GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_STEP_SUMMARY", "GITHUB_PATH", "/dev/null"];
    run.lines().map(str::trim).filter(|line| !line.starts_with('#')).any(|line| {
        let begins = |word: &str| line.starts_with(word) || line.contains(&format!("&& {word}"));
        let mut targets = line.split("> ").skip(1).filter_map(|rest| rest.split_whitespace().next());
        let is_own = |target: &str| own_file.iter().any(|file| target.contains(file));
        let writes = !line.contains(">&") && targets.any(|target| !is_own(target));
        MAKERS.iter().any(|word| begins(word)) || writes
    })
}

/// Whether an action only prepares the job: it sets something up, or fetches what an earlier one made.
pub(in super::super) fn is_preparing(uses: &str) -> bool {
    let sets_up =
        uses.split_once('/').is_some_and(|(_, name)| name.contains("setup") || name.contains("install"));
    sets_up || PREPARING.iter().any(|prefix| uses.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_counts_by_where_it_goes() {
        for run in
            ["git describe > version.txt", "(git describe || git rev-parse HEAD) > version.txt 2> /dev/null"]
        {
            assert!(makes_files(run), "{run}");
        }
        for run in ["which go > /dev/null", "echo a >> \"$GITHUB_ENV\"", "echo a >&2", "# a > b"] {
            assert!(!makes_files(run), "{run}");
        }
    }
}
