//! Where the charts come from that a chart needs.

use bytes::Bytes;
use plimsoll_helm::dependency::Wanted;

use super::{Work, WorldError};

/// Chart repositories of others, read.
pub trait ChartSources: Send + Sync {
    /// The package of a chart that a lock names. Its bytes are those whose digest the repository gives.
    fn fetch<'a>(&'a self, wanted: &'a Wanted) -> Work<'a, Bytes, ChartSourceError>;
}

/// Why a chart did not come.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ChartSourceError {
    /// Its repository did not answer.
    #[error("{place} can't be reached: {why}")]
    Unreachable {
        /// What was asked.
        place: String,
        /// What happened.
        why: String,
    },
    /// Its repository wants a login, or another one.
    #[error("{place} wants a login: {why}")]
    Unauthorized {
        /// What was asked.
        place: String,
        /// What it said.
        why: String,
    },
    /// Its repository does not have it.
    #[error("{place} is not there")]
    Absent {
        /// What was asked.
        place: String,
    },
    /// What its repository says can't be understood.
    #[error("{place}: {why}")]
    Broken {
        /// What was asked.
        place: String,
        /// What is wrong.
        why: String,
    },
    /// The bytes that came are not those that its repository names.
    #[error("{place} gave other bytes than its index names")]
    Lies {
        /// Where the bytes came from.
        place: String,
        /// The digest that is named.
        want: String,
        /// The digest of what came.
        found: String,
    },
    /// No repository of this name is known on this machine.
    #[error("no repository `{name}` is known to Helm on this machine")]
    Unknown {
        /// The name.
        name: String,
    },
    /// A registry did not give it.
    #[error(transparent)]
    World(#[from] WorldError),
}

/// No repositories: nothing is fetched.
pub struct NoChartSources;

impl ChartSources for NoChartSources {
    fn fetch<'a>(&'a self, wanted: &'a Wanted) -> Work<'a, Bytes, ChartSourceError> {
        Box::pin(async move { Err(ChartSourceError::Absent { place: wanted.file_name() }) })
    }
}
