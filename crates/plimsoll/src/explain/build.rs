//! Builds, gates and smoke commands that did not succeed.

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Place};
use plimsoll_engine::world::builder::{BuildError, Log};
use plimsoll_engine::world::inspector::InspectionError;

use super::{Asked, Explain};

/// Words in a builder's log, in small letters, and what they mostly mean. They add advice; nothing is decided by them.
const HINTS: &[(&str, &str)] = &[
    (
        "no space left on device",
        "a disk is full, the builder's or the one that `.plimsoll` is on: `docker buildx prune` or \
         `buildah rmi --prune` makes room on the builder's",
    ),
    (
        "exec format error",
        "a program of another platform was run, and nothing emulates it: see the guide, \"Several platforms\"",
    ),
    (
        "failed to resolve source metadata",
        "the base image can't be pulled: check its name, and `docker login` for its registry",
    ),
    (
        "pull access denied",
        "the base image can't be pulled: check its name, and `docker login` for its registry",
    ),
    ("unable to pull", "the base image can't be pulled: check its name, and the login for its registry"),
    ("initializing source", "the base image can't be pulled: check its name, and the login for its registry"),
    ("toomanyrequests", "the registry of the base image counts pulls: log in there, or use a mirror"),
    ("cannot connect to the docker daemon", "the docker daemon is down, or DOCKER_HOST names another place"),
];

impl Explain for BuildError {
    fn explain(&self, asked: &Asked) -> Diagnostic {
        let said = |code, cure| Diagnostic::error(code, cure, self.to_string());
        match self {
            BuildError::NoBuilder { tried } => {
                let mut missing = said(Code::BuilderMissing, Cure::FixThenRunAgain);
                for (builder, why) in tried {
                    missing = missing.fact(builder, why);
                }
                missing
                    .help("install docker with buildx, buildctl with buildkitd, buildah, or podman")
                    .help("an image of files that exist already needs none of them: `[image.assemble]`")
            }
            BuildError::Unusable { builder, .. } => said(Code::BuilderUnusable, Cure::FixThenRunAgain)
                .help(match *builder {
                    "docker buildx" => "see whether it answers: `docker buildx inspect --bootstrap`",
                    "buildctl" => "see whether buildkitd answers: `buildctl debug workers`; `build.address` says where it is",
                    "podman" => "see whether it works: `podman info`",
                    _ => "see whether it works: `buildah info`",
                })
                .help("or name another one: `with` in [build]"),
            BuildError::Unsupported { .. } => said(Code::BuilderUnusable, Cure::FixThenRunAgain)
                .help("take that out of the configuration, or name another builder: `with` in [build]"),
            BuildError::NoEmulation { has, .. } => said(Code::EmulationMissing, Cure::FixThenRunAgain)
                .fact("it runs", has.join(", "))
                .help("build each platform where it runs, with `plimsoll build --platform P --output DIR`, and merge: \
                       `plimsoll release TAG --from DIR`")
                .help("or add a builder for it: `docker buildx create --append`")
                .help("or emulate it, slowly: `docker run --privileged --rm tonistiigi/binfmt --install all`")
                .help("or compile across in a stage `FROM --platform=$BUILDPLATFORM`, which needs neither"),
            BuildError::Failed { code, log, .. } => {
                let failed = with_log(said(Code::BuildFailed, Cure::FixThenRunAgain), log);
                let failed = failed.fact("exit code", shown_code(*code));
                let lines: Vec<String> = log.last.iter().map(|line| line.to_lowercase()).collect();
                let said = |word: &str| lines.iter().any(|line| line.contains(word));
                match HINTS.iter().find(|(word, _)| said(word)) {
                    Some((_, hint)) => failed.help(*hint),
                    None => failed,
                }
            }
            BuildError::TooSlow { log, .. } => with_log(said(Code::BuildFailed, Cure::FixThenRunAgain), log)
                .help("give it longer: `timeout` in [build]")
                .help("emulation is slow: build each platform where it runs, or compile across"),
            BuildError::Secret { .. } => said(Code::SecretMissing, Cure::FixThenRunAgain)
                .help("set it where the build runs; the configuration only names it"),
            BuildError::Part { folder, .. } => said(Code::PartRefused, Cure::FixThenRunAgain)
                .at(Place::of_file(folder))
                .help(format!(
                    "build it again from the commit that is released: `plimsoll build --tag {} --output DIR`",
                    asked.tag.as_deref().unwrap_or("TAG")
                )),
            BuildError::World(error) => error.explain(asked),
        }
    }
}

impl Explain for InspectionError {
    fn explain(&self, asked: &Asked) -> Diagnostic {
        let said = |code| Diagnostic::error(code, Cure::FixThenRunAgain, self.to_string());
        match self {
            InspectionError::Gate { code, log, .. } => {
                with_log(said(Code::GateFailed), log).fact("exit code", shown_code(*code))
            }
            InspectionError::Smoke { code, log, .. } => {
                with_log(said(Code::SmokeFailed), log).fact("exit code", shown_code(*code))
            }
            InspectionError::TooSlow { log, .. } => {
                with_log(said(Code::GateFailed), log).help("give it longer: `timeout` in [gates]")
            }
            InspectionError::NothingRuns { image, .. } => said(Code::ToolMissing).help(match image {
                Some(_) => "start docker, or install podman; or take `smoke` out of the [[image]]",
                None => "start docker, or install podman; or take the command out of the configuration",
            }),
            InspectionError::World(error) => error.explain(asked),
        }
    }
}

pub(super) fn shown_code(code: Option<i32>) -> String {
    code.map_or("none: a signal ended it".to_owned(), |code| code.to_string())
}

/// The last lines of a log, and where the rest is.
pub(super) fn with_log(diagnostic: Diagnostic, log: &Log) -> Diagnostic {
    let diagnostic = log.last.iter().fold(diagnostic, |diagnostic, line| diagnostic.because(line));
    match log.path.as_str() {
        "" => diagnostic,
        path => diagnostic.fact("log", path),
    }
}
