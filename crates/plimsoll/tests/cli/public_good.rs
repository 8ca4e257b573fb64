//! Signatures by identity where no files say whom to trust: by a Sigstore instance that tells it in a TUF repository.

use plimsoll_testkit::process::{Invocation, Output};
use plimsoll_testkit::sigstore::{PERSON, Sigstore};
use plimsoll_testkit::tuf::Tuf;
use serde_json::Value;

use crate::scene::{CONFIG, Scene};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../plimsoll-sigstore/tests/fixtures/cosign");
const WORKFLOW: &str =
    "https://github.example.test/acme/widget/.github/workflows/release.yml@refs/heads/main";
const ISSUER: &str = "http://127.0.0.1:6100/gha";

/// A file that cosign signed with an identity, and an instance that vouches for it.
struct Stand {
    scene: Scene,
    tuf: Tuf,
}

impl Stand {
    fn new() -> Stand {
        let scene = Scene::empty();
        let fixture = |name: &str| std::fs::read(format!("{FIXTURES}/{name}")).unwrap();
        for name in ["blob.bin", "blob.sigstore.json"] {
            scene.repo.write(name, fixture(name));
        }
        let tuf = Tuf::start(scene.environment(), &[("trusted_root.json", &fixture("trusted_root.json"))]);
        Stand { scene, tuf }
    }

    /// Verifies it: the exit code, the answer, and what was asked of the instance.
    fn verify(&self) -> (Option<i32>, Value, usize) {
        let line = format!(
            "verify file blob.bin --bundle blob.sigstore.json --certificate-identity {WORKFLOW} --certificate-oidc-issuer {ISSUER} -o json"
        );
        let before = self.tuf.asked().len();
        let output = at(&self.tuf, self.scene.plimsoll(&line)).run();
        let answer = serde_json::from_str(output.stdout()).unwrap_or_else(|_| panic!("{output:?}"));
        (output.code(), answer, self.tuf.asked().len() - before)
    }

    #[track_caller]
    fn expect_verified(&self) {
        let (code, found, _) = self.verify();
        assert_eq!((code, &found["verdict"]), (Some(0), &"verified".into()), "{found:#}");
    }

    #[track_caller]
    fn expect_refused(&self, want: i32, code: &str, said: &str) {
        let (exit, found, _) = self.verify();
        assert_eq!((exit, &found["error"]["code"]), (Some(want), &code.into()), "{found:#}");
        assert!(found["error"].to_string().contains(said), "{said}: {found:#}");
    }
}

/// A command that knows of the instance.
fn at(tuf: &Tuf, command: Invocation) -> Invocation {
    command.set("PLIMSOLL_TUF_REPOSITORY", tuf.url()).set("PLIMSOLL_TUF_ROOT", tuf.root())
}

#[test]
fn whom_to_trust_is_asked_of_the_instance_and_kept() {
    let stand = Stand::new();
    let (code, found, asked) = stand.verify();
    assert_eq!((code, &found["verdict"]), (Some(0), &"verified".into()), "{found:#}");
    let (_, _, again) = stand.verify();
    assert!(again < asked, "what is there already is not fetched again: {again} of {asked}");
    // What was verified before does until it is out of date, also where nobody answers.
    stand.tuf.fall_silent();
    stand.expect_verified();
}

#[test]
fn an_object_store_forbids_what_it_does_not_have() {
    let stand = Stand::new();
    stand.tuf.hide_what_is_missing();
    stand.expect_verified();
    // Only of newer roots it is not known that they are there.
    let stand = Stand::new();
    stand.tuf.hide_what_is_missing();
    stand.tuf.lose("timestamp.json");
    stand.expect_refused(8, "signing-service", "403");
}

