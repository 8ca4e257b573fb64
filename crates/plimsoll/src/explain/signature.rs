//! Signatures that are refused, and keys and roots that can't be used.

use std::path::Path;

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Place};
use plimsoll_sigstore::key::{PrivateKeyError, PublicKeyError};
use plimsoll_sigstore::keyless::{KeylessError, LoginError};
use plimsoll_sigstore::sign::SignError;
use plimsoll_sigstore::trust::{InstanceError, SigningConfigError, TrustError};
use plimsoll_sigstore::verify::{Check, Outcome, Report};

use crate::wire::{CommandFault, LoginFault, ReferenceFault, TokenFault};

/// What is wrong with a signature; `None` if nothing is.
pub fn explain_report(artifact: &str, report: &Report) -> Option<Diagnostic> {
    if report.is_verified() {
        return None;
    }
    let said = |message: String| Diagnostic::error(Code::SignatureRefused, Cure::FixThenRunAgain, message);
    let Some(refusal) = report.refusal() else {
        let unmade = report.findings.iter().find_map(|finding| match finding.outcome {
            Outcome::NotMade(why) => Some((finding.check, why)),
            _ => None,
        });
        let (check, why) = unmade.unwrap_or((Check::Bundle, "nothing was checked"));
        return Some(
            said(format!("the signature of {artifact} could not be verified"))
                .because(why)
                .fact("check", check)
                .help("name whom you trust: `--trusted-root trusted_root.json`, or the key: `--key FILE`"),
        );
    };
    let said = said(format!("the signature of {artifact} is refused"))
        .because(refusal)
        .fact("check", refusal.check())
        .fact("reason", refusal.word());
    Some(match refusal.check() {
        Check::Identity if refusal.word() == "identity-unstated" => {
            said.help("say who must have signed: `--key FILE`, or `--certificate-identity ID --certificate-oidc-issuer URL`")
        }
        Check::Identity => said.help("trust only whom you meant to: look at who signed before you name somebody else"),
        Check::Digest | Check::Subject => {
            said.help("this is not the file that was signed: do not use it, and look at where it comes from")
        }
        _ => said.help("do not rely on it; get the bundle anew from where it was published"),
    })
}

/// Why a private key can't be used.
pub fn explain_private_key(name: &str, why: &PrivateKeyError) -> Diagnostic {
    let said = unusable(name, why);
    match why {
        PrivateKeyError::NotPem => said.help("if there is none yet, make one with `plimsoll key generate`"),
        PrivateKeyError::Label(_) => {
            said.help("decrypt it with `openssl pkey`, and encrypt it with `plimsoll key import`")
        }
        PrivateKeyError::NoPassword => {
            said.help("set PLIMSOLL_KEY_PASSWORD or COSIGN_PASSWORD; on a terminal it is asked for")
        }
        PrivateKeyError::Password => {
            said.help("the password is that in PLIMSOLL_KEY_PASSWORD, or else in COSIGN_PASSWORD")
        }
        PrivateKeyError::Kind => said.help("make one with `plimsoll key generate`, or sign with cosign"),
        PrivateKeyError::EncryptedFormat(_) => said.help("the file is damaged, or of another program"),
        PrivateKeyError::Library => said,
    }
}

/// Why a public key can't be used.
pub fn explain_public_key(name: &str, why: &PublicKeyError) -> Diagnostic {
    let said = unusable(name, why);
    match why {
        PublicKeyError::Private => {
            said.help("its public half is printed by `plimsoll key public --key FILE`")
        }
        PublicKeyError::NotPem | PublicKeyError::Der(_) | PublicKeyError::Algorithm(_) => {
            said.help("ECDSA, RSA and Ed25519 keys are read, in PEM with the label PUBLIC KEY")
        }
        PublicKeyError::Size(_) => said.help("nothing that such a key signs can be relied on: take another"),
    }
}

/// Why what a key is named by can't be read.
pub(crate) fn explain_key_reference(reference: &str, why: &ReferenceFault) -> Diagnostic {
    let said = |code, message: String| Diagnostic::error(code, Cure::FixThenRunAgain, message);
    let file =
        |code| said(code, format!("{reference} can't be read")).because(why).at(Place::of_file(reference));
    match why {
        ReferenceFault::Unset(_) => {
            said(Code::KeyUnusable, why.to_string()).help("`env:NAME` is the key in a variable, in PEM")
        }
        ReferenceFault::Itself => unusable("what is given for a key", why)
            .help("it was typed or set where others may read it: if that is so, replace it"),
        ReferenceFault::NoFile => file(Code::FileMissing),
        ReferenceFault::Unreadable(_) => file(Code::FileSystem),
        ReferenceFault::TooLarge => {
            unusable(reference, why).at(Place::of_file(reference)).help("keys are read in PEM")
        }
        ReferenceFault::NotText => said(Code::KeyUnusable, format!("{reference} is not text"))
            .at(Place::of_file(reference))
            .help("keys are read in PEM"),
        ReferenceFault::Command(why) => explain_key_command(reference, why),
    }
}

/// Why a command gave no key.
fn explain_key_command(reference: &str, why: &CommandFault) -> Diagnostic {
    let said = unusable(reference, why);
    match why {
        CommandFault::NoProgram => said.help("write `command:PROGRAM ARGUMENT …`: the program prints the key, in PEM"),
        CommandFault::Process(_) | CommandFault::Failed { .. } | CommandFault::NotText { .. } => said.help(
            "the program prints the key, in PEM, and nothing else, within two minutes; words stand between blanks, and no shell reads them",
        ),
    }
}

