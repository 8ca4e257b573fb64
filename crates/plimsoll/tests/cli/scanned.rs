//! `[[attestation]] from = "syft"`: what a program lists of the image for each platform, by one that is played and by syft itself.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use plimsoll_testkit::process::{Invocation, Output};
use plimsoll_testkit::repo::Repo;
use plimsoll_testkit::tools;
use serde_json::Value;

use crate::scene::Scene;
use crate::signing::{SIGNING, json, tagged};

const TRUST: &str = "\n[[trust]]\nkey = \"release.pub\"\n";
const SPDX: &str = "https://spdx.dev/Document";
const CYCLONE_DX: &str = "https://cyclonedx.org/bom";
/// Is asked and answers as syft 1: the list on standard output, with an id and a time of its own each time, and nothing without a
/// layout of one whole image. `HERE` is a folder where it leaves what it was asked.
const SYFT: &str = r#"#!/bin/sh
set -eu
echo "$*" >> HERE/asked
if [ "$1" = --version ]; then echo "syft VERSION"; exit; fi
[ "$1" = scan ] || { echo "unknown command \"$1\"" >&2; exit 1; }
layout=${2#oci-dir:}
shift 2
while [ $# -gt 0 ]; do
  case "$1" in
    --output) format=$2 ;;
    --source-name) name=$2 ;;
    --source-version) version=$2 ;;
    --config) cp "$2" HERE/settings ;;
    *) echo "unknown flag: $1" >&2; exit 1 ;;
  esac
  shift 2
done
env > HERE/environment
image=$(grep -o 'sha256:[0-9a-f]*' "$layout/index.json")
[ "$(echo "$image" | wc -l)" = 1 ] || { echo "unexpected number of images" >&2; exit 1; }
cp "$layout/blobs/sha256/${image#sha256:}" HERE/manifest
for blob in $(grep -o 'sha256:[0-9a-f]*' HERE/manifest); do
  [ -f "$layout/blobs/sha256/${blob#sha256:}" ] || { echo "no blob $blob" >&2; exit 1; }
done
id=$(cat /proc/sys/kernel/random/uuid)
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
list() {
  case "$1" in
    spdx-json) cat <<LIST
{"spdxVersion":"SPDX-2.3","name":"$name","documentNamespace":"https://anchore.com/syft/image/$name-$id","creationInfo":{"creators":["Tool: syft-VERSION"],"created":"$now"},"packages":[{"name":"$name","versionInfo":"$version","checksums":[{"algorithm":"SHA256","checksumValue":"${image#sha256:}"}]}]}
LIST
    ;;
    cyclonedx-json) cat <<LIST
{"bomFormat":"CycloneDX","specVersion":"1.6","serialNumber":"urn:uuid:$id","version":1,"metadata":{"timestamp":"$now","component":{"name":"$name","version":"$version"}},"components":[{"name":"${image#sha256:}"}]}
LIST
    ;;
    *) echo "unsupported output format \"$1\"" >&2; exit 1 ;;
  esac
}
echo "a warning that is no part of the list" >&2
BEHAVIOUR
"#;
/// It does what it should.
const WELL: &str = "list \"$format\"";

/// A project of two platforms whose images are listed, and the machine's programs.
struct Listing {
    scene: Scene,
    programs: PathBuf,
}

impl Listing {
    fn new(kind: &str) -> Listing {
        Listing::with(&table(kind))
    }

    fn with(tables: &str) -> Listing {
        let scene = tagged(&format!("{SIGNING}provenance = \"none\"\n{TRUST}{tables}"));
        let config = scene.read("plimsoll.toml");
        let config = config.replace("[\"linux/amd64\"]", "[\"linux/amd64\", \"linux/arm64\"]");
        scene.repo.write("plimsoll.toml", config).commit("for two platforms");
        scene.repo.annotated_tag("v1.1.0");
        let programs = scene.environment().folder("programs");
        Listing { scene, programs }
    }

