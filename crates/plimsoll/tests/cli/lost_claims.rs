//! A release whose claim was deleted on the remote: who says so, and what writes it again.

use plimsoll_testkit::fault_registry::{FaultRegistry, Habits};
use plimsoll_testkit::process::Output;
use plimsoll_testkit::repo::Repo;

use crate::scene::{CONFIG, Scene};

const REF: &str = "refs/plimsoll/claims/app/1.1.0";

/// Two versions on a remote and in a registry, and the claim of the second gone.
struct Lost {
    scene: Scene,
    remote: Repo,
    registry: FaultRegistry,
}

impl Lost {
    fn new() -> Lost {
        let registry = FaultRegistry::start(Habits::default());
        let repository = format!("{}/acme/app", registry.address());
        let (scene, remote) = Scene::with_remote(&CONFIG.replace("registry.example/app", &repository));
        for version in ["v1.0.0", "v1.1.0"] {
            scene.push_version(version);
            scene.run(&format!("release {version}")).expect_success();
        }
        let lost = Lost { scene, remote, registry };
        lost.lose();
        lost
    }

    fn lose(&self) {
        self.scene.repo.git(["push", "--quiet", "origin", &format!(":{REF}")]);
    }

    /// The claim on the remote.
    fn claim(&self) -> Option<serde_json::Value> {
        let there = self.remote.git(["for-each-ref", REF]);
        let text = (!there.is_empty()).then(|| self.remote.git(["cat-file", "blob", REF]))?;
        Some(serde_json::from_str(&text).expect("JSON"))
    }

    /// Lets another machine release v1.1.0 anew, and leaves both records beside it, without a claim.
    fn release_twice(&self) {
        let is_of_it = |tag: &String| tag.starts_with("plimsoll-1.1.0-");
        let held: Vec<String> = self.registry.tags("acme/app").into_iter().filter(is_of_it).collect();
        let keep = |tag: String| (self.registry.manifest("acme/app", &tag).expect("it is there"), tag);
        let kept: Vec<(Vec<u8>, String)> = held.into_iter().map(keep).collect();
        for tag in kept.iter().map(|(_, tag)| tag.as_str()).chain(["1.1.0", "1.1", "latest"]) {
            self.registry.delete("acme/app", tag);
        }
        // Records differ by the second in which they were sealed.
        std::thread::sleep(std::time::Duration::from_millis(1100));
        let repo = Repo::clone_of(self.scene.environment(), self.remote.url(), "another", []);
        Scene { repo }.run("release v1.1.0").expect_success();
        for (bytes, tag) in kept.iter().filter(|(_, tag)| self.registry.manifest("acme/app", tag).is_none()) {
            self.registry.put_manifest("acme/app", tag, "application/vnd.oci.image.manifest.v1+json", bytes);
        }
        self.lose();
    }

    /// The same project in a clone that has no file of the ledger.
    fn fresh(&self) -> Scene {
        Scene { repo: Repo::clone_of(self.scene.environment(), self.remote.url(), "fresh", []) }
    }
}

/// What a line says, which must end with exit code 7 and this code alone.
#[track_caller]
fn told(scene: &Scene, line: &str) -> String {
    let output: Output = scene.run(line);
    let said = format!("{}{}", output.stdout(), output.stderr());
    assert_eq!(output.code(), Some(7), "{line}: {said}");
    assert_eq!(said.matches("error[").count(), 1, "{line}: {said}");
    assert!(said.contains("error[claim-lost]"), "{line}: {said}");
    assert!(said.contains("`plimsoll audit --repair` writes the claim again"), "{line}: {said}");
    for wrong in ["delete 1", "delete 127", "run again\n", "next version", "points at other"] {
        assert!(!said.contains(wrong), "{line}: {wrong}: {said}");
    }
    said
}

#[test]
fn a_claim_that_is_gone_is_told_and_written_again() {
    let lost = Lost::new();
    for line in ["verify v1.1.0", "audit"] {
        let said = told(&lost.scene, line);
        assert!(said.contains("DRIFT        claim app/1.1.0"), "{said}");
    }
    let repaired = lost.scene.run("audit --repair").expect_success();
    assert!(repaired.stdout().contains("repaired 1.1.0"), "{}", repaired.stdout());
    let claim = lost.claim().expect("it is there again");
    assert_eq!((&claim["state"], &claim["version"]), (&"published".into(), &"1.1.0".into()));
    assert_eq!(claim["tag"]["object"], lost.scene.repo.resolve("v1.1.0"));
    lost.scene.run("verify v1.1.0").expect_success();
    lost.scene.run("audit").expect_success();
    let again = lost.scene.run("release v1.1.0").expect_success();
    assert!(again.stdout().contains("nothing was missing"), "{}", again.stdout());
}

