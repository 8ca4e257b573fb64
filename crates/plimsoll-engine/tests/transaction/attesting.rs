//! What is stated of a release: made before the seal, signed and attached before anything is visible, the same whoever finishes.

use plimsoll_engine::act::preview::Verdict;
use plimsoll_engine::act::verify::Outcome;
use plimsoll_engine::domain::claim::{Seal, State};
use plimsoll_engine::domain::predicate::{CYCLONE_DX, SLSA_PROVENANCE, SPDX};
use plimsoll_engine::domain::stated::ProvenanceScope;
use plimsoll_engine::plan::steps::About;
use plimsoll_engine::statement::attestation::find_predicate_type;
use plimsoll_oci::name::Digest;
use plimsoll_testkit::world::Builds;
use serde_json::Value;

use crate::acts::swaps_to;
use crate::ending::{Ended, Stopped};
use crate::project::{C1, M1, R1, R2, V1, repository};
use crate::stage::{Settings, Stage};

/// A CycloneDX document, spelled as no program of ours would.
const SBOM: &str = "{ \"bomFormat\":\"CycloneDX\",\n\"specVersion\": \"1.6\", \"version\": 1.0 }\n";

fn stage(settings: Settings) -> Stage {
    let stage = Stage::new(settings);
    for arch in ["amd64", "arm64"] {
        stage.sea.commit_file(&format!("sbom/a-{arch}.json"), SBOM);
    }
    stage
}

fn seal(stage: &Stage) -> Seal {
    stage.claim(V1).seal.expect("it is sealed")
}

/// What is attached to a manifest, by the type that it says.
fn attached(stage: &Stage, place: &str, subject: &Digest, kind: &str) -> Vec<Digest> {
    let held = stage.sea.repository(&repository(place));
    let of_kind = held.referrers(subject).filter(|one| find_predicate_type(one.annotations()) == Some(kind));
    of_kind.map(|manifest| manifest.digest().clone()).collect()
}

/// A statement of a release, which lies beside its record.
fn statement(stage: &Stage, place: &str, digest: &Digest) -> (String, Value) {
    let held = stage.sea.repository(&repository(place));
    let bytes = held.blob(digest).expect("it lies beside the record");
    let text = String::from_utf8(bytes.to_vec()).expect("a statement is text");
    let value = serde_json::from_str(&text).expect("a statement is JSON");
    (text, value)
}

#[test]
fn everything_has_provenance_before_anything_is_visible() {
    let mut stage = stage(Settings::default());
    let a = stage.release("A", "one", V1);
    stage.past(a, swaps_to(State::Committed));
    let seal = seal(&stage);
    let commit = stage.claim(V1).tag.commit;
    assert_eq!(seal.statements.len(), 3, "two images and a chart: {:?}", seal.statements);
    for (name, places) in [("a", [R1, M1]), ("b", [R2, R2]), ("app", [C1, C1])] {
        let subject = &seal.artifacts[&name.parse().unwrap()];
        let sealed = seal.statements.iter().find(|one| one.subject.digest == *subject).unwrap();
        for place in places {
            assert_eq!(attached(&stage, place, subject, SLSA_PROVENANCE).len(), 1, "{place}");
            let (_, told) = statement(&stage, place, &sealed.digest);
            assert_eq!(told["subject"][0]["digest"]["sha256"], subject.hex());
            let resolved = &told["predicate"]["buildDefinition"]["resolvedDependencies"];
            assert_eq!(resolved[0]["digest"]["gitCommit"], commit.as_str());
            assert_eq!(stage.tag(place, V1), None, "nothing is visible yet");
        }
    }
    let chart =
        seal.statements.iter().find(|one| one.subject.digest == seal.artifacts[&"app".parse().unwrap()]);
    let (_, told) = statement(&stage, C1, &chart.unwrap().digest);
    let resolved = told["predicate"]["buildDefinition"]["resolvedDependencies"].as_array().unwrap();
    assert_eq!(resolved.len(), 3, "the commit and both images: {resolved:?}");
    assert!(stage.end(a).is_done());
    assert!(stage.verify(V1).iter().all(|check| check.outcome == Outcome::Ok));
    let provenance = |checks: usize| checks == 4;
    let told = stage.verify(V1).iter().filter(|check| check.subject.starts_with("provenance ")).count();
    assert!(provenance(told), "each in each repository: {told}");
}

#[test]
fn files_are_attested_as_they_are_written_of_each_platform() {
    let settings = Settings {
        provenance: ProvenanceScope::Nothing,
        attests: Some("sbom/{name}-{arch}.json"),
        platforms: (&["amd64", "arm64"], &["amd64"]),
        ..Settings::default()
    };
    let mut stage = stage(settings);
    assert!(stage.release_alone("A", "one", V1).is_done());
    let seal = seal(&stage);
    let image = &seal.images[&"a".parse().unwrap()];
    assert_eq!(seal.statements.len(), 2);
    for (platform, subject) in &image.platforms {
        assert_eq!(attached(&stage, R1, subject, CYCLONE_DX).len(), 1, "{platform}");
        let sealed = seal.statements.iter().find(|one| one.subject.digest == *subject).unwrap();
        let (text, _) = statement(&stage, M1, &sealed.digest);
        assert!(text.contains(SBOM.trim()), "{text}");
    }
    assert!(stage.verify(V1).iter().all(|check| check.outcome == Outcome::Ok));
}

