//! A chart is content like an image, names the images of its set, and is visible after them.

use plimsoll_engine::act::verify::Outcome;
use plimsoll_engine::domain::chart::{InRegistry, ListedVersion, PackagePlace, VersionPolicy};
use plimsoll_engine::domain::claim::State;
use plimsoll_engine::domain::page::PagePolicy;
use plimsoll_engine::world::forge::PageStanding;
use plimsoll_helm::archive::read_chart;
use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};
use plimsoll_testkit::world::{Author, Change};

use crate::acts::swaps_to;
use crate::ending::{Ended, Stopped};
use crate::project::{C1, M1, R1, R2, V1, image_tag, repository};
use crate::stage::{Settings, Stage};

/// The chart's package is a file of the release page.
fn on_page() -> Settings {
    Settings { pages: PagePolicy::Version, packages: PackagePlace::Page, ..Settings::default() }
}

fn artifact(stage: &Stage, name: &str) -> Digest {
    let seal = stage.claim(V1).seal.expect("it is sealed");
    seal.artifacts[&name.parse().expect("a name")].clone()
}

fn chart_tag(stage: &Stage) -> Option<Digest> {
    stage.sea.visible_tags().get(&(repository(C1), image_tag("1.0.0"))).cloned()
}

#[test]
fn a_chart_names_the_images_of_its_set() {
    let mut stage = Stage::new(Settings::default());
    assert!(stage.release_alone("A", "one", V1).is_done());
    assert_eq!(chart_tag(&stage), Some(artifact(&stage, "app")));
    let seal = stage.claim(V1).seal.expect("it is sealed");
    let sealed = &seal.charts[&"app".parse().expect("a name")];
    assert_eq!((sealed.version.as_str(), sealed.app_version.as_str()), ("1.0.0", "v1.0.0"));
    let held = stage.sea.repository(&repository(C1));
    let package = held.blob(&sealed.package.digest).expect("the package is there").clone();
    let chart = read_chart(&package).expect("it is a chart");
    let (a, b) = (artifact(&stage, "a"), artifact(&stage, "b"));
    let values = format!("a: {{image: one.test/acme/a, digest: \"{a}\"}}\nb: \"{R2}:v1.0.0@{b}\" # pinned\n");
    assert_eq!(chart.find_text("values.yaml"), Some(values.as_str()));
}

#[test]
fn a_chart_is_visible_after_every_image() {
    let mut stage = Stage::new(Settings::default());
    assert!(stage.release_alone("A", "one", V1).is_done());
    let (version, chart) = (image_tag("v1.0.0"), image_tag("1.0.0"));
    let written = stage.sea.history().into_iter().filter_map(|deed| match deed.change {
        Change::Tag { repository, tag, to: Some(_), .. } => Some((repository, tag)),
        _ => None,
    });
    let written: Vec<(ImageRepository, ImageTag)> = written.collect();
    let at = |place: &str, tag: &ImageTag| {
        let wanted = (repository(place), tag.clone());
        written.iter().position(|found| *found == wanted).expect("it was written")
    };
    for place in [R1, R2, M1] {
        assert!(at(place, &version) < at(C1, &chart), "{place}");
    }
}

#[test]
fn a_failed_image_leaves_no_chart() {
    let mut stage = Stage::new(Settings::default());
    let run = stage.release("A", "one", V1);
    stage.past(run, swaps_to(State::Committed));
    stage.sea.push_foreign(&repository(R2), &image_tag("v1.0.0"));
    stage.scheduler.finish(run);
    assert_eq!(stage.ended(run), Some(Ended::Stopped(Stopped::Burnt)));
    assert_eq!(chart_tag(&stage), None);
}

#[test]
fn a_chart_of_somebody_else_s_burns_the_version_after_the_commit_and_refuses_it_before() {
    for committed in [false, true] {
        let mut stage = Stage::new(Settings::default());
        let run = stage.release("A", "one", V1);
        if committed {
            stage.past(run, swaps_to(State::Committed));
        }
        stage.sea.push_foreign(&repository(C1), &image_tag("1.0.0"));
        stage.scheduler.finish(run);
        let want = if committed { Stopped::Burnt } else { Stopped::Taken };
        assert_eq!(stage.ended(run), Some(Ended::Stopped(want)));
    }
}

