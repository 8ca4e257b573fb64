//! What BuildKit attests of an image, lifted into statements that are signed.

use plimsoll_testkit::builders::push_base;
use plimsoll_testkit::process::Invocation;
use plimsoll_testkit::tools;
use serde_json::Value;

use crate::yard::{Kind, Sea, Yard};

const SLSA_1: &str = "https://slsa.dev/provenance/v1";
const SPDX: &str = "https://spdx.dev/Document";
/// A scanner by BuildKit's protocol (its `docs/attestations/sbom-protocol.md`): it puts a statement into a folder.
const SCAN: &str = r#"#!/bin/sh
echo '{"_type":"https://in-toto.io/Statement/v0.1","predicateType":"https://spdx.dev/Document","predicate":{"spdxVersion":"SPDX-2.3","name":"scanned"}}' \
	> "$BUILDKIT_SCAN_DESTINATION/app.spdx.json"
"#;

/// With the key that signs.
fn signing(yard: &Yard, line: &str) -> Invocation {
    let key = std::fs::read_to_string(yard.repo.path().join("release.key")).expect("a key");
    yard.plimsoll(line).set("RELEASE_KEY", key).set("COSIGN_PASSWORD", "sesame")
}

fn make_key(yard: &Yard) {
    let line = "key generate --output-key-prefix release";
    yard.plimsoll(line).set("COSIGN_PASSWORD", "sesame").run().expect_success();
    yard.repo.write(".gitignore", "*.key\n");
}

/// The statement of a type that a key vouches for, of the image for each platform.
fn statements(yard: &Yard, kind: &str) -> Vec<Value> {
    let image = yard.json("images v1.0.0")["images"][0].clone();
    let platforms = image["platforms"].as_object().expect("digests by platform").values();
    let of = |platform: &Value| {
        let digest = platform.as_str().expect("a digest");
        let line = format!("verify image {}@{digest} --key release.pub --type {kind}", yard.repository());
        let found = yard.json(&line);
        let statement = found["signatures"][0]["statement"].clone();
        assert_eq!(statement["predicateType"], kind, "{found:#}");
        let subject = statement["subject"][0]["digest"]["sha256"].as_str().expect("a subject");
        assert_eq!(digest, format!("sha256:{subject}"));
        statement
    };
    platforms.map(of).collect()
}

#[test]
fn what_buildkit_attests_is_signed_and_verified() {
    let Some([cosign]) = tools::require_all(["cosign"]) else { return };
    for kind in [Kind::Buildctl, Kind::Buildx] {
        let Some(yard) = Yard::new(kind, Sea::Registry) else { return };
        let registry = yard.registry.as_ref().expect("there is a registry");
        let Some(base) = push_base(&yard.environment, registry) else { return };
        make_key(&yard);
        // The scanner is an image, too, which runs on the builder's own platform.
        let scanner = registry.repository("scanner");
        yard.repo.write("scan.sh", SCAN).write(
            "scanner.Dockerfile",
            format!("FROM {base}\nCOPY --chmod=755 scan.sh /scan\nENTRYPOINT [\"/scan\"]\n"),
        );
        let address = yard.buildkit.as_ref().expect("there is a BuildKit").address();
        let output = format!("type=image,name={scanner}:1,push=true,registry.insecure=true");
        let buildctl = tools::find("buildctl").expect("it is what the daemon comes with");
        buildctl
            .command(&yard.environment)
            .in_folder(yard.repo.path())
            .args(["--addr", &address, "build", "--frontend", "dockerfile.v0"])
            .args(["--opt", "filename=scanner.Dockerfile", "--local", "context=.", "--local", "dockerfile=."])
            .args(["--output", &output])
            .run()
            .expect_success();
        let tables = "[signing]\nkey = \"env:RELEASE_KEY\"\n[[trust]]\nkey = \"release.pub\"\n\
            [[attestation]]\ntype = \"slsaprovenance1\"\nfrom = \"builder\"\n\
            [[attestation]]\ntype = \"spdx\"\nfrom = \"builder\"\n";
        let config = yard.config(
            &["linux/amd64", "linux/arm64"],
            "builder-attestations = [\"provenance\", \"sbom\"]",
            tables,
        );
        let config = config.replace("[build]\n", &format!("[build]\nsbom-scanner = \"{scanner}:1\"\n"));
        yard.commit(&config, &format!("FROM {base}\nCOPY app /app\n"));
        signing(&yard, "release v1.0.0").run().expect_success();
        for statement in statements(&yard, SLSA_1) {
            let definition = &statement["predicate"]["buildDefinition"];
            let build_type = definition["buildType"].as_str().expect("a build type");
            assert!(build_type.contains("buildkit"), "{statement:#}");
        }
        for statement in statements(&yard, SPDX) {
            assert_eq!(statement["predicate"]["name"], "scanned", "{statement:#}");
        }
        // What it took is in our own provenance of the whole, by digest: the base image.
        let image = yard.json("images v1.0.0")["images"][0].clone();
        let whole = format!("{}@{}", yard.repository(), image["digest"].as_str().expect("a digest"));
        let line = format!("verify image {whole} --key release.pub --type {SLSA_1}");
        let ours = yard.json(&line)["signatures"][0]["statement"]["predicate"].clone();
        let taken = ours["buildDefinition"]["resolvedDependencies"].to_string();
        assert!(taken.contains("pkg:docker/"), "{taken}");
        let verified = yard.json("verify v1.0.0");
        assert_eq!(verified["verdict"], "ok", "{verified:#}");
        // Cosign finds it on a platform's manifest.
        let digest = image["platforms"]["linux/arm64"].as_str().expect("a digest");
        yard.repo.write(
            "root.json",
            r#"{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}"#,
        );
        let line = format!(
            "verify-attestation --key release.pub --insecure-ignore-tlog --trusted-root root.json --type spdxjson {}@{digest}",
            yard.repository()
        );
        let command = cosign.command(&yard.environment).in_folder(yard.repo.path());
        command.args(line.split(' ')).run().expect_success();
    }
}
