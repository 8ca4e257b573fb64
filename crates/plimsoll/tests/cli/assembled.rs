//! Which files an assembled image gets: those of the commit, whole directories, and build outputs beside them.

use insta::assert_snapshot;
use plimsoll_oci::layer::{LayerEntry, Limits, list};
use plimsoll_oci::layout::LocalRegistry;
use plimsoll_oci::model::View;
use plimsoll_oci::store::Pull as _;

use crate::scene::{CONFIG, Scene};

/// The configuration with other files.
fn config(files: &str) -> String {
    CONFIG.replace(r#"[{ from = "app", to = "/app", mode = "0755" }]"#, files)
}

/// What is in the layer of the released image: path, mode and size of every file.
fn entries(scene: &Scene) -> Vec<String> {
    let registry = LocalRegistry::open(&scene.repo.path().join(".plimsoll/registry"));
    let repository = registry.repository(&"registry.example/app".parse().unwrap());
    let read = async {
        let root = repository.resolve(&"1.0.0".parse().unwrap()).await.unwrap().unwrap();
        let index = repository.manifest(&root.digest).await.unwrap().unwrap();
        let View::Index(index) = index.view() else { panic!("an image is an index") };
        let image = repository.manifest(&index.manifests[0].digest).await.unwrap().unwrap();
        let layer = image.blobs().nth(1).expect("there is one layer").clone();
        let layer = repository.blob(&layer).await.unwrap().unwrap();
        list(&*layer, &Limits::default()).await.unwrap()
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let show = |entry: &LayerEntry| format!("{:o} {} {}", entry.mode, entry.path, entry.size);
    runtime.block_on(read).iter().map(show).collect()
}

fn executable(scene: &Scene, file: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(scene.repo.path().join(file), std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_directory_is_taken_whole() {
    let scene = Scene::with_config(&config(
        r#"[{ from = "site/", to = "/srv/www/" }, { from = "dist/{arch}/", to = "/", mode = "0555" }]"#,
    ));
    scene.repo.write("site/index.html", "<p>").write("site/deep/er/run", "#!").write("site.txt", "no");
    executable(&scene, "site/deep/er/run");
    scene.repo.commit("site");
    scene.repo.annotated_tag("v1.0.0");
    // What the commit has comes from the commit, and nothing beside it.
    scene
        .repo
        .write("site/untracked", "x")
        .write("dist/amd64/tool", "binary")
        .write("dist/arm64/tool", "other");
    scene.run("release v1.0.0 --local").expect_success();
    assert_snapshot!(entries(&scene).join("\n"), @r"
    755 srv 0
    755 srv/www 0
    755 srv/www/deep 0
    755 srv/www/deep/er 0
    755 srv/www/deep/er/run 2
    644 srv/www/index.html 3
    555 tool 6
    ");
}

#[test]
fn directories_that_are_none_or_empty_or_lead_elsewhere() {
    let scene = Scene::with_config(&config(r#"[{ from = "dist/", to = "/dist" }]"#));
    scene.repo.annotated_tag("v1.0.0");
    assert_snapshot!(scene.show("release v1.0.0 --local -q"), @r"
    exit 2
    --- stderr
    error[file-missing]: image `app` needs `dist/` for linux/amd64, which is not there
    --> dist/
     = help: build dist/ first, or commit it; a file that git does not track is taken from the working directory

    nothing has left this machine; mend this, then run again
    ");
    std::fs::create_dir(scene.repo.path().join("dist")).unwrap();
    assert_snapshot!(scene.show("release v1.0.0 --local -q"), @r"
    exit 2
    --- stderr
    error[file-missing]: image `app` takes `dist/` for linux/amd64, and there is no file in it
    --> dist/
     = help: build dist/ first, or take it out of the image's `files`

    nothing has left this machine; mend this, then run again
    ");
    std::os::unix::fs::symlink(".", scene.repo.path().join("dist/loop")).unwrap();
    assert_snapshot!(scene.show("release v1.0.0 --local -q"), @r"
    exit 2
    --- stderr
    error[layout-invalid]: dist/loop can't be used
    --> dist/loop
     = cause: it is a symbolic link to a directory

    nothing has left this machine; mend this, then run again
    ");
    std::fs::remove_dir_all(scene.repo.path().join("dist")).unwrap();
    scene.repo.write("dist", "a file");
    assert_snapshot!(scene.show("release v1.0.0 --local -q"), @r"
    exit 2
    --- stderr
    error[layout-invalid]: dist can't be used
    --> dist
     = cause: it is no directory: write it without `/` at its end

    nothing has left this machine; mend this, then run again
    ");
}

#[test]
fn a_directory_where_a_file_is_meant() {
    let scene = Scene::with_config(&config(r#"[{ from = "site", to = "/site" }]"#));
    scene.repo.write("site/index.html", "<p>").commit("site");
    scene.repo.annotated_tag("v1.0.0");
    assert_snapshot!(scene.show("release v1.0.0 --local -q"), @r"
    exit 2
    --- stderr
    error[layout-invalid]: site can't be used
    --> site
     = cause: it is a directory; to take everything in it write `site/`

    nothing has left this machine; mend this, then run again
    ");
}

#[test]
fn two_files_in_one_place() {
    let scene =
        Scene::with_config(&config(r#"[{ from = "a/", to = "/srv" }, { from = "b/", to = "/srv" }]"#));
    scene.repo.write("a/x", "1").write("b/x", "2").commit("two");
    scene.repo.annotated_tag("v1.0.0");
    assert_snapshot!(scene.show("release v1.0.0 --local -q"), @r"
    exit 2
    --- stderr
    error[invalid-value]: image `app`: `a/x` and `b/x` both go to `/srv/x`
     |
     = help: take one of them out of the image's `files`, or give it another `to`

    nothing has left this machine; mend this, then run again
    ");
}

#[test]
fn what_was_built_from_another_commit_is_refused() {
    let scene = Scene::with_config(&config(r#"[{ from = "dist/app", to = "/app" }]"#));
    scene.repo.annotated_tag("v1.0.0");
    scene.repo.write("more", "x").commit("second");
    scene.repo.write("dist/app", "built from the second");
    assert_snapshot!(scene.show("release v1.0.0 --local -q"), @r"
    exit 2
    --- stderr
    error[untracked-elsewhere]: dist/app was not built from the commit that is released
    --> dist/app
     = cause: git does not track it, and HEAD is at [COMMIT], not at [COMMIT]
     = help: check the tag out, build dist/app there, and run again: `git switch --detach v1.0.0`

    nothing has left this machine; mend this, then run again
    ");
    scene.repo.git(["switch", "--quiet", "--detach", "v1.0.0"]);
    scene.run("release v1.0.0 --local").expect_success();
}

#[test]
fn tracked_files_are_taken_wherever_head_is() {
    let scene = Scene::tagged();
    scene.repo.write("app", "another").commit("second");
    scene.run("release v1.0.0 --local").expect_success();
    assert_eq!(entries(&scene), ["755 app 19"]);
}

#[test]
fn a_pointer_is_not_taken_for_a_file() {
    let scene = Scene::with_config(CONFIG);
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
    scene.repo.write("app", pointer).commit("pointer");
    scene.repo.annotated_tag("v1.0.0");
    assert_snapshot!(scene.show("release v1.0.0 --local -q"), @r"
    exit 2
    --- stderr
    error[layout-invalid]: app can't be used
    --> app
     = cause: the commit has only a Git LFS pointer in its place

    nothing has left this machine; mend this, then run again
    ");
}

#[test]
fn times_are_the_commits_or_the_ones_that_are_asked_for() {
    let created = |set: Option<&str>| {
        let scene = Scene::tagged();
        let release = scene.plimsoll("release v1.0.0 --local -q");
        let release = match set {
            Some(date) => release.set("SOURCE_DATE_EPOCH", date),
            None => release.unset("SOURCE_DATE_EPOCH"),
        };
        release.run().expect_success();
        let file = std::fs::read_to_string(scene.blob_with("\"created\"")).unwrap();
        let config: serde_json::Value = serde_json::from_str(&file).unwrap();
        let label = &config["config"]["Labels"]["org.opencontainers.image.created"];
        assert_eq!(&config["created"], label);
        let commit = scene.repo.git(["show", "--no-patch", "--format=%ct", "HEAD"]);
        (label.as_str().unwrap().to_owned(), commit)
    };
    assert_eq!(created(Some("86400")).0, "1970-01-02T00:00:00Z");
    let (commits, seconds) = created(None);
    assert_eq!(commits, created(Some(seconds.trim())).0);
    let scene = Scene::tagged();
    let junk = scene.plimsoll("release v1.0.0 --local -q").set("SOURCE_DATE_EPOCH", "today\n").run();
    assert_snapshot!(scene.shown(&junk), @r"
    exit 2
    --- stderr
    error[usage]: SOURCE_DATE_EPOCH can't be used
     |
     = cause: `today\n` is no number of seconds since 1970
     = help: unset it, and everything that is made gets the commit's time

    nothing has left this machine; mend this, then run again
    ");
}
