//! Charts of a project: what `check` and `plan` say of them, and what a release refuses.

use std::os::unix::fs::PermissionsExt as _;

use plimsoll_testkit::fault_registry::{FaultRegistry, Habits};
use plimsoll_testkit::process::Invocation;
use plimsoll_testkit::repo::Repo;

use crate::scene::{CONFIG, Scene};

const CHART: &str =
    "apiVersion: v2\nname: app\nversion: 0.1.0\nappVersion: none\nicon: https://example.org/a.png\n";
pub(crate) const VALUES: &str = "image: { digest: \"\" }\n";

/// A project with a chart, tagged v1.0.0.
pub(crate) fn yard(values: &str) -> Scene {
    let chart = "\n[[chart]]\npath = \"deploy/app\"\noci = \"oci://registry.example/charts\"\nimage = { \"image.digest\" = \"app.digest\" }\n";
    let scene = Scene::with_config(&format!("{CONFIG}{chart}"));
    scene.repo.write("deploy/app/Chart.yaml", CHART).write("deploy/app/values.yaml", values);
    scene.repo.write("deploy/app/values.schema.json", "{}\n");
    scene.repo.write("deploy/app/templates/a.yaml", "image: {{ .Values.image.digest }}\n");
    scene.repo.commit("chart");
    scene.repo.annotated_tag("v1.0.0");
    scene
}

/// A release into the local registry, with a `helm` that prints `manifests` whatever it is asked.
pub(crate) fn releasing(scene: &Scene, manifests: &str) -> Invocation {
    let folder = scene.environment().folder("helm-bin");
    let helm = folder.join("helm");
    std::fs::write(&helm, format!("#!/bin/sh\ncat <<'END'\n{manifests}\nEND\n")).unwrap();
    std::fs::set_permissions(&helm, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder).chain(std::env::split_paths(&path));
    let release = scene.plimsoll("release v1.0.0 --local --no-progress");
    release.set("PATH", std::env::join_paths(folders).unwrap())
}

#[test]
fn a_chart_that_installs_another_image_is_refused() {
    let scene = yard(VALUES);
    let refused =
        releasing(&scene, "kind: Pod\nspec: { containers: [ { image: \"registry.example/app:edge\" } ] }")
            .run();
    let refused = refused.expect_code(5);
    let want =
        "error[chart-image]: chart `app` installs `registry.example/app:edge`, and the release writes `";
    assert!(refused.stderr().contains(want), "{}", refused.stderr());
    assert!(refused.stderr().contains("nothing"), "{}", refused.stderr());
    let released = releasing(&scene, "kind: ConfigMap").run().expect_success();
    let tag = scene.run("whatis registry.example/charts/app:1.0.0 --local").expect_success();
    assert!(tag.stdout().contains("a version tag of chart app-chart"), "{}", tag.stdout());
    assert!(released.stdout().contains("oci://registry.example/charts/app"), "{}", released.stdout());
}

#[test]
fn check_packages_the_chart_as_a_release_would() {
    let scene = yard(VALUES);
    scene.run("check").expect_success();
    scene.run("check v1.0.0").expect_success();
    let broken = yard("image: { tag: \"\" }\n");
    for line in ["check", "check v1.0.0"] {
        assert_eq!(broken.error_of_check(line), "chart-invalid", "{line}");
    }
    let missing = yard(VALUES);
    missing.repo.git(["rm", "-rq", "deploy"]);
    assert_eq!(missing.error_of_check("check"), "file-missing");
}

/// Commits, tags v1.0.0 anew, and asks whether that is right, in the working directory and in the commit.
fn expect_right(scene: &Scene) {
    scene.repo.commit("again");
    scene.repo.git(["tag", "--force", "v1.0.0"]);
    scene.run("check").expect_success();
    scene.run("check v1.0.0").expect_success();
}

