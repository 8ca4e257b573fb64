//! `registry serve`: the local registry over HTTP.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args};
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Place};
use plimsoll_registry::{
    Answered, Certificate, Door, ListenError, Listener, Service, Settings, Users, UsersError, Watcher,
    Writing,
};
use rustix::process::{Resource, getrlimit, setrlimit};

use super::Folder;
use crate::cli::arguments::Format;
use crate::cli::ending::{Ended, Failure, Outcome, usage};
use crate::cli::interrupt;
use crate::cli::session::Session;
use crate::output::json::{self, serving::Serving};
use crate::output::progress::Loudness;
use crate::output::{Answer, Talk};
use crate::variables::Variables;

/// Where the password of `--user` stands. It is no option, since every user of a machine can read those.
const PASSWORD: &str = "PLIMSOLL_REGISTRY_PASSWORD";

/// Serves the local registry to every tool that speaks to registries, until ^C
///
/// What lies under `ghcr.io/acme/app` is `127.0.0.1:5000/ghcr.io/acme/app` for docker, helm, crane and all others. Pushed
/// names without a host are kept under `localhost/`. Others may use the folder at the same time: releases with `--local`,
/// tools that read image layouts, a second server.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll registry serve
  docker pull 127.0.0.1:5000/ghcr.io/acme/app:v1.0.0
  plimsoll registry serve --writable --listen 127.0.0.1:0
  PLIMSOLL_REGISTRY_PASSWORD=… plimsoll registry serve --listen 0.0.0.0:443 \\
      --user ci --tls-certificate chain.pem --tls-key key.pem")]
pub(in crate::cli) struct Serve {
    /// Where.
    #[command(flatten)]
    pub folder: Folder,
    /// Listen on this address; port 0 is any that is free
    #[arg(long, value_name = "ADDRESS", env = "PLIMSOLL_LISTEN", default_value = "127.0.0.1:5000")]
    pub listen: SocketAddr,
    /// Let content be pushed and deleted
    #[arg(long, env = "PLIMSOLL_WRITABLE", value_parser = FalseyValueParser::new(), action = ArgAction::SetTrue)]
    pub writable: bool,
    /// Let in this user only, with the password in PLIMSOLL_REGISTRY_PASSWORD
    #[arg(long, value_name = "NAME", env = "PLIMSOLL_REGISTRY_USER", conflicts_with = "htpasswd")]
    pub user: Option<String>,
    /// Let in the users of this file only, as `htpasswd -B` writes it
    #[arg(long, value_name = "FILE", env = "PLIMSOLL_HTPASSWD")]
    pub htpasswd: Option<PathBuf>,
    /// Answer to this name of the machine too, as from behind a proxy, where the registry serves the machine only
    #[arg(long, value_name = "NAME", env = "PLIMSOLL_HOST", value_delimiter = ',')]
    pub host: Vec<String>,
    /// Speak TLS with this certificate, and the chain behind it, in PEM
    #[arg(long, value_name = "FILE", env = "PLIMSOLL_TLS_CERTIFICATE", requires = "tls_key")]
    pub tls_certificate: Option<PathBuf>,
    /// The certificate's private key, in PEM
    #[arg(long, value_name = "FILE", env = "PLIMSOLL_TLS_KEY", requires = "tls_certificate")]
    pub tls_key: Option<PathBuf>,
}

impl Serve {
    pub(in crate::cli) fn run(&self, session: &Session<'_>) -> Outcome {
        session.attend(async {
            let storage = self.folder.open(session, "registry serve").await?;
            let folder = storage.root().display().to_string();
            let watcher = Arc::new(Log { talk: session.streams.talk.clone(), loudness: session.loudness });
            let writing = if self.writable { Writing::Allowed } else { Writing::Refused };
            let door = self.door(session)?;
            let certificate = self.certificate(session)?;
            let scheme = if certificate.is_some() { "https" } else { "http" };
            let names = self.host.clone();
            let settings = Settings { writing, door: door.clone(), names, watcher, ..Settings::default() };
            let service = Service::new(storage, settings);
            raise_limit_of_files();
            let listener = Listener::bind(self.listen, certificate).await.map_err(|error| explain(&error))?;
            let address = listener.address();
            for warning in warnings(address, scheme, writing, &door) {
                session.say(&warning);
            }
            announce(
                session,
                &Serving {
                    schema: Serving::SCHEMA,
                    address: address.to_string(),
                    url: format!("{scheme}://{address}"),
                    folder,
                    writable: self.writable,
                },
            );
            interrupt::serve(|end| listener.serve(service, end)).await;
            Ok(Ended::well(Answer::Text(String::new())))
        })
    }

