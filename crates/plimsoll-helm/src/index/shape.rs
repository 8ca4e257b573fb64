//! What an index is, as far as adding to it needs.

use std::ops::Range;

use super::INDEX_LIMIT;
use super::scan::Unreadable;
use crate::version::ChartVersion;

/// An index, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// The charts, in the order of the text.
    pub charts: Vec<Versions>,
    /// The bytes of the value of `entries`, and whether anything stands there.
    pub(super) entries: Entries,
    /// The bytes of the value of `generated`.
    pub(super) generated: Option<Range<usize>>,
}

/// Where entries stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entries {
    /// There is no such key.
    Absent,
    /// `{}`, null or nothing: these bytes can be replaced.
    Empty(Range<usize>),
    /// A mapping: the column of its keys, and where it ends.
    Mapping { column: usize, end: usize },
}

/// The versions of one chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versions {
    /// The chart's name.
    pub name: String,
    /// Its versions, in the order of the text.
    pub listed: Vec<Listed>,
    /// Where the line of its name begins.
    pub(super) begins: usize,
    /// The list, if it is one with anything in it: the column of its dashes, and where it ends.
    pub(super) list: Option<(usize, usize)>,
}

/// One version of a chart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// Its line, from 1.
    pub line: usize,
    /// Where its line begins.
    pub(super) begins: usize,
    /// The name that it says.
    pub name: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// The digest of its package: bare hexadecimal SHA-256 as Helm writes it.
    pub digest: Option<String>,
    /// How many addresses it has.
    pub urls: usize,
    pub(super) is_mapping: bool,
}

/// An entry that Helm passes over. It is kept as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: the entry of `{chart}` {fault}")]
pub struct Broken {
    /// The chart that it stands under.
    pub chart: String,
    /// Its line, from 1.
    pub line: usize,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong with an entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It is empty, or no mapping.
    #[error("is no mapping")]
    NoMapping,
    /// It has no name.
    #[error("has no name")]
    NoName,
    /// It says that it is another chart's.
    #[error("says that it is of `{name}`")]
    OtherName {
        /// The name that it says.
        name: String,
    },
    /// It has no version.
    #[error("has no version")]
    NoVersion,
    /// Its version can't be ordered.
    #[error("has the version `{version}`, which is none")]
    Version {
        /// Its version.
        version: String,
    },
    /// It has no address, so that nobody can fetch it.
    #[error("has no address")]
    NoUrl,
}

/// Why a text is no index that can be added to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IndexError {
    /// It is no YAML.
    #[error("line {line}: {message}")]
    DoesNotParse {
        /// The line, from 1.
        line: usize,
        /// What the parser says.
        message: String,
    },
    /// It is no mapping.
    #[error("it is no mapping")]
    NoMapping,
    /// There is no `apiVersion`, without which Helm reads nothing.
    #[error("there is no `apiVersion`")]
    NoApiVersion,
    /// A key stands twice, which Helm refuses.
    #[error("line {line}: `{key}` is there twice")]
    Twice {
        /// The key.
        key: String,
        /// Where it stands again, from 1.
        line: usize,
    },
    /// `entries`, or the value of a chart, is not what it should be.
    #[error("line {line}: `{key}` is no {want}")]
    Kind {
        /// The key.
        key: String,
        /// What it should be.
        want: &'static str,
        /// The line, from 1.
        line: usize,
    },
    /// It is written in brackets or as JSON, where nothing can be put between lines.
    #[error("line {line}: it is written in brackets, where no line can be put in")]
    Brackets {
        /// The line, from 1.
        line: usize,
    },
    /// It is longer than [`INDEX_LIMIT`].
    #[error("{length} bytes are more than {INDEX_LIMIT}")]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
}

impl From<Unreadable> for IndexError {
    fn from(Unreadable { line, message }: Unreadable) -> IndexError {
        IndexError::DoesNotParse { line, message }
    }
}

impl IndexError {
    /// The line that the error is about, from 1, where there is one.
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::DoesNotParse { line, .. }
            | Self::Twice { line, .. }
            | Self::Kind { line, .. }
            | Self::Brackets { line } => Some(*line),
            Self::NoMapping | Self::NoApiVersion | Self::TooLong { .. } => None,
        }
    }
}

impl Index {
    /// The entries that Helm passes over.
    pub fn broken(&self) -> Vec<Broken> {
        let of_chart = |versions: &Versions| {
            let chart = versions.name.clone();
            let broken = move |listed: &Listed| {
                let fault = listed.fault(&chart)?;
                Some(Broken { chart: chart.clone(), line: listed.line, fault })
            };
            versions.listed.iter().filter_map(broken).collect::<Vec<_>>()
        };
        self.charts.iter().flat_map(of_chart).collect()
    }

    /// The versions of a chart.
    pub fn find_chart(&self, name: &str) -> Option<&Versions> {
        self.charts.iter().find(|versions| versions.name == name)
    }

    /// How many entries there are.
    pub fn count(&self) -> usize {
        self.charts.iter().map(|versions| versions.listed.len()).sum()
    }
}

impl Listed {
    fn fault(&self, chart: &str) -> Option<Fault> {
        let Listed { name, version, .. } = self;
        match (name, version) {
            _ if !self.is_mapping => Some(Fault::NoMapping),
            (None, _) => Some(Fault::NoName),
            (Some(name), _) if name != chart => Some(Fault::OtherName { name: name.clone() }),
            (_, None) => Some(Fault::NoVersion),
            (_, Some(version)) if ChartVersion::parse_loose(version).is_none() => {
                Some(Fault::Version { version: version.clone() })
            }
            _ if self.urls == 0 => Some(Fault::NoUrl),
            _ => None,
        }
    }
}