#[test]
fn links_of_a_chart_are_followed_and_what_it_ignores_may_lead_anywhere() {
    let scene = yard(VALUES);
    let folder = scene.repo.path().join("deploy/app");
    std::fs::rename(folder.join("values.yaml"), scene.repo.path().join("deploy/real.yaml")).unwrap();
    std::os::unix::fs::symlink("../real.yaml", folder.join("values.yaml")).unwrap();
    std::os::unix::fs::symlink("../../plimsoll.toml", folder.join("NOTES")).unwrap();
    scene.repo.write("deploy/app/.helmignore", "NOTES\nout\n");
    expect_right(&scene);
    // It leads out of the commit, and is no part of the chart.
    std::os::unix::fs::symlink("../../../elsewhere", folder.join("out")).unwrap();
    scene.repo.commit("out");
    scene.repo.git(["tag", "--force", "v1.0.0"]);
    scene.run("check v1.0.0").expect_success();
    scene.repo.write("deploy/app/.helmignore", "NOTES\n").commit("not ignored");
    scene.repo.git(["tag", "--force", "v1.0.0"]);
    let refused = scene.run("check v1.0.0");
    assert!(
        refused.stderr().contains("a symbolic link that leads out of the commit"),
        "{}",
        refused.stderr()
    );
}

/// `chart lint` and `chart package` take what `check` and releases take, and each says of a link what is wrong with it.
#[test]
fn links_of_a_chart_are_judged_alike_by_all_commands() {
    let scene = yard(VALUES);
    let folder = scene.repo.path().join("deploy/app");
    scene.repo.write("pieces/more.yaml", "kind: ConfigMap\n");
    std::os::unix::fs::symlink("../../pieces", folder.join("files")).unwrap();
    expect_right(&scene);
    scene.run("chart lint deploy/app").expect_success();
    scene.run("chart package deploy/app --output ../packed").expect_success();
    scene.environment().folder("outside");
    for target in ["../../../outside", "../../nowhere", "../app"] {
        std::fs::remove_file(folder.join("files")).unwrap();
        std::os::unix::fs::symlink(target, folder.join("files")).unwrap();
        scene.repo.write("deploy/app/.helmignore", "").commit(target);
        scene.repo.git(["tag", "--force", "v1.0.0"]);
        for line in ["check", "check v1.0.0", "chart lint deploy/app"] {
            let refused = scene.run(line);
            assert_eq!(refused.code(), Some(2), "{line}: {}", refused.stderr());
            for part in ["error[path-escape]", "deploy/app/files", "help: put ", ".helmignore"] {
                assert!(refused.stderr().contains(part), "{target}: {line}: {}", refused.stderr());
            }
        }
        scene.repo.write("deploy/app/.helmignore", "files\n");
        expect_right(&scene);
        scene.run("chart lint deploy/app").expect_success();
    }
}

#[test]
fn a_chart_may_be_the_whole_repository() {
    let scene = yard(VALUES);
    let config = scene.read("plimsoll.toml").replace("\"deploy/app\"", "\".\"\nname = \"app\"");
    scene.repo.write("plimsoll.toml", config);
    for file in ["Chart.yaml", "values.yaml", "values.schema.json", "templates"] {
        let from = scene.repo.path().join("deploy/app").join(file);
        std::fs::rename(from, scene.repo.path().join(file)).unwrap();
    }
    expect_right(&scene);
    let released = releasing(&scene, "kind: ConfigMap").run().expect_success();
    assert!(released.stdout().contains("oci://registry.example/charts/app"), "{}", released.stdout());
}

#[test]
fn a_plan_shows_the_chart_behind_the_images() {
    let scene = yard(VALUES);
    let plan = scene.json("plan v1.0.0");
    let steps: Vec<&str> =
        plan["steps"].as_array().unwrap().iter().map(|step| step["id"].as_str().unwrap()).collect();
    let at =
        |wanted: &str| steps.iter().position(|step| *step == wanted).unwrap_or_else(|| panic!("{steps:#?}"));
    assert!(at("assemble app") < at("chart app-chart"));
    let image = steps.iter().position(|step| step.starts_with("version-tag registry.example/app:")).unwrap();
    assert!(image < at("version-tag registry.example/charts/app:1.0.0"));
}

