//! Services that sign go down in the middle of a release, or are asked for many signatures at once.

use std::path::Path;

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::process::{Invocation, Output};
use plimsoll_testkit::proxy::{Fault, Lasting, Proxy, When};
use plimsoll_testkit::registry::{Access, Flavor, Registry};
use plimsoll_testkit::sigstore::{PERSON, Sigstore};
use serde_json::Value;

use crate::machine::{Machine, json};
use crate::observer::Observer;
use crate::project::{Fleet, Inputs, Project};

/// The kinds of services, as a signing config names them.
const SERVICES: [&str; 3] = ["caUrls", "rekorTlogUrls", "tsaUrls"];

/// A Sigstore whose services can go down, each for itself.
struct Shaky {
    stack: Sigstore,
    services: Vec<Proxy>,
    config: String,
}

impl Shaky {
    fn start(environment: &Environment) -> Option<Shaky> {
        let stack = Sigstore::start(environment)?;
        let text = std::fs::read_to_string(stack.signing_config()).expect("the stack wrote it");
        let mut config: Value = serde_json::from_str(&text).expect("it is JSON");
        let mut services = Vec::new();
        for kind in SERVICES {
            let url = &mut config[kind][0]["url"];
            let written = url
                .as_str()
                .and_then(|url| url.strip_prefix("http://"))
                .expect("it is on loopback")
                .to_owned();
            let (host, path) = written.split_once('/').unwrap_or((&written, ""));
            let proxy = Proxy::start(host);
            *url = format!("http://{}/{path}", proxy.address()).trim_end_matches('/').into();
            services.push(proxy);
        }
        Some(Shaky { stack, services, config: config.to_string() })
    }

    /// One of them is down from now on.
    fn go_down(&self, service: usize) {
        self.services[service].fail(When::first("POST", ""), Fault::status(503), Lasting::FromThenOn);
    }

    fn come_back(&self, service: usize) {
        self.services[service].reset();
    }

    /// How often a service was asked for something, and gave it.
    fn served(&self, service: usize) -> usize {
        let asked = self.services[service].requests();
        asked
            .iter()
            .filter(|one| one.method == "POST" && one.status.is_some_and(|status| status < 300))
            .count()
    }

    fn write_files(&self, folder: &Path) {
        std::fs::write(folder.join("signing_config.json"), &self.config).expect("a file can be written");
        std::fs::copy(self.stack.trusted_root(), folder.join("trusted_root.json"))
            .expect("a file can be copied");
    }

    /// A command of somebody with a token.
    fn signing(&self, command: Invocation) -> Output {
        command.set("SIGSTORE_ID_TOKEN", self.stack.token()).run()
    }
}

#[test]
fn a_release_whose_services_are_down_shows_nothing_and_goes_on_later() {
    let environment = Environment::new();
    let Some(shaky) = Shaky::start(&environment) else { return };
    let Some(home) = Registry::start(&environment, Flavor::Distribution3, Access::Anonymous) else { return };
    let tables = format!(
        "[signing]\nkeyless = true\nsigning-config = \"signing_config.json\"\ntrusted-root = \"trusted_root.json\"\n\
         [[trust]]\nissuer = \"{}\"\nidentity = \"{PERSON}\"\n",
        shaky.stack.issuer()
    );
    let fleet = Fleet::at(&home.address()).with_tail(&tables);
    let project = Project::new(&fleet.render(), Inputs::Committed);
    shaky.write_files(project.author().path());
    let there = Observer::at(&home.address());
    let release = |machine: &Machine, version: &str| shaky.signing(machine.releasing(version));
    for (service, kind) in ["certificate authority", "log", "timestamp authority"].into_iter().enumerate() {
        let version = format!("1.{service}.0");
        project.tag(&version);
        let machine = project.machine();
        shaky.go_down(service);
        for _ in 0..2 {
            let output = release(&machine, &version).expect_code(9);
            let answer = json(&output);
            assert_eq!(answer["error"]["code"], "signing-service", "{kind}: {answer:#}");
            assert!(output.stderr().contains(&format!("the {kind} http")), "{kind}: {}", output.stderr());
            assert!(
                output.stderr().contains("running the same command again is safe"),
                "{kind}: {}",
                output.stderr()
            );
            for repository in [&fleet.app, &fleet.tool] {
                assert_eq!(there.resolve(repository, &version), None, "{kind}: nothing is tagged");
            }
        }
        shaky.come_back(service);
        // Somebody else's machine finishes it as well as this one.
        let other = project.machine();
        let by = if service == 0 { &other } else { &machine };
        let line = ["release", &format!("v{version}"), "--take-over"].map(str::to_owned);
        let done = match service {
            0 => shaky.signing(by.ask(line.iter().map(String::as_str))),
            _ => release(by, &version),
        };
        assert_eq!(json(&done.expect_success())["changed"], true, "{kind}");
        let found = json(&by.ask(["verify", &format!("v{version}")]).run().expect_success());
        assert_eq!(found["authorship"], "vouched-for", "{kind}: {found:#}");
    }
}

#[test]
fn ten_images_are_signed_with_one_certificate() {
    let environment = Environment::new();
    let Some(shaky) = Shaky::start(&environment) else { return };
    let home = Registry::start(&environment, Flavor::Plimsoll, Access::Anonymous);
    let home = home.expect("our own registry is always there");
    let there = Observer::at(&home.address());
    let machine = Project::tagged(&Fleet::at(&home.address())).machine();
    shaky.write_files(machine.clone.path());
    let images: Vec<String> = (0..10)
        .map(|number| {
            let repository = home.repository(&format!("image-{number}"));
            there.push_foreign(&repository, "1.0.0", &number.to_string());
            format!("{repository}:1.0.0")
        })
        .collect();
    let services = ["--signing-config", "signing_config.json", "--trusted-root", "trusted_root.json"];
    let sign = |images: &[String]| {
        let line = ["sign", "image"].into_iter().chain(images.iter().map(String::as_str)).chain(services);
        shaky.signing(machine.ask(line))
    };
    sign(&images).expect_success();
    assert_eq!(
        [shaky.served(0), shaky.served(1), shaky.served(2)],
        [1, 10, 10],
        "one certificate serves all"
    );
    // Nothing more is asked of anybody where all are signed.
    sign(&images).expect_success();
    assert_eq!([shaky.served(0), shaky.served(1), shaky.served(2)], [1, 10, 10], "and none is needed");
    // The log goes down after the second of three: which are signed is told, and the rest is signed later.
    let more: Vec<String> = (10..13)
        .map(|number| {
            let repository = home.repository(&format!("image-{number}"));
            there.push_foreign(&repository, "1.0.0", &number.to_string());
            format!("{repository}:1.0.0")
        })
        .collect();
    shaky.services[1].fail(When::nth("POST", "", 3), Fault::status(503), Lasting::FromThenOn);
    let answer = json(&sign(&more).expect_code(9));
    let count = |list: &str| answer[list].as_array().map(Vec::len);
    assert_eq!((count("images"), count("unsigned")), (Some(2), Some(1)), "{answer:#}");
    shaky.come_back(1);
    let answer = json(&sign(&more).expect_success());
    let outcomes =
        answer["images"].as_array().unwrap().iter().map(|image| image["outcome"].as_str().unwrap());
    let outcomes: Vec<&str> = outcomes.collect();
    assert_eq!(outcomes.iter().filter(|one| **one == "already-signed").count(), 2, "{answer:#}");
}
