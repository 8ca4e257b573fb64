//! The two files of a key.

use std::path::{Path, PathBuf};

use clap::Args;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_http::Secret;
use plimsoll_sigstore::key::PrivateKey;

use crate::cli::ending::{Ended, Failure, Outcome};
use crate::cli::session::Session;
use crate::explain::signature::explain_private_key;
use crate::explain::{Asked, Explain as _};
use crate::output::Answer;
use crate::output::json::key::KeyInfo;
use crate::wire::{self, PASSWORDS, Readers};

/// Where the two files of a key are written.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct Pair {
    /// Write PREFIX.key, encrypted, and PREFIX.pub; neither may be there
    #[arg(long, value_name = "PREFIX", env = "PLIMSOLL_OUTPUT_KEY_PREFIX", default_value = "plimsoll")]
    pub output_key_prefix: String,
}

impl Pair {
    /// Writes a key, encrypted with a password.
    pub(super) fn write(&self, session: &Session<'_>, key: &PrivateKey) -> Outcome {
        let named = |ending: &str| PathBuf::from(format!("{}.{ending}", self.output_key_prefix));
        let (private, public) = (named("key"), named("pub"));
        for path in [&private, &public] {
            if session.path(path).exists() {
                let message = format!("{} is there already", path.display());
                return Err(Diagnostic::error(Code::KeyUnusable, Cure::FixThenRunAgain, message)
                    .help("a key that is lost can't be had again: move it away, or name another `--output-key-prefix`")
                    .into());
            }
        }
        let folder = private.parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder.filter(|folder| !session.path(folder).is_dir()) {
            let message = format!("there is no folder {} for {}", folder.display(), private.display());
            return Err(Diagnostic::error(Code::FileMissing, Cure::FixThenRunAgain, message)
                .help("make it, or name another `--output-key-prefix`: nothing was written")
                .into());
        }
        let password = new_password(session, &private)?;
        let text = key.render_encrypted(&password);
        let text = text.map_err(|why| explain_private_key(&private.display().to_string(), &why))?;
        let asked = Asked { verb: "key", ..Asked::default() };
        // The private half comes first: without it the public one is worth nothing.
        wire::write_new(&session.path(&private), text.as_bytes(), Readers::Owner)
            .and_then(|()| {
                wire::write_new(&session.path(&public), key.public().render().as_bytes(), Readers::All)
            })
            .map_err(|error| error.explain(&asked))?;
        let written = Some((private.display().to_string(), public.display().to_string()));
        Ok(Ended::well(Answer::Key(KeyInfo::of(key.public(), written))))
    }
}

/// The password that a new key is encrypted with: the environment's, else what is typed twice.
fn new_password(session: &Session<'_>, private: &Path) -> Result<Secret, Failure> {
    let unusable = |message: &str| Diagnostic::error(Code::KeyUnusable, Cure::FixThenRunAgain, message);
    if let Some(password) = wire::find_password(session.variables) {
        return Ok(password);
    }
    let ask = |question: String| wire::ask_secret(&question, session.variables);
    let Some(password) = ask(format!("New password of {}", private.display())) else {
        return Err(unusable("there is no password to encrypt the key with")
            .help(format!("set {}; it may be empty, as with cosign", PASSWORDS.join(" or ")))
            .into());
    };
    match ask("The same again".to_owned()) {
        Some(again) if again.expose() == password.expose() => Ok(password),
        Some(_) | None => {
            Err(unusable("the passwords differ").help("nothing was written: run it again").into())
        }
    }
}
