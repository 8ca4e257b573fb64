//! What every builder is given, made ready: folders, arguments, secrets.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use plimsoll_engine::domain::build::{ContextFrom, SecretFrom};
use plimsoll_engine::domain::event::Event;
use plimsoll_engine::world::WorldError;
use plimsoll_engine::world::builder::{BuildError, BuildOrder};
use plimsoll_engine::world::error::FileProblem;
use plimsoll_http::secret::Secret;
use plimsoll_oci::model::Platform;

use super::cache;
use super::hollow::refuse_hollow;
use crate::adapters::checkout::Checkout;
use crate::adapters::errand::Errands;
use crate::adapters::files::find_inside;
use crate::config::BuildSettings;

/// The provenance that BuildKit is asked for. One that knows no version 1 yet writes the version before it.
pub(super) const PROVENANCE: &str = "mode=max,version=v1";
/// What BuildKit's cache on GitHub needs; nothing else gets it.
const GITHUB_CACHE: &[&str] =
    &["ACTIONS_CACHE_URL", "ACTIONS_CACHE_SERVICE_V2", "ACTIONS_RESULTS_URL", "ACTIONS_RUNTIME_TOKEN"];

/// Where the value of a secret is.
enum SecretAt {
    /// In a variable, which the builder is given.
    Variable(String),
    /// In a file of the user's.
    File(PathBuf),
}

impl SecretAt {
    fn variable(&self) -> Option<&str> {
        match self {
            SecretAt::Variable(name) => Some(name),
            SecretAt::File(_) => None,
        }
    }
}

/// One build, made ready.
pub(super) struct Job<'a> {
    /// What is built.
    pub(super) order: BuildOrder<'a>,
    /// The context.
    pub(super) context: PathBuf,
    /// The Dockerfile.
    pub(super) dockerfile: PathBuf,
    /// Further contexts: folders by their paths, everything else as it was named.
    pub(super) contexts: BTreeMap<String, String>,
    /// Where secrets are, by id.
    secrets: BTreeMap<String, SecretAt>,
    /// Where caches are read.
    pub(super) cache_from: Vec<String>,
    /// Where caches are written.
    pub(super) cache_to: Vec<String>,
    /// Variables that the builder sees beside the ordinary ones.
    pub(super) variables: Vec<String>,
    /// A folder for everything that comes out.
    pub(super) output: PathBuf,
}

impl<'a> Job<'a> {
    pub(super) async fn prepare(
        settings: &BuildSettings,
        errands: &Errands,
        checkout: &Checkout,
        order: BuildOrder<'a>,
        output: &Path,
    ) -> Result<Job<'a>, BuildError> {
        let recipe = order.recipe;
        let root = checkout.folder().await?;
        let inside = |path: &str| read_inside(&root, path);
        let context = if recipe.context.is_empty() { root.clone() } else { inside(&recipe.context)? };
        let mut contexts = BTreeMap::new();
        for (name, from) in &recipe.contexts {
            let place = match from {
                ContextFrom::Elsewhere(place) => place.clone(),
                ContextFrom::Directory(path) => match find_inside(&root, path)? {
                    Some(found) => found.display().to_string(),
                    None => {
                        let found = read_inside(checkout.worktree(), path)?;
                        let note = format!("image {} takes `{path}` from the working directory", order.image);
                        errands.watcher.see(Event::Remark(note));
                        found.display().to_string()
                    }
                },
            };
            contexts.insert(name.clone(), place);
        }
        refuse_hollow(checkout, recipe, &root)?;
        let mut secrets = BTreeMap::new();
        for (id, from) in &recipe.secrets {
            secrets.insert(id.clone(), find_secret(id, from, errands, checkout)?);
        }
        let mut variables = settings.environment.clone();
        variables.extend(secrets.values().filter_map(SecretAt::variable).map(str::to_owned));
        if !recipe.ssh.is_empty() {
            variables.push("SSH_AUTH_SOCK".into());
        }
        let (cache_from, cache_to) =
            (cache::resolve(&recipe.cache_from, &order), cache::resolve(&recipe.cache_to, &order));
        if cache_from.iter().chain(&cache_to).any(|cache| cache::is_github(cache)) {
            variables.extend(GITHUB_CACHE.iter().map(|name| (*name).to_owned()));
        }
        Ok(Job {
            order,
            context,
            dockerfile: inside(&recipe.file)?,
            contexts,
            secrets,
            cache_from,
            cache_to,
            variables,
            output: output.to_owned(),
        })
    }

    /// The layout that comes out.
    pub(super) fn layout(&self) -> PathBuf {
        self.output.join("layout")
    }

    /// The names of the variables that the builder sees beside the ordinary ones.
    pub(super) fn variables<'b>(&'b self, own: &[&'b str]) -> Vec<&'b str> {
        self.variables.iter().map(String::as_str).chain(own.iter().copied()).collect()
    }

    /// The build arguments, with the time that everything gets.
    pub(super) fn arguments(&self) -> impl Iterator<Item = (&str, String)> {
        let time = ("SOURCE_DATE_EPOCH", self.order.time.0.to_string());
        let given = self.order.arguments.iter().map(|(name, value)| (name.as_str(), value.clone()));
        given.filter(|(name, _)| *name != "SOURCE_DATE_EPOCH").chain([time])
    }

    /// The secrets, as every builder wants them: where they are, never what they are.
    pub(super) fn secrets(&self) -> impl Iterator<Item = String> {
        self.secrets.iter().map(|(id, at)| match at {
            SecretAt::Variable(name) => format!("id={id},env={name}"),
            SecretAt::File(path) => format!("id={id},src={}", path.display()),
        })
    }

    /// The platforms, as builders want them.
    pub(super) fn platforms(&self) -> String {
        self.order.platforms.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
    }
}

/// A platform in the name of a file.
pub(super) fn spelled(platform: &Platform) -> String {
    platform.to_string().replace('/', "-")
}

fn read_inside(root: &Path, path: &str) -> Result<PathBuf, WorldError> {
    let why = "there is no such file or folder".to_owned();
    let missing = || WorldError::File { path: path.to_owned(), why, kind: FileProblem::Missing };
    find_inside(root, path)?.ok_or_else(missing)
}

/// Sees that a secret is there, and that nobody prints it. It stays where it is: no copy of it lies anywhere.
fn find_secret(
    id: &str,
    from: &SecretFrom,
    errands: &Errands,
    checkout: &Checkout,
) -> Result<SecretAt, BuildError> {
    let wrong = |why: String| BuildError::Secret { id: id.to_owned(), why };
    match from {
        SecretFrom::Variable(name) => {
            let value = errands.variables().get(name).and_then(|value| value.to_str());
            let value = value.filter(|value| !value.is_empty());
            let value = value.ok_or_else(|| wrong(format!("environment variable `{name}` is not set")))?;
            errands.redactor().add(&Secret::new(value));
            Ok(SecretAt::Variable(name.clone()))
        }
        SecretFrom::File(path) => {
            let found = find_inside(checkout.worktree(), path).map_err(|error| wrong(error.to_string()))?;
            let found = found.ok_or_else(|| wrong(format!("there is no file `{path}`")))?;
            if let Ok(text) = fs::read_to_string(&found) {
                errands.redactor().add(&Secret::new(text.trim()));
            }
            Ok(SecretAt::File(found))
        }
    }
}
