//! Charts that are signed with an OpenPGP key: Helm verifies them wherever it finds them.

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::process::{Invocation, Output};
use plimsoll_testkit::registry::{Access, Flavor, Registry};
use plimsoll_testkit::static_files::StaticFiles;
use plimsoll_testkit::tools;

use crate::charts::project_with;
use crate::machine::{Machine, expect_error, json};
use crate::project::{Inputs, Project};

/// A key in GnuPG, and what Helm is given of it.
struct Key {
    environment: Environment,
    secret: String,
}

impl Key {
    /// Makes a key with a password; `None` without GnuPG.
    fn make() -> Option<Key> {
        let (gpg, environment) = (tools::require("gpg")?, Environment::new());
        let home = environment.home();
        std::fs::create_dir_all(home.join("gnupg")).expect("a folder for gpg");
        let run = |line: &str| {
            let gpg = gpg.command(&environment).in_folder(&home).set("GNUPGHOME", home.join("gnupg"));
            let gpg = gpg.args(["--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "aye"]);
            gpg.args(line.split(' ')).run().expect_success()
        };
        run("--quick-generate-key harbour@example.org rsa2048 sign never");
        std::fs::write(home.join("ring.gpg"), run("--export").stdout_bytes()).expect("a ring is written");
        let secret = run("--armor --export-secret-keys").stdout().to_owned();
        Some(Key { environment, secret })
    }

    fn ring(&self) -> String {
        self.environment.home().join("ring.gpg").display().to_string()
    }

    fn given(&self, command: Invocation) -> Invocation {
        command.set("CHART_KEY", &self.secret).set("PLIMSOLL_PGP_PASSWORD", "aye")
    }

    fn release(&self, machine: &Machine, version: &str) -> Output {
        self.given(machine.releasing(version)).run()
    }
}

fn project(registry: &Registry) -> Project {
    let keys = "pgp-key = \"env:CHART_KEY\"\nhttp = { branch = \"gh-pages\", url = \"https://acme.github.io/harbour\" }\n";
    project_with(&registry.address(), Inputs::Committed, "if-present", keys, "")
}

fn registry() -> Registry {
    Registry::start(&Environment::new(), Flavor::Plimsoll, Access::Anonymous)
        .expect("our own registry is always there")
}

#[test]
fn helm_verifies_what_was_released_in_the_registry_and_on_the_branch() {
    let Some(key) = Key::make() else { return };
    let registry = registry();
    let project = project(&registry);
    project.tag("1.0.0");
    let machine = project.machine();
    key.release(&machine, "1.0.0").expect_success();
    assert_eq!(json(&key.release(&machine, "1.0.0").expect_success())["status"], "already-released");
    // What is released needs no key any more.
    project.machine().release("1.0.0").expect_success();
    let files = project.remote().git(["ls-tree", "-r", "--name-only", "gh-pages"]);
    assert_eq!(files, "harbour-1.0.0.tgz\nharbour-1.0.0.tgz.prov\nindex.yaml");
    let signed = project.remote().git(["show", "gh-pages:harbour-1.0.0.tgz.prov"]);
    machine.plimsoll(["verify", "v1.0.0"]).run().expect_success();

    // It goes along to where the release is taken.
    machine.plimsoll(["export", "v1.0.0", "whole.tar"]).run().expect_success();
    let to = format!("{}/mirror", registry.address());
    let imported =
        machine.plimsoll(["import", "whole.tar", "--to", &to, "--files", "there"]).run().expect_success();
    assert!(imported.stdout().contains("/mirror/"), "{}", imported.stdout());

    machine.clone.git(["fetch", "--quiet", "origin", "gh-pages:gh-pages"]);
    machine.clone.git(["checkout", "--quiet", "gh-pages"]);
    let server = StaticFiles::serve(machine.clone.path());
    for helm in ["helm3", "helm4"] {
        let Some(helm) = tools::require(helm) else { continue };
        let address = registry.address();
        for (place, line) in [
            ("registry", format!("pull oci://{address}/charts/harbour --version 1.0.0 --plain-http")),
            ("branch", format!("pull harbour --repo {} --version 1.0.0", server.url())),
        ] {
            let folder =
                machine.environment.folder(&format!("{}-{place}", helm.path().display()).replace('/', "_"));
            let run = |line: &str| {
                let run = helm.command(&machine.environment).in_folder(&folder);
                run.args(line.split(' ')).args(["--keyring", &key.ring()]).run()
            };
            let pulled = run(&format!("{line} --verify")).expect_success();
            let told = format!("{}{}", pulled.stdout(), pulled.stderr());
            assert!(told.contains("harbour@example.org"), "{place}: {told}");
            run("verify harbour-1.0.0.tgz").expect_success();
            let prov = std::fs::read_to_string(folder.join("harbour-1.0.0.tgz.prov")).unwrap();
            assert_eq!(prov.trim_end(), signed, "{place}");
            let mut package = std::fs::read(folder.join("harbour-1.0.0.tgz")).unwrap();
            package.push(0);
            std::fs::write(folder.join("harbour-1.0.0.tgz"), package).unwrap();
            assert_ne!(run("verify harbour-1.0.0.tgz").code(), Some(0), "{place}");
        }
    }
}

#[test]
fn the_same_key_signs_the_same_file_by_hand() {
    let Some(key) = Key::make() else { return };
    let registry = registry();
    let first = project(&registry);
    first.tag("1.0.0");
    key.release(&first.machine(), "1.0.0").expect_success();
    let signed = first.remote().git(["show", "gh-pages:harbour-1.0.0.tgz.prov"]);
    // By hand, of the package that was released.
    let machine = first.machine();
    machine.clone.git(["checkout", "--quiet", "gh-pages"]);
    std::fs::write(machine.clone.path().join("key.sh"), "printf '%s' \"$CHART_KEY\"").unwrap();
    for reference in ["env:CHART_KEY", "command:sh key.sh"] {
        let line = ["chart", "provenance", "harbour-1.0.0.tgz", "--key", reference];
        let by_hand = key.given(machine.plimsoll(line)).run().expect_success();
        assert_eq!(by_hand.stdout().trim_end(), signed, "{reference}");
    }
}

#[test]
fn a_key_that_can_t_be_used_stops_the_release_before_anything_is_claimed() {
    let Some(key) = Key::make() else { return };
    let registry = registry();
    let project = project(&registry);
    project.tag("1.0.0");
    let machine = project.machine();
    let unset = expect_error(machine.release("1.0.0"), 2, "key-unusable");
    assert!(unset.stderr().contains("CHART_KEY is not set"), "{}", unset.stderr());
    let releasing = || machine.releasing("1.0.0").set("CHART_KEY", &key.secret);
    let without = expect_error(releasing().run(), 2, "key-unusable");
    assert!(without.stderr().contains("there is no password"), "{}", without.stderr());
    let wrong = expect_error(releasing().set("PLIMSOLL_PGP_PASSWORD", "no").run(), 2, "key-unusable");
    assert!(wrong.stderr().contains("the password does not open the key"), "{}", wrong.stderr());
    let none = machine.releasing("1.0.0").set("CHART_KEY", "-----BEGIN CERTIFICATE-----").run();
    let none = expect_error(none, 2, "key-unusable");
    assert!(none.stderr().contains("it is no OpenPGP private key"), "{}", none.stderr());
    assert_eq!(project.claims().find("1.0.0"), None);
}
