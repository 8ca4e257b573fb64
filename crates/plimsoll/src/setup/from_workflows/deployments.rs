//! What workflows say of deployments: who keeps the forge's entries, and who changes what really runs somewhere.
//!
//! An entry alone becomes a table. Where steps change what runs there the table is a comment, and the steps are told: no
//! release runs them, and an entry would say what is not so.

mod commands;

use self::commands::{deploys, has_machines_of_its_own};
use super::around::{Stage, stage_of};
use super::expression::{Filled, Known};
use super::guessed::guess_placeholder;
use super::image::label;
use super::workflow::{Job, Step, Workflow};

/// An environment that follows releases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::setup) struct DraftDeployment {
    /// Its name.
    pub(in crate::setup) environment: String,
    /// Where people find what is deployed there.
    pub(in crate::setup) url: Option<String>,
    /// What it follows.
    pub(in crate::setup) on: Occasion,
    /// Why it can only be a comment; nothing: it is the forge's entry and no more.
    pub(in crate::setup) obstacles: Vec<String>,
}

/// What an environment follows, by the word of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::setup) enum Occasion {
    /// A release.
    Version,
    /// A release of a pre-release.
    Prerelease,
    /// A promotion.
    Promotion,
}

impl Occasion {
    /// Its word in a configuration.
    pub(in crate::setup) fn word(self) -> &'static str {
        match self {
            Occasion::Version => "version",
            Occasion::Prerelease => "prerelease",
            Occasion::Promotion => "promotion",
        }
    }
}

/// The environments of a workflow that follow releases.
pub(super) fn find(path: &str, workflow: &Workflow, repository: Option<&str>) -> Vec<DraftDeployment> {
    let mut all: Vec<DraftDeployment> = Vec::new();
    for job in &workflow.jobs {
        all.extend(of_job(path, workflow, job, repository));
    }
    all
}

/// Joins what several jobs say of one environment.
pub(super) fn join(known: &mut Vec<DraftDeployment>, found: Vec<DraftDeployment>) {
    for one in found {
        let is_same =
            |other: &&mut DraftDeployment| (&other.environment, other.on) == (&one.environment, one.on);
        match known.iter_mut().find(is_same) {
            Some(other) => {
                other.url = other.url.take().or(one.url);
                let more = one.obstacles.into_iter().filter(|what| !other.obstacles.contains(what));
                other.obstacles.extend(more.collect::<Vec<_>>());
            }
            None => known.push(one),
        }
    }
}

/// Whether what a step does is said by the deployment that its job makes.
pub(super) fn tells(workflow: &Workflow, job: &Job, step: &Step) -> bool {
    let is_part = notes(step) || deploys(step);
    is_part && of_job("", workflow, job, None).is_some()
}

fn of_job(path: &str, workflow: &Workflow, job: &Job, repository: Option<&str>) -> Option<DraftDeployment> {
    if !is_for_releases(workflow, job) || has_machines_of_its_own(job) {
        return None;
    }
    let noting: Vec<&Step> = job.steps.iter().filter(|step| notes(step)).collect();
    let doing: Vec<&Step> = job.steps.iter().filter(|step| !notes(step) && deploys(step)).collect();
    if noting.is_empty() && doing.is_empty() {
        return None;
    }
    let known = Known { values: &job.values, repository };
    let said = |keys: &[&str]| noting.iter().find_map(|step| find_value(step, keys));
    let own = job.environment.as_ref();
    // Without a name it is GitHub's own default.
    let name = said(&["environment", "env"]).or_else(|| own.map(|own| own.name.clone()));
    let name = name.unwrap_or_else(|| "production".to_owned());
    let url = said(&["environment_url", "environment-url", "env_url"]).or_else(|| own?.url.clone());
    let mut obstacles = Vec::new();
    let environment = match known.fill(&name) {
        Filled::Known(name) if !name.contains("${") => name,
        Filled::Known(text) | Filled::Unknown { text, .. } => {
            obstacles.push(format!("{path}: job `{}` works out the name of its environment: {text}", job.id));
            "production".to_owned()
        }
    };
    let url = url.and_then(|url| match known.fill_with(&url, &guess_placeholder) {
        Filled::Known(url) if is_address(&url) => Some(url),
        Filled::Known(_) | Filled::Unknown { .. } => None,
    });
    if !doing.is_empty() {
        let steps: Vec<String> = doing.iter().map(|step| format!("`{}`", label(step))).collect();
        let (what, change) = if steps.len() == 1 { ("step", "changes") } else { ("steps", "change") };
        // A job of GitLab is one script, which is named as it is.
        let who = match job.id.as_str() {
            "" => format!("job {}", steps.join(", ")),
            id => format!("{what} {} of job `{id}`", steps.join(", ")),
        };
        obstacles
            .push(format!("{path}: {who} {change} what runs in `{environment}`, and no release runs that"));
    }
    Some(DraftDeployment { environment, url, on: occasion_of(workflow, job), obstacles })
}

