//! A chart that would not install what is released is refused, before anything leaves the machine.

use std::os::unix::fs::symlink;

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::process::Invocation;
use plimsoll_testkit::registry::{Access, Flavor, Registry};
use plimsoll_testkit::tools::{self, Tool};

use crate::charts::{project, project_with};
use crate::machine::{Machine, expect_error, json};
use crate::project::{Inputs, Project};

struct Scene {
    registry: Registry,
    project: Project,
    machine: Machine,
}

impl Scene {
    /// The project with its chart, and with one file of it changed.
    fn with(path: &str, text: &str) -> Scene {
        let registry =
            Registry::start(&Environment::new(), Flavor::Plimsoll, Access::Anonymous).expect("it is ours");
        let project = project(&registry.address(), Inputs::Committed, "required");
        if !path.is_empty() {
            project.author().write(path, text.replace("REGISTRY", &registry.address()));
        }
        project.tag("1.0.0");
        let machine = project.machine();
        Scene { registry, project, machine }
    }

    fn releasing(&self, helm: &Tool) -> Invocation {
        with_helm(self.machine.releasing("1.0.0"), &self.machine, helm)
    }

    /// Ends the test unless nothing was pushed and the claim is not past its reservation.
    fn expect_nothing_pushed(&self) {
        let observer = crate::observer::Observer::at(&self.registry.address());
        let repository = format!("{}/harbour/app", self.registry.address());
        assert!(observer.visible_tags(&repository).is_empty());
        assert_ne!(self.project.claims().state("1.0.0"), "sealed");
    }
}

/// A command that finds this Helm under its name.
pub(crate) fn with_helm(command: Invocation, machine: &Machine, helm: &Tool) -> Invocation {
    let folder = machine.environment.folder("helm-bin");
    if !folder.join("helm").exists() {
        symlink(helm.path(), folder.join("helm")).expect("a link can be made in the temporary folder");
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder).chain(std::env::split_paths(&path));
    command.set("PATH", std::env::join_paths(folders).expect("paths without colons"))
}

#[test]
fn images_of_this_release_are_named_as_they_were_sealed() {
    let pod = "kind: Pod\nspec:\n  containers:\n  - image: IMAGE\n";
    let table = [
        ("REGISTRY/harbour/app:v1.0.0", "the release writes `1.0.0`"),
        ("REGISTRY/harbour/app:latest", "the release writes `1.0.0`"),
        // A mistyped path in a template leaves nothing.
        ("\"REGISTRY/harbour/app:{{ .Values.image.tga }}\"", "after `REGISTRY/harbour/app` stands `:`"),
        (
            "\"REGISTRY/harbour/app:1.0.0@{{ .Values.image.tga }}\"",
            "after `REGISTRY/harbour/app` stands `:1.0.0@`",
        ),
        ("REGISTRY/harbour/tool", "names neither a version nor a digest"),
        (
            "REGISTRY/harbour/app@sha256:4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a",
            "the digest that is released is sha256:",
        ),
        ("ghcr.io/acme/app:1.0.0", "the release goes to"),
        // As charts have it whose image is only ever built where it is tried.
        ("app:{{ .Values.image.none | default .Chart.AppVersion }}", "the release goes to"),
        ("app:{{ .Values.image.none | default \"latest\" }}", "the release goes to"),
    ];
    for helm in ["helm3", "helm4"] {
        let Some(helm) = tools::require(helm) else { continue };
        for (image, want) in table {
            let scene = Scene::with("deploy/harbour/templates/more.yaml", &pod.replace("IMAGE", image));
            let refused = expect_error(scene.releasing(&helm).run(), 5, "chart-image");
            let want = want.replace("REGISTRY", &scene.registry.address());
            assert!(refused.stderr().contains(&want), "{image}: {}", refused.stderr());
            scene.expect_nothing_pushed();
        }
    }
}

#[test]
fn presets_are_rendered_too() {
    let Some(helm) = tools::require("helm4") else { return };
    let scene =
        Scene::with("deploy/harbour/ci/other.yaml", "tool: { image: \"REGISTRY/harbour/tool:edge\" }\n");
    let refused = expect_error(scene.releasing(&helm).run(), 5, "chart-image");
    assert!(refused.stderr().contains("with ci/other.yaml"), "{}", refused.stderr());
}

#[test]
fn a_chart_that_helm_can_t_render_is_refused_with_what_helm_says() {
    let Some(helm) = tools::require("helm4") else { return };
    let scene =
        Scene::with("deploy/harbour/templates/broken.yaml", "{{ required \"say a name\" .Values.name }}\n");
    let refused = expect_error(scene.releasing(&helm).run(), 2, "chart-invalid");
    assert!(refused.stderr().contains("say a name"), "{}", refused.stderr());
    scene.expect_nothing_pushed();
}

#[test]
fn images_of_others_that_are_not_there_and_what_is_no_image_are_warnings_that_quiet_leaves() {
    let Some(helm) = tools::require("helm4") else { return };
    for (image, want) in [
        ("REGISTRY/others/side:1", "installs `REGISTRY/others/side:1`, which can't be had"),
        ("REGISTRY/others/side:", "names `REGISTRY/others/side:`, which is no image"),
    ] {
        let pod = format!("kind: Pod\nspec:\n  containers:\n  - image: \"{image}\"\n");
        let scene = Scene::with("deploy/harbour/templates/more.yaml", &pod);
        let released = scene.releasing(&helm).arg("--quiet").run().expect_success();
        assert_eq!(json(&released)["status"], "released");
        let want = format!(
            "warning[chart-image]: chart `harbour` {}",
            want.replace("REGISTRY", &scene.registry.address())
        );
        assert!(released.stderr().contains(&want), "{want}: {}", released.stderr());
    }
}

#[test]
fn images_of_others_that_only_the_cluster_can_reach_are_allowed_by_name() {
    let Some(helm) = tools::require("helm4") else { return };
    for (allowed, is_told) in
        [("others/side", false), ("others/*", false), ("others/sid", true), ("other/*", true)]
    {
        let registry =
            Registry::start(&Environment::new(), Flavor::Plimsoll, Access::Anonymous).expect("it is ours");
        let address = registry.address();
        let allow = format!("allow = [\"{address}/{allowed}\"]\n");
        let project = project_with(&address, Inputs::Committed, "required", &allow, "");
        let pod = format!("kind: Pod\nspec:\n  containers:\n  - image: \"{address}/others/side:1\"\n");
        project.author().write("deploy/harbour/templates/more.yaml", pod);
        project.tag("1.0.0");
        let machine = project.machine();
        let released = with_helm(machine.releasing("1.0.0"), &machine, &helm).run().expect_success();
        assert_eq!(released.stderr().contains("others/side:1"), is_told, "{allowed}: {}", released.stderr());
    }
}

#[test]
fn without_helm_a_release_says_so_and_one_into_the_local_registry_goes_on() {
    let scene = Scene::with("", "");
    if std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).any(|at| at.join("helm").exists())
    {
        return;
    }
    let refused = expect_error(scene.machine.release("1.0.0"), 8, "tool-missing");
    assert!(refused.stderr().contains("render = \"if-present\""), "{}", refused.stderr());
    scene.expect_nothing_pushed();
    let local = scene.machine.releasing("1.0.0").arg("--local").run().expect_success();
    assert!(local.stderr().contains("was not looked at"), "{}", local.stderr());
}
