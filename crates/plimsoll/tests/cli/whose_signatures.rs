//! Whose signatures count, for whom, and until when: what the working directory says, whatever is verified.

use std::thread::sleep;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use insta::assert_snapshot;
use plimsoll_engine::domain::time::Moment;
use plimsoll_testkit::sigstore::Sigstore;
use serde_json::{Value, json};

use crate::keyed;
use crate::scene::{CONFIG, Scene};
use crate::signing::{SIGNING, run, tagged, verify};

const PROMOTES: &str = "\n[image.tags]\nrelease = [\"v{version}\"]\npromotion = [\"stable\"]\n\
                        [tags]\nstable = \"v{version}-stable\"\n";

fn trusting(key: &str) -> String {
    format!("[[trust]]\nkey = \"{key}\"\n")
}

/// A project that promotes; v1.0.0 is released, by whom the tables say, and has its promotion tag.
fn promotable(tables: &str) -> Scene {
    let scene = tagged(&format!("{PROMOTES}{tables}"));
    run(&scene, "release v1.0.0 --local").expect_success();
    scene.repo.git(["tag", "-a", "-m", "stable", "v1.0.0-stable", "v1.0.0^{}"]);
    scene
}

/// What the working directory says from now on.
fn say(scene: &Scene, tables: &str) {
    scene.repo.write("plimsoll.toml", format!("{CONFIG}{PROMOTES}{tables}"));
}

fn code(scene: &Scene, line: &str) -> Option<i32> {
    scene.run(line).code()
}

