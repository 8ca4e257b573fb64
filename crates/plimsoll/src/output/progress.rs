//! What is under way, while it is: bars on a terminal, plain lines elsewhere.

mod bars;
mod lines;
mod remarks;

use std::sync::Arc;

use plimsoll_engine::domain::event::Watcher;
use plimsoll_engine::domain::step::Phase;

use super::streams::Talk;

/// How much is said while work is under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loudness {
    /// Errors, and what is odd in what is about to be published.
    Quiet,
    /// What changes.
    #[default]
    Normal,
    /// Also what is looked at and found right.
    Verbose,
}

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// Bars that move.
    Bars,
    /// A line for each thing that is done.
    Lines,
    /// Nothing of the work, only what is remarked about its outcome.
    Nothing,
}

impl Show {
    /// Decides: bars need a terminal, and quiet is quiet.
    pub fn decide(terminal: super::ink::Place, loudness: Loudness, wanted: Wanted) -> Show {
        match (loudness, wanted, terminal) {
            (Loudness::Quiet, _, _) | (_, Wanted::No, _) => Show::Nothing,
            (_, Wanted::Yes, super::ink::Place::Terminal) => Show::Bars,
            (_, Wanted::Yes, _) => Show::Lines,
        }
    }
}

/// Whether the user wants to see progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// He does.
    Yes,
    /// `--no-progress`.
    No,
}

/// Someone who watches, and can be told that the work is over.
pub trait Display: Watcher {
    /// Takes away what was only for the time of the work.
    fn clear(&self);
}

/// A display.
pub fn display(show: Show, talk: &Talk, loudness: Loudness) -> Arc<dyn Display> {
    match show {
        Show::Bars => Arc::new(bars::Bars::new(talk.ink, loudness)),
        Show::Lines => Arc::new(lines::Lines::new(talk.clone(), loudness)),
        Show::Nothing => Arc::new(remarks::Remarks::new(talk.clone(), loudness)),
    }
}

/// What is done in a phase.
fn headline(phase: Phase) -> &'static str {
    match phase {
        Phase::Gate => "gates",
        Phase::Make => "making",
        Phase::Push | Phase::Hold | Phase::Sign | Phase::Record => "pushing by digest",
        Phase::Commit => "looking at everything once more",
        Phase::VersionTag | Phase::Publish => "version tags",
        Phase::Page => "release page",
        Phase::Attestations => "attestations on the forge",
        Phase::ChartTag | Phase::Ledger | Phase::ChartIndex | Phase::FirstWins => "record and tags",
        Phase::MovingTag | Phase::LatestPage => "moving tags",
        Phase::Deployment => "deployments",
    }
}
