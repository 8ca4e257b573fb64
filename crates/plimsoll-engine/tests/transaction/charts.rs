//! A chart is content like an image, names the images of its set, and is visible after them.

use plimsoll_engine::domain::claim::State;
use plimsoll_helm::archive::read_chart;
use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};
use plimsoll_testkit::world::{Author, Change};

use crate::acts::swaps_to;
use crate::ending::{Ended, Stopped};
use crate::project::{C1, M1, R1, R2, V1, image_tag, repository};
use crate::stage::{Settings, Stage};

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