#[test]
fn a_run_elsewhere_finishes_the_same_chart() {
    let mut stage = Stage::new(Settings::default());
    let first = stage.release("A", "one", V1);
    stage.past(first, swaps_to(State::Committed));
    stage.sink(first, "one");
    let sealed = artifact(&stage, "app");
    assert!(stage.release_alone("B", "two", V1).is_done());
    assert_eq!(stage.claim(V1).state, State::Published);
    assert_eq!(chart_tag(&stage), Some(sealed));
    let ours = |author: &Author| *author != Author::Stranger;
    let charts = stage.sea.history().into_iter().filter(|deed| {
        ours(&deed.author)
            && matches!(&deed.change, Change::Tag { repository: place, tag, .. }
                if *place == repository(C1) && *tag == image_tag("1.0.0"))
    });
    assert_eq!(charts.count(), 1);
}

#[test]
fn a_version_that_is_listed_already_is_refused_before_anything_is_made() {
    let mut stage = Stage::new(Settings::default());
    let page = ListedVersion { branch: "gh-pages".into(), chart: "app".into(), version: "1.0.0".into() };
    stage.sea.list_by_hand(&page, &Digest::of(b"theirs"));
    let ended = stage.release_alone("A", "one", V1);
    assert!(matches!(ended, Ended::Stopped(Stopped::Failed(_))), "{ended:?}");
    assert_eq!(stage.state(V1), None);
    assert!(stage.sea.visible_tags().is_empty());
}

#[test]
fn a_chart_is_listed_when_everything_that_it_stands_for_is_out() {
    let mut stage = Stage::new(Settings::default());
    assert!(stage.release_alone("A", "one", V1).is_done());
    let history = stage.sea.history();
    let listed = history.iter().position(|deed| matches!(deed.change, Change::Listed(_)));
    let published = history.iter().position(
        |deed| matches!(&deed.change, Change::Claim { to: Some(to), .. } if to.state == State::Published),
    );
    assert!(published.is_some() && published < listed, "{published:?} {listed:?}");
}

/// The chart's package is signed for Helm.
fn signed() -> Settings {
    Settings { pgp_key: Some("harbour"), ..on_page() }
}

#[test]
fn what_signs_a_package_is_sealed_with_it_and_goes_where_it_goes() {
    let mut stage = Stage::new(signed());
    let first = stage.release("A", "one", V1);
    stage.past(first, swaps_to(State::Committed));
    stage.sink(first, "one");
    // Another machine, at another time, has the same.
    assert!(stage.release_alone("B", "two", V1).is_done());
    let seal = stage.claim(V1).seal.unwrap();
    let chart = seal.charts.values().next().unwrap();
    let provenance = chart.provenance.clone().expect("it is signed");
    let held = stage.sea.repository(&repository(C1));
    let text = String::from_utf8(held.blob(&provenance.digest).expect("it is there").to_vec()).unwrap();
    let sum = format!("  app-1.0.0.tgz: {}\n\nsigned with harbour at ", chart.package.digest);
    assert!(text.contains(&sum), "{text}");
    let page = stage.sea.pages().pop().unwrap();
    let (_, bytes) = page.assets.iter().find(|(name, _)| name == "app-1.0.0.tgz.prov").unwrap();
    assert_eq!(Digest::of(bytes), provenance.digest);
    assert!(stage.preview(V1).is_complete());
    let checks = stage.verify(V1);
    let asset = checks.iter().find(|check| check.subject.ends_with("/app-1.0.0.tgz.prov"));
    assert_eq!(asset.map(|check| &check.outcome), Some(&Outcome::Ok), "{checks:?}");
}

#[test]
fn without_its_key_nothing_is_claimed() {
    // Lost, or expired when the commit was made.
    for key in ["lost", "spent"] {
        let mut stage = Stage::new(Settings { pgp_key: Some(key), ..Settings::default() });
        let ended = stage.release_alone("A", "one", V1);
        assert!(matches!(ended, Ended::Stopped(Stopped::Failed(_))), "{key}: {ended:?}");
        assert_eq!(stage.state(V1), None, "{key}");
    }
}

/// The chart is in its chart repository alone.
fn listed_alone(chart_version: VersionPolicy) -> Stage {
    Stage::new(Settings { in_registry: InRegistry::ByDigest, chart_version, ..Settings::default() })
}

