//! By whom something is signed: with a key, or with the identity that a token proves.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use clap::Args;
use plimsoll_engine::domain::attestation::SignatureForm;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_http::Secret;
use plimsoll_sigstore::artifact::{Artifact, HashAlgorithm};
use plimsoll_sigstore::bundle::Bundle;
use plimsoll_sigstore::key::PrivateKey;
use plimsoll_sigstore::keyless::{Certified, IdentityToken, KeylessError, Payload, Services, TokenError};
use plimsoll_sigstore::legacy::{Layer, verify_layer};
use plimsoll_sigstore::policy::{self, Matcher, Policy, RequiredSigner};
use plimsoll_sigstore::sign::{bundle_of_key, sign_artifact, sign_statement};
use plimsoll_sigstore::trust::{SigningConfig, TrustedRoot};
use plimsoll_sigstore::verify::verify;

use crate::cli::ending::{Failure, usage};
use crate::cli::key_files::{
    find_instance_root, read_instance, read_private_key, read_signing_config, read_trusted_root,
};
use crate::cli::session::Session;
use crate::explain::signature::{
    explain_keyless, explain_report, explain_sign, explain_signing_config, explain_token, no_room,
};
use crate::signed_forms::{NO_ROOM, has_room};
use crate::signing_certificate::SigningCertificate;
use crate::wire::{self, IdentityTokens, TokenFault};

/// What the services of the public-good instance are named by.
const SIGNING_CONFIG: &str = "signing_config.json";

/// By whom something is signed.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct With {
    /// The private key, cosign's or in PEM: a file, env:NAME, or command:PROGRAM …
    #[arg(long, value_name = "REF", env = "PLIMSOLL_KEY")]
    #[arg(conflicts_with = "identity_token")]
    pub key: Option<String>,
    /// The token that proves who signs: a file, env:NAME, or command:PROGRAM …; without it and a key the CI job's, or a login with a browser
    #[arg(long, value_name = "REF", env = "PLIMSOLL_IDENTITY_TOKEN")]
    pub identity_token: Option<String>,
    /// Which services certify, log and timestamp, as Sigstore's signing_config.json names them; with a token the public-good ones
    #[arg(long, value_name = "FILE", env = "PLIMSOLL_SIGNING_CONFIG")]
    pub signing_config: Option<PathBuf>,
    /// Whom to trust when the signature is verified, as Sigstore's trusted_root.json names them
    #[arg(long, value_name = "FILE", env = "PLIMSOLL_TRUSTED_ROOT")]
    pub trusted_root: Option<PathBuf>,
}

/// Whoever signs.
pub(in crate::cli) struct Hand<'a> {
    session: &'a Session<'a>,
    means: Means,
    services: Option<(PathBuf, SigningConfig)>,
    root: Option<TrustedRoot>,
    /// Who he is: the digest of a public key, or an identity.
    pub name: String,
    /// Whose signatures are his, whenever he made them.
    pub us: RequiredSigner,
    /// By whom what he signs now must verify: an authority may certify another name than the token's subject.
    certified: RequiredSigner,
}

enum Means {
    Key(PrivateKey),
    Token(Box<Identity>),
}

/// An identity that is proved by tokens: each becomes a certificate that is good for minutes.
struct Identity {
    /// Where tokens come from.
    tokens: IdentityTokens,
    /// What names the token; none: whatever is there.
    reference: Option<String>,
    /// The first, until it is used.
    first: Mutex<Option<Secret>>,
    certificate: SigningCertificate,
}

impl Identity {
    /// A token for the next certificate: that of the beginning, and later another one, since by then its time is over.
    async fn token(&self, services: &SigningConfig) -> Result<Secret, TokenFault> {
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(first) = first {
            return Ok(first);
        }
        match self.find_there().await? {
            Some(token) => Ok(token),
            None => self.tokens.log_in(services).await,
        }
    }

    async fn find_there(&self) -> Result<Option<Secret>, TokenFault> {
        match &self.reference {
            Some(reference) => self.tokens.read(reference).await.map(Some),
            None => self.tokens.find_there(None).await,
        }
    }
}

