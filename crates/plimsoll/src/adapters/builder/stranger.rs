//! Builders for a commit that anybody may have written: they see nothing that its people log in with.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use plimsoll_engine::world::WorldError;
use serde_json::{Map, Value};
use tempfile::TempDir;

use crate::adapters::files::file_error;
use crate::variables::Variables;

/// What docker's settings may keep: where it is, and where its plug-ins are.
const KEPT_SETTINGS: &[&str] = &["currentContext", "cliPluginsExtraDirs"];
/// What lies beside docker's settings and is no credential: its plug-ins, and how it is reached.
const KEPT_FOLDERS: &[&str] = &["cli-plugins", "contexts"];

/// Whose commit is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// The project's own people's.
    Own,
    /// Anybody's: a pull request from another repository.
    Stranger,
}

/// Variables under which docker, buildah and podman find no logins, as long as the folder is there.
pub(crate) fn hide_logins(variables: &Variables) -> Result<(Variables, TempDir), WorldError> {
    let made = tempfile::Builder::new().prefix("plimsoll-no-logins-").tempdir();
    let folder = made.map_err(|error| file_error(&std::env::temp_dir(), &error))?;
    let failed = |error: std::io::Error| file_error(folder.path(), &error);
    let home = variables.get("HOME").map(|home| Path::new(home).join(".docker"));
    let docker = variables.get("DOCKER_CONFIG").map(PathBuf::from).or(home).unwrap_or_default();
    let settings = render_settings(&fs::read(docker.join("config.json")).unwrap_or_default());
    fs::write(folder.path().join("config.json"), settings).map_err(failed)?;
    fs::write(folder.path().join("auth.json"), "{}").map_err(failed)?;
    for name in KEPT_FOLDERS.iter().filter(|name| docker.join(name).is_dir()) {
        symlink(docker.join(name), folder.path().join(name)).map_err(failed)?;
    }
    let mut hidden = variables.clone();
    if hidden.text("BUILDX_CONFIG").is_none() {
        hidden.set("BUILDX_CONFIG", docker.join("buildx"));
    }
    hidden.set("DOCKER_CONFIG", folder.path());
    hidden.set("REGISTRY_AUTH_FILE", folder.path().join("auth.json"));
    Ok((hidden, folder))
}

/// Docker's settings without what it logs in with.
fn render_settings(settings: &[u8]) -> String {
    let all: Map<String, Value> = serde_json::from_slice(settings).unwrap_or_default();
    let kept = all.into_iter().filter(|(name, _)| KEPT_SETTINGS.contains(&name.as_str()));
    Value::Object(kept.collect()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_are_not_where_programs_look() {
        let docker = tempfile::tempdir().unwrap();
        let config =
            br#"{"auths":{"ghcr.io":{"auth":"c2VjcmV0"}},"credsStore":"desktop","currentContext":"far"}"#;
        fs::write(docker.path().join("config.json"), config).unwrap();
        fs::create_dir(docker.path().join("cli-plugins")).unwrap();
        let variables =
            [("DOCKER_CONFIG", docker.path().as_os_str()), ("PATH", "/bin".as_ref())].into_iter().collect();
        let (hidden, folder) = hide_logins(&variables).unwrap();
        assert_eq!(hidden.get("DOCKER_CONFIG"), Some(folder.path().as_os_str()));
        assert_eq!(hidden.get("BUILDX_CONFIG"), Some(docker.path().join("buildx").as_os_str()));
        assert_eq!(hidden.text("PATH"), Some("/bin"));
        let settings = fs::read_to_string(folder.path().join("config.json")).unwrap();
        assert_eq!(settings, r#"{"currentContext":"far"}"#);
        assert!(folder.path().join("cli-plugins").is_dir());
    }
}
