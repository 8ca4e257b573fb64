//! Promotion: a second tag says that a released version is good.

use insta::assert_snapshot;

use crate::scene::{CONFIG, Scene};

const PROMOTES: &str = r#"
[image.tags]
release = ["v{version}", "{major}.{minor}", "latest"]
promotion = ["stable"]
[tags]
stable = "v{version}-stable"
[gates]
promote = ["test -f app", "echo ran >> $LOG"]
environment = ["LOG"]
"#;

/// A project with versions that are released into the local registry.
fn released(versions: &[&str]) -> Scene {
    let scene = Scene::with_config(&format!("registry = \"local\"\n{CONFIG}{PROMOTES}"));
    for version in versions {
        scene.repo.write("app", version).commit(version);
        scene.repo.annotated_tag(version);
        scene.plimsoll(&format!("release {version}")).run().expect_success();
    }
    scene
}

/// Makes the promotion tag of a version on its commit.
fn tag_stable(scene: &Scene, version: &str) {
    let commit = format!("{version}^{{}}");
    scene.repo.git(["tag", "-a", "-m", "stable", &format!("{version}-stable"), &commit]);
}

/// A line with the file that gates write to.
fn show(scene: &Scene, line: &str) -> String {
    let log = scene.environment().root().join("gates.log");
    scene.shown(&scene.plimsoll(line).arg("--no-progress").set("LOG", log.to_str().unwrap()).run())
}

fn gates_run(scene: &Scene) -> usize {
    let log = std::fs::read_to_string(scene.environment().root().join("gates.log"));
    log.map_or(0, |log| log.lines().count())
}

fn version_at(scene: &Scene, tag: &str) -> Option<String> {
    let found = scene.json(&format!("whatis registry.example/app:{tag}"));
    found["matches"][0]["version"].as_str().map(str::to_owned)
}

