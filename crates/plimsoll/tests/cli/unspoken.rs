//! Keys and tokens that stand where their name is meant: refused, and never shown.

use crate::scene::{CONFIG, Scene};

/// A key and a token as people paste them.
const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg\n-----END PRIVATE KEY-----\n";
const BODY: &str = "MIGHAgEAMBMGByqGSM49";
const TOKEN: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.eyJzdWIiOiJyZXBvOmFjbWUvYXBwIn0.c2lnbmF0dXJlIG9mIGl0";

#[test]
fn a_private_key_in_the_configuration_is_refused_and_masked() {
    for table in [
        "[signing]\nkey",
        "[[trust]]\nkey",
        "[signing]\nkeyless = true\nsigning-config",
        "[project]\ndescription",
    ] {
        let quoted = KEY.replace('\n', "\\n");
        for value in [format!("\"\"\"{KEY}\"\"\""), format!("\"{quoted}\"")] {
            let config = match table.strip_prefix("[project]\n") {
                Some(key) => CONFIG.replace("[project]\n", &format!("[project]\n{key} = {value}\n")),
                None => format!("{CONFIG}\n{table} = {value}\n"),
            };
            let scene = Scene::with_config(&config);
            scene.repo.annotated_tag("v1.0.0");
            for line in ["check", "check -o json", "doctor -o json", "release v1.0.0 --local"] {
                let output = scene.plimsoll(line).set("GITHUB_ACTIONS", "true").run();
                let said = format!("{}{}", output.stdout(), output.stderr());
                assert_eq!(output.code(), Some(2), "{line}: {said}");
                assert!(!said.contains(BODY), "{table} {line}: {said}");
            }
            let said = scene.run("check");
            assert!(
                said.stderr().contains("if this one was committed, replace it"),
                "{table}: {}",
                said.stderr()
            );
        }
    }
}

#[test]
fn a_key_or_a_token_in_the_place_of_its_name_is_not_shown() {
    let scene = Scene::empty();
    scene.repo.write("app", "app\n");
    let sign = "sign file app --bundle b.json";
    for (name, value) in [("PLIMSOLL_KEY", KEY.to_owned()), ("PLIMSOLL_KEY", format!("env:{KEY}"))] {
        for line in [sign.to_owned(), format!("{sign} -o json")] {
            let output = scene.plimsoll(&line).set(name, &value).run();
            let said = format!("{}{}", output.stdout(), output.stderr());
            assert_eq!(output.code(), Some(2), "{said}");
            assert!(!said.contains(BODY), "{said}");
        }
    }
    let itself = scene.plimsoll(sign).set("PLIMSOLL_KEY", KEY).run();
    assert!(itself.stderr().contains("it is a key itself, and not the name of one"), "{}", itself.stderr());
    let verify = scene.plimsoll("verify file app --bundle b.json").set("PLIMSOLL_PUBLIC_KEY", KEY).run();
    assert!(!verify.stderr().contains(BODY), "{}", verify.stderr());
    let token = scene.plimsoll(sign).args(["--identity-token", TOKEN]).run();
    let said = format!("{}{}", token.stdout(), token.stderr());
    assert!(token.code() != Some(0) && !said.contains(TOKEN), "{said}");
}

#[test]
fn a_commit_that_speaks_of_keys_leaves_an_answer_whole() {
    let scene = Scene::released();
    scene
        .repo
        .write("app", "keys\n")
        .commit("fix: accept keys that begin with -----BEGIN EC PRIVATE KEY-----");
    scene.repo.write("app", "more\n").commit("feat: more");
    scene.repo.annotated_tag("v1.1.0");
    scene.run("release v1.1.0 --local").expect_success();
    let next = "version next -o json";
    let difference = scene.json("diff v1.0.0 v1.1.0 --local");
    let subjects: Vec<&str> =
        difference["log"].as_array().unwrap().iter().map(|one| one["subject"].as_str().unwrap()).collect();
    assert_eq!(subjects, ["feat: more", "fix: accept keys that begin with ***"]);
    let shown = scene.run("diff v1.0.0 v1.1.0 --local").expect_success();
    assert!(shown.stdout().contains("begin with ***\n"), "{}", shown.stdout());
    assert!(shown.stdout().contains("feat: more\n"), "{}", shown.stdout());
    let next = scene.run(next).expect_success();
    assert!(serde_json::from_str::<serde_json::Value>(next.stdout()).is_ok(), "{}", next.stdout());
}

#[test]
fn a_file_is_written_as_it_is() {
    let scene = Scene::empty();
    let image = format!("registry.example/app:1.0.0@sha256:{}", "ab".repeat(32));
    let text = format!("services:\n  app:\n    image: {image}\n    environment:\n      ANON_KEY: {TOKEN}\n");
    scene.repo.write("docker-compose.yml", &text);
    assert_eq!(scene.run("compose pin docker-compose.yml").expect_success().stdout(), text);
    assert_eq!(scene.json("compose pin docker-compose.yml")["text"], text.as_str());
    let unpinned = scene.run("compose unpin docker-compose.yml").expect_success();
    assert!(unpinned.stdout().contains(&format!("ANON_KEY: {TOKEN}\n")), "{}", unpinned.stdout());
}
