//! Where scripts push charts, on which occasions, and with whose numbers.
//!
//! A chart may go to one place for branches and to another one for releases: the latter is the chart's.

use std::collections::BTreeSet;

use super::chart_numbers::NumbersFrom;
use super::expression::{Filled, Known};
use super::occasions::{self, At, Purpose};
use super::script;
use super::spelled::in_expressions;
use super::workflow::{Step, Triggers};

/// What begins the address of a repository of charts.
const SCHEME: &str = "oci://";

/// What a step does that makes charts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::setup) struct ChartPush {
    /// Where it pushes them, as far as that is known.
    pub(in crate::setup) places: Vec<String>,
    /// Whose numbers they have.
    pub(in crate::setup) numbers: NumbersFrom,
    /// Whether it does so for releases.
    pub(in crate::setup) is_released: bool,
    /// The branches whose pushes publish charts; a star for all of them.
    pub(in crate::setup) branches: Vec<String>,
    /// Patterns of the git tags that set it off.
    pub(in crate::setup) git_tags: BTreeSet<String>,
    /// Whether a script decides which of several places it is.
    is_chosen: bool,
    /// What it runs.
    run: String,
}

/// Everything that pushes charts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::setup) struct ChartPushes(pub(in crate::setup) Vec<ChartPush>);

impl ChartPush {
    /// What a step does that makes charts, apart for occasions that it pushes to other places on.
    pub(super) fn each(
        step: &Step,
        numbers: NumbersFrom,
        triggers: &Triggers,
        known: &Known<'_>,
    ) -> Vec<ChartPush> {
        let mut apart: Vec<(Vec<String>, Triggers)> = Vec::new();
        for at in At::all(triggers, known) {
            let places = places_at(&step.run, Some(&at), known);
            let only = occasions::only(triggers, &at.table);
            match apart.iter_mut().find(|(known, _)| *known == places) {
                Some((_, all)) => all.extend(&only),
                None => apart.push((places, only)),
            }
        }
        if apart.len() < 2 {
            return vec![ChartPush::of(step, numbers, triggers, known)];
        }
        apart.iter().map(|(_, triggers)| ChartPush::of(step, numbers, triggers, known)).collect()
    }

    /// What a step does that makes charts; `triggers` are the occasions on which it does.
    pub(super) fn of(step: &Step, numbers: NumbersFrom, triggers: &Triggers, known: &Known<'_>) -> ChartPush {
        let places = find_places(&step.run, triggers, known);
        let branches = match triggers.branches.as_deref() {
            Some([]) => vec!["*".to_owned()],
            Some(branches) => branches.to_vec(),
            None => Vec::new(),
        };
        ChartPush {
            is_chosen: places.len() > 1 && step.chooses_by_script(),
            is_released: triggers.tags.is_some(),
            git_tags: triggers.tags.iter().flatten().cloned().collect(),
            run: step.run.clone(),
            places,
            numbers,
            branches,
        }
    }
}

impl ChartPush {
    /// The command that pushes them.
    fn unread(&self) -> Option<String> {
        let all = script::commands_of(&self.run);
        let is_push = |words: &&Vec<String>| words.iter().any(|word| word == "push");
        all.iter().find(is_push).map(|words| words.join(" "))
    }
}

impl ChartPushes {
    /// Those that decide what a release does: what is pushed for one, else what is pushed at all.
    fn deciding(&self) -> Vec<&ChartPush> {
        let released: Vec<&ChartPush> = self.0.iter().filter(|push| push.is_released).collect();
        if released.is_empty() { self.0.iter().collect() } else { released }
    }

    /// Where a release pushes a chart: what names it counts more than what pushes any; none where that is not known.
    pub(in crate::setup) fn place_of(&self, names: &[&str]) -> Option<&str> {
        let with_place = self.deciding().into_iter().filter(|push| !push.places.is_empty());
        let all: Vec<&ChartPush> = with_place.collect();
        let names_it =
            |push: &&&ChartPush| names.iter().any(|name| !name.is_empty() && push.run.contains(name));
        let push = all.iter().find(names_it).or(all.first())?;
        push.places.first().filter(|_| !push.is_chosen).map(String::as_str)
    }

    /// Whose numbers charts have that are pushed for releases.
    pub(in crate::setup) fn numbers(&self) -> NumbersFrom {
        let said = |numbers: NumbersFrom| self.deciding().iter().any(|push| push.numbers == numbers);
        match () {
            () if said(NumbersFrom::Script) => NumbersFrom::Script,
            () if said(NumbersFrom::Chart) => NumbersFrom::Chart,
            // Packages may be made in a part of the work that is for all occasions.
            () if self.0.iter().any(|push| push.numbers == NumbersFrom::Chart) => NumbersFrom::Chart,
            () => NumbersFrom::Nowhere,
        }
    }

