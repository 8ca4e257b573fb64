//! What the forge shows of a release: its page, and what stands in its environments.

use plimsoll_engine::run::deployment::{Deployed, DeploymentDone};
use plimsoll_engine::run::page::PageDone;
use plimsoll_engine::ship::Ensured;
use serde::Serialize;

/// A release page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PageInfo {
    /// Where people look at it.
    pub url: String,
    /// Whether this run changed it.
    pub changed: bool,
    /// Files that it lacks for ever: it was published before, and is immutable.
    pub lacks: Vec<String>,
}

/// What stands in an environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeploymentInfo {
    /// The environment.
    pub environment: String,
    /// Where people find what is deployed; null if the configuration does not say.
    pub url: Option<String>,
    /// `success`, or `outranked`: it is at a higher version.
    pub state: &'static str,
    /// Whether this run changed its entry.
    pub changed: bool,
    /// The version that it is at instead; null if this one stands.
    pub at: Option<String>,
}

impl PageInfo {
    /// What came of a page.
    pub fn of(page: &PageDone) -> PageInfo {
        PageInfo { url: page.url.clone(), changed: page.ensured == Ensured::Made, lacks: page.lacks.clone() }
    }
}

impl DeploymentInfo {
    /// What came of an entry.
    pub fn of(done: &DeploymentDone) -> DeploymentInfo {
        let (state, at) = match &done.outcome {
            Deployed::Stands(_) => ("success", None),
            Deployed::Outranked { by } => ("outranked", Some(by.clone())),
        };
        let (environment, url) = (done.environment.clone(), done.url.clone());
        DeploymentInfo { environment, url, state, changed: done.is_changed(), at }
    }
}
