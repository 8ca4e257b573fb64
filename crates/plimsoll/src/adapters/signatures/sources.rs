//! Where keys, tokens and roots are read from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use plimsoll_engine::world::WorldError;
use plimsoll_engine::world::error::FileProblem;
use plimsoll_engine::world::signatures::SigningError;
use plimsoll_engine::world::tree::{Tree, TreeFile, read_text};
use plimsoll_http::secret::Redactor;
use plimsoll_http::{Secret, Transport};
use plimsoll_sigstore::key::{PrivateKey, PrivateKeyError};
use plimsoll_sigstore::keyless::{KeylessError, LoginError};
use plimsoll_sigstore::trust::{Instance, InstanceError, SigningConfig, TrustedRoot};

use tokio::sync::{Mutex, OnceCell};

use crate::adapters::browser_login::LoginFault;
use crate::adapters::clock::now;
use crate::adapters::files::read_bounded;
use crate::adapters::identity_tokens::{Found, IdentityTokens, TokenFault};
use crate::adapters::private_keys::{KEY_LIMIT, ReferenceFault, find_password, password_of, read_reference};
use crate::adapters::sigstore_instance::{InstanceUnknown, find_instance};
use crate::adapters::terminal::is_attended;
use crate::key_reference::KeyReference;
use crate::variables::Variables;

/// What the instance is called that is asked where no files say whom to trust.
const INSTANCE: &str = "Sigstore instance";
/// The largest trusted root or signing config that is read, in bytes.
const ROOT_LIMIT: u64 = 4 * 1024 * 1024;

/// Where keys, tokens and roots are read from.
pub(crate) struct Sources {
    /// The files among which public keys and roots are: a commit's, or those of the working directory.
    named: Arc<dyn Tree>,
    /// The working directory.
    root: PathBuf,
    /// The environment.
    variables: Variables,
    /// What hides secrets in what commands say.
    redactor: Redactor,
    /// How services are reached.
    pub(crate) transport: Transport,
    tokens: IdentityTokens,
    /// Those that were opened, by name.
    private_keys: Mutex<BTreeMap<String, Arc<PrivateKey>>>,
    instance_root: OnceCell<TrustedRoot>,
}

impl Sources {
    /// These; nothing was read yet.
    pub(crate) fn new(
        named: Arc<dyn Tree>,
        root: &Path,
        variables: &Variables,
        redactor: &Redactor,
        transport: Transport,
    ) -> Sources {
        let tokens = IdentityTokens::new(root, variables, redactor, &transport);
        let (root, variables, redactor) = (root.to_owned(), variables.clone(), redactor.clone());
        let (private_keys, instance_root) = (Mutex::default(), OnceCell::new());
        Sources { named, root, variables, redactor, transport, tokens, private_keys, instance_root }
    }

    /// The private key of this name, from a variable, a command, or a file of the working directory. Each is opened once, which takes
    /// its time.
    pub(super) async fn private_key(&self, name: &str) -> Result<Arc<PrivateKey>, SigningError> {
        let mut keys = self.private_keys.lock().await;
        if let Some(key) = keys.get(name) {
            return Ok(Arc::clone(key));
        }
        let text = self.private_text(name).await?;
        let password = password_of(&text, name, &self.variables);
        let key = PrivateKey::parse(&text, password.as_ref()).map_err(|why| private_key_error(name, &why))?;
        let key = Arc::new(key);
        keys.insert(name.to_owned(), Arc::clone(&key));
        Ok(key)
    }

    /// Looks whether the private key of this name can be used, without running a command for it or asking anybody for its
    /// password: whoever sits there is asked when it signs.
    pub(super) async fn check_private_key(&self, name: &str) -> Result<(), SigningError> {
        if KeyReference::parse(name).is_command() {
            return Ok(());
        }
        let text = self.private_text(name).await?;
        let password = find_password(&self.variables);
        if password.is_none() && PrivateKey::takes_password(&text) && is_attended(&self.variables) {
            return Ok(());
        }
        let key = PrivateKey::parse(&text, password.as_ref());
        key.map(|_| ()).map_err(|why| private_key_error(name, &why))
    }