/// A project whose chart has numbers of its own, with tags.
fn numbered(tags: &[&str]) -> Scene {
    let scene = yard(VALUES);
    let config = scene.read("plimsoll.toml").replace("oci =", "version = \"independent\"\noci =");
    scene.repo.write("plimsoll.toml", config).commit("numbers");
    for tag in tags {
        scene.repo.annotated_tag(tag);
    }
    scene
}

impl Scene {
    /// Releases into the local registry; gives the chart's version, and that of what it installs.
    fn released_chart(&self, line: &str) -> (String, String) {
        let json = self.json(&format!("release {line} --local --no-progress"));
        let chart = &json["charts"][0];
        (chart["version"].as_str().unwrap().to_owned(), chart["app_version"].as_str().unwrap().to_owned())
    }
}

#[test]
fn a_chart_with_numbers_of_its_own_gets_the_next_one() {
    let scene = numbered(&["v1.1.0", "v1.2.0", "v1.3.0", "v1.4.0-rc.1"]);
    let pair = |number: &str, installs: &str| (number.to_owned(), installs.to_owned());
    assert_eq!(scene.released_chart("v1.1.0"), pair("0.1.0", "1.1.0"));
    assert_eq!(scene.released_chart("v1.2.0"), pair("0.1.1", "1.2.0"));
    assert_eq!(scene.released_chart("v1.3.0 --chart-bump minor"), pair("0.2.0", "1.3.0"));
    // What has a number keeps it.
    assert_eq!(scene.released_chart("v1.2.0 --chart-bump major"), pair("0.1.1", "1.2.0"));
    let found = scene.json("whatis registry.example/charts/app:0.2.0 --local");
    assert_eq!(found["matches"][0]["version"], "1.3.0", "{found:#}");
    let list = scene.json("list --local");
    assert_eq!(list["releases"][0]["charts"][0]["version"], "0.2.0", "{list:#}");
    assert!(scene.run("list --local").expect_success().stdout().contains("  app 0.1.1\n"));
    let info = scene.json("info v1.2.0 --local");
    assert_eq!(info["charts"][0]["version"], "0.1.1", "{info:#}");
    scene.run("verify v1.2.0 --local").expect_success();
}

#[test]
fn a_plan_says_that_the_number_is_not_known_yet() {
    let scene = numbered(&["v1.1.0"]);
    let plan = scene.json("plan v1.1.0");
    let skipped = plan["skipped"].to_string();
    let want = "its number is reserved when it is released; then it gets `oci://registry.example/charts/app:{version}`";
    assert!(skipped.contains(want), "{plan:#}");
    assert_eq!(scene.released_chart("v1.1.0").0, "0.1.0");
    let seen = scene.json("plan v1.1.0 --online --local");
    let steps = seen["steps"].to_string();
    assert!(steps.contains("version-tag registry.example/charts/app:0.1.0"), "{seen:#}");
}

#[test]
fn a_chart_that_declares_no_version_has_no_numbers() {
    for declared in ["v0.1.0", "0.1", "\"\""] {
        let scene = numbered(&[]);
        let chart =
            scene.read("deploy/app/Chart.yaml").replace("version: 0.1.0", &format!("version: {declared}"));
        scene.repo.write("deploy/app/Chart.yaml", chart).commit("declared");
        assert_eq!(scene.error_of_check("check"), "chart-invalid", "{declared}");
    }
}

impl Scene {
    /// The code of the first problem that `check` finds.
    fn error_of_check(&self, line: &str) -> String {
        let json = self.json(line);
        let problems = json["problems"].as_array().unwrap_or_else(|| panic!("{json:#}"));
        let errors = problems.iter().find(|problem| problem["severity"] == "error");
        errors.unwrap_or_else(|| panic!("{json:#}"))["code"].as_str().unwrap().to_owned()
    }
}