    /// Puts a syft there that behaves so.
    fn install(&self, version: &str, behaviour: &str) -> &Listing {
        let path = self.programs.join("syft");
        let text = SYFT.replace("VERSION", version).replace("BEHAVIOUR", behaviour);
        std::fs::write(&path, text.replace("HERE", &self.programs.display().to_string())).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    /// Moves the tag to what lies in the working directory now.
    fn tag_again(&self) {
        self.scene.repo.commit("more");
        self.scene.repo.git(["tag", "--force", "--annotate", "--message", "again", "v1.1.0"]);
    }

    /// A command that finds the machine's programs first.
    fn command(&self, scene: &Scene, line: &str) -> Invocation {
        let path = std::env::var_os("PATH").unwrap();
        let folders = std::iter::once(self.programs.clone()).chain(std::env::split_paths(&path));
        let path = std::env::join_paths(folders).unwrap();
        let key = self.scene.read("release.key");
        let command = scene.plimsoll(line).arg("--no-progress").set("PATH", path);
        command.set("RELEASE_KEY", key).set("COSIGN_PASSWORD", "open sesame")
    }

    fn run(&self, line: &str) -> Output {
        self.command(&self.scene, line).run()
    }

    /// What it was asked so far, beside its version.
    fn asked(&self) -> Vec<String> {
        let asked = std::fs::read_to_string(self.programs.join("asked")).unwrap_or_default();
        asked.lines().filter(|line| *line != "--version").map(str::to_owned).collect()
    }

    /// A file that it left.
    fn left(&self, file: &str) -> String {
        std::fs::read_to_string(self.programs.join(file)).unwrap()
    }

    /// Nothing of a release that did not come about is visible.
    #[track_caller]
    fn expect_nothing_visible(&self) {
        assert!(!self.scene.has(".plimsoll/releases"), "there is no record");
        let index = self.scene.repo.path().join(".plimsoll/registry/registry.example/app/index.json");
        let index = std::fs::read_to_string(index).unwrap_or_default();
        assert!(!index.contains("1.1.0"), "{index}");
    }
}

fn table(kind: &str) -> String {
    format!("[[attestation]]\ntype = \"{kind}\"\nfrom = \"syft\"\n")
}

/// What is stated of a release, by subject: the statement's digest.
fn stated(root: &Path, kind: &str) -> Vec<(String, String)> {
    let path = root.join(".plimsoll/releases/v1.1.0-release-info.json");
    let record: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let text = |one: &Value, key: &str| one[key].as_str().unwrap().to_owned();
    let all = record["attestations"].as_array().unwrap().iter();
    let wanted = all.filter(|one| one["predicate_type"] == kind);
    wanted.map(|one| (text(one, "subject"), text(one, "digest"))).collect()
}

/// The predicates of a type that count, of the image with a digest.
fn predicates(scene: &Scene, digest: &str, kind: &str) -> Vec<Value> {
    let line = format!("verify image local:registry.example/app@{digest} --key release.pub --type {kind}");
    let found = scene.json(&line);
    let signatures = found["signatures"].as_array().unwrap_or_else(|| panic!("{found:#}"));
    signatures.iter().map(|one| one["statement"]["predicate"].clone()).collect()
}

#[test]
fn what_is_in_the_image_for_each_platform_is_signed() {
    for (kind, uri, format) in [("spdx", SPDX, "spdx-json"), ("cyclonedx", CYCLONE_DX, "cyclonedx-json")] {
        let listing = Listing::new(kind);
        listing.install("1.33.0", WELL);
        listing.run("release v1.1.0 --local").expect_success();
        let scene = &listing.scene;
        let stated = stated(scene.repo.path(), uri);
        assert_eq!(stated.len(), 2, "one for each platform: {stated:?}");
        for (subject, _) in &stated {
            let found = predicates(scene, subject, uri);
            assert_eq!(found.len(), 1);
            let text = found[0].to_string();
            let hex = subject.strip_prefix("sha256:").unwrap();
            for part in [hex, "registry.example/app", "1.1.0"] {
                assert!(text.contains(part), "{part}: {text}");
            }
        }
        let asked = listing.asked();
        assert_eq!(asked.len(), 2, "{asked:?}");
        let how =
            format!(" --output {format} --source-name registry.example/app --source-version 1.1.0 --config ");
        let is_so = |line: &String| line.starts_with("scan oci-dir:/") && line.contains(&how);
        assert!(asked.iter().all(is_so), "{asked:?}");
        // It sees nothing that is secret, no settings but the project's, and asks nobody for a newer one of itself.
        let environment = listing.left("environment");
        assert!(environment.contains("SYFT_CHECK_FOR_APP_UPDATE=false"), "{environment}");
        for secret in ["RELEASE_KEY", "COSIGN_PASSWORD", "sesame"] {
            assert!(!environment.contains(secret), "{secret}: {environment}");
        }
        assert_eq!(listing.left("settings"), "{}\n");
        assert!(scene.files(".plimsoll/builds").is_empty(), "it leaves nothing");
        let (code, found) = json(scene.run("verify v1.1.0 --local -o json"));
        assert_eq!((code, &found["verdict"]), (0, &"ok".into()), "{found:#}");
        // Again there is nothing to list and nothing to sign, even without it.
        std::fs::remove_file(listing.programs.join("syft")).unwrap();
        let (_, again) = json(listing.run("release v1.1.0 --local -o json"));
        assert_eq!(again["changed"], false, "{again:#}");
        assert_eq!(json(listing.run("plan v1.1.0 --local --online -o json")).1["changes"], false);
    }
}

#[test]
fn whoever_lists_the_same_image_states_the_same() {
    let listing = Listing::with(&["spdx", "cyclonedx"].map(table).concat());
    listing.install("1.33.0", &format!("{WELL} | tee -a HERE/lists"));
    let scene = &listing.scene;
    let elsewhere = Repo::clone_of(scene.environment(), scene.repo.path(), "elsewhere", []);
    let elsewhere = Scene { repo: elsewhere };
    for scene in [scene, &elsewhere] {
        listing.command(scene, "release v1.1.0 --local").run().expect_success();
    }
    for kind in [SPDX, CYCLONE_DX] {
        let [here, there] = [scene, &elsewhere].map(|scene| stated(scene.repo.path(), kind));
        assert_eq!(here.len(), 2);
        assert_eq!(here, there, "{kind}");
    }
    // What it wrote was never the same.
    let lists = listing.left("lists");
    let mut lists: Vec<&str> = lists.lines().collect();
    lists.sort_unstable();
    lists.dedup();
    assert_eq!(lists.len(), 8);
}

#[test]
fn a_plan_says_what_will_be_listed() {
    let listing = Listing::new("spdx");
    let plan = listing.run("plan v1.1.0 --local").expect_success();
    for platform in ["linux/amd64", "linux/arm64"] {
        let line = format!("  sbom app for {platform}, by syft: {SPDX}\n");
        assert!(plan.stdout().contains(&line), "{}", plan.stdout());
    }
    let (_, plan) = json(listing.run("plan v1.1.0 --local -o json"));
    let made = plan["make"].as_array().unwrap().iter().filter(|make| make["kind"] == "sbom");
    let made: Vec<_> = made.map(|make| (make["artifact"].clone(), make["predicate_type"].clone())).collect();
    assert_eq!(made, [("app".into(), SPDX.into()), ("app".into(), SPDX.into())]);
}

#[test]
fn without_syft_nothing_is_begun() {
    let listing = Listing::new("spdx");
    // Nothing but git.
    let mut folders =
        std::env::split_paths(&std::env::var_os("PATH").unwrap()).collect::<Vec<_>>().into_iter();
    let git = folders.find(|path| path.join("git").is_file()).unwrap().join("git");
    symlink(git, listing.programs.join("git")).unwrap();
    let alone = |line: &str| listing.command(&listing.scene, line).set("PATH", &listing.programs).run();
    assert_snapshot!(listing.scene.shown(&alone("release v1.1.0 --local")), @r"
    exit 8
    --- stderr
    error[tool-missing]: what is in `app` can't be listed: syft can't be used: `syft` is not installed
    --> plimsoll.toml:18:8
     = help: install syft 1 or newer, https://github.com/anchore/syft, where PATH finds it; `plimsoll doctor` says whether it does
     = help: a list that was made before the release does as well: `path` names its file, instead of `from` in [[attestation]]

    nothing has left this machine; mend this, then run again
    ");
    assert!(!listing.scene.has(".plimsoll/claims"), "not even a claim");
    listing.expect_nothing_visible();
    let doctor = alone("doctor --local");
    assert_eq!(doctor.code(), Some(8), "{}", doctor.stderr());
    let said = "error[tool-missing]: syft can't be used: `syft` is not installed";
    assert!(doctor.stderr().contains(said), "{}", doctor.stderr());
}

#[test]
fn an_old_or_broken_syft_is_refused_before_anything_is_made() {
    for (version, said) in [
        ("0.84.1", "syft can't be used: version 1 or newer is needed, and this is 0.84.1"),
        ("1.33.0\"; echo broken >&2; exit 1; echo \"", "syft can't be used: broken"),
    ] {
        let listing = Listing::new("spdx");
        listing.install(version, WELL);
        let (code, found) = json(listing.run("release v1.1.0 --local -o json"));
        assert_eq!((code, &found["error"]["code"]), (8, &"tool-missing".into()), "{found:#}");
        assert!(found["error"]["message"].as_str().unwrap().contains(said), "{found:#}");
        assert!(listing.asked().is_empty() && !listing.scene.has(".plimsoll/claims"));
    }
    // One that was built without a version is as good as any.
    let listing = Listing::new("spdx");
    listing.install("[not provided]", WELL).run("release v1.1.0 --local").expect_success();
}

#[test]
fn what_goes_wrong_while_listing_leaves_nothing_visible() {
    let many = "head -c 6000000 /dev/zero | tr '\\0' ' '; list \"$format\"";
    // The first platform goes well.
    let second = "if [ -e HERE/once ]; then echo no >&2; exit 3; fi; touch HERE/once; list \"$format\"";
    for (kind, behaviour, code, exit, said) in [
        ("spdx", "list \"$format\"; kill -9 $$", "sbom-failed", 8, "syft failed"),
        ("spdx", second, "sbom-failed", 8, "what is in `app` for linux/arm64 was not listed: syft failed"),
        ("spdx", "echo hello", "predicate-invalid", 2, "it is not JSON"),
        ("spdx", "true", "predicate-invalid", 2, "it is not JSON"),
        ("spdx", "list cyclonedx-json", "predicate-invalid", 2, "its `spdxVersion` is null"),
        ("cyclonedx", "list spdx-json", "predicate-invalid", 2, "its `bomFormat` is null"),
        ("spdx", "echo '{\"spdxVersion\":\"SPDX-3.0\"}'", "predicate-invalid", 2, "should be `SPDX-2.…`"),
        ("spdx", many, "predicate-invalid", 2, "syft listed more than 5242880 bytes"),
    ] {
        let listing = Listing::new(kind);
        listing.install("1.33.0", behaviour);
        let (ended, found) = json(listing.run("release v1.1.0 --local -o json"));
        assert_eq!((ended, &found["error"]["code"]), (exit, &code.into()), "{behaviour}: {found:#}");
        let message = found["error"]["message"].as_str().unwrap();
        assert!(message.contains(said), "{behaviour}: {message}");
        listing.expect_nothing_visible();
        assert!(listing.scene.files(".plimsoll/builds").is_empty(), "{behaviour}: it leaves nothing");
        // Once that is mended the same command releases.
        listing.install("1.33.0", WELL).run("release v1.1.0 --local").expect_success();
    }
}

#[test]
fn what_syft_says_when_it_fails_is_told() {
    let listing = Listing::new("spdx");
    listing.install("1.33.0", "echo 'could not determine source: gone' >&2; exit 1");
    assert_snapshot!(listing.scene.shown(&listing.run("release v1.1.0 --local")), @r"
    exit 8
    --- stderr
    error[sbom-failed]: what is in `app` for linux/amd64 was not listed: syft failed
     |
     = cause: a warning that is no part of the list
     = cause: could not determine source: gone
     = log: .plimsoll/logs/syft-app-linux-amd64.log
     = exit code: 1
     = help: a list that was made before the release does as well: `path` names its file, instead of `from` in [[attestation]]

    nothing has left this machine; mend this, then run again
    ");
    let log = listing.scene.read(".plimsoll/logs/syft-app-linux-amd64.log");
    assert_eq!(log, "a warning that is no part of the list\ncould not determine source: gone\n");
}

#[test]
fn a_syft_that_hangs_is_ended() {
    let listing = Listing::with(&format!("{}[build]\ntimeout = \"1s\"\n", table("spdx")));
    listing.install("1.33.0", "sleep 600 & echo half; wait");
    let begun = Instant::now();
    let (code, found) = json(listing.run("release v1.1.0 --local -o json"));
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
    assert_eq!((code, &found["error"]["code"]), (8, &"sbom-failed".into()), "{found:#}");
    assert!(found["error"]["message"].as_str().unwrap().contains("was not done within 1 s"), "{found:#}");
    listing.expect_nothing_visible();
}

#[test]
fn the_projects_settings_are_those_of_the_commit() {
    let listing = Listing::new("spdx");
    listing.install("1.33.0", WELL);
    listing.scene.repo.write(".syft.yaml", "exclude: [./usr/share/**]\n");
    listing.tag_again();
    // What lies there now is of another commit.
    listing.scene.repo.write(".syft.yaml", "exclude: [/**]\n").commit("list nothing");
    listing.run("release v1.1.0 --local").expect_success();
    assert_eq!(listing.left("settings"), "exclude: [./usr/share/**]\n");
}

#[test]
fn syft_itself_lists_what_is_in_images() {
    let Some(syft) = tools::require("syft") else { return };
    let listing = Listing::with(&["spdx", "cyclonedx"].map(table).concat());
    symlink(syft.path(), listing.programs.join("syft")).unwrap();
    let scene = &listing.scene;
    // Something that can be found: a package as Python installs it.
    let at = "/usr/lib/python3/site-packages/harbour-4.2.0.dist-info/METADATA";
    let file = format!("mode = \"0755\" }}, {{ from = \"METADATA\", to = \"{at}\" }}");
    let config = scene.read("plimsoll.toml").replace("mode = \"0755\" }", &file);
    let metadata = "Metadata-Version: 2.1\nName: harbour\nVersion: 4.2.0\n";
    scene.repo.write("plimsoll.toml", config).write("METADATA", metadata);
    listing.tag_again();
    let elsewhere = Repo::clone_of(scene.environment(), scene.repo.path(), "elsewhere", []);
    let elsewhere = Scene { repo: elsewhere };
    for scene in [scene, &elsewhere] {
        listing.command(scene, "release v1.1.0 --local").run().expect_success();
    }
    let kinds = [(SPDX, "packages", "versionInfo"), (CYCLONE_DX, "components", "version")];
    for (kind, packages, version) in kinds {
        let [here, there] = [scene, &elsewhere].map(|scene| stated(scene.repo.path(), kind));
        assert_eq!(here.len(), 2);
        assert_eq!(here, there, "{kind}: two runs of syft state the same");
        for (subject, _) in here {
            let list = &predicates(scene, &subject, kind)[0];
            let mut all = list[packages].as_array().unwrap().iter();
            assert!(all.any(|one| one["name"] == "harbour" && one[version] == "4.2.0"), "{list:#}");
        }
    }
    let (code, found) = json(scene.run("verify v1.1.0 --local -o json"));
    assert_eq!((code, &found["verdict"]), (0, &"ok".into()), "{found:#}");
}