impl With {
    /// Refuses an identity whose services nobody vouches for: without knowing whom to trust what it has signed before can't be told
    /// from what strangers have, and each run would sign again.
    pub(in crate::cli) fn check_recognisable(&self) -> Result<(), Failure> {
        match (&self.key, &self.signing_config, &self.trusted_root) {
            (None, Some(_), None) => {
                let message = "the services that sign are named, and not whom to trust of them";
                Err(usage(message)
                    .help("name their trusted root with `--trusted-root`: without it nobody can tell whether it is signed already")
                    .into())
            }
            _ => Ok(()),
        }
    }

    /// Reads everything that it takes to sign.
    pub(in crate::cli) fn read<'a>(&self, session: &'a Session<'a>) -> Result<Hand<'a>, Failure> {
        let root = self.trusted_root.as_ref().map(|path| read_trusted_root(session, path)).transpose()?;
        let services = match &self.signing_config {
            Some(path) => Some((path.clone(), read_signing_config(session, path)?)),
            None => None,
        };
        if let Some(reference) = &self.key {
            let key = read_private_key(session, reference)?;
            let us = RequiredSigner::Key(key.public().clone());
            let (name, certified) = (key.public().id().to_string(), us.clone());
            return Ok(Hand { session, means: Means::Key(key), services, root, name, us, certified });
        }
        let transport = wire::signing_transport(session.variables);
        let tokens =
            IdentityTokens::new(&session.directory, session.variables, &session.redactor, &transport);
        let identity = Identity {
            tokens,
            reference: self.identity_token.clone(),
            first: Mutex::default(),
            certificate: SigningCertificate::default(),
        };
        let there =
            session.look(async { Ok(identity.find_there().await.map_err(|why| explain_token(&why))?) })?;
        if there.is_none() && !identity.tokens.is_attended() {
            return Err(usage("it is not said who signs")
                .help("name a key with `--key`, or a token with `--identity-token`; on a terminal you can log in")
                .into());
        }
        if let Some(token) = &there {
            IdentityToken::parse(token).map_err(|why| explain_token(&KeylessError::from(why).into()))?;
        }
        let (services, root) = match (services, root) {
            (Some(services), root) => (services, root),
            (None, root) => {
                let config = read_instance(session, async |instance| {
                    instance.signing_config(wire::now().timestamp()).await
                })?;
                let root = match root {
                    Some(root) => root,
                    None => find_instance_root(session)?,
                };
                ((PathBuf::from(SIGNING_CONFIG), config), Some(root))
            }
        };
        let token = match there {
            Some(token) => token,
            None => session.look(async {
                let logged_in = identity.tokens.log_in(&services.1).await;
                Ok(logged_in.map_err(|why| explain_token(&why))?)
            })?,
        };
        let no_token = |why: TokenError| explain_token(&KeylessError::from(why).into());
        let claims = IdentityToken::parse(&token).map_err(no_token)?;
        let pattern = |why: plimsoll_sigstore::policy::PatternError| usage(why.to_string());
        let us = RequiredSigner::Identity(claims.identity().map_err(pattern)?);
        let name = Matcher::pattern("").map_err(pattern)?;
        let issuer = claims.issuer_of_certificate().map_err(pattern)?;
        let certified = RequiredSigner::Identity(policy::Identity { name, issuer, source: None });
        let services = Some(services);
        let identity = Box::new(Identity { first: Mutex::new(Some(token)), ..identity });
        Ok(Hand {
            session,
            means: Means::Token(identity),
            services,
            root,
            name: claims.subject,
            us,
            certified,
        })
    }
}

