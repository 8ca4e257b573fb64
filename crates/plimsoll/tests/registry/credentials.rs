//! Who is let in by a registry, from where the credentials come, and what is said when they are wrong.

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::process::Output;
use plimsoll_testkit::registry::{Access, Flavor, PASSWORD, Registry, USER};
use plimsoll_testkit::tools;

use crate::machine::{Machine, expect_error, json};
use crate::project::{Fleet, Project};

fn registry(flavor: Flavor) -> Option<Registry> {
    Registry::start(&Environment::new(), flavor, Access::Basic)
}

/// Whatever was said, it does not hold the password.
#[track_caller]
fn expect_no_secret(output: Output) -> Output {
    for text in [output.stdout(), output.stderr()] {
        assert!(!text.contains(PASSWORD) && !text.contains("hunter2"), "{text}");
    }
    output
}

/// Writes the credentials into the home of a machine as `docker login` does.
#[track_caller]
fn log_in(machine: &Machine, registry: &Registry, password: &str) -> bool {
    let Some(crane) = tools::require("crane") else { return false };
    let login = ["auth", "login", &registry.address(), "-u", USER, "-p", password];
    crane.command(&machine.environment).args(login).run().expect_success();
    true
}

fn named(registry: &Registry) -> Fleet {
    let table = format!(
        "[registries.\"{}\"]\nusername = \"env:HARBOUR_USER\"\npassword = \"env:HARBOUR_PASSWORD\"\n",
        registry.address()
    );
    Fleet::at(&registry.address()).with_tail(&table)
}

fn by_docker_login(flavor: Flavor) {
    let Some(registry) = registry(flavor) else { return };
    let project = Project::tagged(&Fleet::at(&registry.address()));
    let machine = project.machine();
    if !log_in(&machine, &registry, PASSWORD) {
        return;
    }
    expect_no_secret(machine.release("1.0.0").expect_success());
    expect_no_secret(machine.ask(["verify", "v1.0.0"]).run().expect_success());
    let again = json(&machine.release("1.0.0").expect_success());
    assert_eq!(again["changed"], false);
}

#[test]
fn distribution_2_lets_in_who_has_logged_in_with_docker() {
    by_docker_login(Flavor::Distribution2);
}

#[test]
fn distribution_3_lets_in_who_has_logged_in_with_docker() {
    by_docker_login(Flavor::Distribution3);
}

#[test]
fn credentials_may_be_named_in_the_configuration() {
    let Some(registry) = registry(Flavor::Distribution3) else { return };
    let project = Project::tagged(&named(&registry));
    let mut machine = project.machine();
    machine.environment.set("HARBOUR_USER", USER).set("HARBOUR_PASSWORD", PASSWORD);
    expect_no_secret(machine.release("1.0.0").expect_success());
    expect_no_secret(machine.ask(["verify", "v1.0.0", "-v", "-v"]).run().expect_success());
}

#[test]
fn a_wrong_password_is_told_with_where_it_came_from() {
    let Some(registry) = registry(Flavor::Distribution3) else { return };
    let project = Project::tagged(&named(&registry));
    let mut machine = project.machine();
    machine.environment.set("HARBOUR_USER", USER).set("HARBOUR_PASSWORD", "hunter2");
    let refused = expect_error(machine.release("1.0.0"), 4, "registry-unauthorized");
    assert!(refused.stderr().contains("HARBOUR_PASSWORD"), "{}", refused.stderr());
    assert_eq!(json(&refused)["reach"], "nothing");
    expect_no_secret(refused);
    assert_eq!(project.claims().state("1.0.0"), "absent");

    let project = Project::tagged(&Fleet::at(&registry.address()));
    let machine = project.machine();
    let folder = machine.environment.folder("home/.docker");
    // plimsoll:hunter2
    let login = format!(r#"{{"auths":{{"{}":{{"auth":"cGxpbXNvbGw6aHVudGVyMg=="}}}}}}"#, registry.address());
    std::fs::write(folder.join("config.json"), login).expect("a file can be written");
    let refused = expect_error(machine.release("1.0.0"), 4, "registry-unauthorized");
    assert!(refused.stderr().contains(".docker/config.json"), "{}", refused.stderr());
    expect_no_secret(refused);
}

#[test]
fn no_credentials_are_told_with_what_would_help() {
    let Some(registry) = registry(Flavor::Distribution3) else { return };
    let project = Project::tagged(&Fleet::at(&registry.address()));
    let refused = expect_error(project.machine().release("1.0.0"), 4, "registry-unauthorized");
    for word in
        [format!("docker login {}", registry.address()), format!("[registries.\"{}\"]", registry.address())]
    {
        assert!(refused.stderr().contains(&word), "{word}: {}", refused.stderr());
    }
    assert_eq!(project.claims().state("1.0.0"), "absent");
}

#[test]
fn a_variable_that_is_named_and_not_set_is_told_by_name() {
    let Some(registry) = registry(Flavor::Distribution3) else { return };
    let project = Project::tagged(&named(&registry));
    let mut machine = project.machine();
    machine.environment.set("HARBOUR_USER", USER);
    let refused = expect_error(machine.release("1.0.0"), 4, "registry-unauthorized");
    assert!(refused.stderr().contains("HARBOUR_PASSWORD"), "{}", refused.stderr());
    assert_eq!(project.claims().state("1.0.0"), "absent");
}
