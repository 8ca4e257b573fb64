//! Charts that have a git tag and a page of their own: made once, after everything, and never the latest.

use std::panic::{AssertUnwindSafe, catch_unwind};

use plimsoll_engine::act::verify::Outcome;
use plimsoll_engine::domain::chart::{PackagePlace, VersionPolicy};
use plimsoll_engine::domain::claim::State;
use plimsoll_engine::domain::git::GitTag;
use plimsoll_engine::domain::page::PagePolicy;
use plimsoll_engine::run::page::CHECKSUMS;
use plimsoll_engine::run::stop::Stop;
use plimsoll_engine::world::forge::PageStanding;
use plimsoll_engine::world::{Effect, Subject};
use plimsoll_helm::archive::read_chart;
use plimsoll_testkit::world::{Change, Fault, SeaPage};

use crate::acts::swaps_to;
use crate::ending::{Ended, Stopped};
use crate::project::V1;
use crate::stage::{Settings, Stage};

/// The chart's own tag.
const OWN: &str = "app-0.0.1";

fn stage() -> Stage {
    let chart_version = VersionPolicy::Independent;
    Stage::new(Settings { pages: PagePolicy::Version, chart_version, ..Settings::default() })
}

/// The pages of a tag that everybody sees.
fn published(stage: &Stage, tag: &str) -> Vec<SeaPage> {
    let pages = stage.sea.pages().into_iter();
    pages.filter(|page| page.tag.0 == tag && page.standing != PageStanding::Draft).collect()
}

fn check_own(stage: &Stage) {
    let (own, release) = (stage.sea.git_tag(OWN), stage.sea.git_tag(V1));
    let commit = release.expect("it is tagged").commit;
    assert_eq!(own.expect("it is tagged").commit, commit, "{}", stage.scheduler.story());
    let pages = published(stage, OWN);
    let [page] = pages.as_slice() else { panic!("{pages:?}\n{}", stage.scheduler.story()) };
    let mut names: Vec<&str> = page.assets.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    let signed = ["v1.0.0-release.intoto.jsonl", "v1.0.0-release.sigstore", "v1.0.0-release.sigstore.json"];
    assert_eq!(names, [&[CHECKSUMS, "app-0.0.1.tgz"][..], &signed].concat());
    assert_eq!(stage.sea.latest_page(), Some(GitTag(V1.to_owned())));
}

#[test]
fn a_chart_has_a_tag_and_a_page_of_its_own() {
    let mut stage = stage();
    assert!(stage.release_alone("A", "one", V1).is_done());
    check_own(&stage);
    let pages = published(&stage, OWN);
    let page = &pages[0];
    assert_eq!(page.title, "app 0.0.1");
    let seal = stage.claim(V1).seal.expect("it is published");
    let digest = &seal.artifacts[&"app-chart".parse().expect("a name")];
    assert!(page.body.contains(&format!("`charts.test/acme/app@{digest}`")), "{}", page.body);
    let (_, package) =
        page.assets.iter().find(|(name, _)| name == "app-0.0.1.tgz").expect("the package is there");
    let chart = read_chart(package).expect("it is a chart");
    assert_eq!((chart.metadata.version.as_str(), chart.metadata.app_version.as_str()), ("0.0.1", "v1.0.0"));
}

#[test]
fn a_number_whose_git_tag_is_there_is_spent() {
    let mut stage = stage();
    stage.sea.make_git_tag(OWN);
    assert!(stage.release_alone("A", "one", V1).is_done());
    let seal = stage.claim(V1).seal.expect("it is sealed");
    assert_eq!(seal.charts[&"app-chart".parse().expect("a name")].version, "0.0.2");
}

#[test]
fn a_tag_of_somebody_else_s_is_told_and_stays() {
    let mut stage = stage();
    let run = stage.release("A", "one", V1);
    stage.past(run, swaps_to(State::Committed));
    let there = stage.sea.make_git_tag(OWN);
    stage.scheduler.finish(run);
    assert_eq!(stage.ended(run), Some(Ended::Stopped(Stopped::GitTagDrift)));
    assert_eq!(stage.state(V1), Some(State::Published));
    assert_eq!(stage.sea.git_tag(OWN), Some(there));
    assert_eq!(published(&stage, OWN), []);
    // It keeps nothing else from being done.
    assert!(stage.tag(crate::project::R1, "latest").is_some());
}

