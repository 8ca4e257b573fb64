//! Charts that a push to a branch releases: steps of helm/chart-releaser-action (github.com/helm/chart-releaser).

use super::chart_pushes::{Match, Pattern};
use super::expression::{Filled, Known};
use super::workflow::{Step, Triggers};

/// The branch that it writes to, unless it is told another one.
const PAGES_BRANCH: &str = "gh-pages";
/// The folder whose charts it releases, unless it is told another one.
const FOLDER: &str = "charts";
/// The names of its git tags and pages, unless it is told others.
const NAMES: &str = "{{ .Name }}-{{ .Version }}";

/// What releases charts when a branch is pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::setup) struct ChartReleaser {
    /// The branch with an index that lists them.
    pub(in crate::setup) branch: String,
    /// Where that branch is served, if it says so.
    pub(in crate::setup) url: Option<String>,
    /// The folder whose charts are released.
    pub(in crate::setup) folder: String,
    /// What scripts package for it, where it is only installed; none: every chart of that folder.
    pub(in crate::setup) packages: Vec<Pattern>,
    /// What their git tags are like: `{name}-{version}`. None where it can't be told.
    pub(in crate::setup) tags: Option<String>,
    /// Whether packages lie beside the index, and not on release pages.
    pub(in crate::setup) keeps_packages: bool,
    /// The branches whose pushes set it off.
    pub(in crate::setup) pushes: Vec<String>,
}

impl ChartReleaser {
    pub(super) fn of(
        step: &Step,
        known: &Known<'_>,
        triggers: &Triggers,
        packages: Vec<Pattern>,
        left: &mut Vec<String>,
    ) -> ChartReleaser {
        let filled = |text: &str| match known.fill(text) {
            Filled::Known(text) => Some(text.trim_matches('/').to_owned()),
            Filled::Unknown { .. } => None,
        };
        let input = |name: &str| step.input(name).and_then(filled);
        let variable = |name: &str| {
            step.env.get(name).or_else(|| known.values.get(&format!("env.{name}"))).map(String::as_str)
        };
        let names = variable("CR_RELEASE_NAME_TEMPLATE").unwrap_or(NAMES);
        let tags = names.replace("{{ .Name }}", "{name}").replace("{{.Name}}", "{name}");
        let tags = tags.replace("{{ .Version }}", "{version}").replace("{{.Version}}", "{version}");
        let tags = Some(tags).filter(|tags| !tags.contains("{{") && tags.matches("{version}").count() == 1);
        if tags.is_none() {
            left.push(format!("charts get git tags like {names}, which can't be told before"));
        }
        if let Some(config) = step.input("config") {
            left.push(format!("{config}: what it tells chart-releaser is not read"));
        }
        if variable("CR_KEY").is_some() || variable("CR_SIGN").is_some_and(|signs| signs == "true") {
            left.push("charts are signed with a key of OpenPGP: `pgp-key` of a chart does that".to_owned());
        }
        let is_plain = |branch: &&String| !branch.contains(['*', '?', '[', '!', '+']);
        ChartReleaser {
            branch: input("pages_branch").unwrap_or_else(|| PAGES_BRANCH.to_owned()),
            url: input("charts_repo_url").or_else(|| variable("CR_CHARTS_REPO").and_then(filled)),
            folder: input("charts_dir").unwrap_or_else(|| FOLDER.to_owned()),
            packages,
            tags,
            keeps_packages: step.input("packages_with_index") == Some("true"),
            pushes: triggers.branches.iter().flatten().filter(is_plain).cloned().collect(),
        }
    }

    /// Whether a chart in this folder is released by it.
    pub(in crate::setup) fn releases(&self, folder: &str) -> bool {
        if !self.packages.is_empty() {
            return self.packages.iter().any(|package| package.is_folder(folder) != Match::No);
        }
        let parent = folder.rsplit_once('/').map_or(".", |(parent, _)| parent);
        parent == self.folder.trim_start_matches("./") || self.folder.is_empty()
    }
}
