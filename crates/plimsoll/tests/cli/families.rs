//! Repositories with several families of git tags: what `init` drafts for each.

use serde_json::Value;

use crate::carried_over::without_dockerfiles;
use crate::init::checksums;
use crate::scene::Scene;

fn workflow(name: &str) -> String {
    format!(
        "on: {{ push: {{ tags: ['{name}-v*'] }} }}\njobs:\n  out:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - id: meta\n        uses: docker/metadata-action@v5\n        with:\n          images: ghcr.io/acme/{name}\n          tags: type=match,pattern={name}-v(.*),group=1\n      - uses: docker/build-push-action@v6\n        with: {{ push: true, file: {name}/Dockerfile, tags: '${{{{ steps.meta.outputs.tags }}}}' }}\n"
    )
}

/// A repository of two programs, each with git tags of its own, and a chart of one of them.
fn monorepo() -> Scene {
    let scene = Scene::empty();
    scene.repo.remote("origin", "https://github.com/acme/shop.git");
    scene.repo.write("app", "app");
    for name in ["api", "web"] {
        scene.repo.write(&format!("{name}/Dockerfile"), "FROM scratch\nCOPY app /app\n");
        scene.repo.write(&format!(".github/workflows/{name}.yml"), workflow(name));
    }
    scene.repo.commit("as it was");
    for tag in ["api-v1.0.0", "web-v2.0.0", "sdk/v0.1.0"] {
        scene.repo.git(["tag", tag]);
    }
    scene
}

fn init(scene: &Scene, words: &[&str]) -> Value {
    let checksums = checksums(scene);
    let output = scene.plimsoll("init -o json").args(words).args(["--checksums", &checksums]).run();
    serde_json::from_str(output.stdout()).unwrap_or_else(|error| panic!("{error}: {}", output.stderr()))
}

