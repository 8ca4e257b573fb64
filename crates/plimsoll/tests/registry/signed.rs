//! Signed releases on registries that are not ours, verified by cosign; and what other machines make of them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use plimsoll_oci::name::Digest;
use plimsoll_testkit::env::Environment;
use plimsoll_testkit::fault_registry::{FaultRegistry, Habits, Tags, Vendor};
use plimsoll_testkit::process::{Invocation, Output};
use plimsoll_testkit::registry::{Access, Flavor, Registry};
use plimsoll_testkit::signing_log::SigningLog;
use plimsoll_testkit::sigstore::{Log, PERSON, Sigstore};
use plimsoll_testkit::tools;
use serde_json::Value;

use crate::machine::{Machine, json};
use crate::observer::Observer;
use crate::project::{Fleet, Project};

const PASSWORD: &str = "open sesame";
const ROOT: &str = r#"{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}"#;
const SBOM: &str = "{\"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.6\", \"version\": 1}\n";
const CYCLONEDX: &str = "[[attestation]]\ntype = \"cyclonedx\"\npath = \"sbom.json\"\n";
const STATEMENT: &str = "https://github.com/plimsoll-release/plimsoll/release/v2";

/// The binary on a machine with the key.
fn with_key(machine: &Machine, key: &Path, line: &str) -> Output {
    let key = std::fs::read_to_string(key).expect("the key was just made");
    let command: Invocation = machine.ask(line.split(' '));
    command.set("RELEASE_KEY", key).set("COSIGN_PASSWORD", PASSWORD).run()
}

/// A project that is signed with a key, with an SBOM in its commit.
struct Keyed {
    project: Project,
    /// Where the keys are.
    _keys: Environment,
    private: PathBuf,
    public: PathBuf,
}

impl Keyed {
    /// Nothing is tagged. `tables` come after those that say who signs.
    fn new(fleet: Fleet, signing: &str, tables: &str) -> Keyed {
        let signing =
            format!("[signing]\nkey = \"env:RELEASE_KEY\"\n{signing}\n[[trust]]\nkey = \"release.pub\"\n");
        let fleet = fleet.with_tail(&format!("{signing}{tables}"));
        let project = Project::new(&fleet.render(), crate::project::Inputs::Committed);
        let machine = project.machine();
        let keys = machine.environment.root().join("release");
        let generate = ["key", "generate", "--output-key-prefix", keys.to_str().expect("the path is text")];
        machine.plimsoll(generate).set("COSIGN_PASSWORD", PASSWORD).run().expect_success();
        let (private, public) = (keys.with_extension("key"), keys.with_extension("pub"));
        project
            .author()
            .write("release.pub", std::fs::read_to_string(&public).expect("the key was just made"));
        project.author().write("sbom.json", SBOM);
        Keyed { project, _keys: machine.environment, private, public }
    }

    /// The same, with version 1.0.0 tagged.
    fn tagged(fleet: Fleet, signing: &str, tables: &str) -> Keyed {
        let keyed = Keyed::new(fleet, signing, tables);
        keyed.project.tag("1.0.0");
        keyed
    }

    /// Releases 1.0.0 on a machine that has the key.
    fn release(&self, machine: &Machine) -> Output {
        with_key(machine, &self.private, "release v1.0.0")
    }
}

