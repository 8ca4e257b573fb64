//! What Distribution reads when it starts: <https://distribution.github.io/distribution/about/configuration/>.

use std::fs;
use std::path::{Path, PathBuf};

/// The user that [`Access::Basic`] lets in.
pub const USER: &str = "plimsoll";
/// The password of [`USER`].
pub const PASSWORD: &str = "loadline";

/// [`USER`] and [`PASSWORD`] as `htpasswd -B` writes them, with the lowest cost.
const HTPASSWD: &str = "plimsoll:$2b$04$8rLqfsfU6JyKUO/r9A/7S.0DX2fo.5js5aebOS1lKJCnAE3omYO2W\n";

/// Who may read and write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Anonymous,
    /// [`USER`] with [`PASSWORD`], by HTTP Basic.
    Basic,
    /// Whoever brings a token of this service.
    Token(TokenService),
}

/// A token service as Distribution is told about it: <https://distribution.github.io/distribution/spec/auth/token/>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenService {
    /// The URL at which a token is asked for.
    pub realm: String,
    /// The registry's own name, a token's `aud`.
    pub service: String,
    /// A token's `iss`.
    pub issuer: String,
    /// A PEM file of the certificates that tokens are signed with.
    pub certificates: PathBuf,
}

/// Writes the configuration into the registry's folder and gives its path.
pub(super) fn write(folder: &Path, address: &str, storage: &Path, access: &Access) -> PathBuf {
    let file = folder.join("config.yml");
    let mut text = format!(
        "version: 0.1\n\
         log: {{accesslog: {{disabled: true}}}}\n\
         storage:\n  filesystem: {{rootdirectory: {storage:?}}}\n  delete: {{enabled: true}}\n\
         http: {{addr: {address:?}, secret: loopback}}\n"
    );
    match access {
        Access::Anonymous => {}
        Access::Basic => {
            let users = folder.join("htpasswd");
            fs::write(&users, HTPASSWD).expect("a file can be written in the registry's folder");
            text.push_str(&format!("auth: {{htpasswd: {{realm: loopback, path: {users:?}}}}}\n"));
        }
        Access::Token(TokenService { realm, service, issuer, certificates }) => text.push_str(&format!(
            "auth:\n  token:\n    realm: {realm:?}\n    service: {service:?}\n    issuer: {issuer:?}\n    \
             rootcertbundle: {certificates:?}\n"
        )),
    }
    fs::write(&file, text).expect("a file can be written in the registry's folder");
    file
}
