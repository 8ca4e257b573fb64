//! `sign file`, `verify file` and `key`: commands that take neither project nor configuration.

use insta::assert_snapshot;
use plimsoll_testkit::sigstore::{Authority, Issuer, PERSON, Sigstore};
use plimsoll_testkit::skew::Skew;
use plimsoll_testkit::tools;
use serde_json::Value;

use crate::keyed::{PASSWORD, json, run};
use crate::scene::Scene;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../plimsoll-sigstore/tests/fixtures/cosign");
const WORKFLOW: &str =
    "https://github.example.test/acme/widget/.github/workflows/release.yml@refs/heads/main";
const ISSUER: &str = "http://127.0.0.1:6100/gha";

/// A folder with a file, and the bundles that cosign made.
fn scene() -> Scene {
    let scene = Scene::empty();
    scene.repo.write("app.txt", "hello\n");
    for name in [
        "blob.bin",
        "blob.sigstore.json",
        "attest-blob.sigstore.json",
        "key-blob.sigstore.json",
        "key-blob.pub",
        "trusted_root.json",
    ] {
        std::fs::copy(format!("{FIXTURES}/{name}"), scene.repo.path().join(name)).unwrap();
    }
    scene
}

#[test]
fn a_file_that_was_signed_with_a_key_verifies_and_another_does_not() {
    let scene = scene();
    run(&scene, "key generate --output-key-prefix release").expect_success();
    let key = scene.repo.path().join("release.key");
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&key).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    let (_, signed) = json(&scene, "sign file app.txt --bundle app.sigstore.json --key release.key");
    assert_eq!(signed["schema"], "plimsoll.signed/v1");
    let digest = signed["digest"].as_str().unwrap().to_owned();
    for artifact in ["app.txt", &digest] {
        let (code, found) =
            json(&scene, &format!("verify file {artifact} --bundle app.sigstore.json --key release.pub"));
        assert_eq!((code, found["verdict"].as_str()), (0, Some("verified")), "{found}");
        assert_eq!(found["schema"], "plimsoll.signature/v1");
    }
    let (code, found) = json(&scene, "verify file blob.bin --bundle app.sigstore.json --key release.pub");
    assert_eq!((code, found["reason"].as_str()), (6, Some("digest-differs")), "{found}");
    let (code, found) = json(&scene, "verify file app.txt --bundle app.sigstore.json");
    assert_eq!((code, found["reason"].as_str()), (6, Some("identity-unstated")), "{found}");
    let public = run(&scene, "key public --key release.key").expect_success();
    assert_eq!(public.stdout(), std::fs::read_to_string(scene.repo.path().join("release.pub")).unwrap());
}

#[test]
fn what_cosign_signed_verifies_by_key_and_by_identity() {
    let scene = scene();
    let identity = format!("--certificate-identity {WORKFLOW} --certificate-oidc-issuer {ISSUER}");
    let pattern = "--certificate-identity-regexp ^https://github[.]example[.]test/acme/ --certificate-oidc-issuer-regexp /gha$";
    for line in [
        "verify file blob.bin --bundle key-blob.sigstore.json --key key-blob.pub".to_owned(),
        format!(
            "verify file blob.bin --bundle blob.sigstore.json --trusted-root trusted_root.json {identity}"
        ),
        format!(
            "verify file blob.bin --bundle blob.sigstore.json --trusted-root trusted_root.json {pattern}"
        ),
        format!(
            "verify file blob.bin --bundle attest-blob.sigstore.json --trusted-root trusted_root.json {identity} --type https://slsa.dev/provenance/v1"
        ),
    ] {
        run(&scene, &line).expect_success();
    }
    let (code, found) = json(
        &scene,
        &format!(
            "verify file app.txt --bundle attest-blob.sigstore.json --trusted-root trusted_root.json {identity}"
        ),
    );
    assert_eq!((code, found["reason"].as_str()), (6, Some("subject-missing")));
    // Without a root the public instance is asked, which is silent here: nobody is trusted.
    let rootless = scene.plimsoll(&format!("verify file blob.bin --bundle blob.sigstore.json {identity}"));
    rootless.set("HTTPS_PROXY", "http://127.0.0.1:1").run().expect_code(8);
}

