//! `site` in a real browser: on a phone and a desk, in light and dark, with scripts and without.

use plimsoll_testkit::browser::{Browser, Scheme, Scripts, View};

use crate::scene::Scene;

#[test]
fn pages_can_be_read_by_everybody() {
    let Some(browser) = Browser::require() else { return };
    let scene = Scene::tagged();
    scene.run("release v1.0.0 --local").expect_success();
    scene
        .repo
        .write("app", "second")
        .commit("fix: a subject that is so long that no phone shows it in one line");
    scene.repo.annotated_tag("v1.1.0");
    scene.run("release v1.1.0 --local").expect_success();
    let reason = "--reason breaks";
    scene.run(&format!("yank v1.0.0 --local {reason}")).expect_success();
    scene.run("site --local").expect_success();
    let digest = scene.json("images v1.1.0 --local")["images"][0]["digest"].as_str().unwrap().to_owned();

    for page in ["index.html", "releases/v1.0.0.html", "releases/v1.1.0.html"] {
        let file = scene.repo.path().join("site").join(page);
        for view in View::all() {
            let seen = browser.look(scene.environment(), &file, view);
            let place = format!("{page} as {view:?}: {seen:?}");
            assert_eq!(seen.overflow, 0, "wider than the window: {place}");
            assert_eq!(seen.faint, [""; 0], "{place}");
            assert_eq!(seen.loaded, [""; 0], "{place}");
            assert!(seen.text.contains("1.1.0"), "{place}");
            assert_eq!(seen.ground < 0.1, view.scheme == Scheme::Dark, "{place}");
            // What is copied can be read and marked without them.
            assert_eq!(seen.buttons > 0, view.scripts == Scripts::Allowed, "{place}");
            assert_eq!(seen.text.contains(&digest), page == "releases/v1.1.0.html", "{place}");
        }
    }
}
