//! Charts that are in a repository over HTTP alone: no registry shows them, and all else is as ever.

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::process::Output;
use plimsoll_testkit::registry::{Access, Flavor, Registry};
use plimsoll_testkit::static_files::StaticFiles;
use plimsoll_testkit::tools;

use crate::charts::project_of;
use crate::machine::{Machine, expect_error, json};
use crate::observer::Observer;
use crate::project::{Fleet, Inputs, Project};

const URL: &str = "https://acme.github.io/harbour";

/// A project whose chart is on `gh-pages` alone; `more` are further keys of its table, `head` is what the file begins with.
fn project(registry: &Registry, more: &str, head: &str) -> Project {
    let keys =
        format!("render = \"if-present\"\nhttp = {{ branch = \"gh-pages\", url = \"{URL}\" }}\n{more}");
    project_of(Fleet::at(&registry.address()).with_head(head), Inputs::Committed, &keys, "")
}

fn registry() -> Registry {
    Registry::start(&Environment::new(), Flavor::Plimsoll, Access::Anonymous)
        .expect("our own registry is always there")
}

fn index(project: &Project) -> String {
    project.remote().git(["show", "gh-pages:index.yaml"])
}

/// Puts another index onto the branch.
fn replace_index(machine: &Machine, text: &str) {
    machine.clone.git(["fetch", "--quiet", "origin", "+gh-pages:gh-pages"]);
    machine.clone.git(["checkout", "--quiet", "gh-pages"]);
    machine.clone.write("index.yaml", text).commit("oops");
    machine.clone.git(["push", "--quiet", "origin", "gh-pages"]);
}

/// The audit's answer, with further arguments.
fn audit(machine: &Machine, more: &[&str]) -> Output {
    machine.ask(["audit"].iter().chain(more).copied()).run()
}

#[test]
fn from_the_configuration_to_the_audit() {
    let registry = registry();
    let project = project(&registry, "", "");
    project.tag("1.0.0");
    let machine = project.machine();
    machine.plimsoll(["check", "v1.0.0"]).run().expect_success();
    let planned = json(&machine.ask(["plan", "v1.0.0", "--online"]).run().expect_success());
    let steps: Vec<&str> =
        planned["steps"].as_array().unwrap().iter().filter_map(|step| step["id"].as_str()).collect();
    let push = format!("push harbour to {}/harbour/app", registry.address());
    for step in ["chart harbour", &push, "chart-index gh-pages:harbour-1.0.0.tgz"] {
        assert!(steps.contains(&step), "{step}: {steps:#?}");
    }
    assert!(!steps.iter().any(|step| step.ends_with("charts/harbour:1.0.0")), "{steps:#?}");

    let released = machine.plimsoll(["release", "v1.0.0"]).run().expect_success();
    assert!(released.stdout().contains(&format!("harbour  {URL}\n")), "{}", released.stdout());
    assert_eq!(json(&machine.release("1.0.0").expect_success())["status"], "already-released");
    let chart = json(&machine.ask(["info", "v1.0.0"]).run().expect_success())["charts"][0].clone();
    assert_eq!((&chart["listed_in"], chart["tag"].is_null()), (&URL.into(), true), "{chart:#}");
    let observer = Observer::at(&registry.address());
    let beside = observer.visible_tags(&format!("{}/harbour/app", registry.address()));
    assert!(!beside.values().any(|digest| chart["digest"] == digest.as_str()), "{beside:?}");
    let verified = machine.plimsoll(["verify", "v1.0.0"]).run().expect_success();
    assert!(verified.stdout().contains("chart-index gh-pages:harbour-1.0.0.tgz"), "{}", verified.stdout());
    let listed = machine.plimsoll(["list"]).run().expect_success();
    assert!(listed.stdout().contains("harbour 1.0.0"), "{}", listed.stdout());
    let found =
        machine.plimsoll(["whatis", chart["package_digest"].as_str().unwrap()]).run().expect_success();
    assert!(found.stdout().contains("harbour-1.0.0.tgz"), "{}", found.stdout());
    assert_eq!(json(&audit(&machine, &[]).expect_success())["verdict"], "ok");
    // Where it is taken it is by its digest.
    machine.plimsoll(["export", "v1.0.0", "whole.tar"]).run().expect_success();
    let to = format!("{}/mirror", registry.address());
    machine.plimsoll(["import", "whole.tar", "--to", &to, "--files", "there"]).run().expect_success();
    let values = machine.clone.path().join("there/v1.0.0-harbour-values.imported.yaml");
    let values = std::fs::read_to_string(values).unwrap();
    assert!(values.contains(&format!("@{}", chart["digest"].as_str().unwrap())), "{values}");

    for helm in ["helm3", "helm4"] {
        let Some(tool) = tools::require(helm) else { continue };
        let machine = project.machine();
        machine.clone.git(["checkout", "--quiet", "gh-pages"]);
        let server = StaticFiles::serve(machine.clone.path());
        let home = machine.environment.home();
        let line = format!("template x harbour --repo {} --version 1.0.0", server.url());
        let helm = tool.command(&machine.environment).in_folder(&home).args(line.split(' '));
        let rendered = helm.run().expect_success();
        let image = json(&project.machine().ask(["images", "v1.0.0"]).run())["images"][0]["digest"].clone();
        assert!(rendered.stdout().contains(image.as_str().unwrap()), "{}", rendered.stdout());
    }
}

