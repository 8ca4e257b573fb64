//! The commands that only look.

use insta::assert_snapshot;

use crate::scene::{CONFIG, Scene};

#[test]
fn list_shows_the_highest_first() {
    let scene = Scene::released();
    scene.repo.commit("second");
    scene.repo.annotated_tag("v1.10.0");
    scene.run("release v1.10.0 --local").expect_success();
    assert_snapshot!(scene.show("list --local"), @r"
    exit 0
    --- stdout
    VERSION  STATE      RELEASED              COMMIT   IMAGES
    1.10.0   published  YYYY-MM-DDTHH:MM:SSZ  [commit]  app
    1.0.0    published  YYYY-MM-DDTHH:MM:SSZ  [commit]  app
    ");
    let list = scene.json("list --local");
    assert_eq!(list["schema"], "plimsoll.releases/v1");
    assert_eq!(list["latest"], "1.10.0");
    assert_eq!(list["releases"][0]["version"], "1.10.0");
    assert_eq!(scene.json("latest --local")["version"], "1.10.0");
}

#[test]
fn list_of_nothing_is_empty() {
    assert_snapshot!(Scene::tagged().show("list --local"), @r"
    exit 0
    --- stderr
    app has no releases yet
    ");
    assert_eq!(Scene::tagged().error("latest --local"), ("unknown-release".into(), Some(2)));
}

#[test]
fn info_and_images_take_the_tag_or_the_version() {
    let scene = Scene::released();
    assert_snapshot!(scene.show("info v1.0.0 --local"), @r"
    exit 0
    --- stdout
    app v1.0.0  published
      released   YYYY-MM-DDTHH:MM:SSZ
      commit     [COMMIT]
      tag object [hex]
      known from its claim and its record file
      record
      sha256:[1]

    app  registry.example/app
      tags       1.0.0, 1.0, latest
      platforms  linux/amd64
      sha256:[2]
    ");
    assert_snapshot!(scene.show("images 1.0.0 --local"), @r"
    exit 0
    --- stdout
    app  registry.example/app
      tags       1.0.0, 1.0, latest
      platforms  linux/amd64
      sha256:[1]
    ");
    assert_eq!(scene.json("info 1.0.0 --local"), scene.json("latest --local"));
}

#[test]
fn a_tag_with_a_slash_names_its_release_as_a_version_does() {
    let scene = Scene::with_config(&format!("{CONFIG}\n[tags]\nversion = \"release/{{version}}\"\n"));
    scene.repo.annotated_tag("release/2.0.0");
    scene.run("release release/2.0.0 --local").expect_success();
    for verb in ["info", "images", "verify"] {
        let [by_tag, by_version] =
            ["release/2.0.0", "2.0.0"].map(|name| scene.json(&format!("{verb} {name} --local")));
        assert_eq!(by_tag, by_version, "{verb}");
    }
    assert_eq!(scene.error("info release/3.0.0 --local"), ("unknown-release".into(), Some(2)));
}

#[test]
fn images_as_json_keep_their_shape() {
    assert_snapshot!(Scene::released().show("images v1.0.0 --local -o json"), @r#"
    exit 0
    --- stdout
    {
      "schema": "plimsoll.images/v1",
      "component": "app",
      "version": "1.0.0",
      "images": [
        {
          "name": "app",
          "repository": "registry.example/app",
          "digest": "sha256:[1]",
          "media_type": "application/vnd.oci.image.index.v1+json",
          "tags": [
            "1.0.0",
            "1.0",
            "latest"
          ],
          "primary_tag": "1.0.0",
          "moving_tags": [
            "1.0",
            "latest"
          ],
          "platforms": {
            "linux/amd64": "sha256:[2]"
          },
          "mirrors": [],
          "labels": {
            "org.opencontainers.image.created": "YYYY-MM-DDTHH:MM:SSZ",
            "org.opencontainers.image.revision": "[COMMIT]",
            "org.opencontainers.image.title": "app",
            "org.opencontainers.image.version": "1.0.0"
          }
        }
      ],
      "source": {
        "kind": "local",
        "place": ".plimsoll"
      }
    }
    "#);
}

#[test]
fn an_unknown_version_has_nearest_ones() {
    assert_snapshot!(Scene::released().show("info v1.0.1 --local"), @r"
    exit 2
    --- stderr
    error[unknown-release]: no release `v1.0.1` is known
     |
     = nearest: v1.0.0
     = help: see all: `plimsoll list --local`
    ");
}

#[test]
fn plan_offline_is_a_list_of_steps() {
    let scene = Scene::tagged();
    assert_snapshot!(scene.show("plan v1.0.0"), @r"
    exit 0
    --- stdout
    app v1.0.0: version 1.0.0 from commit [commit]

    make, on this machine
      assemble app

    push by digest; nothing is visible yet
      app to registry.example/app

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
    assert_eq!(scene.run("plan v1.0.0 -o json").stdout(), scene.run("plan v1.0.0 -o json").stdout());
    assert_eq!(scene.run("plan -o json").stdout(), scene.run("plan v1.0.0 -o json").stdout());
    scene.repo.write("app", "later").commit("later");
    assert_eq!(scene.error("plan"), ("usage".into(), Some(2)), "HEAD has no version tag");
    assert!(!scene.has(".plimsoll"), "a plan leaves no trace");
}

#[test]
fn plan_online_says_what_is_there() {
    let scene = Scene::released();
    assert_snapshot!(scene.show("plan v1.0.0 --local --online"), @r"
    exit 0
    --- stdout
    app v1.0.0: version 1.0.0 from commit [commit]

    make, on this machine
      already there  assemble app  sha256:[hex]

    push by digest; nothing is visible yet
      already there  app to registry.example/app  sha256:[hex]

    record
      already there  in registry.example/app  sha256:[hex]

    commit: from here on this is the release
      already there  claim committed

    version tags, written once
      already there  registry.example/app:1.0.0  sha256:[hex]

    publish
      already there  claim published

    ledger
      already there  v1.0.0-release-info.json

    moving tags, last
      already there  registry.example/app:1.0  sha256:[hex]
      already there  registry.example/app:latest  sha256:[hex]
    --- stderr
    nothing is missing; a release would change nothing
    ");
    scene.run("plan v1.0.0 --local --online --detailed-exitcode").expect_success();
}

#[test]
fn plan_for_a_tag_that_does_not_exist_is_as_if_it_were_made_on_head() {
    let scene = Scene::released();
    scene.repo.write("app", "other").commit("second");
    assert_snapshot!(scene.show("plan v1.0.1 --local --online"), @r"
    exit 0
    --- stdout
    app v1.0.1: version 1.0.1 from commit [commit]

    make, on this machine
      create         assemble app

    push by digest; nothing is visible yet
      create         app to registry.example/app

    record
      create         in registry.example/app

    commit: from here on this is the release
      create         claim committed

    version tags, written once
      create         registry.example/app:1.0.1

    publish
      create         claim published

    ledger
      create         v1.0.1-release-info.json

    moving tags, last
      move           registry.example/app:1.0
                     from sha256:[hex] to what is made
      move           registry.example/app:latest
                     from sha256:[hex] to what is made
    --- stderr
    git tag v1.0.1 does not exist yet: this is as if it were made on HEAD
    ");
    scene.run("plan v1.0.1 --local --online --detailed-exitcode").expect_code(3);
}

#[test]
fn check_says_what_would_happen() {
    let scene = Scene::tagged();
    assert_snapshot!(scene.show("check"), @r#"
    exit 0
    --- stdout
    everything that can be known without the network is right
    --- stderr
    warning[no-remote]: there is no git remote `origin`, and none is named by `project.source`
     |
     = help: add one: `git remote add origin URL`
     = help: or keep everything on this machine: `plimsoll release TAG --local`
     = help: or hold no claim: claim = "none" in plimsoll.toml
    "#);
    assert_snapshot!(scene.show("check v1.0.0"), @r#"
    exit 0
    --- stdout
    v1.0.0 would be released as version 1.0.0, commit [commit]
    --- stderr
    warning[no-remote]: there is no git remote `origin`, and none is named by `project.source`
     |
     = help: add one: `git remote add origin URL`
     = help: or keep everything on this machine: `plimsoll release v1.0.0 --local`
     = help: or hold no claim: claim = "none" in plimsoll.toml
    "#);
    assert_snapshot!(scene.show("check v1.1.0 -o json -q"), @r#"
    exit 0
    --- stdout
    {
      "schema": "plimsoll.check/v1",
      "verdict": "ok",
      "tag": "v1.1.0",
      "occasion": "version",
      "version": "1.1.0",
      "commit": "[COMMIT]",
      "problems": [
        {
          "code": "no-remote",
          "severity": "warning",
          "message": "there is no git remote `origin`, and none is named by `project.source`",
          "causes": [],
          "place": null,
          "facts": [],
          "help": [
            "add one: `git remote add origin URL`",
            "or keep everything on this machine: `plimsoll release v1.1.0 --local`",
            "or hold no claim: claim = \"none\" in plimsoll.toml"
          ],
          "cure": "fix-then-run-again",
          "exit": 0
        }
      ],
      "exit": 0
    }
    "#);
}

#[test]
fn check_is_quiet_where_everything_is_right() {
    let scene = Scene::with_config(&format!("registry = \"local\"\n{CONFIG}"));
    assert_snapshot!(scene.show("check"), @r"
    exit 0
    --- stdout
    everything that can be known without the network is right
    ");
}

#[test]
fn verify_names_every_check() {
    let scene = Scene::released();
    assert_snapshot!(scene.show("verify v1.0.0 --local"), @r"
    exit 0
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

    app v1.0.0 is what was released (9 checks)
    --- stderr
    authorship is not vouched for: the release is not signed
    ");
    scene.repo.write("app", "other").commit("second");
    scene.repo.annotated_tag("v1.1.0");
    scene.run("release v1.1.0 --local").expect_success();
    assert_snapshot!(scene.show("verify v1.0.0 --local"), @r"
    exit 0
    --- stdout
    ok           claim app/1.0.0
    ok           git-tag v1.0.0
    ok           content registry.example/app@sha256:[hex]
    ok           record-artifact registry.example/app@sha256:[hex]
    ok           version-tag registry.example/app:1.0.0
    ok           file v1.0.0-release-info.json
    ok           file v1.0.0-release.intoto.json
    ok           moving-tag registry.example/app:1.0
    moved on     moving-tag registry.example/app:latest
        to 1.1.0, as it should

    app v1.0.0 is what was released (9 checks)
    --- stderr
    authorship is not vouched for: the release is not signed
    ");
}

#[test]
fn status_without_a_tag_shows_what_is_under_way() {
    assert_snapshot!(Scene::released().show("status --local"), @r"
    exit 0
    --- stderr
    no release is under way
    ");
    assert_snapshot!(Scene::tagged().show("status v1.0.0 --local"), @r"
    exit 0
    --- stdout

    make, on this machine
      create         assemble app

    push by digest; nothing is visible yet
      create         app to registry.example/app

    record
      create         in registry.example/app

    commit: from here on this is the release
      create         claim committed

    version tags, written once
      create         registry.example/app:1.0.0

    publish
      create         claim published

    ledger
      create         v1.0.0-release-info.json

    moving tags, last
      create         registry.example/app:1.0
      create         registry.example/app:latest
    --- stderr
    nobody has begun; `plimsoll release v1.0.0 --local` does
    ");
    let status = Scene::released().json("status v1.0.0 --local");
    assert_eq!(
        (&status["claims"][0]["state"], &status["schema"]),
        (&"published".into(), &"plimsoll.status/v1".into())
    );
}

#[test]
fn programs_are_told_what_people_are() {
    let scene = Scene::released();
    scene.repo.commit("second");
    scene.repo.annotated_tag("v1.1.0");
    scene.run("release v1.1.0 --local").expect_success();
    scene.run("yank v1.0.0 --reason broken --local").expect_success();
    for line in ["images v1.0.0 --local", "diff v1.0.0 v1.1.0 --local", "verify v1.0.0 --local"] {
        let answer = scene.json(line);
        assert_eq!(answer["problems"][0]["code"], "passed-over", "{line}: {answer:#}");
    }
    let images = scene.json("images v1.1.0 --local");
    assert_eq!(images.get("problems"), None, "{images:#}");
}
