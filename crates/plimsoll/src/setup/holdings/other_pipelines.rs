//! Pipelines of CI systems that are not read, makefiles and scripts: who pushes images by one of them does so at a place that is not known.

use super::super::from_workflows::called_files::MAKEFILES;
use super::super::from_workflows::workflow::Step;
use super::file_names::name_of;

/// Files at the root.
const FILES: [&str; 14] = [
    ".appveyor.yml",
    ".cirrus.yml",
    ".drone.yaml",
    ".drone.yml",
    ".semaphore/semaphore.yml",
    ".travis.yml",
    ".woodpecker.yaml",
    ".woodpecker.yml",
    "Jenkinsfile",
    "appveyor.yml",
    "azure-pipelines.yml",
    "azure-pipelines.yaml",
    "bitbucket-pipelines.yml",
    "codefresh.yml",
];
/// Folders at the root whose YAML is pipelines.
const FOLDERS: [&str; 5] = [".azure-pipelines/", ".buildkite/", ".circleci/", ".tekton/", ".woodpecker/"];
/// Files of Google's Cloud Build, which lie anywhere.
const CLOUD_BUILD: [&str; 2] = ["cloudbuild.yaml", "cloudbuild.yml"];

/// Words by which a pipeline may push images, its own or those of programs and plugins that do.
const WORDS: [&str; 20] = [
    "bake",
    "buildah",
    "buildpacks",
    "crane ",
    "docker build",
    "docker push",
    "docker-buildx",
    "docker/",
    "docker.build",
    "docker@",
    "dockerhub",
    "goreleaser",
    "images:",
    "kaniko",
    "ko build",
    "plugins/docker",
    "podman",
    "publish",
    "release",
    "skopeo",
];

/// Whether a file is a pipeline of another CI system.
pub(super) fn is_other_pipeline(path: &str) -> bool {
    let is_yaml = path.ends_with(".yml") || path.ends_with(".yaml");
    FILES.contains(&path)
        || (is_yaml && FOLDERS.iter().any(|folder| path.starts_with(folder)))
        || CLOUD_BUILD.contains(&name_of(path))
}

/// Whether a pipeline may push images by its words.
pub(crate) fn may_push(text: &str) -> bool {
    let text = bare(text).to_lowercase();
    WORDS.iter().any(|word| text.contains(word))
}

/// Whether a file at the root is a makefile.
pub(super) fn is_root_makefile(path: &str) -> bool {
    MAKEFILES.contains(&path)
}

/// Whether a makefile pushes images.
pub(super) fn pushes(text: &str) -> bool {
    let text = bare(text);
    let is_push = |line: &str| {
        let has = |words: [&str; 2]| words.iter().all(|word| line.contains(word));
        [["docker", " push"], ["podman", " push"], ["$(CONTAINER_TOOL)", " push"], ["buildx", "--push"]]
            .into_iter()
            .any(has)
    };
    text.lines().any(is_push)
}

/// Folders whose scripts people run, beside the root.
const OF_SCRIPTS: [&str; 5] = [".ci/", "build/", "ci/", "hack/", "scripts/"];
/// Words in the names of scripts that are for development and tests.
const FOR_TESTS: [&str; 7] = ["dev", "development", "e2e", "kind", "local", "test", "tests"];

/// Whether a file is a script that people run, and that is not for tests.
pub(super) fn is_script(path: &str) -> bool {
    let is_there = !path.contains('/') || OF_SCRIPTS.iter().any(|folder| path.starts_with(folder));
    let lower = path.to_ascii_lowercase();
    let mut words = lower.split(|sign: char| !sign.is_ascii_alphanumeric());
    path.ends_with(".sh") && is_there && !words.any(|word| FOR_TESTS.contains(&word))
}

/// Whether a script pushes images.
pub(super) fn is_pushing_script(text: &str) -> bool {
    Step { run: bare(text), ..Step::default() }.pushes_by_script()
}

/// The lines that are no comments.
fn bare(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with('#')).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pipelines_that_may_push_are_known_by_their_words() {
        for (path, text) in [
            (".woodpecker/image.yaml", "steps:\n  out:\n    image: woodpeckerci/plugin-docker-buildx\n"),
            (".circleci/config.yml", "orbs:\n  docker: circleci/docker@2\njobs: [docker/publish]\n"),
            ("deploy/cloudbuild.yaml", "images: [gcr.io/a/b]\n"),
            ("Jenkinsfile", "docker.build('acme/app').push()\n"),
            (".travis.yml", "script: docker push acme/app\n"),
        ] {
            assert!(is_other_pipeline(path) && may_push(text), "{path}");
        }
        for path in [".github/workflows/a.yml", ".woodpecker/notes.md", "docs/Jenkinsfile", "circle.yml"] {
            assert!(!is_other_pipeline(path), "{path}");
        }
        assert!(!may_push("script: make test # docker\n# docker push acme/app\n"));
        assert!(pushes("out:\n\t$(DOCKER) build .\n\tdocker push $(IMG)\n"));
        assert!(!pushes("out:\n\tdocker build .\n\tgit push\n"));
    }

    #[test]
    fn scripts_that_people_run_and_that_push_are_known() {
        for path in ["deploy.sh", "scripts/release.sh", "hack/push-images.sh", ".ci/a.sh", "build/docker.sh"]
        {
            assert!(is_script(path), "{path}");
        }
        for path in ["deploy", "src/deploy.sh", "hack/e2e-push.sh", "scripts/dev/push.sh", "test.sh"] {
            assert!(!is_script(path), "{path}");
        }
        for (text, want) in [
            ("docker push acme/app", true),
            ("docker buildx build -t acme/app \\\n  --push .", true),
            ("podman push acme/app", true),
            ("crane copy a/b c/d", true),
            ("skopeo copy docker://a/b docker://c/d", true),
            ("skopeo copy docker://a/b dir:out", false),
            ("docker push localhost:5000/app", false),
            ("docker build .\n# docker push acme/app\ngit push", false),
        ] {
            assert_eq!(is_pushing_script(text), want, "{text}");
        }
    }
}