#[test]
fn cosign_verifies_what_was_released_in_every_registry() {
    let Some(cosign) = tools::require("cosign") else { return };
    let environment = Environment::new();
    let start = |flavor| Registry::start(&environment, flavor, Access::Anonymous);
    let (Some(home), Some(mirror)) = (start(Flavor::Refreg), start(Flavor::Distribution3)) else { return };
    let copy = mirror.repository("copies/app");
    let fleet = Fleet::at(&home.address()).mirrored_to(&copy);
    let keyed = Keyed::tagged(fleet.clone(), "", CYCLONEDX);
    let Keyed { project, private, public, .. } = &keyed;
    let machine = project.machine();
    let done = json(&with_key(&machine, private, "release v1.0.0").expect_success());
    assert_eq!(done["changed"], true);
    let root = machine.environment.root().join("root.json");
    std::fs::write(&root, ROOT).unwrap();
    let cosign = |line: String| cosign.command(&machine.environment).args(line.split(' ')).run();
    let by = format!("--key {} --insecure-ignore-tlog --trusted-root {}", public.display(), root.display());
    for image in [&fleet.app, &copy, &fleet.tool] {
        cosign(format!("verify {by} {image}:1.0.0")).expect_success();
        for kind in [STATEMENT, "slsaprovenance1", "cyclonedx"] {
            let stated =
                cosign(format!("verify-attestation {by} --type {kind} {image}:1.0.0")).expect_success();
            assert!(stated.stdout().contains("payload"), "{kind}: {}", stated.stdout());
        }
    }
    // Another machine without any key: everything is there, and it says by whom.
    let other = project.machine();
    let found = json(&other.ask(["verify", "v1.0.0"]).run().expect_success());
    assert_eq!((&found["verdict"], &found["authorship"]), (&"ok".into(), &"vouched-for".into()), "{found:#}");
    let checks = found["checks"].as_array().expect("it has checks");
    for kind in ["provenance ", "attestation https://cyclonedx.org/bom of "] {
        let of_kind = checks.iter().filter(|check| check["subject"].as_str().unwrap().starts_with(kind));
        assert_eq!(of_kind.count(), 3, "{kind}: two images, one of them twice: {found:#}");
    }
    // Its own files of the ledger are all that it lacks.
    for changed in [true, false] {
        let again = json(&with_key(&other, private, "release v1.0.0").expect_success());
        assert_eq!(again["changed"], changed, "{again:#}");
    }
    // Another program overwrites the mirror's list of what is attached.
    let there = Observer::at(&mirror.address());
    there.empty_referrers(&copy, &there.resolve(&copy, "1.0.0").expect("the version tag is there"));
    let output = other.ask(["verify", "v1.0.0"]).run().expect_code(6);
    assert_eq!(json(&output)["verdict"], "unvouched");
    assert_eq!(json(&with_key(&other, private, "release v1.0.0").expect_success())["changed"], true);
    other.ask(["verify", "v1.0.0"]).run().expect_success();
    cosign(format!("verify {by} {copy}:1.0.0")).expect_success();
}

#[test]
fn an_identity_signs_a_release_and_cosign_agrees() {
    let Some(cosign) = tools::require("cosign") else { return };
    identity_signs(Log::V2, "bundle", |line, machine, _| {
        cosign.command(&machine.environment).args(line.split(' ')).run().expect_success();
    });
}

#[test]
fn an_identity_signs_a_release_for_older_cosigns() {
    let Some([two, three]) = tools::require_all(["cosign2", "cosign"]) else { return };
    identity_signs(Log::V1, "both", |line, machine, stack| {
        three.command(&machine.environment).args(line.split(' ')).run().expect_success();
        // Of statements in its older form its versions do not take a trusted root alike.
        if line.starts_with("verify ") {
            let command = stack.trusted_by(two.command(&machine.environment));
            command.args(line.split(' ')).run().expect_success();
        }
    });
}