/// Whoever may write claims and push images chooses whether a record is signed: it is for the project to say, not for the record.
#[test]
fn where_releases_are_signed_no_record_is_believed_that_is_not() {
    let scene = promotable("");
    let all = [
        "verify v1.0.0 --local",
        "audit --local",
        "promote v1.0.0 --local --dry-run",
        "release v1.0.0-stable --local",
    ];
    let signing = format!("{SIGNING}{}", trusting("release.pub"));
    say(&scene, &signing);
    for line in all {
        let refused = scene.run(line).expect_code(6);
        assert!(
            refused.stderr().contains("the record of v1.0.0 is not signed"),
            "{line}: {}",
            refused.stderr()
        );
    }
    assert_snapshot!(scene.show("verify v1.0.0 --local"), @r#"
    exit 6
    --- stdout
    ok           claim app/1.0.0
    ok           git-tag v1.0.0
    ok           content registry.example/app@sha256:[hex]
    ok           record-artifact registry.example/app@sha256:[hex]
    ok           version-tag registry.example/app:v1.0.0
    UNVOUCHED    record-signature app/1.0.0
        the record itself is not signed
    ok           file v1.0.0-release-info.json
    ok           file v1.0.0-release.intoto.json

    app v1.0.0 is not vouched for (8 checks)
    --- stderr
    error[signature-refused]: the record of v1.0.0 is not signed, so nobody vouches for what it names
     |
     = not signed: v1.0.0
     = help: this project signs its releases: if older ones were not signed yet, write the git tag of the first that was into [signing] of plimsoll.toml, `since = "TAG"`
     = help: without a signature it may be anybody's who can write claims and push images: do not rely on it
     = help: to verify an image by itself: `plimsoll verify image IMAGE --key FILE`; that says nothing of a version
     = help: `--integrity-only` looks only whether it is what was recorded
    "#);
    assert_snapshot!(scene.show("audit --local"), @r#"
    exit 6
    --- stdout
    VERSION  STATE      STANDING  VERDICT    CHECKS
    1.0.0    published  latest    unvouched  8

    UNVOUCHED    record-signature app/1.0.0
        the record itself is not signed
    --- stderr
    error[signature-refused]: the record of v1.0.0 is not signed, so nobody vouches for what it names
     |
     = not signed: v1.0.0
     = help: this project signs its releases: if older ones were not signed yet, write the git tag of the first that was into [signing] of plimsoll.toml, `since = "TAG"`
     = help: without a signature it may be anybody's who can write claims and push images: do not rely on it
     = help: to verify an image by itself: `plimsoll verify image IMAGE --key FILE`; that says nothing of a version
    app: of 1 release and 0 moving tags not all are as they should be (unvouched)
    "#);
    let (code, found) = verify(&scene, "--integrity-only");
    assert_eq!((code, &found["authorship"]), (0, &"not-vouched-for".into()), "{found:#}");
    // It was released before that began, says the project.
    let since = |tags: &str| say(&scene, &format!("{SIGNING}since = {tags}\n{}", trusting("release.pub")));
    since("\"v1.0.0\"");
    assert_eq!(verify(&scene, "").0, 6);
    since("[\"v1.1.0\"]");
    for line in all {
        scene.run(line).expect_success();
    }
    assert_eq!(verify(&scene, "").1["authorship"], "not-vouched-for");
    assert_eq!(verify(&scene, "--key release.pub").0, 6, "who asks for signatures gets no other answer");
    for other in ["\"1.1.0\"", "[\"v1.1.0\", \"chart-1.0.0\"]", "\"\""] {
        since(other);
        assert_eq!(scene.json("check")["problems"][0]["code"], "invalid-value", "{other}");
    }
}

#[test]
fn an_audit_that_nobody_told_whose_signatures_count_vouches_for_nothing() {
    let scene = promotable(SIGNING);
    say(&scene, &format!("{SIGNING}{}", trusting("release.pub")));
    scene.run("audit --local").expect_success();
    say(&scene, "");
    let refused = scene.run("audit --local").expect_code(6);
    assert!(refused.stdout().contains("it is not said whose signatures count"), "{}", refused.stdout());
}

#[test]
fn keys_are_read_where_the_configuration_was_that_names_them() {
    let scene = promotable(&format!("{SIGNING}{}", trusting("release.pub")));
    assert_eq!(verify(&scene, "").0, 0);
    let released = std::fs::read(scene.repo.path().join("release.pub")).unwrap();
    scene.repo.write("release.pub", std::fs::read(scene.repo.path().join("other.pub")).unwrap());
    for line in [
        "verify v1.0.0 --local",
        "audit --local",
        "promote v1.0.0 --local",
        "verify image local:registry.example/app:v1.0.0",
    ] {
        assert_eq!(code(&scene, line), Some(6), "{line}");
    }
    scene.repo.write("release.pub", released);
    assert_eq!(verify(&scene, "").0, 0);
}

#[test]
fn a_key_that_was_taken_out_since_promotes_nothing() {
    let scene = promotable(&format!("{SIGNING}{}", trusting("release.pub")));
    say(&scene, &trusting("other.pub"));
    for line in [
        "promote v1.0.0 --local --dry-run",
        "promote v1.0.0 --local",
        "release v1.0.0-stable --local",
        "plan v1.0.0-stable --local --online",
    ] {
        let refused = scene.run(line).expect_code(6);
        assert!(refused.stderr().contains("not signed by whom it must be"), "{line}: {}", refused.stderr());
    }
    // And one that was named since, does.
    say(&scene, &format!("{}{}", trusting("other.pub"), trusting("release.pub")));
    scene.run("promote v1.0.0 --local").expect_success();
}

/// Where evidence says when an image was signed, that is what `from` and `until` are held against.
#[test]
fn an_image_was_signed_when_evidence_says_and_not_today() {
    let scene = keyed::scene();
    let Some(stack) = Sigstore::start(scene.environment()) else { return };
    let mut services: Value =
        serde_json::from_str(&std::fs::read_to_string(stack.signing_config()).unwrap()).unwrap();
    services["rekorTlogUrls"] = json!([]);
    services["rekorTlogConfig"] = json!({});
    scene.repo.write("stamps.json", services.to_string());
    scene.repo.write("root.json", std::fs::read_to_string(stack.trusted_root()).unwrap());
    let image = keyed::LOCAL;
    let sign =
        format!("sign image {image} --key one.key --signing-config stamps.json --trusted-root root.json");
    keyed::run(&scene, &sign).expect_success();
    sleep(Duration::from_secs(2));
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let later = Moment(i64::try_from(since).unwrap());
    sleep(Duration::from_secs(2));
    let verify = |table: String| {
        scene.repo.write("plimsoll.toml", format!("{CONFIG}\n[[trust]]\nkey = \"one.pub\"\n{table}"));
        keyed::json(&scene, &format!("verify image {image}"))
    };
    let root = "trusted-root = \"root.json\"\n";
    let (code, found) = verify(format!("until = \"{later}\"\n{root}"));
    assert_eq!(code, 0, "{found:#}");
    let (code, found) = verify(format!("from = \"{later}\"\n{root}"));
    assert_eq!((code, &found["signatures"][0]["reason"]), (6, &"signature-untimely".into()), "{found:#}");
    assert_eq!((&found["verdict"], &found["signatures"][0]["statement"]), (&"refused".into(), &Value::Null));
    // Without whom to trust for it there is no evidence, and it is today's date.
    let (code, found) = verify(format!("until = \"{later}\"\n"));
    assert_eq!(code, 6, "{found:#}");
}

#[test]
fn a_check_names_keys_whose_time_nobody_tells() {
    let codes = |table: &str| -> Vec<String> {
        let scene = Scene::with_config(&format!("{CONFIG}\n[[trust]]\nkey = \"release.pub\"\n{table}"));
        let problems = scene.json("check")["problems"].clone();
        problems.as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap().to_owned()).collect()
    };
    let until = "until = \"2026-12-31T00:00:00Z\"\n";
    assert!(codes(until).contains(&"trust-undated".to_owned()), "{:?}", codes(until));
    for told in
        [format!("{until}trusted-root = \"root.json\"\n"), "from = \"2026-01-01T00:00:00Z\"\n".to_owned()]
    {
        assert!(!codes(&told).contains(&"trust-undated".to_owned()), "{told}");
    }
}