fn unusable(name: &str, why: &dyn std::fmt::Display) -> Diagnostic {
    Diagnostic::error(Code::KeyUnusable, Cure::FixThenRunAgain, format!("the key {name} can't be used"))
        .because(why)
}

/// Why nothing is known of the Sigstore instance that is asked where no files say whom to trust.
pub fn explain_instance(why: &InstanceError) -> Diagnostic {
    let message = "it is not known whom to trust";
    let help = "name them in files instead: `--trusted-root`, and `--signing-config` to sign";
    match why {
        InstanceError::Unreachable { .. } => {
            Diagnostic::error(Code::SigningService, Cure::RunAgain, message).because(why).help(help)
        }
        InstanceError::Refused { .. } | InstanceError::Root(_) | InstanceError::Config(_) => {
            Diagnostic::error(Code::TrustInvalid, Cure::FixThenRunAgain, message)
                .because(why)
                .help("where something is out of date, look at this machine's clock first")
                .help(help)
        }
    }
}

/// Why a trusted root can't be used.
pub fn explain_trusted_root(path: &Path, why: &TrustError) -> Diagnostic {
    let name = path.display().to_string();
    let message = format!("{name} is no trusted root that can be used");
    Diagnostic::error(Code::TrustInvalid, Cure::FixThenRunAgain, message)
        .because(why)
        .at(Place::of_file(&name))
        .help("it is Sigstore's trusted_root.json; `cosign trusted-root create` makes one")
}

/// Why a signing config can't be used.
pub fn explain_signing_config(path: &Path, why: &SigningConfigError) -> Diagnostic {
    let name = path.display().to_string();
    let message = format!("{name} is no signing config that can be used");
    Diagnostic::error(Code::TrustInvalid, Cure::FixThenRunAgain, message)
        .because(why)
        .at(Place::of_file(&name))
        .help("it is Sigstore's signing_config.json; `cosign signing-config create` makes one")
}

/// Why there is no token that proves who signs.
pub(crate) fn explain_token(why: &TokenFault) -> Diagnostic {
    let message = "the token that proves who signs can't be had or can't be used";
    let said = |code, cure| Diagnostic::error(code, cure, message).because(why);
    match why {
        TokenFault::Unreadable { .. } => said(Code::IdentityToken, Cure::FixThenRunAgain)
            .help("`--identity-token` names a file, `env:NAME`, or `command:PROGRAM ARGUMENT …`"),
        TokenFault::Job(KeylessError::Http { .. } | KeylessError::Answer { .. })
        | TokenFault::Login(LoginFault::Login(LoginError::Http { .. })) => {
            said(Code::SigningService, Cure::RunAgain)
        }
        TokenFault::Job(_) | TokenFault::Nobody => said(Code::IdentityToken, Cure::FixThenRunAgain)
            .help("get a new token, for the audience `sigstore`; it is good for minutes"),
        TokenFault::Config(_) => said(Code::TrustInvalid, Cure::FixThenRunAgain)
            .help("name the issuer in `oidcUrls` of the signing config"),
        TokenFault::Login(_) => said(Code::IdentityToken, Cure::RunAgain)
            .help("run it again and log in, or name a token with `--identity-token`"),
    }
}

/// Why services did not sign.
pub fn explain_keyless(artifact: &str, config: &Path, why: &KeylessError) -> Diagnostic {
    let said = |code, cure| Diagnostic::error(code, cure, format!("{artifact} is not signed")).because(why);
    let token = "get a new token, for the audience `sigstore`; it is good for minutes";
    match why {
        KeylessError::Token(_) => said(Code::IdentityToken, Cure::FixThenRunAgain).help(token),
        KeylessError::Refused { service, .. } if service.kind == "certificate authority" => {
            said(Code::IdentityToken, Cure::FixThenRunAgain)
                .help("the authority says so of a token that is over, for another audience, or of an issuer that it does not know")
                .help(token)
        }
        KeylessError::Config(why) => explain_signing_config(config, why),
        KeylessError::NoAuthority | KeylessError::NoTime => said(Code::TrustInvalid, Cure::FixThenRunAgain)
            .at(Place::of_file(&config.display().to_string()))
            .help("name the services in the signing config"),
        KeylessError::Exposed { .. } => said(Code::TrustInvalid, Cure::FixThenRunAgain)
            .at(Place::of_file(&config.display().to_string()))
            .help("name it by `https://`; only services of this machine (`http://127.0.0.1`) may do without"),
        KeylessError::Sign(why) => explain_sign(artifact, why),
        KeylessError::Http { why: http, .. } => said(Code::SigningService, Cure::RunAgain)
            .because(http)
            .help("run again when the service is back: what is signed already is left as it is"),
        KeylessError::Refused { .. } | KeylessError::Answer { .. } => {
            said(Code::SigningService, Cure::RunAgain).help("look at the service, and at its version in the signing config")
        }
    }
}

/// Why what was signed, or would be, can't be attached in cosign's older form.
pub fn no_room(why: impl std::fmt::Display) -> Diagnostic {
    let message = "what is signed can't be attached in cosign's older form";
    Diagnostic::error(Code::TrustInvalid, Cure::FixThenRunAgain, message)
        .because(why)
        .help("sign with `--format bundle`, or name a log of version 1 in the signing config")
}

/// Why nothing was signed.
pub fn explain_sign(artifact: &str, why: &SignError) -> Diagnostic {
    match why {
        SignError::Key(why) => explain_private_key("that signs", why),
        SignError::NoDigest(_) => {
            let message = format!("{artifact} can't be signed with this key");
            Diagnostic::error(Code::KeyUnusable, Cure::FixThenRunAgain, message)
                .because(why)
                .help("name the file itself instead of its digest")
        }
    }
}
