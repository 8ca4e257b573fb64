//! How registries are reached: the configuration's values, the user's logins, proxies and certificates.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::UNIX_EPOCH;

use plimsoll_engine::world::WorldError;
use plimsoll_engine::world::error::FileProblem;
use plimsoll_http::profile::{HostProfile, HostProfiles, TlsProfile};
use plimsoll_http::proxy::Proxies;
use plimsoll_http::secret::Redactor;
use plimsoll_http::{Transport, transport};
use plimsoll_oci::name::{Digest, ImageRepository, Reference, RegistryHost};
use plimsoll_oci::remote::credential::{Configured, Credentials, Login, UserEnvironment};
use plimsoll_oci::remote::{Access, Remote, RemoteRepository, RemoteSettings};
use plimsoll_oci::store::Pull as _;

use crate::adapters::clock::now;
use crate::adapters::files::read_bounded;
use crate::config::{Credentials as Named, RegistryAccess};
use crate::variables::Variables;

/// The largest file of certificates that is read, in bytes.
const CERTIFICATES_LIMIT: u64 = 4 * 1024 * 1024;
/// What a reference without a tag means to every tool.
const DEFAULT_TAG: &str = "latest";
/// Docker Hub's registry has another host than its names.
const DOCKER_HUB: [&str; 2] = ["docker.io", "registry-1.docker.io"];

/// Which logins registries are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Logins {
    /// Those that the configuration names, and those that the user keeps.
    Known,
    /// None at all: a stranger wrote what is run.
    None,
}

/// Whether there is a login, and no more of it than where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialsFound {
    /// Whether there is one.
    pub there: bool,
    /// Where it comes from; without one, what was amiss with a place that should have had one.
    pub source: Option<String>,
}

/// Every registry that names can lead to. Nothing is read before one is needed, nothing sent before something is asked
/// of one.
#[derive(Clone)]
pub struct Registries(Arc<Unopened>);

struct Unopened {
    configured: BTreeMap<RegistryHost, RegistryAccess>,
    root: PathBuf,
    proxies: Proxies,
    logins: Vec<Configured>,
    environment: UserEnvironment,
    shown: Logins,
    redactor: Redactor,
    opened: OnceLock<Result<Remote, WorldError>>,
}

impl Registries {
    /// Takes what the configuration says of registries, relative to the folder `root`, and the user's environment.
    /// `redactor` learns every password and token that is used.
    pub fn new(
        configured: &BTreeMap<RegistryHost, RegistryAccess>,
        root: &Path,
        variables: &Variables,
        redactor: &Redactor,
        logins: Logins,
    ) -> Registries {
        let shown = logins;
        let (logins, environment) = match logins {
            Logins::Known => {
                let named =
                    configured.iter().filter_map(|(host, access)| find_login(host, access, variables));
                (named.collect(), user_environment(variables))
            }
            Logins::None => (Vec::new(), UserEnvironment::default()),
        };
        Registries(Arc::new(Unopened {
            configured: configured.clone(),
            root: root.to_owned(),
            proxies: Proxies::from_environment(|name| variables.text(name).map(str::to_owned)),
            logins,
            environment,
            shown,
            redactor: redactor.clone(),
            opened: OnceLock::new(),
        }))
    }

    /// Finds the login for a repository, as it would be used.
    pub async fn find_credentials(&self, repository: &ImageRepository) -> CredentialsFound {
        let credentials = Credentials::new(self.0.logins.clone(), self.0.environment.clone());
        let found = credentials.find(repository.registry(), repository.path()).await;
        CredentialsFound { there: found.login.is_some(), source: found.source }
    }

    /// Checks that a repository may be written to, without writing anything.
    ///
    /// # Errors
    /// [`StoreError::Unauthorized`](plimsoll_oci::store::StoreError::Unauthorized) and
    /// [`StoreError::Denied`](plimsoll_oci::store::StoreError::Denied) among others; a file of certificates can't be read.
    pub async fn check_push(&self, repository: &ImageRepository) -> Result<(), WorldError> {
        Ok(self.open()?.repository(repository, Access::Push)?.check_push().await?)
    }

    /// By how many seconds this machine's clock is ahead of that of a repository's registry; `None` if it does not say.
    ///
    /// # Errors
    /// The registry did not answer; a file of certificates can't be read.
    pub async fn read_clock_lead(&self, repository: &ImageRepository) -> Result<Option<i64>, WorldError> {
        let told = self.open()?.repository(repository, Access::Pull)?.read_time().await?;
        let seconds = told.and_then(|told| told.duration_since(UNIX_EPOCH).ok()).map(|told| told.as_secs());
        let theirs = seconds.and_then(|seconds| i64::try_from(seconds).ok());
        Ok(theirs.map(|theirs| now().0.saturating_sub(theirs)))
    }

