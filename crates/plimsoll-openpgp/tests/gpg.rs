//! GnuPG makes keys, and judges what we sign with them.

use std::fs;

use plimsoll_openpgp::{KeyError, SigningKey};
use plimsoll_testkit::env::Environment;
use plimsoll_testkit::process::Invocation;
use plimsoll_testkit::tools::{self, Tool};

/// Lines with what is odd in texts that are signed: dashes, blanks at ends, other ends, empty ones.
const TEXT: &str = "- one\n-----BEGIN\ntwo  \t\n\nFrom three\r\n  four\n";
/// In 2030.
const LATER: u64 = 1_900_000_000;

/// A machine with GnuPG and keys on it.
struct Ring {
    environment: Environment,
    gpg: Tool,
}

impl Ring {
    fn new() -> Option<Ring> {
        let (gpg, environment) = (tools::require("gpg")?, Environment::new());
        fs::create_dir_all(environment.home().join("gnupg")).expect("a folder can be made");
        Some(Ring { environment, gpg })
    }

    /// GnuPG, with a password that opens what it makes and has.
    fn gpg(&self, password: &str, line: &str) -> Invocation {
        let home = self.environment.home();
        let gpg = self.gpg.command(&self.environment).in_folder(&home).set("GNUPGHOME", home.join("gnupg"));
        gpg.args(["--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", password])
            .args(line.split_whitespace())
    }

    /// Makes a key, and exports it by a command.
    fn make(&self, password: &str, line: &str, export: &str) -> String {
        self.gpg(password, &format!("--quick-generate-key harbour@example.org {line}"))
            .run()
            .expect_success();
        self.export(password, export)
    }

    fn export(&self, password: &str, export: &str) -> String {
        self.gpg(password, &format!("--armor {export}")).run().expect_success().stdout().to_owned()
    }

    /// The fingerprint of the first key.
    fn fingerprint(&self) -> String {
        let listed = self.gpg("", "--list-keys --with-colons").run().expect_success();
        let line =
            listed.stdout().lines().find(|line| line.starts_with("fpr:")).expect("there is a key").to_owned();
        line.split(':').nth(9).expect("it has a fingerprint").to_owned()
    }

    /// What GnuPG says of a signed text, in its status lines.
    fn verify(&self, signed: &str) -> (bool, String) {
        let verified = self.gpg("", "--status-fd 1 --verify").stdin(signed).run();
        (verified.code() == Some(0), verified.stdout().to_owned())
    }
}

fn open(key: &str, password: &str, time: u64) -> Result<SigningKey, KeyError> {
    SigningKey::open(key, Some(password).filter(|_| !password.is_empty()), time)
}

#[test]
fn gpg_verifies_what_each_kind_of_key_signs_and_nothing_else() {
    for kind in ["rsa2048 sign", "ed25519 sign", "nistp256 sign", "nistp521 sign", "default default"] {
        for password in ["", "o sole mio"] {
            let Some(ring) = Ring::new() else { return };
            let text = ring.make(password, &format!("{kind} never"), "--export-secret-keys");
            let key = open(&text, password, LATER).unwrap_or_else(|error| panic!("{kind}: {error}"));
            assert_eq!(key.fingerprint().to_uppercase(), ring.fingerprint(), "{kind}");
            let signed = key.sign(TEXT).unwrap();
            assert!(
                signed.starts_with("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n- - one\n"),
                "{signed}"
            );
            // The same bytes, whoever signs and whenever; there is chance in what is signed with P-521.
            let again = open(&text, password, LATER).unwrap().sign(TEXT).unwrap();
            assert_eq!(again == signed, !kind.starts_with("nistp521"), "{kind}");
            let later = open(&text, password, LATER + 1).unwrap().sign(TEXT).unwrap();
            assert_ne!(later, signed, "{kind}");
            let (good, status) = ring.verify(&signed);
            assert!(good && status.contains("GOODSIG"), "{kind}: {status}");
            assert!(status.contains(&format!(" {LATER} ")), "{kind}: {status}");
            let (good, status) = ring.verify(&signed.replace("four", "five"));
            assert!(!good && status.contains("BADSIG"), "{kind}: {status}");
        }
    }
}

#[test]
fn a_signature_is_never_older_than_its_key() {
    let Some(ring) = Ring::new() else { return };
    let key = open(&ring.make("", "ed25519 sign never", "--export-secret-keys"), "", 0).unwrap();
    let (good, status) = ring.verify(&key.sign(TEXT).unwrap());
    assert!(good && status.contains("GOODSIG"), "{status}");
}

#[test]
fn a_subkey_signs_where_there_is_one() {
    let Some(ring) = Ring::new() else { return };
    ring.make("", "ed25519 cert never", "--export-secret-keys");
    let fingerprint = ring.fingerprint();
    for kind in ["ed25519 sign", "cv25519 encr"] {
        ring.gpg("", &format!("--quick-add-key {fingerprint} {kind} never")).run().expect_success();
    }
    // The key itself may be elsewhere.
    for export in ["--export-secret-keys", "--export-secret-subkeys"] {
        let key = open(&ring.export("", export), "", LATER);
        let key = key.unwrap_or_else(|error| panic!("{export}: {error}"));
        let (good, status) = ring.verify(&key.sign(TEXT).unwrap());
        assert!(good && status.contains("GOODSIG"), "{export}: {status}");
    }
}