#[test]
fn a_fresh_clone_is_never_told_to_delete_what_was_released() {
    let lost = Lost::new();
    let fresh = lost.fresh();
    for line in ["release v1.1.0", "withdraw v1.1.0 --yes", "verify v1.1.0", "audit", "plan v1.1.0 --online"]
    {
        told(&fresh, line);
    }
    assert_eq!(lost.claim(), None, "who only looks writes none");
    let repaired = fresh.run("audit --repair").expect_success();
    assert!(repaired.stdout().contains("repaired 1.1.0"), "{}", repaired.stdout());
    let again = fresh.run("release v1.1.0").expect_success();
    assert!(!again.stdout().contains("released app v1.1.0 from"), "{}", again.stdout());
    fresh.run("verify v1.1.0").expect_success();
}

/// A clone that has the files of older releases alone: what it lists is not all there is.
#[test]
fn a_release_that_neither_claim_nor_file_tells_of_hides_behind_no_older_one() {
    let lost = Lost::new();
    let fresh = lost.fresh();
    let file = "releases/v1.0.0-release-info.json";
    let bytes = std::fs::read_to_string(lost.scene.repo.path().join(file)).unwrap();
    fresh.repo.write(file, &bytes);
    for line in ["list", "status", "site"] {
        let said = fresh.run(line).expect_success();
        let told = format!("{}{}", said.stdout(), said.stderr());
        for word in
            ["warning[claim-lost]: v1.1.0 is released", "`plimsoll audit --repair` writes the claim again"]
        {
            assert!(told.contains(word), "{line}: {word}: {told}");
        }
    }
    let listed = fresh.json("list");
    assert_eq!(listed["releases"][0]["standing"], "unknown", "{listed:#}");
    assert_eq!(listed["problems"][0]["code"], "claim-lost", "{listed:#}");
    told(&fresh, "latest");
    let about = fresh.run("status v1.1.0");
    assert!(
        about.stderr().contains("it is released; what is wrong with it since stands above"),
        "{}",
        about.stderr()
    );
    lost.scene.repo.git(["push", "--quiet", "origin", ":refs/plimsoll/claims/app/1.0.0"]);
    std::fs::remove_file(fresh.repo.path().join(file)).unwrap();
    told(&fresh, "latest");
    let all = fresh.run("list").expect_success();
    assert!(all.stderr().contains("their claims are not on the remote: v1.0.0, v1.1.0"), "{}", all.stderr());
    fresh.run("audit --repair").expect_success();
    assert_eq!(fresh.json("latest")["version"], "1.1.0");
    let status = fresh.run("status").expect_success();
    assert!(!status.stderr().contains("claim-lost"), "{}", status.stderr());
}

/// What was released by Plimsoll is not taken for what another tool made.
#[test]
fn a_release_without_its_claim_is_not_adopted() {
    let lost = Lost::new();
    let fresh = lost.fresh();
    let adopted = fresh.run("ledger adopt v1.1.0");
    assert_eq!(adopted.code(), Some(5), "{}", adopted.stderr());
    for word in ["app/1.1.0 has a record in", "`plimsoll audit --repair` writes the claim again"] {
        assert!(adopted.stderr().contains(word), "{word}: {}", adopted.stderr());
    }
    assert!(!fresh.repo.path().join("releases").exists(), "nothing was written");
}

/// The tag is put back first: the claim is tied to its object.
#[test]
fn a_git_tag_that_was_moved_too_is_put_back_first() {
    let lost = Lost::new();
    let repo = &lost.scene.repo;
    let then = repo.resolve("v1.1.0");
    repo.git(["tag", "--force", "-a", "-m", "moved", "v1.1.0", "HEAD"]);
    repo.git(["push", "--quiet", "--force", "origin", "v1.1.0"]);
    let fresh = lost.fresh();
    let back = format!("git update-ref refs/tags/v1.1.0 {then}");
    let said = told(&fresh, "release v1.1.0");
    assert!(said.contains(&back), "{said}");
    let repaired = lost.scene.run("audit --repair");
    assert_eq!(repaired.code(), Some(7), "{}", repaired.stdout());
    assert!(
        repaired.stdout().contains("left 1.1.0 as it is") && repaired.stdout().contains(&back),
        "{}",
        repaired.stdout()
    );
    assert_eq!(lost.claim(), None);
    repo.git(["update-ref", "refs/tags/v1.1.0", &then]);
    repo.git(["push", "--quiet", "--force", "origin", "v1.1.0"]);
    lost.scene.run("audit --repair").expect_success();
    assert!(lost.claim().is_some());
}