    /// What a reference names: its own digest if it has one, else what its tag points at, `latest` without one. `None`
    /// is "not there".
    ///
    /// # Errors
    /// The registry did not answer, or refused; a file of certificates can't be read.
    pub async fn resolve(&self, reference: &Reference) -> Result<Option<Digest>, WorldError> {
        if let Some(digest) = &reference.digest {
            return Ok(Some(digest.clone()));
        }
        let tag = match &reference.tag {
            Some(tag) => tag.clone(),
            None => DEFAULT_TAG.parse().expect("it is a tag by the grammar"),
        };
        let found = self.open()?.repository(&reference.repository, Access::Pull)?.resolve(&tag).await?;
        Ok(found.map(|descriptor| descriptor.digest))
    }

    /// One repository. Nothing is sent.
    ///
    /// # Errors
    /// A file of certificates can't be read, or the host can be no part of a URL.
    pub fn repository(
        &self,
        repository: &ImageRepository,
        access: Access,
    ) -> Result<RemoteRepository, WorldError> {
        Ok(self.open()?.repository(repository, access)?)
    }

    /// Which logins they are shown.
    pub(super) fn shown(&self) -> Logins {
        self.0.shown
    }

    /// What other hosts are reached by, in the same way.
    ///
    /// # Errors
    /// A file of certificates can't be read.
    pub(super) fn transport(&self) -> Result<Transport, WorldError> {
        self.0.transport()
    }

    /// # Errors
    /// A file of certificates can't be read.
    pub(super) fn open(&self) -> Result<Remote, WorldError> {
        self.0.opened.get_or_init(|| self.0.open()).clone()
    }
}

impl Unopened {
    fn transport(&self) -> Result<Transport, WorldError> {
        let mut settings = transport::Settings::new(concat!("plimsoll/", env!("CARGO_PKG_VERSION")));
        settings.proxies = self.proxies.clone();
        settings.hosts = read_hosts(&self.configured, &self.root)?;
        Ok(Transport::new(settings))
    }

    fn open(&self) -> Result<Remote, WorldError> {
        let credentials = Credentials::new(self.logins.clone(), self.environment.clone());
        let (transport, redactor) = (self.transport()?, self.redactor.clone());
        let keep_tags = self.configured.iter().filter(|(_, access)| access.keeps_tags);
        let keep_tags = keep_tags.map(|(host, _)| host.clone()).collect();
        Ok(Remote::keeping_tags(transport, credentials, redactor, RemoteSettings::default(), keep_tags))
    }
}

fn read_hosts(
    configured: &BTreeMap<RegistryHost, RegistryAccess>,
    root: &Path,
) -> Result<HostProfiles, WorldError> {
    let mut hosts = HostProfiles::default();
    for (host, access) in configured {
        let mut tls = TlsProfile::default();
        if let Some(path) = &access.certificate_authority {
            tls.roots.push(read_certificates(&root.join(path))?);
        }
        let profile = HostProfile { wire: access.wire, tls };
        let names =
            if DOCKER_HUB.contains(&host.as_str()) { DOCKER_HUB.to_vec() } else { vec![host.as_str()] };
        for name in names {
            hosts.set(name, profile.clone());
        }
    }
    Ok(hosts)
}

fn read_certificates(path: &Path) -> Result<Vec<u8>, WorldError> {
    let absent = || WorldError::File {
        path: path.display().to_string(),
        why: "there is no such file".into(),
        kind: FileProblem::Missing,
    };
    read_bounded(path, CERTIFICATES_LIMIT)?.ok_or_else(absent)
}

/// The login that the configuration names. Where a variable is not set it is named, and no other login is tried.
fn find_login(host: &RegistryHost, access: &RegistryAccess, variables: &Variables) -> Option<Configured> {
    let environment = |name: &str| variables.text(name).map(str::to_owned);
    let named = |variable: &str| format!("env:{variable}");
    let (name, login) = match access.credentials.as_ref()? {
        Named::Token(token) => match token.read(environment) {
            Ok(secret) => (named(token.name()), Some(Login::IdentityToken(secret))),
            Err(unset) => (named(&unset.name), None),
        },
        Named::Login { username, password } => match (username.read(environment), password.read(environment))
        {
            (Ok(user), Ok(secret)) => {
                let login = Login::Password { user: user.expose().to_owned(), password: secret };
                (named(password.name()), Some(login))
            }
            (Err(unset), _) | (_, Err(unset)) => (named(&unset.name), None),
        },
    };
    Some(Configured { registry: host.clone(), name, login })
}

