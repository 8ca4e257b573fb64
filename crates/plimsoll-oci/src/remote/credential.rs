//! Where users keep the logins of their registries, and which one fits.
//!
//! The places, in order:
//!
//! 1. what the caller was configured with,
//! 2. `DOCKER_AUTH_CONFIG`,
//! 3. `$DOCKER_CONFIG/config.json`, else `~/.docker/config.json`, with the helpers that it names,
//! 4. `REGISTRY_AUTH_FILE`, else containers' `auth.json` in `$XDG_RUNTIME_DIR` and `$XDG_CONFIG_HOME`,
//! 5. Helm's registry configuration,
//! 6. what a job has of itself: `GITHUB_TOKEN` for `ghcr.io` in GitHub Actions, in GitLab CI/CD the login that it gives its jobs
//!    for the registry beside it (`CI_REGISTRY`).
//!
//! The first that knows the registry counts. Environment and home are values, so that no test and no library call
//! reads those of the machine. Nothing is read before a registry asks for a login.

mod config_file;
mod key;
mod place;
mod program;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use plimsoll_http::Secret;
use tokio::sync::{Mutex, OnceCell};

use super::quirk;
use crate::name::RegistryHost;
use config_file::Entry;
use place::{Place, read_places};
use program::Helpers;

/// What a registry is logged in to with.
#[derive(Debug, Clone)]
pub enum Login {
    /// A user and a password or personal token.
    Password {
        /// The user.
        user: String,
        /// The password.
        password: Secret,
    },
    /// A refresh token, which the token service exchanges (OAuth2).
    IdentityToken(Secret),
    /// A bearer token for the registry itself.
    RegistryToken(Secret),
}

/// A login that the caller was configured with.
#[derive(Debug, Clone)]
pub struct Configured {
    /// The registry it is for.
    pub registry: RegistryHost,
    /// What it is called where it was configured, such as `env:GHCR_TOKEN`.
    pub name: String,
    /// The login; none if what the configuration names is not set. Then no other place is looked at.
    pub login: Option<Login>,
}

/// The environment of the user, as a value.
#[derive(Clone, Default)]
pub struct UserEnvironment {
    /// Environment variables. Credential helpers get them too, and nothing else.
    pub variables: BTreeMap<String, String>,
    /// The home directory.
    pub home: Option<PathBuf>,
}

impl UserEnvironment {
    /// A variable that is set to something.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

impl fmt::Debug for UserEnvironment {
    /// Names the variables only: their values may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserEnvironment")
            .field("variables", &self.variables.keys())
            .field("home", &self.home)
            .finish()
    }
}

/// What was found for a registry.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// The login, if there is one.
    pub login: Option<Login>,
    /// Where it came from; without a login, what was amiss with a place that should have had one.
    pub source: Option<String>,
}

/// A registry and the path of a repository.
type Asked = (RegistryHost, String);

/// Finds logins.
#[derive(Debug, Default)]
pub struct Credentials {
    configured: Vec<Configured>,
    environment: UserEnvironment,
    places: OnceCell<Vec<Place>>,
    helpers: Helpers,
    answers: Mutex<BTreeMap<Asked, Arc<OnceCell<Found>>>>,
}

impl Credentials {
    /// Takes the configured logins and the environment in which to look for others.
    pub fn new(configured: Vec<Configured>, environment: UserEnvironment) -> Self {
        Self { configured, environment, ..Self::default() }
    }

    /// Finds the login for a repository `path` of a registry. The answer is remembered.
    pub async fn find(&self, registry: &RegistryHost, path: &str) -> Found {
        let key = (registry.clone(), path.to_owned());
        let answer = Arc::clone(self.answers.lock().await.entry(key).or_default());
        answer.get_or_init(|| self.look(registry, path)).await.clone()
    }

    async fn look(&self, registry: &RegistryHost, path: &str) -> Found {
        if let Some(configured) = self.configured.iter().find(|one| one.registry == *registry) {
            let source = match configured.login {
                Some(_) => configured.name.clone(),
                None => format!("{}, which is not set", configured.name),
            };
            return Found { login: configured.login.clone(), source: Some(source) };
        }
        let mut amiss = None;
        for place in self.places.get_or_init(|| read_places(&self.environment)).await {
            let file = match &place.content {
                Ok(file) => file,
                Err(why) => {
                    amiss.get_or_insert(format!("{}, which can't be read: {why}", place.label));
                    continue;
                }
            };
            match file.find(registry, path) {
                Some(Entry::Login(login)) => {
                    return Found { login: Some(login), source: Some(place.label.clone()) };
                }
                Some(Entry::Helper(suffix)) => {
                    let label = format!("docker-credential-{suffix}, named in {}", place.label);
                    let server = quirk::credential_names(registry);
                    let server = server.first().copied().unwrap_or(registry.as_str());
                    match self.helpers.get(&suffix, server, &self.environment).await {
                        Ok(Some(login)) => return Found { login: Some(login), source: Some(label) },
                        // A helper stands in for the file: what it does not know, the file does not either.
                        Ok(None) => {}
                        Err(why) => {
                            amiss.get_or_insert(format!("{label}, which failed: {why}"));
                        }
                    }
                }
                None => {}
            }
        }
        let of_job = self.in_actions(registry).or_else(|| self.in_gitlab(registry));
        of_job.unwrap_or(Found { login: None, source: amiss })
    }

    /// What GitLab gives each job for the project's own registry (docs.gitlab.com, "Predefined CI/CD variables reference").
    fn in_gitlab(&self, registry: &RegistryHost) -> Option<Found> {
        const PASSWORD: &str = "CI_REGISTRY_PASSWORD";
        let own = self.environment.variable("CI_REGISTRY")?.parse::<RegistryHost>().ok();
        if self.environment.variable("GITLAB_CI") != Some("true") || own.as_ref() != Some(registry) {
            return None;
        }
        let Some(password) = self.environment.variable(PASSWORD) else {
            return Some(Found { login: None, source: Some(format!("{PASSWORD}, which is not set")) });
        };
        let user = self.environment.variable("CI_REGISTRY_USER").unwrap_or("gitlab-ci-token").to_owned();
        let login = Login::Password { user, password: Secret::new(password) };
        Some(Found { login: Some(login), source: Some(PASSWORD.to_owned()) })
    }

    /// The job's own token, which may push packages of its repository.
    fn in_actions(&self, registry: &RegistryHost) -> Option<Found> {
        const TOKEN: &str = "GITHUB_TOKEN";
        if registry.as_str() != "ghcr.io" || self.environment.variable("GITHUB_ACTIONS") != Some("true") {
            return None;
        }
        let Some(token) = self.environment.variable(TOKEN) else {
            return Some(Found { login: None, source: Some(format!("{TOKEN}, which is not set")) });
        };
        let user = self.environment.variable("GITHUB_ACTOR").unwrap_or("x-access-token").to_owned();
        let login = Login::Password { user, password: Secret::new(token) };
        Some(Found { login: Some(login), source: Some(TOKEN.to_owned()) })
    }
}
