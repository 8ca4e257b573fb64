//! What images are made of, when it is wrong. Nothing half-done is left visible.

use insta::assert_snapshot;

use crate::scene::{CONFIG, Scene};

/// A scene that imports the layout that another scene made, after somebody changed it.
fn importing(change: impl Fn(&Scene)) -> Scene {
    let source = Scene::released();
    let scene = Scene::with_config(
        "[project]\nname = \"app\"\n[[image]]\nrepository = \"registry.example/app\"\nplatforms = [\"linux/amd64\"]\nimport.layout = \"dist\"\n",
    );
    scene.repo.annotated_tag("v1.0.0");
    let registry = source.repo.path().join(".plimsoll/registry");
    copy(&find_layout(&registry), &scene.repo.path().join("dist"));
    keep_one_image(&scene);
    change(&scene);
    scene
}

/// The folder with an `oci-layout` in it.
fn find_layout(folder: &std::path::Path) -> std::path::PathBuf {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        if folder.join("oci-layout").exists() {
            return folder;
        }
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            }
        }
    }
    panic!("the local registry has a layout");
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to)
        } else {
            std::fs::copy(entry.path(), to).map(drop).unwrap()
        }
    }
}

/// Leaves only the image in the layout's index: records and hold tags are not what is meant.
fn keep_one_image(scene: &Scene) {
    let mut index: serde_json::Value = serde_json::from_str(&scene.read("dist/index.json")).unwrap();
    let is_tagged =
        |child: &serde_json::Value| child["annotations"]["org.opencontainers.image.ref.name"] == "1.0.0";
    index["manifests"].as_array_mut().unwrap().retain(is_tagged);
    assert_eq!(index["manifests"].as_array().unwrap().len(), 1, "{index:#}");
    scene.repo.write("dist/index.json", index.to_string());
}

/// The path of the index that the layout lists.
fn root_of(scene: &Scene) -> String {
    let index: serde_json::Value = serde_json::from_str(&scene.read("dist/index.json")).unwrap();
    let digest = index["manifests"][0]["digest"].as_str().unwrap().trim_start_matches("sha256:").to_owned();
    format!("dist/blobs/sha256/{digest}")
}

#[track_caller]
fn nothing_is_visible(scene: &Scene) {
    let status = scene.json("status v1.0.0 --local");
    assert!(status["claims"][0]["state"] != "published", "{status:#}");
    assert!(!scene.has("releases"));
    let images = scene.run("list --local");
    assert_eq!(images.stdout(), "");
}

#[test]
fn a_good_layout_is_taken_as_it_is() {
    let scene = importing(|_| {});
    let root = root_of(&scene);
    scene.run("release v1.0.0 --local").expect_success();
    let digest = scene.json("images v1.0.0 --local")["images"][0]["digest"].as_str().unwrap().to_owned();
    assert!(root.ends_with(digest.trim_start_matches("sha256:")));
}

