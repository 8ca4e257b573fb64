//! Signed releases: `[signing]` and `[[trust]]`, what a release signs, and what `verify TAG` says of it.

use std::os::unix::fs::PermissionsExt;

use insta::assert_snapshot;
use plimsoll_testkit::env::Environment;
use plimsoll_testkit::process::Output;
use plimsoll_testkit::registry::{Access, Flavor, Registry};
use serde_json::Value;

use crate::scene::{CONFIG, Scene};

const PASSWORD: &str = "open sesame";
const IMAGE: &str = "local:registry.example/app:1.0.0";
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
fn released(tables: &str) -> Scene {
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
    // Who demands signatures gets an answer, and may sign later what is there.
    let (code, found) = verify(&scene, "--key release.pub");
    assert_eq!((code, &found["verdict"]), (6, &"unvouched".into()), "{found:#}");
    run(&scene, &format!("sign image {IMAGE} --key release.key")).expect_success();
    assert_eq!(verify(&scene, "--key release.pub").0, 0);
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

/// Somewhere without the project: the archive, and the public keys.
fn elsewhere(scene: &Scene, config: &str) -> Scene {
    let there = Scene::empty();
    for file in ["app-1.0.0.tar", "release.pub", "other.pub"] {
        std::fs::copy(scene.repo.path().join(file), there.repo.path().join(file)).unwrap();
    }
    if !config.is_empty() {
        there.repo.write("plimsoll.toml", config).write("app", "app\n").commit("first");
    }
    there
}

#[test]
fn an_import_verifies_before_it_sends_and_again_where_it_sent_to() {
    let scene = released(SIGNING);
    scene.run("export v1.0.0 --local --trust release.pub").expect_success();
    let registry = Registry::start(&Environment::new(), Flavor::Plimsoll, Access::Anonymous).unwrap();
    let to = format!("--to {}/m", registry.address());
    let found = |there: &Scene, options: &str| there.json(&format!("import app-1.0.0.tar {to} {options}"));

    // A key that has signed nothing: not a byte is sent.
    let there = elsewhere(&scene, "");
    let refused = there.run(&format!("import app-1.0.0.tar {to} --key other.pub"));
    assert_eq!(refused.code(), Some(6), "{}", refused.stderr());
    for said in ["error[signature-refused]", "nothing was sent"] {
        assert!(refused.stderr().contains(said), "{}", refused.stderr());
    }
    assert!(!registry.storage().join("localhost/m").exists());

    // What came along is better than nothing, and it is said that it came along.
    let by_archive = there.run(&format!("import app-1.0.0.tar {to}")).expect_success();
    for said in ["verified there: ", ", signed by the key "] {
        assert!(by_archive.stdout().contains(said), "{}", by_archive.stdout());
    }
    assert!(by_archive.stderr().contains("said by the archive itself"), "{}", by_archive.stderr());
    let known = found(&there, "");
    assert_eq!(
        (&known["signatures"]["said_by"], &known["signed"]),
        (&"archive".into(), &true.into()),
        "{known:#}"
    );
    assert!(known["signatures"]["statements"].as_u64().unwrap() >= 2, "{known:#}");
    assert_eq!(found(&there, "--key release.pub")["signatures"]["said_by"], "command-line");

    let trusting = |key: &str| format!("{CONFIG}\n[[trust]]\nkey = \"{key}\"\n");
    let project = elsewhere(&scene, &trusting("release.pub"));
    assert_eq!(found(&project, "")["signatures"]["said_by"], "project");
    let wary = elsewhere(&scene, &trusting("other.pub"));
    assert_eq!(wary.run(&format!("import app-1.0.0.tar {to}")).code(), Some(6));

    // Without a word of anybody it is imported, and said.
    scene.run("export v1.0.0 --local").expect_success();
    let silent = elsewhere(&scene, "").run(&format!("import app-1.0.0.tar {to}")).expect_success();
    assert!(silent.stderr().contains("it is signed, and nobody says who must have"), "{}", silent.stderr());
}

#[test]
fn an_import_of_what_nobody_signed_is_refused_where_somebody_must_have() {
    let scene = released("");
    scene.run("export v1.0.0 --local --trust release.pub").expect_success();
    let there = elsewhere(&scene, "");
    let open = there.json("import app-1.0.0.tar --local --as registry.example/app=registry.internal/app");
    assert_eq!((&open["signatures"], &open["signed"]), (&Value::Null, &false.into()), "{open:#}");
    let refused = there.run("import app-1.0.0.tar --local --to registry.internal --key release.pub");
    assert_eq!(refused.code(), Some(6), "{}", refused.stderr());
    assert!(refused.stderr().contains("nobody has signed it"), "{}", refused.stderr());
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
