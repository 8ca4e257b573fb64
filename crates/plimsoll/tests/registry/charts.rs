//! Charts that are released with images: Helm finds them, and they name what was released.

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::process::Output;
use plimsoll_testkit::registry::{Access, Flavor, Registry};
use plimsoll_testkit::tools::{self, Tool};
use serde_json::Value;

use crate::chart_truth::with_helm;
use crate::machine::{Machine, expect_error, json};
use crate::project::{Fleet, Inputs, Project};

const CHART: &str = "\
# The harbour.
apiVersion: v2
name: harbour   # as everywhere
version: 0.0.1
appVersion: \"none\"
icon: https://example.org/harbour.png
";
const VALUES: &str = "\
# Written by the release.
image: {repository: \"\", tag: \"\", digest: \"\"}   # app
tool:
  image: 'none'
";
const POD: &str = "\
apiVersion: v1
kind: Pod
metadata: { name: harbour, labels: { version: {{ .Chart.AppVersion | quote }} } }
spec:
  containers:
  - { name: app, image: \"{{ .Values.image.repository }}:{{ .Values.image.tag }}@{{ .Values.image.digest }}\" }
  - { name: tool, image: \"{{ .Values.tool.image }}\" }
";

/// A project whose chart goes to the same registry as its images, and is rendered if there is a Helm.
fn lenient(registry: &str, inputs: Inputs) -> Project {
    project(registry, inputs, "if-present")
}

/// A project whose chart goes to the same registry as its images. `render` says whether Helm must be there.
pub(crate) fn project(registry: &str, inputs: Inputs, render: &str) -> Project {
    project_with(registry, inputs, render, "", "")
}

/// The same, with further keys of the chart's table, and further tables.
pub(crate) fn project_with(registry: &str, inputs: Inputs, render: &str, keys: &str, tail: &str) -> Project {
    let keys = format!("oci = \"oci://{registry}/charts\"\nrender = \"{render}\"\n{keys}");
    project_of(Fleet::at(registry), inputs, &keys, tail)
}

/// The same, with all keys of the chart's table but its path and its images.
pub(crate) fn project_of(fleet: Fleet, inputs: Inputs, keys: &str, tail: &str) -> Project {
    let chart = format!(
        r#"[[chart]]
path = "deploy/harbour"
{keys}[chart.image]
"image.repository" = "app.repository"
"image.tag" = "app.tag"
"image.digest" = "app.digest"
"tool.image" = "tool.reference"
{tail}"#
    );
    let project = Project::new(&fleet.with_tail(&chart).render(), inputs);
    let author = project.author();
    author.write("deploy/harbour/Chart.yaml", CHART).write("deploy/harbour/values.yaml", VALUES);
    author.write("deploy/harbour/templates/pod.yaml", POD);
    author.write("deploy/harbour/.helmignore", "*.bak\n").write("deploy/harbour/notes.bak", "old\n");
    project
}

/// A Helm on a machine, and the registry that it asks.
struct Helm<'a> {
    tool: Tool,
    machine: &'a Machine,
    registry: String,
}

impl Helm<'_> {
    /// Runs a line; `CHART` stands for the chart's address.
    #[track_caller]
    fn run(&self, line: &str) -> Output {
        let chart = format!("oci://{}/charts/harbour", self.registry);
        let words = line.split(' ').map(|word| word.replace("CHART", &chart));
        let helm = self.tool.command(&self.machine.environment).in_folder(self.machine.environment.home());
        helm.args(words).run().expect_success()
    }
}

fn image<'a>(images: &'a Value, name: &str) -> &'a Value {
    let images = images["images"].as_array().expect("images are a list");
    images.iter().find(|image| image["name"] == name).expect("the image is there")
}

