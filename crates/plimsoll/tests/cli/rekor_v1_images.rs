//! The older form of signatures with an identity: under tags beside an image, with what version 1 of Rekor has promised, as cosign
//! attached them by itself until its version 3.

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::process::Output;
use plimsoll_testkit::registry::{Access, Flavor, Registry};
use plimsoll_testkit::sigstore::{Log, PERSON, Sigstore};
use plimsoll_testkit::tools::{self, Tool};
use serde_json::Value;

use crate::keyed::LOCAL;
use crate::rekor_v1::break_promise;
use crate::scene::Scene;

const STATED: &str = "--type slsaprovenance1 --predicate provenance.json";
const PROVENANCE: &str = r#"{"buildDefinition":{"buildType":"https://acme.test/b","externalParameters":{}},"runDetails":{"builder":{"id":"https://acme.test"}}}"#;

/// What the log has promised, beside a layer.
const PROMISED: &str = "dev.sigstore.cosign/bundle";

/// What is wrong beside the layers of an image.
#[derive(Clone, Copy, Debug)]
enum Damage {
    /// Each has the entry of another.
    Swap,
    /// The promises are broken.
    Break,
}

/// An image in a registry without the referrers API, and services that sign.
struct Quay {
    scene: Scene,
    stack: Sigstore,
    registry: Registry,
}

impl Quay {
    fn new() -> Option<Quay> {
        let scene = Scene::released();
        let stack = Sigstore::with(Log::V1, scene.environment())?;
        let registry = Registry::start(&Environment::new(), Flavor::Distribution3, Access::Anonymous)?;
        let config = std::fs::read_to_string(stack.signing_config()).expect("the stack wrote it");
        let mut unstamped: Value = serde_json::from_str(&config).expect("it is JSON");
        unstamped["tsaUrls"] = Value::Array(Vec::new());
        unstamped["tsaConfig"] = Value::Object(serde_json::Map::new());
        scene.repo.write("provenance.json", PROVENANCE).write("token", stack.token());
        scene.repo.write("stamped.json", config).write("unstamped.json", unstamped.to_string());
        Some(Quay { scene, stack, registry })
    }

    /// A copy of the image, by its digest.
    fn image(&self, name: &str) -> String {
        let there = self.registry.repository(name);
        let copied = self.scene.json(&format!("copy {LOCAL} {there}"));
        format!("{there}@{}", copied["digests"][0].as_str().expect("it was copied"))
    }

    fn who(&self) -> String {
        format!("--certificate-identity {PERSON} --certificate-oidc-issuer {}", self.stack.issuer())
    }

    fn root(&self) -> String {
        format!("--trusted-root {}", self.stack.trusted_root().display())
    }

    /// What of an image counts with us, and the reason of what does not.
    fn verify(&self, line: &str) -> (usize, Vec<String>) {
        let found = self.scene.json(&format!("verify image {line} {} {}", self.root(), self.who()));
        let signatures = found["signatures"].as_array().unwrap_or_else(|| panic!("{found:#}"));
        let verified = signatures.iter().filter(|one| one["verdict"] == "verified").count();
        let reasons = signatures.iter().filter_map(|one| one["reason"].as_str().map(str::to_owned));
        (verified, reasons.collect())
    }

    fn sign(&self, line: &str, config: &str) -> Value {
        let services = format!("--identity-token token {} --signing-config {config}", self.root());
        self.scene.json(&format!("{line} {services}"))
    }

    /// Changes what stands beside the layers under the tag of an image, until the answer is called; `None` without the tools.
    fn damage(&self, image: &str, tag: &str, damage: Damage) -> Option<impl Fn()> {
        let [crane, oras] = tools::require_all(["crane", "oras"])?;
        let place = format!("{}.{tag}", image.replacen("@sha256:", ":sha256-", 1));
        let here = |tool: &Tool, line: &str| {
            let command = tool.command(self.scene.environment()).in_folder(self.scene.repo.path());
            command.args(line.split_whitespace()).run().expect_success()
        };
        let good = here(&crane, &format!("manifest {place}")).stdout().to_owned();
        let mut bad: Value = serde_json::from_str(&good).expect("a manifest is JSON");
        let layers = bad["layers"].as_array_mut().expect("it has layers");
        let beside = |layer: &Value| layer["annotations"][PROMISED].as_str().map(str::to_owned);
        let mut promised: Vec<String> = layers.iter().filter_map(beside).collect();
        match damage {
            Damage::Swap => promised.rotate_left(1),
            Damage::Break => {
                for text in &mut promised {
                    let mut read: Value = serde_json::from_str(text).expect("a promise is JSON");
                    break_promise(&mut read["SignedEntryTimestamp"]);
                    *text = read.to_string();
                }
            }
        }
        for (layer, text) in layers.iter_mut().zip(promised) {
            layer["annotations"][PROMISED] = text.into();
        }
        let put = move |text: &str| {
            self.scene.repo.write("manifest.json", text);
            here(&oras, &format!("manifest push --plain-http {place} manifest.json"));
        };
        put(&bad.to_string());
        Some(move || put(&good))
    }

