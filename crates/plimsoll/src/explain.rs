//! Every error as a [`Diagnostic`]: what, why, what the world looks like, what to do next. One file per family.
//!
//! The matches are exhaustive on purpose: whoever adds an error decides here what users are told.

mod build;
pub mod chart;
pub mod chart_folder;
mod chart_image;
pub mod claim;
mod forge;
mod git;
mod image;
mod ledger;
mod make;
mod mark;
pub mod mirror;
mod model;
mod release_archive;
pub mod released_tag;
mod repository;
mod ship;
pub mod signature;
mod signing;
mod stop;
mod store;
mod unsayable;
mod version_file;
mod world;

use std::fmt;

use plimsoll_engine::domain::diagnostic::Diagnostic;

pub use mark::{explain_former, explain_spared, explain_unheard};
pub use stop::findings;
pub(crate) use stop::with_holder;

/// What the user asked for, so that advice can name the next command as he would type it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The command.
    pub verb: &'static str,
    /// The git tag, as it was given.
    pub tag: Option<String>,
    /// Where releases are kept.
    pub keeping: Keeping,
}

/// Where releases are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keeping {
    /// In registries and on the git remote.
    #[default]
    Remote,
    /// In the local registry.
    Local,
}

/// The commands with an option `--local`. All others go where the configuration says.
const WITH_LOCAL: [&str; 27] = [
    "app-compose",
    "audit",
    "compose",
    "deploy",
    "diff",
    "doctor",
    "export",
    "images",
    "import",
    "info",
    "latest",
    "ledger adopt",
    "ledger rebuild",
    "list",
    "plan",
    "promote",
    "publish",
    "release",
    "rollback",
    "site",
    "status",
    "unhold",
    "unyank",
    "verify",
    "whatis",
    "withdraw",
    "yank",
];

/// True if a command has an option `--local`.
fn takes_local(verb: &str) -> bool {
    WITH_LOCAL.contains(&verb)
}

impl Asked {
    /// How everything stays on this machine.
    pub fn stay_here(&self) -> String {
        let locally = match (self.verb, &self.tag) {
            (verb, _) if takes_local(verb) => Asked { keeping: Keeping::Local, ..self.clone() }.command(verb),
            ("tag", _) => {
                return "or keep everything on this machine: `registry = \"local\"` in plimsoll.toml"
                    .to_owned();
            }
            // Checks ask for a release's sake, and have no flag of their own.
            (_, None) => "plimsoll release TAG --local".to_owned(),
            (_, Some(tag)) => format!("plimsoll release {tag} --local"),
        };
        format!("or keep everything on this machine: `{locally}`")
    }

    /// A command about the same release: `plimsoll status v1.0.0 --local`.
    pub fn command(&self, verb: &str) -> String {
        let tag = self.tag.as_deref().map(|tag| format!(" {tag}")).unwrap_or_default();
        let local = match self.keeping {
            Keeping::Local if takes_local(verb) => " --local",
            Keeping::Local | Keeping::Remote => "",
        };
        format!("plimsoll {verb}{tag}{local}")
    }

    /// What makes a git tag, and pushes it where there is a remote to push it to.
    pub fn tag_command<R>(&self, tag: impl fmt::Display, remote: Option<&R>) -> String {
        let push = match (self.keeping, remote) {
            (Keeping::Remote, Some(_)) => " --push",
            (Keeping::Remote, None) | (Keeping::Local, _) => "",
        };
        format!("`plimsoll tag {tag}{push}`")
    }
}

/// What is to be added where a configuration is to be changed: a git tag that is there has one of its own.
fn of_tag(asked: &Asked) -> String {
    match asked.tag {
        // A check may be of a tag that is yet to be made.
        Some(_) if asked.verb != "check" => format!(
            "; a tag that is there has its own plimsoll.toml, in place of which `{} --config plimsoll.toml` takes this one",
            asked.command(asked.verb)
        ),
        Some(_) | None => String::new(),
    }
}

/// An error that can say what it means to a user.
pub trait Explain {
    /// Explains.
    fn explain(&self, asked: &Asked) -> Diagnostic;
}

#[cfg(test)]
mod tests;
