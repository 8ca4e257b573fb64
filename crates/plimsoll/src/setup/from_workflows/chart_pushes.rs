//! Where steps push charts, which ones, on which occasions, and with whose numbers.
//!
//! A chart of the draft goes where a step pushes that chart, and nowhere else (docs/design/init.md): each push is asked which
//! charts it reaches, by the names of its packages and by what is packaged before. A chart may go to one place for branches
//! and to another one for releases: the latter is the chart's.

mod made_before;
mod numbers;
mod patterns;
mod said;
mod scripts;
#[cfg(test)]
mod tests;
mod told;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use self::made_before::tell_made_before;
use self::numbers::Made;
pub(in crate::setup) use self::numbers::NumbersFrom;
pub(in crate::setup) use self::patterns::{Match, Pattern};
pub(in crate::setup) use self::said::SaidVersion;
use self::scripts::{Packaged, Script, Sending};
use super::expression::{Filled, Known};
use super::image::{Place, label, values_of};
use super::occasions::{self, At};
use super::workflow::{CHART_RELEASER, Job, OCI_RELEASER, Step, Triggers};

/// What begins the address of a repository of charts.
const SCHEME: &str = "oci://";

/// A chart of the repository, as steps may name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::setup) struct ChartNames {
    /// Its folder.
    pub(in crate::setup) path: String,
    pub(in crate::setup) name: String,
}

/// What a step does that makes charts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::setup) struct ChartPush {
    /// The workflow.
    path: String,
    job: String,
    step: String,
    /// What it pushes where.
    sendings: Vec<Sending>,
    /// What is made before, by it and by those that run with it.
    made: Made,
    /// Whether it does so for releases.
    is_released: bool,
    /// The branches whose pushes publish charts; a star for all of them.
    branches: Vec<String>,
    /// Patterns of the git tags that set it off.
    git_tags: BTreeSet<String>,
    /// Whether a script may decide which of several places it is.
    is_choosing: bool,
    /// The command that pushes in a way that is not read.
    unread: Option<String>,
    /// What words for versions of charts come to in a release, in the words of tags.
    said: BTreeMap<String, String>,
}

/// Everything that pushes charts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::setup) struct ChartPushes(pub(super) Vec<ChartPush>);

/// Where a release pushes a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::setup) enum ChartPlace {
    At(String),
    /// A step pushes it, and where to is not read, or a script decides that.
    Unread,
    /// This command may push it, or another chart.
    Unsure(String),
    /// Steps push charts, and this is none of them.
    Nowhere,
    /// No push of a chart is read.
    Unknown,
}

impl ChartPush {
    /// What a step does that makes charts, apart for occasions that it pushes to other places on. `together` are the steps that
    /// may make its packages.
    pub(super) fn each(at: Place<'_>, together: &[(&Job, &Step)]) -> Vec<ChartPush> {
        let Place { step, known, triggers, .. } = at;
        let mut apart: Vec<(Vec<Sending>, Triggers)> = Vec::new();
        for occasion in At::all(triggers, known) {
            let sendings = sendings_of(step, known, Some(&occasion));
            let only = occasions::only(triggers, &occasion.table);
            match apart.iter_mut().find(|(other, _)| *other == sendings) {
                Some((_, all)) => all.extend(&only),
                None => apart.push((sendings, only)),
            }
        }
        if apart.len() < 2 {
            let sendings =
                apart.pop().map_or_else(|| sendings_of(step, known, None), |(sendings, _)| sendings);
            apart = vec![(sendings, triggers.clone())];
        }
        let made = made_by(together, known);
        let of = |(sendings, triggers): (Vec<Sending>, Triggers)| ChartPush {
            job: at.job.id.clone(),
            step: label(step),
            made: made.clone(),
            is_released: triggers.tags.is_some(),
            branches: match triggers.branches.as_deref() {
                Some([]) => vec!["*".to_owned()],
                Some(branches) => branches.to_vec(),
                None => Vec::new(),
            },
            git_tags: triggers.tags.iter().flatten().cloned().collect(),
            said: said::in_release(&made, &triggers, known),
            is_choosing: step.chooses_by_script(),
            unread: unread(step, &sendings),
            sendings,
            ..ChartPush::default()
        };
        apart.into_iter().map(of).collect()
    }

