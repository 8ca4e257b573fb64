//! What a Sigstore instance says of itself: whom to trust, and which services it has. The Update Framework keeps both up to date.
//!
//! Sources: TUF specification 1.0.34; sigstore/root-signing, where the public-good instance has its repository.

use std::path::PathBuf;

use jiff::Timestamp;
use plimsoll_http::{HttpError, Request, Transport, Url};
use sigstore_tuf::transport::{FetchFuture, Repository};
use sigstore_tuf::{Error, FileStore, StoreRepository, Updater};

use super::{SigningConfig, SigningConfigError, TrustError, TrustedRoot};

/// Where the public-good instance has its repository.
const PUBLIC_GOOD: &str = "https://tuf-repo-cdn.sigstore.dev";
/// Its root, version 16, from which newer ones follow. Source: `repository/tuf_root.json` of sigstore-rust 0.15.1.
const PUBLIC_GOOD_ROOT: &[u8] = include_bytes!("../../data/public-good.root.json");
/// The target that says whom to trust.
const TRUSTED_ROOT: &str = "trusted_root.json";
/// The target that says which services there are.
const SIGNING_CONFIG: &str = "signing_config.v0.2.json";
/// How an answer says that there is no such file.
const NOT_FOUND: u16 = 404;
/// How object stores say it to those who may not list what there is.
const FORBIDDEN: u16 = 403;
/// What the names of root metadata end with. Newer ones are asked for until there is none (TUF specification 1.0.34, section 5.3).
const ROOT_ENDING: &str = "root.json";

/// A Sigstore instance that tells by a TUF repository what it is.
#[derive(Clone, Debug)]
pub struct Instance {
    /// The address of its repository.
    pub url: Url,
    /// Its pinned root metadata.
    pub root: Vec<u8>,
    /// Where what was verified is kept, for times when the repository can't be reached; none: nowhere.
    pub cache: Option<PathBuf>,
    /// How it is reached.
    pub transport: Transport,
}

/// Why nothing is known of an instance.
#[derive(Debug, thiserror::Error)]
pub enum InstanceError {
    /// Its repository did not answer, and what is kept of it does not do any more.
    #[error("{url} can't be reached: {why}")]
    Unreachable {
        /// The repository.
        url: Url,
        /// Why not.
        why: String,
    },
    /// What its repository says can't be relied on.
    #[error("{url}: {why}")]
    Refused {
        /// The repository.
        url: Url,
        /// Why not: expired, signed by too few, older than what was seen before.
        why: String,
    },
    /// Whom to trust can't be read.
    #[error(transparent)]
    Root(#[from] TrustError),
    /// Which services it has can't be read.
    #[error(transparent)]
    Config(#[from] SigningConfigError),
}

impl Instance {
    /// The public-good instance of the Sigstore project.
    pub fn public_good(cache: Option<PathBuf>, transport: Transport) -> Instance {
        let url = PUBLIC_GOOD.parse().expect("the address is one");
        Instance { url, root: PUBLIC_GOOD_ROOT.to_vec(), cache, transport }
    }

    /// Whom to trust.
    ///
    /// # Errors
    /// [`InstanceError`].
    pub async fn trusted_root(&self, now: Timestamp) -> Result<TrustedRoot, InstanceError> {
        Ok(TrustedRoot::parse(&self.read(TRUSTED_ROOT, now).await?)?)
    }

    /// Which services it has.
    ///
    /// # Errors
    /// [`InstanceError`].
    pub async fn signing_config(&self, now: Timestamp) -> Result<SigningConfig, InstanceError> {
        Ok(SigningConfig::parse(&self.read(SIGNING_CONFIG, now).await?)?)
    }

    /// A target, as the newest metadata has it. Where nothing can be reached it is that of the cache, held against the same rules: it
    /// must be signed, and not expired.
    async fn read(&self, target: &str, now: Timestamp) -> Result<Vec<u8>, InstanceError> {
        let remote = Remote { base: self.url.clone(), transport: self.transport.clone() };
        let unreachable = match self.update(remote, target, now).await {
            Err(why @ Error::Transport { .. }) => why,
            ended => return ended.map_err(|why| self.explain(&why)),
        };
        if let Some(cache) = &self.cache
            && let Ok(kept) = self.update(StoreRepository::new(FileStore::new(cache)), target, now).await
        {
            return Ok(kept);
        }
        Err(self.explain(&unreachable))
    }

    async fn update(
        &self,
        repository: impl Repository + 'static,
        target: &str,
        now: Timestamp,
    ) -> Result<Vec<u8>, Error> {
        let mut updater = Updater::new(repository, &self.root)?;
        if let Some(cache) = &self.cache {
            updater = updater.with_store(FileStore::new(cache));
        }
        updater.refresh(now).await?;
        updater.get_target(target, now).await
    }

    fn explain(&self, why: &Error) -> InstanceError {
        let url = self.url.clone();
        let text = whole(why);
        match why {
            Error::Transport { .. } => InstanceError::Unreachable { url, why: text },
            _ => InstanceError::Refused { url, why: text },
        }
    }
}

/// An error with its causes.
fn whole(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// A TUF repository over HTTP.
#[derive(Clone, Debug)]
struct Remote {
    base: Url,
    transport: Transport,
}

impl Remote {
    /// A file below it; `None` if there is no such file.
    async fn fetch(&self, path: String, limit: u64) -> Result<Option<Vec<u8>>, Error> {
        let mut url = self.base.clone();
        url.set_path(&format!("{}/{path}", self.base.path().trim_end_matches('/')));
        let failed = |why: HttpError| Error::transport(why.to_string());
        let answer = self.transport.send(Request::get(url).whole(limit)).await.map_err(failed)?;
        let is_missing = match answer.status().as_u16() {
            NOT_FOUND => true,
            // Of anything else it is known that it is there, and whoever forbids it does not serve it.
            FORBIDDEN => path.ends_with(ROOT_ENDING),
            _ => false,
        };
        if is_missing {
            return Ok(None);
        }
        let answer = answer.successful().await.map_err(failed)?;
        Ok(Some(answer.bytes(limit).await.map_err(failed)?.to_vec()))
    }
}

impl Repository for Remote {
    fn fetch_metadata<'a>(&'a self, name: &'a str, max_length: u64) -> FetchFuture<'a> {
        Box::pin(self.fetch(name.to_owned(), max_length))
    }

    fn fetch_target<'a>(&'a self, path: &'a str, max_length: u64) -> FetchFuture<'a> {
        Box::pin(self.fetch(format!("targets/{path}"), max_length))
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_http::transport::Settings;

    use super::*;

    #[test]
    fn the_root_of_the_public_good_instance_is_signed_by_enough() {
        let instance = Instance::public_good(None, Transport::new(Settings::new("test")));
        let metadata = sigstore_tuf::TrustedMetadataSet::from_root(&instance.root).unwrap();
        assert_eq!(metadata.root().version, 16);
        let mut edited = instance.root.clone();
        let at = edited.windows(8).position(|piece| piece == b"\"expires").unwrap();
        edited[at + 14] = b'9';
        assert!(sigstore_tuf::TrustedMetadataSet::from_root(&edited).is_err());
    }
}
