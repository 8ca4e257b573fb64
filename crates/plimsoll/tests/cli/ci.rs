//! What a step of GitHub Actions is left with.

use insta::assert_snapshot;
use serde_json::Value;

use crate::scene::{CONFIG, Scene};

fn in_actions(scene: &Scene, line: &str) -> plimsoll_testkit::process::Output {
    let root = scene.environment().root();
    scene
        .plimsoll(line)
        .set("CI", "true")
        .set("GITHUB_ACTIONS", "true")
        .set("GITHUB_OUTPUT", root.join("output"))
        .set("GITHUB_STEP_SUMMARY", root.join("summary"))
        .run()
}

fn left(scene: &Scene, file: &str) -> String {
    std::fs::read_to_string(scene.environment().root().join(file)).unwrap_or_default()
}

/// An output by its name.
fn output(scene: &Scene, name: &str) -> String {
    let text = left(scene, "output");
    let after = text.split(&format!("{name}<<")).nth(1).unwrap_or_else(|| panic!("no {name} in {text}"));
    let (delimiter, rest) = after.split_once('\n').unwrap();
    rest.split(&format!("\n{delimiter}\n")).next().unwrap().to_owned()
}

#[test]
fn a_release_leaves_outputs_and_a_summary() {
    let scene = Scene::tagged();
    in_actions(&scene, "release v1.0.0 --local").expect_success();
    for (name, want) in [("version", "1.0.0"), ("tag", "v1.0.0"), ("status", "released"), ("changed", "true")]
    {
        assert_eq!(output(&scene, name), want);
    }
    let images: Value = serde_json::from_str(&output(&scene, "images")).unwrap();
    assert_eq!(images, scene.json("images v1.0.0 --local"));
    assert_eq!(output(&scene, "digest"), images["images"][0]["digest"].as_str().unwrap());
    assert_snapshot!(scene.redacted(&left(&scene, "summary")), @r"
    ## app v1.0.0

    `app` was released from commit `[commit]`.

    | image | repository | tags | platforms | digest |
    |---|---|---|---|---|
    | app | `registry.example/app` | `1.0.0`, `1.0`, `latest` | `linux/amd64` | `sha256:[1]` |

    Running this again changes nothing.
    ");
}

#[test]
fn a_failure_leaves_a_summary_and_annotations() {
    let scene = Scene::with_config(&CONFIG.replace("name = ", "nmae = "));
    scene.repo.annotated_tag("v1.0.0");
    let ended = in_actions(&scene, "release v1.0.0 --local");
    assert_snapshot!(scene.shown(&ended), @r#"
    exit 2
    --- stderr
    error[unknown-key]: unknown key `nmae` in [project]
     --> plimsoll.toml:2:1
      |
    2 | nmae = "app"
      | ^^^^
      |
      = help: did you mean `name`?
    ::error file=plimsoll.toml,line=2,col=1,title=unknown-key::unknown key `nmae` in [project]%0Ahelp: did you mean `name`?

    nothing has left this machine; mend this, then run again
    "#);
    assert_snapshot!(scene.redacted(&left(&scene, "summary")), @r#"
    ## Not released: unknown-key

    ```text
    error[unknown-key]: unknown key `nmae` in [project]
     --> plimsoll.toml:2:1
      |
    2 | nmae = "app"
      | ^^^^
      |
      = help: did you mean `name`?
    ```

    nothing has left this machine; mend this, then run again
    "#);
    assert_eq!(left(&scene, "output"), "");
}

#[test]
fn the_tag_that_set_the_job_off_goes_without_saying() {
    let scene = Scene::tagged();
    let set_off_by = |reference: &str| {
        let run =
            scene.plimsoll("release --local -q").set("GITHUB_ACTIONS", "true").set("GITHUB_REF", reference);
        run.set("GITHUB_OUTPUT", scene.environment().root().join("output")).run()
    };
    assert_snapshot!(scene.shown(&set_off_by("refs/tags/nightly-2026")), @r"
    exit 0
    --- stdout
    nightly-2026 is no release tag; nothing was done
    ");
    assert_eq!(output(&scene, "status"), "ignored");
    assert_snapshot!(scene.shown(&set_off_by("refs/heads/main")), @r"
    exit 2
    --- stderr
    error[usage]: no git tag is named
     |
     = help: name it: `plimsoll release v1.0.0`; only in a CI job that a tag set off it goes without saying
    ::error title=usage::no git tag is named%0Ahelp: name it: `plimsoll release v1.0.0`; only in a CI job that a tag set off it goes without saying

    nothing has left this machine; mend this, then run again
    ");
    assert_eq!(set_off_by("refs/tags/v1.0").code(), Some(5));
    set_off_by("refs/tags/v1.0.0").expect_success();
    scene.run("verify v1.0.0 --local").expect_success();
}

#[test]
fn looking_leaves_nothing() {
    let scene = Scene::released();
    in_actions(&scene, "list --local").expect_success();
    in_actions(&scene, "rehearse").expect_success();
    assert_eq!((left(&scene, "summary"), left(&scene, "output")), (String::new(), String::new()));
}
