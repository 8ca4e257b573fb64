//! `key import`.

use clap::Args;

use super::pair::Pair;
use crate::cli::ending::Outcome;
use crate::cli::key_files::read_private_key;
use crate::cli::session::Session;

/// Encrypts a key that is there
///
/// It is an ECDSA key on P-256, P-384 or P-521, in PEM: as OpenSSL writes it (PKCS #8 or SEC 1), or as cosign does.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll key import --key plain.pem --output-key-prefix release")]
pub(in crate::cli) struct Import {
    /// The private key in PEM: a file, env:NAME, or command:PROGRAM …
    #[arg(long, value_name = "REF", env = "PLIMSOLL_KEY")]
    pub key: String,
    /// Where it goes.
    #[command(flatten)]
    pub pair: Pair,
}

impl Import {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        let key = read_private_key(session, &self.key)?;
        self.pair.write(session, &key)
    }
}