fn user_environment(variables: &Variables) -> UserEnvironment {
    let text = |text: &std::ffi::OsStr| text.to_str().map(str::to_owned);
    let variables_as_text = variables.iter().filter_map(|(name, value)| Some((text(name)?, text(value)?)));
    UserEnvironment { variables: variables_as_text.collect(), home: variables.get("HOME").map(PathBuf::from) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Surroundings, parse};

    /// What a configuration with these tables says of registries.
    fn configured(tables: &str) -> BTreeMap<RegistryHost, RegistryAccess> {
        let text = format!("[project]\nname = \"app\"\n[version]\nfiles = []\n{tables}");
        let surroundings = Surroundings { directory: None, remote: None, texts: &|_| None };
        parse("plimsoll.toml", &text, surroundings).expect("the configuration of a test is good").registries
    }

    fn login(tables: &str, variables: &[(&str, &str)]) -> Option<Configured> {
        let configured = configured(tables);
        let (host, access) = configured.first_key_value()?;
        find_login(host, access, &variables.iter().copied().collect())
    }

    #[test]
    fn logins_come_from_named_variables() {
        let table = "[registries.\"ghcr.io\"]\nusername = \"ada\"\npassword = \"env:GHCR_PASSWORD\"\n";
        let found = login(table, &[("GHCR_PASSWORD", "hunter2")]).unwrap();
        assert_eq!((found.registry.as_str(), found.name.as_str()), ("ghcr.io", "env:GHCR_PASSWORD"));
        let Some(Login::Password { user, password }) = found.login else { panic!("{found:?}") };
        assert_eq!((user.as_str(), password.expose()), ("ada", "hunter2"));
        for variables in [&[][..], &[("GHCR_PASSWORD", "")][..]] {
            let unset = login(table, variables).unwrap();
            assert!(unset.login.is_none() && unset.name == "env:GHCR_PASSWORD", "{unset:?}");
        }
        let token = "[registries.\"acme.azurecr.io\"]\ntoken = \"env:TOKEN\"\n";
        let found = login(token, &[("TOKEN", "t")]).unwrap();
        assert!(matches!(found.login, Some(Login::IdentityToken(secret)) if secret.expose() == "t"));
        assert!(login("[registries.\"localhost:5000\"]\nplain-http = true\n", &[]).is_none());
    }

    #[tokio::test]
    async fn a_stranger_gets_no_login() {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join(".docker")).unwrap();
        let docker = r#"{"auths":{"docker.io":{"auth":"YTpi"}}}"#;
        std::fs::write(home.path().join(".docker/config.json"), docker).unwrap();
        let home = home.path().display().to_string();
        let variables =
            [("HOME", home.as_str()), ("T", "t"), ("GITHUB_ACTIONS", "true"), ("GITHUB_TOKEN", "t")];
        let variables = variables.into_iter().collect();
        let configured = configured("[registries.\"quay.io\"]\ntoken = \"env:T\"\n");
        for (logins, want) in [(Logins::Known, true), (Logins::None, false)] {
            let found = Registries::new(&configured, Path::new("/"), &variables, &Redactor::new(), logins).0;
            let credentials = Credentials::new(found.logins.clone(), found.environment.clone());
            for host in ["quay.io", "ghcr.io", "docker.io"] {
                let login = credentials.find(&host.parse().unwrap(), "a/b").await.login;
                assert_eq!(login.is_some(), want, "{host} {logins:?}");
            }
        }
    }

    #[test]
    fn certificates_must_be_there_once_they_are_needed() {
        let folder = tempfile::tempdir().unwrap();
        let configured = configured("[registries.\"docker.io\"]\ncertificate-authority = \"ca.pem\"\n");
        let open = || {
            let none = Variables::default();
            Registries::new(&configured, folder.path(), &none, &Redactor::new(), Logins::Known).open()
        };
        let missing = open().unwrap_err();
        assert!(matches!(missing, WorldError::File { kind: FileProblem::Missing, .. }), "{missing}");
        std::fs::write(folder.path().join("ca.pem"), "pem").unwrap();
        open().unwrap();
        let hosts = read_hosts(&configured, folder.path()).unwrap();
        let url = "https://registry-1.docker.io/v2/".parse().unwrap();
        assert_eq!(hosts.find(&url).unwrap().tls.roots, [b"pem".to_vec()]);
    }
}