    async fn private_text(&self, name: &str) -> Result<Secret, SigningError> {
        let read = read_reference(name, &self.root, &self.variables, &self.redactor).await;
        read.map_err(|why| SigningError::Key { name: name.to_owned(), why: why.to_string() })
    }

    /// The text of a public key. No command is run for one: whoever looks at a project runs nothing of it.
    pub(super) async fn public_key(&self, name: &str) -> Result<String, SigningError> {
        let unusable = |why: String| SigningError::Key { name: name.to_owned(), why };
        match KeyReference::parse(name) {
            KeyReference::Variable(variable) => self.variable(name, variable),
            KeyReference::Itself => Err(unusable(ReferenceFault::Itself.to_string())),
            KeyReference::Command(_) => Err(unusable("public keys are files, or in variables".to_owned())),
            KeyReference::File(_) => self.public_file(name, KEY_LIMIT).await.map_err(unusable),
        }
    }

    /// A trusted root.
    pub(super) async fn trusted_root(&self, path: &str) -> Result<TrustedRoot, SigningError> {
        let unusable = |why: String| SigningError::Trust { file: path.to_owned(), why };
        let text = self.public_file(path, ROOT_LIMIT).await.map_err(unusable)?;
        TrustedRoot::parse(text.as_bytes()).map_err(|why| unusable(why.to_string()))
    }

    /// Whom to trust where no file says it: what the instance does that is asked then.
    pub(super) async fn instance_root(&self) -> Result<&TrustedRoot, SigningError> {
        let read = async || {
            let read = self.instance()?.trusted_root(now().timestamp()).await;
            read.map_err(|why| instance_error(&why))
        };
        self.instance_root.get_or_try_init(read).await
    }

    /// Which services sign where no file says it.
    pub(super) async fn instance_config(&self) -> Result<SigningConfig, SigningError> {
        let read = self.instance()?.signing_config(now().timestamp()).await;
        read.map_err(|why| instance_error(&why))
    }

    fn instance(&self) -> Result<Instance, SigningError> {
        let unknown = |why: InstanceUnknown| SigningError::Instance { why: why.to_string() };
        find_instance(&self.root, &self.variables, self.transport.clone()).map_err(unknown)
    }

    /// A signing config.
    pub(super) async fn signing_config(&self, path: &str) -> Result<SigningConfig, SigningError> {
        let unusable = |why: String| SigningError::Trust { file: path.to_owned(), why };
        let text = self.public_file(path, ROOT_LIMIT).await.map_err(unusable)?;
        SigningConfig::parse(text.as_bytes()).map_err(|why| unusable(why.to_string()))
    }

    /// The token that proves who signs; `named` is what the configuration names.
    pub(super) async fn token(
        &self,
        named: Option<&str>,
        services: &SigningConfig,
    ) -> Result<Found, SigningError> {
        self.tokens.find(named, services).await.map_err(|why| token_error(&why))
    }

    fn variable(&self, name: &str, variable: &str) -> Result<String, SigningError> {
        let value = self.variables.text(variable).map(str::to_owned);
        value
            .ok_or_else(|| SigningError::Key { name: name.to_owned(), why: format!("{variable} is not set") })
    }

    /// The file that is named, or the working directory's if the commit has none. One of the commit's that can't be read is no
    /// reason to take another.
    async fn public_file(&self, path: &str, limit: u64) -> Result<String, String> {
        let opened = match Path::new(path).is_relative() {
            true => self.named.open(path).await,
            false => Ok(None),
        };
        if let Some(file) = of_commit(opened).map_err(|error| error.to_string())? {
            return read_text(file, limit).await.map_err(|error| error.to_string());
        }
        let bytes = self.working_file(Path::new(path), limit)?;
        String::from_utf8(bytes).map_err(|_| "it is not text".to_owned())
    }