    /// The branches whose pushes publish charts where a release does.
    pub(in crate::setup) fn branches(&self, place: Option<&str>) -> Vec<String> {
        let is_there = |push: &&ChartPush| {
            push.places.is_empty() || place.is_none_or(|place| push.places.iter().any(|one| one == place))
        };
        let mut all: Vec<String> = Vec::new();
        for branch in self.0.iter().filter(is_there).flat_map(|push| &push.branches) {
            if !all.contains(branch) {
                all.push(branch.clone());
            }
        }
        all
    }

    /// Patterns of the git tags for which charts are pushed.
    pub(in crate::setup) fn git_tags(&self) -> BTreeSet<String> {
        self.0.iter().flat_map(|push| &push.git_tags).cloned().collect()
    }

    /// Says where charts go beside the places that they are released to.
    pub(in crate::setup) fn tell_others(&self, taken: &BTreeSet<String>) -> Vec<String> {
        let mut told = Vec::new();
        let deciding = self.deciding();
        for push in &self.0 {
            for place in push.places.iter().filter(|place| !taken.contains(*place)) {
                let is_deciding = deciding.iter().any(|one| one.places.contains(place));
                let what = match (push.is_chosen, is_deciding) {
                    (true, _) => format!(
                        "charts go to {}, and a script decides to which: `oci` under [[chart]] is the one of releases",
                        push.places.join(" or ")
                    ),
                    (false, true) => format!("charts go to {place}, too"),
                    (false, false) => format!(
                        "charts go to {place} when {} is pushed, and here only releases publish them: what pushes there goes on",
                        words(&push.branches)
                    ),
                };
                if !told.contains(&what) {
                    told.push(what);
                }
            }
            let unread = push.unread().filter(|_| push.places.is_empty());
            let what = unread.map(|line| format!("charts go to a place that is not read: `{line}`"));
            told.extend(what.filter(|what| !told.contains(what)));
        }
        told
    }
}

fn words(branches: &[String]) -> String {
    match branches.iter().any(|branch| branch.contains('*')) {
        true => "a branch".to_owned(),
        false if branches.is_empty() => "something else".to_owned(),
        false => branches.join(" or "),
    }
}

/// The addresses behind `oci://` in a script, as they are for a release where it is for one.
fn find_places(run: &str, triggers: &Triggers, known: &Known<'_>) -> Vec<String> {
    places_at(run, At::all(triggers, known).first(), known)
}

