//! Content that something else made: it is released as it is, byte for byte.

use std::fs;

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::registry::{Access, Flavor, Registry};
use plimsoll_testkit::tools::{self, Tool};
use serde_json::Value;

use crate::machine::{Machine, expect_error};
use crate::observer::Observer;
use crate::project::{Inputs, NAME, Project};

/// A registry in which an index of two platforms lies that crane has made.
struct Scene {
    environment: Environment,
    registry: Registry,
    observer: Observer,
    upstream: String,
    /// The digest of the index.
    index: String,
    skopeo: Tool,
}

fn scene() -> Option<Scene> {
    let [crane, skopeo] = tools::require_all(["crane", "skopeo"])?;
    let environment = Environment::new();
    let registry = Registry::start(&environment, Flavor::Distribution3, Access::Anonymous)?;
    let upstream = format!("{}/upstream/base", registry.address());
    let crane = |arguments: &[&str]| crane.command(&environment).args(arguments).run().expect_success();
    let mut append = vec!["index".to_owned(), "append".to_owned()];
    for architecture in ["amd64", "arm64"] {
        let image = format!("{upstream}:{architecture}");
        fs::write(environment.root().join("layer.tar"), [0; 1024]).expect("a file can be written");
        crane(&["append", "--oci-empty-base", "-f", "layer.tar", "-t", &image]);
        let platform = format!("linux/{architecture}");
        crane(&["mutate", "--set-platform", &platform, "-l", "made.by=crane", &image, "-t", &image]);
        append.extend(["-m".to_owned(), image]);
    }
    append.extend(["-t".to_owned(), format!("{upstream}:index")]);
    crane(&append.iter().map(String::as_str).collect::<Vec<_>>());
    let observer = Observer::at(&registry.address());
    let index = observer.resolve(&upstream, "index").expect("crane has pushed it");
    Some(Scene { environment, observer, upstream, index, skopeo, registry })
}

impl Scene {
    fn repository(&self) -> String {
        format!("{}/{NAME}/app", self.registry.address())
    }

    /// A project that releases what `import` says, as a line of the configuration.
    fn project(&self, import: &str, platforms: &str) -> Project {
        let text = format!(
            "[project]\nname = \"{NAME}\"\n[[image]]\nrepository = \"{}\"\nplatforms = [{platforms}]\nimport = {{ {import} }}\n",
            self.repository()
        );
        let project = Project::new(&text, Inputs::Built);
        project.tag("1.0.0");
        project
    }

    /// Copies the index, or one image of it, with skopeo.
    fn copy(&self, options: &[&str], tag: &str, to: &str) {
        let copy = self.skopeo.command(&self.environment).arg("copy").args(options);
        let copy = copy.args(["--src-tls-verify=false", "--dest-tls-verify=false"]);
        copy.arg(format!("docker://{}:{tag}", self.upstream)).arg(to).run().expect_success();
    }

    /// Makes a layout of the index on a machine. Skopeo writes the index anew; gives the digest that it has then.
    fn layout(&self, machine: &Machine) -> String {
        let folder = machine.clone.path().join("dist/image");
        fs::create_dir_all(machine.clone.path().join("dist")).expect("a folder can be made");
        self.copy(&["--all"], "index", &format!("oci:{}:built", folder.display()));
        let index = fs::read(folder.join("index.json")).expect("a layout has an index");
        let index: Value = serde_json::from_slice(&index).expect("it is JSON");
        index["manifests"][0]["digest"].as_str().expect("it lists one image").to_owned()
    }

    /// What was released is this index, byte for byte.
    #[track_caller]
    fn expect_released(&self, machine: &Machine, index: &str) {
        let images = machine.images("1.0.0");
        assert_eq!(images["images"][0]["digest"], index, "{images:#}");
        let repository = self.repository();
        assert_eq!(self.observer.resolve(&repository, "1.0.0").as_deref(), Some(index));
        assert_eq!(self.observer.find_missing(&repository, index), None);
        assert_eq!(images["images"][0]["labels"]["made.by"], "crane");
        machine.ask(["verify", "v1.0.0"]).run().expect_success();
    }
}

