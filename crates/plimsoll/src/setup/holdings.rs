//! What a repository holds that may be released.

mod chart_dependencies;
mod file_names;
mod goreleaser_files;
mod other_pipelines;
mod own_forge;
mod version_files;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use self::chart_dependencies::find_unlocked;
use self::file_names::{
    COMPOSE, is_app_compose, is_bake, is_compose, is_dockerfile, is_for_release, name_of,
};
pub(crate) use self::goreleaser_files::find_goreleaser;
pub(crate) use self::other_pipelines::may_push;
use self::other_pipelines::{is_other_pipeline, is_pushing_script, is_root_makefile, is_script, pushes};
pub(crate) use self::own_forge::{Elsewhere, OwnForge};
pub(crate) use self::version_files::{FoundVersion, PLAIN};
use self::version_files::{VERSION_FILES, find_version};
use super::from_workflows::{GoreleaserFile, WorkflowFile};
use super::pipeline_files;

/// What a repository holds that may be released.
#[derive(Clone, Debug, Default)]
pub(crate) struct Holdings {
    /// Dockerfiles that look like something to be released.
    pub(crate) dockerfiles: Vec<String>,
    /// What stands in them, by their paths.
    pub(crate) dockerfile_texts: BTreeMap<String, String>,
    /// Those that look like something for development and tests.
    pub(crate) passed_over: Vec<String>,
    /// Helm charts.
    pub(crate) charts: Vec<FoundChart>,
    /// Compose files, those at the root first.
    pub(crate) composes: Vec<FoundFile>,
    /// Those that look like something for development and tests, or lie deep.
    pub(crate) composes_passed_over: Vec<String>,
    /// Manifests of dstack.
    pub(crate) app_composes: Vec<FoundFile>,
    /// Files at the root that name a version.
    pub(crate) versions: Vec<FoundVersion>,
    /// Those that should and do not: the path, and what is in them.
    pub(crate) versions_passed_over: Vec<(String, String)>,
    /// Workflows of GitHub, Gitea and Forgejo.
    pub(crate) workflows: Vec<WorkflowFile>,
    /// Those that the project's forge does not run, where it runs others.
    pub(crate) elsewhere: Option<Elsewhere>,
    /// The git tags.
    pub(crate) tags: Vec<String>,
    /// The pipeline of GitLab, and the files of the repository that it includes; first the one that GitLab looks for.
    pub(crate) pipeline: Vec<WorkflowFile>,
    /// GoReleaser's file.
    pub(crate) goreleaser: Option<GoreleaserFile>,
    /// Pipelines of other CI systems, which are not read, and which may push images.
    pub(crate) other_pipelines: Vec<String>,
    /// Makefiles at the root that push images.
    pub(crate) pushing_makefiles: Vec<String>,
    /// Scripts that push images.
    pub(crate) pushing_scripts: Vec<String>,
    /// Files that say what `docker buildx bake` makes.
    pub(crate) bakes: Vec<WorkflowFile>,
    /// The paths of all its files; none: they are not known.
    pub(crate) paths: BTreeSet<String>,
    /// Files that the workflows call: local actions, scripts and makefiles.
    pub(crate) called: Vec<WorkflowFile>,
    /// Whether it is a project of Python.
    pub(crate) is_python: bool,
    /// Charts that look like something for development and tests, or lie deep.
    pub(crate) charts_passed_over: Vec<String>,
    /// Files that would be of interest and can't be read, with the reason.
    pub(crate) unreadable: Vec<String>,
}

/// A file of the repository, as far as it can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FileText {
    /// Its text.
    Read(String),
    /// Why there is none.
    Unreadable(String),
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
#[derive(Clone, Debug, Default)]
pub(crate) struct FoundChart {
    /// Its folder, from the root.
    pub(crate) path: String,
    /// What Chart.yaml calls it.
    pub(crate) name: Option<String>,
    /// The version that Chart.yaml says.
    pub(crate) version: Option<String>,
    /// What it says that it installs.
    pub(crate) app_version: Option<String>,
    /// The text of its values.yaml.
    pub(crate) values: String,
    /// The charts that it needs, and that neither lie in it nor are locked.
    pub(crate) unlocked: Vec<String>,
}

