//! Whose numbers charts have that scripts package: those of Chart.yaml, or those that a command gives them.

use super::patterns::{Match, Pattern};
use super::scripts::{Packaged, Script};
use crate::setup::from_workflows::workflow::Step;

/// Whose numbers packages have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::setup) enum NumbersFrom {
    /// No script that is read packages charts.
    #[default]
    Nowhere,
    /// What Chart.yaml says.
    Chart,
    /// A script gives them one: that of the release.
    Script,
}

/// What steps that run together make of charts before they are pushed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Made {
    pub(super) packaged: Vec<Packaged>,
    /// The folders of charts whose number a step writes into Chart.yaml.
    edited: Vec<Pattern>,
    /// What actions are told that charts install, as it stands there.
    pub(super) app_versions: Vec<String>,
}

impl Made {
    /// Notes what a step makes.
    pub(super) fn add(&mut self, step: &Step, script: &Script<'_>) {
        self.packaged.extend(script.packaged());
        if is_called_after_number(step) {
            self.edited.push(Pattern::open());
        }
        let lines = commands(&step.run).filter(|line| edits(line));
        self.edited.extend(lines.map(|line| script.edited(&line)));
    }

    /// What steps say that the chart in a folder installs, as it stands there.
    pub(super) fn app_version(&self, path: &str) -> Option<&str> {
        self.said(path, |one| one.app_version.as_deref())
            .or_else(|| self.app_versions.first().map(String::as_str))
    }

    /// The number that steps give the chart in a folder, as it stands there.
    pub(super) fn version(&self, path: &str) -> Option<&str> {
        self.said(path, |one| one.version.as_deref())
    }

    fn said<'a>(&'a self, path: &str, what: impl Fn(&'a Packaged) -> Option<&'a str>) -> Option<&'a str> {
        let of = |wanted: Match| {
            let mut all = self.packaged.iter().filter(|one| one.folder.is_folder(path) == wanted);
            all.find_map(&what)
        };
        of(Match::Yes).or_else(|| of(Match::Maybe))
    }

    /// Whose number the chart in a folder has.
    pub(super) fn numbers(&self, path: &str) -> NumbersFrom {
        let of = |wanted: Match| -> Vec<&Packaged> {
            self.packaged.iter().filter(|one| one.folder.is_folder(path) == wanted).collect()
        };
        let sure = of(Match::Yes);
        let all = if sure.is_empty() { of(Match::Maybe) } else { sure };
        let is_edited = self.edited.iter().any(|folder| folder.is_folder(path) != Match::No);
        match all.as_slice() {
            _ if is_edited => NumbersFrom::Script,
            [] => NumbersFrom::Nowhere,
            all if all.iter().any(|one| one.version.is_some()) => NumbersFrom::Script,
            _ => NumbersFrom::Chart,
        }
    }
}

/// The commands of a script, each in one line.
fn commands(run: &str) -> impl Iterator<Item = String> {
    let whole = run.replace("\\\n", " ");
    let lines: Vec<String> = whole.lines().map(|line| line.trim().to_owned()).collect();
    lines.into_iter().filter(|line| !line.starts_with('#'))
}

/// Whether a step is called after giving charts their number.
fn is_called_after_number(step: &Step) -> bool {
    let name = step.name.to_lowercase();
    let is_said = name.contains("chart.yaml") || (name.contains("chart") && name.contains("version"));
    let sets = ["set", "update", "bump", "patch", "replace", "stamp"].iter().any(|word| name.contains(word));
    is_said && sets
}

/// Whether a line writes a number into Chart.yaml.
fn edits(line: &str) -> bool {
    let names_it = line.contains("Chart.yaml") && line.contains("ersion");
    let only_reads = ["grep", "awk", "cat ", "yq -r", "yq e '.version'", "yq '.version'"];
    let is_edit = ["sed -i", "yq -i", "yq e -i", "yq eval -i", "perl -", "envsubst", "> "];
    names_it && is_edit.iter().any(|word| line.contains(word)) && {
        line.contains(" -i") || !only_reads.iter().any(|word| line.contains(word))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::setup::from_workflows::expression::Known;

    fn numbers(steps: &[Step], path: &str) -> NumbersFrom {
        let values = BTreeMap::new();
        let known = Known { values: &values, repository: None };
        let mut made = Made::default();
        for step in steps {
            made.add(step, &Script { run: &step.run, folder: None, known: &known, at: None });
        }
        made.numbers(path)
    }

    fn step(name: &str, run: &str) -> Step {
        Step { name: name.to_owned(), run: run.to_owned(), ..Step::default() }
    }

    #[test]
    fn a_script_says_whose_numbers_charts_have() {
        for (runs, want) in [
            (&["helm package charts/app\nhelm push app.tgz oci://a/b"][..], NumbersFrom::Chart),
            (&["helm package charts/app --version 1 \\\n  -d out"], NumbersFrom::Script),
            (&["helm package charts/app \\\n  --version \"$V\""], NumbersFrom::Script),
            (&["helm package charts/app --app-version \"$V\""], NumbersFrom::Chart),
            (
                &["sed -i \"s/^version:.*/version: $V/\" charts/app/Chart.yaml", "helm package charts/app"],
                NumbersFrom::Script,
            ),
            (&["V=$(grep '^version:' charts/app/Chart.yaml)", "helm package charts/app"], NumbersFrom::Chart),
            (&["./helm-publish.sh package charts/app"], NumbersFrom::Nowhere),
            (&["for c in charts/*; do helm --debug package $c; done"], NumbersFrom::Chart),
            (&["for c in $(ls charts); do helm package \"charts/$c\"; done"], NumbersFrom::Chart),
            (&["# helm package charts/app --version 1", "helm push a oci://a/b"], NumbersFrom::Nowhere),
            (&["cd charts && helm package -d ../out app"], NumbersFrom::Chart),
            (&["helm package charts/other --version 1\nhelm package charts/app"], NumbersFrom::Chart),
            (
                &["yq -i '.version = strenv(V)' charts/other/Chart.yaml\nhelm package charts/*"],
                NumbersFrom::Chart,
            ),
            (&["yq -i '.version = strenv(V)' $C/Chart.yaml\nhelm package charts/*"], NumbersFrom::Script),
        ] {
            let steps: Vec<Step> = runs.iter().map(|run| step("", run)).collect();
            assert_eq!(numbers(&steps, "charts/app"), want, "{runs:?}");
        }
    }

    #[test]
    fn a_step_that_is_called_after_the_number_gives_it() {
        for (name, want) in
            [("Update Chart.yaml", NumbersFrom::Script), ("Read chart version", NumbersFrom::Chart)]
        {
            let steps = [step(name, "./version.sh"), step("Package", "helm package charts/app")];
            assert_eq!(numbers(&steps, "charts/app"), want, "{name}");
        }
    }
}