#[test]
fn helm_installs_what_was_released() {
    for helm in ["helm3", "helm4"] {
        let Some(tool) = tools::require(helm) else { continue };
        for flavor in [Flavor::Plimsoll, Flavor::Distribution3] {
            let Some(registry) = Registry::start(&Environment::new(), flavor, Access::Anonymous) else {
                continue;
            };
            let project = project(&registry.address(), Inputs::Committed, "required");
            project.tag("1.0.0");
            let machine = project.machine();
            let released = with_helm(machine.releasing("1.0.0"), &machine, &tool).run();
            let released = json(&released.expect_success());
            let chart = &released["charts"][0];
            assert_eq!((&chart["name"], &chart["version"]), (&"harbour".into(), &"1.0.0".into()));
            assert_eq!(chart["app_version"], "1.0.0");

            let helm = Helm { tool: tool.clone(), machine: &machine, registry: registry.address() };
            let plain = "--version 1.0.0 --plain-http";
            let shown = helm.run(&format!("show chart CHART {plain}"));
            assert!(shown.stdout().contains("appVersion: 1.0.0"), "{}", shown.stdout());
            let images = machine.images("1.0.0");
            let (app, tool) = (image(&images, "app"), image(&images, "tool"));
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let (digest, place) = (text(&app["digest"]), text(&app["repository"]));
            let rendered = helm.run(&format!("template x CHART {plain}")).stdout().to_owned();
            assert!(rendered.contains(&format!("{place}:1.0.0@{digest}")), "{rendered}");
            let tool = format!("{}:1.0.0@{}", text(&tool["repository"]), text(&tool["digest"]));
            assert!(rendered.contains(&tool), "{rendered}");
            helm.run(&format!("pull CHART {plain} --untar"));
            let folder = machine.environment.home();
            let read = |path: &str| std::fs::read_to_string(folder.join("harbour").join(path)).unwrap();
            assert_eq!(read("Chart.yaml"), CHART.replace("0.0.1", "1.0.0").replace("none", "1.0.0"));
            assert!(read("values.yaml").starts_with("# Written by the release.\nimage: {repository: \""));
            assert!(!folder.join("harbour/notes.bak").exists());
            helm.run("lint --strict harbour");

            // It is content by its digest, as an image is.
            let by_digest =
                format!("pull CHART@{} --plain-http --destination by-digest", text(&chart["digest"]));
            std::fs::create_dir_all(folder.join("by-digest")).unwrap();
            helm.run(&by_digest);
        }
    }
}

#[test]
fn what_was_released_is_found_again_and_not_packaged_anew() {
    let registry = Registry::start(&Environment::new(), Flavor::Plimsoll, Access::Anonymous).unwrap();
    let project = lenient(&registry.address(), Inputs::Built);
    project.tag("1.0.0");
    let first = project.machine();
    first.build("first");
    let released = json(&first.release("1.0.0").expect_success());
    let other = project.machine();
    other.build("other");
    let again = json(&other.release("1.0.0").expect_success());
    assert_eq!(again["status"], "finished", "the record is written here, and nothing else");
    assert_eq!((&again["charts"], &again["record"]), (&released["charts"], &released["record"]));
    assert_eq!(json(&other.release("1.0.0").expect_success())["status"], "already-released");

    let chart = &released["charts"][0];
    let info = json(&other.ask(["info", "v1.0.0"]).run().expect_success());
    assert_eq!(&info["charts"], &released["charts"]);
    let place = format!("{}/charts/harbour", registry.address());
    assert_eq!((&chart["repository"], &chart["tag"]), (&place.as_str().into(), &"1.0.0".into()));
    let tag = format!("{place}:1.0.0");
    let clues = [
        (chart["digest"].as_str().unwrap(), "chart"),
        (chart["package_digest"].as_str().unwrap(), "file"),
        (tag.as_str(), "version-tag"),
    ];
    for (clue, thing) in clues {
        let found = json(&other.ask(["whatis", clue]).run().expect_success());
        assert_eq!(found["matches"][0]["thing"], thing, "{found:#}");
        assert_eq!(found["matches"][0]["version"], "1.0.0");
    }
    let verified = other.ask(["verify", "v1.0.0"]).run().expect_success();
    assert!(verified.stdout().contains(&format!("version-tag {tag}")), "{}", verified.stdout());
    assert!(verified.stdout().contains(&format!("content {place}@sha256:")), "{}", verified.stdout());
}

#[test]
fn a_version_of_somebody_else_s_is_refused_before_anything_is_made() {
    let registry = Registry::start(&Environment::new(), Flavor::Plimsoll, Access::Anonymous).unwrap();
    let project = lenient(&registry.address(), Inputs::Committed);
    project.tag("1.0.0");
    let machine = project.machine();
    let line = ["chart", "package", "deploy/harbour", "--version", "1.0.0", "--destination", "dist"];
    machine.plimsoll(line).run().expect_success();
    let namespace = format!("{}/charts", registry.address());
    machine.plimsoll(["chart", "publish", "dist/harbour-1.0.0.tgz", &namespace]).run().expect_success();
    machine.clone.git(["clean", "--quiet", "-fd"]);
    let refused = expect_error(machine.release("1.0.0"), 5, "tag-taken");
    assert!(refused.stderr().contains("charts/harbour:1.0.0"), "{}", refused.stderr());
    let planned = json(&machine.ask(["plan", "v1.0.0", "--online"]).run());
    let taken =
        planned["steps"].as_array().unwrap().iter().find(|step| step["verdict"]["verdict"] == "refused");
    assert!(taken.is_some_and(|step| step["id"].as_str().unwrap().contains("charts/harbour")), "{planned:#}");
}

