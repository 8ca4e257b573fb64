//! Charts that are released by themselves: when their content changed, with what the newest release has.

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::process::Output;
use plimsoll_testkit::registry::{Access, Flavor, Registry};

use crate::charts::project_with;
use crate::machine::{Machine, expect_error, json};
use crate::project::{Inputs, Project};

/// A project whose chart has numbers and git tags of its own, and one release.
fn project(registry: &Registry) -> Project {
    let own = "version = \"independent\"\ngit-tag = \"harbour-chart-{version}\"\n";
    let project = project_with(&registry.address(), Inputs::Committed, "if-present", own, "");
    project.tag("1.0.0");
    project.machine().release("1.0.0").expect_success();
    project
}

fn registry() -> Registry {
    Registry::start(&Environment::new(), Flavor::Plimsoll, Access::Anonymous)
        .expect("our own registry is always there")
}

fn release(machine: &Machine) -> Output {
    machine.ask(["chart", "release"]).run()
}

/// Changes a template on the branch.
fn change(project: &Project, text: &str) {
    let author = project.author();
    author.write("deploy/harbour/templates/note.yaml", text).commit("Change the chart");
    project.push(&["HEAD"]);
}

fn number(released: &Output) -> String {
    json(released)["charts"][0]["version"].as_str().unwrap_or_default().to_owned()
}