const BOTH: &str = "\"linux/amd64\", \"linux/arm64\"";

#[test]
fn an_index_that_lies_in_a_registry_is_released_as_it_is() {
    let Some(scene) = scene() else { return };
    let project = scene.project(&format!("image = \"{}@{}\"", scene.upstream, scene.index), BOTH);
    let machine = project.machine();
    machine.release("1.0.0").expect_success();
    scene.expect_released(&machine, &scene.index);
}

#[test]
fn an_index_in_a_layout_that_skopeo_made_is_released_as_it_is() {
    let Some(scene) = scene() else { return };
    let project = scene.project("layout = \"dist/image\"", BOTH);
    let machine = project.machine();
    let index = scene.layout(&machine);
    machine.release("1.0.0").expect_success();
    scene.expect_released(&machine, &index);
}

#[test]
fn an_index_in_an_archive_that_skopeo_made_is_released_as_it_is() {
    let Some(scene) = scene() else { return };
    let project = scene.project("archive = \"dist/image.tar\"", BOTH);
    let machine = project.machine();
    let index = scene.layout(&machine);
    let folder = machine.clone.path().join("dist");
    let copy = scene.skopeo.command(&scene.environment).args(["copy", "--all"]);
    let copy = copy.arg(format!("oci:{}/image:built", folder.display()));
    copy.arg(format!("oci-archive:{}/image.tar:built", folder.display())).run().expect_success();
    machine.release("1.0.0").expect_success();
    scene.expect_released(&machine, &index);
}

#[test]
fn what_docker_save_writes_is_released_with_its_config_as_it_is() {
    let Some(scene) = scene() else { return };
    let project = scene.project("archive = \"dist/image.tar\"", "\"linux/arm64\"");
    let machine = project.machine();
    fs::create_dir_all(machine.clone.path().join("dist")).expect("a folder can be made");
    let archive =
        format!("docker-archive:{}/dist/image.tar:example/app:built", machine.clone.path().display());
    scene.copy(&[], "arm64", &archive);
    machine.release("1.0.0").expect_success();
    let config = |repository: &str, reference: &str| {
        let manifest = scene.observer.manifest(repository, reference).expect("it is there");
        let manifest: Value = serde_json::from_slice(&manifest).expect("a manifest is JSON");
        manifest["config"]["digest"].as_str().unwrap_or_default().to_owned()
    };
    let images = machine.images("1.0.0");
    let image = images["images"][0]["platforms"]["linux/arm64"].as_str().expect("its platform is known");
    assert_eq!(config(&scene.repository(), image), config(&scene.upstream, "arm64"));
    assert_eq!(scene.observer.find_missing(&scene.repository(), image), None);
}

#[test]
fn content_that_lacks_a_platform_or_lies_is_not_released() {
    let Some(scene) = scene() else { return };
    let three = format!("{BOTH}, \"linux/riscv64\"");
    let project = scene.project(&format!("image = \"{}@{}\"", scene.upstream, scene.index), &three);
    let refused = expect_error(project.machine().release("1.0.0"), 2, "platform-missing");
    assert!(refused.stderr().contains("linux/riscv64"), "{}", refused.stderr());
    assert_eq!(scene.observer.tags(&scene.repository()), [].into());

    let project = scene.project("layout = \"dist/image\"", BOTH);
    let machine = project.machine();
    scene.layout(&machine);
    let blobs = machine.clone.path().join("dist/image/blobs/sha256");
    let largest = fs::read_dir(&blobs)
        .expect("a layout has blobs")
        .map(|entry| entry.expect("a folder can be read").path())
        .max_by_key(|path| fs::metadata(path).map(|found| found.len()).unwrap_or_default())
        .expect("there are some");
    let mut bytes = fs::read(&largest).expect("a blob can be read");
    bytes[10] ^= 1;
    fs::write(&largest, bytes).expect("a blob can be written");
    expect_error(machine.release("1.0.0"), 6, "content-lies");
    assert_eq!(scene.observer.tags(&scene.repository()), [].into());
}
