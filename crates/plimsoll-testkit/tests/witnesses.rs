//! `witnesses/install`, with a Go that has no network.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::process::Output;

/// Hands out no module; what lies here is built, and says its own name.
const GO: &str = r#"#!/bin/sh
[ "$1" = build ] || { echo "module $*: 403 Forbidden"; exit 1; }
while [ "$1" != -o ]; do shift; done
printf '#!/bin/sh\nbasename "%s"\n' "$2" >"$2" && chmod +x "$2"
"#;

fn install(environment: &Environment, go: &str, name: &str) -> Output {
    let folder = environment.folder("programs");
    fs::write(folder.join("go"), go).expect("a file of the test can be made");
    fs::set_permissions(folder.join("go"), fs::Permissions::from_mode(0o755))
        .expect("a file of the test can be made");
    let path = std::env::var("PATH").expect("a file of the test can be made");
    environment
        .command(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../witnesses/install"))
        .set("PATH", format!("{}:{path}", folder.display()))
        .set("PLIMSOLL_WITNESSES", home(environment))
        .arg(name)
        .run()
}

fn home(environment: &Environment) -> PathBuf {
    environment.root().join("witnesses")
}

#[test]
fn what_its_registry_refuses_is_made_from_the_next_row() {
    let environment = Environment::new();
    let installed = install(&environment, GO, "tesseract").expect_success();
    assert!(installed.stderr().contains("tesseract v0.1.2 is not to be had"), "{}", installed.stderr());
    let program = home(&environment).join("bin/tesseract");
    assert_eq!(environment.command(&program).run().expect_success().stdout(), "tesseract\n");
    let again = install(&environment, "#!/bin/sh\necho nobody asks; exit 1\n", "tesseract").expect_success();
    assert_eq!(again.stderr(), "", "what is there is taken");
}

#[test]
fn what_every_registry_refuses_is_named() {
    let environment = Environment::new();
    let refused = install(&environment, GO, "crane").expect_code(3);
    assert!(refused.stderr().ends_with("not to be had: crane\n"), "{}", refused.stderr());
    assert!(home(&environment).join("refused/crane").exists());
    assert!(!home(&environment).join("bin/crane").exists());
}

#[test]
fn what_cannot_be_made_is_no_refusal() {
    let environment = Environment::new();
    let broken =
        install(&environment, "#!/bin/sh\necho no route to host; exit 1\n", "tesseract").expect_code(1);
    assert!(broken.stderr().ends_with("tesseract v0.1.2 cannot be made\n"), "{}", broken.stderr());
    assert!(!home(&environment).join("refused/tesseract").exists());
}