#[test]
fn a_sealed_gate_has_the_package() {
    let scene = yard(VALUES);
    let config = scene.read("plimsoll.toml");
    let gate = "tar xzOf $PLIMSOLL_CHART_APP_CHART app/values.yaml > $OUT";
    let gates = format!("{config}\n[gates]\nsealed = [\"{gate}\"]\nenvironment = [\"OUT\"]\n");
    scene.repo.write("plimsoll.toml", gates).commit("gates");
    scene.repo.git(["tag", "--force", "--annotate", "--message=v1.0.0", "v1.0.0"]);
    let out = scene.environment().root().join("values.yaml");
    releasing(&scene, "kind: ConfigMap").set("OUT", &out).run().expect_success();
    let digest = scene.json("images v1.0.0 --local")["images"][0]["digest"].as_str().unwrap().to_owned();
    let values = std::fs::read_to_string(&out).unwrap();
    assert!(values.contains(&digest), "{values}");
}

/// The same project with git tags of the chart's own, whose releases stay on this machine.
fn with_own_tags() -> Scene {
    let scene = numbered(&["v1.1.0"]);
    let config = scene.read("plimsoll.toml");
    let config =
        config.replace("version = \"independent\"", "version = \"independent\"\ngit-tag = \"app-{version}\"");
    scene.repo.write("plimsoll.toml", format!("registry = \"local\"\n{config}")).commit("own tags");
    scene
}

#[test]
fn a_tag_of_the_charts_own_is_planned_and_rehearsed() {
    let scene = with_own_tags();
    for line in ["plan app-0.4.0", "plan app-0.4.0 --local"] {
        let plan = scene.json(line);
        assert_eq!(
            (&plan["component"], &plan["version"]),
            (&"app-chart".into(), &"0.4.0".into()),
            "{plan:#}"
        );
        let steps = plan["steps"].to_string();
        assert!(steps.contains("chart app-chart") && !steps.contains("assemble"), "{line}: {plan:#}");
    }
    // It installs what was released, and nothing was.
    assert_eq!(scene.error("rehearse app-0.4.0").0, "unknown-release");
    scene.repo.annotated_tag("v1.2.0");
    scene.run("release v1.2.0").expect_success();
    let rehearsed = scene.json("rehearse app-0.4.0");
    assert_eq!(rehearsed["status"], "rehearsed", "{rehearsed:#}");
    let chart = &rehearsed["charts"][0];
    assert_eq!(
        (&chart["version"], &chart["app_version"]),
        (&"0.4.0".into(), &"1.2.0".into()),
        "{rehearsed:#}"
    );
    // Nothing of it was kept.
    assert_eq!(scene.json("list")["releases"].as_array().unwrap().len(), 1);
}

#[test]
fn a_chart_by_itself_on_this_machine_is_listed_too() {
    let scene = with_own_tags();
    let config = scene.read("plimsoll.toml");
    scene.repo.write("plimsoll.toml", config.replace("git-tag", "render = \"if-present\"\ngit-tag"));
    scene.repo.commit("without helm");
    // A tag of the same version as the images': each has a record.
    for tag in ["v1.2.0", "app-1.2.0"] {
        scene.repo.annotated_tag(tag);
        scene.run(&format!("release {tag}")).expect_success();
    }
    let list = scene.json("list");
    assert_eq!(list["releases"].as_array().map(Vec::len), Some(1), "{list:#}");
    assert_eq!(list["charts"][0]["latest"], "1.2.0", "{list:#}");
    let records = scene.json("info app-1.2.0");
    let digest = records["charts"][0]["digest"].as_str().unwrap_or_else(|| panic!("{records:#}"));
    let whatis = scene.run(&format!("whatis {digest}")).expect_success();
    assert!(whatis.stdout().contains("app-1.2.0"), "{}", whatis.stdout());
    assert!(scene.has(".plimsoll/releases/app-chart/v1.2.0-release-info.json"));
    scene.run("verify app-1.2.0").expect_success();
    let audit = scene.json("audit");
    let chart = &audit["charts"][0];
    assert_eq!(
        (&chart["releases"][0]["tag"], &audit["verdict"]),
        (&"app-1.2.0".into(), &"ok".into()),
        "{audit:#}"
    );
    scene.repo.remove(".plimsoll/releases/app-chart/v1.2.0-release-info.json");
    let lost = scene.run("audit").expect_code(7);
    assert!(lost.stdout().contains("\nchart app-chart\nVERSION"), "{}", lost.stdout());
    let rebuilt = scene.json("ledger rebuild");
    assert_eq!(rebuilt["written"][0], "app-chart/v1.2.0-release-info.json", "{rebuilt:#}");
    scene.run("audit").expect_success();
    // Nobody made the tag of the chart that the images brought.
    assert_eq!(scene.repo.git(["tag", "--list", "app-*"]).trim(), "app-1.2.0");
}

