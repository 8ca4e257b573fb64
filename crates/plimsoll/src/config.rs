//! `plimsoll.toml`: found, read as written, resolved as meant.
//!
//! | stage | does |
//! |---|---|
//! | [`found`] | says where the file is |
//! | [`file`](mod@file) | reads what is written, against one description of every key |
//! | [`resolve`] | says what it means, one file per table; defaults come last |
//! | [`across`] | compares what stands in different tables |
//! | [`schema`] | describes the file for editors, from that same description |
//!
//! A file with problems yields all of them, each with its place.

pub mod across;
pub mod file;
pub mod found;
pub mod problems;
pub mod resolve;
pub mod schema;

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_engine::document::version_file::Texts;
use plimsoll_engine::domain::diagnostic::Diagnostic;
use plimsoll_engine::domain::project::Project;
use plimsoll_oci::name::RegistryHost;

pub use resolve::build::{BuildSettings, GateSettings, Sealed};
pub use resolve::forge::{ForgeSettings, Notes};
pub use resolve::records::find_records_directory;
pub use resolve::registries::{Credentials, RegistryAccess, Setting, Variable, VariableUnset};
pub use resolve::registry::Destination;
pub use resolve::remote::{host_of, owner_and_name, web_address};
pub use resolve::signing::{Means, Name, SignerSettings, SigningSettings, TrustSettings, Who};

use crate::wire::Committing;
use problems::Problems;

/// What a file means, after defaults.
#[derive(Clone, Debug)]
pub struct Config {
    /// What is released, and how.
    pub project: Project,
    /// Where ledgers lie, relative to the repository's root: the project's, and those of charts that are released by
    /// themselves.
    pub ledgers: Vec<String>,
    /// How records are committed; none: they stay in the working tree.
    pub committing: Option<Committing>,
    /// How registries are reached, where the file says so.
    pub registries: BTreeMap<RegistryHost, RegistryAccess>,
    /// Where release pages are, and what they say.
    pub forge: ForgeSettings,
    /// What builds from Dockerfiles.
    pub build: BuildSettings,
    /// Commands that must succeed.
    pub gates: GateSettings,
    /// How releases are signed, and whose signatures count.
    pub signing: SigningSettings,
    /// Where repositories are.
    pub destination: Destination,
    /// Variables of the environment that it names, beside those that CI systems set.
    pub variables: BTreeSet<String>,
    /// What is odd but does not stop the work.
    pub warnings: Vec<Diagnostic>,
}

impl Config {
    /// The configuration under which a git tag is released: of a chart's own tag that of the chart alone. Gates that look at
    /// images have none to look at there.
    pub fn for_tag(mut self, tag: &str) -> Config {
        let chart = self.project.find_chart_of_tag(tag);
        if let Some(project) = chart.and_then(|chart| self.project.of_chart(chart)) {
            self.project = project;
            self.gates.sealed = Vec::new();
        }
        self
    }
}

/// What defaults are taken from.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The name of the directory that the repository lies in.
    pub directory: Option<&'a str>,
    /// The address of the git remote.
    pub remote: Option<&'a str>,
    /// The texts of the repository's files, by their paths from its root.
    pub texts: &'a Texts<'a>,
}

/// Reads a configuration.
///
/// `name` is the file's name as the user knows it, for messages.
///
/// # Errors
/// All problems in the order of their places, and the warnings after them. If the file asks for another Plimsoll, that
/// alone: this one can't judge the rest.
pub fn parse(name: &str, text: &str, surroundings: Surroundings<'_>) -> Result<Config, Vec<Diagnostic>> {
    let mut problems = Problems::of(name, text);
    let resolved = file::read(text, &mut problems).and_then(|root| {
        resolve::required_version::check(&root, &mut problems)?;
        resolve::resolve(&root, text, surroundings, &mut problems)
    });
    let (mut errors, warnings) = problems.finish();
    match resolved {
        Ok(resolved) if errors.is_empty() => Ok(Config { warnings, ..resolved }),
        Ok(_) | Err(_) => {
            errors.extend(warnings);
            Err(errors)
        }
    }
}

#[cfg(test)]
mod tests;
