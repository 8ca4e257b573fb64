//! The files and variables in which logins may be.

use std::io;
use std::path::{Path, PathBuf};

use tokio::io::AsyncReadExt;

use super::UserEnvironment;
use super::config_file::ConfigFile;

/// The longest file that is read, in bytes.
const LIMIT: u64 = 4 * 1024 * 1024;

/// A place that exists, and what is in it.
#[derive(Debug)]
pub(super) struct Place {
    /// What errors call it.
    pub(super) label: String,
    /// Its content, or why it cannot be read.
    pub(super) content: Result<ConfigFile, String>,
}

/// Reads every place that exists, in order of precedence.
pub(super) async fn read_places(environment: &UserEnvironment) -> Vec<Place> {
    const INLINE: &str = "DOCKER_AUTH_CONFIG";
    let mut places = Vec::new();
    if let Some(text) = environment.variable(INLINE) {
        let content = ConfigFile::parse(text).map(ConfigFile::logins_only).map_err(|why| why.to_string());
        places.push(Place { label: INLINE.to_owned(), content });
    }
    let mut seen: Vec<PathBuf> = Vec::new();
    for path in files(environment) {
        if seen.contains(&path) {
            continue;
        }
        let content = match read(&path).await {
            Ok(text) => ConfigFile::parse(&text).map_err(|why| why.to_string()),
            Err(error) if is_absent(&error) => continue,
            Err(error) => Err(error.to_string()),
        };
        places.push(Place { label: path.display().to_string(), content });
        seen.push(path);
    }
    places
}

fn files(environment: &UserEnvironment) -> Vec<PathBuf> {
    let folder = |name: &str| environment.variable(name).map(PathBuf::from);
    let home = |below: &str| environment.home.as_ref().map(|home| home.join(below));
    let settings = || folder("XDG_CONFIG_HOME").or_else(|| home(".config"));
    let containers = |folder: PathBuf| folder.join("containers/auth.json");
    let docker = folder("DOCKER_CONFIG").or_else(|| home(".docker"));
    let named = folder("REGISTRY_AUTH_FILE");
    let podman: Vec<PathBuf> = match named {
        Some(file) => vec![file],
        None => [folder("XDG_RUNTIME_DIR"), settings()].into_iter().flatten().map(containers).collect(),
    };
    let helm = folder("HELM_REGISTRY_CONFIG").or_else(|| {
        let folder = folder("HELM_CONFIG_HOME").or_else(|| Some(settings()?.join("helm")))?;
        Some(folder.join("registry/config.json"))
    });
    docker.map(|folder| folder.join("config.json")).into_iter().chain(podman).chain(helm).collect()
}

async fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let read = tokio::fs::File::open(path).await?.take(LIMIT + 1).read_to_string(&mut text).await?;
    if u64::try_from(read).unwrap_or(u64::MAX) > LIMIT {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {LIMIT} bytes")));
    }
    Ok(text)
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(variables: &[(&str, &str)]) -> Vec<String> {
        let environment = UserEnvironment {
            variables: variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
            home: Some("/home/u".into()),
        };
        files(&environment).iter().map(|path| path.display().to_string()).collect()
    }

    #[test]
    fn files_in_order() {
        assert_eq!(
            paths(&[]),
            [
                "/home/u/.docker/config.json",
                "/home/u/.config/containers/auth.json",
                "/home/u/.config/helm/registry/config.json",
            ]
        );
        assert_eq!(
            paths(&[("DOCKER_CONFIG", "/d"), ("XDG_RUNTIME_DIR", "/run/u"), ("XDG_CONFIG_HOME", "/c")]),
            [
                "/d/config.json",
                "/run/u/containers/auth.json",
                "/c/containers/auth.json",
                "/c/helm/registry/config.json",
            ]
        );
        assert_eq!(
            paths(&[("REGISTRY_AUTH_FILE", "/a.json"), ("HELM_CONFIG_HOME", "/h")]),
            ["/home/u/.docker/config.json", "/a.json", "/h/registry/config.json",]
        );
        assert_eq!(paths(&[("HELM_REGISTRY_CONFIG", "/r.json"), ("DOCKER_CONFIG", "")])[2], "/r.json");
    }
}
