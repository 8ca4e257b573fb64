//! What was said of a release goes along where the release is taken elsewhere.

use plimsoll_engine::statement::artifact::{Artifact, LayerBytes, mark_tag};
use plimsoll_engine::statement::mark::wrap_bytes;
use plimsoll_oci::content::MemoryContent;
use plimsoll_oci::store::Store as _;
use plimsoll_testkit::env::Environment;
use plimsoll_testkit::registry::{Access, Flavor, Registry};

use crate::imported::with_more;
use crate::scene::Scene;

/// What both commands say of a version that must not be used.
const YANKED: &str = "warning[passed-over]: v1.0.0 was yanked, and must not be used: loses orders";

#[test]
fn a_yanked_version_is_yanked_where_it_is_imported() {
    let scene = Scene::released();
    scene.run("yank v1.0.0 --local").expect_code(2);
    scene.plimsoll("yank v1.0.0 --local --reason").arg("loses orders").run().expect_success();
    let exported = scene.run("export v1.0.0 --local").expect_success();
    assert!(exported.stderr().contains(YANKED), "{}", exported.stderr());
    assert!(!exported.stderr().contains("burnt"), "{}", exported.stderr());
    assert!(exported.stdout().contains("with 0 referrers, 1 mark\n"), "{}", exported.stdout());
    let registry = Registry::start(&Environment::new(), Flavor::Plimsoll, Access::Anonymous).unwrap();
    let there = format!("{}/mirror", registry.address());
    let imported = scene.run(&format!("import app-1.0.0.tar --to {there} --files there")).expect_success();
    assert!(imported.stderr().contains(YANKED), "{}", imported.stderr());
    for place in [format!("--registry {there}/app"), "--ledger there".to_owned()] {
        let info = scene.run(&format!("info v1.0.0 {place}")).expect_success();
        assert!(info.stdout().contains("loses orders"), "{place}: {}", info.stdout());
        let list = scene.json(&format!("list {place}"));
        assert_eq!(list["releases"][0]["standing"], "yanked", "{place}: {list:#}");
    }
    // From its new place it is the same archive, mark and all.
    scene.run(&format!("export v1.0.0 back.tar --registry {there}/app")).expect_success();
    assert!(scene.read_bytes("app-1.0.0.tar") == scene.read_bytes("back.tar"), "the same from elsewhere");

    // What ended it goes along as well, and nothing else is sent.
    scene.run("unyank v1.0.0 --local").expect_success();
    assert_eq!(scene.json("export v1.0.0 --local")["marks"], 2);
    let again = scene.json(&format!("import app-1.0.0.tar --to {there} --files there"));
    assert_eq!((&again["marks"], &again["sent"]["manifests"]), (&2.into(), &1.into()), "{again:#}");
    for place in [format!("--registry {there}/app"), "--ledger there".to_owned()] {
        assert_eq!(scene.json(&format!("latest {place}"))["version"], "1.0.0", "{place}");
    }
}

/// The archive is older than the yank, which only its new place has heard of.
#[test]
fn a_yank_that_is_known_where_a_release_is_imported_is_told() {
    let scene = Scene::released();
    scene.run("export v1.0.0 before.tar --local").expect_success();
    scene.plimsoll("yank v1.0.0 --local --reason").arg("loses orders").run().expect_success();
    scene.run("export v1.0.0 after.tar --local").expect_success();
    let registry = Registry::start(&Environment::new(), Flavor::Plimsoll, Access::Anonymous).unwrap();
    let there = format!("{}/mirror", registry.address());
    let first = scene.run(&format!("import before.tar --to {there}")).expect_success();
    assert!(!first.stderr().contains("passed-over"), "{}", first.stderr());
    scene.run(&format!("import after.tar --to {there}")).expect_success();
    let again = scene.run(&format!("import before.tar --to {there}")).expect_success();
    for word in [YANKED, "that was said there before", "`latest` and moving tags pass it over"] {
        assert!(again.stderr().contains(word), "{word}: {}", again.stderr());
    }
    let told = scene.json(&format!("import before.tar --to {there}"));
    assert_eq!((&told["marks"], &told["said"][0]["reason"]), (&0.into(), &"loses orders".into()), "{told:#}");
}

#[test]
fn a_rollback_goes_along_with_what_it_passes_over_alone() {
    let scene = Scene::released();
    scene.repo.write("app", "two").commit("two");
    scene.repo.annotated_tag("v1.1.0");
    scene.run("release v1.1.0 --local").expect_success();
    scene.run("rollback v1.0.0 --local").expect_success();
    assert_eq!(scene.json("export v1.0.0 --local")["marks"], 0);
    assert_eq!(scene.json("export v1.1.0 --local")["marks"], 1);
    let imported = scene.run("import app-1.1.0.tar --local --to quay.io/x").expect_success();
    let said = "warning[passed-over]: v1.1.0 is passed over by a rollback to 1.0.0";
    assert!(imported.stderr().contains(said), "{}", imported.stderr());
}

/// An archive of the release with one more mark in it.
fn with_mark(scene: &Scene, text: &str) {
    with_more(scene, async |layout| {
        let Artifact { manifest, layer, layers } = wrap_bytes(text.as_bytes().to_vec());
        for layer in layers {
            let LayerBytes::Written(bytes) = layer.bytes else { panic!("a mark is written") };
            let content = MemoryContent::new(layer.descriptor, bytes).unwrap();
            layout.put_blob(&content, None).await.unwrap();
        }
        layout.put_manifest(&manifest).await.unwrap();
        let name = format!("registry.example/app:{}", mark_tag(&layer.digest));
        layout.list_as(&name, manifest.digest()).unwrap();
    });
}

#[test]
fn an_archive_says_nothing_of_another_release_and_nothing_that_is_not_understood() {
    let scene = Scene::released();
    scene.run("export v1.0.0 --local").expect_success();
    let import = "import more.tar --local --to quay.io/x";
    let of = |component: &str, version: &str| {
        format!(
            r#"{{"component":"{component}","format":1,"mark":{{"kind":"yank","reason":"x","version":"{version}"}}}}"#
        )
    };
    with_mark(&scene, &of("app", "1.0.0"));
    assert_eq!(scene.json(import)["marks"], 1);
    for text in [of("app", "2.0.0"), of("other", "1.0.0"), "{".to_owned()] {
        with_mark(&scene, &text);
        assert_eq!(scene.error(import), ("content-lies".to_owned(), Some(6)), "{text}");
    }
    with_mark(&scene, r#"{"component":"app","format":1,"mark":{"kind":"recall","version":"1.0.0"}}"#);
    assert_eq!(scene.error(import), ("claim-format".to_owned(), Some(2)));
    with_mark(&scene, r#"{"component":"app","format":2,"mark":{}}"#);
    assert_eq!(scene.error(import), ("claim-format".to_owned(), Some(2)));
}
