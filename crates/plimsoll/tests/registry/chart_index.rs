//! Charts that are listed in a repository over HTTP, on a branch of the remote.

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::fault_registry::wire::Answer;
use plimsoll_testkit::github::{GitHub, GitHubFault, TOKEN};
use plimsoll_testkit::process::Invocation;
use plimsoll_testkit::registry::{Access, Flavor, Registry};
use plimsoll_testkit::static_files::StaticFiles;
use plimsoll_testkit::tools;

use crate::charts::project_with;
use crate::machine::{Machine, expect_error, json};
use crate::project::{Inputs, Project};

const URL: &str = "https://acme.github.io/harbour";

/// A project whose chart is listed on `gh-pages`; `more` are further keys of the table, `tail` further tables.
fn project(registry: &Registry, more: &str, tail: &str) -> Project {
    let http = format!("http = {{ branch = \"gh-pages\", url = \"{URL}\"{more} }}\n");
    project_with(&registry.address(), Inputs::Committed, "if-present", &http, tail)
}

fn registry() -> Registry {
    Registry::start(&Environment::new(), Flavor::Plimsoll, Access::Anonymous)
        .expect("our own registry is always there")
}

fn index(project: &Project) -> String {
    project.remote().git(["show", "gh-pages:index.yaml"])
}

#[test]
fn helm_pulls_from_the_branch_what_was_released() {
    let registry = registry();
    let project = project(&registry, "", "");
    project.tag("1.0.0");
    // What somebody else keeps there stays.
    let somebody = project.machine().clone;
    somebody.git(["checkout", "--quiet", "--orphan", "gh-pages"]);
    somebody.git(["rm", "-rqf", "."]);
    somebody.write("artifacthub-repo.yml", "owners: []\n").commit("pages");
    somebody.git(["push", "--quiet", "origin", "gh-pages"]);
    project.tag("1.1.0");
    for version in ["1.0.0", "1.1.0"] {
        let machine = project.machine();
        machine.release(version).expect_success();
        assert_eq!(json(&machine.release(version).expect_success())["status"], "already-released");
    }
    let text = index(&project);
    assert!(text.contains("    - harbour-1.1.0.tgz\n    version: 1.1.0\n"), "{text}");
    assert!(text.find("version: 1.1.0") < text.find("version: 1.0.0"), "{text}");
    let files = project.remote().git(["ls-tree", "-r", "--name-only", "gh-pages"]);
    assert_eq!(files, "artifacthub-repo.yml\nharbour-1.0.0.tgz\nharbour-1.1.0.tgz\nindex.yaml");

    let machine = project.machine();
    let verified = machine.plimsoll(["verify", "v1.0.0"]).run().expect_success();
    assert!(verified.stdout().contains("chart-index gh-pages:harbour-1.0.0.tgz"), "{}", verified.stdout());
    for helm in ["helm3", "helm4"] {
        let Some(tool) = tools::require(helm) else { continue };
        let machine = project.machine();
        machine.clone.git(["checkout", "--quiet", "gh-pages"]);
        let server = StaticFiles::serve(machine.clone.path());
        let home = machine.environment.home();
        let helm = |line: &str| {
            let helm = tool.command(&machine.environment).in_folder(&home);
            helm.args(line.split(' ')).run().expect_success()
        };
        helm(&format!("repo add harbour {}", server.url()));
        helm("pull harbour/harbour --version 1.0.0 --untar");
        let values = std::fs::read_to_string(home.join("harbour/values.yaml")).unwrap();
        assert!(values.contains("tag: \"1.0.0\""), "{values}");
        let shown = helm("show chart harbour/harbour");
        assert!(shown.stdout().contains("version: 1.1.0"), "{}", shown.stdout());
    }
}

#[test]
fn a_version_that_is_listed_already_is_refused_before_anything_is_made() {
    let registry = registry();
    let project = project(&registry, "", "");
    project.tag("1.0.0");
    let machine = project.machine();
    let line = ["chart", "package", "deploy/harbour", "--version", "1.0.0", "--destination", "dist"];
    machine.plimsoll(line).run().expect_success();
    let publish = ["chart", "publish", "dist/harbour-1.0.0.tgz", "--branch", "gh-pages"];
    machine.plimsoll(publish).run().expect_success();
    machine.clone.git(["clean", "--quiet", "-fd"]);
    let refused = expect_error(machine.release("1.0.0"), 5, "chart-taken");
    assert!(
        refused.stderr().contains("gh-pages:harbour-1.0.0.tgz is listed already"),
        "{}",
        refused.stderr()
    );
    let planned = json(&machine.ask(["plan", "v1.0.0", "--online"]).run());
    let steps = planned["steps"].as_array().unwrap();
    let taken = steps.iter().find(|step| step["verdict"]["verdict"] == "refused").unwrap();
    assert_eq!(taken["id"], "chart-index gh-pages:harbour-1.0.0.tgz");
}

