//! Signed releases: `[signing]` and `[[trust]]`, what a release signs, and what `verify TAG` says of it.

use std::os::unix::fs::PermissionsExt;

use insta::assert_snapshot;
use plimsoll_testkit::process::Output;
use serde_json::Value;

use crate::scene::{CONFIG, Scene};

const PASSWORD: &str = "open sesame";
pub(crate) const IMAGE: &str = "local:registry.example/app:1.0.0";
pub(crate) const SIGNING: &str = "\n[signing]\nkey = \"env:RELEASE_KEY\"\n";

/// A project whose releases are signed with the key `release`, beside which lies another; v1.0.0 is tagged.
pub(crate) fn tagged(tables: &str) -> Scene {
    let scene = Scene::empty();
    for name in ["release", "other"] {
        let line = format!("key generate --output-key-prefix {name}");
        scene.plimsoll(&line).set("COSIGN_PASSWORD", PASSWORD).run().expect_success();
    }
    scene.repo.write(".gitignore", "*.key\n").write("plimsoll.toml", format!("{CONFIG}{tables}"));
    scene.repo.write("app", "#!/bin/sh\necho app\n").commit("first");
    scene.repo.annotated_tag("v1.0.0");
    scene
}

/// The same, and v1.0.0 is released into the local registry.
pub(crate) fn released(tables: &str) -> Scene {
    let scene = tagged(tables);
    run(&scene, "release v1.0.0 --local").expect_success();
    scene
}

/// A command on the machine that has the key.
pub(crate) fn run(scene: &Scene, line: &str) -> Output {
    let key = std::fs::read_to_string(scene.repo.path().join("release.key")).unwrap();
    let command = scene.plimsoll(line).set("RELEASE_KEY", key).set("COSIGN_PASSWORD", PASSWORD);
    command.arg("--no-progress").run()
}

#[track_caller]
pub(crate) fn json(output: Output) -> (i32, Value) {
    let value = serde_json::from_str(output.stdout()).unwrap_or_else(|_| panic!("{output:?}"));
    (output.code().unwrap(), value)
}

pub(crate) fn verify(scene: &Scene, options: &str) -> (i32, Value) {
    json(scene.run(&format!("verify v1.0.0 --local -o json {options}")))
}

#[test]
fn a_release_is_signed_and_whoever_has_the_public_key_verifies_it() {
    let scene = released(&format!("{SIGNING}\n[[trust]]\nkey = \"release.pub\"\n"));
    // Whoever verifies has no private key.
    let (code, found) = verify(&scene, "");
    assert_eq!(
        (code, &found["verdict"], &found["authorship"]),
        (0, &"ok".into(), &"vouched-for".into()),
        "{found:#}"
    );
    assert_eq!(found["signers"].as_array().unwrap().len(), 1);
    let subjects: Vec<&str> =
        found["checks"].as_array().unwrap().iter().filter_map(|check| check["subject"].as_str()).collect();
    for wanted in [
        "signature registry.example/app@",
        "statement registry.example/app@",
        "file v1.0.0-release.sigstore.json",
    ] {
        assert!(subjects.iter().any(|subject| subject.starts_with(wanted)), "{wanted}: {subjects:?}");
    }
    scene.run(&format!("verify image {IMAGE} --key release.pub")).expect_success();
    let kind = "--type https://github.com/plimsoll-release/plimsoll/release/v2";
    scene.run(&format!("verify image {IMAGE} --key release.pub {kind}")).expect_success();
    let record =
        std::fs::read(scene.repo.path().join(".plimsoll/releases/v1.0.0-release-info.json")).unwrap();
    let record: Value = serde_json::from_slice(&record).unwrap();
    assert_eq!(record["signing"], "bundle", "{record:#}");
    // The statement and its signature are files, too.
    let folder = ".plimsoll/releases";
    for bundle in ["v1.0.0-release.sigstore.json", "v1.0.0-release.sigstore"] {
        let line = format!(
            "verify file {folder}/v1.0.0-release-info.json --bundle {folder}/{bundle} --key release.pub"
        );
        scene.run(&line).expect_success();
    }
    assert!(scene.has(&format!("{folder}/v1.0.0-release.intoto.jsonl")));
    // Again there is nothing to do, and nothing to sign.
    let (_, again) = json(run(&scene, "release v1.0.0 --local -o json"));
    assert_eq!(again["changed"], false, "{again:#}");
    let plan = scene.json("plan v1.0.0 --local --online");
    assert_eq!(plan["changes"], false, "{plan:#}");
}

