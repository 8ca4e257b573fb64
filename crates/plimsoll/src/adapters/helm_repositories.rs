//! The chart repositories that Helm knows on this machine: `repositories.yaml`, which `helm repo add` writes.

use std::fs;
use std::path::PathBuf;

use plimsoll_engine::world::chart_sources::ChartSourceError;
use plimsoll_helm::yaml;
use plimsoll_http::request::Credential;
use plimsoll_http::secret::Redactor;
use plimsoll_http::{Secret, Url};
use serde_json::Value;

use crate::variables::Variables;

/// The file, read when it is needed first.
pub(crate) struct Known {
    path: Option<PathBuf>,
    redactor: Redactor,
}

/// One repository.
pub(crate) struct HelmRepository {
    /// Its address.
    pub(crate) url: String,
    login: Option<(String, Secret)>,
    /// Whether the login goes to other hosts too, which packages may lie on.
    everywhere: bool,
}

impl Known {
    /// Where Helm keeps it: `HELM_REPOSITORY_CONFIG`, or a file in its folder of settings. `redactor` learns every
    /// password.
    pub(crate) fn new(variables: &Variables, redactor: &Redactor) -> Known {
        let folder = |name: &str| variables.text(name).filter(|text| !text.is_empty()).map(PathBuf::from);
        let home = |below: &str| folder("HOME").map(|home| home.join(below));
        let settings = if cfg!(target_os = "macos") { "Library/Preferences" } else { ".config" };
        let path = folder("HELM_REPOSITORY_CONFIG").or_else(|| {
            let helm = folder("HELM_CONFIG_HOME")
                .or_else(|| Some(folder("XDG_CONFIG_HOME").or_else(|| home(settings))?.join("helm")));
            Some(helm?.join("repositories.yaml"))
        });
        Known { path, redactor: redactor.clone() }
    }

    /// No file.
    pub(crate) fn none(redactor: &Redactor) -> Known {
        Known { path: None, redactor: redactor.clone() }
    }

    /// The repository that Helm knows by a name.
    pub(crate) fn find_by_name(&self, name: &str) -> Result<Option<HelmRepository>, ChartSourceError> {
        self.find(|entry| entry["name"].as_str() == Some(name))
    }

    /// The repository at an address.
    pub(crate) fn find_by_url(&self, url: &str) -> Result<Option<HelmRepository>, ChartSourceError> {
        let bare = |url: &str| url.trim_end_matches('/').to_owned();
        self.find(|entry| entry["url"].as_str().map(bare) == Some(bare(url)))
    }

    fn find(&self, fits: impl Fn(&Value) -> bool) -> Result<Option<HelmRepository>, ChartSourceError> {
        let Some(path) = self.path.as_ref().filter(|path| path.exists()) else { return Ok(None) };
        let broken = |why: String| ChartSourceError::Broken { place: path.display().to_string(), why };
        let text = fs::read_to_string(path).map_err(|error| broken(error.to_string()))?;
        let value = yaml::read(&text).map_err(|error| broken(error.to_string()))?;
        let entries = value["repositories"].as_array().into_iter().flatten();
        let Some(entry) = entries.into_iter().find(|entry| fits(entry)) else { return Ok(None) };
        let text = |key: &str| entry[key].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let login = text("username").zip(text("password")).map(|(user, password)| {
            let password = Secret::new(password);
            self.redactor.add(&password);
            (user, password)
        });
        let everywhere = entry["pass_credentials_all"].as_bool() == Some(true);
        Ok(Some(HelmRepository { url: text("url").unwrap_or_default(), login, everywhere }))
    }
}

impl HelmRepository {
    /// The login that an address is shown.
    pub(crate) fn credential_for(&self, url: &Url) -> Option<Credential> {
        let (user, password) = self.login.as_ref()?;
        let own = Url::parse(&self.url).is_ok_and(|own| own.origin() == url.origin());
        (own || self.everywhere).then(|| Credential::basic(user, password))
    }
}