#[test]
fn an_index_that_somebody_broke_stops_the_release_and_is_named() {
    let registry = registry();
    let project = project(&registry, "", "");
    project.tag("1.0.0");
    let machine = project.machine();
    machine.clone.git(["checkout", "--quiet", "--orphan", "gh-pages"]);
    machine.clone.write("index.yaml", "entries: [\n").commit("broken");
    machine.clone.git(["push", "--quiet", "origin", "gh-pages"]);
    let machine = project.machine();
    let refused = expect_error(machine.release("1.0.0"), 2, "chart-index-invalid");
    assert!(refused.stderr().contains("gh-pages:index.yaml"), "{}", refused.stderr());
    assert_eq!(project.claims().find("1.0.0"), None);
}

#[test]
fn a_version_that_is_yanked_is_marked_in_the_index_until_that_is_taken_back() {
    let registry = registry();
    let project = project(&registry, "", "");
    for version in ["1.0.0", "1.1.0"] {
        project.tag(version);
        project.machine().release(version).expect_success();
    }
    let before = index(&project);
    project.machine().ask(["yank", "v1.0.0", "--reason", "broken"]).run().expect_success();
    let marked = index(&project);
    let lines: Vec<&str> = marked.lines().filter(|line| !before.lines().any(|old| old == *line)).collect();
    assert_eq!(lines, ["    deprecated: true # yanked"], "{marked}");
    let at = |text: &str| marked.find(text).unwrap();
    assert!(at("version: 1.1.0") < at("deprecated") && at("deprecated") < at("version: 1.0.0"), "{marked}");
    project.machine().plimsoll(["verify", "v1.0.0"]).run().expect_success();
    project.machine().ask(["unyank", "v1.0.0"]).run().expect_success();
    assert_eq!(index(&project), before);
}

#[test]
fn what_was_taken_off_the_index_is_found_and_put_back() {
    let registry = registry();
    let project = project(&registry, "", "");
    project.tag("1.0.0");
    let machine = project.machine();
    machine.release("1.0.0").expect_success();
    let before = index(&project);
    machine.clone.git(["fetch", "--quiet", "origin", "gh-pages:gh-pages"]);
    machine.clone.git(["checkout", "--quiet", "gh-pages"]);
    machine.clone.write("index.yaml", "apiVersion: v1\nentries: {}\n").commit("oops");
    machine.clone.git(["push", "--quiet", "origin", "gh-pages"]);
    let machine = project.machine();
    let drifted = machine.plimsoll(["verify", "v1.0.0"]).run().expect_code(7);
    assert!(drifted.stdout().contains("chart-index gh-pages:harbour-1.0.0.tgz"), "{}", drifted.stdout());
    assert_eq!(json(&machine.release("1.0.0").expect_success())["status"], "finished");
    let lines = |text: &str| text.lines().filter(|line| line.contains("digest:")).count();
    assert_eq!(lines(&index(&project)), lines(&before));
}

/// A release with a release page on a GitHub.
fn releasing(machine: &Machine) -> Invocation {
    machine.releasing("1.0.0").set("GH_ENTERPRISE_TOKEN", TOKEN)
}

#[test]
fn an_index_names_what_the_release_page_has() {
    let (registry, github) = (registry(), GitHub::start());
    github.make_immutable();
    let forge = format!("[forge]\nkind = \"github\"\nurl = \"{}\"\n", github.url());
    let project = project(&registry, ", packages = \"page\"", &forge);
    project.tag("1.0.0");
    // Nobody gets the package yet.
    github.fault("GET", "/releases/download/", 0, 1000, GitHubFault::Instead(Answer::status(404)));
    let machine = project.machine();
    let early = releasing(&machine).run();
    assert_ne!(early.code(), Some(0), "{}", early.stdout());
    assert!(early.stderr().contains("/releases/download/v1.0.0/harbour-1.0.0.tgz"), "{}", early.stderr());
    assert!(project.remote().try_git(["show", "gh-pages:index.yaml"]).stdout().is_empty());
    github.end_faults();
    assert_eq!(json(&releasing(&machine).run().expect_success())["status"], "finished");
    let url = format!("{}/releases/download/v1.0.0/harbour-1.0.0.tgz", github.url());
    assert!(index(&project).contains(&format!("    - {url}\n")), "{}", index(&project));
    assert_eq!(project.remote().git(["ls-tree", "-r", "--name-only", "gh-pages"]), "index.yaml");
    let release = github.releases().pop().unwrap();
    assert!(release.assets.iter().any(|asset| asset.name == "harbour-1.0.0.tgz"));
    for helm in ["helm3", "helm4"] {
        let Some(tool) = tools::require(helm) else { continue };
        let machine = project.machine();
        machine.clone.git(["checkout", "--quiet", "gh-pages"]);
        let server = StaticFiles::serve(machine.clone.path());
        let home = machine.environment.home();
        let line = format!("pull harbour --repo {} --version 1.0.0", server.url());
        tool.command(&machine.environment).in_folder(&home).args(line.split(' ')).run().expect_success();
        assert!(home.join("harbour-1.0.0.tgz").exists());
    }
}
