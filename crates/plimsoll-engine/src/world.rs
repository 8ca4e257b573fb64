//! Roles: what a release needs of the world, in pairs of looking and touching.
//!
//! Twins of these traits live in the binary's adapters and in the testkit's memory world. Whoever holds [`Eyes`] can
//! look and change nothing; whoever holds [`Hands`] passes every effect through the one [`Gate`].

pub mod builder;
pub mod chart_program;
pub mod chart_repositories;
pub mod chart_signer;
pub mod chart_sources;
pub mod claims;
pub mod clock;
pub mod deployments;
pub mod error;
pub mod eyes_hands;
pub mod forge;
pub mod forge_error;
pub mod gate;
pub mod gated_store;
pub mod git;
pub mod inspector;
pub mod journal;
pub mod ledger;
pub mod liveness;
pub mod origins;
pub mod repository_writer;
pub mod scanner;
pub mod signatures;
pub mod stores;
pub mod tree;
pub mod workshop;

use std::pin::Pin;
use std::sync::Arc;

pub use error::WorldError;
pub use eyes_hands::{Eyes, Hands};
pub use gate::{Effect, Gate, Subject, Verb};

use crate::domain::event::Watcher;

/// What an asynchronous role returns.
pub type Work<'a, T, E = WorldError> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'a>>;

/// Everything outside, by role. Steps never see it whole: they get [`Eyes`] or [`Hands`].
#[derive(Clone)]
pub struct World {
    /// The git repository and its remote.
    pub git: Arc<dyn git::Git>,
    /// The files of the commit.
    pub tree: Arc<dyn tree::Tree>,
    /// Where claims are held.
    pub claims: Arc<dyn claims::Claims>,
    /// Image repositories.
    pub stores: Arc<dyn stores::Stores>,
    /// Who signs, and whose signatures count.
    pub signatures: Arc<dyn signatures::Signatures>,
    /// Content that something else made.
    pub origins: Arc<dyn origins::Origins>,
    /// What builds images from Dockerfiles.
    pub builder: Arc<dyn builder::Builder>,
    /// Chart repositories over HTTP.
    pub chart_repositories: Arc<dyn chart_repositories::ChartRepositories>,
    /// Where the charts come from that charts need.
    pub chart_sources: Arc<dyn chart_sources::ChartSources>,
    /// What renders charts.
    pub chart_program: Arc<dyn chart_program::ChartProgram>,
    /// Who signs the provenance of charts.
    pub chart_signer: Arc<dyn chart_signer::ChartSigner>,
    /// What lists what is in images.
    pub scanner: Arc<dyn scanner::Scanner>,
    /// The project's own commands.
    pub inspector: Arc<dyn inspector::Inspector>,
    /// The local layout in which things are made.
    pub workshop: Arc<dyn workshop::Workshop>,
    /// The ledger's files.
    pub ledger: Arc<dyn ledger::Ledger>,
    /// The pages that people look at.
    pub forge: Arc<dyn forge::Forge>,
    /// Whether other runs live.
    pub liveness: Arc<dyn liveness::Liveness>,
    /// Time and chance.
    pub clock: Arc<dyn clock::Clock>,
    /// What this machine did.
    pub journal: Arc<dyn journal::Journal>,
    /// What every effect passes.
    pub gate: Arc<dyn gate::Gate>,
    /// Who watches.
    pub watcher: Arc<dyn Watcher>,
}