/// Whether a job runs for releases, as far as its own words go.
fn is_for_releases(workflow: &Workflow, job: &Job) -> bool {
    let triggers = &workflow.triggers;
    let is_meant = triggers.tags.is_some() || triggers.release.is_some();
    let condition = job.condition.replace([' ', '"', '\''], "");
    let names_branch = ["==refs/heads/", "github.ref_name==", "startsWith(github.ref,refs/heads/"];
    let is_branch = names_branch.iter().any(|words| condition.contains(words)) && !condition.contains("||");
    is_meant && !is_branch && !condition.contains("event_name==pull_request")
}

fn occasion_of(workflow: &Workflow, job: &Job) -> Occasion {
    let condition = job.condition.replace(' ', "");
    let is_before =
        condition.contains("prerelease") && !condition.contains('!') && !condition.contains("==false");
    match stage_of(workflow, job) {
        Stage::Promote => Occasion::Promotion,
        Stage::Source if is_before => Occasion::Prerelease,
        Stage::Source => Occasion::Version,
    }
}

/// Whether a step keeps an entry of the forge, and changes nothing elsewhere.
fn notes(step: &Step) -> bool {
    let script = step.input("script").unwrap_or_default();
    let asks = step.run.lines().any(|line| {
        let line = line.trim_start();
        !line.starts_with('#')
            && (line.contains("gh api") || line.contains("curl "))
            && line.contains("/deployments")
    });
    let is_action = ["chrnorm/deployment-", "bobheadxi/deployments"];
    script.contains("createDeployment(")
        || script.contains("createDeploymentStatus(")
        || is_action.iter().any(|name| step.uses.starts_with(name))
        || (asks && !deploys(step))
}

/// What a step says under one of these names: as an input, in a script, or as a field of a request.
fn find_value(step: &Step, keys: &[&str]) -> Option<String> {
    let given = keys.iter().find_map(|key| step.input(key).map(str::to_owned));
    let texts = [step.input("script").unwrap_or_default(), step.run.as_str()];
    given.or_else(|| texts.into_iter().find_map(|text| keys.iter().find_map(|key| written(text, key))))
}

/// The value behind `key: 'value'` or `key=value`.
fn written(text: &str, key: &str) -> Option<String> {
    let is_part = |sign: char| sign.is_ascii_alphanumeric() || "_-".contains(sign);
    text.match_indices(key).find_map(|(at, _)| {
        let (before, after) = (text.get(..at)?, text.get(at + key.len()..)?);
        let after = after.trim_start_matches(['"', '\'']).trim_start();
        let value = after.strip_prefix([':', '='])?.trim_start();
        let quote = value.chars().next().filter(|sign| "\"'`".contains(*sign));
        let value = match quote {
            Some(quote) => value.get(1..)?.split(quote).next()?,
            None => value.split(|sign: char| sign.is_whitespace() || ",}\"'".contains(sign)).next()?,
        };
        (!before.ends_with(is_part) && !value.is_empty()).then(|| value.to_owned())
    })
}

/// Whether it is an address with no placeholder but that of the version.
fn is_address(url: &str) -> bool {
    (url.starts_with("https://") || url.starts_with("http://"))
        && !url.replace("{version}", "").contains(['{', '$'])
}

#[cfg(test)]
mod tests {
    use super::super::WorkflowFile;
    use super::*;

    fn found(text: &str) -> Vec<DraftDeployment> {
        let file = WorkflowFile { path: "a.yml".to_owned(), text: text.to_owned() };
        find("a.yml", &Workflow::parse(&file, &[]).unwrap(), Some("acme/app"))
    }