    fn cosign2(&self, tool: &Tool, line: &str) -> Output {
        let command = tool.command(self.scene.environment()).in_folder(self.scene.repo.path());
        self.stack.trusted_by(command).args(line.split_whitespace()).run()
    }

    fn cosign3(&self, tool: &Tool, line: &str) -> Output {
        let command = tool.command(self.scene.environment()).in_folder(self.scene.repo.path());
        command.args(line.split_whitespace()).run()
    }
}

#[test]
fn what_older_cosigns_attached_for_an_identity_counts() {
    let Some(two) = tools::require("cosign2") else { return };
    let Some(quay) = Quay::new() else { return };
    let image = quay.image("acme/theirs");
    let stamped = format!("--timestamp-server-url {}", quay.stack.timestamp_url());
    let theirs = |line: &str| {
        let line = format!("{line} {} {image}", quay.stack.older_services());
        quay.cosign2(&two, &line).expect_success();
    };
    theirs("sign");
    theirs(&format!("sign {stamped}"));
    assert_eq!(quay.verify(&image), (2, Vec::new()));
    theirs(&format!("attest {STATED}"));
    theirs(&format!("attest {STATED} {stamped}"));
    // What it logged before its version 2.2: the envelope's digest instead of the signature.
    theirs(&format!("attest {STATED} --rekor-entry-type intoto"));
    let of_type = format!("{image} --type slsaprovenance1");
    assert_eq!(quay.verify(&of_type), (3, Vec::new()));
    assert_eq!(quay.verify(&format!("{image} --type cyclonedx")).0, 0);
    // Each layer gets what was promised for another, or a promise that is broken.
    for (what, reason) in [(Damage::Swap, "log-other-signature"), (Damage::Break, "log-promise")] {
        for (tag, question, layers) in [("sig", &image, 2), ("att", &of_type, 3)] {
            let Some(undo) = quay.damage(&image, tag, what) else { return };
            assert_eq!(quay.verify(question), (0, vec![reason.to_owned(); layers]), "{what:?}");
            undo();
            assert_eq!(quay.verify(question), (layers, Vec::new()), "it is as it was");
        }
    }
    // Ours goes beside theirs, and is found to be there already.
    let signed = quay.sign(&format!("sign image {image} --format legacy"), "stamped.json");
    assert_eq!(signed["outcome"], "already-signed", "{signed:#}");
}

#[test]
fn what_is_attached_in_the_older_form_counts_with_every_cosign() {
    let Some([two, three]) = tools::require_all(["cosign2", "cosign"]) else { return };
    let Some(quay) = Quay::new() else { return };
    let who = quay.who();
    for (form, config) in [("legacy", "stamped.json"), ("both", "stamped.json"), ("legacy", "unstamped.json")]
    {
        let image = quay.image(&format!("acme/{form}-{}", config.trim_end_matches(".json")));
        let lines = [
            format!("sign image {image} --format {form}"),
            format!("attest image {image} --format {form} {STATED}"),
        ];
        for line in lines {
            assert_eq!(quay.sign(&line, config)["outcome"], "signed", "{line}");
            assert_eq!(quay.sign(&line, config)["outcome"], "already-signed", "{line}");
        }
        let each = if form == "both" { 2 } else { 1 };
        assert_eq!(quay.verify(&image), (each, Vec::new()), "{form} {config}");
        assert_eq!(quay.verify(&format!("{image} --type slsaprovenance1")).0, each, "{form} {config}");
        let chain = quay.stack.timestamp_chain();
        let by_stamp = format!("--use-signed-timestamps --timestamp-certificate-chain {}", chain.display());
        let ways = match config {
            "stamped.json" => vec!["", "--use-signed-timestamps"],
            _ => vec![""],
        };
        for way in ways {
            for what in ["verify", "verify-attestation --type slsaprovenance1"] {
                quay.cosign3(&three, &format!("{what} {who} {} {way} {image}", quay.root())).expect_success();
                // Where there are bundles, some of its versions look at nothing else, and they take a trusted root.
                if form == "legacy" {
                    let way = if way.is_empty() { "" } else { &by_stamp };
                    quay.cosign2(&two, &format!("{what} {who} {way} {image}")).expect_success();
                }
            }
        }
        if form == "both" {
            quay.cosign2(&two, &format!("verify {who} {} {image}", quay.root())).expect_success();
        }
        let stranger = who.replace(PERSON, "else@example.test");
        assert_ne!(quay.cosign2(&two, &format!("verify {stranger} {image}")).code(), Some(0));
    }
}
