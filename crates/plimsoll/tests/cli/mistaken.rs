//! What is named is there, and of another kind than is meant.

use crate::keyed::{run, scene};

#[test]
fn a_file_or_an_image_where_a_release_is_meant() {
    let scene = scene();
    scene.repo.write("app.txt", "words\n");
    for (named, advice) in [
        ("app.txt", "`plimsoll verify file app.txt --bundle app.txt.sigstore.json --key KEY`"),
        ("registry.example/app:1.0.0", "`plimsoll verify image registry.example/app:1.0.0 --key KEY`"),
    ] {
        let output = run(&scene, &format!("verify {named} --local"));
        assert_eq!(output.code(), Some(2), "{output:?}");
        assert!(output.stderr().contains(advice), "{output:?}");
    }
    let output = run(&scene, "verify v9.9.9 --local");
    assert!(!output.stderr().contains("plimsoll verify image"), "{output:?}");
}

#[test]
fn a_folder_where_a_file_is_meant() {
    let output = run(&scene(), "sign file . --bundle bundle.json --key one.key");
    assert_eq!(output.code(), Some(2), "{output:?}");
    assert!(output.stderr().starts_with("error[usage]: . is a folder: a file is meant"), "{output:?}");
}

#[test]
fn a_key_goes_into_a_folder_that_is_there() {
    let output = run(&scene(), "key generate --output-key-prefix nowhere/release");
    assert_eq!(output.code(), Some(2), "{output:?}");
    let message = "error[file-missing]: there is no folder nowhere for nowhere/release.key";
    assert!(output.stderr().starts_with(message), "{output:?}");
}
