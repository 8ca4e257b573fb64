//! A disk that gets full: told as such, and nothing half-written is left. Linux only, on a small file system in
//! memory that nobody else sees.
#![cfg(target_os = "linux")]

mod layout_support;

use std::fs;
use std::path::PathBuf;

use layout_support::{Image, block_on, content, tag};
use plimsoll_oci::content::Content as _;
use plimsoll_oci::layout::Layout;
use plimsoll_oci::store::{Pull as _, Store as _, StoreError};
use plimsoll_testkit::env::Environment;
use plimsoll_testkit::tools::{self, REQUIRE_VARIABLE};

/// Where the child process works; without it the test that is the child does nothing.
const FOLDER: &str = "PLIMSOLL_TEST_FOLDER";

const MOUNT_AND_RUN: &str =
    r#"mount -t tmpfs -o size=2m none "$1" && exec "$2" --exact is_the_child_process"#;

#[test]
fn a_full_disk_is_told_and_leaves_nothing() {
    let environment = Environment::new();
    let Some(unshare) = tools::require("unshare") else { return };
    let command = || unshare.command(&environment).args(["--map-root-user", "--mount"]);
    if command().arg("true").run().code() != Some(0) {
        let required = std::env::var_os(REQUIRE_VARIABLE).is_some_and(|value| value == "all");
        assert!(!required, "this machine lets nobody make a file system of his own");
        eprintln!("SKIPPED: a_full_disk_is_told_and_leaves_nothing needs a file system of its own");
        return;
    }
    let folder = environment.folder("small");
    let program = std::env::current_exe().unwrap();
    let run = command().args(["sh", "-c", MOUNT_AND_RUN, "sh"]).arg(&folder).arg(program);
    run.set(FOLDER, &folder).run().expect_success();
}

#[test]
fn is_the_child_process() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    let layout = Layout::create(&folder.join("layout")).unwrap();
    let root = Image::new("linux/amd64", b"1").put(&layout);
    block_on(layout.point(&tag("v1"), &root, None)).unwrap();

    let large = content(vec![1; 4 << 20]);
    let full = block_on(layout.put_blob(&large, None)).unwrap_err();
    assert!(matches!(full, StoreError::Full { .. }), "{full:?}");
    assert!(block_on(layout.blob(large.descriptor())).unwrap().is_none());
    assert_eq!(fs::read_dir(layout.path().join(".incoming")).unwrap().count(), 1, "the lock file only");

    // To the last byte, so that not even an index can be written.
    fs::write(folder.join("ballast"), vec![0; 8 << 20]).unwrap_err();
    let full = block_on(layout.point(&tag("v2"), &root, None)).unwrap_err();
    assert!(matches!(full, StoreError::Full { .. }), "{full:?}");
    assert_eq!(block_on(layout.tags()).unwrap(), [tag("v1")]);
    assert_eq!(block_on(layout.resolve(&tag("v1"))).unwrap().unwrap().digest, root);

    fs::remove_file(folder.join("ballast")).unwrap();
    block_on(layout.point(&tag("v2"), &root, None)).unwrap();
    block_on(layout.put_blob(&content("small"), None)).unwrap();
}
