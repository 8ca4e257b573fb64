//! Images of branches and pull requests, into the local registry.

use insta::assert_snapshot;
use plimsoll_testkit::process::Output;
use serde_json::{Value, json};

use crate::scene::{CONFIG, Scene};

const TAGS: &str = "[image.tags]\nrelease = [\"{version}\", \"latest\"]\n\"branch:main\" = [\"main\", \"sha-{sha}\"]\n\
                    pull-request = [\"pr-{number}\"]\n";

fn scene() -> Scene {
    Scene::with_config(&format!("{CONFIG}{TAGS}"))
}

/// A tag of the local registry, as another tool reads the layout.
fn digest(scene: &Scene, tag: &str) -> Option<String> {
    let layout = scene.repo.path().join(".plimsoll/registry/registry.example/app/index.json");
    let index: Value = serde_json::from_slice(&std::fs::read(layout).ok()?).ok()?;
    let named = |entry: &&Value| entry["annotations"]["org.opencontainers.image.ref.name"] == tag;
    Some(index["manifests"].as_array()?.iter().find(named)?["digest"].as_str()?.to_owned())
}

/// A line in a job of GitHub Actions.
fn job(scene: &Scene, event: &str, reference: &str, sha: &str, line: &str) -> Output {
    let root = scene.environment().root();
    let run = scene.plimsoll(line).set("GITHUB_ACTIONS", "true").set("GITHUB_EVENT_NAME", event);
    let run = run.set("GITHUB_REF", reference).set("GITHUB_SHA", sha);
    let run = run.set("GITHUB_OUTPUT", root.join("output")).set("GITHUB_STEP_SUMMARY", root.join("summary"));
    run.set("GITHUB_EVENT_PATH", root.join("event.json")).run()
}

/// What the event says of a pull request whose commits are in the repository `from`.
fn write_event(scene: &Scene, from: &str, head: &str) {
    let event = json!({ "number": 12, "pull_request": {
        "number": 12,
        "head": { "sha": head, "repo": { "full_name": from } },
        "base": { "ref": "main", "repo": { "full_name": "acme/app" } },
    }});
    std::fs::write(scene.environment().root().join("event.json"), event.to_string()).unwrap();
}

fn left(scene: &Scene, file: &str) -> String {
    std::fs::read_to_string(scene.environment().root().join(file)).unwrap_or_default()
}