#[test]
fn provenance_is_of_platforms_where_that_is_asked() {
    let settings = Settings {
        provenance: ProvenanceScope::Platforms,
        platforms: (&["amd64", "arm64"], &["amd64"]),
        ..Settings::default()
    };
    let mut stage = stage(settings);
    assert!(stage.release_alone("A", "one", V1).is_done());
    // Three manifests for platforms, two indexes, a chart.
    assert_eq!(seal(&stage).statements.len(), 6);
    assert!(stage.verify(V1).iter().all(|check| check.outcome == Outcome::Ok));
}

#[test]
fn what_can_not_be_stated_is_said_before_anything_leaves() {
    for wrong in ["sbom/none.json", "docker-compose.yml"] {
        let mut stage = stage(Settings { attests: Some(wrong), ..Settings::default() });
        let ended = stage.release_alone("A", "one", V1);
        assert!(matches!(ended, Ended::Stopped(Stopped::Failed(_))), "{wrong}: {ended:?}");
        assert_eq!(stage.state(V1), Some(State::Reserved));
        assert!(stage.sea.repository(&repository(R1)).tags().is_empty());
    }
}

#[test]
fn what_is_in_an_image_is_listed_for_each_platform() {
    for (kind, uri) in [("spdx", SPDX), ("cyclonedx", CYCLONE_DX)] {
        let settings = Settings {
            provenance: ProvenanceScope::Nothing,
            lists: Some(kind),
            platforms: (&["amd64", "arm64"], &["amd64"]),
            ..Settings::default()
        };
        let mut stage = stage(settings);
        assert!(stage.release_alone("A", "one", V1).is_done());
        let seal = seal(&stage);
        let image = &seal.images[&"a".parse().unwrap()];
        assert_eq!((seal.statements.len(), image.platforms.len()), (2, 2));
        for (platform, subject) in &image.platforms {
            assert_eq!(attached(&stage, R1, subject, uri).len(), 1, "{platform}");
            let sealed = seal.statements.iter().find(|one| one.subject.digest == *subject).unwrap();
            let (text, told) = statement(&stage, M1, &sealed.digest);
            assert_eq!(told["subject"][0]["digest"]["sha256"], subject.hex());
            let named = format!(r#"{{"digest":"{subject}","name":"{R1}","version":"1.0.0"}}"#);
            assert!(text.contains(&named), "{text}");
        }
        assert!(stage.verify(V1).iter().all(|check| check.outcome == Outcome::Ok));
    }
}

#[test]
fn a_list_of_the_same_image_is_the_same_whoever_makes_it() {
    for kind in ["spdx", "cyclonedx"] {
        let settings = Settings { lists: Some(kind), builds: Builds::Same, ..Settings::default() };
        let mut stage = stage(settings);
        let a = stage.release("A", "one", V1);
        stage.until(a, swaps_to(State::Committed));
        let first = seal(&stage);
        let subject = first.images[&"a".parse().unwrap()].platforms["linux/amd64"].clone();
        let sboms =
            |stage: &Stage| [SPDX, CYCLONE_DX].map(|uri| attached(stage, R1, &subject, uri)).concat().len();
        assert_eq!(sboms(&stage), 1, "it is signed before it is committed");
        // It was never committed, and the next one has nothing of it.
        stage.sink(a, "one");
        let b = stage.release("B", "two", V1);
        assert!(stage.end(b).is_done());
        assert_eq!(seal(&stage).images, first.images);
        assert_eq!(sboms(&stage), 1, "{kind}: what was attached is recognised");
        assert!(stage.verify(V1).iter().all(|check| check.outcome == Outcome::Ok));
    }
}

#[test]
fn a_plan_says_what_is_listed() {
    let settings = Settings { lists: Some("spdx"), ..Settings::default() };
    let mut stage = stage(settings);
    let verdict = |stage: &mut Stage| {
        let forecasts = stage.preview(V1).forecasts;
        let mut lists = forecasts.into_iter().filter(|one| matches!(one.step.about, About::Sbom { .. }));
        let list = lists.next().expect("it is planned");
        assert_eq!(list.step.id.as_str(), format!("sbom a for linux/amd64, by syft: {SPDX}"));
        assert!(lists.next().is_none());
        list.verdict
    };
    assert_eq!(verdict(&mut stage), Verdict::Create(None));
    assert!(stage.release_alone("A", "one", V1).is_done());
    let digest = seal(&stage).images[&"a".parse().unwrap()].platforms["linux/amd64"].clone();
    assert_eq!(verdict(&mut stage), Verdict::AlreadyThere(Some(digest)));
}

#[test]
fn who_finishes_without_the_layout_signs_what_was_sealed() {
    let mut stage = stage(Settings { attests: Some("sbom/a-amd64.json"), ..Settings::default() });
    let a = stage.release("A", "one", V1);
    stage.past(a, swaps_to(State::Committed));
    stage.sink(a, "one");
    let seal = seal(&stage);
    let image = seal.artifacts[&"a".parse().unwrap()].clone();
    for kind in [SLSA_PROVENANCE, CYCLONE_DX] {
        for place in [R1, M1] {
            for lost in attached(&stage, place, &image, kind) {
                stage.sea.delete_content(&repository(place), &lost);
            }
        }
    }
    let b = stage.release("B", "two", V1);
    assert!(stage.end(b).is_done());
    for kind in [SLSA_PROVENANCE, CYCLONE_DX] {
        assert_eq!(attached(&stage, R1, &image, kind).len(), 1, "{kind}");
        assert_eq!(attached(&stage, M1, &image, kind).len(), 1, "{kind}");
    }
    assert!(stage.verify(V1).iter().all(|check| check.outcome == Outcome::Ok));
}
