//! What changed in charts.

use std::collections::BTreeMap;

use plimsoll_engine::ledger::difference::{ChartDifference, ChartFileDifference, ChartsDifference};
use serde::Serialize;

use super::{FromTo, LineChanged, digests, line, plain};

/// What changed in the charts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChartsChanged {
    /// Only the second release has them.
    pub added: Vec<String>,
    /// Only the first has them.
    pub removed: Vec<String>,
    /// The same, byte for byte.
    pub same: Vec<String>,
    /// Both have them with other content.
    pub changed: Vec<ChartChanged>,
}

/// What changed in one chart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChartChanged {
    /// Its name in the project.
    pub name: String,
    /// Its manifest.
    pub digest: FromTo<String>,
    /// Its version.
    pub version: FromTo<String>,
    /// The version of what it installs.
    pub app_version: FromTo<String>,
    /// The files that differ, each with its lines, or null if it is no text; null if the packages can't be read.
    pub files: Option<BTreeMap<String, Option<Vec<LineChanged>>>>,
    /// Why the packages can't be read.
    pub unread: Option<String>,
}

/// What there is to say of charts.
pub(super) fn charts(of: &ChartsDifference) -> ChartsChanged {
    ChartsChanged {
        added: of.added.clone(),
        removed: of.removed.clone(),
        same: of.same.clone(),
        changed: of.changed.iter().map(chart).collect(),
    }
}

fn chart(of: &ChartDifference) -> ChartChanged {
    let file = |change: &ChartFileDifference| match change {
        ChartFileDifference::Lines(lines) => Some(lines.iter().map(line).collect()),
        ChartFileDifference::Bytes => None,
    };
    let files = of.files.as_ref().ok();
    ChartChanged {
        name: of.name.clone(),
        digest: digests(&of.digest),
        version: plain(&of.version),
        app_version: plain(&of.app_version),
        files: files.map(|files| files.iter().map(|(path, change)| (path.clone(), file(change))).collect()),
        unread: of.files.as_ref().err().cloned(),
    }
}