    /// Whether a push of it is one of a chart. What only one chart can be is that one.
    fn reaches(&self, sending: &Sending, chart: &ChartNames, all: &[ChartNames]) -> Match {
        let of = |chart: &ChartNames| {
            let named = sending.package.is_package(&chart.path, &chart.name);
            let is_strange =
                || all.iter().all(|one| sending.package.is_package(&one.path, &one.name) == Match::No);
            let packaged = &self.made.packaged;
            match named {
                Match::Yes => Match::Yes,
                Match::No if packaged.is_empty() || sending.package.has_version() || !is_strange() => {
                    Match::No
                }
                Match::Maybe if packaged.is_empty() => Match::Maybe,
                // A package may have been given another name.
                Match::Maybe | Match::No => {
                    let folders = packaged.iter().map(|one| one.folder.is_folder(&chart.path));
                    folders.max().unwrap_or(Match::No)
                }
            }
        };
        match of(chart) {
            Match::Maybe if all.iter().filter(|one| of(one) != Match::No).count() == 1 => Match::Yes,
            found => found,
        }
    }

    /// The pushes of it that are sure, or may be, of a chart.
    fn of(&self, chart: &ChartNames, all: &[ChartNames], wanted: Match) -> Vec<&Sending> {
        self.sendings.iter().filter(|sending| self.reaches(sending, chart, all) == wanted).collect()
    }

    /// The places that it pushes a chart to.
    fn places_of(&self, chart: &ChartNames, all: &[ChartNames]) -> Vec<&str> {
        let mut found: Vec<&str> = Vec::new();
        for place in self.of(chart, all, Match::Yes).iter().filter_map(|sending| sending.place.as_deref()) {
            if !found.contains(&place) {
                found.push(place);
            }
        }
        found
    }
}

impl ChartPushes {
    /// Takes over those of a workflow.
    pub(super) fn extend(&mut self, pushes: ChartPushes, path: &str) {
        self.0.extend(pushes.0.into_iter().map(|push| ChartPush { path: path.to_owned(), ..push }));
    }

    /// Those that are of a chart, for sure or perhaps: what is pushed for a release decides, where anything is.
    fn deciding(&self, chart: &ChartNames, all: &[ChartNames], wanted: Match) -> Vec<&ChartPush> {
        let is_it = |push: &&ChartPush| !push.of(chart, all, wanted).is_empty();
        let found: Vec<&ChartPush> = self.0.iter().filter(is_it).collect();
        let released: Vec<&ChartPush> = found.iter().copied().filter(|push| push.is_released).collect();
        if released.is_empty() { found } else { released }
    }

    /// Where a release pushes a chart.
    pub(in crate::setup) fn place_of(&self, chart: &ChartNames, all: &[ChartNames]) -> ChartPlace {
        let sure = self.deciding(chart, all, Match::Yes);
        let unsure = self.deciding(chart, all, Match::Maybe);
        let is_released = |pushes: &[&ChartPush]| pushes.iter().any(|push| push.is_released);
        let first = unsure.first().and_then(|push| push.of(chart, all, Match::Maybe).first().copied());
        if let Some(sending) =
            first.filter(|_| sure.is_empty() || is_released(&unsure) && !is_released(&sure))
        {
            return ChartPlace::Unsure(sending.line.clone());
        }
        let known = sure.iter().find_map(|push| {
            let places = push.places_of(chart, all);
            let is_chosen = places.len() > 1 && push.is_choosing;
            places.first().map(|place| (!is_chosen).then(|| (*place).to_owned()))
        });
        match known {
            Some(Some(place)) => ChartPlace::At(place),
            Some(None) => ChartPlace::Unread,
            None if !sure.is_empty() => ChartPlace::Unread,
            None if self.0.iter().any(|push| !push.sendings.is_empty()) => ChartPlace::Nowhere,
            None => ChartPlace::Unknown,
        }
    }

