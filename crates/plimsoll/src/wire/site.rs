//! What a run is about: what every situation puts a world together from.

use std::path::PathBuf;
use std::sync::Arc;

use plimsoll_engine::domain::claim::Holder;
use plimsoll_engine::domain::event::Watcher;
use plimsoll_engine::domain::git::Oid;
use plimsoll_engine::domain::time::Moment;
use plimsoll_http::secret::Redactor;
use plimsoll_oci::name::Digest;

use super::forge::ForgeAccess;
use super::registries::Registries;
use crate::adapters::builder::stranger::Trust;
use crate::adapters::gate::Stop;
use crate::adapters::git::{Committing, Repository};
use crate::config::{BuildSettings, GateSettings, SigningSettings};
use crate::variables::Variables;

/// What a run is about, whatever the situation.
#[derive(Clone, Copy)]
pub struct Site<'a> {
    /// The user's repository.
    pub repository: &'a Repository,
    /// The commit whose files are read.
    pub commit: &'a Oid,
    /// Where the ledger lies, relative to the repository's root.
    pub records_directory: &'a str,
    /// How records are committed; none: they stay in the working tree.
    pub committing: Option<&'a Committing>,
    /// How registries are reached.
    pub registries: &'a Registries,
    /// How release pages are reached.
    pub forge: &'a ForgeAccess,
    /// Who we are.
    pub holder: &'a Holder,
    /// What the run is for.
    pub purpose: Purpose,
    /// What images are built from, and with what.
    pub making: Making<'a>,
    /// How releases are signed, and whose signatures count.
    pub signing: &'a SigningSettings,
    /// Where the public keys and trusted roots are read from that it names: where it was read itself.
    pub signing_files: Files,
    /// The environment.
    pub variables: &'a Variables,
    /// What hides secrets.
    pub redactor: &'a Redactor,
    /// What asks the run to stop.
    pub stop: &'a Stop,
    /// Who watches.
    pub watcher: &'a Arc<dyn Watcher>,
}

/// What images are built from, and with what.
#[derive(Clone, Copy)]
pub struct Making<'a> {
    /// The builder.
    pub build: &'a BuildSettings,
    /// The project's own commands.
    pub gates: &'a GateSettings,
    /// Where files are taken from.
    pub files: Files,
    /// The time of everything that is made.
    pub time: Moment,
    /// Folders with what was built elsewhere; without any, it is built here.
    pub parts: Parts<'a>,
    /// Whose commit it is.
    pub trust: Trust,
}

/// Which files are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Files {
    /// The commit's.
    Commit,
    /// Those of the working directory, committed or not.
    Worktree,
}

/// What was built elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// The folders.
    pub folders: &'a [PathBuf],
    /// The version that they must be of.
    pub version: &'a str,
    /// The hash of the configuration that they must be of.
    pub config: &'a Digest,
}

/// What a run is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To look: nothing is made on this machine, and registries are asked for no more than reading.
    Look,
    /// To change things.
    Change,
}