fn places_at(run: &str, at: Option<&At<'_>>, known: &Known<'_>) -> Vec<String> {
    let fill = |word: &str| match at {
        Some(at) => at.fill(word, Purpose::Value, &|_| None),
        None => known.fill(word),
    };
    let all = script::commands_of(run);
    let places = |words: &Vec<String>| -> Vec<String> {
        // A variable may be all of the address; what stands before one that is written may be anything.
        let written = words.iter().filter(|word| word.contains(SCHEME) || word.contains('$'));
        let written = written.map(|word| word.find(SCHEME).and_then(|at| word.get(at..)).unwrap_or(word));
        let filled = written.map(|word| fill(&in_expressions(word)));
        let known = filled.filter_map(|filled| match filled {
            Filled::Known(text) => {
                let place = text.find(SCHEME).and_then(|at| text.get(at..))?;
                (!place.contains(['$', '{', '('])).then(|| place.to_lowercase())
            }
            Filled::Unknown { .. } => None,
        });
        known.collect()
    };
    let is_push = |words: &&Vec<String>| words.iter().any(|word| word == "push");
    let pushed: Vec<String> = all.iter().filter(is_push).flat_map(places).collect();
    let mut found = if pushed.is_empty() { all.iter().flat_map(places).collect() } else { pushed };
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::super::workflow::read_triggers;
    use super::*;

    fn on(triggers: &str) -> Triggers {
        read_triggers(Some(&yaml_serde::from_str(triggers).expect("a workflow is YAML")))
    }

    fn push(triggers: &str, run: &str, numbers: NumbersFrom) -> ChartPush {
        let values = [("env.REGISTRY".to_owned(), "ghcr.io".to_owned())].into();
        let known = Known { values: &values, repository: Some("Acme/app") };
        let step = Step { run: run.to_owned(), ..Step::default() };
        ChartPush::of(&step, numbers, &on(triggers), &known)
    }

    const TAGS: &str = "{ push: { tags: ['v*'] } }";
    const MAIN: &str = "{ push: { branches: [main] } }";
    const BOTH: &str = "{ push: { branches: [main], tags: ['v*'] } }";

    #[test]
    fn addresses_are_read_as_they_are_for_a_release() {
        let of = |run: &str| push(BOTH, run, NumbersFrom::Nowhere).places;
        for (run, want) in [
            ("helm push a.tgz oci://ghcr.io/Acme/charts", &["oci://ghcr.io/acme/charts"][..]),
            ("helm push a.tgz \"oci://$REGISTRY/charts\"", &["oci://ghcr.io/charts"]),
            ("TO=oci://${{ env.REGISTRY }}/a\nhelm push a.tgz $TO", &["oci://ghcr.io/a"]),
            (
                "helm push a.tgz oci://a/${{ github.ref_type == 'tag' && 'charts' || 'charts-dev' }}",
                &["oci://a/charts"],
            ),
            ("helm pull oci://a/library\nhelm push a.tgz oci://a/b", &["oci://a/b"]),
            ("./publish.sh oci://a/b", &["oci://a/b"]),
            ("said=$(helm push a-${{ env.VERSION }}.tgz oci://a/b 2>&1)", &["oci://a/b"]),
            ("helm push a-$VERSION.tgz oci://${{ github.repository_owner }}/b", &["oci://acme/b"]),
            (
                "for r in a.example b.example; do helm push a.tgz oci://$r/c; done",
                &["oci://a.example/c", "oci://b.example/c"],
            ),
            ("helm push a.tgz oci://${{ vars.REGISTRY }}/a", &[]),
            ("helm push a.tgz oci://$(cat NAME)/a", &[]),
        ] {
            assert_eq!(of(run), want, "{run}");
        }
    }

    #[test]
    fn the_place_of_a_release_is_the_charts() {
        let dev = push(MAIN, "helm push app.tgz oci://a/dev", NumbersFrom::Script);
        let real = push(TAGS, "helm push app.tgz oci://a/real", NumbersFrom::Chart);
        let web = push(TAGS, "helm push web.tgz oci://a/web", NumbersFrom::Nowhere);
        for all in [vec![dev.clone(), real.clone()], vec![real.clone(), dev.clone()]] {
            let pushes = ChartPushes(all);
            assert_eq!(pushes.place_of(&["charts/app", "app"]), Some("oci://a/real"));
            assert_eq!(pushes.numbers(), NumbersFrom::Chart);
            assert_eq!(pushes.branches(Some("oci://a/real")), [""; 0]);
            let told = pushes.tell_others(&["oci://a/real".to_owned()].into());
            assert_eq!(told.len(), 1, "{told:?}");
            assert!(
                told[0].starts_with("charts go to oci://a/dev when main is pushed, and here only releases")
            );
        }
        let pushes = ChartPushes(vec![dev.clone()]);
        assert_eq!(pushes.place_of(&["app"]), Some("oci://a/dev"));
        assert_eq!(
            (pushes.numbers(), pushes.branches(Some("oci://a/dev"))),
            (NumbersFrom::Script, vec!["main".to_owned()])
        );
        let pushes = ChartPushes(vec![real, web]);
        assert_eq!(pushes.place_of(&["charts/web", "web"]), Some("oci://a/web"));
        assert_eq!(pushes.place_of(&["charts/other", "other"]), Some("oci://a/real"));
    }

    #[test]
    fn what_an_expression_decides_is_known_of_each_occasion() {
        let chosen = "${{ github.ref_type == 'tag' && 'oci://a/real' || 'oci://a/dev' }}";
        let values = [("env.DEST".to_owned(), chosen.to_owned())].into();
        let known = Known { values: &values, repository: None };
        let step = Step { run: "helm push app.tgz $DEST".to_owned(), ..Step::default() };
        let pushes = ChartPushes(ChartPush::each(&step, NumbersFrom::Chart, &on(BOTH), &known));
        assert_eq!(pushes.place_of(&["app"]), Some("oci://a/real"));
        assert_eq!(pushes.branches(Some("oci://a/real")), [""; 0]);
        let told = pushes.tell_others(&["oci://a/real".to_owned()].into());
        assert!(told.len() == 1 && told[0].starts_with("charts go to oci://a/dev when main"), "{told:?}");
        let step = Step { run: "helm push app.tgz oci://a/b".to_owned(), ..Step::default() };
        assert_eq!(ChartPush::each(&step, NumbersFrom::Chart, &on(BOTH), &known).len(), 1);
    }

    #[test]
    fn what_a_script_decides_is_not_known() {
        let run = "if test \"$GITHUB_REF_TYPE\" = tag; then\n  helm push a.tgz oci://a/real\nelse\n  helm push a.tgz oci://a/dev\nfi";
        let pushes = ChartPushes(vec![push(BOTH, run, NumbersFrom::Chart)]);
        assert_eq!(pushes.place_of(&["a"]), None);
        let told = pushes.tell_others(&BTreeSet::new());
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].starts_with("charts go to oci://a/real or oci://a/dev, and a script decides"),
            "{told:?}"
        );
    }
}
