//! Signatures: attached before anything is visible, made once, repaired without signing again, and verified.

use plimsoll_engine::act::verify::{Check, Outcome};
use plimsoll_engine::domain::attestation::SignatureForm;
use plimsoll_engine::domain::claim::State;
use plimsoll_engine::domain::stated::{ProvenanceScope, SignatureScope};
use plimsoll_engine::run::released::Part;
use plimsoll_engine::world::Verb;
use plimsoll_oci::name::Digest;
use plimsoll_testkit::world::RunId;

use crate::acts::swaps_to;
use crate::ending::{Ended, Stopped};
use crate::project::{M1, R1, R2, V1, repository};
use crate::stage::{Settings, Stage};

fn stage() -> Stage {
    Stage::new(Settings::default())
}

/// The manifests that are attached to an image.
fn attached(stage: &Stage, place: &str) -> Vec<Digest> {
    let image = stage.tag(place, V1).expect("the version tag is there");
    let held = stage.sea.repository(&repository(place));
    held.referrers(&image).map(|manifest| manifest.digest().clone()).collect()
}

fn signed_in(stage: &Stage, run: RunId) -> usize {
    stage.scheduler.effects(run).iter().filter(|effect| effect.verb == Verb::Sign).count()
}

#[test]
fn every_image_is_signed_wherever_it_gets_a_tag() {
    let mut stage = stage();
    let a = stage.release("A", "one", V1);
    stage.past(a, swaps_to(State::Committed));
    for place in [R1, R2, M1] {
        assert_eq!(stage.tag(place, V1), None, "nothing is visible yet");
    }
    assert!(stage.end(a).is_done());
    for place in [R1, R2, M1] {
        assert_eq!(
            attached(&stage, place).len(),
            3,
            "{place}: a signature, the statement about the release, provenance"
        );
    }
    let files = stage.sea.files();
    for ending in [".sigstore.json", ".sigstore", ".intoto.jsonl"] {
        assert!(files.contains_key(&format!("{V1}-release{ending}")), "{ending}: {:?}", files.keys());
    }
    assert!(stage.verify(V1).iter().all(|check| check.outcome == Outcome::Ok));
}

#[test]
fn what_is_signed_is_not_signed_again() {
    let mut stage = stage();
    assert!(stage.release_alone("A", "one", V1).is_done());
    let before = attached(&stage, R1);
    let b = stage.release("B", "two", V1);
    assert!(matches!(stage.end(b), Ended::Released(Part::Nothing, _)));
    assert_eq!((signed_in(&stage, b), attached(&stage, R1)), (0, before));
}

#[test]
fn a_signature_that_was_lost_is_found_missing_and_taken_from_another_repository() {
    let mut stage = stage();
    assert!(stage.release_alone("A", "one", V1).is_done());
    for lost in attached(&stage, M1) {
        stage.sea.delete_content(&repository(M1), &lost);
    }
    let unvouched = |check: &&Check| matches!(check.outcome, Outcome::Unvouched(_));
    assert_eq!(stage.verify(V1).iter().filter(unvouched).count(), 3);
    // Nobody can sign now, and nobody has to.
    stage.sea.set_signing_down(true);
    let b = stage.release("B", "two", V1);
    assert!(stage.end(b).is_done());
    assert_eq!((signed_in(&stage, b), attached(&stage, M1)), (0, attached(&stage, R1)));
    assert!(stage.verify(V1).iter().all(|check| check.outcome == Outcome::Ok));
}

#[test]
fn nothing_is_tagged_while_nobody_signs() {
    let mut stage = stage();
    stage.sea.set_signing_down(true);
    for (run, machine) in [("A", "one"), ("B", "two")] {
        let ended = stage.release_alone(run, machine, V1);
        assert!(matches!(ended, Ended::Stopped(Stopped::Failed(_))), "{ended:?}");
        assert!(stage.sea.visible_tags().keys().all(|(place, _)| place.to_string().starts_with("three")));
        assert_eq!(stage.state(V1), Some(State::Sealed));
    }
    stage.sea.set_signing_down(false);
    assert!(stage.release_alone("C", "two", V1).is_done());
    assert_eq!(stage.state(V1), Some(State::Published));
}