#[test]
fn a_chart_for_a_chart_repository_alone_lies_beside_the_first_image_and_has_no_tag() {
    let mut stage = listed_alone(VersionPolicy::Match);
    let first = stage.release("A", "one", V1);
    stage.past(first, swaps_to(State::Committed));
    stage.sink(first, "one");
    assert!(stage.release_alone("B", "two", V1).is_done());
    let seal = stage.claim(V1).seal.unwrap();
    let chart = &seal.charts[&"app".parse().unwrap()];
    assert!(stage.sea.repository(&repository(R1)).blob(&chart.package.digest).is_some());
    let tags = stage.sea.visible_tags();
    assert!(!tags.values().any(|digest| *digest == artifact(&stage, "app")), "{tags:?}");
    assert_eq!(stage.sea.listed_charts().len(), 1);
    assert!(stage.preview(V1).is_complete());
    let checks = stage.verify(V1);
    assert!(checks.iter().all(|check| check.outcome == Outcome::Ok), "{checks:?}");
}

#[test]
fn what_is_gone_from_beside_an_index_is_missed_and_put_back() {
    let settings = Settings { pgp_key: Some("harbour"), ..Settings::default() };
    for settings in [Settings::default(), settings] {
        let mut stage = Stage::new(settings);
        assert!(stage.release_alone("A", "one", V1).is_done());
        let wrong = |stage: &mut Stage| -> Vec<String> {
            let checks = stage.verify(V1).into_iter().filter(|check| check.outcome != Outcome::Ok);
            checks.map(|check| check.subject).collect()
        };
        let (listed, _) = stage.sea.listed_charts().into_iter().next().unwrap();
        let mut want = vec![format!("chart-package {listed}")];
        want.extend(settings.pgp_key.map(|_| format!("chart-provenance {listed}")));
        let repairs: [&dyn Fn(&mut Stage); 2] =
            [&|stage| assert!(stage.release_alone("B", "two", V1).is_done()), &|stage| {
                drop(crate::repairing::mend(stage))
            }];
        for repair in repairs {
            assert_eq!(wrong(&mut stage), [""; 0]);
            assert!(stage.preview(V1).is_complete());
            stage.sea.tidy_by_hand(&listed);
            assert_eq!(wrong(&mut stage), want);
            assert!(!stage.preview(V1).is_complete());
            repair(&mut stage);
        }
        assert_eq!(wrong(&mut stage), [""; 0]);
    }
}

#[test]
fn numbers_follow_what_a_chart_repository_lists() {
    let mut stage = listed_alone(VersionPolicy::Independent);
    let theirs = ListedVersion { branch: "gh-pages".into(), chart: "app".into(), version: "0.4.2".into() };
    stage.sea.list_by_hand(&theirs, &Digest::of(b"theirs"));
    assert!(stage.release_alone("A", "one", V1).is_done());
    let seal = stage.claim(V1).seal.unwrap();
    assert_eq!(seal.charts[&"app-chart".parse().unwrap()].version, "0.4.3");
}

#[test]
fn a_chart_on_the_release_page_is_listed_once_everybody_gets_it_there() {
    let mut stage = Stage::new(on_page());
    assert!(stage.release_alone("A", "one", V1).is_done());
    let page = stage.sea.pages().pop().unwrap();
    let seal = stage.claim(V1).seal.unwrap();
    let chart = seal.charts.values().next().unwrap();
    let (_, bytes) = page.assets.iter().find(|(name, _)| *name == chart.package_name()).unwrap();
    assert_eq!(Digest::of(bytes), chart.package.digest);
    let history = stage.sea.history();
    let shown =
        history.iter().position(|deed| matches!(deed.change, Change::Page(_, PageStanding::Immutable)));
    let listed = history.iter().position(|deed| matches!(deed.change, Change::Listed(_)));
    assert!(shown.is_some() && shown < listed, "{shown:?} {listed:?}");
}

#[test]
fn a_page_without_the_package_is_never_named_by_an_index() {
    let mut stage = Stage::new(on_page());
    // Whoever published it first left nothing to be added.
    stage.sea.make_page(V1, "mine", PageStanding::Immutable);
    let ended = stage.release_alone("A", "one", V1);
    assert!(!ended.is_done(), "{ended:?}");
    assert_eq!(stage.state(V1), Some(State::Published));
    assert!(stage.sea.listed_charts().is_empty());
}