#[test]
fn two_releases_of_a_chart_are_compared_file_by_file() {
    let registry = Registry::start(&Environment::new(), Flavor::Plimsoll, Access::Anonymous).unwrap();
    let project = lenient(&registry.address(), Inputs::Committed);
    for version in ["1.0.0", "1.1.0"] {
        project.tag(version);
        project.machine().release(version).expect_success();
    }
    let machine = project.machine();
    let difference = json(&machine.ask(["diff", "v1.0.0", "v1.1.0"]).run().expect_success());
    let chart = &difference["charts"]["changed"][0];
    assert_eq!((&chart["name"], &chart["version"]["to"]), (&"harbour".into(), &"1.1.0".into()));
    let files: Vec<&String> = chart["files"].as_object().unwrap().keys().collect();
    assert_eq!(files, ["Chart.yaml", "values.yaml"]);
    let lines = chart["files"]["values.yaml"].as_array().unwrap();
    assert!(lines.iter().any(|line| line["new"].as_str().is_some_and(|line| line.contains("1.1.0@sha256:"))));
    let shown = machine.plimsoll(["diff", "v1.0.0", "v1.1.0"]).run().expect_success();
    assert!(shown.stdout().contains("chart harbour  1.0.0 → 1.1.0"), "{}", shown.stdout());
}

/// A project whose chart has numbers and git tags of its own.
fn numbered(registry: &str) -> Project {
    let own = "version = \"independent\"\ngit-tag = \"harbour-chart-{version}\"\nimage = { \"image.digest\" = \"app.digest\" }";
    let chart = format!(
        "[[chart]]\npath = \"deploy/harbour\"\noci = \"oci://{registry}/charts\"\nrender = \"if-present\"\n{own}\n"
    );
    let project = Project::new(&Fleet::at(registry).with_tail(&chart).render(), Inputs::Built);
    let author = project.author();
    author.write("deploy/harbour/Chart.yaml", CHART);
    author.write("deploy/harbour/values.yaml", "image: { digest: \"\" }\n");
    author.write("deploy/harbour/templates/pod.yaml", "image: x@{{ .Values.image.digest }}\n");
    project
}

#[test]
fn two_machines_release_two_versions_with_two_numbers() {
    for flavor in [Flavor::Plimsoll, Flavor::Distribution3] {
        let Some(registry) = Registry::start(&Environment::new(), flavor, Access::Anonymous) else {
            continue;
        };
        let project = numbered(&registry.address());
        let versions = ["1.0.0", "1.1.0", "1.2.0"];
        for version in versions {
            project.tag(version);
        }
        let machine = |version: &str, word: &str| {
            let machine = project.machine();
            machine.build(word);
            machine.clone.git(["checkout", "--quiet", &format!("v{version}")]);
            machine
        };
        let number = |released: &Output| json(released)["charts"][0]["version"].as_str().unwrap().to_owned();
        let machines = versions.map(|version| (machine(version, version), version));
        let released: Vec<Output> = std::thread::scope(|scope| {
            let runs = machines.each_ref().map(|(machine, version)| {
                let release = machine.releasing(version);
                scope.spawn(move || release.run().expect_success())
            });
            runs.into_iter().map(|run| run.join().unwrap()).collect()
        });
        let mut numbers: Vec<String> = released.iter().map(number).collect();
        // Elsewhere, again: nothing is computed twice.
        let again: Vec<String> = versions
            .iter()
            .map(|version| number(&machine(version, "again").release(version).expect_success()))
            .collect();
        assert_eq!(again, numbers);
        for (version, number) in versions.iter().zip(&numbers) {
            let commit = |tag: &str| project.remote().git(["rev-parse", &format!("{tag}^{{commit}}")]);
            let own = commit(&format!("refs/tags/harbour-chart-{number}"));
            assert_eq!(own, commit(&format!("refs/tags/v{version}")));
        }
        numbers.sort();
        assert_eq!(numbers, ["0.0.1", "0.0.2", "0.0.3"]);
    }
}
