//! `site`: the ledger as pages.

use std::os::unix::fs::PermissionsExt as _;

use insta::assert_snapshot;
use plimsoll_testkit::fault_registry::{FaultRegistry, Habits};
use plimsoll_testkit::tools;

use crate::scene::{CONFIG, Scene};

/// Two versions in the local registry, of which the second has a compose file.
fn two_releases() -> Scene {
    let scene = Scene::tagged();
    scene.run("release v1.0.0 --local").expect_success();
    scene.repo.write("app", "second").commit("fix: say <it> & mean it");
    scene.repo.annotated_tag("v1.1.0");
    scene.run("release v1.1.0 --local").expect_success();
    scene
}

#[test]
fn each_release_has_a_page() {
    let scene = two_releases();
    assert_snapshot!(scene.show("site --local"), @r"
    exit 0
    --- stdout
    site/index.html: 2 releases
    ");
    let digest = scene.json("images v1.1.0 --local")["images"][0]["digest"].as_str().unwrap().to_owned();
    let index = scene.read("site/index.html");
    assert!(index.contains("<a href=\"releases/v1.1.0.html\">v1.1.0</a>"), "{index}");
    assert!(index.contains("badge latest") && index.contains("badge superseded"), "{index}");
    let page = scene.read("site/releases/v1.1.0.html");
    assert!(page.contains(&format!("@{digest}</code>")), "{page}");
    assert!(page.contains("fix: say &lt;it&gt; &amp; mean it"), "{page}");
    assert!(page.contains("New since <a href=\"v1.0.0.html\">v1.0.0</a>"), "{page}");
    let list: serde_json::Value = serde_json::from_str(&scene.read("site/releases.json")).unwrap();
    assert_eq!(list, scene.json("list --local"));

    // Every link leads to a file that was written.
    let done = scene.json("site --local");
    for file in done["files"].as_array().unwrap().iter().filter_map(|file| file.as_str()) {
        let folder = file.rsplit_once('/').map_or("site".to_owned(), |(folder, _)| format!("site/{folder}"));
        let text = scene.read(&format!("site/{file}"));
        for link in text.split(" href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(link.contains(':') || scene.has(&format!("{folder}/{link}")), "{file}: {link}");
        }
    }
}

#[test]
fn a_page_says_what_became_of_its_release() {
    let scene = Scene::with_config(&format!("{CONFIG}[tags]\nprerelease = true\n"));
    for tag in ["v1.0.0", "v1.1.0", "v1.2.0-rc.1"] {
        scene.repo.write("app", tag).commit(tag);
        scene.repo.annotated_tag(tag);
        scene.run(&format!("release {tag} --local")).expect_success();
    }
    scene.run("yank v1.1.0 --reason breaks --local").expect_success();
    for place in ["--local", "--ledger .plimsoll/releases"] {
        scene.run(&format!("site {place}")).expect_success();
        let page = |tag: &str| scene.read(&format!("site/releases/{tag}.html"));
        let yanked = page("v1.1.0");
        for words in [", and yanked since", "<code>latest</code> is at another release now."] {
            assert!(yanked.contains(words), "{place}: {words}: {yanked}");
        }
        assert!(yanked.contains("<code class=\"tag\">1.1</code>"), "{place}: {yanked}");
        assert!(page("v1.0.0").contains("<code class=\"tag\">latest</code>"), "{place}");
        let newest = page("v1.2.0-rc.1");
        assert!(newest.contains("badge prerelease") && !newest.contains("badge latest"), "{place}: {newest}");
        for (tag, elsewhere) in
            [("v1.1.0", serde_json::json!(["latest"])), ("v1.0.0", serde_json::Value::Null)]
        {
            let info = scene.json(&format!("info {tag} {place}"));
            assert_eq!(info["images"][0]["tags_elsewhere"], elsewhere, "{place}: {tag}");
        }
    }
    assert_eq!(scene.json("list --local")["releases"][0]["standing"], "prerelease");
    let again = scene.json("release v1.1.0 --local");
    assert_eq!(again["images"][0]["tags_elsewhere"], serde_json::json!(["latest"]));
}

#[test]
fn the_same_ledger_gives_the_same_pages() {
    let scene = two_releases();
    scene.run("site --local --into one").expect_success();
    scene.run("site --local --into two").expect_success();
    let files = scene.json("site --local --into two")["files"].clone();
    for file in files.as_array().unwrap().iter().filter_map(|file| file.as_str()) {
        assert_eq!(scene.read(&format!("one/{file}")), scene.read(&format!("two/{file}")), "{file}");
    }
}

#[test]
fn what_others_made_stays() {
    let scene = two_releases();
    scene.repo.write("site/index.html", "<h1>mine</h1>").write("site/index.yaml", "entries: {}\n");
    assert_snapshot!(scene.show("site --local"), @r"
    exit 2
    --- stderr
    error[usage]: site/index.html is there, and it is no file of `plimsoll site`
     |
     = help: name another folder with `--into`; one beside it can be linked to
    ");
    std::fs::remove_file(scene.repo.path().join("site/index.html")).unwrap();
    for other in ["site/releases.json", "site/releases/v1.0.0.html"] {
        scene.repo.write(other, "mine\n");
        let refused = scene.run("site --local").expect_code(2);
        assert!(refused.stderr().contains(&format!("{other} is there")), "{}", refused.stderr());
        assert!(scene.read(other) == "mine\n" && !scene.has("site/index.html"), "{other}");
        std::fs::remove_file(scene.repo.path().join(other)).unwrap();
    }
    scene.run("site --local").expect_success();
    scene.run("site --local").expect_success();
    assert_eq!(scene.read("site/index.yaml"), "entries: {}\n");
}

/// How often a line fetches from the git remote.
fn count_fetches(scene: &Scene, line: &str) -> usize {
    let folder = scene.environment().folder("counting");
    let (program, calls) = (folder.join("git"), folder.join("calls"));
    let real = scene.environment().command("sh").args(["-c", "command -v git"]).run().expect_success();
    let script =
        format!("#!/bin/sh\necho \"$*\" >>'{}'\nexec {} \"$@\"\n", calls.display(), real.stdout().trim());
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::write(&calls, "").unwrap();
    let machine = std::env::var_os("PATH").unwrap();
    let folders = std::iter::once(folder).chain(std::env::split_paths(&machine));
    let run = scene.plimsoll(line).set("PATH", std::env::join_paths(folders).unwrap());
    run.run().expect_success();
    let calls = std::fs::read_to_string(calls).unwrap();
    calls.lines().filter(|call| call.split(' ').any(|word| matches!(word, "fetch" | "ls-remote"))).count()
}

#[test]
fn a_site_asks_the_remote_no_oftener_than_a_list() {
    let registry = FaultRegistry::start(Habits::default());
    let repository = format!("{}/acme/app", registry.address());
    let config = CONFIG.replace("registry.example/app", &repository);
    let (scene, _remote) = Scene::with_remote(&format!("{config}[tags]\nversion = \"hello-v{{version}}\"\n"));
    for tag in ["hello-v1.0.0", "hello-v1.1.0", "hello-v1.2.0"] {
        scene.push_version(tag);
        scene.run(&format!("release {tag}")).expect_success();
    }
    let list = count_fetches(&scene, "list");
    assert!(list > 0);
    assert_eq!(count_fetches(&scene, "site"), list);
}

#[test]
fn without_releases_the_page_says_so() {
    let scene = Scene::tagged();
    scene.run("site --local").expect_success();
    assert!(scene.read("site/index.html").contains("Nothing was released yet."));
}

#[test]
fn pages_are_html_and_ask_nobody_for_anything() {
    let scene = two_releases();
    scene.run("yank v1.0.0 --reason <b>broken</b> --local");
    scene.run("site --local").expect_success();
    let pages = ["site/index.html", "site/releases/v1.0.0.html", "site/releases/v1.1.0.html"];
    for page in pages {
        let html = scene.read(page);
        for word in [" src=", "<link", "<img", "<iframe", "@import", "url(", "fetch(", "XMLHttpRequest"] {
            assert!(!html.contains(word), "{page}: {word}");
        }
        assert!(html.contains("default-src 'none'"), "{page}");
    }
    let Some(tidy) = tools::require("tidy") else { return };
    let options = ["-quiet", "-errors", "--drop-empty-elements", "no"];
    let tidy = tidy.command(scene.environment()).in_folder(scene.repo.path());
    let checked = tidy.args(options).args(pages).run();
    assert_eq!((checked.code(), checked.stderr()), (Some(0), ""));
}

#[test]
fn the_first_page_is_written_when_all_others_are_there() {
    let scene = two_releases();
    scene.repo.write("site/releases", "in the way");
    assert_ne!(scene.run("site --local").code(), Some(0));
    assert!(!scene.has("site/index.html"), "it would lead nowhere");
}