#[test]
fn a_plan_shows_what_is_signed() {
    let scene = tagged(SIGNING);
    assert_snapshot!(scene.show("plan v1.0.0 --local"), @r"
    exit 0
    --- stdout
    app v1.0.0: version 1.0.0 from commit [commit]

    make, on this machine
      assemble app

    push by digest; nothing is visible yet
      app to registry.example/app

    sign, where it is
      sign app in registry.example/app
      attest app in registry.example/app
      attest app in registry.example/app: https://slsa.dev/provenance/v1

    record
      in registry.example/app

    commit: from here on this is the release
      claim committed

    version tags, written once
      registry.example/app:1.0.0

    publish
      claim published

    ledger
      v1.0.0-release-info.json

    moving tags, last
      registry.example/app:1.0
      registry.example/app:latest
    --- stderr
    nothing was looked at; `--online` says what is there already
    ");
}

#[test]
fn verification_asks_whose_signatures_count() {
    let scene = released(SIGNING);
    // The default is whoever signs, and that takes the key.
    let (code, found) = verify(&scene, "");
    assert_eq!((code, &found["error"]["code"]), (2, &"key-unusable".into()), "{found:#}");
    assert_eq!(verify(&scene, "--key release.pub").0, 0);
    let (code, found) = verify(&scene, "--key other.pub");
    assert_eq!((code, &found["verdict"], &found["authorship"]), (6, &"unvouched".into(), &"refused".into()));
    let (code, found) = verify(&scene, "--integrity-only");
    assert_eq!((code, &found["verdict"], &found["authorship"]), (0, &"ok".into(), &"not-asked".into()));
    assert_eq!(verify(&scene, "--integrity-only --key release.pub").0, 2);
    // A configuration that says nothing of signatures.
    scene.repo.write("plimsoll.toml", CONFIG);
    assert_snapshot!(scene.show("verify v1.0.0 --local"), @r"
    exit 6
    --- stdout
    ok           claim app/1.0.0
    ok           git-tag v1.0.0
    ok           content registry.example/app@sha256:[hex]
    ok           record-artifact registry.example/app@sha256:[hex]
    ok           version-tag registry.example/app:1.0.0
    ok           file v1.0.0-release-info.json
    ok           file v1.0.0-release.intoto.json
    ok           moving-tag registry.example/app:1.0
    ok           moving-tag registry.example/app:latest

    app v1.0.0 is not vouched for (9 checks)
    --- stderr
    error[signature-refused]: it is not said whose signatures count, so who released v1.0.0 is not vouched for
     |
     = help: say it once, in [[trust]] of plimsoll.toml: a `key`, or `issuer` and `identity`
     = help: or here: `--key FILE`, or `--certificate-identity ID --certificate-oidc-issuer URL`
     = help: `--integrity-only` looks only whether it is what was released
    ");
}

#[test]
fn an_unsigned_release_stays_one() {
    let scene = Scene::released();
    let (code, found) = verify(&scene, "");
    assert_eq!((code, &found["authorship"]), (0, &"not-vouched-for".into()), "{found:#}");
    for name in ["release", "other"] {
        let line = format!("key generate --output-key-prefix {name}");
        scene.plimsoll(&line).set("COSIGN_PASSWORD", PASSWORD).run().expect_success();
    }
    // It was recorded as unsigned before anybody signed.
    scene.repo.write("plimsoll.toml", format!("{CONFIG}\n[[trust]]\nkey = \"release.pub\"\n"));
    assert_eq!(verify(&scene, "").1["authorship"], "not-vouched-for");
    // An image that somebody signed later says nothing of a version: its record is as unsigned as before.
    run(&scene, &format!("sign image {IMAGE} --key release.key")).expect_success();
    let (code, found) = verify(&scene, "--key release.pub");
    assert_eq!(
        (code, &found["verdict"], &found["authorship"]),
        (6, &"unvouched".into(), &"refused".into()),
        "{found:#}"
    );
    run(&scene, &format!("verify image {IMAGE} --key release.pub")).expect_success();
    assert_snapshot!(scene.show("verify v1.0.0 --local --key release.pub"), @r"
    exit 6
    --- stdout
    ok           claim app/1.0.0
    ok           git-tag v1.0.0
    ok           content registry.example/app@sha256:[hex]
    ok           record-artifact registry.example/app@sha256:[hex]
    ok           version-tag registry.example/app:1.0.0
    UNVOUCHED    record-signature app/1.0.0
        the record itself is not signed
    ok           file v1.0.0-release-info.json
    ok           file v1.0.0-release.intoto.json
    ok           moving-tag registry.example/app:1.0
    ok           moving-tag registry.example/app:latest

    app v1.0.0 is not vouched for (10 checks)
    --- stderr
    error[signature-refused]: the record of v1.0.0 is not signed, so nobody vouches for what it names
     |
     = not signed: v1.0.0
     = help: without a signature it may be anybody's who can write claims and push images: do not rely on it
     = help: to verify an image by itself: `plimsoll verify image IMAGE --key FILE`; that says nothing of a version
    ");
}

#[test]
fn who_would_not_be_believed_does_not_sign() {
    let scene = tagged(&format!("{SIGNING}\n[[trust]]\nkey = \"other.pub\"\n"));
    assert_snapshot!(scene.shown(&run(&scene, "release v1.0.0 --local")), @r"
    exit 6
    --- stderr
    error[signature-refused]: the key sha256:[1] would sign, and its signatures would not count
     |
     = counts: the key sha256:[2]
     = help: sign with what [[trust]] names, or name in [[trust]] what signs; mind `from` and `until`

    nothing has left this machine; mend this, then run again
    ");
    let late = "\n[[trust]]\nkey = \"release.pub\"\nuntil = \"2020-01-01T00:00:00Z\"\n";
    let scene = tagged(&format!("{SIGNING}{late}"));
    let (code, found) = json(run(&scene, "release v1.0.0 --local -o json"));
    assert_eq!(
        (code, &found["error"]["code"], &found["reach"]),
        (6, &"signature-refused".into(), &"nothing".into())
    );
}

#[test]
fn without_the_key_nothing_is_made() {
    let scene = tagged(SIGNING);
    let (code, found) = json(scene.run("release v1.0.0 --local -o json"));
    assert_eq!(
        (code, &found["error"]["code"], &found["reach"]),
        (2, &"key-unusable".into(), &"nothing".into())
    );
    let key = std::fs::read_to_string(scene.repo.path().join("release.key")).unwrap();
    let wrong = scene.plimsoll("release v1.0.0 --local -o json").set("RELEASE_KEY", key);
    let (code, found) = json(wrong.set("COSIGN_PASSWORD", "wrong").run());
    assert_eq!((code, &found["error"]["code"]), (2, &"key-unusable".into()), "{found:#}");
    // A rehearsal signs nothing, and needs nothing for it.
    scene.run("rehearse v1.0.0").expect_success();
}

#[test]
fn keys_change_and_old_releases_stay_valid() {
    let scene = released(&format!("{SIGNING}\n[[trust]]\nkey = \"release.pub\"\n"));
    let trust = |until: &str| {
        let tables = format!(
            "{CONFIG}\n[[trust]]\nkey = \"other.pub\"\n[[trust]]\nkey = \"release.pub\"\nuntil = \"{until}\"\n"
        );
        scene.repo.write("plimsoll.toml", tables);
        verify(&scene, "").0
    };
    assert_eq!(trust("2999-01-01T00:00:00Z"), 0);
    assert_eq!(trust("2020-01-01T00:00:00Z"), 6);
}

#[test]
fn a_service_that_is_down_leaves_nothing_visible() {
    let config = r#"{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","rekorTlogConfig":{},
        "tsaUrls":[{"url":"http://127.0.0.1:9/api/v1/timestamp","majorApiVersion":1,"validFor":{"start":"2020-01-01T00:00:00Z"},"operator":"x"}],
        "tsaConfig":{"selector":"ANY"}}"#;
    let scene = tagged(&format!("{SIGNING}signing-config = \"services.json\"\n"));
    scene.repo.write("services.json", config);
    for _ in 0..2 {
        let (code, found) = json(run(&scene, "release v1.0.0 --local -o json"));
        assert_eq!((code, &found["error"]["code"]), (8, &"signing-service".into()), "{found:#}");
        assert_eq!(scene.error("verify v1.0.0 --local").0, "unknown-release");
        assert_eq!(scene.error(&format!("copy {IMAGE} oci:there")).1, Some(2), "there is no such tag");
    }
    // The machine goes on with what it has sealed.
    let empty = r#"{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","rekorTlogConfig":{},"tsaConfig":{}}"#;
    scene.repo.write("services.json", empty);
    run(&scene, "release v1.0.0 --local").expect_success();
    assert_eq!(verify(&scene, "--key release.pub").0, 0);
}

#[test]
fn tables_that_say_too_little_or_too_much_are_refused() {
    let table = [
        ("[signing]\n", "missing-key"),
        ("[signing]\nkeyless = false\n", "missing-key"),
        ("[signing]\nkey = \"a\"\nkeyless = true\n", "invalid-value"),
        ("[signing]\nkey = \"\"\n", "invalid-value"),
        ("[signing]\nkey = \"a\"\nidentity-token = \"env:T\"\n", "invalid-value"),
        ("[signing]\nkeyless = true\nsigning-config = \"s.json\"\n", "missing-key"),
        ("[signing]\nkey = \"a\"\nformat = \"pgp\"\n", "invalid-value"),
        ("[[trust]]\n", "missing-key"),
        ("[[trust]]\nkey = \"a\"\nissuer = \"b\"\n", "invalid-value"),
        ("[[trust]]\nissuer = \"b\"\n", "missing-key"),
        (
            "[signing]\nkeyless = true\nsigning-config = \"s.json\"\n[[trust]]\nissuer = \"b\"\nidentity = \"c\"\n",
            "missing-key",
        ),
        (
            "[[trust]]\nissuer = \"b\"\nidentity = \"c\"\nrepository = \"d\"\ntrusted-root = \"r\"\n",
            "invalid-value",
        ),
        ("[[trust]]\nkey = \"a\"\nuntil = \"tomorrow\"\n", "invalid-value"),
    ];
    for (tables, code) in table {
        let scene = Scene::with_config(&format!("{CONFIG}\n{tables}"));
        let check = scene.json("check");
        assert_eq!(
            (&check["exit"], &check["problems"][0]["code"]),
            (&2.into(), &code.into()),
            "{tables}: {check:#}"
        );
    }
    let good = [
        "[signing]\nkey = \"release.key\"\n",
        "[signing]\nkeyless = true\nsigning-config = \"s.json\"\ntrusted-root = \"r.json\"\n[[trust]]\nissuer = \"https://i\"\nrepository = \"https://github.com/acme/app\"\nworkflow = \".github/workflows/release.yml\"\n",
        "[[trust]]\nissuer = \"https://i\"\nidentity = \"a@b.test\"\ntrusted-root = \"r.json\"\nfrom = \"2026-01-01T00:00:00Z\"\n",
    ];
    for tables in good {
        Scene::with_config(&format!("{CONFIG}\n{tables}")).run("check").expect_success();
    }
}

#[test]
fn a_release_is_signed_with_a_key_that_a_command_prints() {
    let trust = "\n[[trust]]\nkey = \"release.pub\"\n";
    let signing = "\n[signing]\nkey = \"command:./show-key release.key\"\n";
    let scene = tagged(&format!("{signing}{trust}"));
    // It says how often it was asked.
    scene.repo.write(".git/info/exclude", "show-key\nasked.log\n");
    scene.repo.write("show-key", "#!/bin/sh\necho asked >> asked.log\ncat \"$1\"\n");
    let program = scene.repo.path().join("show-key");
    std::fs::set_permissions(program, PermissionsExt::from_mode(0o755)).unwrap();
    let release =
        |line: &str| scene.plimsoll(line).set("COSIGN_PASSWORD", PASSWORD).arg("--no-progress").run();
    release("release v1.0.0 --local").expect_success();
    let asked = || std::fs::read_to_string(scene.repo.path().join("asked.log")).unwrap_or_default();
    assert_eq!(asked(), "asked\n", "once, however much there is to sign");
    assert_eq!(verify(&scene, "").0, 0);
    assert_eq!(asked(), "asked\n", "whoever verifies runs nothing");
    // Without a public key beside it verifying would have to.
    let check = |tables: &str| {
        let problems = tagged(tables).json("check")["problems"].clone();
        problems[0]["code"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(check(signing), "missing-key");
    assert_eq!(check(&format!("{signing}[[trust]]\nkey = \"command:cat release.pub\"\n")), "invalid-value");
    assert_eq!(check(&format!("{signing}{trust}")), "no-remote");
}