/// Releases with an identity and this log, in this form; `check` runs what verifies an image by lines of cosign's words.
fn identity_signs(log: Log, form: &str, check: impl Fn(&str, &Machine, &Sigstore)) {
    let environment = Environment::new();
    let Some(stack) = Sigstore::with(log, &environment) else { return };
    let Some(home) = Registry::start(&environment, Flavor::Distribution3, Access::Anonymous) else { return };
    let tables = format!(
        "[signing]\nkeyless = true\nformat = \"{form}\"\nsigning-config = \"signing_config.json\"\ntrusted-root = \"trusted_root.json\"\n[[trust]]\nissuer = \"{}\"\nidentity = \"{PERSON}\"\n",
        stack.issuer()
    );
    let fleet = Fleet::at(&home.address()).with_tail(&tables);
    let project = Project::new(&fleet.render(), crate::project::Inputs::Committed);
    for file in [stack.signing_config(), stack.trusted_root()] {
        let name = file.file_name().and_then(|name| name.to_str()).expect("the stack's files have names");
        project.author().write(name, std::fs::read_to_string(&file).expect("the stack's files can be read"));
    }
    project.tag("1.0.0");
    let machine = project.machine();
    let release = |token: &str| machine.ask(["release", "v1.0.0"]).set("SIGSTORE_ID_TOKEN", token).run();
    assert_eq!(json(&machine.release("1.0.0").expect_code(4))["error"]["code"], "identity-token");
    assert_eq!(json(&release(&stack.token()).expect_success())["changed"], true);
    let found = json(&machine.ask(["verify", "v1.0.0"]).run().expect_success());
    assert_eq!(found["authorship"], Value::from("vouched-for"), "{found:#}");
    let trusting = format!("--trusted-root {}", stack.trusted_root().display());
    let who = format!("--certificate-identity {PERSON} --certificate-oidc-issuer {}", stack.issuer());
    for image in [&fleet.app, &fleet.tool] {
        check(&format!("verify {trusting} {who} {image}:1.0.0"), &machine, &stack);
        check(
            &format!("verify-attestation {trusting} {who} --type {STATEMENT} {image}:1.0.0"),
            &machine,
            &stack,
        );
    }
    assert_eq!(json(&release(&stack.token()).expect_success())["changed"], false);
}

#[test]
fn older_cosigns_verify_a_release_that_is_signed_for_them() {
    let Some([two, three]) = tools::require_all(["cosign2", "cosign"]) else { return };
    let environment = Environment::new();
    let Some(home) = Registry::start(&environment, Flavor::Distribution3, Access::Anonymous) else { return };
    let fleet = Fleet::at(&home.address());
    let keyed = Keyed::tagged(fleet.clone(), "format = \"both\"", "");
    let Keyed { project, private, public, .. } = &keyed;
    let machine = project.machine();
    for changed in [true, false] {
        let done = json(&with_key(&machine, private, "release v1.0.0").expect_success());
        assert_eq!(done["changed"], changed, "{done:#}");
    }
    let root = machine.environment.root().join("root.json");
    std::fs::write(&root, ROOT).unwrap();
    let by = format!("--key {} --insecure-ignore-tlog --trusted-root {}", public.display(), root.display());
    for tool in [&two, &three] {
        for image in [&fleet.app, &fleet.tool] {
            let line = format!("verify {by} {image}:1.0.0");
            tool.command(&machine.environment).args(line.split(' ')).run().expect_success();
        }
    }
    json(&machine.ask(["verify", "v1.0.0"]).run().expect_success());
    // The signature of the older form is lost with its tag, is missed, and is made again.
    let there = Observer::at(&home.address());
    let digest = there.resolve(&fleet.app, "1.0.0").expect("the version tag is there");
    there.remove(&fleet.app, &format!("{}.sig", digest.replace(':', "-")));
    machine.ask(["verify", "v1.0.0"]).run().expect_code(6);
    assert_eq!(json(&with_key(&machine, private, "release v1.0.0").expect_success())["changed"], true);
    machine.ask(["verify", "v1.0.0"]).run().expect_success();
}

/// A registry that lists no referrers by itself and lets no tag be written twice.
fn written_once() -> FaultRegistry {
    let tags = Vendor::Ecr.habits().tags;
    assert!(matches!(tags, Tags::Immutable(_)), "it keeps its tags");
    FaultRegistry::start(Habits { tags, ..Habits::default() })
}

#[test]
fn what_is_attached_to_an_image_takes_one_write_of_each_tag() {
    for form in ["bundle", "both"] {
        let registry = written_once();
        let signing = format!("format = \"{form}\"\nsignatures = \"platforms\"");
        let keyed = Keyed::tagged(Fleet::at(&registry.address()), &signing, CYCLONEDX);
        let Keyed { project, private, .. } = &keyed;
        let machine = project.machine();
        for changed in [true, false] {
            let done = json(&with_key(&machine, private, "release v1.0.0").expect_success());
            assert_eq!(done["changed"], changed, "{form}: {done:#}");
        }
        json(&machine.ask(["verify", "v1.0.0"]).run().expect_success());
        let writes = registry.lines();
        let writes: Vec<_> = writes
            .iter()
            .filter(|line| line.starts_with("PUT") && line.contains("/manifests/sha256-"))
            .collect();
        let once: BTreeSet<_> = writes.iter().collect();
        assert_eq!(writes.len(), once.len(), "{form}: {writes:#?}");
    }
}