    fn door(&self, session: &Session<'_>) -> Result<Door, Failure> {
        let invalid = |error: UsersError| {
            Diagnostic::error(Code::InvalidValue, Cure::FixThenRunAgain, error.to_string())
        };
        let users = match (&self.user, &self.htpasswd) {
            (None, None) => return Ok(Door::Open),
            (Some(user), _) => Users::one(user, password(session.variables)?).map_err(invalid)?,
            (None, Some(file)) => {
                let path = session.path(file);
                let text = String::from_utf8_lossy(&read(&path)?).into_owned();
                let place = Place::of_file(&path.display().to_string());
                Users::parse(&text).map_err(|error| invalid(error).at(place))?
            }
        };
        Ok(Door::Users(Arc::new(users)))
    }

    fn certificate(&self, session: &Session<'_>) -> Result<Option<Certificate>, Failure> {
        let (Some(chain), Some(key)) = (&self.tls_certificate, &self.tls_key) else { return Ok(None) };
        let (chain, key) = (session.path(chain), session.path(key));
        let parsed = Certificate::parse(&read(&chain)?, &read(&key)?);
        parsed.map(Some).map_err(|error| {
            let file = if matches!(error, ListenError::Key(_)) { &key } else { &chain };
            explain(&error).at(Place::of_file(&file.display().to_string())).into()
        })
    }
}

fn password(variables: &Variables) -> Result<&str, Failure> {
    variables.text(PASSWORD).ok_or_else(|| {
        usage(format!("`--user` is given, but {PASSWORD} is not set"))
            .help(format!("put the password into the variable {PASSWORD}, or name a file with `--htpasswd`"))
            .into()
    })
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| {
        Diagnostic::error(
            Code::FileSystem,
            Cure::FixThenRunAgain,
            format!("{} can't be read: {error}", path.display()),
        )
        .at(Place::of_file(&path.display().to_string()))
        .into()
    })
}

fn explain(error: &ListenError) -> Diagnostic {
    let said = |code| Diagnostic::error(code, Cure::FixThenRunAgain, error.to_string());
    match error {
        ListenError::Address { .. } => {
            said(Code::FileSystem).help("name another address with `--listen`; port 0 is any that is free")
        }
        ListenError::Certificate(_) | ListenError::Key(_) => said(Code::InvalidValue)
            .help("both files are PEM, the server's own certificate first in its chain"),
    }
}

/// Says where it listens: people on the side, programs as data, so that they need not guess a port.
fn announce(session: &Session<'_>, serving: &Serving) {
    match session.format {
        Format::Json => session.streams.data.say(json::render(serving).trim_end()),
        Format::Text | Format::Github => session.streams.data.say(&serving.url),
    }
    let how = if serving.writable { "writable" } else { "to read only" };
    session.say(&format!("serving {} ({how}); ^C ends it", serving.folder));
}

/// What somebody who did not mean it should know.
fn warnings(address: SocketAddr, scheme: &str, writing: Writing, door: &Door) -> Vec<String> {
    let mut warnings = Vec::new();
    let guarded = matches!(door, Door::Users(_));
    if address.ip().is_loopback() {
        return warnings;
    }
    if !guarded && writing == Writing::Allowed {
        warnings.push(format!("warning: everybody who reaches {address} may push and delete; --user or --htpasswd keeps them out"));
    }
    if guarded && scheme == "http" {
        warnings.push(
            "warning: passwords cross the network in the clear; --tls-certificate and --tls-key hide them"
                .to_owned(),
        );
    }
    warnings
}

/// Uploads and connections are open files, of which many systems allow few until one asks for more.
fn raise_limit_of_files() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // With few it works as well, for few clients at once.
    let _ = setrlimit(Resource::Nofile, limit);
}

/// Tells of failures inside the registry always, and of every request when asked to.
struct Log {
    talk: Talk,
    loudness: Loudness,
}

impl Watcher for Log {
    fn answered(&self, answered: &Answered<'_>) {
        let Answered { method, path, status, detail } = answered;
        if let Some(detail) = detail {
            self.talk.say(&format!("error: {method} {path}: {status}: {detail}"));
        } else if self.loudness > Loudness::Normal {
            self.talk.say(&format!("{status} {method} {path}"));
        }
    }
}