#[test]
fn status_and_verify_look_at_them() {
    let mut stage = stage();
    assert!(stage.release_alone("A", "one", V1).is_done());
    let preview = stage.preview(V1);
    let own = |id: &str| id.ends_with(OWN);
    let steps = preview.forecasts.iter().map(|forecast| forecast.step.id.to_string()).filter(|id| own(id));
    assert_eq!(steps.collect::<Vec<_>>(), [format!("git-tag {OWN}"), format!("forge-release {OWN}")]);
    assert!(preview.is_complete(), "{:?}", preview.forecasts);
    let checked = |stage: &mut Stage| {
        let is_own = |subject: &str| subject.contains(OWN) && !subject.starts_with("chart-");
        let checks = stage.verify(V1).into_iter().filter(|check| is_own(&check.subject));
        checks.map(|check| (check.subject, check.outcome)).collect::<Vec<_>>()
    };
    let asset = format!("forge-asset {OWN}/app-0.0.1.tgz");
    let subjects = [format!("git-tag {OWN}"), format!("forge-release {OWN}"), asset];
    assert_eq!(checked(&mut stage), subjects.map(|subject| (subject, Outcome::Ok)));
    stage.sea.delete_git_tag(OWN);
    assert!(matches!(checked(&mut stage)[0].1, Outcome::Drift { found: None, .. }));
    assert_eq!(stage.preview(V1).changes(), Some(true));
    assert!(stage.release_alone("B", "two", V1).is_done());
    check_own(&stage);
    stage.sea.delete_git_tag(OWN);
    stage.sea.make_git_tag(OWN);
    assert!(matches!(checked(&mut stage)[0].1, Outcome::Drift { found: Some(_), .. }));
    assert!(matches!(stage.preview(V1).stop, Some(Stop::OwnTagDrift { .. })));
}

#[test]
fn a_chart_repository_names_the_package_on_the_chart_s_own_page() {
    let mut stage = Stage::new(Settings {
        pages: PagePolicy::Never,
        packages: PackagePlace::Page,
        chart_version: VersionPolicy::Independent,
        ..Settings::default()
    });
    assert!(stage.release_alone("A", "one", V1).is_done());
    assert_eq!(stage.sea.pages().len(), 1, "{:?}", stage.sea.pages());
    let history = stage.sea.history();
    let at = |wanted: &dyn Fn(&Change) -> bool| history.iter().position(|deed| wanted(&deed.change));
    let shown = at(&|change| matches!(change, Change::Page(tag, PageStanding::Immutable) if tag.0 == OWN));
    let listed = at(&|change| matches!(change, Change::Listed(_)));
    assert!(shown.is_some() && shown < listed, "{shown:?} {listed:?}");
}

#[test]
fn whatever_happens_to_them_they_are_made_once() {
    let mut undisturbed = stage();
    let run = undisturbed.release("A", "one", V1);
    undisturbed.end(run);
    let own = |effect: &Effect| match &effect.subject {
        Subject::GitTag(tag) | Subject::Page(tag) | Subject::Asset(tag, _) => tag.0 == OWN,
        _ => false,
    };
    let effects: Vec<Effect> = undisturbed.scheduler.effects(run).into_iter().filter(own).collect();
    assert!(effects.len() >= 7, "a tag, a draft, five files, published: {effects:?}");
    let faults =
        [Fault::KilledBefore, Fault::KilledAfter, Fault::ReplyLost, Fault::Transient, Fault::Stopped];
    for effect in &effects {
        for fault in faults {
            let cell = || {
                let mut stage = stage();
                let first = stage.release("A", "one", V1);
                let same = effect.clone();
                stage.scheduler.fault(first, fault, move |other| *other == same);
                stage.scheduler.finish(first);
                assert!(stage.release_alone("B", "two", V1).is_done());
                check_own(&stage);
            };
            assert!(catch_unwind(AssertUnwindSafe(cell)).is_ok(), "{fault:?} at `{effect}`");
        }
    }
}
