//! Charts that were checked, packaged, listed or published.

use std::path::Path;

use plimsoll_engine::check::Findings;
use plimsoll_engine::domain::time::Moment;
use plimsoll_helm::chart::Chart;
use plimsoll_helm::dependency::Wanted;
use plimsoll_helm::index::{Entry, Index, Outcome, Place};
use plimsoll_helm::lint::{Finding, Severity};
use plimsoll_helm::oci::{Artifact, Published};
use plimsoll_helm::package::Packaged;
use plimsoll_oci::name::Digest;
use serde::Serialize;

/// `plimsoll.chart-lint/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LintedChart {
    /// The schema's name.
    pub schema: &'static str,
    /// The folder, as it was named.
    pub folder: String,
    /// The chart's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// `ok`, or `refused`.
    pub verdict: &'static str,
    /// Whether Helm was there, and has rendered the templates.
    pub rendered: bool,
    /// What was found, errors first.
    pub findings: Vec<FoundInChart>,
    /// The exit code.
    pub exit: u8,
}

/// Something that a rule found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FoundInChart {
    /// The rule's name.
    pub rule: &'static str,
    /// `error` or `warning`, whatever `--strict` makes of it.
    pub severity: &'static str,
    /// The file in the chart; null for the chart as a whole.
    pub file: Option<String>,
    /// The line, from 1; null where there is none.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
}

/// How a chart was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looked {
    /// Its texts alone.
    AtTexts,
    /// Helm has rendered it, too.
    Rendered,
}

impl LintedChart {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.chart-lint/v1";

    /// Describes what was found. `problems` is the same, with what `--strict` makes of it.
    pub fn of(
        folder: &str,
        chart: &Chart,
        looked: Looked,
        findings: &[Finding],
        problems: &Findings,
    ) -> LintedChart {
        let found = |finding: &Finding| FoundInChart {
            rule: finding.rule.name(),
            severity: match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            file: finding.file.clone(),
            line: finding.line,
            message: finding.message.clone(),
        };
        LintedChart {
            schema: LintedChart::SCHEMA,
            folder: folder.to_owned(),
            name: chart.metadata.name.clone(),
            version: chart.metadata.version.clone(),
            verdict: if problems.has_errors() { "refused" } else { "ok" },
            rendered: looked == Looked::Rendered,
            findings: findings.iter().map(found).collect(),
            exit: problems.exit(),
        }
    }
}

/// `plimsoll.chart-package/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PackagedChart {
    /// The schema's name.
    pub schema: &'static str,
    /// The package, relative to where the command was run.
    pub path: String,
    /// Its digest.
    pub digest: String,
    /// Its length in bytes.
    pub size: u64,
    /// The chart's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The version of what it installs; null if it says none.
    pub app_version: Option<String>,
    /// The time of everything in it.
    pub time: String,
}

impl PackagedChart {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.chart-package/v1";

    /// Describes a package.
    pub fn of(path: &Path, chart: &Chart, packaged: &Packaged, time: Moment) -> PackagedChart {
        let metadata = &chart.metadata;
        PackagedChart {
            schema: PackagedChart::SCHEMA,
            path: path.display().to_string(),
            digest: packaged.digest.to_string(),
            size: packaged.size,
            name: metadata.name.clone(),
            version: metadata.version.clone(),
            app_version: Some(metadata.app_version.clone()).filter(|version| !version.is_empty()),
            time: time.to_string(),
        }
    }
}

/// `plimsoll.chart-index/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IndexedCharts {
    /// The schema's name.
    pub schema: &'static str,
    /// The index, as it was named.
    pub index: String,
    /// How many entries it has now.
    pub entries: usize,
    /// The packages.
    pub packages: Vec<IndexedPackage>,
    /// Entries that Helm passes over. They were kept.
    pub broken: Vec<BrokenEntry>,
}

/// A package in an index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IndexedPackage {
    /// The chart's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The package's digest.
    pub digest: String,
    /// Where it can be fetched, if it was added now.
    pub url: Option<String>,
    /// `added`, or `present` if it was listed already.
    pub outcome: &'static str,
}

