//! What can be wrong with `plimsoll.toml`: everything is said at once, each with its place.

use insta::assert_snapshot;

use crate::scene::{CONFIG, Scene};

#[test]
fn there_is_one_that_was_not_committed() {
    let scene = Scene::empty();
    scene.repo.commit("first");
    scene.repo.annotated_tag("v1.0.0");
    scene.repo.write("plimsoll.toml", CONFIG);
    assert_snapshot!(scene.show("release v1.0.0 --local"), @r"
    exit 2
    --- stderr
    error[config-missing]: there is no plimsoll.toml
     |
     = commit: [COMMIT]
     = help: the plimsoll.toml that is here is not in this commit: commit it, and tag that

    nothing has left this machine; mend this, then run again
    ");
}

#[test]
fn there_is_none() {
    let scene = Scene::empty();
    scene.repo.commit("first");
    assert_snapshot!(scene.show("check"), @r"
    exit 2
    --- stderr
    error[config-missing]: there is no plimsoll.toml
     |
     = help: `plimsoll init` writes one from what is here
     = help: or write one: plimsoll.toml at the root, .config/plimsoll.toml, or name one with --config
    ");
    assert_eq!(scene.error("release v1.0.0 --local"), ("tag-missing".into(), Some(5)));
    scene.repo.annotated_tag("v1.0.0");
    assert_snapshot!(scene.show("release v1.0.0 --local"), @r"
    exit 2
    --- stderr
    error[config-missing]: there is no plimsoll.toml
     |
     = commit: [COMMIT]
     = help: `plimsoll init` writes one from what is here
     = help: or write one: plimsoll.toml at the root, .config/plimsoll.toml, or name one with --config

    nothing has left this machine; mend this, then run again
    ");
}

#[test]
fn it_is_no_toml() {
    assert_snapshot!(Scene::with_config("[project\nname = 1").show("check"), @r#"
    exit 2
    --- stderr
    error[config-syntax]: unclosed table, expected `]`
     --> plimsoll.toml:1:9
      |
    1 | [project
      |         ^
      |
      = help: lines of TOML are `[project]`, `[[image]]` (each begins one more image), `key = "text"` and `key = ["one", "two"]`; look at the line before, too
    "#);
    for config in ["[[", "[[\n[project]", "project", "name = "] {
        let said = Scene::with_config(config).run("check");
        assert!(said.stderr().contains("error[config-syntax]"), "{config}: {}", said.stderr());
        assert!(said.stderr().contains("= help: lines of TOML are"), "{config}: {}", said.stderr());
    }
    let twice = Scene::with_config("[project]\nname = \"a\"\n[project]\n").run("check");
    assert!(twice.stderr().contains("= help: keep one of them"), "{}", twice.stderr());
}

#[test]
fn everything_is_said_at_once() {
    let config = CONFIG
        .replace("name = \"app\"", "nmae = \"app\"\nlicense = 1")
        .replace("platforms = [\"linux/amd64\"]", "platforms = [\"linux\"]")
        .replace("to = \"/app\"", "to = \"app\"");
    assert_snapshot!(Scene::with_config(&config).show("check"), @r#"
    exit 2
    --- stderr
    error[unknown-key]: unknown key `nmae` in [project]
     --> plimsoll.toml:2:1
      |
    2 | nmae = "app"
      | ^^^^
      |
      = help: did you mean `name`?

    error[invalid-value]: `license` must be a text, not a number
     --> plimsoll.toml:3:11
      |
    3 | license = 1
      |           ^
      |
      = help: put it in quotes

    error[invalid-value]: `linux` is no platform: it is written os/architecture or os/architecture/variant, like linux/arm64
     --> plimsoll.toml:7:14
      |
    7 | platforms = ["linux"]
      |              ^^^^^^^

    error[invalid-value]: `app` must be absolute: it is the path of a file in the image
     --> plimsoll.toml:9:31
      |
    9 | files = [{ from = "app", to = "app", mode = "0755" }]
      |                               ^^^^^

    4 errors
    "#);
}

#[test]
fn problems_as_json_have_places() {
    let scene = Scene::with_config(&CONFIG.replace("name = ", "nmae = "));
    assert_snapshot!(scene.show("plan v1.0.0 -o json -q"), @r#"
    exit 2
    --- stdout
    {
      "schema": "plimsoll.error/v1",
      "error": {
        "code": "unknown-key",
        "severity": "error",
        "message": "unknown key `nmae` in [project]",
        "causes": [],
        "place": {
          "file": "plimsoll.toml",
          "line": 2,
          "column": 1
        },
        "facts": [],
        "help": [
          "did you mean `name`?"
        ],
        "cure": "fix-then-run-again",
        "exit": 2
      },
      "problems": [
        {
          "code": "unknown-key",
          "severity": "error",
          "message": "unknown key `nmae` in [project]",
          "causes": [],
          "place": {
            "file": "plimsoll.toml",
            "line": 2,
            "column": 1
          },
          "facts": [],
          "help": [
            "did you mean `name`?"
          ],
          "cure": "fix-then-run-again",
          "exit": 2
        }
      ],
      "exit": 2
    }
    --- stderr
    error[unknown-key]: unknown key `nmae` in [project]
     --> plimsoll.toml:2:1
      |
    2 | nmae = "app"
      | ^^^^
      |
      = help: did you mean `name`?
    "#);
}

#[test]
fn it_is_named() {
    let scene = Scene::with_config("not = toml = at all");
    let other = scene.repo.path().join("../other.toml");
    std::fs::write(&other, CONFIG).unwrap();
    scene.run("check --config ../other.toml").expect_success();
    let by_variable = scene.plimsoll("check").set("PLIMSOLL_CONFIG", "../other.toml").run();
    by_variable.expect_success();
    assert_snapshot!(scene.show("check --config ../missing.toml"), @r"
    exit 2
    --- stderr
    error[config-missing]: there is no `../missing.toml`
    ");
}

/// Every file under `sample_configs/invalid` says what it is for by the codes that it yields.
#[test]
fn every_code_of_a_configuration_is_reached() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sample_configs/invalid");
    let mut reached = std::collections::BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let report = Scene::with_config(&text).json("check");
        assert_eq!(report["exit"], 2, "{text}\n{report:#}");
        for problem in report["problems"].as_array().unwrap() {
            reached.insert(problem["code"].as_str().unwrap().to_owned());
        }
    }
    for code in [
        "config-syntax",
        "invalid-value",
        "missing-key",
        "required-version",
        "reserved-word",
        "tag-collision",
        "tag-rule",
        "two-lines",
        "unknown-key",
    ] {
        assert!(reached.contains(code), "no sample yields {code}: {reached:?}");
    }
}

#[test]
fn nobody_is_sent_to_a_key_that_is_refused() {
    let scene = Scene::with_config(&format!("colour = 1\n{CONFIG}"));
    let check = scene.json("check");
    let help = check["problems"][0]["help"][0].as_str().unwrap();
    assert!(help.starts_with("it may have ") && help.contains("`project`"), "{help}");
    assert!(!help.contains("`component`"), "{help}");
    let scene = Scene::with_config(&format!("component = 1\n{CONFIG}"));
    assert_ne!(scene.run("check").code(), Some(0));
}

#[test]
fn a_file_of_another_kind_is_not_quoted_line_by_line() {
    let scene = Scene::with_config(CONFIG);
    scene.repo.write("people", "root:x:0:0:root:/root:/bin/bash\n".repeat(30));
    let check = scene.plimsoll("check --config people -o json").run();
    let check: serde_json::Value = serde_json::from_str(check.stdout()).unwrap();
    assert_eq!(check["problems"].as_array().unwrap().len(), 5, "{check:#}");
}