/// The codes of what `check` says, and whether it is an error.
fn codes(scene: &Scene, line: &str) -> Vec<String> {
    let answer = scene.json(line);
    let problems = answer["problems"].as_array().unwrap_or_else(|| panic!("{answer:#}"));
    problems.iter().map(|problem| problem["code"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn each_family_gets_a_configuration_and_workflows_of_its_own() {
    let scene = monorepo();
    let done = init(&scene, &[]);
    assert_eq!(done["images"], serde_json::json!(["web"]), "{done:#}");
    let left = done["left"].to_string();
    let told = "git tags api-v… release ghcr.io/acme/api: a configuration has one family of them, and this one has web-v…: `plimsoll init --config plimsoll.api.toml --tags 'api-v{version}'` drafts another";
    assert!(left.contains(told), "{left}");
    assert!(left.contains("git tags sdk/v…: no image and no chart is released for them"), "{left}");

    // The words that it said.
    let done = init(&scene, &["--config", "plimsoll.api.toml", "--tags", "api-v{version}"]);
    assert_eq!(done["images"], serde_json::json!(["api"]), "{done:#}");
    assert!(!done["left"].to_string().contains("web"), "{done:#}");
    let written = done["files"].as_array().unwrap();
    assert!(written.iter().all(|file| file["status"] == "written"), "{done:#}");
    let own = scene.read(".github/workflows/plimsoll-api-release.yml");
    for line in [
        "tags: ['api-v*']",
        "PLIMSOLL_CONFIG: 'plimsoll.api.toml'",
        "group: plimsoll-api-release-",
        "name: api-Release",
    ] {
        assert!(own.contains(line), "{line}\n{own}");
    }
    assert!(scene.read(".github/workflows/plimsoll-release.yml").contains("tags: ['web-v*']"));

    // Neither is the other's to check.
    assert_eq!(codes(&scene, "check"), ["workflow-rival"]);
    assert_eq!(codes(&scene, "check --config plimsoll.api.toml"), ["workflow-rival"]);
    for file in ["plimsoll.toml", "plimsoll.api.toml"] {
        scene.repo.write(file, without_dockerfiles(&scene.read(file)));
    }
    scene.repo.commit("moved over");
    assert!(scene.read("plimsoll.api.toml").contains("directory = \"releases/api\""));
    for (tag, option) in [("web-v2.1.0", ""), ("api-v1.1.0", " --config plimsoll.api.toml")] {
        scene.run(&format!("plan {tag} --local{option}")).expect_success();
        scene.run(&format!("rehearse {tag}{option}")).expect_success();
        scene.repo.annotated_tag(tag);
        scene.run(&format!("release {tag} --local{option}")).expect_success();
    }
    for (option, version) in [("", "2.1.0"), (" --config plimsoll.api.toml", "1.1.0")] {
        let list = scene.json(&format!("list --local{option}"));
        let releases = list["releases"].as_array().unwrap();
        assert_eq!((releases.len(), &releases[0]["version"]), (1, &version.into()), "{list:#}");
        scene.run(&format!("verify {version} --local{option}")).expect_success();
    }
    // In one folder only one of them can have this version: whose record is there is said.
    let config = scene.read("plimsoll.api.toml");
    scene.repo.write("plimsoll.api.toml", config.replace("releases/api", "releases")).commit("one folder");
    scene.repo.annotated_tag("api-v2.1.0");
    let refused = scene.run("release api-v2.1.0 --local --config plimsoll.api.toml").expect_code(5);
    assert!(refused.stderr().contains(" = a record of: shop\n"), "{}", refused.stderr());
    scene.repo.write("plimsoll.api.toml", config).commit("a folder for each");
    scene.repo.git(["tag", "--force", "--annotate", "--message=again", "api-v2.1.0"]);
    scene.run("release api-v2.1.0 --local --config plimsoll.api.toml").expect_success();
    assert!(scene.has(".plimsoll/releases/api/v2.1.0-release-info.json"));
}

#[test]
fn without_workflows_the_tags_say_the_family_and_dockerfiles_the_images() {
    let scene = Scene::empty();
    scene.repo.remote("origin", "https://github.com/acme/shop.git");
    scene.repo.write("Dockerfile", "FROM scratch\nCOPY VERSION /\n").write("VERSION", "v1.1.0\n");
    scene.repo.commit("as it was");
    scene.repo.git(["tag", "release-1.0.0"]);
    let done = init(&scene, &[]);
    assert_eq!(done["images"], serde_json::json!(["shop"]), "{done:#}");
    assert!(done["left"].to_string().contains("git tags release-… is a guess"), "{done:#}");
    let text = scene.read("plimsoll.toml");
    for line in ["version = \"release-{version}\"", "{ file = \"VERSION\", pattern = \"v{version}\" }"] {
        assert!(text.contains(line), "{text}");
    }
    scene.run("check").expect_success();

    let several = Scene::empty();
    several.repo.remote("origin", "https://github.com/acme/shop.git");
    for name in ["api", "web"] {
        several.repo.write(&format!("{name}/Dockerfile"), "FROM scratch\nCOPY . /\n");
    }
    several.repo.commit("as it was");
    for tag in ["api/v1.0.0", "web/v1.0.0"] {
        several.repo.git(["tag", tag]);
    }
    let done = init(&several, &[]);
    assert!(done["left"].to_string().contains("nothing says which of them are releases"), "{done:#}");
    let done = init(&several, &["--config", "plimsoll.api.toml", "--tags", "api/v{version}"]);
    assert_eq!(done["images"], serde_json::json!(["api"]), "{done:#}");
    let text = several.read("plimsoll.api.toml");
    for line in ["directory = \"releases/api\"", "repository = \"ghcr.io/acme/shop-api\""] {
        assert!(text.contains(line), "{text}");
    }
}

#[test]
fn on_gitlab_each_family_has_jobs_of_its_own() {
    let scene = monorepo();
    scene.repo.git(["remote", "set-url", "origin", "https://gitlab.com/acme/shop.git"]);
    init(&scene, &[]);
    let done = init(&scene, &["--config", "plimsoll.api.toml", "--tags", "api-v{version}"]);
    assert!(done["next"].to_string().contains("- local: .gitlab/plimsoll-api.yml"), "{done:#}");
    let (one, other): (Value, Value) = (
        yaml_serde::from_str(&scene.read(".gitlab/plimsoll.yml")).unwrap(),
        yaml_serde::from_str(&scene.read(".gitlab/plimsoll-api.yml")).unwrap(),
    );
    let other = other.as_object().unwrap();
    for (name, job) in other {
        assert!(one.get(name).is_none(), "{name} is there twice");
        for named in [job["extends"].as_str(), job["needs"][0].as_str()].into_iter().flatten() {
            assert!(other.contains_key(named), "{name}: there is no {named}");
        }
    }
    assert_eq!(other["plimsoll-api-release"]["resource_group"], "plimsoll-api-release");
    assert_eq!(other[".plimsoll-api"]["variables"]["PLIMSOLL_CONFIG"], "plimsoll.api.toml");
}

#[test]
fn what_is_no_family_is_refused() {
    let scene = monorepo();
    for tags in ["v{version}-api", "{version}", "api", "-{version}"] {
        let refused = scene.plimsoll("init").arg(format!("--tags={tags}")).run().expect_code(2);
        assert!(refused.stderr().contains("is no family of git tags"), "{}", refused.stderr());
    }
}