#[test]
fn the_root_of_another_instance_is_looked_for_where_the_command_works() {
    let stand = Stand::new();
    std::fs::copy(stand.tuf.root(), stand.scene.repo.path().join("root.json")).unwrap();
    let home = stand.scene.environment().home();
    let verify = |root: &str| {
        let line = format!(
            "-C {} verify file blob.bin --bundle blob.sigstore.json --certificate-identity {WORKFLOW} --certificate-oidc-issuer {ISSUER} -o json",
            stand.scene.repo.path().display()
        );
        at(&stand.tuf, stand.scene.plimsoll(&line)).in_folder(&home).set("PLIMSOLL_TUF_ROOT", root).run()
    };
    verify("root.json").expect_success();
    // Neither is more read than any root has.
    for (root, said) in [("/dev/zero", "more than 4194304 bytes"), ("none.json", "there is no such file")] {
        let refused = verify(root).expect_code(2);
        assert!(refused.stdout().contains(said), "{root}: {}", refused.stdout());
    }
}

#[test]
fn nothing_is_known_of_an_instance_that_never_answered() {
    let stand = Stand::new();
    stand.tuf.fall_silent();
    stand.expect_refused(8, "signing-service", "can't be reached");
}

#[test]
fn what_is_out_of_date_or_not_signed_counts_for_nothing() {
    let stand = Stand::new();
    stand.tuf.expire();
    stand.expect_refused(2, "trust-invalid", "expired");
    let stand = Stand::new();
    let other = std::fs::read(format!("{FIXTURES}/trusted_root.json")).unwrap();
    let other = String::from_utf8(other).unwrap().replacen("\"validFor\"", "\"validfor\"", 1);
    stand.tuf.swap("trusted_root.json", other.as_bytes());
    stand.expect_refused(2, "trust-invalid", "integrity");
    // An older state than was seen before.
    let stand = Stand::new();
    stand.tuf.go_on();
    stand.expect_verified();
    stand.tuf.roll_back();
    stand.expect_refused(2, "trust-invalid", "rollback");
    // Another root than is pinned.
    let (stand, stranger) = (Stand::new(), Stand::new());
    std::fs::copy(stranger.tuf.root(), stand.tuf.root()).unwrap();
    stand.expect_refused(2, "trust-invalid", "signature");
}

#[test]
fn another_instance_is_named_wholly() {
    let stand = Stand::new();
    let line = format!(
        "verify file blob.bin --bundle blob.sigstore.json --certificate-identity {WORKFLOW} --certificate-oidc-issuer {ISSUER} -o json"
    );
    for (name, value) in
        [("PLIMSOLL_TUF_ROOT", "root.json"), ("PLIMSOLL_TUF_REPOSITORY", "http://127.0.0.1:1")]
    {
        let refused = stand.scene.plimsoll(&line).set(name, value).run().expect_code(2);
        assert!(refused.stdout().contains("one of them is not set"), "{}", refused.stdout());
    }
}

#[test]
fn a_release_is_signed_and_verified_without_a_file_that_names_services() {
    let scene = Scene::empty();
    let Some(stack) = Sigstore::start(scene.environment()) else { return };
    let read = |path| std::fs::read(path).unwrap();
    let (root, config) = (read(stack.trusted_root()), read(stack.signing_config()));
    let targets = [("trusted_root.json", root.as_slice()), ("signing_config.v0.2.json", config.as_slice())];
    let tuf = Tuf::start(scene.environment(), &targets);
    let tables = format!(
        "\n[signing]\nkeyless = true\n[[trust]]\nissuer = \"{}\"\nidentity = \"{PERSON}\"\n",
        stack.issuer()
    );
    scene.repo.write("plimsoll.toml", format!("{CONFIG}{tables}")).write("app", "app\n").commit("first");
    scene.repo.annotated_tag("v1.0.0");
    let run = |line: &str| -> Output {
        at(&tuf, scene.plimsoll(line).set("SIGSTORE_ID_TOKEN", stack.token()).arg("--no-progress")).run()
    };
    run("release v1.0.0 --local").expect_success();
    let verified = run("verify v1.0.0 --local -o json").expect_success();
    let verified: Value = serde_json::from_str(verified.stdout()).unwrap();
    assert_eq!(verified["authorship"], "vouched-for", "{verified:#}");
    scene.repo.write("token", stack.token()).write("app.txt", "hello\n");
    run("sign file app.txt --bundle app.json --identity-token token").expect_success();
    let who = format!("--certificate-identity {PERSON} --certificate-oidc-issuer {}", stack.issuer());
    run(&format!("verify file app.txt --bundle app.json {who}")).expect_success();
}
