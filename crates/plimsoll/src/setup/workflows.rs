//! Workflows that run Plimsoll: what `init` writes for a forge.
//!
//! | module | does |
//! |---|---|
//! | [`needs`] | says what a configuration needs of a CI system |
//! | [`tag_family`] | says which git tags set something off |
//! | [`variables`] | says which variables of the environment each step is handed |
//! | [`document`] | renders workflows of GitHub and Forgejo |
//! | [`containers`] | the images that jobs run in where a runner is a container |
//! | [`steps`] | the steps that several jobs share |
//! | [`made_files`] | who makes the files that images are put together from |
//! | [`release`], [`review`], [`branches`], [`charts`], [`operate`], [`audit`] | one workflow each |
//! | [`gitlab`] | the same jobs for GitLab |
//!
//! No job has a permission that it does not need, no text of a person or an event stands in a script, and every program
//! that a step fetches is held against a digest.

mod audit;
mod branches;
mod charts;
mod containers;
mod document;
pub(crate) mod gitlab;
pub(crate) mod made_files;
pub(crate) mod needs;
pub(crate) mod operate;
pub(crate) mod pin;
mod release;
mod review;
mod steps;
pub(crate) mod tag_family;
pub(crate) mod variables;

pub(crate) use document::in_quotes;
use needs::Needs;
use pin::Pin;

/// A file that is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewFile {
    /// Its path from the repository's root.
    pub(crate) path: String,
    /// Its text.
    pub(crate) text: String,
}

/// Whose CI runs the workflows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Host {
    /// GitHub Actions.
    #[value(name = "github")]
    GitHub,
    /// Forgejo Actions.
    Forgejo,
    /// GitLab CI/CD.
    #[value(name = "gitlab")]
    GitLab,
    /// Nobody's.
    None,
}

/// What sets a release off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Trigger {
    /// A git tag that is pushed.
    Tag,
    /// A release page that a person publishes.
    Release,
}

/// Whether workflows use actions of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Actions {
    /// GitHub's own, pinned by commit.
    Pinned,
    /// None: every step is a command.
    None,
}

/// How images for other platforms than the runner's are built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Foreign {
    /// On a runner of that platform.
    Native,
    /// By emulation on one runner.
    Emulated,
}

/// What is asked of the workflows.
#[derive(Clone, Debug)]
pub(crate) struct Choices {
    /// For whom.
    pub(crate) host: Host,
    /// What sets a release off.
    pub(crate) trigger: Trigger,
    /// Whether actions are used.
    pub(crate) actions: Actions,
    /// How foreign platforms are built.
    pub(crate) foreign: Foreign,
    /// Which Plimsoll is installed.
    pub(crate) pin: Pin,
    /// The configuration, from the root, where it is in none of its usual places.
    pub(crate) config: Option<String>,
    /// The stage of a pipeline of GitLab's that the jobs are for, where it has stages of its own.
    pub(crate) stage: Option<String>,
}

impl Choices {
    /// What `plimsoll-NAME` is called for this configuration: that of `plimsoll.api.toml` has files of its own.
    pub(crate) fn own_name(&self, name: &str) -> String {
        let file = self.config.as_deref().and_then(|config| config.rsplit('/').next());
        let word = file.and_then(|file| file.strip_prefix("plimsoll.")?.strip_suffix(".toml"));
        match (word, name.split_once("plimsoll-")) {
            (Some(word), Some((before, after))) => format!("{before}plimsoll-{word}-{after}"),
            _ => name.to_owned(),
        }
    }
}

/// Renders the files.
pub(crate) fn render(needs: &Needs, choices: &Choices) -> Vec<NewFile> {
    let folder = match choices.host {
        Host::GitHub => ".github/workflows",
        Host::Forgejo => ".forgejo/workflows",
        Host::GitLab => return gitlab::render(needs, choices),
        Host::None => return Vec::new(),
    };
    let mut workflows = vec![
        release::workflow(needs, choices),
        review::workflow(needs, choices),
        operate::workflow(needs, choices),
        audit::workflow(needs, choices),
    ];
    workflows.extend(branches::workflow(needs, choices));
    workflows.extend(charts::workflow(needs, choices));
    workflows
        .into_iter()
        .map(|workflow| NewFile {
            path: format!("{folder}/{}.yml", choices.own_name(workflow.file)),
            text: workflow.render(choices),
        })
        .collect()
}
