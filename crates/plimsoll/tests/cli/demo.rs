//! The demo: the first thing that anybody runs.

use std::time::{Duration, Instant};

use insta::assert_snapshot;

use crate::scene::Scene;

#[test]
fn it_releases_twice_and_leaves_a_project_to_play_with() {
    let scene = Scene::empty();
    let begun = Instant::now();
    let demo = scene.json("demo --dir ../demo");
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    assert_eq!(demo["schema"], "plimsoll.demo/v1");
    assert_eq!(demo["verified"], serde_json::json!(["v1.0.0: ok", "v1.1.0: ok"]));
    let images = scene.json("-C ../demo images v1.1.0 --local");
    let platforms = images["images"][0]["platforms"].as_object().unwrap();
    assert_eq!(platforms.keys().collect::<Vec<_>>(), ["linux/amd64", "linux/arm64"]);
    scene.run("-C ../demo verify v1.0.0 --local").expect_success();
    scene.run("-C ../demo version bump minor").expect_success();
    assert_snapshot!(scene.show("demo --dir ../demo"), @r"
    exit 2
    --- stderr
    error[usage]: ../demo is not empty
    --> ../demo
     = help: name an empty folder, or one that is not there
    ");
}

#[test]
fn a_folder_with_a_blank_is_one_word_of_what_to_try() {
    let scene = Scene::empty();
    let folder = scene.environment().root().join("a b");
    let output = scene.plimsoll("demo").arg("--dir").arg(&folder).run().expect_success();
    let command = format!("  cd '{}'\n", folder.display());
    assert!(output.stdout().contains(&command), "{}", output.stdout());
}

#[test]
fn it_says_where_everything_lies() {
    let scene = Scene::empty();
    let output = scene.plimsoll("demo --dir ../demo").run().expect_success();
    let program = env!("CARGO_BIN_EXE_plimsoll");
    let data = output.stdout().replace(program, "[PROGRAM]");
    let data = data.split("done in").next().unwrap();
    let commits = |text: &str| {
        // The commits of the demo are dated now.
        let is_commit = |word: &str| word.len() == 7 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        text.split(' ')
            .map(|word| if is_commit(word) { "[commit]" } else { word })
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_snapshot!(commits(&scene.redacted(data)), @r"
    the ledger
    VERSION  STATE      RELEASED              COMMIT   IMAGES
    1.1.0    published  YYYY-MM-DDTHH:MM:SSZ  [commit]  greeter, site
    1.0.0    published  YYYY-MM-DDTHH:MM:SSZ  [commit]  greeter, site

    where everything lies
      project   [ROOT]/demo
      registry  [ROOT]/demo/.plimsoll/registry
      records   [ROOT]/demo/.plimsoll/releases

    what to try next
      cd [ROOT]/demo
      alias plimsoll=[PROGRAM]
      plimsoll images v1.1.0 --local
      plimsoll plan v1.1.0 --local --online
      plimsoll release v1.1.0 --local
      plimsoll version bump minor
    ");
    assert!(output.stderr().contains("$ plimsoll release v1.1.0 --local"));
}