#[test]
fn a_missing_file_to_assemble() {
    let scene = Scene::with_config(&CONFIG.replace("from = \"app\"", "from = \"dist/app-{arch}\""));
    scene.repo.annotated_tag("v1.0.0");
    assert_snapshot!(scene.show("release v1.0.0 --local"), @r"
    exit 2
    --- stderr
    error[file-missing]: image `app` needs `dist/app-amd64` for linux/amd64, which is not there
    --> dist/app-amd64
     = help: build dist/app-amd64 first, or commit it; a file that git does not track is taken from the working directory

    nothing has left this machine; mend this, then run again
    ");
    nothing_is_visible(&scene);
    scene.repo.write("dist/app-amd64", "built");
    scene.run("release v1.0.0 --local").expect_success();
}

#[test]
fn a_missing_layout() {
    let scene = importing(|scene| std::fs::remove_dir_all(scene.repo.path().join("dist")).unwrap());
    assert_snapshot!(scene.show("release v1.0.0 --local"), @r"
    exit 2
    --- stderr
    error[file-missing]: dist is not there
    --> dist
     = cause: there is no such file or folder

    nothing has left this machine; mend this, then run again
    ");
}

#[test]
fn a_layout_that_is_none() {
    let scene = importing(|scene| {
        scene.repo.write("dist/oci-layout", "{}");
    });
    assert_snapshot!(scene.show("release v1.0.0 --local"), @r"
    exit 2
    --- stderr
    error[layout-invalid]: [ROOT]/repo/dist/oci-layout: missing field `imageLayoutVersion` at line 1 column 2
    --> [ROOT]/repo/dist/oci-layout

    nothing has left this machine; mend this, then run again
    ");
}

#[test]
fn a_layout_with_a_wrong_digest() {
    let scene = importing(|scene| {
        let root = root_of(scene);
        let other = scene.read(&root).replace("linux", "Linux");
        scene.repo.write(&root, other);
    });
    assert_snapshot!(scene.show("release v1.0.0 --local"), @r"
    exit 6
    --- stderr
    image app takes `dist`, which is not in the commit
    error[content-lies]: content under sha256:[1] has digest sha256:[2]
     |
     = want: sha256:[1]
     = found: sha256:[2]
     = help: these bytes were damaged or replaced on their way or where they lie; nothing was made of them

    nothing has left this machine; mend this, then run again
    ");
    nothing_is_visible(&scene);
}

#[test]
fn a_layout_that_lacks_a_blob() {
    let scene = importing(|scene| std::fs::remove_file(scene.repo.path().join(root_of(scene))).unwrap());
    assert_snapshot!(scene.show("release v1.0.0 --local"), @r"
    exit 2
    --- stderr
    image app takes `dist`, which is not in the commit
    error[layout-invalid]: sha256:[1] is not in the source
     |
     = missing: sha256:[1]
     = in: the source
     = help: something lists this content, but it is not there: make or push it anew, whole

    nothing has left this machine; mend this, then run again
    ");
    nothing_is_visible(&scene);
}

#[test]
fn a_truncated_manifest() {
    let scene = importing(|scene| {
        let root = root_of(scene);
        let text = scene.read(&root);
        replace_root(scene, text.get(..text.len() / 2).unwrap().as_bytes());
    });
    assert_snapshot!(scene.show("release v1.0.0 --local"), @r"
    exit 2
    --- stderr
    image app takes `dist`, which is not in the commit
    error[image-invalid]: manifest sha256:[1] can't be read: EOF while parsing a string at line 1 column 379
     |
     = content: sha256:[1]
     = help: it is cut off or was never one: make or push the image anew

    nothing has left this machine; mend this, then run again
    ");
    nothing_is_visible(&scene);
}

#[test]
fn an_oversized_manifest() {
    let scene = importing(|scene| replace_root(scene, &vec![b' '; 5 * 1024 * 1024]));
    assert_snapshot!(scene.show("release v1.0.0 --local"), @r"
    exit 2
    --- stderr
    image app takes `dist`, which is not in the commit
    error[image-invalid]: [ROOT]/repo/dist/blobs/sha256/ba5ad3ab4353434a375605412de9ea271055d1cb49d534f774bd1c2d092c4732 has 4194305 bytes, more than the limit of 4194304
     |
     = size: 4194305 bytes
     = limit: 4194304 bytes

    nothing has left this machine; mend this, then run again
    ");
    nothing_is_visible(&scene);
}

/// Puts other bytes under the layout's image, with the digest and size that they have.
fn replace_root(scene: &Scene, bytes: &[u8]) {
    let digest = plimsoll_oci::name::Digest::of(bytes).to_string();
    let mut index: serde_json::Value = serde_json::from_str(&scene.read("dist/index.json")).unwrap();
    index["manifests"][0]["digest"] = digest.clone().into();
    index["manifests"][0]["size"] = bytes.len().into();
    scene.repo.write("dist/index.json", index.to_string());
    scene.repo.write(&format!("dist/blobs/sha256/{}", digest.trim_start_matches("sha256:")), bytes);
}

#[test]
fn a_platform_that_is_not_there() {
    let scene = importing(|scene| {
        let config = scene.read("plimsoll.toml").replace("linux/amd64", "linux/riscv64");
        scene.repo.write("plimsoll.toml", config).commit("second");
        scene.repo.git(["tag", "-f", "v1.0.0"]);
    });
    assert_snapshot!(scene.show("release v1.0.0 --local"), @r"
    exit 2
    --- stderr
    error[platform-missing]: image `app`: the image lacks linux/riscv64
     |
     = want: linux/riscv64
     = found: linux/amd64
     = help: build the missing platforms, or take them out of the image's `platforms`

    nothing has left this machine; mend this, then run again
    ");
}

#[test]
fn version_files_that_are_broken_or_disagree() {
    let config = format!("{CONFIG}\n[version]\nfiles = [\"Cargo.toml\", \"VERSION\"]\n");
    let scene = Scene::with_config(&config);
    scene.repo.write("Cargo.toml", "[package\nversion = 1").write("VERSION", "1.2.0\n").commit("second");
    scene.repo.annotated_tag("v1.0.0");
    assert_snapshot!(scene.show("check v1.0.0"), @r"
    exit 2
    --- stderr
    error[version-file-invalid]: Cargo.toml cannot be read: line 1, column 9: unclosed table, expected `]`
     --> Cargo.toml:1:1
      |
    1 | [package
      | ^^^^^^^^

    error[version-mismatch]: VERSION names version 1.2.0, git tag `v1.0.0` names 1.0.0
     --> VERSION:1:1
      |
    1 | 1.2.0
      | ^^^^^
      |
      = file: 1.2.0
      = tag: 1.0.0
      = help: run `plimsoll version set 1.0.0`, commit, and tag that commit

    2 errors
    ");
    assert_snapshot!(scene.show("release v1.0.0 --local"), @r"
    exit 2
    --- stderr
    error[version-file-invalid]: Cargo.toml cannot be read: line 1, column 9: unclosed table, expected `]`
     --> Cargo.toml:1:1
      |
    1 | [package
      | ^^^^^^^^

    error[version-mismatch]: VERSION names version 1.2.0, git tag `v1.0.0` names 1.0.0
     --> VERSION:1:1
      |
    1 | 1.2.0
      | ^^^^^
      |
      = file: 1.2.0
      = tag: 1.0.0
      = help: run `plimsoll version set 1.0.0`, commit, and tag that commit

    2 errors

    nothing has left this machine; mend this, then run again
    ");
    assert_eq!(scene.run("check").code(), Some(2));
}

#[test]
fn a_place_that_cant_be_written() {
    let scene = Scene::tagged();
    scene.repo.write(".plimsoll", "a file where a folder should be");
    assert_snapshot!(scene.show("release v1.0.0 --local"), @r"
    exit 8
    --- stderr
    error[file-system]: [ROOT]/repo/.plimsoll/.gitignore can't be read or written
    --> [ROOT]/repo/.plimsoll/.gitignore
     = cause: File exists (os error 17)
     = help: look at its permissions, at those of its folder, and at the room on the disk

    nothing has left this machine; mend this, then run again
    ");
}
