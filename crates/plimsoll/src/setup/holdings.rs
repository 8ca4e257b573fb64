//! What a repository holds that may be released.

use plimsoll_engine::document::version_file::VersionFile;
use plimsoll_tags::version::{Scheme, Version};
use serde_json::Value;

use super::from_workflows::WorkflowFile;

/// What a repository holds that may be released.
#[derive(Clone, Debug, Default)]
pub(crate) struct Holdings {
    /// Dockerfiles that look like something to be released.
    pub(crate) dockerfiles: Vec<String>,
    /// Those that look like something for development and tests.
    pub(crate) passed_over: Vec<String>,
    /// Helm charts.
    pub(crate) charts: Vec<FoundChart>,
    /// The compose file at the root.
    pub(crate) compose: Option<FoundFile>,
    /// Files at the root that name a version.
    pub(crate) versions: Vec<FoundVersion>,
    /// Workflows of GitHub, Gitea and Forgejo.
    pub(crate) workflows: Vec<WorkflowFile>,
    /// The git tags.
    pub(crate) tags: Vec<String>,
    /// The pipeline of GitLab.
    pub(crate) pipeline: Option<WorkflowFile>,
    /// GoReleaser's file.
    pub(crate) goreleaser: Option<WorkflowFile>,
    /// The highest version that a git tag names.
    pub(crate) highest: Option<Version>,
}

/// A file with its text.
#[derive(Clone, Debug)]
pub(crate) struct FoundFile {
    /// Its path from the root.
    pub(crate) path: String,
    /// Its text.
    pub(crate) text: String,
}

/// A Helm chart.
#[derive(Clone, Debug)]
pub(crate) struct FoundChart {
    /// Its folder, from the root.
    pub(crate) path: String,
    /// What Chart.yaml calls it.
    pub(crate) name: Option<String>,
    /// Its values.yaml.
    pub(crate) values: Value,
}

/// A file that names a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FoundVersion {
    /// The file.
    pub(crate) path: String,
    /// The version.
    pub(crate) version: String,
}

/// Where GitHub, Gitea and Forgejo look for workflows.
pub(crate) const FOLDERS: [&str; 3] = [".github/workflows/", ".gitea/workflows/", ".forgejo/workflows/"];

/// Names under which `docker compose` looks for its file.
const COMPOSE: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];

/// Where GitLab looks for a pipeline.
const PIPELINES: [&str; 1] = [".gitlab-ci.yml"];

/// Where GoReleaser looks for its file.
const GORELEASER: [&str; 6] = [
    ".config/goreleaser.yml",
    ".config/goreleaser.yaml",
    ".goreleaser.yml",
    ".goreleaser.yaml",
    "goreleaser.yml",
    "goreleaser.yaml",
];

/// Files at the root that may name a version, those first that Plimsoll looks at by itself.
const VERSION_FILES: [&str; 4] = ["pyproject.toml", "Cargo.toml", "VERSION", "package.json"];

/// Words in paths of Dockerfiles that are not for releases.
const NOT_RELEASED: [&str; 14] = [
    "dev",
    "development",
    "devcontainer",
    "test",
    "tests",
    "testing",
    "testdata",
    "ci",
    "debug",
    "example",
    "examples",
    "fixtures",
    "local",
    "e2e",
];

/// The deepest folder in which charts and Dockerfiles are looked for.
const DEPTH: usize = 5;

impl Holdings {
    /// Sorts through a repository's files. `read` gives the text of one.
    ///
    /// # Errors
    /// A file can't be read.
    pub(crate) fn find<'a, E>(
        paths: &[String],
        tags: impl Iterator<Item = &'a str>,
        mut read: impl FnMut(&str) -> Result<String, E>,
    ) -> Result<Holdings, E> {
        let tags: Vec<String> = tags.map(str::to_owned).collect();
        let mut found =
            Holdings { highest: highest(tags.iter().map(String::as_str)), tags, ..Holdings::default() };
        for path in paths {
            let name = path.rsplit('/').next().unwrap_or(path);
            let is_shallow = path.split('/').count() <= DEPTH;
            if is_workflow(path) {
                found.workflows.push(WorkflowFile { path: path.clone(), text: read(path)? });
            } else if is_dockerfile(name) && is_shallow {
                let list = if is_for_release(path) { &mut found.dockerfiles } else { &mut found.passed_over };
                list.push(path.clone());
            } else if name == "Chart.yaml" && is_shallow && is_for_release(path) {
                let folder = path.strip_suffix("/Chart.yaml").unwrap_or(".");
                let values = match folder {
                    "." => "values.yaml".to_owned(),
                    folder => format!("{folder}/values.yaml"),
                };
                let values = match paths.contains(&values) {
                    true => yaml_serde::from_str(&read(&values)?).unwrap_or(Value::Null),
                    false => Value::Null,
                };
                // Charts that lie in another's folder are its dependencies.
                let is_inner =
                    found.charts.iter().any(|other| folder.starts_with(&format!("{}/", other.path)));
                if !is_inner {
                    let about: Value = yaml_serde::from_str(&read(path)?).unwrap_or(Value::Null);
                    let name = about.get("name").and_then(Value::as_str).map(str::to_owned);
                    found.charts.push(FoundChart { path: folder.to_owned(), name, values });
                }
            }
        }
        for name in VERSION_FILES {
            if paths.iter().any(|path| path == name)
                && let Some(version) = find_version(name, &read(name)?)
            {
                found.versions.push(FoundVersion { path: name.to_owned(), version });
            }
        }
        if let Some(name) = COMPOSE.into_iter().find(|name| paths.iter().any(|path| path == name)) {
            found.compose = Some(FoundFile { path: name.to_owned(), text: read(name)? });
        }
        for (names, place) in [(&PIPELINES[..], &mut found.pipeline), (&GORELEASER, &mut found.goreleaser)] {
            if let Some(path) = names.iter().find(|name| paths.iter().any(|path| path == *name)) {
                *place = Some(WorkflowFile { path: (*path).to_owned(), text: read(path)? });
            }
        }
        Ok(found)
    }

    /// Whether there is anything that could be released.
    pub(crate) fn is_empty(&self) -> bool {
        self.dockerfiles.is_empty()
            && self.charts.is_empty()
            && self.workflows.is_empty()
            && self.pipeline.is_none()
            && self.goreleaser.is_none()
    }
}

