//! The page on the forge: begun, filled and published once, whoever is there first; the latest by version, not by time.

use plimsoll_engine::act::verify::Outcome;
use plimsoll_engine::domain::attestation::{Posting, SignatureForm};
use plimsoll_engine::domain::claim::State;
use plimsoll_engine::domain::page::{MARKER, PagePolicy};
use plimsoll_engine::run::page::CHECKSUMS;
use plimsoll_engine::run::released::Part;
use plimsoll_engine::statement::release::DIGESTS;
use plimsoll_engine::world::Verb;
use plimsoll_engine::world::forge::PageStanding;
use plimsoll_testkit::world::{Fault, SeaPage};

use crate::acts::swaps_to;
use crate::ending::Ended;
use crate::project::{C1, R1, R2, V1};
use crate::stage::{Settings, Stage};

fn stage() -> Stage {
    Stage::new(Settings { pages: PagePolicy::Version, ..Settings::default() })
}

/// The pages of a tag that everybody sees.
fn published(stage: &Stage, tag: &str) -> Vec<SeaPage> {
    let pages = stage.sea.pages().into_iter();
    pages.filter(|page| page.tag.0 == tag && page.standing != PageStanding::Draft).collect()
}

fn names(page: &SeaPage) -> Vec<&str> {
    let mut names: Vec<&str> = page.assets.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    names
}

const FILES: [&str; 18] = [
    CHECKSUMS,
    "a-v1.0.0.intoto.jsonl",
    "a-v1.0.0.sigstore",
    "a-v1.0.0.sigstore.json",
    "app-v1.0.0.intoto.jsonl",
    "app-v1.0.0.sigstore",
    "app-v1.0.0.sigstore.json",
    "b-v1.0.0.intoto.jsonl",
    "b-v1.0.0.sigstore",
    "b-v1.0.0.sigstore.json",
    DIGESTS,
    "v1.0.0-app-compose.json",
    "v1.0.0-docker-compose.yml",
    "v1.0.0-release-info.json",
    "v1.0.0-release.intoto.json",
    "v1.0.0-release.intoto.jsonl",
    "v1.0.0-release.sigstore",
    "v1.0.0-release.sigstore.json",
];

#[test]
fn a_release_has_one_page_with_its_files_and_digests() {
    let mut stage = stage();
    assert!(stage.release_alone("A", "one", V1).is_done());
    let pages = published(&stage, V1);
    let [page] = pages.as_slice() else { panic!("{pages:?}") };
    assert_eq!(names(page), FILES);
    assert_eq!(page.title, V1);
    assert!(page.body.starts_with("What is new.\n") && page.body.ends_with(&format!("{MARKER}\n")));
    let seal = stage.claim(V1).seal.expect("it is published");
    let (_, digests) = page.assets.iter().find(|(name, _)| name == DIGESTS).expect("it is there");
    let digests = String::from_utf8(digests.to_vec()).expect("it is text");
    for digest in seal.artifacts.values() {
        assert!(page.body.contains(&digest.to_string()), "{}", page.body);
    }
    for (name, place) in [("a", R1), ("b", R2), ("app", C1)] {
        let line = format!("{}  {place}\n", seal.artifacts[&name.parse().unwrap()].hex());
        assert!(digests.contains(&line), "{line}{digests}");
    }
    assert_eq!(stage.sea.latest_page().expect("it is the only one").0, V1);
}

#[test]
fn a_page_that_a_person_published_is_completed_and_its_words_are_kept() {
    let mut stage = stage();
    stage.sea.make_page(V1, "The first", PageStanding::Published);
    assert!(stage.release_alone("A", "one", V1).is_done());
    let pages = stage.sea.pages();
    let [page] = pages.as_slice() else { panic!("{pages:?}") };
    assert_eq!((page.title.as_str(), page.body.as_str()), ("The first", "by hand"));
    assert_eq!(names(page), FILES);
}

#[test]
fn a_draft_that_a_person_began_is_filled_and_published() {
    let mut stage = stage();
    stage.sea.make_page(V1, "The first", PageStanding::Draft);
    assert!(stage.release_alone("A", "one", V1).is_done());
    let pages = published(&stage, V1);
    assert_eq!((pages.len(), pages[0].title.as_str(), stage.sea.pages().len()), (1, "The first", 1));
    assert_eq!(names(&pages[0]), FILES);
}

#[test]
fn to_an_immutable_page_nothing_is_added_and_nothing_is_left_to_do() {
    let mut stage = stage();
    stage.sea.make_page(V1, "Too early", PageStanding::Immutable);
    assert!(stage.release_alone("A", "one", V1).is_done());
    assert_eq!(names(&stage.sea.pages()[0]), Vec::<&str>::new());
    let again = stage.release_alone("B", "two", V1);
    assert!(matches!(
        again,
        crate::ending::Ended::Released(plimsoll_engine::run::released::Part::Nothing, _)
    ));
}

#[test]
fn the_latest_is_the_highest_version_whatever_order_they_come_in() {
    let mut stage = stage();
    for tag in ["v1.1.0", "v2.0.0-rc.1"] {
        stage.sea.make_git_tag(tag);
    }
    assert!(stage.release_alone("A", "one", "v1.1.0").is_done());
    assert!(stage.release_alone("B", "one", V1).is_done());
    assert_eq!(stage.sea.latest_page().expect("a page").0, "v1.1.0");
    assert!(stage.release_alone("C", "one", "v2.0.0-rc.1").is_done());
    assert_eq!(stage.sea.latest_page().expect("a page").0, "v1.1.0");
}