    /// What steps say that a chart installs which is pushed for releases.
    pub(in crate::setup) fn app_version(
        &self,
        chart: &ChartNames,
        all: &[ChartNames],
    ) -> Option<SaidVersion> {
        self.said(chart, all, |made| made.app_version(&chart.path))
    }

    /// The number that steps give a chart which is pushed for releases.
    pub(in crate::setup) fn version(&self, chart: &ChartNames, all: &[ChartNames]) -> Option<SaidVersion> {
        self.said(chart, all, |made| made.version(&chart.path))
    }

    fn said(
        &self,
        chart: &ChartNames,
        all: &[ChartNames],
        what: impl Fn(&Made) -> Option<&str>,
    ) -> Option<SaidVersion> {
        let deciding = self.deciding(chart, all, Match::Yes).into_iter();
        let mut released = deciding.chain(&self.0).filter(|push| push.is_released);
        released.find_map(|push| Some(SaidVersion::of(what(&push.made)?, &push.said)))
    }

    /// Whose numbers a chart has that is pushed for releases.
    pub(in crate::setup) fn numbers(&self, chart: &ChartNames, all: &[ChartNames]) -> NumbersFrom {
        let of = |pushes: &[&ChartPush]| {
            let numbers: Vec<NumbersFrom> =
                pushes.iter().map(|push| push.made.numbers(&chart.path)).collect();
            let said = |wanted: NumbersFrom| numbers.contains(&wanted).then_some(wanted);
            said(NumbersFrom::Script).or(said(NumbersFrom::Chart))
        };
        // Packages may be made in a part of the work that is for all occasions, and pushed in a way that is not read.
        let deciding = self.deciding(chart, all, Match::Yes);
        let released: Vec<&ChartPush> = self.0.iter().filter(|push| push.is_released).collect();
        let everything: Vec<&ChartPush> = self.0.iter().collect();
        of(&deciding).or_else(|| of(&released)).or_else(|| of(&everything)).unwrap_or_default()
    }

    /// The branches whose pushes publish a chart where a release does.
    pub(in crate::setup) fn branches(
        &self,
        chart: &ChartNames,
        all: &[ChartNames],
        place: Option<&str>,
    ) -> Vec<String> {
        let is_there = |push: &&ChartPush| match push.sendings.is_empty() {
            true => push.unread.is_some() || place.is_none(),
            false => {
                let mut sure = push.of(chart, all, Match::Yes).into_iter();
                sure.any(|one| place.is_none() || one.place.is_none() || one.place.as_deref() == place)
            }
        };
        let mut found: Vec<String> = Vec::new();
        for branch in self.0.iter().filter(is_there).flat_map(|push| &push.branches) {
            if !found.contains(branch) {
                found.push(branch.clone());
            }
        }
        found
    }

    /// The place that releases push charts to first.
    fn first_place(&self) -> Option<&str> {
        let released = self.0.iter().filter(|push| push.is_released).chain(&self.0);
        released.flat_map(|push| &push.sendings).find_map(|sending| sending.place.as_deref())
    }

    /// Patterns of the git tags for which charts are pushed.
    pub(in crate::setup) fn git_tags(&self) -> BTreeSet<String> {
        self.0.iter().flat_map(|push| &push.git_tags).cloned().collect()
    }

    /// Those for which one is.
    pub(in crate::setup) fn git_tags_of(&self, chart: &ChartNames, all: &[ChartNames]) -> BTreeSet<String> {
        let own = self.deciding(chart, all, Match::Yes);
        match own.is_empty() {
            true => self.git_tags(),
            false => own.iter().flat_map(|push| &push.git_tags).cloned().collect(),
        }
    }
}

