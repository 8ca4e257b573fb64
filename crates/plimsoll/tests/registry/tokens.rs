//! Registries that want a token of a service: it is asked for, kept, renewed, and refused to whom it does not know.

use std::time::Duration;

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::registry::{Access, Flavor, PASSWORD, Registry, USER};
use plimsoll_testkit::token_server::{IDENTITY, TokenServer};

use crate::machine::{Machine, expect_error, json};
use crate::project::{Fleet, Project};

struct Scene {
    service: TokenServer,
    registry: Registry,
}

fn scene(flavor: Flavor, lifetime: Duration) -> Option<Scene> {
    let environment = Environment::new();
    let service = TokenServer::start(&environment, lifetime);
    let registry = Registry::start(&environment, flavor, Access::Token(service.service()))?;
    Some(Scene { service, registry })
}

impl Scene {
    /// A project whose configuration says who we are there.
    fn project(&self, who: &str) -> Project {
        let table = format!("[registries.\"{}\"]\n{who}", self.registry.address());
        Project::tagged(&Fleet::at(&self.registry.address()).with_tail(&table))
    }
}

const BY_PASSWORD: &str = "username = \"env:HARBOUR_USER\"\npassword = \"env:HARBOUR_PASSWORD\"";
const BY_TOKEN: &str = "token = \"env:HARBOUR_TOKEN\"";

/// A machine that has all of the secrets.
fn trusted(project: &Project) -> Machine {
    let mut machine = project.machine();
    let secrets = [("HARBOUR_USER", USER), ("HARBOUR_PASSWORD", PASSWORD), ("HARBOUR_TOKEN", IDENTITY)];
    for (name, value) in secrets {
        machine.environment.set(name, value);
    }
    machine
}

fn lets_in(flavor: Flavor, who: &str) {
    let Some(scene) = scene(flavor, Duration::from_secs(300)) else { return };
    let project = scene.project(who);
    let machine = trusted(&project);
    let released = machine.release("1.0.0").expect_success();
    for secret in [PASSWORD, IDENTITY] {
        assert!(!released.stdout().contains(secret) && !released.stderr().contains(secret));
    }
    let given = scene.service.given();
    assert!(given.iter().all(|given| given.user.as_deref() == Some(USER)), "{given:#?}");
    // Two repositories, each to look at and to write to: a token is asked for once, not for each request.
    assert!((2..=8).contains(&given.len()), "{} tokens: {given:#?}", given.len());
    machine.ask(["verify", "v1.0.0"]).run().expect_success();
}

#[test]
fn distribution_2_takes_a_token_got_by_password() {
    lets_in(Flavor::Distribution2, BY_PASSWORD);
}

#[test]
fn distribution_3_takes_a_token_got_by_identity_token() {
    lets_in(Flavor::Distribution3, BY_TOKEN);
}

#[test]
fn tokens_that_die_within_a_release_are_renewed() {
    let Some(scene) = scene(Flavor::Distribution3, Duration::from_secs(1)) else { return };
    let project = scene.project(BY_PASSWORD);
    let machine = trusted(&project);
    machine.release("1.0.0").expect_success();
    machine.release("1.0.0").expect_success();
}

#[test]
fn whoever_may_read_may_verify_without_credentials() {
    let Some(scene) = scene(Flavor::Distribution3, Duration::from_secs(300)) else { return };
    let project = Project::tagged(&Fleet::at(&scene.registry.address()));
    let machine = project.machine();
    let folder = machine.environment.folder("home/.docker");
    // plimsoll:loadline
    let login =
        format!(r#"{{"auths":{{"{}":{{"auth":"cGxpbXNvbGw6bG9hZGxpbmU="}}}}}}"#, scene.registry.address());
    std::fs::write(folder.join("config.json"), login).expect("a file can be written");
    machine.release("1.0.0").expect_success();
    let before = scene.service.given().len();
    let verified = project.machine().ask(["verify", "v1.0.0"]).run().expect_success();
    assert_eq!(json(&verified)["verdict"], "ok");
    let given = scene.service.given().split_off(before);
    assert!(!given.is_empty() && given.iter().all(|given| given.user.is_none()), "{given:#?}");
    assert!(given.iter().flat_map(|given| &given.scopes).all(|scope| scope.ends_with(":pull")), "{given:#?}");
}

#[test]
fn whom_the_service_does_not_know_is_told_which_secret_is_wrong() {
    let Some(scene) = scene(Flavor::Distribution3, Duration::from_secs(300)) else { return };
    for (who, variable) in [(BY_PASSWORD, "HARBOUR_PASSWORD"), (BY_TOKEN, "HARBOUR_TOKEN")] {
        let project = scene.project(who);
        let mut machine = trusted(&project);
        machine.environment.set(variable, "hunter2");
        let refused = expect_error(machine.release("1.0.0"), 4, "registry-unauthorized");
        assert!(refused.stderr().contains(variable), "{}", refused.stderr());
        assert!(!refused.stderr().contains("hunter2") && !refused.stdout().contains("hunter2"));
        assert_eq!(project.claims().state("1.0.0"), "absent");
    }
}

#[test]
fn whoever_may_only_read_is_refused_before_anything_is_made() {
    let Some(scene) = scene(Flavor::Distribution3, Duration::from_secs(300)) else { return };
    let project = Project::tagged(&Fleet::at(&scene.registry.address()));
    let refused = project.machine().release("1.0.0").expect_code(4);
    assert_eq!(json(&refused)["reach"], "nothing");
    assert_eq!(project.claims().state("1.0.0"), "absent");
}