#[test]
fn a_refusal_says_which_check_and_why() {
    let scene = scene();
    let output = run(&scene, "verify file app.txt --bundle key-blob.sigstore.json --key key-blob.pub");
    assert_snapshot!(scene.shown(&output), @r"
    exit 6
    --- stdout
    ok        bundle       version 0.3
    REFUSED   digest       the bundle is for sha256:[hex], and this is sha256:[hex]
    REFUSED   signature    the signature does not verify
    -         certificate  the bundle is signed with a key
    -         sct          the bundle is signed with a key
    -         log          no trusted root is given; the key vouches by itself
    -         timestamp    the bundle has no timestamp
    ok        identity     the holder of the key sha256:[hex]
    -         predicate    the bundle signs bytes, no statement
    -         subject      the bundle signs bytes, no statement

    app.txt is not vouched for
    --- stderr
    error[signature-refused]: the signature of app.txt is refused
     |
     = cause: the bundle is for sha256:[1], and this is sha256:[2]
     = check: digest
     = reason: digest-differs
     = help: this is not the file that was signed: do not use it, and look at where it comes from
    ");
}

#[test]
fn wrong_usage_and_broken_files_are_no_refusals() {
    let scene = scene();
    scene.repo.write("garbage.json", "{}").write("large.json", " ".repeat(9 << 20));
    // 100 MiB, of which nobody reads more than a bundle may have.
    let huge = std::fs::File::create(scene.repo.path().join("huge.json")).unwrap();
    huge.set_len(100 << 20).unwrap();
    run(&scene, "key generate").expect_success();
    let table = [
        ("verify file blob.bin --bundle key-blob.sigstore.json --key blob.bin", 2, "key-unusable"),
        ("verify file blob.bin --bundle key-blob.sigstore.json --key plimsoll.key", 2, "key-unusable"),
        ("verify file blob.bin --bundle key-blob.sigstore.json --key env:NOT_SET", 2, "key-unusable"),
        ("verify file blob.bin --bundle gone.json --key key-blob.pub", 2, "file-missing"),
        ("verify file gone --bundle key-blob.sigstore.json --key key-blob.pub", 2, "file-missing"),
        ("verify file blob.bin --bundle blob.sigstore.json --certificate-identity x", 2, "usage"),
        ("verify file blob.bin --bundle blob.sigstore.json --certificate-oidc-issuer x", 2, "usage"),
        (
            "verify file blob.bin --bundle key-blob.sigstore.json --key key-blob.pub --trusted-root garbage.json",
            2,
            "trust-invalid",
        ),
        ("sign file app.txt --bundle b.json --key key-blob.pub", 2, "key-unusable"),
        ("sign file sha512:00 --bundle b.json --key plimsoll.key", 2, "file-missing"),
        ("key generate", 2, "key-unusable"),
    ];
    for (line, code, word) in table {
        let (found, json) = json(&scene, line);
        assert_eq!((found, json["error"]["code"].as_str()), (code, Some(word)), "{line}: {json}");
    }
    for (bundle, reason) in [
        ("garbage.json", "bundle-malformed"),
        ("large.json", "bundle-too-large"),
        ("huge.json", "bundle-too-large"),
    ] {
        let (code, found) =
            json(&scene, &format!("verify file blob.bin --bundle {bundle} --key key-blob.pub"));
        assert_eq!((code, found["reason"].as_str()), (6, Some(reason)));
    }
    let wrong = scene
        .plimsoll("sign file app.txt --bundle b.json --key plimsoll.key")
        .set("COSIGN_PASSWORD", "wrong")
        .run();
    assert_eq!(wrong.code(), Some(2));
    assert!(wrong.stderr().contains("does not open with this password"), "{}", wrong.stderr());
    for output in [&wrong, &run(&scene, "key public --key plimsoll.key -vv")] {
        assert!(!output.stderr().contains(PASSWORD) && !output.stdout().contains("PRIVATE"), "{output:?}");
    }
    assert!(!scene.repo.path().join("b.json").exists());
}

#[test]
fn a_tag_is_verified_as_before() {
    let scene = Scene::released();
    scene.run("verify v1.0.0 --local").expect_success();
    assert_eq!(scene.run("verify").code(), Some(2));
}

#[test]
fn cosign_and_plimsoll_verify_each_others_signatures_and_use_each_others_keys() {
    let Some(cosign) = tools::require("cosign") else { return };
    let scene = scene();
    let folder = scene.repo.path().to_owned();
    let cosign = |line: &str| {
        let output = cosign
            .command(scene.environment())
            .in_folder(&folder)
            .set("COSIGN_PASSWORD", PASSWORD)
            .args(line.split(' '))
            .run();
        output.expect_success();
    };
    std::fs::copy(format!("{FIXTURES}/signing_config.none.json"), folder.join("none.json")).unwrap();
    scene
        .repo
        .write("root.json", r#"{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}"#);
    cosign("generate-key-pair --output-key-prefix theirs");
    run(&scene, "key generate --output-key-prefix ours").expect_success();
    for key in ["theirs", "ours"] {
        run(&scene, &format!("sign file app.txt --bundle ours.json --key {key}.key")).expect_success();
        cosign(&format!(
            "sign-blob --yes --key {key}.key --signing-config none.json --trusted-root root.json --bundle theirs.json app.txt"
        ));
        for bundle in ["ours.json", "theirs.json"] {
            cosign(&format!("verify-blob --key {key}.pub --insecure-ignore-tlog --bundle {bundle} app.txt"));
            run(&scene, &format!("verify file app.txt --bundle {bundle} --key {key}.pub")).expect_success();
        }
    }
}

#[test]
fn an_identity_signs_with_a_sigstore_of_ones_own_and_cosign_agrees() {
    let scene = scene();
    let Some(stack) = Sigstore::start(scene.environment()) else { return };
    let Some(cosign) = tools::require("cosign") else { return };
    scene.repo.write("token", stack.token());
    let (root, config) = (stack.trusted_root(), stack.signing_config());
    let (root, config) = (root.display().to_string(), config.display().to_string());
    let trusting = format!("--trusted-root {root}");
    let who = format!("--certificate-identity {PERSON} --certificate-oidc-issuer {}", stack.issuer());
    let sign = |more: &str| {
        format!("sign file app.txt --bundle ours.json {trusting} --signing-config {config} {more}")
    };
    run(&scene, &sign("--identity-token token")).expect_success();
    run(&scene, &format!("verify file app.txt --bundle ours.json {trusting} {who}")).expect_success();
    let line = format!("verify-blob {trusting} {who} --bundle ours.json app.txt");
    cosign
        .command(scene.environment())
        .in_folder(scene.repo.path())
        .args(line.split(' '))
        .run()
        .expect_success();
    // With a key, logged and stamped.
    run(&scene, "key generate").expect_success();
    run(&scene, &sign("--key plimsoll.key")).expect_success();
    let line = format!("verify-blob {trusting} --key plimsoll.pub --bundle ours.json app.txt");
    cosign
        .command(scene.environment())
        .in_folder(scene.repo.path())
        .args(line.split(' '))
        .run()
        .expect_success();
    scene.repo.write("token", "e30.eyJpc3MiOiJpIiwic3ViIjoicyIsImV4cCI6MX0.c2ln");
    let (code, refused) = json(&scene, &sign("--identity-token token"));
    assert_eq!((code, refused["error"]["code"].as_str()), (4, Some("identity-token")), "{refused}");
    // The services are gone.
    drop(stack);
    let line = format!("sign file app.txt --bundle gone.json --signing-config {config} --key plimsoll.key");
    let (code, refused) = json(&scene, &line);
    assert_eq!((code, refused["error"]["code"].as_str()), (8, Some("signing-service")), "{refused}");
    assert!(!scene.has("gone.json"));
}

#[test]
fn a_clock_that_goes_wrong_is_named_when_signing_and_matters_not_when_verifying() {
    const HOUR: i64 = 3_600;
    const YEAR: i64 = 8_766 * HOUR;
    let scene = scene();
    let Some(skew) = Skew::new(scene.environment()) else { return };
    let at = |line: &str, seconds: i64| skew.set(scene.plimsoll(line), seconds).run();
    // When it was signed is what others have said of it.
    let who = format!("--certificate-identity {WORKFLOW} --certificate-oidc-issuer {ISSUER}");
    for reader in [-6 * YEAR, -HOUR, -300, 300, HOUR, 20 * YEAR] {
        for bundle in ["blob", "attest-blob"] {
            let bundle = format!("--bundle {bundle}.sigstore.json --trusted-root trusted_root.json");
            at(&format!("verify file blob.bin {bundle} {who}"), reader).expect_success();
        }
    }
    let Some(issuer) = Issuer::start(scene.environment()) else { return };
    let authority = Authority::start();
    scene.repo.write("token", issuer.token());
    scene.repo.write("signing_config.json", authority.signing_config(&issuer.url()));
    let sign =
        "sign file app.txt --bundle app.json --identity-token token --signing-config signing_config.json";
    // Ahead the token's time is over, or so it seems.
    for ahead in [HOUR / 4, 2 * HOUR, 20 * YEAR] {
        let refused = at(sign, ahead).expect_code(4);
        assert!(refused.stderr().contains("and by this machine's clock it is 20"), "{}", refused.stderr());
        assert!(authority.shown().is_empty());
    }
    // Behind, or a little ahead, whoever certifies knows what time it is.
    for skewed in [-5 * YEAR, -2 * HOUR, -300, 300] {
        let refused = at(sign, skewed).expect_code(4);
        assert!(refused.stderr().contains("nobody is certified here"), "{}", refused.stderr());
    }
    assert_eq!(authority.shown().len(), 4);
}

#[test]
fn a_key_comes_from_a_command_which_no_shell_reads() {
    let scene = scene();
    run(&scene, "key generate --output-key-prefix release").expect_success();
    scene.repo.write("no-text", [0xff, 0xfe]);
    let sign = |reference: &str| {
        let command = scene.plimsoll("sign file app.txt --bundle app.json -o json --key");
        let output = command.arg(reference).set("COSIGN_PASSWORD", PASSWORD).run();
        let answer: Value = serde_json::from_str(output.stdout()).unwrap();
        let error = &answer["error"];
        (output.code(), format!("{}: {} ({})", error["code"], error["message"], error["causes"]))
    };
    assert_eq!(sign("command:cat release.key").0, Some(0));
    run(&scene, "verify file app.txt --bundle app.json --key release.pub").expect_success();
    for (reference, said) in [
        ("command:", "no program stands behind"),
        ("command:no-such-program", "is not installed"),
        ("command:cat none.key", "none.key: No such file"),
        ("command:echo $(cat release.key)", "this is no private key in pem"),
        ("command:cat /dev/zero", "wrote more than 65536 bytes"),
        ("command:cat no-text", "what `cat` wrote is not text"),
    ] {
        let (code, found) = sign(reference);
        assert_eq!(code, Some(2), "{reference}: {found}");
        assert!(found.contains("key-unusable") && found.contains(said), "{reference}: {found}");
    }
}

#[test]
fn a_password_is_asked_for_at_a_terminal_and_nowhere_else() {
    let scene = scene();
    let at_terminal = |line: &str, answers: &[&str]| scene.plimsoll(line).run_at_terminal(answers);
    let made =
        at_terminal("key generate --output-key-prefix release", &[PASSWORD, PASSWORD]).expect_success();
    assert!(made.stderr().contains("New password of release.key: "), "{}", made.stderr());
    assert!(!made.stderr().contains(PASSWORD), "{}", made.stderr());
    let differing = at_terminal("key generate --output-key-prefix other", &[PASSWORD, "sesame"]);
    assert!(differing.expect_code(2).stderr().contains("the passwords differ"));
    assert!(!scene.has("other.key"));
    let line = "sign file app.txt --bundle app.json --key release.key";
    let signed = at_terminal(line, &[PASSWORD]).expect_success();
    assert!(signed.stderr().contains("Password of release.key: "), "{}", signed.stderr());
    let wrong = at_terminal(line, &["sesame"]).expect_code(2);
    assert!(wrong.stderr().contains("does not open with this password"), "{}", wrong.stderr());
    // A variable is not asked about, and a job has nobody who could answer.
    scene.plimsoll(line).set("COSIGN_PASSWORD", PASSWORD).run_at_terminal(&[]).expect_success();
    let job = scene.plimsoll(line).set("CI", "true").run_at_terminal(&[]).expect_code(2);
    assert!(job.stderr().contains("there is no password for it"), "{}", job.stderr());
    let refused = scene.run(line).expect_code(2);
    assert!(refused.stderr().contains("PLIMSOLL_KEY_PASSWORD"), "{}", refused.stderr());
}