#[test]
fn an_audit_puts_back_what_the_index_lost_and_says_what_stands_in_the_way() {
    let registry = registry();
    let own = "version = \"independent\"\ngit-tag = \"chart-{version}\"\n";
    let project = project(&registry, own, "");
    for version in ["1.0.0", "1.1.0"] {
        project.tag(version);
        project.machine().release(version).expect_success();
    }
    let before = index(&project);
    let machine = project.machine();
    replace_index(&machine, "apiVersion: v1\nentries: {}\n");
    project.remote().git(["update-ref", "-d", "refs/tags/chart-0.0.1"]);
    let machine = project.machine();
    let drifted = audit(&machine, &[]).expect_code(7);
    assert!(drifted.stdout().contains("chart-index gh-pages:harbour-0.0.2.tgz"), "{}", drifted.stdout());
    let repaired = json(&audit(&machine, &["--repair"]).expect_success());
    assert_eq!(repaired["verdict"], "ok", "{repaired:#}");
    let sums = |text: &str| {
        text.lines().filter(|line| line.contains("digest:")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(sums(&index(&project)), sums(&before));
    assert!(!project.remote().git(["rev-parse", "refs/tags/chart-0.0.1"]).is_empty());

    // Another package under the version is never written over.
    let first = sums(&before)[0].trim().to_owned();
    let digit = if first.ends_with('0') { "1" } else { "0" };
    let wrong = format!("{}{digit}", &first[..first.len() - 1]);
    replace_index(&project.machine(), &before.replace(&first, &wrong));
    let kept = audit(&project.machine(), &["--repair"]);
    assert_ne!(kept.code(), Some(0), "{}", kept.stdout());
    assert!(index(&project).contains(&wrong), "{}", index(&project));
}

#[test]
fn what_a_yank_would_mark_is_shown_first_also_without_claims() {
    for claims in ["", "claim = \"none\""] {
        let registry = registry();
        let project = project(&registry, "", claims);
        project.tag("1.0.0");
        // Records lie in its working tree.
        let machine = project.machine();
        machine.release("1.0.0").expect_success();
        let before = index(&project);
        let yank = |more: &[&str]| {
            let line = ["yank", "v1.0.0", "--reason", "broken"];
            let yanked = machine.plimsoll(line.iter().chain(more).copied()).run().expect_success();
            yanked.stdout().to_owned()
        };
        let shown = yank(&["--dry-run"]);
        assert!(
            shown.contains("gh-pages:harbour-1.0.0.tgz would be marked as deprecated"),
            "{claims}{shown}"
        );
        assert_eq!(index(&project), before);
        let said = yank(&[]);
        assert!(said.contains("gh-pages:harbour-1.0.0.tgz is marked as deprecated"), "{claims}{said}");
        assert!(index(&project).contains("deprecated: true # yanked"), "{}", index(&project));
        let again = machine.ask(["yank", "v1.0.0", "--reason", "broken"]).run().expect_success();
        assert_eq!(json(&again)["charts"], serde_json::json!([]));
        let taken_back = machine.plimsoll(["unyank", "v1.0.0"]).run().expect_success();
        assert!(taken_back.stdout().contains("is not marked any more"), "{}", taken_back.stdout());
        assert_eq!(index(&project), before);
    }
}

#[test]
fn numbers_follow_the_index_and_content_decides() {
    let registry = registry();
    let own = "version = \"independent\"\ngit-tag = \"chart-{version}\"\n";
    let project = project(&registry, own, "");
    // Somebody has listed charts there before.
    let machine = {
        project.commit("0.9.0");
        project.push(&["HEAD"]);
        project.machine()
    };
    let line = ["chart", "package", "deploy/harbour", "--version", "0.4.2", "--destination", "old"];
    machine.plimsoll(line).run().expect_success();
    let publish = ["chart", "publish", "old/harbour-0.4.2.tgz", "--branch", "gh-pages"];
    machine.plimsoll(publish).run().expect_success();
    project.tag("1.0.0");
    let released = json(&project.machine().release("1.0.0").expect_success());
    assert_eq!(released["charts"][0]["version"], "0.4.3");

    let alone = |machine: &Machine| json(&machine.ask(["chart", "release"]).run().expect_success());
    assert_eq!(alone(&project.machine())["status"], "ignored");
    project.author().write("deploy/harbour/templates/note.yaml", "# A note.\n").commit("Change the chart");
    project.push(&["HEAD"]);
    let machine = project.machine();
    let done = alone(&machine);
    assert_eq!((&done["status"], &done["charts"][0]["version"]), (&"released".into(), &"0.4.4".into()));
    assert_eq!(alone(&machine)["status"], "already-released");
    // Where nothing is to be compared but what was released by itself.
    project.author().write("README.md", "Nothing of the chart.\n").commit("Change something else");
    project.push(&["HEAD"]);
    assert_eq!(alone(&project.machine())["status"], "ignored");
    assert_eq!(index(&project).matches("digest:").count(), 3);
}

#[test]
fn a_chart_that_goes_nowhere_is_refused() {
    let registry = registry();
    let project =
        project_of(Fleet::at(&registry.address()), Inputs::Committed, "render = \"if-present\"\n", "");
    project.tag("1.0.0");
    let refused = expect_error(project.machine().release("1.0.0"), 2, "missing-key");
    assert!(refused.stderr().contains("the chart goes nowhere"), "{}", refused.stderr());
}