/// The patterns of git that find every file that is of interest.
pub(crate) const PATTERNS: [&str; 15] = [
    "*ockerfile*",
    "*.yml",
    "*.yaml",
    "pyproject.toml",
    "Cargo.toml",
    "VERSION",
    "package.json",
    "Containerfile*",
    "*.Containerfile",
    "*.dockerfile",
    "*.containerfile",
    "compose.yaml",
    "compose.yml",
    "docker-compose.yaml",
    "docker-compose.yml",
];

/// Whether a file is a workflow of GitHub, Gitea or Forgejo.
pub(crate) fn is_workflow(path: &str) -> bool {
    let inside = FOLDERS.iter().find_map(|folder| path.strip_prefix(folder));
    inside.is_some_and(|name| !name.contains('/') && (name.ends_with(".yml") || name.ends_with(".yaml")))
}

fn is_dockerfile(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let is_one = |word: &str| {
        name == word
            || name.strip_suffix(word).is_some_and(|before| before.ends_with('.') && before.len() > 1)
            || name.strip_prefix(word).is_some_and(|after| after.starts_with(['.', '-']) && after.len() > 1)
    };
    (is_one("dockerfile") || is_one("containerfile"))
        && ![".dockerignore", ".j2", ".tmpl", ".in", ".template", ".sh"]
            .iter()
            .any(|ending| name.ends_with(ending))
        && !name.ends_with(".md")
}

fn is_for_release(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    let mut words = path.split(|character: char| !character.is_ascii_alphanumeric());
    !words.any(|word| NOT_RELEASED.contains(&word))
        && !path.starts_with("vendor/")
        && !path.contains("node_modules/")
}

fn find_version(name: &str, text: &str) -> Option<String> {
    let texts = |path: &str| (path == name).then(|| text.to_owned());
    let version = VersionFile::of(name).ok()?.read(&texts).ok()?.text;
    version.starts_with(|first: char| first.is_ascii_digit()).then_some(version)
}

fn highest<'a>(tags: impl Iterator<Item = &'a str>) -> Option<Version> {
    let versions =
        tags.filter_map(|tag| Version::parse(Scheme::Semver, tag.strip_prefix('v').unwrap_or(tag)).ok());
    versions.filter(|version| !version.is_prerelease()).max()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::convert::Infallible;

    use super::*;

    fn found(files: &[(&str, &str)], tags: &[&str]) -> Holdings {
        let texts: BTreeMap<&str, &str> = files.iter().copied().collect();
        let paths: Vec<String> = texts.keys().map(|&path| path.to_owned()).collect();
        Holdings::find(&paths, tags.iter().copied(), |path| Ok::<_, Infallible>(texts[path].to_owned()))
            .unwrap()
    }

    #[test]
    fn dockerfiles_for_development_are_passed_over() {
        let all = [
            ".devcontainer/Dockerfile",
            "Dockerfile",
            "Dockerfile.dockerignore",
            "Dockerfile.worker",
            "a/b/c/d/e/f/Dockerfile",
            "docker/api.Dockerfile",
            "docker/Dockerfile.j2",
            "docs/Dockerfile.md",
            "test/Dockerfile",
        ];
        let found = found(&all.map(|path| (path, "")), &[]);
        assert_eq!(found.dockerfiles, ["Dockerfile", "Dockerfile.worker", "docker/api.Dockerfile"]);
        assert_eq!(found.passed_over, [".devcontainer/Dockerfile", "test/Dockerfile"]);
    }

    #[test]
    fn charts_compose_and_versions_are_found() {
        let found = found(
            &[
                ("charts/app/Chart.yaml", "name: app"),
                ("charts/app/values.yaml", "image: { tag: '' }"),
                ("charts/app/charts/redis/Chart.yaml", "name: redis"),
                ("compose.yml", "services: {}"),
                ("Cargo.toml", "[workspace.package]\nversion = \"1.2.3\"\n"),
                ("package.json", "{\"version\":\"0.0.1\"}"),
                (".github/workflows/a.yml", "on: push"),
                (".github/workflows/more/b.yml", "on: push"),
            ],
            &["v0.9.0", "v1.10.0", "v1.9.0", "v2.0.0-rc.1", "nightly"],
        );
        assert_eq!(found.charts.iter().map(|chart| chart.path.as_str()).collect::<Vec<_>>(), ["charts/app"]);
        assert_eq!(found.compose.unwrap().path, "compose.yml");
        let versions: Vec<_> =
            found.versions.iter().map(|one| (one.path.as_str(), one.version.as_str())).collect();
        assert_eq!(versions, [("Cargo.toml", "1.2.3"), ("package.json", "0.0.1")]);
        assert_eq!(found.workflows.len(), 1);
        assert_eq!(found.highest.unwrap().to_string(), "1.10.0");
    }
}