#[test]
fn a_branch_is_published_once_for_each_commit() {
    let scene = scene();
    assert_snapshot!(scene.show("publish --local"), @r"
    exit 0
    --- stdout
    published app sha-[commit] of main

    app  registry.example/app
      tags       sha-[commit], main
      platforms  linux/amd64
      sha256:[1]
    --- stderr
    everything is done; running the same command again changes nothing
    ");
    let first = digest(&scene, "main").unwrap();
    let again = scene.json("publish --local --ref main");
    assert_eq!(
        (&again["status"], &again["changed"]),
        (&json!("already-published"), &json!(false)),
        "{again:#}"
    );
    let label = &again["images"][0]["labels"]["org.opencontainers.image.version"];
    assert_eq!(label, &again["version"], "an image of a branch says which commit it is of");
    scene.repo.write("app", "second").commit("second");
    let second = scene.json("publish --local");
    assert_eq!(second["status"], "published");
    assert_eq!(digest(&scene, "main").as_deref(), second["images"][0]["digest"].as_str());
    assert_ne!(digest(&scene, "main").unwrap(), first, "the tag has moved on");
    let tag = format!("sha-{}", &again["commit"].as_str().unwrap()[..7]);
    assert_eq!(digest(&scene, &tag), Some(first), "the commit's own has not");
}

#[test]
fn a_job_for_an_older_commit_moves_nothing() {
    let scene = scene();
    let older = scene.repo.git(["rev-parse", "HEAD"]);
    let newer = scene.repo.write("app", "second").commit("second");
    job(&scene, "push", "refs/heads/main", &newer, "publish --local").expect_success();
    let newest = digest(&scene, "main");
    let late = job(&scene, "push", "refs/heads/main", older.trim(), "publish --local --no-progress");
    assert_snapshot!(scene.shown(&late), @r"
    exit 0
    --- stdout
    published app sha-[commit] of main

    app  registry.example/app
      tags       sha-[commit], main
      platforms  linux/amd64
      sha256:[1]
    --- stderr
    registry.example/app:main is at the newer commit [commit]
    everything is done; running the same command again changes nothing
    ");
    assert_eq!(digest(&scene, "main"), newest);
    assert!(left(&scene, "summary").contains("was published from commit"), "{}", left(&scene, "summary"));
    assert!(left(&scene, "output").contains("status<<"), "{}", left(&scene, "output"));
}

#[test]
fn the_first_image_of_a_commit_stays_whoever_made_it() {
    let config = format!("{CONFIG}{TAGS}").replace("\"latest\"", "\"latest\", \"sha-{sha}\"");
    let scene = Scene::with_config(&config);
    scene.repo.annotated_tag("v1.0.0");
    let released = scene.json("release v1.0.0 --local");
    let published = scene.json("publish --local");
    // The label says another version, so a build would give other bytes.
    assert_eq!(published["images"][0]["digest"], released["images"][0]["digest"]);
    assert_eq!(published["status"], "finished", "only its moving tag was missing");
    assert_eq!(published["images"][0]["labels"]["org.opencontainers.image.version"], "1.0.0");
    assert_eq!(digest(&scene, "main"), digest(&scene, "latest"));
}

#[test]
fn a_commit_of_records_is_no_occasion() {
    let scene = scene();
    scene.repo.write("releases/v1.0.0-release-info.json", "{}").commit("records");
    assert_snapshot!(scene.show("publish --local"), @r"
    exit 0
    --- stdout
    main is at a commit that touches nothing but records; nothing was done
    ");
    let answer = scene.json("publish --local");
    assert_eq!((&answer["status"], &answer["ref"]), (&json!("ignored"), &json!("main")), "{answer:#}");
    scene.repo.write("releases/README.md", "x").write("app", "more").commit("records, and more");
    assert_eq!(scene.json("publish --local")["status"], "published");
}

#[test]
fn what_is_not_configured_is_refused_where_it_is_named_and_ignored_where_it_happens() {
    let scene = scene();
    let commit = scene.repo.git(["rev-parse", "HEAD"]);
    assert_snapshot!(scene.show("publish --local --ref feature/x"), @r#"
    exit 5
    --- stderr
    error[ref-not-published]: feature/x is a branch that no image has tags for
     |
     = help: add a list of tags to an image: `[image.tags] "branch:feature/x" = […]`

    nothing has left this machine; mend this, then run again
    "#);
    let happened = job(&scene, "push", "refs/heads/feature/x", commit.trim(), "publish --local");
    assert_snapshot!(scene.shown(&happened), @r"
    exit 0
    --- stdout
    feature/x is a branch that no image has tags for; nothing was done
    ");
    let tagged = job(&scene, "push", "refs/tags/v1.0.0", commit.trim(), "publish --local");
    assert_snapshot!(scene.shown(&tagged), @r"
    exit 0
    --- stdout
    v1.0.0 is a git tag: `plimsoll release` is for those; nothing was done
    ");
    for line in ["publish --local --ref refs/tags/v1.0.0", "publish --local --ref refs/heads/"] {
        assert_eq!(scene.error(line), ("usage".into(), Some(2)), "{line}");
    }
    scene.repo.git(["checkout", "--quiet", "--detach"]);
    assert_eq!(scene.error("publish --local"), ("usage".into(), Some(2)));
    scene.run("publish --local --ref main").expect_success();
    scene.repo.write("app", "changed");
    assert_eq!(scene.error("publish --local --ref main"), ("dirty-tree".into(), Some(2)));
}

#[test]
fn one_tag_on_two_lines_is_refused() {
    let tags = TAGS.replace("\"main\", ", "\"main\", \"latest\", ");
    let scene = Scene::with_config(&format!("{CONFIG}{tags}"));
    assert_eq!(scene.error("publish --local"), ("two-lines".into(), Some(2)));
}

#[test]
fn a_pull_request_is_ephemeral() {
    let scene = scene();
    let head = scene.repo.git(["rev-parse", "HEAD"]);
    let merge = scene.repo.write("app", "merged").commit("merge");
    write_event(&scene, "acme/app", head.trim());
    let published =
        job(&scene, "pull_request", "refs/pull/12/merge", &merge, "publish --local --no-progress");
    assert_snapshot!(scene.shown(&published), @r"
    exit 0
    --- stdout
    published app sha-[commit] of pull request 12

    app  registry.example/app
      tags       pr-12
      platforms  linux/amd64
      sha256:[1]
    --- stderr
    ephemeral: the pull request's next commit takes its tags
    ");
    let again = job(&scene, "pull_request", "refs/pull/12/merge", &merge, "publish --local -o json");
    let again: Value = serde_json::from_str(again.stdout()).unwrap();
    assert_eq!(
        (&again["status"], &again["ephemeral"]),
        (&json!("already-published"), &json!(true)),
        "{again:#}"
    );
    assert!(digest(&scene, "pr-12").is_some() && digest(&scene, "main").is_none());
    // With the base's rights, and the base checked out: that is none of the pull request's commits.
    write_event(&scene, "acme/app", &"5".repeat(40));
    let base = job(&scene, "pull_request_target", "refs/heads/main", &merge, "publish --local -o json");
    let base: Value = serde_json::from_str(base.stdout()).unwrap();
    assert_eq!((&base["error"]["code"], &base["exit"]), (&json!("usage"), &json!(2)), "{base:#}");
}

#[test]
fn of_a_fork_images_are_built_and_that_is_all() {
    let gates = "[gates]\nsource = [\"touch gate-ran; false\"]\nsealed = [\"false\"]\n";
    let scene = Scene::with_config(&format!(
        "{}{TAGS}{gates}",
        CONFIG.replace("[image.assemble]", "smoke = [\"/app\"]\n[image.assemble]")
    ));
    let commit = scene.repo.git(["rev-parse", "HEAD"]);
    for (event, reference) in
        [("pull_request", "refs/pull/12/merge"), ("pull_request_target", "refs/heads/main")]
    {
        write_event(&scene, "eve/app", commit.trim());
        for place in ["", " --local"] {
            let built =
                job(&scene, event, reference, commit.trim(), &format!("publish{place} --no-progress"));
            let built = scene.shown(&built.expect_success());
            assert!(
                built.contains("built app sha-[commit] of pull request 12, and published nothing"),
                "{built}"
            );
            assert!(built.contains("nothing left this machine"), "{built}");
        }
        assert!(!scene.repo.path().join(".plimsoll/registry").exists(), "nothing was published");
    }
    write_event(&scene, "eve/app", &"5".repeat(40));
    let elsewhere = job(&scene, "pull_request_target", "refs/heads/main", commit.trim(), "publish");
    assert_snapshot!(scene.shown(&elsewhere), @r"
    exit 0
    --- stdout
    pull request 12 comes from another repository, and none of its commits is checked out; nothing was done
    ");
    assert!(left(&scene, "summary").contains("was built, and not published"), "{}", left(&scene, "summary"));
    // Whatever branch is named: the job is a stranger's.
    write_event(&scene, "eve/app", commit.trim());
    let named = job(
        &scene,
        "pull_request",
        "refs/pull/12/merge",
        commit.trim(),
        "publish --local --ref main -o json",
    );
    let named: Value = serde_json::from_str(named.stdout()).unwrap();
    assert_eq!((&named["status"], &named["occasion"]), (&json!("built"), &json!("branch")), "{named:#}");
    assert!(!scene.repo.path().join(".plimsoll/registry").exists(), "nothing was published");
}

#[test]
fn the_tag_of_a_commit_is_no_other_commits() {
    let scene = scene();
    let first = scene.json("publish --local");
    scene.repo.write("app", "second").commit("second");
    let commit = scene.repo.git(["rev-parse", "HEAD"]);
    // Seven digits are few: two commits may begin alike.
    let layout = scene.repo.path().join(".plimsoll/registry/registry.example/app/index.json");
    let index = std::fs::read_to_string(&layout).unwrap();
    let taken = index.replace(
        &format!("\"sha-{}\"", &first["commit"].as_str().unwrap()[..7]),
        &format!("\"sha-{}\"", &commit[..7]),
    );
    assert_ne!(index, taken);
    std::fs::write(&layout, taken).unwrap();
    assert_snapshot!(scene.show("publish --local"), @r"
    exit 5
    --- stderr
    error[commit-tag-taken]: registry.example/app:sha-[commit] is an image of another commit
     |
     = want: [COMMIT]
     = found: [COMMIT]
     = help: the commits begin alike: take `{commit}`, all of its digits, into the tag in the place of `{sha}`

    nothing has left this machine; mend this, then run again
    ");
}

#[test]
fn a_plan_says_what_would_be_published() {
    let scene = scene();
    assert_snapshot!(scene.show("plan --ref main --local"), @r"
    exit 0
    --- stdout
    app sha-[commit]: main at commit [commit]

    make, on this machine
      assemble app

    push by digest; nothing is visible yet
      app to registry.example/app

    tags that the first to come keeps
      registry.example/app:sha-[commit]

    moving tags, last
      registry.example/app:main
    --- stderr
    moving tags end at the newest published commit, whichever that is when they are moved
    nothing was looked at; `--online` says what is published of this commit already
    ");
    assert!(!scene.has(".plimsoll/registry"), "nothing was done");
    let before = scene.json("plan --ref main --online --local");
    assert_eq!(before["adopted"], json!({}), "{before:#}");
    scene.run("publish --local").expect_success();
    let after = scene.json("plan --ref main --online --local");
    assert_eq!(after["schema"], "plimsoll.publish-plan/v1");
    assert!(
        after["adopted"]["app"].as_str().is_some_and(|digest| digest.starts_with("sha256:")),
        "{after:#}"
    );
    assert_eq!(after["steps"][0]["verdict"]["verdict"], "already-there", "{after:#}");
    assert_eq!(scene.error("plan --ref other --local").0, "ref-not-published");
    let pull = scene.json("plan --ref refs/pull/7/head --local");
    assert_eq!((&pull["occasion"], &pull["adopted"]), (&json!("pull-request"), &Value::Null), "{pull:#}");
}
