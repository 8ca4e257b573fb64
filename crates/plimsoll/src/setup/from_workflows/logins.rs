//! Who logs in where: steps of docker/login-action, and commands of scripts.

mod commands;

pub(super) use self::commands::is_login;
use super::expression::{Filled, Known};
use super::image::values_of;
use super::workflow::{Step, Workflow};

/// A login at a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::setup) struct Login {
    /// The registry's host.
    pub(in crate::setup) registry: String,
    /// The user.
    pub(in crate::setup) username: Part,
    /// The password: always a variable.
    pub(in crate::setup) password: Part,
    /// Whether it is there for a guess alone.
    pub(in crate::setup) is_guess: bool,
}

/// A part of a login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::setup) enum Part {
    /// It stands in the workflow.
    Written(String),
    /// It is a secret of this name.
    Variable(String),
    /// It is a variable of the forge of this name, which everybody who works there may read.
    Setting(String),
}

/// The registry of a step that names none.
const DOCKER_HUB: &str = "docker.io";

/// Finds logins that a configuration must name. The token of a job needs no naming on GitHub's registry.
pub(super) fn find(workflow: &Workflow, repository: Option<&str>, left: &mut Vec<String>) -> Vec<Login> {
    let mut logins = Vec::new();
    for job in &workflow.jobs {
        let known = Known { values: &job.values, repository };
        for step in &job.steps {
            commands::find(step, &known, &mut logins, left);
        }
        for step in job.steps.iter().filter(|step| step.uses == "docker/login-action") {
            let registry = match known.fill(step.input("registry").unwrap_or(DOCKER_HUB)) {
                Filled::Known(registry) => registry,
                Filled::Unknown { text, .. } => {
                    left.push(format!("login at {text}"));
                    continue;
                }
            };
            let registry = registry.trim_start_matches("https://").trim_end_matches('/').to_owned();
            let values = values_of(job, step);
            let known = Known { values: &values, repository };
            match (read(step, "username", &known), read(step, "password", &known)) {
                (Some(username), Some(password)) => {
                    add(Login { registry, username, password, is_guess: false }, &mut logins, left);
                }
                (_, Some(Part::Variable(name))) if name == "GITHUB_TOKEN" && registry == "ghcr.io" => {}
                _ => left.push(format!("login at {registry}")),
            }
        }
    }
    logins
}

/// Takes a login over, where its password stands nowhere for all to read.
fn add(login: Login, logins: &mut Vec<Login>, left: &mut Vec<String>) {
    match &login.password {
        Part::Variable(name) if name == "GITHUB_TOKEN" && login.registry == "ghcr.io" => {}
        Part::Variable(_) | Part::Setting(_) => logins.push(login),
        Part::Written(_) => left.push(format!("login at {}", login.registry)),
    }
}

/// An input, which may be named by a variable of the workflow.
fn read(step: &Step, input: &str, known: &Known<'_>) -> Option<Part> {
    let text = step.input(input)?;
    Part::read(text).or_else(|| Part::read(&known.fill(text).into_text()))
}

impl Part {
    /// What a text of a workflow names; none where it is worked out.
    pub(super) fn read(text: &str) -> Option<Part> {
        let Some(expression) = text.strip_prefix("${{").and_then(|text| text.strip_suffix("}}")) else {
            return (!text.contains("${{")).then(|| Part::Written(text.to_owned()));
        };
        let expression = expression.trim();
        let is_part = |sign: char| sign.is_ascii_alphanumeric() || sign == '_';
        let named = |prefix: &str, part: fn(String) -> Part| {
            let name = expression.strip_prefix(prefix).filter(|name| name.chars().all(is_part));
            name.map(|name| part(name.to_uppercase()))
        };
        match expression {
            "github.token" => Some(Part::Variable("GITHUB_TOKEN".to_owned())),
            "github.actor" | "github.triggering_actor" => Some(Part::Variable("GITHUB_ACTOR".to_owned())),
            "github.repository_owner" => Some(Part::Variable("GITHUB_REPOSITORY_OWNER".to_owned())),
            _ => named("secrets.", Part::Variable).or_else(|| named("vars.", Part::Setting)),
        }
    }
}
