//! Who wrote a claim: for people, and for the question whether that run is dead.

use crate::domain::time::Moment;

/// One run, as its claim names it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Holder {
    /// Random per process.
    pub run: String,
    /// Where people can watch the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The CI run it is part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ci: Option<CiRun>,
    /// The machine.
    pub host: String,
    /// Tells one start of that machine from another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot: Option<String>,
    /// The process on that machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<u32>,
    /// When this state was written.
    pub since: Moment,
}

/// A run of a CI system.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct CiRun {
    /// The forge: `https://github.com`.
    pub server: String,
    /// The repository there.
    pub repository: String,
    /// The run.
    pub id: String,
    /// Which attempt at it, from 1.
    pub attempt: u64,
}
