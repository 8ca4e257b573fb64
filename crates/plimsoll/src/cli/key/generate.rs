//! `key generate`.

use clap::Args;
use plimsoll_sigstore::key::PrivateKey;

use super::pair::Pair;
use crate::cli::ending::Outcome;
use crate::cli::session::Session;
use crate::explain::signature::explain_private_key;

/// Makes a new key: ECDSA on P-256
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll key generate
  plimsoll key generate --output-key-prefix release")]
pub(in crate::cli) struct Generate {
    /// Where it goes.
    #[command(flatten)]
    pub pair: Pair,
}

impl Generate {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        let key = PrivateKey::generate().map_err(|why| explain_private_key("a new key", &why))?;
        self.pair.write(session, &key)
    }
}