/// Where GitHub, Gitea and Forgejo look for workflows.
pub(crate) const FOLDERS: [&str; 3] = [".github/workflows/", ".gitea/workflows/", ".forgejo/workflows/"];

/// Files at the root of a project of Python.
const PYTHON: [&str; 3] = ["pyproject.toml", "setup.py", "setup.cfg"];

/// The deepest folder in which charts and Dockerfiles are looked for.
const DEPTH: usize = 5;

impl Holdings {
    /// Sorts through a repository's files. `read` gives the text of one; what can't be read is told, and passed over.
    /// Of workflows those count that the project's own forge runs, where that is known.
    pub(crate) fn find<'a>(
        forge: Option<&OwnForge>,
        paths: &[String],
        tags: impl Iterator<Item = &'a str>,
        read: impl Fn(&str) -> FileText,
    ) -> Holdings {
        let unreadable = RefCell::new(Vec::new());
        let read = |path: &str| match read(path) {
            FileText::Read(text) => Some(text),
            FileText::Unreadable(why) => {
                let told = format!("`{path}` can't be read: {why}");
                let mut all = unreadable.borrow_mut();
                // Two may look into one file.
                if !all.contains(&told) {
                    all.push(told);
                }
                None
            }
        };
        let is_python = paths.iter().any(|path| PYTHON.contains(&path.as_str()));
        let mut found =
            Holdings { tags: tags.map(str::to_owned).collect(), is_python, ..Holdings::default() };
        for path in paths {
            let name = path.rsplit('/').next().unwrap_or(path);
            let is_shallow = path.split('/').count() <= DEPTH;
            if is_bake(path) && is_shallow {
                found.bakes.extend(read(path).map(|text| WorkflowFile { path: path.clone(), text }));
            } else if is_workflow(path) {
                found.workflows.extend(read(path).map(|text| WorkflowFile { path: path.clone(), text }));
            } else if is_other_pipeline(path) && is_shallow {
                let is_it = read(path).is_some_and(|text| may_push(&text));
                found.other_pipelines.extend(is_it.then(|| path.clone()));
            } else if is_root_makefile(path) {
                let is_it = read(path).is_some_and(|text| pushes(&text));
                found.pushing_makefiles.extend(is_it.then(|| path.clone()));
            } else if is_script(path) {
                let is_it = read(path).is_some_and(|text| is_pushing_script(&text));
                found.pushing_scripts.extend(is_it.then(|| path.clone()));
            } else if is_dockerfile(name) && is_shallow {
                let list = if is_for_release(path) { &mut found.dockerfiles } else { &mut found.passed_over };
                list.push(path.clone());
                found.dockerfile_texts.extend(read(path).map(|text| (path.clone(), text)));
            } else if name == "Chart.yaml" {
                let folder = path.strip_suffix("/Chart.yaml").unwrap_or(".");
                // Charts that lie in another's folder are its dependencies.
                let is_inner = found.charts.iter().any(|other| match other.path.as_str() {
                    "." => folder.starts_with("charts/"),
                    path => folder.starts_with(&format!("{path}/")),
                });
                match is_shallow && is_for_release(path) {
                    _ if is_inner => {}
                    true => found.charts.extend(read_chart(path, folder, paths, &read)),
                    false => found.charts_passed_over.push(folder.to_owned()),
                }
            }
        }
        found.pipeline = pipeline_files::find(paths, &read);
        // What others run names no file that counts.
        if let Some(forge) = forge {
            found.keep_workflows_of(forge);
        }
        let bakes = paths.iter().filter(|path| !is_bake(path) && is_named_bake(path, &found.workflows));
        found
            .bakes
            .extend(bakes.filter_map(|path| Some(WorkflowFile { path: path.clone(), text: read(path)? })));
        for name in VERSION_FILES {
            let text = paths.iter().any(|path| path == name).then(|| read(name)).flatten();
            match text.map(|text| find_version(name, &text)) {
                Some(Ok(version)) => found.versions.extend(version),
                Some(Err(why)) => found.versions_passed_over.push((name.to_owned(), why)),
                None => {}
            }
        }
        let mut composes: Vec<&String> = paths.iter().filter(|path| is_compose(path)).collect();
        // Those that `docker compose` finds by itself, and what lies near the root, come first.
        composes.sort_by_key(|path| (path.matches('/').count(), !COMPOSE.contains(&name_of(path))));
        for path in composes {
            match path.split('/').count() <= DEPTH
                && is_for_release(path)
                && !name_of(path).contains("override")
            {
                true => found.composes.extend(read(path).map(|text| FoundFile { path: path.clone(), text })),
                false => found.composes_passed_over.push(path.clone()),
            }
        }
        let manifests = paths.iter().filter(|path| is_app_compose(path) && is_for_release(path));
        found.app_composes =
            manifests.filter_map(|path| Some(FoundFile { path: path.clone(), text: read(path)? })).collect();
        found.goreleaser = find_goreleaser(&found.workflows, paths, &read);
        found.unreadable = unreadable.into_inner();
        found
    }

    /// Whether something is looked for in a file of this path.
    pub(crate) fn would_read(path: &str) -> bool {
        let name = name_of(path);
        is_workflow(path)
            || is_bake(path)
            || is_dockerfile(name)
            || name == "Chart.yaml"
            || is_compose(path)
            || is_app_compose(path)
    }

    /// Whether a file is there, as far as that is known. What lies in a repository of its own is not looked for.
    pub(crate) fn has(&self, path: &str) -> bool {
        let is_inside =
            |known: &String| path.strip_prefix(known.as_str()).is_some_and(|rest| rest.starts_with('/'));
        self.paths.is_empty() || self.paths.contains(path) || self.paths.iter().any(is_inside)
    }

    /// Whether there is anything that could be released.
    pub(crate) fn is_empty(&self) -> bool {
        self.dockerfiles.is_empty()
            && self.charts.is_empty()
            && self.workflows.is_empty()
            && self.pipeline.is_empty()
            && self.goreleaser.is_none()
    }
}

