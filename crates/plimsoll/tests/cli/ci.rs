//! What a step of GitHub Actions is left with.

use insta::assert_snapshot;
use plimsoll_testkit::fault_registry::{Door, FaultRegistry, Habits, PASSWORD, USER};
use plimsoll_testkit::process::Invocation;
use plimsoll_testkit::repo::Repo;
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
    let mut asked = scene.json("images v1.0.0 --local");
    asked.as_object_mut().unwrap().remove("source");
    assert_eq!(images, asked);
    assert_eq!(output(&scene, "digest"), images["images"][0]["digest"].as_str().unwrap());
    assert_snapshot!(scene.redacted(&left(&scene, "summary")), @r"
    ## app v1.0.0

    `app` was released from commit `[commit]`.

    | image | repository | tags | platforms | digest |
    |---|---|---|---|---|
    | app | `registry.example/app` | `1.0.0`, `1.0`, `latest` | `linux/amd64` | `sha256:[1]` |

    To check it: `plimsoll verify v1.0.0 --local`

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
fn what_people_have_to_agree_to_is_in_the_summary() {
    let scene = Scene::released();
    in_actions(&scene, "yank v1.0.0 --reason broken --dry-run --local").expect_success();
    in_actions(&scene, "yank v1.0.0 --reason broken --local").expect_success();
    assert_snapshot!(scene.redacted(&left(&scene, "summary")), @r"
    ## Yank of app 1.0.0, if you agree

    ```text
    warning[passed-over]: tags that move stay at a yanked version: 1.0, latest
     |
     = help: no tag is deleted under those who pull it: release the next version, and it follows

    would yank app 1.0.0: broken
      registry.example/app:1.0 stays at 1.0.0, which is yanked: no version that counts asks for it
      registry.example/app:latest stays at 1.0.0, which is yanked: no version that counts asks for it

    nothing was changed: this only looked
    ```
    ## Yank of app 1.0.0

    ```text
    warning[passed-over]: tags that move stay at a yanked version: 1.0, latest
     |
     = help: no tag is deleted under those who pull it: release the next version, and it follows

    yanked app 1.0.0: broken
      registry.example/app:1.0 stays at 1.0.0, which is yanked: no version that counts asks for it
      registry.example/app:latest stays at 1.0.0, which is yanked: no version that counts asks for it

    everything is done; running the same command again changes nothing
    ```
    ");
}

#[test]
fn a_summary_says_what_a_terminal_does() {
    let scene = Scene::released();
    scene.run("yank v1.0.0 --reason broken --local").expect_success();
    for (line, title) in [
        ("verify v1.0.0 --local", "Verification"),
        ("status --local", "Status"),
        ("status v1.0.0 --local", "Status"),
        ("audit --local", "Audit"),
    ] {
        let said = scene.run(line);
        let _ = std::fs::remove_file(scene.environment().root().join("summary"));
        in_actions(&scene, line);
        let summary = left(&scene, "summary");
        assert!(summary.starts_with(&format!("## {title}\n\n```text\n")), "{summary}");
        let both = format!("{}{}", said.stderr(), said.stdout());
        for sentence in both.lines().filter(|line| !line.is_empty()) {
            assert!(summary.contains(sentence), "{line}: {sentence}\n{summary}");
        }
    }
}

#[test]
fn what_is_read_of_a_job_shows_no_token() {
    let token = "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.eyJzdWIiOiJyZXBvOmFjbWUvYXBwIn0.c2lnbmF0dXJlIG9mIGl0";
    let scene = Scene::with_config(&format!("{CONFIG}\n[signing]\nkey = \"{token}\"\n"));
    scene.repo.annotated_tag("v1.0.0");
    for line in ["release v1.0.0 --local".to_owned(), format!("release {token} --local")] {
        in_actions(&scene, &line);
        let summary = left(&scene, "summary");
        assert!(summary.contains("***") && !summary.contains(token), "{summary}");
        std::fs::remove_file(scene.environment().root().join("summary")).unwrap();
    }
}

#[test]
fn looking_leaves_nothing() {
    let scene = Scene::released();
    in_actions(&scene, "list --local").expect_success();
    in_actions(&scene, "rehearse").expect_success();
    assert_eq!((left(&scene, "summary"), left(&scene, "output")), (String::new(), String::new()));
}

/// A line in a job that runs for a pull request, whose commits are in the repository `head` of acme/app.
fn for_pull_request(scene: &Scene, name: &str, head: &str, line: &str) -> plimsoll_testkit::process::Output {
    with_event(scene, name, line, &event_file(scene, head))
}

/// The event of a pull request whose commits lie in `head`.
fn event_file(scene: &Scene, head: &str) -> std::path::PathBuf {
    let side = |repository: &str| serde_json::json!({ "repo": { "full_name": repository } });
    let event = serde_json::json!({
        "pull_request": { "number": 12, "head": side(head), "base": side("acme/app") }
    });
    let file = scene.environment().root().join("event.json");
    std::fs::write(&file, event.to_string()).unwrap();
    file
}

fn with_event(
    scene: &Scene,
    name: &str,
    line: &str,
    file: &std::path::Path,
) -> plimsoll_testkit::process::Output {
    in_pull_request(scene, name, line, file).run()
}

fn in_pull_request(scene: &Scene, name: &str, line: &str, file: &std::path::Path) -> Invocation {
    let run = scene.plimsoll(line).set("GITHUB_ACTIONS", "true").set("GITHUB_EVENT_NAME", name);
    run.set("GITHUB_REF", "refs/pull/12/merge").set("GITHUB_EVENT_PATH", file)
}

#[test]
fn a_pull_request_of_a_fork_publishes_nothing() {
    let scene = Scene::tagged();
    assert_snapshot!(scene.shown(&for_pull_request(&scene, "pull_request", "eve/app", "release v1.0.0 -q")), @r"
    exit 5
    --- stderr
    error[forked-pull-request]: this job runs for pull request 12, whose commits come from another repository
     |
     = help: nothing is published, tagged or withdrawn for a stranger's commits, and no credentials are used
     = help: `plimsoll rehearse` makes and checks everything without publishing it
    ::error title=forked-pull-request::this job runs for pull request 12, whose commits come from another repository%0Ahelp: nothing is published, tagged or withdrawn for a stranger's commits, and no credentials are used%0Ahelp: `plimsoll rehearse` makes and checks everything without publishing it

    nothing has left this machine; mend this, then run again
    ");
    for name in ["pull_request", "pull_request_target", "pull_request_review"] {
        for line in ["release v1.0.0", "withdraw v1.0.0 --yes"] {
            let refused = for_pull_request(&scene, name, "eve/app", line);
            assert!(
                refused.stderr().contains("error[forked-pull-request]"),
                "{name} {line}: {}",
                refused.stderr()
            );
            assert_eq!(refused.code(), Some(5));
            let own = for_pull_request(&scene, name, "acme/app", line);
            assert!(own.stderr().contains("error[no-remote]"), "{name} {line}: {}", own.stderr());
        }
    }
    for line in ["check v1.0.0", "plan v1.0.0", "rehearse", "release v1.0.0 --local", "verify v1.0.0 --local"]
    {
        for_pull_request(&scene, "pull_request_target", "eve/app", line).expect_success();
    }
}

#[test]
fn a_job_for_a_fork_is_not_told_to_log_in() {
    let registry = FaultRegistry::start(Habits { door: Door::Basic, ..Habits::default() });
    let repository = format!("{}/acme/app", registry.address());
    let scene = Scene::with_config(&CONFIG.replace("registry.example/app", &repository));
    let remote = Repo::bare(scene.environment(), "origin.git");
    scene.repo.remote("origin", &remote.url()).push("origin", ["main"]);
    let own = for_pull_request(&scene, "pull_request", "acme/app", "list");
    assert!(own.stderr().contains("docker login"), "{}", own.stderr());
    let forked = for_pull_request(&scene, "pull_request", "eve/app", "list");
    assert!(forked.stderr().contains("for which no credentials are read"), "{}", forked.stderr());
    assert!(!forked.stderr().contains("docker login"), "{}", forked.stderr());
}

#[test]
fn a_copy_for_a_fork_reads_no_credentials() {
    let registry = FaultRegistry::start(Habits { door: Door::Basic, ..Habits::default() });
    let host = registry.address();
    let named = "username = \"env:APP_USER\"\npassword = \"env:APP_PASSWORD\"";
    let scene = Scene::with_config(&format!("{CONFIG}\n[registries.\"{host}\"]\n{named}\n"));
    scene.repo.annotated_tag("v1.0.0");
    scene.run("release v1.0.0 --local").expect_success();
    let copy = |head: &str| {
        let file = event_file(&scene, head);
        let line = format!("copy local:registry.example/app:1.0.0 {host}/acme/app");
        let run = in_pull_request(&scene, "pull_request", &line, &file);
        run.set("APP_USER", USER).set("APP_PASSWORD", PASSWORD).run()
    };
    assert_eq!(copy("eve/app").code(), Some(4));
    copy("acme/app").expect_success();
}

#[test]
fn an_event_that_cant_be_read_is_not_guessed() {
    let scene = Scene::tagged();
    let file = scene.environment().root().join("event.json");
    let run = || with_event(&scene, "pull_request_target", "release v1.0.0 -q", &file);
    assert_snapshot!(scene.shown(&run()), @r"
    exit 2
    --- stderr
    error[ci-event]: the file with the event that set this job off can't be read
    --> [ROOT]/event.json
     = cause: there is no such file
     = help: it tells a fork's pull request from one's own; GITHUB_EVENT_PATH names it, and the CI system writes it
    ::error file=[ROOT]/event.json,line=1,col=1,title=ci-event::the file with the event that set this job off can't be read%0Acause: there is no such file%0Ahelp: it tells a fork's pull request from one's own; GITHUB_EVENT_PATH names it, and the CI system writes it

    nothing has left this machine; mend this, then run again
    ");
    std::fs::write(&file, "<html>").unwrap();
    assert_snapshot!(scene.shown(&run()), @r"
    exit 2
    --- stderr
    error[ci-event]: the file with the event that set this job off can't be read
    --> [ROOT]/event.json
     = cause: it is no JSON: expected value at line 1 column 1
     = help: it tells a fork's pull request from one's own; GITHUB_EVENT_PATH names it, and the CI system writes it
    ::error file=[ROOT]/event.json,line=1,col=1,title=ci-event::the file with the event that set this job off can't be read%0Acause: it is no JSON: expected value at line 1 column 1%0Ahelp: it tells a fork's pull request from one's own; GITHUB_EVENT_PATH names it, and the CI system writes it

    nothing has left this machine; mend this, then run again
    ");
    std::fs::write(&file, vec![b' '; 26 * 1024 * 1024]).unwrap();
    assert_eq!(run().code(), Some(2));
    // Whoever was pushed to needs no event to be told from a stranger.
    let pushed = with_event(&scene, "push", "release v1.0.0 --local", &file);
    pushed.expect_success();
}
