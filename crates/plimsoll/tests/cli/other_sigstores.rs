//! Files that are signed with an identity, and what is stated of them, between Plimsoll and the Sigstore of Python and of JavaScript, which share no code with
//! cosign.

use plimsoll_testkit::process::Output;
use plimsoll_testkit::sigstore::{Log, PERSON, Sigstore};
use plimsoll_testkit::tools::{self, Tool};
use serde_json::{Value, json};

use crate::scene::Scene;

const PROVENANCE: &str = r#"{"buildDefinition":{"buildType":"https://acme.test/b","externalParameters":{}},"runDetails":{"builder":{"id":"https://acme.test"}}}"#;
/// The digest of `app.txt`.
const HELLO: &str = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
pub(crate) const STRANGER: &str = "else@example.test";

/// A folder with a file and what is stated of it, and a Sigstore of one's own.
pub(crate) struct Stand {
    pub(crate) scene: Scene,
    pub(crate) stack: Sigstore,
}

impl Stand {
    pub(crate) fn with(log: Log) -> Option<Stand> {
        let scene = Scene::empty();
        let stack = Sigstore::with(log, scene.environment())?;
        let read = |path| {
            let text = std::fs::read_to_string(path).expect("the stack wrote it");
            serde_json::from_str::<Value>(&text).expect("it is JSON")
        };
        let both = json!({
            "mediaType": "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json",
            "trustedRoot": read(stack.trusted_root()),
            "signingConfig": read(stack.signing_config()),
        });
        scene
            .repo
            .write("app.txt", "hello\n")
            .write("other.txt", "hullo\n")
            .write("provenance.json", PROVENANCE)
            .write("trust_config.json", both.to_string())
            .write("token", stack.token());
        Some(Stand { scene, stack })
    }

    /// Our file and our statement about it, signed: `ours.json` and `ours.att.json`.
    pub(crate) fn sign(&self) {
        let with = format!(
            "--identity-token token --trusted-root {} --signing-config {}",
            self.stack.trusted_root().display(),
            self.stack.signing_config().display()
        );
        self.scene.run(&format!("sign file app.txt --bundle ours.json {with}")).expect_success();
        let stated = "--type slsaprovenance1 --predicate provenance.json";
        let line = format!("attest file app.txt --bundle ours.att.json {stated} {with}");
        self.scene.run(&line).expect_success();
    }

    /// Verifies theirs: the exit code, and the reason of a refusal.
    pub(crate) fn verify(&self, bundle: &str, file: &str, person: &str) -> (Option<i32>, String) {
        let line = format!(
            "verify file {file} --bundle {bundle} --trusted-root {} --certificate-identity {person} --certificate-oidc-issuer {} -o json",
            self.stack.trusted_root().display(),
            self.stack.issuer(),
        );
        let output = self.scene.run(&line);
        let found: Value = serde_json::from_str(output.stdout()).expect("the answer is JSON");
        (output.code(), found["reason"].as_str().unwrap_or_default().to_owned())
    }

    /// The tool with the words of a line.
    pub(crate) fn witness(&self, tool: &Tool, line: &str) -> Output {
        tool.command(self.scene.environment())
            .in_folder(self.scene.repo.path())
            .args(line.split_whitespace())
            .run()
    }

    /// That they signed `app.txt` counts with us, for that file and that person alone.
    pub(crate) fn check_signed(&self, bundle: &str) {
        assert_eq!(self.verify(bundle, "app.txt", PERSON), (Some(0), String::new()));
        assert_eq!(self.verify(bundle, "other.txt", PERSON).1, "digest-differs");
        assert_eq!(self.verify(bundle, "app.txt", STRANGER).1, "identity-other-name");
    }