    fn deployment(environment: &str, url: Option<&str>, on: Occasion) -> DraftDeployment {
        let (environment, url) = (environment.to_owned(), url.map(str::to_owned));
        DraftDeployment { environment, url, on, obstacles: Vec::new() }
    }

    #[test]
    fn entries_are_read_however_they_are_made() {
        for (job, want) in [
            (
                "{ steps: [{ uses: actions/github-script@v7, with: { script: \"createDeployment({ environment: 'live', auto_merge: false }); createDeploymentStatus({ environment_url: 'https://hub.docker.com/r/${{ github.repository }}' })\" } }] }",
                deployment("live", Some("https://hub.docker.com/r/acme/app"), Occasion::Version),
            ),
            (
                "{ environment: staging, steps: [{ uses: actions/github-script@v7, with: { script: 'createDeployment({ ref })' } }] }",
                deployment("staging", None, Occasion::Version),
            ),
            (
                "{ steps: [{ run: 'gh api repos/acme/app/deployments -f ref=$TAG' }] }",
                deployment("production", None, Occasion::Version),
            ),
            (
                "{ if: \"endsWith(github.ref_name, '-stable')\", steps: [{ uses: bobheadxi/deployments@v1, with: { env: live, env_url: 'https://app.example/${{ steps.a.outputs.version }}' } }] }",
                deployment("live", Some("https://app.example/{version}"), Occasion::Promotion),
            ),
            (
                "{ if: github.event.release.prerelease, environment: { name: next, url: 'https://next.example' }, steps: [{ uses: chrnorm/deployment-action@v2 }] }",
                deployment("next", Some("https://next.example"), Occasion::Prerelease),
            ),
        ] {
            let text = format!("on: {{ push: {{ tags: ['v*'] }} }}\njobs:\n  a: {job}");
            assert_eq!(found(&text), [want], "{job}");
        }
    }

    #[test]
    fn steps_that_change_what_runs_are_told() {
        let text = "on: { push: { tags: ['v*'] } }\njobs:\n  a:\n    environment: live\n    steps:\n      - { uses: chrnorm/deployment-action@v2 }\n      - { name: Roll out, run: kubectl set image deployment/app app=ghcr.io/acme/app:$TAG }\n      - { uses: appleboy/ssh-action@v1, with: { script: docker compose up -d } }\n";
        assert_eq!(
            found(text)[0].obstacles,
            [
                "a.yml: steps `Roll out`, `appleboy/ssh-action` of job `a` change what runs in `live`, and no release runs that"
            ]
        );
        let unknown = "on: { push: { tags: ['v*'] } }\njobs: { a: { environment: '${{ inputs.where }}', steps: [{ run: helm upgrade app . }] } }";
        assert_eq!(found(unknown)[0].obstacles.len(), 2);
    }

    #[test]
    fn what_is_for_no_release_is_none() {
        for text in [
            "on: { push: { branches: [main] } }\njobs: { a: { steps: [{ run: kubectl set image a b }] } }",
            "on: { push: { tags: ['v*'], branches: [main] } }\njobs: { a: { if: \"github.ref == 'refs/heads/main'\", steps: [{ run: kubectl set image a b }] } }",
            "on: { push: { tags: ['v*'] } }\njobs: { a: { steps: [{ uses: helm/kind-action@v1 }, { run: kubectl apply -f a }] } }",
            "on: { push: { tags: ['v*'] } }\njobs: { a: { environment: live, steps: [{ run: make test }] } }",
            "on: { push: { tags: ['v*'] } }\njobs: { a: { environment: github-pages, steps: [{ uses: actions/deploy-pages@v4 }] } }",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn jobs_of_one_environment_make_one_table() {
        let mut known = vec![deployment("live", None, Occasion::Version)];
        let other = DraftDeployment {
            obstacles: vec!["a".to_owned()],
            ..deployment("live", Some("https://a.example"), Occasion::Version)
        };
        join(&mut known, vec![other.clone(), other.clone(), deployment("live", None, Occasion::Promotion)]);
        assert_eq!(known, [other, deployment("live", None, Occasion::Promotion)]);
    }
}
