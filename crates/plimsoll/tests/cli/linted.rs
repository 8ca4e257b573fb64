//! Workflows of `init` as judges of workflows see them, for every combination of options.

use plimsoll_testkit::tools;

use crate::init::{DOCKERFILE, at_home, initialised};
use crate::scene::CONFIG;

/// A build with a cache of GitHub's, and an environment that follows releases.
const CACHED: &str = "[project]\nname = \"app\"\n[[image]]\nname = \"app\"\nrepository = \"ghcr.io/acme/app\"\nplatforms = [\"linux/amd64\", \"linux/arm64\"]\ndockerfile = \"Dockerfile\"\nsecrets = { npm = \"env:NPM_TOKEN\" }\ncache-from = [\"type=gha\"]\ntags.\"branch:main\" = [\"main\"]\ntags.pull-request = [\"pr-{number}\"]\ntags.release = [\"{version}\"]\n[[deployment]]\nenvironment = \"production\"\n";

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
                let tags = "tags.\"branch:main\" = [\"main\"]\ntags.pull-request = [\"pr-{number}\"]\ntags.release = [\"{version}\"]\n";
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
                            config.replace("[image.assemble]", &format!("{tags}[image.assemble]"))
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