    /// That they stated provenance of `app.txt` counts with us, for that file, that person and that type alone.
    pub(crate) fn check_stated(&self, bundle: &str) {
        let of_type = |file: &str, kind: &str| self.verify(bundle, &format!("{file} --type {kind}"), PERSON);
        assert_eq!(of_type("app.txt", "slsaprovenance1"), (Some(0), String::new()));
        assert_eq!(of_type("app.txt", "cyclonedx").1, "predicate-other-type");
        assert_eq!(of_type("other.txt", "slsaprovenance1").1, "subject-missing");
        assert_eq!(self.verify(bundle, "app.txt", STRANGER).1, "identity-other-name");
        let mut edited: Value =
            serde_json::from_slice(&std::fs::read(self.scene.repo.path().join(bundle)).unwrap()).unwrap();
        let other = "eyJfdHlwZSI6Imh0dHBzOi8vaW4tdG90by5pby9TdGF0ZW1lbnQvdjEifQ==";
        edited["dsseEnvelope"]["payload"] = other.into();
        self.scene.repo.write("edited.json", edited.to_string());
        assert_ne!(self.verify("edited.json", "app.txt", PERSON).0, Some(0));
    }
}

#[test]
fn python_and_plimsoll_verify_each_others_signatures() {
    let Some(python) = tools::require("sigstore-python") else { return };
    for log in [Log::V1, Log::V2] {
        let Some(stand) = Stand::with(log) else { return };
        agree_with_python(&stand, &python);
    }
}

fn agree_with_python(stand: &Stand, python: &Tool) {
    stand.sign();
    let issuer = stand.stack.issuer();
    let verify = |bundle: &str, person: &str, file: &str| {
        let line = format!(
            "--trust-config trust_config.json verify identity --bundle {bundle} --cert-identity {person} --cert-oidc-issuer {issuer} {file}"
        );
        stand.witness(python, &line)
    };
    for bundle in ["ours.json", "ours.att.json"] {
        verify(bundle, PERSON, "app.txt").expect_success();
        assert_ne!(verify(bundle, PERSON, "other.txt").code(), Some(0), "{bundle}");
        assert_ne!(verify(bundle, STRANGER, "app.txt").code(), Some(0), "{bundle}");
    }
    let token = format!("--identity-token {}", stand.stack.token());
    let with = "--trust-config trust_config.json";
    let sign = format!("{with} sign {token} --bundle theirs.json app.txt");
    stand.witness(python, &sign).expect_success();
    stand.check_signed("theirs.json");
    let stated = "--predicate provenance.json --predicate-type https://slsa.dev/provenance/v1";
    let attest = format!("{with} attest {token} {stated} --bundle theirs.att.json app.txt");
    stand.witness(python, &attest).expect_success();
    stand.check_stated("theirs.att.json");
}

#[test]
fn javascript_and_plimsoll_verify_each_others_signatures() {
    let Some(javascript) = tools::require("sigstore-js") else { return };
    for log in [Log::V1, Log::V2] {
        let Some(stand) = Stand::with(log) else { return };
        agree_with_javascript(&stand, &javascript);
    }
}

fn agree_with_javascript(stand: &Stand, javascript: &Tool) {
    stand.sign();
    let (root, config) = (stand.stack.trusted_root(), stand.stack.signing_config());
    let issuer = stand.stack.issuer();
    let verify = |bundle: &str, person: &str, file: &str| {
        let line = format!("verify {} {bundle} {person} {issuer} {file}", root.display());
        stand.witness(javascript, &line)
    };
    verify("ours.json", PERSON, "app.txt").expect_success();
    assert_ne!(verify("ours.json", PERSON, "other.txt").code(), Some(0));
    // It looks at no subject of a statement.
    verify("ours.att.json", PERSON, "").expect_success();
    for bundle in ["ours.json", "ours.att.json"] {
        assert_ne!(verify(bundle, STRANGER, "app.txt").code(), Some(0), "{bundle}");
    }
    let output = stand.witness(javascript, &format!("sign {} token app.txt", config.display()));
    stand.scene.repo.write("theirs.json", output.expect_success().stdout());
    stand.check_signed("theirs.json");
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "name": "app.txt", "digest": { "sha256": HELLO } }],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": serde_json::from_str::<Value>(PROVENANCE).unwrap(),
    });
    stand.scene.repo.write("statement.json", statement.to_string());
    let output = stand.witness(javascript, &format!("attest {} token statement.json", config.display()));
    stand.scene.repo.write("theirs.att.json", output.expect_success().stdout());
    stand.check_stated("theirs.att.json");
}