#[test]
fn a_chart_by_itself_is_listed_and_has_pages() {
    let registry = FaultRegistry::start(Habits::default());
    let scene = with_own_tags();
    let config = scene.read("plimsoll.toml").replace("registry = \"local\"\n", "");
    let config = config.replace("registry.example", &registry.address());
    scene.repo.write("plimsoll.toml", config.replace("git-tag", "render = \"if-present\"\ngit-tag"));
    scene.repo.commit("elsewhere");
    let remote = Repo::bare(scene.environment(), "origin.git");
    scene.repo.remote("origin", &remote.url());
    for tag in ["v1.2.0", "app-0.4.0"] {
        scene.repo.annotated_tag(tag);
        scene.repo.push("origin", ["main", tag]);
        scene.run(&format!("release {tag}")).expect_success();
    }
    let list = scene.json("list");
    assert_eq!(list["releases"].as_array().map(Vec::len), Some(1), "{list:#}");
    let chart = &list["charts"][0];
    assert_eq!((&chart["component"], &chart["latest"]), (&"app-chart".into(), &"0.4.0".into()), "{list:#}");
    assert_eq!(chart["releases"][0]["tag"], "app-0.4.0", "{list:#}");
    let shown = scene.run("list").expect_success();
    assert!(shown.stdout().contains("\nchart app-chart\nVERSION"), "{}", shown.stdout());
    let audit = scene.json("audit");
    assert_eq!(
        (&audit["verdict"], &audit["charts"][0]["verdict"]),
        (&"ok".into(), &"ok".into()),
        "{audit:#}"
    );
    scene.run("site").expect_success();
    let index = scene.read("site/index.html");
    assert!(index.contains("<a href=\"releases/app-0.4.0.html\">app-0.4.0</a>"), "{index}");
    assert!(index.contains("--version 0.4.0") && index.matches("helm pull").count() == 1, "{index}");
    assert!(scene.has("site/releases/app-0.4.0.html"));
}

#[test]
fn a_value_that_users_must_set_stops_no_release() {
    let scene = yard("image: { digest: \"\" }\npolicy:\n");
    let schema = "{ \"required\": [\"zone\"], \"properties\": { \"policy\": { \"type\": \"string\" } } }";
    scene.repo.write("deploy/app/values.schema.json", schema).commit("schema");
    let check = scene.run("check").expect_success();
    for want in
        ["warning[chart-lint]: `/policy`: users must set it", "users must set it, or Helm refuses: \"zone\""]
    {
        assert!(check.stderr().contains(want), "{}", check.stderr());
    }
    scene.run("rehearse v1.1.0").expect_success();
    // A default that is wrong is the chart's own fault.
    scene.repo.write("deploy/app/values.yaml", "image: { digest: \"\" }\npolicy: 1\n").commit("wrong");
    assert_eq!(scene.error_of_check("check"), "chart-lint");
}
