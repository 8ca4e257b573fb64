//! The two files of a key.

use std::path::PathBuf;

use clap::Args;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_sigstore::key::PrivateKey;

use crate::cli::ending::{Ended, Outcome};
use crate::cli::key_files::{PASSWORDS, find_password};
use crate::cli::session::Session;
use crate::explain::signature::explain_private_key;
use crate::explain::{Asked, Explain as _};
use crate::output::Answer;
use crate::output::json::key::KeyInfo;
use crate::wire::{self, Readers};

/// Where the two files of a key are written.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct Pair {
    /// Write PREFIX.key, encrypted, and PREFIX.pub; neither may be there
    #[arg(long, value_name = "PREFIX", env = "PLIMSOLL_OUTPUT_KEY_PREFIX", default_value = "plimsoll")]
    pub output_key_prefix: String,
}

impl Pair {
    /// Writes a key, encrypted with the password that the environment has.
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
        let Some(password) = find_password(session) else {
            let message = "there is no password to encrypt the key with";
            return Err(Diagnostic::error(Code::KeyUnusable, Cure::FixThenRunAgain, message)
                .help(format!("set {}; it may be empty, as with cosign", PASSWORDS.join(" or ")))
                .into());
        };
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