#[test]
fn a_promotion_proves_what_was_released_and_moves_its_tags() {
    let scene = released(&["v1.3.0", "v1.4.0"]);
    scene.repo.write("app", "later").commit("later");
    tag_stable(&scene, "v1.4.0");
    assert_snapshot!(show(&scene, "plan v1.4.0-stable"), @"
    exit 0
    --- stdout
    app v1.4.0-stable: promotion 1.4.0 from commit [commit]

    gates, in a clean checkout of the commit
      test -f app
      echo ran >> $LOG

    moving tags, last
      registry.example/app:stable
    --- stderr
    nothing was looked at; `--online` says what is there already
    ");
    assert_snapshot!(show(&scene, "plan v1.4.0-stable --online"), @"
    exit 0
    --- stdout
    app v1.4.0-stable: promotion 1.4.0 from commit [commit]

    gates, in a clean checkout of the commit
      create         test -f app
      create         echo ran >> $LOG

    moving tags, last
      create         registry.example/app:stable  sha256:[hex]
    ");
    assert_snapshot!(show(&scene, "promote v1.4.0 --dry-run"), @"
    exit 0
    --- stdout
    would promote app 1.4.0 (5 checks; 2 gates to run)
      registry.example/app:stable would move to 1.4.0
    --- stderr
    nothing was changed: this only looked
    ");
    assert_eq!((gates_run(&scene), version_at(&scene, "stable")), (0, None), "a dry run changes nothing");
    let before = scene.files(".plimsoll/registry").len();
    assert_snapshot!(show(&scene, "release v1.4.0-stable"), @"
    exit 0
    --- stdout
    promoted app 1.4.0 (5 checks, 2 gates)
      registry.example/app:stable moved to 1.4.0
    --- stderr
    everything is done; running the same command again changes nothing
    ");
    assert_eq!((gates_run(&scene), version_at(&scene, "stable").as_deref()), (1, Some("1.4.0")));
    let grown = scene.files(".plimsoll/registry").len() - before;
    assert!(grown <= 3, "nothing but the statement is pushed: {grown} files");
    assert_snapshot!(show(&scene, "promote v1.4.0"), @"
    exit 0
    --- stdout
    app 1.4.0 is promoted already
    --- stderr
    everything is done; running the same command again changes nothing
    ");
    assert_eq!(gates_run(&scene), 1, "what was promoted is not tried again");
    let plan = scene.plimsoll("plan v1.4.0-stable --online --detailed-exitcode").run();
    assert_eq!(plan.code(), Some(0), "{}", plan.stdout());
}

#[test]
fn the_highest_promoted_version_keeps_the_tag() {
    let scene = released(&["v1.3.0", "v1.4.0"]);
    for version in ["v1.4.0", "v1.3.0"] {
        tag_stable(&scene, version);
        show(&scene, &format!("promote {version}"));
    }
    assert_eq!(version_at(&scene, "stable").as_deref(), Some("1.4.0"));
    scene.run("yank v1.4.0 --reason breaks").expect_success();
    assert_eq!(version_at(&scene, "stable").as_deref(), Some("1.3.0"));
    assert_eq!(scene.error("promote v1.4.0"), ("passed-over".into(), Some(5)));
}

#[test]
fn what_is_not_published_is_not_promoted() {
    let scene = released(&[]);
    scene.repo.annotated_tag("v1.0.0");
    tag_stable(&scene, "v1.0.0");
    assert_snapshot!(show(&scene, "release v1.0.0-stable"), @"
    exit 5
    --- stderr
    error[not-published]: 1.0.0 is not published, so there is nothing to promote
     |
     = missing: a published release of v1.0.0
     = help: see how far it is: `plimsoll status v1.0.0 --local`
     = help: release it first: `plimsoll release v1.0.0 --local`

    nothing has left this machine; mend this, then run again
    ");
    assert_eq!(gates_run(&scene), 0);
}

#[test]
fn what_was_yanked_is_not_tagged_and_not_promoted() {
    let scene = released(&["v1.3.0", "v1.4.0"]);
    scene.run("yank v1.4.0 --reason breaks").expect_success();
    for line in ["tag --stable v1.4.0", "promote v1.4.0", "promote v1.4.0-stable"] {
        assert_eq!(scene.error(line), ("passed-over".to_owned(), Some(5)), "{line}");
    }
    assert_eq!(scene.repo.git(["tag", "--list", "v1.4.0-stable"]), "");
    scene.run("tag --stable v1.3.0").expect_success();
    scene.run("unyank v1.4.0").expect_success();
    scene.run("tag --stable v1.4.0").expect_success();
}

#[test]
fn a_promotion_tag_sits_on_its_versions_commit() {
    let scene = released(&["v1.0.0"]);
    scene.repo.write("app", "later").commit("later");
    scene.repo.annotated_tag("v1.0.0-stable");
    assert_eq!(scene.error("promote v1.0.0"), ("promotion-elsewhere".into(), Some(5)));
    assert_eq!(scene.error("rehearse v1.0.0-stable"), ("tag-invalid".into(), Some(5)));
}

#[test]
fn a_gate_that_fails_stops_a_promotion() {
    let scene = Scene::with_config(
        &format!("registry = \"local\"\n{CONFIG}{PROMOTES}").replace("test -f app", "false"),
    );
    scene.repo.annotated_tag("v1.0.0");
    scene.run("release v1.0.0").expect_success();
    tag_stable(&scene, "v1.0.0");
    assert_eq!(scene.error("promote v1.0.0"), ("gate-failed".into(), Some(5)));
    assert_eq!(version_at(&scene, "stable"), None);
}

#[test]
fn a_release_that_is_not_what_it_was_is_not_promoted() {
    let scene = released(&["v1.0.0"]);
    tag_stable(&scene, "v1.0.0");
    let index =
        scene.files(".plimsoll/registry").into_iter().find(|path| path.ends_with("index.json")).unwrap();
    let text = std::fs::read_to_string(&index).unwrap();
    std::fs::write(&index, text.replace("\"v1.0.0\"", "\"v0.9.0\"")).unwrap();
    assert_snapshot!(show(&scene, "promote v1.0.0"), @"
    exit 7
    --- stderr
    error[drift]: v1.0.0 is not what was released
     |
     = not as released: version-tag registry.example/app:v1.0.0
     = help: what is missing is written again by `plimsoll release v1.0.0 --local`; what is foreign never is
     = help: see all: `plimsoll verify v1.0.0 --local`; nothing was promoted

    nothing has left this machine; mend this, then run again
    ");
    assert_eq!(gates_run(&scene), 0);
}

#[test]
fn the_status_of_a_promotion_comes_to_an_end() {
    let scene = released(&["v1.4.0"]);
    tag_stable(&scene, "v1.4.0");
    let before = show(&scene, "status v1.4.0-stable");
    assert!(before.contains("`plimsoll release v1.4.0-stable --local` finishes it"), "{before}");
    show(&scene, "release v1.4.0-stable");
    let after = show(&scene, "status v1.4.0-stable");
    assert!(after.contains("nothing is missing") && !after.contains("create"), "{after}");
}

#[test]
fn what_was_promoted_is_shown_with_its_tags() {
    let config = format!("registry = \"local\"\n{CONFIG}{PROMOTES}");
    let config = config.replace(", \"latest\"]", "]").replace("[\"stable\"]", "[\"stable\", \"latest\"]");
    let scene = Scene::with_config(&config);
    for version in ["v1.0.0", "v1.1.0"] {
        scene.repo.write("app", version).commit(version);
        scene.repo.annotated_tag(version);
        scene.run(&format!("release {version}")).expect_success();
    }
    tag_stable(&scene, "v1.0.0");
    show(&scene, "promote v1.0.0-stable");
    for line in ["info v1.0.0", "images v1.0.0"] {
        let answer = scene.json(line);
        let image = &answer["images"][0];
        assert_eq!(image["promoted_tags"], serde_json::json!(["latest", "stable"]), "{line}: {answer:#}");
        assert_eq!(
            image["tags"],
            serde_json::json!(["v1.0.0", "1.0", "stable", "latest"]),
            "{line}: {answer:#}"
        );
    }
    scene.run("site").expect_success();
    let page = scene.read("site/releases/v1.0.0.html");
    assert!(page.contains("<dt>promoted by</dt><dd>v1.0.0-stable</dd>"), "{page}");
    let index = scene.read("site/index.html");
    let cards: Vec<&str> = index.split("<section class=\"card\">").skip(1).collect();
    assert_eq!(cards.len(), 2, "{index}");
    assert!(
        cards[0].contains("v1.1.0") && !cards[0].split("</h2>").next().unwrap().contains("latest</"),
        "{index}"
    );
    let tags = "<code class=\"tag\">latest</code><code class=\"tag\">stable</code>";
    assert!(cards[1].contains("v1.0.0") && cards[1].contains(tags), "{index}");
    tag_stable(&scene, "v1.1.0");
    show(&scene, "promote v1.1.0-stable");
    let before = scene.json("info v1.0.0");
    assert_eq!(before["images"][0]["tags_elsewhere"], serde_json::json!(["latest", "stable"]), "{before:#}");
    scene.run("site").expect_success();
    let index = scene.read("site/index.html");
    assert_eq!(index.matches("<section class=\"card\">").count(), 1, "{index}");
}
