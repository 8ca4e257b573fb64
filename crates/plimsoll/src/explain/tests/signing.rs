//! What is said of releases that can't be signed.

use insta::assert_snapshot;
use plimsoll_engine::domain::attestation::SignatureForm;
use plimsoll_engine::world::signatures::SigningError;

use super::shown;
use crate::explain::Explain;

#[test]
fn releases_that_are_not_signed() {
    let why = || "what happened".to_owned();
    let errors = [
        SigningError::NoSigner,
        SigningError::NoTrust,
        SigningError::Key { name: "env:RELEASE_KEY".into(), why: why() },
        SigningError::Locked { name: "env:RELEASE_KEY".into(), why: why() },
        SigningError::PgpLocked { name: "env:RELEASE_KEY".into(), why: why() },
        SigningError::Token { why: why() },
        SigningError::Trust { file: "trusted_root.json".into(), why: why() },
        SigningError::Form { form: SignatureForm::Legacy, why: why() },
        SigningError::Untrusted { signer: "the key one".into(), trusted: vec!["the key two".into()] },
        SigningError::Service { service: "log https://rekor.example.test/".into(), why: why() },
    ];
    let errors: Vec<&dyn Explain> = errors.iter().map(|error| error as &dyn Explain).collect();
    assert_snapshot!(shown(&errors), @r#"
    error[missing-key]: it is not said who signs
     |
     = help: say who signs: a [signing] table with `key` or `keyless`

    error[missing-key]: it is not said whose signatures count
     |
     = help: say whose signatures count: a [[trust]] table with a `key`, or with `issuer` and `identity`

    error[key-unusable]: the key env:RELEASE_KEY can't be used
     |
     = cause: what happened
     = help: `env:NAME` is a key in a variable; its password is in PLIMSOLL_KEY_PASSWORD or COSIGN_PASSWORD
     = help: if there is none yet, make one with `plimsoll key generate`

    error[key-unusable]: the key env:RELEASE_KEY can't be opened
     |
     = cause: what happened
     = help: put its password into PLIMSOLL_KEY_PASSWORD, or COSIGN_PASSWORD; on a terminal it is asked for

    error[key-unusable]: the OpenPGP key env:RELEASE_KEY can't be opened
     |
     = cause: what happened
     = help: put its password into PLIMSOLL_PGP_PASSWORD

    error[identity-token]: the token that proves who signs can't be had or can't be used
     |
     = cause: what happened
     = help: jobs of GitHub Actions have one with the permission `id-token: write`
     = help: elsewhere put one for the audience `sigstore` into SIGSTORE_ID_TOKEN; it is good for minutes
     = help: a job of GitLab names its own: `identity-token = "env:NAME"`; on a terminal you can log in

    error[trust-invalid]: trusted_root.json can't be used
    --> trusted_root.json
     = cause: what happened
     = help: it is Sigstore's trusted_root.json or signing_config.json; cosign makes both

    error[trust-invalid]: signatures can't have the form "legacy": what happened
     |
     = help: write `format = "bundle"`, or name a log of version 1 in the signing config

    error[signature-refused]: the key one would sign, and its signatures would not count
     |
     = counts: the key two
     = help: sign with what [[trust]] names, or name in [[trust]] what signs; mind `from` and `until`

    error[signing-service]: the log https://rekor.example.test/ can't be used
     |
     = cause: what happened
     = help: nothing is tagged before everything is signed; when the service is back: `plimsoll release v1.0.0`
    "#);
}
