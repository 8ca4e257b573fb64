//! What is said of builds that did not succeed, and of images that do not run.

use insta::assert_snapshot;
use plimsoll_engine::make::MakeError;
use plimsoll_engine::world::builder::{BuildError, Log, PartFault};
use plimsoll_engine::world::inspector::InspectionError;

use super::{oid, shown};
use crate::explain::Explain;

#[test]
fn builds_that_did_not_succeed() {
    let log = |line: &str| Log { path: ".plimsoll/logs/build-app.log".into(), last: vec![line.into()] };
    let arm = || vec!["linux/arm/v7".parse().unwrap()];
    let build = |error| MakeError::Build { image: "app".parse().unwrap(), error };
    let errors: [&dyn Explain; 9] = [
        &build(BuildError::Unusable { builder: "buildctl", why: "buildkitd does not answer".into() }),
        &build(BuildError::NoEmulation {
            builder: "docker buildx",
            platforms: arm(),
            has: vec!["linux/amd64".into(), "linux/386".into()],
        }),
        &build(BuildError::Failed {
            builder: "buildah",
            code: Some(1),
            log: log("write /x: no space left on device"),
        }),
        &build(BuildError::TooSlow { builder: "docker buildx", limit: 7200, log: log("#8 compiling") }),
        &build(BuildError::Secret {
            id: "npm".into(),
            why: "environment variable `NPM_TOKEN` is not set".into(),
        }),
        &build(BuildError::Part {
            folder: "arm64".into(),
            fault: PartFault::OtherCommit { found: oid("a"), wanted: oid("b") },
        }),
        &MakeError::PlatformTwice { image: "app".parse().unwrap(), platform: arm().remove(0) },
        &InspectionError::Smoke {
            image: "app".parse().unwrap(),
            platform: arm().remove(0),
            code: None,
            log: log("Illegal instruction"),
        },
        &InspectionError::NothingRuns {
            command: "/app --version".into(),
            image: Some("app".parse().unwrap()),
            why: "docker: it is down".into(),
        },
    ];
    assert_snapshot!(shown(&errors), @"
    error[builder-unusable]: image `app`: buildctl can't be used: buildkitd does not answer
     |
     = help: see whether buildkitd answers: `buildctl debug workers`; `build.address` says where it is
     = help: or name another one: `with` in [build]

    error[emulation-missing]: image `app`: docker buildx runs nothing for linux/arm/v7
     |
     = it runs: linux/amd64, linux/386
     = help: build each platform where it runs, with `plimsoll build --platform P --output DIR`, and merge: `plimsoll release TAG --from DIR`
     = help: or add a builder for it: `docker buildx create --append`
     = help: or emulate it, slowly: `docker run --privileged --rm tonistiigi/binfmt --install all`
     = help: or compile across in a stage `FROM --platform=$BUILDPLATFORM`, which needs neither

    error[build-failed]: image `app`: buildah could not build it
     |
     = cause: write /x: no space left on device
     = log: .plimsoll/logs/build-app.log
     = exit code: 1
     = help: a disk is full, the builder's or the one that `.plimsoll` is on: `docker buildx prune` or `buildah rmi --prune` makes room on the builder's

    error[build-failed]: image `app`: docker buildx was not done within 7200 s
     |
     = cause: #8 compiling
     = log: .plimsoll/logs/build-app.log
     = help: give it longer: `timeout` in [build]
     = help: emulation is slow: build each platform where it runs, or compile across

    error[secret-missing]: image `app`: secret `npm`: environment variable `NPM_TOKEN` is not set
     |
     = help: set it where the build runs; the configuration only names it

    error[part-refused]: image `app`: arm64: it was built from commit aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, and bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb is released
    --> arm64
     = help: build it again from the commit that is released: `plimsoll build --tag v1.0.0 --output DIR`

    error[platform-unexpected]: image `app` was built twice for linux/arm/v7
     |
     = help: name each part once; two runners must not build the same platform

    error[smoke-failed]: the smoke command of image `app` failed on linux/arm/v7
     |
     = cause: Illegal instruction
     = log: .plimsoll/logs/build-app.log
     = exit code: none: a signal ended it

    error[tool-missing]: the smoke command of image `app`, `/app --version`, needs docker or podman: docker: it is down
     |
     = help: start docker, or install podman; or take `smoke` out of the [[image]]
    ");
}