/// The patterns of git that find every file that is of interest.
pub(crate) const PATTERNS: [&str; 31] = [
    "*ockerfile*",
    "*.hcl",
    "*bake*.json",
    "Chart.lock",
    "requirements.lock",
    "*.tgz",
    "setup.py",
    "setup.cfg",
    "*app?compose*.json",
    "*.sh",
    "*.yml",
    "*.yaml",
    "pyproject.toml",
    "Cargo.toml",
    "go.mod",
    "*/Cargo.toml",
    "*/go.mod",
    "Jenkinsfile",
    "Makefile",
    "makefile",
    "GNUmakefile",
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

/// Whether a workflow names a file for `docker buildx bake` that is called otherwise than most of those are.
fn is_named_bake(path: &str, workflows: &[WorkflowFile]) -> bool {
    let names = |file: &WorkflowFile| file.text.contains("bake") && file.text.contains(path);
    path.ends_with(".hcl") && workflows.iter().any(names)
}

/// Whether a file is a workflow of GitHub, Gitea or Forgejo.
pub(crate) fn is_workflow(path: &str) -> bool {
    let inside = FOLDERS.iter().find_map(|folder| path.strip_prefix(folder));
    inside.is_some_and(|name| !name.contains('/') && (name.ends_with(".yml") || name.ends_with(".yaml")))
}

/// A chart with its values.
fn read_chart(
    path: &str,
    folder: &str,
    paths: &[String],
    read: &dyn Fn(&str) -> Option<String>,
) -> Option<FoundChart> {
    let values = match folder {
        "." => "values.yaml".to_owned(),
        folder => format!("{folder}/values.yaml"),
    };
    let parsed = |text: String| yaml_serde::from_str::<Value>(&text).ok();
    let values = Some(values).filter(|values| paths.contains(values));
    let values = values.and_then(|values| read(&values)).unwrap_or_default();
    let about = parsed(read(path)?).unwrap_or(Value::Null);
    let said = |key: &str| about.get(key).and_then(Value::as_str).map(str::to_owned);
    let unlocked = find_unlocked(folder, &about, paths);
    let (name, version, app_version) = (said("name"), said("version"), said("appVersion"));
    Some(FoundChart { path: folder.to_owned(), name, version, app_version, values, unlocked })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)], tags: &[&str]) -> Holdings {
        let texts: BTreeMap<&str, &str> = files.iter().copied().collect();
        let paths: Vec<String> = texts.keys().map(|&path| path.to_owned()).collect();
        let read = |path: &str| match texts[path] {
            "\0" => FileText::Unreadable("it is no text".to_owned()),
            text => FileText::Read(text.to_owned()),
        };
        Holdings::find(None, &paths, tags.iter().copied(), read)
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
            "images/Dockerfile.go",
            "pkg/dockerfile.go",
            "pkg/dockerfile.test.ts",
            "pkg/integrationtest/Dockerfile",
            "test/Dockerfile",
        ];
        let found = found(&all.map(|path| (path, "")), &[]);
        assert_eq!(
            found.dockerfiles,
            ["Dockerfile", "Dockerfile.worker", "docker/api.Dockerfile", "images/Dockerfile.go"]
        );
        assert_eq!(
            found.passed_over,
            [".devcontainer/Dockerfile", "pkg/integrationtest/Dockerfile", "test/Dockerfile"]
        );
    }

    #[test]
    fn what_is_vendored_is_no_chart_of_the_project_and_what_is_left_out_is_told() {
        let chart = "name: x";
        let whole = found(&[("Chart.yaml", chart), ("charts/redis/Chart.yaml", chart)], &[]);
        assert_eq!(whole.charts.iter().map(|chart| chart.path.as_str()).collect::<Vec<_>>(), ["."]);
        let some = found(
            &[
                ("charts/app/Chart.yaml", chart),
                ("charts/app/values.yaml", "\0"),
                ("charts/local-path/Chart.yaml", chart),
                ("compose.yml", "\0"),
            ],
            &[],
        );
        assert_eq!(some.charts.len(), 1);
        assert_eq!(some.charts_passed_over, ["charts/local-path"]);
        let told = [
            "`charts/app/values.yaml` can't be read: it is no text",
            "`compose.yml` can't be read: it is no text",
        ];
        assert_eq!(some.unreadable, told);
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
            &["v0.9.0", "nightly"],
        );
        assert_eq!(found.charts.iter().map(|chart| chart.path.as_str()).collect::<Vec<_>>(), ["charts/app"]);
        assert_eq!(found.composes[0].path, "compose.yml");
        let versions: Vec<_> =
            found.versions.iter().map(|one| (one.path.as_str(), one.version.as_str())).collect();
        assert_eq!(versions, [("Cargo.toml", "1.2.3"), ("package.json", "0.0.1")]);
        assert_eq!(found.workflows.len(), 1);
        assert!(!found.is_python);
    }

    #[test]
    fn files_of_bake_are_those_that_are_called_so_or_that_a_workflow_names() {
        let step = "steps: [{ uses: docker/bake-action@v6, with: { files: docker/rpi/rpi.hcl } }]";
        let found = found(
            &[
                (".github/workflows/a.yml", step),
                ("docker-bake.hcl", ""),
                ("docker/rpi/rpi.hcl", ""),
                ("nomad/job.hcl", ""),
            ],
            &[],
        );
        let bakes: Vec<&str> = found.bakes.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(bakes, ["docker-bake.hcl", "docker/rpi/rpi.hcl"]);
    }
}
