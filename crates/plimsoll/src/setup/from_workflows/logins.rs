//! Who logs in where: steps of docker/login-action, and commands of scripts.

mod commands;

pub(super) use self::commands::is_login;
use super::expression::{Filled, Known, inside};
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
    let read = Part::read(text).or_else(|| Part::read(&known.fill(text).into_text()));
    read.or_else(|| Part::read(&chosen(inside(text)?, known)?))
}

/// What an expression comes to in this combination of a matrix: `matrix.user || secrets[matrix.user_secret]`.
fn chosen(expression: &str, known: &Known<'_>) -> Option<String> {
    let is_of_matrix = |word: &str| word.starts_with("matrix.");
    let mut words = expression.split("||").map(str::trim);
    // What the combination does not say is nothing.
    let word = words
        .find(|word| !is_of_matrix(word) || known.values.get(*word).is_some_and(|text| !text.is_empty()))?;
    match word.strip_prefix("secrets[").and_then(|rest| rest.strip_suffix(']')) {
        _ if is_of_matrix(word) => known.values.get(word).cloned(),
        Some(name) => Some(format!("${{{{ secrets.{} }}}}", known.values.get(name.trim())?)),
        None if words.next().is_none() => Some(format!("${{{{ {word} }}}}")),
        None => None,
    }
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

#[cfg(test)]
mod tests {
    use super::super::WorkflowFile;
    use super::super::workflow::Workflow;
    use super::*;

    #[test]
    fn a_matrix_says_which_secrets_log_in() {
        let text = r"
on: { push: { tags: ['v*'] } }
jobs:
  a:
    strategy:
      matrix:
        include:
          - { registry: docker.io, user_secret: HUB_USER, password_secret: HUB_TOKEN }
          - { registry: quay.io, user: robot, password_secret: QUAY_TOKEN }
          - { registry: ghcr.io, user: '${{ github.actor }}', password_secret: GITHUB_TOKEN }
          - { registry: other.test, user: '${{ secrets.A || secrets.B }}' }
    steps:
      - uses: docker/login-action@v3
        with:
          registry: ${{ matrix.registry }}
          username: ${{ matrix.user || secrets[matrix.user_secret] }}
          password: ${{ secrets[matrix.password_secret] }}
";
        let file = WorkflowFile { path: "a.yml".to_owned(), text: text.to_owned() };
        let workflow = Workflow::parse(&file, &[]).unwrap();
        let mut left = Vec::new();
        let found = find(&workflow, None, &mut left);
        let login = |registry: &str, username: Part, password: &str| Login {
            registry: registry.to_owned(),
            username,
            password: Part::Variable(password.to_owned()),
            is_guess: false,
        };
        assert_eq!(
            found,
            [
                login("docker.io", Part::Variable("HUB_USER".to_owned()), "HUB_TOKEN"),
                login("quay.io", Part::Written("robot".to_owned()), "QUAY_TOKEN"),
            ]
        );
        assert_eq!(left, ["login at other.test"]);
    }
}
