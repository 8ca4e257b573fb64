//! `sign image` and `verify image`, alone and with cosign, on registries with the referrers API and without.

use insta::assert_snapshot;
use plimsoll_testkit::env::Environment;
use plimsoll_testkit::fault_registry::{FaultRegistry, Habits, Tags, Vendor};
use plimsoll_testkit::registry::{Access, Flavor, Registry};
use plimsoll_testkit::sigstore::{PERSON, Sigstore};
use plimsoll_testkit::tools::{self, Tool};
use serde_json::Value;

use crate::keyed::{LOCAL, PASSWORD, cosign, json, registries, run, scene, write_nobody};
use crate::scene::{CONFIG, Scene};

#[test]
fn an_image_is_signed_once_by_each() {
    let scene = scene();
    let (_, signed) = json(&scene, &format!("sign image {LOCAL} --key one.key"));
    assert_eq!((&signed["schema"], &signed["outcome"]), (&"plimsoll.signed/v1".into(), &"signed".into()));
    let (_, again) = json(&scene, &format!("sign image {LOCAL} --key one.key"));
    assert_eq!((&again["outcome"], &again["bundle"]), (&"already-signed".into(), &signed["bundle"]));
    let (code, found) = json(&scene, &format!("verify image {LOCAL} --key two.pub"));
    let refused = &found["signatures"][0];
    assert_eq!((code, &found["verdict"], &refused["verdict"]), (6, &"refused".into(), &"refused".into()));
    let (_, theirs) = json(&scene, &format!("sign image {LOCAL} --key two.key"));
    assert_eq!(theirs["outcome"], "signed");
    for key in ["one", "two"] {
        let (code, found) = json(&scene, &format!("verify image {LOCAL} --key {key}.pub"));
        assert_eq!((code, &found["schema"]), (0, &"plimsoll.image-signatures/v1".into()), "{found}");
        assert_eq!((&found["verdict"], &found["digest"]), (&"verified".into(), &signed["digest"]));
        assert_eq!(found["signatures"].as_array().unwrap().len(), 2, "{found}");
    }
    let digest = signed["digest"].as_str().unwrap();
    run(&scene, &format!("verify image local:registry.example/app@{digest} --key one.pub")).expect_success();
    // A copy takes its signatures along.
    run(&scene, &format!("copy {LOCAL} oci:copied")).expect_success();
    run(&scene, "verify image oci:copied:1.0.0 --key two.pub").expect_success();
}

