//! Tags that are written once: what would have to write one again is refused before anything is signed for it.

use plimsoll_testkit::fault_registry::{Again, FaultRegistry, Habits, Immutable, Tags, Vendor};
use plimsoll_testkit::signing_log::{Reply, SigningLog};

use crate::keyed::{LOCAL, json, run, scene};
use crate::scene::{CONFIG, Scene};

/// A registry that lists no referrers by itself and lets no tag be written twice; `again` is what it does where that would change
/// nothing.
fn written_once(again: Again) -> FaultRegistry {
    let Tags::Immutable(immutable) = Vendor::Ecr.habits().tags else { panic!("it keeps its tags") };
    FaultRegistry::start(Habits {
        tags: Tags::Immutable(Immutable { again, ..immutable }),
        ..Habits::default()
    })
}

/// What adds a signature, or a statement, by a key that is logged.
fn lines(image: &str, key: &str, form: &str) -> [String; 2] {
    let with = format!("--key {key}.key --signing-config services.json --format {form}");
    [
        format!("sign image {image} {with}"),
        format!("attest image {image} --type spdx --predicate sbom.json {with}"),
    ]
}

/// An image in a registry, and a log.
fn stand(registry: &FaultRegistry) -> (Scene, SigningLog, String) {
    let (scene, log) = (scene(), SigningLog::start());
    scene.repo.write("services.json", log.config(1));
    scene.repo.write("sbom.json", r#"{"spdxVersion":"SPDX-2.3","name":"app","packages":[]}"#);
    let image = format!("{}/acme/app:1.0.0", registry.address());
    run(&scene, &format!("copy {LOCAL} {image}")).expect_success();
    (scene, log, image)
}

#[test]
fn nothing_is_signed_that_can_not_be_attached() {
    let registry = written_once(Again::Refused);
    let (scene, log, image) = stand(&registry);
    for line in lines(&image, "one", "legacy") {
        run(&scene, &line).expect_success();
    }
    let [sign, _] = lines(&image, "one", "both");
    let (code, answer) = json(&scene, &sign);
    assert_eq!((code, &answer["outcome"]), (0, &"signed".into()), "the bundle is the first: {answer:#}");
    let logged = log.posted().len();
    assert_eq!(logged, 3);
    for form in ["bundle", "legacy", "both"] {
        for line in lines(&image, "two", form) {
            for _ in 0..2 {
                let output = run(&scene, &line).expect_code(5);
                assert!(output.stderr().starts_with("error[tag-immutable]"), "{}", output.stderr());
                assert!(output.stderr().contains("begin with `sha256-`"), "{}", output.stderr());
            }
        }
    }
    assert_eq!(log.posted().len(), logged, "nothing was signed in vain");
    // What is there already is recognised, whether or not more could be added.
    let (code, answer) = json(&scene, &sign);
    assert_eq!((code, &answer["outcome"]), (0, &"already-signed".into()), "{answer:#}");
    run(&scene, &format!("verify image {image} --key one.pub")).expect_success();
}

#[test]
fn a_registry_that_takes_the_same_again_is_known_by_the_configuration() {
    let registry = written_once(Again::Allowed);
    let (scene, log, image) = stand(&registry);
    let [sign, attest] = lines(&image, "one", "bundle");
    run(&scene, &sign).expect_success();
    // It shows only with the write itself that it refuses another one.
    run(&scene, &attest).expect_code(5);
    let logged = log.posted().len();
    assert_eq!(logged, 2, "one in vain");
    let table = format!("\n[registries.\"{}\"]\nimmutable-tags = true\n", registry.address());
    scene.repo.write("plimsoll.toml", format!("{CONFIG}{table}"));
    let before = registry.count("PUT", "");
    let output = run(&scene, &attest).expect_code(5);
    assert!(output.stderr().starts_with("error[tag-immutable]"), "{}", output.stderr());
    assert_eq!((log.posted().len(), registry.count("PUT", "") - before), (logged, 0), "nothing was tried");
}

#[test]
fn to_ask_whether_a_list_may_be_written_again_changes_nothing() {
    let registry = FaultRegistry::start(Habits::default());
    let (scene, log, image) = stand(&registry);
    let [sign, attest] = lines(&image, "one", "both");
    run(&scene, &sign).expect_success();
    log.reply([Reply::Down; 30]);
    let digest = json(&scene, &format!("verify image {image} --key one.pub")).1["digest"]
        .as_str()
        .unwrap()
        .replace(':', "-");
    let list = || registry.manifest("acme/app", &digest).expect("the list is there");
    let before = list();
    run(&scene, &attest).expect_code(8);
    assert_eq!(list(), before, "nothing was added, and nothing was lost");
    log.reply([]);
    run(&scene, &attest).expect_success();
    assert_ne!(list(), before);
    run(&scene, &format!("verify image {image} --key one.pub")).expect_success();
    run(&scene, &format!("verify image {image} --key one.pub --type spdx")).expect_success();
}

#[test]
fn the_form_that_is_attached_is_told_when_the_other_one_fails() {
    for what in [0, 1] {
        let registry = FaultRegistry::start(Habits::default());
        let (scene, log, image) = stand(&registry);
        let line = lines(&image, "one", "both")[what].clone();
        log.reply([Reply::Entry].into_iter().chain([Reply::Down; 30]));
        let output = run(&scene, &line).expect_code(9);
        assert!(output.stdout().contains("\nsigned by"), "{}", output.stdout());
        assert!(output.stdout().contains("NOT signed in all that was asked for"), "{}", output.stdout());
        assert!(output.stdout().contains("running the same command again is safe"), "{}", output.stdout());
        log.reply([Reply::Down; 30]);
        let (code, answer) = json(&scene, &line);
        let unsigned = &answer["unsigned"][0];
        assert_eq!((code, &unsigned["signatures"][0]["form"]), (8, &"bundle".into()), "{answer:#}");
        assert_eq!(unsigned["problems"][0]["code"], "signing-service", "{answer:#}");
        log.reply([]);
        let (code, answer) = json(&scene, &line);
        let outcomes =
            answer["signatures"].as_array().unwrap().iter().map(|one| one["outcome"].as_str().unwrap());
        assert_eq!((code, outcomes.collect::<Vec<_>>()), (0, vec!["already-signed", "signed"]), "{answer:#}");
    }
}