/// Old addresses are taken back, and what the owner says of the key stands with those that are left.
#[test]
fn a_user_id_that_was_taken_back_says_nothing_of_the_key() {
    for (kind, subkey) in [("ed25519 sign", false), ("ed25519 cert", true)] {
        let Some(ring) = Ring::new() else { return };
        ring.make("", &format!("{kind} 1d"), "--export-secret-keys");
        let fingerprint = ring.fingerprint();
        if subkey {
            ring.gpg("", &format!("--quick-add-key {fingerprint} ed25519 sign never")).run().expect_success();
        }
        ring.gpg("", &format!("--quick-add-uid {fingerprint} old@example.org")).run().expect_success();
        // The revocation is to be newer than all else.
        let tomorrow = "--faked-system-time 20990101T000000 --ignore-time-conflict";
        let revoke = format!("{tomorrow} --quick-revoke-uid {fingerprint} old@example.org");
        ring.gpg("", &revoke).run().expect_success();
        let text = ring.export("", "--export-secret-keys");
        let key = open(&text, "", 0).unwrap_or_else(|error| panic!("{kind}: {error}"));
        let expired = KeyError::Expired { fingerprint: fingerprint.to_lowercase() };
        assert_eq!(open(&text, "", LATER).err(), Some(expired), "{kind}");
        let (good, status) = ring.verify(&key.sign(TEXT).unwrap());
        assert!(good && status.contains("GOODSIG"), "{kind}: {status}");
    }
}

#[test]
fn a_key_whose_every_user_id_was_taken_back_is_nobody_s() {
    let Some(ring) = Ring::new() else { return };
    ring.make("", "ed25519 sign never", "--export-secret-keys");
    let fingerprint = ring.fingerprint();
    // GnuPG takes back no last user id, so the key is given away without the other.
    ring.gpg("", &format!("--quick-add-uid {fingerprint} old@example.org")).run().expect_success();
    ring.gpg("", &format!("--quick-revoke-uid {fingerprint} old@example.org")).run().expect_success();
    let old = "--export-filter keep-uid=mbox=old@example.org --export-secret-keys";
    let refused = open(&ring.export("", old), "", LATER).err();
    assert_eq!(refused, Some(KeyError::NoUser { fingerprint: fingerprint.to_lowercase() }));
}

#[test]
fn of_two_subkeys_the_one_signs_that_has_not_expired() {
    let Some(ring) = Ring::new() else { return };
    ring.make("", "ed25519 cert never", "--export-secret-keys");
    let fingerprint = ring.fingerprint();
    ring.gpg("", &format!("--quick-add-key {fingerprint} ed25519 sign never")).run().expect_success();
    let newer = "--faked-system-time 20290101T000000 --ignore-time-conflict";
    ring.gpg("", &format!("{newer} --quick-add-key {fingerprint} ed25519 sign 1d")).run().expect_success();
    let text = ring.export("", "--export-secret-keys");
    let (good, status) = ring.verify(&open(&text, "", LATER).unwrap().sign(TEXT).unwrap());
    assert!(good && status.contains("GOODSIG"), "{status}");
}

/// Of a key without a password nobody says that its password is wrong.
#[test]
fn a_key_of_a_kind_that_is_not_known_here_is_told_as_that() {
    for password in ["", "right"] {
        let Some(ring) = Ring::new() else { return };
        let text = ring.make(password, "brainpoolP256r1 sign never", "--export-secret-keys");
        let refused = open(&text, password, LATER).err();
        assert!(matches!(refused, Some(KeyError::Unusable { .. })), "{password}: {refused:?}");
    }
}

#[test]
fn what_can_t_sign_is_refused_with_its_reason() {
    let Some(ring) = Ring::new() else { return };
    let key = ring.make("right", "ed25519 sign 1d", "--export-secret-keys");
    let fingerprint = ring.fingerprint().to_lowercase();
    let of = |made: fn(String) -> KeyError| Some(made(fingerprint.clone()));
    assert_eq!(open(&key, "", 0).err(), of(|fingerprint| KeyError::NoPassword { fingerprint }));
    assert_eq!(open(&key, "wrong", 0).err(), of(|fingerprint| KeyError::WrongPassword { fingerprint }));
    assert_eq!(open(&key, "right", LATER).err(), of(|fingerprint| KeyError::Expired { fingerprint }));
    for text in ["", "no key", &ring.export("right", "--export")] {
        let refused = open(text, "", 0).err();
        assert!(matches!(refused, Some(KeyError::NotAKey { .. })), "{text}: {refused:?}");
    }
    let elsewhere = ring.export("right", "--export-secret-subkeys");
    assert_eq!(open(&elsewhere, "right", 0).err(), of(|fingerprint| KeyError::NothingSigns { fingerprint }));

    let revocation =
        ring.environment.home().join(format!("gnupg/openpgp-revocs.d/{}.rev", ring.fingerprint()));
    // GnuPG writes it with a colon, lest somebody takes it by accident.
    let revocation = fs::read_to_string(revocation).unwrap().replace(":-----BEGIN", "-----BEGIN");
    ring.gpg("right", "--import").stdin(revocation).run().expect_success();
    let revoked = ring.export("right", "--export-secret-keys");
    assert_eq!(open(&revoked, "right", 0).err(), of(|fingerprint| KeyError::Revoked { fingerprint }));
}