#[test]
fn a_release_without_signatures_says_so() {
    let mut stage = Stage::new(Settings { signing: None, ..Settings::default() });
    assert!(stage.release_alone("A", "one", V1).is_done());
    assert_eq!(attached(&stage, R1), []);
    let checks = stage.verify(V1);
    assert!(!checks.iter().any(|check| check.subject.starts_with("signature")), "{checks:?}");
}

#[test]
fn each_form_that_is_asked_for_is_attached_once() {
    // The statement about the release is a bundle in every form.
    for (form, bundles, layers) in [(SignatureForm::Legacy, 1, [1, 2]), (SignatureForm::Both, 3, [1, 2])] {
        let mut stage = Stage::new(Settings { signing: Some(form), ..Settings::default() });
        let a = stage.release("A", "one", V1);
        stage.past(a, swaps_to(State::Committed));
        for place in [R1, R2, M1] {
            assert_eq!(stage.tag(place, V1), None, "nothing is visible yet");
        }
        assert!(stage.end(a).is_done());
        let legacy = |stage: &Stage, place: &str| {
            let image = stage.tag(place, V1).expect("the version tag is there");
            let held = stage.sea.repository(&repository(place));
            ["sig", "att"].map(|ending| {
                let tag = format!("sha256-{}.{ending}", image.hex());
                let under = stage.tag(place, &tag).map(|digest| held.manifest(&digest).expect("it is there"));
                under.map(|manifest| manifest.blobs().skip(1).count()).unwrap_or_default()
            })
        };
        for place in [R1, R2, M1] {
            assert_eq!(
                (attached(&stage, place).len(), legacy(&stage, place)),
                (bundles, layers),
                "{form} {place}"
            );
        }
        assert!(stage.verify(V1).iter().all(|check| check.outcome == Outcome::Ok), "{form}");
        let b = stage.release("B", "two", V1);
        assert!(matches!(stage.end(b), Ended::Released(Part::Nothing, _)));
        assert_eq!(signed_in(&stage, b), 0);
        assert_eq!(legacy(&stage, R1), layers);
    }
}

#[test]
fn the_images_for_platforms_are_signed_where_that_is_asked() {
    for (form, bundles, layers) in
        [(SignatureForm::Bundle, 1, 0), (SignatureForm::Legacy, 0, 1), (SignatureForm::Both, 1, 1)]
    {
        let settings = Settings {
            signing: Some(form),
            signatures: SignatureScope::Platforms,
            provenance: ProvenanceScope::Nothing,
            platforms: (&["amd64", "arm64"], &["amd64"]),
            ..Settings::default()
        };
        let mut stage = Stage::new(settings);
        assert!(stage.release_alone("A", "one", V1).is_done());
        let seal = stage.claim(V1).seal.expect("it is sealed");
        for (name, places) in [("a", [R1, M1]), ("b", [R2, R2])] {
            for (platform, digest) in &seal.images[&name.parse().unwrap()].platforms {
                for place in places {
                    let held = stage.sea.repository(&repository(place));
                    let tag = format!("sha256-{}.sig", digest.hex());
                    let under = stage.tag(place, &tag).and_then(|digest| held.manifest(&digest));
                    let signed = under.map(|manifest| manifest.blobs().skip(1).count()).unwrap_or_default();
                    let found = (held.referrers(digest).count(), signed);
                    assert_eq!(found, (bundles, layers), "{form} {platform} in {place}");
                }
            }
        }
        // Each of them is looked at: of the first image in both repositories, and of the second.
        let checks = stage.verify(V1);
        let of_platforms = |check: &&Check| {
            let digests = seal.images.values().flat_map(|image| image.platforms.values());
            check.subject.starts_with("signature")
                && digests.clone().any(|one| check.subject.contains(one.hex()))
        };
        assert_eq!(checks.iter().filter(of_platforms).count(), 5 * (bundles + layers), "{checks:#?}");
        assert!(checks.iter().all(|check| check.outcome == Outcome::Ok), "{checks:#?}");
        let b = stage.release("B", "two", V1);
        assert!(matches!(stage.end(b), Ended::Released(Part::Nothing, _)));
        assert_eq!(signed_in(&stage, b), 0);
    }
}