/// An entry that Helm passes over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BrokenEntry {
    /// The chart that it stands under.
    pub chart: String,
    /// Its line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: String,
}

impl IndexedCharts {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.chart-index/v1";

    /// Describes what became of an index.
    pub fn of(
        file: &str,
        index: &Index,
        packages: &[Entry],
        outcomes: &[Outcome],
        place: &Place,
    ) -> IndexedCharts {
        let package = |(entry, outcome): (&Entry, &Outcome)| IndexedPackage {
            name: entry.metadata.name.clone(),
            version: entry.metadata.version.clone(),
            digest: entry.digest.to_string(),
            url: (*outcome == Outcome::Added).then(|| entry.url(place)),
            outcome: match outcome {
                Outcome::Added => "added",
                Outcome::Present => "present",
            },
        };
        let broken = index.broken().into_iter().map(|broken| BrokenEntry {
            chart: broken.chart,
            line: broken.line,
            why: broken.fault.to_string(),
        });
        IndexedCharts {
            schema: IndexedCharts::SCHEMA,
            index: file.to_owned(),
            entries: index.count(),
            packages: packages.iter().zip(outcomes).map(package).collect(),
            broken: broken.collect(),
        }
    }
}

/// `plimsoll.chart-dependencies/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChartDependencies {
    /// The schema's name.
    pub schema: &'static str,
    /// The folder, as it was named.
    pub folder: String,
    /// The chart's name.
    pub name: String,
    /// The charts inside it.
    pub dependencies: Vec<ChartDependency>,
}

/// A chart inside another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChartDependency {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The digest of its package, if it was fetched now.
    pub digest: Option<String>,
    /// `fetched`, or `present` if it was there.
    pub outcome: &'static str,
}

impl ChartDependencies {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.chart-dependencies/v1";

    /// Describes what is inside a chart now, and what was fetched.
    pub fn of(folder: &str, chart: &Chart, fetched: &[(Wanted, Vec<u8>)]) -> ChartDependencies {
        let dependency = |inside: &Chart| {
            let metadata = &inside.metadata;
            let new = fetched.iter().find(|(wanted, _)| wanted.name == metadata.name);
            ChartDependency {
                name: metadata.name.clone(),
                version: metadata.version.clone(),
                digest: new.map(|(_, bytes)| Digest::of(bytes).to_string()),
                outcome: if new.is_some() { "fetched" } else { "present" },
            }
        };
        ChartDependencies {
            schema: ChartDependencies::SCHEMA,
            folder: folder.to_owned(),
            name: chart.metadata.name.clone(),
            dependencies: chart.subcharts.iter().map(dependency).collect(),
        }
    }
}

/// `plimsoll.chart-provenance/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChartProvenance {
    /// The schema's name.
    pub schema: &'static str,
    /// The package, as it was named.
    pub package: String,
    /// Its digest.
    pub digest: String,
    /// What is signed in the clear.
    pub message: String,
}

impl ChartProvenance {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.chart-provenance/v1";
}

/// `plimsoll.chart-published/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublishedChart {
    /// The schema's name.
    pub schema: &'static str,
    /// The repository.
    pub repository: String,
    /// The tag: the version, in which `+` is `_`.
    pub tag: String,
    /// The digest of the artifact's manifest.
    pub digest: String,
    /// The chart's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// `published`, or `present` if it was there already.
    pub outcome: &'static str,
}

impl PublishedChart {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.chart-published/v1";

    /// Describes what was published.
    pub fn of(repository: &str, artifact: &Artifact, published: Published) -> PublishedChart {
        PublishedChart {
            schema: PublishedChart::SCHEMA,
            repository: repository.to_owned(),
            tag: artifact.tag.to_string(),
            digest: artifact.manifest.digest().to_string(),
            name: artifact.metadata.name.clone(),
            version: artifact.metadata.version.clone(),
            outcome: match published {
                Published::Now => "published",
                Published::Before => "present",
            },
        }
    }
}