/// Somebody else's content under a version tag is still that, whatever records lie beside it.
#[test]
fn what_a_record_does_not_name_was_not_released() {
    let lost = Lost::new();
    let index = "application/vnd.oci.image.index.v1+json";
    let other = format!(r#"{{"schemaVersion":2,"mediaType":"{index}","manifests":[]}}"#);
    lost.registry.put_manifest("acme/app", "1.1.0", index, other.as_bytes());
    let taken = lost.fresh().run("release v1.1.0");
    assert_eq!(taken.code(), Some(5), "{}", taken.stderr());
    for word in ["error[tag-taken]", "acme/app:1.1.0 is there already"] {
        assert!(taken.stderr().contains(word), "{}", taken.stderr());
    }
    let repaired = lost.scene.run("audit --repair");
    let why = "warning[record-unproven]: nothing confirms the record of 1.1.0";
    assert!(repaired.stderr().contains(why), "{}", repaired.stderr());
    assert_eq!(lost.claim(), None);
}

/// A version counts whose version tags a record beside them confirms, so that a clone without a file of it can yank it, too.
#[test]
fn a_release_without_its_claim_is_yanked_from_any_clone() {
    let lost = Lost::new();
    let fresh = lost.fresh();
    let at = |tag: &str| lost.registry.manifest("acme/app", tag);
    let said = |scene: &Scene, line: &str| {
        let output = scene.run(line).expect_success();
        let told = "warning[claim-lost]: v1.1.0 is released, and its claim is not on the remote";
        let is_told = output.stderr().contains(told) || !line.contains("v1.1.0");
        assert!(is_told, "{line}: {}", output.stderr());
        output.stdout().to_owned()
    };
    for line in ["yank v1.1.0 --reason breaks --dry-run", "rollback v1.0.0 --dry-run"] {
        assert_eq!(said(&fresh, line), said(&lost.scene, line), "{line}");
    }
    said(&fresh, "yank v1.1.0 --reason breaks");
    assert_eq!(at("latest"), at("1.0.0"));
    assert!(said(&lost.scene, "yank v1.1.0 --reason breaks").contains("is yanked already"));
    said(&fresh, "unyank v1.1.0");
    assert_eq!(at("latest"), at("1.1.0"));
    assert_eq!(lost.claim(), None, "only a repair writes it again");
    assert_eq!(fresh.error("yank v9.9.9 --reason breaks").0, "unknown-release");
}

/// Who asks a repository alone is told that several of its records are confirmed, by whatever shows one.
#[test]
fn of_several_records_one_is_shown_and_the_others_are_told() {
    let lost = Lost::new();
    lost.release_twice();
    let place = format!("{}/acme/app", lost.registry.address());
    for line in
        ["list", "latest", "info v1.1.0", "images v1.1.0", "diff v1.0.0 v1.1.0", "export v1.1.0 x.tar"]
    {
        let shown = lost.scene.run(&format!("{line} --registry {place}")).expect_success();
        let told = "warning[record-unproven]: there are several records of 1.1.0";
        assert_eq!(shown.stderr().matches(told).count(), 1, "{line}: {}", shown.stderr());
    }
    let other = lost.scene.run(&format!("info v1.0.0 --registry {place}")).expect_success();
    assert!(!other.stderr().contains("several records"), "{}", other.stderr());
}

/// A run that was taken over leaves its record behind, and no file says which of the two was released.
#[test]
fn of_two_records_that_tags_confirm_no_file_is_written() {
    let lost = Lost::new();
    lost.release_twice();
    let fresh = lost.fresh();
    for scene in [&fresh, &lost.scene] {
        let rebuilt = scene.run("ledger rebuild");
        assert_eq!(rebuilt.code(), Some(6), "{}", rebuilt.stderr());
        let told = "the version tags of 1.1.0 confirm several records, and no claim says which was released";
        assert!(rebuilt.stderr().contains(told), "{}", rebuilt.stderr());
        assert!(!rebuilt.stderr().contains("is not the record that was released"), "{}", rebuilt.stderr());
    }
    let has =
        |version: &str| fresh.repo.path().join(format!("releases/v{version}-release-info.json")).exists();
    assert_eq!((has("1.0.0"), has("1.1.0")), (true, false), "what is known is written");
    let repaired = fresh.run("audit --repair");
    assert!(repaired.stdout().contains("or its release page"), "{}", repaired.stdout());
}

#[test]
fn releases_whose_claims_are_all_lost_are_not_called_none() {
    let lost = Lost::new();
    lost.scene.repo.git(["push", "--quiet", "origin", ":refs/plimsoll/claims/app/1.0.0"]);
    let fresh = lost.fresh();
    told(&fresh, "latest");
    told(&fresh, "site");
    assert!(!fresh.has("site"));
    let list = fresh.run("list").expect_success();
    assert!(list.stderr().contains("warning[claim-lost]"), "{}", list.stderr());
    assert!(!list.stderr().contains("no releases yet"), "{}", list.stderr());
}