#[test]
fn where_a_list_can_not_be_written_again_nothing_is_signed_for_it() {
    let registry = written_once();
    let keyed = Keyed::new(Fleet::at(&registry.address()), "signing-config = \"services.json\"", "");
    let log = SigningLog::start();
    keyed.project.author().write("services.json", log.config(1));
    keyed.project.tag("1.0.0");
    let machine = keyed.project.machine();
    keyed.release(&machine).expect_success();
    let logged = log.posted().len();
    assert!(logged > 0, "the release was logged");
    // The list is lost, and lies there again with nothing of ours in it: to add something it would have to be written twice.
    let app = "harbour/app";
    let digest = Digest::of(&registry.manifest(app, "1.0.0").expect("the version tag is there"));
    let list = format!("sha256-{}", digest.hex());
    let whole = registry.manifest(app, &list).expect("the list is there");
    let index = "application/vnd.oci.image.index.v1+json";
    registry.put_manifest(app, &list, index, br#"{"schemaVersion":2,"manifests":[]}"#);
    for machine in [machine, keyed.project.machine()] {
        for _ in 0..2 {
            let refused = keyed.release(&machine).expect_code(5);
            assert_eq!(json(&refused)["error"]["code"], "tag-immutable", "{}", refused.stdout());
            assert!(refused.stderr().contains(&list), "{}", refused.stderr());
            assert!(refused.stderr().contains("begin with `sha256-`"), "{}", refused.stderr());
            assert_eq!(log.posted().len(), logged, "nothing is signed that can't be attached");
        }
    }
    let audit = with_key(&keyed.project.machine(), &keyed.private, "audit --repair");
    assert!(audit.stdout().contains("does not let tag"), "{audit:?}");
    assert_eq!(log.posted().len(), logged, "nor for a repair");
    // Once the list is as it was nothing is missing.
    registry.put_manifest(app, &list, index, &whole);
    let machine = keyed.project.machine();
    keyed.release(&machine).expect_success();
    json(&machine.ask(["verify", "v1.0.0"]).run().expect_success());
    assert_eq!(log.posted().len(), logged);
}

#[test]
fn an_audit_lists_signatures_again_that_another_program_took_off() {
    let Some(home) = Registry::start(&Environment::new(), Flavor::Distribution3, Access::Anonymous) else {
        return;
    };
    let fleet = Fleet::at(&home.address());
    let keyed = Keyed::tagged(fleet.clone(), "format = \"both\"", CYCLONEDX);
    let machine = keyed.project.machine();
    keyed.release(&machine).expect_success();
    // Its own files of the ledger are all that it lacks.
    keyed.release(&machine).expect_success();
    let there = Observer::at(&home.address());
    let digest = there.resolve(&fleet.app, "1.0.0").expect("the version tag is there");
    let stranger = there.push_foreign(&fleet.app, "stranger", "a stranger's");
    for left in [None, Some(&stranger)] {
        match left {
            None => there.empty_referrers(&fleet.app, &digest),
            Some(stranger) => there.list_alone(&fleet.app, &digest, stranger),
        }
        let audit = with_key(&machine, &keyed.private, "audit").expect_code(6);
        assert!(audit.stdout().contains("provenance"), "{}", audit.stdout());
        assert!(audit.stderr().contains("not signed by whom it must be"), "{}", audit.stderr());
        with_key(&machine, &keyed.private, "audit --repair").expect_success();
        with_key(&machine, &keyed.private, "audit").expect_success();
        machine.ask(["verify", "v1.0.0"]).run().expect_success();
        let list = there.manifest(&fleet.app, &digest.replace(':', "-")).expect("the list is there");
        let list = String::from_utf8(list).unwrap();
        assert!(left.is_none_or(|stranger| list.contains(stranger)), "what others wrote stays: {list}");
    }
}
