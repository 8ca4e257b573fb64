//! What steps do before an image is built.

use super::super::workflow::{Job, Step};
use super::label;

/// Actions that only prepare the job.
const PREPARING: [&str; 9] = [
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

/// Scripts that run before the image is built, and may make what it is built from.
pub(super) fn find_made_before(job: &Job) -> Vec<String> {
    let is_build =
        |step: &&Step| step.uses == "docker/build-push-action" || step.uses == "docker/bake-action";
    let built = job.steps.iter().position(|step| is_build(&step)).unwrap_or(0);
    let checked_out = job.steps.iter().position(|step| step.uses == "actions/checkout").unwrap_or(built);
    let between = job.steps.iter().take(built).skip(checked_out + 1);
    let scripts =
        between.filter(|step| makes_files(&step.run) && !step.makes_chart() && !step.pushes_by_script());
    scripts
        .map(|step| {
            format!("step `{}`: what it makes is not in the commit that the image is built from", label(step))
        })
        .collect()
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
    let own_file = ["GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_STEP_SUMMARY", "GITHUB_PATH", "/dev/null", ">&"];
    run.lines().map(str::trim).filter(|line| !line.starts_with('#')).any(|line| {
        let begins = |word: &str| line.starts_with(word) || line.contains(&format!("&& {word}"));
        let writes = line.contains("> ") && !own_file.iter().any(|file| line.contains(file));
        MAKERS.iter().any(|word| begins(word)) || writes
    })
}

/// Whether an action only prepares the job: it sets something up, or fetches what an earlier one made.
pub(in super::super) fn is_preparing(uses: &str) -> bool {
    let sets_up =
        uses.split_once('/').is_some_and(|(_, name)| name.contains("setup") || name.contains("install"));
    sets_up || PREPARING.iter().any(|prefix| uses.starts_with(prefix))
}
