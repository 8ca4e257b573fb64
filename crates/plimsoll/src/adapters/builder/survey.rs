//! All builders, for who wants to know which could be used.

use futures_util::future::join_all;
use plimsoll_oci::model::Platform;

use super::choice::{Platforms, Program};
use crate::adapters::errand::Errands;
use crate::config::BuildSettings;

/// A builder, and whether it can be used.
#[derive(Clone, Debug)]
pub struct BuilderFound {
    /// What people call it.
    pub name: &'static str,
    /// Whether the configuration allows it: another one may be named there.
    pub allowed: bool,
    /// What it runs programs for; none if it does not say. Else why it can't be used.
    pub runs: Result<Option<Runs>, String>,
}

/// What a builder runs programs for.
#[derive(Clone, Debug)]
pub struct Runs(Platforms);

/// How programs of a platform run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Running {
    /// As they are.
    Native,
    /// By emulation.
    Emulated,
    /// Not at all.
    Not,
}

impl Runs {
    /// How programs of a platform run there.
    pub fn running(&self, platform: &Platform) -> Running {
        match (self.0.is_native(platform), self.0.runs(platform)) {
            (true, _) => Running::Native,
            (false, true) => Running::Emulated,
            (false, false) => Running::Not,
        }
    }

    /// Every platform, as the builder names it, each once.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for name in &self.0.all {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        names
    }
}

/// Asks all builders, in the order in which they are tried.
pub(crate) async fn find_builders(settings: &BuildSettings, errands: &Errands) -> Vec<BuilderFound> {
    join_all(Program::ALL.into_iter().map(|program| async move {
        let allowed = settings.program.as_deref().is_none_or(|name| name == program.word());
        let runs = program.probe(settings, errands).await;
        BuilderFound { name: program.name(), allowed, runs: runs.map(|platforms| platforms.map(Runs)) }
    }))
    .await
}
