//! Private keys that OpenSSL and cosign made: imported, used as they are, or refused with a reason.

use plimsoll_testkit::tools::{self, Tool};
use serde_json::json;

use crate::keyed::{PASSWORD, cosign, run, write_nobody};
use crate::scene::Scene;

/// The curves that sign, as OpenSSL names them.
const CURVES: [&str; 3] = ["prime256v1", "secp384r1", "secp521r1"];

/// A folder with a file to sign, and OpenSSL in it.
fn scene() -> Option<(Scene, Tool)> {
    let openssl = tools::require("openssl")?;
    let scene = Scene::empty();
    scene.repo.write("app.txt", "hello\n");
    write_nobody(&scene);
    Some((scene, openssl))
}

fn openssl(tool: &Tool, scene: &Scene, line: &str) {
    let command = tool.command(scene.environment()).in_folder(scene.repo.path());
    command.args(line.split(' ')).run().expect_success();
}

#[test]
fn keys_of_every_curve_are_imported_and_sign() {
    let Some((scene, tool)) = scene() else { return };
    let cosigns = tools::require("cosign");
    for curve in CURVES {
        openssl(&tool, &scene, &format!("ecparam -name {curve} -genkey -noout -out {curve}.sec1"));
        openssl(&tool, &scene, &format!("pkcs8 -topk8 -nocrypt -in {curve}.sec1 -out {curve}.pkcs8"));
        openssl(&tool, &scene, &format!("ec -in {curve}.sec1 -pubout -out {curve}.theirs"));
        let public = std::fs::read_to_string(scene.repo.path().join(format!("{curve}.theirs"))).unwrap();
        for (form, label) in [("sec1", "EC PRIVATE KEY"), ("pkcs8", "BEGIN PRIVATE KEY")] {
            let (written, key) = (format!("{curve}.{form}"), format!("{curve}-{form}"));
            let text = std::fs::read_to_string(scene.repo.path().join(&written)).unwrap();
            assert!(text.contains(label), "{text}");
            run(&scene, &format!("key import --key {written} --output-key-prefix {key}")).expect_success();
            let imported = std::fs::read_to_string(scene.repo.path().join(format!("{key}.key"))).unwrap();
            assert!(imported.contains("ENCRYPTED SIGSTORE PRIVATE KEY"), "{imported}");
            assert_eq!(
                std::fs::read_to_string(scene.repo.path().join(format!("{key}.pub"))).unwrap(),
                public
            );
            // Imported, and as it is.
            for signs in [format!("{key}.key"), written] {
                run(&scene, &format!("sign file app.txt --bundle {key}.json --key {signs}")).expect_success();
                let line = format!("verify file app.txt --bundle {key}.json --key {key}.pub");
                run(&scene, &line).expect_success();
                // By `--key` cosign 3 verifies with SHA-256 whatever the curve, so that it refuses what it signs itself with the others.
                let Some(tool) = cosigns.as_ref().filter(|_| curve == "prime256v1") else { continue };
                let line = format!(
                    "verify-blob --key {curve}.theirs --insecure-ignore-tlog --bundle {key}.json app.txt"
                );
                cosign(tool, &scene, &line).expect_success();
            }
        }
    }
}

#[test]
fn a_key_of_cosign_is_imported_under_another_password() {
    let Some(tool) = tools::require("cosign") else { return };
    let scene = Scene::empty();
    scene.repo.write("app.txt", "hello\n");
    cosign(&tool, &scene, "generate-key-pair --output-key-prefix theirs").expect_success();
    let wrong = scene.plimsoll("key import --key theirs.key --output-key-prefix ours");
    let wrong = wrong.set("COSIGN_PASSWORD", "another").run().expect_code(2);
    assert!(wrong.stderr().contains("does not open with this password"), "{}", wrong.stderr());
    assert!(!scene.has("ours.key") && !scene.has("ours.pub"));
    run(&scene, "key import --key theirs.key --output-key-prefix ours").expect_success();
    let public = |name: &str| std::fs::read_to_string(scene.repo.path().join(name)).unwrap();
    assert_eq!(public("ours.pub"), public("theirs.pub"));
    // What was imported is a key of cosign's again.
    write_nobody(&scene);
    cosign(
        &tool,
        &scene,
        "sign-blob --yes --key ours.key --signing-config none.json --trusted-root root.json --bundle app.json app.txt",
    )
    .expect_success();
    run(&scene, "verify file app.txt --bundle app.json --key theirs.pub").expect_success();
}

