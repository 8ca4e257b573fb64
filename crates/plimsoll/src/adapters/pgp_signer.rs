//! Charts are signed for `helm verify` with OpenPGP keys, from variables, commands or files.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use plimsoll_engine::domain::time::Moment;
use plimsoll_engine::world::Work;
use plimsoll_engine::world::chart_signer::ChartSigner;
use plimsoll_engine::world::signatures::SigningError;
use plimsoll_http::Secret;
use plimsoll_openpgp::SigningKey;
use tokio::sync::Mutex;

use super::private_keys::read_reference;
use crate::variables::Variables;

/// The variable with the password of the keys.
const PASSWORD: &str = "PLIMSOLL_PGP_PASSWORD";

/// Whoever has the keys.
pub(crate) struct PgpSigner {
    /// The working directory.
    root: PathBuf,
    variables: Variables,
    /// Those that were read: opening one takes its time.
    keys: Mutex<BTreeMap<String, Arc<SigningKey>>>,
}

impl PgpSigner {
    /// Keys that are read when they are needed: files below `root`, variables, and commands.
    pub(crate) fn new(root: PathBuf, variables: Variables) -> PgpSigner {
        PgpSigner { root, variables, keys: Mutex::default() }
    }

    async fn key(&self, name: &str) -> Result<Arc<SigningKey>, SigningError> {
        let unusable = |why: String| SigningError::PgpKey { name: name.to_owned(), why };
        let mut keys = self.keys.lock().await;
        if let Some(key) = keys.get(name) {
            return Ok(Arc::clone(key));
        }
        let text = read_reference(name, &self.root, &self.variables).await;
        let text = text.map_err(|why| unusable(why.to_string()))?;
        let password = self.variables.text(PASSWORD).map(Secret::new);
        let key = SigningKey::parse(&text, password.as_ref()).map_err(|why| unusable(why.to_string()))?;
        let key = Arc::new(key);
        keys.insert(name.to_owned(), Arc::clone(&key));
        Ok(key)
    }
}

impl ChartSigner for PgpSigner {
    fn ready<'a>(&'a self, key: &'a str) -> Work<'a, (), SigningError> {
        Box::pin(async move { self.key(key).await.map(|_| ()) })
    }

    fn sign<'a>(&'a self, key: &'a str, text: &'a str, time: Moment) -> Work<'a, String, SigningError> {
        Box::pin(async move {
            let signed = self.key(key).await?.sign(text, u64::try_from(time.0).unwrap_or(0));
            signed.map_err(|why| SigningError::PgpKey { name: key.to_owned(), why: why.to_string() })
        })
    }
}
