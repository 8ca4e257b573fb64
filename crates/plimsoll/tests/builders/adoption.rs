//! What is published is what counts, not what a machine would build.

use plimsoll_testkit::builders::push_base;
use plimsoll_testkit::repo::Repo;

use crate::yard::{Kind, Sea, Yard};

#[test]
fn another_machine_whose_build_differs_adopts_what_is_published() {
    for kind in [Kind::Buildctl, Kind::Buildah] {
        let Some(yard) = Yard::new(kind, Sea::Registry) else { continue };
        let registry = yard.registry.as_ref().expect("a registry was asked for");
        let Some(base) = push_base(&yard.environment, registry) else { continue };
        let dockerfile = format!("FROM {base}\nRUN cat /proc/sys/kernel/random/uuid > /different\n");
        yard.commit(&yard.config(&["linux/amd64"], "", ""), &dockerfile);
        let released = yard.json("release v1.0.0");
        assert_eq!(released["status"], "released");
        let digest = &released["images"][0]["digest"];
        // The other machine has nothing but the remote; its own build gives other bytes.
        let clone =
            Repo::clone_of(&yard.environment, yard.repo.git(["remote", "get-url", "origin"]), "other", []);
        let other = |line: &str| {
            let command = yard.environment.command(env!("CARGO_BIN_EXE_plimsoll")).in_folder(clone.path());
            let output = command.args(line.split_whitespace()).args(["-o", "json"]).run().expect_success();
            serde_json::from_str::<serde_json::Value>(output.stdout()).unwrap()
        };
        // Without the cache of the first.
        yard.repo.write("app", "x");
        let adopted = other("release v1.0.0");
        assert_eq!(adopted["status"], "finished");
        assert_eq!(&adopted["images"][0]["digest"], digest);
        assert!(!clone.path().join(".plimsoll/logs").exists(), "nothing was built");
    }
}
