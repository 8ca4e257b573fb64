//! A version of a chart in a repository over HTTP, marked as one not to be used.

use plimsoll_helm::index::Use;
use plimsoll_oci::name::Digest;

use super::key::Settles;
use super::step::{Change, Observation, ShipError, Step};
use crate::domain::chart::ListedVersion;
use crate::domain::step::StepId;
use crate::world::{Eyes, Hands, Work};

/// The mark of one listed version. One that is not listed needs none.
#[derive(Clone, Debug)]
pub struct MarkChart {
    /// Which.
    pub version: ListedVersion,
    /// Whether it is to be used.
    pub wanted: Use,
}

impl<K: Settles> Step<K> for MarkChart {
    fn id(&self) -> StepId {
        StepId::new("chart-mark", &self.version)
    }

    fn observe<'a>(&'a self, eyes: Eyes<'a>) -> Work<'a, Observation> {
        Box::pin(async move {
            // A mark has no digest; a step tells marks apart by what they are about.
            let to = Digest::of(self.version.to_string().as_bytes());
            Ok(match eyes.chart_repositories().is_marked(&self.version, self.wanted).await? {
                Some(false) => Observation::Needed(Change { from: None, to }),
                Some(true) | None => Observation::Satisfied,
            })
        })
    }

    fn apply<'a>(&'a self, hands: Hands<'a>, _key: &'a K, _change: Change) -> Work<'a, (), ShipError> {
        Box::pin(async move { Ok(hands.mark_chart(&self.version, self.wanted).await?) })
    }
}
