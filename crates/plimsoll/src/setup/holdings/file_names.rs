//! What files are by their names.

/// Names under which `docker compose` looks for its file.
pub(super) const COMPOSE: [&str; 4] =
    ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];

/// Words in paths of Dockerfiles that are not for releases.
const NOT_RELEASED: [&str; 25] = [
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
    "integrationtest",
    "integrationtests",
    "benchmark",
    "benchmarks",
    "mock",
    "mocks",
    "sample",
    "samples",
    "sandbox",
    "tutorial",
    "tutorials",
];

/// The last part of a path.
pub(super) fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether a file is called as compose files are: `compose.yml`, `docker-compose.prod.yaml`. Those of releases are made.
pub(super) fn is_compose(path: &str) -> bool {
    let name = name_of(path);
    let stem = name.strip_suffix(".yml").or_else(|| name.strip_suffix(".yaml"));
    let is_named = |stem: &str| {
        let rest = stem.strip_prefix("docker-").unwrap_or(stem).strip_prefix("compose");
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-']))
    };
    stem.is_some_and(is_named)
}

/// Whether a file is called as those of `docker buildx bake` are.
pub(super) fn is_bake(path: &str) -> bool {
    let name = name_of(path);
    name.contains("bake") && (name.ends_with(".hcl") || name.ends_with(".json"))
}

/// Whether a file is called as manifests of dstack are.
pub(super) fn is_app_compose(path: &str) -> bool {
    let name = name_of(path).to_ascii_lowercase();
    name.ends_with(".json") && ["app-compose", "app_compose"].iter().any(|word| name.contains(word))
}

/// Whether a file is called as Dockerfiles are.
pub(super) fn is_dockerfile(written: &str) -> bool {
    let name = written.to_ascii_lowercase();
    let is_one = |word: &str| {
        name == word
            || name.strip_suffix(word).is_some_and(|before| before.ends_with('.') && before.len() > 1)
            || name.strip_prefix(word).is_some_and(|after| after.starts_with(['.', '-']) && after.len() > 1)
    };
    (is_one("dockerfile") || is_one("containerfile")) && !is_something_else(written)
}

/// Endings of files that are about Dockerfiles, or of which they are made.
const ABOUT: [&str; 17] = [
    "bak",
    "dockerignore",
    "gotmpl",
    "html",
    "in",
    "j2",
    "json",
    "md",
    "orig",
    "patch",
    "sh",
    "template",
    "tmpl",
    "toml",
    "txt",
    "yaml",
    "yml",
];
/// Endings of programs' sources, which also say what a `Dockerfile.go` is for.
const SOURCES: [&str; 14] =
    ["c", "cpp", "cs", "go", "h", "java", "js", "kt", "php", "py", "rb", "rs", "swift", "ts"];

/// Whether a file that is called as Dockerfiles are is something else by its ending: `dockerfile.go`.
fn is_something_else(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    let is_small = name.starts_with(|first: char| first.is_ascii_lowercase());
    ending.is_some_and(|ending| {
        ABOUT.contains(&ending.as_str()) || (is_small && SOURCES.contains(&ending.as_str()))
    })
}

/// Whether a path has no word of what is not for releases.
pub(super) fn is_for_release(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    let mut words = path.split(|character: char| !character.is_ascii_alphanumeric());
    !words.any(|word| NOT_RELEASED.contains(&word))
        && !path.starts_with("vendor/")
        && !path.contains("node_modules/")
}
