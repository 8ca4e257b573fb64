//! From nothing but a repository to a release: the configuration is the one that `init` drafts, and no line is edited.

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::{builders, tools};

use super::actions::Event;
use super::forge::{Forge, Host, Setup};

/// A workflow of before, by which `init` knows where images go. The names are those of the registry here.
fn workflow(on: &str, build: &str) -> String {
    format!(
        "on: {on}\njobs:\n  image:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - id: meta\n        uses: docker/metadata-action@v5\n        with:\n          images: REGISTRY/acme/app\n          tags: |\n            type=semver,pattern={{{{version}}}}\n            type=raw,value=latest\n      - uses: docker/build-push-action@v6\n        with:\n          context: .\n          push: true\n          tags: ${{{{ steps.meta.outputs.tags }}}}\n{build}"
    )
}

const TWO_PLATFORMS: &str = "          platforms: linux/amd64,linux/arm64\n";

/// Runners with a builder, which takes no daemon.
fn with_builder(forge: &mut Forge) -> Option<Environment> {
    let buildah = tools::require("buildah")?;
    forge.add_program("docker", "#!/bin/sh\n[ \"$*\" = 'buildx create --use' ]\n");
    forge.add_program("buildah", &format!("#!/bin/sh\nexec {} \"$@\"\n", buildah.path().display()));
    let mut builder = Environment::new();
    builders::set_up_buildah(&mut builder, None)?;
    forge.take_builder(&builder);
    Some(builder)
}

#[test]
fn a_dockerfile_is_released_as_it_was_drafted() {
    if tools::require("buildah").is_none() {
        return;
    }
    let tags = "{ push: { tags: ['v*'] } }";
    let pages = "{ release: { types: [published] } }";
    for (on, options, jobs) in [
        (tags, "--actions none", &["plimsoll-release/release"][..]),
        (tags, "--arm64 emulated", &["plimsoll-release/release"]),
        (tags, "", &["plimsoll-release/build", "plimsoll-release/build", "plimsoll-release/release"]),
        (pages, "--actions none", &["plimsoll-release/release"]),
        (
            pages,
            "--on release",
            &["plimsoll-release/build", "plimsoll-release/build", "plimsoll-release/release"],
        ),
    ] {
        let old = workflow(on, TWO_PLATFORMS);
        let files =
            [("Dockerfile", "FROM scratch\nCOPY app /app\n"), (".github/workflows/image.yml", old.as_str())];
        let setup = Setup { options, files: &files, is_drafted: true, ..Setup::default() };
        let mut forge = Forge::new(Host::GitHub, setup);
        let Some(_builder) = with_builder(&mut forge) else { return };
        let event = if on == tags { Event::tag("v1.0.0") } else { Event::page("v1.0.0") };
        assert_eq!(forge.see(&event).well(), jobs, "{on} {options}");
        let index = forge.manifest("acme/app", "1.0.0").unwrap();
        assert!(index.contains("arm64") && index.contains("amd64"), "{index}");
        assert_eq!(forge.manifest("acme/app", "latest"), Some(index));
    }
}
