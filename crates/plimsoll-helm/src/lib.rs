//! Helm charts: read, checked, packaged reproducibly, indexed, published to registries. Usable alone.
//!
//! What Helm accepts is read as Helm reads it; what it writes is written so that Helm reads the same. Sources are
//! Helm's own documents and the behaviour of Helm 3 and 4, which the tests ask.
//!
//! | module | does |
//! |---|---|
//! | [`chart`] | says what a chart is: `Chart.yaml`, files, charts inside it |
//! | [`folder`] | reads a chart from a folder, as its `.helmignore` ([`ignore`]) has it |
//! | [`archive`] | reads a packaged chart, and believes nothing that it says of itself |
//! | [`edit`] | sets versions and values, every other byte kept |
//! | [`package`] | packages a chart, the same bytes everywhere |
//! | [`dependency`] | says which charts a lock names, and where they are |
//! | [`index`] | merges packages into an `index.yaml` without losing anything |
//! | [`oci`] | makes the OCI artifact of a package, and puts it into a registry |
//! | [`provenance`] | writes what is signed of a package with OpenPGP |
//! | [`schema`] | checks values against `values.schema.json` |
//! | [`lint`] | says what is wrong with a chart, or could be better |
//! | [`version`] | reads versions as strictly or loosely as Helm does |
//! | [`yaml`] | reads and writes YAML as Helm does |

pub mod archive;
pub mod chart;
pub mod dependency;
pub mod edit;
pub mod folder;
pub mod ignore;
pub mod index;
pub mod lint;
pub mod oci;
pub mod package;
pub mod provenance;
pub mod schema;
pub mod version;
pub mod yaml;

/// The most that all files of a chart may have together, in bytes: Helm's default.
pub const CHART_LIMIT: u64 = 100 * 1024 * 1024;
/// The most that one file of a chart may have, in bytes: Helm's default.
pub const FILE_LIMIT: u64 = 5 * 1024 * 1024;
/// The most files that a chart may have, in the charts inside it too. Helm has no limit.
pub const FILES_LIMIT: usize = 50_000;
