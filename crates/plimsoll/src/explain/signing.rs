//! Releases that can't be signed, and signatures that can't be judged.

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Place};
use plimsoll_engine::world::signatures::SigningError;

use super::{Asked, Explain};

impl Explain for SigningError {
    fn explain(&self, asked: &Asked) -> Diagnostic {
        let said = |code, cure| Diagnostic::error(code, cure, self.to_string());
        match self {
            SigningError::NoSigner => said(Code::MissingKey, Cure::FixThenRunAgain)
                .help("say who signs: a [signing] table with `key` or `keyless`"),
            SigningError::NoTrust => said(Code::MissingKey, Cure::FixThenRunAgain).help(
                "say whose signatures count: a [[trust]] table with a `key`, or with `issuer` and `identity`",
            ),
            SigningError::Key { name, why } => {
                let message = format!("the key {name} can't be used");
                Diagnostic::error(Code::KeyUnusable, Cure::FixThenRunAgain, message)
                    .because(why)
                    .help("`env:NAME` is a key in a variable; its password is in PLIMSOLL_KEY_PASSWORD or COSIGN_PASSWORD")
                    .help("if there is none yet, make one with `plimsoll key generate`")
            }
            SigningError::Locked { name, why } => locked(format!("the key {name} can't be opened"), why)
                .help("put its password into PLIMSOLL_KEY_PASSWORD, or COSIGN_PASSWORD; on a terminal it is asked for"),
            SigningError::PgpLocked { name, why } => {
                locked(format!("the OpenPGP key {name} can't be opened"), why)
                    .help("put its password into PLIMSOLL_PGP_PASSWORD")
            }
            SigningError::PgpKey { name, why } => {
                let message = format!("the OpenPGP key {name} can't be used");
                Diagnostic::error(Code::KeyUnusable, Cure::FixThenRunAgain, message)
                    .because(why)
                    .help("export it in armour: `gpg --export-secret-keys --armor NAME`; `env:NAME` is a key in a variable, `command:PROGRAM …` one that a program prints")
                    .help("if it has a password, that is in PLIMSOLL_PGP_PASSWORD")
            }
            SigningError::Token { why } => {
                let message = "the token that proves who signs can't be had or can't be used";
                Diagnostic::error(Code::IdentityToken, Cure::FixThenRunAgain, message)
                    .because(why)
                    .help("jobs of GitHub Actions have one with the permission `id-token: write`")
                    .help("elsewhere put one for the audience `sigstore` into SIGSTORE_ID_TOKEN; it is good for minutes")
                    .help("a job of GitLab names its own: `identity-token = \"env:NAME\"`; on a terminal you can log in")
            }
            SigningError::Trust { file, why } => {
                let message = format!("{file} can't be used");
                Diagnostic::error(Code::TrustInvalid, Cure::FixThenRunAgain, message)
                    .because(why)
                    .at(Place::of_file(file))
                    .help("it is Sigstore's trusted_root.json or signing_config.json; cosign makes both")
            }
            SigningError::Instance { why } => {
                let message = "what the Sigstore instance says of itself can't be relied on";
                Diagnostic::error(Code::TrustInvalid, Cure::FixThenRunAgain, message)
                    .because(why)
                    .help("name files of your own with `signing-config` and `trusted-root`")
            }
            SigningError::Form { .. } => said(Code::TrustInvalid, Cure::FixThenRunAgain)
                .help("write `format = \"bundle\"`, or name a log of version 1 in the signing config"),
            SigningError::Untrusted { signer, trusted } => {
                let message = format!("{signer} would sign, and its signatures would not count");
                let refused = Diagnostic::error(Code::SignatureRefused, Cure::FixThenRunAgain, message);
                let refused = trusted.iter().fold(refused, |refused, one| refused.fact("counts", one));
                refused.help("sign with what [[trust]] names, or name in [[trust]] what signs; mind `from` and `until`")
            }
            SigningError::Service { service, why } => {
                let message = format!("the {service} can't be used");
                Diagnostic::error(Code::SigningService, Cure::RunAgain, message).because(why).help(format!(
                    "nothing is tagged before everything is signed; when the service is back: `{}`",
                    asked.command("release")
                ))
            }
        }
    }
}

fn locked(message: String, why: &str) -> Diagnostic {
    Diagnostic::error(Code::KeyUnusable, Cure::FixThenRunAgain, message).because(why)
}