    fn working_file(&self, path: &Path, limit: u64) -> Result<Vec<u8>, String> {
        working_file(&self.root, path, limit)
    }
}

fn working_file(root: &Path, path: &Path, limit: u64) -> Result<Vec<u8>, String> {
    match read_bounded(&root.join(path), limit) {
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => Err("there is no such file".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// What is not known of the instance.
fn instance_error(why: &InstanceError) -> SigningError {
    match why {
        InstanceError::Unreachable { .. } => {
            SigningError::Service { service: INSTANCE.to_owned(), why: why.to_string() }
        }
        InstanceError::Refused { .. } | InstanceError::Root(_) | InstanceError::Config(_) => {
            SigningError::Instance { why: why.to_string() }
        }
    }
}

/// A file as the commit has it; none where it has no such file, and can have none.
fn of_commit(opened: Result<Option<TreeFile>, WorldError>) -> Result<Option<TreeFile>, WorldError> {
    match opened {
        Err(WorldError::File { kind: FileProblem::Elsewhere | FileProblem::Escapes, .. }) => Ok(None),
        opened => opened,
    }
}

/// Why there is no token.
fn token_error(why: &TokenFault) -> SigningError {
    match why {
        TokenFault::Job(why) => keyless_error(why),
        TokenFault::Config(_) => {
            SigningError::Trust { file: "the signing config".to_owned(), why: why.to_string() }
        }
        TokenFault::Login(LoginFault::Login(LoginError::Http { issuer, why })) => {
            SigningError::Service { service: format!("issuer of tokens {issuer}"), why: why.to_string() }
        }
        TokenFault::Unreadable { .. } | TokenFault::Nobody | TokenFault::Login(_) => {
            SigningError::Token { why: why.to_string() }
        }
    }
}

/// What a service did not do.
pub(super) fn keyless_error(why: &KeylessError) -> SigningError {
    match why {
        KeylessError::Token(_) => SigningError::Token { why: why.to_string() },
        KeylessError::Refused { service, .. } if service.kind == "certificate authority" => {
            SigningError::Token { why: why.to_string() }
        }
        KeylessError::Config(_)
        | KeylessError::NoAuthority
        | KeylessError::NoTime
        | KeylessError::Exposed { .. } => {
            SigningError::Trust { file: "the signing config".to_owned(), why: why.to_string() }
        }
        KeylessError::Sign(_) => SigningError::Key { name: "that signs".to_owned(), why: why.to_string() },
        KeylessError::Http { service, why } => SigningError::Service {
            service: format!("{} {}", service.kind, service.url),
            why: why.to_string(),
        },
        KeylessError::Refused { service, .. } | KeylessError::Answer { service, .. } => {
            SigningError::Service {
                service: format!("{} {}", service.kind, service.url),
                why: why.to_string(),
            }
        }
    }
}

fn private_key_error(name: &str, why: &PrivateKeyError) -> SigningError {
    let (name, said) = (name.to_owned(), why.to_string());
    match why {
        PrivateKeyError::NoPassword | PrivateKeyError::Password => SigningError::Locked { name, why: said },
        PrivateKeyError::NotPem
        | PrivateKeyError::Label(_)
        | PrivateKeyError::EncryptedFormat(_)
        | PrivateKeyError::Kind
        | PrivateKeyError::Library => SigningError::Key { name, why: said },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_commit_has_and_can_not_be_read_is_not_taken_from_elsewhere() {
        let problem = |kind| {
            let (path, why) = ("root.json".to_owned(), "a reason".to_owned());
            of_commit(Err(WorldError::File { path, why, kind })).is_err()
        };
        assert!(of_commit(Ok(None)).unwrap().is_none());
        assert!(!problem(FileProblem::Elsewhere) && !problem(FileProblem::Escapes));
        assert!(problem(FileProblem::Broken) && problem(FileProblem::Refused));
        assert!(of_commit(Err(WorldError::Stopped)).is_err());
    }
}
