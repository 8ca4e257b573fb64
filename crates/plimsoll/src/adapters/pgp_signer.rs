//! Charts are signed for `helm verify` with OpenPGP keys, from variables, commands or files.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use plimsoll_engine::domain::time::Moment;
use plimsoll_engine::world::Work;
use plimsoll_engine::world::chart_signer::ChartSigner;
use plimsoll_engine::world::signatures::SigningError;
use plimsoll_http::secret::Redactor;
use plimsoll_openpgp::{KeyError, SigningKey};
use tokio::sync::Mutex;

use super::private_keys::read_reference;
use crate::key_reference::KeyReference;
use crate::variables::Variables;

/// The variable with the password of the keys.
const PASSWORD: &str = "PLIMSOLL_PGP_PASSWORD";

/// Whoever has the keys.
pub(crate) struct PgpSigner {
    /// The working directory.
    root: PathBuf,
    variables: Variables,
    /// What hides secrets in what commands say.
    redactor: Redactor,
    /// Those that were read, each for the time of its signatures: opening one takes long.
    keys: Mutex<BTreeMap<(String, Moment), Arc<SigningKey>>>,
}

impl PgpSigner {
    /// Keys that are read when they are needed: files below `root`, variables, and commands.
    pub(crate) fn new(root: PathBuf, variables: Variables, redactor: Redactor) -> PgpSigner {
        PgpSigner { root, variables, redactor, keys: Mutex::default() }
    }

    async fn key(&self, name: &str, time: Moment) -> Result<Arc<SigningKey>, SigningError> {
        let unusable = |why: String| SigningError::PgpKey { name: name.to_owned(), why };
        let mut keys = self.keys.lock().await;
        let place = (name.to_owned(), time);
        if let Some(key) = keys.get(&place) {
            return Ok(Arc::clone(key));
        }
        let text = read_reference(name, &self.root, &self.variables, &self.redactor).await;
        let text = text.map_err(|why| unusable(why.to_string()))?;
        let seconds = u64::try_from(time.0).unwrap_or(0);
        let key = SigningKey::open(text.expose(), self.variables.text(PASSWORD), seconds);
        let key = Arc::new(key.map_err(|why| match why {
            KeyError::NoPassword { .. } | KeyError::WrongPassword { .. } => {
                SigningError::PgpLocked { name: name.to_owned(), why: why.to_string() }
            }
            why => unusable(why.to_string()),
        })?);
        keys.insert(place, Arc::clone(&key));
        Ok(key)
    }
}

impl ChartSigner for PgpSigner {
    fn ready<'a>(&'a self, key: &'a str, time: Moment) -> Work<'a, (), SigningError> {
        Box::pin(async move { self.key(key, time).await.map(|_| ()) })
    }

    fn at_hand<'a>(&'a self, key: &'a str, time: Moment) -> Work<'a, (), SigningError> {
        Box::pin(async move {
            match KeyReference::parse(key).is_command() {
                true => Ok(()),
                false => self.key(key, time).await.map(|_| ()),
            }
        })
    }

    fn sign<'a>(&'a self, key: &'a str, text: &'a str, time: Moment) -> Work<'a, String, SigningError> {
        Box::pin(async move {
            let signed = self.key(key, time).await?.sign(text);
            signed.map_err(|why| SigningError::PgpKey { name: key.to_owned(), why: why.to_string() })
        })
    }
}
