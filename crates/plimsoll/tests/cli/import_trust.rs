//! Who must have signed what is imported: never is it the archive that says whether anybody must.

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::registry::{Access, Flavor, Registry};
use serde_json::Value;

use crate::scene::{CONFIG, Scene};
use crate::signing::{IMAGE, SIGNING, released, run};

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
    let import = "import app-1.0.0.tar --local --to registry.internal";
    let open = there.run(import).expect_success();
    assert!(open.stderr().contains("it is not signed: nobody vouches for who made it"), "{}", open.stderr());
    let known = there.json(import);
    assert_eq!((&known["signatures"], &known["signed"]), (&Value::Null, &false.into()), "{known:#}");
    assert_eq!(there.error(&format!("{import} --key release.pub")), refused());
    // That its images are signed says nothing of the version, nor of the files that came along.
    run(&scene, &format!("sign image {IMAGE} --key release.key")).expect_success();
    scene.run("export v1.0.0 --local --trust release.pub").expect_success();
    let there = elsewhere(&scene, "");
    assert_eq!(there.error(&format!("{import} --key release.pub")), refused());
    // Not the record says whether it must be signed: the project does, and whoever looks after it may ask nobody.
    let project = elsewhere(&scene, &format!("{CONFIG}\n[[trust]]\nkey = \"release.pub\"\n"));
    let said = project.run(import).expect_code(6);
    for word in ["its record does not say that the release is signed", "nothing was sent", "--integrity-only"]
    {
        assert!(said.stderr().contains(word), "{word}: {}", said.stderr());
    }
    project.run(&format!("{import} --integrity-only")).expect_success();
    let both = project.error(&format!("{import} --integrity-only --key release.pub"));
    assert_eq!(both, ("usage".to_owned(), Some(2)));
}

#[test]
fn a_project_that_names_its_private_key_alone_never_takes_the_keys_of_an_archive() {
    let scene = released(SIGNING);
    scene.run("export v1.0.0 --local --trust release.pub").expect_success();
    let project = elsewhere(&scene, &format!("{CONFIG}\n{SIGNING}"));
    let import = "import app-1.0.0.tar --local --to registry.internal";
    let said = project.run(import).expect_code(2);
    for word in ["error[missing-key]", "`plimsoll key public` prints it", "nothing was written there"] {
        assert!(said.stderr().contains(word), "{word}: {}", said.stderr());
    }
    project.run(&format!("{import} --key release.pub")).expect_success();
}

/// A signature is missed.
fn refused() -> (String, Option<i32>) {
    ("signature-refused".to_owned(), Some(6))
}
