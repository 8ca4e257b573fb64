//! Workflows of `init` as judges of workflows see them, for every combination of options.

use plimsoll_testkit::tools;

use crate::init::{DOCKERFILE, at_home, initialised};
use crate::scene::CONFIG;

/// A build with a cache of GitHub's, and an environment that follows releases.
const CACHED: &str = "[project]\nname = \"app\"\n[[image]]\nname = \"app\"\nrepository = \"ghcr.io/acme/app\"\nplatforms = [\"linux/amd64\", \"linux/arm64\"]\ndockerfile = \"Dockerfile\"\nsecrets = { npm = \"env:NPM_TOKEN\" }\ncache-from = [\"type=gha\"]\ntags.\"branch:main\" = [\"main\"]\ntags.pull-request = [\"pr-{number}\"]\ntags.release = [\"{version}\"]\n[[deployment]]\nenvironment = \"production\"\n";

const TAGS: &str = "tags.\"branch:main\" = [\"main\"]\ntags.pull-request = [\"pr-{number}\"]\ntags.release = [\"{version}\"]\n";

/// Configurations that differ in what they need of a CI system.
const SHAPES: [&str; 4] = [
    "",
    CACHED,
    "FROM scratch\n",
    "[[chart]]\npath = \"chart\"\noci = \"oci://ghcr.io/acme/charts\"\nversion = \"independent\"\ngit-tag = \"app-chart-{version}\"\n[signing]\nkeyless = true\nsigning-config = \"signing.json\"\ntrusted-root = \"root.json\"\n",
];

#[test]
fn workflows_please_actionlint_and_zizmor_in_every_combination() {
    let (Some(actionlint), Some(zizmor)) = (tools::require("actionlint"), tools::require("zizmor")) else {
        return;
    };
    let mut count = 0;
    for shape in SHAPES {
        for on in ["tag", "release"] {
            for rest in [
                "--actions pinned",
                "--actions pinned --arm64 emulated",
                "--actions none",
                "--workflows forgejo",
            ] {
                let scene = at_home("github.com");
                let config = CONFIG.replace("registry.example/app", "ghcr.io/acme/app");
                let logins =
                    "[registries.\"docker.io\"]\nusername = \"acme\"\npassword = \"env:HUB_TOKEN\"\n";
                match shape {
                    "" => scene.repo.write("plimsoll.toml", config),
                    CACHED => scene.repo.write("plimsoll.toml", CACHED).write("Dockerfile", DOCKERFILE),
                    "FROM scratch\n" => scene.repo.write("Dockerfile", DOCKERFILE),
                    more => scene.repo.write(
                        "plimsoll.toml",
                        format!(
                            "{}{logins}{more}",
                            config.replace("[image.assemble]", &format!("{TAGS}[image.assemble]"))
                        ),
                    ),
                };
                scene.repo.write("app", "").commit("first");
                initialised(&scene, &format!("--on {on} {rest}"));
                let folder =
                    if rest.contains("forgejo") { ".forgejo/workflows" } else { ".github/workflows" };
                let files: Vec<String> =
                    scene.files(folder).iter().map(|file| file.display().to_string()).collect();
                assert!(files.len() >= 4, "{files:?}");
                let has_charts = files.iter().any(|file| file.ends_with("plimsoll-chart.yml"));
                assert_eq!(has_charts, shape.contains("[[chart]]"), "{files:?}");
                if !rest.contains("forgejo") {
                    let judged = actionlint
                        .command(scene.environment())
                        .in_folder(scene.repo.path())
                        .args(&files)
                        .run();
                    judged.expect_success();
                }
                let pedantic = ["--offline", "--no-progress", "--persona", "pedantic"];
                zizmor.command(scene.environment()).args(pedantic).args(&files).run().expect_success();
                count += files.len();
            }
        }
    }
    assert!(count > 120, "{count}");
}

/// What tells rules apart: a tag, a branch, a merge request, the clock, a person.
const PIPELINES: [&[&str]; 5] = [
    &["CI_COMMIT_TAG=v1.0.0", "CI_PIPELINE_SOURCE=push"],
    &["CI_COMMIT_BRANCH=main", "CI_PIPELINE_SOURCE=push"],
    &["CI_MERGE_REQUEST_IID=5", "CI_PIPELINE_SOURCE=merge_request_event"],
    &["CI_PIPELINE_SOURCE=schedule"],
    &["CI_PIPELINE_SOURCE=web", "PLIMSOLL_ACT=yank", "PLIMSOLL_TAG=v1.0.0"],
];

const TRUST: &str =
    "[[trust]]\nissuer = \"https://gitlab.com\"\nrepository = \"https://gitlab.com/acme/app\"\n";

#[test]
fn pipelines_please_gitlabs_schema_for_every_shape() {
    let Some(runner) = tools::require("gitlab-ci-local") else { return };
    for shape in SHAPES.into_iter().filter(|shape| !shape.starts_with("FROM")) {
        let scene = at_home("gitlab.com");
        let config = CONFIG.replace("registry.example/app", "registry.gitlab.com/acme/app");
        let config = match shape {
            CACHED => CACHED.replace("type=gha", "type=registry,ref=registry.gitlab.com/acme/app/cache"),
            more => config.replace("[image.assemble]", &format!("{TAGS}[image.assemble]")) + more + TRUST,
        };
        scene.repo.write("plimsoll.toml", config).write("Dockerfile", DOCKERFILE);
        scene.repo.write("app", "").commit("first");
        let written = initialised(&scene, "--workflows gitlab");
        assert_eq!(written.get("error"), None, "{shape}: {written:#}");
        scene.repo.commit("ci: release with Plimsoll");
        for variables in PIPELINES {
            let mut command = runner.command(scene.environment()).in_folder(scene.repo.path());
            command = command.args(["--list-json"]);
            for variable in variables {
                command = command.args(["--variable", variable]);
            }
            let listed = command.run().expect_success();
            // It warns before it answers.
            let warned = listed.stdout().find("[\n").unwrap();
            let jobs: serde_json::Value = serde_json::from_str(&listed.stdout()[warned..]).unwrap();
            let is_on = |job: &&serde_json::Value| job["when"] != "never";
            let on = jobs.as_array().unwrap().iter().filter(is_on).count();
            assert!(on > 0, "{shape}: nothing follows {variables:?}: {jobs:#}");
        }
    }
}