impl Hand<'_> {
    /// The digest algorithm of his signatures.
    pub(in crate::cli) fn hash(&self) -> HashAlgorithm {
        match &self.means {
            Means::Key(key) => key.hash(),
            Means::Token(..) => HashAlgorithm::Sha256,
        }
    }

    /// Whom he trusts.
    pub(in crate::cli) fn root(&self) -> Option<&TrustedRoot> {
        self.root.as_ref()
    }

    /// Checks, before anything is signed, that what he signs has a place in a form.
    pub(in crate::cli) fn check_form(&self, form: SignatureForm) -> Result<(), Failure> {
        let Some((path, config)) = &self.services else { return Ok(()) };
        let room = has_room(form, Some(config), wire::now());
        match room.map_err(|why| explain_signing_config(path, &why))? {
            true => Ok(()),
            false => Err(no_room(NO_ROOM).into()),
        }
    }

    /// A certificate for a token. Whoever the token is of signs what follows: he must be the same for all of it.
    async fn certify(
        &self,
        identity: &Identity,
        services: &Services<'_>,
        what: &str,
        config: &Path,
    ) -> Result<Certified, Failure> {
        let token = identity.token(services.config).await.map_err(|why| explain_token(&why))?;
        let claims = IdentityToken::parse(&token);
        let claims = claims.map_err(|why| explain_token(&KeylessError::from(why).into()))?;
        if claims.subject != self.name {
            return Err(another_signer(&self.name, &claims.subject).into());
        }
        let certified = services.certify(&token).await;
        Ok(certified.map_err(|why| explain_keyless(what, config, &why))?)
    }

    /// Signs. `what` is its name for people, `artifact` what the signature must verify as one of.
    pub(in crate::cli) async fn sign(
        &self,
        what: &str,
        payload: Payload<'_>,
        artifact: &Artifact,
    ) -> Result<Bundle, Failure> {
        let bundle = match (&self.means, &self.services) {
            (Means::Key(key), None) => {
                let content = match payload {
                    Payload::Artifact(artifact) => sign_artifact(key, artifact),
                    Payload::Statement(statement) | Payload::LegacyStatement(statement) => {
                        sign_statement(key, statement)
                    }
                };
                bundle_of_key(key, content.map_err(|why| explain_sign(what, &why))?)
            }
            (means, Some((path, config))) => {
                let transport = wire::signing_transport(self.session.variables);
                let services = Services { transport: &transport, config };
                let signed = match means {
                    Means::Key(key) => services.sign_with_key(payload, key).await,
                    Means::Token(identity) => {
                        let certify = self.certify(identity, &services, what, path);
                        let certified = identity.certificate.current(certify).await?;
                        services.sign_certified(payload, &certified).await
                    }
                };
                signed.map_err(|why: KeylessError| explain_keyless(what, path, &why))?
            }
            (Means::Token(..), None) => return Err(usage("signing with an identity takes services").into()),
        };
        // Without a trusted root nothing can be said of a certificate.
        if self.root.is_some() || matches!(self.certified, RequiredSigner::Key(_)) {
            let policy = Policy { signer: self.certified.clone(), predicate_type: None };
            let root = self.root.as_ref();
            let report = match payload {
                Payload::Artifact(_) | Payload::Statement(_) => verify(&bundle, artifact, &policy, root),
                Payload::LegacyStatement(_) => match Layer::of_bundle(&bundle, b"") {
                    Ok(layer) => verify_layer(&layer, artifact, &policy, root),
                    Err(why) => return Err(no_room(why).into()),
                },
            };
            if let Some(problem) = explain_report(what, &report) {
                return Err(problem.into());
            }
        }
        Ok(bundle)
    }
}

/// Whoever logs in or has a token later is somebody else.
fn another_signer(first: &str, now: &str) -> Diagnostic {
    let message = "the token that proves who signs is of somebody else than the one before";
    Diagnostic::error(Code::IdentityToken, Cure::FixThenRunAgain, message)
        .fact("before", first)
        .fact("now", now)
        .help("sign with one identity at a time")
}

#[cfg(test)]
mod tests {
    use plimsoll_http::secret::Redactor;

    use super::*;
    use crate::variables::Variables;

    #[tokio::test]
    async fn every_further_certificate_takes_another_token() {
        let folder = tempfile::tempdir().unwrap();
        let variables = Variables::default();
        let transport = wire::signing_transport(&variables);
        let tokens = IdentityTokens::new(folder.path(), &variables, &Redactor::new(), &transport);
        let nobody = br#"{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","rekorTlogConfig":{},"tsaConfig":{}}"#;
        let services = SigningConfig::parse(nobody).unwrap();
        let identity = Identity {
            tokens,
            reference: Some("token".to_owned()),
            first: Mutex::new(Some(Secret::new("of the beginning"))),
            certificate: SigningCertificate::default(),
        };
        let mut given = Vec::new();
        for now in ["while it is not asked for", "later", "later still"] {
            std::fs::write(folder.path().join("token"), now).unwrap();
            given.push(identity.token(&services).await.unwrap().expose().to_owned());
        }
        assert_eq!(given, ["of the beginning", "later", "later still"]);
    }
}