/// What a step pushes on an occasion.
fn sendings_of(step: &Step, known: &Known<'_>, at: Option<&At<'_>>) -> Vec<Sending> {
    if step.uses == OCI_RELEASER {
        let input = |name: &str| step.input(name).map(|text| known.fill(text));
        let place = match (input("registry"), input("repository")) {
            (Some(Filled::Known(registry)), Some(Filled::Known(repository))) => {
                Some(format!("{SCHEME}{registry}/{repository}").trim_end_matches('/').to_lowercase())
            }
            _ => None,
        };
        let name = input("name").map_or_else(String::new, Filled::into_text);
        let package = Pattern::of(&format!("{name}-*.tgz"));
        return vec![Sending { package, place, line: step.uses.clone() }];
    }
    Script { run: &step.run, folder: step.folder.as_deref(), known, at }.sendings()
}

/// Whether a step of chart-releaser does nothing but to put its program there.
fn is_only_installed(step: &Step) -> bool {
    step.input("install_only") == Some("true")
}

fn packages_by_script(steps: &[(&Job, &Step)]) -> bool {
    steps.iter().any(|(_, step)| step.run.contains("cr package"))
}

/// The folders that scripts of a job package, where a step of chart-releaser only installs its program.
pub(super) fn packaged_by_scripts(job: &Job, releaser: &Step, repository: Option<&str>) -> Vec<Pattern> {
    let steps =
        job.steps.iter().filter(|step| is_only_installed(releaser) && step.run.contains("cr package"));
    let packaged = steps.flat_map(|step| {
        let values = values_of(job, step);
        let known = &Known { values: &values, repository };
        Script { run: &step.run, folder: step.folder.as_deref(), known, at: None }.packaged()
    });
    packaged.map(|one| one.folder).collect()
}

/// What steps make of charts.
fn made_by(steps: &[(&Job, &Step)], known: &Known<'_>) -> Made {
    let mut made = Made::default();
    for (job, step) in steps {
        let values = values_of(job, step);
        let known = Known { values: &values, repository: known.repository };
        let folder = |name: &str| step.input(name).map(|text| Pattern::of(&known.fill(text).into_text()));
        match step.uses.as_str() {
            // Scripts say what is packaged.
            CHART_RELEASER if is_only_installed(step) && packages_by_script(steps) => {}
            CHART_RELEASER => {
                let folder = folder("charts_dir").unwrap_or_else(|| Pattern::of("charts"));
                let folder = Pattern::of("*").in_folder(folder.folder());
                made.packaged.push(Packaged { folder, version: None, app_version: None });
            }
            OCI_RELEASER => {
                let named = || folder("name").map(|name| name.in_folder("charts"));
                let folder = folder("path").or_else(named).unwrap_or_else(Pattern::open);
                let app_version = app_version_of(step);
                let version = Some(step.input("tag").unwrap_or("{version}").to_owned());
                made.packaged.push(Packaged { folder, version, app_version });
            }
            _ => {
                let folder = step.folder.as_deref();
                made.add(step, &Script { run: &step.run, folder, known: &known, at: None });
                // Another action may package them, too.
                made.app_versions.extend(app_version_of(step));
            }
        }
    }
    made
}

/// What an action is told that a chart installs.
fn app_version_of(step: &Step) -> Option<String> {
    let named = ["app_version", "app-version", "appVersion"].into_iter().find_map(|name| step.input(name));
    named.map(str::to_owned)
}

/// The command of a step that pushes and of which no address is read.
fn unread(step: &Step, sendings: &[Sending]) -> Option<String> {
    let all = super::script::commands_of(&step.run);
    let is_push = |words: &&Vec<String>| words.iter().any(|word| word == "push");
    let is_read = sendings.iter().any(|sending| sending.place.is_some());
    let of_action = || (step.uses == OCI_RELEASER).then(|| step.uses.clone());
    let of_script = all.iter().find(is_push).map(|words| words.join(" "));
    of_script.or_else(of_action).filter(|_| !is_read)
}