#[test]
fn of_two_drafts_of_ours_one_is_published_and_the_other_goes() {
    let mut stage = stage();
    // The first draft does not show for so long that the run believes that it was not made.
    let run = stage.release("A", "one", V1);
    stage.scheduler.fault(run, Fault::Slow { reads: 9 }, |effect| effect.verb == Verb::Draft);
    assert!(stage.end(run).is_done(), "{}", stage.scheduler.story());
    assert_eq!(published(&stage, V1).len(), 1);
    let again = stage.release_alone("B", "two", V1);
    assert!(again.is_done());
    assert_eq!(stage.sea.pages().len(), 1, "{:?}", stage.sea.pages());
}

#[test]
fn a_spare_draft_goes_though_the_run_that_published_the_other_was_killed_just_then() {
    for fault in [Fault::KilledBefore, Fault::Transient] {
        let mut stage = stage();
        let run = stage.release("A", "one", V1);
        stage.scheduler.fault(run, Fault::Slow { reads: 9 }, |effect| effect.verb == Verb::Draft);
        stage.scheduler.fault(run, fault, |effect| effect.verb == Verb::Discard);
        stage.scheduler.finish(run);
        assert_eq!((published(&stage, V1).len(), stage.sea.pages().len()), (1, 2), "{fault:?}");
        assert!(stage.release_alone("B", "two", V1).is_done());
        assert_eq!(stage.sea.pages().len(), 1, "{fault:?}: {:?}", stage.sea.pages());
    }
}

#[test]
fn nothing_is_drafted_for_a_version_that_is_not_published() {
    let mut stage = stage();
    let run = stage.release("A", "one", V1);
    stage.scheduler.fault(run, Fault::KilledBefore, |effect| {
        matches!(&effect.subject, plimsoll_engine::world::Subject::Claim(_, Some(state))
            if *state == plimsoll_engine::domain::claim::State::Published)
    });
    stage.scheduler.finish(run);
    assert_eq!(stage.sea.pages(), Vec::new());
}

#[test]
fn verification_and_previews_look_at_the_page() {
    let mut stage = stage();
    let before = stage.preview(V1);
    let steps = before.forecasts.iter().map(|forecast| forecast.step.id.to_string());
    let forge: Vec<String> = steps.filter(|step| step.starts_with("forge-")).collect();
    assert_eq!(forge, ["forge-release v1.0.0", "forge-latest v1.0.0"]);
    assert_eq!(
        before.forecasts.last().map(|last| last.step.id.to_string()).as_deref(),
        Some("deployment production")
    );
    assert!(stage.release_alone("A", "one", V1).is_done());
    assert!(stage.preview(V1).is_complete(), "{:?}", stage.preview(V1).forecasts);
    let checks = stage.verify(V1);
    let of_forge: Vec<_> = checks.iter().filter(|check| check.subject.starts_with("forge-")).collect();
    assert_eq!(of_forge.len(), 18, "{of_forge:?}");
    assert!(
        of_forge.iter().all(|check| check.outcome == plimsoll_engine::act::verify::Outcome::Ok),
        "{of_forge:?}"
    );
}

#[test]
fn what_is_attested_is_given_to_the_forge_once_and_after_everything_is_published() {
    let mut stage = Stage::new(Settings { posting: Posting::Posted, ..Settings::default() });
    let a = stage.release("A", "one", V1);
    stage.past(a, swaps_to(State::Published));
    assert_eq!(stage.sea.attestations().len(), 0);
    assert!(stage.end(a).is_done());
    assert_eq!(
        stage.sea.attestations().len(),
        4,
        "the statement about the release, whatever it is attached to, and provenance of two images and a chart"
    );
    let b = stage.release("B", "two", V1);
    assert!(matches!(stage.end(b), Ended::Released(Part::Nothing, _)));
    assert_eq!(stage.sea.attestations().len(), 4);
}

#[test]
fn a_forge_that_keeps_nothing_does_not_keep_a_release_from_being_done() {
    let mut stage = Stage::new(Settings { posting: Posting::Posted, ..Settings::default() });
    let a = stage.release("A", "one", V1);
    for _ in 0..4 {
        stage.scheduler.fault(a, Fault::Transient, |effect| effect.verb == Verb::Post);
    }
    assert!(!stage.end(a).is_done(), "it says that something is left");
    assert_eq!(stage.state(V1), Some(State::Published));
    assert!(stage.sea.files().contains_key("v1.0.0-release-info.json"), "the rest was done");
    assert!(stage.release_alone("B", "two", V1).is_done());
    assert_eq!(stage.sea.attestations().len(), 4);
}

#[test]
fn in_the_older_form_a_page_has_what_is_stated_and_no_bundles_of_images() {
    let settings =
        Settings { pages: PagePolicy::Version, signing: Some(SignatureForm::Legacy), ..Settings::default() };
    let mut stage = Stage::new(settings);
    assert!(stage.release_alone("A", "one", V1).is_done());
    let pages = published(&stage, V1);
    let [page] = pages.as_slice() else { panic!("{pages:?}") };
    let is_bundle = |name: &str| name.contains("-v1.0.0.sigstore");
    let wanted: Vec<&str> = FILES.into_iter().filter(|name| !is_bundle(name)).collect();
    assert_eq!(names(page), wanted);
    let (_, envelopes) = page.assets.iter().find(|(name, _)| name == "a-v1.0.0.intoto.jsonl").unwrap();
    let lines = String::from_utf8_lossy(envelopes).lines().count();
    assert_eq!(lines, 2, "the release and provenance: {envelopes:?}");
    assert!(stage.verify(V1).iter().all(|check| check.outcome == Outcome::Ok));
}
