//! `sign file`: the signature of a file, in a bundle beside it.

use std::path::{Path, PathBuf};

use clap::Args;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_http::Secret;
use plimsoll_sigstore::artifact::{Artifact, HashAlgorithm};
use plimsoll_sigstore::bundle::Bundle;
use plimsoll_sigstore::keyless::{IdentityToken, Payload, Services, TokenError};
use plimsoll_sigstore::policy::{Identity, Matcher, Policy, RequiredSigner};
use plimsoll_sigstore::sign::{bundle_of_key, sign_artifact};
use plimsoll_sigstore::verify::verify;

use crate::cli::ending::{Ended, Failure, Outcome};
use crate::cli::key_files::{
    read_artifact, read_file, read_private_key, read_signing_config, read_trusted_root,
};
use crate::cli::session::Session;
use crate::explain::signature::{explain_keyless, explain_report, explain_sign};
use crate::explain::{Asked, Explain as _};
use crate::output::Answer;
use crate::output::json::signed::SignedInfo;
use crate::wire;

/// The largest token that is read, in bytes.
const TOKEN_LIMIT: u64 = 64 * 1024;

/// Signs the bytes of a file
///
/// With a key alone nothing outside of this machine is asked. The password of an encrypted key comes from
/// PLIMSOLL_KEY_PASSWORD or COSIGN_PASSWORD. With an identity token the services of the signing config certify a key that is used
/// once, stamp the signature and log it. What was signed by key, or with a trusted root, is verified before it is written.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll sign file app.tar.gz --bundle app.tar.gz.sigstore.json --key release.key
  plimsoll sign file app.tar.gz --bundle app.tar.gz.sigstore.json --key env:COSIGN_PRIVATE_KEY
  plimsoll sign file app.tar.gz --bundle app.tar.gz.sigstore.json --identity-token token \\
    --signing-config signing_config.json --trusted-root trusted_root.json")]
pub(in crate::cli) struct SignFile {
    /// The file
    #[arg(value_name = "PATH")]
    pub artifact: String,
    /// Where the bundle with the signature is written
    #[arg(long, value_name = "FILE", env = "PLIMSOLL_BUNDLE")]
    pub bundle: PathBuf,
    /// The private key, cosign's or in PEM: a file, or env:NAME
    #[arg(long, value_name = "REF", env = "PLIMSOLL_KEY")]
    #[arg(required_unless_present = "identity_token", conflicts_with = "identity_token")]
    pub key: Option<String>,
    /// A file with the token that proves who signs
    #[arg(long, value_name = "FILE", env = "PLIMSOLL_IDENTITY_TOKEN", requires = "signing_config")]
    pub identity_token: Option<PathBuf>,
    /// Which services certify, log and timestamp, as Sigstore's signing_config.json names them
    #[arg(long, value_name = "FILE", env = "PLIMSOLL_SIGNING_CONFIG")]
    pub signing_config: Option<PathBuf>,
    /// Whom to trust when the signature is verified, as Sigstore's trusted_root.json names them
    #[arg(long, value_name = "FILE", env = "PLIMSOLL_TRUSTED_ROOT")]
    pub trusted_root: Option<PathBuf>,
}

/// A bundle, and by whom it must verify.
struct Signed {
    bundle: Bundle,
    artifact: Artifact,
    by: RequiredSigner,
    signer: String,
}

impl SignFile {
    pub(in crate::cli) fn run(&self, session: &Session<'_>) -> Outcome {
        let root = self.trusted_root.as_ref().map(|path| read_trusted_root(session, path)).transpose()?;
        let signed = match (&self.key, &self.identity_token) {
            (Some(key), _) => self.sign_with_key(session, key)?,
            (None, Some(token)) => self.sign_with_token(session, token)?,
            (None, None) => return Err(usage("it is not said who signs").into()),
        };
        let Signed { bundle, artifact, by, signer } = signed;
        // Without a trusted root nothing can be said of a certificate.
        if root.is_some() || matches!(by, RequiredSigner::Key(_)) {
            let policy = Policy { signer: by, predicate_type: None };
            let report = verify(&bundle, &artifact, &policy, root.as_ref());
            if let Some(problem) = explain_report(&self.artifact, &report) {
                return Err(problem.into());
            }
        }
        let asked = Asked { verb: "sign", ..Asked::default() };
        let path = session.path(&self.bundle);
        wire::write_whole(&path, bundle.render().as_bytes()).map_err(|error| error.explain(&asked))?;
        let info = SignedInfo::of(&self.artifact, &artifact, &self.bundle.display().to_string(), signer);
        Ok(Ended::well(Answer::Signed(info)))
    }

    fn sign_with_key(&self, session: &Session<'_>, reference: &str) -> Result<Signed, Failure> {
        let key = read_private_key(session, reference)?;
        let artifact = read_artifact(session, &self.artifact, key.hash(), None)?;
        let bundle = match &self.signing_config {
            None => {
                let content =
                    sign_artifact(&key, &artifact).map_err(|why| explain_sign(&self.artifact, &why))?;
                bundle_of_key(&key, content)
            }
            Some(path) => self.ask(session, path, async |services: &Services<'_>| {
                services.sign_with_key(Payload::Artifact(&artifact), &key).await
            })?,
        };
        let signer = key.public().id().to_string();
        Ok(Signed { bundle, artifact, by: RequiredSigner::Key(key.public().clone()), signer })
    }

    fn sign_with_token(&self, session: &Session<'_>, path: &Path) -> Result<Signed, Failure> {
        let Some(config) = &self.signing_config else {
            return Err(usage("signing with an identity takes services")
                .help("name them with `--signing-config signing_config.json`")
                .into());
        };
        let no_token = |why: &TokenError| explain_keyless(&self.artifact, config, &why.clone().into());
        let token = String::from_utf8(read_file(session, path, TOKEN_LIMIT)?);
        let token = Secret::new(token.map_err(|_| no_token(&TokenError::Shape("it is not text")))?);
        let claims = IdentityToken::parse(&token).map_err(|why| no_token(&why))?;
        let artifact = read_artifact(session, &self.artifact, HashAlgorithm::Sha256, None)?;
        let bundle = self.ask(session, config, async |services: &Services<'_>| {
            services.sign(Payload::Artifact(&artifact), &token).await
        })?;
        // What name the authority writes is its own affair: for a workflow it is not the token's subject.
        let name = Matcher::pattern("").map_err(|why| usage(&why.to_string()))?;
        let by = RequiredSigner::Identity(Identity { name, issuer: Matcher::Exact(claims.issuer) });
        Ok(Signed { bundle, artifact, by, signer: claims.subject })
    }

    fn ask(
        &self,
        session: &Session<'_>,
        path: &Path,
        work: impl AsyncFnOnce(&Services<'_>) -> Result<Bundle, plimsoll_sigstore::keyless::KeylessError>,
    ) -> Result<Bundle, Failure> {
        let config = read_signing_config(session, path)?;
        let transport = wire::signing_transport(session.variables);
        session.look(async {
            let services = Services { transport: &transport, config: &config };
            work(&services).await.map_err(|why| explain_keyless(&self.artifact, path, &why).into())
        })
    }
}

fn usage(message: &str) -> Diagnostic {
    Diagnostic::error(Code::Usage, Cure::FixThenRunAgain, message)
}