#[test]
fn several_images_are_signed_in_one_go_each_once() {
    let scene = scene();
    run(&scene, &format!("copy {LOCAL} local:registry.example/other:1.0.0")).expect_success();
    let other = "local:registry.example/other:1.0.0";
    let (_, first) = json(&scene, &format!("sign image {other} --key one.key"));
    let digest = first["digest"].as_str().unwrap();
    let line = format!("sign image {LOCAL} {other} local:registry.example/app@{digest} --key one.key");
    let (code, all) = json(&scene, &line);
    assert_eq!((code, &all["schema"]), (0, &"plimsoll.signed-images/v1".into()), "{all:#}");
    let each = |field: &str| {
        let images = all["images"].as_array().unwrap().iter();
        images.map(|image| image[field].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(each("outcome"), ["signed", "already-signed", "signed"]);
    assert_eq!(each("artifact")[..2], [LOCAL, other]);
    assert_eq!(each("bundle")[0], each("bundle")[2], "two names of one image");
    let (_, found) = json(&scene, &format!("verify image {LOCAL} --key one.pub"));
    assert_eq!(found["signatures"].as_array().unwrap().len(), 1, "{found:#}");
    // What is not there keeps nothing else from being signed.
    let missing = "local:registry.example/app:2.0.0";
    let refused = run(&scene, &format!("sign image {missing} {other} --key two.key")).expect_code(2);
    assert!(refused.stderr().contains(&format!("there is no {missing}")), "{}", refused.stderr());
    run(&scene, &format!("verify image {other} --key two.pub")).expect_success();
}

#[test]
fn one_name_in_a_registry_and_here_is_two_things_to_sign() {
    let scene = scene();
    let registry = Registry::start(&Environment::new(), Flavor::Plimsoll, Access::Anonymous)
        .expect("our own registry is always there");
    let there = format!("{}:1.0.0", registry.repository("acme/app"));
    let here = format!("local:{there}");
    run(&scene, &format!("copy {LOCAL} {there}")).expect_success();
    run(&scene, &format!("copy {LOCAL} {here}")).expect_success();
    let (code, all) = json(&scene, &format!("sign image {there} {here} --key one.key"));
    assert_eq!((code, all["images"].as_array().map(Vec::len)), (0, Some(2)), "{all:#}");
    for image in [there, here] {
        run(&scene, &format!("verify image {image} --key one.pub")).expect_success();
    }
}

#[test]
fn nothing_is_added_to_an_archive() {
    let scene = scene();
    run(&scene, &format!("copy {LOCAL} oci-archive:app.tar")).expect_success();
    scene.repo.write("reviewed.json", "{}");
    let before = scene.repo.path().join("app.tar");
    let before = (std::fs::read(&before).unwrap(), before);
    for line in [
        "sign image oci-archive:app.tar:1.0.0 --key one.key",
        "attest image oci-archive:app.tar:1.0.0 --type https://acme.test/x --predicate reviewed.json --key one.key",
    ] {
        let refused = run(&scene, line).expect_code(2);
        let said = "oci-archive:app.tar:1.0.0 is an archive, and nothing can be added to one";
        assert!(refused.stderr().contains(said), "{line}: {}", refused.stderr());
    }
    assert!(std::fs::read(before.1).unwrap() == before.0, "the archive is as it was");
}

#[test]
fn what_is_not_vouched_for_is_said() {
    let scene = scene();
    assert_snapshot!(scene.show(&format!("verify image {LOCAL} --key one.pub")), @r"
    exit 6
    --- stdout
    local:registry.example/app:1.0.0 is sha256:[hex]

    local:registry.example/app:1.0.0 is not signed
    --- stderr
    error[signature-refused]: nobody has signed local:registry.example/app:1.0.0
     |
     = reason: signature-missing
     = type: https://sigstore.dev/cosign/sign/v1
     = help: do not rely on it; sign it with `plimsoll sign image` if it is yours
    ");
    run(&scene, &format!("sign image {LOCAL} --key one.key")).expect_success();
    assert_snapshot!(scene.show(&format!("verify image {LOCAL} --key one.pub")), @r"
    exit 0
    --- stdout
    local:registry.example/app:1.0.0 is sha256:[hex]

    signature sha256:[hex]
    ok        bundle       version 0.3
    -         digest       the statement names what it is about
    ok        signature    the envelope is signed by the given key
    -         certificate  the bundle is signed with a key
    -         sct          the bundle is signed with a key
    -         log          no trusted root is given; the key vouches by itself
    -         timestamp    the bundle has no timestamp
    ok        identity     the holder of the key sha256:[hex]
    ok        predicate    https://sigstore.dev/cosign/sign/v1
    ok        subject      sha256:[hex]

    local:registry.example/app:1.0.0 is signed as it must be
    ");
    let (code, found) = json(&scene, &format!("verify image {LOCAL}"));
    assert_eq!((code, &found["signatures"][0]["reason"]), (6, &"identity-unstated".into()), "{found}");
    let statement = "--type https://slsa.dev/provenance/v1";
    let (code, found) = json(&scene, &format!("verify image {LOCAL} --key one.pub {statement}"));
    assert_eq!((code, &found["signatures"]), (6, &serde_json::json!([])), "{found}");
    assert_eq!(scene.error("verify image local:registry.example/app:2.0.0 --key one.pub").1, Some(2));
    assert_eq!(scene.error("sign image local:registry.example/app --key one.key").1, Some(2));
}

#[test]
fn cosign_and_plimsoll_verify_each_others_images() {
    let Some(tool) = tools::require("cosign") else { return };
    let scene = scene();
    write_nobody(&scene);
    for registry in registries() {
        let there = registry.repository("acme/app");
        let copied = scene.json(&format!("copy {LOCAL} {there}"));
        let image = format!("{there}@{}", copied["digests"][0].as_str().unwrap());
        let theirs = "--signing-config none.json --trusted-root root.json";
        run(&scene, &format!("sign image {image} --key one.key")).expect_success();
        cosign(&tool, &scene, &format!("sign --yes --key two.key {theirs} {image}")).expect_success();
        for key in ["one", "two"] {
            let line =
                format!("verify --key {key}.pub --insecure-ignore-tlog --trusted-root root.json {image}");
            cosign(&tool, &scene, &line).expect_success();
            run(&scene, &format!("verify image {image} --key {key}.pub")).expect_success();
        }
        // What cosign has signed with our key is our signature.
        let (_, again) = json(&scene, &format!("sign image {image} --key two.key"));
        assert_eq!(again["outcome"], "already-signed", "{registry:?}");
        run(&scene, "key generate --output-key-prefix three").expect_success();
        let line = format!("verify --key three.pub --insecure-ignore-tlog --trusted-root root.json {image}");
        assert_ne!(cosign(&tool, &scene, &line).code(), Some(0));
        std::fs::remove_file(scene.repo.path().join("three.key")).unwrap();
        std::fs::remove_file(scene.repo.path().join("three.pub")).unwrap();
    }
}

#[test]
fn no_signature_is_lost_where_many_sign_at_once() {
    const MANY: usize = 6;
    let scene = Scene::released();
    let Some(registry) = Registry::start(&Environment::new(), Flavor::Distribution3, Access::Anonymous)
    else {
        return;
    };
    let there = registry.repository("acme/app");
    run(&scene, &format!("copy {LOCAL} {there}")).expect_success();
    let line = |number: usize| format!("sign image {there}:1.0.0 --key key-{number}.key");
    for number in 0..MANY {
        run(&scene, &format!("key generate --output-key-prefix key-{number}")).expect_success();
    }
    let signing: Vec<_> = (0..MANY)
        .map(|number| scene.plimsoll(&line(number)).set("COSIGN_PASSWORD", PASSWORD).start())
        .collect();
    for one in signing {
        one.wait().expect_success();
    }
    for number in 0..MANY {
        run(&scene, &format!("verify image {there}:1.0.0 --key key-{number}.pub")).expect_success();
    }
}

#[test]
fn an_identity_signs_an_image_and_cosign_agrees() {
    let scene = Scene::released();
    let Some(stack) = Sigstore::start(scene.environment()) else { return };
    let Some(tool) = tools::require("cosign") else { return };
    let Some(registry) = Registry::start(&Environment::new(), Flavor::Distribution3, Access::Anonymous)
    else {
        return;
    };
    let there = format!("{}:1.0.0", registry.repository("acme/app"));
    run(&scene, &format!("copy {LOCAL} {there}")).expect_success();
    scene.repo.write("token", stack.token());
    let trusting = format!("--trusted-root {}", stack.trusted_root().display());
    let sign = format!(
        "sign image {there} --identity-token token {trusting} --signing-config {}",
        stack.signing_config().display()
    );
    let (_, signed) = json(&scene, &sign);
    assert_eq!((&signed["outcome"], &signed["signer"]), (&"signed".into(), &PERSON.into()), "{signed}");
    let (_, again) = json(&scene, &sign);
    assert_eq!(again["outcome"], "already-signed", "{again}");
    let who = format!("--certificate-identity {PERSON} --certificate-oidc-issuer {}", stack.issuer());
    run(&scene, &format!("verify image {there} {trusting} {who}")).expect_success();
    cosign(&tool, &scene, &format!("verify {trusting} {who} {there}")).expect_success();
    let sign = format!(
        "sign --yes --identity-token token {trusting} --signing-config {} {there}",
        stack.signing_config().display()
    );
    cosign(&tool, &scene, &sign).expect_success();
    let (_, found) = json(&scene, &format!("verify image {there} {trusting} {who}"));
    let verified = |one: &Value| one["verdict"] == "verified";
    assert_eq!(
        found["signatures"].as_array().unwrap().iter().filter(|one| verified(one)).count(),
        2,
        "{found}"
    );
}

/// Both cosigns, each with what it takes to sign and verify in the older form without any service.
fn older_form() -> Vec<(&'static str, Tool, &'static str, &'static str)> {
    let known = [
        ("cosign2", "--tlog-upload=false", "--insecure-ignore-tlog --trusted-root root.json"),
        (
            "cosign",
            "--new-bundle-format=false --use-signing-config=false --tlog-upload=false",
            "--insecure-ignore-tlog --trusted-root root.json",
        ),
    ];
    let found = known
        .into_iter()
        .filter_map(|(name, sign, verify)| Some((name, tools::require(name)?, sign, verify)));
    found.collect()
}

#[test]
fn the_older_form_is_signed_and_verified_with_both_cosigns() {
    let scene = scene();
    write_nobody(&scene);
    run(&scene, "key generate --output-key-prefix three").expect_success();
    for registry in registries() {
        for (name, tool, sign, verify) in older_form() {
            let there = registry.repository(&format!("acme/{name}"));
            let copied = scene.json(&format!("copy {LOCAL} {there}"));
            let image = format!("{there}@{}", copied["digests"][0].as_str().unwrap());
            let (_, signed) = json(&scene, &format!("sign image {image} --key one.key --format legacy"));
            assert_eq!(signed["signatures"][0]["form"], "legacy", "{signed}");
            // Theirs goes beside ours, and ours of another key beside theirs.
            cosign(&tool, &scene, &format!("sign --yes --key two.key {sign} {image}")).expect_success();
            run(&scene, &format!("sign image {image} --key three.key --format legacy")).expect_success();
            for key in ["one", "two", "three"] {
                cosign(&tool, &scene, &format!("verify --key {key}.pub {verify} {image}")).expect_success();
                run(&scene, &format!("verify image {image} --key {key}.pub")).expect_success();
            }
            // What cosign has signed with our key is our signature, in that form.
            let (_, again) = json(&scene, &format!("sign image {image} --key two.key --format legacy"));
            assert_eq!(again["outcome"], "already-signed", "{registry:?}");
            let (_, again) = json(&scene, &format!("sign image {image} --key two.key --format both"));
            let outcomes = [&again["signatures"][0]["outcome"], &again["signatures"][1]["outcome"]];
            assert_eq!(outcomes, ["signed", "already-signed"], "{again}");
        }
    }
}

#[test]
fn a_signature_of_the_older_form_is_of_one_image() {
    let scene = scene();
    let (_, signed) = json(&scene, &format!("sign image {LOCAL} --key one.key --format legacy"));
    assert_snapshot!(scene.show(&format!("verify image {LOCAL} --key one.pub")), @r"
    exit 0
    --- stdout
    local:registry.example/app:1.0.0 is sha256:[hex]

    signature sha256:[hex], in cosign's older form
    ok        bundle       no bundle: the older form of cosign
    -         digest       the bundle states no digest
    ok        signature    the artifact is signed by the given key
    -         certificate  the bundle is signed with a key
    -         sct          the bundle is signed with a key
    -         log          no trusted root is given; the key vouches by itself
    -         timestamp    the bundle has no timestamp
    ok        identity     the holder of the key sha256:[hex]
    ok        predicate    cosign container image signature
    ok        subject      sha256:[hex] as registry.example/app

    local:registry.example/app:1.0.0 is signed as it must be
    ");
    let (code, found) = json(&scene, &format!("verify image {LOCAL} --key two.pub"));
    assert_eq!((code, &found["signatures"][0]["reason"]), (6, &"signature-wrong".into()), "{found}");
    assert_eq!(found["signatures"][0]["form"], "legacy");
    // The tag says which image it is beside; the payload says which image was signed.
    scene.repo.write("app", "#!/bin/sh\necho another\n").commit("another");
    scene.repo.annotated_tag("v1.1.0");
    scene.run("release v1.1.0 --local").expect_success();
    let another = "local:registry.example/app:1.1.0";
    let (_, theirs) = json(&scene, &format!("sign image {another} --key two.key --format legacy"));
    let tag = |signed: &Value| format!("{}.sig", signed["digest"].as_str().unwrap().replace(':', "-"));
    let (from, to) = (tag(&signed), tag(&theirs));
    run(&scene, &format!("copy local:registry.example/app:{from} local:registry.example/app:{to}"))
        .expect_success();
    let (code, found) = json(&scene, "verify image local:registry.example/app:1.1.0 --key one.pub");
    assert_eq!((code, &found["signatures"][0]["reason"]), (6, &"subject-other-image".into()), "{found}");
}

#[test]
fn no_signature_of_the_older_form_is_lost_where_many_sign_at_once() {
    const MANY: usize = 6;
    let scene = Scene::released();
    let Some(registry) = Registry::start(&Environment::new(), Flavor::Distribution3, Access::Anonymous)
    else {
        return;
    };
    let there = registry.repository("acme/app");
    run(&scene, &format!("copy {LOCAL} {there}")).expect_success();
    for number in 0..MANY {
        run(&scene, &format!("key generate --output-key-prefix key-{number}")).expect_success();
    }
    let line = |number: usize| format!("sign image {there}:1.0.0 --key key-{number}.key --format legacy");
    let signing: Vec<_> = (0..MANY)
        .map(|number| scene.plimsoll(&line(number)).set("COSIGN_PASSWORD", PASSWORD).start())
        .collect();
    for one in signing {
        one.wait().expect_success();
    }
    for number in 0..MANY {
        run(&scene, &format!("verify image {there}:1.0.0 --key key-{number}.pub")).expect_success();
    }
}

#[test]
fn without_options_the_project_says_whose_signatures_count() {
    let scene = scene();
    run(&scene, &format!("sign image {LOCAL} --key one.key --format both")).expect_success();
    let trusting = |table: &str| {
        scene.repo.write("plimsoll.toml", format!("{}\n[[trust]]\n{table}\n", crate::scene::CONFIG));
    };
    trusting("key = \"two.pub\"\n[[trust]]\nkey = \"one.pub\"");
    let (code, found) = json(&scene, &format!("verify image {LOCAL}"));
    assert_eq!((code, &found["policy"], &found["verdict"]), (0, &"configuration".into(), &"verified".into()));
    let (code, found) = json(&scene, &format!("verify image {LOCAL} --key two.pub"));
    assert_eq!((code, &found["policy"]), (6, &"options".into()), "{found}");
    trusting("key = \"two.pub\"");
    let (code, found) = json(&scene, &format!("verify image {LOCAL}"));
    assert_eq!((code, &found["signatures"][0]["reason"]), (6, &"signature-other-key".into()), "{found}");
    // An image has no time at which it was sealed: what does not count now does not count.
    trusting("key = \"one.pub\"\nuntil = \"2020-01-01T00:00:00Z\"");
    let (code, found) = json(&scene, &format!("verify image {LOCAL}"));
    let reason = &found["signatures"][0]["reason"];
    assert_eq!(
        (code, &found["policy"], reason),
        (6, &"configuration".into(), &"signature-untimely".into()),
        "{found}"
    );
    trusting("key = \"nowhere.pub\"");
    assert_eq!(scene.error(&format!("verify image {LOCAL}")), ("key-unusable".to_owned(), Some(2)));
}

#[test]
fn the_images_for_platforms_are_signed_where_that_is_asked() {
    let scene = scene();
    let two = CONFIG.replace("[\"linux/amd64\"]", "[\"linux/amd64\", \"linux/arm64\"]");
    assert_ne!(two, CONFIG);
    scene.repo.write("plimsoll.toml", two).commit("two platforms");
    scene.repo.annotated_tag("v1.1.0");
    scene.run("release v1.1.0 --local").expect_success();
    let image = "local:registry.example/app:1.1.0";
    let released = scene.json("images v1.1.0 --local");
    let digests: Vec<String> = released["images"][0]["platforms"]
        .as_object()
        .unwrap_or_else(|| panic!("{released:#}"))
        .values()
        .map(|digest| digest.as_str().unwrap().to_owned())
        .collect();
    assert_eq!(digests.len(), 2, "{released:#}");
    let verify = |digest: &str| {
        run(&scene, &format!("verify image local:registry.example/app@{digest} --key one.pub")).code()
    };
    run(&scene, &format!("sign image {image} --key one.key")).expect_success();
    assert_eq!([verify(&digests[0]), verify(&digests[1])], [Some(6); 2], "the index alone is signed");
    let (code, signed) = json(&scene, &format!("sign image {image} --key one.key --format both --recursive"));
    assert_eq!((code, &signed["outcome"]), (0, &"signed".into()), "{signed:#}");
    let platforms = signed["platforms"].as_array().unwrap();
    let named: Vec<_> = platforms.iter().map(|one| one["platform"].as_str().unwrap()).collect();
    assert_eq!(named, ["linux/amd64", "linux/arm64"]);
    assert!(platforms.iter().all(|one| one["signatures"].as_array().unwrap().len() == 2), "{signed:#}");
    assert_eq!([verify(&digests[0]), verify(&digests[1])], [Some(0); 2]);
    let (_, again) = json(&scene, &format!("sign image {image} --key one.key --format both --recursive"));
    assert_eq!(again["outcome"], "already-signed", "{again:#}");
}

#[test]
fn where_tags_are_written_once_each_image_takes_one_signature_and_no_more() {
    let scene = scene();
    let tags = Vendor::Ecr.habits().tags;
    assert!(matches!(tags, Tags::Immutable(_)), "it keeps its tags");
    let registry = FaultRegistry::start(Habits { tags, ..Habits::default() });
    let image = format!("{}/acme/app:1.0.0", registry.address());
    run(&scene, &format!("copy {LOCAL} {image}")).expect_success();
    for outcome in ["signed", "already-signed"] {
        let (code, signed) = json(&scene, &format!("sign image {image} --key one.key --format both"));
        assert_eq!((code, &signed["outcome"]), (0, &outcome.into()), "{signed:#}");
    }
    run(&scene, &format!("verify image {image} --key one.pub")).expect_success();
    // Who comes later would have to write what lies there again: each time it is said what to do.
    for form in ["bundle", "legacy"] {
        for _ in 0..2 {
            let output = run(&scene, &format!("sign image {image} --key two.key --format {form}"));
            assert!(output.stderr().starts_with("error[tag-immutable]"), "{}", output.stderr());
            assert!(output.stderr().contains("begin with `sha256-`"), "{}", output.stderr());
        }
    }
    run(&scene, &format!("verify image {image} --key one.pub")).expect_success();
}