#[test]
fn keys_that_do_not_sign_here_are_refused_with_a_reason() {
    let Some((scene, tool)) = scene() else { return };
    let make = |line: &str| openssl(&tool, &scene, line);
    make("genpkey -algorithm ed25519 -out ed25519.pem");
    make("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.pem");
    make("rsa -in rsa.pem -traditional -out rsa1.pem");
    make("ecparam -name secp256k1 -genkey -noout -out koblitz.pem");
    make("ecparam -name prime256v1 -genkey -noout -out plain.pem");
    make("pkcs8 -topk8 -in plain.pem -out encrypted.pem -passout pass:sesame");
    make("ec -in plain.pem -aes256 -out legacy.pem -passout pass:sesame");
    make("ec -in plain.pem -pubout -out public.pem");
    scene.repo.write("text.pem", "hello\n");
    for (file, said) in [
        ("ed25519.pem", "no ecdsa key on P-256, P-384 or P-521"),
        ("rsa.pem", "no ecdsa key on P-256, P-384 or P-521"),
        ("rsa1.pem", "no ecdsa key on P-256, P-384 or P-521"),
        ("koblitz.pem", "no ecdsa key on P-256, P-384 or P-521"),
        ("encrypted.pem", "`ENCRYPTED PRIVATE KEY` is a kind of encrypted key that can't be read"),
        ("legacy.pem", "`Proc-Type: 4,ENCRYPTED` is a kind of encrypted key that can't be read"),
        ("public.pem", "no private key in pem"),
        ("text.pem", "no private key in pem"),
    ] {
        for line in ["key import --output-key-prefix ours --key", "sign file app.txt --bundle b.json --key"] {
            let refused = run(&scene, &format!("{line} {file}")).expect_code(2);
            assert!(refused.stderr().starts_with("error[key-unusable]"), "{file}: {}", refused.stderr());
            assert!(refused.stderr().contains(said), "{file}: {}", refused.stderr());
        }
    }
    let refused = run(&scene, "key import --key encrypted.pem").expect_code(2);
    assert!(refused.stderr().contains("decrypt it with `openssl pkey`"), "{}", refused.stderr());
    assert!(!scene.has("ours.key") && !scene.has("b.json"));
    // As the help says.
    make("pkey -in encrypted.pem -passin pass:sesame -out decrypted.pem");
    run(&scene, "key import --key decrypted.pem").expect_success();
    assert!(PASSWORD != "sesame", "the new file has the password of this test");
    run(&scene, "sign file app.txt --bundle b.json --key plimsoll.key").expect_success();
    run(&scene, "verify file app.txt --bundle b.json --key public.pem").expect_success();
}

#[test]
fn files_that_keys_of_other_kinds_signed_verify() {
    let Some((scene, tool)) = scene() else { return };
    let Some(other) = tools::require("cosign") else { return };
    let make = |line: &str| openssl(&tool, &scene, line);
    make("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa2048.pem");
    make("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:4096 -out rsa4096.pem");
    make("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out p384.pem");
    make("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-521 -out p521.pem");
    scene.repo.write("other.txt", "hullo\n");
    for name in ["rsa2048", "rsa4096", "p384", "p521"] {
        make(&format!("pkey -in {name}.pem -pubout -out {name}.pub"));
        cosign(
            &other,
            &scene,
            &format!("import-key-pair --key {name}.pem --output-key-prefix {name}-cosign"),
        )
        .expect_success();
        let line = format!(
            "sign-blob --yes --key {name}-cosign.key --signing-config none.json --trusted-root root.json --bundle {name}.json app.txt"
        );
        cosign(&other, &scene, &line).expect_success();
        let line = |file: &str| format!("verify file {file} --bundle {name}.json --key {name}.pub");
        run(&scene, &line("app.txt")).expect_success();
        run(&scene, &line("other.txt")).expect_code(6);
        // Keys of these kinds sign with cosign alone.
        if !name.starts_with('p') {
            let sign = run(&scene, &format!("sign file app.txt --bundle no.json --key {name}-cosign.key"));
            assert!(sign.expect_code(2).stderr().contains("sign with cosign"), "{name}");
        }
    }
}

#[test]
fn a_file_that_an_ed25519_key_signed_verifies() {
    let Some((scene, tool)) = scene() else { return };
    let make = |line: &str| openssl(&tool, &scene, line);
    make("genpkey -algorithm ed25519 -out ed25519.pem");
    make("pkey -in ed25519.pem -pubout -out ed25519.pub");
    make("pkeyutl -sign -rawin -inkey ed25519.pem -in app.txt -out signature");
    make("dgst -sha256 -binary -out digest app.txt");
    // cosign writes no bundle with such a key: this is what one would be.
    let base64 = |name: &str| {
        make(&format!("base64 -A -in {name} -out {name}.text"));
        std::fs::read_to_string(scene.repo.path().join(format!("{name}.text"))).unwrap()
    };
    let bundle = json!({
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": { "publicKey": {} },
        "messageSignature": {
            "messageDigest": { "algorithm": "SHA2_256", "digest": base64("digest") },
            "signature": base64("signature"),
        },
    });
    scene.repo.write("app.json", bundle.to_string()).write("other.txt", "hullo\n");
    let verify = |file: &str| run(&scene, &format!("verify file {file} --bundle app.json --key ed25519.pub"));
    verify("app.txt").expect_success();
    verify("other.txt").expect_code(6);
    scene.repo.write("app.json", bundle.to_string().replace("SHA2_256", "SHA2_512"));
    verify("app.txt").expect_code(6);
}