/// Which image's version a chart installs, as its own release says.
fn installs(machine: &Machine, number: &str) -> String {
    let info = json(&machine.ask(["info", &format!("harbour-chart-{number}")]).run().expect_success());
    assert_eq!(info["charts"][0]["version"], number, "{info:#}");
    info["charts"][0]["app_version"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_chart_is_released_by_itself_when_its_content_changed() {
    let registry = registry();
    let project = project(&registry);
    let before = release(&project.machine()).expect_success();
    assert_eq!(json(&before)["status"], "ignored", "{}", before.stdout());
    assert!(json(&before)["reason"].as_str().unwrap().contains("0.0.1"), "{}", before.stdout());
    // Git says that something changed, and the content does not.
    change(&project, "");
    project.author().remove("deploy/harbour/templates/note.yaml").commit("Take it back");
    project.push(&["HEAD"]);
    assert_eq!(json(&release(&project.machine()).expect_success())["status"], "ignored");

    change(&project, "# A note.\n");
    let machine = project.machine();
    let released = release(&machine).expect_success();
    assert_eq!((number(&released).as_str(), &json(&released)["status"]), ("0.0.2", &"released".into()));
    let head = machine.clone.git(["rev-parse", "HEAD"]);
    assert_eq!(project.remote().git(["rev-parse", "refs/tags/harbour-chart-0.0.2"]), head);
    assert_eq!(installs(&machine, "0.0.2"), "1.0.0");
    // Once more, here and on another machine: nothing is computed twice.
    let again = release(&machine).expect_success();
    assert_eq!((number(&again).as_str(), &json(&again)["status"]), ("0.0.2", &"already-released".into()));
    assert_eq!(number(&release(&project.machine()).expect_success()), "0.0.2");
    let verified = project.machine().plimsoll(["verify", "harbour-chart-0.0.2"]).run().expect_success();
    assert!(verified.stdout().contains("git-tag harbour-chart-0.0.2"), "{}", verified.stdout());
    // The next release of the images gets the next number.
    project.tag("1.1.0");
    let released = project.machine().release("1.1.0").expect_success();
    assert_eq!(number(&released), "0.0.3");
    let latest = json(&project.machine().ask(["latest"]).run().expect_success());
    assert_eq!(latest["version"], "1.1.0", "a chart is no release of the images");
}

#[test]
fn a_tag_that_was_pushed_releases_the_chart() {
    let registry = registry();
    let project = project(&registry);
    change(&project, "# A note.\n");
    project.author().annotated_tag("harbour-chart-0.2.0");
    project.push(&["HEAD", "harbour-chart-0.2.0"]);
    let machine = project.machine();
    let released = machine.ask(["release", "harbour-chart-0.2.0"]).run().expect_success();
    assert_eq!(number(&released), "0.2.0");
    let verified = project.machine().plimsoll(["verify", "harbour-chart-0.2.0"]).run().expect_success();
    assert!(verified.stdout().contains("version-tag"), "{}", verified.stdout());
    // The tag of a chart that a release made is nobody's to release again.
    let ignored = project.machine().ask(["release", "harbour-chart-0.0.1"]).run().expect_success();
    assert_eq!(json(&ignored)["status"], "ignored", "{}", ignored.stdout());
    let asked = project.machine().ask(["info", "harbour-chart-0.0.1"]).run();
    let told = expect_error(asked, 2, "unknown-release");
    assert!(told.stderr().contains("is the chart of harbour/1.0.0"), "{}", told.stderr());
}

#[test]
fn a_chart_installs_no_release_that_was_yanked() {
    let registry = registry();
    let project = project(&registry);
    project.tag("1.1.0");
    project.machine().release("1.1.0").expect_success();
    project.machine().ask(["yank", "v1.1.0", "--reason", "broken"]).run().expect_success();
    let machine = project.machine();
    let released = release(&machine).expect_success();
    assert_eq!(number(&released), "0.0.3");
    assert_eq!(installs(&machine, "0.0.3"), "1.0.0");
}

#[test]
fn a_chart_installs_nothing_where_a_newer_release_may_be_hidden() {
    let registry = registry();
    let project = project(&registry);
    change(&project, "# A note.\n");
    let machine = project.machine();
    machine.clone.write("releases/v2.0.0-release-info.json", "garbage");
    expect_error(release(&machine), 6, "ledger-invalid");
}

#[test]
fn what_the_ledger_writes_does_no_harm() {
    let registry = registry();
    let project = project(&registry);
    change(&project, "# A note.\n");
    let author = project.author();
    let ledgers = ["releases/README.md", "releases/harbour-chart/README.md"];
    for index in ledgers {
        author.write(index, "# Releases\n");
    }
    author.commit("Keep the indexes");
    project.push(&["HEAD"]);
    let machine = project.machine();
    for index in ledgers {
        machine.clone.write(index, "# Releases, written anew\n");
    }
    assert_eq!(number(&release(&machine).expect_success()), "0.0.2");
    machine.clone.write("releases/mine/README.md", "mine\n").git(["add", "releases/mine"]);
    assert!(expect_error(release(&machine), 2, "dirty-tree").stderr().contains("releases/mine/README.md"));
}

#[test]
fn a_run_that_is_refused_leaves_no_git_tag() {
    let registry = registry();
    let project = project(&registry);
    let author = project.author();
    let config = std::fs::read_to_string(author.path().join("plimsoll.toml")).expect("it was written");
    let signed = config.replace("[chart.image]", "pgp-key = \"env:NO_SUCH_KEY\"\n[chart.image]");
    author.write("plimsoll.toml", signed);
    change(&project, "# A note.\n");
    let machine = project.machine();
    expect_error(release(&machine), 2, "key-unusable");
    let tags = machine.clone.git(["tag", "--list", "harbour-chart-*"]);
    assert!(!tags.contains("0.0.2"), "{tags}");
    author.write("plimsoll.toml", config).commit("Without a key");
    project.push(&["HEAD"]);
    machine.clone.git(["pull", "--quiet", "--ff-only"]);
    assert_eq!(number(&release(&machine).expect_success()), "0.0.2");
}

#[test]
fn a_chart_by_itself_is_known_and_told_of_where_what_it_installs_is_yanked() {
    let registry = registry();
    let project = project(&registry);
    change(&project, "# A note.\n");
    let machine = project.machine();
    let released = json(&release(&machine).expect_success());
    let place = format!("{}/charts/harbour", registry.address());
    let digest = released["charts"][0]["digest"].as_str().expect("it has a digest");
    for found in [format!("{place}:0.0.2"), format!("{place}@{digest}"), digest.to_owned()] {
        let known = json(&machine.ask(["whatis", &found]).run().expect_success());
        assert_eq!(known["matches"][0]["tag"], "harbour-chart-0.0.2", "{found}: {known:#}");
    }
    expect_error(machine.ask(["whatis", &format!("{place}:0.0.9")]).run(), 2, "unknown-release");

    let yank = |tag: &str| machine.ask(["yank", tag, "--reason", "broken"]).run().expect_success();
    let told = "warning[passed-over]: chart harbour 0.0.2 installs v1.0.0, and stays where it is";
    let show = machine.ask(["yank", "v1.0.0", "--reason", "broken", "--dry-run"]).run().expect_success();
    assert!(show.stderr().contains(told), "{}", show.stderr());
    let yanked = yank("v1.0.0");
    assert!(yanked.stderr().contains(told), "{}", yanked.stderr());
    assert!(yanked.stderr().contains("plimsoll yank harbour-chart-0.0.2 --reason"), "{}", yanked.stderr());
    let why = "harbour-chart-0.0.2 installs v1.0.0, which was yanked, and must not be used: broken";
    for verb in ["info", "verify"] {
        let said = machine.ask([verb, "harbour-chart-0.0.2"]).run().expect_success();
        assert!(said.stderr().contains(why), "{verb}: {}", said.stderr());
        let said = machine.ask([verb, "v1.0.0"]).run().expect_success();
        assert!(!said.stderr().contains("installs"), "{verb}: {}", said.stderr());
    }
    // Once it is marked, nobody need mark it.
    yank("harbour-chart-0.0.2");
    machine.ask(["unyank", "v1.0.0"]).run().expect_success();
    let again = yank("v1.0.0");
    assert!(!again.stderr().contains("installs"), "{}", again.stderr());
}

#[test]
fn what_can_t_be_released_by_itself_is_told() {
    let registry = registry();
    let lone = project_with(&registry.address(), Inputs::Committed, "if-present", "", "");
    lone.tag("1.0.0");
    expect_error(release(&lone.machine()), 2, "usage");
    let own = "version = \"independent\"\ngit-tag = \"harbour-chart-{version}\"\n";
    let early = project_with(&registry.address(), Inputs::Committed, "if-present", own, "");
    early.commit("1.0.0");
    early.push(&["HEAD"]);
    expect_error(release(&early.machine()), 2, "unknown-release");
}
